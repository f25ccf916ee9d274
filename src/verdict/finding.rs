//! Observations grouped into findings: one defect, one finding, however often it was seen.

use std::collections::HashMap;

use sha2::{Digest, Sha256};

use super::Finding;
use crate::evidence::Observation;
use crate::pack::Catalogue;
use crate::terms::{Level, Severity};

/// Findings of one kind that are listed: a target that invents names has as many as it likes.
const MOST_ALIKE: usize = 100;

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

/// Leaves out most of very many findings of one kind: of the same requirement, as grave and as
/// excused as each other. The last one that is listed says how many more there are.
pub(super) fn leave_out_most(findings: &mut Vec<Finding>) {
    let mut kinds: HashMap<_, Vec<usize>> = HashMap::new();
    for (place, finding) in findings.iter().enumerate() {
        let excused = (finding.kit_induced, finding.is_waived());
        let kind = (finding.requirement.clone(), finding.severity, excused);
        kinds.entry(kind).or_default().push(place);
    }
    let mut left_out = vec![false; findings.len()];
    for places in kinds.into_values() {
        let more = places.get(MOST_ALIKE..).unwrap_or_default();
        if let Some(last) = places.get(MOST_ALIKE - 1).filter(|_| !more.is_empty()) {
            let told = format!(" (and {} more of this kind, not listed)", more.len());
            findings[*last].message.push_str(&told);
        }
        more.iter().for_each(|place| left_out[*place] = true);
    }
    let mut left_out = left_out.into_iter();
    findings.retain(|_| !left_out.next().unwrap_or_default());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::WaiverMark;

    #[test]
    fn some_of_very_many_are_listed_and_the_rest_is_counted() {
        let observation = |requirement: &str, key: usize| Observation {
            requirement: requirement.to_owned(),
            severity: Severity::Warn,
            message: "it differs".to_owned(),
            expected: 1.into(),
            actual: 2.into(),
            pointer: None,
            exchange: None,
            kit_induced: false,
            advice: None,
            key: key.to_string(),
            line: 1,
        };
        let many = (0..MOST_ALIKE + 7).map(|key| observation("A", key));
        let few = (0..MOST_ALIKE).map(|key| observation("B", key));
        let seen: Vec<Observation> = many.chain(few).collect();
        let seen: Vec<Seen<'_>> = seen
            .iter()
            .map(|observation| Seen {
                observation,
                scenario: "s",
            })
            .collect();
        let catalogue = Catalogue::parse(r#"{"requirements": []}"#).unwrap();
        let mut findings = group(&seen, &[], &catalogue);
        // What is waived leaves out nothing that is not.
        let mut waived = findings.clone();
        for finding in waived.iter_mut().take(MOST_ALIKE / 2) {
            finding.waiver = Some(WaiverMark {
                expired: false,
                reason: "known".to_owned(),
                owner: "team".to_owned(),
                expires: jiff::civil::date(2026, 12, 31),
            });
        }
        let before = waived.len();
        leave_out_most(&mut waived);
        assert_eq!(waived.len(), before);
        leave_out_most(&mut findings);
        let told: Vec<_> = findings
            .iter()
            .enumerate()
            .filter(|(_, finding)| finding.message != "it differs")
            .map(|(place, finding)| (place, finding.message.as_str()))
            .collect();
        let wanted = "it differs (and 7 more of this kind, not listed)";
        assert_eq!(told, [(MOST_ALIKE - 1, wanted)]);
        assert_eq!(findings.len(), 2 * MOST_ALIKE);
    }
}
