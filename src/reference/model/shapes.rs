//! The shapes of the resource and of its parts.

use serde_json::{Map, Value};

use super::shape::Kind::{Base64, DateTime, Many, Number, One, Text, Uri};
use super::shape::{Flaw, Kind, Rule, Shape, instant};

/// Attributes that nearly every shape has, behind its own.
macro_rules! attributes {
    ($($name:literal: $kind:expr),* $(,)?) => {
        &[$(($name, $kind),)* ("@baseType", Text), ("@schemaLocation", Uri), ("@type", Text)]
    };
}

const NO_RULE: Rule = |_| None;

/// The resource itself, with what the profile makes mandatory in a create.
pub(in super::super) static PARTY_INTERACTION: Shape = Shape {
    attributes: attributes! {
        "creationDate": DateTime,
        "description": Text,
        "direction": Text,
        "reason": Text,
        "status": Text,
        "statusChangeDate": DateTime,
        "attachment": ATTACHMENTS,
        "channel": CHANNELS,
        "interactionDate": PERIOD,
        "interactionItem": Many(&ITEM),
        "interactionRelationship": Many(&RELATIONSHIP),
        "note": NOTES,
        "relatedParty": PARTIES,
    },
    mandatory: &["direction", "reason", "channel"],
    rule: NO_RULE,
};

const ATTACHMENTS: Kind = Many(&ATTACHMENT);
const CHANNELS: Kind = Many(&CHANNEL);
const NOTES: Kind = Many(&NOTE);
const PARTIES: Kind = Many(&PARTY);
const PERIOD: Kind = One(&TIME_PERIOD);

static ATTACHMENT: Shape = Shape {
    attributes: attributes! {
        "id": Text,
        "href": Text,
        "attachmentType": Text,
        "content": Base64,
        "description": Text,
        "mimeType": Text,
        "name": Text,
        "url": Uri,
        "size": One(&QUANTITY),
        "validFor": PERIOD,
        "@referredType": Text,
    },
    mandatory: &[],
    // By reference means with an id to refer to.
    rule: |map| {
        let by_reference =
            text(map, "@type") == "AttachmentRef" || map.contains_key("@referredType");
        (by_reference && text(map, "id").is_empty()).then_some(("id", Flaw::Missing))
    },
};

static QUANTITY: Shape = Shape {
    attributes: &[("amount", Number), ("units", Text)],
    mandatory: &[],
    rule: NO_RULE,
};

static TIME_PERIOD: Shape = Shape {
    attributes: &[("startDateTime", DateTime), ("endDateTime", DateTime)],
    mandatory: &[],
    rule: |map| {
        let start = instant(text(map, "startDateTime"))?;
        let end = instant(text(map, "endDateTime"))?;
        (end < start).then_some(("endDateTime", Flaw::Order))
    },
};

static CHANNEL: Shape = Shape {
    attributes: attributes! {
        "id": Text,
        "href": Text,
        "name": Text,
        "role": Text,
        "@referredType": Text,
    },
    mandatory: &["id"],
    rule: NO_RULE,
};

static ITEM: Shape = Shape {
    attributes: attributes! {
        "id": Text,
        "creationDate": DateTime,
        "reason": Text,
        "resolution": Text,
        "attachment": ATTACHMENTS,
        "channel": CHANNELS,
        "item": One(&ENTITY),
        "itemDate": PERIOD,
        "note": NOTES,
        "relatedParty": PARTIES,
    },
    mandatory: &[],
    rule: NO_RULE,
};

static ENTITY: Shape = Shape {
    attributes: attributes! {
        "id": Text,
        "href": Text,
        "name": Text,
        "role": Text,
        "@referredType": Text,
    },
    mandatory: &["role", "@type"],
    rule: |map| {
        let by_reference = text(map, "@type") == "EntityRef";
        let mut needed = ["id", "@referredType"].into_iter();
        let missing = needed.find(|name| text(map, name).is_empty());
        missing
            .filter(|_| by_reference)
            .map(|name| (name, Flaw::Missing))
    },
};

static RELATIONSHIP: Shape = Shape {
    attributes: attributes! {
        "id": Text,
        "href": Text,
        "relationshipType": Text,
    },
    mandatory: &[],
    rule: NO_RULE,
};

static NOTE: Shape = Shape {
    attributes: attributes! {
        "id": Text,
        "author": Text,
        "date": DateTime,
        "text": Text,
    },
    mandatory: &[],
    rule: NO_RULE,
};

static PARTY: Shape = Shape {
    attributes: attributes! {
        "id": Text,
        "href": Text,
        "name": Text,
        "role": Text,
        "@referredType": Text,
    },
    mandatory: &["id", "@referredType"],
    // A party itself plays some role; a party role (Customer, User) is one.
    rule: |map| {
        let parties = ["Individual", "Organization", "Party"];
        let is_party = parties.contains(&text(map, "@referredType"));
        (is_party && text(map, "role").is_empty()).then_some(("role", Flaw::Missing))
    },
};

/// The trimmed text of an attribute, empty where it is missing or no text.
fn text<'a>(map: &'a Map<String, Value>, name: &str) -> &'a str {
    map.get(name).and_then(Value::as_str).unwrap_or("").trim()
}
