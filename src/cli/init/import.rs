//! The configuration of the official kits, read for what a run can use: `config.json` of the v4 kits
//! and `CHANGE_ME.json` of the v5 kits.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Headers that the kits set for all requests, and a run sets for each.
const SET_BY_THE_RUN: [&str; 2] = ["accept", "content-type"];

/// What such a file says.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Imported {
    /// The base URL, without the blanks around it.
    pub(super) target: Option<String>,
    /// Headers by name. Their values may be secrets.
    pub(super) headers: BTreeMap<String, String>,
    /// The body of the create, of the one resource that the file has.
    pub(super) payload: Option<Value>,
    /// What was left out, in sentences.
    pub(super) notes: Vec<String>,
}

/// Reads the text of such a file; an error never holds a value.
pub(super) fn read(text: &str, resource: &str) -> Result<Imported, String> {
    let text = text.trim_start_matches('\u{feff}');
    let config: Map<String, Value> = serde_json::from_str(text).map_err(|error| {
        format!(
            "it is not a JSON object: line {}, column {}",
            error.line(),
            error.column()
        )
    })?;
    let mut imported = Imported::default();
    for (key, value) in &config {
        match (key.to_ascii_lowercase().as_str(), value) {
            ("url" | "baseurl" | "rooturl" | "apiurl", Value::String(url)) => {
                imported.target = Some(url.trim().to_owned());
            }
            ("headers", headers) => headers_of(headers, &mut imported),
            ("payloads" | "payload", payloads) => {
                imported.payload = payload_of(payloads, resource);
                if imported.payload.is_none() {
                    let note = format!("`{key}` holds no body of a POST of {resource}");
                    imported.notes.push(note);
                }
            }
            _ => imported.notes.push(format!("`{key}` means nothing here")),
        }
    }
    if imported == Imported::default() {
        return Err("it has none of `url`, `headers` and `payloads`".to_owned());
    }
    Ok(imported)
}

/// An object of names and values, or a list of `key` and `value` as Postman has it.
fn headers_of(headers: &Value, imported: &mut Imported) {
    let mut all: Vec<(String, String)> = Vec::new();
    match headers {
        Value::Object(attributes) => {
            let texts = attributes
                .iter()
                .filter_map(|(name, value)| Some((name, value.as_str()?)));
            all.extend(texts.map(|(name, value)| (name.clone(), value.to_owned())));
        }
        Value::Array(items) => {
            let text = |item: &Value, keys: [&str; 2]| {
                let found = keys.iter().find_map(|key| item.get(*key)?.as_str());
                found.map(str::to_owned)
            };
            all.extend(items.iter().filter_map(|item| {
                let name = text(item, ["key", "name"])?;
                Some((name, text(item, ["value", "value"])?))
            }));
        }
        _ => imported
            .notes
            .push("`headers` is neither an object nor a list".to_owned()),
    }
    all.retain(|(name, _)| !SET_BY_THE_RUN.contains(&name.to_ascii_lowercase().as_str()));
    imported.headers.extend(all);
}

/// The body of a POST, wherever it stands: below the resource's name where there is one, below
/// `POST`, below `payload` or the name of a test case.
fn payload_of(payloads: &Value, resource: &str) -> Option<Value> {
    let attributes = payloads.as_object()?;
    let named = |wanted: &str| {
        let mut found = attributes.iter();
        let found = found.find(|(key, _)| key.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value)
    };
    if let Some(below) = named(resource) {
        return payload_of(below, resource).or_else(|| Some(below.clone()));
    }
    if let Some(post) = named("POST") {
        let cases = post.as_object()?;
        let wrapped = cases.get("payload").filter(|body| body.is_object());
        // The cases of a v5 kit are objects by their names; a body has something else, too.
        let first = cases
            .values()
            .next()
            .filter(|_| cases.values().all(Value::is_object));
        return Some(wrapped.or(first).unwrap_or(post).clone());
    }
    attributes
        .values()
        .filter(|value| value.is_object())
        .find_map(|value| payload_of(value, resource))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn payload(config: &Value) -> Option<Value> {
        read(&config.to_string(), "partyInteraction")
            .unwrap()
            .payload
    }

    #[test]
    fn the_v4_kit_s_file_is_understood_with_its_blanks() {
        let text = json!({
            "url": " http://h/tmf-api/partyInteraction/v4/ ",
            "headers": {"Accept": "application/json", "Authorization": "Bearer x"},
            "payloads": {"PartyInteraction": {"POST": {"payload": {"reason": "r"}}}},
            "other": 1
        });
        let imported = read(&format!("\u{feff}{text}"), "partyInteraction").unwrap();
        assert_eq!(
            imported.target.unwrap(),
            "http://h/tmf-api/partyInteraction/v4/"
        );
        assert_eq!(imported.headers.len(), 1);
        assert_eq!(imported.payload, Some(json!({"reason": "r"})));
        assert_eq!(imported.notes, ["`other` means nothing here"]);
    }

    #[test]
    fn bodies_are_found_below_cases_and_apis() {
        let body = json!({"reason": "r", "channel": [{"id": "1"}]});
        for payloads in [
            json!({"partyInteraction": {"POST": {"payload": body}}}),
            json!({"partyInteraction": {"POST": {"TC_N1": body, "TC_N2": {}}}}),
            json!({"partyInteraction": {"POST": body}}),
            json!({"partyInteraction": body}),
            json!({"Management": {"PartyInteraction": {"POST": {"TC_N1": body}}}}),
            json!({"POST": body}),
        ] {
            assert_eq!(
                payload(&json!({"payloads": payloads})),
                Some(body.clone()),
                "{payloads}"
            );
        }
        assert_eq!(payload(&json!({"url": "x", "payloads": {"hub": 3}})), None);
    }

    #[test]
    fn a_wrong_file_is_reported_without_its_values() {
        for text in ["", "[]", "{\"a\": hunter22}"] {
            let error = read(text, "r").unwrap_err();
            assert!(
                error.contains("not a JSON object") && !error.contains("hunter22"),
                "{error}"
            );
        }
        assert!(read("{}", "r").unwrap_err().contains("`url`"));
        let list = json!({"headers": [{"key": "X-Api-Key", "value": "k"}, {"key": "Accept", "value": "a"}]});
        let imported = read(&list.to_string(), "r").unwrap();
        assert_eq!(
            imported.headers.into_keys().collect::<Vec<_>>(),
            ["X-Api-Key"]
        );
    }
}
