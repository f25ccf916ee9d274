//! Two results side by side: what is new, what is left, what is gone. Pure.
//!
//! Findings are the same where their fingerprints are. What is not seen any more is fixed only where
//! it was looked for: what could not be decided, or did not run, is distinguished.

use std::collections::{HashMap, HashSet};

use super::{Comparison, Difference, Finding, LevelChange, RunResult, Side, StatusChange};
use crate::terms::{Level, Severity, Status, Verdict};

/// Why two results can't be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Incomparable {
    /// They are judged by different packs.
    #[error("it was judged by the pack {before}, not by {after}: their findings can't be compared")]
    Pack {
        /// The pack of the earlier result.
        before: String,
        /// That of the later one.
        after: String,
    },
    /// Their formats are of different versions.
    #[error(
        "its schema version is {before}, not {after}: run it again with this version of tmfctk"
    )]
    Schema {
        /// The version of the earlier result.
        before: u32,
        /// That of the later one.
        after: u32,
    },
}

/// Whether a result can be the earlier one of a comparison.
///
/// # Errors
///
/// Where it was judged by another pack, or is of another version of the format.
pub fn comparable(before: &RunResult, pack: &str, schema: u32) -> Result<(), Incomparable> {
    if before.schema_version != schema {
        return Err(Incomparable::Schema {
            before: before.schema_version,
            after: schema,
        });
    }
    if before.kit.pack != pack {
        return Err(Incomparable::Pack {
            before: before.kit.pack.clone(),
            after: pack.to_owned(),
        });
    }
    Ok(())
}

/// Compares two results by the gate of the later one. Where one of them is of a part, what ran in
/// both is compared.
pub fn compare(before: &RunResult, after: &RunResult) -> Comparison {
    let part = Part::of(before, after);
    let is_within = |finding: &Finding| part.as_ref().is_none_or(|part| part.has(finding));
    let (was, is) = (counted(before), counted(after));
    let accepted = |finding: &Finding| {
        let same = |other: &&Finding| other.fingerprint == finding.fingerprint;
        after
            .findings
            .iter()
            .find(same)
            .is_some_and(Finding::is_waived)
    };
    let is_new = |finding: &Finding| {
        let known = was.get(finding.fingerprint.as_str());
        // Where it was excused then, and costs more now, that is new.
        known.is_none_or(|known| known.severity < finding.severity)
    };
    let findings = after.findings.iter();
    let findings = findings.filter(|finding| finding.counts() && is_within(finding));
    let (new, still): (Vec<_>, Vec<_>) = findings.partition(|finding| is_new(finding));
    let mut fixed = Vec::new();
    let mut waived = Vec::new();
    let mut undecided = Vec::new();
    let gone = before
        .findings
        .iter()
        .filter(|finding| finding.counts() && !is.contains_key(finding.fingerprint.as_str()));
    for finding in gone.filter(|finding| is_within(finding)) {
        let looked_for = match &part {
            Some(part) => part.looked_for(finding, after),
            None => was_looked_for(finding, after),
        };
        let list = if accepted(finding) {
            &mut waived
        } else if looked_for {
            &mut fixed
        } else {
            &mut undecided
        };
        list.push(difference(before, finding, false));
    }
    let excused = kit_excuses(&new, after.gate);
    let decides = |finding: &Finding| {
        finding.level <= after.gate
            && (finding.severity == Severity::Fail || after.strict)
            && !(excused && finding.level == Level::Certification)
    };
    let new: Vec<Difference> = new
        .iter()
        .map(|it| difference(after, it, decides(it)))
        .collect();
    let (verdict, reason) = match &part {
        Some(part) => part.verdict(before, after, &new),
        None => verdict(before, after, &new),
    };
    Comparison {
        before: side(before),
        after: side(after),
        verdict,
        reason,
        new,
        still: still
            .iter()
            .map(|it| difference(after, it, false))
            .collect(),
        fixed,
        waived,
        undecided,
        // A part decides no level and no requirement.
        levels: part
            .as_ref()
            .map_or_else(|| levels(before, after), |_| Vec::new()),
        requirements: part
            .as_ref()
            .map_or_else(|| statuses(before, after), |_| Vec::new()),
        notes: notes(before, after),
        part: part.map(|part| part.0.len()),
    }
}

/// The scenarios that ran in both of two results of which one is of a part.
struct Part<'a>(HashSet<&'a str>);

impl<'a> Part<'a> {
    /// None where both are whole.
    fn of(before: &'a RunResult, after: &'a RunResult) -> Option<Self> {
        if before.run.selection.is_none() && after.run.selection.is_none() {
            return None;
        }
        let ids = |result: &'a RunResult| -> HashSet<&'a str> {
            let ids = result.scenarios.iter().map(|scenario| scenario.id.as_str());
            ids.collect()
        };
        let (before, after) = (ids(before), ids(after));
        Some(Self(before.intersection(&after).copied().collect()))
    }

