//! Faults in PATCH: what is answered, what is refused, and what becomes of it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::families::{accepts, missing, on_status, on_success};
use super::tools::{crash, edit, filters_on, insert, named, not_offered, remove, replace, text};
use crate::reference::call::Call;
use crate::reference::call::Operation::Patch;
use crate::reference::effect::{
    Object, PATCHED, answer, on_matches, on_patch, on_response, on_show, overlook,
};
use crate::reference::model::Flaw;
use crate::reference::reply::Reply;
use crate::reference::store::{Record, Store};

faults! {
    "patch-message" breaks "PAT-001": "a patch is answered with a message in the place of the record"
        => on_success(Patch, |_, reply| {
            reply.change(|document| *document = json!({"message": "the record was changed"}));
        });
    "patch-204" breaks "PAT-001": "a patch is answered 204"
        => on_success(Patch, |_, reply| *reply = Reply::empty(204));
    "patch-202" breaks "PAT-001": "a patch is answered 202"
        => on_success(Patch, |_, reply| reply.status = 202);
    "patch-500" breaks "PAT-001": "a patch is stored, but answered 500"
        => on_success(Patch, |_, reply| *reply = crash());
    "patch-answers-patch" breaks "PAT-001": "a patch is answered with the patch alone"
        => on_success(Patch, |call, reply| *reply = Reply::json(200, call.json()));
    "patch-answers-before" breaks "PAT-001": "a patch is answered with the state before it"
        => on_show(PATCHED, |record, call| {
            for (name, value) in call.json().as_object().into_iter().flatten() {
                if value.is_string() {
                    replace(record, name, "as before");
                }
            }
        });
    "patch-answers-array" breaks "PAT-001": "a patch is answered with an array"
        => on_success(Patch, |_, reply| {
            reply.change(|document| *document = json!([document.take()]));
        });
    "patch-answers-without-channel" breaks "PAT-001": "a patch is answered with the record without its channel"
        => missing(PATCHED, "channel");
    "patch-answers-without-notes" breaks "PAT-001": "a patch is answered with the record without its notes"
        => missing(PATCHED, "note");
    "patch-not-stored" breaks "PAT-002": "a patch is answered well, but not stored"
        => answer(|call, store| {
            let record = harmlessly_patched(call, store)?;
            Some(Reply::json(200, Value::Object(record)))
        });
    "patch-filter-stale" breaks "PAT-002": "a filter by reason goes by the reason from before the first patch"
        => answer(|call, store| {
            let record = named(call, store).filter(|_| call.asks(Patch))?;
            let key = format!("reason {}", call.id());
            let reason = text(&record, "reason").to_owned();
            store.memory.entry(key).or_insert(reason);
            None
        })
        => on_matches(|call, found, all| {
            if let Some(reason) = call.parameter("reason").filter(|_| filters_on(call, "reason"))
            {
                let indexed = |record: &Arc<Record>| {
                    let known = all.memory.get(&format!("reason {}", record.id));
                    known.map(|known| known == reason)
                };
                found.retain(|record| indexed(record).unwrap_or(true));
                let stale = all.records().filter(|record| indexed(record) == Some(true));
                let stale: Vec<_> = stale.filter(|one| !found.contains(one)).cloned().collect();
                found.extend(stale);
            }
        });
    "patch-drops-other-scripts" breaks "PAT-002": "a patched description loses all that is not ASCII"
        => on_patch(|after, _, patch| if patch.contains_key("description") {
            edit(after, "description", |text| text.chars().filter(char::is_ascii).collect());
        });
    "patch-moves" breaks "PAT-008": "a patch of the id moves the record there"
        => answer(|call, store| {
            let mut record = named(call, store).filter(|_| call.asks(Patch))?;
            let patch = call.json();
            let id = patch.get("id").and_then(Value::as_str)?;
            insert(&mut record, "id", id);
            store.remove(call.id());
            store.put(id, Value::Object(record.clone()).to_string());
            Some(Reply::json(200, Value::Object(record)))
        });
    "patch-415" breaks "PAT-004": "a patch is refused in the media types of JSON and of merge patches"
        => answer(|call, _| call.asks(Patch).then(|| unsupported("application/vnd.patch")));
    "patch-merge-415" breaks "PAT-004": "a patch is refused as application/merge-patch+json"
        => answer(|call, _| {
            let is_merge = call.asks(Patch) && call.media_type() == "application/merge-patch+json";
            is_merge.then(|| unsupported("application/json"))
        });
    "patch-merge-ignored" breaks "PAT-004": "a merge patch is answered 200, but nothing changes"
        => on_patch(|after, before, _| *after = before.clone());
    "json-patch-500" breaks "SPC-043": "a JSON Patch is answered 500"
        => answer(|call, _| {
            let is_json_patch = call.media_type() == "application/json-patch+json";
            (call.asks(Patch) && is_json_patch).then(crash)
        });
    "patch-changes-id" breaks "PAT-008": "a patch changes id"
        => accepts(Patch, "id", &[Flaw::Unwanted]);
    "patch-changes-href" breaks "PAT-009": "a patch changes href"
        => accepts(Patch, "href", &[Flaw::Unwanted]);
    "patch-changes-direction" breaks "PAT-010": "a patch changes direction"
        => accepts(Patch, "direction", &[Flaw::Unwanted]);
    "patch-removes-reason" breaks "PAT-011": "a patch can remove the reason"
        => accepts(Patch, "reason", &[Flaw::Missing]);
    "patch-blanks-reason" breaks "PAT-011": "a patch can make the reason blank"
        => accepts(Patch, "reason", &[Flaw::Blank]);
    "patch-empties-channel" breaks "PAT-011": "a patch can make the channel empty"
        => accepts(Patch, "channel", &[Flaw::Empty]);
    "patch-removes-channel" breaks "PAT-011": "a patch can remove the channel"
        => accepts(Patch, "channel", &[Flaw::Missing]);
    "patch-removes-direction" breaks "PAT-011": "a patch can remove the direction"
        => accepts(Patch, "direction", &[Flaw::Missing, Flaw::Unwanted])
        => on_patch(|after, before, patch| {
            // A direction that is changed, not removed, stays what it was.
            if patch.get("direction").is_some_and(|value| !value.is_null()) {
                replace(after, "direction", before.get("direction").cloned());
            }
        });
    "patch-accepts-party-without-type" breaks "PAT-012": "a patch takes a related party without @referredType"
        => overlook(Patch, |violation, _| {
            violation.concerns("relatedParty") && violation.flaw == Flaw::Missing
        });
    "patch-accepts-channel-without-id" breaks "PAT-012": "a patch takes a channel without an id"
        => overlook(Patch, |violation, _| violation.concerns("channel") && violation.ends_with("id"));
    "patch-unknown-200" breaks "PAT-013": "a patch of an unknown id is answered 200"
        => on_response(|call, reply| if call.asks(Patch) && reply.status == 404 {
            *reply = Reply::json(200, json!({"id": call.id(), "href": "/"}));
        });
    "patch-unknown-creates" breaks "PAT-013": "a patch of an unknown id creates the record"
        => answer(|call, store| {
            if !call.asks(Patch) || store.get(call.id()).is_some() {
                return None;
            }
            let mut record = call.json().as_object()?.clone();
            insert(&mut record, "id", call.id());
            store.put(call.id(), Value::Object(record.clone()).to_string());
            Some(Reply::json(201, Value::Object(record)))
        });
    "patch-unknown-500" breaks "PAT-013": "a patch of an unknown id is answered 500"
        => on_status(Patch, 404, |_, reply| *reply = crash());
    "patch-unknown-html" breaks "PAT-013": "a patch of an unknown id is answered 404 with an HTML page"
        => on_status(Patch, 404, |_, reply| reply.show_html());
    "patch-malformed-500" breaks "PAT-014": "a patch that is not JSON is answered 500"
        => answer(|call, _| (call.asks(Patch) && !is_json(&call.body)).then(crash));
    "patch-malformed-200" breaks "PAT-014": "a patch that is not JSON is answered 200 with the record"
        => answer(|call, store| {
            let record = named(call, store)?;
            let answer = || Reply::json(200, Value::Object(record));
            (call.asks(Patch) && !is_json(&call.body)).then(answer)
        });
    "patch-malformed-clears" breaks "PAT-014": "a patch that is not JSON is refused, but the reason is changed"
        => answer(|call, store| {
            let mut record =
                named(call, store).filter(|_| call.asks(Patch) && !is_json(&call.body))?;
            replace(&mut record, "reason", "changed by accident");
            store.put(call.id(), Value::Object(record).to_string());
            None
        });
    "patch-status-date-old" breaks "PAT-015": "a patch of the status leaves statusChangeDate as it was"
        => on_patch(|after, before, _| {
            match before.get("statusChangeDate") {
                Some(date) => replace(after, "statusChangeDate", date.clone()),
                None => remove(after, "statusChangeDate"),
            }
        });
    "patch-changes-type" breaks "PAT-016": "a patch changes @type"
        => accepts(Patch, "@type", &[Flaw::Unwanted]);
    "patch-changes-base-type" breaks "PAT-016": "a patch changes @baseType"
        => accepts(Patch, "@baseType", &[Flaw::Unwanted]);
    "patch-changes-schema-location" breaks "PAT-016": "a patch changes @schemaLocation"
        => accepts(Patch, "@schemaLocation", &[Flaw::Unwanted]);
    "patch-counts" breaks "PAT-017": "each patch that does not name the description lengthens it"
        => on_patch(|after, _, patch| if !patch.contains_key("description") {
            edit(after, "description", |text| format!("{text}."));
        });
    "patch-again-409" breaks "PAT-017": "a patch that changes nothing is refused with 409"
        => answer(|call, store| {
            let record = named(call, store).filter(|_| call.asks(Patch))?;
            let patch = call.json();
            let patch = patch.as_object().filter(|patch| !patch.is_empty())?;
            let is_known = |(name, value): (&String, &Value)| record.get(name) == Some(value);
            let refusal = || Reply::error(409, "noChange", "the record has these values already");
            patch.iter().all(is_known).then(refusal)
        });
    "patch-missing-404" breaks "PAT-018": "PATCH is not offered, and refused with 404"
        => answer(|call, _| {
            let refusal = || Reply::error(404, "notFound", "there is nothing at this path");
            call.asks(Patch).then(refusal)
        });
    "patch-missing-empty" breaks "PAT-018": "PATCH is not offered, and refused with 405 without a body"
        => answer(|call, _| call.asks(Patch).then(|| Reply::empty(405).with("allow", "GET")));
    "patch-missing-executed" breaks "PAT-018": "a patch is refused with 405, but executed"
        => answer(|call, store| {
            let record = harmlessly_patched(call, store)?;
            store.put(call.id(), Value::Object(record).to_string());
            Some(not_offered(405))
        });
}

fn unsupported(wanted: &str) -> Reply {
    let message = format!("a patch has to be sent as {wanted}");
    Reply::error(415, "unsupportedMediaType", message)
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<Value>(body).is_ok()
}

/// What a patch that changes optional texts only makes of its record.
fn harmlessly_patched(call: &Call, store: &Store) -> Option<Object> {
    let mut record = named(call, store).filter(|_| call.asks(Patch))?;
    let patch = call.json();
    let harmless = |(name, value): (&String, &Value)| {
        ["description", "status"].contains(&name.as_str()) && value.is_string()
    };
    let patch = patch
        .as_object()
        .filter(|patch| patch.iter().all(harmless))?;
    record.extend(patch.clone());
    Some(record)
}
