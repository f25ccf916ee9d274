//! What a merge patch asks for (RFC 7396).

use serde_json::{Map, Value};

/// What a value becomes by a merge patch: null removes, objects are merged, all else replaces.
pub fn merged(target: &Value, patch: &Value) -> Value {
    let Value::Object(patch) = patch else {
        return patch.clone();
    };
    let mut attributes = match target {
        Value::Object(attributes) => attributes.clone(),
        _ => Map::new(),
    };
    for (name, value) in patch {
        if value.is_null() {
            attributes.shift_remove(name);
        } else {
            let before = attributes.get(name).unwrap_or(&Value::Null);
            let after = merged(before, value);
            attributes.insert(name.clone(), after);
        }
    }
    Value::Object(attributes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_examples_of_the_rfc_come_out() {
        for (target, patch, expected) in [
            (
                json!({"a": "b"}),
                json!({"b": "c"}),
                json!({"a": "b", "b": "c"}),
            ),
            (
                json!({"a": "b", "b": "c"}),
                json!({"a": null}),
                json!({"b": "c"}),
            ),
            (
                json!({"a": [{"b": "c"}]}),
                json!({"a": [1]}),
                json!({"a": [1]}),
            ),
            (
                json!({"a": {"b": "c", "d": 1}}),
                json!({"a": {"b": "x", "c": null}}),
                json!({"a": {"b": "x", "d": 1}}),
            ),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!(["a"]), json!({"a": {"b": null}}), json!({"a": {}})),
        ] {
            assert_eq!(merged(&target, &patch), expected, "{patch}");
        }
    }
}
