use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::testing;
use super::*;

const FOLDERS: [&str; 3] = ["", "profile", "documented"];

/// A violation as the schema would show it.
fn violation(schema: &str, place: &str, keyword: &str, null: bool) -> Violation {
    let (pointer, attribute) = match (keyword, place.rsplit_once('/')) {
        ("required", Some((parent, attribute))) => (parent, Some(attribute.to_owned())),
        _ => (place, None),
    };
    Violation {
        schema: schema.into(),
        pointer: pointer.to_owned(),
        attribute,
        keyword: keyword.to_owned(),
        schema_pointer: String::new(),
        expected: Value::Null,
        actual: Value::Null,
        null,
        message: String::new(),
    }
}

#[test]
fn every_place_of_the_schemas_is_claimed_by_one_requirement() {
    for folder in FOLDERS {
        let rules = testing::rules(folder);
        let schemas: Vec<&str> = rules.claims.schemas().collect();
        assert!(
            schemas.contains(&"PartyInteraction")
                && schemas.contains(&"Error") != (folder == "profile")
        );
        for schema in schemas {
            let places = testing::places(&rules.schemas, schema);
            assert!(!places.is_empty());
            for (place, keyword) in places {
                let violation = violation(schema, &place, &keyword, false);
                let claim = rules.claims.claim(&violation).unwrap();
                assert!(
                    !claim.fallback,
                    "{folder} {schema} {place} {keyword}: only the fallback"
                );
                let winners = rules.claims.winners(&violation);
                assert_eq!(
                    winners.len(),
                    1,
                    "{folder} {schema} {place} {keyword}: {winners:?}"
                );
            }
        }
    }
}

#[test]
fn every_entry_claims_something() {
    for folder in FOLDERS {
        let rules = testing::rules(folder);
        for table in &rules.claims.tables {
            let places: Vec<_> = table
                .schemas
                .iter()
                .flat_map(|schema| testing::places(&rules.schemas, schema))
                .collect();
            let patterns = table
                .claims
                .iter()
                .flat_map(|entry| {
                    entry
                        .places
                        .iter()
                        .map(|pattern| (pattern, &entry.keywords))
                })
                .chain(table.tolerances.iter().flat_map(|tolerance| {
                    let places = tolerance.places.iter().chain(&tolerance.except);
                    places.map(|pattern| (pattern, &tolerance.keywords))
                }));
            for (pattern, keywords) in patterns {
                assert!(
                    places
                        .iter()
                        .any(|(place, keyword)| pattern.matches(&Tokens::of(place))
                            && names(keywords.as_deref(), keyword)),
                    "{folder}: {} claims nothing",
                    pattern.as_str()
                );
            }
        }
    }
}

/// The whole table as an auditor reads it: a change of one line is a change of a verdict.
#[test]
fn the_claims_read_as_reviewed() {
    let mut told = String::new();
    for folder in FOLDERS {
        let rules = testing::rules(folder);
        for schema in rules.claims.schemas() {
            writeln!(told, "{folder}/{schema}").unwrap();
            let mut places = testing::places(&rules.schemas, schema);
            // A payload repeats the whole resource; one attribute of it is enough.
            places.retain(|(place, _)| {
                let payload = place.strip_prefix("/event/partyInteraction/");
                payload.is_none_or(|attribute| ["id", "href", "reason"].contains(&attribute))
            });
            for (place, keyword) in places {
                let claim = |null| {
                    rules
                        .claims
                        .claim(&violation(schema, &place, &keyword, null))
                        .unwrap()
                };
                let most = |null| claim(null).at_most.map_or("", Severity::name);
                write!(told, "  {place} {keyword}: {}", claim(false).requirement).unwrap();
                if !most(false).is_empty() {
                    write!(told, ", at most {}", most(false)).unwrap();
                }
                if keyword == "type" && most(true) != most(false) {
                    write!(told, ", null at most {}", most(true)).unwrap();
                }
                told.push('\n');
            }
        }
    }
    insta::assert_snapshot!(told);
}

/// Folder, schema, instance, and the claims: place, end of the requirement's id, ceiling.
type Case = (
    &'static str,
    &'static str,
    Value,
    &'static [(&'static str, &'static str, &'static str)],
);

