@certification
Feature: The official kit, folder E1: what does not exist
  A well-formed id that no record has. Only the status is asserted, the body is not read.

  @TMF683-4-CTK-023 @TMF683-4-CTK-024 @TMF683-4-CTK-025
  Scenario: Request 18 asks for an id that does not exist
    Given request 18 of the official kit, GET of an id that does not exist
    Then an answer came (TMF683-4-CTK-025)
    And the media type application/json was not refused (TMF683-4-CTK-024)
    And the kit's assertions hold:
      | Status code is 404                       |
