@specification
Feature: Create as the API description has it
  What is sent comes back, what the description demands is enough, and what it forbids is refused.

  @TMF683-4-SPC-006
  Scenario: Both documented directions are accepted and kept
    Given the record "A"
    Then the create of "A" answered 201
    And the create of "B" answered 201
    And the create of "A" answered what was sent in direction
    And the create of "B" answered what was sent in direction

  Scenario Outline: The status <status> is accepted and kept
    When a body like "A" is posted with /status = "<status>"
    Then the status is 201
    And the answer has /status = "<status>"

    @TMF683-4-SPC-007
    Examples:
      | status     |
      | opened     |
      | inProgress |
      | completed  |

  # A target may refuse a record that has more than the profile asks for: that leaves undecided what
  # becomes of it, and breaks nothing.
  Scenario Outline: Every attribute that is sent is answered by the create: <record>
    Given the record "<record>"
    Then the create of "<record>" answered 201
    And the create of "<record>" answered what was sent

    @TMF683-4-SPC-018
    Examples:
      | record    |
      | full      |
      | by value  |
      | described |
      | rich |
      | in two roles |
      | open values |

  Scenario Outline: Every attribute that is sent is kept: <record>
    Given the record "<record>"
    When the record "<record>" is retrieved
    Then the answer has what was sent for "<record>"

    @TMF683-4-SPC-018
    Examples:
      | record    |
      | full      |
      | by value  |
      | described |
      | rich |
      | in two roles |
      | open values |

  Scenario Outline: Every attribute that is sent stands in the list: <record>
    Given the record "<record>"
    When the collection is requested with id=${<record>.id}
    Then the element of the record "<record>" has what was sent

    @TMF683-4-SPC-018
    Examples:
      | record    |
      | full      |
      | by value  |
      | described |
      | rich |
      | in two roles |
      | open values |

  @exclusive @TMF683-4-SPC-018
  Scenario: Every attribute that is sent stands in the whole collection
    Given the records "B", "C" and "described"
    When the collection is requested
    Then the records "B", "C" and "described" stand in the list with what was sent

  @exclusive @TMF683-4-SPC-018
  Scenario: A record with all attributes stands in the whole collection as it was sent
    Given the record "full"
    When the collection is requested
    Then the record "full" stands in the list with what was sent

  @exclusive @TMF683-4-SPC-018
  Scenario: A later create changes nothing of the records before
    Given the records "B" and "described"
    When a body like "strict" is posted with /status = "completed"
    And the record "B" is retrieved
    Then the answer has what was sent for "B"
    When the record "described" is retrieved
    Then the answer has what was sent for "described"

  Scenario Outline: Texts come back character by character: <kind>
    Given the record "<kind>" keeps reason
    Then the create of "<kind>" answered what was sent
    When the record "<kind>" is retrieved
    Then the answer has what was sent for "<kind>"
    When the collection is requested with id=${<kind>.id}
    Then the element of the record "<kind>" has what was sent

    @TMF683-4-SPC-018
    Examples:
      | kind               |
      | scripts            |
      | signs              |
      | emoji              |
      | markup             |
      | control characters |

  @TMF683-4-SPC-018
  Scenario: What parts say of their types is kept, and size and validity of an item's attachment
    Given the record "typed" keeps channel
    Then the create of "typed" answered what was sent
    When the record "typed" is retrieved
    Then the answer has what was sent for "typed"
    When the collection is requested with id=${typed.id}
    Then the element of the record "typed" has what was sent

  # Each kind of value in a record of its own, in every text at any depth: a target may refuse a kind.
  Scenario Outline: A text is kept in every place: <kind>
    Given the record "rich" keeps reason
    When a body like "rich" is posted with every text as <text>
    Then it is refused, or all of it is kept

    @TMF683-4-SPC-018
    Examples:
      | kind                    | text |
      | 300 characters          | "${run} ${300 characters}" |
      | digits                  | "4711" |
      | leading zeros           | "0042" |
      | a decimal number        | "1.50" |
      | a word of JSON          | "true" |
      | the word null           | "null" |
      | an exponent             | "1e3" |
      | a date                  | "2024-02-30" |
      | a line end of two characters | "First line\\u000d\\u000asecond line\\u0009after a tab ${run}" |
      | beyond the basic plane  | "A smile \\ud83d\\ude00 and a clef \\ud834\\udd1e ${run}" |
      | markup                  | "A <b>bold</b> word &amp; <!-- none --> ${run}" |
      | quotes and backslashes  | "\\u0022double\\u0022 'single' `back` \\u005c slash / ${run}" |
      | signs of templates      | "$1 $var {brace} {{two}} %s %41 #{x} [list] ${run}" |
      | wildcards and separators | "50% a_b *c* d?e a+b a&b a=b a,b a;b a:b ${run}" |
      | several blanks          | "Two  blanks   three ${run}" |
      | capitals                | "UPPER lower MiXed ${run}" |

  Scenario Outline: A text is kept in every place, which no source says in words: <kind>
    Given the record "rich" keeps reason
    When a body like "rich" is posted with every text as <text>
    Then it is refused, or all of it is kept, at most a warning

    @TMF683-4-SPC-018
    Examples:
      | kind                | text |
      | decomposed accents  | "cafe\\u0301 Mu\\u0308ller n\\u0303 ${run}" |
      | nothing             | "" |
      | invisible characters | "zero\\u200bwidth and soft\\u00adhyphen ${run}" |

  Scenario Outline: A date-time is kept in every place: <kind>
    Given the record "rich" keeps reason
    When a body like "rich" is posted with every date-time <how>
    Then it is refused, or all of it is kept

    @TMF683-4-SPC-018
    Examples:
      | kind                     | how               |
      | milliseconds             | with milliseconds |
      | an offset in the west    | at -05:00         |
      | an offset with minutes   | at +05:30         |
      | the farthest offset      | at +14:00         |
      | after 2038               | 20 years later    |
      | before 1970              | 60 years earlier  |

  Scenario Outline: A role, a unit and the like are kept in every place: <text>
    Given the record "rich" keeps reason
    When a body like "rich" is posted with every code as "<text>"
    Then it is refused, or all of it is kept

    @TMF683-4-SPC-018
    Examples:
      | text                                             |
      | A Longer name than usual, with capitals and 0042 |
      | 0815                                             |

  Scenario Outline: A number is kept in every place: <number>
    Given the record "rich" keeps attachment
    When a body like "rich" is posted with every number as <number>
    Then it is refused, or all of it is kept

    @TMF683-4-SPC-018
    Examples:
      | number        |
      | 0             |
      | 3             |
      | 0.1           |
      | 987654321.125 |

  # How exact a date-time is kept is open: a warning says what is lost.
  Scenario Outline: A date-time is kept as exactly as it was sent: <kind>
    Given the record "rich" keeps reason
    When a body like "rich" is posted with every date-time <how>
    Then it is refused, or all of it is kept, at most a warning

    @TMF683-4-SPC-018
    Examples:
      | kind         | how               |
      | microseconds | with microseconds |
      | nanoseconds  | with nanoseconds  |

  @TMF683-4-SPC-018
  Scenario: Lists of twenty elements are kept
    Given the record "rich" keeps reason
    When a body like "rich" is posted with long lists
    Then it is refused, or all of it is kept

  # What comes back in their place is judged with all representations.
  @TMF683-4-SPC-003
  Scenario: Lists without elements are kept, or left out
    Given the record "empty lists" keeps reason
    When the record "empty lists" is retrieved
    Then the answer is the record "empty lists"
    When the collection is requested with id=${empty lists.id}
    Then the list holds the record "empty lists"

  Scenario Outline: A long text is kept whole or refused: <case>
    When a body like "A" is posted with /<attribute> = "<text>"
    Then it is refused, or what was posted is kept at /<attribute>

    @TMF683-4-SPC-018
    Examples:
      | case                    | attribute   | text             |
      | a long description      | description | ${long} ${run}   |
      | a long reason           | reason      | ${long} ${run}   |
      | a very long description | description | ${very long}     |

  Scenario Outline: A date that the client gives is kept: <attribute>
    Given the record "strict"
    When a body like "strict" is posted with /<attribute> = "2024-03-01T08:00:00Z"
    Then the status is 201
    And the answer has /<attribute> = "2024-03-01T08:00:00Z", at most a warning

    @TMF683-4-SPC-018
    Examples:
      | attribute        |
      | creationDate     |
      | statusChangeDate |

  Scenario Outline: What is sent in <attribute> is kept as it is
    Given the record "<record>"
    When the record "<record>" is retrieved
    Then the answer has what was sent for "<record>" in <attribute>

    @TMF683-4-SPC-015
    Examples:
      | attribute | record    |
      | note      | described |

    @TMF683-4-SPC-017
    Examples:
      | attribute               | record |
      | interactionRelationship | full   |

  @TMF683-4-SPC-005
  Scenario: A period comes back with its end behind its start
    Given the record "described"
    When the record "described" is retrieved
    Then the date-time at /interactionDate/startDateTime is not later than the one at /interactionDate/endDateTime

  @TMF683-4-SPC-019
  Scenario: The server fills in the date of creation
    Given the record "A"
    Then the create of "A" answered a date-time of this run at /creationDate

  @TMF683-4-SPC-020
  Scenario: A status has the date of its change
    Given the record "described"
    When the record "described" is retrieved
    Then the answer has /statusChangeDate

  @TMF683-4-SPC-021
  Scenario: An attribute that the description does not know breaks nothing
    When a body like "A" is posted with /x-extension = "1"
    Then the status is 201 or 400 or 422

  @TMF683-4-SPC-022
  Scenario: An id and a href of the client's own do not end up inconsistent
    When a body like "A" is posted with an id and a href of its own
    Then it is refused, or the record is found under the id that was answered

  @TMF683-4-SPC-023
  Scenario: At least one channel is asked for
    Given the record "A"
    When a body like "A" is posted with /channel = []
    Then it is refused, or what is stored keeps to the rules at /channel

  @TMF683-4-SPC-024
  Scenario: All that the description demands is enough
    Given one of the records "A", "described" and "parts"
    Then the create of "strict" answered 201

  Scenario Outline: A body that is no JSON is refused: <case>
    When the text <text> is posted as application/json
    Then it is refused with an Error body

    @TMF683-4-SPC-025
    Examples:
      | case                    | text                    |
      | it ends in the middle   | {"channel": [           |
      | a quote is missing      | {"reason: "x"}          |
      | no JSON at all          | direction=inbound       |

  Scenario Outline: A body with a mistake in its JSON is refused: <mistake>
    When a body like "A" is posted, written with <mistake>
    Then it is refused with an Error body

    @TMF683-4-SPC-025
    Examples:
      | mistake                            |
      | text behind it                     |
      | a second object behind it          |
      | a bracket too much                 |
      | a bracket missing                  |
      | a comma too much                   |
      | a comma missing                    |
      | single quotes                      |
      | names without quotes               |
      | a comment                          |
      | a comment to the end of the line   |
      | a number with a leading zero       |
      | a number with a plus sign          |
      | a hexadecimal number               |
      | a word that JSON does not know     |
      | a line break in a text             |
      | an escape that is cut              |
      | an escape that JSON does not know  |
      | a text that does not end           |

  # Some read such a byte as another character: then the body is JSON.
  @TMF683-4-SPC-025
  Scenario: A body with a byte that is not UTF-8 brings no server error
    When a body like "A" is posted, written with a byte that is not UTF-8
    Then the status is below 500

  Scenario Outline: A create with an odd body brings no server error: <oddity>
    When a body like "A" is posted, written with <oddity>
    Then the status is below 500

    @TMF683-4-SPC-043
    Examples:
      | oddity                                |
      | nothing at all                        |
      | a value that is a thousand lists deep |

  # What the description calls consumed is application/json;charset=utf-8.
  Scenario Outline: A create in the published media type is taken: <case>
    When a body like "A" is sent as <type>
    Then the media type is taken

    @TMF683-4-SPC-048
    Examples:
      | case                           | type                           |
      | as published                   | application/json;charset=utf-8 |
      | its charset in capitals        | application/json;charset=UTF-8 |

  @TMF683-4-SPC-025
  Scenario: A create without a body is refused
    When a body like "A" is posted, written with nothing at all
    Then it is refused with an Error body

  Scenario Outline: A body of another shape is refused: <case>
    When the text <text> is posted as application/json
    Then it is refused

    @TMF683-4-SPC-026
    Examples:
      | case           | text   |
      | a list         | []     |
      | a text         | "text" |
      | a number       | 5      |
      | null           | null   |

  @TMF683-4-SPC-026
  Scenario: A list with one body is refused
    When the text [{"channel":[{"id":"555"}],"direction":"inbound","reason":"${run}"}] is posted as application/json
    Then it is refused

  # One place of a body is changed that the target accepts as it is: else a refusal would say nothing.
  Scenario Outline: An attribute of another type is not stored so: <case>
    Given the record "<record>" keeps <attribute>
    When a body like "<record>" is posted with <change>
    Then it is refused, or what is stored keeps to the rules at <place>, whatever the place

    @TMF683-4-SPC-027
    Examples:
      | case                                  | record    | attribute               | change                                                | place                         |
      | the reason is a number                | A         | reason                  | /reason = 5                                           | /reason                       |
      | the reason is a list                  | A         | reason                  | /reason = ["a"]                                       | /reason                       |
      | the channel is a text                 | A         | channel                 | /channel = "shop"                                     | /channel                      |
      | the channel is an object              | A         | channel                 | /channel = {"id":"shop"}                              | /channel                      |
      | a channel is a text                   | A         | channel                 | /channel/0 = "shop"                                   | /channel/0                    |
      | a channel is null                     | A         | channel                 | /channel/0 = null                                     | /channel/0                    |
      | the id of a channel is a number       | A         | channel                 | /channel/0/id = 5                                     | /channel/0/id                 |
      | the direction is an object            | A         | direction               | /direction = {}                                       | /direction                    |
      | the direction is a truth value        | A         | direction               | /direction = true                                     | /direction                    |
      | the description is a number           | described | description             | /description = 7                                      | /description                  |
      | the note is a text                    | described | note                    | /note = "text"                                        | /note                         |
      | a note is a text                      | described | note                    | /note/0 = "text"                                      | /note/0                       |
      | the text of a note is a number        | described | note                    | /note/0/text = 5                                      | /note/0/text                  |
      | the status is a number                | described | status                  | /status = 5                                           | /status                       |
      | the status is a list                  | described | status                  | /status = ["opened"]                                  | /status                       |
      | the date of creation is a number      | sorted 1  | creationDate            | /creationDate = 5                                     | /creationDate                 |
      | the period is a text                  | described | interactionDate         | /interactionDate = "2024-02-29T09:00:00Z"             | /interactionDate              |
      | the period is a list                  | described | interactionDate         | /interactionDate = []                                 | /interactionDate              |
      | the end of the period is a number     | described | interactionDate         | /interactionDate/endDateTime = 5                      | /interactionDate/endDateTime  |
      | the type is a number                  | described | @type                   | /@type = 5                                            | /@type                        |
      | the related party is a text           | parts     | relatedParty            | /relatedParty = "caller"                              | /relatedParty                 |
      | the related party is an object        | parts     | relatedParty            | /relatedParty = {"id":"1","@referredType":"Customer"} | /relatedParty                 |
      | a related party is a text             | parts     | relatedParty            | /relatedParty/0 = "caller"                            | /relatedParty/0               |
      | the id of a party is a number         | parts     | relatedParty            | /relatedParty/0/id = 5                                | /relatedParty/0/id            |
      | the type of a party is a number       | parts     | relatedParty            | /relatedParty/0/@referredType = 5                     | /relatedParty/0/@referredType |
      | the item is a text                    | parts     | interactionItem         | /interactionItem = "item"                             | /interactionItem              |
      | an item is a text                     | parts     | interactionItem         | /interactionItem/0 = "item"                           | /interactionItem/0            |
      | the attachment is an object           | full      | attachment              | /attachment = {}                                      | /attachment                   |
      | the name of an attachment is a number | full      | attachment              | /attachment/0/name = 5                                | /attachment/0/name            |
      | the relationship is a text            | full      | interactionRelationship | /interactionRelationship = "parent"                   | /interactionRelationship      |

  Scenario Outline: A value of another type is not stored so, wherever it stands in <attribute>
    Given the record "rich" keeps <attribute>
    When bodies like "rich" are posted, each with another JSON type at one place of <attribute>
    Then each is refused, or what is stored keeps to the rules there

    @TMF683-4-SPC-027
    Examples:
      | attribute               |
      | channel                 |
      | relatedParty            |
      | note                    |
      | attachment              |
      | interactionItem         |
      | interactionRelationship |
      | interactionDate         |

  Scenario Outline: A word is not stored as a date-time, wherever it stands in <attribute>
    Given the record "rich" keeps <attribute>
    When bodies like "rich" are posted, each with a word for a date-time at one place of <attribute>
    Then each is refused, or what is stored keeps to the rules there

    @TMF683-4-SPC-004
    Examples:
      | attribute       |
      | interactionDate |

    @TMF683-4-SPC-013
    Examples:
      | attribute  |
      | attachment |

    @TMF683-4-SPC-015
    Examples:
      | attribute |
      | note      |

    @TMF683-4-SPC-016
    Examples:
      | attribute       |
      | interactionItem |

  Scenario Outline: A date that is none is refused: <case>
    Given the record "strict"
    When a body like "strict" is posted with <change>
    Then it is refused

    @TMF683-4-SPC-028
    Examples:
      | case                     | change                                              |
      | a word                   | /creationDate = "yesterday"                         |
      | a month that is none     | /interactionDate/startDateTime = "2020-13-45"       |
      | a day without a time     | /interactionDate/startDateTime = "2020-10-02"       |

  @TMF683-4-SPC-005
  Scenario: A period that ends before it starts is refused
    Given the record "strict"
    When a body like "strict" is posted with /interactionDate/endDateTime = "2024-02-28T00:00:00Z"
    Then it is refused

  Scenario Outline: A part without what is mandatory for it is refused: <case>
    Given the record "parts" keeps <part>
    When a body like "parts" is posted without <place>
    Then it is refused

    @TMF683-4-SPC-029
    Examples:
      | case                                  | part            | place                                           |
      | a party without its type              | relatedParty    | /relatedParty/0/@referredType                   |
      | a party without an id                 | relatedParty    | /relatedParty/0/id                              |
      | the second party without its type     | relatedParty    | /relatedParty/1/@referredType                   |
      | the second party without an id        | relatedParty    | /relatedParty/1/id                              |
      | a channel of an item without an id    | interactionItem | /interactionItem/0/channel/0/id                 |
      | the second channel of an item         | interactionItem | /interactionItem/0/channel/1/id                 |
      | an item without a type                | interactionItem | /interactionItem/0/item/@type                   |
      | the second item without a type        | interactionItem | /interactionItem/1/item/@type                   |
      | a party of an item without its type   | interactionItem | /interactionItem/0/relatedParty/0/@referredType |
      | the second party of an item           | interactionItem | /interactionItem/0/relatedParty/1/id            |
      | a party without a role                | relatedParty    | /relatedParty/0/role                            |
      | the second party without a role       | relatedParty    | /relatedParty/1/role                            |
      | a party of an item without a role     | interactionItem | /interactionItem/0/relatedParty/0/role          |
      | the second of an item without a role  | interactionItem | /interactionItem/0/relatedParty/1/role          |
      | a reference without its type          | interactionItem | /interactionItem/0/item/@referredType           |

  Scenario Outline: A part whose mandatory attribute is <case> is refused
    Given the record "parts" keeps <part>
    When a body like "parts" is posted with <change>
    Then it is refused

    @TMF683-4-SPC-029
    Examples:
      | case                                 | part            | change                                      |
      | null: the type of a party            | relatedParty    | /relatedParty/0/@referredType = null        |
      | blank: the type of a party           | relatedParty    | /relatedParty/0/@referredType = "  "        |
      | blank: the role of a party           | relatedParty    | /relatedParty/0/role = "  "                 |
      | null: the id of a party              | relatedParty    | /relatedParty/0/id = null                   |
      | blank: the id of a party             | relatedParty    | /relatedParty/0/id = "  "                   |
      | null: the id of a channel of an item | interactionItem | /interactionItem/0/channel/0/id = null      |
      | blank: the id of a channel of an item | interactionItem | /interactionItem/0/channel/0/id = "  "      |
      | null: the type of an item            | interactionItem | /interactionItem/0/item/@type = null        |
      | blank: the type of an item           | interactionItem | /interactionItem/0/item/@type = "  "        |

  Scenario Outline: Nothing that is mandatory may be <what>, wherever it stands in <attribute>
    Given the record "rich" keeps <attribute>
    When bodies like "rich" are posted, each with <what> at one place of <attribute>
    Then each is refused

    @TMF683-4-SPC-029
    Examples:
      | attribute       | what    |
      | relatedParty    | nothing |
      | relatedParty    | a blank |
      | interactionItem | nothing |
      | interactionItem | a blank |

  Scenario Outline: An item without a role is refused: <case>
    Given the record "parts" keeps interactionItem
    When a body like "parts" is posted without <place>
    Then it is refused

    @TMF683-4-SPC-030
    Examples:
      | case            | place                        |
      | the first item  | /interactionItem/0/item/role |
      | the second item | /interactionItem/1/item/role |

  @exclusive @TMF683-4-SPC-023 @TMF683-4-SPC-005 @TMF683-4-SPC-026 @TMF683-4-SPC-027 @TMF683-4-SPC-028 @TMF683-4-SPC-029 @TMF683-4-SPC-030
  Scenario: What was refused is not stored
    When the collection is requested
    Then nothing that was refused stands in the list, or is found by its reason
