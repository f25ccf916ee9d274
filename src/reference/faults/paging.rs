//! Faults against the design guidelines (TMF630) in pages and sorting.

use serde_json::Value;

use super::tools::crash;
use crate::reference::call::Call;
use crate::reference::call::Operation::List;
use crate::reference::effect::{answer, on_request, on_response};
use crate::reference::reply::Reply;

faults! {
    "offset-default-one" breaks "GDL-029": "a missing offset counts as 1"
        => on_request(|call| {
            if call.asks(List)
                && call.parameter("limit").is_some()
                && call.parameter("offset").is_none()
            {
                call.query.push(("offset".to_owned(), "1".to_owned()));
            }
        });
    "limit-needs-offset" breaks "GDL-029": "limit without offset is ignored"
        => on_request(|call| {
            let is_number = call
                .parameter("limit")
                .is_some_and(|limit| limit.parse::<u64>().is_ok());
            if is_number && call.parameter("offset").is_none() {
                call.forget("limit");
            }
        });
    "page-total-missing" breaks "GDL-030": "pages have no X-Total-Count"
        => on_response(|call, reply| if is_page(call) { reply.drop_header("x-total-count"); });
    "list-total-missing" breaks "GDL-031": "the whole list has no X-Total-Count"
        => on_response(|call, reply| if !is_page(call) { reply.drop_header("x-total-count"); });
    "page-200" breaks "GDL-032": "a page that is not the whole is answered 200"
        => on_response(|_, reply| if reply.status == 206 { reply.status = 200; });
    "page-whole-206" breaks "GDL-032": "a page that holds everything is answered 206"
        => on_response(|call, reply| if is_page(call) && reply.status == 200 {
            reply.status = 206;
        });
    "link-missing" breaks "GDL-033": "pages have no Link"
        => on_response(|_, reply| reply.drop_header("link"));
    "link-without-next" breaks "GDL-033": "the Link of a page has no next"
        => on_response(|_, reply| {
            relink(reply, |link| {
                let kept: Vec<&str> = link
                    .split(", ")
                    .filter(|part| !part.contains("rel=\"next\""))
                    .collect();
                kept.join(", ")
            })
        });
    "link-without-brackets" breaks "GDL-033": "the targets of Link stand without < and >"
        => on_response(|_, reply| relink(reply, |link| link.replace(['<', '>'], "")));
    "link-without-semicolon" breaks "GDL-033": "the parameters of Link follow without a semicolon"
        => on_response(|_, reply| relink(reply, |link| link.replace(">;", ">")));
    "link-quote-open" breaks "GDL-033": "the quotes in Link are not closed"
        => on_response(|_, reply| relink(reply, |link| link.replace("next\"", "next")));
    "link-loses-filter" breaks "GDL-034": "the targets of Link lose the filter"
        => on_response(|_, reply| {
            relink(reply, |link| {
                let parts = link.split(", ").map(|part| {
                    let (path, rest) = part.split_once('?').unwrap_or((part, ""));
                    let page = rest.find("offset=").map_or("", |at| &rest[at..]);
                    format!("{path}?{page}")
                });
                parts.collect::<Vec<_>>().join(", ")
            })
        });
    "link-next-self" breaks "GDL-034": "the next of a page is the page itself"
        => on_response(|_, reply| {
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
        });
    "link-dead" breaks "GDL-034": "the targets of Link lead nowhere"
        => on_response(|_, reply| relink(reply, |link| link.replace("/v4/", "/v4/pages/")));
    "link-next-forever" breaks "GDL-034": "the last page has a next one as well"
        => on_response(|call, reply| if is_page(call) {
            relink(reply, |link| match link.contains("rel=\"next\"") {
                true => link.to_owned(),
                false => format!(
                    "{link}, {}; rel=\"next\"",
                    link.split(';').next().unwrap_or_default()
                ),
            });
        });
    "pages-overlap" breaks "GDL-035": "a page repeats the last element of the one before"
        => on_request(|call| {
            let offset = call.parameter("offset").and_then(|offset| offset.parse::<u64>().ok());
            if let Some(offset) = offset.filter(|offset| *offset > 0) {
                call.forget("offset");
                call.query.push(("offset".to_owned(), (offset - 1).to_string()));
            }
        });
    "offset-beyond-404" breaks "GDL-036": "an offset beyond the end is answered 404"
        => on_response(|call, reply| {
            if call.parameter("offset").is_some() && reply.header("x-result-count") == Some("0") {
                *reply = Reply::error(404, "notFound", "there is no such page");
            }
        });
    "offset-negative-200" breaks "GDL-037": "a negative offset or limit is ignored"
        => on_request(|call| {
            for name in ["offset", "limit"] {
                if call.parameter(name).is_some_and(|value| value.starts_with('-'))
                {
                    call.forget(name);
                }
            }
        });
    "offset-negative-500" breaks "GDL-037": "a negative offset or limit is answered 500"
        => answer(|call, _| {
            let is_negative = |name: &str| {
                call.parameter(name).is_some_and(|value| value.starts_with('-'))
            };
            (call.asks(List) && (is_negative("offset") || is_negative("limit"))).then(crash)
        });
    "range-whole-206" breaks "GDL-038": "a Range of elements is answered 206 with the whole list"
        => on_response(|call, reply| {
            if call.asks(List) && call.headers.contains_key("range") && reply.status == 200 {
                reply.status = 206;
            }
        });
    "sort-ignored" breaks "GDL-039": "sort is ignored" => on_request(|call| call.forget("sort"));
    "sort-downwards" breaks "GDL-039": "sort sorts downwards"
        => on_request(|call| {
            change_sort(call, |key| format!("-{}", key.trim_start_matches(['+', '-', ' '])))
        });
    "sort-as-filter" breaks "GDL-039": "sort is taken for a filter"
        => answer(|call, _| {
            let sorts = call.asks(List) && call.parameter("sort").is_some();
            sorts.then(|| Reply::list(200, Vec::new()))
        });
    "sort-by-direction" breaks "GDL-039": "sort always sorts by direction"
        => on_request(|call| change_sort(call, |_| "direction".to_owned()));
    "sort-page-only" breaks "GDL-039": "sort sorts within the page only"
        => on_response(|call, reply| {
            let Some(key) = call.parameter("sort").filter(|_| is_page(call)).map(str::to_owned)
            else {
                return;
            };
            reply.change(|document| {
                if let Value::Array(items) = document {
                    items.sort_by_key(|item| item.get(&key).map(ToString::to_string));
                    items.reverse();
                }
            });
        });
    "sort-minus-ignored" breaks "GDL-040": "the minus of sort is ignored"
        => on_request(|call| change_sort(call, |key| key.trim_start_matches('-').to_owned()));
    "sort-plus-unknown" breaks "GDL-040": "the plus of sort is read as part of the name"
        => on_request(|call| {
            change_sort(call, |key| match key.starts_with(['+', ' ']) {
                true => "noSuchAttribute".to_owned(),
                false => key.to_owned(),
            })
        });
    "sort-first-key-only" breaks "GDL-041": "of several sort keys only the first counts"
        => on_request(|call| {
            for (name, value) in &mut call.query {
                if name == "sort" {
                    value.truncate(value.find(',').unwrap_or(value.len()));
                }
            }
        });
    "sort-unknown-500" breaks "GDL-042": "an unknown sort attribute is answered 500"
        => answer(|call, store| {
            let key = call.parameter("sort").filter(|_| call.asks(List))?;
            let name = key.trim_start_matches(['+', '-', ' ']).split(',').next()?;
            let is_known = store.records().any(|record| record.map().contains_key(name));
            (!is_known).then(crash)
        });
}

fn is_page(call: &Call) -> bool {
    call.asks(List) && (call.parameter("offset").is_some() || call.parameter("limit").is_some())
}

/// Changes the header Link.
pub(super) fn relink(reply: &mut Reply, change: impl FnOnce(&str) -> String) {
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
