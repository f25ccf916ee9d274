@specification @review
Feature: Every list of the run counts what it holds
  Totals, numbers of elements and sizes of pages, over all lists that the run received. Totals are
  judged where only records of the run can match; what seems wrong is asked for once more.

  @TMF683-4-SPC-033
  Scenario: X-Result-Count is right in every list
    Then every X-Result-Count of the run is the number of elements

  @TMF683-4-SPC-034
  Scenario: X-Total-Count is right in every list
    Then every X-Total-Count of the run is the number of records that match

  @TMF683-4-SPC-034
  Scenario: No filtered list holds a record twice
    Then no filtered list of the run has a record twice

  @TMF683-4-SPC-035
  Scenario: limit bounds every list
    Then no page of the run has more elements than limit says

  @TMF683-4-SPC-036
  Scenario: The last page holds all that is left
    Then every last page of the run holds all that is left

  @TMF683-4-SPC-038
  Scenario: An error is told by its status
    Then no success of the run carries an Error
