//! JSON Schema as AJV 6 counts its errors, for the few keywords that the kits use.
//!
//! The kits count each error that AJV lists, and AJV stops at the first one of a level: a schema
//! library that lists all of them, or says only yes or no, comes to other numbers.

use serde_json::Value as Json;

/// How many errors AJV lists for a value; none where the value is valid.
pub fn errors(schema: &Json, value: &Json) -> usize {
    let Some(schema) = schema.as_object() else {
        return usize::from(schema == &Json::Bool(false));
    };
    for (keyword, rule) in schema {
        let found = match keyword.as_str() {
            "type" => usize::from(!has_type(rule, value)),
            "required" => usize::from(value.as_object().is_some_and(|object| {
                let mut names = rule
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Json::as_str);
                names.any(|name| !object.contains_key(name))
            })),
            "enum" => usize::from(!rule.as_array().is_some_and(|known| known.contains(value))),
            "const" => usize::from(rule != value),
            _ => 0,
        };
        if found > 0 {
            return found;
        }
    }
    let mut nested: Vec<(&Json, &Json)> = Vec::new();
    if let (Some(Json::Object(rules)), Some(object)) = (schema.get("properties"), value.as_object())
    {
        nested.extend(
            rules
                .iter()
                .filter_map(|(name, rule)| Some((rule, object.get(name)?))),
        );
    }
    if let (Some(rule), Some(list)) = (schema.get("items"), value.as_array()) {
        nested.extend(list.iter().map(|element| (rule, element)));
    }
    if let Some(rules) = schema.get("allOf").and_then(Json::as_array) {
        nested.extend(rules.iter().map(|rule| (rule, value)));
    }
    let mut found = nested.into_iter().map(|(rule, value)| errors(rule, value));
    if let Some(found) = found.find(|found| *found > 0) {
        return found;
    }
    let Some(rules) = schema.get("anyOf").and_then(Json::as_array) else {
        return 0;
    };
    let each: Vec<usize> = rules.iter().map(|rule| errors(rule, value)).collect();
    if each.contains(&0) {
        0
    } else {
        // Those of the alternatives stay, and one says that none holds.
        each.iter().sum::<usize>() + 1
    }
}

fn has_type(rule: &Json, value: &Json) -> bool {
    match rule {
        Json::Array(any) => any.iter().any(|one| has_type(one, value)),
        Json::String(name) => match (name.as_str(), value) {
            ("integer", Json::Number(number)) => number.as_f64().is_some_and(|n| n.fract() == 0.0),
            ("object", Json::Object(_))
            | ("array", Json::Array(_))
            | ("string", Json::String(_))
            | ("number", Json::Number(_))
            | ("boolean", Json::Bool(_))
            | ("null", Json::Null) => true,
            _ => false,
        },
        _ => true,
    }
}
