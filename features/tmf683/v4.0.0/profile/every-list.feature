@profile @review
Feature: Every list of the run holds what was asked for
  Whatever else was asked for beside: order, pages, a selection, a filter. Looks back at all answers
  that show records of the run; what seems wrong is asked for once more.

  Scenario Outline: A filter on <attribute> is kept to in every list
    Then every list of the run that was filtered by <attribute> alone holds only what matches

    @TMF683-4-PRO-044
    Examples:
      | attribute |
      | direction |

    @TMF683-4-PRO-045
    Examples:
      | attribute |
      | id        |

    @TMF683-4-PRO-046
    Examples:
      | attribute |
      | reason    |

  @TMF683-4-PRO-052
  Scenario: A filter on any other attribute is kept to in every list
    Then every list of the run that was filtered by one attribute, but for direction, id, reason and href, holds only what matches

  @TMF683-4-PRO-048
  Scenario: Several criteria are kept to in every list
    Then every list of the run that was filtered by several attributes holds only what matches

  Scenario Outline: A selection of <attribute> is kept to in every list
    Then every list of the run that was asked for <attribute> alone has nothing else

    @TMF683-4-PRO-034
    Examples:
      | attribute |
      | direction |

    @TMF683-4-PRO-035
    Examples:
      | attribute |
      | reason    |

    @TMF683-4-PRO-036
    Examples:
      | attribute |
      | id        |

    @TMF683-4-PRO-037
    Examples:
      | attribute |
      | channel   |

  Scenario Outline: A selection of <attribute> is kept to by every member
    Then every member of the run that was asked for <attribute> alone has nothing else

    @TMF683-4-PRO-038
    Examples:
      | attribute |
      | direction |

    @TMF683-4-PRO-039
    Examples:
      | attribute |
      | reason    |

  @TMF683-4-PRO-040
  Scenario: A selection of any other attribute is kept to
    Then whatever of the run was asked for one attribute, but for direction, reason, id, href and channel, has nothing else

  @TMF683-4-PRO-041
  Scenario: A selection of several attributes is kept to
    Then whatever of the run was asked for several attributes has nothing else
