//! The body of the configured create.

use serde_json::{Map, Value};

use super::SetupError;
use crate::config::Settings;
use crate::kit::{Description, Payload};
use crate::pack::Pack;
use crate::schema::SchemaSet;

/// The members of a configured payload: what it has goes into every record of the run, but for
/// what a fixture calls its own. The built-in payload demands nothing.
pub(super) fn members(settings: &Settings, payload: &str) -> Map<String, Value> {
    match (&settings.payload, serde_json::from_str(payload)) {
        (Some(_), Ok(Value::Object(members))) => members,
        _ => Map::new(),
    }
}

/// The kit ships with the same body configured as it has built in.
pub(super) fn default_payload(kit: &Description) -> Option<String> {
    kit.requests
        .iter()
        .find_map(|request| match &request.payload {
            Some(Payload::BuiltIn(text)) => Some(text.clone()),
            Some(Payload::Configured) | None => None,
        })
}

/// The user's payload as text, checked against what the kit demands of it.
pub(super) fn configured(settings: &Settings, pack: &Pack) -> Result<Option<String>, SetupError> {
    let Some(path) = &settings.payload else {
        return Ok(None);
    };
    let wrong = |reason: String| SetupError::Payload {
        file: path.display().to_string(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let text = text.trim_start_matches('\u{feff}').to_owned();
    let value: Value =
        serde_json::from_str(&text).map_err(|error| wrong(format!("it is no JSON: {error}")))?;
    if let Some(name) = &pack.manifest.kit_payload_schema {
        let text = pack.file(name)?;
        let name = name.rsplit('/').next().unwrap_or(name);
        let schemas = SchemaSet::embedded([(name, text)])?;
        let name = name.trim_end_matches(".schema.json");
        let violations = schemas.validator(name)?.validate(&value);
        if let Some(first) = violations.first() {
            let at = if first.pointer.is_empty() {
                "at the top"
            } else {
                &first.pointer
            };
            return Err(wrong(format!(
                "{at}: {}; the official kit demands it and would send nothing",
                first.message
            )));
        }
    }
    Ok(Some(text))
}
