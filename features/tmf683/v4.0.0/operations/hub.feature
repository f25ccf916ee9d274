@operations
Feature: Hub
  Listeners are registered at the hub and removed again. A target may support one listener only:
  so each scenario first removes those of the scenario before.

  @TMF683-4-HUB-011 @exclusive
  Scenario: A hub that is not offered says so
    Given no listener of this run is registered
    When a listener "asking" is registered
    Then the status is 200 or 201 or 202 or 204 or 404 or 405 or 409 or 501, for information

  @TMF683-4-HUB-001 @exclusive
  Scenario: A registration is answered with the subscription
    Given the target offers hub
    And no listener of this run is registered
    When a listener "registered" is registered
    Then the answer is a subscription with the callback of "registered"

  @TMF683-4-HUB-002 @exclusive
  Scenario: The answer says where the subscription is
    Given the target offers hub
    And no listener of this run is registered
    And a listener "located" is registered
    Then its Location is the place of the subscription "located"

  @TMF683-4-HUB-003 @exclusive
  Scenario: The query of a registration is echoed
    Given the target offers hub
    And no listener of this run is registered
    And a listener "echoed" is registered with the query eventType=PartyInteractionCreateEvent
    And the answer holds a subscription
    Then the answer has /query = "eventType=PartyInteractionCreateEvent"

  Scenario Outline: A registration without a callback is refused: <body>
    Given the target offers hub
    And no listener of this run is registered
    When the hub is sent <body>
    Then it is refused with an Error body

    @TMF683-4-HUB-004 @exclusive
    Examples:
      | body          |
      | {}            |
      | {"query": ""} |

  Scenario Outline: A callback that is no http URL is refused: <callback>
    Given the target offers hub
    And no listener of this run is registered
    When the hub is sent {"callback": "<callback>"}
    Then it is refused

    @TMF683-4-HUB-005 @exclusive
    Examples:
      | callback      |
      | not a url     |
      | /listener     |

  @TMF683-4-HUB-006 @exclusive
  Scenario: A second listener gets a subscription of its own or 409
    Given the target offers hub
    And no listener of this run is registered
    And a listener "first" is registered
    When a listener "second" is registered
    Then it is accepted with another id than "first", or refused with 409

  @TMF683-4-HUB-006 @exclusive
  Scenario: A callback that is registered twice gets two subscriptions or 409
    Given the target offers hub
    And no listener of this run is registered
    And a listener "once" is registered
    When the callback of "once" is registered once more as "twice"
    Then it is accepted with another id than "once", or refused with 409, at most a warning

  @TMF683-4-HUB-007 @exclusive
  Scenario: Removing a subscription answers 204
    Given the target offers hub
    And no listener of this run is registered
    And a listener "removed" is registered
    When the subscription "removed" is removed
    Then the status is 204

  @TMF683-4-HUB-008 @exclusive
  Scenario: Removing an unknown subscription answers 404
    Given the target offers hub
    When the subscription ${unknown id} is removed
    Then the status is 404
    And the answer is an Error body

  @TMF683-4-HUB-008 @exclusive
  Scenario: Removing a subscription twice answers 404
    Given the target offers hub
    And no listener of this run is registered
    And a listener "gone" is registered
    And the subscription "gone" has been removed
    When the subscription "gone" is removed
    Then the status is 404 or 410
    And the answer is an Error body

  @TMF683-4-HUB-009 @exclusive
  Scenario: A listener leaves the hub
    Given the target offers hub
    And no listener of this run is registered
    And a listener "left" is registered
    And the subscription "left" has been removed

  @TMF683-4-HUB-009 @review
  Scenario: A listener that has left hears nothing more
    Given the target offers hub
    And the events that came
    Then "left" heard of nothing that was done after it was removed

  @TMF683-4-HUB-010 @exclusive
  Scenario: A listener asks for deletions only
    Given the target offers hub
    And the target offers DELETE
    And no listener of this run is registered
    And a listener "deletions" is registered with the query eventType=PartyInteractionDeleteEvent
    And a new record "X" like "disposable"
    And the target has deleted the record "X"
    And "deletions" is given the time to hear of the record "X" by a PartyInteractionDeleteEvent

  @TMF683-4-HUB-010 @review
  Scenario: A query lets the events through that match it
    Given the target offers hub
    And the target offers DELETE
    And the events that came
    Then "deletions" heard of something by a PartyInteractionDeleteEvent, if others did

  @TMF683-4-HUB-010 @review
  Scenario: A query keeps the events away that don't match it
    Given the target offers hub
    And the target offers DELETE
    And the events that came
    Then "deletions" heard of nothing by a PartyInteractionCreateEvent
