//! Faults against the design guidelines (TMF630) in pages and sorting.

use serde_json::Value;

use super::super::call::Call;
use super::super::call::Operation::List;
use super::super::effect::Effect::{Answer, Finish, Misread};
use super::super::reply::Reply;
use super::tools::crash;
use super::{FaultInfo, fault};

/// The tables.
pub(super) static FAULTS: &[&[FaultInfo]] = &[PAGES, RANGES, SORTING];

static PAGES: &[FaultInfo] = &[
    fault(
        "offset-default-one",
        "TMF683-45-GDL-029",
        "a missing offset counts as 1",
        &[Misread(|call| {
            if call.asks(List)
                && call.parameter("limit").is_some()
                && call.parameter("offset").is_none()
            {
                call.query.push(("offset".to_owned(), "1".to_owned()));
            }
        })],
    ),
    fault(
        "limit-needs-offset",
        "TMF683-45-GDL-029",
        "limit without offset is ignored",
        &[Misread(|call| {
            let is_number = call
                .parameter("limit")
                .is_some_and(|limit| limit.parse::<u64>().is_ok());
            if is_number && call.parameter("offset").is_none() {
                call.forget("limit");
            }
        })],
    ),
    fault(
        "page-total-missing",
        "TMF683-45-GDL-030",
        "pages have no X-Total-Count",
        &[Finish(|call, reply| {
            if is_page(call) {
                reply.drop_header("x-total-count");
            }
        })],
    ),
    fault(
        "list-total-missing",
        "TMF683-45-GDL-031",
        "the whole list has no X-Total-Count",
        &[Finish(|call, reply| {
            if !is_page(call) {
                reply.drop_header("x-total-count");
            }
        })],
    ),
    fault(
        "page-200",
        "TMF683-45-GDL-032",
        "a page that is not the whole is answered 200",
        &[Finish(|_, reply| {
            if reply.status == 206 {
                reply.status = 200;
            }
        })],
    ),
    fault(
        "page-whole-206",
        "TMF683-45-GDL-032",
        "a page that holds everything is answered 206",
        &[Finish(|call, reply| {
            if is_page(call) && reply.status == 200 {
                reply.status = 206;
            }
        })],
    ),
    fault(
        "link-missing",
        "TMF683-45-GDL-033",
        "pages have no Link",
        &[Finish(|_, reply| reply.drop_header("link"))],
    ),
    fault(
        "link-without-next",
        "TMF683-45-GDL-033",
        "the Link of a page has no next",
        &[Finish(|_, reply| {
            relink(reply, |link| {
                let kept: Vec<&str> = link
                    .split(", ")
                    .filter(|part| !part.contains("rel=\"next\""))
                    .collect();
                kept.join(", ")
            })
        })],
    ),
    fault(
        "link-loses-filter",
        "TMF683-45-GDL-034",
        "the targets of Link lose the filter",
        &[Finish(|_, reply| {
            relink(reply, |link| {
                let parts = link.split(", ").map(|part| {
                    let (path, rest) = part.split_once('?').unwrap_or((part, ""));
                    let page = rest.find("offset=").map_or("", |at| &rest[at..]);
                    format!("{path}?{page}")
                });
                parts.collect::<Vec<_>>().join(", ")
            })
        })],
    ),
    fault(
        "link-next-self",
        "TMF683-45-GDL-034",
        "the next of a page is the page itself",
        &[Finish(|_, reply| {
            relink(reply, |link| {
                let itself = link.split(';').next().unwrap_or_default().to_owned();
                let parts = link
                    .split(", ")
                    .map(|part| match part.contains("rel=\"next\"") {
                        true => format!("{itself}; rel=\"next\""),
                        false => part.to_owned(),
                    });
                parts.collect::<Vec<_>>().join(", ")
            })
        })],
    ),
    fault(
        "link-dead",
        "TMF683-45-GDL-034",
        "the targets of Link lead nowhere",
        &[Finish(|_, reply| {
            relink(reply, |link| link.replace("/v4/", "/v4/pages/"))
        })],
    ),
    fault(
        "link-next-forever",
        "TMF683-45-GDL-034",
        "the last page has a next one as well",
        &[Finish(|call, reply| {
            if is_page(call) {
                relink(reply, |link| match link.contains("rel=\"next\"") {
                    true => link.to_owned(),
                    false => format!(
                        "{link}, {}; rel=\"next\"",
                        link.split(';').next().unwrap_or_default()
                    ),
                });
            }
        })],
    ),
    fault(
        "pages-overlap",
        "TMF683-45-GDL-035",
        "a page repeats the last element of the one before",
        &[Misread(|call| {
            let offset = call
                .parameter("offset")
                .and_then(|offset| offset.parse::<u64>().ok());
            if let Some(offset) = offset.filter(|offset| *offset > 0) {
                call.forget("offset");
                call.query
                    .push(("offset".to_owned(), (offset - 1).to_string()));
            }
        })],
    ),
    fault(
        "offset-beyond-404",
        "TMF683-45-GDL-036",
        "an offset beyond the end is answered 404",
        &[Finish(|call, reply| {
            if call.parameter("offset").is_some() && reply.header("x-result-count") == Some("0") {
                *reply = Reply::error(404, "notFound", "there is no such page");
            }
        })],
    ),
    fault(
        "offset-negative-200",
        "TMF683-45-GDL-037",
        "a negative offset or limit is ignored",
        &[Misread(|call| {
            for name in ["offset", "limit"] {
                if call
                    .parameter(name)
                    .is_some_and(|value| value.starts_with('-'))
                {
                    call.forget(name);
                }
            }
        })],
    ),
    fault(
        "offset-negative-500",
        "TMF683-45-GDL-037",
        "a negative offset or limit is answered 500",
        &[Answer(|call, _| {
            let is_negative = |name: &str| {
                call.parameter(name)
                    .is_some_and(|value| value.starts_with('-'))
            };
            (call.asks(List) && (is_negative("offset") || is_negative("limit"))).then(crash)
        })],
    ),
];

