//! From what the scenarios saw to statuses, levels and the run's verdict.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::finding::{self, Seen};
use super::selection;
use super::{
    Counts, Finding, LevelResult, RequirementResult, ScenarioResult, Selection, StepResult,
    StepStatus,
};
use crate::evidence::{Runs, ScenarioEvidence, ScenarioRun, StepEnd, Stop};
use crate::kit::Replay;
use crate::pack::{Catalogue, Requirement};
use crate::plan::{Plan, Planned};
use crate::words::{Level, Severity, Status, Verdict};

/// What the scenarios of a run came to.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// Every planned scenario.
    pub scenarios: Vec<ScenarioResult>,
    /// Every requirement of the levels that ran.
    pub requirements: Vec<RequirementResult>,
    /// Every violation, grouped, the gravest first.
    pub findings: Vec<Finding>,
    /// One entry for each level that ran.
    pub levels: Vec<LevelResult>,
    /// What went wrong in the harness itself; never the target's fault.
    pub internal_errors: Vec<String>,
}

/// What one scenario says about one requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Word {
    status: Status,
    reason: Option<String>,
}

/// Judges a run up to a level: pure, the same input gives the same output.
///
/// `unfinished` is the reason for scenarios that did not run to their end. `replay` is the replay of
/// the official kit, where there was one: it alone decides the certification level.
pub fn judge(
    plan: &Plan,
    catalogue: &Catalogue,
    runs: &Runs,
    replay: Option<&Replay>,
    highest: Level,
    strict: bool,
    unfinished: &str,
) -> Judgement {
    let mut scenarios = Vec::with_capacity(plan.scenarios.len());
    let mut words: HashMap<&str, Vec<(String, Word)>> = HashMap::new();
    let mut seen = Vec::new();
    let mut blocked = Vec::new();
    let mut internal_errors = Vec::new();
    let nothing = ScenarioRun::default();
    for planned in &plan.scenarios {
        let place = (planned.path.clone(), planned.spec.line);
        let run = runs.get(&place).unwrap_or(&nothing);
        if let Some(error) = internal_error(planned, run) {
            internal_errors.push(error);
        }
        let result = scenario_result(planned, run, unfinished);
        for id in &planned.spec.requirements {
            let word = word(id, run, &result);
            words
                .entry(id)
                .or_default()
                .push((planned.spec.id.clone(), word));
        }
        for observation in &run.evidence.observations {
            seen.push(Seen {
                observation,
                scenario: &planned.spec.id,
            });
        }
        if let Some((
            _,
            Stop::Blocked {
                exchange: Some(exchange),
                ..
            },
        )) = &run.evidence.stop
        {
            blocked.push((*exchange, planned.spec.id.clone()));
        }
        scenarios.push(result);
    }
    let findings = finding::group(&seen, &blocked, catalogue);
    let left_out = selection::left_out(plan);
    let mut requirements: Vec<_> = catalogue
        .iter()
        .filter(|requirement| requirement.level <= highest)
        .map(|requirement| {
            let said = words
                .get(requirement.id.as_str())
                .map_or(&[][..], Vec::as_slice);
            let left_out = left_out.get(requirement.id.as_str()).copied();
            requirement_result(requirement, said, &findings, left_out)
        })
        .collect();
    selection::retain_levels_that_ran(plan, &mut requirements);
    let mut levels = levels(&requirements, catalogue, strict);
    if let Some(replay) = replay {
        let certification = levels
            .iter_mut()
            .find(|one| one.level == Level::Certification);
        if let Some(certification) = certification {
            certification.verdict = predicted(replay.would_pass);
        }
    }
    Judgement {
        scenarios,
        requirements,
        findings,
        levels,
        internal_errors,
    }
}

/// A step that failed without having recorded why is a defect of the harness.
fn internal_error(planned: &Planned, run: &ScenarioRun) -> Option<String> {
    if run.evidence.stop.is_some() {
        return None;
    }
    run.steps.iter().find_map(|(line, end)| match end {
        StepEnd::Failed(text) => Some(format!("{}:{line}: {text}", planned.path)),
        StepEnd::Passed | StepEnd::Skipped => None,
    })
}

