//! Faults that show in the whole collection alone, or only later.

use std::sync::Arc;

use serde_json::Value;

use super::super::call::Operation::{Create, List, Retrieve};
use super::super::call::{Call, Route};
use super::super::effect::Effect::{Answer, Finish, Keep, Match, Misread};
use super::super::effect::Object;
use super::super::model::{Flaw, PARTY_INTERACTION, violations};
use super::super::query::DIRECTIVES;
use super::super::reply::Reply;
use super::super::store::{Record, Store};
use super::tools::{each, edit, remove, replace};
use super::{FaultInfo, fault};

/// A row for an attribute that the list without a filter shows of another record.
macro_rules! swapped {
    ($name:literal, $requirement:literal, $attribute:literal) => {
        fault(
            $name,
            $requirement,
            concat!(
                "the list without a filter shows ",
                $attribute,
                " of the neighbour"
            ),
            &[Match(|call, found, _| {
                if is_unfiltered(call) {
                    swap(found, $attribute);
                }
            })],
        )
    };
}

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    swapped!("whole-list-reason-swapped", "TMF683-4-PRO-031", "reason"),
    swapped!("whole-list-href-swapped", "TMF683-4-PRO-031", "href"),
    swapped!(
        "whole-list-direction-swapped",
        "TMF683-4-PRO-031",
        "direction"
    ),
    swapped!("whole-list-channel-swapped", "TMF683-4-SPC-018", "channel"),
    fault(
        "whole-list-note-lost",
        "TMF683-4-SPC-018",
        "the list without a filter shows no notes",
        &[Match(|call, found, _| {
            if is_unfiltered(call) {
                for record in found {
                    change(record, |map| remove(map, "note"));
                }
            }
        })],
    ),
    fault(
        "whole-list-item-lost",
        "TMF683-4-SPC-018",
        "the list without a filter shows no interaction items",
        &[Match(|call, found, _| {
            if is_unfiltered(call) {
                for record in found {
                    change(record, |map| remove(map, "interactionItem"));
                }
            }
        })],
    ),
    fault(
        "list-duplicates",
        "TMF683-4-PRO-033",
        "the list without a filter shows each record twice",
        &[Match(|call, found, _| {
            if is_unfiltered(call) {
                let twice = found.iter().flat_map(|record| [record, record]);
                *found = twice.cloned().collect();
            }
        })],
    ),
    fault(
        "whole-list-null-last",
        "TMF683-4-PRO-032",
        "the list without a filter ends with null",
        &[Finish(|call, reply| {
            if is_unfiltered(call) && reply.succeeded() {
                reply.change(|document| {
                    if let Value::Array(items) = document {
                        items.push(Value::Null);
                    }
                });
            }
        })],
    ),
    fault(
        "get-id-prefix",
        "TMF683-4-PRO-051",
        "a retrieval by the beginning of an id shows the record",
        &[Answer(|call, store| {
            let id = call.id();
            if !call.asks(Retrieve) || id.is_empty() || store.get(id).is_some() {
                return None;
            }
            let record = store.records().find(|record| record.id.starts_with(id))?;
            Some(Reply::json(200, Value::Object(record.map())))
        })],
    ),
    fault(
        "refused-but-stored",
        "TMF683-4-PRO-025",
        "a create without direction is refused and stored all the same",
        &[Answer(|call, store| {
            stored_though(call, store, |pointer, flaw| {
                pointer == "/direction" && flaw == Flaw::Missing
            })
        })],
    ),
    fault(
        "refused-party-but-stored",
        "TMF683-4-PRO-008",
        "a create with a party without id is refused and stored all the same",
        &[Answer(|call, store| {
            stored_though(call, store, |pointer, flaw| {
                pointer.starts_with("/relatedParty/")
                    && pointer.ends_with("/id")
                    && flaw == Flaw::Null
            })
        })],
    ),
    fault(
        "refused-type-but-stored",
        "TMF683-4-SPC-027",
        "a create with a text as note is refused and stored all the same",
        &[Answer(|call, store| {
            stored_though(call, store, |pointer, flaw| {
                pointer == "/note" && flaw == Flaw::Type
            })
        })],
    ),
    fault(
        "create-changes-previous-status",
        "TMF683-4-SPC-018",
        "a create gives its status to the records before",
        &[Answer(|call, store| {
            let sent = call.json();
            let status = sent.get("status").filter(|_| call.asks(Create))?;
            let status = status.as_str()?.to_owned();
            change_all(store, |map| replace(map, "status", status.as_str()));
            None
        })],
    ),
    fault(
        "lose-item-attachment",
        "TMF683-4-SPC-018",
        "the attachments of interaction items are not stored",
        &[Keep(|record, _, _| {
            each(record, "interactionItem", |item| remove(item, "attachment"));
        })],
    ),
    fault(
        "put-collection-silently",
        "TMF683-4-SPC-041",
        "PUT on the collection is refused and changes the description of all records",
        &[Answer(|call, store| {
            if call.method.as_str() == "PUT" && call.route == Route::Collection {
                // Each time anew: whatever was there before is another text.
                change_all(store, |map| {
                    edit(map, "description", |text| format!("{text} gone"))
                });
            }
            None
        })],
    ),
    fault(
        "post-member-creates",
        "TMF683-4-SPC-041",
        "POST on a member creates a record",
        &[Misread(|call| {
            if call.method.as_str() == "POST" && matches!(call.route, Route::Member(_)) {
                call.route = Route::Collection;
            }
        })],
    ),
    fault(
        "patch-collection-creates",
        "TMF683-4-SPC-041",
        "PATCH on the collection creates a record",
        &[Misread(|call| {
            if call.method.as_str() == "PATCH" && call.route == Route::Collection {
                call.method = axum::http::Method::POST;
            }
        })],
    ),
];

