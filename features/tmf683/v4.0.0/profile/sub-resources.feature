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

  @TMF683-4-PRO-009
  Scenario: A party without a role is refused or given one
    When a body like "full" is posted without /relatedParty/0/role
    Then it is refused, or what is stored has a text at /relatedParty/0/role, at most a warning

  @TMF683-4-PRO-010
  Scenario: A party role needs no role
    When a body like "A" is posted with /relatedParty = [{"id":"customer-1","href":"https://example.org/customer/1","@referredType":"Customer"}]
    Then the status is 201
    And the answer has /relatedParty/0/@referredType = "Customer"
    And the answer has /relatedParty/0/id = "customer-1"

  @TMF683-4-PRO-014
  Scenario: An item by reference without the type that it refers to is refused
    When a body like "full" is posted without /interactionItem/0/item/@referredType
    Then it is refused, or what is stored has a text at /interactionItem/0/item/@referredType, at most a warning

  @TMF683-4-PRO-015
  Scenario: An item by value keeps its type and its content
    Given the record "full"
    When the record "full" is retrieved
    Then the answer has /interactionItem/1/item/@type = "TroubleTicket"
    And the answer has /interactionItem/1/item/name = "Line is noisy"
    And the answer has /interactionItem/1/item/severity = "major"
    And the answer has /interactionItem/1/item/ticketItem/0/description = "Crackling"
