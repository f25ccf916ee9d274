//! Faults that stand in an answer to many a request: what a list counts and holds, what a patch
//! is answered.

use std::sync::Arc;

use serde_json::Value;

use super::families::on_status;
use super::protocol::{RESULT, TOTAL, number, recount, retype};
use crate::reference::call::Call;
use crate::reference::call::Operation::{List, Patch};
use crate::reference::effect::{on_matches, on_response};
use crate::reference::query::{Criterion, criteria};
use crate::reference::reply::Reply;
use crate::reference::store::Record;

faults! {
    "filtered-joined" breaks "SPC-034": "in filtered lists a record comes once for each of its channels, and is counted so"
        => on_matches(|call, found, _| if is_filtered(call) {
            let channels = |record: &Record| {
                record.map().get("channel").and_then(Value::as_array).map_or(1, Vec::len)
            };
            let joined = found.iter().flat_map(|one| vec![Arc::clone(one); channels(one)]);
            *found = joined.collect();
        });
    "short-page-lacks-last" breaks "SPC-036": "where fewer records are left than limit asks for, the last one is not answered"
        => on_response(|call, reply| {
            let limit = number(call, "limit").unwrap_or(0);
            if call.asks(List) && count(reply, RESULT).is_some_and(|count| count < limit) {
                reply.change(|document| if let Value::Array(items) = document { items.pop(); });
                recount(reply, RESULT, |count| count.saturating_sub(1).to_string());
            }
        });
    "total-count-first-filter" breaks "SPC-034": "of several filters X-Total-Count regards the first only"
        => on_matches(|call, found, all| {
            let first: Vec<Criterion> = criteria(&call.query).into_iter().take(1).collect();
            let meets = |record: &&Arc<Record>| {
                let record = record.map();
                first.iter().all(|one| one.tests.iter().any(|test| test.holds(&record)))
            };
            let counted = all.records().filter(meets).count();
            // Null stands for what is only counted, until the answer is done.
            let null = Arc::new(Record { id: "".into(), json: "null".into() });
            found.resize(counted.max(found.len()), null);
        })
        => on_response(|call, reply| if call.asks(List) && reply.succeeded() {
            let mut left = 0;
            reply.change(|document| if let Value::Array(items) = document {
                items.retain(|item| !item.is_null());
                left = items.len();
            });
            recount(reply, RESULT, |_| left.to_string());
        });
    "result-count-is-limit" breaks "SPC-033": "X-Result-Count is limit, also where fewer records come"
        => on_response(|call, reply| if let Some(limit) = number(call, "limit") {
            recount(reply, RESULT, |_| limit.to_string());
        });
    "records-as-hal" breaks "SPC-031": "records are sent as application/hal+json"
        => on_response(|_, reply| if reply.succeeded() { retype(reply, "application/hal+json"); });
    "total-zero-beyond-end" breaks "SPC-034": "on a page beyond the end X-Total-Count is 0"
        => on_response(|_, reply| if count(reply, RESULT) == Some(0) {
            recount(reply, TOTAL, |_| "0".to_owned());
        });
    "errors-show-internals" breaks "SPC-047": "errors carry the stack trace as their message"
        => on_response(|_, reply| if reply.failed() {
            reply.change_objects(|error| {
                let trace = "java.lang.IllegalStateException\n\tat example.Store.find(Store.java:42)";
                error.insert("message".to_owned(), trace.into());
            });
        });
    "patch-refused-200" breaks "PAT-001": "a patch that is not carried out is answered 200 with an Error as the body"
        => on_status(Patch, 400, |call, reply| if call.json().is_object() { reply.status = 200; });
}

fn is_filtered(call: &Call) -> bool {
    call.asks(List) && !criteria(&call.query).is_empty()
}

fn count(reply: &Reply, name: &str) -> Option<u64> {
    reply.header(name)?.parse().ok()
}
