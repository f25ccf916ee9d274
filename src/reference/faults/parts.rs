//! Faults in the types and formats of the parts of a record.

use serde_json::{Value, json};

use super::super::effect::Effect::{Keep, Show};
use super::super::effect::{ANSWERS, LISTED, Object, READS};
use super::tools::{each, edit, remove, replace};
use super::{FaultInfo, fault};

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    fault(
        "channel-without-href",
        "TMF683-4-SPC-011",
        "channels get no href of the server",
        &[Keep(|record, sent, _| {
            if let Some(channels) = sent.get("channel") {
                replace(record, "channel", channels.clone());
            }
        })],
    ),
    fault(
        "party-without-href",
        "TMF683-4-SPC-012",
        "related parties have no href",
        &[Show(ANSWERS, |record, _| {
            each(record, "relatedParty", |party| remove(party, "href"))
        })],
    ),
    fault(
        "attachment-url-wrong",
        "TMF683-4-SPC-013",
        "the url of an attachment lacks its scheme and host",
        &[Show(ANSWERS, |record, _| {
            each(record, "attachment", |attachment| {
                edit(attachment, "url", |_| "files one/two".to_owned())
            });
        })],
    ),
    fault(
        "attachment-content-decoded",
        "TMF683-4-SPC-013",
        "the content of an attachment is no base64",
        &[Show(ANSWERS, |record, _| {
            each(record, "attachment", |attachment| {
                edit(attachment, "content", |_| "<§ raw bytes §>".to_owned())
            });
        })],
    ),
    fault(
        "attachment-type-object",
        "TMF683-4-SPC-013",
        "the mimeType of an attachment is an object",
        &[Show(READS, |record, _| {
            each(record, "attachment", |attachment| {
                replace(attachment, "mimeType", json!({"type": "text"}))
            });
        })],
    ),
    fault(
        "attachment-name-number",
        "TMF683-4-SPC-013",
        "the name of an attachment is a number in lists",
        &[Show(LISTED, |record, _| {
            each(record, "attachment", |attachment| {
                replace(attachment, "name", 1)
            })
        })],
    ),
    fault(
        "attachment-reference-without-id",
        "TMF683-4-SPC-013",
        "attachments lack their id",
        &[Show(ANSWERS, |record, _| {
            each(record, "attachment", |attachment| remove(attachment, "id"))
        })],
    ),
    fault(
        "amount-text",
        "TMF683-4-SPC-014",
        "the amount of a size is a text",
        &[Show(ANSWERS, |record, _| {
            in_sizes(record, |size| {
                let amount = size
                    .get("amount")
                    .map(ToString::to_string)
                    .unwrap_or_default();
                replace(size, "amount", amount);
            })
        })],
    ),
    fault(
        "units-number",
        "TMF683-4-SPC-014",
        "the units of a size are a number",
        &[Show(READS, |record, _| {
            in_sizes(record, |size| replace(size, "units", 1024))
        })],
    ),
    fault(
        "size-text",
        "TMF683-4-SPC-014",
        "a size is a text",
        &[Show(READS, |record, _| {
            each(record, "attachment", |attachment| {
                replace(attachment, "size", "12 kB")
            });
        })],
    ),
    fault(
        "note-date-without-zone",
        "TMF683-4-SPC-015",
        "the date of a note lacks its zone",
        &[Show(ANSWERS, |record, _| {
            each(record, "note", |note| edit(note, "date", without_zone))
        })],
    ),
    fault(
        "note-author-object",
        "TMF683-4-SPC-015",
        "the author of a note is an object",
        &[Show(READS, |record, _| {
            each(record, "note", |note| {
                let name = note.get("author").cloned().unwrap_or_default();
                replace(note, "author", json!({"name": name}));
            });
        })],
    ),
    fault(
        "note-id-number",
        "TMF683-4-SPC-015",
        "the id of a note is a number",
        &[Show(READS, |record, _| {
            each(record, "note", |note| {
                note.insert("id".to_owned(), 1.into());
            })
        })],
    ),
    fault(
        "note-text-lost",
        "TMF683-4-SPC-015",
        "notes lose their text",
        &[Keep(|record, _, _| {
            each(record, "note", |note| remove(note, "text"))
        })],
    ),
    fault(
        "item-resolution-list",
        "TMF683-4-SPC-016",
        "the resolution of an item is a list",
        &[Show(READS, |record, _| {
            each(record, "interactionItem", |item| {
                let resolution = item.get("resolution").cloned();
                replace(item, "resolution", json!([resolution]));
            });
        })],
    ),
    fault(
        "item-date-without-time",
        "TMF683-4-SPC-016",
        "the creationDate of an item is a date only",
        &[Show(ANSWERS, |record, _| {
            each(record, "interactionItem", |item| {
                edit(item, "creationDate", |text| text.chars().take(10).collect());
            });
        })],
    ),
    fault(
        "item-period-text",
        "TMF683-4-SPC-016",
        "the itemDate of an item is a text",
        &[Show(READS, |record, _| {
            each(record, "interactionItem", |item| {
                replace(item, "itemDate", "2020-01-01T00:00:00Z")
            });
        })],
    ),
    fault(
        "item-entity-list",
        "TMF683-4-SPC-016",
        "the entity of an item is a list",
        &[Show(READS, |record, _| {
            each(record, "interactionItem", |item| {
                let entity = item.get("item").cloned();
                replace(item, "item", json!([entity]));
            });
        })],
    ),
    fault(
        "item-note-object",
        "TMF683-4-SPC-016",
        "the notes of an item are an object in lists",
        &[Show(LISTED, |record, _| {
            each(record, "interactionItem", |item| {
                replace(item, "note", json!({"text": "x"}))
            });
        })],
    ),
    fault(
        "item-id-number",
        "TMF683-4-SPC-016",
        "the id of an item is a number",
        &[Show(READS, |record, _| {
            each(record, "interactionItem", |item| {
                item.insert("id".to_owned(), 1.into());
            });
        })],
    ),
    fault(
        "relationship-type-number",
        "TMF683-4-SPC-017",
        "relationshipType is a number",
        &[Show(READS, |record, _| {
            each(record, "interactionRelationship", |link| {
                replace(link, "relationshipType", 4)
            });
        })],
    ),
    fault(
        "relationship-href-object",
        "TMF683-4-SPC-017",
        "the href of a relationship is an object",
        &[Show(READS, |record, _| {
            each(record, "interactionRelationship", |link| {
                link.insert("href".to_owned(), json!({"rel": "self"}));
            });
        })],
    ),
    fault(
        "relationship-type-lost",
        "TMF683-4-SPC-017",
        "relationships lose their type",
        &[Keep(|record, _, _| {
            each(record, "interactionRelationship", |link| {
                remove(link, "relationshipType")
            });
        })],
    ),
];

/// A date-time without its zone.
fn without_zone(text: &str) -> String {
    text.chars().take(19).collect()
}

fn in_part(record: &mut Object, name: &str, change: impl FnOnce(&mut Object)) {
    if let Some(Value::Object(part)) = record.get_mut(name) {
        change(part);
    }
}

fn in_sizes(record: &mut Object, change: impl Fn(&mut Object)) {
    each(record, "attachment", |attachment| {
        in_part(attachment, "size", &change)
    });
}
