//! From statuses of requirements to the verdict of each level, and from these to the run's.

use std::collections::{BTreeMap, BTreeSet};

use super::{Counts, Finding, LevelResult, RequirementResult, Selection};
use crate::pack::Catalogue;
use crate::terms::{Level, Severity, Status, Verdict};

/// One entry for each level that has requirements, lowest first.
pub(super) fn levels(
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
pub(super) const fn predicted(would_pass: Option<bool>) -> Verdict {
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
    let decides = |level: Level| level <= gate && !(excused && level == Level::Certification);
    let ran = levels.iter().map(|result| (result.level, result.verdict));
    let left_out = selection.map_or(&[][..], |it| &it.levels_left_out);
    let left_out = left_out.iter().map(|level| (*level, Verdict::Inconclusive));
    let deciding: Vec<_> = ran
        .chain(left_out)
        .filter(|(level, _)| decides(*level))
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
            let reason = format!("{verdict} at the {plural} {names}{selected}");
            return (verdict, reason);
        }
    }
    let mut reason = format!("every level up to the gate ({gate}) is conformant");
    if excused {
        reason = format!(
            "conformant up to the gate ({gate}); the official kit would fail this target, but only \
             because of its own flaws"
        );
    }
    let waived = levels.iter().filter(|result| decides(result.level));
    let waived: usize = waived.map(|result| result.counts.waived).sum();
    if waived > 0 {
        let which = match waived {
            1 => "one violated requirement is waived".to_owned(),
            _ => format!("{waived} violated requirements are waived"),
        };
        reason.push_str(&format!("; {which}"));
    }
    reason.push_str(&selected);
    (Verdict::Conformant, reason)
}
