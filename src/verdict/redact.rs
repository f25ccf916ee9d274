//! Takes every secret out of a result before anything is written, and what is too long to be
//! repeated.

use serde_json::Value;

use super::RunResult;
use crate::evidence::{Redactor, shortened};

/// Bytes of a text that tells of an exchange; the exchange itself has more of it.
const LONGEST: usize = 4 * 1024;

/// Bytes of a value that was expected or came, as JSON.
const LARGEST: usize = 64 * 1024;

/// Redacts all texts of a result that a target or a user can have filled, and cuts those that tell
/// of an exchange.
pub fn redact(result: &mut RunResult, redactor: &Redactor) {
    for exchange in &mut result.exchanges {
        redactor.exchange(exchange);
    }
    for delivery in &mut result.deliveries {
        redactor.delivery(delivery);
    }
    tell(result, &Telling(redactor));
}

/// What becomes of a text that tells of an exchange. No secret is cut in two: it is gone before.
struct Telling<'a>(&'a Redactor);

impl Telling<'_> {
    fn text(&self, text: &str) -> String {
        shortened(self.0.text(text), LONGEST)
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(members) => members.values_mut().for_each(|item| self.value(item)),
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

fn tell(result: &mut RunResult, told: &Telling<'_>) {
    for subscription in &mut result.subscriptions {
        subscription.id = subscription.id.as_deref().map(|id| told.text(id));
        subscription.reason = subscription.reason.as_deref().map(|text| told.text(text));
    }
    for finding in &mut result.findings {
        finding.message = told.text(&finding.message);
        told.whole(&mut finding.expected);
        told.whole(&mut finding.actual);
        if let Some(pointer) = &mut finding.pointer {
            *pointer = told.text(pointer);
        }
        if let Some(mark) = &mut finding.waiver {
            mark.reason = told.text(&mark.reason);
            mark.owner = told.text(&mark.owner);
        }
    }
    if let Some(comparison) = &mut result.baseline {
        comparison.before.target = told.text(&comparison.before.target);
        comparison.after.target = told.text(&comparison.after.target);
        let lists = [
            &mut comparison.new,
            &mut comparison.still,
            &mut comparison.fixed,
            &mut comparison.waived,
            &mut comparison.undecided,
        ];
        for difference in lists.into_iter().flatten() {
            difference.message = told.text(&difference.message);
        }
    }
    for waiver in &mut result.waivers {
        waiver.reason = told.text(&waiver.reason);
        waiver.owner = told.text(&waiver.owner);
        waiver.pointer = waiver.pointer.as_deref().map(|text| told.text(text));
    }
    for finding in &mut result.existing_data.findings {
        finding.message = told.text(&finding.message);
        for record in &mut finding.records {
            *record = told.text(record);
        }
    }
    for scenario in &mut result.scenarios {
        if let Some(reason) = &mut scenario.reason {
            *reason = told.text(reason);
        }
        for message in scenario
            .steps
            .iter_mut()
            .filter_map(|step| step.message.as_mut())
        {
            *message = told.text(message);
        }
    }
    for requirement in &mut result.requirements {
        if let Some(reason) = &mut requirement.reason {
            *reason = told.text(reason);
        }
    }
    for operation in &mut result.operations {
        operation.reason = told.text(&operation.reason);
    }
    for left in &mut result.run.left {
        left.id = told.text(&left.id);
        left.why = told.text(&left.why);
    }
    for record in &mut result.created {
        record.id = told.text(&record.id);
        record.url = told.text(&record.url);
        record.reason = record.reason.as_deref().map(|reason| told.text(reason));
    }
    if let Some(kit) = &mut result.official_kit {
        for request in &mut kit.details {
            request.url = told.text(&request.url);
            for text in [&mut request.script_error, &mut request.request_error]
                .into_iter()
                .flatten()
            {
                *text = told.text(text);
            }
            for check in &mut request.checks {
                check.name = told.text(&check.name);
            }
        }
        for note in &mut kit.notes {
            *note = told.text(note);
        }
    }
    result.target.url = told.text(&result.target.url);
    result.run.repeat = told.text(&result.run.repeat);
    for option in result
        .run
        .selection
        .iter_mut()
        .flat_map(|it| &mut it.options)
    {
        *option = told.text(option);
    }
    for record in result
        .run
        .existing
        .iter_mut()
        .flat_map(|it| &mut it.records)
    {
        record.id = told.text(&record.id);
    }
    for setting in &mut result.configuration {
        setting.value = told.text(&setting.value);
    }
    for note in &mut result.notes {
        *note = told.text(note);
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
            Telling(&redactor).whole(&mut value);
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
