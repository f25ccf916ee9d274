//! Faults in the types and formats of the parts of a record.

use serde_json::{Value, json};

use super::families::{each_shown, each_stored};
use super::tools::{each, edit, insert, remove, replace};
use crate::reference::effect::{ANSWERS, LISTED, Object, READS, on_show};

faults! {
    "channel-without-href" breaks "SPC-011": "channels lose their href"
        => each_shown(ANSWERS, "channel", |channel| remove(channel, "href"));
    "channel-name-lost" breaks "SPC-018": "the name of a channel is not stored"
        => each_stored("channel", |channel| remove(channel, "name"));
    "party-without-href" breaks "SPC-012": "related parties have no href"
        => each_shown(ANSWERS, "relatedParty", |party| remove(party, "href"));
    "attachment-url-wrong" breaks "SPC-013": "the url of an attachment lacks its scheme and host"
        => each_shown(ANSWERS, "attachment", |attachment| {
            edit(attachment, "url", |_| "files one/two".to_owned())
        });
    "attachment-content-decoded" breaks "SPC-013": "the content of an attachment is not base64"
        => each_shown(ANSWERS, "attachment", |attachment| {
            edit(attachment, "content", |_| "<§ raw bytes §>".to_owned())
        });
    "attachment-type-object" breaks "SPC-013": "the mimeType of an attachment is an object"
        => each_shown(READS, "attachment", |attachment| {
            replace(attachment, "mimeType", json!({"type": "text"}))
        });
    "attachment-name-number" breaks "SPC-013": "the name of an attachment is a number in lists"
        => each_shown(LISTED, "attachment", |attachment| replace(attachment, "name", 1));
    "attachment-reference-without-id" breaks "SPC-013": "attachments lack their id"
        => each_shown(ANSWERS, "attachment", |attachment| remove(attachment, "id"));
    "amount-text" breaks "SPC-014": "the amount of a size is a text"
        => on_show(ANSWERS, |record, _| {
            in_sizes(record, |size| {
                let amount = size.get("amount").map(ToString::to_string).unwrap_or_default();
                replace(size, "amount", amount);
            })
        });
    "units-number" breaks "SPC-014": "the units of a size are a number"
        => on_show(READS, |record, _| in_sizes(record, |size| replace(size, "units", 1024)));
    "size-text" breaks "SPC-014": "a size is a text"
        => each_shown(READS, "attachment", |attachment| replace(attachment, "size", "12 kB"));
    "note-date-without-zone" breaks "SPC-015": "the date of a note lacks its zone"
        => each_shown(ANSWERS, "note", |note| edit(note, "date", without_zone));
    "note-author-object" breaks "SPC-015": "the author of a note is an object"
        => each_shown(READS, "note", |note| {
            let name = note.get("author").cloned().unwrap_or_default();
            replace(note, "author", json!({"name": name}));
        });
    "note-id-number" breaks "SPC-015": "the id of a note is a number"
        => each_shown(READS, "note", |note| insert(note, "id", 1));
    "note-text-lost" breaks "SPC-015": "notes lose their text"
        => each_stored("note", |note| remove(note, "text"));
    "item-resolution-list" breaks "SPC-016": "the resolution of an item is a list"
        => each_shown(READS, "interactionItem", |item| {
            let resolution = item.get("resolution").cloned();
            replace(item, "resolution", json!([resolution]));
        });
    "item-date-without-time" breaks "SPC-016": "the creationDate of an item is a date only"
        => each_shown(ANSWERS, "interactionItem", |item| {
            edit(item, "creationDate", |text| text.chars().take(10).collect());
        });
    "item-period-text" breaks "SPC-016": "the itemDate of an item is a text"
        => each_shown(READS, "interactionItem", |item| {
            replace(item, "itemDate", "2020-01-01T00:00:00Z")
        });
    "item-entity-list" breaks "SPC-016": "the entity of an item is a list"
        => each_shown(READS, "interactionItem", |item| {
            let entity = item.get("item").cloned();
            replace(item, "item", json!([entity]));
        });
    "item-note-object" breaks "SPC-016": "the notes of an item are an object in lists"
        => each_shown(LISTED, "interactionItem", |item| {
            replace(item, "note", json!({"text": "x"}))
        });
    "item-id-number" breaks "SPC-016": "the id of an item is a number"
        => each_shown(READS, "interactionItem", |item| insert(item, "id", 1));
    "relationship-type-number" breaks "SPC-017": "relationshipType is a number"
        => each_shown(READS, "interactionRelationship", |link| {
            replace(link, "relationshipType", 4)
        });
    "relationship-href-object" breaks "SPC-017": "the href of a relationship is an object"
        => each_shown(READS, "interactionRelationship", |link| {
            insert(link, "href", json!({"rel": "self"}));
        });
    "relationship-type-lost" breaks "SPC-017": "relationships lose their type"
        => each_stored("interactionRelationship", |link| remove(link, "relationshipType"));
}

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
