@operations
Feature: What is not offered is refused
  A target need not offer PATCH and DELETE; what it does not offer it refuses, and leaves the record
  as it is.

  @TMF683-4-PAT-018
  Scenario: PATCH is refused where it is not offered
    Given the target does not offer PATCH
    And a new record "X" like "disposable"
    When the record "X" is patched with {"description": "Not offered ${run}"}
    Then it is refused as not offered
    And the answer is an Error body
    And the record "X" is as before

  @TMF683-4-DEL-006 @destructive
  Scenario: DELETE is refused where it is not offered
    Given the target does not offer DELETE
    And a new record "X" like "disposable"
    When the record "X" is deleted
    Then it is refused as not offered
    When the record "X" is retrieved
    Then the status is 200
