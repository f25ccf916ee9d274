@operations
Feature: Events
  Registered listeners are told of what was created, changed and deleted. The scenarios share a
  listener, and each looks for the events of a record of its own.

  Background:
    Given the target offers hub

  @TMF683-4-EVT-001 @events
  Scenario: A creation is told
    Given the listener "all"
    And a new record "X" like "disposable"
    Then "all" hears of the record "X" by a PartyInteractionCreateEvent

  @TMF683-4-EVT-001 @events
  Scenario: A creation is told to each listener
    Given the listeners "all" and "second of two"
    And a new record "X" like "disposable"
    Then "all" hears of the record "X" by a PartyInteractionCreateEvent
    And "second of two" hears of the record "X" by a PartyInteractionCreateEvent

  @TMF683-4-EVT-001 @events
  Scenario: A creation of no more than the profile asks for is told
    Given the listener "all"
    And a new record "X" like "lean"
    Then "all" hears of the record "X" by a PartyInteractionCreateEvent

  Scenario Outline: A listener that leaves takes no other with it: <which> leaves
    Given no listener of this run is registered
    And the listeners "<first>" and "<second>"
    And the subscription "<leaving>" has been removed
    And a new record "X" like "disposable"
    Then "<staying>" hears of the record "X" by a PartyInteractionCreateEvent

    @TMF683-4-EVT-001 @exclusive
    Examples:
      | which      | first         | second        | leaving       | staying      |
      | the second | staying       | leaving       | leaving       | staying      |
      | the first  | first to go   | last to stay  | first to go   | last to stay |

  @TMF683-4-EVT-001 @review
  Scenario: A creation is told once
    Given the events that came
    Then no listener heard of one record by two PartyInteractionCreateEvents

  Scenario Outline: A change of an attribute is told: <attribute>
    Given the target offers PATCH
    And the listener "all"
    And a new record "X" like "disposable"
    And the target has changed <attribute> of the record "X" to "Changed for an event ${run}"
    Then "all" hears of the record "X" by a PartyInteractionAttributeValueChangeEvent

    @TMF683-4-EVT-002 @events
    Examples:
      | attribute   |
      | description |
      | reason      |

  Scenario Outline: A change is told, whatever it is: <change>
    Given the target offers PATCH
    And the listener "all"
    And a new record "X" like "disposable"
    And the target has patched the record "X" with <patch>
    Then "all" hears of the record "X" by a PartyInteractionAttributeValueChangeEvent

    @TMF683-4-EVT-002 @events
    Examples:
      | change                         | patch |
      | of status and description      | {"status": "completed", "description": "With the status ${run}"} |
      | the removal of an attribute    | {"description": null} |
      | of a list                      | {"note": [{"id": "remark-5-${run}", "author": "Fifth author", "date": "2024-01-02T08:09:00Z", "text": "Told ${run}"}]} |
      | of a part of an object         | {"interactionDate": {"endDateTime": "2024-01-02T09:15:00Z"}} |
      | of a text to an empty one      | {"description": ""} |

  @TMF683-4-EVT-002 @events
  Scenario: A change is told to each listener
    Given the target offers PATCH
    And the listeners "all" and "second of two"
    And a new record "X" like "disposable"
    And the target has changed description of the record "X" to "Told to each ${run}"
    Then "all" hears of the record "X" by a PartyInteractionAttributeValueChangeEvent
    And "second of two" hears of the record "X" by a PartyInteractionAttributeValueChangeEvent

  @TMF683-4-EVT-002 @exclusive
  Scenario: The event of a second change holds the second change
    Given the target offers PATCH
    And no listener of this run is registered
    And the listener "of two changes"
    And a new record "X" like "disposable"
    And the target has changed description of the record "X" to "First change ${run}"
    And "of two changes" is given the time to hear of the record "X" by a PartyInteractionAttributeValueChangeEvent
    And the target has changed description of the record "X" to "Second change ${run}"
    Then "of two changes" hears of the record "X" by a PartyInteractionAttributeValueChangeEvent
    And the record in the event has /description = "Second change ${run}"

  @TMF683-4-EVT-005 @exclusive
  Scenario: A callback with a query is called with it
    Given no listener of this run is registered
    And a listener "with a key" is registered with a callback that has the query key=${run}
    And a new record "X" like "disposable"
    And "with a key" has heard of the record "X" by a PartyInteractionCreateEvent
    Then the event came to a URL with the query key=${run}

  @TMF683-4-EVT-003 @events
  Scenario: A change of the status is told with the new status
    Given the target offers PATCH
    And the listener "all"
    And a new record "X" like "disposable"
    And the target has changed status of the record "X" to "completed"
    Then "all" hears of the record "X" by a PartyInteractionStatusChangeEvent
    And the record in the event has /status = "completed"

  @TMF683-4-EVT-004 @events
  Scenario: A deletion is told
    Given the target offers DELETE
    And the listener "all"
    And a new record "X" like "disposable"
    And the target has deleted the record "X"
    Then "all" hears of the record "X" by a PartyInteractionDeleteEvent

  # Alone: an id that is free again may be given to the record of another scenario.
  @TMF683-4-EVT-004 @exclusive
  Scenario: A deletion is told to each listener
    Given the target offers DELETE
    And no listener of this run is registered
    And the listeners "told first" and "told second"
    And a new record "X" like "disposable"
    And the target has deleted the record "X"
    Then "told first" hears of the record "X" by a PartyInteractionDeleteEvent
    And "told second" hears of the record "X" by a PartyInteractionDeleteEvent

  @TMF683-4-EVT-005 @review
  Scenario: Events are posted as JSON to the callback or below it
    Given the events that came
    Then each event came by POST as JSON to its callback or below it

  @TMF683-4-EVT-006 @review
  Scenario: The type of an event is its published name
    Given the events that came
    Then each eventType is one of the published names

  @TMF683-4-EVT-007 @review
  Scenario: Each event has an id of its own
    Given the events that came
    Then each event has a non-blank eventId of its own

  @TMF683-4-EVT-008 @review
  Scenario: Each event has the time at which it happened
    Given the events that came
    Then each eventTime is a date-time of this run

  @TMF683-4-EVT-009 @review
  Scenario: Each event names its record
    Given the events that came
    Then each event holds its record with its id, and its href (at most a warning)

  @TMF683-4-EVT-010 @events
  Scenario: The event of a creation holds the whole record
    Given the listener "all"
    And a new record "X" like "disposable"
    And "all" has heard of the record "X" by a PartyInteractionCreateEvent
    Then the record in the event is the whole record "X"

  @TMF683-4-EVT-011 @events
  Scenario: The event of a change holds the new value
    Given the target offers PATCH
    And the listener "all"
    And a new record "X" like "disposable"
    And the target has changed description of the record "X" to "New value ${run}"
    And "all" has heard of the record "X" by a PartyInteractionAttributeValueChangeEvent
    Then the record in the event has /description = "New value ${run}"
    And the event names description in fieldPath, if it has that

  @TMF683-4-EVT-012 @review
  Scenario: What else an event says of itself has the published form
    Given the events that came
    Then each event keeps this rule
    And no event has timeOccurred, for information

  Scenario Outline: A listener that answers <status> changes nothing for those who create
    Given no listener of this run is registered
    And a listener "answers <status>" is registered that answers <status>
    And a new record "X" like "disposable"
    And "answers <status>" has heard of the record "X" by a PartyInteractionCreateEvent
    When the record "X" is retrieved
    And a body like "lean" is posted
    Then the status is below 300

    @TMF683-4-EVT-013 @exclusive
    Examples:
      | status |
      | 204    |
      | 500    |

  @TMF683-4-EVT-013 @review
  Scenario: An event that was taken does not come again
    Given the events that came
    Then no event that was taken came again

  @TMF683-4-EVT-014 @events
  Scenario: A create is refused while a listener is there
    Given the listener "all"
    When the text {"reason": "Refused create ${run}"} is posted as application/json
    Given that was refused, and nothing may be told of "Refused create ${run}"
    And a new record "X" like "disposable"
    And "all" has heard of the record "X" by a PartyInteractionCreateEvent

  @TMF683-4-EVT-014 @events
  Scenario: A change is refused while a listener is there
    Given the target offers PATCH
    And the listener "all"
    And a new record "X" like "disposable"
    When the record "X" is patched with {"description": "Refused change ${run}", "channel": 5}
    Given that was refused, and nothing may be told of "Refused change ${run}"
    And a new record "Y" like "disposable"
    And "all" has heard of the record "Y" by a PartyInteractionCreateEvent

  @TMF683-4-EVT-014 @events
  Scenario: A deletion is refused while a listener is there
    Given the target offers DELETE
    And the listener "all"
    When the record with id ${unknown id 4} is deleted
    Given that was refused, and nothing may be told of "${unknown id 4}"
    And a new record "X" like "disposable"
    And "all" has heard of the record "X" by a PartyInteractionCreateEvent

  Scenario Outline: What was refused is not told: <what>
    Given the events that came
    Then no event tells of "<text>"

    @TMF683-4-EVT-014 @review
    Examples:
      | what       | text                  |
      | a create   | Refused create ${run} |
      | a change   | Refused change ${run} |
      | a deletion | ${unknown id 4}       |

  @TMF683-4-EVT-015 @exclusive
  Scenario: A listener that fails does not cut off the others
    Given no listener of this run is registered
    And a listener "failing" is registered that answers 500
    And the listener "beside a failing one"
    And a new record "X" like "disposable"
    And "failing" has heard of the record "X" by a PartyInteractionCreateEvent
    Then "beside a failing one" hears of the record "X" by a PartyInteractionCreateEvent
    When the record "X" is retrieved
    Given a new record "Y" like "disposable"
    Then "beside a failing one" hears of the record "Y" by a PartyInteractionCreateEvent
