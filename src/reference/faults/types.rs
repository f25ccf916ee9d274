//! Faults in the types and formats of values.

use serde_json::{Value, json};

use super::super::effect::Effect::{Keep, Show};
use super::super::effect::{ANSWERS, CREATED, LISTED, Object, READS, RETRIEVED};
use super::tools::{each, edit, replace};
use super::{FaultInfo, fault};

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    fault(
        "status-number",
        "TMF683-4-SPC-001",
        "status is a number",
        &[Show(ANSWERS, |record, _| replace(record, "status", 3))],
    ),
    fault(
        "description-object",
        "TMF683-4-SPC-001",
        "description is an object",
        &[Show(READS, |record, _| {
            let text = record.get("description").cloned().unwrap_or_default();
            replace(record, "description", json!({"en": text}));
        })],
    ),
    fault(
        "listed-type-list",
        "TMF683-4-SPC-001",
        "@type is a list in lists",
        &[Show(LISTED, |record, _| {
            record.insert("@type".to_owned(), json!(["PartyInteraction"]));
        })],
    ),
    fault(
        "base-type-boolean",
        "TMF683-4-SPC-001",
        "@baseType is a boolean by id",
        &[Show(RETRIEVED, |record, _| {
            record.insert("@baseType".to_owned(), json!(true));
        })],
    ),
    fault(
        "listed-id-number",
        "TMF683-4-SPC-001",
        "id is a number in lists",
        &[Show(LISTED, |record, _| replace(record, "id", 17))],
    ),
    fault(
        "optional-null",
        "TMF683-4-SPC-001",
        "optional attributes that are not set are null",
        &[Show(ANSWERS, |record, _| {
            for name in ["description", "status", "statusChangeDate"] {
                record.entry(name).or_insert(Value::Null);
            }
        })],
    ),
    fault(
        "date-without-zone",
        "TMF683-4-SPC-002",
        "creationDate lacks its zone",
        &[Show(ANSWERS, |record, _| {
            edit(record, "creationDate", without_zone)
        })],
    ),
    fault(
        "date-without-time",
        "TMF683-4-SPC-002",
        "creationDate is a date only, in lists",
        &[Show(LISTED, |record, _| {
            edit(record, "creationDate", |text| {
                text.chars().take(10).collect()
            })
        })],
    ),
    fault(
        "date-as-number",
        "TMF683-4-SPC-002",
        "creationDate is a number of milliseconds",
        &[Show(ANSWERS, |record, _| {
            replace(record, "creationDate", 1_593_000_000_000_i64)
        })],
    ),
    fault(
        "date-with-blank",
        "TMF683-4-SPC-002",
        "creationDate has a blank in the place of the T",
        &[Show(READS, |record, _| {
            edit(record, "creationDate", |text| text.replace('T', " "))
        })],
    ),
    fault(
        "date-american",
        "TMF683-4-SPC-002",
        "creationDate is written as month/day/year",
        &[Show(CREATED, |record, _| {
            replace(record, "creationDate", "07/31/2020 10:00:00 PM")
        })],
    ),
    fault(
        "date-of-no-calendar",
        "TMF683-4-SPC-002",
        "creationDate is the 30th of February",
        &[Show(RETRIEVED, |record, _| {
            replace(record, "creationDate", "2020-02-30T10:00:00Z")
        })],
    ),
    fault(
        "date-zone-without-colon",
        "TMF683-4-SPC-002",
        "the zone of creationDate lacks its colon",
        &[Show(ANSWERS, |record, _| {
            edit(record, "creationDate", |text| {
                format!("{}+0000", without_zone(text))
            })
        })],
    ),
    fault(
        "status-date-without-zone",
        "TMF683-4-SPC-002",
        "statusChangeDate lacks its zone",
        &[Show(ANSWERS, |record, _| {
            edit(record, "statusChangeDate", without_zone)
        })],
    ),
    fault(
        "status-date-blank",
        "TMF683-4-SPC-002",
        "statusChangeDate is there, but empty",
        &[Show(ANSWERS, |record, _| {
            record.insert("statusChangeDate".to_owned(), "".into());
        })],
    ),
    fault(
        "note-object",
        "TMF683-4-SPC-003",
        "a single note is an object",
        &[Show(ANSWERS, |record, _| unwrap_single(record, "note"))],
    ),
    fault(
        "party-object",
        "TMF683-4-SPC-003",
        "a single related party is an object in lists",
        &[Show(LISTED, |record, _| {
            unwrap_single(record, "relatedParty")
        })],
    ),
    fault(
        "attachment-map",
        "TMF683-4-SPC-003",
        "attachments are a map by their index",
        &[Show(READS, |record, _| {
            if let Some(Value::Array(items)) = record.get("attachment") {
                let map: Object = items
                    .iter()
                    .enumerate()
                    .map(|(n, v)| (n.to_string(), v.clone()))
                    .collect();
                replace(record, "attachment", map);
            }
        })],
    ),
    fault(
        "note-texts",
        "TMF683-4-SPC-003",
        "notes are plain texts",
        &[Show(READS, |record, _| {
            if let Some(Value::Array(items)) = record.get_mut("note") {
                items.iter_mut().for_each(|item| *item = part(item, "text"));
            }
        })],
    ),
    fault(
        "item-object",
        "TMF683-4-SPC-003",
        "a single interaction item is an object by id",
        &[Show(RETRIEVED, |record, _| {
            unwrap_single(record, "interactionItem")
        })],
    ),
    fault(
        "relationship-texts",
        "TMF683-4-SPC-003",
        "interaction relationships are plain ids",
        &[Show(READS, |record, _| {
            if let Some(Value::Array(items)) = record.get_mut("interactionRelationship") {
                items.iter_mut().for_each(|item| *item = part(item, "id"));
            }
        })],
    ),
    fault(
        "parts-as-text",
        "TMF683-4-SPC-003",
        "related parties are a text of JSON",
        &[Show(READS, |record, _| {
            if let Some(parties) = record.get("relatedParty").map(ToString::to_string) {
                replace(record, "relatedParty", parties);
            }
        })],
    ),
    fault(
        "period-text",
        "TMF683-4-SPC-004",
        "interactionDate is a text",
        &[Show(ANSWERS, |record, _| {
            let start = record
                .get("interactionDate")
                .map(|period| part(period, "startDateTime"));
            replace(record, "interactionDate", start.unwrap_or_default());
        })],
    ),
    fault(
        "period-list",
        "TMF683-4-SPC-004",
        "interactionDate is a list",
        &[Show(READS, |record, _| {
            let period = record.get("interactionDate").cloned();
            replace(record, "interactionDate", json!([period]));
        })],
    ),
    fault(
        "period-without-zone",
        "TMF683-4-SPC-004",
        "startDateTime lacks its zone",
        &[Show(READS, |record, _| {
            in_part(record, "interactionDate", |period| {
                edit(period, "startDateTime", without_zone)
            });
        })],
    ),
    fault(
        "period-end-date-only",
        "TMF683-4-SPC-004",
        "endDateTime is a date only",
        &[Show(READS, |record, _| {
            in_part(record, "interactionDate", |period| {
                edit(period, "endDateTime", |text| {
                    text.chars().take(10).collect()
                });
            });
        })],
    ),
    fault(
        "period-swapped",
        "TMF683-4-SPC-005",
        "start and end of interactionDate are swapped",
        &[Show(ANSWERS, |record, _| {
            in_part(record, "interactionDate", |period| {
                let start = period.get("startDateTime").cloned();
                let end = period.get("endDateTime").cloned();
                if let (Some(start), Some(end)) = (start, end) {
                    replace(period, "startDateTime", end);
                    replace(period, "endDateTime", start);
                }
            });
        })],
    ),
    fault(
        "direction-short",
        "TMF683-4-SPC-006",
        "direction is stored as in or out",
        &[Keep(|record, _, _| {
            edit(record, "direction", |text| {
                text.trim_end_matches("bound").to_owned()
            })
        })],
    ),
    fault(
        "status-in-capitals",
        "TMF683-4-SPC-007",
        "status comes back in capitals",
        &[Show(ANSWERS, |record, _| {
            edit(record, "status", str::to_uppercase)
        })],
    ),
    fault(
        "status-of-its-own",
        "TMF683-4-SPC-007",
        "a record without a status shows one that no list knows",
        &[Show(ANSWERS, |record, _| {
            record
                .entry("status")
                .or_insert_with(|| "acknowledged".into());
        })],
    ),
    fault(
        "schema-location-relative",
        "TMF683-4-SPC-008",
        "@schemaLocation is relative",
        &[Show(ANSWERS, |record, _| {
            record.insert(
                "@schemaLocation".to_owned(),
                "schema/PartyInteraction.json".into(),
            );
        })],
    ),
    fault(
        "schema-location-blank",
        "TMF683-4-SPC-008",
        "@schemaLocation is empty in lists",
        &[Show(LISTED, |record, _| {
            record.insert("@schemaLocation".to_owned(), "".into());
        })],
    ),
    fault(
        "note-schema-location-relative",
        "TMF683-4-SPC-008",
        "@schemaLocation of notes is relative",
        &[Show(READS, |record, _| {
            each(record, "note", |note| {
                note.insert("@schemaLocation".to_owned(), "Note.json".into());
            });
        })],
    ),
    fault(
        "href-dead",
        "TMF683-4-SPC-009",
        "href leads to a path where nothing is",
        &[Keep(|record, _, _| {
            edit(record, "href", |text| {
                text.replace("/partyInteraction/v4/", "/partyInteraction/v3/")
            });
        })],
    ),
    fault(
        "href-collection",
        "TMF683-4-SPC-009",
        "href leads to the whole collection",
        &[Keep(|record, _, _| {
            edit(record, "href", |text| {
                text.rsplit_once('/')
                    .map_or("", |(start, _)| start)
                    .to_owned()
            });
        })],
    ),
    fault(
        "href-other-ending",
        "TMF683-4-SPC-010",
        "href does not end with the id",
        &[Keep(|record, _, _| {
            edit(record, "href", |text| format!("{text}/view"))
        })],
    ),
    fault(
        "href-id-only",
        "TMF683-4-SPC-010",
        "href is nothing but the id",
        &[Keep(|record, _, _| {
            let id = record.get("id").cloned().unwrap_or_default();
            replace(record, "href", id);
        })],
    ),
];

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
