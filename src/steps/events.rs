//! Steps that change records and wait for the events that report it.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use tmfctk_step_macros::{given, then};

use super::answers::not_made;
use super::text;
use crate::evidence::{Outcome, Stop, differences};
use crate::http::Outgoing;
use crate::world::{EventSearch, ReceivedEvent, Violation, World, general};

/// A listener that scenarios share, registered when it is first asked for; not applicable where
/// events are left out or the target takes no second listener, inconclusive where none can be
/// registered or reached.
#[given(
    regex = r#"^the listeners? ("[^"]+"(?: and "[^"]+")*)$"#,
    pattern = r#"the listener "NAME" (or: the listeners "NAME" and "NAME")"#,
    example = r#"the listener "all""#
)]
async fn listeners(world: &mut World, names: String) -> Outcome {
    let context = Arc::clone(&world.context);
    for name in text::quoted(&names) {
        context.shared_subscription(name).await?;
        let subscription = context.hub.subscription(name);
        world
            .evidence
            .exchanges
            .extend(subscription.map(|one| one.exchange));
    }
    Ok(())
}

/// PATCH, read back; not applicable where the target refuses that change or does not keep it,
/// inconclusive where it fails.
#[given(
    regex = r#"^the target has changed (\S+) of the record "([^"]+)" to (.+)$"#,
    pattern = r#"the target has changed ATTRIBUTE of the record "NAME" to JSON"#,
    example = r#"the target has changed description of the record "A" to "new""#
)]
async fn has_changed(world: &mut World, attribute: String, name: String, value: String) -> Outcome {
    let value = text::value(world, &value);
    change(world, &name, json!({ attribute.as_str(): value })).await
}

async fn change(world: &mut World, name: &str, patch: Value) -> Outcome {
    let record = text::record(world, name).await?;
    let members = patch.as_object().into_iter().flatten();
    let names: Vec<&str> = members.map(|(name, _)| name.as_str()).collect();
    let attribute = names.join(" and ");
    let context = Arc::clone(&world.context);
    let offer = context.known_offer("PATCH");
    let media_type = offer.and_then(|offer| offer.media_type.clone());
    let media_type = media_type.unwrap_or_else(|| "application/json".to_owned());
    let url = context.record_url(&record.id);
    let request = Outgoing::new("PATCH", url.clone()).body(&media_type, patch.to_string());
    let reply = world.send(request).await?;
    let line = reply.answer.line();
    let exchange = Some(reply.answer.index);
    match reply.answer.status {
        200..300 => {}
        400..500 => {
            let why = format!("the target refuses to change {attribute}: {line}");
            return Err(Stop::NotApplicable(why));
        }
        _ => {
            return Err(Stop::blocked(
                format!("nothing was changed: {line}"),
                exchange,
            ));
        }
    }
    let read = world.send(Outgoing::new("GET", url)).await?;
    let kept = read.json().unwrap_or(&Value::Null);
    let members = patch.as_object().cloned().unwrap_or_default();
    let (removed, set): (Map<_, _>, Map<_, _>) =
        members.into_iter().partition(|(_, value)| value.is_null());
    let is_gone = |name: &String| kept.get(name).is_none_or(Value::is_null);
    if !differences(&Value::Object(set), kept).is_empty() || !removed.keys().all(is_gone) {
        let why = format!("the target accepts a new {attribute}, but does not keep it");
        return Err(Stop::NotApplicable(why));
    }
    Ok(())
}

/// PATCH with several values, read back; not applicable where the target refuses that change or does
/// not keep it, inconclusive where it fails.
#[given(
    regex = r#"^the target has patched the record "([^"]+)" with (\{.*\})$"#,
    pattern = r#"the target has patched the record "NAME" with JSON"#,
    example = r#"the target has patched the record "A" with {"description": null}"#
)]
async fn has_patched(world: &mut World, name: String, patch: String) -> Outcome {
    let patch = text::value(world, &patch);
    change(world, &name, patch).await
}

