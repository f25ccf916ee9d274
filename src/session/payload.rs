//! The bodies that the configuration wants sent.

use serde_json::{Map, Value};

use super::error::SetupError;
use crate::config::{Body, Settings};
use crate::kit::{Description, Payload};
use crate::pack::Pack;
use crate::schema::SchemaSet;
use crate::world::Configured;

/// The attributes of the configured bodies: what the create has goes into every record of the run,
/// but for what a fixture calls its own. The built-in payload demands nothing.
pub(super) fn attributes(
    settings: &Settings,
    pack: &Pack,
    create: &str,
) -> Result<Configured, SetupError> {
    let payloads = &settings.payloads;
    let create = match (&payloads.create, serde_json::from_str(create)) {
        (Some(_), Ok(Value::Object(attributes))) => attributes,
        _ => Map::new(),
    };
    let read = |key: &str, body: &Option<Body>| {
        let Some(body) = body else { return Ok(None) };
        let text = text(key, body)?;
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|error| wrong(key, body, format!("it is not a JSON object: {error}")))
    };
    let patch: Option<Map<_, _>> = read("patch", &payloads.patch)?;
    if let (Some(body), Some(patch), Some(schema)) = (
        &payloads.patch,
        &patch,
        &pack.manifest.configured_patch_schema,
    ) && let Some(violation) = violation(pack, schema, &Value::Object(patch.clone()))?
    {
        let why = "a target would be right to refuse it, and can't be judged by it";
        return Err(wrong("patch", body, format!("{violation}; {why}")));
    }
    Ok(Configured {
        create,
        second_create: read("second-create", &payloads.second_create)?,
        patch,
        extra: payloads.extra.clone(),
    })
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
    let Some(body) = &settings.payloads.create else {
        return Ok(None);
    };
    let wrong = |reason: String| wrong("create", body, reason);
    let text = text("create", body)?;
    let value: Value =
        serde_json::from_str(&text).map_err(|error| wrong(format!("it is not JSON: {error}")))?;
    if let Some(schema) = &pack.manifest.kit_payload_schema
        && let Some(violation) = violation(pack, schema, &value)?
    {
        return Err(wrong(format!(
            "{violation}; the official kit demands it and would send nothing"
        )));
    }
    Ok(Some(text))
}

/// What a body violates first of a schema of the pack that stands by itself.
fn violation(pack: &Pack, schema: &str, body: &Value) -> Result<Option<String>, SetupError> {
    let text = pack.file(schema)?;
    let name = schema.rsplit('/').next().unwrap_or(schema);
    let schemas = SchemaSet::embedded([(name, text)])?;
    let validator = schemas.validator(name.trim_end_matches(".schema.json"))?;
    let first = validator.validate(body).into_iter().next();
    Ok(first.map(|first| {
        let at = match first.pointer.as_str() {
            "" => "at the top",
            pointer => pointer,
        };
        format!("{at}: {}", first.message)
    }))
}

/// A body as text: that of a file as it stands there, without a byte order mark.
fn text(key: &str, body: &Body) -> Result<String, SetupError> {
    match body {
        Body::File(path) => std::fs::read_to_string(path)
            .map(|text| text.trim_start_matches('\u{feff}').to_owned())
            .map_err(|error| wrong(key, body, error.to_string())),
        Body::Inline(attributes) => {
            serde_json::to_string(attributes).map_err(|error| wrong(key, body, error.to_string()))
        }
    }
}

/// Says which body is wrong, and where it stands.
fn wrong(key: &str, body: &Body, reason: String) -> SetupError {
    SetupError::Payload {
        file: match body {
            Body::File(path) => path.display().to_string(),
            Body::Inline(_) => format!("payloads.{key} of the configuration"),
        },
        reason,
    }
}
