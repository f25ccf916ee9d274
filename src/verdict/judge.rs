//! From what the scenarios saw to statuses, levels and the run's verdict.

use std::collections::HashMap;

use jiff::civil::Date;

use super::finding::{self, Seen};
use super::levels::{levels, predicted};
use super::selection;
use super::{
    Finding, LevelResult, RequirementResult, ScenarioResult, StepResult, StepStatus, Waiver,
    WaiverState, waived, waiving,
};
use crate::evidence::{Runs, ScenarioEvidence, ScenarioRun, StepEnd, Stop};
use crate::kit::Replay;
use crate::pack::{Catalogue, Requirement};
use crate::plan::{Plan, Planned};
use crate::terms::{Level, Severity, Status};

/// What the scenarios of a run came to.
#[derive(Debug, Clone)]
pub struct Judgement {
    /// Every planned scenario.
    pub scenarios: Vec<ScenarioResult>,
    /// Every requirement of the levels that ran.
    pub requirements: Vec<RequirementResult>,
    /// Every violation, grouped, the gravest first, what a waiver accepts last.
    pub findings: Vec<Finding>,
    /// The waivers, each with what became of it.
    pub waivers: Vec<Waiver>,
    /// One entry for each level that ran.
    pub levels: Vec<LevelResult>,
    /// What went wrong in the harness itself; never the target's fault.
    pub internal_errors: Vec<String>,
}

/// By what a run is judged.
#[derive(Debug, Clone, Copy)]
pub struct JudgeOptions<'a> {
    /// The highest level that ran.
    pub highest: Level,
    /// Warnings count as failures.
    pub strict: bool,
    /// The reason for scenarios that did not run to their end.
    pub unfinished: &'a str,
    /// Accepted deviations.
    pub waivers: &'a [Waiver],
    /// The day on which they have to be good.
    pub today: Date,
}

/// What one scenario says about one requirement.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Vote {
    status: Status,
    reason: Option<String>,
}

/// Judges a run up to a level: pure, the same input gives the same output.
///
/// `replay` is the replay of the official kit, where there was one: it alone decides the
/// certification level.
pub fn judge(
    plan: &Plan,
    catalogue: &Catalogue,
    runs: &Runs,
    replay: Option<&Replay>,
    options: &JudgeOptions<'_>,
) -> Judgement {
    let mut scenarios = Vec::with_capacity(plan.scenarios.len());
    let mut votes: HashMap<&str, Vec<(String, Vote)>> = HashMap::new();
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
        let result = scenario_result(planned, run, options.unfinished);
        for id in &planned.spec.requirements {
            let vote = vote(id, run, &result);
            votes
                .entry(id)
                .or_default()
                .push((planned.spec.id.clone(), vote));
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
    let mut findings = finding::group(&seen, &blocked, catalogue);
    let mut waivers = waiving::apply(&mut findings, options.waivers, options.today);
    waived::mark_scenarios(&mut scenarios, plan, runs, &findings);
    let votes_on = |id: &str| votes.get(id).map_or(&[][..], Vec::as_slice);
    let left_out = selection::left_out(plan);
    let mut requirements: Vec<_> = catalogue
        .iter()
        .filter(|requirement| requirement.level <= options.highest)
        .map(|requirement| {
            let whole = waivers.iter().any(|waiver| {
                waiver.requirement == requirement.id
                    && waiver.state == WaiverState::Applied
                    && waiver.is_whole()
            });
            let left_out = left_out.get(requirement.id.as_str()).copied();
            let votes = votes_on(&requirement.id);
            requirement_result(requirement, votes, &findings, whole, left_out)
        })
        .collect();
    retain_levels_that_ran(plan, &mut requirements);
    for waiver in &mut waivers {
        // That no violation was seen says something only where all was looked at.
        if waiver.state == WaiverState::Unused
            && undecided(&waiver.requirement, &requirements, votes_on)
        {
            waiver.state = WaiverState::Undecided;
        }
    }
    finding::leave_out_most(&mut findings);
    let mut levels = levels(&requirements, catalogue, options.strict);
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
        waivers,
        levels,
        internal_errors,
    }
}

