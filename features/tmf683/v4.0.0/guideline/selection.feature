@guideline
Feature: Attribute selection by the guidelines
  fields=none brings id and href alone, and both come with every other selection.

  @TMF683-45-GDL-008
  Scenario: fields=none of a member brings id and href alone
    Given the record "A"
    When the record "A" is retrieved with fields=none
    Then the status is 200
    And the answer of the record "A" has only the attributes id and href

  @TMF683-45-GDL-008
  Scenario: fields=none of the collection brings id and href alone
    Given the record "A"
    When the collection is requested with id=${A.id}&fields=none
    Then the status is 200 or 206
    And the element of the record "A" has only the attributes id and href

  @TMF683-45-GDL-009
  Scenario: id and href come with the selection of another attribute
    Given the record "A"
    When the record "A" is retrieved with fields=reason
    Then the answer has /id
    And the answer has /href

  @TMF683-45-GDL-009
  Scenario: id and href come with the selection of another attribute, in a list as well
    Given the record "A"
    When the collection is requested with id=${A.id}&fields=reason
    Then the answer has /0/id
    And the answer has /0/href

  @TMF683-45-GDL-010
  Scenario: The selection of an attribute that there is not is ignored or refused
    Given the record "A"
    When the record "A" is retrieved with fields=no-such-attribute
    Then the status is 200 or 400 or 422

  @TMF683-45-GDL-011
  Scenario: A part of a sub-resource may be selected by a dotted name
    Given the record "full"
    When the record "full" is retrieved with fields=channel.id
    Then the answer selects channel.id of the record "full", if offered

  @TMF683-45-GDL-012
  Scenario: A selection on a create is tolerated
    When a body like "minimal" is posted to the collection with fields=reason
    Then the status is 201
    And the answer has /reason

  @TMF683-45-GDL-012
  Scenario: A selection on a patch is tolerated
    Given a new record like "minimal"
    When the new record is patched with {"description": "changed"} for fields=description, where that is offered
    Then the status is 200
    And the answer has /description
