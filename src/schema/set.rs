//! A set of schemas that refer to one another, compiled one by one when they are first asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde_json::{Map, Value, json};

use super::pointer;
use super::walk::walk;
use super::{SchemaError, Validator};

/// The one draft that schemas of packs are written in, said by each of them.
pub const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The end of the name of a schema file.
const SUFFIX: &str = ".schema.json";

/// The folder of schemas that stand for nothing by themselves and are only referred to.
const PARTS: &str = "parts/";

/// One schema of a set.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    /// The file that it stands in.
    pub file: String,
    /// Where in the file.
    pub at: String,
    /// Whether it is only a part of others and no schema of the API.
    pub part: bool,
    /// The schema; once linked, each `$ref` in it reads `#/$defs/NAME`.
    pub schema: Value,
}

/// The JSON Schemas of one API version by their logical names: `PartyInteraction`,
/// `PartyInteraction_Create`, `Error` and so on.
///
/// All references are followed when the set is made, none ever leads to the network. Schemas are
/// compiled when they are first asked for, since most runs need few of them or none.
#[derive(Debug)]
pub struct SchemaSet {
    /// The version of the API that an official document says it describes.
    pub(super) version: Option<String>,
    definitions: BTreeMap<String, Definition>,
    validators: BTreeMap<String, OnceLock<Result<Validator, SchemaError>>>,
}

impl SchemaSet {
    /// Reads schema files, each given as its name, relative to the folder of the set, and its text.
    ///
    /// `NAME.schema.json` holds the schema `NAME`, and in its `$defs` more of them. Files in
    /// `parts/` are not schemas of the API: others are put together from them. Only `$ref`s to
    /// such a file or to an attribute of its `$defs` are followed.
    ///
    /// # Errors
    /// A text that is not JSON, a schema that does not say its draft, two of the same name, a
    /// `$ref` that leads nowhere or to the network.
    pub fn embedded<'a>(
        files: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, SchemaError> {
        let mut definitions = BTreeMap::new();
        for (file, text) in files {
            read_file(file, text, &mut definitions)?;
        }
        Self::link(definitions, |definition, reference| {
            embedded_target(&definition.file, reference)
        })
    }

    /// Makes a set of definitions whose references `target` resolves to the names of definitions.
    pub(super) fn link(
        mut definitions: BTreeMap<String, Definition>,
        target: impl Fn(&Definition, &str) -> Result<String, String>,
    ) -> Result<Self, SchemaError> {
        let names: BTreeSet<String> = definitions.keys().cloned().collect();
        let linked = |definition: &Definition, reference: &Value| {
            let Value::String(text) = reference else {
                return Err("a $ref must be a string".to_owned());
            };
            let name = target(definition, text)?;
            if names.contains(&name) {
                Ok(reference_to(&name))
            } else {
                Err(leads_nowhere(text))
            }
        };
        for definition in definitions.values_mut() {
            let mut schema = definition.schema.take();
            walk(&mut schema, &definition.at, &mut |at, schema| {
                if let Some(reference) = schema.get_mut("$ref") {
                    let link = linked(definition, reference).map_err(|problem| {
                        SchemaError::at(&definition.file, pointer::join(at, "$ref"), problem)
                    })?;
                    *reference = Value::String(link);
                }
                Ok(())
            })?;
            definition.schema = schema;
        }
        for (name, definition) in &definitions {
            if defined_by_itself(&definitions, name) {
                let problem = "the schema is defined by itself";
                return Err(SchemaError::at(&definition.file, &definition.at, problem));
            }
        }
        let validators = definitions
            .keys()
            .map(|name| (name.clone(), OnceLock::new()))
            .collect();
        Ok(Self {
            version: None,
            definitions,
            validators,
        })
    }

