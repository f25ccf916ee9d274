//! `junit.xml`: one test suite for each feature, one test case for each scenario.
//!
//! JUnit knows passed, failed, error and skipped; build servers count the first three and colour
//! by them. So:
//!
//! | scenario | test case |
//! | --- | --- |
//! | passed | passed |
//! | warned | passed, the warnings in `system-out` |
//! | failed | `failure`, its type the requirement violated |
//! | failed, and the baseline has it, too | `skipped` as known, the violation in `system-out` |
//! | failed above the gate | `skipped` as that with its message, the violation in `system-out` |
//! | inconclusive, not applicable, not tested, waived | `skipped` with the reason |
//!
//! The attributes are those that GitLab, Jenkins and the actions of GitHub read: `classname` (level
//! and feature, which Jenkins shows as package and class), `name`, `time`, of a failure `message`
//! (requirement and what was seen), `type` and text, of a skipped case `message`, and `system-out`,
//! which also names the scenario and its requirements: a test case has no properties in the schema
//! of Jenkins.
//! There is no `file`: what reads it links to that file in the user's repository, where the features
//! of a pack are not.
//!
//! A scenario that could not be decided is not a failure of the target, and a hundred scenarios
//! blocked by one cause are not a hundred defects. But a file of nothing but skipped cases would
//! show green. So a run whose verdict is inconclusive, or that was interrupted, carries one case
//! more, with an `error`: the build is not green by it. A waiver that matches nothing has one, too.
//! A run that took any certificate has one that is `skipped`: that check was.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite, XmlString};
use serde_json::Value;

use super::html::SCENARIOS;
use super::text::{short, visible};
use super::{Format, ReportError};
use crate::evidence::Exchange;
use crate::terms::{Severity, Status, Verdict};
use crate::verdict::{Cause, Finding, RunResult, ScenarioResult, Waiver};

/// A finding's expected or actual value is written up to this many bytes.
const VALUE_BYTES: usize = 2_000;
/// A message is written up to this many bytes.
const MESSAGE_BYTES: usize = 1_000;

/// Writes the scenarios as JUnit XML.
///
/// # Errors
///
/// [`ReportError::Junit`] where the XML writer fails.
pub fn render(result: &RunResult) -> Result<Vec<u8>, ReportError> {
    let mut name = format!("tmfctk {}", result.kit.pack);
    if let Some(selection) = &result.run.selection {
        name.push_str(&format!(" ({} selected)", selection.share()));
    }
    if let Some(existing) = &result.run.existing {
        name.push_str(&format!(" ({})", existing.manner()));
    }
    let mut report = Report::new(xml(&name));
    report.set_time(Duration::from_millis(result.run.duration_ms));
    report.add_test_suites(verdict_suite(result));
    report.add_test_suites(feature_suites(result));
    let mut bytes = Vec::new();
    report.serialize(&mut bytes)?;
    Ok(without_skipped_on_root(bytes))
}

/// The writer counts skipped cases on the root, too, where the schema of Jenkins has no place for it.
fn without_skipped_on_root(mut xml: Vec<u8>) -> Vec<u8> {
    const ATTRIBUTE: &[u8] = b" skipped=\"";
    let end = memchr::memmem::find(&xml, b"<testsuite ").unwrap_or(xml.len());
    if let Some(start) = memchr::memmem::rfind(&xml[..end], ATTRIBUTE) {
        let value = start + ATTRIBUTE.len();
        let length = xml[value..end].iter().position(|byte| *byte == b'"');
        if let Some(length) = length {
            xml.drain(start..=value + length);
        }
    }
    xml
}

/// The suite of what decides the build and would otherwise not be seen.
fn verdict_suite(result: &RunResult) -> Option<TestSuite> {
    let mut suite = TestSuite::new(xml("run"));
    let mut add = |name: &str, status: TestCaseStatus| {
        let mut case = TestCase::new(xml(name), status);
        case.set_classname(xml("run"));
        suite.add_test_case(case);
    };
    if let Some(why) = result.trust_note() {
        let status = skipped("not checked", Some(why));
        add("the certificate of the target is checked", status);
    }
    let mut error = |name: &str, kind: &str, message: &str| {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
        status.set_type(xml(kind)).set_message(xml(message));
        add(name, status);
    };
    let undecided = result.baseline.is_none()
        && result.verdict == Verdict::Inconclusive
        && result.decision().verdict == Verdict::Inconclusive;
    if undecided || result.run.interrupted {
        let kind = result.verdict.name();
        error("the run came to a verdict", kind, &result.reason);
    }
    if let Some(comparison) = &result.baseline
        && comparison.verdict == Verdict::Inconclusive
    {
        error(
            "the run can be held against the baseline",
            "inconclusive",
            &comparison.reason,
        );
    }
    for complaint in result.waivers.iter().filter_map(Waiver::complaint) {
        error("every waiver accepts a violation", "waiver", &complaint);
    }
    (!suite.test_cases.is_empty()).then_some(suite)
}

