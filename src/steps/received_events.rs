//! Steps that look back at all events that the run received: the form of each.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tmfctk_step_macros::{given, then};

use super::events::cause;
use crate::evidence::{Outcome, Stop, date_time};
use crate::terms::Severity;
use crate::world::{ReceivedEvent, Violation, World, general};

/// How far the clocks of target and harness may differ.
const CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_mins(5);

/// What came, once it has been quiet; a scenario is blocked where nothing did.
pub(super) async fn events(world: &mut World) -> Result<Vec<ReceivedEvent>, Stop> {
    let context = Arc::clone(&world.context);
    context.quiet().await;
    let heard = context.judged_events();
    if heard.is_empty() {
        let stop = context.hub.why_unreachable().unwrap_or_else(|| {
            Stop::blocked(
                "no event of a change of this run came",
                context.hub.first_missing(),
            )
        });
        return Err(stop);
    }
    Ok(heard)
}

/// Events of the run's own changes, after a quiet window (--event-quiet) that is waited for once in
/// a run; inconclusive where none came, not applicable where events are left out.
#[given("the events that came")]
async fn events_came(world: &mut World) -> Outcome {
    events(world).await.map(|_| ())
}

/// Records a violation that an event shows.
pub(super) fn record(world: &mut World, heard: &ReceivedEvent, violation: Violation) {
    let exchange = cause(world, heard);
    world.record(violation.shown_by(&heard.line(), exchange));
}

/// No event violates what the scenario's requirement claims in the pack's schemas.
#[then("each event keeps this rule")]
async fn keeps_rule(world: &mut World) -> Outcome {
    let events = events(world).await?;
    let spec = world.spec.as_ref();
    let requirement = spec.and_then(|spec| spec.requirements.first().cloned());
    let types = world.context.notifications().types;
    for heard in events {
        let Some(event) = heard.event() else { continue };
        // One that can't be known is held against what all have in common.
        let schema = heard.kind.as_ref().or(types.first().map(|kind| &kind.name));
        let Some(schema) = schema else { continue };
        let claimed = world.context.judge_as(schema, event);
        for claimed in claimed {
            if Some(&claimed.requirement) != requirement.as_ref() {
                continue;
            }
            let place = claimed.violation.place();
            let violation = Violation::new(
                format!("{} {}", claimed.violation.keyword, general(&place)),
                claimed.violation.message.clone(),
            )
            .expected(json!({ claimed.violation.keyword.as_str(): claimed.violation.expected }))
            .actual(claimed.violation.actual.clone())
            .at(place)
            .at_most(claimed.at_most);
            record(world, &heard, violation);
        }
    }
    Ok(())
}

/// The method, the place, and a body that is one JSON object; a Content-Type that is not JSON's is
/// a warning.
#[then("each event came by POST as JSON to its callback or below it")]
async fn came_by_post(world: &mut World) -> Outcome {
    for heard in events(world).await? {
        let arrival = &heard.arrival;
        if heard.subscription.is_none() {
            let violation = Violation::new(
                "astray",
                "it came to the listener, but to no callback that was registered",
            )
            .expected("a path that begins with the callback's")
            .actual(json!(arrival.path));
            record(world, &heard, violation);
        }
        if arrival.method != "POST" {
            let violation = Violation::new(
                format!("method {}", arrival.method),
                format!("it came by {}", arrival.method),
            )
            .expected("POST")
            .actual(json!(arrival.method));
            record(world, &heard, violation);
        }
        let shape = match &arrival.json {
            Ok(Value::Object(_)) => None,
            Ok(_) => Some("its body is not a JSON object".to_owned()),
            Err(why) => Some(format!("its body is not JSON: {why}")),
        };
        let media_type = arrival.header("content-type");
        if let Some(message) = shape {
            let violation = Violation::new("body", message)
                .expected("a JSON object")
                .actual(json!(media_type));
            record(world, &heard, violation);
        } else if !is_json(media_type) {
            let violation = Violation::new("media type", "its body is JSON, but not sent as JSON")
                .expected("application/json")
                .actual(json!(media_type))
                .at_most(Severity::Warn);
            record(world, &heard, violation);
        }
    }
    Ok(())
}

