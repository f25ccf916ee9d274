//! Steps on events that must not have come: twice, to who has left, to who asked for others, of what
//! was refused.
//!
//! Silence proves nothing by itself: the window of `--event-quiet` has passed, and a later event
//! that did arrive shows that events were on their way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;
use tmfctk_step_macros::{given, then};

use super::answers::reply;
use super::received_events::{events, is_same, record};
use super::text;
use crate::evidence::{Outcome, Stop};
use crate::world::{ReceivedEvent, Subscription, Violation, World};

/// Over records that were made and not changed since: two events are two eventIds; the same event
/// sent again is not a second one.
#[then(
    regex = r"^no listener heard of one record by two (\S+)s$",
    pattern = "no listener heard of one record by two TYPEs",
    example = "no listener heard of one record by two SomeCreateEvents"
)]
async fn told_once(world: &mut World, kind: String) -> Outcome {
    let mut told: BTreeMap<(String, String), (BTreeSet<String>, ReceivedEvent)> = BTreeMap::new();
    for heard in events(world).await? {
        let (Some(name), Some(id)) = (heard.subscription.clone(), heard.record.clone()) else {
            continue;
        };
        if !is_alone_at_its_callback(world, &heard) {
            continue;
        }
        // A change that is reported as a creation is a defect of that change.
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
        let violation = Violation::new(
            format!("two {kind}"),
            format!(
                "the listener \"{name}\" heard of the record {id} by {} events of the type {kind}",
                ids.len()
            ),
        )
        .expected(json!(1))
        .actual(json!(ids.len()));
        record(world, &heard, violation);
    }
    Ok(())
}

/// The same event was not sent once more to a listener that had answered 2xx.
#[then("no event that was taken came again")]
async fn came_again(world: &mut World) -> Outcome {
    let mut events = events(world).await?;
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
        let violation = Violation::new(
            "again",
            format!(
                "it is {} once more, although that was answered {}",
                earlier.line(),
                earlier.arrival.answered
            ),
        )
        .expected("one delivery")
        .actual("another one");
        record(world, heard, violation);
    }
    Ok(())
}

/// Whether the callback of an event belongs to one subscription, and not to two at a time.
fn is_alone_at_its_callback(world: &World, heard: &ReceivedEvent) -> bool {
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
async fn listener(
    world: &mut World,
    name: &str,
) -> Result<(Subscription, Vec<ReceivedEvent>), Stop> {
    let heard = events(world).await?;
    let Some(subscription) = world.context.hub.subscription(name) else {
        return Err(Stop::blocked(
            format!("the listener \"{name}\" was not registered"),
            None,
        ));
    };
    Ok((subscription, heard))
}

/// No such event came; inconclusive unless a later event shows that events come.
#[then(
    regex = r#"^"([^"]+)" heard of nothing by an? (\S+)$"#,
    pattern = r#""LISTENER" heard of nothing by a TYPE"#,
    example = r#""few" heard of nothing by a SomeCreateEvent"#
)]
async fn heard_nothing(world: &mut World, name: String, kind: String) -> Outcome {
    let (subscription, all) = listener(world, &name).await?;
    let came = |heard: &&ReceivedEvent| heard.arrival.instant > subscription.since;
    if !all.iter().any(|heard| came(&heard)) {
        let why = "no later event came: that this one did not says nothing";
        return Err(Stop::blocked(why, Some(subscription.exchange)));
    }
    let unwanted = all.iter().filter(|heard| {
        heard.subscription.as_deref() == Some(name.as_str())
            && heard.kind.as_deref() == Some(kind.as_str())
    });
    for heard in unwanted {
        let violation = Violation::new(
            format!("unwanted {kind}"),
            format!("the listener \"{name}\" was notified, although its query leaves out {kind}"),
        )
        .expected(json!(subscription.query))
        .actual(json!(heard.stated_type()));
        record(world, heard, violation);
    }
    Ok(())
}

