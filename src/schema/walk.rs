//! Walks over the subschemas of a schema, by keyword.
//!
//! A property may be called `$ref` or `items`, and an example may contain anything: only by the
//! keywords is it known what is a schema and what is not.

use serde_json::{Map, Value};

use super::pointer;

/// Keywords whose value is an object of schemas.
const MAPS: [&str; 5] = [
    "properties",
    "patternProperties",
    "$defs",
    "definitions",
    "dependentSchemas",
];

/// Keywords whose value is a list of schemas.
const LISTS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];

/// Keywords whose value is one schema (`items` was a list of them in older drafts).
const SINGLES: [&str; 12] = [
    "items",
    "additionalProperties",
    "additionalItems",
    "contains",
    "contentSchema",
    "not",
    "if",
    "then",
    "else",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// What is done with a schema, given its JSON pointer.
pub(super) type Visit<'a, E> = dyn FnMut(&str, &mut Map<String, Value>) -> Result<(), E> + 'a;

/// Visits a schema and then all schemas in it, each with its JSON pointer; boolean schemas are
/// passed over. Stops at the first error.
pub(super) fn walk<E>(schema: &mut Value, at: &str, visit: &mut Visit<'_, E>) -> Result<(), E> {
    let Value::Object(schema) = schema else {
        return Ok(());
    };
    visit(at, schema)?;
    for (keyword, value) in schema.iter_mut() {
        let keyword = keyword.as_str();
        let at = || pointer::join(at, keyword);
        match value {
            Value::Object(attributes) if MAPS.contains(&keyword) => {
                let at = at();
                for (name, attribute) in attributes.iter_mut() {
                    walk(attribute, &pointer::join(&at, name), visit)?;
                }
            }
            Value::Array(attributes) if LISTS.contains(&keyword) || keyword == "items" => {
                let at = at();
                for (index, attribute) in attributes.iter_mut().enumerate() {
                    walk(attribute, &format!("{at}/{index}"), visit)?;
                }
            }
            Value::Object(_) if SINGLES.contains(&keyword) => walk(value, &at(), visit)?,
            _ => {}
        }
    }
    Ok(())
}
