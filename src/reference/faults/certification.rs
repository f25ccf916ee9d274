//! Faults that the official kit itself notices.

use serde_json::{Value, json};

use super::super::call::Operation::{Create, List, Retrieve};
use super::super::effect::Effect::{Answer, Demand, Finish, Match, Misread, Show};
use super::super::effect::{CREATED, LISTED, READS, RETRIEVED};
use super::super::model::{Flaw, Violation};
use super::super::reply::Reply;
use super::tools::{crash, filters_on, first_of, lists_all, remove, replace};
use super::{FaultInfo, fault};

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    fault(
        "post-200",
        "TMF683-4-CTK-001",
        "a create is answered 200",
        &[Finish(|call, reply| {
            if call.asks(Create) && reply.succeeded() {
                reply.status = 200;
            }
        })],
    ),
    fault(
        "post-202",
        "TMF683-4-CTK-001",
        "a create is answered 202",
        &[Finish(|call, reply| {
            if call.asks(Create) && reply.succeeded() {
                reply.status = 202;
            }
        })],
    ),
    fault(
        "create-array",
        "TMF683-4-CTK-002",
        "a create is answered with an array",
        &[Finish(|call, reply| {
            if call.asks(Create) && reply.succeeded() {
                reply.change(|document| *document = json!([document.take()]));
            }
        })],
    ),
    fault(
        "create-html",
        "TMF683-4-CTK-002",
        "a create is answered with an HTML page",
        &[Finish(|call, reply| {
            if call.asks(Create) && reply.succeeded() {
                reply.show_html();
            }
        })],
    ),
    fault(
        "create-without-direction",
        "TMF683-4-CTK-003",
        "the create answer lacks direction",
        &[Show(CREATED, |record, _| remove(record, "direction"))],
    ),
    fault(
        "create-without-href",
        "TMF683-4-CTK-003",
        "the create answer lacks href",
        &[Show(CREATED, |record, _| remove(record, "href"))],
    ),
    fault(
        "create-channel-object",
        "TMF683-4-CTK-004",
        "the create answer has one channel as an object",
        &[Show(CREATED, |record, _| {
            let first = first_of(record, "channel");
            replace(record, "channel", first);
        })],
    ),
    fault(
        "create-numeric-direction",
        "TMF683-4-CTK-005",
        "the create answer has direction as a number",
        &[Show(CREATED, |record, _| replace(record, "direction", 1))],
    ),
    fault(
        "create-null-href",
        "TMF683-4-CTK-006",
        "the create answer has href as null",
        &[Show(CREATED, |record, _| {
            replace(record, "href", Value::Null)
        })],
    ),
    fault(
        "create-numeric-id",
        "TMF683-4-CTK-007",
        "the create answer has id as a number",
        &[Show(CREATED, |record, _| replace(record, "id", 4711))],
    ),
    fault(
        "create-reason-list",
        "TMF683-4-CTK-008",
        "the create answer has reason as a list",
        &[Show(CREATED, |record, _| {
            let reason = record.get("reason").cloned();
            replace(record, "reason", json!([reason]));
        })],
    ),
    fault(
        "strict-direction-list",
        "TMF683-4-CTK-009",
        "a direction other than inbound and outbound is refused",
        &[Demand(Create, |body| {
            let direction = body.get("direction")?.as_str()?;
            let is_known = direction == "inbound" || direction == "outbound";
            (!is_known).then(|| wrong("/direction", Flaw::Format))
        })],
    ),
    fault(
        "strict-create-attributes",
        "TMF683-4-CTK-009",
        "a create without interactionDate and status is refused, as the API description has it",
        &[Demand(Create, |body| {
            let missing = ["interactionDate", "status"].into_iter();
            let mut missing = missing.filter(|name| !body.contains_key(*name));
            missing
                .next()
                .map(|name| wrong(&format!("/{name}"), Flaw::Missing))
        })],
    ),
    fault(
        "refuse-duplicates",
        "TMF683-4-CTK-010",
        "a second create with the same body is refused with 409",
        &[Answer(|call, store| {
            if !call.asks(Create) {
                return None;
            }
            let sent = call.json();
            let is_copy = |stored: &Value| {
                let mut sent = sent.as_object()?.iter();
                sent.all(|(name, value)| name == "channel" || stored.get(name) == Some(value))
                    .then_some(())
            };
            let mut records = store.records();
            records.find_map(|record| is_copy(&Value::Object(record.map())))?;
            Some(Reply::error(
                409,
                "duplicate",
                "this interaction is known already",
            ))
        })],
    ),
    fault(
        "escaped-slashes",
        "TMF683-4-CTK-011",
        "slashes are escaped in JSON, which is legal, but not for the kit",
        &[Finish(|_, reply| {
            if reply.header("content-type").is_some() {
                reply.rewrite(|text| text.replace('/', "\\/"));
            }
        })],
    ),
    fault(
        "list-206",
        "TMF683-4-CTK-012",
        "a list without parameters is answered 206",
        &[Finish(|call, reply| {
            if lists_all(call) && reply.succeeded() {
                reply.status = 206;
            }
        })],
    ),
    fault(
        "list-without-direction",
        "TMF683-4-CTK-013",
        "the elements of the whole list lack direction",
        &[Show(LISTED, |record, call| {
            if lists_all(call) {
                remove(record, "direction");
            }
        })],
    ),
    fault(
        "list-numeric-reason",
        "TMF683-4-CTK-014",
        "the elements of the whole list have reason as a number",
        &[Show(LISTED, |record, call| {
            if lists_all(call) {
                replace(record, "reason", 5);
            }
        })],
    ),
    fault(
        "list-empty",
        "TMF683-4-CTK-015",
        "the whole list is always empty",
        &[Match(|call, found, _| {
            if lists_all(call) {
                found.clear();
            }
        })],
    ),
    fault(
        "get-202",
        "TMF683-4-CTK-016",
        "a retrieval by id is answered 202",
        &[Finish(|call, reply| {
            if call.asks(Retrieve) && reply.succeeded() && call.query.is_empty() {
                reply.status = 202;
            }
        })],
    ),
    fault(
        "get-without-reason",
        "TMF683-4-CTK-017",
        "a retrieval by id lacks reason",
        &[Show(RETRIEVED, |record, call| {
            if call.query.is_empty() {
                remove(record, "reason");
            }
        })],
    ),
    fault(
        "get-channel-object",
        "TMF683-4-CTK-018",
        "a retrieval by id has one channel as an object",
        &[Show(RETRIEVED, |record, _| {
            let first = first_of(record, "channel");
            replace(record, "channel", first);
        })],
    ),
    fault(
        "filter-direction-500",
        "TMF683-4-CTK-019",
        "a filter on direction alone is answered 500",
        &[Answer(|call, _| {
            (filters_on(call, "direction") && call.query.len() == 1).then(crash)
        })],
    ),
    fault(
        "filter-href-404",
        "TMF683-4-CTK-020",
        "a filter on href is answered 404",
        &[Answer(|call, _| {
            let reply = || Reply::error(404, "notFound", "no such party interaction");
            filters_on(call, "href").then(reply)
        })],
    ),
    fault(
        "filter-href-empty",
        "TMF683-4-CTK-020",
        "a filter on href finds nothing",
        &[Match(|call, found, _| {
            if filters_on(call, "href") {
                found.clear();
            }
        })],
    ),
    fault(
        "filter-id-400",
        "TMF683-4-CTK-021",
        "a filter on id alone is answered 400",
        &[Answer(|call, _| {
            let reply = || Reply::error(400, "invalidParameter", "id is no filter");
            (filters_on(call, "id") && call.query.len() == 1).then(reply)
        })],
    ),
    fault(
        "filter-reason-empty",
        "TMF683-4-CTK-022",
        "a filter on reason alone finds nothing",
        &[Match(|call, found, _| {
            if filters_on(call, "reason") && call.query.len() == 1 {
                found.clear();
            }
        })],
    ),
    fault(
        "unknown-id-200",
        "TMF683-4-CTK-023",
        "an unknown id is answered 200 with an empty object",
        &[Finish(|call, reply| {
            if call.asks(Retrieve) && reply.status == 404 {
                *reply = Reply::json(200, json!({}));
            }
        })],
    ),
    fault(
        "content-type-on-get-415",
        "TMF683-4-CTK-024",
        "a GET with a Content-Type is answered 415",
        &[Answer(|call, _| {
            let is_read = call.asks(List) || call.asks(Retrieve);
            let reply = || Reply::error(415, "unsupportedMediaType", "a GET has no body");
            (is_read && !call.media_type().is_empty()).then(reply)
        })],
    ),
    fault(
        "trailing-slash-only",
        "TMF683-4-CTK-025",
        "the resource is reached with a slash at the end only",
        &[Misread(|call| {
            let path = call.target.split('?').next().unwrap_or_default();
            let path = path.strip_suffix('/').unwrap_or("").to_owned();
            call.route = super::super::call::Route::of(&path);
        })],
    ),
    fault(
        "reads-without-id",
        "TMF683-4-CTK-017",
        "lists and retrievals lack id",
        &[Show(READS, |record, _| remove(record, "id"))],
    ),
];

fn wrong(pointer: &str, flaw: Flaw) -> Violation {
    Violation {
        pointer: pointer.to_owned(),
        flaw,
    }
}