    /// The version of the API that an official document says it describes.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The names of the API's schemas, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.definitions
            .iter()
            .filter(|(_, definition)| !definition.part)
            .map(|(name, _)| &**name)
    }

    /// The validator of a schema, compiled at the first call.
    ///
    /// # Errors
    /// No schema of that name, or one that is not valid JSON Schema.
    pub fn validator(&self, name: &str) -> Result<&Validator, SchemaError> {
        let Some(slot) = self.validators.get(name) else {
            return Err(SchemaError::whole(
                "schemas",
                format!("no schema is named `{name}`"),
            ));
        };
        slot.get_or_init(|| self.compile(name))
            .as_ref()
            .map_err(Clone::clone)
    }

    /// Compiles every schema, so that none can fail later.
    ///
    /// # Errors
    /// The first schema that is not valid JSON Schema.
    pub fn check(&self) -> Result<(), SchemaError> {
        self.definitions
            .keys()
            .try_for_each(|name| self.validator(name).map(drop))
    }

    /// Whether the API has a schema of that name.
    pub(super) fn is_name(&self, name: &str) -> bool {
        self.definitions
            .get(name)
            .is_some_and(|definition| !definition.part)
    }

    /// The schema of that name, parts included, with its references linked.
    pub(super) fn schema(&self, name: &str) -> Option<&Value> {
        self.definitions
            .get(name)
            .map(|definition| &definition.schema)
    }

    /// The name and the schema that a linked `$ref` leads to.
    pub(super) fn follow(&self, reference: &str) -> Option<(&str, &Value)> {
        let (name, definition) = self.definitions.get_key_value(&target_of(reference)?)?;
        Some((name, &definition.schema))
    }

    fn compile(&self, name: &str) -> Result<Validator, SchemaError> {
        let mut reached = Map::new();
        let mut open = vec![name.to_owned()];
        while let Some(name) = open.pop() {
            let Some(definition) = self.definitions.get(&name) else {
                continue;
            };
            if reached.contains_key(&name) {
                continue;
            }
            let mut schema = definition.schema.clone();
            // Nothing in the walk can fail; the type of its error is that it has none.
            let walked: Result<(), std::convert::Infallible> =
                walk(&mut schema, "", &mut |_, schema| {
                    open.extend(
                        schema
                            .get("$ref")
                            .and_then(Value::as_str)
                            .and_then(target_of),
                    );
                    Ok(())
                });
            let Ok(()) = walked;
            reached.insert(name, schema);
        }
        let bundle = json!({ "$schema": DRAFT, "$ref": reference_to(name), "$defs": Value::Object(reached) });
        Validator::compile(name, &bundle).map_err(|fault| {
            let Some(definition) = self.definitions.get(&fault.definition) else {
                return SchemaError::whole(name, fault.problem);
            };
            let at = format!("{}{}", definition.at, fault.at);
            SchemaError::at(&definition.file, at, fault.problem)
        })
    }
}

/// Puts the schemas of one file into the set.
fn read_file(
    file: &str,
    text: &str,
    definitions: &mut BTreeMap<String, Definition>,
) -> Result<(), SchemaError> {
    let schema: Value =
        serde_json::from_str(text).map_err(|error| SchemaError::json(file, &error))?;
    let Value::Object(mut schema) = schema else {
        return Err(SchemaError::at(
            file,
            "",
            "a schema file must hold an object",
        ));
    };
    if schema.shift_remove("$schema") != Some(Value::from(DRAFT)) {
        return Err(SchemaError::at(
            file,
            "/$schema",
            format!("the draft must be `{DRAFT}`"),
        ));
    }
    let Some(name) = file.strip_suffix(SUFFIX) else {
        return Err(SchemaError::whole(
            file,
            format!("the name must end in `{SUFFIX}`"),
        ));
    };
    let part = file.starts_with(PARTS);
    let inner = match schema.shift_remove("$defs") {
        Some(Value::Object(inner)) => inner,
        Some(_) => {
            return Err(SchemaError::at(
                file,
                "/$defs",
                "must be an object of schemas",
            ));
        }
        None => Map::new(),
    };
    let inner = inner.into_iter().map(|(name, schema)| {
        let at = pointer::join("/$defs", &name);
        (name, at, schema)
    });
    let whole = (name.to_owned(), String::new(), Value::Object(schema));
    for (name, at, schema) in std::iter::once(whole).chain(inner) {
        let definition = Definition {
            file: file.to_owned(),
            at: at.clone(),
            part,
            schema,
        };
        if let Some(other) = definitions.insert(name.clone(), definition) {
            let problem = format!("`{name}` is defined in `{}` as well", other.file);
            return Err(SchemaError::at(file, at, problem));
        }
    }
    Ok(())
}

