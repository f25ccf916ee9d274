//! Request by request: what the official kit reported, and what was predicted.

use std::collections::BTreeMap;

use super::{KitExecution, KitRun};
use crate::verdict::{KitRequest, OfficialKit};

/// The official kit's run beside the prediction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The sums.
    pub totals: Vec<Total>,
    /// Where they differ, in the kit's order; empty where all numbers agree.
    pub differences: Vec<Difference>,
}

/// One sum of both sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    /// What is counted.
    pub what: &'static str,
    /// What the kit reported.
    pub kit: usize,
    /// What was predicted.
    pub predicted: usize,
}

/// A request for which the kit reported other numbers than predicted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The request's place in the kit, from 1.
    pub number: usize,
    /// Method and the kit's name for it.
    pub request: String,
    /// What differs.
    pub what: String,
    /// Why that can be.
    pub why: String,
}

/// Holds a run of the kit against the prediction.
pub fn compare(run: &KitRun, predicted: &OfficialKit) -> Comparison {
    let total = |what, kit, predicted| Total {
        what,
        kit,
        predicted,
    };
    let totals = vec![
        total("requests", run.requests.len(), predicted.requests),
        total("assertions", run.assertions, predicted.assertions),
        total("failed", run.failed(), predicted.failed),
        total(
            "failed assertions",
            run.failed_assertions,
            predicted.failed_assertions,
        ),
        total("script errors", run.script_errors, predicted.script_errors),
        total(
            "request errors",
            run.request_errors,
            predicted.request_errors,
        ),
    ];
    let mut differences: Vec<_> = run
        .requests
        .iter()
        .zip(&predicted.details)
        .filter_map(|(kit, own)| difference(kit, own))
        .collect();
    differences.extend(length(run, predicted));
    Comparison {
        totals,
        differences,
    }
}

/// One side sent fewer requests than the other.
fn length(run: &KitRun, predicted: &OfficialKit) -> Option<Difference> {
    let (kit, own) = (run.requests.len(), predicted.details.len());
    let (number, request, why) = if kit < own {
        let next = &predicted.details[kit];
        let why = if predicted.kit_limit_likely {
            "its run ended early, as was predicted: its own time limit for a script ends it where a \
             list is long"
        } else {
            "its run ended early: was it stopped, or did a list grow so long that its own time \
             limit for a script ended it?"
        };
        (kit + 1, format!("{} {}", next.method, next.name), why)
    } else if kit > own {
        let next = &run.requests[own];
        let why = "it is another edition of the kit, or the kit of another API, or the prediction \
                   was interrupted";
        (own + 1, format!("{} {}", next.method, next.name), why)
    } else {
        return None;
    };
    Some(Difference {
        number,
        request,
        what: format!("the kit sent {kit} requests, predicted were {own}"),
        why: why.to_owned(),
    })
}

fn difference(kit: &KitExecution, own: &KitRequest) -> Option<Difference> {
    let (what, why) = differs(kit, own)?;
    Some(Difference {
        number: own.number,
        request: format!("{} {}", own.method, own.name),
        what,
        why,
    })
}

/// What differs, and why: the first of the reasons that explains the others.
fn differs(kit: &KitExecution, own: &KitRequest) -> Option<(String, String)> {
    if !same_name(&kit.name, &own.name) || kit.method != own.method {
        return Some((
            format!("the kit's request is {} {}", kit.method, kit.name),
            "it is another edition of the kit, or the kit of another API".to_owned(),
        ));
    }
    let status = own.status.map(u64::from);
    if kit.status != status {
        return Some((
            format!(
                "it was answered {}, predicted {}",
                shown(kit.status),
                shown(status)
            ),
            changed(kit, own),
        ));
    }
    if let (Some(error), None) | (None, Some(error)) = (&kit.script_error, &own.script_error) {
        let whose = if kit.script_error.is_some() {
            "in the kit's run only"
        } else {
            "in the prediction only"
        };
        return Some((
            format!("the script ended early {whose}: {error}"),
            "the body was another one: an attribute or the whole JSON was missing in one of the two \
             runs"
            .to_owned(),
        ));
    }
    let executed = (kit.assertions.len(), own.assertions);
    if executed.0 != executed.1 {
        let (there, here) = (elements(&kit_counts(kit)), elements(&own_counts(own)));
        let why = if there == here {
            "the same number of elements was looked at: the kit is another edition, or its variables \
             held other values"
                .to_owned()
        } else {
            format!(
                "the kit looked at {there} elements, the prediction at {here}: records came or went \
                 between the two runs, since the kit looks at whatever records there are"
            )
        };
        let what = format!("{} assertions, predicted {}", executed.0, executed.1);
        return Some((what, why));
    }
    let failed = failed_names(kit, own);
    (!failed.is_empty()).then(|| {
        (
            format!(
                "{} failed, predicted {}: {}",
                kit.failed(),
                own.failed_assertions,
                failed.join(", ")
            ),
            "the target answered otherwise, or records that were there before differ".to_owned(),
        )
    })
}

/// The kit's names hold variables that another edition may call otherwise.
fn same_name(kit: &str, own: &str) -> bool {
    let plain = |name: &str| {
        let path = name.trim().trim_start_matches('/').to_owned();
        // A name may begin with the variable of the base URL.
        match path
            .strip_prefix("{{")
            .and_then(|rest| rest.split_once("}}"))
        {
            Some((_, rest)) if !rest.is_empty() => rest.trim_start_matches('/').to_owned(),
            _ => path,
        }
    };
    plain(kit) == plain(own)
}

fn changed(kit: &KitExecution, own: &KitRequest) -> String {
    match (&kit.request_error, &own.request_error) {
        (Some(error), None) => format!(
            "no answer came in the kit's run ({error}): was the target up, and under the same URL?"
        ),
        (None, Some(error)) => format!("no answer came when it was predicted ({error})"),
        _ => "the target answered otherwise: it or its data changed between the two runs, or the \
              kit was run with another base URL, payload or credentials"
            .to_owned(),
    }
}

fn shown(status: Option<u64>) -> String {
    status.map_or_else(|| "not at all".to_owned(), |status| status.to_string())
}

/// Executed and failed, by the assertion's name.
type Counts<'a> = BTreeMap<&'a str, (usize, usize)>;

fn kit_counts(kit: &KitExecution) -> Counts<'_> {
    let mut counts = Counts::new();
    for (name, failed) in &kit.assertions {
        let count = counts.entry(name).or_default();
        count.0 += 1;
        count.1 += usize::from(*failed);
    }
    counts
}

fn own_counts(own: &KitRequest) -> Counts<'_> {
    let mut counts = Counts::new();
    for check in &own.checks {
        let count = counts.entry(&check.name).or_default();
        count.0 += check.executed;
        count.1 += check.failed;
    }
    counts
}

/// How many elements were looked at: as often as the assertion that was executed most.
fn elements(counts: &Counts<'_>) -> usize {
    let executed = counts.values().map(|(executed, _)| *executed);
    executed.max().unwrap_or(0)
}

/// The assertions that failed more or less often than predicted.
fn failed_names(kit: &KitExecution, own: &KitRequest) -> Vec<String> {
    let (kit, own) = (kit_counts(kit), own_counts(own));
    let failed = |counts: &Counts<'_>, name: &str| counts.get(name).map_or(0, |count| count.1);
    let mut names: Vec<&str> = kit.keys().chain(own.keys()).copied().collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter_map(|name| {
            let (there, here) = (failed(&kit, name), failed(&own, name));
            (there != here).then(|| format!("\"{name}\" {there} times, predicted {here}"))
        })
        .collect()
}
