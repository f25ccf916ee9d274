//! Which failures only the kit's own flaws cause.
//!
//! The rule (contract of the results, "Verdicts"): the same assertion with encoded values, decoded
//! JSON and only records of this run would not fail; or the kit's built-in second payload was
//! refused although the configured first one was accepted; and all that follows from one of these.
//! In doubt a failure is the target's own.

use std::collections::BTreeMap;

use super::description::{Description, Payload, Request};
use super::outcome::{Assertion, AssertionKind, Failure, Origin, RequestOutcome};
use super::state::{Evaluation, State};
use super::url::{WireUrl, put_variables_encoded, variables_in};

const ESCAPES: &str = "The official kit looks for the decoded value in the raw text of the body, where JSON escapes hide it: answer without needless escapes, or configure a payload whose values need none.";
const OLDER: &str = "The official kit judges records that existed before its run, too: complete or remove those named here before running it.";
const ENCODING: &str = "The official kit puts the value into the URL without encoding it, and the same request with the value encoded does not fail: configure a payload, or give ids, without such characters.";
const PAYLOAD: &str = "The official kit's built-in second payload was refused although the configured first one was accepted; it can't be configured, so the target has to accept it to pass that kit.";
const FOLLOWS: &str = "This follows from the refusal of the official kit's built-in second payload, which can't be configured: there is no second record to read.";

/// A refusal with one of these says nothing about the payload.
const NOT_ABOUT_THE_PAYLOAD: [u16; 5] = [401, 403, 407, 408, 429];

/// What is known beyond the outcomes themselves.
pub struct Facts {
    /// Every record that the creates made was seen under its id, so that a record with another id
    /// is certainly an older one.
    pub older_certain: bool,
    /// The configured payload.
    pub configured: String,
    /// What the script says of requests sent again with encoded values, by number.
    pub resent: BTreeMap<usize, Evaluation>,
}

/// Marks the failures that only flaws of the kit cause, with advice. To be called again when more
/// is known.
pub fn mark(description: &Description, outcomes: &mut [RequestOutcome], facts: &Facts) {
    for outcome in outcomes.iter_mut() {
        for failure in failures_of(outcome) {
            if failure.escaped {
                failure.advice = Some(ESCAPES.to_owned());
            } else if failure.origin == Origin::Older && facts.older_certain {
                failure.advice = Some(OLDER.to_owned());
            }
        }
        if let Some(evaluation) = facts.resent.get(&outcome.number) {
            let record = description
                .requests
                .iter()
                .find(|request| request.number == outcome.number)
                .and_then(|request| request.record);
            mark_resent(outcome, evaluation, record, facts.older_certain);
        }
    }
    mark_refused(description, outcomes, &facts.configured);
}

/// Whether a failure is left that no flaw of the kit explains.
pub fn open(outcome: &RequestOutcome) -> bool {
    outcome
        .assertions
        .iter()
        .any(|assertion| assertion.failed > 0 && !assertion.kit_induced())
        || [&outcome.script_error, &outcome.request_error]
            .into_iter()
            .flatten()
            .any(|trouble| trouble.advice.is_none())
}

/// The URL of a read of a created record with its values encoded; `None` for all other requests.
pub fn encoded(description: &Description, request: &Request, state: &State) -> Option<WireUrl> {
    if request.method != "GET" {
        return None;
    }
    let record = request.record?;
    if !state.created.iter().any(|(created, _)| *created == record) {
        return None;
    }
    let globals = &state.globals;
    if variables_in(&request.url).any(|name| globals.get(name).is_nil()) {
        return None;
    }
    let text = put_variables_encoded(&request.url, globals, &description.base_variable).ok()?;
    WireUrl::encode(&text).ok()
}

fn failures_of(outcome: &mut RequestOutcome) -> impl Iterator<Item = &mut Failure> {
    outcome
        .assertions
        .iter_mut()
        .flat_map(|assertion| &mut assertion.failures)
}

/// The failures that are gone when the request is sent with encoded values.
fn mark_resent(
    outcome: &mut RequestOutcome,
    resent: &Evaluation,
    record: Option<usize>,
    older_certain: bool,
) {
    // Without its record in it, the answer does not show that the encoding was the cause.
    let whole =
        resent.script_error.is_none() && record.is_some_and(|own| resent.seen.contains(&own));
    let excused =
        |failure: &Failure| failure.escaped || (older_certain && failure.origin == Origin::Older);
    for assertion in &mut outcome.assertions {
        let gone = same(&resent.assertions, assertion)
            .is_some_and(|again| again.failures.iter().all(excused));
        if gone && (whole || assertion.kind == AssertionKind::Status) {
            advise(&mut assertion.failures, ENCODING);
        }
    }
    if whole && let Some(error) = &mut outcome.script_error {
        error.advice = Some(ENCODING.to_owned());
    }
    // It was sent and answered this time.
    if let Some(error) = &mut outcome.request_error {
        error.advice = Some(ENCODING.to_owned());
    }
}

