//! Faults in the types and formats of values.

use serde_json::{Value, json};

use super::families::{each_shown, shown_as, shown_edited};
use super::tools::{edit, insert, insert_missing, replace};
use crate::reference::effect::{
    ANSWERS, CREATED, LISTED, Object, READS, RETRIEVED, identify, on_show, on_store,
};

faults! {
    "href-urn" breaks "SPC-009": "href is a URN"
        => on_store(|record, _, _| {
            let id = record.get("id").and_then(Value::as_str).unwrap_or_default();
            let urn = format!("urn:uuid:{id}");
            replace(record, "href", urn);
        });
    "date-zone-of-hours" breaks "SPC-002": "the zone of creationDate has hours only"
        => shown_edited(ANSWERS, "creationDate", |text| text.replace('Z', "+00"));
    "date-with-comma" breaks "SPC-002": "creationDate has a comma before the fraction of a second"
        => shown_edited(ANSWERS, "creationDate", |text| format!("{},5Z", &text[..text.len().min(19)]));
    "date-without-seconds" breaks "SPC-002": "creationDate has no seconds"
        => shown_edited(ANSWERS, "creationDate", |text| format!("{}Z", &text[..text.len().min(16)]));
    "date-basic-form" breaks "SPC-002": "creationDate is in the basic form of ISO 8601"
        => shown_edited(ANSWERS, "creationDate", |text| text.replace(['-', ':'], ""));
    "status-number" breaks "SPC-001": "status is a number" => shown_as(ANSWERS, "status", 3);
    "description-object" breaks "SPC-001": "description is an object"
        => on_show(READS, |record, _| {
            let text = record.get("description").cloned().unwrap_or_default();
            replace(record, "description", json!({"en": text}));
        });
    "listed-type-list" breaks "SPC-001": "@type is a list in lists"
        => on_show(LISTED, |record, _| {
            insert(record, "@type", json!(["PartyInteraction"]));
        });
    "base-type-boolean" breaks "SPC-001": "@baseType is a boolean by id"
        => on_show(RETRIEVED, |record, _| insert(record, "@baseType", json!(true)));
    "numeric-ids-everywhere" breaks "SPC-001": "ids are numbers"
        => identify(|_, store| (1_000 + store.made()).to_string())
        => on_show(ANSWERS, |record, _| {
            let id = record.get("id").and_then(Value::as_str);
            if let Some(number) = id.and_then(|id| id.parse::<u64>().ok()) {
                replace(record, "id", number);
            }
        });
    "listed-id-number" breaks "SPC-001": "id is a number in lists" => shown_as(LISTED, "id", 17);
    "optional-null" breaks "SPC-001": "optional attributes that are not set are null"
        => on_show(ANSWERS, |record, _| {
            for name in ["description", "status", "statusChangeDate"] {
                record.entry(name).or_insert(Value::Null);
            }
        });
    "date-without-zone" breaks "SPC-002": "creationDate lacks its zone"
        => shown_edited(ANSWERS, "creationDate", without_zone);
    "date-without-time" breaks "SPC-002": "creationDate is a date only, in lists"
        => shown_edited(LISTED, "creationDate", |text| text.chars().take(10).collect());
    "date-as-number" breaks "SPC-002": "creationDate is a number of milliseconds"
        => shown_as(ANSWERS, "creationDate", 1_593_000_000_000_i64);
    "date-with-blank" breaks "SPC-002": "creationDate has a blank in the place of the T"
        => shown_edited(READS, "creationDate", |text| text.replace('T', " "));
    "date-american" breaks "SPC-002": "creationDate is written as month/day/year"
        => shown_as(CREATED, "creationDate", "07/31/2020 10:00:00 PM");
    "date-of-no-calendar" breaks "SPC-002": "creationDate is the 30th of February"
        => shown_as(RETRIEVED, "creationDate", "2020-02-30T10:00:00Z");
    "date-zone-without-colon" breaks "SPC-002": "the zone of creationDate lacks its colon"
        => shown_edited(ANSWERS, "creationDate", |text| format!("{}+0000", without_zone(text)));
    "status-date-without-zone" breaks "SPC-002": "statusChangeDate lacks its zone"
        => shown_edited(ANSWERS, "statusChangeDate", without_zone);
    "status-date-blank" breaks "SPC-002": "statusChangeDate is there, but empty"
        => on_show(ANSWERS, |record, _| insert(record, "statusChangeDate", ""));
    "note-object" breaks "SPC-003": "a single note is an object"
        => on_show(ANSWERS, |record, _| unwrap_single(record, "note"));
    "party-object" breaks "SPC-003": "a single related party is an object in lists"
        => on_show(LISTED, |record, _| unwrap_single(record, "relatedParty"));
    "attachment-map" breaks "SPC-003": "attachments are a map by their index"
        => on_show(READS, |record, _| if let Some(Value::Array(items)) = record.get("attachment") {
            let map: Object = items
                .iter()
                .enumerate()
                .map(|(n, v)| (n.to_string(), v.clone()))
                .collect();
            replace(record, "attachment", map);
        });
    "note-texts" breaks "SPC-003": "notes are plain texts"
        => on_show(READS, |record, _| if let Some(Value::Array(items)) = record.get_mut("note") {
            items.iter_mut().for_each(|item| *item = part(item, "text"));
        });
    "item-object" breaks "SPC-003": "a single interaction item is an object by id"
        => on_show(RETRIEVED, |record, _| unwrap_single(record, "interactionItem"));
    "relationship-texts" breaks "SPC-003": "interaction relationships are plain ids"
        => on_show(READS, |record, _| {
            if let Some(Value::Array(items)) = record.get_mut("interactionRelationship") {
                items.iter_mut().for_each(|item| *item = part(item, "id"));
            }
        });
    "parts-as-text" breaks "SPC-003": "related parties are a text of JSON"
        => on_show(READS, |record, _| {
            if let Some(parties) = record.get("relatedParty").map(ToString::to_string) {
                replace(record, "relatedParty", parties);
            }
        });
    "period-text" breaks "SPC-004": "interactionDate is a text"
        => on_show(ANSWERS, |record, _| {
            let start = record.get("interactionDate").map(|period| part(period, "startDateTime"));
            replace(record, "interactionDate", start.unwrap_or_default());
        });
    "period-list" breaks "SPC-004": "interactionDate is a list"
        => on_show(READS, |record, _| {
            let period = record.get("interactionDate").cloned();
            replace(record, "interactionDate", json!([period]));
        });
    "period-without-zone" breaks "SPC-004": "startDateTime lacks its zone"
        => on_show(READS, |record, _| {
            in_part(record, "interactionDate", |period| {
                edit(period, "startDateTime", without_zone)
            });
        });
    "period-end-date-only" breaks "SPC-004": "endDateTime is a date only"
        => on_show(READS, |record, _| {
            in_part(record, "interactionDate", |period| {
                edit(period, "endDateTime", |text| text.chars().take(10).collect());
            });
        });
    "period-swapped" breaks "SPC-005": "start and end of interactionDate are swapped"
        => on_show(ANSWERS, |record, _| {
            in_part(record, "interactionDate", |period| {
                let start = period.get("startDateTime").cloned();
                let end = period.get("endDateTime").cloned();
                if let (Some(start), Some(end)) = (start, end) {
                    replace(period, "startDateTime", end);
                    replace(period, "endDateTime", start);
                }
            });
        });
    "direction-short" breaks "SPC-006": "direction is stored as in or out"
        => on_store(|record, _, _| {
            edit(record, "direction", |text| text.trim_end_matches("bound").to_owned())
        });
    "status-in-capitals" breaks "SPC-007": "status comes back in capitals"
        => shown_edited(ANSWERS, "status", str::to_uppercase);
    "status-of-its-own" breaks "SPC-007": "a record without a status shows one that no list knows"
        => on_show(ANSWERS, |record, _| {
            insert_missing(record, "status", "acknowledged");
        });
    "schema-location-relative" breaks "SPC-008": "@schemaLocation is relative"
        => on_show(ANSWERS, |record, _| {
            insert(record, "@schemaLocation", "schema/PartyInteraction.json");
        });
    "schema-location-blank" breaks "SPC-008": "@schemaLocation is empty in lists"
        => on_show(LISTED, |record, _| insert(record, "@schemaLocation", ""));
    "note-schema-location-relative" breaks "SPC-008": "@schemaLocation of notes is relative"
        => each_shown(READS, "note", |note| {
            insert(note, "@schemaLocation", "Note.json");
        });
    "href-dead" breaks "SPC-009": "href leads to a path where nothing is"
        => on_store(|record, _, _| {
            edit(record, "href", |text| {
                text.replace("/partyInteraction/v4/", "/partyInteraction/v3/")
            });
        });
    "href-collection" breaks "SPC-009": "href leads to the whole collection"
        => on_store(|record, _, _| {
            edit(record, "href", |text| {
                text.rsplit_once('/').map_or("", |(start, _)| start).to_owned()
            });
        });
    "href-other-ending" breaks "SPC-010": "href does not end with the id"
        => on_store(|record, _, _| edit(record, "href", |text| format!("{text}/view")));
    "href-id-only" breaks "SPC-010": "href is nothing but the id"
        => on_store(|record, _, _| {
            let id = record.get("id").cloned().unwrap_or_default();
            replace(record, "href", id);
        });
}

/// An attribute of a part, null where it is missing.
fn part(value: &Value, name: &str) -> Value {
    value.get(name).cloned().unwrap_or_default()
}

/// A date-time without its zone.
fn without_zone(text: &str) -> String {
    text.chars().take(19).collect()
}

fn unwrap_single(record: &mut Object, name: &str) {
    let first = match record.get(name) {
        Some(Value::Array(items)) => items.first().cloned(),
        _ => None,
    };
    if let Some(first) = first {
        replace(record, name, first);
    }
}

fn in_part(record: &mut Object, name: &str, change: impl FnOnce(&mut Object)) {
    if let Some(Value::Object(part)) = record.get_mut(name) {
        change(part);
    }
}
