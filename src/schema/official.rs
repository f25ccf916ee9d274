//! Reads the schemas of an official API description: Swagger 2.0 or OpenAPI 3, JSON or YAML.
//!
//! The result is a [`SchemaSet`] with the names of the document, which takes the place of
//! the pack's own: what a target says is then judged by the official document itself.

mod convert;

use std::collections::BTreeMap;

use serde_json::Value;

use self::convert::Dialect;
use super::pointer;
use super::set::{Definition, SchemaSet, leads_nowhere, leads_out};
use super::walk::walk;
use super::{Place, SchemaError};

impl Dialect {
    /// Where the document keeps its named schemas.
    fn folder(self) -> &'static str {
        match self {
            Self::Swagger2 => "/definitions",
            Self::OpenApi30 | Self::OpenApi31 => "/components/schemas",
        }
    }

    /// What the document says that it is.
    fn of(file: &str, document: &Value) -> Result<Self, SchemaError> {
        let version = |key: &str| match document.get(key) {
            Some(Value::String(text)) => Some(text.clone()),
            // Without quotes a version is a number in YAML.
            Some(Value::Number(number)) => Some(number.to_string()),
            _ => None,
        };
        if let Some(version) = version("swagger") {
            return match version.as_str() {
                "2.0" => Ok(Self::Swagger2),
                other => {
                    let problem = format!("Swagger {other} cannot be read, only 2.0");
                    Err(SchemaError::at(file, "/swagger", problem))
                }
            };
        }
        match version("openapi").as_deref() {
            Some(text) if text.starts_with("3.0") => Ok(Self::OpenApi30),
            Some(text) if text.starts_with("3.") => Ok(Self::OpenApi31),
            Some(other) => {
                let problem = format!("OpenAPI {other} cannot be read, only 3");
                Err(SchemaError::at(file, "/openapi", problem))
            }
            None => {
                let problem = "neither a Swagger 2.0 nor an OpenAPI 3 document";
                Err(SchemaError::whole(file, problem))
            }
        }
    }
}

impl SchemaSet {
    /// Reads the schemas of an official API description.
    ///
    /// `$ref`, `allOf`, `discriminator` beside `oneOf` or `anyOf`, `nullable` and the formats are
    /// kept in meaning; references are only followed within the document. All schemas are
    /// compiled, so that none can fail later.
    ///
    /// # Errors
    /// Malformed JSON or YAML, with line and column; another kind of document, no schemas, a
    /// `$ref` that leads nowhere or out of the document, a schema that is none, with the pointer.
    pub fn official(file: &str, text: &str) -> Result<Self, SchemaError> {
        let document = parse(file, text)?;
        let dialect = Dialect::of(file, &document)?;
        let folder = dialect.folder();
        let schemas = match document.pointer(folder) {
            Some(Value::Object(schemas)) if !schemas.is_empty() => schemas,
            _ => {
                return Err(SchemaError::at(
                    file,
                    folder,
                    "the document holds no schemas",
                ));
            }
        };
        let mut definitions = BTreeMap::new();
        for (name, schema) in schemas {
            let at = pointer::join(folder, name);
            let definition = converted(dialect, file, at, false, schema)?;
            definitions.insert(name.clone(), definition);
        }
        hoist(dialect, file, &document, &mut definitions)?;
        let mut set = Self::link(definitions, |_, reference| target(dialect, reference))?;
        set.check()?;
        set.version = match document.pointer("/info/version") {
            Some(Value::String(version)) => Some(version.clone()),
            // Without quotes a version is a number in YAML.
            Some(Value::Number(version)) => Some(version.to_string()),
            _ => None,
        };
        Ok(set)
    }
}

/// The document behind the text.
fn parse(file: &str, text: &str) -> Result<Value, SchemaError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|error| SchemaError::json(file, &error));
    }
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| {
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        let place = error.location().map_or(Place::Whole, |it| Place::Line {
            line: number(it.line()),
            column: number(it.column()),
        });
        let told = error.without_snippet().to_string();
        // The position is reported by `place`; the crate appends it to the text as well.
        let problem = told.split(" at line ").next().unwrap_or(&told);
        SchemaError {
            file: file.to_owned(),
            place,
            problem: format!("no valid YAML: {problem}"),
        }
    })
}

/// A schema of the document as JSON Schema.
fn converted(
    dialect: Dialect,
    file: &str,
    at: String,
    part: bool,
    schema: &Value,
) -> Result<Definition, SchemaError> {
    let boolean = dialect == Dialect::OpenApi31 && schema.is_boolean();
    if !schema.is_object() && !boolean {
        return Err(SchemaError::at(file, at, "a schema must be an object"));
    }
    let mut schema = schema.clone();
    convert::convert(dialect, &mut schema)
        .map_err(|fault| SchemaError::at(file, format!("{at}{}", fault.at), fault.problem))?;
    Ok(Definition {
        file: file.to_owned(),
        at,
        part,
        schema,
    })
}

/// Adds what is referred to and is not a named schema, such as a property of one, as a part.
fn hoist(
    dialect: Dialect,
    file: &str,
    document: &Value,
    definitions: &mut BTreeMap<String, Definition>,
) -> Result<(), SchemaError> {
    let mut open: Vec<String> = definitions.keys().cloned().collect();
    while let Some(name) = open.pop() {
        let Some(definition) = definitions.get_mut(&name) else {
            continue;
        };
        let mut found = Vec::new();
        walk(&mut definition.schema, &definition.at, &mut |at, schema| {
            if let Some(Value::String(reference)) = schema.get("$ref") {
                let at = pointer::join(at, "$ref");
                let name = target(dialect, reference)
                    .map_err(|problem| SchemaError::at(file, &at, problem))?;
                found.push((at, name, reference.clone()));
            }
            Ok(())
        })?;
        for (at, name, reference) in found {
            if definitions.contains_key(&name) {
                continue;
            }
            let Some(schema) = document.pointer(&name) else {
                return Err(SchemaError::at(file, at, leads_nowhere(&reference)));
            };
            let part = converted(dialect, file, name.clone(), true, schema)?;
            definitions.insert(name.clone(), part);
            open.push(name);
        }
    }
    Ok(())
}

/// The definition that a `$ref` of the document leads to: its name, or else its pointer.
fn target(dialect: Dialect, reference: &str) -> Result<String, String> {
    let Some(fragment) = reference.strip_prefix('#') else {
        return Err(leads_out(reference));
    };
    let pointer = pointer::from_fragment(fragment).ok_or_else(|| leads_nowhere(reference))?;
    let name = pointer
        .strip_prefix(dialect.folder())
        .and_then(|rest| rest.strip_prefix('/'))
        .filter(|name| !name.contains('/'));
    Ok(match name {
        Some(name) => pointer::tokens(&format!("/{name}")).collect(),
        None => pointer,
    })
}
