//! Steps on the stored replay of the official kit. They send nothing.

use cucumber::gherkin::Step;
use cucumber::{given, then};
use serde_json::{Value, json};

use super::StepDoc;
use crate::evidence::{Outcome, Stop};
use crate::kit::{Assertion, AssertionKind, Failure, Origin, Replay, RequestOutcome};
use crate::world::{Violation, World};

/// The steps of this file.
pub(super) const VOCABULARY: &[StepDoc] = &[
    StepDoc {
        pattern: "Given request NUMBER of the official kit, DESCRIPTION",
        meaning: "names the request of the kit that the scenario is about; it was sent before, \
                  with all others, in the kit's order",
        example: "Given request 18 of the official kit, GET of an id that does not exist",
    },
    StepDoc {
        pattern: "Then an answer came (REQUIREMENT)",
        meaning: "an HTTP answer came, whatever its status",
        example: "Then an answer came (TMF683-4-CTK-025)",
    },
    StepDoc {
        pattern: "Then the media type application/json was not refused (REQUIREMENT)",
        meaning: "the status is neither 406 nor 415, although the request carries Accept and \
                  Content-Type application/json",
        example: "Then the media type application/json was not refused (TMF683-4-CTK-024)",
    },
    StepDoc {
        pattern: "Then the same body as in request NUMBER was accepted again (REQUIREMENT)",
        meaning: "not tested where the two bodies differ; else the status is no refusal where \
                  that of the earlier request was none",
        example: "Then the same body as in request 1 was accepted again (TMF683-4-CTK-010)",
    },
    StepDoc {
        pattern: "Then the kit's own body was not refused (REQUIREMENT)",
        meaning: "the status of a create with the body that is built into the kit is below 400",
        example: "Then the kit's own body was not refused (TMF683-4-CTK-009)",
    },
    StepDoc {
        pattern: "Then the kit's assertions hold:",
        meaning: "each assertion that the kit executed holds, those listed and any other; a \
                  script that ended early fails",
        example: "Then the kit's assertions hold:",
    },
    StepDoc {
        pattern: "Then the kit asserts nothing about it",
        meaning: "the kit's script for this request is empty: whatever was answered passes",
        example: "Then the kit asserts nothing about it",
    },
];

#[given(regex = r"^request (\d+) of the official kit, (.+)$")]
async fn request_of_the_kit(
    world: &mut World,
    step: &Step,
    number: usize,
    _what: String,
) -> Outcome {
    world.at(step).kit_request = Some(number);
    let Some(replay) = &world.context.replay else {
        return world.stop(Stop::blocked("the official kit was not replayed", None));
    };
    let reason = match replay.request(number) {
        None => Some("the replay ended before this request".to_owned()),
        Some(request) => request.unread.clone(),
    };
    let silent = replay
        .requests
        .iter()
        .all(|request| request.status.is_none());
    let exchanges = replay
        .request(number)
        .map(|request| request.exchanges.clone())
        .unwrap_or_default();
    world.evidence.exchanges.extend(exchanges);
    if let Some(reason) = reason {
        return world.stop(Stop::blocked(reason, None));
    }
    if silent {
        let why = "no request got an answer: the target can't be reached, nothing is said about it";
        return world.stop(Stop::blocked(why, None));
    }
    Ok(())
}

