//! Steps that look back at all events that the run received: the form of each.

use std::collections::HashMap;
use std::sync::Arc;

use cucumber::gherkin::Step;
use cucumber::{given, then};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::StepDoc;
use super::events::cause;
use crate::evidence::{Outcome, Stop};
use crate::terms::Severity;
use crate::world::{Heard, Violation, World, general};

/// The steps of this file.
pub(super) const VOCABULARY: &[StepDoc] = &[
    StepDoc {
        pattern: "Given the events that came",
        meaning: "events of the run's own changes, after a quiet window (--event-quiet) that is \
                  waited for once in a run; inconclusive where none came, not applicable where \
                  events are left out",
        example: "Given the events that came",
    },
    StepDoc {
        pattern: "Then each event keeps this rule",
        meaning: "no event violates what the scenario's requirement claims in the pack's schemas",
        example: "Then each event keeps this rule",
    },
    StepDoc {
        pattern: "Then each event came by POST as JSON to its callback or below it",
        meaning: "the method, the place, and a body that is one JSON object; a Content-Type that \
                  is not JSON's is a warning",
        example: "Then each event came by POST as JSON to its callback or below it",
    },
    StepDoc {
        pattern: "Then each eventType is one of the published names",
        meaning: "character by character, as the pack has them",
        example: "Then each eventType is one of the published names",
    },
    StepDoc {
        pattern: "Then each event has a non-blank eventId of its own",
        meaning: "a text, and no other event to the same listener has it; the same event sent \
                  again is no other",
        example: "Then each event has a non-blank eventId of its own",
    },
    StepDoc {
        pattern: "Then each eventTime is a date-time of this run",
        meaning: "RFC 3339, and within the run, give or take five minutes of clock difference",
        example: "Then each eventTime is a date-time of this run",
    },
    StepDoc {
        pattern: "Then each event holds its record with its id, and its href (at most a warning)",
        meaning: "the payload stands where the API has it",
        example: "Then each event holds its record with its id, and its href (at most a warning)",
    },
    StepDoc {
        pattern: "Then no event has MEMBER, for information",
        meaning: "a member of the envelope that the API does not have",
        example: "Then no event has timeOccurred, for information",
    },
];

/// How far the clocks of target and harness may differ.
const CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_mins(5);

/// What came, once it has been quiet; a scenario is blocked where nothing did.
pub(super) async fn events(world: &mut World) -> Result<Vec<Heard>, Stop> {
    let context = Arc::clone(&world.context);
    context.quiet().await;
    let heard = context.judged_events();
    if heard.is_empty() {
        let stop = context.hub.deaf().unwrap_or_else(|| {
            Stop::blocked(
                "no event of a change of this run came",
                context.hub.first_missing(),
            )
        });
        world.stop(stop.clone())?;
        return Err(stop);
    }
    Ok(heard)
}

#[given("the events that came")]
async fn events_came(world: &mut World, step: &Step) -> Outcome {
    events(world.at(step)).await.map(|_| ())
}

/// Records a violation that an event shows.
pub(super) fn record(world: &mut World, heard: &Heard, violation: Violation) {
    let exchange = cause(world, heard);
    world.record(Violation {
        message: format!("{}: {}", heard.line(), violation.message),
        exchange: violation.exchange.or(exchange),
        ..violation
    });
}

