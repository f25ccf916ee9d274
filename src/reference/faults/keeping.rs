//! Faults that lose or change what a client sent.

use serde_json::{Value, json};

use super::super::call::Operation::Create;
use super::super::effect::Effect::{Finish, Keep, Show};
use super::super::effect::{ANSWERS, CREATED, LISTED, Object, READS, RETRIEVED};
use super::tools::{each, edit, edit_all, remove, replace};
use super::{FaultInfo, fault};

/// A row for an attribute that is lost when a record is stored.
macro_rules! loses {
    ($name:literal, $attribute:literal) => {
        fault(
            $name,
            "TMF683-4-SPC-018",
            concat!($attribute, " is not stored"),
            &[Keep(|record, _, _| remove(record, $attribute))],
        )
    };
}

/// A row for an attribute that one view does not show.
macro_rules! hides {
    ($name:literal, $attribute:literal, $views:ident, $where:literal) => {
        fault(
            $name,
            "TMF683-4-SPC-018",
            concat!($attribute, " is left out ", $where),
            &[Show($views, |record, _| remove(record, $attribute))],
        )
    };
}

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    loses!("lose-description", "description"),
    loses!("lose-status", "status"),
    loses!("lose-interaction-date", "interactionDate"),
    loses!("lose-attachment", "attachment"),
    loses!("lose-note", "note"),
    loses!("lose-item", "interactionItem"),
    loses!("lose-relationship", "interactionRelationship"),
    loses!("lose-party", "relatedParty"),
    loses!("lose-type", "@type"),
    loses!("lose-base-type", "@baseType"),
    loses!("lose-schema-location", "@schemaLocation"),
    hides!(
        "created-description-lost",
        "description",
        CREATED,
        "of the create answer"
    ),
    hides!("created-note-lost", "note", CREATED, "of the create answer"),
    hides!(
        "created-party-lost",
        "relatedParty",
        CREATED,
        "of the create answer"
    ),
    hides!("listed-item-lost", "interactionItem", LISTED, "of lists"),
    hides!("listed-attachment-lost", "attachment", LISTED, "of lists"),
    hides!("listed-party-lost", "relatedParty", LISTED, "of lists"),
    hides!("retrieved-note-lost", "note", RETRIEVED, "by id"),
    hides!("retrieved-status-lost", "status", RETRIEVED, "by id"),
    hides!(
        "retrieved-relationship-lost",
        "interactionRelationship",
        RETRIEVED,
        "by id"
    ),
    fault(
        "lose-all-optional",
        "TMF683-4-SPC-018",
        "only the mandatory attributes are stored",
        &[Keep(|record, _, _| {
            let kept = [
                "id",
                "href",
                "channel",
                "direction",
                "reason",
                "creationDate",
            ];
            record.retain(|name, _| kept.contains(&name.as_str()));
        })],
    ),
    fault(
        "lose-status-date",
        "TMF683-4-SPC-018",
        "a statusChangeDate that was sent is replaced by the current time",
        &[Keep(|record, sent, _| {
            if sent.contains_key("statusChangeDate") {
                replace(record, "statusChangeDate", now());
            }
        })],
    ),
    fault(
        "lose-creation-date",
        "TMF683-4-SPC-018",
        "a creationDate that was sent is replaced by the current time",
        &[Keep(|record, sent, _| {
            if sent.contains_key("creationDate") {
                replace(record, "creationDate", now());
            }
        })],
    ),
    fault(
        "lose-second-channel",
        "TMF683-4-SPC-018",
        "only the first channel is stored",
        &[Keep(|record, _, _| keep_first(record, "channel"))],
    ),
    fault(
        "lose-second-party",
        "TMF683-4-SPC-018",
        "only the first related party is stored",
        &[Keep(|record, _, _| keep_first(record, "relatedParty"))],
    ),
    fault(
        "lose-second-note",
        "TMF683-4-SPC-018",
        "only the first note is stored",
        &[Keep(|record, _, _| keep_first(record, "note"))],
    ),
    fault(
        "lose-second-item",
        "TMF683-4-SPC-018",
        "only the first interaction item is stored",
        &[Keep(|record, _, _| keep_first(record, "interactionItem"))],
    ),
    fault(
        "lose-second-attachment",
        "TMF683-4-SPC-018",
        "only the first attachment is stored",
        &[Keep(|record, _, _| keep_first(record, "attachment"))],
    ),
    fault(
        "lose-types-of-parts",
        "TMF683-4-SPC-018",
        "notes, parties and relationships lose their type, base type and place of their schema",
        &[Keep(|record, _, _| {
            for part in ["note", "relatedParty", "interactionRelationship"] {
                each(record, part, remove_types);
            }
        })],
    ),
    fault(
        "listed-types-of-items-lost",
        "TMF683-4-SPC-018",
        "items lose their type, base type and place of their schema in lists",
        &[Show(LISTED, |record, _| {
            each(record, "interactionItem", remove_types);
        })],
    ),
    fault(
        "lose-validity-in-items",
        "TMF683-4-SPC-018",
        "the attachments of items lose their size and the period in which they are valid",
        &[Keep(|record, _, _| {
            each(record, "interactionItem", |item| {
                each(item, "attachment", |attachment| {
                    remove(attachment, "size");
                    remove(attachment, "validFor");
                });
            });
        })],
    ),
    fault(
        "lose-channel-name",
        "TMF683-4-SPC-018",
        "of a channel only id and href are stored",
        &[Keep(|record, _, _| {
            each(record, "channel", |channel| {
                channel.retain(|name, _| name == "id" || name == "href")
            });
        })],
    ),
    fault(
        "lose-party-name",
        "TMF683-4-SPC-018",
        "the names of related parties are not stored",
        &[Keep(|record, _, _| {
            each(record, "relatedParty", |party| remove(party, "name"))
        })],
    ),
    fault(
        "lose-party-href",
        "TMF683-4-SPC-018",
        "the href of a related party is replaced",
        &[Keep(|record, _, _| {
            each(record, "relatedParty", |party| {
                edit(party, "href", |_| "/party/0".to_owned())
            });
        })],
    ),
    fault(
        "lose-item-parts",
        "TMF683-4-SPC-018",
        "of an interaction item the parts are not stored",
        &[Keep(|record, _, _| {
            each(record, "interactionItem", |item| {
                item.retain(|name, value| {
                    name == "item" || !(value.is_array() || value.is_object())
                });
            });
        })],
    ),
    fault(
        "lose-attachment-size",
        "TMF683-4-SPC-018",
        "the size of an attachment is not stored",
        &[Keep(|record, _, _| {
            each(record, "attachment", |attachment| {
                remove(attachment, "size")
            })
        })],
    ),
    fault(
        "amount-rounded",
        "TMF683-4-SPC-018",
        "amounts are rounded down to whole numbers",
        &[Keep(|record, _, _| {
            each(record, "attachment", |attachment| {
                if let Some(amount) = attachment
                    .get_mut("size")
                    .and_then(|size| size.get_mut("amount"))
                {
                    *amount = json!(amount.as_f64().map(|value| value.floor()));
                }
            })
        })],
    ),
    fault(
        "lists-reversed",
        "TMF683-4-SPC-018",
        "the elements of lists in a record come back in reverse",
        &[Keep(|record, _, _| {
            for name in [
                "channel",
                "relatedParty",
                "note",
                "attachment",
                "interactionItem",
            ] {
                if let Some(Value::Array(items)) = record.get_mut(name) {
                    items.reverse();
                }
            }
        })],
    ),
    fault(
        "dates-lose-zone-shift",
        "TMF683-4-SPC-018",
        "the zone of a date-time is dropped in favour of Z",
        &[Keep(|record, sent, _| {
            if let Some(sent) = sent.get("interactionDate") {
                replace(record, "interactionDate", with_zulu(sent));
            }
        })],
    ),
    fault(
        "dates-a-day-off",
        "TMF683-4-SPC-018",
        "interactionDate comes back a day later",
        &[Show(READS, |record, _| {
            if let Some(Value::Object(period)) = record.get_mut("interactionDate") {
                for name in ["startDateTime", "endDateTime"] {
                    edit(period, name, a_day_later);
                }
            }
        })],
    ),
    fault(
        "parties-merged",
        "TMF683-4-SPC-018",
        "all related parties come back with the values of the first",
        &[Show(READS, |record, _| {
            if let Some(Value::Array(items)) = record.get_mut("relatedParty")
                && let Some(first) = items.first().cloned()
            {
                items.fill(first);
            }
        })],
    ),
    fault(
        "creation-date-missing",
        "TMF683-4-SPC-019",
        "the server sets no creationDate",
        &[Keep(|record, sent, _| {
            if !sent.contains_key("creationDate") {
                remove(record, "creationDate");
            }
        })],
    ),
    fault(
        "creation-date-fixed",
        "TMF683-4-SPC-019",
        "the creationDate of the server is always the same",
        &[Keep(|record, sent, _| {
            if !sent.contains_key("creationDate") {
                replace(record, "creationDate", "1970-01-01T00:00:00Z");
            }
        })],
    ),
    fault(
        "status-date-missing",
        "TMF683-4-SPC-020",
        "the server sets no statusChangeDate",
        &[Keep(|record, sent, _| {
            if !sent.contains_key("statusChangeDate") {
                remove(record, "statusChangeDate");
            }
        })],
    ),
    fault(
        "client-id-echoed",
        "TMF683-4-SPC-022",
        "an id of the client is echoed, but not the one of the record",
        &[Show(CREATED, |record, call| {
            if let Some(id) = call.json().get("id").cloned() {
                replace(record, "id", id);
            }
        })],
    ),
    fault(
        "client-href-kept",
        "TMF683-4-SPC-022",
        "an href of the client is kept",
        &[Keep(|record, sent, _| {
            if let Some(href) = sent.get("href") {
                replace(record, "href", href.clone());
            }
        })],
    ),
    fault(
        "client-id-stored",
        "TMF683-4-SPC-022",
        "an id of the client is stored, though the record has another one",
        &[Keep(|record, sent, _| {
            if let Some(id) = sent.get("id") {
                replace(record, "id", id.clone());
            }
        })],
    ),
    fault(
        "names-in-snake-case",
        "TMF683-4-SPC-018",
        "attribute names come back in snake case",
        &[Show(ANSWERS, |record, _| {
            let renamed = std::mem::take(record).into_iter();
            *record = renamed.map(|(name, value)| (snake(&name), value)).collect();
        })],
    ),
    fault(
        "create-answer-id-only",
        "TMF683-4-PRO-028",
        "the create answer is id and href only",
        &[Finish(|call, reply| {
            if call.asks(Create) && reply.succeeded() {
                reply.change_objects(|record| {
                    record.retain(|name, _| name == "id" || name == "href")
                });
            }
        })],
    ),
];

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

/// Removes what tells the type of a part.
fn remove_types(part: &mut Object) {
    for name in ["@type", "@baseType", "@schemaLocation"] {
        remove(part, name);
    }
}
