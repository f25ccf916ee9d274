//! Faults in how a patch is merged into the record.

use serde_json::{Value, json};

use super::families::patch_drops;
use super::tools::{remove, replace};
use crate::reference::call::Operation::Patch;
use crate::reference::effect::{Effect, Object, demand, on_patch};
use crate::reference::model::{Flaw, Violation};

faults! {
    "patch-drops-attachments" breaks "PAT-003": "a patch drops the attachments, unless it names them"
        => patch_drops("attachment");
    "patch-drops-others" breaks "PAT-003": "a patch drops the optional attributes that it does not name"
        => on_patch(|after, before, patch| {
            let kept = ["id", "href", "direction", "reason", "channel", "creationDate"];
            after.retain(|name, _| {
                patch.contains_key(name)
                    || !before.contains_key(name)
                    || kept.contains(&name.as_str())
            });
        });
    "patch-drops-reason" breaks "PAT-003": "a patch drops the reason where it does not name it"
        => patch_drops("reason");
    "patch-resets-channel" breaks "PAT-003": "a patch changes the channel though it does not name it"
        => on_patch(|after, _, patch| if !patch.contains_key("channel") {
            replace(after, "channel", json!([{"id": "patched", "href": "/channel/patched"}]));
        });
    "patch-resets-creation-date" breaks "PAT-003": "a patch sets creationDate anew"
        => on_patch(|after, _, _| replace(after, "creationDate", "2020-01-01T00:00:00Z"));
    "patch-drops-notes" breaks "PAT-003": "a patch drops all sub-resources that it does not name"
        => on_patch(|after, _, patch| {
            after.retain(|name, value| {
                name == "channel"
                    || patch.contains_key(name)
                    || !(value.is_array() || value.is_object())
            });
        });
    "patch-replaces-objects" breaks "PAT-003": "an object in a patch replaces that of the record whole"
        => on_patch(|after, _, patch| {
            for (name, value) in patch {
                if value.is_object() {
                    after.insert(name.clone(), value.clone());
                }
            }
        });
    "patch-null-ignored" breaks "PAT-006": "null in a patch changes nothing"
        => keeps_what_null_removes(|_| true);
    "patch-null-list-kept" breaks "PAT-006": "null in a patch removes no list"
        => keeps_what_null_removes(Value::is_array);
    "patch-null-object-kept" breaks "PAT-006": "null in a patch removes no object"
        => keeps_what_null_removes(Value::is_object);
    "patch-null-stored" breaks "PAT-006": "null in a patch is stored as null"
        => on_patch(|after, _, patch| {
            for name in nulls(patch) {
                after.insert(name.clone(), Value::Null);
            }
        });
    "patch-null-within-kept" breaks "PAT-006": "null within an object of a patch changes nothing"
        => on_patch(|after, before, patch| {
            for (name, part) in nulls_within(patch) {
                let old = before.get(name).and_then(|old| old.get(part));
                let place = after.get_mut(name).and_then(Value::as_object_mut);
                if let (Some(place), Some(old)) = (place, old) {
                    place.insert(part.clone(), old.clone());
                }
            }
        });
    "patch-null-within-takes-all" breaks "PAT-006": "null within an object of a patch removes the object"
        => on_patch(|after, _, patch| {
            for (name, _) in nulls_within(patch) {
                remove(after, name);
            }
        });
    "patch-null-400" breaks "PAT-006": "null in a patch is refused"
        => demand(Patch, |patch| {
            let pointer = format!("/{}", nulls(patch).next()?);
            Some(Violation::new(pointer, Flaw::Null))
        });
    "patch-appends" breaks "PAT-007": "arrays in a patch are appended to those of the record"
        => on_patch(|after, before, patch| {
            for name in patch.keys() {
                let old = before.get(name).and_then(Value::as_array);
                if let (Some(Value::Array(new)), Some(old)) = (after.get_mut(name), old) {
                    new.splice(0..0, old.iter().cloned());
                }
            }
        });
    "patch-arrays-by-index" breaks "PAT-007": "arrays in a patch replace just as many elements"
        => on_patch(|after, before, patch| {
            for name in patch.keys() {
                let old = before.get(name).and_then(Value::as_array);
                if let (Some(Value::Array(new)), Some(old)) = (after.get_mut(name), old) {
                    new.extend(old.iter().skip(new.len()).cloned().collect::<Vec<_>>());
                }
            }
        });
    "patch-arrays-first-only" breaks "PAT-007": "of an array in a patch only the first element is stored"
        => on_patch(|after, _, patch| {
            for name in patch.keys() {
                if let Some(Value::Array(new)) = after.get_mut(name) {
                    new.truncate(1);
                }
            }
        });
}

/// A patch that leaves some of the values that it should remove.
fn keeps_what_null_removes(keeps: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Effect {
    on_patch(move |after, before, patch| {
        for name in nulls(patch) {
            if let Some(value) = before.get(name).filter(|value| keeps(value)) {
                after.insert(name.clone(), value.clone());
            }
        }
    })
}

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
