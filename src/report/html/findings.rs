//! The findings, the gravest first, gathered under the rule that they violate.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use serde_json::Value;

use super::cover::finding_status;
use super::exchange::ExchangeView;
use super::index::{Capped, ExchangeLink, FINDINGS, Index, LINE, Link, Links};
use super::waivers::WaiverView;
use crate::report::text::{cut, short};
use crate::terms::{Level, Severity, Strength};
use crate::verdict::{Finding, RunResult};

/// Findings that carry their exchange in full; the others link to it.
const INLINE: usize = 60;
/// Bytes shown of an expected or actual value.
const VALUE: usize = 2_000;

/// The findings section.
#[derive(Serialize)]
pub struct Findings<'a> {
    count: Capped,
    failures: usize,
    warnings: usize,
    information: usize,
    waived: usize,
    kit_induced: usize,
    groups: Vec<Group<'a>>,
}

/// A rule with the findings that violate it.
#[derive(Serialize)]
struct Group<'a> {
    requirement: &'a str,
    place: Option<usize>,
    level: Level,
    status: &'static str,
    strength: Option<Strength>,
    statement: Option<&'a str>,
    sources: &'a [String],
    findings: Vec<FindingView<'a>>,
}

#[derive(Serialize)]
struct FindingView<'a> {
    place: usize,
    requirement: &'a str,
    status: &'static str,
    level: Level,
    message: String,
    compared: bool,
    expecting: bool,
    expected: Marked,
    actual: Marked,
    pointer: Option<String>,
    kit_induced: bool,
    /// Whether the baseline has it; none where there is no baseline.
    fate: Option<&'static str>,
    waiver: Option<WaiverView<'a>>,
    advice: Option<&'a str>,
    fingerprint: &'a str,
    count: usize,
    scenarios: Links<Link<'a>>,
    blocked: Links<Link<'a>>,
    blocked_count: usize,
    link: Option<ExchangeLink>,
    exchange: Option<ExchangeView<'a>>,
}

/// A value with the part marked in which it differs from the other.
#[derive(Serialize)]
pub struct Marked {
    before: String,
    mark: String,
    after: String,
    cut: bool,
}

impl<'a> Findings<'a> {
    /// The findings of a result.
    pub fn new(result: &'a RunResult, index: &Index<'a>) -> Self {
        let count = |severity| {
            result
                .findings
                .iter()
                .filter(|finding| finding.severity == severity && !finding.is_waived())
                .count()
        };
        let mut groups: Vec<Group<'a>> = Vec::new();
        let mut places: HashMap<(&str, &str), usize> = HashMap::new();
        let mut inlined = HashSet::new();
        for (place, finding) in result.findings.iter().enumerate().take(FINDINGS) {
            let key = (finding_status(finding), finding.requirement.as_str());
            let group = *places.entry(key).or_insert_with(|| {
                groups.push(Group::new(finding, index));
                groups.len() - 1
            });
            // An exchange that a finding above shows need not stand here again.
            let inline = finding
                .exchange
                .filter(|exchange| inlined.len() < INLINE && inlined.insert(*exchange));
            groups[group]
                .findings
                .push(FindingView::new(place, finding, inline, index));
        }
        Self {
            count: Capped::new(result.findings.len(), FINDINGS),
            failures: count(Severity::Fail),
            warnings: count(Severity::Warn),
            information: count(Severity::Info),
            waived: result
                .findings
                .iter()
                .filter(|finding| finding.is_waived())
                .count(),
            kit_induced: result
                .findings
                .iter()
                .filter(|finding| finding.kit_induced)
                .count(),
            groups,
        }
    }
}

impl<'a> Group<'a> {
    fn new(finding: &'a Finding, index: &Index<'a>) -> Self {
        let known = index.requirements.get(finding.requirement.as_str());
        Self {
            requirement: &finding.requirement,
            place: known.map(|(place, _)| *place),
            level: finding.level,
            status: finding_status(finding),
            strength: known.map(|(_, requirement)| requirement.strength),
            statement: known.map(|(_, requirement)| requirement.statement.as_str()),
            sources: known.map_or(&[], |(_, requirement)| &requirement.sources),
            findings: Vec::new(),
        }
    }
}