/// The name that a `$ref` in a schema file leads to.
fn embedded_target(file: &str, reference: &str) -> Result<String, String> {
    let (path, fragment) = reference.split_once('#').unwrap_or((reference, ""));
    if path.contains(':') || path.starts_with('/') {
        return Err(leads_out(reference));
    }
    let mut target: Vec<&str> = file.split('/').collect();
    if !path.is_empty() {
        target.pop();
        for step in path.split('/') {
            match step {
                "." => {}
                ".." if target.pop().is_some() => {}
                ".." => return Err(leads_out(reference)),
                step => target.push(step),
            }
        }
    }
    match pointer::from_fragment(fragment).as_deref() {
        Some("") => target
            .join("/")
            .strip_suffix(SUFFIX)
            .map(str::to_owned)
            .ok_or_else(|| leads_nowhere(reference)),
        Some(fragment) => match pointer::tokens(fragment).collect::<Vec<_>>().as_slice() {
            [keyword, name] if keyword == "$defs" => Ok(name.to_string()),
            _ => Err(leads_nowhere(reference)),
        },
        None => Err(leads_nowhere(reference)),
    }
}

/// How a linked schema refers to a definition.
fn reference_to(name: &str) -> String {
    format!("#{}", pointer::to_fragment(&pointer::join("/$defs", name)))
}

/// The definition that a linked `$ref` leads to.
fn target_of(reference: &str) -> Option<String> {
    let pointer = pointer::from_fragment(reference.strip_prefix('#')?)?;
    pointer::tokens(&pointer)
        .nth(1)
        .map(std::borrow::Cow::into_owned)
}

/// Whether a schema asks the same instance of itself again, which no validator can answer.
fn defined_by_itself(definitions: &BTreeMap<String, Definition>, name: &str) -> bool {
    let mut seen = BTreeSet::new();
    let mut open = vec![name.to_owned()];
    while let Some(next) = open.pop() {
        let Some(definition) = definitions.get(&next) else {
            continue;
        };
        let mut references = Vec::new();
        in_place(&definition.schema, &mut references);
        for reference in references {
            if reference == name {
                return true;
            }
            if seen.insert(reference.clone()) {
                open.push(reference);
            }
        }
    }
    false
}

/// Collects the definitions that a schema applies to the very instance that it is applied to.
fn in_place(schema: &Value, found: &mut Vec<String>) {
    let Value::Object(schema) = schema else {
        return;
    };
    for (keyword, value) in schema {
        match (keyword.as_str(), value) {
            ("$ref", Value::String(reference)) => found.extend(target_of(reference)),
            ("allOf" | "anyOf" | "oneOf", Value::Array(attributes)) => {
                attributes
                    .iter()
                    .for_each(|attribute| in_place(attribute, found));
            }
            ("not" | "if" | "then" | "else", attribute) => in_place(attribute, found),
            ("dependentSchemas", Value::Object(attributes)) => {
                attributes
                    .values()
                    .for_each(|attribute| in_place(attribute, found));
            }
            _ => {}
        }
    }
}

pub(super) fn leads_nowhere(reference: &str) -> String {
    format!("the $ref `{reference}` leads nowhere")
}

pub(super) fn leads_out(reference: &str) -> String {
    format!("the $ref `{reference}` leads out of these files, and schemas are only read offline")
}

#[cfg(test)]
mod tests;
