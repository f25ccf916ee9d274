//! Steps that judge what a create answered.

use std::sync::Arc;
use std::time::Duration;

use cucumber::gherkin::Step;
use cucumber::then;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::answers::{check_status, compare, members, shape_violation};
use super::{StepDoc, text};
use crate::evidence::{Exchange, Outcome, Stop};
use crate::world::{Violation, World};

/// The steps of this file.
pub(super) const VOCABULARY: &[StepDoc] = &[
    StepDoc {
        pattern: "Then the create of \"NAME\" answered CODE",
        meaning: "the status with which the record was created",
        example: "Then the create of \"A\" answered 201",
    },
    StepDoc {
        pattern: "Then the create of \"NAME\" answered what was sent (in NAMES)",
        meaning: "as for an answer, on what the create answered",
        example: "Then the create of \"A\" answered what was sent in direction, reason and channel",
    },
    StepDoc {
        pattern: "Then the create of \"NAME\" answered a date-time of this run at POINTER",
        meaning: "the create's answer holds an instant that lies within that exchange, give or take \
                  five minutes of clock difference",
        example: "Then the create of \"A\" answered a date-time of this run at /creationDate",
    },
    StepDoc {
        pattern: "Then the records \"NAME\" and \"NAME\" have different ids",
        meaning: "two creates made two records",
        example: "Then the records \"A\" and \"B\" have different ids",
    },
    StepDoc {
        pattern: "Then the href of the record \"NAME\" ends with its place in the collection",
        meaning: "the path of the href ends with the resource's name and the id, decoded",
        example: "Then the href of the record \"A\" ends with its place in the collection",
    },
];

/// How far the clocks of target and harness may differ.
const CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_mins(5);

#[then(regex = r#"^the create of "([^"]+)" answered what was sent(?: in (.+))?$"#)]
async fn create_answered_sent(
    world: &mut World,
    step: &Step,
    name: String,
    only: String,
) -> Outcome {
    let creation = text::creation(world.at(step), &name).await?;
    let reply = Arc::clone(&creation.answer);
    match reply.json() {
        Ok(body @ Value::Object(_)) => {
            let expected = members(&creation.sent, &text::names(&only));
            let body = body.clone();
            compare(world, &expected, &body, &reply, "what was sent");
        }
        _ => shape_violation(world, &reply, "a JSON object"),
    }
    world.conclude()
}

#[then(regex = r#"^the create of "([^"]+)" answered (\d{3})$"#)]
async fn create_answered(world: &mut World, step: &Step, name: String, code: u16) -> Outcome {
    let context = Arc::clone(&world.at(step).context);
    // A create that was refused is just what this step judges: it must not block it.
    let reply = match context.record(&name).await {
        Ok(record) => match record.creation() {
            Ok(creation) => Arc::clone(&creation.answer),
            Err(stop) => return world.stop(stop),
        },
        Err(stop) => {
            // Where nothing can be created at all, that is one finding, at one of the records.
            if !context.is_independent(&name)
                && let Err(cause) = context.creates().await
            {
                return world.stop(cause);
            }
            let exchange = match &stop {
                Stop::Blocked { exchange, .. } => *exchange,
                Stop::Violated(_) | Stop::NotApplicable(_) | Stop::Withheld(_) => None,
            };
            // What refused something else than a create is no answer to one.
            let exchange = exchange.and_then(|index| context.client.log().get(index));
            let Some(exchange) = exchange.filter(|exchange| exchange.request.method == "POST")
            else {
                return world.stop(stop);
            };
            let Some(response) = &exchange.response else {
                return world.stop(stop);
            };
            let status = response.status;
            world.record(Violation {
                key: format!("status {status}"),
                message: format!("{stop}, where {code} is expected"),
                expected: json!(code),
                actual: json!(status),
                exchange: Some(exchange.index),
                ..Violation::default()
            });
            return world.conclude();
        }
    };
    world.evidence.exchanges.insert(reply.answer.index);
    check_status(world, &reply, &[code], None);
    world.conclude()
}

