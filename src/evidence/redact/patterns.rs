//! What is to be hidden without being known beforehand: by how it looks, or by where it stands.

use std::borrow::Cow;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::{Captures, Regex};
use serde_json::Value;

use super::forms::SHORTEST;

/// What stands in place of a secret.
pub const REDACTED: &str = "[redacted]";

/// What looks like a credential in requests and responses. The group `secret` is what is hidden;
/// without one, all that matches is.
static CREDENTIALS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    [
        // A JSON Web Token: RFC 7519, its header begins with `{"`.
        r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}\.[A-Za-z0-9_-]*",
        // RFC 6750 and RFC 7617, wherever they are quoted.
        r"\b(?:Bearer|Basic|bearer|basic) +(?<secret>[A-Za-z0-9._~+/-]{16,}=*)",
        // Attributes and parameters of OAuth (RFC 6749) and of common APIs.
        r#"["'](?:access_token|refresh_token|id_token|client_secret|accessToken|refreshToken|idToken|clientSecret|api_key|apiKey|password)["']\s*:\s*["'](?<secret>(?:[^"'\\]|\\.)+)"#,
        r"\b(?:access_token|refresh_token|id_token|client_secret|api_key|apikey|password)=(?<secret>[^&\s#;]+)",
        // RFC 7468.
        r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\z)",
    ]
    .into_iter()
    .map(|text| Regex::new(text).expect("a test compiles it"))
    .collect()
});

/// What each of them holds at least: most texts hold none of it, and are searched once only.
static TRACES: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let traces = [
        "eyJ",
        "earer",
        "asic",
        "oken",
        "ecret",
        "assword",
        "pi_key",
        "piKey",
        "pikey",
        "-----BEGIN",
    ];
    // For this kind, unlike the usual one, there are vector instructions that skip what holds none.
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostFirst)
        .build(traces)
        .expect("a test builds it")
});

/// The patterns of all runs, and those of this one.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    own: Vec<Regex>,
}

impl Patterns {
    pub(super) const fn new(own: Vec<Regex>) -> Self {
        Self { own }
    }

    /// Those that may match.
    fn all(&self, text: &str) -> impl Iterator<Item = &Regex> {
        let credentials = TRACES.is_match(text).then(|| CREDENTIALS.iter());
        credentials.into_iter().flatten().chain(&self.own)
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.all(text).any(|pattern| pattern.is_match(text))
    }

    pub(super) fn replace<'t>(&self, mut text: Cow<'t, str>) -> Cow<'t, str> {
        let patterns: Vec<&Regex> = self.all(&text).collect();
        for pattern in patterns {
            text = replaced(text, |text| pattern.replace_all(text, hidden));
        }
        text
    }
}

/// What a replacement makes of a text, which stays the same one where there is nothing to replace.
fn replaced<'t>(text: Cow<'t, str>, replace: impl Fn(&str) -> Cow<'_, str>) -> Cow<'t, str> {
    let Cow::Owned(other) = replace(&text) else {
        return text;
    };
    other.into()
}

/// The match with its secret hidden.
fn hidden(found: &Captures<'_>) -> String {
    let whole = &found[0];
    let (Some(all), Some(secret)) = (found.get(0), found.name("secret")) else {
        return REDACTED.to_owned();
    };
    let (from, to) = (secret.start() - all.start(), secret.end() - all.start());
    format!("{}{REDACTED}{}", &whole[..from], &whole[to..])
}

/// A JSON pointer (RFC 6901) in which `*` stands for any attribute or element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(Vec<String>);

impl Place {
    /// Reads a pointer; none where it does not begin with `/`.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('/')?;
        let segments = rest.split('/');
        Some(Self(
            segments
                .map(|segment| segment.replace("~1", "/").replace("~0", "~"))
                .collect(),
        ))
    }

    /// The texts at these places of a body, as far as they are long enough to be distinguished from
    /// others.
    pub fn texts(places: &[Self], body: &str) -> Vec<String> {
        let mut texts = Vec::new();
        let document = (!places.is_empty()).then(|| serde_json::from_str::<Value>(body));
        let Some(Ok(mut document)) = document else {
            return texts;
        };
        for place in places {
            place.each(&mut document, &mut |value| gather(value, &mut texts));
        }
        texts
    }

    /// Shows each value at this place of a document, and of each element where it is a list.
    pub(super) fn each(&self, document: &mut Value, see: &mut dyn FnMut(&mut Value)) {
        if let Value::Array(items) = document {
            for item in items {
                walk(item, &self.0, see);
            }
        }
        walk(document, &self.0, see);
    }
}

