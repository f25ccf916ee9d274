//! The causes: what to mend, in which order and how.

use serde::Serialize;

use super::cover::severity_status;
use super::exchange::ExchangeView;
use super::findings::{Marked, compare};
use super::index::{Index, LINE};
use crate::report::text::short;
use crate::terms::Level;
use crate::verdict::{Cause, Finding, RunResult};

/// Causes shown.
const CAUSES: usize = 60;
/// Requirements shown of one cause.
const REQUIREMENTS: usize = 6;
/// Findings that one cause links to.
const FINDINGS: usize = 60;

/// A cause with its evidence.
#[derive(Serialize)]
pub struct CauseView<'a> {
    order: usize,
    id: &'a str,
    likely: bool,
    title: &'a str,
    advice: &'a str,
    status: &'static str,
    level: Level,
    confidence: &'static str,
    /// Its requirements, for the page's filter.
    ids: String,
    above: Option<Above<'a>>,
    count: usize,
    seen: Option<Seen<'a>>,
    requirements: Vec<Rule<'a>>,
    more_requirements: usize,
    findings: Vec<Line>,
    more_findings: usize,
    command: Option<String>,
}

/// The cause from which one follows.
#[derive(Serialize)]
struct Above<'a> {
    id: &'a str,
    title: &'a str,
}

/// What the server does, and what it should do instead.
#[derive(Serialize)]
struct Seen<'a> {
    message: String,
    compared: bool,
    expecting: bool,
    expected: Marked,
    actual: Marked,
    exchange: Option<ExchangeView<'a>>,
}

/// A rule that is violated.
#[derive(Serialize)]
struct Rule<'a> {
    id: &'a str,
    place: Option<usize>,
    statement: Option<&'a str>,
    sources: &'a [String],
}

/// A finding in a line.
#[derive(Serialize)]
struct Line {
    place: usize,
    requirement: String,
    message: String,
}

/// The causes of a result.
pub fn causes<'a>(result: &'a RunResult, index: &Index<'a>) -> Vec<CauseView<'a>> {
    let causes = result.causes.iter().take(CAUSES);
    (1..)
        .zip(causes)
        .map(|(number, cause)| CauseView::new(number, cause, result, index))
        .collect()
}

impl<'a> CauseView<'a> {
    fn new(number: usize, cause: &'a Cause, result: &'a RunResult, index: &Index<'a>) -> Self {
        let own = cause.findings.iter();
        let own: Vec<(usize, &Finding)> = own
            .filter_map(|at| Some((*at, result.findings.get(*at)?)))
            .collect();
        // The broken requirement shows the cause; others show what follows.
        let broken = cause.requirements.first();
        let shown = own
            .iter()
            .find(|(_, finding)| Some(&finding.requirement) == broken)
            .or(own.first());
        let requirements = cause.requirements.iter().take(REQUIREMENTS);
        let lines = own.iter().take(FINDINGS);
        let above = cause.follows.as_ref();
        let waived = own.iter().all(|(_, finding)| finding.is_waived());
        Self {
            order: number,
            id: &cause.id,
            likely: cause.confidence == crate::verdict::Confidence::Likely,
            title: &cause.title,
            advice: &cause.advice,
            status: if waived {
                "waived"
            } else {
                severity_status(cause.severity)
            },
            level: cause.level,
            confidence: cause.confidence.name(),
            ids: cause.requirements.join(" "),
            above: above.and_then(|id| {
                let above = result.causes.iter().find(|known| known.id == *id)?;
                Some(Above {
                    id: &above.id,
                    title: &above.title,
                })
            }),
            count: own.len(),
            seen: shown.map(|(_, finding)| Seen::new(finding, index)),
            more_requirements: cause.requirements.len().saturating_sub(REQUIREMENTS),
            requirements: requirements
                .map(|id| {
                    let known = index.requirements.get(id.as_str());
                    Rule {
                        id,
                        place: known.map(|(place, _)| *place),
                        statement: known.map(|(_, known)| known.statement.as_str()),
                        sources: known.map_or(&[], |(_, known)| &known.sources),
                    }
                })
                .collect(),
            more_findings: own.len().saturating_sub(FINDINGS),
            findings: lines
                .map(|(place, finding)| Line {
                    place: *place,
                    requirement: short(&finding.requirement, LINE),
                    message: short(&finding.message, LINE),
                })
                .collect(),
            command: result.recheck(cause).map(|text| short(&text, LINE)),
        }
    }
}

impl<'a> Seen<'a> {
    fn new(finding: &'a Finding, index: &Index<'a>) -> Self {
        let (expected, actual) = compare(&finding.expected, &finding.actual);
        let exchange = finding.exchange.and_then(|at| index.exchanges.get(&at));
        Self {
            message: short(&finding.message, LINE),
            compared: !(finding.expected.is_null() && finding.actual.is_null()),
            expecting: !finding.expected.is_null(),
            expected,
            actual,
            exchange: exchange
                .map(|exchange| ExchangeView::behind(exchange, index, finding.pointer.as_deref())),
        }
    }
}
