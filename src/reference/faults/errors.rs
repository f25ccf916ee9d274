//! Faults in status codes and error bodies.

use axum::http::{HeaderValue, header};
use serde_json::{Value, json};

use super::families::{on_status, on_success};
use super::tools::{crash, insert, remove};
use crate::reference::call::Operation::{List, Retrieve};
use crate::reference::call::{Call, Route};
use crate::reference::effect::{Effect, Object, answer, on_matches, on_request, on_response};
use crate::reference::model::is_known;
use crate::reference::query::DIRECTIVES;
use crate::reference::reply::{Body, Reply};

faults! {
    "credentials-not-asked" breaks "SPC-042", secured: "requests without credentials are answered like others"
        => on_request(|call| {
            let anybody = HeaderValue::from_static("anybody");
            call.headers.insert(header::AUTHORIZATION, anybody);
        });
    "get-array" breaks "SPC-037": "a retrieval by id is answered with an array"
        => on_success(Retrieve, |_, reply| {
            reply.change(|document| *document = json!([document.take()]));
        });
    "error-without-code" breaks "SPC-038": "errors lack code"
        => in_errors(|error| remove(error, "code"));
    "error-without-reason" breaks "SPC-038": "errors lack reason"
        => in_errors(|error| remove(error, "reason"));
    "error-code-blank" breaks "SPC-038": "the code of errors is empty"
        => in_errors(|error| insert(error, "code", ""));
    "error-code-number" breaks "SPC-038": "the code of errors is a number"
        => in_errors(|error| insert(error, "code", 42));
    "error-reason-null" breaks "SPC-038": "the reason of errors is null"
        => in_errors(|error| insert(error, "reason", Value::Null));
    "error-400-html" breaks "SPC-038": "refused bodies are answered with an HTML page"
        => on_response(|_, reply| if reply.status == 400 { reply.show_html(); });
    "error-400-empty" breaks "SPC-038": "refused requests are answered without a body"
        => on_response(|_, reply| if reply.status == 400 { *reply = Reply::empty(400); });
    "error-405-empty" breaks "SPC-038": "undefined methods are refused without a body"
        => on_response(|call, reply| if reply.status == 405 {
            *reply = Reply::empty(405).with("allow", call.route.methods());
        });
    "error-text" breaks "SPC-038": "errors are plain texts"
        => on_response(|_, reply| if reply.failed() {
            reply.body = Body::Raw("something is wrong".into());
            retype(reply, "text/plain");
        });
    "error-list" breaks "SPC-038": "errors are lists of errors"
        => on_response(|_, reply| if reply.failed() {
            reply.change(|document| *document = json!([document.take()]));
        });
    "error-of-framework" breaks "SPC-038": "errors have the form of a web framework"
        => on_response(|call, reply| if reply.failed() {
            let path = call.target.clone();
            let status = reply.status;
            reply.change(|document| {
                *document = json!({"timestamp": 1_593_000_000_000_i64, "status": status, "error": "Error", "path": path});
            });
        });
    "error-nested" breaks "SPC-038": "errors are nested in an object"
        => on_response(|_, reply| if reply.failed() {
            reply.change(|document| *document = json!({"error": document.take()}));
        });
    "error-status-number" breaks "SPC-039": "the status of errors is a number"
        => on_response(|_, reply| if reply.failed() {
            let status = reply.status;
            reply.change_objects(|error| insert(error, "status", status));
        });
    "error-message-object" breaks "SPC-039": "the message of errors is an object"
        => in_errors(|error| insert(error, "message", json!({"en": "wrong"})));
    "error-message-list" breaks "SPC-039": "the message of refused bodies is a list"
        => on_response(|_, reply| if reply.status == 400 {
            let message = json!(["wrong", "very wrong"]);
            reply.change_objects(|error| insert(error, "message", message.clone()));
        });
    "error-reference-relative" breaks "SPC-039": "the referenceError of errors is relative"
        => in_errors(|error| insert(error, "referenceError", "errors/17"));
    "error-schema-location-blank" breaks "SPC-039": "@schemaLocation of errors is empty"
        => in_errors(|error| insert(error, "@schemaLocation", ""));
    "error-type-number" breaks "SPC-039": "@type of errors is a number"
        => in_errors(|error| insert(error, "@type", 1));
    "blank-in-id-500" breaks "PRO-051": "an id with a blank or a percent sign is answered 500"
        => answer(|call, _| (call.asks(Retrieve) && call.id().contains([' ', '%'])).then(crash));
    "quote-in-id-500" breaks "PRO-051": "an id with a quote is answered 500"
        => answer(|call, _| (call.asks(Retrieve) && call.id().contains('\'')).then(crash));
    "script-in-id-500" breaks "PRO-051": "an id that is not ASCII is answered 500"
        => answer(|call, _| (call.asks(Retrieve) && !call.id().is_ascii()).then(crash));
    "unknown-id-html" breaks "SPC-040": "an unknown id is answered 404 with an HTML page"
        => on_status(Retrieve, 404, |_, reply| reply.show_html());
    "unknown-id-empty" breaks "SPC-040": "an unknown id is answered 404 without a body"
        => on_status(Retrieve, 404, |_, reply| *reply = Reply::empty(404));
    "unknown-id-object" breaks "SPC-040": "an unknown id is answered 404 with an empty object"
        => on_status(Retrieve, 404, |_, reply| reply.change(|document| *document = json!({})));
    "put-executed" breaks "SPC-041": "PUT on a record replaces the record"
        => answer(|call, store| {
            let id = call.id().to_owned();
            let Value::Object(mut record) = call.json() else {
                return None;
            };
            if call.method != "PUT"
                || store.get(&id).is_none()
                || !matches!(call.route, Route::Record(_))
            {
                return None;
            }
            insert(&mut record, "id", id.as_str());
            store.put(&id, Value::Object(record.clone()).to_string());
            Some(Reply::json(200, Value::Object(record)))
        });
    "put-204" breaks "SPC-041": "PUT on a record is answered 204, though nothing happens"
        => answer(|call, _| undefined_member(call, "PUT").then(|| Reply::empty(204)));
    "put-500" breaks "SPC-041": "PUT on a record is answered 500"
        => answer(|call, _| undefined_member(call, "PUT").then(crash));
    "put-404" breaks "SPC-041": "PUT on a record is answered 404"
        => answer(|call, _| {
            let answer = || Reply::error(404, "notFound", "there is nothing at this path");
            undefined_member(call, "PUT").then(answer)
        });
    "collection-delete-executed" breaks "SPC-041": "DELETE on the collection deletes all records"
        => answer(|call, store| {
            (call.method == "DELETE" && call.route == Route::Collection).then(|| {
                store.clear();
                Reply::empty(204)
            })
        });
    "collection-delete-200" breaks "SPC-041": "DELETE on the collection is answered 200, though nothing happens"
        => answer(|call, _| {
            let asked = call.method == "DELETE" && call.route == Route::Collection;
            asked.then(|| Reply::json(200, json!([])))
        });
    "collection-put-201" breaks "SPC-041": "PUT on the collection creates a record"
        => on_request(|call| if call.method == "PUT" && call.route == Route::Collection {
            call.method = axum::http::Method::POST;
        });
    "unknown-parameter-500" breaks "SPC-043": "a parameter that the server does not know is answered 500"
        => answer(|call, _| {
            let known = |name: &str| DIRECTIVES.contains(&name) || is_known(name);
            let is_unknown = call.query.iter().any(|(name, _)| !known(name));
            (call.asks(List) && is_unknown).then(crash)
        });
    "unknown-field-500" breaks "SPC-043": "an unknown name in fields is answered 500"
        => answer(|call, _| {
            let known = |name: &str| name == "none" || is_known(name);
            let fields = call.parameter("fields")?;
            fields.split(',').any(|name| !known(name)).then(crash)
        });
    "no-match-500" breaks "SPC-043": "a filter that nothing matches is answered 500"
        => on_response(|call, reply| {
            if call.asks(List) && reply.header(TOTAL) == Some("0") && !call.query.is_empty() {
                *reply = crash();
            }
        });
    "encoded-filter-500" breaks "SPC-043": "a filter value with a quote or a percent sign is answered 500"
        => answer(|call, _| {
            let is_special = call.query.iter().any(|(_, value)| value.contains(['\'', '"', '%']));
            (call.asks(List) && is_special).then(crash)
        });
    "now-and-then-500" breaks "SPC-043": "every seventh request after the first thirty is answered 500"
        => answer(|call, _| (call.number > 30 && call.number % 7 == 0).then(crash));
    "limit-text-500" breaks "SPC-046": "a limit that is not a number is answered 500"
        => answer(|call, _| is_no_number(call, "limit").then(crash));
    "offset-text-500" breaks "SPC-046": "an offset that is not a number is answered 500"
        => answer(|call, _| is_no_number(call, "offset").then(crash));
    "page-text-ignored" breaks "SPC-046": "offset and limit that are not numbers are ignored"
        => on_request(|call| {
            for name in ["offset", "limit"] {
                if is_no_number(call, name) {
                    call.forget(name);
                }
            }
        });
    "page-unordered" breaks "SPC-036": "pages are cut from another order each time, unless one is asked for"
        => on_matches(|call, found, _| {
            let is_page = call.parameter("limit").or(call.parameter("offset"));
            if is_page.is_some() && call.parameter("sort").is_none() {
                let by = usize::try_from(call.number).unwrap_or(0) % found.len().max(1);
                found.rotate_left(by);
            }
        });
}

const TOTAL: &str = "x-total-count";
fn retype(reply: &mut Reply, media_type: &str) {
    if reply.header("content-type").is_some() {
        reply.set("content-type", media_type);
    }
}

/// Changes the bodies of errors.
fn in_errors(change: impl Fn(&mut Object) + Send + Sync + 'static) -> Effect {
    on_response(move |_, reply| {
        if reply.failed() {
            reply.change_objects(&change);
        }
    })
}

fn is_no_number(call: &Call, name: &str) -> bool {
    let is_word = |value: &str| value.parse::<i64>().is_err();
    call.asks(List) && call.parameter(name).is_some_and(is_word)
}

fn undefined_member(call: &Call, method: &str) -> bool {
    call.method == method && matches!(call.route, Route::Record(_))
}
