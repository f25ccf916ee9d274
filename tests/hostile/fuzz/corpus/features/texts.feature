# language: en
@profile
Feature: Texts and tables

  @TMF683-4-PRO-044 @exclusive
  Scenario: A body
    When a record is created from
      """json
      {"channel": []}
      """
    Then the answer has
      | pointer | value |
      | /id     | x     |