impl<'a> FindingView<'a> {
    fn new(place: usize, finding: &'a Finding, inline: Option<usize>, index: &Index<'a>) -> Self {
        let (expected, actual) = compare(&finding.expected, &finding.actual);
        Self {
            place,
            requirement: &finding.requirement,
            status: finding_status(finding),
            level: finding.level,
            message: short(&finding.message, LINE),
            compared: finding.expected != Value::Null || finding.actual != Value::Null,
            expecting: finding.expected != Value::Null,
            expected,
            actual,
            pointer: finding
                .pointer
                .as_ref()
                .filter(|pointer| !pointer.is_empty())
                .map(|pointer| short(pointer, LINE)),
            kit_induced: finding.kit_induced,
            fate: index.fate(finding),
            waiver: finding.waiver.as_ref().map(WaiverView::new),
            advice: finding.advice.as_deref(),
            fingerprint: &finding.fingerprint,
            count: finding.count,
            scenarios: index.scenario_links(&finding.scenarios),
            blocked: index.scenario_links(&finding.blocked),
            blocked_count: finding.blocked.len(),
            link: finding.exchange.and_then(|at| index.exchange(at)),
            exchange: inline
                .and_then(|at| index.exchanges.get(&at))
                .map(|exchange| ExchangeView::behind(exchange, index, finding.pointer.as_deref())),
        }
    }
}

/// Both values as text, with the part marked that they do not share.
pub fn compare(expected: &Value, actual: &Value) -> (Marked, Marked) {
    let (expected, actual) = (pretty(expected), pretty(actual));
    let before = shared(expected.chars(), actual.chars());
    let after = shared(
        expected[before..].chars().rev(),
        actual[before..].chars().rev(),
    );
    // With little in common the mark would be all of it, and show nothing.
    let alike = (before + after) * 4 >= expected.len().min(actual.len()) && before + after > 1;
    let mark = |text: &str| {
        let (before, after) = if alike && text != "null" {
            (before, text.len() - after)
        } else {
            (text.len(), text.len())
        };
        Marked::new(text, before, after)
    };
    (mark(&expected), mark(&actual))
}

/// How many bytes two texts share from their start.
fn shared(one: impl Iterator<Item = char>, other: impl Iterator<Item = char>) -> usize {
    one.zip(other)
        .take_while(|(one, other)| one == other)
        .map(|(char, _)| char.len_utf8())
        .sum()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_else(|_| value.to_string())
}

impl Marked {
    fn new(text: &str, mark: usize, after: usize) -> Self {
        let (mark, after) = (mark.min(after), after.max(mark));
        let (shown, is_cut) = cut(text, VALUE);
        let piece = |from: usize, to: usize| {
            let end = to.min(shown.len());
            shown.get(from.min(end)..end).unwrap_or_default().to_owned()
        };
        Self {
            before: piece(0, mark),
            mark: piece(mark, after),
            after: piece(after, text.len()),
            cut: is_cut,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn the_part_that_differs_is_marked() {
        let (expected, actual) = compare(&json!("inbound call"), &json!("inbounds call"));
        assert_eq!(
            (expected.before.as_str(), expected.mark.as_str()),
            ("\"inbound", "")
        );
        assert_eq!(
            (actual.mark.as_str(), actual.after.as_str()),
            ("s", " call\"")
        );
        let (expected, _) = compare(&json!("abc"), &json!(7));
        assert_eq!(
            (expected.before.as_str(), expected.mark.as_str()),
            ("\"abc\"", "")
        );
    }

    proptest! {
        #[test]
        fn marking_keeps_the_text(one in "[aäb日]{0,12}", other in "[aäb日]{0,12}") {
            let (expected, actual) = compare(&json!(one), &json!(other));
            for (marked, text) in [(expected, one), (actual, other)] {
                let whole = marked.before + &marked.mark + &marked.after;
                prop_assert_eq!(whole, json!(text).to_string());
            }
        }
    }
}
