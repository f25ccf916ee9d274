@profile
Feature: Retrieve
  The collection and its members, each with the values that were sent.

  @TMF683-4-PRO-019
  Scenario: The collection answers
    When the collection is requested
    Then the status is 200 or 206

  @TMF683-4-PRO-020
  Scenario: A member answers
    Given the record "A"
    When the record "A" is retrieved
    Then the status is 200

  Scenario Outline: A record by its id is that record: <record>
    Given the records "A" and "B"
    When the record "<record>" is retrieved
    Then the answer is the record "<record>"

    @TMF683-4-PRO-029
    Examples:
      | record |
      | A      |
      | B      |

  Scenario Outline: A record by its id has the values of its create: <record>
    Given the record "<record>"
    When the record "<record>" is retrieved
    Then the answer has what the create of "<record>" answered in direction, reason, href and channel.id
    And the answer has what was sent for "<record>" in direction, reason and channel.id

    @TMF683-4-PRO-030
    Examples:
      | record |
      | A      |
      | B      |

  Scenario Outline: A record with <kind>, by its id, has the values of its create
    Given the record "<kind>" keeps reason
    When the record "<kind>" is retrieved
    Then the answer has what the create of "<kind>" answered in direction, reason, href and channel.id
    And the answer has what was sent for "<kind>" in direction, reason and channel.id

    @TMF683-4-PRO-030
    Examples:
      | kind    |
      | scripts |
      | signs   |
      | emoji   |
      | markup  |

  @exclusive
  Scenario Outline: The collection holds <record> with the values of its create
    Given the records "A" and "B"
    When the collection is requested
    Then the list holds the record "<record>"
    When the collection is requested with id=${<record>.id}
    Then the element of the record "<record>" has what the create answered in direction, href, id and reason

    @TMF683-4-PRO-031
    Examples:
      | record |
      | A      |
      | B      |

  @exclusive @TMF683-4-PRO-031
  Scenario: The whole collection has the values of the creates
    Given the records "A" and "B"
    When the collection is requested
    Then the records "A" and "B" stand in the list with the values of their creates in direction, href, id and reason

  @exclusive @TMF683-4-PRO-033
  Scenario: The collection has one element for each record
    Given the records "A" and "B"
    When the collection is requested
    Then no record of the run stands in the list twice

  @exclusive @TMF683-4-PRO-032
  Scenario: The collection is a list of objects
    When the collection is requested
    Then every element of the list is an object

  @exclusive @TMF683-4-PRO-031
  Scenario: The collection keeps what was created first
    When the collection is requested
    Then the list holds the records that the official kit created

  @review @TMF683-4-PRO-031
  Scenario: What was created is listed at once
    Then no list was late with what was created, at most a warning

  @review @TMF683-4-PRO-030
  Scenario: What was created is found under its id at once
    Then no record was late under its id, at most a warning

  @TMF683-4-PRO-032
  Scenario: The collection is a list
    When the collection is requested
    Then the answer is a JSON list

  @TMF683-4-PRO-032
  Scenario: One match is a list with one element
    Given the record "A"
    When the collection is requested with id=${A.id}
    Then the answer is a JSON list

  @TMF683-4-PRO-032
  Scenario: No match is a list as well
    When the collection is requested with id=${unknown id}
    Then no match is answered with a list

  @TMF683-4-PRO-051
  Scenario: A well-formed id that no record has is not found
    When the record with id ${unknown id} is retrieved
    Then the status is 404

  @TMF683-4-PRO-051
  Scenario: An id of another form is not found
    When the record with id does-not-exist-${run} is retrieved
    Then the status is 404 or 400

  # Something before the target may refuse such an id in its own way: that is no fault of the target.
  Scenario Outline: An id with unusual characters is not found: <case>
    When the record with id <id> is retrieved, judged by this scenario only
    Then the status is 404 or 400 or 403

    @TMF683-4-PRO-051
    Examples:
      | case              | id                |
      | a blank           | not there ${run}  |
      | a percent sign    | 100%-${run}       |
      | a quote           | it's-none-${run}  |
      | another script    | 無い-${run}       |
      | a question mark   | what?-${run}      |
      | a hash sign       | no#-${run}        |
      | a semicolon       | no;none-${run}    |
      | an emoji          | 😀-${run}         |

  Scenario Outline: A long id is not found: <id>
    When the record with id ${<id>} is retrieved, judged by this scenario only
    Then the status is 404 or 400 or 403 or 414 or 431

    @TMF683-4-PRO-051
    Examples:
      | id              |
      | 256 characters  |
      | 300 characters  |
      | 2000 characters |

  @TMF683-4-PRO-051
  Scenario: Half an id is not found
    Given the record "A"
    When the record with id ${A.id, first half} is retrieved
    Then it is not found, unless a record has that very id

  @TMF683-4-PRO-051
  Scenario: An id with more behind it is not found
    Given the record "A"
    When the record with id ${A.id}0 is retrieved
    Then it is not found, unless a record has that very id

  # An answer that was kept by its URL lacks what was created since.
  @TMF683-4-PRO-031
  Scenario: A list that was asked for before a create holds the new record
    When the collection is requested with reason=Asked for before it was made ${run}
    Given a new record "late" like "asked for early"
    Then the same list asked for again holds the record "late"
