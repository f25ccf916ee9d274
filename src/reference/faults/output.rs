//! Faults in what a representation holds: mandatory attributes, at the top and in parts.

use serde_json::{Value, json};

use super::super::call::Operation::Create;
use super::super::effect::Effect::{Demand, Show};
use super::super::effect::{ANSWERS, CREATED, LISTED, Object, READS, RETRIEVED};
use super::super::model::{Flaw, Violation};
use super::tools::{each, remove, replace, text};
use super::{FaultInfo, fault};

/// Rows that put a blank value in the place of a mandatory attribute, one for each view.
macro_rules! blank {
    ($name:literal, $requirement:literal, $attribute:literal, $views:ident, $where:literal, $value:expr) => {
        fault(
            $name,
            $requirement,
            concat!($attribute, " is blank ", $where),
            &[Show($views, |record, _| {
                replace(record, $attribute, $value)
            })],
        )
    };
}

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    blank!(
        "created-direction-blank",
        "TMF683-4-PRO-001",
        "direction",
        CREATED,
        "in the create answer",
        ""
    ),
    blank!(
        "listed-direction-blank",
        "TMF683-4-PRO-001",
        "direction",
        LISTED,
        "in lists",
        ""
    ),
    blank!(
        "retrieved-direction-blank",
        "TMF683-4-PRO-001",
        "direction",
        RETRIEVED,
        "by id",
        "  "
    ),
    blank!(
        "created-reason-blank",
        "TMF683-4-PRO-002",
        "reason",
        CREATED,
        "in the create answer",
        ""
    ),
    blank!(
        "listed-reason-blank",
        "TMF683-4-PRO-002",
        "reason",
        LISTED,
        "in lists",
        "\t"
    ),
    blank!(
        "retrieved-reason-blank",
        "TMF683-4-PRO-002",
        "reason",
        RETRIEVED,
        "by id",
        ""
    ),
    blank!(
        "listed-id-blank",
        "TMF683-4-PRO-003",
        "id",
        LISTED,
        "in lists",
        ""
    ),
    blank!(
        "retrieved-id-blank",
        "TMF683-4-PRO-003",
        "id",
        RETRIEVED,
        "by id",
        ""
    ),
    blank!(
        "created-href-blank",
        "TMF683-4-PRO-004",
        "href",
        CREATED,
        "in the create answer",
        ""
    ),
    blank!(
        "listed-href-blank",
        "TMF683-4-PRO-004",
        "href",
        LISTED,
        "in lists",
        ""
    ),
    blank!(
        "retrieved-href-blank",
        "TMF683-4-PRO-004",
        "href",
        RETRIEVED,
        "by id",
        " "
    ),
    fault(
        "listed-direction-null",
        "TMF683-4-PRO-001",
        "direction is null in lists",
        &[Show(LISTED, |record, _| {
            replace(record, "direction", Value::Null)
        })],
    ),
    fault(
        "listed-reason-missing",
        "TMF683-4-PRO-002",
        "reason is missing in lists",
        &[Show(LISTED, |record, _| remove(record, "reason"))],
    ),
    fault(
        "retrieved-href-missing",
        "TMF683-4-PRO-004",
        "href is missing by id",
        &[Show(RETRIEVED, |record, _| remove(record, "href"))],
    ),
    fault(
        "created-channel-empty",
        "TMF683-4-PRO-005",
        "channel is empty in the create answer",
        &[Show(CREATED, |record, _| {
            replace(record, "channel", json!([]))
        })],
    ),
    fault(
        "listed-channel-empty",
        "TMF683-4-PRO-005",
        "channel is empty in lists",
        &[Show(LISTED, |record, _| {
            replace(record, "channel", json!([]))
        })],
    ),
    fault(
        "retrieved-channel-empty",
        "TMF683-4-PRO-005",
        "channel is empty by id",
        &[Show(RETRIEVED, |record, _| {
            replace(record, "channel", json!([]))
        })],
    ),
    fault(
        "listed-channel-missing",
        "TMF683-4-PRO-005",
        "channel is missing in lists",
        &[Show(LISTED, |record, _| remove(record, "channel"))],
    ),
    fault(
        "channel-null-element",
        "TMF683-4-PRO-006",
        "channel holds null",
        &[Show(ANSWERS, |record, _| {
            replace(record, "channel", json!([null]))
        })],
    ),
    fault(
        "channel-texts",
        "TMF683-4-PRO-006",
        "channel holds ids as plain texts",
        &[Show(ANSWERS, |record, _| {
            let channels = record.get("channel").and_then(Value::as_array);
            let ids: Vec<Value> = channels
                .into_iter()
                .flatten()
                .map(|c| c["id"].clone())
                .collect();
            replace(record, "channel", ids);
        })],
    ),
    fault(
        "channel-without-id",
        "TMF683-4-PRO-006",
        "the channels lack their id",
        &[Show(ANSWERS, |record, _| {
            each(record, "channel", |channel| remove(channel, "id"))
        })],
    ),
    fault(
        "channel-blank-id",
        "TMF683-4-PRO-006",
        "the ids of channels are blank in lists",
        &[Show(LISTED, |record, _| {
            each(record, "channel", |channel| replace(channel, "id", ""))
        })],
    ),
    fault(
        "channel-numeric-id",
        "TMF683-4-PRO-006",
        "the ids of channels are numbers by id",
        &[Show(RETRIEVED, |record, _| {
            each(record, "channel", |channel| replace(channel, "id", 5))
        })],
    ),
    fault(
        "second-channel-without-id",
        "TMF683-4-PRO-006",
        "all but the first channel lack their id",
        &[Show(READS, |record, _| {
            let mut index = 0;
            each(record, "channel", |channel| {
                if index > 0 {
                    remove(channel, "id");
                }
                index += 1;
            });
        })],
    ),
    fault(
        "party-without-type",
        "TMF683-4-PRO-007",
        "related parties lack @referredType",
        &[Show(ANSWERS, |record, _| {
            each(record, "relatedParty", |party| {
                remove(party, "@referredType")
            })
        })],
    ),
    fault(
        "listed-party-type-blank",
        "TMF683-4-PRO-007",
        "@referredType of related parties is blank in lists",
        &[Show(LISTED, |record, _| {
            each(record, "relatedParty", |party| {
                replace(party, "@referredType", "")
            });
        })],
    ),
    fault(
        "party-type-renamed",
        "TMF683-4-PRO-007",
        "related parties have referredType without the @",
        &[Show(ANSWERS, |record, _| {
            each(record, "relatedParty", |party| {
                if let Some(value) = party.shift_remove("@referredType") {
                    party.insert("referredType".to_owned(), value);
                }
            });
        })],
    ),
    fault(
        "party-without-id",
        "TMF683-4-PRO-008",
        "related parties lack their id",
        &[Show(ANSWERS, |record, _| {
            each(record, "relatedParty", |party| remove(party, "id"))
        })],
    ),
    fault(
        "retrieved-party-id-blank",
        "TMF683-4-PRO-008",
        "the ids of related parties are blank by id",
        &[Show(RETRIEVED, |record, _| {
            each(record, "relatedParty", |party| replace(party, "id", ""))
        })],
    ),
    fault(
        "party-without-role",
        "TMF683-4-PRO-009",
        "related parties that are parties lack their role",
        &[Show(ANSWERS, |record, _| {
            each(record, "relatedParty", party_without_role)
        })],
    ),
    fault(
        "organization-without-role",
        "TMF683-4-PRO-009",
        "organizations lack their role in lists",
        &[Show(LISTED, |record, _| {
            each(record, "relatedParty", |party| {
                if text(party, "@referredType") == "Organization" {
                    remove(party, "role");
                }
            });
        })],
    ),
    fault(
        "party-role-blank",
        "TMF683-4-PRO-009",
        "the roles of individuals are blank by id",
        &[Show(RETRIEVED, |record, _| {
            each(record, "relatedParty", |party| {
                if text(party, "@referredType") == "Individual" {
                    replace(party, "role", " ");
                }
            });
        })],
    ),
    fault(
        "role-always-demanded",
        "TMF683-4-PRO-010",
        "a customer without a role is refused",
        &[Demand(Create, |body| {
            let parties = body.get("relatedParty")?.as_array()?;
            let index = parties
                .iter()
                .position(|party| party.get("role").is_none())?;
            let pointer = format!("/relatedParty/{index}/role");
            Some(Violation {
                pointer,
                flaw: Flaw::Missing,
            })
        })],
    ),
    fault(
        "item-channel-without-id",
        "TMF683-4-PRO-011",
        "the channels of items lack their id",
        &[Show(ANSWERS, |record, _| {
            in_items(record, |item| {
                each(item, "channel", |channel| remove(channel, "id"))
            });
        })],
    ),
    fault(
        "item-channel-blank-id",
        "TMF683-4-PRO-011",
        "the ids of the channels of items are blank in lists",
        &[Show(LISTED, |record, _| {
            in_items(record, |item| {
                each(item, "channel", |channel| replace(channel, "id", ""))
            });
        })],
    ),
    fault(
        "item-without-type",
        "TMF683-4-PRO-012",
        "the entities of items lack @type",
        &[Show(ANSWERS, |record, _| {
            in_entities(record, |entity| remove(entity, "@type"))
        })],
    ),
    fault(
        "item-value-without-type",
        "TMF683-4-PRO-012",
        "entities by value lack @type by id",
        &[Show(RETRIEVED, |record, _| {
            in_entities(record, |entity| {
                if text(entity, "@type") != "EntityRef" {
                    remove(entity, "@type");
                }
            });
        })],
    ),
    fault(
        "item-without-role",
        "TMF683-4-PRO-013",
        "the entities of items lack their role",
        &[Show(ANSWERS, |record, _| {
            in_entities(record, |entity| remove(entity, "role"))
        })],
    ),
    fault(
        "item-role-blank",
        "TMF683-4-PRO-013",
        "the roles of entities are blank in lists",
        &[Show(LISTED, |record, _| {
            in_entities(record, |entity| replace(entity, "role", ""))
        })],
    ),
    fault(
        "entity-ref-without-id",
        "TMF683-4-PRO-014",
        "entities by reference lack their id",
        &[Show(ANSWERS, |record, _| {
            in_references(record, |entity| remove(entity, "id"))
        })],
    ),
    fault(
        "entity-ref-without-type",
        "TMF683-4-PRO-014",
        "entities by reference lack @referredType",
        &[Show(ANSWERS, |record, _| {
            in_references(record, |entity| remove(entity, "@referredType"))
        })],
    ),
    fault(
        "entity-ref-type-blank",
        "TMF683-4-PRO-014",
        "@referredType of entities is blank by id",
        &[Show(RETRIEVED, |record, _| {
            in_references(record, |entity| replace(entity, "@referredType", ""));
        })],
    ),
    fault(
        "item-value-type-changed",
        "TMF683-4-PRO-015",
        "entities by value come back as references",
        &[Show(READS, |record, _| {
            in_entities(record, |entity| {
                if text(entity, "@type") != "EntityRef" {
                    let kind = entity.get("@type").cloned().unwrap_or_default();
                    replace(entity, "@type", "EntityRef");
                    entity.insert("@referredType".to_owned(), kind);
                }
            });
        })],
    ),
    fault(
        "item-value-payload-lost",
        "TMF683-4-PRO-015",
        "entities by value lose their own attributes",
        &[Show(READS, |record, _| {
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
        })],
    ),
    fault(
        "item-party-without-type",
        "TMF683-4-PRO-016",
        "the related parties of items lack @referredType",
        &[Show(ANSWERS, |record, _| {
            in_items(record, |item| {
                each(item, "relatedParty", |party| remove(party, "@referredType"))
            });
        })],
    ),
    fault(
        "item-party-without-id",
        "TMF683-4-PRO-016",
        "the related parties of items lack their id",
        &[Show(READS, |record, _| {
            in_items(record, |item| {
                each(item, "relatedParty", |party| remove(party, "id"))
            });
        })],
    ),
    fault(
        "item-party-without-role",
        "TMF683-4-PRO-016",
        "related parties of items that are parties lack their role",
        &[Show(LISTED, |record, _| {
            in_items(record, |item| {
                each(item, "relatedParty", party_without_role)
            });
        })],
    ),
    fault(
        "listed-parts-without-id",
        "TMF683-4-PRO-018",
        "in lists the parts of a record lack their ids",
        &[Show(LISTED, |record, _| {
            for name in [
                "relatedParty",
                "attachment",
                "note",
                "interactionRelationship",
            ] {
                each(record, name, |part| remove(part, "id"));
            }
        })],
    ),
    fault(
        "parts-with-nulls",
        "TMF683-4-PRO-018",
        "by id the mandatory attributes of parts are null",
        &[Show(RETRIEVED, |record, _| {
            each(record, "relatedParty", |party| {
                replace(party, "id", Value::Null)
            });
            in_entities(record, |entity| replace(entity, "role", Value::Null));
        })],
    ),
];

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
