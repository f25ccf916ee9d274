//! Steps on the stored replay of the official kit. They send nothing.

use serde_json::{Value, json};
use tmfctk_step_macros::{given, then};

use crate::evidence::{Outcome, Stop};
use crate::kit::{Assertion, AssertionKind, Failure, Origin, Replay, RequestOutcome};
use crate::world::{Violation, World};

/// Statuses that say that a body is not liked; any other says nothing about it.
const BODY_REFUSED: [u16; 4] = [400, 409, 413, 422];

/// The request that creates the kit's first record.
const FIRST_CREATE: usize = 1;

/// Names the request of the kit that the scenario is about; it was sent before, with all others, in
/// the kit's order.
#[given(
    regex = r"^request (\d+) of the official kit, (.+)$",
    pattern = "request NUMBER of the official kit, DESCRIPTION",
    example = "request 18 of the official kit, GET of an id that does not exist"
)]
async fn request_of_the_kit(world: &mut World, number: usize, _what: String) -> Outcome {
    world.kit_request = Some(number);
    world.context.writes("the official kit creates records")?;
    let Some(replay) = &world.context.replay else {
        return Err(Stop::blocked("the official kit was not replayed", None));
    };
    let reason = match replay.request(number) {
        None => Some("the replay ended before this request".to_owned()),
        Some(request) => request.unread.clone(),
    };
    // An answer that led nowhere, such as a loop of redirects, is one all the same.
    let silent = replay.would_pass.is_none()
        && replay
            .requests
            .iter()
            .all(|request| request.status.is_none());
    let exchanges = replay
        .request(number)
        .map(|request| request.exchanges.clone())
        .unwrap_or_default();
    world.evidence.exchanges.extend(exchanges);
    if let Some(reason) = reason {
        return Err(Stop::blocked(reason, None));
    }
    if silent {
        let why = "no request got an answer: the target can't be reached, nothing is said about it";
        return Err(Stop::blocked(why, None));
    }
    Ok(())
}

/// An HTTP answer came, whatever its status.
#[then(
    regex = r"^an answer came \((\S+)\)$",
    pattern = "an answer came (REQUIREMENT)",
    example = "an answer came (TMF683-4-CTK-025)"
)]
async fn an_answer_came(world: &mut World, requirement: String) -> Outcome {
    let request = request(world)?;
    let Some(trouble) = &request.request_error else {
        return holds(world, requirement);
    };
    // What was not sent, since the run had ended, says nothing of the target.
    if world.context.client.halted().as_ref() == Some(&trouble.message) {
        let reason = trouble.message.clone();
        return Err(Stop::blocked(reason, None));
    }
    world.record(
        Violation::new(
            "no answer",
            format!("no answer came to {} {}", request.method, request.url),
        )
        .expected("an HTTP answer")
        .actual(json!(trouble.message))
        .exchange(request.exchanges.last().copied())
        .requirement(requirement)
        .kit_induced(trouble.advice.is_some())
        .advice(trouble.advice.clone()),
    );
    leave_undecided(
        world,
        "no answer came that the kit could assert anything about",
    );
    Ok(())
}

/// The status is not 404, or an earlier request to the same URL was answered with another one.
#[then(
    regex = r"^the resource was found at its path \((\S+)\)$",
    pattern = "the resource was found at its path (REQUIREMENT)",
    example = "the resource was found at its path (TMF683-4-CTK-025)"
)]
async fn resource_found(world: &mut World, requirement: String) -> Outcome {
    let request = request(world)?;
    let found = replay(world)?
        .requests
        .iter()
        .take_while(|earlier| earlier.number < request.number)
        .any(|earlier| earlier.url == request.url && earlier.status != Some(404));
    if request.status != Some(404) || found {
        return holds(world, requirement);
    }
    let expected = "the resource below the base URL";
    refused(world, &request, requirement, "not found", expected)
}