/// Such an event came to it; inconclusive where none came to any listener.
#[then(
    regex = r#"^"([^"]+)" heard of something by an? (\S+), if others did$"#,
    pattern = r#""LISTENER" heard of something by a TYPE, if others did"#,
    example = r#""few" heard of something by a SomeDeleteEvent, if others did"#
)]
async fn heard_something(world: &mut World, name: String, kind: String) -> Outcome {
    let (subscription, all) = listener(world, &name).await?;
    // What went astray was reported to nobody.
    let of_kind = |heard: &&ReceivedEvent| {
        heard.subscription.is_some() && heard.kind.as_deref() == Some(kind.as_str())
    };
    let (at_it, elsewhere): (Vec<&ReceivedEvent>, Vec<&ReceivedEvent>) = all
        .iter()
        .filter(of_kind)
        .partition(|heard| heard.subscription.as_deref() == Some(name.as_str()));
    if at_it.is_empty() && elsewhere.is_empty() {
        let why = format!("no {kind} came to any listener, with or without a query");
        return Err(Stop::blocked(why, Some(subscription.exchange)));
    }
    if at_it.is_empty() {
        let types = world.context.notifications().types;
        let follows = types.iter().find(|one| one.name == kind);
        let (from, to) = (subscription.since, subscription.removed);
        let done = |method: &str| world.context.hub.was_done(method, from, to);
        if follows.is_some_and(|one| !done(&one.follows)) {
            let why = format!("nothing that a {kind} reports was done while it listened");
            return Err(Stop::blocked(why, Some(subscription.exchange)));
        }
        world.record(
            Violation::new(
                format!("unheard {kind}"),
                format!(
                    "no {kind} came to the listener \"{name}\", although its query asks for it"
                ),
            )
            .expected(json!(subscription.query))
            .actual("no event")
            .exchange(subscription.exchange),
        );
    }
    Ok(())
}

/// What was done before may still come; inconclusive unless an event of a later change came to
/// another listener.
#[then(
    regex = r#"^"([^"]+)" heard of nothing that was done after it was removed$"#,
    pattern = r#""LISTENER" heard of nothing that was done after it was removed"#,
    example = r#""left" heard of nothing that was done after it was removed"#
)]
async fn heard_nothing_after(world: &mut World, name: String) -> Outcome {
    let (subscription, all) = listener(world, &name).await?;
    let Some(removed) = subscription.removed else {
        let why = format!("the listener \"{name}\" was not removed");
        return Err(Stop::blocked(why, Some(subscription.exchange)));
    };
    let context = Arc::clone(&world.context);
    let done_after = |heard: &&ReceivedEvent| {
        let id = heard.record.as_deref();
        let change = id.and_then(|id| context.hub.last_change(id, heard.arrival.instant));
        heard.own && change.is_some_and(|change| change.at > removed)
    };
    let (at_it, elsewhere): (Vec<&ReceivedEvent>, Vec<&ReceivedEvent>) = all
        .iter()
        .filter(done_after)
        .partition(|heard| heard.subscription.as_deref() == Some(name.as_str()));
    if let Some(heard) = at_it.first() {
        let violation = Violation::new(
            "after removal",
            format!(
                "the listener \"{name}\" was notified of what was done after it was removed ({} \
                 events)",
                at_it.len()
            ),
        )
        .expected("no event")
        .actual(json!(heard.stated_type()));
        record(world, heard, violation);
    } else if elsewhere.is_empty() {
        let why = "no event of a later change came to another listener: silence says nothing";
        return Err(Stop::blocked(why, Some(subscription.exchange)));
    }
    Ok(())
}

/// The last request, which carried that text in its URL or body, was answered 4xx; not applicable
/// where it was accepted.
#[given(
    regex = r#"^that was refused, and nothing may be told of "([^"]+)"$"#,
    pattern = r#"that was refused, and nothing may be told of "TEXT""#,
    example = r#"that was refused, and nothing may be told of "Refused ${run}""#
)]
async fn may_not_be_told(world: &mut World, words: String) -> Outcome {
    let reply = reply(world)?;
    let line = reply.answer.line();
    match reply.answer.status {
        400..500 => {
            let text = text::filled(world, &words);
            world.context.hub.note_refused(&text);
            Ok(())
        }
        200..300 => Err(Stop::NotApplicable(format!(
            "the target accepts it: {line}"
        ))),
        _ => {
            let why = format!("it was not refused: {line}");
            Err(Stop::blocked(why, Some(reply.answer.index)))
        }
    }
}

/// The text stands in no event; inconclusive where no event came at all, not applicable where no
/// such request was refused.
#[then(
    regex = r#"^no event tells of "([^"]+)"$"#,
    pattern = r#"no event tells of "TEXT""#,
    example = r#"no event tells of "Refused ${run}""#
)]
async fn tells_not(world: &mut World, words: String) -> Outcome {
    events(world).await?;
    let text = text::filled(world, &words);
    if !world.context.hub.was_refused(&text) {
        let why = "no such request was refused";
        return Err(Stop::NotApplicable(why.into()));
    }
    let heard = world.context.heard();
    for heard in heard.iter().filter(|heard| heard.tells_of(&text)) {
        let violation = Violation::new(
            "told although refused",
            "it reports a request that the target refused",
        )
        .expected("no event")
        .actual(json!(heard.stated_type()));
        record(world, heard, violation);
    }
    Ok(())
}