#[then("each event keeps this rule")]
async fn keeps_rule(world: &mut World, step: &Step) -> Outcome {
    let events = events(world.at(step)).await?;
    let spec = world.spec.as_ref();
    let requirement = spec.and_then(|spec| spec.requirements.first().cloned());
    let types = world.context.notifications().types;
    for heard in events {
        let Some(event) = heard.event() else { continue };
        // One that can't be told is held against what all have in common.
        let schema = heard.kind.as_ref().or(types.first().map(|kind| &kind.name));
        let Some(schema) = schema else { continue };
        let claimed = world.context.judge_as(schema, event);
        for claimed in claimed {
            if Some(&claimed.requirement) != requirement.as_ref() {
                continue;
            }
            let place = claimed.violation.place();
            let violation = Violation {
                key: format!("{} {}", claimed.violation.keyword, general(&place)),
                message: claimed.violation.message.clone(),
                expected: json!({ claimed.violation.keyword.as_str(): claimed.violation.expected }),
                actual: claimed.violation.actual.clone(),
                pointer: Some(place),
                at_most: claimed.at_most,
                ..Violation::default()
            };
            record(world, &heard, violation);
        }
    }
    world.conclude()
}

#[then("each event came by POST as JSON to its callback or below it")]
async fn came_by_post(world: &mut World, step: &Step) -> Outcome {
    for heard in events(world.at(step)).await? {
        let arrival = &heard.arrival;
        if heard.subscription.is_none() {
            let violation = Violation {
                key: "astray".into(),
                message: "it came to the listener, but to no callback that was registered".into(),
                expected: json!("a path that begins with the callback's"),
                actual: json!(arrival.path),
                ..Violation::default()
            };
            record(world, &heard, violation);
        }
        if arrival.method != "POST" {
            let violation = Violation {
                key: format!("method {}", arrival.method),
                message: format!("it came by {}", arrival.method),
                expected: json!("POST"),
                actual: json!(arrival.method),
                ..Violation::default()
            };
            record(world, &heard, violation);
        }
        let shape = match &arrival.json {
            Ok(Value::Object(_)) => None,
            Ok(_) => Some("its body is no JSON object".to_owned()),
            Err(why) => Some(format!("its body is no JSON: {why}")),
        };
        let media_type = arrival.header("content-type");
        if let Some(message) = shape {
            let violation = Violation {
                key: "body".into(),
                message,
                expected: json!("a JSON object"),
                actual: json!(media_type),
                ..Violation::default()
            };
            record(world, &heard, violation);
        } else if !is_json(media_type) {
            let violation = Violation {
                key: "media type".into(),
                message: "its body is JSON, but not sent as JSON".into(),
                expected: json!("application/json"),
                actual: json!(media_type),
                at_most: Some(Severity::Warn),
                ..Violation::default()
            };
            record(world, &heard, violation);
        }
    }
    world.conclude()
}