/// The status is neither 406 nor 415, although the request carries Accept and Content-Type
/// application/json.
#[then(
    regex = r"^the media type application/json was not refused \((\S+)\)$",
    pattern = "the media type application/json was not refused (REQUIREMENT)",
    example = "the media type application/json was not refused (TMF683-4-CTK-024)"
)]
async fn media_type_not_refused(world: &mut World, requirement: String) -> Outcome {
    let request = request(world)?;
    if !matches!(request.status, Some(406 | 415)) {
        return holds(world, requirement);
    }
    let expected = "a request with Accept and Content-Type application/json to be served";
    refused(world, &request, requirement, "media type refused", expected)
}

/// Not tested where the two bodies differ; else the status is not a refusal where that of the
/// earlier request was none.
#[then(
    regex = r"^the same body as in request (\d+) was accepted again \((\S+)\)$",
    pattern = "the same body as in request NUMBER was accepted again (REQUIREMENT)",
    example = "the same body as in request 1 was accepted again (TMF683-4-CTK-010)"
)]
async fn same_body_accepted(world: &mut World, earlier: usize, requirement: String) -> Outcome {
    let request = request(world)?;
    let Some(earlier) = replay(world)?.request(earlier).cloned() else {
        return Err(Stop::blocked("the earlier request was not sent", None));
    };
    if body_sent(world, &earlier) != body_sent(world, &request) {
        let reason =
            "the configured body differs from the kit's own, so that no body was sent twice";
        world.evidence.untested.push((requirement, reason.into()));
        return Ok(());
    }
    if !accepted(&earlier) {
        let reason = "the first of the two identical creates was not accepted either";
        world.evidence.undecided.push((requirement, reason.into()));
        return Ok(());
    }
    if accepted(&request) {
        return holds(world, requirement);
    }
    let expected =
        "the second of two creates with the same body to be accepted as the first one was";
    refused(
        world,
        &request,
        requirement,
        "identical body refused",
        expected,
    )
}

/// The status of a create with the body that is built into the kit is none that refuses a body; not
/// decided where it was refused for another reason.
#[then(
    regex = r"^the kit's own body was not refused \((\S+)\)$",
    pattern = "the kit's own body was not refused (REQUIREMENT)",
    example = "the kit's own body was not refused (TMF683-4-CTK-009)"
)]
async fn own_body_not_refused(world: &mut World, requirement: String) -> Outcome {
    let request = request(world)?;
    match request.status {
        Some(status) if BODY_REFUSED.contains(&status) => {
            let expected = "the body that is built into the kit to be accepted";
            let why = own_body_is_flawed(world, &request)?;
            refused_for(
                world,
                &request,
                requirement,
                "own body refused",
                expected,
                why,
            )
        }
        Some(status) if status >= 400 => {
            let reason = format!("status {status} refuses the request for another reason");
            world.evidence.undecided.push((requirement, reason));
            Ok(())
        }
        _ => holds(world, requirement),
    }
}

/// Whether the kit's own body, and nothing else, is refused: another create of the replay was accepted.
/// What to do about it then.
fn own_body_is_flawed(world: &World, request: &RequestOutcome) -> Result<Option<String>, Stop> {
    let replay = replay(world)?;
    let mut earlier = replay
        .requests
        .iter()
        .take_while(|one| one.number < request.number);
    let is_flawed = earlier.any(|one| {
        one.method == request.method
            && one.url == request.url
            && accepted(one)
            && body_sent(world, one) != body_sent(world, request)
    });
    Ok(is_flawed.then(|| {
        "the configured body is accepted, and this one can't be configured: it has values that no \
         document lists, and lacks what the API description demands"
            .to_owned()
    }))
}

/// The kit's script for this request is empty: whatever was answered passes.
#[then("the kit asserts nothing about it")]
async fn nothing_asserted(world: &mut World) -> Outcome {
    let request = request(world)?;
    if request.executed() > 0 {
        let reason =
            "the pack's description of the kit has assertions here: the scenario is out of date";
        return Err(Stop::blocked(reason, None));
    }
    Ok(())
}

