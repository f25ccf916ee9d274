//! The search: which faults, each with the requirements that it explains, account for what failed.

use std::collections::{BTreeMap, BTreeSet};

use super::dictionary::{Dictionary, Entry};
use super::evidence::{Evidence, KIT_FLAW, Violated};
use crate::terms::Severity;

/// One requirement, in the units in which a diagnosis is weighed.
const ONE: usize = 120;
/// Causes of one kind that are reported as one.
const ALIKE: usize = 3;

/// Requirements with one cause.
#[derive(Debug)]
pub struct Group<'a> {
    /// The fault that explains them; none where no known one does.
    entry: Option<&'a Entry>,
    /// The requirement that is broken; the others follow.
    pub first: &'a str,
    /// All of its requirements.
    pub members: BTreeSet<&'a str>,
    /// The kind of the violation.
    pub kind: String,
    /// Whether the fault explains all of it, and no other does as well.
    pub exact: bool,
    /// Whether the fault explains enough to be named.
    named: bool,
}

impl<'a> Group<'a> {
    /// The fault, where enough speaks for it.
    pub fn fault(&self) -> Option<&'a Entry> {
        self.entry.filter(|_| self.named)
    }
}

/// How well a fault explains what is still open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fit {
    score: usize,
    words: usize,
    // Fewer is better: the greatest possible minus what is missing.
    missing: std::cmp::Reverse<usize>,
    covered: usize,
    /// What it explains less what is missing: the words have no say in it.
    bare: usize,
}

/// All that is violated, grouped by cause.
pub fn groups<'a>(evidence: &'a Evidence<'a>, dictionary: &'a Dictionary) -> Vec<Group<'a>> {
    let mut open: BTreeSet<&str> = evidence.violated().keys().copied().collect();
    let mut groups = Vec::new();
    while let Some(group) = best(&open, evidence, dictionary) {
        open.retain(|id| !group.members.contains(id));
        groups.push(group);
    }
    for id in open {
        leave(id, evidence, &mut groups);
    }
    by_kind(groups, evidence)
}

/// The fault that explains most of what is open, with all that it may explain.
fn best<'a>(
    open: &BTreeSet<&'a str>,
    evidence: &'a Evidence<'a>,
    dictionary: &'a Dictionary,
) -> Option<Group<'a>> {
    let fits = dictionary
        .iter()
        .filter_map(|entry| Some((fit(entry, open, evidence)?, entry)));
    let mut fits: Vec<(Fit, &Entry)> = fits.collect();
    // The sort is stable: equals stay in the order of their names.
    fits.sort_by(|(one, _), (other, _)| other.cmp(one));
    let (fit, entry) = *fits.first()?;
    let alone = fits.iter().skip(1).all(|(next, _)| next.bare < fit.bare);
    let explained = |id: &&&str| entry.violates(id) && is_covered(entry, id, evidence);
    let mut members: BTreeSet<&str> = open.iter().filter(explained).copied().collect();
    let covered = members.len();
    let first = *open.get(entry.breaks.as_str())?;
    let operations: BTreeSet<&String> = members
        .iter()
        .filter_map(|id| evidence.violated().get(id))
        .flat_map(|known| &known.operations)
        .collect();
    let left = open.iter().filter(|id| !members.contains(*id));
    let related: Vec<&str> = left
        .filter(|id| is_related(id, first, &operations, evidence, dictionary))
        .copied()
        .collect();
    members.extend(&related);
    let missing = fit.missing.0;
    Some(Group {
        entry: Some(entry),
        first,
        kind: kind_of(first, evidence),
        exact: alone && missing == 0 && related.is_empty(),
        // What comes besides should not be more than what is explained.
        named: related.len() <= covered && 2 * missing <= covered * ONE,
        members,
    })
}

