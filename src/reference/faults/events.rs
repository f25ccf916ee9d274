//! Faults in the events that listeners get.

use serde_json::{Value, json};

use super::families::{missing, suppress};
use super::tools::{edit, insert, remove, replace};
use crate::reference::call::Operation::{Create, Delete, Patch};
use crate::reference::effect::{Object, PUBLISHED, answer, on_publish, spurious_event};
use crate::reference::events::{Happening, Notice};
use crate::reference::reply::Reply;
use crate::reference::store::Subscription;

faults! {
    "event-create-missing" breaks "EVT-001": "a create notifies no listener"
        => suppress(Happening::Created);
    "event-create-lean-missing" breaks "EVT-001": "a create without a description notifies no listener"
        => on_publish(|notice, _| {
            let description = notice.body.pointer("/event/partyInteraction/description");
            if notice.happening == Happening::Created && description.is_none() {
                notice.copies = 0;
            }
        });
    "event-first-listener-only" breaks "EVT-001": "only the first listener hears of events"
        => on_publish(|notice, _| if notice.place > 0 { notice.copies = 0; });
    "event-create-twice" breaks "EVT-001": "a create is reported by two events"
        => on_publish(|notice, _| if notice.happening == Happening::Created {
            notice.copies *= 2;
            notice.apart = true;
        });
    "event-change-missing" breaks "EVT-002": "a change of attributes notifies no listener"
        => suppress(Happening::Changed);
    "event-change-of-reason-missing" breaks "EVT-002": "a change of the reason alone notifies no listener"
        => on_publish(|notice, _| {
            if notice.happening == Happening::Changed && notice.body["fieldPath"] == "reason" {
                notice.copies = 0;
            }
        });
    "event-change-as-create" breaks "EVT-002": "a change of attributes is reported as a create"
        => on_publish(|notice, _| if notice.happening == Happening::Changed {
            set(notice, "eventType", "PartyInteractionCreateEvent");
        });
    "event-status-missing" breaks "EVT-003": "a change of the status notifies no listener"
        => suppress(Happening::StatusChanged);
    "event-status-old" breaks "EVT-003": "a change of the status is reported with the status before"
        => on_publish(|notice, _| if notice.happening == Happening::StatusChanged {
            in_payload(notice, |record| replace(record, "status", "open"));
        });
    "event-status-as-change" breaks "EVT-003": "a change of the status is reported as a change of attributes"
        => on_publish(|notice, _| if notice.happening == Happening::StatusChanged {
            set(notice, "eventType", "PartyInteractionAttributeValueChangeEvent");
        });
    "event-delete-missing" breaks "EVT-004": "a deletion notifies no listener"
        => suppress(Happening::Deleted);
    "event-delete-other-id" breaks "EVT-004": "a deletion is reported with another id"
        => on_publish(|notice, _| if notice.happening == Happening::Deleted {
            in_payload(notice, |record| {
                replace(record, "id", "00000000-0000-4000-8000-000000000000")
            });
        });
    "event-put" breaks "EVT-005": "events are sent by PUT"
        => on_publish(|notice, _| notice.method = "PUT");
    "event-get" breaks "EVT-005": "events are sent by GET"
        => on_publish(|notice, _| notice.method = "GET");
    "event-form" breaks "EVT-005": "events are sent as a form"
        => on_publish(|notice, _| {
            let kind = notice.body["eventType"].as_str().unwrap_or_default().to_owned();
            notice.media_type = "application/x-www-form-urlencoded";
            notice.body = format!("eventType={kind}").into();
        });
    "event-text" breaks "EVT-005": "events are sent as text/plain"
        => on_publish(|notice, _| notice.media_type = "text/plain");
    "event-array" breaks "EVT-005": "events are sent in an array"
        => on_publish(|notice, _| notice.body = json!([notice.body.take()]));
    "event-root-path" breaks "EVT-005": "events are sent to the root of the listener's host"
        => on_publish(|notice, _| if let Ok(mut url) = url::Url::parse(&notice.callback) {
            url.set_path("/events");
            notice.url = url.to_string();
        });
    "event-type-missing" breaks "EVT-006": "events have no eventType"
        => on_publish(|notice, _| unset(notice, "eventType"));
    "event-type-lower-camel" breaks "EVT-006": "eventType starts with a small letter"
        => on_publish(|notice, _| {
            let kind = notice.happening.event_type().replacen('P', "p", 1);
            set(notice, "eventType", kind);
        });
    "event-type-short" breaks "EVT-006": "eventType lacks its ending Event"
        => on_publish(|notice, _| {
            let kind = notice.happening.event_type().trim_end_matches("Event");
            set(notice, "eventType", kind);
        });
    "event-type-notification" breaks "EVT-006": "eventType ends with Notification"
        => on_publish(|notice, _| {
            let kind = notice.happening.event_type().replace("Event", "Notification");
            set(notice, "eventType", kind);
        });
    "event-id-missing" breaks "EVT-007": "events have no eventId"
        => on_publish(|notice, _| unset(notice, "eventId"));
    "event-id-same" breaks "EVT-007": "all events have the same eventId"
        => on_publish(|notice, _| set(notice, "eventId", "1"));
    "event-id-number" breaks "EVT-007": "eventId is a number"
        => on_publish(|notice, _| set(notice, "eventId", fastrand::u32(..)));
    "event-id-blank" breaks "EVT-007": "eventId is blank"
        => on_publish(|notice, _| set(notice, "eventId", " "));
    "event-time-missing" breaks "EVT-008": "events have no eventTime"
        => on_publish(|notice, _| unset(notice, "eventTime"));
    "event-time-without-zone" breaks "EVT-008": "eventTime lacks its zone"
        => on_publish(|notice, _| if let Some(event) = notice.body.as_object_mut() {
            edit(event, "eventTime", |text| text.chars().take(19).collect());
        });
    "event-time-number" breaks "EVT-008": "eventTime is a number"
        => on_publish(|notice, _| set(notice, "eventTime", 1_593_000_000_000_i64));
    "event-time-old" breaks "EVT-008": "eventTime is of the year 2000"
        => on_publish(|notice, _| set(notice, "eventTime", "2000-01-01T00:00:00Z"));
    "event-payload-missing" breaks "EVT-009": "events have no payload"
        => on_publish(|notice, _| unset(notice, "event"));
    "event-payload-flat" breaks "EVT-009": "the record is the payload itself, without its name"
        => on_publish(|notice, _| {
            let record = notice.body["event"]["partyInteraction"].take();
            set(notice, "event", record);
        });
    "event-payload-renamed" breaks "EVT-009": "the record in the payload has another name"
        => on_publish(|notice, _| {
            let record = notice.body["event"]["partyInteraction"].take();
            set(notice, "event", json!({"resource": record}));
        });
    "event-payload-without-id" breaks "EVT-009": "the record in the payload lacks its id"
        => missing(PUBLISHED, "id");
    "event-payload-list" breaks "EVT-009": "the payload holds a list of records"
        => on_publish(|notice, _| {
            let record = notice.body["event"]["partyInteraction"].take();
            set(notice, "event", json!({"partyInteraction": [record]}));
        });
    "event-payload-without-href" breaks "EVT-009": "the record in the payload lacks its href"
        => missing(PUBLISHED, "href");
    "event-create-slim" breaks "EVT-010": "a create is reported with id and href only"
        => on_publish(|notice, _| if notice.happening == Happening::Created {
            in_payload(notice, |record| record.retain(|name, _| name == "id" || name == "href"));
        });
    "event-create-other-reason" breaks "EVT-010": "a create is reported with a shortened reason"
        => on_publish(|notice, _| if notice.happening == Happening::Created {
            in_payload(notice, |record| {
                edit(record, "reason", |text| text.chars().take(3).collect());
            });
        });
    "event-change-old" breaks "EVT-011": "a change is reported without the changed attributes"
        => on_publish(|notice, _| if notice.happening == Happening::Changed {
            let fields = notice.body["fieldPath"].as_str().unwrap_or_default().to_owned();
            in_payload(notice, |record| {
                record.retain(|name, _| !fields.split(',').any(|field| field == name));
            });
        });
    "event-field-path-list" breaks "EVT-011": "fieldPath is a list"
        => on_publish(|notice, _| if notice.happening == Happening::Changed {
            set(notice, "fieldPath", json!(["description"]));
        });
    "event-time-occurred" breaks "EVT-012": "the time of the occurrence is spelt timeOccurred"
        => on_publish(|notice, _| {
            let time = notice.body["timeOcurred"].take();
            unset(notice, "timeOcurred");
            set(notice, "timeOccurred", time);
        });
    "event-again" breaks "EVT-013": "every event is sent again, though it was taken"
        => on_publish(|notice, _| notice.copies *= 2);
    "event-refusal-breaks-create" breaks "EVT-013": "a create fails once a listener has answered an event with an error"
        => answer(|call, store| {
            let refused = |one: &Subscription| one.outbox.was_refused();
            let fails = call.asks(Create) && store.subscriptions.iter().any(refused);
            fails.then(|| Reply::error(503, "listenerFailed", "a listener is not well"))
        });
    "event-failing-listener-cuts-off" breaks "EVT-015": "once a listener has failed, the others hear nothing more"
        => answer(|call, store| {
            let refused = |one: &Subscription| one.outbox.was_refused();
            if call.asks(Create) && store.subscriptions.iter().any(refused) {
                store.subscriptions.retain(refused);
            }
            None
        });
    "event-other-name" breaks "EVT-006": "a create is reported by an event of another name"
        => on_publish(|notice, _| if notice.happening == Happening::Created {
            set(notice, "eventType", "InteractionMadeEvent");
            notice.url.clone_from(&notice.callback);
        });
    "event-time-without-colon" breaks "EVT-008": "the zone of eventTime has no colon"
        => on_publish(|notice, _| if let Some(event) = notice.body.as_object_mut() {
            edit(event, "eventTime", |text| text.replace('Z', "+0000"));
        });
    "event-of-refused-create" breaks "EVT-014": "a refused create is reported as if it had been done"
        => spurious_event(|call, reply| {
            let refused = call.asks(Create) && reply.failed();
            let record = call.json().as_object().cloned().unwrap_or_default();
            refused.then_some((Happening::Created, record))
        });
    "event-of-refused-patch" breaks "EVT-014": "a refused patch is reported as if it had been done"
        => spurious_event(|call, reply| {
            let refused = call.asks(Patch) && reply.failed();
            let mut record = call.json().as_object().cloned().unwrap_or_default();
            insert(&mut record, "id", call.id());
            refused.then_some((Happening::Changed, record))
        });
    "event-of-refused-delete" breaks "EVT-014": "a refused deletion is reported as if it had been done"
        => spurious_event(|call, reply| {
            let refused = call.asks(Delete) && reply.failed();
            let record = Object::from_iter([("id".to_owned(), call.id().into())]);
            refused.then_some((Happening::Deleted, record))
        });
}

fn set(notice: &mut Notice, name: &str, value: impl Into<Value>) {
    if let Some(event) = notice.body.as_object_mut() {
        event.insert(name.to_owned(), value.into());
    }
}

fn unset(notice: &mut Notice, name: &str) {
    if let Some(event) = notice.body.as_object_mut() {
        remove(event, name);
    }
}

fn in_payload(notice: &mut Notice, change: impl FnOnce(&mut Object)) {
    let record = notice.body.pointer_mut("/event/partyInteraction");
    if let Some(record) = record.and_then(Value::as_object_mut) {
        change(record);
    }
}