/// Whether something about a requirement was not decided, or not asked at all.
fn undecided<'a>(
    id: &str,
    requirements: &[RequirementResult],
    votes_on: impl Fn(&str) -> &'a [(String, Vote)],
) -> bool {
    let known = requirements.iter().find(|known| known.id == id);
    let open = |status| matches!(status, Status::Inconclusive | Status::NotApplicable);
    known.is_none_or(|known| open(known.status))
        || votes_on(id)
            .iter()
            .any(|(_, vote)| vote.status == Status::Inconclusive)
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
        looked_at: run.evidence.looked_at.clone(),
        shortest: planned.shortest.clone(),
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
        None => unstopped(planned, evidence),
    }
}

/// A scenario whose every requirement stayed undecided has decided nothing.
fn unstopped(planned: &Planned, evidence: &ScenarioEvidence) -> (Status, Option<String>) {
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
    let looked_at = evidence.looked_at.as_ref();
    if evidence.exchanges.is_empty() && looked_at.is_none_or(|seen| seen.count == 0) {
        let reason = "it sent nothing, and looked at nothing that came";
        return (Status::Inconclusive, Some(reason.to_owned()));
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
fn vote(id: &str, run: &ScenarioRun, result: &ScenarioResult) -> Vote {
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
            Status::Warned
                if matches!(
                    evidence.stop,
                    Some((_, Stop::Blocked { .. } | Stop::Withheld(_)))
                ) =>
            {
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
    Vote { status, reason }
}

/// Whether the step that ended the scenario was its last.
fn checked_whole(evidence: &ScenarioEvidence, run: &ScenarioRun) -> bool {
    let last = run.steps.keys().max();
    evidence
        .stop
        .as_ref()
        .is_none_or(|(line, _)| Some(line) == last)
}

/// What became of a requirement; `whole` says that a waiver accepts every violation of it.
fn requirement_result(
    requirement: &Requirement,
    votes: &[(String, Vote)],
    findings: &[Finding],
    whole: bool,
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
        scenarios: votes.iter().map(|(scenario, _)| scenario.clone()).collect(),
    };
    // Findings count whoever saw them: a review may charge a requirement that it does not name.
    let charged = findings
        .iter()
        .filter(|finding| finding.requirement == requirement.id);
    let (accepted, counted): (Vec<_>, Vec<_>) = charged.partition(|finding| finding.is_waived());
    let gravest = counted.iter().map(|finding| finding.severity).max();
    let sentence = |findings: &[&Finding]| {
        let mut marks = findings
            .iter()
            .filter_map(|finding| finding.waiver.as_ref());
        marks.next().map(super::WaiverMark::sentence)
    };
    let first = |status: Status| votes.iter().find(|(_, vote)| vote.status == status);
    let (status, reason) = if gravest == Some(Severity::Fail) {
        (Status::Failed, sentence(&counted))
    } else if !accepted.is_empty() && whole {
        // Whatever else could not be decided would be accepted as well.
        (Status::Waived, sentence(&accepted))
    } else if gravest == Some(Severity::Warn) && requirement.on_violation <= Severity::Warn {
        // It can do no worse: whatever else could not be decided changes nothing.
        (Status::Warned, None)
    } else if let Some((_, vote)) = first(Status::Inconclusive) {
        (Status::Inconclusive, vote.reason.clone())
    } else if let Some(left_out) = left_out {
        let reason = selection::reason(left_out, votes.len());
        (Status::Inconclusive, Some(reason))
    } else if gravest == Some(Severity::Warn) {
        (Status::Warned, None)
    } else if !accepted.is_empty() {
        (Status::Waived, sentence(&accepted))
    } else if first(Status::Passed).is_some() || first(Status::Warned).is_some() {
        (Status::Passed, None)
    } else if let Some((_, vote)) = first(Status::NotApplicable) {
        (Status::NotApplicable, vote.reason.clone())
    } else if let Some((_, vote)) = first(Status::NotTested) {
        (Status::NotTested, vote.reason.clone())
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

/// Takes out the levels of which a selection left nothing that ran.
fn retain_levels_that_ran(plan: &Plan, requirements: &mut Vec<RequirementResult>) {
    if plan.left_out.is_empty() {
        return;
    }
    let open = |result: &RequirementResult| result.scenarios.is_empty() && result.reason.is_some();
    let ran: Vec<Level> = requirements
        .iter()
        .filter(|result| !open(result))
        .map(|result| result.level)
        .collect();
    requirements.retain(|result| ran.contains(&result.level));
}
