//! `result.json`: the whole result for programs, and the way back.

use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde_json::Value;

use super::ReportError;
pub use super::error::ParseError;
use crate::verdict::{RunResult, SCHEMA_VERSION};

/// The `kit.name` by which a result is known to be ours.
const KIT: &str = "tmfctk";

/// Writes the result as indented JSON with a final newline.
///
/// # Errors
///
/// [`ReportError::Json`] where a value has no form in JSON.
pub fn render(result: &RunResult) -> Result<Vec<u8>, ReportError> {
    let mut bytes = serde_json::to_vec_pretty(result)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// Reads a stored result back.
///
/// Keys that this version does not know are ignored, so that a later minor addition is readable.
///
/// # Errors
///
/// [`ReportError::Parse`] where the bytes are not JSON, not ours, or of a newer schema version.
pub fn parse(bytes: &[u8]) -> Result<RunResult, ReportError> {
    Ok(parse_result(bytes)?)
}

fn parse_result(bytes: &[u8]) -> Result<RunResult, ParseError> {
    check_head(bytes)?;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut reader).map_err(|error| ParseError::Key {
        path: error.path().to_string(),
        source: error.into_inner(),
    })
}

/// The few keys that show whether the rest is worth reading.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "schemaVersion", default)]
    schema_version: Value,
    #[serde(default)]
    kit: Value,
}

/// Judges the head first: of a newer version or a foreign file any other message would mislead.
fn check_head(bytes: &[u8]) -> Result<(), ParseError> {
    let head: Head = serde_json::from_slice(bytes).map_err(|error| {
        if error.is_data() {
            ParseError::NotOurs("the top level is not an object")
        } else {
            ParseError::NotJson(error)
        }
    })?;
    if head.kit.get("name").and_then(Value::as_str) != Some(KIT) {
        return Err(ParseError::NotOurs("`kit.name` is not `tmfctk`"));
    }
    match head.schema_version.as_u64() {
        None => Err(ParseError::NotOurs("`schemaVersion` is not a number")),
        Some(found) if found > u64::from(SCHEMA_VERSION) => Err(ParseError::Newer {
            found,
            known: SCHEMA_VERSION,
        }),
        Some(_) => Ok(()),
    }
}

/// The JSON Schema of the result, derived from its types.
///
/// The committed `schemas/result.schema.json` is this, byte for byte; a test keeps it true.
pub fn schema() -> Value {
    let mut schema = SchemaSettings::draft2020_12()
        .for_serialize()
        .into_generator()
        .into_root_schema_for::<RunResult>()
        .to_value();
    if let Some(attributes) = schema.as_object_mut() {
        attributes.insert("title".into(), "Result of a tmfctk run".into());
        // The version is the one thing that a reader must check before anything else.
        attributes["properties"]["schemaVersion"]["const"] = SCHEMA_VERSION.into();
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_servers_are_recognised() {
        let message = |bytes: &[u8]| parse_result(bytes).unwrap_err().to_string();
        assert!(message(b"{\"kit\":").starts_with("not json, or cut off: "));
        assert!(message(b"<html>").starts_with("not json, or cut off: "));
        assert_eq!(
            message(b"42"),
            "not a result of tmfctk: the top level is not an object"
        );
        assert_eq!(
            message(br#"{"kit":{"name":"newman"},"schemaVersion":1}"#),
            "not a result of tmfctk: `kit.name` is not `tmfctk`"
        );
        assert_eq!(
            message(br#"{"kit":{"name":"tmfctk"}}"#),
            "not a result of tmfctk: `schemaVersion` is not a number"
        );
        assert_eq!(
            message(br#"{"kit":{"name":"tmfctk"},"schemaVersion":99}"#),
            "schema version 99 is newer than 1, the newest that this version reads"
        );
    }

    #[test]
    fn a_wrong_key_is_named_by_its_path() {
        let bytes = br#"{"schemaVersion":1,"kit":{"name":"tmfctk","version":7}}"#;
        let message = parse_result(bytes).unwrap_err().to_string();
        assert!(message.starts_with("at `kit.version`: "), "{message}");
    }
}
