//! Faults in media types, counts, pages, status codes and error bodies.

use super::super::call::Call;
use super::super::call::Operation::{Create, List, Retrieve};
use super::super::effect::Effect::{Finish, Misread};
use super::super::query::DIRECTIVES;
use super::super::reply::{Body, Reply};
use super::{FaultInfo, fault};

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    fault(
        "content-type-text",
        "TMF683-4-SPC-031",
        "bodies are sent as text/plain",
        &[Finish(|_, reply| retype(reply, "text/plain;charset=utf-8"))],
    ),
    fault(
        "content-type-html",
        "TMF683-4-SPC-031",
        "lists are sent as text/html",
        &[Finish(|call, reply| {
            if call.asks(List) {
                retype(reply, "text/html");
            }
        })],
    ),
    fault(
        "content-type-missing",
        "TMF683-4-SPC-031",
        "retrievals have no Content-Type",
        &[Finish(|call, reply| {
            if call.asks(Retrieve) {
                reply.drop_header("content-type");
            }
        })],
    ),
    fault(
        "content-type-create-xml",
        "TMF683-4-SPC-031",
        "create answers are said to be XML",
        &[Finish(|call, reply| {
            if call.asks(Create) && reply.succeeded() {
                retype(reply, "application/xml");
            }
        })],
    ),
    fault(
        "content-type-error-text",
        "TMF683-4-SPC-031",
        "errors are sent as text/plain",
        &[Finish(|_, reply| {
            if reply.failed() {
                retype(reply, "text/plain");
            }
        })],
    ),
    fault(
        "charset-latin-1",
        "TMF683-4-SPC-031",
        "bodies are encoded as ISO-8859-1",
        &[Finish(|_, reply| {
            let text = String::from_utf8_lossy(&reply.bytes()).into_owned();
            let latin: Vec<u8> = text
                .chars()
                .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
                .collect();
            if reply.header("content-type").is_some() {
                reply.body = Body::Raw(latin.into());
                retype(reply, "application/json;charset=iso-8859-1");
            }
        })],
    ),
    fault(
        "bodies-with-mark",
        "TMF683-4-SPC-031",
        "bodies start with a byte order mark",
        &[Finish(|_, reply| {
            if reply.header("content-type").is_some() {
                reply.rewrite(|text| format!("\u{feff}{text}"));
            }
        })],
    ),
    fault(
        "utf-8-broken",
        "TMF683-4-SPC-031",
        "bodies are sent as Latin-1, but said to be UTF-8",
        &[Finish(|_, reply| {
            let text = String::from_utf8_lossy(&reply.bytes()).into_owned();
            let latin: Vec<u8> = text
                .chars()
                .map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))
                .collect();
            if reply.header("content-type").is_some() {
                reply.body = Body::Raw(latin.into());
            }
        })],
    ),
    fault(
        "total-count-missing",
        "TMF683-4-SPC-032",
        "lists have no X-Total-Count",
        &[Finish(|_, reply| reply.drop_header(TOTAL))],
    ),
    fault(
        "result-count-missing",
        "TMF683-4-SPC-032",
        "lists have no X-Result-Count",
        &[Finish(|_, reply| reply.drop_header(RESULT))],
    ),
    fault(
        "counts-no-numbers",
        "TMF683-4-SPC-032",
        "X-Total-Count and X-Result-Count are no numbers",
        &[Finish(|_, reply| {
            recount(reply, TOTAL, |_| "many".to_owned());
            recount(reply, RESULT, |_| "some".to_owned());
        })],
    ),
    fault(
        "result-count-off",
        "TMF683-4-SPC-033",
        "X-Result-Count is one too many",
        &[Finish(|_, reply| {
            recount(reply, RESULT, |count| (count + 1).to_string())
        })],
    ),
    fault(
        "result-count-zero",
        "TMF683-4-SPC-033",
        "X-Result-Count is always 0",
        &[Finish(|_, reply| {
            recount(reply, RESULT, |_| "0".to_owned())
        })],
    ),
    fault(
        "result-count-is-total",
        "TMF683-4-SPC-033",
        "X-Result-Count tells all matches, also of a page",
        &[Finish(|_, reply| {
            if let Some(total) = reply.header(TOTAL).map(str::to_owned) {
                reply.set(RESULT, total);
            }
        })],
    ),
    fault(
        "total-count-is-page",
        "TMF683-4-SPC-034",
        "X-Total-Count tells the elements of the page",
        &[Finish(|_, reply| {
            if let Some(count) = reply.header(RESULT).map(str::to_owned) {
                reply.set(TOTAL, count);
            }
        })],
    ),
    fault(
        "total-count-unfiltered",
        "TMF683-4-SPC-034",
        "X-Total-Count does not regard the filter",
        &[Finish(|call, reply| {
            if call.asks(List)
                && call
                    .query
                    .iter()
                    .any(|(name, _)| !DIRECTIVES.contains(&name.as_str()))
            {
                recount(reply, TOTAL, |count| (count + 100).to_string());
            }
        })],
    ),
    fault(
        "total-count-too-small",
        "TMF683-4-SPC-034",
        "X-Total-Count is one too few",
        &[Finish(|_, reply| {
            recount(reply, TOTAL, |count| count.saturating_sub(1).to_string())
        })],
    ),
    fault(
        "total-count-of-a-selection",
        "TMF683-4-SPC-034",
        "X-Total-Count is one too many where attributes are selected",
        &[Finish(|call, reply| {
            if call.parameter("fields").is_some() {
                recount(reply, TOTAL, |count| (count + 1).to_string());
            }
        })],
    ),
    fault(
        "total-count-from-offset",
        "TMF683-4-SPC-034",
        "X-Total-Count does not count what offset skips",
        &[Finish(|call, reply| {
            let skipped: u64 = call
                .parameter("offset")
                .and_then(|n| n.parse().ok())
                .unwrap_or(0);
            recount(reply, TOTAL, |count| {
                count.saturating_sub(skipped).to_string()
            });
        })],
    ),
    fault(
        "limit-ignored",
        "TMF683-4-SPC-035",
        "limit is ignored",
        &[Misread(|call| forget_valid(call, "limit"))],
    ),
    fault(
        "limit-one-more",
        "TMF683-4-SPC-035",
        "a page holds one element more than limit says",
        &[Misread(|call| shift(call, "limit", |limit| limit + 1))],
    ),
    fault(
        "limit-one-less",
        "TMF683-4-SPC-035",
        "a page holds one element less than limit says",
        &[Misread(|call| {
            shift(call, "limit", |limit| limit.saturating_sub(1))
        })],
    ),
    fault(
        "limit-empty",
        "TMF683-4-SPC-035",
        "a page that limit asks for is empty",
        &[Misread(|call| shift(call, "limit", |_| 0))],
    ),
    fault(
        "offset-ignored",
        "TMF683-4-SPC-036",
        "offset is ignored",
        &[Misread(|call| forget_valid(call, "offset"))],
    ),
    fault(
        "offset-one-based",
        "TMF683-4-SPC-036",
        "offset counts from 1",
        &[Misread(|call| {
            shift(call, "offset", |offset| offset.saturating_sub(1))
        })],
    ),
    fault(
        "offset-as-page",
        "TMF683-4-SPC-036",
        "offset counts pages in the place of elements",
        &[Misread(|call| {
            let limit = number(call, "limit").unwrap_or(10);
            shift(call, "offset", |offset| offset * limit);
        })],
    ),
    fault(
        "offset-times-limit",
        "TMF683-4-SPC-036",
        "offset counts pages where there is a limit",
        &[Misread(|call| {
            let limit = number(call, "limit").unwrap_or(1);
            shift(call, "offset", |offset| offset * limit);
        })],
    ),
    fault(
        "offset-two-is-three",
        "TMF683-4-SPC-036",
        "a page that begins behind two elements begins behind three",
        &[Misread(|call| {
            if number(call, "limit").is_some() {
                shift(call, "offset", |offset| offset + u64::from(offset == 2));
            }
        })],
    ),
    fault(
        "offset-twice",
        "TMF683-4-SPC-036",
        "offset skips twice as many",
        &[Misread(|call| shift(call, "offset", |offset| offset * 2))],
    ),
];

const TOTAL: &str = "x-total-count";
const RESULT: &str = "x-result-count";

fn retype(reply: &mut Reply, media_type: &str) {
    if reply.header("content-type").is_some() {
        reply.set("content-type", media_type);
    }
}

fn recount(reply: &mut Reply, name: &'static str, change: impl FnOnce(u64) -> String) {
    if let Some(count) = reply.header(name).and_then(|count| count.parse().ok()) {
        reply.set(name, change(count));
    }
}

fn number(call: &Call, name: &str) -> Option<u64> {
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