/// Whether a Content-Type is JSON's (RFC 6839: or ends with `+json`).
fn is_json(media_type: Option<&str>) -> bool {
    let essence = media_type.and_then(|text| text.split(';').next());
    let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

/// Character by character, as the pack has them.
#[then("each eventType is one of the published names")]
async fn published_types(world: &mut World) -> Outcome {
    let types = world.context.notifications().types;
    let names: Vec<String> = types.into_iter().map(|kind| kind.name).collect();
    for heard in events(world).await? {
        let Some(event) = heard.event() else { continue };
        let stated = event.get("eventType");
        if stated.is_some_and(|stated| names.iter().any(|name| stated == name.as_str())) {
            continue;
        }
        let violation =
            Violation::new("event type", "its eventType is none of the published names")
                .expected(json!(
                    heard.kind.clone().map_or(json!(names), |kind| json!(kind))
                ))
                .actual(stated.cloned().unwrap_or_else(|| json!("absent")))
                .at("/eventType");
        record(world, &heard, violation);
    }
    Ok(())
}

/// A text, and no other event to the same listener has it; the same event sent again is no other.
#[then("each event has a non-blank eventId of its own")]
async fn own_ids(world: &mut World) -> Outcome {
    let mut known: HashMap<(Option<String>, String), ReceivedEvent> = HashMap::new();
    for heard in events(world).await? {
        let Some(event) = heard.event() else { continue };
        let id = event.get("eventId");
        let text = id
            .and_then(Value::as_str)
            .filter(|id| !id.trim().is_empty());
        let Some(text) = text else {
            let violation =
                Violation::new("event id", "it has no eventId that is a non-blank text")
                    .expected("a non-blank text")
                    .actual(id.cloned().unwrap_or_else(|| json!("absent")))
                    .at("/eventId");
            record(world, &heard, violation);
            continue;
        };
        let key = (heard.subscription.clone(), text.to_owned());
        match known.get(&key) {
            Some(other) if !is_same(other, &heard) => {
                let violation = Violation::new(
                    "event id twice",
                    format!("it has the eventId of {}", other.line()),
                )
                .expected("an id of its own")
                .actual(json!(text))
                .at("/eventId");
                record(world, &heard, violation);
            }
            Some(_) => {}
            None => drop(known.insert(key, heard)),
        }
    }
    Ok(())
}

/// Whether two deliveries are one event, sent twice.
pub(super) fn is_same(one: &ReceivedEvent, other: &ReceivedEvent) -> bool {
    one.kind == other.kind && one.record == other.record && one.event() == other.event()
}

/// RFC 3339, and within the run, give or take five minutes, once the difference between the clocks
/// that the run measured is taken off.
#[then("each eventTime is a date-time of this run")]
async fn times_of_run(world: &mut World) -> Outcome {
    let began = world.context.hub.began;
    let now = Timestamp::now();
    let ahead = world.context.clock_ahead();
    for heard in events(world).await? {
        let Some(event) = heard.event() else { continue };
        let time = event.get("eventTime");
        let instant = time.and_then(Value::as_str).and_then(date_time);
        let within = |told: Timestamp| {
            let instant = told.saturating_sub(ahead).unwrap_or(told);
            instant.duration_since(began) >= -CLOCK_DIFFERENCE
                && now.duration_since(instant) >= -CLOCK_DIFFERENCE
        };
        if instant.is_some_and(within) {
            continue;
        }
        let message = match instant {
            Some(_) => "its eventTime does not lie within this run",
            None => "it has no eventTime that is an RFC 3339 date-time",
        };
        let violation = Violation::new(format!("event time {}", instant.is_some()), message)
            .expected(format!("a date-time from {began} to {now}"))
            .actual(time.cloned().unwrap_or_else(|| json!("absent")))
            .at("/eventTime");
        record(world, &heard, violation);
    }
    Ok(())
}

/// The payload stands where the API has it.
#[then("each event holds its record with its id, and its href (at most a warning)")]
async fn holds_record(world: &mut World) -> Outcome {
    let notifications = world.context.notifications();
    for heard in events(world).await? {
        let Some(event) = heard.event() else { continue };
        let held = heard.payload(&notifications);
        let text = |name: &str| {
            let member = held.and_then(|record| record.get(name));
            member
                .and_then(Value::as_str)
                .is_some_and(|text| !text.trim().is_empty())
        };
        let missing = |name: &str, at_most: Option<Severity>| {
            Violation::new(
                format!("event record {name}"),
                format!("there is no {name} of the record in it"),
            )
            .expected("a non-blank text")
            .actual(
                held.and_then(|record| record.get(name))
                    .or(held)
                    .or(event.get("event"))
                    .cloned()
                    .unwrap_or_else(|| json!("absent")),
            )
            .at(format!("{}/{name}", notifications.record))
            .at_most(at_most)
        };
        if !text("id") {
            let violation = missing("id", None);
            record(world, &heard, violation);
        } else if !text("href") {
            let violation = missing("href", Some(Severity::Warn));
            record(world, &heard, violation);
        }
    }
    Ok(())
}

/// An attribute of the envelope that the API does not have.
#[then(
    regex = r"^no event has (\S+), for information$",
    pattern = "no event has ATTRIBUTE, for information",
    example = "no event has timeOccurred, for information"
)]
async fn has_not(world: &mut World, attribute: String) -> Outcome {
    for heard in events(world).await? {
        let Some(found) = heard.event().and_then(|event| event.get(&attribute)) else {
            continue;
        };
        let violation = Violation::new(
            format!("event member {attribute}"),
            format!("it has {attribute}, which the published description does not have"),
        )
        .expected("absent")
        .actual(found.clone())
        .at(format!("/{attribute}"))
        .at_most(Severity::Info);
        record(world, &heard, violation);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_several_media_types() {
        for text in [
            "application/json",
            "Application/JSON; charset=utf-8",
            "application/vnd.x+json",
        ] {
            assert!(is_json(Some(text)), "{text}");
        }
        assert!(!is_json(Some("text/plain")) && !is_json(None));
    }
}