#[then(regex = r"^an answer came \((\S+)\)$")]
async fn an_answer_came(world: &mut World, step: &Step, requirement: String) -> Outcome {
    let request = request(world.at(step))?;
    if let Some(trouble) = &request.request_error {
        world.record(Violation {
            key: "no answer".into(),
            message: format!("no answer came to {} {}", request.method, request.url),
            expected: json!("an HTTP answer"),
            actual: json!(trouble.message),
            exchange: request.exchanges.last().copied(),
            requirement: Some(requirement),
            kit_induced: trouble.advice.is_some(),
            advice: trouble.advice.clone(),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then(regex = r"^the media type application/json was not refused \((\S+)\)$")]
async fn media_type_not_refused(world: &mut World, step: &Step, requirement: String) -> Outcome {
    let request = request(world.at(step))?;
    if matches!(request.status, Some(406 | 415)) {
        refused(
            world,
            &request,
            requirement,
            "media type refused",
            "a request with Accept and Content-Type application/json to be served",
        );
    }
    world.conclude()
}

#[then(regex = r"^the same body as in request (\d+) was accepted again \((\S+)\)$")]
async fn same_body_accepted(
    world: &mut World,
    step: &Step,
    earlier: usize,
    requirement: String,
) -> Outcome {
    let request = request(world.at(step))?;
    let earlier = replay(world)?.request(earlier).cloned();
    let sent = |request: &RequestOutcome| {
        let index = *request.exchanges.first()?;
        let exchange = world.context.client.log().get(index)?;
        let body = exchange.request.message.body.clone()?;
        serde_json::from_str::<Value>(&body).ok()
    };
    let Some(earlier) = earlier else {
        return world.stop(Stop::blocked("the earlier request was not sent", None));
    };
    if sent(&earlier) != sent(&request) {
        let reason =
            "the configured body differs from the kit's own, so that no body was sent twice";
        world.evidence.untested.push((requirement, reason.into()));
        return Ok(());
    }
    if earlier.status.is_none_or(|status| status >= 400) {
        let reason = "the first of the two identical creates was not accepted either";
        world.evidence.undecided.push((requirement, reason.into()));
        return Ok(());
    }
    if request.status.is_some_and(|status| status >= 400) {
        refused(
            world,
            &request,
            requirement,
            "identical body refused",
            "the second of two creates with the same body to be accepted as the first one was",
        );
    }
    world.conclude()
}

#[then(regex = r"^the kit's own body was not refused \((\S+)\)$")]
async fn own_body_not_refused(world: &mut World, step: &Step, requirement: String) -> Outcome {
    let request = request(world.at(step))?;
    if request.status.is_some_and(|status| status >= 400) {
        refused(
            world,
            &request,
            requirement,
            "own body refused",
            "the body that is built into the kit to be accepted",
        );
    }
    world.conclude()
}

#[then("the kit asserts nothing about it")]
async fn nothing_asserted(world: &mut World, step: &Step) -> Outcome {
    let request = request(world.at(step))?;
    if request.executed() > 0 {
        let reason =
            "the pack's description of the kit has assertions here: the scenario is out of date";
        return world.stop(Stop::blocked(reason, None));
    }
    Ok(())
}

#[then("the kit's assertions hold:")]
async fn assertions_hold(world: &mut World, step: &Step) -> Outcome {
    let request = request(world.at(step))?;
    for assertion in &request.assertions {
        if assertion.failed == 0 || follows_from_the_type(&request, assertion) {
            continue;
        }
        // Ten assertions on an empty list, one defect: the list is empty.
        if request.elements == Some(0) && assertion.kind != AssertionKind::Status {
            continue;
        }
        for failure in &assertion.failures {
            let violation = violation(&request, assertion, failure);
            world.record(violation);
        }
    }
    if request.elements == Some(0) {
        empty_list(world, &request);
    }
    if let Some(trouble) = &request.script_error {
        world.record(Violation {
            key: "script error".into(),
            message: format!(
                "the kit's script ends early at the answer to {} {}: {}",
                request.method, request.url, trouble.message
            ),
            expected: json!("JSON that the kit can read"),
            actual: json!(trouble.message),
            exchange: request.exchanges.last().copied(),
            requirement: trouble.requirements.first().cloned(),
            kit_induced: trouble.advice.is_some(),
            advice: trouble.advice.clone(),
            ..Violation::default()
        });
        leave_undecided(world, &request, step);
    }
    world.conclude()
}

/// "Body includes value held on x" repeats the type assertion: where that one fails too, the
/// second is no second defect.
fn follows_from_the_type(request: &RequestOutcome, assertion: &Assertion) -> bool {
    assertion.kind == AssertionKind::Includes
        && request.assertions.iter().any(|other| {
            other.kind == AssertionKind::Type
                && other.attribute == assertion.attribute
                && other.failed >= assertion.failed
        })
}

fn violation(request: &RequestOutcome, assertion: &Assertion, failure: &Failure) -> Violation {
    let example = failure.examples.first();
    let pointer = assertion.attribute.as_ref().map(|attribute| {
        let index = example.and_then(|example| example.index);
        index.map_or_else(
            || format!("/{attribute}"),
            |index| format!("/{index}/{attribute}"),
        )
    });
    let whose = match failure.origin {
        Origin::Older => " on records that this run did not create",
        Origin::Answer | Origin::Own | Origin::Unclear => "",
    };
    let often = if failure.count > 1 {
        format!(", {} times", failure.count)
    } else {
        String::new()
    };
    Violation {
        key: format!("{} {:?}", assertion_key(assertion), failure.origin),
        message: format!(
            "the kit's assertion \"{}\" fails{whose}{often}: {}",
            assertion.name, failure.message
        ),
        expected: failure.expected.clone(),
        actual: example.map_or(Value::Null, |example| example.actual.clone()),
        pointer,
        exchange: request.exchanges.last().copied(),
        requirement: assertion.requirements.first().cloned(),
        kit_induced: failure.kit_induced(),
        advice: failure.advice.clone(),
        ..Violation::default()
    }
}

/// The assertion without the values that some names carry.
fn assertion_key(assertion: &Assertion) -> String {
    format!(
        "{:?} {}",
        assertion.kind,
        assertion.attribute.as_deref().unwrap_or_default()
    )
}

fn empty_list(world: &mut World, request: &RequestOutcome) {
    let failing = request
        .assertions
        .iter()
        .find(|assertion| assertion.failed > 0 && assertion.kind != AssertionKind::Status);
    let Some(failing) = failing else { return };
    let advice = failing
        .failures
        .iter()
        .find_map(|failure| failure.advice.clone());
    world.record(Violation {
        key: "empty list".into(),
        message: format!("{} {} answers an empty list", request.method, request.url),
        expected: json!("a list with the record that was created before"),
        actual: json!([]),
        exchange: request.exchanges.last().copied(),
        requirement: failing.requirements.first().cloned(),
        kit_induced: failing.kit_induced(),
        advice,
        ..Violation::default()
    });
}

fn refused(
    world: &mut World,
    request: &RequestOutcome,
    requirement: String,
    key: &str,
    expected: &str,
) {
    let status = request.status.unwrap_or_default();
    let failures = request
        .assertions
        .iter()
        .flat_map(|assertion| &assertion.failures);
    let advice = failures
        .filter(|failure| failure.origin == Origin::Answer)
        .find_map(|failure| failure.advice.clone());
    world.record(Violation {
        key: key.into(),
        message: format!(
            "{} {} is refused with status {status}",
            request.method, request.url
        ),
        expected: json!(expected),
        actual: json!(status),
        exchange: request.exchanges.last().copied(),
        requirement: Some(requirement),
        kit_induced: advice.is_some(),
        advice,
        ..Violation::default()
    });
}

/// What the script did not come to is not decided.
fn leave_undecided(world: &mut World, request: &RequestOutcome, step: &Step) {
    let Some(spec) = &world.spec else { return };
    let listed = step.table.iter().flat_map(|table| &table.rows).count();
    let executed: Vec<_> = request
        .assertions
        .iter()
        .flat_map(|assertion| &assertion.requirements)
        .collect();
    let missed = spec
        .requirements
        .iter()
        .filter(|id| listed > 0 && !executed.contains(id));
    let reason = "the kit's script ended before this was asserted";
    let missed: Vec<_> = missed.map(|id| (id.clone(), reason.to_owned())).collect();
    world.evidence.undecided.extend(missed);
}

fn replay(world: &World) -> Result<&Replay, Stop> {
    world
        .context
        .replay
        .as_ref()
        .ok_or_else(|| Stop::blocked("the official kit was not replayed", None))
}

fn request(world: &World) -> Result<RequestOutcome, Stop> {
    let number = world.kit_request.unwrap_or_default();
    let request = replay(world)?.request(number);
    request
        .cloned()
        .ok_or_else(|| Stop::blocked("the replay ended before this request", None))
}
