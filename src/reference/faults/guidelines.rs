//! Faults against the design guidelines (TMF630), filters, pages and sorting apart.

use axum::http::Method;
use serde_json::{Value, json};

use super::super::call::Operation::{Create, List, Patch, Retrieve};
use super::super::call::Route;
use super::super::effect::Effect::{Answer, Finish, Identify, Keep, Misread, Select, Show};
use super::super::effect::{ANSWERS, LISTED, READS, RETRIEVED};
use super::super::model::is_known;
use super::super::reply::{Body, JSON, Reply};
use super::tools::{crash, edit, named, remove, replace};
use super::{FaultInfo, fault};

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    fault(
        "accept-any-406",
        "TMF683-45-GDL-001",
        "a request that accepts everything is refused with 406",
        &[Answer(|call, _| {
            (call.header(axum::http::header::ACCEPT) == "*/*").then(not_acceptable)
        })],
    ),
    fault(
        "accept-none-406",
        "TMF683-45-GDL-001",
        "a list request without Accept is refused with 406",
        &[Answer(|call, _| {
            (call.asks(List) && call.header(axum::http::header::ACCEPT).is_empty())
                .then(not_acceptable)
        })],
    ),
    fault(
        "accept-any-xml",
        "TMF683-45-GDL-001",
        "a request that accepts everything is answered with XML",
        &[Finish(|call, reply| {
            if call.asks(List) && call.header(axum::http::header::ACCEPT) == "*/*" {
                xml(reply);
            }
        })],
    ),
    fault(
        "accept-xml-500",
        "TMF683-45-GDL-002",
        "a request that accepts XML only is answered 500",
        &[Answer(|call, _| (!call.accepts_json()).then(crash))],
    ),
    fault(
        "accept-xml-xml",
        "TMF683-45-GDL-002",
        "a request that accepts XML only is answered with XML that is called JSON",
        &[Answer(|call, _| {
            let accepts = call.header(axum::http::header::ACCEPT);
            (call.asks(List) && accepts.contains("xml") && !call.accepts_json()).then(|| {
                let mut reply = Reply::json(200, Value::Null);
                xml(&mut reply);
                reply.with("content-type", JSON)
            })
        })],
    ),
    fault(
        "any-media-type-201",
        "TMF683-45-GDL-003",
        "a create is taken in any media type",
        &[Misread(|call| {
            if call.asks(Create) {
                call.headers.remove("content-type");
            }
        })],
    ),
    fault(
        "any-media-type-500",
        "TMF683-45-GDL-003",
        "a create in another media type is answered 500",
        &[Finish(|call, reply| {
            if call.asks(Create) && reply.status == 415 {
                *reply = crash();
            }
        })],
    ),
    fault(
        "location-missing",
        "TMF683-45-GDL-004",
        "a create answer has no Location",
        &[Finish(|call, reply| {
            if call.asks(Create) {
                reply.drop_header("location");
            }
        })],
    ),
    fault(
        "location-dead",
        "TMF683-45-GDL-004",
        "the Location of a create leads nowhere",
        &[Finish(|call, reply| {
            if let Some(location) = reply.header("location").filter(|_| call.asks(Create)) {
                let location = format!("{location}0");
                reply.set("location", location);
            }
        })],
    ),
    fault(
        "location-collection",
        "TMF683-45-GDL-005",
        "the Location of a create is the collection",
        &[Finish(|call, reply| {
            if let Some(location) = reply.header("location").filter(|_| call.asks(Create)) {
                let start = location.rsplit_once('/').map_or("", |(start, _)| start);
                let location = start.to_owned();
                reply.set("location", location);
            }
        })],
    ),
    fault(
        "patched-without-href",
        "TMF683-45-GDL-006",
        "the answer to a patch lacks id and href",
        &[Finish(|call, reply| {
            if call.asks(Patch) && reply.succeeded() {
                reply.change_objects(|record| {
                    remove(record, "id");
                    remove(record, "href");
                });
            }
        })],
    ),
    fault(
        "list-slim",
        "TMF683-45-GDL-007",
        "lists show the mandatory attributes only",
        &[Show(LISTED, |record, call| {
            if call.parameter("fields").is_none() {
                let kept = ["id", "href", "direction", "reason", "channel"];
                record.retain(|name, _| kept.contains(&name.as_str()));
            }
        })],
    ),
    fault(
        "get-slim",
        "TMF683-45-GDL-007",
        "a retrieval by id shows the mandatory attributes only",
        &[Show(RETRIEVED, |record, call| {
            if call.parameter("fields").is_none() {
                let kept = ["id", "href", "direction", "reason", "channel"];
                record.retain(|name, _| kept.contains(&name.as_str()));
            }
        })],
    ),
    fault(
        "fields-none-ignored",
        "TMF683-45-GDL-008",
        "fields=none is ignored",
        &[Misread(|call| {
            if call.parameter("fields") == Some("none") {
                call.forget("fields");
            }
        })],
    ),
    fault(
        "fields-none-empty",
        "TMF683-45-GDL-008",
        "fields=none brings empty objects",
        &[Select(READS, |selected, _, selection| {
            if selection.wants("none") {
                selected.clear();
            }
        })],
    ),
    fault(
        "fields-none-400",
        "TMF683-45-GDL-008",
        "fields=none is refused",
        &[Answer(|call, _| {
            let refusal =
                || Reply::error(400, "invalidParameter", "no attribute has the name none");
            (call.parameter("fields") == Some("none")).then(refusal)
        })],
    ),
    fault(
        "fields-without-href",
        "TMF683-45-GDL-009",
        "attribute selection does not bring id and href",
        &[Select(READS, |selected, _, selection| {
            if !selection.wants("none") {
                selected.retain(|name, _| selection.wants(name));
            }
        })],
    ),
    fault(
        "fields-unknown-404",
        "TMF683-45-GDL-010",
        "attribute selection of a name that no attribute has is answered 404",
        &[Answer(|call, _| {
            let names = call.parameter("fields").filter(|_| call.asks(Retrieve))?;
            let is_unknown = |name: &str| {
                name != "none" && !is_known(name.split('.').next().unwrap_or_default())
            };
            let refusal = || Reply::error(404, "notFound", "there is no such attribute");
            names.split(',').any(is_unknown).then(refusal)
        })],
    ),
    fault(
        "fields-dotted-first-only",
        "TMF683-45-GDL-011",
        "attribute selection by a dotted name brings the first element only",
        &[Select(READS, |selected, full, selection| {
            for (name, value) in selected.iter_mut() {
                let is_part = !selection.wants(name) && full.get(name) != Some(value);
                if let (true, Value::Array(items)) = (is_part, value) {
                    items.truncate(1);
                }
            }
        })],
    ),
    fault(
        "fields-on-create-400",
        "TMF683-45-GDL-012",
        "fields on a create is refused",
        &[Answer(|call, _| {
            let refusal = || Reply::error(400, "invalidParameter", "fields is for reading");
            (call.asks(Create) && call.parameter("fields").is_some()).then(refusal)
        })],
    ),
    fault(
        "status-of-its-own-code",
        "TMF683-45-GDL-043",
        "refused bodies are answered with a code that no registry knows",
        &[Finish(|_, reply| {
            if reply.status == 400 {
                reply.status = 460;
                set_error(reply, "status", "460");
            }
        })],
    ),
    fault(
        "unknown-id-status-499",
        "TMF683-45-GDL-043",
        "an undefined method is answered 499",
        &[Finish(|_, reply| {
            if reply.status == 405 {
                reply.status = 499;
                set_error(reply, "status", "499");
            }
        })],
    ),
    fault(
        "allow-missing",
        "TMF683-45-GDL-044",
        "a 405 answer has no Allow",
        &[Finish(|_, reply| {
            if reply.status == 405 {
                reply.drop_header("allow");
            }
        })],
    ),
    fault(
        "allow-empty",
        "TMF683-45-GDL-044",
        "the Allow of a 405 answer is empty",
        &[Finish(|_, reply| {
            if reply.status == 405 {
                reply.set("allow", "");
            }
        })],
    ),
    fault(
        "error-status-other",
        "TMF683-45-GDL-045",
        "the status of errors is always 500",
        &[Finish(|_, reply| {
            if reply.failed() {
                set_error(reply, "status", "500");
            }
        })],
    ),
    fault(
        "error-status-words",
        "TMF683-45-GDL-045",
        "the status of errors is a word",
        &[Finish(|_, reply| {
            if reply.failed() {
                set_error(reply, "status", "failed");
            }
        })],
    ),
    fault(
        "get-counts-views",
        "TMF683-45-GDL-046",
        "each retrieval lengthens the description",
        &[Answer(|call, store| {
            let mut record = named(call, store).filter(|_| call.asks(Retrieve))?;
            edit(&mut record, "description", |text| format!("{text}."));
            record.entry("description").or_insert_with(|| "seen".into());
            store.put(call.id(), Value::Object(record).to_string());
            None
        })],
    ),
    fault(
        "get-creates-copy",
        "TMF683-45-GDL-046",
        "each retrieval leaves a copy of the record",
        &[Answer(|call, store| {
            let mut record = named(call, store).filter(|_| call.asks(Retrieve))?;
            let id = store.new_id();
            edit(&mut record, "href", |href| href.replace(call.id(), &id));
            record.insert("id".to_owned(), id.as_str().into());
            store.put(&id, Value::Object(record).to_string());
            None
        })],
    ),
    fault(
        "get-restless",
        "TMF683-45-GDL-046",
        "each answer shows another description",
        &[Show(READS, |record, call| {
            record.insert(
                "description".to_owned(),
                format!("answer {}", call.number).into(),
            );
        })],
    ),
    fault(
        "override-on-get",
        "TMF683-45-GDL-047",
        "a GET that asks to be taken for a DELETE is taken for one",
        &[Misread(|call| {
            let asked = call.headers.get("x-http-method-override");
            if asked.is_some_and(|method| method == "DELETE") {
                call.method = Method::DELETE;
            }
        })],
    ),
    fault(
        "subtype-flattened",
        "TMF683-45-GDL-049",
        "a record of a subtype becomes a plain one",
        &[Keep(|record, _, _| {
            if record.get("@baseType") == Some(&json!("PartyInteraction")) {
                replace(record, "@type", "PartyInteraction");
            }
        })],
    ),
    fault(
        "type-other",
        "TMF683-45-GDL-050",
        "@type of a plain record is not PartyInteraction",
        &[Keep(|record, _, _| {
            record
                .entry("@type")
                .or_insert_with(|| "Interaction".into());
        })],
    ),
    fault(
        "referred-type-on-record",
        "TMF683-45-GDL-050",
        "records themselves have @referredType",
        &[Show(ANSWERS, |record, _| {
            record.insert("@type".to_owned(), "PartyInteraction".into());
            record.insert("@referredType".to_owned(), "PartyInteraction".into());
        })],
    ),
    fault(
        "directives-as-filters",
        "TMF683-45-GDL-052",
        "depth and expand are taken for filters",
        &[Answer(|call, _| {
            let is_directive = |name: &str| call.parameter(name).is_some();
            let asked = call.asks(List) && (is_directive("depth") || is_directive("expand"));
            asked.then(|| Reply::list(200, Vec::new()))
        })],
    ),
    fault(
        "type-filter-ignored",
        "TMF683-45-GDL-051",
        "a filter on @type is ignored",
        &[Misread(|call| {
            if call.asks(List) {
                call.forget("@type");
            }
        })],
    ),
    fault(
        "collection-patch-500",
        "TMF683-45-GDL-053",
        "a patch of the collection is answered 500",
        &[Answer(|call, _| {
            let patches = call.route == Route::Collection && call.method == Method::PATCH;
            patches.then(crash)
        })],
    ),
    fault(
        "stale-condition-ignored",
        "TMF683-45-GDL-054",
        "records have an ETag, but a patch under a stale one is carried out",
        &[Finish(|call, reply| {
            if call.asks(Retrieve) && reply.succeeded() {
                reply.set("etag", "\"1\"");
            }
        })],
    ),
    fault(
        "patience-without-end",
        "TMF683-45-GDL-055",
        "now and then a request is answered 429, without a word on when to come back",
        &[Answer(|call, _| {
            let refusal = || Reply::error(429, "tooManyRequests", "come back later");
            (call.number % 150 == 75).then(refusal)
        })],
    ),
    fault(
        "client-id-overwrites",
        "TMF683-45-GDL-056",
        "a create with the id of a record replaces that record",
        &[Identify(|call, store| {
            let chosen = call
                .json()
                .get("id")
                .and_then(Value::as_str)
                .map(str::to_owned);
            let chosen = chosen.filter(|id| store.get(id).is_some());
            chosen.unwrap_or_else(|| store.new_id())
        })],
    ),
    fault(
        "names-any-case",
        "TMF683-45-GDL-057",
        "attribute names are read in any case",
        &[Misread(|call| {
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
        })],
    ),
];

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
