//! How a step records what it saw.

use serde_json::Value;

use super::World;
use crate::evidence::{Observation, Outcome, Stop};
use crate::terms::Severity;

/// A violation as a step describes it; the world adds requirement, severity and place.
#[derive(Debug, Clone, Default)]
pub struct Violation {
    /// Distinguishes this defect from others of the same requirement, free of generated values.
    pub key: String,
    /// One sentence.
    pub message: String,
    /// What was expected.
    pub expected: Value,
    /// What came.
    pub actual: Value,
    /// JSON pointer into the response body.
    pub pointer: Option<String>,
    /// The exchange that shows it.
    pub exchange: Option<usize>,
    /// The requirement, where it is not the first one of the scenario's tags.
    pub requirement: Option<String>,
    /// The severity, where it is less than the catalogue's.
    pub at_most: Option<Severity>,
    /// Whether only a flaw of the official kit causes it.
    pub kit_induced: bool,
    /// What to do about it.
    pub advice: Option<String>,
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
                .and_then(|spec| spec.requirements.first().cloned())
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
        self.evidence.observations.push(Observation {
            requirement,
            severity,
            message: violation.message,
            expected: violation.expected,
            actual: violation.actual,
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

    /// Ends the step: as violated if it recorded a failure, else in peace.
    pub fn conclude(&mut self) -> Outcome {
        let line = self.line;
        let failed = |seen: &&Observation| seen.line == line && seen.severity == Severity::Fail;
        match self.evidence.observations.iter().find(failed) {
            Some(first) => {
                let message = first.message.clone();
                self.stop(Stop::Violated(message))
            }
            None => Ok(()),
        }
    }
}
