@profile
Feature: Filtering
  A filter returns the records whose attribute has that very value, and no other. Criteria are
  combined by AND. The values are percent-encoded.

  Scenario Outline: A filter on <attribute> returns what matches and nothing else
    Given the records "A" and "B"
    When the collection is requested with <attribute>=${A.<attribute>}
    Then the status is 200 or 206
    And the list holds the record "A"
    And the list does not hold the record "B"
    And every element has <attribute> = "${A.<attribute>}"

    @TMF683-4-PRO-044
    Examples:
      | attribute |
      | direction |

    @TMF683-4-PRO-045
    Examples:
      | attribute |
      | id        |

    @TMF683-4-PRO-046
    Examples:
      | attribute |
      | reason    |

    @TMF683-4-PRO-047
    Examples:
      | attribute |
      | href      |

  @TMF683-4-PRO-044
  Scenario: A filter on the other direction
    Given the records "A" and "B"
    When the collection is requested with direction=${B.direction}
    Then the list holds the record "B"
    And the list does not hold the record "A"

  @TMF683-4-PRO-046
  Scenario: A filter does not take the beginning for the whole
    Given the records "A" and "C"
    When the collection is requested with reason=${A.reason}
    Then the list does not hold the record "C"
    When the collection is requested with reason=${C.reason}
    Then the list holds the record "C"
    And the list does not hold the record "A"

  Scenario Outline: A filter on reason does not take a part for the whole: <part>
    Given the record "A"
    When the collection is requested with reason=${A.reason, <part>}
    Then the list, if there is one, does not hold the record "A"

    @TMF683-4-PRO-046
    Examples:
      | part       |
      | first half |
      | last half  |

  # Databases that compare so are common, and no source forbids it in words.
  @TMF683-4-PRO-046
  Scenario: A filter on reason tells capitals from small letters
    Given the record "A"
    When the collection is requested with reason=${A.reason, in capitals}
    Then the list, if there is one, does not hold the record "A", at most a warning

  Scenario Outline: A filter on reason takes no other value for it: <how>
    Given the record "A"
    When the collection is requested with reason=${A.reason, <how>}
    Then the list, if there is one, does not hold the record "A"

    @TMF683-4-PRO-046
    Examples:
      | how                                |
      | with a percent sign in the middle               |
      | with an underscore for a letter                |
      | with a question mark for a letter                |
      | with a dot for a letter            |
      | with dots and a star in the middle |
      | with 150 characters behind         |
      | with 300 characters behind         |
      | with an ampersand and more behind             |
      | with an equals sign and more behind             |
      | with a plus sign and more behind             |
      | with a hash sign and more behind             |

  # Who guards a target may refuse these in its own way.
  Scenario Outline: A filter on reason takes no part of another language for it: <how>
    Given the record "A"
    When the collection is requested with reason=${A.reason, <how>}, judged by this scenario only
    Then the list, if there is one, does not hold the record "A"

    @TMF683-4-PRO-046
    Examples:
      | how                               |
      | with a quote and OR behind        |
      | with a quote and a comment behind |

  # A star for any text is an extension that some offer.
  @TMF683-4-PRO-046
  Scenario: A filter on reason takes a star for a star
    Given the record "A"
    When the collection is requested with reason=${A.reason, with a star in the middle}
    Then the list, if there is one, does not hold the record "A", at most a warning

  # A target that removes blanks at both ends of whatever it gets is not wrong.
  Scenario Outline: A filter on <attribute> takes a blank at the end for one
    Given the record "A"
    And a filter by <attribute>=${A.<attribute>, with a blank before} leaves out the record "A"
    When the collection is requested with <attribute>=${A.<attribute>, with a blank behind}
    Then the list, if there is one, does not hold the record "A"

    @TMF683-4-PRO-044
    Examples:
      | attribute |
      | direction |

    @TMF683-4-PRO-045
    Examples:
      | attribute |
      | id        |

    @TMF683-4-PRO-046
    Examples:
      | attribute |
      | reason    |

  @TMF683-4-PRO-046
  Scenario: A filter on reason tells letters with accents from those without
    Given the record "scripts" keeps reason
    When the collection is requested with reason=${scripts.reason, without accents}
    Then the list, if there is one, does not hold the record "scripts"

  @TMF683-4-PRO-046
  Scenario: A filter without a value finds nothing
    Given the record "A"
    When the collection is requested with reason=
    Then the list, if there is one, does not hold the record "A", at most a warning

  @TMF683-4-PRO-046
  Scenario: A value with signs of equality is one value
    Given the records "equals signs" and "sum"
    When the collection is requested with reason=${equals signs.reason}
    Then the list holds the record "equals signs"
    And the list does not hold the record "sum"

  Scenario Outline: A filter on direction takes no other value for it: <how>
    Given the record "A"
    When the collection is requested with direction=${A.direction, <how>}
    Then the list, if there is one, does not hold the record "A"

    @TMF683-4-PRO-044
    Examples:
      | how                     |
      | in capitals             |
      | first half              |
      | last half               |
      | with a percent sign in the middle    |
      | with an underscore for a letter     |
      | with a dot for a letter |

  Scenario Outline: A filter on id takes no other value for it: <how>
    Given the record "A"
    When the collection is requested with id=${A.id, <how>}
    Then the list, if there is one, does not hold the record "A"

    @TMF683-4-PRO-045
    Examples:
      | how                        |
      | with a percent sign in the middle       |
      | with an underscore for a letter        |
      | with a dot for a letter    |
      | with 300 characters behind |

  @TMF683-4-PRO-044
  Scenario: A filter returns all that match, not only the first
    Given the records "A" and "C"
    When the collection is requested with direction=${A.direction}
    Then the list has at least 2 elements

  Scenario Outline: A filter does not take half an id for the whole: <part>
    Given the record "A"
    When the collection is requested with id=${A.id, <part>}
    Then the list, if there is one, does not hold the record "A"

    @TMF683-4-PRO-045
    Examples:
      | part       |
      | first half |
      | last half  |

  @TMF683-4-PRO-046
  Scenario: A value that nothing has matches nothing
    When the collection is requested with reason=nothing-has-this-${run}
    Then no match is answered with an empty list

  Scenario Outline: A value with <kind>
    Given the record "<kind>" keeps reason
    And the record "A"
    When the collection is requested with reason=${<kind>.reason}
    Then the list holds the record "<kind>"
    And the list does not hold the record "A"

    @TMF683-4-PRO-046
    Examples:
      | kind    |
      | scripts |
      | emoji   |
      | markup  |

  Scenario Outline: A filter on reason stays one, with <parameter> beside
    Given the records "A" and "B"
    When the collection is requested with reason=${A.reason}&<parameter>
    Then the list, if there is one, does not hold the record "B"

    @TMF683-4-PRO-046
    Examples:
      | parameter                    |
      | sort=direction               |
      | sort=-reason&limit=20        |
      | offset=0&limit=20            |
      | fields=id,direction          |

  @TMF683-4-PRO-048
  Scenario: Two criteria that one record meets
    Given the records "A" and "B"
    And a filter by reason=${A.reason} tells the record "A" from "B"
    When the collection is requested with direction=${A.direction}&reason=${A.reason}
    Then the list holds the record "A"
    And the list does not hold the record "B"

  @TMF683-4-PRO-048
  Scenario: Two criteria that no record meets both of
    Given the records "A" and "B"
    And a filter by direction=${A.direction} tells the record "A" from "B"
    And a filter by reason=${B.reason} tells the record "B" from "A"
    When the collection is requested with direction=${A.direction}&reason=${B.reason}
    Then the list, if there is one, does not hold the record "A"
    And the list, if there is one, does not hold the record "B"

  @TMF683-4-PRO-048
  Scenario: The order of two criteria does not matter
    Given the records "A" and "B"
    And a filter by direction=${A.direction} tells the record "A" from "B"
    And a filter by reason=${B.reason} tells the record "B" from "A"
    When the collection is requested with reason=${B.reason}&direction=${A.direction}
    Then the list, if there is one, does not hold the record "A"
    And the list, if there is one, does not hold the record "B"

  Scenario Outline: The id of a record and the <attribute> of another
    Given the records "A" and "B"
    And a filter by id=${A.id} tells the record "A" from "B"
    And a filter by <attribute>=${B.<attribute>} tells the record "B" from "A"
    When the collection is requested with id=${A.id}&<attribute>=${B.<attribute>}
    Then the list, if there is one, does not hold the record "A"
    And the list, if there is one, does not hold the record "B"

    @TMF683-4-PRO-048
    Examples:
      | attribute |
      | reason    |
      | direction |

  Scenario Outline: Three criteria of which <one> does not match
    Given the records "A" and "B"
    And a filter by id=${A.id} tells the record "A" from "B"
    And a filter by direction=${A.direction} tells the record "A" from "B"
    And a filter by reason=${B.reason} tells the record "B" from "A"
    When the collection is requested with <query>
    Then the list, if there is one, does not hold the record "A"
    And the list, if there is one, does not hold the record "B"

    @TMF683-4-PRO-048
    Examples:
      | one        | query                                                              |
      | the first  | reason=${B.reason}&direction=${A.direction}&id=${A.id}             |
      | the second | direction=${A.direction}&reason=${B.reason}&id=${A.id}             |
      | the third  | id=${A.id}&direction=${A.direction}&reason=${B.reason}             |

  Scenario Outline: Two criteria on other attributes, where they are supported: <one> does not match
    Given the record "described" keeps description
    And the record "described" keeps status
    And a filter by <fails> leaves out the record "described"
    When the collection is requested with <fails>&<meets>
    Then the list, if there is one, does not hold the record "described"
    When the collection is requested with <meets>&<fails>
    Then the list, if there is one, does not hold the record "described"

    @TMF683-4-PRO-048
    Examples:
      | one             | fails                               | meets                                |
      | the description | description=nothing-has-this-${run} | status=${described.status}           |
      | the status      | status=completed                    | description=${described.description} |
      | the direction   | direction=outbound                  | status=${described.status}           |
      | the status, not the direction | status=completed      | direction=${described.direction}     |
      | the direction, not the description | direction=outbound | description=${described.description} |
      | the description, not the direction | description=nothing-has-this-${run} | direction=${described.direction} |
      | the reason      | reason=nothing-has-this-${run}      | status=${described.status}           |
      | the status, not the reason | status=completed         | reason=${described.reason}           |

  @TMF683-4-PRO-050
  Scenario: A filter on an attribute of a sub-resource is optional
    Given a new record "X" like "lean"
    And the record "B"
    When the collection is requested with channel.id=${X.channel.0.id}
    Then filtering by it is supported, for information

  Scenario Outline: A filter on <attribute> returns what matches and nothing else, as on any other attribute
    Given the record "described" keeps <attribute>
    And the record "A"
    When the collection is requested with <attribute>=${described.<attribute>}
    Then the status is 200 or 206
    And the list holds the record "described"
    And the list does not hold the record "A"

    @TMF683-4-PRO-052
    Examples:
      | attribute   |
      | description |
      | status      |

  # Databases that compare without regard to capitals are common, and no source forbids it in words.
  Scenario Outline: A filter on <attribute> does not take <part> for the whole
    Given the record "described" keeps <attribute>
    When the collection is requested with <attribute>=${described.<attribute>, <part>}
    Then the list, if there is one, does not hold the record "described", at most a warning

    @TMF683-4-PRO-052
    Examples:
      | attribute   | part        |
      | description | first half  |
      | description | last half   |
      | description | in capitals |
      | status      | first half  |
      | status      | last half   |
      | status      | in capitals |
      | description | with a percent sign in the middle |
      | description | with an underscore for a letter |
      | description | with a dot for a letter |
      | description | with 300 characters behind |
      | status      | with a percent sign in the middle |

  Scenario Outline: A filter on <attribute> returns what has that instant
    Given the record "described" keeps <attribute>
    When the collection is requested with <attribute>=${described.<attribute>}
    Then the status is 200 or 206
    And the list holds the record "described"
    And every element has <attribute> = "${described.<attribute>}"

    @TMF683-4-PRO-052
    Examples:
      | attribute        |
      | creationDate     |
      | statusChangeDate |
