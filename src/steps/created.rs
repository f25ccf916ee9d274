//! Steps that judge what a create answered.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tmfctk_step_macros::then;
use url::Url;

use super::answers::{attributes, check_status, compare, shape_violation};
use super::links::is_http;
use super::text;
use crate::evidence::{Exchange, Outcome, Stop, date_time};
use crate::world::{Violation, World};

/// How far the clocks of target and harness may differ.
const CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_mins(5);

/// As for an answer, on what the create answered.
#[then(
    regex = r#"^the create of "([^"]+)" answered what was sent(?: in (.+))?$"#,
    pattern = r#"the create of "NAME" answered what was sent (in NAMES)"#,
    example = r#"the create of "A" answered what was sent in direction, reason and channel.id"#
)]
async fn create_answered_sent(world: &mut World, name: String, only: String) -> Outcome {
    let creation = text::creation(world, &name).await?;
    let reply = Arc::clone(&creation.answer);
    match reply.json() {
        Ok(body @ Value::Object(_)) => {
            let expected = attributes(&creation.sent, &text::names(&only));
            let body = body.clone();
            compare(world, &expected, &body, &reply, "what was sent");
        }
        _ => shape_violation(world, &reply, "a JSON object"),
    }
    Ok(())
}

/// The status with which the record was created.
#[then(
    regex = r#"^the create of "([^"]+)" answered (\d{3})$"#,
    pattern = r#"the create of "NAME" answered CODE"#,
    example = r#"the create of "A" answered 201"#
)]
async fn create_answered(world: &mut World, name: String, code: u16) -> Outcome {
    let context = Arc::clone(&world.context);
    // A create that was refused is just what this step judges: it must not block it.
    let reply = match context.record(&name).await {
        Ok(record) => Arc::clone(&record.creation()?.answer),
        Err(stop) => {
            // Where nothing can be created at all, that is one finding, at one of the records.
            if !context.is_independent(&name)
                && let Err(cause) = context.creates().await
            {
                return Err(cause);
            }
            let exchange = match &stop {
                Stop::Blocked { exchange, .. } => *exchange,
                Stop::Violated(_) | Stop::NotApplicable(_) | Stop::Withheld(_) => None,
            };
            // What refused something else than a create is not an answer to one.
            let exchange = exchange.and_then(|index| context.client.log().get(index));
            let Some(exchange) = exchange.filter(|exchange| exchange.request.method == "POST")
            else {
                return Err(stop);
            };
            let Some(response) = &exchange.response else {
                return Err(stop);
            };
            let status = response.status;
            if status == code {
                // The record can't be used, since its answer has no id: that is judged elsewhere.
                world.evidence.exchanges.insert(exchange.index);
                return Ok(());
            }
            world.record(
                Violation::new(
                    format!("status {status}"),
                    format!("{stop}, where {code} is expected"),
                )
                .expected(json!(code))
                .actual(json!(status))
                .exchange(exchange.index),
            );
            return Ok(());
        }
    };
    world.evidence.exchanges.insert(reply.answer.index);
    check_status(world, &reply, &[code], None);
    Ok(())
}

/// The create's answer holds an instant that lies within that exchange, give or take five minutes
/// of clock difference.
#[then(
    regex = r#"^the create of "([^"]+)" answered a date-time of this run at (/\S+)$"#,
    pattern = r#"the create of "NAME" answered a date-time of this run at POINTER"#,
    example = r#"the create of "A" answered a date-time of this run at /creationDate"#
)]
async fn answered_date_time(world: &mut World, name: String, pointer: String) -> Outcome {
    let creation = text::creation(world, &name).await?;
    let reply = Arc::clone(&creation.answer);
    let found = reply
        .json()
        .ok()
        .and_then(|body| body.pointer(&pointer))
        .cloned();
    let instant = found.as_ref().and_then(Value::as_str).and_then(date_time);
    let exchange = world.context.client.log().get(reply.answer.index);
    let (sent, answered) = exchange.as_deref().map_or_else(now, lasted);
    let ahead = world.context.clock_ahead();
    let instant = instant.map(|told| told.saturating_sub(ahead).unwrap_or(told));
    if !instant.is_some_and(|instant| lies_within(instant, sent, answered)) {
        world.record(
            Violation::in_answer(
                &reply,
                format!("date-time {pointer}"),
                format!("gives no date of this run at {pointer}"),
            )
            .expected(format!("a date-time near {sent}"))
            .actual(found.unwrap_or_else(|| json!("absent")))
            .at(pointer),
        );
    }
    Ok(())
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

/// Two creates made two records.
#[then(
    regex = r#"^the records "([^"]+)" and "([^"]+)" have different ids$"#,
    pattern = r#"the records "NAME" and "NAME" have different ids"#,
    example = r#"the records "A" and "B" have different ids"#
)]
async fn different_ids(world: &mut World, one: String, other: String) -> Outcome {
    let one = text::record(world, &one).await?;
    let creation = text::creation(world, &other).await?;
    let other = text::record(world, &other).await?;
    if one.id == other.id {
        world.record(
            Violation::new("same id", "two creates were answered with the same id")
                .expected("two ids")
                .actual(json!(one.id))
                .at("/id")
                .exchange(creation.answer.answer.index),
        );
    }
    Ok(())
}

/// The path of the href ends with the resource's name and the id, decoded; not applicable where it
/// is not an http URL.
#[then(
    regex = r#"^the href of the record "([^"]+)" ends with its place in the collection$"#,
    pattern = r#"the href of the record "NAME" ends with its place in the collection"#,
    example = r#"the href of the record "A" ends with its place in the collection"#
)]
async fn href_ends(world: &mut World, name: String) -> Outcome {
    let record = text::record(world, &name).await?;
    if record.is_existing() && record.value("href").is_none() {
        let reason = format!("no href was seen of the record {}", record.id);
        return Err(Stop::blocked(reason, Some(record.exchange())));
    }
    let href = record.value("href").unwrap_or_default();
    let url = href.as_str().and_then(|href| Url::parse(href).ok());
    if url.is_some_and(|url| !is_http(&url)) {
        // A URN, say: that it is not a hyperlink is another requirement.
        let reason = format!("the href {href} is not an http URL");
        return Err(Stop::NotApplicable(reason));
    }
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
        world.record(
            Violation::new(
                "href path",
                format!("the href of the record \"{name}\" does not end with {wanted}"),
            )
            .expected(format!("…/{wanted}"))
            .actual(href)
            .at("/href")
            .exchange(record.exchange()),
        );
    }
    Ok(())
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
