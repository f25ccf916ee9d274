//! Variants with rules of business: only known values, default pages, changes that depend on the
//! state of a record, texts without some characters, one content type.

use axum::http::header;
use serde_json::Value;

use super::super::call::Call;
use super::super::call::Operation::{Create, Delete, List, Patch};
use super::super::effect::{Effect, answer, on_request, on_response, on_store};
use super::super::reply::Reply;
use super::super::store::Store;

variants! {
    narrows "known-channels-only": "a create or a patch with another channel than 555 is refused with 422"
        => looks_up("channel", "555");
    narrows "known-parties-only": "a create or a patch with another party than 42 is refused with 422"
        => looks_up("relatedParty", "42");
    sets "default-page-of-two": "a list has two elements where the client names no limit, answered with 200"
        => |settings| settings.page_size = Some(2);
    sets "default-page-of-one": "a list has one element where the client names no limit, answered with 200"
        => |settings| settings.page_size = Some(1);
    fails_kit "default-page-of-two-206": "a list has two elements where the client names no limit, answered with 206"
        => on_request(|call| limit(call, 2, usize::MAX));
    fails_kit "default-page-of-one-206": "a list has one element where the client names no limit, answered with 206"
        => on_request(|call| limit(call, 1, usize::MAX));
    behaves "maximum-of-one": "no list has more than one element, answered with 200"
        => on_request(|call| limit(call, 1, 1))
        => on_response(|_, reply| if reply.status == 206 { reply.status = 200; });
    fails_kit "maximum-of-one-206": "no list has more than one element, answered with 206"
        => on_request(|call| limit(call, 1, 1));
    behaves "delete-of-closed-only": "only a completed interaction can be deleted, any other is refused with 409"
        => answer(delete_of_closed_only);
    behaves "patch-of-opened-only": "only an opened interaction can be patched, any other is refused with 409"
        => answer(|call, store| {
            let is_other = call.asks(Patch) && status(call, store)? != "opened";
            is_other.then(|| Reply::error(409, "notOpened", "this is not opened any more"))
        });
    behaves "delete-of-old-only": "only an interaction older than a minute can be deleted, any other is refused with 409"
        => answer(|call, store| {
            let is_known = call.asks(Delete) && store.get(call.id()).is_some();
            is_known.then(|| Reply::error(409, "tooYoung", "this is not older than a minute"))
        });
    behaves "delete-forbidden": "a deletion is refused with 403, since this client may not delete"
        => answer(|call, _| {
            let refusal = || Reply::error(403, "forbidden", "this client may not delete");
            call.asks(Delete).then(refusal)
        });
    behaves "patch-forbidden": "a patch is refused with 403, since this client may not change"
        => answer(|call, _| {
            let refusal = || Reply::error(403, "forbidden", "this client may not change");
            call.asks(Patch).then(refusal)
        });
    behaves "stepwise-status": "the status goes from opened over inProgress to completed, any other step is refused with 409"
        => answer(|call, store| {
            let (from, to) = (status(call, store)?, call.json().get("status")?.clone());
            let steps = ["opened", "inProgress", "completed"];
            let place = |status: &str| steps.iter().position(|step| *step == status);
            let is_leap = place(to.as_str()?)? > place(&from)? + 1;
            let refusal = || Reply::error(409, "notYet", "this step is not possible");
            (call.asks(Patch) && is_leap).then(refusal)
        });
    behaves "emoji-refused": "texts with emoji are refused with 400"
        => texts_without(400, |c| u32::from(c) > 0xFFFF);
    behaves "markup-refused": "texts with angle brackets are refused with 422"
        => texts_without(422, |c| matches!(c, '<' | '>'));
    behaves "control-characters-refused": "texts with control characters are refused with 400"
        => texts_without(400, char::is_control);
    behaves "begins-as-opened": "an interaction begins as opened, whatever status was sent"
        => begins_as_opened();
    fails_kit "charset-only": "a body is taken as application/json;charset=utf-8 only, and refused with 415 else"
        => answer(|call, _| {
            let given = call.headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
            let given = given.to_ascii_lowercase().replace(' ', "");
            let is_other = given != "application/json;charset=utf-8" && !call.body.is_empty();
            let refusal = || Reply::error(415, "mediaType", "application/json;charset=utf-8 it is");
            is_other.then(refusal)
        });
    narrows "many-rules": "an interaction begins as opened and is deleted when it is completed, with known channels, plain texts and pages of two"
        => looks_up("channel", "555")
        => texts_without(400, |c| u32::from(c) > 0xFFFF || c.is_control() || matches!(c, '<' | '>'))
        => begins_as_opened()
        => answer(delete_of_closed_only)
        => on_request(|call| limit(call, 2, usize::MAX))
        => on_response(|_, reply| if reply.status == 206 { reply.status = 200; });
}

