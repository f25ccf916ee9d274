//! The shapes of a party interaction and its parts, and the violations in a body.
//!
//! The attributes and their types are those of the published API description; which of them
//! have to be there is what the conformance profile (TMF683B) demands.

mod shape;
mod shapes;

use serde_json::{Map, Value};

pub(super) use shape::{Flaw, Violation, instant};
pub(super) use shapes::PARTY_INTERACTION;

use shape::{Kind, Shape};

/// Whether the API description knows an attribute of the resource.
pub(super) fn is_known(name: &str) -> bool {
    let mut described = PARTY_INTERACTION.attributes.iter();
    name == "id" || name == "href" || described.any(|(known, _)| *known == name)
}

/// Everything that is wrong with an object, in the order of its attributes.
pub(super) fn violations(map: &Map<String, Value>, shape: &'static Shape) -> Vec<Violation> {
    let mut found = Vec::new();
    check_object(map, shape, "", &mut found);
    found
}

fn check_object(
    map: &Map<String, Value>,
    shape: &'static Shape,
    at: &str,
    found: &mut Vec<Violation>,
) {
    for (name, kind) in shape.attributes {
        let pointer = format!("{at}/{name}");
        let is_mandatory = shape.mandatory.contains(name);
        match map.get(*name) {
            None if is_mandatory => report(pointer, Flaw::Missing, found),
            None => {}
            Some(value) => check_value(value, *kind, is_mandatory, pointer, found),
        }
    }
    if let Some((name, flaw)) = (shape.rule)(map) {
        report(format!("{at}/{name}"), flaw, found);
    }
}

fn check_value(
    value: &Value,
    kind: Kind,
    is_mandatory: bool,
    pointer: String,
    found: &mut Vec<Violation>,
) {
    if value.is_null() {
        return report(pointer, Flaw::Null, found);
    }
    match (kind, value) {
        (Kind::Number, Value::Number(_)) => {}
        (Kind::One(shape), Value::Object(map)) => check_object(map, shape, &pointer, found),
        (Kind::Many(_), Value::Array(items)) if is_mandatory && items.is_empty() => {
            report(pointer, Flaw::Empty, found);
        }
        (Kind::Many(shape), Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                let kind = Kind::One(shape);
                check_value(item, kind, true, format!("{pointer}/{index}"), found);
            }
        }
        (Kind::Number | Kind::One(_) | Kind::Many(_), _) => report(pointer, Flaw::Type, found),
        (_, Value::String(text)) if is_mandatory && text.trim().is_empty() => {
            report(pointer, Flaw::Blank, found);
        }
        (_, Value::String(text)) if has_format(text, kind) => {}
        (_, Value::String(_)) => report(pointer, Flaw::Format, found),
        _ => report(pointer, Flaw::Type, found),
    }
}

fn report(pointer: String, flaw: Flaw, found: &mut Vec<Violation>) {
    found.push(Violation { pointer, flaw });
}

fn has_format(text: &str, kind: Kind) -> bool {
    match kind {
        Kind::DateTime => is_date_time(text),
        Kind::Uri => url::Url::parse(text).is_ok(),
        Kind::Base64 => is_base64(text),
        _ => true,
    }
}

/// RFC 3339, 5.6: a date, `T`, a time and a zone. (The parser alone would take more.)
fn is_date_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let separator = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|b| wanted.contains(b));
    let is_written_out = separator(4, b"-")
        && separator(7, b"-")
        && separator(10, b"Tt")
        && separator(13, b":")
        && separator(16, b":")
        && !text.contains('[');
    is_written_out && instant(text).is_some()
}

fn is_base64(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let known = |b: &u8| b.is_ascii_alphanumeric() || b"+/-_".contains(b);
    text.len() - body.len() <= 2 && body.as_bytes().iter().all(known) && body.len() % 4 != 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn found(body: Value) -> Vec<(String, Flaw)> {
        let Value::Object(map) = body else {
            panic!("an object is checked");
        };
        let all = violations(&map, &PARTY_INTERACTION);
        all.into_iter().map(|v| (v.pointer, v.flaw)).collect()
    }

    fn with(name: &str, value: Value) -> Value {
        let mut body = json!({"channel": [{"id": "555"}], "direction": "inbounds", "reason": "x"});
        body[name] = value;
        body
    }

    #[test]
    fn the_minimal_body_is_enough() {
        assert_eq!(found(with("x-ext", json!(1))), []);
    }

    #[test]
    fn each_flaw_is_found_where_it_is() {
        let cases = [
            (
                json!({}),
                vec![
                    ("/direction", Flaw::Missing),
                    ("/reason", Flaw::Missing),
                    ("/channel", Flaw::Missing),
                ],
            ),
            (with("reason", json!(" ")), vec![("/reason", Flaw::Blank)]),
            (with("reason", json!(5)), vec![("/reason", Flaw::Type)]),
            (
                with("direction", json!(null)),
                vec![("/direction", Flaw::Null)],
            ),
            (with("channel", json!([])), vec![("/channel", Flaw::Empty)]),
            (
                with("channel", json!([{}])),
                vec![("/channel/0/id", Flaw::Missing)],
            ),
            (
                with("channel", json!([null])),
                vec![("/channel/0", Flaw::Null)],
            ),
            (with("channel", json!("x")), vec![("/channel", Flaw::Type)]),
            (
                with("creationDate", json!("yesterday")),
                vec![("/creationDate", Flaw::Format)],
            ),
            (
                with("interactionDate", json!({"startDateTime": "2020-13-45"})),
                vec![("/interactionDate/startDateTime", Flaw::Format)],
            ),
            (
                with("relatedParty", json!([{"id": "1"}])),
                vec![("/relatedParty/0/@referredType", Flaw::Missing)],
            ),
            (
                with(
                    "relatedParty",
                    json!([{"id": "1", "@referredType": "Individual"}]),
                ),
                vec![("/relatedParty/0/role", Flaw::Missing)],
            ),
            (
                with(
                    "interactionItem",
                    json!([{"item": {"@type": "ProductOrder"}}]),
                ),
                vec![("/interactionItem/0/item/role", Flaw::Missing)],
            ),
            (
                with("attachment", json!([{"size": {"amount": "1"}}])),
                vec![("/attachment/0/size/amount", Flaw::Type)],
            ),
        ];
        for (body, expected) in cases {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(pointer, flaw)| (pointer.to_owned(), flaw))
                .collect();
            assert_eq!(found(body.clone()), expected, "{body}");
        }
    }

    #[test]
    fn date_times_are_those_of_rfc_3339() {
        for text in ["2020-10-02T11:36:00Z", "2020-10-02t11:36:00.123+02:00"] {
            assert!(is_date_time(text), "{text}");
        }
        let wrong = [
            "2020-10-02",
            "2020-10-02T11:36",
            "2020-10-02T11:36:00",
            "20201002T113600Z",
        ];
        for text in wrong {
            assert!(!is_date_time(text), "{text}");
        }
    }
}