    /// Whether a finding comes from what ran in both.
    fn has(&self, finding: &Finding) -> bool {
        let mut scenarios = finding.scenarios.iter();
        scenarios.any(|id| self.0.contains(id.as_str()))
    }

    /// Whether a result that does not have the finding would have it, were it still there: all its
    /// scenarios came to an end.
    fn looked_for(&self, finding: &Finding, after: &RunResult) -> bool {
        finding.scenarios.iter().all(|id| {
            self.0.contains(id.as_str())
                && scenario_status(after, id).is_some_and(|status| status != Status::Inconclusive)
        })
    }

    fn verdict(
        &self,
        before: &RunResult,
        after: &RunResult,
        new: &[Difference],
    ) -> (Verdict, String) {
        let scenarios = match self.0.len() {
            1 => "the scenario that ran in both".to_owned(),
            count => format!("the {count} scenarios that ran in both"),
        };
        let deciding = new.iter().filter(|difference| difference.decides).count();
        if deciding > 0 {
            let failures = if deciding == 1 { "failure" } else { "failures" };
            let gate = after.gate;
            let reason =
                format!("{deciding} new {failures} up to the gate ({gate}) in {scenarios}");
            return (Verdict::NonConformant, reason);
        }
        let undecided = self.0.iter().any(|id| {
            scenario_status(after, id) == Some(Status::Inconclusive)
                && scenario_status(before, id) != Some(Status::Inconclusive)
        });
        if undecided || self.0.is_empty() {
            let reason =
                format!("no new failure was seen, but less is known than before of {scenarios}");
            return (Verdict::Inconclusive, reason);
        }
        (
            Verdict::Conformant,
            format!("no new failure in {scenarios}"),
        )
    }
}

fn scenario_status(result: &RunResult, id: &str) -> Option<Status> {
    let known = result.scenarios.iter().find(|known| known.id == id);
    known.map(|known| known.status)
}

/// The findings that count, by their fingerprints.
fn counted(result: &RunResult) -> HashMap<&str, &Finding> {
    let findings = result.findings.iter().filter(|finding| finding.counts());
    findings
        .map(|finding| (finding.fingerprint.as_str(), finding))
        .collect()
}

/// Whether a result that does not have the finding would have it, were it still there.
fn was_looked_for(finding: &Finding, after: &RunResult) -> bool {
    let status = status(after, &finding.requirement);
    let decided = status.is_some_and(|status| {
        !matches!(
            status,
            Status::Inconclusive | Status::NotApplicable | Status::NotTested
        )
    });
    decided
        && finding.scenarios.iter().all(|id| {
            let known = after.scenarios.iter().find(|known| known.id == *id);
            known.is_none_or(|known| known.status != Status::Inconclusive)
        })
}

/// With a gate above certification, failures there that are all induced by the kit decide nothing.
fn kit_excuses(new: &[&Finding], gate: Level) -> bool {
    let mut certification = new
        .iter()
        .filter(|finding| finding.level == Level::Certification)
        .filter(|finding| finding.severity == Severity::Fail);
    gate > Level::Certification && certification.all(|finding| finding.kit_induced)
}

fn verdict(before: &RunResult, after: &RunResult, new: &[Difference]) -> (Verdict, String) {
    let gate = after.gate;
    let deciding = new.iter().filter(|difference| difference.decides).count();
    if deciding > 0 {
        let failures = if deciding == 1 { "failure" } else { "failures" };
        let reason = format!("{deciding} new {failures} up to the gate ({gate})");
        return (Verdict::NonConformant, reason);
    }
    // A verdict that rests on no finding of its own has got worse, too.
    let bare = after.levels.iter().find(|level| {
        let mut findings = after.findings.iter().filter(|finding| finding.counts());
        level.level <= gate
            && level.verdict == Verdict::NonConformant
            && level_verdict(before, level.level) != Some(Verdict::NonConformant)
            && !findings.any(|finding| finding.level == level.level)
    });
    if let Some(level) = bare {
        let reason = format!("the level {} has become {}", level.level, level.verdict);
        return (Verdict::NonConformant, reason);
    }
    let unknown = after.requirements.iter().find(|requirement| {
        let known = status(before, &requirement.id);
        requirement.level <= gate
            && requirement.status == Status::Inconclusive
            // In a level that is conformant it is one that can't fail.
            && level_verdict(after, requirement.level) != Some(Verdict::Conformant)
            && known != Some(Status::Inconclusive)
    });
    let level = after.levels.iter().find(|level| {
        level.level <= gate
            && level.verdict == Verdict::Inconclusive
            && level_verdict(before, level.level) != Some(Verdict::Inconclusive)
    });
    let undecided = match (unknown, level) {
        (Some(requirement), _) => Some(requirement.id.clone()),
        (None, level) => level.map(|level| format!("the level {}", level.level)),
    };
    match undecided {
        Some(what) => (
            Verdict::Inconclusive,
            format!("no new failure was seen, but less is known than before, of {what} for one"),
        ),
        None => (
            Verdict::Conformant,
            format!("no new failure up to the gate ({gate})"),
        ),
    }
}

