use serde_json::json;

use super::super::testing;
use super::*;

/// Pointer, keyword, expected, actual and message of every violation.
fn found(schema: &str, instance: &Value) -> Vec<(String, String, Value, Value, String)> {
    let set = testing::pack("");
    let violations = set.validator(schema).unwrap().validate(instance);
    violations
        .into_iter()
        .map(|it| (it.place(), it.keyword, it.expected, it.actual, it.message))
        .collect()
}

fn one(schema: &str, instance: &Value) -> (String, String, Value, Value, String) {
    let mut told = found(schema, instance);
    assert_eq!(told.len(), 1, "{told:?}");
    told.remove(0)
}

fn row(
    place: &str,
    keyword: &str,
    expected: Value,
    actual: Value,
    message: &str,
) -> (String, String, Value, Value, String) {
    (
        place.to_owned(),
        keyword.to_owned(),
        expected,
        actual,
        message.to_owned(),
    )
}

#[test]
fn a_full_record_is_valid_and_may_be_extended() {
    let record = json!({
        "id": "1", "href": "/partyInteraction/1", "direction": "inbound", "reason": "ü",
        "creationDate": "2020-10-02T11:36:00.123+02:00", "statusChangeDate": "2020-10-02T11:36:00Z",
        "channel": [{"id": "c", "href": "h", "extra": {"any": [null]}}],
        "interactionDate": {"startDateTime": "2020-10-02T11:36:00Z"},
        "interactionItem": [{
            "id": "1", "item": {"role": "r", "@type": "ProductOrder", "productOrderItem": []},
            "attachment": [{"size": {"amount": 1.5, "units": "kB"}}],
            "relatedParty": [{"id": "p", "href": "h", "@referredType": "Individual"}],
        }],
        "note": [{"text": "t", "date": "1990-12-31T23:59:60Z"}],
        "@schemaLocation": "https://example.com/schema.json", "x-extension": 5,
    });
    assert_eq!(found("PartyInteraction", &record), []);
}

#[test]
fn a_missing_member_points_at_its_parent() {
    let record = json!({"channel": [{"id": "1", "href": "h"}, {"href": "h"}]});
    let set = testing::pack("");
    let violations = set.validator("PartyInteraction").unwrap().validate(&record);
    assert_eq!(violations.len(), 1);
    assert_eq!(violations[0].pointer, "/channel/1");
    assert_eq!(violations[0].place(), "/channel/1/id");
    assert_eq!(violations[0].schema_pointer, "RelatedChannel#/required");
    assert_eq!(violations[0].actual, json!("absent"));
    assert_eq!(violations[0].message, "`/channel/1` lacks the member `id`");
}

#[test]
fn each_missing_member_is_a_violation_of_its_own() {
    let places: Vec<String> = found("PartyInteraction", &json!({"relatedParty": [{}]}))
        .into_iter()
        .map(|it| it.0)
        .collect();
    assert_eq!(
        places,
        [
            "/relatedParty/0/@referredType",
            "/relatedParty/0/href",
            "/relatedParty/0/id"
        ]
    );
}

#[test]
fn types_and_formats_are_told_with_both_sides() {
    assert_eq!(
        one("PartyInteraction", &json!({"reason": 5})),
        row(
            "/reason",
            "type",
            json!("string"),
            json!(5),
            "`/reason` is not of the type string"
        ),
    );
    assert_eq!(
        one("PartyInteraction", &json!({"creationDate": "2020-10-02"})),
        row(
            "/creationDate",
            "format",
            json!("date-time"),
            json!("2020-10-02"),
            "`/creationDate` is not an RFC 3339 date-time with a time and a zone offset",
        ),
    );
    assert_eq!(
        one(
            "Error",
            &json!({"code": "1", "reason": "r", "referenceError": "docs/1"})
        ),
        row(
            "/referenceError",
            "format",
            json!("uri"),
            json!("docs/1"),
            "`/referenceError` is not an absolute URI",
        ),
    );
    assert_eq!(
        one(
            "PartyInteraction_Create",
            &json!({
                "interactionDate": {}, "reason": "r", "status": "s", "direction": "d", "channel": [],
            })
        ),
        row(
            "/channel",
            "minItems",
            json!(1),
            json!("an array of 0 items"),
            "`/channel` has fewer items than 1"
        ),
    );
}

#[test]
fn date_times_are_those_of_rfc_3339() {
    for (text, valid) in [
        ("2020-10-02T11:36:00Z", true),
        ("2020-10-02T11:36:00.5-05:30", true),
        ("2020-10-02t11:36:00z", true),
        ("2020-02-29T00:00:00Z", true),
        ("2021-02-29T00:00:00Z", false),
        ("2020-10-02T11:36:00", false),
        ("2020-10-02T11:36Z", false),
        ("2020-10-02 11:36:00Z", false),
        ("2020-10-02T11:36:00+0200", false),
        ("2020-10-02T24:00:00Z", false),
        ("2020-10-02T11:36:00+24:00", false),
        ("2020-10-02T11:36:00Z\n", false),
        ("2020-10-02T11:36:00+02:00:00", false),
        ("２020-10-02T11:36:00Z", false),
        ("", false),
    ] {
        let found = found("Note", &json!({"date": text}));
        assert_eq!(found.is_empty(), valid, "{text:?}");
    }
}

#[test]
fn uris_are_absolute() {
    for (text, valid) in [
        ("https://example.com/a?b=c#d", true),
        ("urn:example:a", true),
        ("a/b.json", false),
        ("//example.com/a", false),
        ("", false),
        (" https://example.com", false),
        ("https://example.com/a b", false),
        ("https://example.com/ü", false),
    ] {
        let found = found("Note", &json!({"@schemaLocation": text}));
        assert_eq!(found.is_empty(), valid, "{text:?}");
    }
}

#[test]
fn a_value_that_is_not_an_object_is_one_violation() {
    for instance in [json!([]), json!("x"), json!(5), json!(null)] {
        assert_eq!(one("PartyInteraction", &instance).1, "type");
    }
    let (place, _, _, actual, _) = one("PartyInteraction", &json!({"note": [{}, null]}));
    assert_eq!((place.as_str(), actual), ("/note/1", json!(null)));
}

#[test]
fn the_instance_is_never_shown_whole() {
    let long = "x".repeat(500);
    let record = json!({"channel": {"id": long}, "creationDate": long, "note": [long]});
    for (_, _, _, actual, message) in found("PartyInteraction", &record) {
        assert!(actual.as_str().unwrap().chars().count() <= 80, "{actual}");
        assert!(!message.contains("xx"), "{message}");
    }
}

#[test]
fn violations_are_sorted_by_place() {
    let notes: Vec<Value> = (0..12).map(|_| json!({"text": 1, "author": 1})).collect();
    let found = found(
        "PartyInteraction",
        &json!({"reason": 1, "note": notes, "description": 1}),
    );
    let places: Vec<&str> = found.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(
        places[..3],
        ["/description", "/note/0/author", "/note/0/text"]
    );
    assert_eq!(
        places[20..],
        [
            "/note/9/text",
            "/note/10/author",
            "/note/10/text",
            "/note/11/author",
            "/note/11/text",
            "/reason",
        ][..]
    );
}

#[test]
fn base64_is_read_as_it_is_found() {
    for (text, valid) in [
        ("", true),
        ("aGk=", true),
        ("aGk", true),
        ("a-_k", true),
        ("aG\r\nk=", true),
        ("a GVs*", false),
        ("ü", false),
        ("a", false),
    ] {
        assert_eq!(is_base64(text), valid, "{text:?}");
    }
}
