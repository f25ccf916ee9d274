//! Takes every secret out of a result before anything is written, and what is too long to be
//! repeated.

use serde_json::Value;

use super::RunResult;
use crate::evidence::{Redactor, change_texts, shortened};

/// Texts of a result that are the harness's own, by their keys: no target and no user fills them, and
/// whoever reads a result relies on them. All others are redacted.
pub const OWN_TEXTS: [&str; 81] = [
    "kit",
    "run.startedAt",
    "run.level",
    "run.selection.levelsLeftOut",
    "run.existing.records.name",
    "environment",
    "configuration.key",
    "gate",
    "verdict",
    "officialKit.edition",
    "officialKit.details.folder",
    "officialKit.details.name",
    "officialKit.details.method",
    "levels",
    "requirements.id",
    "requirements.level",
    "requirements.strength",
    "requirements.status",
    "requirements.statement",
    "requirements.sources",
    "requirements.scenarios",
    "sources",
    "certificate",
    "causes",
    "findings.requirement",
    "findings.level",
    "findings.severity",
    "findings.waiver.expires",
    "findings.fingerprint",
    "findings.scenarios",
    "findings.blocked",
    "waivers.requirement",
    "waivers.expires",
    "waivers.fingerprint",
    "waivers.state",
    "baseline.before.startedAt",
    "baseline.before.version",
    "baseline.before.gate",
    "baseline.before.verdict",
    "baseline.after.startedAt",
    "baseline.after.version",
    "baseline.after.gate",
    "baseline.after.verdict",
    "baseline.verdict",
    "baseline.new.fingerprint",
    "baseline.new.requirement",
    "baseline.new.level",
    "baseline.new.severity",
    "baseline.still.fingerprint",
    "baseline.still.requirement",
    "baseline.still.level",
    "baseline.still.severity",
    "baseline.fixed.fingerprint",
    "baseline.fixed.requirement",
    "baseline.fixed.level",
    "baseline.fixed.severity",
    "baseline.waived.fingerprint",
    "baseline.waived.requirement",
    "baseline.waived.level",
    "baseline.waived.severity",
    "baseline.undecided.fingerprint",
    "baseline.undecided.requirement",
    "baseline.undecided.level",
    "baseline.undecided.severity",
    "baseline.levels",
    "baseline.requirements",
    "operations.name",
    "operations.about",
    "operations.requirements",
    "existingData.findings.requirement",
    "scenarios.id",
    "scenarios.name",
    "scenarios.feature",
    "scenarios.level",
    "scenarios.requirements",
    "scenarios.status",
    "scenarios.steps.keyword",
    "scenarios.steps.text",
    "scenarios.steps.status",
    "scenarios.steps.table",
    "subscriptions.name",
];

/// Bytes of a text that reports an exchange; the exchange itself has more of it.
const LONGEST: usize = 4 * 1024;

/// Bytes of a value that was expected or came, as JSON.
const LARGEST: usize = 64 * 1024;

/// Redacts all texts of a result but [`OWN_TEXTS`], and cuts those that report an exchange.
pub fn redact(result: &mut RunResult, redactor: &Redactor) {
    // The exchanges are most of a result: each is looked through by itself.
    let mut exchanges = std::mem::take(&mut result.exchanges);
    for exchange in &mut exchanges {
        redactor.exchange(exchange);
    }
    let mut deliveries = std::mem::take(&mut result.deliveries);
    for delivery in &mut deliveries {
        redactor.delivery(delivery);
    }
    let texts = TextRedactor(redactor);
    for finding in &mut result.findings {
        texts.whole(&mut finding.expected);
        texts.whole(&mut finding.actual);
    }
    let kept: Vec<&str> = OWN_TEXTS.into_iter().chain(VALUES).collect();
    change_texts(result, &kept, &|text| *text = texts.text(text));
    result.exchanges = exchanges;
    result.deliveries = deliveries;
}

/// What was expected and what came, where names of keys may hold secrets, too.
const VALUES: [&str; 2] = ["findings.expected", "findings.actual"];

/// Redacts texts that report an exchange, and cuts them. No secret is cut in two: it is gone
/// before.
struct TextRedactor<'a>(&'a Redactor);

impl TextRedactor<'_> {
    fn text(&self, text: &str) -> String {
        shortened(self.0.text(text), LONGEST)
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(attributes) => {
                let redacted = std::mem::take(attributes).into_iter();
                *attributes = redacted
                    .map(|(name, mut attribute)| {
                        self.value(&mut attribute);
                        (self.0.text(&name), attribute)
                    })
                    .collect();
            }
            _ => {}
        }
    }

    /// The same for a value that is shown as one.
    fn whole(&self, value: &mut Value) {
        let bytes = value.to_string().len();
        if bytes > LARGEST && !value.is_string() {
            *value = Value::from(format!("a value of {bytes} bytes, see the exchange"));
        }
        self.value(value);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_repeated_as_long_as_it_is_short() {
        let redactor = Redactor::new([]);
        let shown = |mut value: Value| {
            TextRedactor(&redactor).whole(&mut value);
            value
        };
        let short = json!({"a": ["b", 1]});
        assert_eq!(shown(short.clone()), short);
        let long = Value::from(vec![0; LARGEST]);
        assert_eq!(shown(long), "a value of 131073 bytes, see the exchange");
        let text = shown("c".repeat(2 * LARGEST).into());
        let text = text.as_str().unwrap();
        assert!(text.starts_with("ccc") && text.ends_with("bytes more)"));
    }
}