fn scenario_result(planned: &Planned, run: &ScenarioRun, unfinished: &str) -> ScenarioResult {
    let (status, reason) = scenario_status(planned, run, unfinished);
    ScenarioResult {
        id: planned.spec.id.clone(),
        name: planned.spec.name.clone(),
        feature: planned.feature.clone(),
        level: planned.spec.level,
        requirements: planned.spec.requirements.clone(),
        status,
        reason,
        duration_ms: u64::try_from(run.duration.as_millis()).unwrap_or(u64::MAX),
        steps: steps(planned, run),
        exchanges: run.evidence.exchanges.iter().copied().collect(),
    }
}

fn scenario_status(
    planned: &Planned,
    run: &ScenarioRun,
    unfinished: &str,
) -> (Status, Option<String>) {
    let evidence = &run.evidence;
    if let Some(gravest) = evidence.observations.iter().max_by(|a, b| {
        // The first of the gravest ones: `max_by` would take the last.
        a.severity
            .cmp(&b.severity)
            .then(std::cmp::Ordering::Greater)
    }) {
        let status = match gravest.severity {
            Severity::Fail => Some(Status::Failed),
            Severity::Warn => Some(Status::Warned),
            Severity::Info => None,
        };
        if let Some(status) = status {
            return (status, Some(gravest.message.clone()));
        }
    }
    if let Some(error) = internal_error(planned, run) {
        return (
            Status::Inconclusive,
            Some(format!("the harness itself failed: {error}")),
        );
    }
    match &evidence.stop {
        Some((_, Stop::NotApplicable(reason))) => (Status::NotApplicable, Some(reason.clone())),
        Some((_, stop)) => (Status::Inconclusive, Some(stop.to_string())),
        None if !run.finished => (Status::Inconclusive, Some(unfinished.to_owned())),
        None => undecided(planned, evidence),
    }
}

/// A scenario whose every requirement stayed undecided has decided nothing.
fn undecided(planned: &Planned, evidence: &ScenarioEvidence) -> (Status, Option<String>) {
    let said = |list: &[(String, String)], id: &String| {
        list.iter()
            .find(|(known, _)| known == id)
            .map(|(_, reason)| reason.clone())
    };
    let requirements = &planned.spec.requirements;
    let reasons: Vec<_> = requirements
        .iter()
        .filter_map(|id| said(&evidence.undecided, id))
        .collect();
    if !reasons.is_empty() && reasons.len() == requirements.len() {
        return (Status::Inconclusive, reasons.into_iter().next());
    }
    (Status::Passed, None)
}

fn steps(planned: &Planned, run: &ScenarioRun) -> Vec<StepResult> {
    planned
        .steps
        .iter()
        .map(|step| {
            let gravest = run
                .evidence
                .observations
                .iter()
                .filter(|seen| seen.line == step.line && seen.severity > Severity::Info)
                .max_by_key(|seen| seen.severity);
            let stopped = run
                .evidence
                .stop
                .as_ref()
                .filter(|(line, _)| *line == step.line);
            let (status, message) = match (gravest, stopped, run.steps.get(&step.line)) {
                (Some(seen), ..) if seen.severity == Severity::Fail => {
                    (StepStatus::Failed, Some(seen.message.clone()))
                }
                (_, Some((_, Stop::NotApplicable(reason))), _) => {
                    (StepStatus::NotApplicable, Some(reason.clone()))
                }
                (_, Some((_, stop)), _) => (StepStatus::Inconclusive, Some(stop.to_string())),
                (Some(seen), ..) => (StepStatus::Warned, Some(seen.message.clone())),
                (None, None, Some(StepEnd::Passed)) => (StepStatus::Passed, None),
                (None, None, Some(StepEnd::Failed(text))) => {
                    (StepStatus::Inconclusive, Some(text.clone()))
                }
                (None, None, Some(StepEnd::Skipped) | None) => (StepStatus::Skipped, None),
            };
            StepResult {
                keyword: step.keyword.clone(),
                text: step.text.clone(),
                status,
                message,
                table: step.table.clone(),
            }
        })
        .collect()
}

