@profile
Feature: Create
  What the profile makes mandatory for POST on the collection: four inputs are enough, what was sent
  comes back, and a body without a mandatory input does not end in a stored record without it.

  @TMF683-4-PRO-021
  Scenario: A record is created
    Then the create of "A" answered 201

  @TMF683-4-PRO-027
  Scenario: Nothing more than the four inputs of the profile is demanded
    Given one of the records "A", "strict", "described" and "parts"
    Then the create of "minimal" answered 201

  Scenario Outline: The create of <record> answers what was sent
    Given the record "<record>"
    Then the create of "<record>" answered what was sent in direction, reason and channel.id

    @TMF683-4-PRO-028
    Examples:
      | record |
      | A      |
      | B      |

  # A target may refuse texts of a kind: that breaks nothing.
  Scenario Outline: The create of a record with <kind> answers what was sent
    Given the record "<kind>" keeps reason
    Then the create of "<kind>" answered what was sent in direction, reason and channel.id

    @TMF683-4-PRO-028
    Examples:
      | kind    |
      | scripts |
      | signs   |
      | emoji   |
      | markup  |

  @TMF683-4-PRO-033
  Scenario: Two creates make two records
    Then the create of "page 1" answered 201
    And the create of "page 2" answered 201
    And the records "page 1" and "page 2" have different ids
    When the record "page 1" is retrieved
    Then the answer is the record "page 1"
    When the record "page 2" is retrieved
    Then the answer is the record "page 2"

  Scenario Outline: A body without a mandatory input is not accepted as it is: <case>
    When a body like "A" is posted <change>
    Then it is refused, or what is stored keeps to the rules at <place>

    @TMF683-4-PRO-022
    Examples:
      | case       | change           | place    |
      | no channel | without /channel | /channel |

    @TMF683-4-PRO-023
    Examples:
      | case            | change               | place    |
      | channel is null | with /channel = null | /channel |
      | channel is []   | with /channel = []   | /channel |

    @TMF683-4-PRO-024
    Examples:
      | case                       | change                    | place         |
      | a channel without id       | without /channel/0/id     | /channel/0/id |
      | the id of a channel is null | with /channel/0/id = null | /channel/0/id |
      | the id of a channel is empty | with /channel/0/id = ""   | /channel/0/id |
      | the id of a channel is blank | with /channel/0/id = "  " | /channel/0/id |
      | the id of a channel is a tab | with /channel/0/id = "\\u0009" | /channel/0/id |

    @TMF683-4-PRO-025
    Examples:
      | case               | change                   | place      |
      | no direction       | without /direction       | /direction |
      | direction is null  | with /direction = null   | /direction |
      | direction is empty | with /direction = ""     | /direction |
      | direction is blank | with /direction = "  "   | /direction |
      | direction is a tab | with /direction = "\\u0009" | /direction |
      | direction is a line break | with /direction = "\\u000a" | /direction |

    @TMF683-4-PRO-026
    Examples:
      | case            | change              | place   |
      | no reason       | without /reason     | /reason |
      | reason is null  | with /reason = null | /reason |
      | reason is empty | with /reason = ""   | /reason |
      | reason is blank | with /reason = "  " | /reason |
      | reason is a tab | with /reason = "\\u0009" | /reason |
      | reason is a line break | with /reason = "\\u000d\\u000a" | /reason |

  # What the profile makes mandatory is so for a subtype of the resource as well.
  Scenario Outline: A subtype without a mandatory input is not accepted as it is: <case>
    When a body like "subtype" is posted <change>
    Then it is refused, or what is stored keeps to the rules at <place>

    @TMF683-4-PRO-022
    Examples:
      | case       | change           | place    |
      | no channel | without /channel | /channel |

    @TMF683-4-PRO-025
    Examples:
      | case         | change             | place      |
      | no direction | without /direction | /direction |

    @TMF683-4-PRO-026
    Examples:
      | case            | change              | place   |
      | no reason       | without /reason     | /reason |
      | reason is blank | with /reason = "  " | /reason |

  # The official kit sends inbounds, and the API description gives no list of directions.
  Scenario Outline: An unusual value is kept as it is, or refused: <case>
    When a body like "A" is posted with <place> = <value>
    Then it is refused, or what was posted is kept at <place>

    @TMF683-4-PRO-028
    Examples:
      | case                             | place         | value      |
      | a direction that is not documented | /direction  | "inbounds" |
      | a reason of digits               | /reason       | "0042"     |
      | an id of a channel of digits     | /channel/0/id | "0042"     |
      | an id of a channel with capitals | /channel/0/id | "Shop-A-${run}" |
      | a long id of a channel           | /channel/0/id | "${run}-${100 characters}" |

  @exclusive @TMF683-4-PRO-022 @TMF683-4-PRO-023 @TMF683-4-PRO-024 @TMF683-4-PRO-025 @TMF683-4-PRO-026
  Scenario: What was refused for a mandatory input is not stored
    When the collection is requested
    Then nothing that was refused stands in the list, or is found by its reason

  # Late, so that the lists of other scenarios stay short.
  @destructive @TMF683-4-PRO-033
  Scenario: Many records that are created in a row are all there
    Then each of 50 records like "one of many", created in a row, is there by an id of its own
