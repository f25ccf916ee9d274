@guideline
Feature: Errors, methods and addresses by the guidelines
  What errors say, what a GET leaves as it is, conditions, and how the API is addressed.

  @TMF683-45-GDL-043
  Scenario: An error says what and why: an unknown record
    When the record with id ${unknown id} is retrieved
    Then the error says code and reason

  @TMF683-45-GDL-043
  Scenario: An error says what and why: a body that is no JSON
    When the text {"channel": [ is posted as application/json
    Then the error says code and reason

  @TMF683-45-GDL-043 @review
  Scenario: Statuses are registered ones
    Then every status of the run is a registered one

  @TMF683-45-GDL-044
  Scenario: A method that is not allowed brings those that are
    Given a new record "X" like "disposable"
    When PUT is sent to the record "X"
    Then the header Allow, if the method is refused with 405, names GET

  @TMF683-45-GDL-044 @destructive
  Scenario: A method that is not allowed on the collection brings those that are
    Given a new record "X" like "disposable"
    When PUT is sent to the collection
    Then the header Allow, if the method is refused with 405, names GET

  @TMF683-45-GDL-045
  Scenario: The status in an error is that of the answer: an unknown record
    When the record with id ${unknown id} is retrieved
    Then the status in the Error body, if there, is that of the answer

  @TMF683-45-GDL-045
  Scenario: The status in an error is that of the answer: a body that is no JSON
    When the text {"channel": [ is posted as application/json
    Then the status in the Error body, if there, is that of the answer

  @TMF683-45-GDL-046
  Scenario: The same GET answers the same
    Given the record "full"
    Then the record "full" is answered alike two times

  @TMF683-45-GDL-046
  Scenario: A GET creates nothing
    Given the records "page 1", "page 2" and "page 3"
    And a filter by reason=${page 1.reason} tells the records "page 1", "page 2" and "page 3" from "A"
    Then retrieving the record "page 1" leaves the collection filtered by reason=${page 1.reason} as it is

  @TMF683-45-GDL-047
  Scenario: A GET does not carry another method
    Given a new record like "minimal"
    When GET is sent to the new record with X-HTTP-Method-Override: DELETE
    And the new record is retrieved
    Then the status is 200

  @TMF683-45-GDL-048
  Scenario: The base URL has the form that the guidelines ask for
    Then the base URL has its major version in its path, in lower camel case

  @TMF683-45-GDL-053 @destructive
  Scenario: A patch of the collection is optional
    Given the record "A"
    When [] is sent as a application/json-patch+json patch of the collection
    Then it is carried out, or refused without a server error

  @TMF683-45-GDL-054
  Scenario: A condition that no longer holds stops a change
    Given a new record like "minimal"
    When the new record is retrieved
    Given the answer tells an ETag
    When the new record is patched with {"description": "changed"} under If-Match: "stale", where that is offered
    Then the status is 412

  @TMF683-45-GDL-054
  Scenario: What has not changed need not come again
    Given a new record like "minimal"
    When the new record is retrieved
    Given the answer tells an ETag
    When the new record is retrieved unless it still has that ETag
    Then the status is 304 or 200

  @TMF683-45-GDL-055 @review
  Scenario: Who is asked for patience is told how long
    Given the answers of the run that ask for patience
    Then each of them says when to come back
