//! What was sent against what came back, as JSON values; of which type a scalar is the schemas judge.

use std::borrow::Cow;

use serde_json::Value;

use super::date_time::date_time;

/// What differs at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DifferenceKind {
    /// It did not come back.
    Missing,
    /// Another value came back.
    Changed,
    /// The elements came back in another order.
    Reordered,
}

/// One place where what came back is not what was sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// JSON pointer into what came back.
    pub pointer: String,
    /// What kind of difference.
    pub kind: DifferenceKind,
    /// What was sent.
    pub expected: Value,
    /// What came back; null where nothing did.
    pub actual: Value,
}

/// Every place where `actual` lacks or changes something of `expected`.
///
/// Attributes that `expected` does not have are none of its business: a server may add attributes.
/// Texts that are both RFC 3339 date-times are compared as instants, numbers as numbers. The same
/// value of another JSON type is not a difference: the type is what the schemas judge, once.
pub fn differences(expected: &Value, actual: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    walk(expected, actual, &mut String::new(), &mut found);
    found
}

fn walk(expected: &Value, actual: &Value, pointer: &mut String, found: &mut Vec<Difference>) {
    match (expected, actual) {
        (Value::Object(sent), Value::Object(came)) => {
            for (name, value) in sent {
                let length = pointer.len();
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                match came.get(name) {
                    Some(other) => walk(value, other, pointer, found),
                    None => found.push(Difference {
                        pointer: pointer.clone(),
                        kind: DifferenceKind::Missing,
                        expected: value.clone(),
                        actual: Value::Null,
                    }),
                }
                pointer.truncate(length);
            }
        }
        (Value::Array(sent), Value::Array(came)) if sent.len() == came.len() => {
            if reordered(sent, came) {
                found.push(Difference {
                    pointer: pointer.clone(),
                    kind: DifferenceKind::Reordered,
                    expected: expected.clone(),
                    actual: actual.clone(),
                });
                return;
            }
            for (index, (value, other)) in sent.iter().zip(came).enumerate() {
                let length = pointer.len();
                pointer.push_str(&format!("/{index}"));
                walk(value, other, pointer, found);
                pointer.truncate(length);
            }
        }
        _ if same_scalar(expected, actual) => {}
        _ => found.push(Difference {
            pointer: pointer.clone(),
            kind: DifferenceKind::Changed,
            expected: expected.clone(),
            actual: actual.clone(),
        }),
    }
}

/// Whether the elements are all there, only elsewhere.
fn reordered(sent: &[Value], came: &[Value]) -> bool {
    let holds = |value: &Value, other: &Value| differences(value, other).is_empty();
    if sent
        .iter()
        .zip(came)
        .all(|(value, other)| holds(value, other))
    {
        return false;
    }
    let mut left: Vec<&Value> = came.iter().collect();
    sent.iter().all(
        |value| match left.iter().position(|other| holds(value, other)) {
            Some(place) => {
                left.swap_remove(place);
                true
            }
            None => false,
        },
    )
}

/// Whether both are the same value: instants and numbers by what they mean.
pub fn same_scalar(expected: &Value, actual: &Value) -> bool {
    match (expected, actual) {
        (Value::String(sent), Value::String(came)) => {
            sent == came
                || matches!((date_time(sent), date_time(came)), (Some(a), Some(b)) if a == b)
        }
        (Value::Number(sent), Value::Number(came)) => {
            sent == came
                || sent
                    .as_f64()
                    .is_some_and(|number| came.as_f64() == Some(number))
        }
        _ => expected == actual || plain(expected).is_some_and(|text| plain(actual) == Some(text)),
    }
}

/// A text, a number or a truth value as text.
fn plain(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(_) | Value::Bool(_) => Some(Cow::Owned(value.to_string())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn kinds(sent: Value, came: Value) -> Vec<(String, DifferenceKind)> {
        differences(&sent, &came)
            .into_iter()
            .map(|d| (d.pointer, d.kind))
            .collect()
    }

    #[test]
    fn additions_and_other_spellings_of_the_same_are_no_difference() {
        let sent = json!({"a": 1, "at": "2024-01-01T10:00:00Z", "l": [{"x": "ä"}]});
        let came = json!({"a": 1.0, "at": "2024-01-01T11:00:00.000+01:00",
            "l": [{"x": "\u{e4}", "more": true}], "id": "1"});
        assert_eq!(kinds(sent, came), []);
    }

    #[test]
    fn lost_changed_and_moved_values_are_distinguished() {
        use DifferenceKind::{Changed, Missing, Reordered};
        assert_eq!(kinds(json!({"a": 1}), json!({})), [("/a".into(), Missing)]);
        assert_eq!(
            kinds(json!({"a": "x"}), json!({"a": "X"})),
            [("/a".into(), Changed)]
        );
        assert_eq!(
            kinds(json!({"a": "1"}), json!({"a": [1]})),
            [("/a".into(), Changed)]
        );
        assert_eq!(
            kinds(json!({"l": [1, 2]}), json!({"l": [2, 1]})),
            [("/l".into(), Reordered)]
        );
        assert_eq!(
            kinds(json!({"l": [1, 2]}), json!({"l": [1]})),
            [("/l".into(), Changed)]
        );
        assert_eq!(kinds(json!({"l": [1, 2]}), json!({"l": [2, 3]})).len(), 2);
    }

    #[test]
    fn the_same_value_of_another_type_is_judged_by_the_schemas_alone() {
        let sent = json!({"id": "3", "is": "true", "n": 4, "no": "3", "none": "null"});
        let came = json!({"id": 3, "is": true, "n": "4", "no": 30, "none": null});
        use DifferenceKind::Changed;
        let wrong = [("/no".into(), Changed), ("/none".into(), Changed)];
        assert_eq!(kinds(sent, came), wrong);
    }

    #[test]
    fn a_changed_time_zone_that_moves_the_instant_is_a_change() {
        let sent = json!("2024-01-01T10:00:00Z");
        assert_eq!(kinds(sent, json!("2024-01-01T10:00:00+01:00")).len(), 1);
    }
}
