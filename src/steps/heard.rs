//! Steps that look back at all events that the run received, and at those that must not have come.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use cucumber::gherkin::Step;
use cucumber::{given, then};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::StepDoc;
use super::answers::reply;
use super::events::cause;
use crate::evidence::{Outcome, Stop};
use crate::words::Severity;
use crate::world::{Heard, Subscription, Violation, World, general};

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
    StepDoc {
        pattern: "Then no listener heard of one record by two TYPEs",
        meaning: "over records that were made and not changed since: two events are two eventIds; \
                  the same event sent again is no second one",
        example: "Then no listener heard of one record by two SomeCreateEvents",
    },
    StepDoc {
        pattern: "Then no event that was taken came again",
        meaning: "the same event was not sent once more to a listener that had answered 2xx",
        example: "Then no event that was taken came again",
    },
    StepDoc {
        pattern: "Then \"LISTENER\" heard of nothing by a TYPE",
        meaning: "no such event came; inconclusive unless a later event shows that events come",
        example: "Then \"few\" heard of nothing by a SomeCreateEvent",
    },
    StepDoc {
        pattern: "Then \"LISTENER\" heard of something by a TYPE, if others did",
        meaning: "such an event came to it; inconclusive where none came to any listener",
        example: "Then \"few\" heard of something by a SomeDeleteEvent, if others did",
    },
    StepDoc {
        pattern: "Then \"LISTENER\" heard of nothing that was done after it was removed",
        meaning: "what was done before may still come; inconclusive unless an event of a later \
                  change came to another listener",
        example: "Then \"left\" heard of nothing that was done after it was removed",
    },
    StepDoc {
        pattern: "Given that was refused, and nothing may be told of \"TEXT\"",
        meaning: "the last request was answered 4xx, and the text stands in its body; not \
                  applicable where it was accepted",
        example: "Given that was refused, and nothing may be told of \"Refused ${run}\"",
    },
    StepDoc {
        pattern: "Then no event tells of \"TEXT\"",
        meaning: "the text stands in no event; inconclusive where no event came at all, not \
                  applicable where no such request was refused",
        example: "Then no event tells of \"Refused ${run}\"",
    },
];

/// How far the clocks of target and harness may differ.
const CLOCK_DIFFERENCE: SignedDuration = SignedDuration::from_mins(5);

