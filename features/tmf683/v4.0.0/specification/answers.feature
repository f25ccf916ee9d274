@specification @review
Feature: Every answer keeps to the API description
  Status codes, media types and error bodies of all that the run received.

  @TMF683-4-SPC-031
  Scenario: Bodies are JSON in UTF-8
    Then every answer with a body is sent as JSON in UTF-8

  @TMF683-4-SPC-038
  Scenario: Errors have a body that says what and why
    Given the error answers that the run received
    Then each has a JSON body
    And each keeps this rule

  @TMF683-4-SPC-039
  Scenario: What else an error says has its type
    Given the error answers that the run received
    Then each keeps this rule

  @TMF683-4-SPC-043
  Scenario: No request brings the server to its knees
    Then no answer of the run has a status of 500 or above, but for 501 and 503

  @TMF683-4-SPC-040
  Scenario: A record that does not exist is an error with a body
    When the record with id ${unknown id} is retrieved
    Then the status is 404
    And the answer is an Error body

  @TMF683-4-SPC-047
  Scenario: An error says nothing of the inside of the server
    Given the error answers that the run received
    Then no error answer of the run shows internals of the server
