@guideline
Feature: Sorting by the guidelines
  sort=NAME orders a list upwards, sort=-NAME downwards. On four records of the run with the same
  reason, made in another order than they are sorted in.

  @TMF683-45-GDL-039
  Scenario: sort orders upwards
    Given the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4"
    And a filter by reason=${sorted 1.reason} tells the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4" from "A"
    When the collection is requested with reason=${sorted 1.reason}&sort=description
    Then the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4" come sorted by description

  @TMF683-45-GDL-039
  Scenario: sort orders before a page is cut
    Given the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4"
    And a filter by reason=${sorted 1.reason} tells the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4" from "A"
    And sorting by description works for the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4", filtered by reason=${sorted 1.reason}
    When the collection is requested with reason=${sorted 1.reason}&sort=description&offset=0&limit=2
    Then the first 2 of the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4" come sorted by description

  Scenario Outline: A sign says which way sort orders: <case>
    Given the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4"
    And a filter by reason=${sorted 1.reason} tells the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4" from "A"
    When the collection is requested with reason=${sorted 1.reason}&sort=<sort>
    Then the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4" come sorted by <keys>

    @TMF683-45-GDL-040
    Examples:
      | case                      | sort           | keys          |
      | texts downwards           | -description   | -description  |
      | texts upwards             | %2Bdescription | description   |
      | dates downwards           | -creationDate  | -creationDate |

  @TMF683-45-GDL-041
  Scenario: Several keys order what the first one leaves equal
    Given the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4"
    And a filter by reason=${sorted 1.reason} tells the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4" from "A"
    And sorting by description works for the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4", filtered by reason=${sorted 1.reason}
    When the collection is requested with reason=${sorted 1.reason}&sort=-direction,description
    Then the records "sorted 1", "sorted 2", "sorted 3" and "sorted 4" come sorted by -direction and description, if offered

  @TMF683-45-GDL-042
  Scenario: A key that no record has is refused or ignored
    Given the record "sorted 1"
    When the collection is requested with reason=${sorted 1.reason}&sort=noSuchAttribute
    Then the status is 200 or 206 or 400 or 422
