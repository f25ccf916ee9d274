//! Faults in what listeners are told.

use serde_json::{Value, json};

use super::super::call::Operation::{Create, Delete, Patch};
use super::super::effect::Effect::{Answer, Invent, Publish, Show};
use super::super::effect::{Object, PUBLISHED};
use super::super::events::{Happening, Notice};
use super::super::reply::Reply;
use super::super::store::Subscription;
use super::tools::{edit, remove, replace};
use super::{FaultInfo, fault};

/// A row that suppresses one kind of event.
macro_rules! silent {
    ($name:literal, $requirement:literal, $happening:ident, $what:literal) => {
        fault(
            $name,
            $requirement,
            concat!($what, " tells no listener"),
            &[Publish(|notice, _| {
                if notice.happening == Happening::$happening {
                    notice.copies = 0;
                }
            })],
        )
    };
}

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    silent!(
        "event-create-missing",
        "TMF683-4-EVT-001",
        Created,
        "a create"
    ),
    fault(
        "event-create-lean-missing",
        "TMF683-4-EVT-001",
        "a create without a description tells no listener",
        &[Publish(|notice, _| {
            let description = notice.body.pointer("/event/partyInteraction/description");
            if notice.happening == Happening::Created && description.is_none() {
                notice.copies = 0;
            }
        })],
    ),
    fault(
        "event-first-listener-only",
        "TMF683-4-EVT-001",
        "only the first listener hears of events",
        &[Publish(|notice, _| {
            if notice.place > 0 {
                notice.copies = 0;
            }
        })],
    ),
    fault(
        "event-create-twice",
        "TMF683-4-EVT-001",
        "a create is told by two events",
        &[Publish(|notice, _| {
            if notice.happening == Happening::Created {
                notice.copies *= 2;
                notice.apart = true;
            }
        })],
    ),
    silent!(
        "event-change-missing",
        "TMF683-4-EVT-002",
        Changed,
        "a change of attributes"
    ),
    fault(
        "event-change-of-reason-missing",
        "TMF683-4-EVT-002",
        "a change of the reason alone tells no listener",
        &[Publish(|notice, _| {
            if notice.happening == Happening::Changed && notice.body["fieldPath"] == "reason" {
                notice.copies = 0;
            }
        })],
    ),
    fault(
        "event-change-as-create",
        "TMF683-4-EVT-002",
        "a change of attributes is told as a create",
        &[Publish(|notice, _| {
            if notice.happening == Happening::Changed {
                set(notice, "eventType", "PartyInteractionCreateEvent");
            }
        })],
    ),
    silent!(
        "event-status-missing",
        "TMF683-4-EVT-003",
        StatusChanged,
        "a change of the status"
    ),
    fault(
        "event-status-old",
        "TMF683-4-EVT-003",
        "a change of the status is told with the status before",
        &[Publish(|notice, _| {
            if notice.happening == Happening::StatusChanged {
                in_payload(notice, |record| replace(record, "status", "open"));
            }
        })],
    ),
    fault(
        "event-status-as-change",
        "TMF683-4-EVT-003",
        "a change of the status is told as a change of attributes",
        &[Publish(|notice, _| {
            if notice.happening == Happening::StatusChanged {
                set(
                    notice,
                    "eventType",
                    "PartyInteractionAttributeValueChangeEvent",
                );
            }
        })],
    ),
    silent!(
        "event-delete-missing",
        "TMF683-4-EVT-004",
        Deleted,
        "a deletion"
    ),
    fault(
        "event-delete-other-id",
        "TMF683-4-EVT-004",
        "a deletion is told with another id",
        &[Publish(|notice, _| {
            if notice.happening == Happening::Deleted {
                in_payload(notice, |record| {
                    replace(record, "id", "00000000-0000-4000-8000-000000000000")
                });
            }
        })],
    ),
    fault(
        "event-put",
        "TMF683-4-EVT-005",
        "events are sent by PUT",
        &[Publish(|notice, _| notice.method = "PUT")],
    ),
    fault(
        "event-get",
        "TMF683-4-EVT-005",
        "events are sent by GET",
        &[Publish(|notice, _| notice.method = "GET")],
    ),
    fault(
        "event-form",
        "TMF683-4-EVT-005",
        "events are sent as a form",
        &[Publish(|notice, _| {
            let kind = notice.body["eventType"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            notice.media_type = "application/x-www-form-urlencoded";
            notice.body = format!("eventType={kind}").into();
        })],
    ),
    fault(
        "event-text",
        "TMF683-4-EVT-005",
        "events are sent as text/plain",
        &[Publish(|notice, _| notice.media_type = "text/plain")],
    ),
    fault(
        "event-array",
        "TMF683-4-EVT-005",
        "events are sent in an array",
        &[Publish(|notice, _| {
            notice.body = json!([notice.body.take()])
        })],
    ),
    fault(
        "event-root-path",
        "TMF683-4-EVT-005",
        "events are sent to the root of the listener's host",
        &[Publish(|notice, _| {
            if let Ok(mut url) = url::Url::parse(&notice.callback) {
                url.set_path("/events");
                notice.url = url.to_string();
            }
        })],
    ),
    fault(
        "event-type-missing",
        "TMF683-4-EVT-006",
        "events have no eventType",
        &[Publish(|notice, _| unset(notice, "eventType"))],
    ),
    fault(
        "event-type-lower-camel",
        "TMF683-4-EVT-006",
        "eventType starts with a small letter",
        &[Publish(|notice, _| {
            let kind = notice.happening.event_type().replacen('P', "p", 1);
            set(notice, "eventType", kind);
        })],
    ),
    fault(
        "event-type-short",
        "TMF683-4-EVT-006",
        "eventType lacks its ending Event",
        &[Publish(|notice, _| {
            let kind = notice.happening.event_type().trim_end_matches("Event");
            set(notice, "eventType", kind);
        })],
    ),
    fault(
        "event-type-notification",
        "TMF683-4-EVT-006",
        "eventType ends with Notification",
        &[Publish(|notice, _| {
            let kind = notice
                .happening
                .event_type()
                .replace("Event", "Notification");
            set(notice, "eventType", kind);
        })],
    ),
    fault(
        "event-id-missing",
        "TMF683-4-EVT-007",
        "events have no eventId",
        &[Publish(|notice, _| unset(notice, "eventId"))],
    ),
    fault(
        "event-id-same",
        "TMF683-4-EVT-007",
        "all events have the same eventId",
        &[Publish(|notice, _| set(notice, "eventId", "1"))],
    ),
    fault(
        "event-id-number",
        "TMF683-4-EVT-007",
        "eventId is a number",
        &[Publish(|notice, _| {
            set(notice, "eventId", fastrand::u32(..))
        })],
    ),
    fault(
        "event-id-blank",
        "TMF683-4-EVT-007",
        "eventId is blank",
        &[Publish(|notice, _| set(notice, "eventId", " "))],
    ),
    fault(
        "event-time-missing",
        "TMF683-4-EVT-008",
        "events have no eventTime",
        &[Publish(|notice, _| unset(notice, "eventTime"))],
    ),
    fault(
        "event-time-without-zone",
        "TMF683-4-EVT-008",
        "eventTime lacks its zone",
        &[Publish(|notice, _| {
            if let Some(event) = notice.body.as_object_mut() {
                edit(event, "eventTime", |text| text.chars().take(19).collect());
            }
        })],
    ),
    fault(
        "event-time-number",
        "TMF683-4-EVT-008",
        "eventTime is a number",
        &[Publish(|notice, _| {
            set(notice, "eventTime", 1_593_000_000_000_i64)
        })],
    ),
    fault(
        "event-time-old",
        "TMF683-4-EVT-008",
        "eventTime is of the year 2000",
        &[Publish(|notice, _| {
            set(notice, "eventTime", "2000-01-01T00:00:00Z")
        })],
    ),
    fault(
        "event-payload-missing",
        "TMF683-4-EVT-009",
        "events have no payload",
        &[Publish(|notice, _| unset(notice, "event"))],
    ),
    fault(
        "event-payload-flat",
        "TMF683-4-EVT-009",
        "the record is the payload itself, without its name",
        &[Publish(|notice, _| {
            let record = notice.body["event"]["partyInteraction"].take();
            set(notice, "event", record);
        })],
    ),
    fault(
        "event-payload-renamed",
        "TMF683-4-EVT-009",
        "the record in the payload has another name",
        &[Publish(|notice, _| {
            let record = notice.body["event"]["partyInteraction"].take();
            set(notice, "event", json!({"resource": record}));
        })],
    ),
    fault(
        "event-payload-without-id",
        "TMF683-4-EVT-009",
        "the record in the payload lacks its id",
        &[Show(PUBLISHED, |record, _| remove(record, "id"))],
    ),
    fault(
        "event-payload-list",
        "TMF683-4-EVT-009",
        "the payload holds a list of records",
        &[Publish(|notice, _| {
            let record = notice.body["event"]["partyInteraction"].take();
            set(notice, "event", json!({"partyInteraction": [record]}));
        })],
    ),
    fault(
        "event-payload-without-href",
        "TMF683-4-EVT-009",
        "the record in the payload lacks its href",
        &[Show(PUBLISHED, |record, _| remove(record, "href"))],
    ),
    fault(
        "event-create-slim",
        "TMF683-4-EVT-010",
        "a create is told with id and href only",
        &[Publish(|notice, _| {
            if notice.happening == Happening::Created {
                in_payload(notice, |record| {
                    record.retain(|name, _| name == "id" || name == "href")
                });
            }
        })],
    ),
    fault(
        "event-create-other-reason",
        "TMF683-4-EVT-010",
        "a create is told with a shortened reason",
        &[Publish(|notice, _| {
            if notice.happening == Happening::Created {
                in_payload(notice, |record| {
                    edit(record, "reason", |text| text.chars().take(3).collect());
                });
            }
        })],
    ),
    fault(
        "event-change-old",
        "TMF683-4-EVT-011",
        "a change is told without the changed attributes",
        &[Publish(|notice, _| {
            if notice.happening == Happening::Changed {
                let fields = notice.body["fieldPath"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned();
                in_payload(notice, |record| {
                    record.retain(|name, _| !fields.split(',').any(|field| field == name));
                });
            }
        })],
    ),
    fault(
        "event-field-path-list",
        "TMF683-4-EVT-011",
        "fieldPath is a list",
        &[Publish(|notice, _| {
            if notice.happening == Happening::Changed {
                set(notice, "fieldPath", json!(["description"]));
            }
        })],
    ),
    fault(
        "event-time-occurred",
        "TMF683-4-EVT-012",
        "the time of the occurrence is spelt timeOccurred",
        &[Publish(|notice, _| {
            let time = notice.body["timeOcurred"].take();
            unset(notice, "timeOcurred");
            set(notice, "timeOccurred", time);
        })],
    ),
    fault(
        "event-again",
        "TMF683-4-EVT-013",
        "every event is sent again, though it was taken",
        &[Publish(|notice, _| notice.copies *= 2)],
    ),
    fault(
        "event-refusal-breaks-create",
        "TMF683-4-EVT-013",
        "a create fails once a listener has answered an event with an error",
        &[Answer(|call, store| {
            let refused = |one: &Subscription| one.outbox.was_refused();
            let fails = call.asks(Create) && store.subscriptions.iter().any(refused);
            fails.then(|| Reply::error(503, "listenerFailed", "a listener is not well"))
        })],
    ),
    fault(
        "event-of-refused-create",
        "TMF683-4-EVT-014",
        "a refused create is told as if it had been done",
        &[Invent(|call, reply| {
            let refused = call.asks(Create) && reply.failed();
            let record = call.json().as_object().cloned().unwrap_or_default();
            refused.then_some((Happening::Created, record))
        })],
    ),
    fault(
        "event-of-refused-patch",
        "TMF683-4-EVT-014",
        "a refused patch is told as if it had been done",
        &[Invent(|call, reply| {
            let refused = call.asks(Patch) && reply.failed();
            let mut record = call.json().as_object().cloned().unwrap_or_default();
            record.insert("id".to_owned(), call.id().into());
            refused.then_some((Happening::Changed, record))
        })],
    ),
    fault(
        "event-of-refused-delete",
        "TMF683-4-EVT-014",
        "a refused deletion is told as if it had been done",
        &[Invent(|call, reply| {
            let refused = call.asks(Delete) && reply.failed();
            let record = Object::from_iter([("id".to_owned(), call.id().into())]);
            refused.then_some((Happening::Deleted, record))
        })],
    ),
];

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