/// What one scenario says about one of its requirements.
fn word(id: &str, run: &ScenarioRun, result: &ScenarioResult) -> Word {
    let evidence = &run.evidence;
    let own = evidence
        .observations
        .iter()
        .filter(|seen| seen.requirement == id);
    let gravest = own.max_by_key(|seen| seen.severity);
    let reason_in = |list: &[(String, String)]| {
        list.iter()
            .find(|(known, _)| known == id)
            .map(|(_, reason)| reason.clone())
    };
    let (status, reason) = if gravest.is_some_and(|seen| seen.severity == Severity::Fail) {
        (Status::Failed, None)
    } else if let Some(reason) = reason_in(&evidence.untested) {
        (Status::NotTested, Some(reason))
    } else if let Some(reason) = reason_in(&evidence.undecided) {
        (Status::Inconclusive, Some(reason))
    } else {
        match result.status {
            _ if evidence.held.contains(id) && gravest.is_none() => (Status::Passed, None),
            Status::NotApplicable | Status::Inconclusive => (result.status, result.reason.clone()),
            // The scenario ended at another requirement's violation before all was checked.
            // Or at one of its own that warned, before what can fail was checked.
            Status::Warned if matches!(evidence.stop, Some((_, Stop::Blocked { .. }))) => {
                let cause = evidence.stop.as_ref().map(|(_, stop)| stop.to_string());
                (Status::Inconclusive, cause)
            }
            Status::Failed if evidence.stop.is_some() && !checked_whole(evidence, run) => {
                let cause = result.reason.clone().unwrap_or_default();
                (Status::Inconclusive, Some(format!("not decided: {cause}")))
            }
            _ if gravest.is_some_and(|seen| seen.severity == Severity::Warn) => {
                (Status::Warned, None)
            }
            _ => (Status::Passed, None),
        }
    };
    Word { status, reason }
}

/// Whether the step that ended the scenario was its last.
fn checked_whole(evidence: &ScenarioEvidence, run: &ScenarioRun) -> bool {
    let last = run.steps.keys().max();
    evidence
        .stop
        .as_ref()
        .is_none_or(|(line, _)| Some(line) == last)
}

fn requirement_result(
    requirement: &Requirement,
    said: &[(String, Word)],
    findings: &[Finding],
    left_out: Option<usize>,
) -> RequirementResult {
    let mut result = RequirementResult {
        id: requirement.id.clone(),
        level: requirement.level,
        strength: requirement.strength,
        status: Status::Passed,
        reason: None,
        statement: requirement.statement.clone(),
        sources: requirement.sources.clone(),
        scenarios: said.iter().map(|(scenario, _)| scenario.clone()).collect(),
    };
    // Findings count whoever saw them: a review may charge a requirement that it does not name.
    let charged = findings
        .iter()
        .filter(|finding| finding.requirement == requirement.id);
    let gravest = charged.map(|finding| finding.severity).max();
    let first = |status: Status| said.iter().find(|(_, word)| word.status == status);
    let (status, reason) = if gravest == Some(Severity::Fail) {
        (Status::Failed, None)
    } else if gravest == Some(Severity::Warn) && requirement.on_violation <= Severity::Warn {
        // It can do no worse: whatever else could not be decided changes nothing.
        (Status::Warned, None)
    } else if let Some((_, word)) = first(Status::Inconclusive) {
        (Status::Inconclusive, word.reason.clone())
    } else if let Some(left_out) = left_out {
        let reason = selection::reason(left_out, said.len());
        (Status::Inconclusive, Some(reason))
    } else if gravest == Some(Severity::Warn) {
        (Status::Warned, None)
    } else if first(Status::Passed).is_some() || first(Status::Warned).is_some() {
        (Status::Passed, None)
    } else if let Some((_, word)) = first(Status::NotApplicable) {
        (Status::NotApplicable, word.reason.clone())
    } else if let Some((_, word)) = first(Status::NotTested) {
        (Status::NotTested, word.reason.clone())
    } else if let Some(reason) = &requirement.not_testable {
        (Status::NotTested, Some(reason.clone()))
    } else {
        (
            Status::Inconclusive,
            Some("no scenario of this run checks it".to_owned()),
        )
    };
    result.status = status;
    result.reason = reason;
    result
}

