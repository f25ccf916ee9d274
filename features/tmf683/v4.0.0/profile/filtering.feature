@profile
Feature: Filtering
  A filter returns the records whose attribute has that very value, and no other. Criteria are
  combined by AND. The values are percent-encoded.

  Scenario Outline: A filter on <attribute> returns what matches and nothing else
    Given the records "A", "B" and "C"
    When the collection is requested with <attribute>=${A.<attribute>}
    Then the status is 200 or 206
    And the list holds the record "A"
    And the list does not hold the record "B"
    And every element has <attribute> = "${A.<attribute>}"

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

    @TMF683-4-PRO-047
    Examples:
      | attribute |
      | href      |

  @TMF683-4-PRO-044
  Scenario: A filter on the other direction
    Given the records "A" and "B"
    When the collection is requested with direction=${B.direction}
    Then the list holds the record "B"
    And the list does not hold the record "A"

  @TMF683-4-PRO-046
  Scenario: A filter does not take the beginning for the whole
    Given the records "A" and "C"
    When the collection is requested with reason=${A.reason}
    Then the list does not hold the record "C"

  @TMF683-4-PRO-044
  Scenario: A filter returns all that match, not only the first
    Given the records "A" and "C"
    When the collection is requested with direction=${A.direction}&limit=2
    Then the list has at least 2 elements

  @TMF683-4-PRO-045
  Scenario: A filter does not take half an id for the whole
    Given the record "A"
    When the collection is requested with id=${A.id, first half}
    Then the list does not hold the record "A"

  @TMF683-4-PRO-046
  Scenario: A value that nothing has matches nothing
    When the collection is requested with reason=nothing-has-this-${run}
    Then no match is answered with an empty list

  @TMF683-4-PRO-046
  Scenario: A value with other scripts, markup and characters that mean something in a URL
    Given the records "A" and "texts"
    When the collection is requested with reason=${texts.reason}
    Then the list holds the record "texts"
    And the list does not hold the record "A"

  @TMF683-4-PRO-048
  Scenario: Two criteria that one record meets
    Given the records "A" and "B"
    When the collection is requested with direction=${A.direction}&reason=${A.reason}
    Then the list holds the record "A"
    And the list does not hold the record "B"

  @TMF683-4-PRO-048
  Scenario: Two criteria that no record meets both of
    Given the records "A" and "B"
    When the collection is requested with direction=${A.direction}&reason=${B.reason}
    Then the list does not hold the record "A"
    And the list does not hold the record "B"

  @TMF683-4-PRO-048
  Scenario: The order of two criteria does not matter
    Given the records "A" and "B"
    When the collection is requested with reason=${B.reason}&direction=${A.direction}
    Then the list does not hold the record "A"
    And the list does not hold the record "B"

  @TMF683-4-PRO-050
  Scenario: A filter on an attribute of a sub-resource is optional
    Given the records "full" and "B"
    When the collection is requested with channel.id=${full.channel.0.id}
    Then filtering by it is supported, for information

  Scenario Outline: A filter on <attribute> returns what matches and nothing else, as on any other attribute
    Given the record "full" keeps <attribute>
    And the record "A"
    When the collection is requested with <attribute>=${full.<attribute>}
    Then the status is 200 or 206
    And the list holds the record "full"
    And the list does not hold the record "A"

    @TMF683-4-PRO-052
    Examples:
      | attribute   |
      | description |
      | status      |

  Scenario Outline: A filter on <attribute> returns what has that instant
    Given the record "full" keeps <attribute>
    When the collection is requested with <attribute>=${full.<attribute>}
    Then the status is 200 or 206
    And the list holds the record "full"
    And every element has <attribute> = "${full.<attribute>}"

    @TMF683-4-PRO-052
    Examples:
      | attribute        |
      | creationDate     |
      | statusChangeDate |