#[then(regex = r#"^the create of "([^"]+)" answered a date-time of this run at (/\S+)$"#)]
async fn answered_date_time(
    world: &mut World,
    step: &Step,
    name: String,
    pointer: String,
) -> Outcome {
    let creation = text::creation(world.at(step), &name).await?;
    let reply = Arc::clone(&creation.answer);
    let found = reply
        .json()
        .ok()
        .and_then(|body| body.pointer(&pointer))
        .cloned();
    let instant = found
        .as_ref()
        .and_then(Value::as_str)
        .and_then(|text| text.parse().ok());
    let exchange = world.context.client.log().get(reply.answer.index);
    let (sent, answered) = exchange.as_deref().map_or_else(now, lasted);
    if !instant.is_some_and(|instant| lies_within(instant, sent, answered)) {
        world.record(Violation {
            key: format!("date-time {pointer}"),
            message: format!(
                "{} tells no date of this run at {pointer}",
                reply.answer.line()
            ),
            expected: json!(format!("a date-time near {sent}")),
            actual: found.unwrap_or_else(|| json!("absent")),
            pointer: Some(pointer),
            exchange: Some(reply.answer.index),
            ..Violation::default()
        });
    }
    world.conclude()
}

/// From when to when an exchange lasted: a run may last for hours, a create does not.
fn lasted(exchange: &Exchange) -> (Timestamp, Timestamp) {
    let Ok(sent) = exchange.started_at.parse::<Timestamp>() else {
        return now();
    };
    let duration = Duration::from_micros(exchange.duration_micros);
    (sent, sent.saturating_add(duration).unwrap_or(sent))
}

fn now() -> (Timestamp, Timestamp) {
    let now = Timestamp::now();
    (now, now)
}

/// Whether an instant lies within a time, as far as clocks agree.
fn lies_within(instant: Timestamp, from: Timestamp, to: Timestamp) -> bool {
    from.duration_since(instant) <= CLOCK_DIFFERENCE
        && instant.duration_since(to) <= CLOCK_DIFFERENCE
}

#[then(regex = r#"^the records "([^"]+)" and "([^"]+)" have different ids$"#)]
async fn different_ids(world: &mut World, step: &Step, one: String, other: String) -> Outcome {
    let one = text::record(world.at(step), &one).await?;
    let creation = text::creation(world, &other).await?;
    let other = text::record(world, &other).await?;
    if one.id == other.id {
        world.record(Violation {
            key: "same id".into(),
            message: "two creates were answered with the same id".into(),
            expected: json!("two ids"),
            actual: json!(one.id),
            pointer: Some("/id".into()),
            exchange: Some(creation.answer.answer.index),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then(regex = r#"^the href of the record "([^"]+)" ends with its place in the collection$"#)]
async fn href_ends(world: &mut World, step: &Step, name: String) -> Outcome {
    let record = text::record(world.at(step), &name).await?;
    if record.is_existing() && record.value("href").is_none() {
        let reason = format!("no href was seen of the record {}", record.id);
        return world.stop(Stop::blocked(reason, Some(record.exchange())));
    }
    let href = record.value("href").unwrap_or_default();
    let wanted = format!("{}/{}", world.context.pack.manifest.resource, record.id);
    let path = href
        .as_str()
        .unwrap_or_default()
        .split(['?', '#'])
        .next()
        .unwrap_or_default();
    let decoded = percent_encoding::percent_decode_str(path).decode_utf8_lossy();
    let right = [path, &decoded].iter().any(|path| path.ends_with(&wanted));
    if !right {
        world.record(Violation {
            key: "href path".into(),
            message: format!("the href of the record \"{name}\" does not end with {wanted}"),
            expected: json!(format!("…/{wanted}")),
            actual: href,
            pointer: Some("/href".into()),
            exchange: Some(record.exchange()),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_held_against_the_time_of_its_create_however_long_ago_that_was() {
        let create = json!({
            "index": 0,
            "request": {
                "method": "POST", "url": "http://h/", "headers": [], "body": null,
                "bodyEncoding": "utf8", "bodyBytes": 0, "bodyTruncated": false,
            },
            "response": null,
            "startedAt": "2026-01-01T10:00:00Z",
            "durationMs": 600_000,
            "durationMicros": 600_000_000,
            "error": null,
        });
        let (sent, answered) = lasted(&serde_json::from_value(create).unwrap());
        for (instant, within) in [
            ("2026-01-01T09:54:59Z", false),
            ("2026-01-01T09:55:01Z", true),
            ("2026-01-01T10:14:59Z", true),
            ("2026-01-01T10:15:01Z", false),
        ] {
            let told = instant.parse().unwrap();
            assert_eq!(lies_within(told, sent, answered), within, "{instant}");
        }
    }
}
