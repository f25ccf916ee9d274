@certification
Feature: The official kit, folder N1: create and retrieve
  Two records are created, then the whole collection and each of the two is read. What is asserted
  is the presence and the JSON type of the five mandatory attributes, and that their values stand
  in the text of the answer. The kit's comparisons of values can't fail and are not listed.

  @TMF683-4-CTK-001 @TMF683-4-CTK-002 @TMF683-4-CTK-003 @TMF683-4-CTK-004 @TMF683-4-CTK-005
  @TMF683-4-CTK-006 @TMF683-4-CTK-007 @TMF683-4-CTK-008 @TMF683-4-CTK-011 @TMF683-4-CTK-024
  @TMF683-4-CTK-025
  Scenario: Request 1 creates a record from the configured body
    Given request 1 of the official kit, POST of the configured body
    Then an answer came (TMF683-4-CTK-025)
    And the resource was found at its path (TMF683-4-CTK-025)
    And the media type application/json was not refused (TMF683-4-CTK-024)
    And the kit's assertions hold:
      | Array not expected as response           |
      | Status code is 201                       |
      | Instance has all mandatory attributes    |
      | Response has channel attribute           |
      | Response has direction attribute         |
      | Response has href attribute              |
      | Response has id attribute                |
      | Response has reason attribute            |
      | Body includes value held on direction    |
      | Body includes value held on href         |
      | Body includes value held on id           |
      | Body includes value held on reason       |

  @TMF683-4-CTK-001 @TMF683-4-CTK-002 @TMF683-4-CTK-003 @TMF683-4-CTK-004 @TMF683-4-CTK-005
  @TMF683-4-CTK-006 @TMF683-4-CTK-007 @TMF683-4-CTK-008 @TMF683-4-CTK-009 @TMF683-4-CTK-010
  @TMF683-4-CTK-011 @TMF683-4-CTK-024 @TMF683-4-CTK-025
  Scenario: Request 2 creates a record from the body that is built into the kit
    Given request 2 of the official kit, POST of the kit's own body, which can't be configured
    Then an answer came (TMF683-4-CTK-025)
    And the resource was found at its path (TMF683-4-CTK-025)
    And the media type application/json was not refused (TMF683-4-CTK-024)
    And the same body as in request 1 was accepted again (TMF683-4-CTK-010)
    And the kit's own body was not refused (TMF683-4-CTK-009)
    And the kit's assertions hold:
      | Array not expected as response           |
      | Status code is 201                       |
      | Instance has all mandatory attributes    |
      | Response has channel attribute           |
      | Response has direction attribute         |
      | Response has href attribute              |
      | Response has id attribute                |
      | Response has reason attribute            |
      | Body includes value held on direction    |
      | Body includes value held on href         |
      | Body includes value held on id           |
      | Body includes value held on reason       |

  @TMF683-4-CTK-011 @TMF683-4-CTK-012 @TMF683-4-CTK-013 @TMF683-4-CTK-014 @TMF683-4-CTK-015
  @TMF683-4-CTK-024 @TMF683-4-CTK-025
  Scenario: Request 3 lists the collection
    Given request 3 of the official kit, GET of the collection, without parameters
    Then an answer came (TMF683-4-CTK-025)
    And the resource was found at its path (TMF683-4-CTK-025)
    And the media type application/json was not refused (TMF683-4-CTK-024)
    And the kit's assertions hold:
      | Status code is 200                       |
      | Instance has all mandatory attributes    |
      | Response has channel attribute           |
      | Response has direction attribute         |
      | Response has href attribute              |
      | Response has id attribute                |
      | Response has reason attribute            |
      | Body includes value held on direction    |
      | Body includes value held on href         |
      | Body includes value held on id           |
      | Body includes value held on reason       |

  @TMF683-4-CTK-011 @TMF683-4-CTK-016 @TMF683-4-CTK-017 @TMF683-4-CTK-018 @TMF683-4-CTK-024
  @TMF683-4-CTK-025
  Scenario: Request 4 retrieves the first record by its id
    Given request 4 of the official kit, GET of the first record by its id
    Then an answer came (TMF683-4-CTK-025)
    And the media type application/json was not refused (TMF683-4-CTK-024)
    And the kit's assertions hold:
      | Status code is 200                       |
      | Instance has all mandatory attributes    |
      | Response has channel attribute           |
      | Response has direction attribute         |
      | Response has href attribute              |
      | Response has id attribute                |
      | Response has reason attribute            |
      | Body includes value held on direction    |
      | Body includes value held on href         |
      | Body includes value held on id           |
      | Body includes value held on reason       |

  @TMF683-4-CTK-011 @TMF683-4-CTK-016 @TMF683-4-CTK-017 @TMF683-4-CTK-018 @TMF683-4-CTK-024
  @TMF683-4-CTK-025
  Scenario: Request 5 retrieves the second record by its id
    Given request 5 of the official kit, GET of the second record by its id
    Then an answer came (TMF683-4-CTK-025)
    And the media type application/json was not refused (TMF683-4-CTK-024)
    And the kit's assertions hold:
      | Status code is 200                       |
      | Instance has all mandatory attributes    |
      | Response has channel attribute           |
      | Response has direction attribute         |
      | Response has href attribute              |
      | Response has id attribute                |
      | Response has reason attribute            |
      | Body includes value held on direction    |
      | Body includes value held on href         |
      | Body includes value held on id           |
      | Body includes value held on reason       |
