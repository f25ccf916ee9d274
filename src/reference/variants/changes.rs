//! Changes of calls, records and replies that the variants share.

use axum::http::{HeaderValue, header};
use serde_json::Value;

use super::super::call::Operation::{Delete, Patch};
use super::super::call::{BASE_PATH, Call, Route};
use super::super::effect::Object;
use super::super::model::{Flaw, Violation};
use super::super::reply::{Body, Reply};

/// Takes attributes out of a patch.
pub(super) fn drop_from_patch(call: &mut Call, is_dropped: impl Fn(&str, &Value) -> bool) {
    if !call.asks(Patch) {
        return;
    }
    if let Value::Object(mut patch) = call.json() {
        patch.retain(|name, value| !is_dropped(name, value));
        call.body = Value::Object(patch).to_string().into();
    }
}

/// Puts a merge patch in the place of what was sent.
pub(super) fn send_patch(call: &mut Call, patch: Object) {
    let media_type = HeaderValue::from_static("application/merge-patch+json");
    call.headers.insert(header::CONTENT_TYPE, media_type);
    call.body = Value::Object(patch).to_string().into();
}

pub(super) fn unwanted(name: &str) -> Violation {
    Violation {
        pointer: format!("/{name}"),
        flaw: Flaw::Unwanted,
    }
}

pub(super) fn is_uuid(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_hexdigit() || byte == b'-';
    text.len() == 36 && text.bytes().all(known)
}

/// Whether a call asks for what the profile does not demand.
pub(super) fn is_optional(call: &Call) -> bool {
    let optional = [Patch, Delete];
    optional.contains(&call.operation())
        || matches!(call.route, Route::Hub | Route::Subscription(_))
}

pub(super) fn mandatory_methods(call: &Call) -> &'static str {
    match call.route {
        Route::Collection => "GET, HEAD, POST",
        Route::Record(_) => "GET, HEAD",
        _ => "",
    }
}

pub(super) fn rewrite_href(record: &mut Object, change: impl FnOnce(&str) -> String) {
    if let Some(Value::String(href)) = record.get_mut("href") {
        let path = href.find(BASE_PATH).map(|at| href[at..].to_owned());
        if let Some(path) = path {
            *href = change(&path);
        }
    }
}

pub(super) fn retype(reply: &mut Reply, media_type: &str) {
    if reply.header("content-type").is_some() {
        reply.set("content-type", media_type);
    }
}

/// Writes a JSON body in another way.
pub(super) fn reformat(reply: &mut Reply, write: impl FnOnce(&Value) -> String) {
    if let Ok(value) = serde_json::from_slice::<Value>(&reply.bytes()) {
        reply.body = Body::Raw(write(&value).into());
    }
}

pub(super) fn ascii(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c.is_ascii() {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            escaped.push_str(&format!("\\u{unit:04x}"));
        }
    }
    escaped
}

/// Rewrites the date-times of a record, recognised by their names.
pub(super) fn in_utc(name: &str, value: &mut Value) {
    match value {
        Value::String(text) if name.to_ascii_lowercase().contains("date") => {
            if let Ok(instant) = text.parse::<jiff::Timestamp>() {
                *text = instant.to_string();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| in_utc(name, item)),
        Value::Object(map) => map.iter_mut().for_each(|(name, value)| in_utc(name, value)),
        _ => {}
    }
}

/// Removes the blanks at the ends of every text in a value.
pub(super) fn trim_all(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.trim().to_owned(),
        Value::Array(items) => items.iter_mut().for_each(trim_all),
        Value::Object(attributes) => attributes.values_mut().for_each(trim_all),
        _ => {}
    }
}

/// Links a page to the next one only, by a cursor in the place of the offset.
pub(super) fn next_page_by_cursor(call: &Call, reply: &mut Reply) {
    let number = |text: Option<&str>| text.and_then(|text| text.parse::<usize>().ok());
    let total = number(reply.header("x-total-count"));
    let count = number(reply.header("x-result-count"));
    if reply.header("link").is_none() {
        return;
    }
    reply.drop_header("link");
    let (Some(total), Some(count)) = (total, count) else {
        return;
    };
    let next = number(call.parameter("offset")).unwrap_or(0) + count;
    if next >= total {
        return;
    }
    let others = call.query.iter();
    let others = others.filter(|(name, _)| name != "offset" && name != "cursor");
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(others);
    query.append_pair("cursor", &next.to_string());
    let path = call.target.split('?').next().unwrap_or_default();
    let link = format!("<{path}?{}>; rel=\"next\"", query.finish());
    reply.set("link", link);
}
