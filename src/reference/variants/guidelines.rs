//! Variants that answer by the design guidelines in a way of their own: media types, links, queries,
//! ids and conditions.

use axum::http::header;

use super::super::call::Operation::{Create, Delete, List, Patch, Retrieve};
use super::super::call::{BASE_PATH, Call};
use super::super::effect::{answer, identify, on_request, on_response};
use super::super::model::is_known;
use super::super::reply::Reply;

variants! {
    behaves "public-links": "Location and Link have a public host name, and a path that is another one there"
        => on_response(|call, reply| {
            let public = "https://api.operator.example/interactions/";
            for name in ["location", "link"] {
                if let Some(value) = reply.header(name) {
                    let value = value.replace(&format!("{}{BASE_PATH}", call.origin), public);
                    reply.set(name, value);
                }
            }
        });
    behaves "always-gzip": "a gateway compresses every body, whatever the client accepts"
        => on_response(|_, reply| reply.compress());
    behaves "framework-refusals": "406 and the 415 of a create come from the framework, as HTML pages"
        => on_response(|call, reply| {
            if reply.status == 406 || call.asks(Create) && reply.status == 415 {
                reply.show_html();
            }
        });
    behaves "any-accept": "JSON is answered whatever the client accepts"
        => on_request(|call| { call.headers.remove("accept"); });
    behaves "media-type-400": "a body of another media type is refused with 400"
        => on_response(|_, reply| if reply.status == 415 {
            *reply = Reply::error(400, "mediaType", "a body has to be JSON");
        });
    behaves "simple-queries": "operators, sorting and names that no attribute has are refused with 400"
        => answer(|call, _| {
            let is_plain =
                |name: &str| ["fields", "offset", "limit"].contains(&name) || is_known(name);
            let refusal = || Reply::error(400, "invalidParameter", "this is not offered");
            let asked = call.asks(List) && !call.query.iter().all(|(name, _)| is_plain(name));
            asked.then(refusal)
        });
    behaves "beyond-the-end-416": "a page beyond the end is refused with 416"
        => on_response(|call, reply| {
            let is_empty = reply.header("x-result-count") == Some("0");
            let is_beyond = is_empty && reply.header("x-total-count") != Some("0");
            if call.asks(List) && call.parameter("offset").is_some() && is_beyond {
                *reply = Reply::error(416, "rangeNotSatisfiable", "there is no such page");
            }
        });
    behaves "client-ids": "an id that the client chooses is kept, and one that is taken is refused with 409"
        => answer(|call, store| {
            let is_taken = store.get(&chosen_id(call)?).is_some();
            let refusal = || Reply::error(409, "idExists", "another record has this id");
            is_taken.then(refusal)
        })
        => identify(|call, store| chosen_id(call).unwrap_or_else(|| store.new_id()));
    behaves "etags": "records have an ETag, and conditions on it are kept to"
        => answer(|call, store| {
            let header = if call.asks(Patch) {
                "if-match"
            } else {
                "if-none-match"
            };
            let asked = call.headers.get(header)?.to_str().ok()?;
            let current = etag(&store.get(call.id())?.json);
            match asked == current {
                true if call.asks(Retrieve) => {
                    Some(Reply::empty(304).with("etag", current))
                }
                false if call.asks(Patch) => Some(Reply::error(
                    412,
                    "preconditionFailed",
                    "the record has changed",
                )),
                _ => None,
            }
        })
        => on_response(tag);
    behaves "demands-if-match": "a record is changed and deleted only under its ETag (428 without one)"
        => answer(|call, store| {
            let changes = call.asks(Patch) || call.asks(Delete);
            let record = store.get(call.id()).filter(|_| changes)?;
            match call.header(header::IF_MATCH) {
                "" => Some(Reply::error(
                    428,
                    "preconditionRequired",
                    "If-Match is missing",
                )),
                asked if asked == etag(&record.json) => None,
                _ => Some(Reply::error(
                    412,
                    "preconditionFailed",
                    "the record has changed",
                )),
            }
        })
        => on_response(tag);
    narrows "highest-id-again": "a new record has the highest id plus one, and so that of a deleted one"
        => identify(|_, store| {
            let highest = store.records().filter_map(|one| one.id.parse::<u64>().ok());
            (highest.max().unwrap_or_default() + 1).to_string()
        });
    narrows "lowest-id-again": "a new record has the lowest id that is free, and so that of a deleted one"
        => identify(|_, store| {
            let taken = |id: &u64| store.get(&id.to_string()).is_some();
            let free = (1..).find(|id| !taken(id));
            free.unwrap_or_default().to_string()
        });
}

/// Gives a retrieved record its ETag.
fn tag(call: &Call, reply: &mut Reply) {
    if call.asks(Retrieve) && reply.status == 200 {
        let tag = etag(&String::from_utf8_lossy(&reply.bytes()));
        reply.set("etag", tag);
    }
}

/// The id that a create asks for.
fn chosen_id(call: &Call) -> Option<String> {
    let body = call.json();
    let id = body.get("id").filter(|_| call.asks(Create))?.as_str()?;
    Some(id.to_owned())
}

/// A validator of a representation (FNV-1a of its text).
fn etag(text: &str) -> String {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("\"{hash:016x}\"")
}
