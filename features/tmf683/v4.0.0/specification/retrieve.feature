@specification
Feature: Retrieve as the API description has it
  Hyperlinks, totals, paging and what the API does not define.

  @TMF683-4-SPC-009
  Scenario: The href of a record leads to it
    Given the record "A"
    When the href of the record "A" is requested
    Then the status is 200
    And the answer is the record "A"

  @TMF683-4-SPC-010
  Scenario: The href of a record ends with its place in the collection
    Given the record "A"
    Then the href of the record "A" ends with its place in the collection

  @TMF683-4-SPC-037
  Scenario: A member is one object
    Given the record "A"
    When the record "A" is retrieved
    Then the answer is a JSON object

  @TMF683-4-SPC-037 @review
  Scenario: Every representation is one object
    Given the representations that the run received
    Then each keeps this rule

  @TMF683-4-SPC-032
  Scenario: The collection tells its size
    When the collection is requested
    Then the header X-Total-Count is a number
    And the header X-Result-Count is a number

  Scenario Outline: X-Result-Count is the number of elements: <case>
    Given the records "page 1", "page 2" and "page 3"
    When the collection is requested with <query>
    Then the header X-Result-Count, if there, is the number of elements

    @TMF683-4-SPC-033
    Examples:
      | case      | query                               |
      | filtered  | reason=${page 1.reason}             |
      | one page  | reason=${page 1.reason}&limit=2     |
      | one match | id=${page 1.id}                     |
      | no match  | id=${unknown id}                    |

  Scenario Outline: X-Total-Count is the number of records that match: <case>
    Given the records "page 1", "page 2" and "page 3"
    And a filter by reason=${page 1.reason} tells the records "page 1", "page 2" and "page 3" from "A"
    When the collection is requested with <query>
    Then the header X-Total-Count, if there, is <total>

    @TMF683-4-SPC-034
    Examples:
      | case              | query                                    | total |
      | without a page    | reason=${page 1.reason}                  | 3     |
      | the first page    | reason=${page 1.reason}&limit=1          | 3     |
      | the second page   | reason=${page 1.reason}&limit=1&offset=1 | 3     |
      | one match         | id=${page 1.id}                          | 1     |
      | with a selection  | reason=${page 1.reason}&fields=reason    | 3     |
      | beyond the end    | reason=${page 1.reason}&offset=1000      | 3     |
      | two criteria      | direction=${page 1.direction}&reason=${page 1.reason} | 3 |

  @TMF683-4-SPC-035
  Scenario: limit bounds the number of elements
    Given the records "page 1", "page 2" and "page 3"
    And a filter by reason=${page 1.reason} tells the records "page 1", "page 2" and "page 3" from "A"
    When the collection is requested with reason=${page 1.reason}&limit=2
    Then the status is 200 or 206
    And the list has 2 elements

  @TMF683-4-SPC-035
  Scenario: A limit of 0 asks for no element
    Given the record "page 1"
    When the collection is requested with reason=${page 1.reason}&limit=0
    Then the list, if there is one, has at most 0 elements

  @TMF683-4-SPC-036
  Scenario: A page beyond the end has no elements
    Given the record "page 1"
    When the collection is requested with reason=${page 1.reason}&offset=1000
    Then the list, if there is one, has at most 0 elements

  @TMF683-4-SPC-036
  Scenario: offset skips that many elements
    Given the records "page 1", "page 2" and "page 3"
    And a filter by reason=${page 1.reason} tells the records "page 1", "page 2" and "page 3" from "A"
    Then offset skips elements of the collection filtered by reason=${page 1.reason}

  Scenario Outline: A page that is no number is refused: <query>
    When the collection is requested with <query>
    Then it is refused

    @TMF683-4-SPC-046
    Examples:
      | query      |
      | limit=abc  |
      | offset=x   |

  Scenario Outline: A method that the API does not define makes no member: <method>
    When <method> is sent to the record with id ${unknown id <number>}
    Then the method is refused
    When the record with id ${unknown id <number>} is retrieved
    Then the status is 404

    @TMF683-4-SPC-041
    Examples:
      | method | number |
      | PUT    | 5      |
      | POST   | 6      |

  @TMF683-4-SPC-041
  Scenario: A method that the API does not define on a member is refused
    Given a new record "X" like "disposable"
    When PUT is sent to the record "X"
    Then the method is refused
    And the record "X" is as it was

  @TMF683-4-SPC-041 @destructive
  Scenario: A method that the API does not define on the collection is refused
    Given a new record "X" like "disposable"
    When PUT is sent to the collection
    Then the method is refused
    And the record "X" is as it was

  @TMF683-4-SPC-041 @destructive
  Scenario: A new record can't be posted to a member
    Given a new record "X" like "disposable"
    When POST is sent to the record "X"
    Then the method is refused
    And the record "X" is as it was

  # TMF630 knows a PATCH of the collection, with JSON Patch as its media type: 415 is right as well.
  @TMF683-4-SPC-041 @destructive
  Scenario: A record can't be patched into the collection
    Given a new record "X" like "disposable"
    When PATCH is sent to the collection, unless there are older records
    Then the method or its media type is refused
    And the record "X" is as it was

  @TMF683-4-SPC-041 @destructive
  Scenario: The collection can't be deleted
    Given a new record "X" like "disposable"
    When DELETE is sent to the collection, unless there are older records
    Then the method is refused
    And the record "X" is as it was

  @TMF683-4-SPC-043
  Scenario: A path that the API does not know brings no server error
    When the path not-a-path-of-this-api is requested
    Then the status is below 500

  Scenario Outline: A path that no client should write brings no server error: <case>
    When the path partyInteraction<path> is requested, judged by this scenario only
    Then the status is below 500

    @TMF683-4-SPC-043
    Examples:
      | case                             | path               |
      | a byte that is no UTF-8          | /%E4-${run}        |
      | a byte that is no UTF-8, asked for | ?reason=%E4      |
      | the start of a character         | /%F0%9F-${run}     |
      | an encoded null                  | /%00-${run}        |
      | an encoded line break            | /%0D%0A-${run}     |
      | an encoded backslash             | /%5C-${run}        |

  # The path is one of the API's: an encoded slash is part of the id.
  @TMF683-4-SPC-038
  Scenario: An id with an encoded slash is refused with an Error
    When the path partyInteraction/not%2Fthere-${run} is requested, judged by this scenario only
    Then the status is 404 or 400 or 403
    And the answer is an Error body

  Scenario Outline: A parameter that the server does not know brings no server error: <query>
    When the collection is requested with <query>
    Then the status is below 500

    @TMF683-4-SPC-043
    Examples:
      | query                       |
      | fields=no-such-attribute    |
      | fields=                     |
      | fields=href                 |
      | no[such]=1                  |
      | sort=no-such-attribute      |

  @TMF683-4-SPC-042
  Scenario: Without credentials nothing is answered
    When the collection is requested without the configured credentials
    Then the status is 401 or 403
    And the answer is a JSON object

  @TMF683-4-SPC-044
  Scenario: The base path is the published one
    Then the base path ends with the published one, for information

  @TMF683-4-SPC-045
  Scenario: The API is offered over https
    Then the target is reached over https, for information
