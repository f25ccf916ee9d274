//! Faults in what a representation holds: mandatory attributes, at the top and in parts.

use serde_json::{Value, json};

use super::families::{each_shown, missing, shown_as};
use super::tools::{each, insert, remove, replace, text};
use crate::reference::call::Operation::Create;
use crate::reference::effect::{
    ANSWERS, CREATED, LISTED, Object, READS, RETRIEVED, demand, on_response, on_show,
};
use crate::reference::model::{Flaw, Violation};

faults! {
    "created-direction-blank" breaks "PRO-001": "direction is blank in the create answer"
        => shown_as(CREATED, "direction", "");
    "listed-direction-blank" breaks "PRO-001": "direction is blank in lists"
        => shown_as(LISTED, "direction", "");
    "retrieved-direction-blank" breaks "PRO-001": "direction is blank by id"
        => shown_as(RETRIEVED, "direction", "  ");
    "created-reason-blank" breaks "PRO-002": "reason is blank in the create answer"
        => shown_as(CREATED, "reason", "");
    "listed-reason-blank" breaks "PRO-002": "reason is blank in lists"
        => shown_as(LISTED, "reason", "\t");
    "retrieved-reason-blank" breaks "PRO-002": "reason is blank by id"
        => shown_as(RETRIEVED, "reason", "");
    "created-id-and-href-blank" breaks "PRO-003": "id and href are blank in the create answer, and there is no Location"
        => on_show(CREATED, |record, _| {
            replace(record, "id", " ");
            replace(record, "href", "");
        })
        => on_response(|call, reply| if call.asks(Create) { reply.drop_header("location"); });
    "listed-id-blank" breaks "PRO-003": "id is blank in lists" => shown_as(LISTED, "id", "");
    "retrieved-id-blank" breaks "PRO-003": "id is blank by id" => shown_as(RETRIEVED, "id", "");
    "created-href-blank" breaks "PRO-004": "href is blank in the create answer"
        => shown_as(CREATED, "href", "");
    "listed-href-blank" breaks "PRO-004": "href is blank in lists" => shown_as(LISTED, "href", "");
    "retrieved-href-blank" breaks "PRO-004": "href is blank by id"
        => shown_as(RETRIEVED, "href", " ");
    "listed-direction-null" breaks "PRO-001": "direction is null in lists"
        => shown_as(LISTED, "direction", Value::Null);
    "listed-reason-missing" breaks "PRO-002": "reason is missing in lists"
        => missing(LISTED, "reason");
    "retrieved-href-missing" breaks "PRO-004": "href is missing by id"
        => missing(RETRIEVED, "href");
    "created-channel-empty" breaks "PRO-005": "channel is empty in the create answer"
        => shown_as(CREATED, "channel", json!([]));
    "listed-channel-empty" breaks "PRO-005": "channel is empty in lists"
        => shown_as(LISTED, "channel", json!([]));
    "retrieved-channel-empty" breaks "PRO-005": "channel is empty by id"
        => shown_as(RETRIEVED, "channel", json!([]));
    "listed-channel-missing" breaks "PRO-005": "channel is missing in lists"
        => missing(LISTED, "channel");
    "channel-null-element" breaks "PRO-006": "channel holds null"
        => shown_as(ANSWERS, "channel", json!([null]));
    "channel-texts" breaks "PRO-006": "channel holds ids as plain texts"
        => on_show(ANSWERS, |record, _| {
            let channels = record.get("channel").and_then(Value::as_array);
            let ids: Vec<Value> = channels.into_iter().flatten().map(|c| c["id"].clone()).collect();
            replace(record, "channel", ids);
        });
    "channel-without-id" breaks "PRO-006": "the channels lack their id"
        => each_shown(ANSWERS, "channel", |channel| remove(channel, "id"));
    "channel-blank-id" breaks "PRO-006": "the ids of channels are blank in lists"
        => each_shown(LISTED, "channel", |channel| replace(channel, "id", ""));
    "channel-numeric-id" breaks "PRO-006": "the ids of channels are numbers by id"
        => each_shown(RETRIEVED, "channel", |channel| replace(channel, "id", 5));
    "second-channel-without-id" breaks "PRO-006": "all but the first channel lack their id"
        => on_show(READS, |record, _| {
            let mut index = 0;
            each(record, "channel", |channel| {
                if index > 0 {
                    remove(channel, "id");
                }
                index += 1;
            });
        });
    "party-without-type" breaks "PRO-007": "related parties lack @referredType"
        => each_shown(ANSWERS, "relatedParty", |party| remove(party, "@referredType"));
    "listed-party-type-blank" breaks "PRO-007": "@referredType of related parties is blank in lists"
        => each_shown(LISTED, "relatedParty", |party| replace(party, "@referredType", ""));
    "party-type-renamed" breaks "PRO-007": "related parties have referredType without the @"
        => each_shown(ANSWERS, "relatedParty", |party| {
            if let Some(value) = party.shift_remove("@referredType") {
                insert(party, "referredType", value);
            }
        });
    "party-without-id" breaks "PRO-008": "related parties lack their id"
        => each_shown(ANSWERS, "relatedParty", |party| remove(party, "id"));
    "retrieved-party-id-blank" breaks "PRO-008": "the ids of related parties are blank by id"
        => each_shown(RETRIEVED, "relatedParty", |party| replace(party, "id", ""));
    "party-without-role" breaks "PRO-009": "related parties that are parties lack their role"
        => each_shown(ANSWERS, "relatedParty", party_without_role);
    "organization-without-role" breaks "PRO-009": "organizations lack their role in lists"
        => each_shown(LISTED, "relatedParty", |party| {
            if text(party, "@referredType") == "Organization" {
                remove(party, "role");
            }
        });
    "party-role-blank" breaks "PRO-009": "the roles of individuals are blank by id"
        => each_shown(RETRIEVED, "relatedParty", |party| {
            if text(party, "@referredType") == "Individual" {
                replace(party, "role", " ");
            }
        });
    "role-always-demanded" breaks "PRO-010": "a customer without a role is refused"
        => demand(Create, |body| {
            let parties = body.get("relatedParty")?.as_array()?;
            let index = parties.iter().position(|party| party.get("role").is_none())?;
            let pointer = format!("/relatedParty/{index}/role");
            Some(Violation::new(pointer, Flaw::Missing))
        });
    "item-channel-without-id" breaks "PRO-011": "the channels of items lack their id"
        => on_show(ANSWERS, |record, _| {
            in_items(record, |item| each(item, "channel", |channel| remove(channel, "id")));
        });
    "item-channel-blank-id" breaks "PRO-011": "the ids of the channels of items are blank in lists"
        => on_show(LISTED, |record, _| {
            in_items(record, |item| each(item, "channel", |channel| replace(channel, "id", "")));
        });
    "item-without-type" breaks "PRO-012": "the entities of items lack @type"
        => on_show(ANSWERS, |record, _| in_entities(record, |entity| remove(entity, "@type")));
    "item-value-without-type" breaks "PRO-012": "entities by value lack @type by id"
        => on_show(RETRIEVED, |record, _| {
            in_entities(record, |entity| {
                if text(entity, "@type") != "EntityRef" {
                    remove(entity, "@type");
                }
            });
        });
    "item-without-role" breaks "PRO-013": "the entities of items lack their role"
        => on_show(ANSWERS, |record, _| in_entities(record, |entity| remove(entity, "role")));
    "item-role-blank" breaks "PRO-013": "the roles of entities are blank in lists"
        => on_show(LISTED, |record, _| in_entities(record, |entity| replace(entity, "role", "")));
    "entity-ref-without-id" breaks "PRO-014": "entities by reference lack their id"
        => on_show(ANSWERS, |record, _| in_references(record, |entity| remove(entity, "id")));
    "entity-ref-without-type" breaks "PRO-014": "entities by reference lack @referredType"
        => on_show(ANSWERS, |record, _| {
            in_references(record, |entity| remove(entity, "@referredType"))
        });
    "entity-ref-type-blank" breaks "PRO-014": "@referredType of entities is blank by id"
        => on_show(RETRIEVED, |record, _| {
            in_references(record, |entity| replace(entity, "@referredType", ""));
        });
    "item-value-type-changed" breaks "PRO-015": "entities by value come back as references"
        => on_show(READS, |record, _| {
            in_entities(record, |entity| {
                if text(entity, "@type") != "EntityRef" {
                    let kind = entity.get("@type").cloned().unwrap_or_default();
                    replace(entity, "@type", "EntityRef");
                    insert(entity, "@referredType", kind);
                }
            });
        });
    "item-value-payload-lost" breaks "PRO-015": "entities by value lose their own attributes"
        => on_show(READS, |record, _| {
            in_entities(record, |entity| {
                let known = [
                    "id",
                    "href",
                    "name",
                    "role",
                    "@type",
                    "@baseType",
                    "@schemaLocation",
                    "@referredType",
                ];
                entity.retain(|name, _| known.contains(&name.as_str()));
            });
        });
    "item-party-without-type" breaks "PRO-016": "the related parties of items lack @referredType"
        => on_show(ANSWERS, |record, _| {
            in_items(record, |item| {
                each(item, "relatedParty", |party| remove(party, "@referredType"))
            });
        });
    "item-party-without-id" breaks "PRO-016": "the related parties of items lack their id"
        => on_show(READS, |record, _| {
            in_items(record, |item| each(item, "relatedParty", |party| remove(party, "id")));
        });
    "item-party-without-role" breaks "PRO-016": "related parties of items that are parties lack their role"
        => on_show(LISTED, |record, _| {
            in_items(record, |item| each(item, "relatedParty", party_without_role));
        });
    "listed-parts-without-id" breaks "PRO-018": "in lists the parts of a record lack their ids"
        => on_show(LISTED, |record, _| {
            for name in ["relatedParty", "attachment", "note", "interactionRelationship"] {
                each(record, name, |part| remove(part, "id"));
            }
        });
    "parts-with-nulls" breaks "PRO-018": "by id the mandatory attributes of parts are null"
        => on_show(RETRIEVED, |record, _| {
            each(record, "relatedParty", |party| replace(party, "id", Value::Null));
            in_entities(record, |entity| replace(entity, "role", Value::Null));
        });
}

fn party_without_role(party: &mut Object) {
    if ["Individual", "Organization", "Party"].contains(&text(party, "@referredType")) {
        remove(party, "role");
    }
}

fn in_items(record: &mut Object, change: impl FnMut(&mut Object)) {
    each(record, "interactionItem", change);
}

fn in_entities(record: &mut Object, mut change: impl FnMut(&mut Object)) {
    in_items(record, |item| {
        if let Some(Value::Object(entity)) = item.get_mut("item") {
            change(entity);
        }
    });
}

fn in_references(record: &mut Object, mut change: impl FnMut(&mut Object)) {
    in_entities(record, |entity| {
        if text(entity, "@type") == "EntityRef" {
            change(entity);
        }
    });
}
