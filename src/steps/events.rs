//! Steps that change records and wait for the events that tell of it.

use std::sync::Arc;

use cucumber::gherkin::Step;
use cucumber::{given, then};
use serde_json::{Map, Value, json};

use super::{StepDoc, text};
use crate::evidence::{Outcome, Stop, differences};
use crate::http::Outgoing;
use crate::world::{Heard, Sought, Violation, World, general};

/// The steps of this file.
pub(super) const VOCABULARY: &[StepDoc] = &[
    StepDoc {
        pattern: "Given the listener \"NAME\" (or: the listeners \"NAME\" and \"NAME\")",
        meaning: "a listener that scenarios share, registered when it is first asked for; not \
                  applicable where events are left out or the target takes no second listener, \
                  inconclusive where none can be registered or reached",
        example: "Given the listener \"all\"",
    },
    StepDoc {
        pattern: "Given the target has changed ATTRIBUTE of the record \"NAME\" to JSON",
        meaning: "PATCH, read back; not applicable where the target refuses that change or does \
                  not keep it, inconclusive where it fails",
        example: "Given the target has changed description of the record \"A\" to \"new\"",
    },
    StepDoc {
        pattern: "Given the target has deleted the record \"NAME\"",
        meaning: "DELETE; inconclusive where it fails",
        example: "Given the target has deleted the record \"A\"",
    },
    StepDoc {
        pattern: "Then \"LISTENER\" hears of the record \"NAME\" by a TYPE",
        meaning: "an event of that type about that record arrives within --event-timeout; the \
                  scenario goes on as soon as it is there. Inconclusive where an event came that \
                  is too broken to be told",
        example: "Then \"all\" hears of the record \"A\" by a SomeCreateEvent",
    },
    StepDoc {
        pattern: "Given \"LISTENER\" has heard of the record \"NAME\" by a TYPE",
        meaning: "the same, as what later steps need: inconclusive where it does not arrive",
        example: "Given \"all\" has heard of the record \"A\" by a SomeCreateEvent",
    },
    StepDoc {
        pattern: "Given \"LISTENER\" is given the time to hear of the record \"NAME\" by a TYPE",
        meaning: "waits until it arrives, at most --event-timeout; a later scenario judges",
        example: "Given \"few\" is given the time to hear of the record \"A\" by a SomeDeleteEvent",
    },
    StepDoc {
        pattern: "Then the record in the event has POINTER = JSON",
        meaning: "the payload of the event holds that value there",
        example: "Then the record in the event has /description = \"new\"",
    },
    StepDoc {
        pattern: "Then the record in the event is the whole record \"NAME\"",
        meaning: "it has all that GET answers for it, and keeps to the same rules; its href may \
                  differ",
        example: "Then the record in the event is the whole record \"A\"",
    },
    StepDoc {
        pattern: "Then the event names ATTRIBUTE in MEMBER, if it has that",
        meaning: "a member of the envelope that is optional, and a text where it is there",
        example: "Then the event names description in fieldPath, if it has that",
    },
];

#[given(regex = r#"^the listeners? ("[^"]+"(?: and "[^"]+")*)$"#)]
async fn listeners(world: &mut World, step: &Step, names: String) -> Outcome {
    let context = Arc::clone(&world.at(step).context);
    for name in text::quoted(&names) {
        if let Err(stop) = context.shared_subscription(name).await {
            return world.stop(stop);
        }
        let subscription = context.hub.subscription(name);
        world
            .evidence
            .exchanges
            .extend(subscription.map(|one| one.exchange));
    }
    Ok(())
}

#[given(regex = r#"^the target has changed (\S+) of the record "([^"]+)" to (.+)$"#)]
async fn has_changed(
    world: &mut World,
    step: &Step,
    attribute: String,
    name: String,
    value: String,
) -> Outcome {
    let record = text::record(world.at(step), &name).await?;
    let value = text::value(world, &value);
    let context = Arc::clone(&world.context);
    let offer = context.known_offer("PATCH");
    let media_type = offer.and_then(|offer| offer.media_type.clone());
    let media_type = media_type.unwrap_or_else(|| "application/json".to_owned());
    let mut patch = Map::new();
    patch.insert(attribute.clone(), value.clone());
    let url = context.member(&record.id);
    let request =
        Outgoing::new("PATCH", url.clone()).body(&media_type, Value::Object(patch).to_string());
    let reply = world.send(request).await?;
    let line = reply.answer.line();
    let exchange = Some(reply.answer.index);
    match reply.answer.status {
        200..300 => {}
        400..500 => {
            let why = format!("the target refuses to change {attribute}: {line}");
            return world.stop(Stop::NotApplicable(why));
        }
        _ => {
            return world.stop(Stop::blocked(
                format!("nothing was changed: {line}"),
                exchange,
            ));
        }
    }
    let read = world.send(Outgoing::new("GET", url)).await?;
    let kept = read.json().ok().and_then(|body| body.get(&attribute));
    if kept != Some(&value) {
        let why = format!("the target accepts a new {attribute}, but does not keep it");
        return world.stop(Stop::NotApplicable(why));
    }
    Ok(())
}