static RANGES: &[FaultInfo] = &[fault(
    "range-whole-206",
    "TMF683-45-GDL-038",
    "a Range of elements is answered 206 with the whole list",
    &[Finish(|call, reply| {
        if call.asks(List) && call.headers.contains_key("range") && reply.status == 200 {
            reply.status = 206;
        }
    })],
)];

static SORTING: &[FaultInfo] = &[
    fault(
        "sort-ignored",
        "TMF683-45-GDL-039",
        "sort is ignored",
        &[Misread(|call| call.forget("sort"))],
    ),
    fault(
        "sort-downwards",
        "TMF683-45-GDL-039",
        "sort sorts downwards",
        &[Misread(|call| {
            change_sort(call, |key| {
                format!("-{}", key.trim_start_matches(['+', '-', ' ']))
            })
        })],
    ),
    fault(
        "sort-as-filter",
        "TMF683-45-GDL-039",
        "sort is taken for a filter",
        &[Answer(|call, _| {
            let sorts = call.asks(List) && call.parameter("sort").is_some();
            sorts.then(|| Reply::list(200, Vec::new()))
        })],
    ),
    fault(
        "sort-by-direction",
        "TMF683-45-GDL-039",
        "sort always sorts by direction",
        &[Misread(|call| {
            change_sort(call, |_| "direction".to_owned())
        })],
    ),
    fault(
        "sort-page-only",
        "TMF683-45-GDL-039",
        "sort sorts within the page only",
        &[Finish(|call, reply| {
            let Some(key) = call
                .parameter("sort")
                .filter(|_| is_page(call))
                .map(str::to_owned)
            else {
                return;
            };
            reply.change(|document| {
                if let Value::Array(items) = document {
                    items.sort_by_key(|item| item.get(&key).map(ToString::to_string));
                    items.reverse();
                }
            });
        })],
    ),
    fault(
        "sort-minus-ignored",
        "TMF683-45-GDL-040",
        "the minus of sort is ignored",
        &[Misread(|call| {
            change_sort(call, |key| key.trim_start_matches('-').to_owned())
        })],
    ),
    fault(
        "sort-plus-unknown",
        "TMF683-45-GDL-040",
        "the plus of sort is read as part of the name",
        &[Misread(|call| {
            change_sort(call, |key| match key.starts_with(['+', ' ']) {
                true => "noSuchAttribute".to_owned(),
                false => key.to_owned(),
            })
        })],
    ),
    fault(
        "sort-first-key-only",
        "TMF683-45-GDL-041",
        "of several sort keys only the first counts",
        &[Misread(|call| {
            for (name, value) in &mut call.query {
                if name == "sort" {
                    value.truncate(value.find(',').unwrap_or(value.len()));
                }
            }
        })],
    ),
    fault(
        "sort-unknown-500",
        "TMF683-45-GDL-042",
        "an unknown sort attribute is answered 500",
        &[Answer(|call, store| {
            let key = call.parameter("sort").filter(|_| call.asks(List))?;
            let name = key.trim_start_matches(['+', '-', ' ']).split(',').next()?;
            let is_known = store
                .records()
                .any(|record| record.map().contains_key(name));
            (!is_known).then(crash)
        })],
    ),
];

fn is_page(call: &Call) -> bool {
    call.asks(List) && (call.parameter("offset").is_some() || call.parameter("limit").is_some())
}

fn relink(reply: &mut Reply, change: impl FnOnce(&str) -> String) {
    if let Some(link) = reply.header("link").map(str::to_owned) {
        reply.set("link", change(&link));
    }
}

fn change_sort(call: &mut Call, change: impl Fn(&str) -> String) {
    for (name, value) in &mut call.query {
        if name == "sort" {
            let keys: Vec<String> = value.split(',').map(&change).collect();
            *value = keys.join(",");
        }
    }
}
