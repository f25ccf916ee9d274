//! Faults that only bad input of an unusual kind shows, unusual URLs and headers, and changes that
//! listeners are notified of wrongly.

use axum::http::Method;
use axum::http::header::CONTENT_TYPE;
use parking_lot::Mutex;
use serde_json::Value;

use super::families::accepts_below;
use super::tools::{crash, text};
use crate::reference::call::Operation::{Create, Patch, Retrieve};
use crate::reference::call::{Call, Route};
use crate::reference::effect::{
    Effect, Object, answer, on_publish, on_request, on_response, overlook,
};
use crate::reference::events::Happening;
use crate::reference::model::Flaw;
use crate::reference::reply::Reply;

faults! {
    "accept-trailing-text" breaks "SPC-025": "what follows a complete JSON object in a body is not looked at"
        => on_request(|call| if writes(call) {
            let mut values = serde_json::Deserializer::from_slice(&call.body).into_iter::<Value>();
            if let Some(Ok(first)) = values.next() {
                call.body = first.to_string().into();
            }
        });
    "accept-single-quotes" breaks "SPC-025": "texts in single quotes are taken (lenient parser)"
        => on_request(|call| if writes(call) && call.json().is_null() {
            let body = String::from_utf8_lossy(&call.body).replace('\'', "\"");
            call.body = body.into();
        });
    "empty-body-500" breaks "SPC-043": "a create without a body is answered 500"
        => answer(|call, _| (call.asks(Create) && call.body.is_empty()).then(crash));
    "accept-tab-reason" breaks "PRO-026": "a reason of a tab or a line break only is accepted and stored"
        => overlook(Create, |violation, body| {
            let reason = text(body, "reason");
            violation.pointer == "/reason"
                && !reason.is_empty()
                && reason.chars().all(|c| c.is_ascii_control())
        });
    "accept-any-subtype" breaks "PRO-026": "a create with an @type other than PartyInteraction is not validated"
        => overlook(Create, |_, body| !["", "PartyInteraction"].contains(&text(body, "@type")));
    "accept-text-amount" breaks "SPC-027": "a text as amount of an attachment's size is accepted and stored"
        => accepts_below("/attachment/", "/size/amount", &[Flaw::Type]);
    "accept-item-note-number" breaks "SPC-027": "a number as the text of an item's note is accepted and stored"
        => accepts_below("/interactionItem/*/note/", "/text", &[Flaw::Type]);
    "accept-note-bad-date" breaks "SPC-015": "a date of a note that is none is accepted and answered"
        => accepts_below("/note/", "/date", &[Flaw::Format]);
    "create-charset-415" breaks "SPC-048": "a create with Content-Type application/json;charset=utf-8, as the API description has it, is answered 415"
        => answer(|call, _| {
            let has_parameter = call.header(CONTENT_TYPE).contains(';');
            let refusal = || Reply::error(415, "mediaType", "application/json alone is taken");
            (call.asks(Create) && has_parameter).then(refusal)
        });
    "long-id-500" breaks "PRO-051": "a retrieval by an id of more than 255 characters is answered 500"
        => answer(|call, _| (call.asks(Retrieve) && call.id().chars().count() > 255).then(crash));
    "slash-in-id-400" breaks "SPC-038": "an id with %2F is refused with 400 and an HTML page (servlet container)"
        => on_response(|call, reply| if call.target.to_ascii_uppercase().contains("%2F") && call.id().contains('/') {
            *reply = Reply::error(400, "badRequest", "there is an invalid character");
            reply.show_html();
        });
    "bad-utf8-500" breaks "SPC-043": "an encoded byte in the URL that is not UTF-8 is answered 500"
        => answer(|call, _| {
            let decoded = percent_encoding::percent_decode_str(&call.target);
            decoded.decode_utf8().is_err().then(crash)
        });
    "put-creates" breaks "SPC-041": "PUT on an unknown id creates the record; on a known one it is refused with 405"
        => answer(|call, store| {
            let Route::Record(id) = &call.route else {
                return None;
            };
            if call.method != Method::PUT || store.get(id).is_some() {
                return None;
            }
            let mut record = call.json().as_object().cloned().unwrap_or_default();
            record.insert("id".to_owned(), id.as_str().into());
            record.insert("href".to_owned(), format!("{}{}", call.origin, call.target).into());
            store.put(id, Value::Object(record.clone()).to_string());
            Some(Reply::json(201, Value::Object(record)))
        });
    "event-status-alone" breaks "EVT-002": "a patch of status and description together is reported as a change of the status only"
        => untold_change(|patch| patch.contains_key("status"));
    "event-removal-missing" breaks "EVT-002": "the removal of an attribute by null notifies no listener"
        => untold_change(|patch| patch.values().any(Value::is_null));
    "event-change-stale" breaks "EVT-002": "a change event holds the record of the change before (shared field)"
        => one_change_late();
    "callback-query-dropped" breaks "EVT-005": "the query string of a callback is dropped: events come to another URL than was registered"
        => on_publish(|notice, _| {
            notice.url.truncate(notice.url.find('?').unwrap_or(notice.url.len()));
        });
}

fn writes(call: &Call) -> bool {
    call.asks(Create) || call.asks(Patch)
}

/// Tells nobody of the changes that such a patch makes, but for that of the status.
fn untold_change(is_untold: fn(&Object) -> bool) -> Effect {
    on_publish(move |notice, _| {
        let patch = notice.sent.as_object();
        if notice.happening == Happening::Changed && patch.is_some_and(is_untold) {
            notice.copies = 0;
        }
    })
}

/// The event of a change holds the record of the one before.
fn one_change_late() -> Effect {
    /// The last event and its record, and the record of the one before.
    type Last = (Value, Value, Option<Value>);
    let last: Mutex<Option<Last>> = Mutex::default();
    on_publish(move |notice, _| {
        if notice.happening != Happening::Changed {
            return;
        }
        let (id, record) = (notice.body["eventId"].clone(), notice.body["event"].clone());
        let mut last = last.lock();
        // Each listener gets the same event.
        if last.as_ref().is_none_or(|(known, ..)| *known != id) {
            let before = last.take().map(|(_, record, _)| record);
            *last = Some((id, record, before));
        }
        if let Some((.., Some(before))) = &*last {
            notice.body["event"] = before.clone();
        }
    })
}