#[given(regex = r#"^the target has deleted the record "([^"]+)"$"#)]
async fn has_deleted(world: &mut World, step: &Step, name: String) -> Outcome {
    let record = text::record(world.at(step), &name).await?;
    let context = Arc::clone(&world.context);
    let request = Outgoing::new("DELETE", context.member(&record.id));
    let reply = world.send(request).await?;
    if !(200..300).contains(&reply.answer.status) {
        let why = format!("nothing was deleted: {}", reply.answer.line());
        return world.stop(Stop::blocked(why, Some(reply.answer.index)));
    }
    context.note_deleted(&record.id);
    Ok(())
}

#[then(regex = r#"^"([^"]+)" hears of the record "([^"]+)" by an? (\S+)$"#)]
async fn hears(
    world: &mut World,
    step: &Step,
    listener: String,
    name: String,
    kind: String,
) -> Outcome {
    let (sought, exchange) = sought(world.at(step), &listener, &name, &kind).await?;
    match sought {
        Sought::Found(heard) => {
            world.event = Some(heard);
            Ok(())
        }
        Sought::Unclear(heard) => unclear(world, &heard, &kind, exchange),
        Sought::Missing => {
            let seconds = world.context.settings.events.timeout.as_secs_f64();
            world.record(Violation {
                key: format!("no {kind}"),
                message: format!(
                    "no {kind} came to the listener \"{listener}\" within {seconds} s, although \
                     the target did what it tells of"
                ),
                expected: json!(format!("a {kind} of that record")),
                actual: json!("none"),
                exchange: Some(exchange),
                advice: Some(
                    "is the listener reached at all? --listener-url says under which URL the \
                     target reaches it, --event-timeout how long an event may take"
                        .to_owned(),
                ),
                ..Violation::default()
            });
            world.conclude()
        }
    }
}

#[given(regex = r#"^"([^"]+)" has heard of the record "([^"]+)" by an? (\S+)$"#)]
async fn has_heard(
    world: &mut World,
    step: &Step,
    listener: String,
    name: String,
    kind: String,
) -> Outcome {
    let (sought, exchange) = sought(world.at(step), &listener, &name, &kind).await?;
    match sought {
        Sought::Found(heard) => {
            world.event = Some(heard);
            Ok(())
        }
        Sought::Unclear(heard) => unclear(world, &heard, &kind, exchange),
        Sought::Missing => {
            let why = format!("no {kind} came in time");
            world.stop(Stop::blocked(why, Some(exchange)))
        }
    }
}

#[given(regex = r#"^"([^"]+)" is given the time to hear of the record "([^"]+)" by an? (\S+)$"#)]
async fn has_time(
    world: &mut World,
    step: &Step,
    listener: String,
    name: String,
    kind: String,
) -> Outcome {
    sought(world.at(step), &listener, &name, &kind)
        .await
        .map(|_| ())
}

async fn sought(
    world: &mut World,
    listener: &str,
    name: &str,
    kind: &str,
) -> Result<(Sought, usize), Stop> {
    let record = text::record(world, name).await?;
    let context = Arc::clone(&world.context);
    match context.await_event(listener, kind, &record.id).await {
        Ok(sought) => {
            world.evidence.exchanges.insert(sought.1);
            Ok(sought)
        }
        Err(stop) => {
            world.stop(stop.clone())?;
            Err(stop)
        }
    }
}

fn unclear(world: &mut World, heard: &Heard, kind: &str, exchange: usize) -> Outcome {
    let flaw = match &heard.arrival.json {
        Err(why) => why.clone(),
        Ok(_) if heard.kind.is_none() => "its type can't be told".to_owned(),
        Ok(_) => "it can't be told which record it is about".to_owned(),
    };
    let why = format!("{} may be the {kind}, but {flaw}", heard.line());
    world.stop(Stop::blocked(why, Some(exchange)))
}

/// The event that the steps talk about and the record in it.
fn payload(world: &mut World) -> Result<(Heard, Value), Stop> {
    let events = world.context.notifications();
    let event = world.event.clone();
    let Some(event) = event else {
        let stop = Stop::blocked("the scenario has heard no event yet", None);
        world.stop(stop.clone())?;
        return Err(stop);
    };
    match event.payload(&events) {
        Some(record @ Value::Object(_)) => {
            let record = record.clone();
            Ok((event, record))
        }
        // It is another requirement that there is one.
        _ => {
            let why = format!("{} holds no record at {}", event.line(), events.record);
            let stop = Stop::blocked(why, None);
            world.stop(stop.clone())?;
            Err(stop)
        }
    }
}