#[test]
fn the_fair_rules_hold() {
    let party = json!({"id": "p", "href": "h", "@referredType": "Individual", "role": "r"});
    let cases: Vec<Case> = vec![
        (
            "",
            "PartyInteraction",
            json!({"channel": [{"id": "c"}]}),
            &[("/channel/0/href", "SPC-011", "warn")],
        ),
        (
            "",
            "PartyInteraction",
            json!({"channel": [{"href": "h"}]}),
            &[("/channel/0/id", "PRO-006", "")],
        ),
        (
            "",
            "PartyInteraction",
            json!({"relatedParty": [{"id": "p", "@referredType": "Customer"}]}),
            &[("/relatedParty/0/href", "SPC-012", "warn")],
        ),
        (
            "",
            "PartyInteraction",
            json!({"description": null}),
            &[("/description", "SPC-001", "warn")],
        ),
        (
            "",
            "PartyInteraction",
            json!({"description": 5}),
            &[("/description", "SPC-001", "")],
        ),
        (
            "",
            "PartyInteraction",
            json!({"direction": null}),
            &[("/direction", "SPC-001", "")],
        ),
        (
            "",
            "PartyInteraction",
            json!({"creationDate": null}),
            &[("/creationDate", "SPC-002", "warn")],
        ),
        (
            "",
            "PartyInteraction",
            json!({"interactionDate": {"startDateTime": null, "endDateTime": "yesterday"}}),
            &[
                ("/interactionDate/endDateTime", "SPC-004", ""),
                ("/interactionDate/startDateTime", "SPC-004", "warn"),
            ],
        ),
        (
            "",
            "PartyInteraction",
            json!({"note": [null]}),
            &[("/note/0", "SPC-003", "")],
        ),
        ("", "PartyInteraction", json!([]), &[("", "SPC-037", "")]),
        (
            "",
            "PartyInteraction",
            json!({"interactionItem": [{
                "attachment": [{"size": {"amount": "1"}, "name": 1}], "channel": [{"id": "c"}], "item": {},
                "note": [{"date": "x"}], "reason": 1, "itemDate": 5,
            }]}),
            &[
                ("/interactionItem/0/attachment/0/name", "SPC-013", ""),
                ("/interactionItem/0/attachment/0/size/amount", "SPC-014", ""),
                ("/interactionItem/0/channel/0/href", "SPC-011", "warn"),
                ("/interactionItem/0/item/role", "PRO-013", ""),
                ("/interactionItem/0/itemDate", "SPC-016", ""),
                ("/interactionItem/0/note/0/date", "SPC-015", ""),
                ("/interactionItem/0/reason", "SPC-016", ""),
            ],
        ),
        (
            "",
            "Error",
            json!({"code": 20, "reason": "r", "status": 404}),
            &[("/code", "SPC-038", ""), ("/status", "SPC-039", "")],
        ),
        (
            "",
            "Error",
            json!({"code": "20", "reason": "r", "message": null}),
            &[("/message", "SPC-039", "warn")],
        ),
        (
            "documented",
            "Error",
            json!({"code": " ", "reason": ""}),
            &[("/code", "SPC-038", ""), ("/reason", "SPC-038", "")],
        ),
        (
            "documented",
            "PartyInteraction",
            json!({"direction": "inbounds", "status": "ongoing", "interactionDate": {"startDateTime": "x"}}),
            &[
                ("/direction", "SPC-006", "warn"),
                ("/interactionDate/endDateTime", "SPC-005", "info"),
                ("/status", "SPC-007", "warn"),
            ],
        ),
        (
            "documented",
            "PartyInteraction",
            json!({"attachment": [{"content": "*"}, {"url": "not a url"}, {"@type": "AttachmentRef"}, {"content": "aGk="}]}),
            &[
                ("/attachment/0/content", "SPC-013", ""),
                ("/attachment/1/url", "SPC-013", ""),
                ("/attachment/2/id", "SPC-013", ""),
            ],
        ),
        (
            "profile",
            "PartyInteraction",
            json!({"id": " ", "direction": null, "reason": "", "channel": []}),
            &[
                ("/href", "PRO-004", ""),
                ("/channel", "PRO-005", ""),
                ("/direction", "PRO-001", ""),
                ("/id", "PRO-003", ""),
                ("/reason", "PRO-002", ""),
            ],
        ),
        (
            "profile",
            "PartyInteraction",
            json!({
                "id": "1", "href": "h", "direction": "d", "reason": "r", "channel": [{"id": ""}, null],
                "relatedParty": [party, {"id": "p"}, {"id": "p", "@referredType": "Party"}, {"id": "p", "@referredType": "Zebra"}],
                "interactionItem": [
                    {"item": {"@type": "EntityRef", "role": "r", "id": "1"}, "channel": [{}]},
                    {"item": {"id": "1"}, "relatedParty": [{"id": "p", "@referredType": "Zebra"}, {"id": "", "@referredType": "User"}]},
                ],
            }),
            &[
                ("/channel/0/id", "PRO-006", ""),
                ("/channel/1", "PRO-006", ""),
                ("/interactionItem/0/channel/0/id", "PRO-011", ""),
                ("/interactionItem/0/item/@referredType", "PRO-014", ""),
                ("/interactionItem/1/item/@type", "PRO-012", ""),
                ("/interactionItem/1/item/role", "PRO-013", ""),
                (
                    "/interactionItem/1/relatedParty/0/@referredType",
                    "PRO-016",
                    "warn",
                ),
                ("/interactionItem/1/relatedParty/1/id", "PRO-016", ""),
                ("/relatedParty/1/@referredType", "PRO-007", ""),
                ("/relatedParty/2/role", "PRO-009", ""),
                ("/relatedParty/3/@referredType", "PRO-010", "warn"),
            ],
        ),
        (
            "documented",
            "PartyInteractionCreateEvent",
            json!({"eventId": "1", "eventTime": "t", "eventType": "partyInteractionCreateEvent", "event": {"partyInteraction": {"id": "1"}}}),
            &[
                ("/event/partyInteraction/href", "EVT-009", "warn"),
                ("/eventType", "EVT-006", ""),
            ],
        ),
    ];
    for (folder, schema, instance, expected) in cases {
        let rules = testing::rules(folder);
        let found = rules.judge(schema, &instance).unwrap();
        let found: Vec<_> = found
            .iter()
            .map(|(violation, claim)| {
                let requirement = claim.requirement.strip_prefix("TMF683-4-").unwrap();
                (
                    violation.place(),
                    requirement,
                    claim.at_most.map_or("", Severity::name),
                )
            })
            .collect();
        let found: Vec<_> = found
            .iter()
            .map(|(place, requirement, most)| (place.as_str(), *requirement, *most))
            .collect();
        assert_eq!(found, expected, "{instance}");
    }
}

