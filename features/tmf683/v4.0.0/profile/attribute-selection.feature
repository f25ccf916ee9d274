@profile
Feature: Attribute selection
  fields=NAME answers that attribute with its value and leaves out the others; id and href may
  always be added (C-12), and @type as information.

  Scenario Outline: The collection answers <attribute> alone
    Given the records "A" and "B"
    When the collection is requested with fields=<attribute>
    Then the status is 200 or 206
    And every element has only the attributes <attribute>
    When the collection is requested with fields=<attribute>&id=${A.id}
    Then the element of the record "A" has only the attributes <attribute>

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

  @TMF683-4-PRO-037
  Scenario: The collection answers a channel with all that it has
    Given the record "full" keeps channel
    When the collection is requested with id=${full.id}&fields=channel
    Then the element of the record "full" has only the attributes channel

  Scenario Outline: A member answers <attribute> alone
    Given the record "B"
    When the record "B" is retrieved with fields=<attribute>
    Then the status is 200
    And the answer of the record "B" has only the attributes <attribute>

    @TMF683-4-PRO-038
    Examples:
      | attribute |
      | direction |

    @TMF683-4-PRO-039
    Examples:
      | attribute |
      | reason    |

  Scenario Outline: A member answers <attribute> alone, as the collection does
    Given the record "B" keeps <attribute>
    When the record "B" is retrieved with fields=<attribute>
    Then the status is 200
    And the answer of the record "B" has only the attributes <attribute>

    @TMF683-4-PRO-040
    Examples:
      | attribute |
      | channel   |
      | id        |

  Scenario Outline: A member answers <attribute> alone, as any other attribute that it keeps
    Given the record "<record>" keeps <attribute>
    When the record "<record>" is retrieved with fields=<attribute>
    Then the status is 200
    And the answer of the record "<record>" has only the attributes <attribute>
    When the collection is requested with id=${<record>.id}&fields=<attribute>
    Then the element of the record "<record>" has only the attributes <attribute>

    @TMF683-4-PRO-040
    Examples:
      | attribute               | record    |
      | creationDate            | described |
      | description             | described |
      | status                  | described |
      | statusChangeDate        | described |
      | attachment              | full      |
      | interactionDate         | described |
      | interactionItem         | full      |
      | interactionRelationship | full      |
      | note                    | described |
      | relatedParty            | full      |
      | @type                   | described |
      | @baseType               | described |
      | @schemaLocation         | described |

  @TMF683-4-PRO-041
  Scenario: Two attributes of a member
    Given the record "B"
    When the record "B" is retrieved with fields=direction,reason
    Then the status is 200
    And the answer of the record "B" has only the attributes direction and reason

  @TMF683-4-PRO-041
  Scenario: Two attributes of the collection
    Given the record "B"
    When the collection is requested with id=${B.id}&fields=id,direction
    Then the element of the record "B" has only the attributes id and direction

  @TMF683-4-PRO-041
  Scenario: Three attributes of a member with many
    Given the record "described" keeps description
    And the record "described" keeps status
    When the record "described" is retrieved with fields=channel,description,status
    Then the answer of the record "described" has only the attributes channel, description and status

  @TMF683-4-PRO-042
  Scenario: A selection leaves no trace
    Given the record "A"
    When the record "A" is retrieved with fields=reason
    And the record "A" is retrieved
    Then the answer has /channel
    And the answer has /direction
    And the answer has /href
    And the answer has /id
    And the answer has /reason

  @TMF683-4-PRO-043
  Scenario: The selection of href alone
    When the collection is requested with fields=href
    Then the status is 200 or 206, for information

  # Each parameter by itself may be right, and be lost beside another.
  Scenario Outline: The collection answers direction alone, with <parameter> beside
    Given the records "page 1", "page 2" and "page 3"
    When the collection is requested with reason=${page 1.reason}&fields=direction&<parameter>
    Then every element, if there is a list, has only the attributes direction

    @TMF683-4-PRO-034
    Examples:
      | parameter                       |
      | sort=direction                  |
      | limit=2                         |
      | offset=1&limit=1                |
      | sort=direction&limit=2&offset=1 |

  @TMF683-4-PRO-049
  Scenario: A filter and a selection in one request
    Given the records "A" and "B"
    When the collection is requested with id=${A.id}&fields=reason
    Then the list does not hold the record "B"
    And the list has 1 elements
    And the element of the record "A" has only the attributes reason

  Scenario Outline: A selection leaves the filter on <attribute> as it is
    Given the records "A" and "B"
    And a filter by <attribute>=${A.<attribute>} leaves out the record "B"
    When the collection is requested with <attribute>=${A.<attribute>}&fields=id,reason
    Then the list, if there is one, does not hold the record "B"

    @TMF683-4-PRO-049
    Examples:
      | attribute |
      | direction |
      | reason    |

  Scenario Outline: A selection leaves the filter on <attribute>, where it is supported, as it is
    Given the record "described" keeps <attribute>
    And a filter by <attribute>=<other> leaves out the record "described"
    When the collection is requested with <attribute>=<other>&fields=id,reason
    Then the list, if there is one, does not hold the record "described"

    @TMF683-4-PRO-049
    Examples:
      | attribute   | other                   |
      | status      | completed               |
      | description | nothing-has-this-${run} |