/// Whether a Content-Type is JSON's (RFC 6839: or ends with `+json`).
fn is_json(media_type: Option<&str>) -> bool {
    let essence = media_type.and_then(|text| text.split(';').next());
    let essence = essence.unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

#[then("each eventType is one of the published names")]
async fn published_types(world: &mut World, step: &Step) -> Outcome {
    let types = world.at(step).context.notifications().types;
    let names: Vec<String> = types.into_iter().map(|kind| kind.name).collect();
    for heard in events(world).await? {
        let Some(event) = heard.event() else { continue };
        let stated = event.get("eventType");
        if stated.is_some_and(|stated| names.iter().any(|name| stated == name.as_str())) {
            continue;
        }
        let violation = Violation {
            key: "event type".into(),
            message: "its eventType is none of the published names".into(),
            expected: json!(heard.kind.clone().map_or(json!(names), |kind| json!(kind))),
            actual: stated.cloned().unwrap_or_else(|| json!("absent")),
            pointer: Some("/eventType".into()),
            ..Violation::default()
        };
        record(world, &heard, violation);
    }
    world.conclude()
}

#[then("each event has a non-blank eventId of its own")]
async fn own_ids(world: &mut World, step: &Step) -> Outcome {
    let mut known: HashMap<(Option<String>, String), Heard> = HashMap::new();
    for heard in events(world.at(step)).await? {
        let Some(event) = heard.event() else { continue };
        let id = event.get("eventId");
        let text = id
            .and_then(Value::as_str)
            .filter(|id| !id.trim().is_empty());
        let Some(text) = text else {
            let violation = Violation {
                key: "event id".into(),
                message: "it has no eventId that is a non-blank text".into(),
                expected: json!("a non-blank text"),
                actual: id.cloned().unwrap_or_else(|| json!("absent")),
                pointer: Some("/eventId".into()),
                ..Violation::default()
            };
            record(world, &heard, violation);
            continue;
        };
        let key = (heard.subscription.clone(), text.to_owned());
        match known.get(&key) {
            Some(other) if !is_same(other, &heard) => {
                let violation = Violation {
                    key: "event id twice".into(),
                    message: format!("it has the eventId of {}", other.line()),
                    expected: json!("an id of its own"),
                    actual: json!(text),
                    pointer: Some("/eventId".into()),
                    ..Violation::default()
                };
                record(world, &heard, violation);
            }
            Some(_) => {}
            None => drop(known.insert(key, heard)),
        }
    }
    world.conclude()
}

/// Whether two deliveries are one event, sent twice.
pub(super) fn is_same(one: &Heard, other: &Heard) -> bool {
    one.kind == other.kind && one.record == other.record && one.event() == other.event()
}

#[then("each eventTime is a date-time of this run")]
async fn times_of_run(world: &mut World, step: &Step) -> Outcome {
    let began = world.at(step).context.hub.began;
    let now = Timestamp::now();
    for heard in events(world).await? {
        let Some(event) = heard.event() else { continue };
        let time = event.get("eventTime");
        let instant = time
            .and_then(Value::as_str)
            .and_then(|text| text.parse().ok());
        let within = |instant: Timestamp| {
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
        let violation = Violation {
            key: format!("event time {}", instant.is_some()),
            message: message.into(),
            expected: json!(format!("a date-time from {began} to {now}")),
            actual: time.cloned().unwrap_or_else(|| json!("absent")),
            pointer: Some("/eventTime".into()),
            ..Violation::default()
        };
        record(world, &heard, violation);
    }
    world.conclude()
}

#[then("each event holds its record with its id, and its href (at most a warning)")]
async fn holds_record(world: &mut World, step: &Step) -> Outcome {
    let notifications = world.at(step).context.notifications();
    for heard in events(world).await? {
        let Some(event) = heard.event() else { continue };
        let held = heard.payload(&notifications);
        let text = |name: &str| {
            let member = held.and_then(|record| record.get(name));
            member
                .and_then(Value::as_str)
                .is_some_and(|text| !text.trim().is_empty())
        };
        let missing = |name: &str, at_most: Option<Severity>| Violation {
            key: format!("event record {name}"),
            message: format!("there is no {name} of the record in it"),
            expected: json!("a non-blank text"),
            actual: held
                .and_then(|record| record.get(name))
                .or(held)
                .or(event.get("event"))
                .cloned()
                .unwrap_or_else(|| json!("absent")),
            pointer: Some(format!("{}/{name}", notifications.record)),
            at_most,
            ..Violation::default()
        };
        if !text("id") {
            let violation = missing("id", None);
            record(world, &heard, violation);
        } else if !text("href") {
            let violation = missing("href", Some(Severity::Warn));
            record(world, &heard, violation);
        }
    }
    world.conclude()
}

#[then(regex = r"^no event has (\S+), for information$")]
async fn has_not(world: &mut World, step: &Step, member: String) -> Outcome {
    for heard in events(world.at(step)).await? {
        let Some(found) = heard.event().and_then(|event| event.get(&member)) else {
            continue;
        };
        let violation = Violation {
            key: format!("event member {member}"),
            message: format!("it has {member}, which the published description does not have"),
            expected: json!("absent"),
            actual: found.clone(),
            pointer: Some(format!("/{member}")),
            at_most: Some(Severity::Info),
            ..Violation::default()
        };
        record(world, &heard, violation);
    }
    world.conclude()
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
