//! Observations grouped into findings: one defect, one finding, however often it was seen.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::Finding;
use crate::evidence::Observation;
use crate::pack::Catalogue;
use crate::words::{Level, Severity};

/// An observation and the scenario that saw it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) observation: &'a Observation,
    pub(super) scenario: &'a str,
}

/// Groups what was seen, the gravest and lowest level first; `blocked` names scenarios that could
/// not be decided, with the exchange that shows why: they are counted at the gravest finding there.
pub(super) fn group(
    seen: &[Seen<'_>],
    blocked: &[(usize, String)],
    catalogue: &Catalogue,
) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut causes: HashMap<usize, (Severity, usize)> = HashMap::new();
    for Seen {
        observation,
        scenario,
    } in seen
    {
        let fingerprint = fingerprint(observation);
        let place = *places.entry(fingerprint.clone()).or_insert_with(|| {
            findings.push(finding(observation, fingerprint, catalogue));
            findings.len() - 1
        });
        if let Some(exchange) = observation.exchange {
            let cause = causes
                .entry(exchange)
                .or_insert((observation.severity, place));
            if observation.severity > cause.0 {
                *cause = (observation.severity, place);
            }
        }
        if let Some(finding) = findings.get_mut(place) {
            finding.count += 1;
            // The same defect may be excused at one place and counted at another.
            finding.severity = finding.severity.max(observation.severity);
            if !finding.scenarios.iter().any(|known| known == scenario) {
                finding.scenarios.push((*scenario).to_owned());
            }
        }
    }
    for (exchange, scenario) in blocked {
        let cause = causes
            .get(exchange)
            .and_then(|(_, place)| findings.get_mut(*place));
        if let Some(cause) = cause {
            cause.blocked.push(scenario.clone());
        }
    }
    findings.sort_by(|a, b| {
        b.severity
            .cmp(&a.severity)
            .then(a.kit_induced.cmp(&b.kit_induced))
            .then(a.level.cmp(&b.level))
            .then(a.requirement.cmp(&b.requirement))
            .then(a.fingerprint.cmp(&b.fingerprint))
    });
    findings
}

fn finding(observation: &Observation, fingerprint: String, catalogue: &Catalogue) -> Finding {
    Finding {
        requirement: observation.requirement.clone(),
        level: catalogue
            .get(&observation.requirement)
            .map_or(Level::Certification, |requirement| requirement.level),
        severity: observation.severity,
        message: observation.message.clone(),
        expected: observation.expected.clone(),
        actual: observation.actual.clone(),
        pointer: observation.pointer.clone(),
        exchange: observation.exchange,
        kit_induced: observation.kit_induced,
        advice: observation.advice.clone(),
        waiver: None,
        fingerprint,
        count: 0,
        scenarios: Vec::new(),
        blocked: Vec::new(),
    }
}

/// Stable over runs: made of the requirement and of what distinguishes the defect, never of
/// generated values, ids or places in a list.
pub(super) fn fingerprint(observation: &Observation) -> String {
    let pointer: String = observation
        .pointer
        .iter()
        .flat_map(|pointer| pointer.split('/'))
        .map(|part| {
            if part.bytes().all(|byte| byte.is_ascii_digit()) {
                "*"
            } else {
                part
            }
        })
        .collect::<Vec<_>>()
        .join("/");
    let induced = if observation.kit_induced { "kit" } else { "" };
    let mut hash = Sha256::new();
    for part in [
        &observation.requirement,
        &observation.key,
        &pointer,
        induced,
    ] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
