//! The replay as the result shows it.

use super::{KitAssertion, KitRequest, OfficialKit};
use crate::kit::{Replay, RequestOutcome};

impl From<&Replay> for OfficialKit {
    fn from(replay: &Replay) -> Self {
        let totals = replay.totals;
        Self {
            edition: replay.edition.clone(),
            would_pass: replay.would_pass,
            requests: totals.requests,
            assertions: totals.assertions,
            failed: totals.failed,
            failed_assertions: totals.failed_assertions,
            script_errors: totals.script_errors,
            request_errors: totals.request_errors,
            exact: replay.exact,
            kit_limit_likely: replay.kit_limit_likely,
            notes: replay.notes.clone(),
            details: replay.requests.iter().map(KitRequest::from).collect(),
        }
    }
}

impl From<&RequestOutcome> for KitRequest {
    fn from(request: &RequestOutcome) -> Self {
        let checks = request.assertions.iter().map(|assertion| KitAssertion {
            name: assertion.name.clone(),
            executed: assertion.executed,
            failed: assertion.failed,
            kit_induced: assertion.kit_induced(),
        });
        Self {
            number: request.number,
            folder: request.folder.clone(),
            name: request.name.clone(),
            method: request.method.clone(),
            url: request.url.clone(),
            status: request.status,
            assertions: request.executed(),
            failed_assertions: request.failed_assertions(),
            script_error: request
                .script_error
                .as_ref()
                .map(|trouble| trouble.message.clone()),
            request_error: request
                .request_error
                .as_ref()
                .map(|trouble| trouble.message.clone()),
            checks: checks.collect(),
            exchanges: request.exchanges.clone(),
        }
    }
}