/// How well a fault explains what is open; none where it does not.
fn fit(entry: &Entry, open: &BTreeSet<&str>, evidence: &Evidence<'_>) -> Option<Fit> {
    if !open.contains(entry.breaks.as_str()) || !is_covered(entry, &entry.breaks, evidence) {
        return None;
    }
    let known = evidence.violated().get(entry.breaks.as_str())?;
    let (mut covered, mut missing, mut apart) = (0, 0, 0);
    for id in entry.all() {
        if evidence.holds(id) {
            missing += ONE;
        } else if let Some(other) = evidence.violated().get(id) {
            match is_covered(entry, id, evidence) {
                true if open.contains(id) => {
                    covered += 1;
                    // What shows elsewhere only speaks less for it.
                    apart += usize::from(!share_a_path(known, other));
                }
                true => {}
                // It costs less than with the fault, or more.
                false => missing += ONE / 2,
            }
        }
    }
    let looked: Vec<bool> = entry
        .scenarios
        .iter()
        .filter_map(|id| evidence.failed(id))
        .collect();
    let hit = looked.iter().filter(|failed| **failed).count();
    if !looked.is_empty() {
        if hit == 0 {
            return None;
        }
        missing += (looked.len() - hit) * ONE / looked.len();
    }
    let beyond = known.scenarios.difference(&entry.scenarios).count();
    missing += beyond * ONE / (2 * known.scenarios.len().max(1));
    if !entry.statuses.is_empty() && entry.statuses.is_disjoint(&known.statuses) {
        missing += ONE;
    }
    let words = entry.words.intersection(&known.words).count();
    let words = words * ONE / entry.words.len().max(1);
    // What passed though it should have failed speaks against it, as much as what it explains for it.
    let score = (covered * ONE).checked_sub(missing)?;
    Some(Fit {
        score: (score + 2 * words).saturating_sub(apart * ONE / 2),
        words,
        missing: std::cmp::Reverse(missing),
        covered,
        bare: score,
    })
}

/// Whether a requirement is violated as gravely as the fault would have it.
fn is_covered(entry: &Entry, id: &str, evidence: &Evidence<'_>) -> bool {
    let severity = evidence.violated().get(id).and_then(|known| known.severity);
    match severity {
        Some(Severity::Fail) => entry.fails.contains(id),
        Some(Severity::Warn) => entry.warns.contains(id),
        _ => false,
    }
}

/// Whether one fault is known to violate both requirements, in a way that is like what was seen: less
/// is asked for where the same operation shows both.
fn is_related(
    id: &str,
    first: &str,
    operations: &BTreeSet<&String>,
    evidence: &Evidence<'_>,
    dictionary: &Dictionary,
) -> bool {
    let Some(known) = evidence.violated().get(id) else {
        return false;
    };
    let shared = known.operations.iter().any(|it| operations.contains(it));
    if shared && both_break_down(known, first, evidence) {
        return true;
    }
    let percent = if shared { 25 } else { 50 };
    // A fault whose own requirement holds is not there.
    let may_be = |entry: &&Entry| {
        entry.violates(first)
            && entry.violates(id)
            && evidence.violated().contains_key(entry.breaks.as_str())
    };
    dictionary.iter().filter(may_be).any(|entry| {
        let hold = entry.all().filter(|id| evidence.holds(id)).count();
        let fail = entry
            .all()
            .filter(|id| evidence.violated().contains_key(id));
        let fail = fail.count();
        fail * 100 >= (fail + hold) * percent
    })
}

/// Whether both show in answers to the same method on the same path.
fn share_a_path(one: &Violated, other: &Violated) -> bool {
    let path = |operation: &str| {
        let mut words = operation.split(' ');
        (
            words.next().map(str::to_owned),
            words.next().map(str::to_owned),
        )
    };
    let paths: Vec<_> = one.operations.iter().map(|it| path(it)).collect();
    other.operations.iter().any(|it| paths.contains(&path(it)))
}

/// Whether all that shows both is a server that breaks down: an answer of 5xx.
fn both_break_down(known: &Violated, first: &str, evidence: &Evidence<'_>) -> bool {
    let broken = |known: &Violated| {
        !known.statuses.is_empty() && known.statuses.iter().all(|code| *code >= 500)
    };
    broken(known) && evidence.violated().get(first).is_some_and(broken)
}

fn kind_of(id: &str, evidence: &Evidence<'_>) -> String {
    let known = evidence.violated().get(id);
    known.map(|known| known.kind.clone()).unwrap_or_default()
}

