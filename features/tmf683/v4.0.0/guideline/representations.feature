@guideline
Feature: Representations
  JSON is what is spoken by default. A new record is told by its Location. Each representation has id
  as well as href, and is whole where nothing was selected.

  Scenario Outline: JSON is the default: <case>
    Given the record "A"
    When the collection is asked <how> for id=${A.id}
    Then the answer is JSON all the same

    @TMF683-45-GDL-001
    Examples:
      | case                    | how                           |
      | no Accept               | without Accept                |
      | everything is accepted  | with Accept: */*              |
      | JSON is accepted        | with Accept: application/json |

  Scenario Outline: A type that the server does not have is told, or JSON comes: <type>
    Given the record "A"
    When the collection is asked with Accept: <type> for id=${A.id}
    Then the answer is 406, or JSON, or of the type <type> that was asked for

    @TMF683-45-GDL-002
    Examples:
      | type                            |
      | application/xml                 |
      | application/x-nobody-has-this   |

  Scenario Outline: A create in a type that the API does not know is refused: <type>
    When a body like "minimal" is sent as <type>
    Then the media type is refused

    @TMF683-45-GDL-003
    Examples:
      | type            |
      | text/plain      |
      | application/xml |

  @TMF683-45-GDL-004
  Scenario: The Location of a create leads to the record
    Given the record "A"
    Then the create of "A" answered a Location that leads to the record

  @TMF683-45-GDL-005
  Scenario: Location and href are the same address
    Given the record "A"
    Then Location and href of the record "A" name the same resource

  @TMF683-45-GDL-006
  Scenario: A representation has id and href
    Given a new record like "minimal"
    Then the answer names the new record by id and href
    When the new record is retrieved
    Then the answer names the new record by id and href
    When the new record is listed
    Then the answer names the new record by id and href

  @TMF683-45-GDL-006
  Scenario: The answer to a patch has id and href
    Given a new record like "minimal"
    When the new record is patched with {"description": "changed"}, where that is offered
    Then the answer names the new record by id and href

  @TMF683-45-GDL-007
  Scenario: Without a selection all that is stored is shown
    Given the record "full"
    Then the record "full" is shown whole, by id and in the list

  Scenario Outline: A record is whole in a list, with <parameter> beside
    Given the record "full"
    When the collection is requested with id=${full.id}&<parameter>
    Then the element of the record "full" is what the record is by its id, at most a warning

    @TMF683-45-GDL-007
    Examples:
      | parameter         |
      | limit=1           |
      | offset=0&limit=10 |

  @TMF683-45-GDL-050
  Scenario: A record without an extension has the type of the resource
    Given the record "A"
    When the record "A" is retrieved
    Then the answer has @type only as "PartyInteraction", unless @baseType is that, if at all

  @TMF683-45-GDL-050
  Scenario: A record is no reference
    Given the record "A"
    When the record "A" is retrieved
    Then the answer has nothing at /@referredType

  Scenario Outline: A subtype is refused, or kept with its <attribute>
    When a body like "subtype" is posted
    Then it is refused, or what was posted is kept at /<attribute>

    @TMF683-45-GDL-049
    Examples:
      | attribute       |
      | @type           |
      | @baseType       |
      | @schemaLocation |

  @TMF683-45-GDL-057
  Scenario: The names of attributes are case-sensitive
    When a body like "capitals" is posted
    Then it is refused, or the answer has nothing at /reason

  @TMF683-45-GDL-056
  Scenario: A create does not take the id of another record
    Given a new record like "minimal"
    When a body like "minimal" is posted with the id of the new record
    Then it is refused, or a record with an id of its own is made
