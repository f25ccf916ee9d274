//! Faults in status codes and error bodies.

use axum::http::{HeaderValue, header};
use serde_json::{Value, json};

use super::super::call::Operation::{List, Retrieve};
use super::super::call::{Call, Route};
use super::super::effect::Effect::{Answer, Finish, Match, Misread};
use super::super::model::is_known;
use super::super::query::DIRECTIVES;
use super::super::reply::{Body, Reply};
use super::tools::crash;
use super::{FaultInfo, fault, secured};

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    secured(fault(
        "credentials-not-asked",
        "TMF683-4-SPC-042",
        "requests without credentials are answered like others",
        &[Misread(|call| {
            let anybody = HeaderValue::from_static("anybody");
            call.headers.insert(header::AUTHORIZATION, anybody);
        })],
    )),
    fault(
        "get-array",
        "TMF683-4-SPC-037",
        "a retrieval by id is answered with an array",
        &[Finish(|call, reply| {
            if call.asks(Retrieve) && reply.succeeded() {
                reply.change(|document| *document = json!([document.take()]));
            }
        })],
    ),
    fault(
        "error-without-code",
        "TMF683-4-SPC-038",
        "errors lack code",
        &[Finish(|_, reply| {
            in_error(reply, |error| {
                error.remove("code");
            })
        })],
    ),
    fault(
        "error-without-reason",
        "TMF683-4-SPC-038",
        "errors lack reason",
        &[Finish(|_, reply| {
            in_error(reply, |error| {
                error.remove("reason");
            })
        })],
    ),
    fault(
        "error-code-blank",
        "TMF683-4-SPC-038",
        "the code of errors is empty",
        &[Finish(|_, reply| {
            in_error(reply, |error| {
                error.insert("code".to_owned(), "".into());
            })
        })],
    ),
    fault(
        "error-code-number",
        "TMF683-4-SPC-038",
        "the code of errors is a number",
        &[Finish(|_, reply| {
            in_error(reply, |error| {
                error.insert("code".to_owned(), 42.into());
            })
        })],
    ),
    fault(
        "error-reason-null",
        "TMF683-4-SPC-038",
        "the reason of errors is null",
        &[Finish(|_, reply| {
            in_error(reply, |error| {
                error.insert("reason".to_owned(), Value::Null);
            })
        })],
    ),
    fault(
        "error-400-html",
        "TMF683-4-SPC-038",
        "refused bodies are answered with an HTML page",
        &[Finish(|_, reply| {
            if reply.status == 400 {
                reply.show_html();
            }
        })],
    ),
    fault(
        "error-400-empty",
        "TMF683-4-SPC-038",
        "refused requests are answered without a body",
        &[Finish(|_, reply| {
            if reply.status == 400 {
                *reply = Reply::empty(400);
            }
        })],
    ),
    fault(
        "error-405-empty",
        "TMF683-4-SPC-038",
        "undefined methods are refused without a body",
        &[Finish(|call, reply| {
            if reply.status == 405 {
                *reply = Reply::empty(405).with("allow", call.route.methods());
            }
        })],
    ),
    fault(
        "error-text",
        "TMF683-4-SPC-038",
        "errors are plain texts",
        &[Finish(|_, reply| {
            if reply.failed() {
                reply.body = Body::Raw("something is wrong".into());
                retype(reply, "text/plain");
            }
        })],
    ),
    fault(
        "error-list",
        "TMF683-4-SPC-038",
        "errors are lists of errors",
        &[Finish(|_, reply| {
            if reply.failed() {
                reply.change(|document| *document = json!([document.take()]));
            }
        })],
    ),
    fault(
        "error-of-framework",
        "TMF683-4-SPC-038",
        "errors have the form of a web framework",
        &[Finish(|call, reply| {
            if reply.failed() {
                let path = call.target.clone();
                let status = reply.status;
                reply.change(|document| {
                    *document = json!({"timestamp": 1_593_000_000_000_i64, "status": status, "error": "Error", "path": path});
                });
            }
        })],
    ),
    fault(
        "error-nested",
        "TMF683-4-SPC-038",
        "errors are nested in an object",
        &[Finish(|_, reply| {
            if reply.failed() {
                reply.change(|document| *document = json!({"error": document.take()}));
            }
        })],
    ),
    fault(
        "error-status-number",
        "TMF683-4-SPC-039",
        "the status of errors is a number",
        &[Finish(|_, reply| {
            let status = reply.status;
            in_error(reply, |error| {
                error.insert("status".to_owned(), status.into());
            });
        })],
    ),
    fault(
        "error-message-object",
        "TMF683-4-SPC-039",
        "the message of errors is an object",
        &[Finish(|_, reply| {
            in_error(reply, |error| {
                error.insert("message".to_owned(), json!({"en": "wrong"}));
            })
        })],
    ),
    fault(
        "error-message-list",
        "TMF683-4-SPC-039",
        "the message of refused bodies is a list",
        &[Finish(|_, reply| {
            if reply.status == 400 {
                in_error(reply, |error| {
                    error.insert("message".to_owned(), json!(["wrong", "very wrong"]));
                });
            }
        })],
    ),
    fault(
        "error-reference-relative",
        "TMF683-4-SPC-039",
        "the referenceError of errors is relative",
        &[Finish(|_, reply| {
            in_error(reply, |error| {
                error.insert("referenceError".to_owned(), "errors/17".into());
            })
        })],
    ),
    fault(
        "error-schema-location-blank",
        "TMF683-4-SPC-039",
        "@schemaLocation of errors is empty",
        &[Finish(|_, reply| {
            in_error(reply, |error| {
                error.insert("@schemaLocation".to_owned(), "".into());
            })
        })],
    ),
    fault(
        "error-type-number",
        "TMF683-4-SPC-039",
        "@type of errors is a number",
        &[Finish(|_, reply| {
            in_error(reply, |error| {
                error.insert("@type".to_owned(), 1.into());
            })
        })],
    ),
    fault(
        "blank-in-id-500",
        "TMF683-4-PRO-051",
        "an id with a blank or a percent sign is answered 500",
        &[Answer(|call, _| {
            (call.asks(Retrieve) && call.id().contains([' ', '%'])).then(crash)
        })],
    ),
    fault(
        "quote-in-id-500",
        "TMF683-4-PRO-051",
        "an id with a quote is answered 500",
        &[Answer(|call, _| {
            (call.asks(Retrieve) && call.id().contains('\'')).then(crash)
        })],
    ),
    fault(
        "script-in-id-500",
        "TMF683-4-PRO-051",
        "an id that is not ASCII is answered 500",
        &[Answer(|call, _| {
            (call.asks(Retrieve) && !call.id().is_ascii()).then(crash)
        })],
    ),
    fault(
        "unknown-id-html",
        "TMF683-4-SPC-040",
        "an unknown id is answered 404 with an HTML page",
        &[Finish(|call, reply| {
            if call.asks(Retrieve) && reply.status == 404 {
                reply.show_html();
            }
        })],
    ),
    fault(
        "unknown-id-empty",
        "TMF683-4-SPC-040",
        "an unknown id is answered 404 without a body",
        &[Finish(|call, reply| {
            if call.asks(Retrieve) && reply.status == 404 {
                *reply = Reply::empty(404);
            }
        })],
    ),
    fault(
        "unknown-id-object",
        "TMF683-4-SPC-040",
        "an unknown id is answered 404 with an empty object",
        &[Finish(|call, reply| {
            if call.asks(Retrieve) && reply.status == 404 {
                reply.change(|document| *document = json!({}));
            }
        })],
    ),
    fault(
        "put-executed",
        "TMF683-4-SPC-041",
        "PUT on a member replaces the record",
        &[Answer(|call, store| {
            let id = call.id().to_owned();
            let Value::Object(mut record) = call.json() else {
                return None;
            };
            if call.method != "PUT"
                || store.get(&id).is_none()
                || !matches!(call.route, Route::Member(_))
            {
                return None;
            }
            record.insert("id".to_owned(), id.as_str().into());
            store.put(&id, Value::Object(record.clone()).to_string());
            Some(Reply::json(200, Value::Object(record)))
        })],
    ),
    fault(
        "put-204",
        "TMF683-4-SPC-041",
        "PUT on a member is answered 204, though nothing happens",
        &[Answer(|call, _| {
            undefined_member(call, "PUT").then(|| Reply::empty(204))
        })],
    ),
    fault(
        "put-500",
        "TMF683-4-SPC-041",
        "PUT on a member is answered 500",
        &[Answer(|call, _| undefined_member(call, "PUT").then(crash))],
    ),
    fault(
        "put-404",
        "TMF683-4-SPC-041",
        "PUT on a member is answered 404",
        &[Answer(|call, _| {
            let answer = || Reply::error(404, "notFound", "there is nothing at this path");
            undefined_member(call, "PUT").then(answer)
        })],
    ),
    fault(
        "collection-delete-executed",
        "TMF683-4-SPC-041",
        "DELETE on the collection deletes all records",
        &[Answer(|call, store| {
            (call.method == "DELETE" && call.route == Route::Collection).then(|| {
                store.clear();
                Reply::empty(204)
            })
        })],
    ),
    fault(
        "collection-delete-200",
        "TMF683-4-SPC-041",
        "DELETE on the collection is answered 200, though nothing happens",
        &[Answer(|call, _| {
            let asked = call.method == "DELETE" && call.route == Route::Collection;
            asked.then(|| Reply::json(200, json!([])))
        })],
    ),
    fault(
        "collection-put-201",
        "TMF683-4-SPC-041",
        "PUT on the collection creates a record",
        &[Misread(|call| {
            if call.method == "PUT" && call.route == Route::Collection {
                call.method = axum::http::Method::POST;
            }
        })],
    ),
    fault(
        "unknown-parameter-500",
        "TMF683-4-SPC-043",
        "a parameter that the server does not know is answered 500",
        &[Answer(|call, _| {
            let known = |name: &str| DIRECTIVES.contains(&name) || is_known(name);
            let is_unknown = call.query.iter().any(|(name, _)| !known(name));
            (call.asks(List) && is_unknown).then(crash)
        })],
    ),
    fault(
        "unknown-field-500",
        "TMF683-4-SPC-043",
        "an unknown name in fields is answered 500",
        &[Answer(|call, _| {
            let known = |name: &str| name == "none" || is_known(name);
            let fields = call.parameter("fields")?;
            fields.split(',').any(|name| !known(name)).then(crash)
        })],
    ),
    fault(
        "no-match-500",
        "TMF683-4-SPC-043",
        "a filter that nothing matches is answered 500",
        &[Finish(|call, reply| {
            if call.asks(List) && reply.header(TOTAL) == Some("0") && !call.query.is_empty() {
                *reply = crash();
            }
        })],
    ),
    fault(
        "encoded-filter-500",
        "TMF683-4-SPC-043",
        "a filter value with a quote or a percent sign is answered 500",
        &[Answer(|call, _| {
            let is_special = call
                .query
                .iter()
                .any(|(_, value)| value.contains(['\'', '"', '%']));
            (call.asks(List) && is_special).then(crash)
        })],
    ),
    fault(
        "now-and-then-500",
        "TMF683-4-SPC-043",
        "every seventh request after the first thirty is answered 500",
        &[Answer(|call, _| {
            (call.number > 30 && call.number % 7 == 0).then(crash)
        })],
    ),
    fault(
        "limit-text-500",
        "TMF683-4-SPC-046",
        "a limit that is no number is answered 500",
        &[Answer(|call, _| is_no_number(call, "limit").then(crash))],
    ),
    fault(
        "offset-text-500",
        "TMF683-4-SPC-046",
        "an offset that is no number is answered 500",
        &[Answer(|call, _| is_no_number(call, "offset").then(crash))],
    ),
    fault(
        "page-text-ignored",
        "TMF683-4-SPC-046",
        "offset and limit that are no numbers are ignored",
        &[Misread(|call| {
            for name in ["offset", "limit"] {
                if is_no_number(call, name) {
                    call.forget(name);
                }
            }
        })],
    ),
    fault(
        "page-unordered",
        "TMF683-4-SPC-036",
        "pages are cut from another order each time, unless one is asked for",
        &[Match(|call, found, _| {
            let is_page = call.parameter("limit").or(call.parameter("offset"));
            if is_page.is_some() && call.parameter("sort").is_none() {
                let by = usize::try_from(call.number).unwrap_or(0) % found.len().max(1);
                found.rotate_left(by);
            }
        })],
    ),
];

const TOTAL: &str = "x-total-count";
fn retype(reply: &mut Reply, media_type: &str) {
    if reply.header("content-type").is_some() {
        reply.set("content-type", media_type);
    }
}

fn in_error(reply: &mut Reply, mut change: impl FnMut(&mut serde_json::Map<String, Value>)) {
    if reply.failed() {
        reply.change_objects(|error| change(error));
    }
}

fn is_no_number(call: &Call, name: &str) -> bool {
    let is_word = |value: &str| value.parse::<i64>().is_err();
    call.asks(List) && call.parameter(name).is_some_and(is_word)
}

fn undefined_member(call: &Call, method: &str) -> bool {
    call.method == method && matches!(call.route, Route::Member(_))
}
