//! The hub: registering and unregistering listeners, sending them events.

use serde_json::{Map, Value};
use url::Url;

use super::super::call::{BASE_PATH, pairs};
use super::super::effect::{Object, View};
use super::super::events::{Happening, Notice, Outbox, event};
use super::super::query::criteria;
use super::super::reply::Reply;
use super::super::store::Subscription;
use super::context::{Context, OperationResult, refused};

/// Registers a listener.
pub(super) fn register(context: &mut Context<'_>) -> OperationResult {
    let sent = context.object(&["application/json"])?;
    let callback = match sent.get("callback") {
        Some(Value::String(callback)) if is_callback(callback) => callback.clone(),
        Some(_) => {
            return Err(refused(
                400,
                "invalidCallback",
                "callback has to be an http URL",
            ));
        }
        None => return Err(refused(400, "missingCallback", "callback is missing")),
    };
    let query = match sent.get("query") {
        None => None,
        Some(Value::String(query)) => Some(query.clone()),
        Some(_) => return Err(refused(400, "invalidQuery", "query has to be a text")),
    };
    let id = context.store.new_id();
    let mut subscription = Map::new();
    subscription.insert("id".to_owned(), id.as_str().into());
    subscription.insert("callback".to_owned(), callback.as_str().into());
    if let Some(query) = &query {
        subscription.insert("query".to_owned(), query.as_str().into());
    }
    let location = format!("{}{BASE_PATH}hub/{id}", context.call.origin);
    context.store.subscriptions.push(Subscription {
        id,
        callback,
        query,
        outbox: Outbox::open(context.settings.event_delay),
    });
    Ok(Reply::json(201, Value::Object(subscription)).with("location", location))
}

fn is_callback(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// Unregisters a listener.
pub(super) fn unregister(context: &mut Context<'_>) -> OperationResult {
    let id = context.call.id();
    let before = context.store.subscriptions.len();
    context
        .store
        .subscriptions
        .retain(|subscription| subscription.id != id);
    if context.store.subscriptions.len() == before {
        return Err(refused(
            404,
            "notFound",
            format!("no listener has the id {id:?}"),
        ));
    }
    Ok(Reply::empty(204))
}

impl Context<'_> {
    /// Sends an event to the listeners that subscribed to it. For a change, `fields` are the names
    /// of the changed attributes.
    pub(in super::super) fn publish(
        &mut self,
        happening: Happening,
        record: &Object,
        fields: &[&str],
    ) {
        if self.store.subscriptions.is_empty() {
            return;
        }
        let mut shown = record.clone();
        self.behaviour
            .on_show(View::Published, &mut shown, self.call);
        let (id, now) = (self.store.new_id(), self.store.now());
        let event = event(happening, &id, shown, fields, &now);
        for (place, subscription) in self.store.subscriptions.iter().enumerate() {
            let mut notice = Notice::new(happening, &subscription.callback, &event);
            notice.place = place;
            notice.sent = self.call.json();
            if !is_wanted(subscription, &event) {
                notice.copies = 0;
            }
            self.behaviour.on_publish(&mut notice, subscription);
            subscription.outbox.put(notice);
        }
    }
}

/// Whether an event meets the query of a subscription, which filters it as a list is filtered.
fn is_wanted(subscription: &Subscription, event: &Object) -> bool {
    let query = subscription.query.as_deref().unwrap_or("");
    let criteria = criteria(&pairs(query.trim_start_matches('?')));
    criteria
        .iter()
        .all(|criterion| criterion.tests.iter().any(|test| test.holds(event)))
}
