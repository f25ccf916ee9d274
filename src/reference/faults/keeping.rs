//! Faults that lose or change what a client sent.

use serde_json::{Value, json};

use super::families::{each_shown, each_stored, missing, not_stored, on_success};
use super::tools::{each, edit, edit_all, remove, replace};
use crate::reference::call::Operation::Create;
use crate::reference::effect::{
    ANSWERS, CREATED, LISTED, Object, READS, RETRIEVED, on_show, on_store,
};

faults! {
    "lose-description" breaks "SPC-018": "description is not stored" => not_stored("description");
    "lose-status" breaks "SPC-018": "status is not stored" => not_stored("status");
    "lose-interaction-date" breaks "SPC-018": "interactionDate is not stored"
        => not_stored("interactionDate");
    "lose-attachment" breaks "SPC-018": "attachment is not stored" => not_stored("attachment");
    "lose-note" breaks "SPC-018": "note is not stored" => not_stored("note");
    "lose-item" breaks "SPC-018": "interactionItem is not stored" => not_stored("interactionItem");
    "lose-relationship" breaks "SPC-018": "interactionRelationship is not stored"
        => not_stored("interactionRelationship");
    "lose-party" breaks "SPC-018": "relatedParty is not stored" => not_stored("relatedParty");
    "lose-type" breaks "SPC-018": "@type is not stored" => not_stored("@type");
    "lose-base-type" breaks "SPC-018": "@baseType is not stored" => not_stored("@baseType");
    "lose-schema-location" breaks "SPC-018": "@schemaLocation is not stored"
        => not_stored("@schemaLocation");
    "created-description-lost" breaks "SPC-018": "description is left out of the create answer"
        => missing(CREATED, "description");
    "created-note-lost" breaks "SPC-018": "note is left out of the create answer"
        => missing(CREATED, "note");
    "created-party-lost" breaks "SPC-018": "relatedParty is left out of the create answer"
        => missing(CREATED, "relatedParty");
    "listed-item-lost" breaks "SPC-018": "interactionItem is left out of lists"
        => missing(LISTED, "interactionItem");
    "listed-attachment-lost" breaks "SPC-018": "attachment is left out of lists"
        => missing(LISTED, "attachment");
    "listed-party-lost" breaks "SPC-018": "relatedParty is left out of lists"
        => missing(LISTED, "relatedParty");
    "retrieved-note-lost" breaks "SPC-018": "note is left out by id" => missing(RETRIEVED, "note");
    "retrieved-status-lost" breaks "SPC-018": "status is left out by id"
        => missing(RETRIEVED, "status");
    "retrieved-relationship-lost" breaks "SPC-018": "interactionRelationship is left out by id"
        => missing(RETRIEVED, "interactionRelationship");
    "lose-all-optional" breaks "SPC-018": "only the mandatory attributes are stored"
        => on_store(|record, _, _| {
            let kept = ["id", "href", "channel", "direction", "reason", "creationDate"];
            record.retain(|name, _| kept.contains(&name.as_str()));
        });
    "lose-status-date" breaks "SPC-018": "a statusChangeDate that was sent is replaced by the current time"
        => on_store(|record, sent, _| if sent.contains_key("statusChangeDate") {
            replace(record, "statusChangeDate", now());
        });
    "lose-creation-date" breaks "SPC-018": "a creationDate that was sent is replaced by the current time"
        => on_store(|record, sent, _| if sent.contains_key("creationDate") {
            replace(record, "creationDate", now());
        });
    "lose-second-channel" breaks "SPC-018": "only the first channel is stored"
        => on_store(|record, _, _| keep_first(record, "channel"));
    "lose-second-party" breaks "SPC-018": "only the first related party is stored"
        => on_store(|record, _, _| keep_first(record, "relatedParty"));
    "lose-second-note" breaks "SPC-018": "only the first note is stored"
        => on_store(|record, _, _| keep_first(record, "note"));
    "lose-second-item" breaks "SPC-018": "only the first interaction item is stored"
        => on_store(|record, _, _| keep_first(record, "interactionItem"));
    "lose-second-attachment" breaks "SPC-018": "only the first attachment is stored"
        => on_store(|record, _, _| keep_first(record, "attachment"));
    "lose-types-of-parts" breaks "SPC-018": "notes, parties and relationships lose their type, base type and place of their schema"
        => on_store(|record, _, _| {
            for part in ["note", "relatedParty", "interactionRelationship"] {
                each(record, part, remove_types);
            }
        });
    "listed-types-of-items-lost" breaks "SPC-018": "items lose their type, base type and place of their schema in lists"
        => each_shown(LISTED, "interactionItem", remove_types);
    "lose-validity-in-items" breaks "SPC-018": "the attachments of items lose their size and the period in which they are valid"
        => each_stored("interactionItem", |item| {
            each(item, "attachment", |attachment| {
                remove(attachment, "size");
                remove(attachment, "validFor");
            });
        });
    "lose-channel-name" breaks "SPC-018": "of a channel only id and href are stored"
        => each_stored("channel", |channel| {
            channel.retain(|name, _| name == "id" || name == "href")
        });
    "lose-party-name" breaks "SPC-018": "the names of related parties are not stored"
        => each_stored("relatedParty", |party| remove(party, "name"));
    "lose-party-href" breaks "SPC-018": "the href of a related party is replaced"
        => each_stored("relatedParty", |party| edit(party, "href", |_| "/party/0".to_owned()));
    "lose-item-parts" breaks "SPC-018": "of an interaction item the parts are not stored"
        => each_stored("interactionItem", |item| {
            item.retain(|name, value| name == "item" || !(value.is_array() || value.is_object()));
        });
    "lose-attachment-size" breaks "SPC-018": "the size of an attachment is not stored"
        => each_stored("attachment", |attachment| remove(attachment, "size"));
    "amount-rounded" breaks "SPC-018": "amounts are rounded down to whole numbers"
        => each_stored("attachment", |attachment| {
            if let Some(amount) = attachment.get_mut("size").and_then(|size| size.get_mut("amount"))
            {
                *amount = json!(amount.as_f64().map(|value| value.floor()));
            }
        });
    "lists-reversed" breaks "SPC-018": "the elements of lists in a record come back in reverse"
        => on_store(|record, _, _| {
            for name in ["channel", "relatedParty", "note", "attachment", "interactionItem"] {
                if let Some(Value::Array(items)) = record.get_mut(name) {
                    items.reverse();
                }
            }
        });
    "dates-lose-zone-shift" breaks "SPC-018": "the zone of a date-time is dropped in favour of Z"
        => on_store(|record, sent, _| if let Some(sent) = sent.get("interactionDate") {
            replace(record, "interactionDate", with_zulu(sent));
        });
    "dates-a-day-off" breaks "SPC-018": "interactionDate comes back a day later"
        => on_show(READS, |record, _| {
            if let Some(Value::Object(period)) = record.get_mut("interactionDate") {
                for name in ["startDateTime", "endDateTime"] {
                    edit(period, name, a_day_later);
                }
            }
        });
    "parties-merged" breaks "SPC-018": "all related parties come back with the values of the first"
        => on_show(READS, |record, _| {
            if let Some(Value::Array(items)) = record.get_mut("relatedParty")
                && let Some(first) = items.first().cloned()
            {
                items.fill(first);
            }
        });
    "creation-date-missing" breaks "SPC-019": "the server sets no creationDate"
        => on_store(|record, sent, _| if !sent.contains_key("creationDate") {
            remove(record, "creationDate");
        });
    "creation-date-fixed" breaks "SPC-019": "the creationDate of the server is always the same"
        => on_store(|record, sent, _| if !sent.contains_key("creationDate") {
            replace(record, "creationDate", "1970-01-01T00:00:00Z");
        });
    "status-date-missing" breaks "SPC-020": "the server sets no statusChangeDate"
        => on_store(|record, sent, _| if !sent.contains_key("statusChangeDate") {
            remove(record, "statusChangeDate");
        });
    "client-id-echoed" breaks "SPC-022": "an id of the client is echoed, but not the one of the record"
        => on_show(CREATED, |record, call| if let Some(id) = call.json().get("id").cloned() {
            replace(record, "id", id);
        });
    "client-href-kept" breaks "SPC-022": "an href of the client is kept"
        => on_store(|record, sent, _| if let Some(href) = sent.get("href") {
            replace(record, "href", href.clone());
        });
    "client-id-stored" breaks "SPC-022": "an id of the client is stored, though the record has another one"
        => on_store(|record, sent, _| if let Some(id) = sent.get("id") {
            replace(record, "id", id.clone());
        });
    "names-in-snake-case" breaks "SPC-018": "attribute names come back in snake case"
        => on_show(ANSWERS, |record, _| {
            let renamed = std::mem::take(record).into_iter();
            *record = renamed.map(|(name, value)| (snake(&name), value)).collect();
        });
    "create-answer-id-only" breaks "PRO-028": "the create answer is id and href only"
        => on_success(Create, |_, reply| {
            reply.change_objects(|record| record.retain(|name, _| name == "id" || name == "href"));
        });
}

fn now() -> String {
    format!("{:.3}", jiff::Timestamp::now())
}

fn keep_first(record: &mut Object, name: &str) {
    if let Some(Value::Array(items)) = record.get_mut(name) {
        items.truncate(1);
    }
}

/// The same wall clock time, said to be UTC.
fn with_zulu(period: &Value) -> Value {
    let mut period = period.clone();
    edit_all(&mut period, &|text| {
        format!("{}Z", text.get(..19).unwrap_or(text))
    });
    period
}

fn a_day_later(text: &str) -> String {
    let day = jiff::SignedDuration::from_hours(24);
    let later = text
        .parse::<jiff::Timestamp>()
        .ok()
        .and_then(|time| time.checked_add(day).ok());
    later.map_or_else(|| text.to_owned(), |time| time.to_string())
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// Removes the type of a part.
fn remove_types(part: &mut Object) {
    for name in ["@type", "@baseType", "@schemaLocation"] {
        remove(part, name);
    }
}