/// DELETE; inconclusive where it fails.
#[given(
    regex = r#"^the target has deleted the record "([^"]+)"$"#,
    pattern = r#"the target has deleted the record "NAME""#,
    example = r#"the target has deleted the record "A""#
)]
async fn has_deleted(world: &mut World, name: String) -> Outcome {
    let record = text::record(world, &name).await?;
    let context = Arc::clone(&world.context);
    let request = Outgoing::new("DELETE", context.record_url(&record.id));
    let reply = world.send(request).await?;
    if !(200..300).contains(&reply.answer.status) {
        let why = format!("nothing was deleted: {}", reply.answer.line());
        return Err(not_made(&reply, why));
    }
    context.note_deleted(&record.id);
    Ok(())
}

/// An event of that type about that record arrives within --event-timeout; the scenario goes on as
/// soon as it is there. Inconclusive where an event came that is too broken to be reported.
#[then(
    regex = r#"^"([^"]+)" hears of the record "([^"]+)" by an? (\S+)$"#,
    pattern = r#""LISTENER" hears of the record "NAME" by a TYPE"#,
    example = r#""all" hears of the record "A" by a SomeCreateEvent"#
)]
async fn hears(world: &mut World, listener: String, name: String, kind: String) -> Outcome {
    let (sought, exchange) = sought(world, &listener, &name, &kind, true).await?;
    match sought {
        EventSearch::Found(heard) => {
            world.event = Some(heard);
            Ok(())
        }
        EventSearch::Unclear(heard) => unclear(&heard, &kind, exchange),
        EventSearch::Late(heard, after) => {
            let seconds = world.context.settings.events.timeout.as_secs_f64();
            let after = (after.as_secs_f64() * 10.0).round() / 10.0;
            let message = format!(
                "{} is the {kind}, but came after {after} s, and not within {seconds} s",
                heard.line()
            );
            let advice = "--event-timeout says how long an event may take";
            world.record(
                Violation::new(format!("late {kind}"), message)
                    .expected(format!("a {kind} of that record within {seconds} s"))
                    .actual(format!("one after {after} s"))
                    .exchange(exchange)
                    .advice(Some(advice.to_owned())),
            );
            world.event = Some(heard);
            Ok(())
        }
        EventSearch::OtherType(heard) => {
            let stated = heard.stated_type().unwrap_or_default().to_owned();
            let message = format!(
                "no {kind} came to the listener \"{listener}\", but an event of the type \
                 \"{stated}\" about that record: {}",
                heard.line()
            );
            world.record(
                Violation::new(format!("no {kind}"), message)
                    .expected(format!("a {kind} of that record"))
                    .actual(json!(stated))
                    .exchange(exchange),
            );
            Ok(())
        }
        EventSearch::Missing => {
            let seconds = world.context.settings.events.timeout.as_secs_f64();
            let message = format!(
                "no {kind} came to the listener \"{listener}\" within {seconds} s, although the \
                 target did what it reports"
            );
            let advice = "is the listener reached at all? --listener-url says under which URL the \
                          target reaches it, --event-timeout how long an event may take";
            world.record(
                Violation::new(format!("no {kind}"), message)
                    .expected(format!("a {kind} of that record"))
                    .actual("none")
                    .exchange(exchange)
                    .advice(Some(advice.to_owned())),
            );
            Ok(())
        }
    }
}

/// The same, as what later steps need: inconclusive where it does not arrive.
#[given(
    regex = r#"^"([^"]+)" has heard of the record "([^"]+)" by an? (\S+)$"#,
    pattern = r#""LISTENER" has heard of the record "NAME" by a TYPE"#,
    example = r#""all" has heard of the record "A" by a SomeCreateEvent"#
)]
async fn has_heard(world: &mut World, listener: String, name: String, kind: String) -> Outcome {
    let (sought, exchange) = sought(world, &listener, &name, &kind, false).await?;
    match sought {
        EventSearch::Found(heard) => {
            world.event = Some(heard);
            Ok(())
        }
        EventSearch::Unclear(heard) => unclear(&heard, &kind, exchange),
        EventSearch::Late(heard, _) => {
            world.event = Some(heard);
            Ok(())
        }
        EventSearch::OtherType(_) | EventSearch::Missing => {
            let why = format!("no {kind} came in time");
            Err(Stop::blocked(why, Some(exchange)))
        }
    }
}

