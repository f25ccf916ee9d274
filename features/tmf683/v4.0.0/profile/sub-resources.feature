@profile
Feature: Sub-resources bring their own mandatory attributes
  An optional sub-resource may be absent; where it is present, its mandatory attributes are filled.

  @review
  Scenario Outline: Every <what>
    Given the representations that hold <place>
    Then each keeps this rule

    @TMF683-4-PRO-007
    Examples:
      | what                                    | place           |
      | related party says what kind of party it is | /relatedParty/* |

    @TMF683-4-PRO-008
    Examples:
      | what                    | place           |
      | related party has an id | /relatedParty/* |

    @TMF683-4-PRO-009
    Examples:
      | what                                       | place           |
      | party that is no role of a party has a role | /relatedParty/* |

    @TMF683-4-PRO-011
    Examples:
      | what                         | place                        |
      | channel of an item has an id | /interactionItem/*/channel/* |

    @TMF683-4-PRO-012
    Examples:
      | what                                   | place                   |
      | item of an interaction item has a type | /interactionItem/*/item |

    @TMF683-4-PRO-013
    Examples:
      | what                                   | place                   |
      | item of an interaction item has a role | /interactionItem/*/item |

    @TMF683-4-PRO-014
    Examples:
      | what                                                 | place                   |
      | item by reference names the entity that it refers to | /interactionItem/*/item |

    @TMF683-4-PRO-016
    Examples:
      | what                                                  | place                             |
      | related party of an item keeps to the rules of parties | /interactionItem/*/relatedParty/* |

  @review @TMF683-4-PRO-018
  Scenario: Every sub-resource that is present keeps to its own rules
    Given the representations that the run received
    Then each keeps the rules of its sub-resources

  # A target that accepts such a part and stores it as it came adds nothing wrong of its own: SPC-029
  # warns of that.
  Scenario Outline: Nothing wrong is made of it: <case>
    Given the record "parts" keeps <part>
    When a body like "parts" is posted <change>
    Then it is refused, or what the target makes of it keeps to the rules at <place>

    @TMF683-4-PRO-007
    Examples:
      | part         | case                                    | change                                       | place                         |
      | relatedParty | a party without its type                | without /relatedParty/0/@referredType        | /relatedParty/0/@referredType |
      | relatedParty | the second party without its type       | without /relatedParty/1/@referredType        | /relatedParty/1/@referredType |
      | relatedParty | the type of a party is null             | with /relatedParty/0/@referredType = null    | /relatedParty/0/@referredType |
      | relatedParty | the type of a party is blank            | with /relatedParty/0/@referredType = "  "    | /relatedParty/0/@referredType |

    @TMF683-4-PRO-008
    Examples:
      | part         | case                                    | change                                       | place                         |
      | relatedParty | a party without an id                   | without /relatedParty/0/id                   | /relatedParty/0/id            |
      | relatedParty | the second party without an id          | without /relatedParty/1/id                   | /relatedParty/1/id            |
      | relatedParty | the id of a party is null               | with /relatedParty/0/id = null               | /relatedParty/0/id            |
      | relatedParty | the id of a party is blank              | with /relatedParty/0/id = "  "               | /relatedParty/0/id            |

    @TMF683-4-PRO-011
    Examples:
      | part            | case                                    | change                                       | place                              |
      | interactionItem | a channel of an item without id         | without /interactionItem/0/channel/0/id      | /interactionItem/0/channel/0/id    |
      | interactionItem | the second channel of an item without id | without /interactionItem/0/channel/1/id     | /interactionItem/0/channel/1/id    |
      | interactionItem | the id of a channel of an item is null  | with /interactionItem/0/channel/0/id = null  | /interactionItem/0/channel/0/id    |
      | interactionItem | the id of a channel of an item is blank | with /interactionItem/0/channel/0/id = "  "  | /interactionItem/0/channel/0/id    |

    @TMF683-4-PRO-012
    Examples:
      | part            | case                                    | change                                       | place                              |
      | interactionItem | an item without a type                  | without /interactionItem/0/item/@type        | /interactionItem/0/item/@type      |
      | interactionItem | the second item without a type          | without /interactionItem/1/item/@type        | /interactionItem/1/item/@type      |
      | interactionItem | the type of an item is null             | with /interactionItem/0/item/@type = null    | /interactionItem/0/item/@type      |
      | interactionItem | the type of an item is blank            | with /interactionItem/0/item/@type = "  "    | /interactionItem/0/item/@type      |

    @TMF683-4-PRO-016
    Examples:
      | part            | case                                    | change                                                | place                                           |
      | interactionItem | a party of an item without its type     | without /interactionItem/0/relatedParty/0/@referredType | /interactionItem/0/relatedParty/0/@referredType |
      | interactionItem | the second party of an item without an id | without /interactionItem/0/relatedParty/1/id        | /interactionItem/0/relatedParty/1/id            |

  Scenario Outline: No blank role is made up for a party: <case>
    Given the record "parts" keeps <part>
    When a body like "parts" is posted <change>
    Then it is refused, or what the target makes of it keeps to the rules at <place>

    @TMF683-4-PRO-009
    Examples:
      | part         | case                  | change                            | place                |
      | relatedParty | the first party       | without /relatedParty/0/role      | /relatedParty/0/role |
      | relatedParty | the second party      | without /relatedParty/1/role      | /relatedParty/1/role |
      | relatedParty | the role is blank     | with /relatedParty/0/role = "  "  | /relatedParty/0/role |

    @TMF683-4-PRO-016
    Examples:
      | part            | case                       | change                                          | place                                   |
      | interactionItem | the first of an item       | without /interactionItem/0/relatedParty/0/role  | /interactionItem/0/relatedParty/0/role  |
      | interactionItem | the second of an item      | without /interactionItem/0/relatedParty/1/role  | /interactionItem/0/relatedParty/1/role  |

  @TMF683-4-PRO-010
  Scenario: A party role needs no role
    Given the record "parts" keeps relatedParty
    When a body like "A" is posted with /relatedParty = [{"id":"customer-1","href":"https://example.org/customer/1","@referredType":"Customer"}]
    Then the status is 201
    And the answer has /relatedParty/0/@referredType = "Customer"
    And the answer has /relatedParty/0/id = "customer-1"

  @TMF683-4-PRO-014
  Scenario: No blank type is made up for an item by reference
    Given the record "parts" keeps interactionItem
    When a body like "parts" is posted without /interactionItem/0/item/@referredType
    Then it is refused, or what the target makes of it keeps to the rules at /interactionItem/0/item/@referredType

  @TMF683-4-PRO-015
  Scenario: An item by value keeps its type and its content
    Given the record "by value" keeps interactionItem
    When the record "by value" is retrieved
    Then the answer has /interactionItem/0/item/@type = "TroubleTicket"
    And the answer has /interactionItem/0/item/name = "Line is dead"
    And the answer has /interactionItem/0/item/severity = "major"
    And the answer has /interactionItem/0/item/ticketItem/0/description = "Crackling"

  @exclusive @TMF683-4-PRO-007 @TMF683-4-PRO-008 @TMF683-4-PRO-011 @TMF683-4-PRO-012 @TMF683-4-PRO-016
  Scenario: What was refused for one of its parts is not stored
    When the collection is requested
    Then nothing that was refused stands in the list, or is found by its reason
