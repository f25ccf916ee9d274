@operations @review
Feature: Lists after deletions
  A list may be kept apart from the records, and then show late what was deleted.

  @TMF683-4-DEL-003
  Scenario: What was deleted leaves the list at once
    Given the target offers DELETE
    Then no list was late with what was deleted, at most a warning
