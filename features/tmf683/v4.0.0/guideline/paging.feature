@guideline
Feature: Paging by the guidelines
  Totals, partial answers, links from page to page, and pages that hold each record once. All on
  three records of the run with the same reason, so that other records do not matter.

  @TMF683-45-GDL-029
  Scenario: A missing offset counts as 0
    Given the records "page 1", "page 2" and "page 3"
    And a filter by reason=${page 1.reason} tells the records "page 1", "page 2" and "page 3" from "A"
    Then a missing offset counts as 0 in the collection filtered by reason=${page 1.reason}

  @TMF683-45-GDL-030
  Scenario: A page tells the total
    Given the records "page 1", "page 2" and "page 3"
    And a filter by reason=${page 1.reason} tells the records "page 1", "page 2" and "page 3" from "A"
    When the collection is requested with reason=${page 1.reason}&limit=1
    Then the answer has the header X-Total-Count

  @TMF683-45-GDL-031
  Scenario: A list without a page tells the total
    Given the records "page 1", "page 2" and "page 3"
    And a filter by reason=${page 1.reason} tells the records "page 1", "page 2" and "page 3" from "A"
    When the collection is requested with reason=${page 1.reason}
    Then the answer has the header X-Total-Count

  Scenario Outline: A part is answered 206 and the whole 200: <case>
    Given the records "page 1", "page 2" and "page 3"
    And a filter by reason=${page 1.reason} tells the records "page 1", "page 2" and "page 3" from "A"
    When the collection is requested with reason=${page 1.reason}<page>
    Then the page is answered 206 where it is a part of 3 matches, and 200 where it is the whole

    @TMF683-45-GDL-032
    Examples:
      | case            | page              |
      | two of three    | &limit=2          |
      | the last        | &offset=2&limit=2 |
      | all             | &limit=3          |

  Scenario Outline: A page links to its neighbours: <case>
    Given the records "page 1", "page 2" and "page 3"
    And a filter by reason=${page 1.reason} tells the records "page 1", "page 2" and "page 3" from "A"
    When the collection is requested with reason=${page 1.reason}&limit=1&offset=<offset>
    Then the header Link offers <links>

    @TMF683-45-GDL-033
    Examples:
      | case      | offset | links         |
      | the first | 0      | next          |
      | a middle  | 1      | prev and next |
      | the last  | 2      | prev          |

  @TMF683-45-GDL-034
  Scenario: The links lead from page to page and end
    Given the records "page 1", "page 2" and "page 3"
    And a filter by reason=${page 1.reason} tells the records "page 1", "page 2" and "page 3" from "A"
    When the collection is requested with reason=${page 1.reason}&fields=id,reason&offset=0&limit=1
    Then the next links lead through the records "page 1", "page 2" and "page 3", with only the attributes id and reason

  @TMF683-45-GDL-035
  Scenario: Pages hold each record once
    Given the records "page 1", "page 2" and "page 3"
    And a filter by reason=${page 1.reason} tells the records "page 1", "page 2" and "page 3" from "A"
    Then pages of one element, filtered by reason=${page 1.reason}, hold the records "page 1", "page 2" and "page 3" once each

  @TMF683-45-GDL-034
  Scenario: The links ask for pages that there can be
    Given the records "page 1", "page 2" and "page 3"
    When the collection is requested with reason=${page 1.reason}&offset=1&limit=2
    Then every target of Link asks for a page that there can be

  # All three have the same direction: the order among them is the server's, but one for all pages.
  @TMF683-45-GDL-035
  Scenario: Pages of a sorted list hold each record once
    Given the records "page 1", "page 2" and "page 3"
    Then pages of one element, filtered by reason=${page 1.reason}&sort=direction, hold the records "page 1", "page 2" and "page 3" once each

  @TMF683-45-GDL-036
  Scenario: A page beyond the end is empty
    Given the records "page 1", "page 2" and "page 3"
    And a filter by reason=${page 1.reason} tells the records "page 1", "page 2" and "page 3" from "A"
    When the collection is requested with reason=${page 1.reason}&offset=1000
    Then the page is empty or refused with 416, and the total, if told, is 3

  Scenario Outline: A negative number is refused: <page>
    Given the record "page 1"
    When the collection is requested with reason=${page 1.reason}&<page>
    Then it is refused

    @TMF683-45-GDL-037
    Examples:
      | page      |
      | offset=-1 |
      | limit=-1  |

  @TMF683-45-GDL-038
  Scenario: A Range is ignored or kept to
    Given the records "page 1", "page 2" and "page 3"
    And a filter by reason=${page 1.reason} tells the records "page 1", "page 2" and "page 3" from "A"
    When the collection is asked with Range: items=0-0 for reason=${page 1.reason}
    Then the Range is ignored, or answered 206 with 1 elements