/// What no fault explains stands with what is of its kind.
fn leave<'a>(id: &'a str, evidence: &Evidence<'_>, groups: &mut Vec<Group<'a>>) {
    let kind = kind_of(id, evidence);
    if let Some(group) = groups.iter_mut().find(|group| group.kind == kind) {
        group.members.insert(id);
        group.exact = false;
        return;
    }
    groups.push(Group {
        entry: None,
        first: id,
        members: [id].into(),
        kind,
        exact: false,
        named: false,
    });
}

/// The kind of most of a group's requirements.
fn most_frequent_kind(group: &Group<'_>, evidence: &Evidence<'_>) -> String {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for id in &group.members {
        *counts.entry(kind_of(id, evidence)).or_default() += 1;
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    most.map(|(kind, _)| kind).unwrap_or_default()
}

/// What no fault explains is grouped by its kind. Where several causes are of one kind, the kind is the
/// cause: the server does not do the thing.
fn by_kind<'a>(groups: Vec<Group<'a>>, evidence: &Evidence<'_>) -> Vec<Group<'a>> {
    let mut kinds: BTreeMap<String, Vec<Group<'a>>> = BTreeMap::new();
    for group in groups {
        let kind = match group.fault() {
            Some(_) => group.kind.clone(),
            None => most_frequent_kind(&group, evidence),
        };
        kinds.entry(kind).or_default().push(group);
    }
    let mut merged = Vec::new();
    for (kind, alike) in kinds {
        let many = alike.len() >= ALIKE || kind == KIT_FLAW;
        let unnamed = alike.iter().any(|group| group.fault().is_none());
        // Where the kind has a cause of its own, what is small stands in it.
        let apart = |group: &Group<'_>| {
            group.fault().is_some() && !many && !(unnamed && group.members.len() == 1)
        };
        let (named, alike): (Vec<_>, Vec<_>) = alike.into_iter().partition(apart);
        merged.append(&mut without_crumbs(named, evidence));
        let members: BTreeSet<&str> = alike
            .iter()
            .flat_map(|group| group.members.iter().copied())
            .collect();
        // The first is that of the gravest violation with most findings, then that of the first id.
        let gravest = members.iter().max_by(|one, other| {
            let weight = |id: &str| {
                let known = evidence.violated().get(id);
                known.map(|known| (known.severity, known.findings.len()))
            };
            weight(one).cmp(&weight(other)).then(other.cmp(one))
        });
        let Some(first) = gravest.copied() else {
            continue;
        };
        merged.push(Group {
            entry: None,
            first,
            members,
            kind,
            exact: false,
            named: false,
        });
    }
    merged
}

/// The same without groups of a single finding: they stand in the largest, which is mended at the same
/// place in the server.
fn without_crumbs<'a>(mut named: Vec<Group<'a>>, evidence: &Evidence<'_>) -> Vec<Group<'a>> {
    let findings = |group: &Group<'_>| -> usize {
        let known = group
            .members
            .iter()
            .filter_map(|id| evidence.violated().get(id));
        known.map(|known| known.findings.len()).sum()
    };
    // The sort is stable: equals stay in the order in which they were found.
    named.sort_by_key(|group| std::cmp::Reverse(findings(group)));
    let mut left: Vec<Group<'a>> = Vec::new();
    for group in named {
        match left.first_mut() {
            Some(largest) if findings(&group) == 1 => {
                largest.members.extend(group.members);
                largest.exact = false;
            }
            _ => left.push(group),
        }
    }
    left
}

/// Whether most of a cause would be there by the fault of another one alone.
pub fn follows(group: &Group<'_>, above: &Group<'_>, dictionary: &Dictionary) -> bool {
    let of_it = |entry: &&Entry| match above.entry {
        Some(fault) => entry.breaks == fault.breaks,
        None => false,
    };
    let known = group.members.iter().filter(|id| {
        let mut faults = dictionary.iter().filter(of_it);
        faults.any(|entry| entry.violates(id))
    });
    let count = known.count();
    count > 0 && 2 * count > group.members.len()
}