/// What came, once it has been quiet; a scenario is blocked where nothing did.
async fn events(world: &mut World) -> Result<Vec<Heard>, Stop> {
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
fn record(world: &mut World, heard: &Heard, violation: Violation) {
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
fn is_same(one: &Heard, other: &Heard) -> bool {
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

#[then(regex = r"^no listener heard of one record by two (\S+)s$")]
async fn told_once(world: &mut World, step: &Step, kind: String) -> Outcome {
    let mut told: BTreeMap<(String, String), (BTreeSet<String>, Heard)> = BTreeMap::new();
    for heard in events(world.at(step)).await? {
        let (Some(name), Some(id)) = (heard.subscription.clone(), heard.record.clone()) else {
            continue;
        };
        if !is_alone_at_its_callback(world, &heard) {
            continue;
        }
        // A change that is told as a creation is a defect of that change.
        let unchanged = world.context.hub.changes_of(&id) == 1;
        if heard.kind.as_deref() != Some(kind.as_str()) || !unchanged {
            continue;
        }
        let event_id = heard.event().and_then(|event| event.get("eventId"));
        let event_id = event_id.map(ToString::to_string).unwrap_or_default();
        let (ids, _) = told
            .entry((name, id))
            .or_insert_with(|| (BTreeSet::new(), heard));
        ids.insert(event_id);
    }
    for ((name, id), (ids, heard)) in told {
        if ids.len() < 2 {
            continue;
        }
        let violation = Violation {
            key: format!("two {kind}"),
            message: format!(
                "the listener \"{name}\" heard of the record {id} by {} events of the type {kind}",
                ids.len()
            ),
            expected: json!(1),
            actual: json!(ids.len()),
            ..Violation::default()
        };
        record(world, &heard, violation);
    }
    world.conclude()
}

#[then("no event that was taken came again")]
async fn came_again(world: &mut World, step: &Step) -> Outcome {
    let mut events = events(world.at(step)).await?;
    // What goes astray goes there for each listener.
    events.retain(|heard| is_alone_at_its_callback(world, heard));
    for (place, heard) in events.iter().enumerate() {
        let earlier = events.iter().take(place).find(|one| {
            let named = heard
                .event()
                .and_then(|event| event.get("eventId"))
                .is_some();
            named && one.subscription == heard.subscription && is_same(one, heard)
        });
        let Some(earlier) = earlier else { continue };
        if !(200..300).contains(&earlier.arrival.answered) {
            continue;
        }
        let violation = Violation {
            key: "again".into(),
            message: format!(
                "it is {} once more, although that was answered {}",
                earlier.line(),
                earlier.arrival.answered
            ),
            expected: json!("one delivery"),
            actual: json!("another one"),
            ..Violation::default()
        };
        record(world, heard, violation);
    }
    world.conclude()
}

/// Whether the callback of an event belongs to one subscription, and not to two at a time.
fn is_alone_at_its_callback(world: &World, heard: &Heard) -> bool {
    let subscriptions = world.context.hub.subscriptions();
    let named = |one: &&Subscription| Some(&one.name) == heard.subscription.as_ref();
    subscriptions.iter().find(named).is_some_and(|own| {
        let same = subscriptions
            .iter()
            .filter(|one| one.callback == own.callback);
        same.count() == 1
    })
}

/// The subscription of that name, after the quiet window; blocked where events say nothing.
async fn listener(world: &mut World, name: &str) -> Result<(Subscription, Vec<Heard>), Stop> {
    let heard = events(world).await?;
    let Some(subscription) = world.context.hub.subscription(name) else {
        let stop = Stop::blocked(format!("the listener \"{name}\" was not registered"), None);
        world.stop(stop.clone())?;
        return Err(stop);
    };
    Ok((subscription, heard))
}

#[then(regex = r#"^"([^"]+)" heard of nothing by an? (\S+)$"#)]
async fn heard_nothing(world: &mut World, step: &Step, name: String, kind: String) -> Outcome {
    let (subscription, all) = listener(world.at(step), &name).await?;
    let came = |heard: &&Heard| heard.arrival.instant > subscription.since;
    if !all.iter().any(|heard| came(&heard)) {
        let why = "no later event came: that this one did not says nothing";
        return world.stop(Stop::blocked(why, Some(subscription.exchange)));
    }
    let unwanted = all.iter().filter(|heard| {
        heard.subscription.as_deref() == Some(name.as_str())
            && heard.kind.as_deref() == Some(kind.as_str())
    });
    for heard in unwanted {
        let violation = Violation {
            key: format!("unwanted {kind}"),
            message: format!(
                "the listener \"{name}\" was told, although its query leaves out {kind}"
            ),
            expected: json!(subscription.query),
            actual: json!(heard.stated_type()),
            ..Violation::default()
        };
        record(world, heard, violation);
    }
    world.conclude()
}

#[then(regex = r#"^"([^"]+)" heard of something by an? (\S+), if others did$"#)]
async fn heard_something(world: &mut World, step: &Step, name: String, kind: String) -> Outcome {
    let (subscription, all) = listener(world.at(step), &name).await?;
    // What went astray was told to nobody.
    let of_kind = |heard: &&Heard| {
        heard.subscription.is_some() && heard.kind.as_deref() == Some(kind.as_str())
    };
    let (at_it, elsewhere): (Vec<&Heard>, Vec<&Heard>) = all
        .iter()
        .filter(of_kind)
        .partition(|heard| heard.subscription.as_deref() == Some(name.as_str()));
    if at_it.is_empty() && elsewhere.is_empty() {
        let why = format!("no {kind} came to any listener, with or without a query");
        return world.stop(Stop::blocked(why, Some(subscription.exchange)));
    }
    if at_it.is_empty() {
        world.record(Violation {
            key: format!("unheard {kind}"),
            message: format!(
                "no {kind} came to the listener \"{name}\", although its query asks for it"
            ),
            expected: json!(subscription.query),
            actual: json!("no event"),
            exchange: Some(subscription.exchange),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then(regex = r#"^"([^"]+)" heard of nothing that was done after it was removed$"#)]
async fn heard_nothing_after(world: &mut World, step: &Step, name: String) -> Outcome {
    let (subscription, all) = listener(world.at(step), &name).await?;
    let Some(removed) = subscription.removed else {
        let why = format!("the listener \"{name}\" was not removed");
        return world.stop(Stop::blocked(why, Some(subscription.exchange)));
    };
    let context = Arc::clone(&world.context);
    let done_after = |heard: &&Heard| {
        let id = heard.record.as_deref();
        let change = id.and_then(|id| context.hub.last_change(id, heard.arrival.instant));
        heard.own && change.is_some_and(|change| change.at > removed)
    };
    let (at_it, elsewhere): (Vec<&Heard>, Vec<&Heard>) = all
        .iter()
        .filter(done_after)
        .partition(|heard| heard.subscription.as_deref() == Some(name.as_str()));
    if let Some(heard) = at_it.first() {
        let violation = Violation {
            key: "after removal".into(),
            message: format!(
                "the listener \"{name}\" was told of what was done after it was removed ({} \
                 events)",
                at_it.len()
            ),
            expected: json!("no event"),
            actual: json!(heard.stated_type()),
            ..Violation::default()
        };
        record(world, heard, violation);
    } else if elsewhere.is_empty() {
        let why = "no event of a later change came to another listener: silence says nothing";
        return world.stop(Stop::blocked(why, Some(subscription.exchange)));
    }
    world.conclude()
}

#[given(regex = r#"^that was refused, and nothing may be told of "([^"]+)"$"#)]
async fn may_not_be_told(world: &mut World, step: &Step, text: String) -> Outcome {
    let reply = reply(world.at(step))?;
    let line = reply.answer.line();
    match reply.answer.status {
        400..500 => {
            let text = super::text::filled(world, &text);
            world.context.hub.note_refused(&text);
            Ok(())
        }
        200..300 => world.stop(Stop::NotApplicable(format!(
            "the target accepts it: {line}"
        ))),
        _ => {
            let why = format!("it was not refused: {line}");
            world.stop(Stop::blocked(why, Some(reply.answer.index)))
        }
    }
}

#[then(regex = r#"^no event tells of "([^"]+)"$"#)]
async fn tells_not(world: &mut World, step: &Step, text: String) -> Outcome {
    events(world.at(step)).await?;
    let text = super::text::filled(world, &text);
    if !world.context.hub.was_refused(&text) {
        let why = "no such request was refused";
        return world.stop(Stop::NotApplicable(why.into()));
    }
    let heard = world.context.heard();
    for heard in heard.iter().filter(|heard| heard.tells_of(&text)) {
        let violation = Violation {
            key: "told although refused".into(),
            message: "it tells of a request that the target refused".into(),
            expected: json!("no event"),
            actual: json!(heard.stated_type()),
            ..Violation::default()
        };
        record(world, heard, violation);
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
