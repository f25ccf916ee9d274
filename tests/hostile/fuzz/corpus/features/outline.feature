@profile @TMF683-4-PRO-044
Feature: What our gateway once broke

  Some words on it.

  Background:
    Given the records "A" and "B"

  Scenario Outline: A filter on <name>
    When the collection is requested with <name>=${B.direction}
    Then the list holds the record "B"

    Examples:
      | name      |
      | direction |
