//! `report.sarif`: the findings in SARIF 2.1.0, as code scanning services read them.
//!
//! A requirement is a rule, a finding a result. What fails up to the gate is an error, what fails
//! above it or warns is a warning, all else a note: such a service refuses a change by its errors.
//! There is no source file to point at, so a result is placed at the URL of its request, and the
//! exchange stands beside it as web request and web response, without headers and bodies: they are
//! in `result.json`.

use std::collections::HashMap;

use serde_json::{Value, json};

use super::ReportError;
use super::text::{short, visible};
use crate::evidence::Exchange;
use crate::terms::{Level, Severity, Source};
use crate::verdict::{Cause, Finding, RequirementResult, RunResult};

/// The schema that the file keeps to.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// A text is written up to this many bytes.
const TEXT: usize = 2_000;

/// Writes the findings as SARIF.
///
/// # Errors
///
/// [`ReportError::Json`] where a value has no form in JSON.
pub fn render(result: &RunResult) -> Result<Vec<u8>, ReportError> {
    let known = Known::of(result);
    let rules = result.requirements.iter().map(|rule| {
        let help = help(rule, result);
        json!({
            "id": rule.id,
            "shortDescription": { "text": text(&rule.statement) },
            "help": { "text": help },
            "defaultConfiguration": { "level": level_of(rule.level, Severity::Fail, result) },
            "properties": { "tags": [rule.level.name(), rule.strength.to_string()] },
        })
    });
    let results = result.findings.iter().enumerate();
    let results = results.map(|(place, finding)| sarif_result(place, finding, result, &known));
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": result.kit.name,
                "semanticVersion": result.kit.version,
                "fullName": format!(
                    "{} {}, independent conformance check, no official result",
                    result.kit.name, result.kit.version
                ),
                "rules": rules.collect::<Vec<_>>(),
            } },
            "automationDetails": { "id": format!("{}/", result.kit.pack) },
            "invocations": [{
                "executionSuccessful": !result.run.interrupted
                    && result.run.internal_errors.is_empty(),
                "startTimeUtc": result.run.started_at,
            }],
            "columnKind": "utf16CodeUnits",
            "results": results.collect::<Vec<_>>(),
        }],
    });
    let mut bytes = serde_json::to_vec_pretty(&log)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// What stands behind findings.
struct Known<'a> {
    rules: HashMap<&'a str, usize>,
    exchanges: HashMap<usize, &'a Exchange>,
    causes: HashMap<usize, &'a Cause>,
}

impl<'a> Known<'a> {
    fn of(result: &'a RunResult) -> Self {
        let rules = result.requirements.iter().enumerate();
        let exchanges = result.exchanges.iter();
        let causes = result.causes.iter();
        Self {
            rules: rules.map(|(at, rule)| (rule.id.as_str(), at)).collect(),
            exchanges: exchanges.map(|one| (one.index, one)).collect(),
            causes: causes
                .flat_map(|cause| cause.findings.iter().map(move |at| (*at, cause)))
                .collect(),
        }
    }
}

fn sarif_result(place: usize, finding: &Finding, result: &RunResult, known: &Known<'_>) -> Value {
    let exchange = finding
        .exchange
        .and_then(|index| known.exchanges.get(&index));
    let uri = exchange.map_or(result.target.url.as_str(), |it| it.request.url.as_str());
    let mut message = finding.message.clone();
    if !(finding.expected.is_null() && finding.actual.is_null()) {
        message.push_str(&format!(
            "; expected {}, got {}",
            finding.expected, finding.actual
        ));
    }
    if let Some(cause) = known.causes.get(&place) {
        message.push_str(&format!(
            ". Cause: {}. To mend it: {}",
            cause.headline(),
            cause.advice
        ));
    }
    let mut sarif = json!({
        "ruleId": finding.requirement,
        "level": level_of(finding.level, finding.severity, result),
        "message": { "text": text(&message) },
        "locations": [{
            "physicalLocation": { "artifactLocation": { "uri": uri } },
            "logicalLocations": [{
                "fullyQualifiedName": finding.pointer.as_deref().unwrap_or("/"),
                "kind": "value",
            }],
        }],
        "occurrenceCount": finding.count,
        "partialFingerprints": { "tmfctk/v1": finding.fingerprint },
    });
    if let Some(rule) = known.rules.get(finding.requirement.as_str()) {
        sarif["ruleIndex"] = json!(rule);
    }
    if let Some(exchange) = exchange {
        sarif["webRequest"] = json!({
            "index": -1,
            "method": exchange.request.method,
            "target": exchange.request.url,
        });
        if let Some(response) = &exchange.response {
            sarif["webResponse"] = json!({ "index": -1, "statusCode": response.status });
        }
    }
    if let Some(mark) = &finding.waiver {
        let why = text(&mark.sentence());
        sarif["suppressions"] = json!([{ "kind": "external", "justification": why }]);
    }
    if let Some(baseline) = &result.baseline {
        let is_old = baseline.knows(finding);
        sarif["baselineState"] = json!(if is_old { "unchanged" } else { "new" });
    }
    sarif
}

/// What a finding of a level costs who checks a change.
fn level_of(level: Level, severity: Severity, result: &RunResult) -> &'static str {
    match severity {
        Severity::Fail if level <= result.gate => "error",
        Severity::Fail | Severity::Warn => "warning",
        Severity::Info => "note",
    }
}

/// The rule with the places where it stands, and the documents that these are in.
fn help(rule: &RequirementResult, result: &RunResult) -> String {
    let mut help = format!("{} ({})", rule.statement, rule.sources.join("; "));
    for (name, source) in &result.sources {
        let cited = |text: &String| text.split(' ').next() == Some(name);
        if rule.sources.iter().any(cited) {
            help.push_str(&format!("\n{name}: {}", document(source)));
        }
    }
    help.push_str(&format!("\nMore: tmfctk explain {}", rule.id));
    help
}

fn document(source: &Source) -> String {
    let version = source.version.as_deref().map(|it| format!(" {it}"));
    let url = source.url.as_deref().map(|it| format!(", {it}"));
    let (version, url) = (version.unwrap_or_default(), url.unwrap_or_default());
    format!("{}{version}{url}", source.title)
}

fn text(text: &str) -> String {
    short(&visible(text), TEXT)
}