fn walk(value: &mut Value, segments: &[String], see: &mut dyn FnMut(&mut Value)) {
    let Some((first, rest)) = segments.split_first() else {
        return see(value);
    };
    match value {
        Value::Object(attributes) => {
            for (name, attribute) in attributes.iter_mut() {
                if first == "*" || name == first {
                    walk(attribute, rest, see);
                }
            }
        }
        Value::Array(items) => {
            for (place, item) in items.iter_mut().enumerate() {
                if first == "*" || *first == place.to_string() {
                    walk(item, rest, see);
                }
            }
        }
        _ => {}
    }
}

fn gather(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) if text.len() >= SHORTEST => texts.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| gather(item, texts)),
        Value::Object(attributes) => attributes
            .values()
            .for_each(|attribute| gather(attribute, texts)),
        _ => {}
    }
}

/// A body with the values at these places hidden; none where there is nothing to hide. What can't
/// be read as JSON but begins as such is hidden as a whole: it was cut, perhaps in such a value.
pub(super) fn hide(places: &[Place], body: &str) -> Option<String> {
    if places.is_empty() || !body.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let Ok(mut document) = serde_json::from_str::<Value>(body) else {
        return Some(REDACTED.to_owned());
    };
    let mut found = false;
    for place in places {
        place.each(&mut document, &mut |value| {
            if !value.is_null() {
                found = true;
                *value = Value::from(REDACTED);
            }
        });
    }
    found.then(|| document.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        Patterns::default().replace(text.into()).into_owned()
    }

    #[test]
    fn likely_credentials_are_hidden() {
        for (text, wanted) in [
            (
                "token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln!",
                "token [redacted]!",
            ),
            (
                "Authorization: Bearer abcdefghijklmnop123=",
                "Authorization: Bearer [redacted]",
            ),
            (
                r#"{"access_token":"a\"b","x":"y"}"#,
                r#"{"access_token":"[redacted]","x":"y"}"#,
            ),
            (
                r#"{"password" : "hunter2"}"#,
                r#"{"password" : "[redacted]"}"#,
            ),
            (
                "/cb?access_token=abc&x=y",
                "/cb?access_token=[redacted]&x=y",
            ),
            (
                "a -----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- b",
                "a [redacted] b",
            ),
            ("-----BEGIN PRIVATE KEY-----\ncut", "[redacted]"),
        ] {
            assert_eq!(shown(text), wanted);
        }
    }

    #[test]
    fn texts_about_credentials_are_not_hidden() {
        for text in [
            "the scheme is Bearer token",
            r#"{"password": null, "name": "Basic plan"}"#,
            "passwords are not stored",
        ] {
            assert_eq!(shown(text), text);
        }
    }

    #[test]
    fn values_are_hidden_by_their_place_in_a_record_and_in_a_list() {
        let places = ["/party/*/name", "/age"].map(|text| Place::parse(text).unwrap());
        let record = r#"{"party":[{"name":"Ann","id":"1"},{"name":"Bo"}],"age":42,"x":1}"#;
        let hidden = r#"{"party":[{"name":"[redacted]","id":"1"},{"name":"[redacted]"}],"age":"[redacted]","x":1}"#;
        assert_eq!(hide(&places, record).as_deref(), Some(hidden));
        assert_eq!(
            hide(&places, &format!("[{record}]")),
            Some(format!("[{hidden}]"))
        );
        assert_eq!(hide(&places, r#"{"x":1}"#), None);
        assert_eq!(hide(&places, "<html>"), None);
        assert_eq!(hide(&places, r#"{"age": 4"#).as_deref(), Some(REDACTED));
        assert_eq!(Place::parse("age"), None);
    }
}