/// The refusal of the built-in payload, and what follows from it.
fn mark_refused(description: &Description, outcomes: &mut [RequestOutcome], configured: &str) {
    let Some((first, second)) = refused(description, outcomes, configured) else {
        return;
    };
    for (request, at) in description.requests.iter().zip(0..outcomes.len()) {
        let follows = variables_in(&request.url).any(|name| {
            description
                .held_by(name)
                .is_some_and(|(record, _)| record == second)
        });
        let advice = if request.record != Some(second) {
            continue;
        } else if request.creates() {
            PAYLOAD
        } else if follows {
            FOLLOWS
        } else {
            continue;
        };
        let counterpart = encoded_counterpart(description, request, first, second)
            .and_then(|number| outcomes.iter().find(|outcome| outcome.number == number))
            .cloned();
        let Some(counterpart) = counterpart else {
            continue;
        };
        let outcome = &mut outcomes[at];
        for assertion in &mut outcome.assertions {
            // What fails with the accepted record just the same is not the payload's doing.
            let elsewhere = same(&counterpart.assertions, assertion)
                .is_some_and(|other| other.failed > 0 && !other.kit_induced());
            if !elsewhere {
                advise(&mut assertion.failures, advice);
            }
        }
        let theirs = [&counterpart.script_error, &counterpart.request_error];
        let ours = [&mut outcome.script_error, &mut outcome.request_error];
        for (ours, theirs) in ours.into_iter().zip(theirs) {
            if let Some(trouble) = ours
                && theirs.as_ref().is_none_or(|theirs| theirs.advice.is_some())
                && trouble.advice.is_none()
            {
                trouble.advice = Some(advice.to_owned());
            }
        }
    }
}

/// The accepted record and the refused one, where the built-in payload and nothing else was
/// refused.
fn refused(
    description: &Description,
    outcomes: &[RequestOutcome],
    configured: &str,
) -> Option<(usize, usize)> {
    let mut accepted = None;
    for (request, outcome) in description.requests.iter().zip(outcomes) {
        let Some(record) = request.record.filter(|_| request.creates()) else {
            continue;
        };
        let status = outcome.status?;
        match &request.payload {
            Some(Payload::Configured) if (200..300).contains(&status) => accepted = Some(record),
            Some(Payload::BuiltIn(text)) if (400..500).contains(&status) => {
                // The very payload that was accepted before is refused for another reason.
                let different = json(text) != json(configured);
                if different && !NOT_ABOUT_THE_PAYLOAD.contains(&status) {
                    return Some((accepted?, record));
                }
            }
            _ => {}
        }
    }
    None
}

fn json(text: &str) -> Option<serde_json::Value> {
    serde_json::from_str(text).ok()
}

/// The request that asks for one record what this one asks for the other.
fn encoded_counterpart(
    description: &Description,
    request: &Request,
    first: usize,
    second: usize,
) -> Option<usize> {
    let mut url = request.url.clone();
    let variables = description.records.iter();
    let variables = variables.filter(|known| known.record == second);
    for (attribute, from) in variables.flat_map(|known| &known.variables) {
        if let Some(to) = description.variable(first, attribute) {
            url = url.replace(&format!("{{{{{from}}}}}"), &format!("{{{{{to}}}}}"));
        }
    }
    description
        .requests
        .iter()
        .find(|other| {
            other.url == url && other.method == request.method && other.record == Some(first)
        })
        .map(|other| other.number)
}

fn same<'a>(assertions: &'a [Assertion], wanted: &Assertion) -> Option<&'a Assertion> {
    assertions
        .iter()
        .find(|known| known.kind == wanted.kind && known.attribute == wanted.attribute)
}

fn advise(failures: &mut [Failure], advice: &str) {
    for failure in failures {
        if failure.advice.is_none() {
            failure.advice = Some(advice.to_owned());
        }
    }
}

#[cfg(test)]
#[path = "kit_flaws_tests.rs"]
mod tests;
