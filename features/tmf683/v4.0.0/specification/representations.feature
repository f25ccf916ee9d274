@specification @review
Feature: Every representation keeps to the published schema
  Whatever the run received of its own records is validated; a violation names the place, what the
  description asks for, and what came.

  Scenario Outline: <what>
    Given the representations that hold <place>
    Then each keeps this rule

    @TMF683-4-SPC-001
    Examples:
      | what                          | place |
      | Scalar attributes are texts   | /id   |

    @TMF683-4-SPC-002
    Examples:
      | what                                        | place                            |
      | Dates of a record are RFC 3339 date-times | /creationDate or /statusChangeDate |

    @TMF683-4-SPC-003
    Examples:
      | what                             | place    |
      | Lists are arrays of objects      | /channel |

    @TMF683-4-SPC-004
    Examples:
      | what                                | place            |
      | The date of an interaction is a period | /interactionDate |

    @TMF683-4-SPC-005
    Examples:
      | what                             | place                              |
      | A period has both ends           | /interactionDate or /interactionItem/*/itemDate |

    @TMF683-4-SPC-006
    Examples:
      | what                                          | place      |
      | The direction is one of the documented values | /direction |

    @TMF683-4-SPC-007
    Examples:
      | what                                       | place   |
      | The status is one of the documented values | /status |

    @TMF683-4-SPC-008
    Examples:
      | what                                | place             |
      | A schema location is an absolute URI | /@schemaLocation |

    @TMF683-4-SPC-011
    Examples:
      | what                | place      |
      | A channel has a href | /channel/* |

    @TMF683-4-SPC-012
    Examples:
      | what                      | place           |
      | A related party has a href | /relatedParty/* |

    @TMF683-4-SPC-013
    Examples:
      | what                                  | place         |
      | An attachment keeps to its description | /attachment/* |

    @TMF683-4-SPC-014
    Examples:
      | what                              | place              |
      | The size of an attachment is a quantity | /attachment/*/size |

    @TMF683-4-SPC-015
    Examples:
      | what                            | place   |
      | A note keeps to its description | /note/* |

    @TMF683-4-SPC-016
    Examples:
      | what                                        | place              |
      | An interaction item keeps to its description | /interactionItem/* |

    @TMF683-4-SPC-017
    Examples:
      | what                                     | place                      |
      | A relationship keeps to its description | /interactionRelationship/* |
