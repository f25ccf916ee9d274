//! The scenarios and steps whose every violation a waiver accepts.

use std::collections::HashMap;

use super::finding::fingerprint;
use super::{Finding, ScenarioResult, StepStatus, WaiverMark};
use crate::evidence::{Observation, Runs};
use crate::plan::Plan;
use crate::terms::{Severity, Status};

/// Marks scenarios and steps that failed or warned by what is accepted only; one that did by more
/// says what is left.
pub(super) fn mark_scenarios(
    scenarios: &mut [ScenarioResult],
    plan: &Plan,
    runs: &Runs,
    findings: &[Finding],
) {
    let accepted: HashMap<&str, &WaiverMark> = findings
        .iter()
        .filter(|finding| finding.is_waived())
        .filter_map(|finding| Some((finding.fingerprint.as_str(), finding.waiver.as_ref()?)))
        .collect();
    if accepted.is_empty() {
        return;
    }
    for (result, planned) in scenarios.iter_mut().zip(&plan.scenarios) {
        let Some(run) = runs.get(&(planned.path.clone(), planned.spec.line)) else {
            continue;
        };
        let grave = run.evidence.observations.iter();
        let grave: Vec<(&Observation, Option<&WaiverMark>)> = grave
            .filter(|seen| seen.severity > Severity::Info)
            .map(|seen| {
                let mark = accepted.get(fingerprint(seen).as_str()).copied();
                (seen, mark)
            })
            .collect();
        if grave.iter().all(|(_, mark)| mark.is_none()) {
            continue;
        }
        if matches!(result.status, Status::Failed | Status::Warned) {
            (result.status, result.reason) = match counted(&grave, None) {
                Some(seen) => (status(seen), Some(seen.message.clone())),
                None => {
                    let mark = grave.iter().find_map(|(_, mark)| *mark);
                    (Status::Waived, mark.map(WaiverMark::sentence))
                }
            };
        }
        for (step, planned) in result.steps.iter_mut().zip(&planned.steps) {
            if !matches!(step.status, StepStatus::Failed | StepStatus::Warned) {
                continue;
            }
            match counted(&grave, Some(planned.line)) {
                Some(seen) => {
                    step.message = Some(seen.message.clone());
                    step.status = match status(seen) {
                        Status::Failed => StepStatus::Failed,
                        _ => StepStatus::Warned,
                    };
                }
                // The message still says what is violated.
                None => step.status = StepStatus::Waived,
            }
        }
    }
}

/// The first of the gravest that nothing accepts, in a step or anywhere.
fn counted<'a>(
    grave: &[(&'a Observation, Option<&WaiverMark>)],
    line: Option<usize>,
) -> Option<&'a Observation> {
    let left = grave
        .iter()
        .filter(|(seen, mark)| mark.is_none() && line.is_none_or(|line| seen.line == line));
    // `max_by_key` would take the last.
    left.map(|(seen, _)| *seen)
        .rev()
        .max_by_key(|seen| seen.severity)
}

const fn status(seen: &Observation) -> Status {
    match seen.severity {
        Severity::Fail => Status::Failed,
        Severity::Warn | Severity::Info => Status::Warned,
    }
}
