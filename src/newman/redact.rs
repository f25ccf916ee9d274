//! A copy of the file that can be handed in: without tokens and cookies.

use serde_json::Value;

use crate::evidence::{REDACTED, Redactor};

/// A header, variable or attribute whose name has one of these holds a secret.
const SECRET_WORDS: [&str; 10] = [
    "auth",
    "cookie",
    "token",
    "secret",
    "password",
    "credential",
    "session",
    "apikey",
    "api-key",
    "signature",
];

/// A document without secrets.
#[derive(Debug, Clone, PartialEq)]
pub struct Redacted {
    /// The copy.
    pub document: Value,
    /// In how many places something was replaced.
    pub places: usize,
}

/// Replaces tokens and cookies: in headers, variables, `auth` objects, cookie jars and URLs, and
/// wherever else in the document their values stand, bodies included.
pub fn redact(mut document: Value) -> Redacted {
    let mut secrets = Vec::new();
    collect(&document, &mut secrets);
    let headers = secrets
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let redactor = Redactor::new(headers);
    let mut places = 0;
    replace(&mut document, &redactor, &mut places);
    Redacted { document, places }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// The name and the value of a header, a variable or a cookie.
fn pair(attributes: &serde_json::Map<String, Value>) -> Option<(&str, &str)> {
    let name = attributes
        .get("key")
        .or_else(|| attributes.get("name"))?
        .as_str()?;
    Some((name, attributes.get("value")?.as_str()?))
}

/// Finds the secrets, by the names under which they stand.
fn collect(value: &Value, secrets: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect(item, secrets)),
        Value::Object(attributes) => {
            if let Some((name, text)) = pair(attributes).filter(|(name, _)| is_secret(name)) {
                secrets.push((name.to_owned(), text.to_owned()));
            }
            for (key, attribute) in attributes {
                if matches!(key.as_str(), "auth" | "cookie") {
                    below(attribute, secrets);
                }
                collect(attribute, secrets);
            }
        }
        _ => {}
    }
}

/// Below `auth` and `cookie` every value of a pair is one, whatever its name.
fn below(value: &Value, secrets: &mut Vec<(String, String)>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| below(item, secrets)),
        Value::Object(attributes) => {
            if let Some((_, text)) = pair(attributes) {
                secrets.push(("authorization".to_owned(), text.to_owned()));
            }
            attributes
                .values()
                .for_each(|attribute| below(attribute, secrets));
        }
        _ => {}
    }
}

fn replace(value: &mut Value, redactor: &Redactor, places: &mut usize) {
    match value {
        Value::String(text) => {
            let redacted = redactor.text(text);
            if redacted != *text {
                *text = redacted;
                *places += 1;
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| replace(item, redactor, places)),
        Value::Object(attributes) => {
            let secret = pair(attributes).is_some_and(|(name, _)| is_secret(name));
            if secret && let Some(value) = attributes.get_mut("value") {
                *value = REDACTED.into();
                *places += 1;
            }
            if attributes.get("type").is_some_and(|kind| kind == "Buffer")
                && let Some(data) = attributes.get_mut("data")
            {
                replace_bytes(data, redactor, places);
                return;
            }
            attributes
                .iter_mut()
                .for_each(|(_, attribute)| replace(attribute, redactor, places));
        }
        _ => {}
    }
}

/// A body is a list of its bytes.
fn replace_bytes(data: &mut Value, redactor: &Redactor, places: &mut usize) {
    let Some(bytes) = data.as_array() else { return };
    let bytes: Vec<u8> = bytes
        .iter()
        .filter_map(|byte| u8::try_from(byte.as_u64()?).ok())
        .collect();
    // What is not UTF-8 is looked through all the same.
    let text = String::from_utf8_lossy(&bytes);
    let redacted = redactor.text(&text);
    if redacted != text {
        *data = redacted.bytes().map(Value::from).collect();
        *places += 1;
    }
}
