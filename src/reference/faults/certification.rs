//! Faults that the official kit itself notices.

use serde_json::{Value, json};

use super::families::{finds_nothing, missing, on_status, on_success, shown_as};
use super::tools::{crash, filters_on, first_of, lists_all, remove, replace};
use crate::reference::call::Operation::{Create, List, Retrieve};
use crate::reference::call::Route;
use crate::reference::effect::{
    CREATED, LISTED, READS, RETRIEVED, answer, demand, on_matches, on_request, on_response, on_show,
};
use crate::reference::model::{Flaw, Violation};
use crate::reference::reply::Reply;

faults! {
    "post-200" breaks "CTK-001": "a create is answered 200"
        => on_success(Create, |_, reply| reply.status = 200);
    "post-202" breaks "CTK-001": "a create is answered 202"
        => on_success(Create, |_, reply| reply.status = 202);
    "create-array" breaks "CTK-002": "a create is answered with an array"
        => on_success(Create, |_, reply| {
            reply.change(|document| *document = json!([document.take()]));
        });
    "create-html" breaks "CTK-002": "a create is answered with an HTML page"
        => on_success(Create, |_, reply| reply.show_html());
    "create-without-direction" breaks "CTK-003": "the create answer lacks direction"
        => missing(CREATED, "direction");
    "create-without-href" breaks "CTK-003": "the create answer lacks href"
        => missing(CREATED, "href");
    "create-channel-object" breaks "CTK-004": "the create answer has one channel as an object"
        => on_show(CREATED, |record, _| {
            let first = first_of(record, "channel");
            replace(record, "channel", first);
        });
    "create-numeric-direction" breaks "CTK-005": "the create answer has direction as a number"
        => shown_as(CREATED, "direction", 1);
    "create-null-href" breaks "CTK-006": "the create answer has href as null"
        => shown_as(CREATED, "href", Value::Null);
    "create-numeric-id" breaks "CTK-007": "the create answer has id as a number"
        => shown_as(CREATED, "id", 4711);
    "create-reason-list" breaks "CTK-008": "the create answer has reason as a list"
        => on_show(CREATED, |record, _| {
            let reason = record.get("reason").cloned();
            replace(record, "reason", json!([reason]));
        });
    "strict-direction-list" breaks "CTK-009": "a direction other than inbound and outbound is refused"
        => demand(Create, |body| {
            let direction = body.get("direction")?.as_str()?;
            let is_known = direction == "inbound" || direction == "outbound";
            (!is_known).then(|| wrong("/direction", Flaw::Format))
        });
    "strict-create-attributes" breaks "CTK-009": "a create without interactionDate and status is refused, as the API description has it"
        => demand(Create, |body| {
            let missing = ["interactionDate", "status"].into_iter();
            let mut missing = missing.filter(|name| !body.contains_key(*name));
            missing.next().map(|name| wrong(&format!("/{name}"), Flaw::Missing))
        });
    "strict-create-schema" breaks "PRO-027": "a create with less than the API description demands is refused: interactionDate, status, href of channels"
        => demand(Create, |body| {
            let missing = ["interactionDate", "status"].into_iter();
            let mut missing = missing.filter(|name| !body.contains_key(*name));
            let channels = body.get("channel").and_then(Value::as_array).into_iter().flatten();
            let bare = channels.into_iter().any(|channel| channel.get("href").is_none());
            let place = missing.next().map(|name| format!("/{name}"));
            let place = place.or_else(|| bare.then(|| "/channel/0/href".to_owned()))?;
            Some(wrong(&place, Flaw::Missing))
        });
    "refuse-duplicates" breaks "CTK-010": "a second create with the same body is refused with 409"
        => answer(|call, store| {
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
            Some(Reply::error(409, "duplicate", "this interaction is known already"))
        });
    "escaped-slashes" breaks "CTK-011": "slashes are escaped in JSON, which is legal, but not for the kit"
        => on_response(|_, reply| if reply.header("content-type").is_some() {
            reply.rewrite(|text| text.replace('/', "\\/"));
        });
    "list-206" breaks "CTK-012": "a list without parameters is answered 206"
        => on_response(|call, reply| if lists_all(call) && reply.succeeded() {
            reply.status = 206;
        });
    "list-without-direction" breaks "CTK-013": "the elements of the whole list lack direction"
        => on_show(LISTED, |record, call| if lists_all(call) { remove(record, "direction"); });
    "list-numeric-reason" breaks "CTK-014": "the elements of the whole list have reason as a number"
        => on_show(LISTED, |record, call| if lists_all(call) { replace(record, "reason", 5); });
    "list-empty" breaks "CTK-015": "the whole list is always empty"
        => on_matches(|call, found, _| if lists_all(call) { found.clear(); });
    "get-202" breaks "CTK-016": "a retrieval by id is answered 202"
        => on_response(|call, reply| {
            if call.asks(Retrieve) && reply.succeeded() && call.query.is_empty() {
                reply.status = 202;
            }
        });
    "get-without-reason" breaks "CTK-017": "a retrieval by id lacks reason"
        => on_show(RETRIEVED, |record, call| if call.query.is_empty() {
            remove(record, "reason");
        });
    "get-channel-object" breaks "CTK-018": "a retrieval by id has one channel as an object"
        => on_show(RETRIEVED, |record, _| {
            let first = first_of(record, "channel");
            replace(record, "channel", first);
        });
    "filter-direction-500" breaks "CTK-019": "a filter on direction alone is answered 500"
        => answer(|call, _| (filters_on(call, "direction") && call.query.len() == 1).then(crash));
    "filter-href-404" breaks "CTK-020": "a filter on href is answered 404"
        => answer(|call, _| {
            let reply = || Reply::error(404, "notFound", "no such party interaction");
            filters_on(call, "href").then(reply)
        });
    "filter-href-empty" breaks "CTK-020": "a filter on href finds nothing" => finds_nothing("href");
    "filter-id-400" breaks "CTK-021": "a filter on id alone is answered 400"
        => answer(|call, _| {
            let reply = || Reply::error(400, "invalidParameter", "id is not a filter");
            (filters_on(call, "id") && call.query.len() == 1).then(reply)
        });
    "filter-reason-empty" breaks "CTK-022": "a filter on reason alone finds nothing"
        => on_matches(|call, found, _| if filters_on(call, "reason") && call.query.len() == 1 {
            found.clear();
        });
    "unknown-id-200" breaks "CTK-023": "an unknown id is answered 200 with an empty object"
        => on_status(Retrieve, 404, |_, reply| *reply = Reply::json(200, json!({})));
    "content-type-on-get-415" breaks "CTK-024": "a GET with a Content-Type is answered 415"
        => answer(|call, _| {
            let is_read = call.asks(List) || call.asks(Retrieve);
            let reply = || Reply::error(415, "unsupportedMediaType", "a GET has no body");
            (is_read && !call.media_type().is_empty()).then(reply)
        });
    "trailing-slash-only" breaks "CTK-025": "the resource is reached with a slash at the end only"
        => on_request(|call| {
            let path = call.target.split('?').next().unwrap_or_default();
            let path = path.strip_suffix('/').unwrap_or("").to_owned();
            call.route = Route::parse(&path);
        });
    "reads-without-id" breaks "CTK-017": "lists and retrievals lack id" => missing(READS, "id");
}

fn wrong(pointer: &str, flaw: Flaw) -> Violation {
    Violation {
        pointer: pointer.to_owned(),
        flaw,
    }
}
