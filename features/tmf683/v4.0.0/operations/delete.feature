@operations @destructive
Feature: DELETE
  A deleted record is gone by its id and from the list, and no other with it. Each scenario deletes
  records of its own.

  Background:
    Given the target offers DELETE

  @TMF683-4-DEL-001
  Scenario: A record is deleted
    Given a new record "X" like "disposable"
    When the record "X" is deleted
    Then the status is 204, or 200 or 202 with a warning

  @TMF683-4-DEL-002
  Scenario: A deleted record is gone by its id
    Given a new record "X" like "disposable"
    When the record "X" is deleted
    Then the record "X" is gone

  @TMF683-4-DEL-002
  Scenario: A record that was read before its deletion is gone by its id
    Given a new record "X" like "disposable"
    When the record "X" is retrieved
    And the record "X" is deleted
    Then the record "X" is gone

  @TMF683-4-DEL-002
  Scenario: A record that was selected from before its deletion is gone by the same selection
    Given a new record "X" like "disposable"
    When the record "X" is retrieved with fields=reason
    And the record "X" is deleted
    Then the record "X" is gone
    When the record "X" is retrieved with fields=reason
    Then it is refused, or the answer has nothing at /id

  @TMF683-4-DEL-003
  Scenario: A deleted record is gone from the list
    Given a new record "X" like "disposable"
    When the record "X" is deleted
    Then the record "X" is gone from the list

  # A list that is kept apart from the records may hold it still, though no filter finds it.
  @TMF683-4-DEL-003
  Scenario: A deleted record is gone from the whole list
    Given a new record "X" like "disposable"
    When the record "X" is deleted
    Then the record "X" is gone from the list
    When the collection is requested
    Then the list does not hold the record "X"

  Scenario Outline: A record that a filter found before its deletion is found no more: <filter>
    Given a new record "X" like "disposable"
    When the collection is requested with <filter>
    And the record "X" is deleted
    Then the record "X" is gone from the list filtered by <filter>

    @TMF683-4-DEL-003
    Examples:
      | filter                               |
      | reason=${X.reason}                   |
      | id=${X.id}&fields=id,direction       |

  @TMF683-4-DEL-004
  Scenario: A record that does not exist can't be deleted
    When the record with id ${unknown id} is deleted
    Then the status is 404
    And the answer is an Error body

  # Alone: an id that is free again may be given to the record of another scenario.
  @TMF683-4-DEL-004 @exclusive
  Scenario: A deleted record can't be deleted again
    Given a new record "X" like "disposable"
    When the record "X" is deleted
    Then the deletion was accepted
    When the record "X" is deleted
    Then the status is 404 or 410, or 204 with a warning

  @TMF683-4-DEL-005
  Scenario: A deletion leaves the others alone
    Given a new record "before" like "disposable"
    And a new record "X" like "disposable"
    And a new record "after" like "disposable"
    And the run's other records as they were before the first deletion
    When the record "X" is deleted
    Then the run's other records are as they were

  @TMF683-4-DEL-005
  Scenario: A deletion leaves those alone to which the record refers
    Given a new record "Y" like "disposable"
    And a new record "X" like "disposable" with interactionRelationship = [{"id": "${Y.id}", "href": "${Y.href}", "relationshipType": "parent"}]
    And the run's other records as they were before the first deletion
    When the record "X" is deleted
    Then the run's other records are as they were
