//! How a step records what it saw.

use serde_json::Value;

use super::{Reply, World};
use crate::evidence::{Observation, Outcome, Stop, same_scalar};
use crate::terms::Severity;

/// A violation as a step describes it; the world adds requirement, severity and place.
///
/// ```ignore
/// world.record(
///     Violation::in_answer(&reply, "list not empty", "answers records although none matches")
///         .expected(json!([]))
///         .actual(format!("{count} elements")),
/// );
/// ```
#[derive(Debug, Clone)]
#[must_use = "a violation counts only where it is recorded"]
pub struct Violation {
    key: String,
    message: String,
    expected: Value,
    actual: Value,
    pointer: Option<String>,
    exchange: Option<usize>,
    requirement: Option<String>,
    at_most: Option<Severity>,
    kit_induced: bool,
    advice: Option<String>,
}

impl Violation {
    /// A violation with a message of one sentence. The key distinguishes this defect from others of
    /// the same requirement, free of generated values.
    pub fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            message: message.into(),
            expected: Value::Null,
            actual: Value::Null,
            pointer: None,
            exchange: None,
            requirement: None,
            at_most: None,
            kit_induced: false,
            advice: None,
        }
    }

    /// A violation that an answer shows. The message is the answer's line, such as
    /// `GET /x -> 200`, followed by `what`.
    pub fn in_answer(reply: &Reply, key: impl Into<String>, what: impl AsRef<str>) -> Self {
        let (line, what) = (reply.answer.line(), what.as_ref());
        let space = match what.chars().next() {
            None | Some(',' | ':') => "",
            Some(_) => " ",
        };
        Self::new(key, format!("{line}{space}{what}")).exchange(reply.answer.index)
    }

    /// What was expected.
    pub fn expected(self, expected: impl Into<Value>) -> Self {
        Self {
            expected: expected.into(),
            ..self
        }
    }

    /// What came.
    pub fn actual(self, actual: impl Into<Value>) -> Self {
        Self {
            actual: actual.into(),
            ..self
        }
    }

    /// The JSON pointer into the response body.
    pub fn at(self, pointer: impl Into<String>) -> Self {
        self.pointer(Some(pointer.into()))
    }

    /// The JSON pointer into the response body, if there is one.
    pub fn pointer(self, pointer: Option<String>) -> Self {
        Self { pointer, ..self }
    }

    /// The exchange that shows it.
    pub fn exchange(self, exchange: impl Into<Option<usize>>) -> Self {
        Self {
            exchange: exchange.into(),
            ..self
        }
    }

    /// The requirement, where it is not the first one of the scenario's tags.
    pub fn requirement(self, requirement: impl Into<Option<String>>) -> Self {
        Self {
            requirement: requirement.into(),
            ..self
        }
    }

    /// The severity, where it is less than the catalogue's.
    pub fn at_most(self, severity: impl Into<Option<Severity>>) -> Self {
        Self {
            at_most: severity.into(),
            ..self
        }
    }

    /// Whether only a flaw of the official kit causes it.
    pub fn kit_induced(self, kit_induced: bool) -> Self {
        Self {
            kit_induced,
            ..self
        }
    }

    /// What to do about it.
    pub fn advice(self, advice: Option<String>) -> Self {
        Self { advice, ..self }
    }

    /// Names in the message what shows the violation, and the exchange unless one is known.
    pub fn shown_by(self, what: &str, exchange: Option<usize>) -> Self {
        Self {
            message: format!("{what}: {}", self.message),
            exchange: self.exchange.or(exchange),
            ..self
        }
    }
}

/// Both values, with their types where they would look the same: nobody understands "expected 3,
/// got 3".
fn told_apart(expected: Value, actual: Value) -> (Value, Value) {
    if expected == actual || !same_scalar(&expected, &actual) {
        return (expected, actual);
    }
    let typed = |value: &Value| {
        Value::from(match value {
            Value::String(text) => format!("the text \"{text}\""),
            Value::Number(number) => format!("the number {number}"),
            other => format!("the value {other}"),
        })
    };
    (typed(&expected), typed(&actual))
}

/// The key of a status that is none of those that were asked for.
pub fn status_key(status: u16) -> String {
    format!("status {status}")
}

impl World {
    /// Records a violation; the step goes on.
    ///
    /// The severity is the catalogue's `onViolation`, or less where the check says so.
    pub fn record(&mut self, violation: Violation) -> Severity {
        let first = || {
            self.spec
                .as_ref()
                .and_then(|spec| spec.requirement_at(self.line).cloned())
        };
        let requirement = violation.requirement.or_else(first).unwrap_or_default();
        let catalogued = self
            .context
            .catalogued(&requirement)
            .map_or(Severity::Fail, |requirement| requirement.on_violation);
        let severity = violation
            .at_most
            .map_or(catalogued, |most| most.min(catalogued));
        self.evidence.exchanges.extend(violation.exchange);
        let (expected, actual) = told_apart(violation.expected, violation.actual);
        self.evidence.observations.push(Observation {
            requirement,
            severity,
            message: violation.message,
            expected,
            actual,
            pointer: violation.pointer,
            exchange: violation.exchange,
            kit_induced: violation.kit_induced,
            advice: violation.advice,
            key: violation.key,
            line: self.line,
        });
        severity
    }

    /// Whether this scenario has recorded the status of a refusal as wrong: then nothing else is to
    /// be said of its body, which is that of an error.
    pub fn is_wrong_refusal(&self, exchange: usize, status: u16) -> bool {
        let key = status_key(status);
        let is_it = |seen: &Observation| seen.exchange == Some(exchange) && seen.key == key;
        status >= 400 && self.evidence.observations.iter().any(is_it)
    }

    /// Ends the step here where it has recorded a failure: what follows would only repeat it.
    pub fn stop_if_violated(&self) -> Outcome {
        let failed =
            |seen: &&Observation| seen.line == self.line && seen.severity == Severity::Fail;
        match self.evidence.observations.iter().find(failed) {
            Some(first) => Err(Stop::Violated(first.message.clone())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_that_look_the_same_are_told_with_their_types() {
        let told = told_apart(json!("3"), json!(3));
        assert_eq!(told, (json!("the text \"3\""), json!("the number 3")));
        let other = (json!("3"), json!(4));
        assert_eq!(told_apart(other.0.clone(), other.1.clone()), other);
    }
}
