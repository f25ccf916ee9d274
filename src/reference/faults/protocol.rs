//! Faults in media types, counts, pages, status codes and error bodies.

use super::families::on_success;
use crate::reference::call::Call;
use crate::reference::call::Operation::{Create, List, Retrieve};
use crate::reference::effect::{on_request, on_response};
use crate::reference::query::DIRECTIVES;
use crate::reference::reply::{Body, Reply};

faults! {
    "content-type-text" breaks "SPC-031": "bodies are sent as text/plain"
        => on_response(|_, reply| retype(reply, "text/plain;charset=utf-8"));
    "content-type-html" breaks "SPC-031": "lists are sent as text/html"
        => on_response(|call, reply| if call.asks(List) { retype(reply, "text/html"); });
    "content-type-missing" breaks "SPC-031": "retrievals have no Content-Type"
        => on_response(|call, reply| if call.asks(Retrieve) { reply.drop_header("content-type"); });
    "content-type-create-xml" breaks "SPC-031": "create answers are said to be XML"
        => on_success(Create, |_, reply| retype(reply, "application/xml"));
    "content-type-error-text" breaks "SPC-031": "errors are sent as text/plain"
        => on_response(|_, reply| if reply.failed() { retype(reply, "text/plain"); });
    "charset-latin-1" breaks "SPC-031": "bodies are encoded as ISO-8859-1"
        => on_response(|_, reply| {
            let text = String::from_utf8_lossy(&reply.bytes()).into_owned();
            let latin: Vec<u8> = text
                .chars()
                .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
                .collect();
            if reply.header("content-type").is_some() {
                reply.body = Body::Raw(latin.into());
                retype(reply, "application/json;charset=iso-8859-1");
            }
        });
    "bodies-with-mark" breaks "SPC-031": "bodies start with a byte order mark"
        => on_response(|_, reply| if reply.header("content-type").is_some() {
            reply.rewrite(|text| format!("\u{feff}{text}"));
        });
    "utf-8-broken" breaks "SPC-031": "bodies are sent as Latin-1, but said to be UTF-8"
        => on_response(|_, reply| {
            let text = String::from_utf8_lossy(&reply.bytes()).into_owned();
            let latin: Vec<u8> = text
                .chars()
                .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
                .collect();
            if reply.header("content-type").is_some() {
                reply.body = Body::Raw(latin.into());
            }
        });
    "total-count-missing" breaks "SPC-032": "lists have no X-Total-Count"
        => on_response(|_, reply| reply.drop_header(TOTAL));
    "result-count-missing" breaks "SPC-032": "lists have no X-Result-Count"
        => on_response(|_, reply| reply.drop_header(RESULT));
    "counts-no-numbers" breaks "SPC-032": "X-Total-Count and X-Result-Count are not numbers"
        => on_response(|_, reply| {
            recount(reply, TOTAL, |_| "many".to_owned());
            recount(reply, RESULT, |_| "some".to_owned());
        });
    "result-count-off" breaks "SPC-033": "X-Result-Count is one too many"
        => on_response(|_, reply| recount(reply, RESULT, |count| (count + 1).to_string()));
    "result-count-zero" breaks "SPC-033": "X-Result-Count is always 0"
        => on_response(|_, reply| recount(reply, RESULT, |_| "0".to_owned()));
    "result-count-of-selection" breaks "SPC-033": "X-Result-Count is 0 where attributes are selected"
        => on_response(|call, reply| if call.parameter("fields").is_some() && reply.header(RESULT).is_some() {
            reply.set(RESULT, "0");
        });
    "result-count-is-total" breaks "SPC-033": "X-Result-Count counts all matches, also of a page"
        => on_response(|_, reply| if let Some(total) = reply.header(TOTAL).map(str::to_owned) {
            reply.set(RESULT, total);
        });
    "total-count-is-page" breaks "SPC-034": "X-Total-Count counts the elements of the page"
        => on_response(|_, reply| if let Some(count) = reply.header(RESULT).map(str::to_owned) {
            reply.set(TOTAL, count);
        });
    "total-count-unfiltered" breaks "SPC-034": "X-Total-Count does not regard the filter"
        => on_response(|call, reply| {
            if call.asks(List)
                && call.query.iter().any(|(name, _)| !DIRECTIVES.contains(&name.as_str()))
            {
                recount(reply, TOTAL, |count| (count + 100).to_string());
            }
        });
    "total-count-too-small" breaks "SPC-034": "X-Total-Count is one too few"
        => on_response(|_, reply| {
            recount(reply, TOTAL, |count| count.saturating_sub(1).to_string())
        });
    "total-count-of-a-selection" breaks "SPC-034": "X-Total-Count is one too many where attributes are selected"
        => on_response(|call, reply| if call.parameter("fields").is_some() {
            recount(reply, TOTAL, |count| (count + 1).to_string());
        });
    "total-count-whole-list" breaks "SPC-034": "X-Total-Count of the list without a filter is two too many"
        => on_response(|call, reply| {
            let is_directive = |(name, _): &(String, String)| DIRECTIVES.contains(&name.as_str());
            if call.asks(List) && call.query.iter().all(is_directive) {
                recount(reply, TOTAL, |count| (count + 2).to_string());
            }
        });
    "total-count-from-offset" breaks "SPC-034": "X-Total-Count does not count what offset skips"
        => on_response(|call, reply| {
            let skipped: u64 = call.parameter("offset").and_then(|n| n.parse().ok()).unwrap_or(0);
            recount(reply, TOTAL, |count| count.saturating_sub(skipped).to_string());
        });
    "limit-ignored" breaks "SPC-035": "limit is ignored"
        => on_request(|call| forget_valid(call, "limit"));
    "limit-one-more" breaks "SPC-035": "a page holds one element more than limit says"
        => on_request(|call| shift(call, "limit", |limit| limit + 1));
    "limit-one-less" breaks "SPC-035": "a page holds one element less than limit says"
        => on_request(|call| shift(call, "limit", |limit| limit.saturating_sub(1)));
    "limit-empty" breaks "SPC-035": "a page that limit asks for is empty"
        => on_request(|call| shift(call, "limit", |_| 0));
    "offset-ignored" breaks "SPC-036": "offset is ignored"
        => on_request(|call| forget_valid(call, "offset"));
    "offset-one-based" breaks "SPC-036": "offset counts from 1"
        => on_request(|call| shift(call, "offset", |offset| offset.saturating_sub(1)));
    "offset-as-page" breaks "SPC-036": "offset counts pages in the place of elements"
        => on_request(|call| {
            let limit = number(call, "limit").unwrap_or(10);
            shift(call, "offset", |offset| offset * limit);
        });
    "offset-times-limit" breaks "SPC-036": "offset counts pages where there is a limit"
        => on_request(|call| {
            let limit = number(call, "limit").unwrap_or(1);
            shift(call, "offset", |offset| offset * limit);
        });
    "offset-two-is-three" breaks "SPC-036": "a page that begins behind two elements begins behind three"
        => on_request(|call| if number(call, "limit").is_some() {
            shift(call, "offset", |offset| offset + u64::from(offset == 2));
        });
    "offset-twice" breaks "SPC-036": "offset skips twice as many"
        => on_request(|call| shift(call, "offset", |offset| offset * 2));
}

/// Header that shows how many match.
pub(super) const TOTAL: &str = "x-total-count";
/// Header that shows how many come.
pub(super) const RESULT: &str = "x-result-count";

/// Names another media type.
pub(super) fn retype(reply: &mut Reply, media_type: &str) {
    if reply.header("content-type").is_some() {
        reply.set("content-type", media_type);
    }
}

/// Changes a header that is a number.
pub(super) fn recount(reply: &mut Reply, name: &'static str, change: impl FnOnce(u64) -> String) {
    if let Some(count) = reply.header(name).and_then(|count| count.parse().ok()) {
        reply.set(name, change(count));
    }
}

/// A parameter that is a number.
pub(super) fn number(call: &Call, name: &str) -> Option<u64> {
    call.parameter(name).and_then(|value| value.parse().ok())
}

/// Forgets a parameter, though not one that has to be refused.
fn forget_valid(call: &mut Call, name: &str) {
    if number(call, name).is_some() {
        call.forget(name);
    }
}

fn shift(call: &mut Call, name: &str, change: impl FnOnce(u64) -> u64) {
    if let Some(value) = number(call, name) {
        call.forget(name);
        call.query
            .push((name.to_owned(), change(value).to_string()));
    }
}
