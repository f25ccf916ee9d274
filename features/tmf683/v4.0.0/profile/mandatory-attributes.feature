@profile @review
Feature: Mandatory attributes of every representation
  Whatever the run received of its own records is held against the profile here: the answers of the
  creates, the records by id, the elements of lists. Where attributes were selected, the profile
  asks for none.

  Scenario Outline: <attribute> is there and not blank
    Given the representations that the run received
    Then each keeps this rule

    @TMF683-4-PRO-001
    Examples:
      | attribute |
      | direction |

    @TMF683-4-PRO-002
    Examples:
      | attribute |
      | reason    |

    @TMF683-4-PRO-003
    Examples:
      | attribute |
      | id        |

    @TMF683-4-PRO-004
    Examples:
      | attribute |
      | href      |

  @TMF683-4-PRO-005
  Scenario: channel is there and holds at least one element
    Given the representations that the run received
    Then each keeps this rule

  @TMF683-4-PRO-006
  Scenario: Every channel has an id
    Given the representations that the run received
    Then each keeps this rule
