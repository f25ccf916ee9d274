//! Faults in how creates check what is nested, what comes second, and what has a wrong type.

use serde_json::Value;

use super::super::call::Operation::Create;
use super::super::effect::Effect::{Finish, Overlook};
use super::super::model::{Flaw, Violation};
use super::tools::{crash, is};
use super::{FaultInfo, fault};

/// A row for a violation that creates overlook, told by a part of its pointer and its end.
macro_rules! overlooks {
    ($name:literal, $requirement:literal, $description:literal, $part:literal, $end:literal,
     $($flaw:ident),+) => {
        fault(
            $name,
            $requirement,
            concat!($description, " is accepted and stored"),
            &[Overlook(Create, |violation| {
                lies(violation, $part, $end) && [$(Flaw::$flaw),+].contains(&violation.flaw)
            })],
        )
    };
}

/// A row for an attribute of any type.
macro_rules! any_type {
    ($name:literal, $attribute:literal) => {
        fault(
            $name,
            "TMF683-4-SPC-027",
            concat!($attribute, " of any JSON type is accepted and stored"),
            &[Overlook(Create, |violation| {
                is(violation, $attribute, &[Flaw::Type])
            })],
        )
    };
}

/// A row for an attribute whose wrong type is an error of the server.
macro_rules! type_500 {
    ($name:literal, $attribute:literal, $right:expr) => {
        fault(
            $name,
            "TMF683-4-SPC-043",
            concat!($attribute, " of a wrong JSON type is answered 500"),
            &[Finish(|call, reply| {
                let right: fn(&Value) -> bool = $right;
                let sent = call.json();
                if call.asks(Create) && sent.get($attribute).is_some_and(|value| !right(value)) {
                    *reply = crash();
                }
            })],
        )
    };
}

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    fault(
        "validate-first-party-only",
        "TMF683-4-PRO-008",
        "only the first related party of a create is checked",
        &[Overlook(Create, |violation| {
            violation.pointer.starts_with("/relatedParty/1/")
        })],
    ),
    overlooks!(
        "accept-party-null-type",
        "TMF683-4-PRO-007",
        "a party whose type is null",
        "/relatedParty/",
        "/@referredType",
        Null
    ),
    overlooks!(
        "accept-party-blank-type",
        "TMF683-4-PRO-007",
        "a party whose type is blank",
        "/relatedParty/",
        "/@referredType",
        Blank
    ),
    overlooks!(
        "accept-party-blank-id",
        "TMF683-4-PRO-008",
        "a party whose id is blank",
        "/relatedParty/",
        "/id",
        Blank
    ),
    overlooks!(
        "accept-party-blank-role",
        "TMF683-4-PRO-009",
        "a party without a role, if it is not an item's,",
        "/relatedParty/",
        "/role",
        Missing,
        Blank
    ),
    overlooks!(
        "accept-item-channel-without-id",
        "TMF683-4-PRO-011",
        "a channel of an item without id",
        "/interactionItem/*/channel/",
        "/id",
        Missing
    ),
    overlooks!(
        "accept-item-without-type",
        "TMF683-4-PRO-012",
        "an item without a type",
        "/interactionItem/*/item/",
        "/@type",
        Missing
    ),
    overlooks!(
        "accept-item-party-without-id",
        "TMF683-4-PRO-016",
        "a party of an item without id",
        "/interactionItem/0/relatedParty/",
        "/id",
        Missing
    ),
    overlooks!(
        "accept-item-party-without-role",
        "TMF683-4-PRO-016",
        "a party of an item without a role",
        "/interactionItem/0/relatedParty/",
        "/role",
        Missing
    ),
    overlooks!(
        "accept-second-item-without-role",
        "TMF683-4-SPC-030",
        "a second item without a role",
        "/interactionItem/1/item/",
        "/role",
        Missing
    ),
    overlooks!(
        "accept-note-with-number",
        "TMF683-4-SPC-027",
        "a note whose text is a number",
        "/note/",
        "/text",
        Type
    ),
    overlooks!(
        "accept-attachment-with-number",
        "TMF683-4-SPC-027",
        "an attachment whose name is a number",
        "/attachment/",
        "/name",
        Type
    ),
    overlooks!(
        "accept-period-with-number",
        "TMF683-4-SPC-027",
        "a period whose end is a number",
        "/interactionDate",
        "/endDateTime",
        Type
    ),
    any_type!("accept-numeric-status", "status"),
    any_type!("accept-text-period", "interactionDate"),
    any_type!("accept-text-party", "relatedParty"),
    any_type!("accept-text-item", "interactionItem"),
    any_type!("accept-object-attachment", "attachment"),
    type_500!("status-number-500", "status", Value::is_string),
    type_500!("party-text-500", "relatedParty", Value::is_array),
];

/// Whether a violation lies below a part and ends with a name; `*` in the part is any index.
fn lies(violation: &Violation, part: &str, end: &str) -> bool {
    let wanted: Vec<&str> = part.trim_matches('/').split('/').collect();
    let found: Vec<&str> = violation
        .pointer
        .trim_start_matches('/')
        .split('/')
        .collect();
    let mut pairs = wanted.iter().zip(&found);
    found.len() > wanted.len()
        && pairs.all(|(wanted, found)| *wanted == "*" || wanted == found)
        && violation.pointer.ends_with(end)
}
