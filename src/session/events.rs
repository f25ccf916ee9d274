//! The listener in a run: set up before the first request, reported in the result.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::time::Instant;
use url::Url;

use super::error::SetupError;
use crate::config::Settings;
use crate::evidence::{BodyEncoding, Delivery, keep_body};
use crate::listener::Listener;
use crate::pack::Pack;
use crate::terms::Level;
use crate::verdict::SubscriptionResult;
use crate::world::{Context, Hub, Reach, ReceivedEvent};

/// Characters that are kept of what an event says of itself.
const LONGEST_NAME: usize = 1024;

/// Bytes that are kept of a body that is not JSON: whose it is can't be known.
const MOST_UNKNOWN: usize = 256;

/// The hub of a run, with a listener where the run comes to events.
pub(super) fn hub(settings: &Settings, pack: &Pack, target: &Url) -> Result<Hub, SetupError> {
    let events = &settings.events;
    let wanted = settings.level >= Level::Operations && pack.manifest.events.is_some();
    if events.off || !wanted {
        return Ok(Hub::new(None, Reach::Off));
    }
    if settings.existing.read_only {
        return Ok(Hub::new(None, Reach::Withheld));
    }
    let listener = Listener::bind(events, target)?;
    let reach = Reach::of(events, &settings.target, listener.base());
    Ok(Hub::new(Some(listener), reach))
}

/// Sentences on events for the reader of the report.
pub(super) fn notes(context: &Context) -> Vec<String> {
    if context.settings.level < Level::Operations || context.pack.manifest.events.is_none() {
        return Vec::new();
    }
    if context.settings.events.off {
        let note = "events were left out (--no-events): nothing is said about what the target \
                    notifies its listeners";
        return vec![note.to_owned()];
    }
    let dropped = context.hub.listener().map_or(0, Listener::dropped);
    if dropped == 0 {
        return Vec::new();
    }
    vec![format!(
        "{dropped} more deliveries came to the listener than are kept: the first ones are in the \
         result"
    )]
}

/// The registrations of the run's listeners, as the result shows them.
pub(super) fn subscriptions(context: &Context) -> Vec<SubscriptionResult> {
    let subscriptions = context.hub.subscriptions().into_iter();
    subscriptions
        .map(|one| SubscriptionResult {
            name: one.name,
            id: one.id,
            callback: one.callback,
            query: one.query,
            exchange: one.exchange,
            removed: one.removed.is_some(),
            reason: one.reason,
        })
        .collect()
}

/// What arrived at the listener, as the result shows it.
pub(super) fn deliveries(context: &Context) -> Vec<Delivery> {
    let heard = context.heard();
    heard.iter().map(|one| delivery(context, one)).collect()
}

fn delivery(context: &Context, heard: &ReceivedEvent) -> Delivery {
    let arrival = &heard.arrival;
    let types = context.notifications().types;
    let kind = types
        .iter()
        .find(|kind| Some(kind.name.as_str()) == heard.kind.as_deref());
    let cause = heard
        .record
        .as_deref()
        .filter(|_| heard.own)
        .zip(kind)
        .and_then(|(record, kind)| context.hub.change(record, &kind.follows, arrival.instant));
    let delay = cause
        .as_ref()
        .map(|cause| Instant::duration_since(&arrival.instant, cause.at))
        .map(|delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
    let cap = context.settings.limits.keep_bytes;
    let keep_all = heard.own || context.settings.keep_foreign_bodies;
    let mut kept = match &arrival.json {
        _ if keep_all => keep_body(&arrival.body.clone().into(), None, cap),
        Ok(body) => keep_body(&outline(heard, body).to_string().into(), None, cap),
        Err(_) => keep_body(&arrival.body.clone().into(), None, cap.min(MOST_UNKNOWN)),
    };
    if arrival.json.is_ok() && !keep_all {
        kept.masked = 1;
        kept.encoding = BodyEncoding::Utf8;
    }
    kept.truncated |= arrival.cut.is_some();
    let begins = |text: &str| text.chars().take(LONGEST_NAME).collect::<String>();
    let stated = heard.stated_type().map(begins);
    Delivery {
        index: heard.index,
        subscription: heard.subscription.clone(),
        at: arrival.at.to_string(),
        cause: cause.map(|cause| cause.exchange),
        delay_ms: delay,
        method: arrival.method.clone(),
        path: arrival.path.clone(),
        message: kept.into_message(arrival.headers.clone(), arrival.size),
        answered: arrival.answered,
        event_type: stated,
        resource_id: heard.record.as_deref().map(begins),
        own: heard.own,
    }
}

/// What is kept of an event about what the run did not create: its id and type.
fn outline(heard: &ReceivedEvent, body: &Value) -> Value {
    let mut outline = json!({ "…": "not created by this run: only id and type are kept" });
    for name in ["eventId", "eventTime", "eventType"] {
        // A value of another type than a text is a defect, and no other people's data.
        match body.get(name) {
            Some(value) if !value.is_object() && !value.is_array() => {
                outline[name] = value.clone();
            }
            _ => {}
        }
    }
    if let Some(record) = &heard.record {
        outline["id"] = json!(record);
    }
    outline
}

/// Begins to listen, before the first registration.
pub(super) fn listen(context: &Arc<Context>, notes: &mut Vec<String>) {
    if let Some(listener) = context.hub.listener()
        && let Err(error) = listener.start()
    {
        context.hub.note_broken();
        notes.push(error.to_string());
    }
}
