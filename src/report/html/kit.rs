//! What the official kit would say.

use serde::Serialize;

use super::cover::kit_verdict;
use super::index::{ENTRIES, ExchangeLink, Index, LINE, Links};
use crate::report::text::short;
use crate::verdict::{KitAssertion, KitRequest, OfficialKit, RunResult};

/// The section on the official kit.
#[derive(Serialize)]
pub struct KitSection<'a> {
    edition: &'a str,
    verdict: &'static str,
    requests: usize,
    /// Where they are predicted.
    assertions: Option<usize>,
    failed: usize,
    failed_assertions: usize,
    script_errors: usize,
    request_errors: usize,
    limit: bool,
    notes: Vec<String>,
    /// What to do about failures that only the kit's own flaws cause.
    induced: Vec<String>,
    details: Vec<RequestView<'a>>,
}

/// One request of the kit.
#[derive(Serialize)]
struct RequestView<'a> {
    nth: usize,
    folder: &'a str,
    name: &'a str,
    method: &'a str,
    url: String,
    path: String,
    code: Option<u16>,
    status: &'static str,
    assertions: usize,
    failed: usize,
    script_error: Option<String>,
    request_error: Option<String>,
    checks: Vec<&'a KitAssertion>,
    more_checks: usize,
    exchanges: Links<ExchangeLink>,
}

impl<'a> KitSection<'a> {
    /// The section of a result that has the kit's numbers.
    pub fn new(kit: &'a OfficialKit, result: &'a RunResult, index: &Index<'a>) -> Self {
        let mut induced: Vec<String> = Vec::new();
        for finding in result.findings.iter().filter(|finding| finding.kit_induced) {
            let advice = finding.advice.as_deref().unwrap_or(&finding.message);
            let advice = short(advice, LINE);
            if induced.len() < ENTRIES && !induced.contains(&advice) {
                induced.push(advice);
            }
        }
        Self {
            edition: &kit.edition,
            verdict: kit_verdict(kit),
            requests: kit.requests,
            assertions: kit.predicted_assertions(),
            failed: kit.failed,
            failed_assertions: kit.failed_assertions,
            script_errors: kit.script_errors,
            request_errors: kit.request_errors,
            limit: kit.kit_limit_likely,
            notes: kit
                .notes
                .iter()
                .take(ENTRIES)
                .map(|note| short(note, LINE))
                .collect(),
            induced,
            details: kit
                .details
                .iter()
                .take(ENTRIES)
                .map(|request| RequestView::new(request, index))
                .collect(),
        }
    }
}

impl<'a> RequestView<'a> {
    fn new(request: &'a KitRequest, index: &Index<'a>) -> Self {
        let broken = request.script_error.is_some() || request.request_error.is_some();
        Self {
            nth: request.number,
            folder: &request.folder,
            name: &request.name,
            method: &request.method,
            url: short(&request.url, LINE),
            path: index.path(&request.url),
            code: request.status,
            status: if request.failed_assertions > 0 || broken {
                "failed"
            } else if request.assertions == 0 {
                // The kit asserts nothing here: that is not a pass.
                "unasserted"
            } else {
                "passed"
            },
            assertions: request.assertions,
            failed: request.failed_assertions,
            script_error: request.script_error.as_ref().map(|text| short(text, LINE)),
            request_error: request.request_error.as_ref().map(|text| short(text, LINE)),
            checks: request.checks.iter().take(ENTRIES).collect(),
            more_checks: request.checks.len().saturating_sub(ENTRIES),
            exchanges: index.exchange_links(&request.exchanges),
        }
    }
}