/// Refuses a body that refers to something unknown.
fn looks_up(name: &'static str, known: &'static str) -> Effect {
    answer(move |call, _| {
        let writes = call.asks(Create) || call.asks(Patch);
        let refusal = || Reply::error(422, "unknown", format!("there is no such {name}"));
        (writes && refers_elsewhere(&call.json(), name, known)).then(refusal)
    })
}

/// Whether an array of that name holds an id that is not the known one.
fn refers_elsewhere(body: &Value, name: &str, known: &str) -> bool {
    let is_other = |element: &Value| {
        let id = element.get("id").and_then(Value::as_str);
        id.is_some_and(|id| !id.trim().is_empty() && id != known)
    };
    match body {
        Value::Object(attributes) => attributes.iter().any(|(attribute, value)| {
            let elements = value.as_array().filter(|_| attribute == name);
            elements.is_some_and(|elements| elements.iter().any(is_other))
                || refers_elsewhere(value, name, known)
        }),
        Value::Array(items) => items.iter().any(|item| refers_elsewhere(item, name, known)),
        _ => false,
    }
}

/// Gives a list request a limit where it has none, and lowers one that is larger.
fn limit(call: &mut Call, default: usize, most: usize) {
    if !call.asks(List) {
        return;
    }
    let given = call.query.iter_mut().find(|(name, _)| name == "limit");
    match given {
        None => call.query.push(("limit".to_owned(), default.to_string())),
        Some((_, value)) => {
            if value.parse().is_ok_and(|asked: usize| asked > most) {
                *value = most.to_string();
            }
        }
    }
}

/// The status of the record that is asked for.
fn status(call: &Call, store: &Store) -> Option<String> {
    let record = store.get(call.id())?.map();
    let status = record.get("status").and_then(Value::as_str);
    Some(status.unwrap_or_default().to_owned())
}

fn delete_of_closed_only(call: &Call, store: &mut Store) -> Option<Reply> {
    let is_open = call.asks(Delete) && status(call, store)? != "completed";
    is_open.then(|| Reply::error(409, "notCompleted", "this is not completed yet"))
}

/// Refuses texts with some characters.
fn texts_without(status: u16, unwanted: fn(char) -> bool) -> Effect {
    answer(move |call, _| {
        let writes = call.asks(Create) || call.asks(Patch);
        let refusal = || {
            Reply::error(
                status,
                "characters",
                "a text has characters that are not taken",
            )
        };
        (writes && holds(&call.json(), unwanted)).then(refusal)
    })
}

fn holds(value: &Value, unwanted: fn(char) -> bool) -> bool {
    match value {
        Value::String(text) => text.contains(unwanted),
        Value::Array(items) => items.iter().any(|item| holds(item, unwanted)),
        Value::Object(attributes) => attributes
            .values()
            .any(|attribute| holds(attribute, unwanted)),
        _ => false,
    }
}

fn begins_as_opened() -> Effect {
    on_store(|record, _, _| {
        record.insert("status".to_owned(), "opened".into());
        let now = format!("{:.3}", jiff::Timestamp::now());
        record.insert("statusChangeDate".to_owned(), now.into());
    })
}