/// The exchange that an event tells of.
pub(super) fn cause(world: &World, heard: &Heard) -> Option<usize> {
    let types = world.context.notifications().types;
    let kind = types
        .iter()
        .find(|kind| Some(kind.name.as_str()) == heard.kind.as_deref())?;
    let record = heard.record.as_deref()?;
    let hub = &world.context.hub;
    let change = hub.change(record, &kind.follows, heard.arrival.instant)?;
    Some(change.exchange)
}

#[then(regex = r"^the record in the event has (/\S+) = (.+)$")]
async fn record_has(world: &mut World, step: &Step, pointer: String, value: String) -> Outcome {
    let (event, record) = payload(world.at(step))?;
    let wanted = text::value(world, &value);
    let found = record.pointer(&pointer).cloned();
    if found.as_ref() != Some(&wanted) {
        let place = world.context.notifications().record;
        world.record(Violation {
            key: format!("told {pointer}"),
            message: format!("{} does not tell the new value at {pointer}", event.line()),
            expected: wanted,
            actual: found.unwrap_or_else(|| json!("absent")),
            pointer: Some(format!("{place}{pointer}")),
            exchange: cause(world, &event),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then(regex = r#"^the record in the event is the whole record "([^"]+)"$"#)]
async fn is_whole(world: &mut World, step: &Step, name: String) -> Outcome {
    let (event, told) = payload(world.at(step))?;
    let record = text::record(world, &name).await?;
    let url = world.context.member(&record.id);
    let read = world.send(Outgoing::new("GET", url)).await?;
    let Some(mut whole) = read
        .json()
        .ok()
        .filter(|body| read.answer.status == 200 && body.is_object())
        .cloned()
    else {
        let why = format!("{} is no record to compare with", read.answer.line());
        return world.stop(Stop::blocked(why, Some(read.answer.index)));
    };
    let context = Arc::clone(&world.context);
    let place = context.notifications().record;
    // That it is named rightly is another requirement, and events may leave by another way than
    // answers do, under another host name.
    if let Some(members) = whole.as_object_mut() {
        members.retain(|name, value| name != "id" && name != "href" && !value.is_null());
    }
    let exchange = cause(world, &event);
    // Where GET and the create differ, it is not the event that is wrong.
    let creation = text::creation(world, &name).await?;
    let created = creation.answer.json().ok();
    let as_created = |pointer: &str| {
        created.is_some_and(|created| created.pointer(pointer) == told.pointer(pointer))
    };
    for difference in differences(&whole, &told) {
        if as_created(&difference.pointer) {
            continue;
        }
        world.record(Violation {
            key: format!("not told {}", general(&difference.pointer)),
            message: format!(
                "{} does not tell {} as GET of the record does",
                event.line(),
                difference.pointer
            ),
            expected: difference.expected,
            actual: difference.actual,
            pointer: Some(format!("{place}{}", difference.pointer)),
            exchange,
            ..Violation::default()
        });
    }
    // What is wrong with the record itself is judged where it is answered.
    let known: Vec<String> = context
        .judge_representation(&whole)
        .iter()
        .map(|claimed| claimed.violation.place())
        .collect();
    for claimed in context.judge_representation(&told) {
        let at = claimed.violation.place();
        let of_the_event = !known.contains(&at) && at != "/id" && at != "/href";
        if !of_the_event
            || differences(&whole, &told)
                .iter()
                .any(|one| one.pointer == at)
        {
            continue;
        }
        world.record(Violation {
            key: format!("{} {}", claimed.violation.keyword, general(&at)),
            message: format!("{}: {}", event.line(), claimed.violation.message),
            expected: json!({ claimed.violation.keyword.as_str(): claimed.violation.expected }),
            actual: claimed.violation.actual.clone(),
            pointer: Some(format!("{place}{at}")),
            exchange,
            at_most: claimed.at_most,
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then(regex = r"^the event names (\S+) in (\S+), if it has that$")]
async fn names_in(world: &mut World, step: &Step, attribute: String, member: String) -> Outcome {
    let (event, _) = payload(world.at(step))?;
    let found = event.event().and_then(|event| event.get(&member)).cloned();
    let fits = match &found {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.contains(&attribute),
        Some(_) => false,
    };
    if !fits {
        world.record(Violation {
            key: format!("names in {member}"),
            message: format!("{}: its {member} does not name {attribute}", event.line()),
            expected: json!(format!("a text with {attribute}")),
            actual: found.unwrap_or_default(),
            pointer: Some(format!("/{member}")),
            exchange: cause(world, &event),
            ..Violation::default()
        });
    }
    world.conclude()
}
