//! Faults in PATCH: what is answered, what is refused, and what becomes of it.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::call::Call;
use super::super::call::Operation::Patch;
use super::super::effect::Effect::{Answer, Finish, Match, Overlook, Revise, Show};
use super::super::effect::{Object, PATCHED};
use super::super::model::Flaw;
use super::super::reply::Reply;
use super::super::store::{Record, Store};
use super::tools::{crash, edit, filters_on, is, named, not_offered, remove, replace, text};
use super::{FaultInfo, fault};

/// A row for an attribute that a patch should not change, but does.
macro_rules! patchable {
    ($name:literal, $requirement:literal, $attribute:literal) => {
        fault(
            $name,
            $requirement,
            concat!("a patch changes ", $attribute),
            &[Overlook(Patch, |violation| {
                is(violation, $attribute, &[Flaw::Unwanted])
            })],
        )
    };
}

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    fault(
        "patch-204",
        "TMF683-4-PAT-001",
        "a patch is answered 204",
        &[Finish(|call, reply| {
            if call.asks(Patch) && reply.succeeded() {
                *reply = Reply::empty(204);
            }
        })],
    ),
    fault(
        "patch-202",
        "TMF683-4-PAT-001",
        "a patch is answered 202",
        &[Finish(|call, reply| {
            if call.asks(Patch) && reply.succeeded() {
                reply.status = 202;
            }
        })],
    ),
    fault(
        "patch-500",
        "TMF683-4-PAT-001",
        "a patch is stored, but answered 500",
        &[Finish(|call, reply| {
            if call.asks(Patch) && reply.succeeded() {
                *reply = crash();
            }
        })],
    ),
    fault(
        "patch-answers-patch",
        "TMF683-4-PAT-001",
        "a patch is answered with the patch alone",
        &[Finish(|call, reply| {
            if call.asks(Patch) && reply.succeeded() {
                *reply = Reply::json(200, call.json());
            }
        })],
    ),
    fault(
        "patch-answers-before",
        "TMF683-4-PAT-001",
        "a patch is answered with the state before it",
        &[Show(PATCHED, |record, call| {
            for (name, value) in call.json().as_object().into_iter().flatten() {
                if value.is_string() {
                    replace(record, name, "as before");
                }
            }
        })],
    ),
    fault(
        "patch-answers-array",
        "TMF683-4-PAT-001",
        "a patch is answered with an array",
        &[Finish(|call, reply| {
            if call.asks(Patch) && reply.succeeded() {
                reply.change(|document| *document = json!([document.take()]));
            }
        })],
    ),
    fault(
        "patch-answers-without-channel",
        "TMF683-4-PAT-001",
        "a patch is answered with the record without its channel",
        &[Show(PATCHED, |record, _| remove(record, "channel"))],
    ),
    fault(
        "patch-answers-without-notes",
        "TMF683-4-PAT-001",
        "a patch is answered with the record without its notes",
        &[Show(PATCHED, |record, _| remove(record, "note"))],
    ),
    fault(
        "patch-not-stored",
        "TMF683-4-PAT-002",
        "a patch is answered well, but not stored",
        &[Answer(|call, store| {
            let record = harmlessly_patched(call, store)?;
            Some(Reply::json(200, Value::Object(record)))
        })],
    ),
    fault(
        "patch-filter-stale",
        "TMF683-4-PAT-002",
        "a filter by reason goes by the reason from before the first patch",
        &[
            Answer(|call, store| {
                let record = named(call, store).filter(|_| call.asks(Patch))?;
                let key = format!("reason {}", call.id());
                let reason = text(&record, "reason").to_owned();
                store.memory.entry(key).or_insert(reason);
                None
            }),
            Match(|call, found, all| {
                if let Some(reason) = call
                    .parameter("reason")
                    .filter(|_| filters_on(call, "reason"))
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
            }),
        ],
    ),
    fault(
        "patch-drops-other-scripts",
        "TMF683-4-PAT-002",
        "a patched description loses all that is not ASCII",
        &[Revise(|after, _, patch| {
            if patch.contains_key("description") {
                edit(after, "description", |text| {
                    text.chars().filter(char::is_ascii).collect()
                });
            }
        })],
    ),
    fault(
        "patch-moves",
        "TMF683-4-PAT-008",
        "a patch of the id moves the record there",
        &[Answer(|call, store| {
            let mut record = named(call, store).filter(|_| call.asks(Patch))?;
            let patch = call.json();
            let id = patch.get("id").and_then(Value::as_str)?;
            record.insert("id".to_owned(), id.into());
            store.remove(call.id());
            store.put(id, Value::Object(record.clone()).to_string());
            Some(Reply::json(200, Value::Object(record)))
        })],
    ),
    fault(
        "patch-415",
        "TMF683-4-PAT-004",
        "a patch is refused in the media types of JSON and of merge patches",
        &[Answer(|call, _| {
            call.asks(Patch)
                .then(|| unsupported("application/vnd.patch"))
        })],
    ),
    fault(
        "patch-merge-415",
        "TMF683-4-PAT-004",
        "a patch is refused as application/merge-patch+json",
        &[Answer(|call, _| {
            let is_merge = call.asks(Patch) && call.media_type() == "application/merge-patch+json";
            is_merge.then(|| unsupported("application/json"))
        })],
    ),
    fault(
        "patch-merge-ignored",
        "TMF683-4-PAT-004",
        "a merge patch is answered 200, but nothing changes",
        &[Revise(|after, before, _| *after = before.clone())],
    ),
    fault(
        "json-patch-500",
        "TMF683-4-SPC-043",
        "a JSON Patch is answered 500",
        &[Answer(|call, _| {
            let is_json_patch = call.media_type() == "application/json-patch+json";
            (call.asks(Patch) && is_json_patch).then(crash)
        })],
    ),
    patchable!("patch-changes-id", "TMF683-4-PAT-008", "id"),
    patchable!("patch-changes-href", "TMF683-4-PAT-009", "href"),
    patchable!("patch-changes-direction", "TMF683-4-PAT-010", "direction"),
    fault(
        "patch-removes-reason",
        "TMF683-4-PAT-011",
        "a patch can remove the reason",
        &[Overlook(Patch, |violation| {
            is(violation, "reason", &[Flaw::Missing])
        })],
    ),
    fault(
        "patch-blanks-reason",
        "TMF683-4-PAT-011",
        "a patch can make the reason blank",
        &[Overlook(Patch, |violation| {
            is(violation, "reason", &[Flaw::Blank])
        })],
    ),
    fault(
        "patch-empties-channel",
        "TMF683-4-PAT-011",
        "a patch can make the channel empty",
        &[Overlook(Patch, |violation| {
            is(violation, "channel", &[Flaw::Empty])
        })],
    ),
    fault(
        "patch-removes-channel",
        "TMF683-4-PAT-011",
        "a patch can remove the channel",
        &[Overlook(Patch, |violation| {
            is(violation, "channel", &[Flaw::Missing])
        })],
    ),
    fault(
        "patch-removes-direction",
        "TMF683-4-PAT-011",
        "a patch can remove the direction",
        &[
            Overlook(Patch, |violation| {
                is(violation, "direction", &[Flaw::Missing, Flaw::Unwanted])
            }),
            Revise(|after, before, patch| {
                // A direction that is changed, not removed, stays what it was.
                if patch.get("direction").is_some_and(|value| !value.is_null()) {
                    replace(after, "direction", before.get("direction").cloned());
                }
            }),
        ],
    ),
    fault(
        "patch-accepts-party-without-type",
        "TMF683-4-PAT-012",
        "a patch takes a related party without @referredType",
        &[Overlook(Patch, |violation| {
            violation.concerns("relatedParty") && violation.flaw == Flaw::Missing
        })],
    ),
    fault(
        "patch-accepts-channel-without-id",
        "TMF683-4-PAT-012",
        "a patch takes a channel without an id",
        &[Overlook(Patch, |violation| {
            violation.concerns("channel") && violation.ends_with("id")
        })],
    ),
    fault(
        "patch-unknown-200",
        "TMF683-4-PAT-013",
        "a patch of an unknown id is answered 200",
        &[Finish(|call, reply| {
            if call.asks(Patch) && reply.status == 404 {
                *reply = Reply::json(200, json!({"id": call.id(), "href": "/"}));
            }
        })],
    ),
    fault(
        "patch-unknown-creates",
        "TMF683-4-PAT-013",
        "a patch of an unknown id creates the record",
        &[Answer(|call, store| {
            if !call.asks(Patch) || store.get(call.id()).is_some() {
                return None;
            }
            let mut record = call.json().as_object()?.clone();
            record.insert("id".to_owned(), call.id().into());
            store.put(call.id(), Value::Object(record.clone()).to_string());
            Some(Reply::json(201, Value::Object(record)))
        })],
    ),
    fault(
        "patch-unknown-500",
        "TMF683-4-PAT-013",
        "a patch of an unknown id is answered 500",
        &[Finish(|call, reply| {
            if call.asks(Patch) && reply.status == 404 {
                *reply = crash();
            }
        })],
    ),
    fault(
        "patch-unknown-html",
        "TMF683-4-PAT-013",
        "a patch of an unknown id is answered 404 with an HTML page",
        &[Finish(|call, reply| {
            if call.asks(Patch) && reply.status == 404 {
                reply.show_html();
            }
        })],
    ),
    fault(
        "patch-malformed-500",
        "TMF683-4-PAT-014",
        "a patch that is no JSON is answered 500",
        &[Answer(|call, _| {
            (call.asks(Patch) && !is_json(&call.body)).then(crash)
        })],
    ),
    fault(
        "patch-malformed-200",
        "TMF683-4-PAT-014",
        "a patch that is no JSON is answered 200 with the record",
        &[Answer(|call, store| {
            let record = named(call, store)?;
            let answer = || Reply::json(200, Value::Object(record));
            (call.asks(Patch) && !is_json(&call.body)).then(answer)
        })],
    ),
    fault(
        "patch-malformed-clears",
        "TMF683-4-PAT-014",
        "a patch that is no JSON is refused, but the reason is changed",
        &[Answer(|call, store| {
            let mut record =
                named(call, store).filter(|_| call.asks(Patch) && !is_json(&call.body))?;
            replace(&mut record, "reason", "changed by accident");
            store.put(call.id(), Value::Object(record).to_string());
            None
        })],
    ),
    fault(
        "patch-status-date-old",
        "TMF683-4-PAT-015",
        "a patch of the status leaves statusChangeDate as it was",
        &[Revise(|after, before, _| {
            match before.get("statusChangeDate") {
                Some(date) => replace(after, "statusChangeDate", date.clone()),
                None => remove(after, "statusChangeDate"),
            }
        })],
    ),
    patchable!("patch-changes-type", "TMF683-4-PAT-016", "@type"),
    patchable!("patch-changes-base-type", "TMF683-4-PAT-016", "@baseType"),
    patchable!(
        "patch-changes-schema-location",
        "TMF683-4-PAT-016",
        "@schemaLocation"
    ),
    fault(
        "patch-counts",
        "TMF683-4-PAT-017",
        "each patch that does not name the description lengthens it",
        &[Revise(|after, _, patch| {
            if !patch.contains_key("description") {
                edit(after, "description", |text| format!("{text}."));
            }
        })],
    ),
    fault(
        "patch-again-409",
        "TMF683-4-PAT-017",
        "a patch that changes nothing is refused with 409",
        &[Answer(|call, store| {
            let record = named(call, store).filter(|_| call.asks(Patch))?;
            let patch = call.json();
            let patch = patch.as_object().filter(|patch| !patch.is_empty())?;
            let is_known = |(name, value): (&String, &Value)| record.get(name) == Some(value);
            let refusal = || Reply::error(409, "noChange", "the record has these values already");
            patch.iter().all(is_known).then(refusal)
        })],
    ),
    fault(
        "patch-missing-404",
        "TMF683-4-PAT-018",
        "PATCH is not offered, and refused with 404",
        &[Answer(|call, _| {
            let refusal = || Reply::error(404, "notFound", "there is nothing at this path");
            call.asks(Patch).then(refusal)
        })],
    ),
    fault(
        "patch-missing-empty",
        "TMF683-4-PAT-018",
        "PATCH is not offered, and refused with 405 without a body",
        &[Answer(|call, _| {
            call.asks(Patch)
                .then(|| Reply::empty(405).with("allow", "GET"))
        })],
    ),
    fault(
        "patch-missing-executed",
        "TMF683-4-PAT-018",
        "a patch is refused with 405, but executed",
        &[Answer(|call, store| {
            let record = harmlessly_patched(call, store)?;
            store.put(call.id(), Value::Object(record).to_string());
            Some(not_offered(405))
        })],
    ),
];

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
