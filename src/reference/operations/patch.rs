//! PATCH on a record: JSON Merge Patch (RFC 7396).

use serde_json::{Map, Value};

use super::super::call::Operation;
use super::super::effect::{Object, View};
use super::super::events::Happening;
use super::super::model::{Flaw, PARTY_INTERACTION, Violation, violations};
use super::super::reply::Reply;
use super::context::{Context, OperationResult};
use super::create::complete_references;
use super::retrieve::unknown;

/// Attributes that a patch can't change. The first three are those that the API description
/// leaves out of an update.
const FIXED: &[&str] = &[
    "id",
    "href",
    "direction",
    "@type",
    "@baseType",
    "@schemaLocation",
];

/// Changes the party interaction of the id in the path and answers with it.
pub(super) fn patch(context: &mut Context<'_>) -> OperationResult {
    context.acceptable()?;
    let id = context.call.id();
    let Some(before) = context.store.get(id).map(|record| record.map()) else {
        return Err(unknown(id));
    };
    let media_types = ["application/merge-patch+json", "application/json"];
    let patch = context
        .object(&media_types)
        .map_err(|refusal| match refusal.status {
            415 => Box::new(refusal.with("accept-patch", media_types.join(", "))),
            _ => refusal,
        })?;

    let mut after = before.clone();
    merge(&mut after, &patch);
    let mut wrong = changes_of_fixed(&before, &patch);
    wrong.extend(violations(&after, &PARTY_INTERACTION));
    context.check(Operation::Patch, wrong, &patch)?;

    complete_references(&mut after, &context.call.origin);
    if before.get("status") != after.get("status") && !patch.contains_key("statusChangeDate") {
        after.insert("statusChangeDate".to_owned(), context.store.now().into());
    }
    context.behaviour.on_patch(&mut after, &before, &patch);
    context
        .store
        .put(id, Value::Object(after.clone()).to_string());
    publish(context, &before, &after);
    let shown = context.shown(View::Patched, after);
    Ok(Reply::json(200, Value::Object(shown)))
}

/// Merges a patch: null removes, objects are merged, all else replaces.
fn merge(target: &mut Object, patch: &Object) {
    for (name, value) in patch {
        match value {
            Value::Null => {
                target.shift_remove(name);
            }
            Value::Object(part) => {
                let slot = target.entry(name.as_str()).or_insert(Value::Null);
                if !slot.is_object() {
                    *slot = Value::Object(Map::new());
                }
                if let Value::Object(slot) = slot {
                    merge(slot, part);
                }
            }
            _ => {
                target.insert(name.clone(), value.clone());
            }
        }
    }
}

fn changes_of_fixed(before: &Object, patch: &Object) -> Vec<Violation> {
    let is_changed = |name: &&&str| {
        patch
            .get(**name)
            .is_some_and(|v| before.get(**name) != Some(v))
    };
    let changed = FIXED.iter().filter(is_changed);
    let violation = |name: &&str| Violation {
        pointer: format!("/{name}"),
        flaw: Flaw::Unwanted,
    };
    changed.map(violation).collect()
}

/// Notifies of the status apart from the other attributes.
fn publish(context: &mut Context<'_>, before: &Object, after: &Object) {
    let names = before
        .keys()
        .chain(after.keys().filter(|name| !before.contains_key(*name)));
    let changed: Vec<&str> = names
        .filter(|name| before.get(*name) != after.get(*name))
        .map(String::as_str)
        .collect();
    let others: Vec<&str> = changed
        .iter()
        .copied()
        .filter(|name| *name != "status" && *name != "statusChangeDate")
        .collect();
    if !others.is_empty() {
        context.publish(Happening::Changed, after, &others);
    }
    if changed.contains(&"status") {
        context.publish(Happening::StatusChanged, after, &["status"]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patches_merge_as_the_rfc_says() {
        let cases = [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (
                json!({"a": "b"}),
                json!({"b": "c"}),
                json!({"a": "b", "b": "c"}),
            ),
            (
                json!({"a": "b", "b": "c"}),
                json!({"a": null}),
                json!({"b": "c"}),
            ),
            (
                json!({"a": ["b"]}),
                json!({"a": ["c"]}),
                json!({"a": ["c"]}),
            ),
            (
                json!({"a": {"b": "c"}}),
                json!({"a": {"b": "d", "c": null}}),
                json!({"a": {"b": "d"}}),
            ),
            (
                json!({}),
                json!({"a": {"bb": {"ccc": null}}}),
                json!({"a": {"bb": {}}}),
            ),
        ];
        for (target, patch, expected) in cases {
            let (Value::Object(mut target), Value::Object(patch)) = (target, patch) else {
                panic!("objects are merged");
            };
            merge(&mut target, &patch);
            assert_eq!(Value::Object(target), expected);
        }
    }
}
