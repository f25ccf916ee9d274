//! A right and a wrong exchange, by judging the reference implementation twice.

use std::cmp::Reverse;

use crate::cli::exit::Failure;
use crate::cli::run;
use crate::cli::style::Terminal;
use crate::config::Overrides;
use crate::evidence::Exchange;
use crate::pack::Requirement;
use crate::reference::{Fault, FaultInfo, Options, faults};
use crate::selftest;
use crate::terms::Level;
use crate::verdict::{Finding, RunResult};

/// What keeps a requirement and what breaks it.
#[derive(Default)]
pub(super) struct Example {
    /// The fault that breaks it.
    pub(super) fault: Option<&'static FaultInfo>,
    /// An exchange with the reference as it is.
    pub(super) right: Option<Exchange>,
    /// The same with the fault.
    pub(super) wrong: Option<Exchange>,
    /// What is said about that.
    pub(super) finding: Option<Finding>,
}

/// Finds the exchanges of a requirement that a scenario checks.
pub(super) fn find(
    api: &str,
    requirement: &Requirement,
    terminal: &mut Terminal,
) -> Result<Example, Failure> {
    let breaking = fault(&requirement.id);
    let secured = breaking.is_some_and(|fault| fault.secured);
    let mut judge = |fault: Option<&'static FaultInfo>, part: bool| {
        let options = Options {
            faults: fault.into_iter().map(Fault::from).collect(),
            ..Options::default()
        };
        let mut given = overrides(api, requirement, part);
        if secured {
            given.access.headers.push(selftest::CREDENTIAL.to_owned());
        }
        run::judge_reference(given, options, terminal)
    };
    let Some(fault) = breaking else {
        let right = last_exchange(&judge(None, true)?);
        return Ok(Example {
            right,
            ..Example::default()
        });
    };
    for part in [true, false] {
        let broken = judge(Some(fault), part)?;
        let shows = |finding: &&Finding| finding.requirement == requirement.id;
        let mut findings = broken.findings.iter().filter(shows);
        let first = findings.clone().next();
        let Some(finding) = findings
            .find(|finding| finding.exchange.is_some())
            .or(first)
        else {
            // What looks back at all answers may need the whole level to see one that shows it.
            continue;
        };
        let wrong = finding.exchange.and_then(|index| exchange(&broken, index));
        let clean = judge(None, part)?;
        let right = match wrong {
            Some(wrong) => counterpart(wrong, &finding.scenarios, &clean),
            None => None,
        };
        return Ok(Example {
            fault: Some(fault),
            right: right.cloned(),
            wrong: wrong.cloned(),
            finding: Some(finding.clone()),
        });
    }
    Ok(Example::default())
}

/// How the reference is judged: alike each time, one request after the other.
fn overrides(api: &str, requirement: &Requirement, part: bool) -> Overrides {
    let mut given = Overrides {
        reference: true,
        unconfigured: true,
        api: Some(api.to_owned()),
        seed: Some("explain".into()),
        // The reference sends at once; what a fault makes late is missing, and shows as well.
        event_timeout: Some(0.3),
        event_quiet: Some(0.1),
        no_events: requirement.level != Level::Operations,
        ..Overrides::default()
    };
    given.limits.concurrency = Some(1);
    if part {
        given.selection.only = vec![requirement.id.clone()];
    } else {
        given.selection.tags = Some(format!("@{}", requirement.level));
    }
    given
}

/// The fault that breaks the requirement, as little else as possible, and the requirement in most
/// of its scenarios: the common one.
fn fault(id: &str) -> Option<&'static FaultInfo> {
    let table = selftest::read(selftest::TABLE).unwrap_or_default();
    let breaks = faults().iter().filter(|fault| fault.requirement == id);
    let steady = breaks.filter(|fault| table.get(fault.name).is_none_or(|row| !row.unsteady));
    steady.min_by_key(|fault| {
        let row = table.get(fault.name);
        row.map(|row| {
            let others = row.fails.len() + row.warns.len();
            (others, Reverse(row.scenarios.len()))
        })
    })
}

fn exchange(result: &RunResult, index: usize) -> Option<&Exchange> {
    let mut exchanges = result.exchanges.iter();
    exchanges.find(|exchange| exchange.index == index)
}

/// The exchange of another run that is most like this one: of the same scenario where it can be.
fn counterpart<'a>(
    wrong: &Exchange,
    scenarios: &[String],
    clean: &'a RunResult,
) -> Option<&'a Exchange> {
    let own: Vec<usize> = clean
        .scenarios
        .iter()
        .filter(|scenario| scenarios.contains(&scenario.id))
        .flat_map(|scenario| scenario.exchanges.iter().copied())
        .collect();
    let likeness = |exchange: &Exchange| {
        let (a, b) = (&wrong.request, &exchange.request);
        let same_body = a.message.body == b.message.body;
        let url = strsim::normalized_levenshtein(&a.url, &b.url);
        let near = exchange.index.abs_diff(wrong.index);
        (own.contains(&exchange.index), url, same_body, near)
    };
    clean
        .exchanges
        .iter()
        .filter(|exchange| exchange.request.method == wrong.request.method)
        .map(|exchange| (likeness(exchange), exchange))
        .reduce(|best, next| {
            let ((own, url, body, near), _) = next;
            let ((best_own, best_url, best_body, best_near), _) = best;
            let order = own
                .cmp(&best_own)
                .then(url.total_cmp(&best_url))
                .then(body.cmp(&best_body))
                .then(best_near.cmp(&near));
            if order.is_gt() { next } else { best }
        })
        .map(|(_, exchange)| exchange)
}

/// What the scenarios of a run asked last: what they judge.
fn last_exchange(result: &RunResult) -> Option<Exchange> {
    let scenarios = result.scenarios.iter();
    let mut last = scenarios.filter_map(|scenario| scenario.exchanges.last());
    last.next()
        .and_then(|index| exchange(result, *index))
        .cloned()
}