fn status(result: &RunResult, id: &str) -> Option<Status> {
    let known = result.requirements.iter().find(|known| known.id == id);
    known.map(|known| known.status)
}

fn level_verdict(result: &RunResult, level: Level) -> Option<Verdict> {
    let ran = result.levels.iter().find(|ran| ran.level == level);
    ran.map(|ran| ran.verdict)
}

fn levels(before: &RunResult, after: &RunResult) -> Vec<LevelChange> {
    let both = Level::ALL.into_iter().map(|level| LevelChange {
        level,
        before: level_verdict(before, level),
        after: level_verdict(after, level),
    });
    both.filter(|change| change.before.is_some() || change.after.is_some())
        .collect()
}

fn statuses(before: &RunResult, after: &RunResult) -> Vec<StatusChange> {
    let known: HashMap<&str, Status> = before
        .requirements
        .iter()
        .map(|requirement| (requirement.id.as_str(), requirement.status))
        .collect();
    let changed = after.requirements.iter().filter_map(|requirement| {
        let before = *known.get(requirement.id.as_str())?;
        (before != requirement.status).then(|| StatusChange {
            id: requirement.id.clone(),
            level: requirement.level,
            before,
            after: requirement.status,
        })
    });
    changed.collect()
}

fn notes(before: &RunResult, after: &RunResult) -> Vec<String> {
    let mut notes = Vec::new();
    let names = |levels: Vec<Level>| {
        let names: Vec<&str> = levels.iter().map(|level| level.name()).collect();
        names.join(", ")
    };
    let missing = |one: &RunResult, other: &RunResult| -> Vec<Level> {
        let levels = one.levels.iter().map(|ran| ran.level);
        levels
            .filter(|level| level_verdict(other, *level).is_none())
            .collect()
    };
    let only_now = missing(after, before);
    // Of a part only what ran in both is compared.
    let whole = before.run.selection.is_none() && after.run.selection.is_none();
    if whole && !only_now.is_empty() {
        notes.push(format!(
            "did not run in the earlier result, so that all its failures are new: {}",
            names(only_now)
        ));
    }
    let only_then = missing(before, after);
    if whole && !only_then.is_empty() {
        notes.push(format!(
            "ran in the earlier result only, so that nothing is said about it: {}",
            names(only_then)
        ));
    }
    if before.kit.pack_digest != after.kit.pack_digest {
        notes.push(format!(
            "another state of the pack {} judged the earlier result (tmfctk {})",
            before.kit.pack, before.kit.version
        ));
    }
    if before.run.interrupted {
        notes.push("the earlier run was interrupted: what it did not come to is new".to_owned());
    }
    if before.strict != after.strict {
        notes.push("warnings counted as failures in one of the two only (--strict)".to_owned());
    }
    notes
}

fn side(result: &RunResult) -> Side {
    Side {
        target: result.target.url.clone(),
        started_at: result.run.started_at.clone(),
        version: result.kit.version.clone(),
        gate: result.gate,
        verdict: result.verdict,
    }
}

fn difference(of: &RunResult, finding: &Finding, decides: bool) -> Difference {
    let mut findings = of.findings.iter();
    let place = findings.position(|known| known.fingerprint == finding.fingerprint);
    let cause = place.and_then(|place| of.cause_of(place));
    Difference {
        cause: cause.map(super::Cause::headline),
        fingerprint: finding.fingerprint.clone(),
        requirement: finding.requirement.clone(),
        level: finding.level,
        severity: finding.severity,
        message: finding.message.clone(),
        decides,
    }
}

impl Comparison {
    /// The lists, each with the word for it, the one that matters most first.
    pub fn lists(&self) -> [(&'static str, &[Difference]); 5] {
        [
            ("new", &self.new),
            ("still", &self.still),
            ("undecided", &self.undecided),
            ("waived", &self.waived),
            ("fixed", &self.fixed),
        ]
    }

    /// `1 new, 3 still there, 2 fixed`
    pub fn counts(&self) -> String {
        let words = ["new", "still there", "not decided", "now waived", "fixed"];
        let counts = self.lists().into_iter().zip(words);
        let shown: Vec<String> = counts
            .filter(|((word, list), _)| !list.is_empty() || *word == "new")
            .map(|((_, list), word)| format!("{} {word}", list.len()))
            .collect();
        shown.join(", ")
    }

    /// Whether the earlier result had the finding as well.
    pub fn knows(&self, finding: &Finding) -> bool {
        self.still
            .iter()
            .any(|known| known.fingerprint == finding.fingerprint)
    }
}
