//! POST on the collection.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::super::call::{BASE_PATH, Operation, RESOURCE};
use super::super::effect::{Object, View};
use super::super::events::Happening;
use super::super::model::{PARTY_INTERACTION, violations};
use super::super::reply::Reply;
use super::context::{Context, OperationResult};

/// What is encoded in a path segment: all but the unreserved characters of RFC 3986.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Stores a new party interaction and answers with it.
pub(super) fn create(context: &mut Context<'_>) -> OperationResult {
    context.acceptable()?;
    let sent = context.object(&["application/json"])?;
    context.check(
        Operation::Create,
        violations(&sent, &PARTY_INTERACTION),
        &sent,
    )?;

    let call = context.call;
    let id = context.behaviour.new_id(call, context.store);
    let segment = utf8_percent_encode(&id, SEGMENT);
    let href = format!("{}{BASE_PATH}{RESOURCE}/{segment}", call.origin);
    let mut record = new_record(&id, &href, &sent, &context.store.now(), &call.origin);
    context.behaviour.on_store(&mut record, &sent, call);

    let json = Value::Object(record.clone()).to_string();
    context.store.put(&id, json);
    context.publish(Happening::Created, &record, &[]);
    let shown = context.shown(View::Created, record);
    Ok(Reply::json(201, Value::Object(shown)).with("location", href))
}

/// The record of a body: all that was sent, in its order, behind what the server assigns.
fn new_record(id: &str, href: &str, sent: &Object, now: &str, origin: &str) -> Object {
    let mut record = Object::new();
    record.insert("id".to_owned(), id.into());
    record.insert("href".to_owned(), href.into());
    for (name, value) in sent {
        // Both are the server's to assign.
        if name != "id" && name != "href" {
            record.insert(name.clone(), value.clone());
        }
    }
    record.entry("creationDate").or_insert_with(|| now.into());
    if record.contains_key("status") {
        record
            .entry("statusChangeDate")
            .or_insert_with(|| now.into());
    }
    complete_references(&mut record, origin);
    record
}

/// Gives the references that came without a link the one that the API description demands.
pub(super) fn complete_references(record: &mut Object, origin: &str) {
    for (name, value) in record.iter_mut() {
        match (name.as_str(), value) {
            ("channel" | "relatedParty", Value::Array(references)) => {
                for reference in references.iter_mut().filter_map(Value::as_object_mut) {
                    complete_reference(reference, name, origin);
                }
            }
            ("interactionItem", Value::Array(items)) => {
                for item in items.iter_mut().filter_map(Value::as_object_mut) {
                    complete_references(item, origin);
                }
            }
            _ => {}
        }
    }
}

fn complete_reference(reference: &mut Object, name: &str, origin: &str) {
    let Some(id) = text(reference, "id").filter(|_| !reference.contains_key("href")) else {
        return;
    };
    let segment = utf8_percent_encode(id, SEGMENT);
    let href = format!("{origin}{BASE_PATH}{name}/{segment}");
    reference.insert("href".to_owned(), href.into());
}

fn text<'a>(map: &'a Object, name: &str) -> Option<&'a str> {
    map.get(name).and_then(Value::as_str)
}
