//! Turns the schemas of Swagger and OpenAPI into JSON Schema of the draft that is validated.

use serde_json::{Map, Value, json};

use super::super::pointer;
use super::super::walk::walk;

/// The language that a document speaks; its schemas are JSON Schema with differences of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// Swagger 2.0.
    Swagger2,
    /// OpenAPI 3.0.
    OpenApi30,
    /// OpenAPI 3.1 and later, whose schemas are JSON Schema.
    OpenApi31,
}

/// Annotations, and keywords whose meaning is carried over into others: nothing is validated by
/// them. Identifiers would change what a `$ref` means, and all are followed in the document.
const DROPPED: [&str; 15] = [
    "$anchor",
    "$comment",
    "$id",
    "$schema",
    "collectionFormat",
    "deprecated",
    "description",
    "discriminator",
    "example",
    "examples",
    "externalDocs",
    "readOnly",
    "title",
    "writeOnly",
    "xml",
];

/// A keyword that cannot be understood.
#[derive(Debug)]
pub(super) struct Fault {
    /// Where, below the schema.
    pub at: String,
    /// What is wrong.
    pub problem: String,
}

/// Converts a schema and all schemas in it.
pub(super) fn convert(dialect: Dialect, schema: &mut Value) -> Result<(), Fault> {
    walk(schema, "", &mut |at, schema| {
        let fault = |keyword: &str, problem: &str| Fault {
            at: pointer::join(at, keyword),
            problem: problem.to_owned(),
        };
        if dialect != Dialect::OpenApi31 {
            if let Some(reference) = schema.get("$ref") {
                // Whatever stands beside a reference is to be ignored in these dialects.
                let reference = reference.clone();
                schema.clear();
                schema.insert("$ref".to_owned(), reference);
                return Ok(());
            }
            exclusive(schema, "minimum", "exclusiveMinimum");
            exclusive(schema, "maximum", "exclusiveMaximum");
        }
        branches(schema).map_err(|problem| fault("discriminator", problem))?;
        if dialect == Dialect::OpenApi30 && schema.shift_remove("nullable") == Some(json!(true)) {
            nullable(schema);
        }
        schema.retain(|keyword, _| {
            !DROPPED.contains(&keyword.as_str()) && !keyword.starts_with("x-")
        });
        Ok(())
    })
}

/// `exclusiveMinimum: true` beside `minimum` became a number of its own.
fn exclusive(schema: &mut Map<String, Value>, limit: &str, exclusive: &str) {
    match schema.get(exclusive) {
        Some(Value::Bool(true)) => {
            if let Some(limit) = schema.shift_remove(limit) {
                schema.insert(exclusive.to_owned(), limit);
            }
        }
        Some(Value::Bool(false)) => drop(schema.shift_remove(exclusive)),
        _ => {}
    }
}

/// `nullable` allows `null` beside what the schema allows.
fn nullable(schema: &mut Map<String, Value>) {
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    match schema.get_mut("type") {
        Some(kind @ Value::String(_)) => *kind = json!([kind.take(), "null"]),
        Some(_) => {}
        None => {
            let schema_itself = Value::Object(std::mem::take(schema));
            schema.insert(
                "anyOf".to_owned(),
                json!([{ "type": "null" }, schema_itself]),
            );
        }
    }
}

/// A discriminator beside `oneOf` or `anyOf` chooses the branch by the name of the type.
///
/// Branches of such a choice overlap (most demand nothing but `@type`), so to count those that
/// hold would blame everyone. A type that no branch is named after may keep to any of them.
fn branches(schema: &mut Map<String, Value>) -> Result<(), &'static str> {
    let Some(discriminator) = schema.get("discriminator") else {
        return Ok(());
    };
    let Some(keyword) = ["oneOf", "anyOf"]
        .into_iter()
        .find(|it| schema.contains_key(*it))
    else {
        return Ok(());
    };
    let property = discriminator
        .get("propertyName")
        .and_then(Value::as_str)
        .ok_or("the discriminator names no property")?
        .to_owned();
    let mut named: Vec<(String, Value)> = Vec::new();
    if let Some(mapping) = discriminator.get("mapping") {
        let mapping = mapping.as_object().ok_or("the mapping must be an object")?;
        for (name, reference) in mapping {
            let reference = reference.as_str().ok_or("the mapping must hold strings")?;
            let reference = if reference.contains(['#', '/', '.']) {
                reference.to_owned()
            } else {
                format!("#/components/schemas/{reference}")
            };
            named.push((name.clone(), json!({ "$ref": reference })));
        }
    }
    let branches = schema.shift_remove(keyword).unwrap_or_default();
    for branch in branches.as_array().into_iter().flatten() {
        let reference = branch
            .get("$ref")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let name = reference.rsplit('/').next().unwrap_or_default();
        if !name.is_empty() && named.iter().all(|(known, _)| known != name) {
            named.push((name.to_owned(), branch.clone()));
        }
    }
    let names: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
    let is =
        |allowed: Value| json!({ "required": [property], "properties": { &property: allowed } });
    let mut choices = vec![json!({
        "if": { "not": is(json!({ "enum": names })) },
        "then": { "anyOf": branches },
    })];
    for (name, branch) in &named {
        choices.push(json!({ "if": is(json!({ "const": name })), "then": branch }));
    }
    match schema.get_mut("allOf") {
        Some(Value::Array(all)) => all.append(&mut choices),
        _ => drop(schema.insert("allOf".to_owned(), Value::Array(choices))),
    }
    Ok(())
}
