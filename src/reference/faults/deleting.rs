//! Faults in DELETE.

use std::sync::Arc;

use serde_json::Value;

use super::super::call::Operation::Delete;
use super::super::effect::Effect::{Answer, Finish, Match};
use super::super::reply::Reply;
use super::super::store::Record;
use super::tools::{crash, lists_all, named, not_offered};
use super::{FaultInfo, fault};

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    fault(
        "delete-200",
        "TMF683-4-DEL-001",
        "a deletion is answered 200 with the record",
        &[Answer(|call, store| {
            let record = named(call, store).filter(|_| call.asks(Delete))?;
            store.remove(call.id());
            Some(Reply::json(200, Value::Object(record)))
        })],
    ),
    fault(
        "delete-202",
        "TMF683-4-DEL-001",
        "a deletion is done, but answered 202",
        &[Finish(|call, reply| {
            if call.asks(Delete) && reply.succeeded() {
                reply.status = 202;
            }
        })],
    ),
    fault(
        "delete-500",
        "TMF683-4-DEL-001",
        "a deletion is done, but answered 500",
        &[Finish(|call, reply| {
            if call.asks(Delete) && reply.succeeded() {
                *reply = crash();
            }
        })],
    ),
    fault(
        "delete-302",
        "TMF683-4-DEL-001",
        "a deletion is answered with a redirect to the collection",
        &[Finish(|call, reply| {
            if call.asks(Delete) && reply.succeeded() {
                *reply = Reply::empty(302).with("location", "../partyInteraction");
            }
        })],
    ),
    fault(
        "delete-400",
        "TMF683-4-DEL-001",
        "a deletion is refused with 400",
        &[Answer(|call, store| {
            let refusal = || Reply::error(400, "inUse", "the record is in use");
            (call.asks(Delete) && store.get(call.id()).is_some()).then(refusal)
        })],
    ),
    fault(
        "delete-ignored",
        "TMF683-4-DEL-002",
        "a deletion is answered 204, but nothing is deleted",
        &[Answer(|call, store| {
            (call.asks(Delete) && store.get(call.id()).is_some()).then(|| Reply::empty(204))
        })],
    ),
    fault(
        "delete-still-retrievable",
        "TMF683-4-DEL-002",
        "a deleted record is still there by id",
        &[Answer(|call, store| {
            (call.asks(Delete) && store.unlist(call.id())).then(|| Reply::empty(204))
        })],
    ),
    fault(
        "delete-leaves-200",
        "TMF683-4-DEL-002",
        "a deleted record is answered 200 with its state deleted",
        &[Answer(|call, store| {
            let mut record = named(call, store).filter(|_| call.asks(Delete))?;
            record.insert("status".to_owned(), "deleted".into());
            store.put(call.id(), Value::Object(record).to_string());
            store.unlist(call.id());
            Some(Reply::empty(204))
        })],
    ),
    fault(
        "delete-still-listed",
        "TMF683-4-DEL-003",
        "a deleted record is still listed",
        &[Answer(|call, store| {
            (call.asks(Delete) && store.hide(call.id())).then(|| Reply::empty(204))
        })],
    ),
    fault(
        "delete-stays-in-list",
        "TMF683-4-DEL-003",
        "a deleted record is still in the whole list, though no filter finds it",
        &[
            Answer(|call, store| {
                let record = store.get(call.id()).filter(|_| call.asks(Delete))?.clone();
                let key = format!("deleted {}", record.id);
                store.memory.insert(key, record.json.to_string());
                None
            }),
            Match(|call, found, all| {
                if lists_all(call) {
                    found.extend(all.memory.iter().filter_map(|(key, json)| {
                        let id = key.strip_prefix("deleted ")?.into();
                        let json = json.as_str().into();
                        Some(Arc::new(Record { id, json }))
                    }));
                }
            }),
        ],
    ),
    fault(
        "delete-unknown-204",
        "TMF683-4-DEL-004",
        "a deletion of an unknown id is answered 204",
        &[Finish(|call, reply| {
            if call.asks(Delete) && reply.status == 404 {
                *reply = Reply::empty(204);
            }
        })],
    ),
    fault(
        "delete-unknown-500",
        "TMF683-4-DEL-004",
        "a deletion of an unknown id is answered 500",
        &[Finish(|call, reply| {
            if call.asks(Delete) && reply.status == 404 {
                *reply = crash();
            }
        })],
    ),
    fault(
        "delete-unknown-empty",
        "TMF683-4-DEL-004",
        "a deletion of an unknown id is answered 404 without a body",
        &[Finish(|call, reply| {
            if call.asks(Delete) && reply.status == 404 {
                *reply = Reply::empty(404);
            }
        })],
    ),
    fault(
        "delete-again-204",
        "TMF683-4-DEL-004",
        "a deletion of a deleted record is answered 204",
        &[Answer(|call, store| {
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
        })],
    ),
    fault(
        "delete-takes-neighbour",
        "TMF683-4-DEL-005",
        "a deletion deletes the record before as well",
        &[Answer(|call, store| {
            let is_before = |id: &str| id != call.id();
            let before = store
                .records()
                .take_while(|record| is_before(&record.id))
                .last();
            let before = before
                .map(|record| record.id.clone())
                .filter(|_| call.asks(Delete));
            if store.get(call.id()).is_some() {
                store.remove(&before?);
            }
            None
        })],
    ),
    fault(
        "delete-takes-all",
        "TMF683-4-DEL-005",
        "a deletion deletes all records",
        &[Answer(|call, store| {
            (call.asks(Delete) && store.get(call.id()).is_some()).then(|| {
                store.clear();
                Reply::empty(204)
            })
        })],
    ),
    fault(
        "delete-changes-others",
        "TMF683-4-DEL-005",
        "a deletion changes the description of the first other record",
        &[Answer(|call, store| {
            store.get(call.id()).filter(|_| call.asks(Delete))?;
            let other = store
                .records()
                .find(|record| &*record.id != call.id())?
                .clone();
            let mut record = other.map();
            record.insert("description".to_owned(), "touched".into());
            store.put(&other.id, Value::Object(record).to_string());
            None
        })],
    ),
    fault(
        "delete-405-executed",
        "TMF683-4-DEL-006",
        "a deletion is refused with 405, but executed",
        &[Answer(|call, store| {
            (call.asks(Delete) && store.remove(call.id())).then(|| not_offered(405))
        })],
    ),
    fault(
        "delete-missing-404",
        "TMF683-4-DEL-006",
        "DELETE is not offered, and refused with 404",
        &[Answer(|call, _| {
            let refusal = || Reply::error(404, "notFound", "there is nothing at this path");
            call.asks(Delete).then(refusal)
        })],
    ),
];