fn feature_suites(result: &RunResult) -> Vec<TestSuite> {
    let known = KnownResults::of(result);
    let mut findings: HashMap<&str, Vec<&Finding>> = HashMap::new();
    for finding in &result.findings {
        for scenario in &finding.scenarios {
            findings.entry(scenario).or_default().push(finding);
        }
    }

    // Scenarios of one feature need not stand together: the order is that of first sight.
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    let mut suites: Vec<(TestSuite, u64)> = Vec::new();
    for (number, scenario) in result.scenarios.iter().enumerate() {
        let key = (scenario.level.name(), scenario.feature.as_str());
        let place = *places.entry(key).or_insert_with(|| {
            let mut suite = TestSuite::new(xml(&scenario.feature));
            suite.add_property((xml("level"), xml(scenario.level.name())));
            suites.push((suite, 0));
            suites.len() - 1
        });
        let seen = findings
            .get(scenario.id.as_str())
            .map_or(&[][..], Vec::as_slice);
        let excuse = excuse(result, scenario, seen);
        let (suite, time) = &mut suites[place];
        let case = test_case(number, scenario, seen, &known, excuse);
        suite.add_test_case(case);
        *time += scenario.duration_ms;
    }
    suites
        .into_iter()
        .map(|(mut suite, time)| {
            suite.set_time(Duration::from_millis(time));
            suite
        })
        .collect()
}

/// What stands behind findings.
struct KnownResults<'a> {
    exchanges: HashMap<usize, &'a Exchange>,
    /// The causes by the fingerprints of their findings.
    causes: HashMap<&'a str, &'a Cause>,
}

impl<'a> KnownResults<'a> {
    fn of(result: &'a RunResult) -> Self {
        let exchanges = result.exchanges.iter();
        let explained = result.causes.iter().flat_map(|cause| {
            let findings = cause.findings.iter();
            let findings = findings.filter_map(|at| result.findings.get(*at));
            findings.map(move |finding| (finding.fingerprint.as_str(), cause))
        });
        Self {
            exchanges: exchanges
                .map(|exchange| (exchange.index, exchange))
                .collect(),
            causes: explained.collect(),
        }
    }

    fn cause(&self, finding: &Finding) -> Option<&'a Cause> {
        self.causes.get(finding.fingerprint.as_str()).copied()
    }
}

/// Why a failure does not fail the build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Excuse {
    /// The baseline has all of it as well.
    Known,
    /// No level that decides has any of it.
    AboveGate,
}

impl Excuse {
    const fn name(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::AboveGate => "above the gate",
        }
    }
}

fn excuse(result: &RunResult, scenario: &ScenarioResult, findings: &[&Finding]) -> Option<Excuse> {
    if scenario.status != Status::Failed {
        return None;
    }
    let failures = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Fail && finding.counts());
    if let Some(baseline) = &result.baseline
        && !findings.is_empty()
        && failures.clone().all(|finding| baseline.knows(finding))
    {
        return Some(Excuse::Known);
    }
    // What was selected decides a run of a part, at whatever level.
    let decides = |level| level <= result.gate || result.run.partial;
    let lowest = failures.map(|finding| finding.level).min();
    (!decides(lowest.unwrap_or(scenario.level))).then_some(Excuse::AboveGate)
}

fn test_case(
    number: usize,
    scenario: &ScenarioResult,
    findings: &[&Finding],
    behind: &KnownResults<'_>,
    excuse: Option<Excuse>,
) -> TestCase {
    let status = match excuse {
        Some(excuse) => {
            let first = findings
                .iter()
                .find(|finding| finding.severity == Severity::Fail && !finding.is_waived());
            let first = first.map(|finding| headline(finding, behind));
            skipped(
                excuse.name(),
                first.as_deref().or(scenario.reason.as_deref()),
            )
        }
        None => status(number, scenario, findings, behind),
    };
    let mut case = TestCase::new(xml(&scenario.name), status);
    // Jenkins takes what stands before the last dot for a package.
    let feature = scenario.feature.replace('.', " ");
    case.set_classname(xml(&format!("{}.{feature}", scenario.level)));
    case.set_time(Duration::from_millis(scenario.duration_ms));
    let aside: Vec<&Finding> = findings
        .iter()
        .copied()
        .filter(|finding| {
            excuse.is_some()
                || scenario.status != Status::Failed
                || finding.severity < Severity::Fail
                || finding.is_waived()
        })
        .collect();
    let requirements = scenario.requirements.join(" ");
    let mut output = format!("scenario {}, requirements {requirements}\n", scenario.id);
    if !aside.is_empty() {
        output.push_str(&(describe(&aside, behind) + &link(number, scenario)));
    }
    case.set_system_out(xml(&output));
    case
}

