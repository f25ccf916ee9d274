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

  Scenario Outline: A member answers <attribute> alone, as any other attribute that it keeps
    Given the record "full" keeps <attribute>
    When the record "full" is retrieved with fields=<attribute>
    Then the status is 200
    And the answer of the record "full" has only the attributes <attribute>
    When the collection is requested with id=${full.id}&fields=<attribute>
    Then the element of the record "full" has only the attributes <attribute>

    @TMF683-4-PRO-040
    Examples:
      | attribute               |
      | creationDate            |
      | description             |
      | status                  |
      | statusChangeDate        |
      | attachment              |
      | interactionDate         |
      | interactionItem         |
      | interactionRelationship |
      | note                    |
      | relatedParty            |
      | @type                   |
      | @baseType               |
      | @schemaLocation         |

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
    Given the record "full"
    When the record "full" is retrieved with fields=channel,description,status
    Then the answer of the record "full" has only the attributes channel, description and status

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

  @TMF683-4-PRO-049
  Scenario: A filter and a selection in one request
    Given the records "A" and "B"
    When the collection is requested with id=${A.id}&fields=reason
    Then the list does not hold the record "B"
    And the list has 1 elements
    And the element of the record "A" has only the attributes reason