#[test]
fn a_ceiling_never_raises_a_severity() {
    let claim = Claim {
        requirement: "R",
        at_most: Some(Severity::Warn),
        why: None,
        fallback: false,
    };
    assert_eq!(claim.severity(Severity::Fail), Severity::Warn);
    assert_eq!(claim.severity(Severity::Info), Severity::Info);
    assert_eq!(
        Claim {
            at_most: None,
            ..claim
        }
        .severity(Severity::Fail),
        Severity::Fail
    );
}

#[test]
fn violations_without_an_entry_fall_back_and_unknown_schemas_are_not_claimed() {
    let claims = testing::rules("").claims;
    let claim = claims
        .claim(&violation("PartyInteraction", "/ours", "type", false))
        .unwrap();
    assert_eq!(
        (claim.requirement, claim.fallback),
        ("TMF683-4-SPC-001", true)
    );
    assert_eq!(
        claims.claim(&violation(
            "PartyInteraction_Create",
            "/reason",
            "type",
            false
        )),
        None
    );
}

#[test]
fn a_broken_table_is_refused() {
    let table =
        |claims: &str| format!(r#"[{{"schemas": ["A"], "fallback": "F", "claims": [{claims}]}}]"#);
    for (text, error) in [
        ("[".to_owned(), "c.json:1:1: EOF while parsing a list"),
        (
            table(r#"{"requirement": "R", "places": []}"#),
            "c.json#/0/claims/0: no places are claimed",
        ),
        (
            table(
                r#"{"requirement": "R", "places": ["/a"]}, {"requirement": "S", "places": ["/b", "/a"]}"#,
            ),
            "c.json#/0/claims/1: `/a` is claimed twice",
        ),
        (
            table(r#"{"requirement": "R", "places": ["a"]}"#),
            "c.json:1:84: the place `a` does not begin with a slash",
        ),
        (
            r#"[{"schemas": ["A", "A"], "fallback": "F", "claims": []}]"#.to_owned(),
            "c.json#/0/schemas/1: `A` has a table already",
        ),
    ] {
        assert_eq!(
            Claims::parse("c.json", &text).unwrap_err().to_string(),
            error
        );
    }
    let misspelt = table(r#"{"requirement": "R", "places": ["/a"], "atmost": "warn"}"#);
    assert!(
        Claims::parse("c.json", &misspelt)
            .unwrap_err()
            .to_string()
            .contains("unknown field `atmost`")
    );
}
