@certification
Feature: The official kit, folder N2: attribute selection and filtering
  For each of direction, href, id and reason: one attribute selection, about which the kit asserts
  nothing, and two filters, one for the value of each record. The scripts for the filters are those
  for retrieving by id: they ask for an answer that is not empty and whose elements are whole, not
  for the right records.

  @TMF683-4-CTK-025
  Scenario: Request 6 selects the attribute direction
    Given request 6 of the official kit, GET with fields=direction
    Then an answer came (TMF683-4-CTK-025)
    And the kit asserts nothing about it

  @TMF683-4-CTK-011 @TMF683-4-CTK-019 @TMF683-4-CTK-024 @TMF683-4-CTK-025
  Scenario: Request 7 filters by the direction of the first record
    Given request 7 of the official kit, GET with the direction of the first record as filter
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

  @TMF683-4-CTK-011 @TMF683-4-CTK-019 @TMF683-4-CTK-024 @TMF683-4-CTK-025
  Scenario: Request 8 filters by the direction of the second record
    Given request 8 of the official kit, GET with the direction of the second record as filter
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

  @TMF683-4-CTK-025
  Scenario: Request 9 selects the attribute href
    Given request 9 of the official kit, GET with fields=href
    Then an answer came (TMF683-4-CTK-025)
    And the kit asserts nothing about it

  @TMF683-4-CTK-011 @TMF683-4-CTK-020 @TMF683-4-CTK-024 @TMF683-4-CTK-025
  Scenario: Request 10 filters by the href of the first record
    Given request 10 of the official kit, GET with the href of the first record as filter
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

  @TMF683-4-CTK-011 @TMF683-4-CTK-020 @TMF683-4-CTK-024 @TMF683-4-CTK-025
  Scenario: Request 11 filters by the href of the second record
    Given request 11 of the official kit, GET with the href of the second record as filter
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

  @TMF683-4-CTK-025
  Scenario: Request 12 selects the attribute id
    Given request 12 of the official kit, GET with fields=id
    Then an answer came (TMF683-4-CTK-025)
    And the kit asserts nothing about it

  @TMF683-4-CTK-011 @TMF683-4-CTK-021 @TMF683-4-CTK-024 @TMF683-4-CTK-025
  Scenario: Request 13 filters by the id of the first record
    Given request 13 of the official kit, GET with the id of the first record as filter
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

  @TMF683-4-CTK-011 @TMF683-4-CTK-021 @TMF683-4-CTK-024 @TMF683-4-CTK-025
  Scenario: Request 14 filters by the id of the second record
    Given request 14 of the official kit, GET with the id of the second record as filter
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

  @TMF683-4-CTK-025
  Scenario: Request 15 selects the attribute reason
    Given request 15 of the official kit, GET with fields=reason
    Then an answer came (TMF683-4-CTK-025)
    And the kit asserts nothing about it

  @TMF683-4-CTK-011 @TMF683-4-CTK-022 @TMF683-4-CTK-024 @TMF683-4-CTK-025
  Scenario: Request 16 filters by the reason of the first record
    Given request 16 of the official kit, GET with the reason of the first record as filter
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

  @TMF683-4-CTK-011 @TMF683-4-CTK-022 @TMF683-4-CTK-024 @TMF683-4-CTK-025
  Scenario: Request 17 filters by the reason of the second record
    Given request 17 of the official kit, GET with the reason of the second record as filter
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
