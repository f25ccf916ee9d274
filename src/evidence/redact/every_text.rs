//! Every text of a value, found in what it serialises to: none can be forgotten.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Shows `change` every text of a value but those in `kept`, which names keys from the top, such as
/// `request.body`; elements of lists have no name. Names of keys stay.
///
/// # Panics
///
/// Where the value can't be read back: `kept` lacks a text that can't be any.
pub fn change_texts<T>(value: &mut T, kept: &[&str], change: &dyn Fn(&mut String))
where
    T: Serialize + DeserializeOwned,
{
    let changed = serde_json::to_value(&*value).and_then(|mut tree| {
        walk(&mut tree, &mut String::new(), kept, change);
        serde_json::from_value(tree)
    });
    match changed {
        Ok(changed) => *value = changed,
        Err(error) => panic!("a text that is not free was redacted: {error}"),
    }
}

fn walk(value: &mut Value, path: &mut String, kept: &[&str], change: &dyn Fn(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(items) => {
            for item in items {
                walk(item, path, kept, change);
            }
        }
        Value::Object(attributes) => {
            for (name, attribute) in attributes.iter_mut() {
                let length = path.len();
                if length > 0 {
                    path.push('.');
                }
                path.push_str(name);
                if !kept.contains(&path.as_str()) {
                    walk(attribute, path, kept, change);
                }
                path.truncate(length);
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
    fn all_texts_change_but_those_that_are_kept() {
        let mut value = json!({"a": "x", "b": [{"c": "x", "d": "x"}, "x"], "e": {"f": ["x", 1]}});
        change_texts(&mut value, &["b.c", "e"], &|text| text.push('y'));
        let wanted = json!({"a": "xy", "b": [{"c": "x", "d": "xy"}, "xy"], "e": {"f": ["x", 1]}});
        assert_eq!(value, wanted);
    }
}