/// Waits until it arrives, at most --event-timeout; a later scenario judges.
#[given(
    regex = r#"^"([^"]+)" is given the time to hear of the record "([^"]+)" by an? (\S+)$"#,
    pattern = r#""LISTENER" is given the time to hear of the record "NAME" by a TYPE"#,
    example = r#""few" is given the time to hear of the record "A" by a SomeDeleteEvent"#
)]
async fn has_time(world: &mut World, listener: String, name: String, kind: String) -> Outcome {
    sought(world, &listener, &name, &kind, false)
        .await
        .map(|_| ())
}

async fn sought(
    world: &mut World,
    listener: &str,
    name: &str,
    kind: &str,
    judges: bool,
) -> Result<(EventSearch, usize), Stop> {
    let record = text::record(world, name).await?;
    let context = Arc::clone(&world.context);
    let sought = context
        .await_event(listener, kind, &record.id, judges)
        .await?;
    world.evidence.exchanges.insert(sought.1);
    Ok(sought)
}

fn unclear(heard: &ReceivedEvent, kind: &str, exchange: usize) -> Outcome {
    let flaw = match &heard.arrival.json {
        Err(why) => why.clone(),
        Ok(_) if heard.kind.is_none() => match heard.stated_type() {
            Some(stated) => format!("its type \"{stated}\" is not a published name"),
            None => "it states no type".to_owned(),
        },
        Ok(_) => "it can't be known which record it is about".to_owned(),
    };
    let why = format!("{} may be the {kind}, but {flaw}", heard.line());
    Err(Stop::blocked(why, Some(exchange)))
}

/// The event that the steps talk about and the record in it.
fn payload(world: &mut World) -> Result<(ReceivedEvent, Value), Stop> {
    let events = world.context.notifications();
    let event = world.event.clone();
    let Some(event) = event else {
        return Err(Stop::blocked("the scenario has heard no event yet", None));
    };
    match event.payload(&events) {
        Some(record @ Value::Object(_)) => {
            let record = record.clone();
            Ok((event, record))
        }
        // It is another requirement that there is one.
        _ => {
            let why = format!("{} holds no record at {}", event.line(), events.record);
            Err(Stop::blocked(why, None))
        }
    }
}

/// The exchange that an event reports.
pub(super) fn cause(world: &World, heard: &ReceivedEvent) -> Option<usize> {
    let types = world.context.notifications().types;
    let kind = types
        .iter()
        .find(|kind| Some(kind.name.as_str()) == heard.kind.as_deref())?;
    let record = heard.record.as_deref()?;
    let hub = &world.context.hub;
    let change = hub.change(record, &kind.follows, heard.arrival.instant)?;
    Some(change.exchange)
}

/// The payload of the event holds that value there.
#[then(
    regex = r"^the record in the event has (/\S+) = (.+)$",
    pattern = "the record in the event has POINTER = JSON",
    example = r#"the record in the event has /description = "new""#
)]
async fn record_has(world: &mut World, pointer: String, value: String) -> Outcome {
    let (event, record) = payload(world)?;
    let wanted = text::value(world, &value);
    let found = record.pointer(&pointer).cloned();
    if found.as_ref() != Some(&wanted) {
        let place = world.context.notifications().record;
        world.record(
            Violation::new(
                format!("told {pointer}"),
                format!("{} does not show the new value at {pointer}", event.line()),
            )
            .expected(wanted)
            .actual(found.unwrap_or_else(|| json!("absent")))
            .at(format!("{place}{pointer}"))
            .exchange(cause(world, &event)),
        );
    }
    Ok(())
}

/// The URL at which it came has that query.
#[then(
    regex = r"^the event came to a URL with the query (\S+)$",
    pattern = "the event came to a URL with the query QUERY",
    example = "the event came to a URL with the query key=1"
)]
async fn came_with_query(world: &mut World, query: String) -> Outcome {
    let query = text::filled(world, &query);
    let Some(event) = world.event.clone() else {
        return Err(Stop::blocked("the scenario has heard no event yet", None));
    };
    if !event.arrival.path.contains(&query) {
        world.record(
            Violation::new(
                "callback query",
                format!("{} lacks the query of its callback", event.line()),
            )
            .expected(format!("a URL with {query}"))
            .actual(json!(event.arrival.path))
            .exchange(cause(world, &event)),
        );
    }
    Ok(())
}

