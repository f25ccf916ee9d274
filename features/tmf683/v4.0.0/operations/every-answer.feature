@operations @review
Feature: Every answer to a patch
  What the run received for all of its patches, also of those that are to be refused.

  @TMF683-4-PAT-001
  Scenario: A patch that is answered 200 is answered with the record
    Then every patch of the run that was answered 200 was answered with the patched record
