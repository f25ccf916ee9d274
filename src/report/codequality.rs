//! `codequality.json`: the findings as GitLab's Code Quality shows them in a merge request.
//!
//! The format has a path in the place of a source file: it is the path of the request.

use std::collections::HashMap;

use serde_json::json;
use url::Url;

use super::ReportError;
use super::text::{short, visible};
use crate::evidence::Exchange;
use crate::terms::{Level, Severity};
use crate::verdict::{Finding, RunResult};

/// A description is written up to this many bytes.
const TEXT: usize = 1_000;

/// Writes what fails or warns as Code Quality issues.
///
/// # Errors
///
/// [`ReportError::Json`] where a value has no form in JSON.
pub fn render(result: &RunResult) -> Result<Vec<u8>, ReportError> {
    let exchanges: HashMap<usize, &Exchange> = result
        .exchanges
        .iter()
        .map(|exchange| (exchange.index, exchange))
        .collect();
    let causes = result.causes.iter();
    let causes: HashMap<usize, String> = causes
        .flat_map(|cause| cause.findings.iter().map(|at| (*at, cause.headline())))
        .collect();
    let counts = |finding: &Finding| finding.severity > Severity::Info && !finding.is_waived();
    let findings = result.findings.iter().enumerate();
    let issues = findings
        .filter(|(_, finding)| counts(finding))
        .map(|(place, finding)| {
            let exchange = finding.exchange.and_then(|index| exchanges.get(&index));
            let url = exchange.map_or(&result.target.url, |exchange| &exchange.request.url);
            let cause = causes.get(&place).map(|cause| format!(" (cause: {cause})"));
            let description = format!(
                "{}: {}{}",
                finding.requirement,
                finding.message,
                cause.unwrap_or_default()
            );
            json!({
                "description": short(&visible(&description), TEXT),
                "check_name": finding.requirement,
                "fingerprint": finding.fingerprint,
                "severity": severity(finding, result),
                "location": { "path": path(url), "lines": { "begin": 1 } },
            })
        });
    let mut bytes = serde_json::to_vec_pretty(&issues.collect::<Vec<_>>())?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn severity(finding: &Finding, result: &RunResult) -> &'static str {
    match (finding.severity, finding.level) {
        (Severity::Fail, level) if level > result.gate => "minor",
        (Severity::Fail, Level::Certification) => "blocker",
        (Severity::Fail, Level::Profile) => "critical",
        (Severity::Fail, _) => "major",
        (Severity::Warn, _) => "minor",
        (Severity::Info, _) => "info",
    }
}

/// The path of a URL, relative as a file's is.
fn path(url: &str) -> String {
    let path = Url::parse(url).map_or_else(|_| url.to_owned(), |url| url.path().to_owned());
    let path = path.trim_matches('/');
    let path = if path.is_empty() { "." } else { path };
    short(&visible(path), TEXT)
}