/// Whether the collection is listed without a filter, as a whole or by pages.
fn is_unfiltered(call: &Call) -> bool {
    let is_directive = |name: &str| DIRECTIVES.contains(&name);
    call.asks(List) && call.query.iter().all(|(name, _)| is_directive(name))
}

/// Changes a record as it stands in a list; the stored one stays.
fn change(record: &mut Arc<Record>, change: impl FnOnce(&mut Object)) {
    let mut map = record.map();
    change(&mut map);
    *record = Arc::new(Record {
        id: record.id.clone(),
        json: Value::Object(map).to_string().into(),
    });
}

/// Shows of each record the attribute of the one before.
fn swap(found: &mut [Arc<Record>], attribute: &str) {
    let mut values: Vec<Option<Value>> = found
        .iter()
        .map(|record| record.map().shift_remove(attribute))
        .collect();
    if !values.is_empty() {
        values.rotate_right(1);
    }
    for (record, value) in found.iter_mut().zip(values) {
        if let Some(value) = value {
            change(record, |map| replace(map, attribute, value));
        }
    }
}

/// Changes all stored records.
fn change_all(store: &mut Store, change: impl Fn(&mut Object)) {
    let records: Vec<_> = store.records().cloned().collect();
    for record in records {
        let mut map = record.map();
        change(&mut map);
        store.put(&record.id, Value::Object(map).to_string());
    }
}

/// Stores a body for which a create is about to be refused, where this is what is wrong with it.
fn stored_though(
    call: &Call,
    store: &mut Store,
    wrong: impl Fn(&str, Flaw) -> bool,
) -> Option<Reply> {
    let Value::Object(mut record) = call.json() else {
        return None;
    };
    let found = violations(&record, &PARTY_INTERACTION);
    let is_wrong = found.iter().any(|one| wrong(&one.pointer, one.flaw));
    if call.asks(Create) && is_wrong {
        let id = store.new_id();
        let href = format!("{}{}/{id}", call.origin, call.target);
        record.insert("id".to_owned(), id.as_str().into());
        record.insert("href".to_owned(), href.into());
        store.put(&id, Value::Object(record).to_string());
    }
    None
}
