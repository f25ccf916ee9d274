//! Faults in how a patch is merged into the record.

use serde_json::{Value, json};

use super::super::call::Operation::Patch;
use super::super::effect::Effect::{Demand, Revise};
use super::super::effect::Object;
use super::super::model::{Flaw, Violation};
use super::tools::{remove, replace};
use super::{FaultInfo, fault};

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    fault(
        "patch-drops-attachments",
        "TMF683-4-PAT-003",
        "a patch drops the attachments, unless it names them",
        &[Revise(|after, _, patch| {
            if !patch.contains_key("attachment") {
                remove(after, "attachment");
            }
        })],
    ),
    fault(
        "patch-drops-others",
        "TMF683-4-PAT-003",
        "a patch drops the optional attributes that it does not name",
        &[Revise(|after, before, patch| {
            let kept = [
                "id",
                "href",
                "direction",
                "reason",
                "channel",
                "creationDate",
            ];
            after.retain(|name, _| {
                patch.contains_key(name)
                    || !before.contains_key(name)
                    || kept.contains(&name.as_str())
            });
        })],
    ),
    fault(
        "patch-drops-reason",
        "TMF683-4-PAT-003",
        "a patch drops the reason where it does not name it",
        &[Revise(|after, _, patch| {
            if !patch.contains_key("reason") {
                remove(after, "reason");
            }
        })],
    ),
    fault(
        "patch-resets-channel",
        "TMF683-4-PAT-003",
        "a patch changes the channel though it does not name it",
        &[Revise(|after, _, patch| {
            if !patch.contains_key("channel") {
                replace(
                    after,
                    "channel",
                    json!([{"id": "patched", "href": "/channel/patched"}]),
                );
            }
        })],
    ),
    fault(
        "patch-resets-creation-date",
        "TMF683-4-PAT-003",
        "a patch sets creationDate anew",
        &[Revise(|after, _, _| {
            replace(after, "creationDate", "2020-01-01T00:00:00Z")
        })],
    ),
    fault(
        "patch-drops-notes",
        "TMF683-4-PAT-003",
        "a patch drops all sub-resources that it does not name",
        &[Revise(|after, _, patch| {
            after.retain(|name, value| {
                name == "channel"
                    || patch.contains_key(name)
                    || !(value.is_array() || value.is_object())
            });
        })],
    ),
    fault(
        "patch-replaces-objects",
        "TMF683-4-PAT-003",
        "an object in a patch replaces that of the record whole",
        &[Revise(|after, _, patch| {
            for (name, value) in patch {
                if value.is_object() {
                    after.insert(name.clone(), value.clone());
                }
            }
        })],
    ),
    fault(
        "patch-null-ignored",
        "TMF683-4-PAT-006",
        "null in a patch changes nothing",
        &[Revise(|after, before, patch| {
            for name in nulls(patch) {
                if let Some(value) = before.get(name) {
                    after.insert(name.clone(), value.clone());
                }
            }
        })],
    ),
    fault(
        "patch-null-stored",
        "TMF683-4-PAT-006",
        "null in a patch is stored as null",
        &[Revise(|after, _, patch| {
            for name in nulls(patch) {
                after.insert(name.clone(), Value::Null);
            }
        })],
    ),
    fault(
        "patch-null-within-kept",
        "TMF683-4-PAT-006",
        "null within an object of a patch changes nothing",
        &[Revise(|after, before, patch| {
            for (name, part) in nulls_within(patch) {
                let old = before.get(name).and_then(|old| old.get(part));
                let place = after.get_mut(name).and_then(Value::as_object_mut);
                if let (Some(place), Some(old)) = (place, old) {
                    place.insert(part.clone(), old.clone());
                }
            }
        })],
    ),
    fault(
        "patch-null-within-takes-all",
        "TMF683-4-PAT-006",
        "null within an object of a patch removes the object",
        &[Revise(|after, _, patch| {
            for (name, _) in nulls_within(patch) {
                remove(after, name);
            }
        })],
    ),
    fault(
        "patch-null-400",
        "TMF683-4-PAT-006",
        "null in a patch is refused",
        &[Demand(Patch, |patch| {
            let pointer = format!("/{}", nulls(patch).next()?);
            Some(Violation {
                pointer,
                flaw: Flaw::Null,
            })
        })],
    ),
    fault(
        "patch-appends",
        "TMF683-4-PAT-007",
        "arrays in a patch are appended to those of the record",
        &[Revise(|after, before, patch| {
            for name in patch.keys() {
                let old = before.get(name).and_then(Value::as_array);
                if let (Some(Value::Array(new)), Some(old)) = (after.get_mut(name), old) {
                    new.splice(0..0, old.iter().cloned());
                }
            }
        })],
    ),
    fault(
        "patch-arrays-by-index",
        "TMF683-4-PAT-007",
        "arrays in a patch replace just as many elements",
        &[Revise(|after, before, patch| {
            for name in patch.keys() {
                let old = before.get(name).and_then(Value::as_array);
                if let (Some(Value::Array(new)), Some(old)) = (after.get_mut(name), old) {
                    new.extend(old.iter().skip(new.len()).cloned().collect::<Vec<_>>());
                }
            }
        })],
    ),
    fault(
        "patch-arrays-first-only",
        "TMF683-4-PAT-007",
        "of an array in a patch only the first element is stored",
        &[Revise(|after, _, patch| {
            for name in patch.keys() {
                if let Some(Value::Array(new)) = after.get_mut(name) {
                    new.truncate(1);
                }
            }
        })],
    ),
];

fn nulls(patch: &Object) -> impl Iterator<Item = &String> {
    patch
        .iter()
        .filter(|(_, value)| value.is_null())
        .map(|(name, _)| name)
}

/// The nulls in the objects of a patch, each with the name of its object.
fn nulls_within(patch: &Object) -> impl Iterator<Item = (&String, &String)> {
    let objects = patch
        .iter()
        .filter_map(|(name, value)| Some((name, value.as_object()?)));
    objects.flat_map(|(name, object)| nulls(object).map(move |part| (name, part)))
}
