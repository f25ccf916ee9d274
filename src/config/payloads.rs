//! What a run sends where the pack's own bodies are not what the target wants.

use std::fmt;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::{Map, Value};

/// A body: in a file, or written down in the configuration.
#[derive(Debug, Clone, PartialEq, JsonSchema)]
#[schemars(untagged)]
pub enum Body {
    /// A JSON file.
    File(PathBuf),
    /// Its attributes.
    Inline(Map<String, Value>),
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match toml::Value::deserialize(deserializer)? {
            toml::Value::String(path) => Ok(Self::File(path.into())),
            toml::Value::Table(attributes) => Ok(Self::Inline(object(attributes))),
            other => Err(D::Error::custom(format!(
                "a body is the path of a JSON file, or a table with its attributes, not of type {}",
                other.type_str()
            ))),
        }
    }
}

/// For settings: the path, or that it stands in the configuration.
impl fmt::Display for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Inline(attributes) => {
                let names: Vec<_> = attributes.keys().map(String::as_str).collect();
                write!(f, "inline: {}", names.join(", "))
            }
        }
    }
}

/// A TOML table as a JSON object; dates become texts.
fn object(table: toml::Table) -> Map<String, Value> {
    let attributes = table.into_iter();
    attributes
        .map(|(name, value)| (name, json(value)))
        .collect()
}

fn json(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(truth) => Value::from(truth),
        toml::Value::Datetime(date) => Value::from(date.to_string()),
        toml::Value::Array(items) => items.into_iter().map(json).collect(),
        toml::Value::Table(attributes) => Value::Object(object(attributes)),
    }
}

fn attributes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    toml::Table::deserialize(deserializer).map(object)
}

/// The table `[payloads]` of the configuration file.
#[derive(Debug, Default, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct FilePayloads {
    /// The body of the configured create, which the official kit would send first; its attributes go
    /// into the run's own records, too.
    pub create: Option<Body>,
    /// What the run's second record takes from the configuration instead of `create`.
    pub second_create: Option<Body>,
    /// A partial update that the target permits: it asks whether the target offers them, and is
    /// judged itself.
    pub patch: Option<Body>,
    /// Attributes that the target demands in every create beyond what the API asks for. They go into
    /// the run's own records where they lack them; never into the replay of the official kit, nor
    /// into the records that show that no more may be demanded.
    #[serde(deserialize_with = "attributes")]
    pub extra: Map<String, Value>,
}

impl FilePayloads {
    /// The files among them.
    pub(super) fn files(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let bodies = [&mut self.create, &mut self.second_create, &mut self.patch];
        bodies.into_iter().flatten().filter_map(|body| match body {
            Body::File(path) => Some(path),
            Body::Inline(_) => None,
        })
    }
}

/// What a run sends, settled.
pub type Payloads = FilePayloads;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_a_file_or_a_table() {
        let payloads: FilePayloads = toml::from_str(
            "create = 'a.json'\npatch = { status = 'done' }\n[extra]\nwhen = 2024-01-01T00:00:00Z\nn = [1, 2.5, true]",
        )
        .unwrap();
        assert_eq!(payloads.create, Some(Body::File("a.json".into())));
        let patch = payloads.patch.unwrap().to_string();
        assert_eq!(patch, "inline: status");
        let extra = Value::Object(payloads.extra);
        let wanted = serde_json::json!({"when": "2024-01-01T00:00:00Z", "n": [1, 2.5, true]});
        assert_eq!(extra, wanted);
        assert!(toml::from_str::<FilePayloads>("create = 3").is_err());
    }
}
