//! What explains the findings: a short list of what to mend in place of a long one of what was seen.
//!
//! A *cause* is diagnosed by a fault dictionary, as hardware is: the self-test knows which
//! requirements each fault of the reference implementation makes fail. The faults that account best
//! for what failed, and for little that passed, are looked for one after the other (a greedy set
//! cover). What no fault explains is grouped by its kind. Pure: the same input gives the same
//! causes.
//!
//! Each fail and warn finding of the run's own records belongs to exactly one cause.

mod cover;
mod dictionary;
mod evidence;
mod measure;
mod wording;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use self::cover::Group;
pub use self::dictionary::Dictionary;
pub use self::evidence::Evidence;
use self::evidence::short;
pub use self::measure::{Measured, Sum};
use self::wording::Wording;
use crate::pack::Catalogue;
use crate::terms::{Level, Severity};
use crate::verdict::{Cause, Confidence, Finding, RunResult};

/// Requirements that `--only` is given for one cause.
const MOST_CHECKED: usize = 12;

/// The causes of a result, in the order in which they should be mended.
pub fn of(result: &RunResult, catalogue: &Catalogue) -> Vec<Cause> {
    diagnose(
        &Evidence::of(result, catalogue),
        Dictionary::embedded(),
        &result.findings,
    )
}

