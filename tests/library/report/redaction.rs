//! No secret is in any report, whatever text of a result holds it: also a text that nobody thought of.

use serde_json::{Map, Value, json};
use tmfctk::evidence::Redactor;
use tmfctk::report::{Format, json, render};
use tmfctk::verdict::{OWN_TEXTS, RunResult, redact};

const SECRET: &str = "s3cr3t-0123456789";

/// Texts of exchanges that are the harness's own.
const OWN_IN_EXCHANGES: [&str; 7] = [
    "exchanges.request.method",
    "exchanges.request.bodySha256",
    "exchanges.response.bodySha256",
    "exchanges.startedAt",
    "deliveries.subscription",
    "deliveries.at",
    "deliveries.bodySha256",
];

/// A result in which everything is there once, made from its schema.
struct Sample {
    schema: Value,
    /// The words that are allowed somewhere, as they were met.
    words: Vec<String>,
    /// How many texts hold the secret.
    secrets: usize,
}

impl Sample {
    fn new() -> (RunResult, Self) {
        let mut sample = Self {
            schema: json::schema(),
            words: Vec::new(),
            secrets: 0,
        };
        let schema = sample.schema.clone();
        let value = sample.value(&schema, "");
        (serde_json::from_value(value).unwrap(), sample)
    }

    fn value(&mut self, schema: &Value, path: &str) -> Value {
        if let Some(name) = schema["$ref"].as_str() {
            let schema = self.schema["$defs"][&name["#/$defs/".len()..]].clone();
            return self.value(&schema, path);
        }
        for choice in ["anyOf", "oneOf"] {
            if let Some(first) = schema[choice].get(0) {
                return self.value(&first.clone(), path);
            }
        }
        if let Some(word) = schema.get("const").or_else(|| schema["enum"].get(0)) {
            self.words.extend(word.as_str().map(str::to_owned));
            return word.clone();
        }
        let kind = schema["type"]
            .as_str()
            .or_else(|| schema["type"][0].as_str());
        match kind {
            Some("object") => {
                let Some(properties) = schema["properties"].as_object() else {
                    let value = self.value(&schema["additionalProperties"], path);
                    return json!({ self.text(path): value });
                };
                let properties = properties.iter();
                let members = properties.map(|(name, schema)| {
                    let path = format!("{path}.{name}");
                    (
                        name.clone(),
                        self.value(schema, path.trim_start_matches('.')),
                    )
                });
                Value::Object(members.collect::<Map<_, _>>())
            }
            Some("array") => match schema["prefixItems"].as_array() {
                Some(items) => items.iter().map(|item| self.value(item, path)).collect(),
                None => vec![self.value(&schema["items"], path)].into(),
            },
            Some("string") => self.text(path).into(),
            Some("integer") => 1.into(),
            Some("boolean") => true.into(),
            None => json!({ self.text(path): [self.text(path)] }),
            Some(other) => panic!("{path} is of the unknown type {other}"),
        }
    }

    fn text(&mut self, path: &str) -> String {
        let is_own = |own: &&str| path == *own || path.starts_with(&format!("{own}."));
        if path.ends_with("expires") {
            "2026-12-31".to_owned()
        } else if OWN_TEXTS.iter().chain(&OWN_IN_EXCHANGES).any(is_own) {
            "own".to_owned()
        } else {
            self.secrets += 1;
            format!("{path} {SECRET} behind")
        }
    }
}

#[test]
fn a_secret_in_any_text_of_a_result_is_in_no_report() {
    let (mut result, sample) = Sample::new();
    assert!(sample.secrets > 40, "{}", sample.secrets);
    redact(&mut result, &Redactor::new([("X-Key", SECRET)]));
    for format in Format::ALL {
        let report = String::from_utf8(render(format, &result).unwrap()).unwrap();
        let leak = report
            .find(SECRET)
            .map(|at| &report[report.floor_char_boundary(at.saturating_sub(80))..at]);
        assert_eq!(leak, None, "{format}");
    }
    let written = serde_json::to_string(&result).unwrap();
    let hidden = written.matches("[redacted]").count();
    assert!(hidden >= sample.secrets, "{hidden} of {}", sample.secrets);
}

#[test]
fn a_secret_that_is_a_word_of_the_format_does_not_change_it() {
    let (mut result, sample) = Sample::new();
    let words = sample.words.iter().map(|word| ("X-Key", word.as_str()));
    let secrets = words.chain([("X-Key", "2026-12-31"), ("X-Key", "1234")]);
    redact(&mut result, &Redactor::new(secrets));
    let written = serde_json::to_value(&result).unwrap();
    assert_eq!(written["gate"], "certification");
    assert_eq!(written["findings"][0]["waiver"]["expires"], "2026-12-31");
}