fn levels(
    requirements: &[RequirementResult],
    catalogue: &Catalogue,
    strict: bool,
) -> Vec<LevelResult> {
    let mut by_level: BTreeMap<Level, Vec<&RequirementResult>> = BTreeMap::new();
    for requirement in requirements {
        by_level
            .entry(requirement.level)
            .or_default()
            .push(requirement);
    }
    by_level
        .into_iter()
        .map(|(level, requirements)| {
            let mut counts = Counts::default();
            let mut failed = false;
            let mut undecided = false;
            for requirement in requirements {
                counts.add(requirement.status);
                let can_fail = catalogue.get(&requirement.id).is_some_and(|known| {
                    known.on_violation == Severity::Fail
                        || strict && known.on_violation == Severity::Warn
                });
                failed |= requirement.status == Status::Failed
                    || strict && requirement.status == Status::Warned;
                undecided |= requirement.status == Status::Inconclusive && can_fail;
            }
            let verdict = match (failed, undecided) {
                (true, _) => Verdict::NonConformant,
                (false, true) => Verdict::Inconclusive,
                (false, false) => Verdict::Conformant,
            };
            LevelResult {
                level,
                verdict,
                counts,
            }
        })
        .collect()
}

/// The certification level says what the official kit would say (the contract's "Verdicts"): a
/// replay that was broken off predicts nothing, whatever had failed by then.
const fn predicted(would_pass: Option<bool>) -> Verdict {
    match would_pass {
        Some(true) => Verdict::Conformant,
        Some(false) => Verdict::NonConformant,
        None => Verdict::Inconclusive,
    }
}

/// The run's verdict and why, from the levels up to the gate.
///
/// With a gate above certification, certification failures that are all induced by the kit do
/// not decide it (the contract's exception). A level of which a selection left nothing that ran is
/// as open as one that was not decided.
pub fn run_verdict(
    levels: &[LevelResult],
    findings: &[Finding],
    gate: Level,
    selection: Option<&Selection>,
) -> (Verdict, String) {
    let mut certification = findings
        .iter()
        .filter(|finding| finding.level == Level::Certification)
        .filter(|finding| finding.severity == Severity::Fail)
        .peekable();
    let excused = gate > Level::Certification
        && certification.peek().is_some()
        && certification.all(|finding| finding.kit_induced);
    let ran = levels.iter().map(|result| (result.level, result.verdict));
    let left_out = selection.map_or(&[][..], |it| &it.levels_left_out);
    let left_out = left_out.iter().map(|level| (*level, Verdict::Inconclusive));
    let deciding: Vec<_> = ran
        .chain(left_out)
        .filter(|(level, _)| *level <= gate)
        .filter(|(level, _)| !(excused && *level == Level::Certification))
        .collect();
    let named = |wanted: Verdict| {
        let names: BTreeSet<_> = deciding
            .iter()
            .filter(|(_, verdict)| *verdict == wanted)
            .map(|(level, _)| *level)
            .collect();
        names
            .iter()
            .map(|level| level.name())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let selected = selection.map_or_else(String::new, |selection| {
        format!("; {} were selected", selection.share())
    });
    for verdict in [Verdict::NonConformant, Verdict::Inconclusive] {
        let names = named(verdict);
        if !names.is_empty() {
            let plural = if names.contains(',') {
                "levels"
            } else {
                "level"
            };
            return (
                verdict,
                format!("{verdict} at the {plural} {names}{selected}"),
            );
        }
    }
    let mut reason = format!("every level up to the gate ({gate}) is conformant");
    if excused {
        reason = format!(
            "conformant up to the gate ({gate}); the official kit would fail this target, but only \
             because of its own flaws"
        );
    }
    reason.push_str(&selected);
    (Verdict::Conformant, reason)
}
