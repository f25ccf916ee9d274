//! Small helpers that the tables share.

use serde_json::Value;

use crate::reference::call::{Call, Operation};
use crate::reference::effect::Object;
use crate::reference::model::{Flaw, Violation};
use crate::reference::reply::Reply;
use crate::reference::store::Store;

/// Replaces an attribute that is there.
pub(super) fn replace(map: &mut Object, name: &str, value: impl Into<Value>) {
    if let Some(slot) = map.get_mut(name) {
        *slot = value.into();
    }
}

/// Sets an attribute, whether it is there or not.
pub(super) fn insert(map: &mut Object, name: &str, value: impl Into<Value>) {
    map.insert(name.to_owned(), value.into());
}

/// Sets an attribute that is not there.
pub(super) fn insert_missing(map: &mut Object, name: &str, value: impl Into<Value>) {
    map.entry(name).or_insert_with(|| value.into());
}

/// The first element of an array attribute, null where there is none.
pub(super) fn first_of(map: &Object, name: &str) -> Value {
    let first = map.get(name).and_then(|value| value.get(0));
    first.cloned().unwrap_or_default()
}

/// Changes an attribute that is a text.
pub(super) fn edit(map: &mut Object, name: &str, change: impl FnOnce(&str) -> String) {
    if let Some(Value::String(text)) = map.get_mut(name) {
        *text = change(text);
    }
}

/// Removes an attribute; the order of the others stays.
pub(super) fn remove(map: &mut Object, name: &str) {
    map.shift_remove(name);
}

/// The objects in an array attribute.
pub(super) fn each(map: &mut Object, name: &str, mut change: impl FnMut(&mut Object)) {
    if let Some(Value::Array(items)) = map.get_mut(name) {
        items
            .iter_mut()
            .filter_map(Value::as_object_mut)
            .for_each(&mut change);
    }
}

/// Changes every text in a value, at any depth.
pub(super) fn edit_all(value: &mut Value, change: &dyn Fn(&str) -> String) {
    match value {
        Value::String(text) => *text = change(text),
        Value::Array(items) => items.iter_mut().for_each(|item| edit_all(item, change)),
        Value::Object(map) => map.values_mut().for_each(|value| edit_all(value, change)),
        _ => {}
    }
}

/// Whether the collection is listed with a filter on an attribute.
pub(super) fn filters_on(call: &Call, name: &str) -> bool {
    call.asks(Operation::List) && call.parameter(name).is_some()
}

/// Whether the collection is listed with no parameter at all.
pub(super) fn lists_all(call: &Call) -> bool {
    call.asks(Operation::List) && call.query.is_empty()
}

/// An answer with an error of the server.
pub(super) fn crash() -> Reply {
    Reply::error(500, "internalError", "something went wrong")
}

/// The refusal of an operation that should be offered.
pub(super) fn not_offered(status: u16) -> Reply {
    Reply::error(status, "notOffered", "this operation is not offered")
}

/// Whether this is a violation of one attribute, named by its pointer without the first slash.
pub(super) fn is(violation: &Violation, pointer: &str, flaws: &[Flaw]) -> bool {
    violation.pointer.strip_prefix('/') == Some(pointer) && flaws.contains(&violation.flaw)
}

/// The text of an attribute, empty where it is missing or no text.
pub(super) fn text<'a>(map: &'a Object, name: &str) -> &'a str {
    map.get(name).and_then(Value::as_str).unwrap_or("")
}

/// The full representation of the record that a call names.
pub(super) fn named(call: &Call, store: &Store) -> Option<Object> {
    store.get(call.id()).map(|record| record.map())
}