/// The causes of some findings by a dictionary.
pub fn diagnose(
    evidence: &Evidence<'_>,
    dictionary: &Dictionary,
    findings: &[Finding],
) -> Vec<Cause> {
    let groups = cover::groups(evidence, dictionary);
    let mut causes: Vec<(Cause, Group<'_>)> = groups
        .into_iter()
        .map(|group| (cause(&group, evidence, findings), group))
        .collect();
    causes.sort_by_cached_key(|(cause, _)| rank(cause, findings));
    let parents: Vec<Option<usize>> = (0..causes.len())
        .map(|place| {
            let (before, rest) = causes.split_at(place);
            let (_, group) = rest.first()?;
            before
                .iter()
                .position(|(_, above)| cover::follows(group, above, dictionary))
        })
        .collect();
    unfold(causes, &parents)
}

/// Each cause with those that follow from it behind it.
fn unfold(causes: Vec<(Cause, Group<'_>)>, parents: &[Option<usize>]) -> Vec<Cause> {
    let ids: Vec<String> = causes.iter().map(|(cause, _)| cause.id.clone()).collect();
    // The cause at the top of each chain, and the way down to it: followers stand below.
    let path = |mut place: usize| {
        let mut path = vec![place];
        while let Some(above) = parents[place] {
            path.push(above);
            place = above;
        }
        path.reverse();
        path
    };
    let mut placed: Vec<(Vec<usize>, Cause)> = causes
        .into_iter()
        .enumerate()
        .map(|(place, (mut cause, _))| {
            cause.follows = parents[place].map(|above| ids[above].clone());
            (path(place), cause)
        })
        .collect();
    placed.sort_by(|(one, _), (other, _)| one.cmp(other));
    placed.into_iter().map(|(_, cause)| cause).collect()
}

/// What is to be mended first: what counts, fails, decides the lowest level and explains most there.
fn rank(cause: &Cause, findings: &[Finding]) -> impl Ord + use<> {
    let own = cause.findings.iter();
    let mut own = own.filter_map(|place| findings.get(*place));
    let of_level = own.clone().filter(|one| one.level == cause.level);
    let most = of_level.count();
    (
        !own.any(|finding| finding.counts() && !finding.kit_induced),
        std::cmp::Reverse(cause.severity),
        cause.level,
        std::cmp::Reverse(most),
        std::cmp::Reverse(cause.findings.len()),
        cause.id.clone(),
    )
}

fn cause(group: &Group<'_>, evidence: &Evidence<'_>, findings: &[Finding]) -> Cause {
    let members: BTreeSet<usize> = group
        .members
        .iter()
        .flat_map(|id| evidence.findings_of(id))
        .collect();
    let own: Vec<&Finding> = members.iter().filter_map(|at| findings.get(*at)).collect();
    let severity = own.iter().map(|finding| finding.severity).max();
    let severity = severity.unwrap_or(Severity::Warn);
    let gravest = own.iter().filter(|finding| finding.severity == severity);
    let level = gravest.map(|finding| finding.level).min();
    let first = group.first.to_owned();
    let mut levels: BTreeMap<&str, _> = BTreeMap::new();
    for finding in &own {
        levels.insert(&finding.requirement, finding.level);
    }
    let mut requirements: Vec<String> = levels.keys().map(|id| (*id).to_owned()).collect();
    requirements.sort_by_key(|id| (*id != first, levels.get(id.as_str()).copied(), id.clone()));
    let fault = group.fault();
    let kind = group.kind.clone();
    let wording = Wording::embedded();
    let id = match fault {
        Some(fault) => fault.name.to_owned(),
        None => kind.clone(),
    };
    let title = match fault {
        Some(fault) => fault.title.to_owned(),
        None if requirements.len() == 1 => evidence.statement(&first).to_owned(),
        None => wording.title(&kind, members.len(), requirements.len()),
    };
    Cause {
        id,
        title,
        fault: fault.map(|fault| fault.name.to_owned()),
        confidence: match fault {
            Some(_) if group.exact => Confidence::Certain,
            Some(_) => Confidence::Likely,
            None => Confidence::Guess,
        },
        severity,
        level: level.unwrap_or(Level::Certification),
        advice: wording.advice(&kind).to_owned(),
        only: only(&requirements, evidence),
        kind,
        requirements,
        findings: members.into_iter().collect(),
        follows: None,
    }
}

/// What `--only` is given to check whether a cause is gone: what no scenario names, it can't select.
fn only(requirements: &[String], evidence: &Evidence<'_>) -> String {
    let mut tails: HashMap<&str, usize> = HashMap::new();
    for id in evidence.ids() {
        *tails.entry(short(id)).or_default() += 1;
    }
    let checked = requirements.iter().filter(|id| evidence.is_checked(id));
    let names = checked.take(MOST_CHECKED).map(|id| {
        let tail = short(id);
        if tails.get(tail) == Some(&1) {
            tail
        } else {
            id
        }
    });
    names.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Pack;
    use crate::selftest::CaseOutcome;
    use proptest::prelude::*;
    use serde_json::json;

    /// The outcome of a run in which some requirements are violated and all others hold.
    fn outcome(catalogue: &Catalogue, violated: &[(usize, bool)]) -> CaseOutcome {
        let all: Vec<_> = catalogue.iter().collect();
        let violated: BTreeMap<&str, bool> = violated
            .iter()
            .map(|(place, fails)| (all[place % all.len()].id.as_str(), *fails))
            .collect();
        let findings = violated.iter().map(|(id, fails)| {
            json!({
                "requirement": id, "level": "profile", "severity": if *fails { "fail" } else { "warn" },
                "message": "it differs", "expected": null, "actual": null, "pointer": null,
                "exchange": null, "kitInduced": false, "fingerprint": id, "count": 1, "scenarios": []
            })
        });
        let statuses = all.iter().map(|known| {
            let status = match violated.get(known.id.as_str()) {
                None => "passed",
                Some(true) => "failed",
                Some(false) => "warned",
            };
            json!([known.id, status])
        });
        let outcome = json!({
            "run": { "startedAt": "", "durationMs": 1, "seed": "", "interrupted": false,
                     "level": "guideline", "repeat": "" },
            "verdict": "non-conformant", "reason": "", "scenarios": [], "target": "http://h/",
            "requirements": statuses.collect::<Vec<_>>(),
            "findings": findings.collect::<Vec<_>>(), "answers": []
        });
        serde_json::from_value(outcome).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn each_finding_has_exactly_one_cause(
            violated in proptest::collection::vec((0_usize..1000, any::<bool>()), 0..40)
        ) {
            let pack = Pack::embedded("tmf683@4.0.0").unwrap();
            let catalogue = pack.catalogue().unwrap();
            let outcome = outcome(catalogue, &violated);
            let evidence = Evidence::of_case(&outcome, catalogue);
            let causes = diagnose(&evidence, Dictionary::embedded(), &outcome.findings);
            let mut explained: Vec<usize> =
                causes.iter().flat_map(|cause| cause.findings.clone()).collect();
            explained.sort_unstable();
            prop_assert_eq!(explained, (0..outcome.findings.len()).collect::<Vec<_>>());
            let ids: BTreeSet<&str> = causes.iter().map(|cause| cause.id.as_str()).collect();
            prop_assert_eq!(ids.len(), causes.len());
            for (place, cause) in causes.iter().enumerate() {
                // What follows stands below what it follows from.
                if let Some(above) = &cause.follows {
                    prop_assert!(causes[..place].iter().any(|known| known.id == *above));
                }
            }
        }
    }
}
