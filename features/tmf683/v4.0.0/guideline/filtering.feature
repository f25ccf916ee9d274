@guideline
Feature: Filtering by the guidelines
  Several values, operators, dates, dotted names, and what to do with criteria that the server does
  not know.

  @TMF683-45-GDL-013
  Scenario: A filter answers 200 with whole records
    Given the record "full"
    When the collection is requested with reason=${full.reason}
    Then the status is 200
    And the element of the record "full" is what the record is by its id

  @TMF683-45-GDL-013
  Scenario: A filter brings all that match
    Given the records "page 1", "page 2", "page 3" and "A"
    When the collection is requested with reason=${page 1.reason}
    Then the list holds the record "page 1"
    And the list holds the record "page 2"
    And the list holds the record "page 3"

  @TMF683-45-GDL-014
  Scenario: A filter that nothing matches brings an empty list
    When the collection is requested with reason=nothing-has-this-${run}
    Then no match is answered with an empty list

  @TMF683-45-GDL-015
  Scenario: The same attribute two times means either value
    Given the records "A", "B" and "C"
    When the collection is requested with reason=${A.reason}&reason=${B.reason}
    Then of the records "A", "B" and "C", exactly "A" and "B" are selected

  @TMF683-45-GDL-016
  Scenario: Values with a comma between them mean either value
    Given the records "A", "B" and "C"
    When the collection is requested with id=${A.id},${B.id}
    Then of the records "A", "B" and "C", exactly "A" and "B" are selected

  @TMF683-45-GDL-017
  Scenario: Criteria with a semicolon between them mean either criterion
    Given the records "A", "B" and "C"
    When the collection is requested with id=${A.id};id=${B.id}
    Then of the records "A", "B" and "C", exactly "A" and "B" are selected

  Scenario Outline: Dates are compared by <operator>
    Given the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4"
    And a filter by reason=${sorted 1.reason} tells the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4" from "A"
    When the collection is requested with reason=${sorted 1.reason}&creationDate.<operator>=${sorted 2.answered creationDate}
    Then of the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4", those are selected whose creationDate is <relation> that of "sorted 2"

    @TMF683-45-GDL-018
    Examples:
      | operator | relation |
      | gt       | after    |

    @TMF683-45-GDL-019
    Examples:
      | operator | relation   |
      | gte      | not before |

    @TMF683-45-GDL-020
    Examples:
      | operator | relation |
      | lt       | before   |

    @TMF683-45-GDL-021
    Examples:
      | operator | relation  |
      | lte      | not after |

  Scenario Outline: Another date is compared by <operator>
    Given the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4"
    And the record "sorted 2" keeps statusChangeDate
    When the collection is requested with reason=${sorted 1.reason}&statusChangeDate.<operator>=${sorted 2.answered statusChangeDate}
    Then of the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4", those are selected whose statusChangeDate is <relation> that of "sorted 2"

    @TMF683-45-GDL-018
    Examples:
      | operator | relation |
      | gt       | after    |

    @TMF683-45-GDL-019
    Examples:
      | operator | relation   |
      | gte      | not before |

    @TMF683-45-GDL-020
    Examples:
      | operator | relation |
      | lt       | before   |

    @TMF683-45-GDL-021
    Examples:
      | operator | relation  |
      | lte      | not after |

  # The same operators in their other spelling, percent-encoded: who has the first may lack these.
  Scenario Outline: Dates are compared by the sign for <operator>
    Given the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4"
    And a filter by reason=${sorted 1.reason} tells the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4" from "A"
    When the collection is requested with reason=${sorted 1.reason}&creationDate<sign>${sorted 2.answered creationDate}
    Then of the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4", those are selected whose creationDate is <relation> that of "sorted 2", for information

    @TMF683-45-GDL-018
    Examples:
      | operator | sign | relation |
      | gt       | %3E  | after    |

    @TMF683-45-GDL-019
    Examples:
      | operator | sign   | relation   |
      | gte      | %3E%3D | not before |

    @TMF683-45-GDL-020
    Examples:
      | operator | sign | relation |
      | lt       | %3C  | before   |

    @TMF683-45-GDL-021
    Examples:
      | operator | sign   | relation  |
      | lte      | %3C%3D | not after |

  @TMF683-45-GDL-022
  Scenario: Values are compared by eq
    Given the records "A", "B" and "C"
    When the collection is requested with reason.eq=${A.reason}&offset=0&limit=20
    Then of the records "A", "B" and "C", exactly "A" is selected

  @TMF683-45-GDL-022
  Scenario: Values are compared by the sign for eq
    Given the records "A", "B" and "C"
    When the collection is requested with reason%3D%3D${A.reason}&offset=0&limit=20
    Then of the records "A", "B" and "C", exactly "A" is selected, for information

  Scenario Outline: A regular expression may be a criterion, written as <operator>
    Given the records "A", "B" and "C"
    When the collection is requested with reason<sign>^Question.*${run}&offset=0&limit=20
    Then of the records "A", "B" and "C", exactly "A" and "C" are selected, if offered

    @TMF683-45-GDL-023
    Examples:
      | operator | sign    |
      | regex    | .regex= |
      | a sign   | %3D~    |

  @TMF683-45-GDL-024
  Scenario: The same instant in another zone is the same date
    Given the records "sorted 1", "sorted 2" and "sorted 3"
    And the record "sorted 2" keeps creationDate
    And a filter by reason=${sorted 1.reason}&creationDate=${sorted 2.answered creationDate} tells the record "sorted 2" from "sorted 1"
    When the collection is requested with reason=${sorted 1.reason}&creationDate=${sorted 2.answered creationDate, in another zone}
    Then of the records "sorted 1", "sorted 2" and "sorted 3", exactly "sorted 2" is selected

  Scenario Outline: A part of a sub-resource may be a criterion: <criterion>
    Given the records "full", "A" and "B"
    When the collection is requested with <criterion>
    Then of the records "full", "A" and "B", exactly "full" is selected, if offered

    @TMF683-45-GDL-025
    Examples:
      | criterion                              |
      | channel.id=${full.channel.0.id}&offset=0&limit=20 |
      | relatedParty.id=${full.relatedParty.0.id}&offset=0&limit=20 |

  @TMF683-45-GDL-026
  Scenario: A criterion on an attribute that no record has is not ignored
    Given the record "page 1"
    And a filter by reason=${page 1.reason} tells the record "page 1" from "A"
    When the collection is requested with reason=${page 1.reason}&noSuchAttribute=1
    Then a criterion that no record meets is not ignored

  Scenario Outline: Values of a filter are decoded: <case>
    Given the record "encoded" keeps reason
    And the records "A" and "B"
    When the collection is requested with reason=<value>
    Then of the records "encoded", "A" and "B", exactly "encoded" is selected

    @TMF683-45-GDL-027
    Examples:
      | case             | value                           |
      | blanks as %20    | ${encoded.reason}               |
      | blanks as +      | ${encoded.reason, blanks as +}  |

  @TMF683-45-GDL-027
  Scenario: A value with quotes and characters that mean something in a URL
    Given the record "signs" keeps reason
    And the record "A"
    When the collection is requested with reason=${signs.reason}
    Then the list holds the record "signs"
    And the list does not hold the record "A"

  @TMF683-45-GDL-028
  Scenario: A JSONPath expression may be a criterion
    Given the records "page 1", "page 2" and "page 3"
    And a filter by reason=${page 1.reason} tells the records "page 1", "page 2" and "page 3" from "A"
    When the collection is requested with reason=${page 1.reason}&filter=$[?(@.id=='${page 2.id}')]
    Then of the records "page 1", "page 2" and "page 3", exactly "page 2" is selected, if offered

  @TMF683-45-GDL-051
  Scenario: A criterion on the type is not ignored
    Given the record "full" keeps @type
    And a filter by reason=${full.reason} tells the record "full" from "A"
    When the collection is requested with reason=${full.reason}&%40type=NoSuchType
    Then a criterion that no record meets is not ignored

  Scenario Outline: A directive that is optional is not read as a criterion: <directive>
    Given the records "page 1", "page 2" and "A"
    And a filter by reason=${page 1.reason} tells the records "page 1" and "page 2" from "A"
    When the collection is requested with reason=${page 1.reason}&<directive>
    Then of the records "page 1", "page 2" and "A", exactly "page 1" and "page 2" are selected, if offered

    @TMF683-45-GDL-052
    Examples:
      | directive      |
      | depth=1        |
      | expand=channel |
