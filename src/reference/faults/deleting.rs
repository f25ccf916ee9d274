//! Faults in DELETE.

use std::sync::Arc;

use serde_json::Value;

use super::families::{on_status, on_success};
use super::tools::{crash, insert, lists_all, named, not_offered};
use crate::reference::call::Operation::Delete;
use crate::reference::effect::{answer, on_matches};
use crate::reference::reply::Reply;
use crate::reference::store::Record;

faults! {
    "delete-200" breaks "DEL-001": "a deletion is answered 200 with the record"
        => answer(|call, store| {
            let record = named(call, store).filter(|_| call.asks(Delete))?;
            store.remove(call.id());
            Some(Reply::json(200, Value::Object(record)))
        });
    "delete-202" breaks "DEL-001": "a deletion is done, but answered 202"
        => on_success(Delete, |_, reply| reply.status = 202);
    "delete-500" breaks "DEL-001": "a deletion is done, but answered 500"
        => on_success(Delete, |_, reply| *reply = crash());
    "delete-302" breaks "DEL-001": "a deletion is answered with a redirect to the collection"
        => on_success(Delete, |_, reply| {
            *reply = Reply::empty(302).with("location", "../partyInteraction");
        });
    "delete-400" breaks "DEL-001": "a deletion is refused with 400"
        => answer(|call, store| {
            let refusal = || Reply::error(400, "inUse", "the record is in use");
            (call.asks(Delete) && store.get(call.id()).is_some()).then(refusal)
        });
    "delete-ignored" breaks "DEL-002": "a deletion is answered 204, but nothing is deleted"
        => answer(|call, store| {
            (call.asks(Delete) && store.get(call.id()).is_some()).then(|| Reply::empty(204))
        });
    "delete-still-retrievable" breaks "DEL-002": "a deleted record is still there by id"
        => answer(|call, store| {
            (call.asks(Delete) && store.unlist(call.id())).then(|| Reply::empty(204))
        });
    "delete-leaves-200" breaks "DEL-002": "a deleted record is answered 200 with its state deleted"
        => answer(|call, store| {
            let mut record = named(call, store).filter(|_| call.asks(Delete))?;
            insert(&mut record, "status", "deleted");
            store.put(call.id(), Value::Object(record).to_string());
            store.unlist(call.id());
            Some(Reply::empty(204))
        });
    "delete-still-listed" breaks "DEL-003": "a deleted record is still listed"
        => answer(|call, store| {
            (call.asks(Delete) && store.hide(call.id())).then(|| Reply::empty(204))
        });
    "delete-stays-in-list" breaks "DEL-003": "a deleted record is still in the whole list, though no filter finds it"
        => answer(|call, store| {
            let record = store.get(call.id()).filter(|_| call.asks(Delete))?.clone();
            let key = format!("deleted {}", record.id);
            store.memory.insert(key, record.json.to_string());
            None
        })
        => on_matches(|call, found, all| if lists_all(call) {
            found.extend(all.memory.iter().filter_map(|(key, json)| {
                let id = key.strip_prefix("deleted ")?.into();
                let json = json.as_str().into();
                Some(Arc::new(Record { id, json }))
            }));
        });
    "delete-unknown-204" breaks "DEL-004": "a deletion of an unknown id is answered 204"
        => on_status(Delete, 404, |_, reply| *reply = Reply::empty(204));
    "delete-unknown-500" breaks "DEL-004": "a deletion of an unknown id is answered 500"
        => on_status(Delete, 404, |_, reply| *reply = crash());
    "delete-unknown-empty" breaks "DEL-004": "a deletion of an unknown id is answered 404 without a body"
        => on_status(Delete, 404, |_, reply| *reply = Reply::empty(404));
    "delete-again-204" breaks "DEL-004": "a deletion of a deleted record is answered 204"
        => answer(|call, store| {
            if !call.asks(Delete) {
                return None;
            }
            let known = store.get(call.id()).is_some();
            let key = format!("deleted {}", call.id());
            if known {
                store.memory.insert(key, String::new());
                return None;
            }
            store.memory.contains_key(&key).then(|| Reply::empty(204))
        });
    "delete-takes-neighbour" breaks "DEL-005": "a deletion deletes the record before as well"
        => answer(|call, store| {
            let is_before = |id: &str| id != call.id();
            let before = store.records().take_while(|record| is_before(&record.id)).last();
            let before = before.map(|record| record.id.clone()).filter(|_| call.asks(Delete));
            if store.get(call.id()).is_some() {
                store.remove(&before?);
            }
            None
        });
    "delete-takes-all" breaks "DEL-005": "a deletion deletes all records"
        => answer(|call, store| {
            (call.asks(Delete) && store.get(call.id()).is_some()).then(|| {
                store.clear();
                Reply::empty(204)
            })
        });
    "delete-changes-others" breaks "DEL-005": "a deletion changes the description of the first other record"
        => answer(|call, store| {
            store.get(call.id()).filter(|_| call.asks(Delete))?;
            let other = store.records().find(|record| &*record.id != call.id())?.clone();
            let mut record = other.map();
            insert(&mut record, "description", "touched");
            store.put(&other.id, Value::Object(record).to_string());
            None
        });
    "delete-405-executed" breaks "DEL-006": "a deletion is refused with 405, but executed"
        => answer(|call, store| {
            (call.asks(Delete) && store.remove(call.id())).then(|| not_offered(405))
        });
    "delete-missing-404" breaks "DEL-006": "DELETE is not offered, and refused with 404"
        => answer(|call, _| {
            let refusal = || Reply::error(404, "notFound", "there is nothing at this path");
            call.asks(Delete).then(refusal)
        });
}
