//! The places at which the representations of a run hold values.

use std::collections::BTreeSet;

use serde_json::Value;

/// Maximum number of known places at which values stand: a target that invents names does not fill
/// the memory with them.
const MOST_PLACES: usize = 10_000;

/// Every place at which a value stands, array indices as `*`.
pub(super) fn places(value: &Value, pointer: &mut String, found: &mut BTreeSet<String>) {
    if !pointer.is_empty() && !found.contains(pointer.as_str()) {
        if found.len() == MOST_PLACES {
            return;
        }
        found.insert(pointer.clone());
    }
    let length = pointer.len();
    match value {
        Value::Object(attributes) => {
            for (name, attribute) in attributes {
                pointer.push('/');
                pointer.push_str(name);
                places(attribute, pointer, found);
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for item in items {
                pointer.push_str("/*");
                places(item, pointer, found);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn places_are_known_whatever_the_index_and_as_many_as_there_is_room_for() {
        let mut found = BTreeSet::new();
        let record = json!({"a": [{"b": 1}, {"c": null}], "d": 2});
        places(&record, &mut String::new(), &mut found);
        assert!(found.iter().eq(["/a", "/a/*", "/a/*/b", "/a/*/c", "/d"]));
        let names = (0..2 * MOST_PLACES).map(|name| (name.to_string(), json!(1)));
        let invented = Value::Object(names.collect());
        places(&invented, &mut String::new(), &mut found);
        assert_eq!(found.len(), MOST_PLACES);
    }
}