/// Each assertion that the kit executed holds, those listed and any other; a script that ended
/// early fails. What fails only because of another failure is not decided, and says so.
#[then("the kit's assertions hold:")]
async fn assertions_hold(world: &mut World) -> Outcome {
    let request = request(world)?;
    if let Some(lack) = &request.lacks {
        let reason = format!(
            "the answer to request {} gave no {} to ask with",
            lack.create, lack.attribute
        );
        return blocked_by(world, lack.create, reason);
    }
    // Ten assertions on an empty list, one defect: the list is empty.
    if request.elements == Some(0) && !refused_at_all(&request) {
        return empty_list(world, &request);
    }
    if let Some(reason) = record_failures(world, &request) {
        leave_undecided(world, &reason);
    }
    Ok(())
}

/// Records each assertion that failed by itself; says why the others could not be decided, where
/// the answer is such that nothing else could hold.
fn record_failures(world: &mut World, request: &RequestOutcome) -> Option<String> {
    let whole = |assertion: &&Assertion| {
        matches!(
            assertion.kind,
            AssertionKind::Status | AssertionKind::NotArray
        )
    };
    for assertion in request.assertions.iter().filter(whole) {
        record(world, request, assertion);
    }
    if refused_at_all(request) {
        let status = request.status.unwrap_or_default();
        return Some(format!(
            "the answer is not a record, its status is {status}"
        ));
    }
    let array = request
        .assertions
        .iter()
        .find(|assertion| assertion.kind == AssertionKind::NotArray && assertion.failed > 0);
    if array.is_some() {
        return Some("the answer is an array in place of a record".to_owned());
    }
    for assertion in request.assertions.iter().filter(|it| !whole(it)) {
        if !follows_from_the_type(request, assertion) {
            record(world, request, assertion);
        }
    }
    let trouble = request.script_error.as_ref()?;
    world.record(
        Violation::new(
            "script error",
            format!(
                "the kit's script ends early at the answer to {} {}: {}",
                request.method, request.url, trouble.message
            ),
        )
        .expected("JSON that the kit can read")
        .actual(json!(trouble.message))
        .exchange(request.exchanges.last().copied())
        .requirement(trouble.requirements.first().cloned())
        .kit_induced(trouble.advice.is_some())
        .advice(trouble.advice.clone()),
    );
    Some("the kit's script ended before this was asserted".to_owned())
}

fn record(world: &mut World, request: &RequestOutcome, assertion: &Assertion) {
    for failure in &assertion.failures {
        if !follows_from_absence(request, assertion, failure) {
            let violation = violation(request, assertion, failure);
            world.record(violation);
        }
    }
}

/// The status shows a refusal or an error, and so the body is none that was asked for.
fn refused_at_all(request: &RequestOutcome) -> bool {
    let failed =
        |assertion: &Assertion| assertion.kind == AssertionKind::Status && assertion.failed > 0;
    request.status.is_some_and(|status| status >= 300) && request.assertions.iter().any(failed)
}

/// An attribute that is not there has no type: where its absence is recorded, that is not a second
/// defect.
fn follows_from_absence(
    request: &RequestOutcome,
    assertion: &Assertion,
    failure: &Failure,
) -> bool {
    assertion.kind == AssertionKind::Type
        && failure
            .examples
            .iter()
            .all(|example| example.actual.is_null())
        && request
            .assertions
            .iter()
            .filter(|other| other.kind == AssertionKind::Mandatory)
            .flat_map(|other| &other.failures)
            .any(|absence| {
                absence.origin == failure.origin
                    && absence.count >= failure.count
                    && absence.kit_induced() == failure.kit_induced()
            })
}

/// "Body includes value held on x" repeats the type assertion: where that one fails too, the
/// second is not a second defect.
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
    Violation::new(
        format!("{} {:?}", assertion_key(assertion), failure.origin),
        format!(
            "the kit's assertion \"{}\" fails{whose}{often}: {}",
            assertion.name, failure.message
        ),
    )
    .expected(failure.expected.clone())
    .actual(example.map_or(Value::Null, |example| example.actual.clone()))
    .pointer(pointer)
    .exchange(request.exchanges.last().copied())
    .requirement(assertion.requirements.first().cloned())
    .kit_induced(failure.kit_induced())
    .advice(failure.advice.clone())
}

