//! What schemas say, whatever way they are put together.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::super::SchemaSet;

/// Keywords that demand nothing.
const ANNOTATIONS: [&str; 5] = ["title", "description", "$comment", "examples", "deprecated"];

/// All schemas that apply to one place.
#[derive(Debug, Clone, Default)]
pub(super) struct Node<'a> {
    schemas: Vec<&'a Value>,
}

/// The facts of a node, with references and `allOf` resolved.
#[derive(Debug, Default)]
pub(super) struct Shape<'a> {
    /// The attributes that must be there.
    pub required: Vec<Value>,
    /// The values that are allowed, where they are listed.
    pub values: Vec<Value>,
    /// All other keywords that demand something; of several values of one, a list.
    pub facts: BTreeMap<String, Value>,
    /// The attributes that are described.
    pub properties: BTreeMap<&'a str, Node<'a>>,
    /// The items, where they are described.
    pub items: Option<Node<'a>>,
}

impl<'a> Node<'a> {
    /// One schema.
    pub(super) fn of(schema: &'a Value) -> Self {
        Self {
            schemas: vec![schema],
        }
    }

    /// The name of the definition that the node only refers to, if it is one of the API.
    pub(super) fn reference(&self, set: &'a SchemaSet) -> Option<&'a str> {
        let [Value::Object(schema)] = self.schemas.as_slice() else {
            return None;
        };
        let mut keywords = schema
            .keys()
            .filter(|keyword| !ANNOTATIONS.contains(&keyword.as_str()));
        let (Some("$ref"), None) = (keywords.next().map(String::as_str), keywords.next()) else {
            return None;
        };
        let (name, _) = set.follow(schema.get("$ref")?.as_str()?)?;
        set.is_name(name).then_some(name)
    }

    /// What the node says.
    pub(super) fn shape(&self, set: &'a SchemaSet) -> Shape<'a> {
        let mut shape = Shape::default();
        for schema in &self.schemas {
            shape.add(schema, set);
        }
        shape
    }
}

impl<'a> Shape<'a> {
    fn add(&mut self, schema: &'a Value, set: &'a SchemaSet) {
        let Value::Object(schema) = schema else {
            // `false` allows nothing; `true` says nothing.
            if *schema == Value::Bool(false) {
                self.fact("schema", Value::Bool(false));
            }
            return;
        };
        for (keyword, value) in schema {
            match (keyword.as_str(), value) {
                ("$ref", Value::String(reference)) => {
                    if let Some((_, target)) = set.follow(reference) {
                        self.add(target, set);
                    }
                }
                ("allOf", Value::Array(attributes)) => {
                    attributes
                        .iter()
                        .for_each(|attribute| self.add(attribute, set));
                }
                ("properties", Value::Object(attributes)) => {
                    for (name, attribute) in attributes {
                        self.properties
                            .entry(name)
                            .or_default()
                            .schemas
                            .push(attribute);
                    }
                }
                ("items", Value::Object(_) | Value::Bool(_)) => {
                    self.items.get_or_insert_default().schemas.push(value);
                }
                ("required", Value::Array(attributes)) => extend(&mut self.required, attributes),
                ("enum", Value::Array(values)) => extend(&mut self.values, values),
                (keyword, _) if ANNOTATIONS.contains(&keyword) => {}
                (keyword, _) => self.fact(keyword, normal(value, set)),
            }
        }
    }

    fn fact(&mut self, keyword: &str, value: Value) {
        let known = self
            .facts
            .entry(keyword.to_owned())
            .or_insert_with(|| value.clone());
        if *known != value {
            let both = Value::Array(vec![known.take(), value]);
            *known = both;
        }
    }
}

fn extend(known: &mut Vec<Value>, more: &[Value]) {
    for value in more {
        if !known.contains(value) {
            known.push(value.clone());
        }
    }
}

/// A value without annotations, its references as plain names and its lists of types sorted.
fn normal(value: &Value, set: &SchemaSet) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.iter().map(|item| normal(item, set)).collect();
            if items.iter().all(Value::is_string) {
                items.sort_by_key(ToString::to_string);
            }
            Value::Array(items)
        }
        Value::Object(attributes) => {
            let attributes = attributes
                .iter()
                .filter(|(name, _)| !ANNOTATIONS.contains(&name.as_str()));
            Value::Object(
                attributes
                    .map(|(name, attribute)| named(name, attribute, set))
                    .collect::<Map<_, _>>(),
            )
        }
        scalar => scalar.clone(),
    }
}

fn named(name: &str, attribute: &Value, set: &SchemaSet) -> (String, Value) {
    let target = (name == "$ref")
        .then(|| attribute.as_str().and_then(|text| set.follow(text)))
        .flatten();
    let attribute =
        target.map_or_else(|| normal(attribute, set), |(target, _)| Value::from(target));
    (name.to_owned(), attribute)
}
