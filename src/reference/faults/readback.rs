//! Faults in what comes back: which record, with which values, in which form.

use serde_json::{Value, json};

use super::families::{each_shown, on_status, on_success, refuses, shown_as, shown_edited};
use super::tools::{crash, edit, lists_all};
use crate::reference::call::Operation::{Create, List, Retrieve};
use crate::reference::call::{Call, Operation, Route};
use crate::reference::effect::{
    CREATED, LISTED, RETRIEVED, answer, identify, on_compare, on_matches, on_request, on_response,
    on_show,
};
use crate::reference::reply::{Framing, Reply};

/// Bytes of a UUID as text.
const UUID: usize = 36;

faults! {
    "list-405" breaks "PRO-019": "listing is not offered: 405" => refuses(List, 405);
    "list-501" breaks "PRO-019": "listing is not offered: 501" => refuses(List, 501);
    "list-302" breaks "PRO-019": "a list request is redirected to another URL of the list"
        => answer(|call, _| redirected(call, List))
        => on_compare(|test, _| (test.name == REDIRECTED).then_some(true));
    "get-307" breaks "PRO-020": "a retrieval by id is redirected to another URL of the record"
        => answer(|call, _| redirected(call, Retrieve));
    "get-cut" breaks "PRO-029": "the connection breaks in the middle of a retrieval by id"
        => on_success(Retrieve, |_, reply| reply.framing = Framing::Broken);
    "get-late" breaks "PRO-033": "the first retrieval of a record is answered 404, as if it were not there yet"
        => answer(|call, store| {
            store.get(call.id()).filter(|_| call.asks(Retrieve))?;
            let known = store.memory.insert(call.id().to_owned(), String::new());
            let refusal = || Reply::error(404, "notFound", "no such party interaction");
            known.is_none().then(refusal)
        });
    "get-405" breaks "PRO-020": "retrieving by id is not offered: 405" => refuses(Retrieve, 405);
    "get-501" breaks "PRO-020": "retrieving by id is not offered: 501" => refuses(Retrieve, 501);
    "created-direction-default" breaks "PRO-028": "the create answer always says inbound"
        => shown_as(CREATED, "direction", "inbound");
    "created-reason-changed" breaks "PRO-028": "the create answer has the reason in capitals"
        => shown_edited(CREATED, "reason", str::to_uppercase);
    "created-channel-changed" breaks "PRO-028": "the create answer has other channel ids"
        => each_shown(CREATED, "channel", |channel| edit(channel, "id", |id| format!("ch-{id}")));
    "created-second-channel-lost" breaks "PRO-028": "the create answer has the first channel only"
        => on_show(CREATED, |record, _| keep_first(record.get_mut("channel")));
    "get-first-record" breaks "PRO-029": "a retrieval always shows the first record"
        => answer(|call, store| {
            store.get(call.id()).filter(|_| call.asks(Retrieve) && call.query.is_empty())?;
            let first = store.records().next()?;
            Some(Reply::json(200, Value::Object(first.map())))
        });
    "get-newest-record" breaks "PRO-029": "a retrieval always shows the newest record"
        => answer(|call, store| {
            store.get(call.id()).filter(|_| call.asks(Retrieve) && call.query.is_empty())?;
            let newest = store.records().next_back()?;
            Some(Reply::json(200, Value::Object(newest.map())))
        });
    "get-neighbour" breaks "PRO-029": "a retrieval shows the record behind the one asked for"
        => answer(|call, store| {
            store.get(call.id()).filter(|_| call.asks(Retrieve) && call.query.is_empty())?;
            let mut records = store.records().skip_while(|record| &*record.id != call.id());
            let asked = records.next()?;
            let shown = records.next().unwrap_or(asked);
            Some(Reply::json(200, Value::Object(shown.map())))
        });
    "get-other-direction" breaks "PRO-030": "by id the direction is another one"
        => on_show(RETRIEVED, |record, _| {
            edit(record, "direction", |text| match text {
                "inbound" => "outbound".to_owned(),
                _ => "inbound".to_owned(),
            });
        });
    "get-reason-cut" breaks "PRO-030": "by id the reason is cut after 10 characters"
        => shown_edited(RETRIEVED, "reason", |text| text.chars().take(10).collect());
    "get-other-href" breaks "PRO-030": "by id the href is another one"
        => shown_edited(RETRIEVED, "href", |text| format!("{text}?version=1"));
    "get-other-channel" breaks "PRO-030": "by id the channels have other ids"
        => each_shown(RETRIEVED, "channel", |channel| edit(channel, "id", |id| format!("{id}0")));
    "get-second-channel-lost" breaks "PRO-030": "by id there is the first channel only"
        => on_show(RETRIEVED, |record, _| keep_first(record.get_mut("channel")));
    "list-misses-every-second" breaks "PRO-031": "the whole list lacks every second record"
        => on_matches(|call, found, _| if lists_all(call) {
            let mut is_second = true;
            found.retain(|_| {
                is_second = !is_second;
                !is_second
            });
        });
    "list-misses-first" breaks "PRO-031": "every list lacks the first record of the server"
        => on_matches(|call, found, store| {
            let first = store.records().next().map(|record| record.id.clone());
            if call.parameter("id").is_none() && found.len() > 1 {
                found.retain(|record| Some(&record.id) != first.as_ref());
            }
        });
    "list-inbound-only" breaks "PRO-031": "the whole list shows inbound interactions only"
        => on_matches(|call, found, _| {
            if call.parameter("direction").is_none() && call.parameter("id").is_none() {
                found.retain(|record| !record.json.contains(r#""direction":"outbound""#));
            }
        });
    "list-other-reason" breaks "PRO-031": "in lists the reason is shortened to its first word"
        => on_show(LISTED, |record, _| {
            edit(record, "reason", |text| text.split(' ').next().unwrap_or_default().to_owned());
        });
    "list-other-href" breaks "PRO-031": "in lists the href is relative, elsewhere absolute"
        => shown_edited(LISTED, "href", relative);
    "list-other-direction" breaks "PRO-031": "in lists the direction is always inbound"
        => shown_as(LISTED, "direction", "inbound");
    "list-id-changed" breaks "PRO-031": "in lists the id is in capitals"
        => shown_edited(LISTED, "id", str::to_uppercase);
    "list-shows-copies" breaks "PRO-031": "the whole list shows the first record in the place of each"
        => on_matches(|call, found, _| {
            if let Some(first) = found.first().filter(|_| lists_all(call)).cloned() {
                found.iter_mut().for_each(|record| *record = first.clone());
            }
        });
    "list-capped" breaks "PRO-031": "a list never shows more than one record, and no count shows it"
        => on_matches(|call, found, _| if call.parameter("id").is_none() { found.truncate(1); });
    "single-as-object" breaks "PRO-032": "a list of one record is a bare object"
        => on_success(List, |_, reply| {
            reply.change(|document| match document {
                Value::Array(items) if items.len() == 1 => *document = items[0].take(),
                _ => {}
            });
        });
    "list-as-object" breaks "PRO-032": "a list is the bare object of its first record"
        => on_success(List, |_, reply| {
            reply.change(|document| *document = document.get(0).cloned().unwrap_or_default());
        });
    "list-wrapped" breaks "PRO-032": "a list is wrapped in an object"
        => on_success(List, |_, reply| {
            reply.change(|document| *document = json!({"items": document.take()}));
        });
    "empty-list-null" breaks "PRO-032": "a list without elements is null"
        => on_success(List, |_, reply| {
            reply.change(|document| {
                if document.as_array().is_some_and(Vec::is_empty) {
                    document.take();
                }
            });
        });
    "empty-list-object" breaks "PRO-032": "a list without elements is an empty object"
        => on_success(List, |_, reply| {
            reply.change(|document| {
                if document.as_array().is_some_and(Vec::is_empty) {
                    *document = json!({});
                }
            });
        });
    "list-lines" breaks "PRO-032": "a list is one JSON document on each line"
        => on_success(List, |_, reply| {
            reply.rewrite(|text| {
                let documents: Vec<Value> = serde_json::from_str(&text).unwrap_or_default();
                documents.iter().map(|document| format!("{document}\n")).collect()
            });
        });
    "list-trailing-comma" breaks "PRO-032": "a list has a comma behind its last element"
        => on_success(List, |_, reply| {
            reply.rewrite(|text| format!("{},]", text.trim_end_matches(']')));
        });
    "list-cut" breaks "PRO-032": "a list lacks its last character"
        => on_success(List, |_, reply| reply.rewrite(|text| text.trim_end_matches(']').to_owned()));
    "list-not-json" breaks "PRO-032": "a list is answered 200 with an HTML page"
        => on_success(List, |_, reply| reply.show_html());
    "id-reused" breaks "PRO-033": "every record gets the same id and replaces the one before"
        => identify(|_, _| "1".to_owned());
    "id-by-reason" breaks "PRO-033": "the id follows from the reason: the same reason, the same id"
        => identify(|call, _| {
            let body = call.json();
            let reason = body["reason"].as_str().unwrap_or_default().bytes();
            let hash = reason.fold(5381_u64, |hash, byte| hash.wrapping_mul(33) ^ u64::from(byte));
            format!("r{hash:016x}")
        });
    "same-body-same-record" breaks "PRO-033": "a body sent again is answered 201 with the first record"
        => answer(|call, store| {
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
        });
    "id-with-more-behind" breaks "PRO-051": "of an id only as much is read as an id is long"
        => on_request(|call| {
            if let Route::Record(id) = &mut call.route
                && is_uuid(id.get(..UUID).unwrap_or_default())
            {
                id.truncate(UUID);
            }
        });
    "unknown-id-400" breaks "PRO-051": "an unknown id is answered 400"
        => on_response(|call, reply| if call.asks(Retrieve) && reply.status == 404 {
            *reply = Reply::error(400, "invalidId", "no such id");
        });
    "unknown-id-500" breaks "PRO-051": "an unknown id is answered 500"
        => on_status(Retrieve, 404, |_, reply| *reply = crash());
    "unknown-id-204" breaks "PRO-051": "an unknown id is answered 204"
        => on_status(Retrieve, 404, |_, reply| *reply = Reply::empty(204));
    "unknown-id-403" breaks "PRO-051": "an unknown id is answered 403"
        => on_response(|call, reply| if call.asks(Retrieve) && reply.status == 404 {
            *reply = Reply::error(403, "forbidden", "this is not yours to see");
        });
    "unknown-text-id-200" breaks "PRO-051": "an unknown id that is not a UUID is answered 200 with null"
        => on_response(|call, reply| {
            if call.asks(Retrieve) && reply.status == 404 && !is_uuid(call.id()) {
                *reply = Reply::json(200, Value::Null);
            }
        });
    "unknown-text-id-500" breaks "PRO-051": "an id that is not a UUID is answered 500"
        => on_response(|call, reply| {
            if call.asks(Retrieve) && reply.status == 404 && !is_uuid(call.id()) {
                *reply = crash();
            }
        });
    "unknown-uuid-any-record" breaks "PRO-051": "an unknown id is answered with some other record"
        => answer(|call, store| {
            if !call.asks(Retrieve) || store.get(call.id()).is_some() {
                return None;
            }
            let any = store.records().next()?;
            Some(Reply::json(200, Value::Object(any.map())))
        });
    "unknown-path-500" breaks "SPC-043": "a path that the API does not know is answered 500"
        => on_response(|call, reply| if call.route == Route::Elsewhere { *reply = crash(); });
}

fn keep_first(value: Option<&mut Value>) {
    if let Some(Value::Array(items)) = value {
        items.truncate(1);
    }
}

fn relative(href: &str) -> String {
    let path = href.find("/tmf-api/").map(|at| &href[at..]);
    path.unwrap_or(href).to_owned()
}

/// A parameter that marks a redirected request.
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