/// It has all that GET answers for it, and keeps to the same rules; its href may differ.
#[then(
    regex = r#"^the record in the event is the whole record "([^"]+)"$"#,
    pattern = r#"the record in the event is the whole record "NAME""#,
    example = r#"the record in the event is the whole record "A""#
)]
async fn is_whole(world: &mut World, name: String) -> Outcome {
    let (event, mut told) = payload(world)?;
    let record = text::record(world, &name).await?;
    let url = world.context.record_url(&record.id);
    let read = world.send(Outgoing::new("GET", url)).await?;
    let Some(mut whole) = read
        .json()
        .ok()
        .filter(|body| read.answer.status == 200 && body.is_object())
        .cloned()
    else {
        let why = format!("{} is not a record to compare with", read.answer.line());
        return Err(Stop::blocked(why, Some(read.answer.index)));
    };
    let context = Arc::clone(&world.context);
    let place = context.notifications().record;
    // That it is named rightly is another requirement, and events may leave by another way than
    // answers do, under another host name.
    if let Some(attributes) = whole.as_object_mut() {
        attributes.retain(|name, _| name != "id" && name != "href");
    }
    // An attribute that is null says no more than one that is absent.
    remove_nulls(&mut whole);
    remove_nulls(&mut told);
    let exchange = cause(world, &event);
    if !differences(&whole, &told).is_empty() && context.shares_its_id(&record) {
        let why = format!(
            "the id {} was given again: the event may be of another",
            record.id
        );
        return Err(Stop::blocked(why, exchange));
    }
    // Where GET and the create differ, it is not the event that is wrong.
    let creation = text::creation(world, &name).await?;
    let mut created = creation.answer.json().ok().cloned();
    created.iter_mut().for_each(remove_nulls);
    let as_created = |pointer: &str| {
        created
            .as_ref()
            .is_some_and(|created| created.pointer(pointer) == told.pointer(pointer))
    };
    for difference in differences(&whole, &told) {
        if as_created(&difference.pointer) {
            continue;
        }
        world.record(
            Violation::new(
                format!("not told {}", general(&difference.pointer)),
                format!(
                    "{} does not show {} as GET of the record does",
                    event.line(),
                    difference.pointer
                ),
            )
            .expected(difference.expected)
            .actual(difference.actual)
            .at(format!("{place}{}", difference.pointer))
            .exchange(exchange),
        );
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
        world.record(
            Violation::new(
                format!("{} {}", claimed.violation.keyword, general(&at)),
                format!("{}: {}", event.line(), claimed.violation.message),
            )
            .expected(json!({ claimed.violation.keyword.as_str(): claimed.violation.expected }))
            .actual(claimed.violation.actual.clone())
            .at(format!("{place}{at}"))
            .exchange(exchange)
            .at_most(claimed.at_most),
        );
    }
    Ok(())
}

fn remove_nulls(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(remove_nulls),
        Value::Object(attributes) => {
            attributes.retain(|_, value| !value.is_null());
            attributes.values_mut().for_each(remove_nulls);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// An attribute of the envelope that is optional, and a text where it is there.
#[then(
    regex = r"^the event names (\S+) in (\S+), if it has that$",
    pattern = "the event names ATTRIBUTE in ENVELOPE-ATTRIBUTE, if it has that",
    example = "the event names description in fieldPath, if it has that"
)]
async fn names_in(world: &mut World, attribute: String, place: String) -> Outcome {
    let (event, _) = payload(world)?;
    let found = event.event().and_then(|event| event.get(&place)).cloned();
    let fits = match &found {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.contains(&attribute),
        Some(_) => false,
    };
    if !fits {
        world.record(
            Violation::new(
                format!("names in {place}"),
                format!("{}: its {place} does not name {attribute}", event.line()),
            )
            .expected(format!("a text with {attribute}"))
            .actual(found.unwrap_or_default())
            .at(format!("/{place}"))
            .exchange(cause(world, &event)),
        );
    }
    Ok(())
}
