@operations
Feature: PATCH
  A partial update changes what it names, keeps all else, and never what is fixed when a record is
  created. Each scenario patches a record of its own; patches are merge patches (RFC 7396), in the
  media type that the target takes.

  Background:
    Given the target offers PATCH
    And a new record "X" like "disposable"

  Scenario Outline: The answer is the changed record: <case>
    When the record "X" is patched with <patch>
    Then the answer is the changed record

    @TMF683-4-PAT-001
    Examples:
      | case                | patch                                                       |
      | a text              | {"description": "Changed ${run}"}                           |
      | a status            | {"status": "completed"}                                     |
      | a mandatory text    | {"reason": "Changed reason ${run}"}                         |
      | two at a time       | {"description": "Both ${run}", "reason": "Both too ${run}"} |

  @TMF683-4-PAT-001
  Scenario: The answer is what is stored
    When the record "X" is patched with {"description": "Answered ${run}"}
    Then the answer is as the record "X" is retrieved, at most a warning

  Scenario Outline: What was changed is there later: <case>
    When the record "X" is patched with <patch>
    Then the record "X" has what was changed

    @TMF683-4-PAT-002
    Examples:
      | case             | patch                                                                                                |
      | a text           | {"description": "Stored ${run}"}                                                                     |
      | a mandatory text | {"reason": "Stored reason ${run}"}                                                                   |
      | a part of an object | {"interactionDate": {"endDateTime": "2024-01-02T09:15:00Z"}}                                      |
      | an object        | {"interactionDate": {"startDateTime": "2024-01-03T08:00:00Z", "endDateTime": "2024-01-03T08:45:00Z"}} |

  Scenario Outline: A value of a kind that was changed is there later: <kind>
    When the record "X" is patched with <patch>
    Then the record "X" has what was changed, if it was accepted

    @TMF683-4-PAT-002
    Examples:
      | kind                  | patch |
      | an empty text         | {"description": ""} |
      | a text of digits      | {"description": "0815"} |
      | a line end of two characters | {"description": "One\\u000d\\u000atwo ${run}"} |
      | 300 characters        | {"description": "${run} ${300 characters}"} |
      | milliseconds          | {"interactionDate": {"startDateTime": "2024-01-03T08:00:00.123Z", "endDateTime": "2024-01-03T08:45:00.456Z"}} |
      | an offset in the west | {"interactionDate": {"startDateTime": "2024-01-03T08:00:00-05:00", "endDateTime": "2024-01-03T08:45:00-05:00"}} |
      | a text in a note      | {"note": [{"id": "remark-4-${run}", "author": "Fourth author", "date": "2024-01-02T08:07:00-03:30", "text": "${run} ${300 characters}"}]} |

  # A target may refuse texts of a kind: that breaks nothing.
  Scenario Outline: A text with <kind> that was changed is there later
    When the record "X" is patched with {"description": "<text> ${run}"}
    Then the record "X" has what was changed, if it was accepted

    @TMF683-4-PAT-002
    Examples:
      | kind    | text                       |
      | scripts | Ünïcödé 日本語 Ελλάδα – it is |
      | signs   | R&D 'quoted' 50% a+b       |
      | emoji   | A smile 😀                 |
      | markup  | A <b>bold</b> word         |

  # A cache before the target may keep what it answered by the URL.
  @TMF683-4-PAT-002
  Scenario: What was changed is in a selection that was asked for before
    When the record "X" is retrieved with fields=description
    And the record "X" is patched with {"description": "Selected anew ${run}"}
    Then the record "X" has what was changed
    When the record "X" is retrieved with fields=description
    Then the answer has /description = "Selected anew ${run}", if it has one

  # A patch that is stored in one place and not in another: a filter by reason has to be supported.
  @TMF683-4-PAT-002
  Scenario: What was changed is found by its new value
    Given a filter by reason=nothing-has-this-${run} leaves out the record "X"
    When the record "X" is patched with {"reason": "Found anew ${run}"}
    Then the record "X" has what was changed
    When the collection is requested with reason=Found anew ${run}
    Then the list holds the record "X"

  @TMF683-4-PAT-002
  Scenario: What was changed is not found by its old value
    Given a filter by reason=nothing-has-this-${run} leaves out the record "X"
    When the record "X" is patched with {"reason": "Not as before ${run}"}
    Then the record "X" has what was changed
    When the collection is requested with reason=${X.reason}
    Then the list, if there is one, does not hold the record "X"

  @TMF683-4-PAT-003
  Scenario: What the patch does not name stays
    When the record "X" is patched with {"description": "Only this ${run}"}
    Then the record "X" keeps all that the patch does not name, but for statusChangeDate

  @TMF683-4-PAT-003
  Scenario: What the patch does not name stays, of a record with all that there is
    Given the record "full" keeps attachment
    And a new record "Y" like "full"
    When the record "Y" is patched with {"description": "Only this of all ${run}"}
    Then the record "Y" keeps all that the patch does not name, but for statusChangeDate

  @TMF683-4-PAT-003
  Scenario: A change of the status leaves the rest alone
    When the record "X" is patched with {"status": "completed"}
    Then the record "X" keeps all that the patch does not name, but for statusChangeDate

  @TMF683-4-PAT-003
  Scenario: What the patch does not name within an object stays
    When the record "X" is patched with {"interactionDate": {"endDateTime": "2024-01-02T09:00:00Z"}}
    Then the record "X" keeps /interactionDate/startDateTime, at most a warning

  @TMF683-4-PAT-004
  Scenario: A merge patch is taken in its own media type
    When the record "X" is patched with {"description": "Merged ${run}"} as application/merge-patch+json
    Then the change takes effect on "X", or with a warning as application/json;charset=utf-8

  @TMF683-4-PAT-005
  Scenario: A JSON Patch is applied, or refused without a change
    When the record "X" is patched with [{"op": "replace", "path": "/description", "value": "By a JSON Patch ${run}"}] as application/json-patch+json
    Then it is applied to the record "X", or refused without a change

  Scenario Outline: null removes an optional attribute: <case>
    When the record "X" is patched with {"<attribute>": null}
    Then the record "X" no longer has /<attribute>

    @TMF683-4-PAT-006
    Examples:
      | case      | attribute       |
      | a text    | description     |
      | a list    | note            |
      | an object | interactionDate |

  @TMF683-4-PAT-006
  Scenario: null removes what an object need not have
    When the record "X" is patched with {"interactionDate": {"endDateTime": null}}
    Then the record "X" no longer has /interactionDate/endDateTime
    And the record "X" keeps /interactionDate/startDateTime

  Scenario Outline: A list replaces the whole list: <case>
    When the record "X" is patched with {"<attribute>": [<elements>]}
    Then the record "X" has just what the patch names in <attribute>

    @TMF683-4-PAT-007
    Examples:
      | case         | attribute | elements                                                                                                         |
      | one note     | note      | {"id": "remark-3-${run}", "author": "Third author", "date": "2024-01-02T08:07:00Z", "text": "Only this ${run}"} |
      | one channel  | channel   | {"id": "gate-${run}", "href": "https://example.org/channel/gate-${run}"}                                        |
      | no note      | note      |                                                                                                                  |
      | fewer members of a note that was there | note | {"id": "remark-1-${run}", "text": "Only this text ${run}"} |
      | two channels | channel   | {"id": "gate-${run}", "href": "https://example.org/channel/gate-${run}"}, {"id": "yard-${run}", "href": "https://example.org/channel/yard-${run}"} |

  @TMF683-4-PAT-008
  Scenario: The id stays
    When the record "X" is patched with {"id": "${unknown id 2}"}
    Then it is refused, or the record "X" keeps its id

  Scenario Outline: The <attribute> stays
    When the record "X" is patched with {"<attribute>": <other>}
    Then it is refused, or the record "X" keeps its <attribute>

    @TMF683-4-PAT-009
    Examples:
      | attribute | other                           |
      | href      | "https://example.org/elsewhere" |

    @TMF683-4-PAT-010
    Examples:
      | attribute | other      |
      | direction | "outbound" |

    @TMF683-4-PAT-016
    Examples:
      | attribute       | other                                                |
      | @type           | "OtherInteraction"                                   |
      | @baseType       | "OtherEntity"                                        |
      | @schemaLocation | "https://example.org/schema/Other.schema.json"       |

  Scenario Outline: A mandatory attribute can't be made blank: <case>
    When the record "X" is patched with <patch>
    Then it is refused, or the record "X" keeps to the rules at <place>

    @TMF683-4-PAT-011
    Examples:
      | case                    | patch                      | place         |
      | the reason is removed   | {"reason": null}           | /reason       |
      | the reason is empty     | {"reason": ""}             | /reason       |
      | the reason is a blank   | {"reason": "  "}           | /reason       |
      | the reason is a tab     | {"reason": "\\u0009"}       | /reason       |
      | the channel is removed  | {"channel": null}          | /channel      |
      | the channel is empty    | {"channel": []}            | /channel      |
      | the direction is removed | {"direction": null}       | /direction    |
      | the direction is empty  | {"direction": ""}          | /direction    |

  Scenario Outline: What a patch brings along is complete: <case>
    When the record "X" is patched with <patch>
    Then it is refused

    @TMF683-4-PAT-012
    Examples:
      | case                         | patch                                                                             |
      | a party without its type     | {"relatedParty": [{"id": "other-${run}", "href": "https://example.org/individual/other-${run}"}]} |
      | a party without an id        | {"relatedParty": [{"@referredType": "Individual"}]}                               |
      | a channel without an id      | {"channel": [{"name": "Counter"}]}                                                |

  @TMF683-4-PAT-013
  Scenario: A record that does not exist can't be patched
    When the record with id ${unknown id 3} is patched with {"description": "Nowhere ${run}"}
    Then the status is 404
    And the answer is an Error body

  Scenario Outline: A body that is no JSON is refused and changes nothing: <case>
    When the record "X" is patched with the text <text>
    Then it is refused
    And the record "X" is as before

    @TMF683-4-PAT-014
    Examples:
      | case                  | text                       |
      | it ends in the middle | {"description":            |
      | no JSON at all        | description=changed        |
      | text behind it        | {"description": "With more ${run}"} xyz |
      | single quotes         | {'description': 'In single quotes ${run}'} |
      | a comma too much      | {"description": "With a comma ${run}",} |
      | a comment             | {"description": "With a comment ${run}" /* here */} |

  @TMF683-4-PAT-015
  Scenario: A change of the status has its date
    When the record "X" is patched with {"status": "completed"}
    Then the record "X" has a newer date-time in statusChangeDate

  @TMF683-4-PAT-017
  Scenario: The same patch a second time changes nothing more
    When the record "X" is patched with {"status": "completed"}
    And the record "X" is patched with {"status": "completed"}
    Then the patch is accepted again
    And the record "X" is as before, but for statusChangeDate
