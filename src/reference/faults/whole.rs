//! Faults that show in the whole collection alone, or only later.

use std::sync::Arc;

use serde_json::Value;

use super::families::each_stored;
use super::tools::{edit, insert, remove, replace};
use crate::reference::call::Operation::{Create, List, Retrieve};
use crate::reference::call::{Call, Route};
use crate::reference::effect::{Object, answer, on_matches, on_request, on_response};
use crate::reference::model::{Flaw, PARTY_INTERACTION, violations};
use crate::reference::query::DIRECTIVES;
use crate::reference::reply::Reply;
use crate::reference::store::{Record, Store};

faults! {
    "whole-list-reason-swapped" breaks "PRO-031": "the list without a filter shows reason of the neighbour"
        => on_matches(|call, found, _| if is_unfiltered(call) { swap(found, "reason"); });
    "whole-list-href-swapped" breaks "PRO-031": "the list without a filter shows href of the neighbour"
        => on_matches(|call, found, _| if is_unfiltered(call) { swap(found, "href"); });
    "whole-list-direction-swapped" breaks "PRO-031": "the list without a filter shows direction of the neighbour"
        => on_matches(|call, found, _| if is_unfiltered(call) { swap(found, "direction"); });
    "whole-list-channel-swapped" breaks "SPC-018": "the list without a filter shows channel of the neighbour"
        => on_matches(|call, found, _| if is_unfiltered(call) { swap(found, "channel"); });
    "whole-list-note-lost" breaks "SPC-018": "the list without a filter shows no notes"
        => on_matches(|call, found, _| if is_unfiltered(call) {
            for record in found {
                change(record, |map| remove(map, "note"));
            }
        });
    "whole-list-item-lost" breaks "SPC-018": "the list without a filter shows no interaction items"
        => on_matches(|call, found, _| if is_unfiltered(call) {
            for record in found {
                change(record, |map| remove(map, "interactionItem"));
            }
        });
    "list-duplicates" breaks "PRO-033": "the list without a filter shows each record twice"
        => on_matches(|call, found, _| if is_unfiltered(call) {
            let twice = found.iter().flat_map(|record| [record, record]);
            *found = twice.cloned().collect();
        });
    "whole-list-null-last" breaks "PRO-032": "the list without a filter ends with null"
        => on_response(|call, reply| if is_unfiltered(call) && reply.succeeded() {
            reply.change(|document| {
                if let Value::Array(items) = document {
                    items.push(Value::Null);
                }
            });
        });
    "get-id-prefix" breaks "PRO-051": "a retrieval by the beginning of an id shows the record"
        => answer(|call, store| {
            let id = call.id();
            if !call.asks(Retrieve) || id.is_empty() || store.get(id).is_some() {
                return None;
            }
            let record = store.records().find(|record| record.id.starts_with(id))?;
            Some(Reply::json(200, Value::Object(record.map())))
        });
    "refused-but-stored" breaks "PRO-025": "a create without direction is refused and stored all the same"
        => answer(|call, store| {
            stored_though(call, store, |pointer, flaw| {
                pointer == "/direction" && flaw == Flaw::Missing
            })
        });
    "refused-party-but-stored" breaks "PRO-008": "a create with a party without id is refused and stored all the same"
        => answer(|call, store| {
            stored_though(call, store, |pointer, flaw| {
                pointer.starts_with("/relatedParty/")
                    && pointer.ends_with("/id")
                    && flaw == Flaw::Null
            })
        });
    "refused-type-but-stored" breaks "SPC-027": "a create with a text as note is refused and stored all the same"
        => answer(|call, store| {
            stored_though(call, store, |pointer, flaw| pointer == "/note" && flaw == Flaw::Type)
        });
    "create-changes-previous-status" breaks "SPC-018": "a create gives its status to the records before"
        => answer(|call, store| {
            let sent = call.json();
            let status = sent.get("status").filter(|_| call.asks(Create))?;
            let status = status.as_str()?.to_owned();
            change_all(store, |map| replace(map, "status", status.as_str()));
            None
        });
    "lose-item-attachment" breaks "SPC-018": "the attachments of interaction items are not stored"
        => each_stored("interactionItem", |item| remove(item, "attachment"));
    "put-collection-silently" breaks "SPC-041": "PUT on the collection is refused and changes the description of all records"
        => answer(|call, store| {
            if call.method.as_str() == "PUT" && call.route == Route::Collection {
                // Each time anew: whatever was there before is another text.
                change_all(store, |map| edit(map, "description", |text| format!("{text} gone")));
            }
            None
        });
    "post-member-creates" breaks "SPC-041": "POST on a record creates a record"
        => on_request(|call| {
            if call.method.as_str() == "POST" && matches!(call.route, Route::Record(_)) {
                call.route = Route::Collection;
            }
        });
    "patch-collection-creates" breaks "SPC-041": "PATCH on the collection creates a record"
        => on_request(|call| if call.method.as_str() == "PATCH" && call.route == Route::Collection {
            call.method = axum::http::Method::POST;
        });
}

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
        insert(&mut record, "id", id.as_str());
        insert(&mut record, "href", href);
        store.put(&id, Value::Object(record).to_string());
    }
    None
}