/// The assertion without the values that some names carry.
fn assertion_key(assertion: &Assertion) -> String {
    format!(
        "{:?} {}",
        assertion.kind,
        assertion.attribute.as_deref().unwrap_or_default()
    )
}

fn empty_list(world: &mut World, request: &RequestOutcome) -> Outcome {
    let replay = replay(world)?;
    if replay.created.is_empty() {
        let reason = "the list is empty, as no create made a record";
        return blocked_by(world, FIRST_CREATE, reason.to_owned());
    }
    for assertion in &request.assertions {
        if assertion.kind == AssertionKind::Status {
            record(world, request, assertion);
        }
    }
    let failing = request
        .assertions
        .iter()
        .find(|assertion| assertion.failed > 0 && assertion.kind != AssertionKind::Status);
    if let Some(failing) = failing {
        let advice = failing
            .failures
            .iter()
            .find_map(|failure| failure.advice.clone());
        world.record(
            Violation::new(
                "empty list",
                format!("{} {} answers an empty list", request.method, request.url),
            )
            .expected("a list with the record that was created before")
            .actual(json!([]))
            .exchange(request.exchanges.last().copied())
            .requirement(failing.requirements.first().cloned())
            .kit_induced(failing.kit_induced())
            .advice(advice),
        );
        leave_undecided(world, "the list is empty");
    }
    Ok(())
}

/// Records that the request was refused as a whole, and ends the scenario.
fn refused(
    world: &mut World,
    request: &RequestOutcome,
    requirement: String,
    key: &str,
    expected: &str,
) -> Outcome {
    refused_for(world, request, requirement, key, expected, None)
}

/// The same with what to do about it, where only a flaw of the kit causes it.
fn refused_for(
    world: &mut World,
    request: &RequestOutcome,
    requirement: String,
    key: &str,
    expected: &str,
    flaw: Option<String>,
) -> Outcome {
    let status = request.status.unwrap_or_default();
    let failures = request
        .assertions
        .iter()
        .flat_map(|assertion| &assertion.failures);
    let advice = failures
        .filter(|failure| failure.origin == Origin::Answer)
        .find_map(|failure| failure.advice.clone())
        .or(flaw);
    world.record(
        Violation::new(
            key,
            format!(
                "{} {} is refused with status {status}",
                request.method, request.url
            ),
        )
        .expected(json!(expected))
        .actual(json!(status))
        .exchange(request.exchanges.last().copied())
        .requirement(requirement)
        .kit_induced(advice.is_some())
        .advice(advice),
    );
    // What nobody asserted of an answer has not held either.
    leave_undecided(
        world,
        &format!("the request is refused with status {status}"),
    );
    Ok(())
}

/// The requirement holds for this request, whatever ends the scenario later.
fn holds(world: &mut World, requirement: String) -> Outcome {
    world.evidence.held.insert(requirement);
    Ok(())
}

/// Ends the scenario because of another request, whose exchange shows why.
fn blocked_by(world: &mut World, number: usize, reason: String) -> Outcome {
    let exchange = replay(world)?
        .request(number)
        .and_then(|cause| cause.exchanges.last().copied());
    Err(Stop::blocked(reason, exchange))
}

/// What the scenario asks for and no step has decided stays undecided.
fn leave_undecided(world: &mut World, reason: &str) {
    let Some(spec) = &world.spec else { return };
    let open: Vec<_> = spec
        .requirements
        .iter()
        .filter(|id| !world.evidence.held.contains(*id))
        .map(|id| (id.clone(), reason.to_owned()))
        .collect();
    world.evidence.undecided.extend(open);
}

fn accepted(request: &RequestOutcome) -> bool {
    request.status.is_some_and(|status| status < 400)
}

/// The JSON that a request sent.
fn body_sent(world: &World, request: &RequestOutcome) -> Option<Value> {
    let index = *request.exchanges.first()?;
    let exchange = world.context.client.log().get(index)?;
    let body = exchange.request.message.body.clone()?;
    serde_json::from_str(&body).ok()
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
