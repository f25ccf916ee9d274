//! Faults in what comes back: which record, with which values, in which form.

use serde_json::{Value, json};

use super::super::call::Operation::{Create, List, Retrieve};
use super::super::call::{Call, Operation, Route};
use super::super::effect::Effect::{Answer, Compare, Finish, Identify, Match, Misread, Show};
use super::super::effect::{CREATED, LISTED, RETRIEVED};
use super::super::reply::{Framing, Reply};
use super::tools::{crash, each, edit, lists_all, not_offered, replace};
use super::{FaultInfo, fault};

/// Bytes of a UUID as text.
const UUID: usize = 36;

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    fault(
        "list-405",
        "TMF683-4-PRO-019",
        "listing is not offered: 405",
        &[Answer(|call, _| call.asks(List).then(|| not_offered(405)))],
    ),
    fault(
        "list-501",
        "TMF683-4-PRO-019",
        "listing is not offered: 501",
        &[Answer(|call, _| call.asks(List).then(|| not_offered(501)))],
    ),
    fault(
        "list-302",
        "TMF683-4-PRO-019",
        "a list request is redirected to another URL of the list",
        &[
            Answer(|call, _| redirected(call, List)),
            Compare(|test, _| (test.name == REDIRECTED).then_some(true)),
        ],
    ),
    fault(
        "get-307",
        "TMF683-4-PRO-020",
        "a retrieval by id is redirected to another URL of the record",
        &[Answer(|call, _| redirected(call, Retrieve))],
    ),
    fault(
        "get-cut",
        "TMF683-4-PRO-029",
        "the connection breaks in the middle of a retrieval by id",
        &[Finish(|call, reply| {
            if call.asks(Retrieve) && reply.succeeded() {
                reply.framing = Framing::Broken;
            }
        })],
    ),
    fault(
        "get-late",
        "TMF683-4-PRO-033",
        "the first retrieval of a record is answered 404, as if it were not there yet",
        &[Answer(|call, store| {
            store.get(call.id()).filter(|_| call.asks(Retrieve))?;
            let known = store.memory.insert(call.id().to_owned(), String::new());
            let refusal = || Reply::error(404, "notFound", "no such party interaction");
            known.is_none().then(refusal)
        })],
    ),
    fault(
        "get-405",
        "TMF683-4-PRO-020",
        "retrieving by id is not offered: 405",
        &[Answer(|call, _| {
            call.asks(Retrieve).then(|| not_offered(405))
        })],
    ),
    fault(
        "get-501",
        "TMF683-4-PRO-020",
        "retrieving by id is not offered: 501",
        &[Answer(|call, _| {
            call.asks(Retrieve).then(|| not_offered(501))
        })],
    ),
    fault(
        "created-direction-default",
        "TMF683-4-PRO-028",
        "the create answer always says inbound",
        &[Show(CREATED, |record, _| {
            replace(record, "direction", "inbound")
        })],
    ),
    fault(
        "created-reason-changed",
        "TMF683-4-PRO-028",
        "the create answer has the reason in capitals",
        &[Show(CREATED, |record, _| {
            edit(record, "reason", str::to_uppercase)
        })],
    ),
    fault(
        "created-channel-changed",
        "TMF683-4-PRO-028",
        "the create answer has other channel ids",
        &[Show(CREATED, |record, _| {
            each(record, "channel", |channel| {
                edit(channel, "id", |id| format!("ch-{id}"))
            });
        })],
    ),
    fault(
        "created-second-channel-lost",
        "TMF683-4-PRO-028",
        "the create answer has the first channel only",
        &[Show(CREATED, |record, _| {
            keep_first(record.get_mut("channel"))
        })],
    ),
    fault(
        "get-first-record",
        "TMF683-4-PRO-029",
        "a retrieval always shows the first record",
        &[Answer(|call, store| {
            store
                .get(call.id())
                .filter(|_| call.asks(Retrieve) && call.query.is_empty())?;
            let first = store.records().next()?;
            Some(Reply::json(200, Value::Object(first.map())))
        })],
    ),
    fault(
        "get-newest-record",
        "TMF683-4-PRO-029",
        "a retrieval always shows the newest record",
        &[Answer(|call, store| {
            store
                .get(call.id())
                .filter(|_| call.asks(Retrieve) && call.query.is_empty())?;
            let newest = store.records().next_back()?;
            Some(Reply::json(200, Value::Object(newest.map())))
        })],
    ),
    fault(
        "get-neighbour",
        "TMF683-4-PRO-029",
        "a retrieval shows the record behind the one asked for",
        &[Answer(|call, store| {
            store
                .get(call.id())
                .filter(|_| call.asks(Retrieve) && call.query.is_empty())?;
            let mut records = store
                .records()
                .skip_while(|record| &*record.id != call.id());
            let asked = records.next()?;
            let shown = records.next().unwrap_or(asked);
            Some(Reply::json(200, Value::Object(shown.map())))
        })],
    ),
    fault(
        "get-other-direction",
        "TMF683-4-PRO-030",
        "by id the direction is another one",
        &[Show(RETRIEVED, |record, _| {
            edit(record, "direction", |text| match text {
                "inbound" => "outbound".to_owned(),
                _ => "inbound".to_owned(),
            });
        })],
    ),
    fault(
        "get-reason-cut",
        "TMF683-4-PRO-030",
        "by id the reason is cut after 10 characters",
        &[Show(RETRIEVED, |record, _| {
            edit(record, "reason", |text| text.chars().take(10).collect())
        })],
    ),
    fault(
        "get-other-href",
        "TMF683-4-PRO-030",
        "by id the href is another one",
        &[Show(RETRIEVED, |record, _| {
            edit(record, "href", |text| format!("{text}?version=1"))
        })],
    ),
    fault(
        "get-other-channel",
        "TMF683-4-PRO-030",
        "by id the channels have other ids",
        &[Show(RETRIEVED, |record, _| {
            each(record, "channel", |channel| {
                edit(channel, "id", |id| format!("{id}0"))
            });
        })],
    ),
    fault(
        "get-second-channel-lost",
        "TMF683-4-PRO-030",
        "by id there is the first channel only",
        &[Show(RETRIEVED, |record, _| {
            keep_first(record.get_mut("channel"))
        })],
    ),
    fault(
        "list-misses-every-second",
        "TMF683-4-PRO-031",
        "the whole list lacks every second record",
        &[Match(|call, found, _| {
            if lists_all(call) {
                let mut is_second = true;
                found.retain(|_| {
                    is_second = !is_second;
                    !is_second
                });
            }
        })],
    ),
    fault(
        "list-misses-first",
        "TMF683-4-PRO-031",
        "every list lacks the first record of the server",
        &[Match(|call, found, store| {
            let first = store.records().next().map(|record| record.id.clone());
            if call.parameter("id").is_none() && found.len() > 1 {
                found.retain(|record| Some(&record.id) != first.as_ref());
            }
        })],
    ),
    fault(
        "list-inbound-only",
        "TMF683-4-PRO-031",
        "the whole list shows inbound interactions only",
        &[Match(|call, found, _| {
            if call.parameter("direction").is_none() && call.parameter("id").is_none() {
                found.retain(|record| !record.json.contains(r#""direction":"outbound""#));
            }
        })],
    ),
    fault(
        "list-other-reason",
        "TMF683-4-PRO-031",
        "in lists the reason is shortened to its first word",
        &[Show(LISTED, |record, _| {
            edit(record, "reason", |text| {
                text.split(' ').next().unwrap_or_default().to_owned()
            });
        })],
    ),
    fault(
        "list-other-href",
        "TMF683-4-PRO-031",
        "in lists the href is relative, elsewhere absolute",
        &[Show(LISTED, |record, _| edit(record, "href", relative))],
    ),
    fault(
        "list-other-direction",
        "TMF683-4-PRO-031",
        "in lists the direction is always inbound",
        &[Show(LISTED, |record, _| {
            replace(record, "direction", "inbound")
        })],
    ),
    fault(
        "list-id-changed",
        "TMF683-4-PRO-031",
        "in lists the id is in capitals",
        &[Show(LISTED, |record, _| {
            edit(record, "id", str::to_uppercase)
        })],
    ),
    fault(
        "list-shows-copies",
        "TMF683-4-PRO-031",
        "the whole list shows the first record in the place of each",
        &[Match(|call, found, _| {
            if let Some(first) = found.first().filter(|_| lists_all(call)).cloned() {
                found.iter_mut().for_each(|record| *record = first.clone());
            }
        })],
    ),
    fault(
        "list-capped",
        "TMF683-4-PRO-031",
        "a list never shows more than one record, and no count tells",
        &[Match(|call, found, _| {
            if call.parameter("id").is_none() {
                found.truncate(1);
            }
        })],
    ),
    fault(
        "single-as-object",
        "TMF683-4-PRO-032",
        "a list of one record is a bare object",
        &[Finish(|call, reply| {
            if call.asks(List) && reply.succeeded() {
                reply.change(|document| match document {
                    Value::Array(items) if items.len() == 1 => *document = items[0].take(),
                    _ => {}
                });
            }
        })],
    ),
    fault(
        "list-as-object",
        "TMF683-4-PRO-032",
        "a list is the bare object of its first record",
        &[Finish(|call, reply| {
            if call.asks(List) && reply.succeeded() {
                reply.change(|document| *document = document.get(0).cloned().unwrap_or_default());
            }
        })],
    ),
    fault(
        "list-wrapped",
        "TMF683-4-PRO-032",
        "a list is wrapped in an object",
        &[Finish(|call, reply| {
            if call.asks(List) && reply.succeeded() {
                reply.change(|document| *document = json!({"items": document.take()}));
            }
        })],
    ),
    fault(
        "empty-list-null",
        "TMF683-4-PRO-032",
        "a list without elements is null",
        &[Finish(|call, reply| {
            if call.asks(List) && reply.succeeded() {
                reply.change(|document| {
                    if document.as_array().is_some_and(Vec::is_empty) {
                        document.take();
                    }
                });
            }
        })],
    ),
    fault(
        "empty-list-object",
        "TMF683-4-PRO-032",
        "a list without elements is an empty object",
        &[Finish(|call, reply| {
            if call.asks(List) && reply.succeeded() {
                reply.change(|document| {
                    if document.as_array().is_some_and(Vec::is_empty) {
                        *document = json!({});
                    }
                });
            }
        })],
    ),
    fault(
        "list-lines",
        "TMF683-4-PRO-032",
        "a list is one JSON document on each line",
        &[Finish(|call, reply| {
            if call.asks(List) && reply.succeeded() {
                reply.rewrite(|text| {
                    let documents: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
                    documents
                        .iter()
                        .map(|document| format!("{document}\n"))
                        .collect()
                });
            }
        })],
    ),
    fault(
        "list-trailing-comma",
        "TMF683-4-PRO-032",
        "a list has a comma behind its last element",
        &[Finish(|call, reply| {
            if call.asks(List) && reply.succeeded() {
                reply.rewrite(|text| format!("{},]", text.trim_end_matches(']')));
            }
        })],
    ),
    fault(
        "list-cut",
        "TMF683-4-PRO-032",
        "a list lacks its last character",
        &[Finish(|call, reply| {
            if call.asks(List) && reply.succeeded() {
                reply.rewrite(|text| text.trim_end_matches(']').to_owned());
            }
        })],
    ),
    fault(
        "list-not-json",
        "TMF683-4-PRO-032",
        "a list is answered 200 with an HTML page",
        &[Finish(|call, reply| {
            if call.asks(List) && reply.succeeded() {
                reply.show_html();
            }
        })],
    ),
    fault(
        "id-reused",
        "TMF683-4-PRO-033",
        "every record gets the same id and replaces the one before",
        &[Identify(|_, _| "1".to_owned())],
    ),
    fault(
        "id-by-reason",
        "TMF683-4-PRO-033",
        "the id follows from the reason: the same reason, the same id",
        &[Identify(|call, _| {
            let body = call.json();
            let reason = body["reason"].as_str().unwrap_or_default().bytes();
            let hash = reason.fold(5381_u64, |hash, byte| {
                hash.wrapping_mul(33) ^ u64::from(byte)
            });
            format!("r{hash:016x}")
        })],
    ),
    fault(
        "same-body-same-record",
        "TMF683-4-PRO-033",
        "a body sent again is answered 201 with the first record",
        &[Answer(|call, store| {
            let sent = call.json();
            let sent = sent.as_object().filter(|_| call.asks(Create))?;
            let mut records = store.records().map(|record| record.map());
            let known = records.find(|record| {
                let is_kept = |(name, value): (&String, &Value)| {
                    name == "channel" || record.get(name) == Some(value)
                };
                sent.contains_key("reason") && sent.iter().all(is_kept)
            })?;
            Some(Reply::json(201, Value::Object(known)))
        })],
    ),
    fault(
        "id-with-more-behind",
        "TMF683-4-PRO-051",
        "of an id only as much is read as an id is long",
        &[Misread(|call| {
            if let Route::Member(id) = &mut call.route
                && is_uuid(id.get(..UUID).unwrap_or_default())
            {
                id.truncate(UUID);
            }
        })],
    ),
    fault(
        "unknown-id-400",
        "TMF683-4-PRO-051",
        "an unknown id is answered 400",
        &[Finish(|call, reply| {
            if call.asks(Retrieve) && reply.status == 404 {
                *reply = Reply::error(400, "invalidId", "no such id");
            }
        })],
    ),
    fault(
        "unknown-id-500",
        "TMF683-4-PRO-051",
        "an unknown id is answered 500",
        &[Finish(|call, reply| {
            if call.asks(Retrieve) && reply.status == 404 {
                *reply = crash();
            }
        })],
    ),
    fault(
        "unknown-id-204",
        "TMF683-4-PRO-051",
        "an unknown id is answered 204",
        &[Finish(|call, reply| {
            if call.asks(Retrieve) && reply.status == 404 {
                *reply = Reply::empty(204);
            }
        })],
    ),
    fault(
        "unknown-id-403",
        "TMF683-4-PRO-051",
        "an unknown id is answered 403",
        &[Finish(|call, reply| {
            if call.asks(Retrieve) && reply.status == 404 {
                *reply = Reply::error(403, "forbidden", "this is not yours to see");
            }
        })],
    ),
    fault(
        "unknown-text-id-200",
        "TMF683-4-PRO-051",
        "an unknown id that is no UUID is answered 200 with null",
        &[Finish(|call, reply| {
            if call.asks(Retrieve) && reply.status == 404 && !is_uuid(call.id()) {
                *reply = Reply::json(200, Value::Null);
            }
        })],
    ),
    fault(
        "unknown-text-id-500",
        "TMF683-4-PRO-051",
        "an id that is no UUID is answered 500",
        &[Finish(|call, reply| {
            if call.asks(Retrieve) && reply.status == 404 && !is_uuid(call.id()) {
                *reply = crash();
            }
        })],
    ),
    fault(
        "unknown-uuid-any-record",
        "TMF683-4-PRO-051",
        "an unknown id is answered with some other record",
        &[Answer(|call, store| {
            if !call.asks(Retrieve) || store.get(call.id()).is_some() {
                return None;
            }
            let any = store.records().next()?;
            Some(Reply::json(200, Value::Object(any.map())))
        })],
    ),
    fault(
        "unknown-path-500",
        "TMF683-4-SPC-043",
        "a path that the API does not know is answered 500",
        &[Finish(|call, reply| {
            if call.route == Route::Elsewhere {
                *reply = crash();
            }
        })],
    ),
];

fn keep_first(value: Option<&mut Value>) {
    if let Some(Value::Array(items)) = value {
        items.truncate(1);
    }
}

fn relative(href: &str) -> String {
    let path = href.find("/tmf-api/").map(|at| &href[at..]);
    path.unwrap_or(href).to_owned()
}

/// A parameter that tells a redirected request from a first one.
const REDIRECTED: &str = "_";

fn redirected(call: &Call, operation: Operation) -> Option<Reply> {
    let is_first = call.asks(operation) && call.parameter(REDIRECTED).is_none();
    let status = if operation == List { 302 } else { 307 };
    let separator = if call.target.contains('?') { '&' } else { '?' };
    let location = format!("{}{separator}{REDIRECTED}=1", call.target);
    is_first.then(|| Reply::empty(status).with("location", location))
}

fn is_uuid(text: &str) -> bool {
    let is_known = |b: u8| b.is_ascii_hexdigit() || b == b'-';
    text.len() == 36 && text.bytes().all(is_known)
}
