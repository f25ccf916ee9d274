@operations
Feature: PATCH as it is configured
  Some targets permit only some changes: only some values of the status, say, or attributes of their
  own. The patch that the configuration names is one that the target permits. It is judged as those
  are that the API description permits.

  Background:
    Given the configuration has a patch
    And the target offers PATCH
    And a new record "X" like "disposable"

  @TMF683-4-PAT-001
  Scenario: The configured patch is answered with the changed record
    When the record "X" is patched as configured
    Then the answer is the changed record

  @TMF683-4-PAT-002
  Scenario: What the configured patch has changed is there later
    When the record "X" is patched as configured
    Then the record "X" has what was changed

  @TMF683-4-PAT-003
  Scenario: What the configured patch does not name stays
    When the record "X" is patched as configured
    Then the record "X" keeps all that the patch does not name, but for statusChangeDate
