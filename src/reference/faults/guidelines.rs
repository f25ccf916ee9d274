//! Faults against the design guidelines (TMF630), filters, pages and sorting apart.

use axum::http::Method;
use serde_json::{Value, json};

use super::families::{ignores_parameter, on_status, on_success};
use super::tools::{crash, edit, insert, insert_missing, named, remove, replace};
use crate::reference::call::Operation::{Create, List, Patch, Retrieve};
use crate::reference::call::Route;
use crate::reference::effect::{
    ANSWERS, LISTED, READS, RETRIEVED, answer, identify, on_request, on_response, on_select,
    on_show, on_store,
};
use crate::reference::model::is_known;
use crate::reference::reply::{Body, JSON, Reply};

faults! {
    "accept-any-406" breaks "GDL-001": "a request that accepts everything is refused with 406"
        => answer(|call, _| {
            (call.header(axum::http::header::ACCEPT) == "*/*").then(not_acceptable)
        });
    "accept-none-406" breaks "GDL-001": "a list request without Accept is refused with 406"
        => answer(|call, _| {
            (call.asks(List) && call.header(axum::http::header::ACCEPT).is_empty())
                .then(not_acceptable)
        });
    "accept-any-xml" breaks "GDL-001": "a request that accepts everything is answered with XML"
        => on_response(|call, reply| {
            if call.asks(List) && call.header(axum::http::header::ACCEPT) == "*/*" {
                xml(reply);
            }
        });
    "accept-xml-500" breaks "GDL-002": "a request that accepts XML only is answered 500"
        => answer(|call, _| (!call.accepts_json()).then(crash));
    "accept-xml-xml" breaks "GDL-002": "a request that accepts XML only is answered with XML that is called JSON"
        => answer(|call, _| {
            let accepts = call.header(axum::http::header::ACCEPT);
            (call.asks(List) && accepts.contains("xml") && !call.accepts_json()).then(|| {
                let mut reply = Reply::json(200, Value::Null);
                xml(&mut reply);
                reply.with("content-type", JSON)
            })
        });
    "any-media-type-201" breaks "GDL-003": "a create is taken in any media type"
        => on_request(|call| if call.asks(Create) { call.headers.remove("content-type"); });
    "any-media-type-500" breaks "GDL-003": "a create in another media type is answered 500"
        => on_status(Create, 415, |_, reply| *reply = crash());
    "location-missing" breaks "GDL-004": "a create answer has no Location"
        => on_response(|call, reply| if call.asks(Create) { reply.drop_header("location"); });
    "location-dead" breaks "GDL-004": "the Location of a create leads nowhere"
        => on_response(|call, reply| {
            if let Some(location) = reply.header("location").filter(|_| call.asks(Create)) {
                let location = format!("{location}0");
                reply.set("location", location);
            }
        });
    "location-collection" breaks "GDL-005": "the Location of a create is the collection"
        => on_response(|call, reply| {
            if let Some(location) = reply.header("location").filter(|_| call.asks(Create)) {
                let start = location.rsplit_once('/').map_or("", |(start, _)| start);
                let location = start.to_owned();
                reply.set("location", location);
            }
        });
    "patched-without-href" breaks "GDL-006": "the answer to a patch lacks id and href"
        => on_success(Patch, |_, reply| {
            reply.change_objects(|record| {
                remove(record, "id");
                remove(record, "href");
            });
        });
    "list-slim" breaks "GDL-007": "lists show the mandatory attributes only"
        => on_show(LISTED, |record, call| if call.parameter("fields").is_none() {
            let kept = ["id", "href", "direction", "reason", "channel"];
            record.retain(|name, _| kept.contains(&name.as_str()));
        });
    "get-slim" breaks "GDL-007": "a retrieval by id shows the mandatory attributes only"
        => on_show(RETRIEVED, |record, call| if call.parameter("fields").is_none() {
            let kept = ["id", "href", "direction", "reason", "channel"];
            record.retain(|name, _| kept.contains(&name.as_str()));
        });
    "fields-none-ignored" breaks "GDL-008": "fields=none is ignored"
        => on_request(|call| if call.parameter("fields") == Some("none") {
            call.forget("fields");
        });
    "fields-none-empty" breaks "GDL-008": "fields=none brings empty objects"
        => on_select(READS, |selected, _, selection| if selection.wants("none") {
            selected.clear();
        });
    "fields-none-400" breaks "GDL-008": "fields=none is refused"
        => answer(|call, _| {
            let refusal =
                || Reply::error(400, "invalidParameter", "no attribute has the name none");
            (call.parameter("fields") == Some("none")).then(refusal)
        });
    "fields-without-href" breaks "GDL-009": "attribute selection does not bring id and href"
        => on_select(READS, |selected, _, selection| if !selection.wants("none") {
            selected.retain(|name, _| selection.wants(name));
        });
    "fields-unknown-404" breaks "GDL-010": "attribute selection of a name that no attribute has is answered 404"
        => answer(|call, _| {
            let names = call.parameter("fields").filter(|_| call.asks(Retrieve))?;
            let is_unknown = |name: &str| {
                name != "none" && !is_known(name.split('.').next().unwrap_or_default())
            };
            let refusal = || Reply::error(404, "notFound", "there is no such attribute");
            names.split(',').any(is_unknown).then(refusal)
        });
    "fields-dotted-first-only" breaks "GDL-011": "attribute selection by a dotted name brings the first element only"
        => on_select(READS, |selected, full, selection| {
            for (name, value) in selected.iter_mut() {
                let is_part = !selection.wants(name) && full.get(name) != Some(value);
                if let (true, Value::Array(items)) = (is_part, value) {
                    items.truncate(1);
                }
            }
        });
    "fields-on-create-400" breaks "GDL-012": "fields on a create is refused"
        => answer(|call, _| {
            let refusal = || Reply::error(400, "invalidParameter", "fields is for reading");
            (call.asks(Create) && call.parameter("fields").is_some()).then(refusal)
        });
    "status-of-its-own-code" breaks "GDL-043": "refused bodies are answered with a code that no registry knows"
        => on_response(|_, reply| if reply.status == 400 {
            reply.status = 460;
            set_error(reply, "status", "460");
        });
    "unknown-id-status-499" breaks "GDL-043": "an undefined method is answered 499"
        => on_response(|_, reply| if reply.status == 405 {
            reply.status = 499;
            set_error(reply, "status", "499");
        });
    "allow-missing" breaks "GDL-044": "a 405 answer has no Allow"
        => on_response(|_, reply| if reply.status == 405 { reply.drop_header("allow"); });
    "allow-empty" breaks "GDL-044": "the Allow of a 405 answer is empty"
        => on_response(|_, reply| if reply.status == 405 { reply.set("allow", ""); });
    "error-status-other" breaks "GDL-045": "the status of errors is always 500"
        => on_response(|_, reply| if reply.failed() { set_error(reply, "status", "500"); });
    "error-status-words" breaks "GDL-045": "the status of errors is a word"
        => on_response(|_, reply| if reply.failed() { set_error(reply, "status", "failed"); });
    "get-counts-views" breaks "GDL-046": "each retrieval lengthens the description"
        => answer(|call, store| {
            let mut record = named(call, store).filter(|_| call.asks(Retrieve))?;
            edit(&mut record, "description", |text| format!("{text}."));
            insert_missing(&mut record, "description", "seen");
            store.put(call.id(), Value::Object(record).to_string());
            None
        });
    "get-creates-copy" breaks "GDL-046": "each retrieval leaves a copy of the record"
        => answer(|call, store| {
            let mut record = named(call, store).filter(|_| call.asks(Retrieve))?;
            let id = store.new_id();
            edit(&mut record, "href", |href| href.replace(call.id(), &id));
            insert(&mut record, "id", id.as_str());
            store.put(&id, Value::Object(record).to_string());
            None
        });
    "get-restless" breaks "GDL-046": "each answer shows another description"
        => on_show(READS, |record, call| {
            insert(record, "description", format!("answer {}", call.number));
        });
    "override-on-get" breaks "GDL-047": "a GET that asks to be taken for a DELETE is taken for one"
        => on_request(|call| {
            let asked = call.headers.get("x-http-method-override");
            if asked.is_some_and(|method| method == "DELETE") {
                call.method = Method::DELETE;
            }
        });
    "subtype-flattened" breaks "GDL-049": "a record of a subtype becomes a plain one"
        => on_store(|record, _, _| if record.get("@baseType") == Some(&json!("PartyInteraction")) {
            replace(record, "@type", "PartyInteraction");
        });
    "type-other" breaks "GDL-050": "@type of a plain record is not PartyInteraction"
        => on_store(|record, _, _| insert_missing(record, "@type", "Interaction"));
    "referred-type-on-record" breaks "GDL-050": "records themselves have @referredType"
        => on_show(ANSWERS, |record, _| {
            insert(record, "@type", "PartyInteraction");
            insert(record, "@referredType", "PartyInteraction");
        });
    "directives-as-filters" breaks "GDL-052": "depth and expand are taken for filters"
        => answer(|call, _| {
            let is_directive = |name: &str| call.parameter(name).is_some();
            let asked = call.asks(List) && (is_directive("depth") || is_directive("expand"));
            asked.then(|| Reply::list(200, Vec::new()))
        });
    "type-filter-ignored" breaks "GDL-051": "a filter on @type is ignored"
        => ignores_parameter("@type");
    "collection-patch-500" breaks "GDL-053": "a patch of the collection is answered 500"
        => answer(|call, _| {
            let patches = call.route == Route::Collection && call.method == Method::PATCH;
            patches.then(crash)
        });
    "stale-condition-ignored" breaks "GDL-054": "records have an ETag, but a patch under a stale one is carried out"
        => on_success(Retrieve, |_, reply| reply.set("etag", "\"1\""));
    "patience-without-end" breaks "GDL-055": "now and then a request is answered 429, without a word on when to come back"
        => answer(|call, _| {
            let refusal = || Reply::error(429, "tooManyRequests", "come back later");
            (call.number % 150 == 75).then(refusal)
        });
    "client-id-overwrites" breaks "GDL-056": "a create with the id of a record replaces that record"
        => identify(|call, store| {
            let chosen = call.json().get("id").and_then(Value::as_str).map(str::to_owned);
            let chosen = chosen.filter(|id| store.get(id).is_some());
            chosen.unwrap_or_else(|| store.new_id())
        });
    "names-any-case" breaks "GDL-057": "attribute names are read in any case"
        => on_request(|call| {
            if call.asks(Create)
                && let Value::Object(body) = call.json()
            {
                let lower = |name: &str| match name.to_ascii_lowercase().as_str() {
                    known @ ("reason" | "direction" | "channel") => known.to_owned(),
                    _ => name.to_owned(),
                };
                let renamed = body.into_iter().map(|(name, value)| (lower(&name), value));
                call.body = Value::Object(renamed.collect()).to_string().into();
            }
        });
}

fn not_acceptable() -> Reply {
    Reply::error(406, "notAcceptable", "say what you accept")
}

fn xml(reply: &mut Reply) {
    reply.body = Body::Raw("<partyInteractions/>".into());
    reply.set("content-type", "application/xml");
}

fn set_error(reply: &mut Reply, name: &str, value: &str) {
    reply.change(|error| {
        if error.is_object() {
            error[name] = json!(value);
        }
    });
}
