//! Faults in how creates check what is nested, what comes second, and what has a wrong type.

use serde_json::Value;

use super::families::{accepts, accepts_below, crashes_unless};
use super::tools::{each, insert_missing};
use crate::reference::call::Operation::Create;
use crate::reference::effect::{on_store, overlook};
use crate::reference::model::Flaw;

faults! {
    "validate-first-party-only" breaks "SPC-029": "only the first related party of a create is checked"
        => overlook(Create, |violation, _| violation.pointer.starts_with("/relatedParty/1/"));
    "accept-any-part" breaks "SPC-029": "parts that lack what is mandatory for them are accepted and come back as they were sent"
        => overlook(Create, |violation, _| {
            let depth = violation.pointer.matches('/').count();
            let flaws = [Flaw::Missing, Flaw::Null, Flaw::Blank];
            flaws.contains(&violation.flaw) && (depth > 3 || depth == 3 && !violation.pointer.starts_with("/channel/"))
        });
    "party-type-invented" breaks "PRO-007": "a party without a type gets a blank one"
        => accepts_below("/relatedParty/", "/@referredType", &[Flaw::Missing])
        => on_store(|record, _, _| each(record, "relatedParty", |party| {
            insert_missing(party, "@referredType", "");
        }));
    "accept-party-null-type" breaks "SPC-029": "a party whose type is null is accepted and stored"
        => accepts_below("/relatedParty/", "/@referredType", &[Flaw::Null]);
    "accept-party-blank-type" breaks "SPC-029": "a party whose type is blank is accepted and stored"
        => accepts_below("/relatedParty/", "/@referredType", &[Flaw::Blank]);
    "accept-party-blank-id" breaks "SPC-029": "a party whose id is blank is accepted and stored"
        => accepts_below("/relatedParty/", "/id", &[Flaw::Blank]);
    "accept-party-blank-role" breaks "SPC-029": "a party without a role, if it is not an item's, is accepted and stored"
        => accepts_below("/relatedParty/", "/role", &[Flaw::Missing, Flaw::Blank]);
    "accept-item-channel-without-id" breaks "SPC-029": "a channel of an item without id is accepted and stored"
        => accepts_below("/interactionItem/*/channel/", "/id", &[Flaw::Missing]);
    "accept-item-without-type" breaks "SPC-029": "an item without a type is accepted and stored"
        => accepts_below("/interactionItem/*/item/", "/@type", &[Flaw::Missing]);
    "accept-item-party-without-id" breaks "SPC-029": "a party of an item without id is accepted and stored"
        => accepts_below("/interactionItem/0/relatedParty/", "/id", &[Flaw::Missing]);
    "accept-item-party-without-role" breaks "SPC-029": "a party of an item without a role is accepted and stored"
        => accepts_below("/interactionItem/0/relatedParty/", "/role", &[Flaw::Missing]);
    "accept-second-item-without-role" breaks "SPC-030": "a second item without a role is accepted and stored"
        => accepts_below("/interactionItem/1/item/", "/role", &[Flaw::Missing]);
    "accept-note-with-number" breaks "SPC-027": "a note whose text is a number is accepted and stored"
        => accepts_below("/note/", "/text", &[Flaw::Type]);
    "accept-attachment-with-number" breaks "SPC-027": "an attachment whose name is a number is accepted and stored"
        => accepts_below("/attachment/", "/name", &[Flaw::Type]);
    "accept-period-with-number" breaks "SPC-027": "a period whose end is a number is accepted and stored"
        => accepts_below("/interactionDate", "/endDateTime", &[Flaw::Type]);
    "accept-numeric-status" breaks "SPC-027": "status of any JSON type is accepted and stored"
        => accepts(Create, "status", &[Flaw::Type]);
    "accept-text-period" breaks "SPC-027": "interactionDate of any JSON type is accepted and stored"
        => accepts(Create, "interactionDate", &[Flaw::Type]);
    "accept-text-party" breaks "SPC-027": "relatedParty of any JSON type is accepted and stored"
        => accepts(Create, "relatedParty", &[Flaw::Type]);
    "accept-text-item" breaks "SPC-027": "interactionItem of any JSON type is accepted and stored"
        => accepts(Create, "interactionItem", &[Flaw::Type]);
    "accept-object-attachment" breaks "SPC-027": "attachment of any JSON type is accepted and stored"
        => accepts(Create, "attachment", &[Flaw::Type]);
    "status-number-500" breaks "SPC-043": "status of a wrong JSON type is answered 500"
        => crashes_unless("status", Value::is_string);
    "party-text-500" breaks "SPC-043": "relatedParty of a wrong JSON type is answered 500"
        => crashes_unless("relatedParty", Value::is_array);
}