fn status(
    number: usize,
    scenario: &ScenarioResult,
    findings: &[&Finding],
    behind: &KnownResults<'_>,
) -> TestCaseStatus {
    let reason = scenario.reason.as_deref();
    match scenario.status {
        Status::Passed | Status::Warned => TestCaseStatus::success(),
        Status::Failed => {
            let failures: Vec<&Finding> = findings
                .iter()
                .copied()
                .filter(|finding| finding.severity == Severity::Fail && !finding.is_waived())
                .collect();
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            if let Some(first) = failures.first() {
                status
                    .set_type(xml(&first.requirement))
                    .set_message(xml(&headline(first, behind)))
                    .set_description(xml(&(describe(&failures, behind) + &link(number, scenario))));
            } else {
                status.set_type(xml(scenario.status.name()));
                if let Some(reason) = reason {
                    status.set_message(xml(&short(reason, MESSAGE_BYTES)));
                }
            }
            status
        }
        Status::Inconclusive | Status::NotApplicable | Status::NotTested | Status::Waived => {
            skipped(scenario.status.name(), reason)
        }
    }
}

/// The rule that is violated, and how: not every build server shows the type beside the message.
fn headline(finding: &Finding, behind: &KnownResults<'_>) -> String {
    let message = short(&finding.message, MESSAGE_BYTES);
    let cause = behind.cause(finding);
    let cause = cause.map(|cause| format!(" (cause: {})", cause.headline()));
    format!(
        "{}: {message}{}",
        finding.requirement,
        cause.unwrap_or_default()
    )
}

/// Where the page beside this file shows the scenario with all that it sent.
fn link(number: usize, scenario: &ScenarioResult) -> String {
    let page = Format::Html.file_name();
    if number < SCENARIOS {
        format!("  report:   {page}#scenario-{}\n", scenario.id)
    } else {
        format!("  report:   {page}\n")
    }
}

/// A case that says nothing about the build, and why.
fn skipped(name: &str, reason: Option<&str>) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_type(xml(name)).set_message(xml(&match reason {
        Some(reason) => format!("{name}: {}", short(reason, MESSAGE_BYTES)),
        None => name.to_owned(),
    }));
    status
}

/// The findings in words, each with its evidence.
fn describe(findings: &[&Finding], behind: &KnownResults<'_>) -> String {
    let mut text = String::new();
    for finding in findings {
        // Writing to a string can't fail.
        let _ = writeln!(
            text,
            "{} [{}] {}",
            finding.requirement,
            finding.severity,
            short(&finding.message, MESSAGE_BYTES)
        );
        if let Some(cause) = behind.cause(finding) {
            let _ = writeln!(text, "  cause:    {}", cause.headline());
            let _ = writeln!(text, "  mend:     {}", cause.advice);
        }
        if finding.expected != Value::Null || finding.actual != Value::Null {
            let _ = writeln!(text, "  expected: {}", value(&finding.expected));
            let _ = writeln!(text, "  actual:   {}", value(&finding.actual));
        }
        if let Some(pointer) = &finding.pointer {
            let _ = writeln!(text, "  pointer:  {pointer}");
        }
        if let Some(exchange) = finding
            .exchange
            .and_then(|index| behind.exchanges.get(&index))
        {
            let _ = writeln!(text, "  exchange: {}", line(exchange));
        }
        if finding.count > 1 {
            let _ = writeln!(text, "  seen:     {} times", finding.count);
        }
        if let Some(mark) = &finding.waiver {
            let _ = writeln!(text, "  waiver:   {}", mark.sentence());
        }
        if let Some(advice) = &finding.advice {
            let _ = writeln!(text, "  advice:   {advice}");
        }
    }
    text
}

/// `#7 POST http://… -> 201`
fn line(exchange: &Exchange) -> String {
    let request = &exchange.request;
    let answer = match (&exchange.response, &exchange.error) {
        (Some(response), _) => response.status.to_string(),
        (None, Some(error)) => error.clone(),
        (None, None) => "no answer".to_owned(),
    };
    format!(
        "#{} {} {} -> {answer}",
        exchange.index,
        request.method,
        short(&request.url, VALUE_BYTES)
    )
}

fn value(value: &Value) -> String {
    short(&value.to_string(), VALUE_BYTES)
}

/// Text that XML can carry: characters that it forbids are shown as escapes, not dropped.
fn xml(text: &str) -> XmlString {
    XmlString::new(visible(text))
}
