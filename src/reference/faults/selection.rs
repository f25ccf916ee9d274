//! Faults in attribute selection.

use serde_json::Value;

use super::super::call::{Call, Operation};
use super::super::effect::Effect::{Answer, Misread, Select};
use super::super::effect::{LISTED, Object, READS, RETRIEVED};
use super::super::query::Selection;
use super::super::reply::Reply;
use super::tools::{crash, each, filters_on, remove, replace};
use super::{FaultInfo, fault};

/// The faults of selecting one attribute on one kind of request.
macro_rules! selecting {
    ($requirement:literal, $attribute:literal, $operation:ident, $views:ident, $on:literal,
     $ignored:literal, $crashes:literal, $dropped:literal, $more:literal) => {
        [
            fault(
                $ignored,
                $requirement,
                concat!("fields=", $attribute, " is ignored ", $on),
                &[Misread(|call| {
                    if selects(call, Operation::$operation, $attribute) {
                        call.forget("fields");
                    }
                })],
            ),
            fault(
                $crashes,
                $requirement,
                concat!("fields=", $attribute, " is answered 500 ", $on),
                &[Answer(|call, _| {
                    selects(call, Operation::$operation, $attribute).then(crash)
                })],
            ),
            fault(
                $dropped,
                $requirement,
                concat!("fields=", $attribute, " does not bring it ", $on),
                &[Select($views, |selected, _, selection| {
                    if selection.wants($attribute) {
                        remove(selected, $attribute);
                    }
                })],
            ),
            fault(
                $more,
                $requirement,
                concat!("fields=", $attribute, " brings more than that ", $on),
                &[Select($views, |selected, full, selection| {
                    if selection.wants($attribute) {
                        copy(selected, full, other_than($attribute));
                    }
                })],
            ),
        ]
    };
}

/// The tables.
pub(super) static FAULTS: &[&[FaultInfo]] = &[
    &selecting!(
        "TMF683-4-PRO-034",
        "direction",
        List,
        LISTED,
        "on the list",
        "list-fields-direction-ignored",
        "list-fields-direction-500",
        "list-fields-direction-missing",
        "list-fields-direction-more"
    ),
    &selecting!(
        "TMF683-4-PRO-035",
        "reason",
        List,
        LISTED,
        "on the list",
        "list-fields-reason-ignored",
        "list-fields-reason-500",
        "list-fields-reason-missing",
        "list-fields-reason-more"
    ),
    &selecting!(
        "TMF683-4-PRO-036",
        "id",
        List,
        LISTED,
        "on the list",
        "list-fields-id-ignored",
        "list-fields-id-500",
        "list-fields-id-missing",
        "list-fields-id-more"
    ),
    &selecting!(
        "TMF683-4-PRO-037",
        "channel",
        List,
        LISTED,
        "on the list",
        "list-fields-channel-ignored",
        "list-fields-channel-500",
        "list-fields-channel-missing",
        "list-fields-channel-more"
    ),
    &selecting!(
        "TMF683-4-PRO-038",
        "direction",
        Retrieve,
        RETRIEVED,
        "by id",
        "get-fields-direction-ignored",
        "get-fields-direction-500",
        "get-fields-direction-missing",
        "get-fields-direction-more"
    ),
    &selecting!(
        "TMF683-4-PRO-039",
        "reason",
        Retrieve,
        RETRIEVED,
        "by id",
        "get-fields-reason-ignored",
        "get-fields-reason-500",
        "get-fields-reason-missing",
        "get-fields-reason-more"
    ),
    OTHERS,
];

static OTHERS: &[FaultInfo] = &[
    fault(
        "list-fields-channel-ids",
        "TMF683-4-PRO-037",
        "fields=channel brings the ids of the channels alone on the list",
        &[Select(LISTED, |selected, _, selection| {
            if selection.wants("channel") {
                each(selected, "channel", |channel| {
                    channel.retain(|name, _| name == "id");
                });
            }
        })],
    ),
    fault(
        "list-fields-ignored",
        "TMF683-4-PRO-034",
        "fields is ignored on the list",
        &[Misread(|call| {
            if call.asks(Operation::List) {
                call.forget("fields");
            }
        })],
    ),
    fault(
        "get-fields-ignored",
        "TMF683-4-PRO-038",
        "fields is ignored by id",
        &[Misread(|call| {
            if call.asks(Operation::Retrieve) {
                call.forget("fields");
            }
        })],
    ),
    fault(
        "fields-others-null",
        "TMF683-4-PRO-034",
        "attributes that were not selected are null",
        &[Select(READS, |selected, full, _| {
            for name in full.keys() {
                selected.entry(name.as_str()).or_insert(Value::Null);
            }
        })],
    ),
    fault(
        "fields-values-blank",
        "TMF683-4-PRO-035",
        "a selected reason comes back empty",
        &[Select(READS, |selected, _, _| {
            replace(selected, "reason", "")
        })],
    ),
    fault(
        "fields-inverted",
        "TMF683-4-PRO-039",
        "fields by id leaves out what it names",
        &[Select(RETRIEVED, |selected, full, selection| {
            let mut rest = full.clone();
            rest.retain(|name, _| !selection.wants(name));
            *selected = rest;
        })],
    ),
    fault(
        "fields-description-always",
        "TMF683-4-PRO-035",
        "each selection brings description and creationDate",
        &[Select(LISTED, |selected, full, _| {
            copy(selected, full, &["description", "creationDate"]);
        })],
    ),
    fault(
        "fields-channel-ids-lost",
        "TMF683-4-PRO-037",
        "selected channels come without their ids",
        &[Select(LISTED, |selected, _, _| {
            super::tools::each(selected, "channel", |channel| remove(channel, "id"));
        })],
    ),
    fault(
        "fields-texts-only",
        "TMF683-4-PRO-040",
        "only attributes that are texts can be selected",
        &[Select(READS, |selected, _, _| {
            selected.retain(|_, value| value.is_string())
        })],
    ),
    fault(
        "fields-mandatory-only",
        "TMF683-4-PRO-040",
        "only mandatory attributes can be selected",
        &[Select(READS, |selected, _, _| {
            let mandatory = ["id", "href", "direction", "reason", "channel"];
            selected.retain(|name, _| mandatory.contains(&name.as_str()));
        })],
    ),
    fault(
        "fields-status-missing",
        "TMF683-4-PRO-040",
        "fields=status does not bring it",
        &[Select(READS, |selected, _, _| remove(selected, "status"))],
    ),
    fault(
        "fields-date-missing",
        "TMF683-4-PRO-040",
        "fields=interactionDate does not bring it on the list",
        &[Select(LISTED, |selected, _, _| {
            remove(selected, "interactionDate")
        })],
    ),
    fault(
        "fields-type-missing",
        "TMF683-4-PRO-040",
        "attributes whose name starts with @ can't be selected",
        &[Select(READS, |selected, _, _| {
            selected.retain(|name, _| !name.starts_with('@'))
        })],
    ),
    fault(
        "fields-note-500",
        "TMF683-4-PRO-040",
        "fields=note is answered 500",
        &[Answer(|call, _| {
            let reads = selects(call, Operation::List, "note")
                || selects(call, Operation::Retrieve, "note");
            reads.then(crash)
        })],
    ),
    fault(
        "fields-item-more",
        "TMF683-4-PRO-040",
        "fields=interactionItem brings the related parties as well",
        &[Select(READS, |selected, full, selection| {
            if selection.wants("interactionItem") {
                copy(selected, full, &["relatedParty"]);
            }
        })],
    ),
    fault(
        "fields-optional-400",
        "TMF683-4-PRO-040",
        "the selection of an optional attribute is refused by id",
        &[Answer(|call, _| {
            let mandatory = ["id", "href", "direction", "reason", "channel", "none"];
            let fields = call
                .parameter("fields")
                .filter(|_| call.asks(Operation::Retrieve))?;
            let is_optional = |name: &str| !mandatory.contains(&name);
            let refusal = || Reply::error(400, "invalidParameter", "no such attribute");
            fields.split(',').any(is_optional).then(refusal)
        })],
    ),
    fault(
        "fields-first-only",
        "TMF683-4-PRO-041",
        "of several names in fields only the first counts",
        &[Misread(|call| {
            change_fields(call, |names| names.truncate(1))
        })],
    ),
    fault(
        "fields-last-only",
        "TMF683-4-PRO-041",
        "of several names in fields only the last counts",
        &[Misread(|call| {
            change_fields(call, |names| {
                names.drain(..names.len() - 1);
            })
        })],
    ),
    fault(
        "list-fields-several-ignored",
        "TMF683-4-PRO-041",
        "several names in fields are ignored on the list",
        &[Misread(|call| {
            let has_several = call
                .parameter("fields")
                .is_some_and(|fields| fields.contains(','));
            if call.asks(Operation::List) && has_several {
                call.forget("fields");
            }
        })],
    ),
    fault(
        "fields-several-as-one",
        "TMF683-4-PRO-041",
        "several names in fields are read as one that does not exist",
        &[Misread(|call| {
            change_fields(call, |names| {
                if names.len() > 1 {
                    *names = vec!["none".to_owned()];
                }
            })
        })],
    ),
    fault(
        "fields-several-400",
        "TMF683-4-PRO-041",
        "several names in fields are refused",
        &[Answer(|call, _| {
            let has_several = call
                .parameter("fields")
                .is_some_and(|fields| fields.contains(','));
            let refusal = || Reply::error(400, "invalidParameter", "fields names one attribute");
            has_several.then(refusal)
        })],
    ),
    fault(
        "fields-stick",
        "TMF683-4-PRO-042",
        "a selection by id sticks to the next retrieval without one",
        &[Answer(|call, store| {
            if !call.asks(Operation::Retrieve) {
                return None;
            }
            if let Some(fields) = call.parameter("fields") {
                store.memory.insert(call.id().to_owned(), fields.to_owned());
                return None;
            }
            let fields = store.memory.remove(call.id())?;
            let selection = Selection::read(&[("fields".to_owned(), fields)])?;
            let selected = selection.of(&store.get(call.id())?.map());
            Some(Reply::json(200, Value::Object(selected)))
        })],
    ),
    fault(
        "fields-href-500",
        "TMF683-4-SPC-043",
        "fields=href is answered 500",
        &[Answer(|call, _| {
            selects(call, Operation::List, "href").then(crash)
        })],
    ),
    fault(
        "filter-lost-with-fields",
        "TMF683-4-PRO-049",
        "filters are ignored where fields is given",
        &[Misread(|call| {
            if call.asks(Operation::List) && call.parameter("fields").is_some() {
                let steers = ["fields", "offset", "limit"];
                call.query
                    .retain(|(name, _)| steers.contains(&name.as_str()));
            }
        })],
    ),
    fault(
        "fields-lost-with-filter",
        "TMF683-4-PRO-049",
        "fields is ignored where a filter is given",
        &[Misread(|call| {
            if ["id", "direction", "reason", "href"]
                .iter()
                .any(|name| filters_on(call, name))
            {
                call.forget("fields");
            }
        })],
    ),
    fault(
        "fields-and-filter-400",
        "TMF683-4-PRO-049",
        "fields and a filter together are refused",
        &[Answer(|call, _| {
            let filters = ["id", "direction", "reason", "href"]
                .iter()
                .any(|name| filters_on(call, name));
            let refusal = || Reply::error(400, "invalidParameter", "either fields or a filter");
            (filters && call.parameter("fields").is_some()).then(refusal)
        })],
    ),
    fault(
        "fields-filter-on-rest",
        "TMF683-4-PRO-049",
        "a filter on an attribute that is not selected finds nothing",
        &[Answer(|call, _| {
            let fields = call
                .parameter("fields")
                .filter(|_| call.asks(Operation::List))?;
            let mut filters = call.query.iter().map(|(name, _)| name.as_str());
            let steers = ["fields", "offset", "limit", "sort"];
            let hidden =
                |name: &str| !steers.contains(&name) && !fields.split(',').any(|f| f == name);
            filters.any(hidden).then(|| Reply::list(200, Vec::new()))
        })],
    ),
];

/// Whether a call of an operation selects an attribute.
fn selects(call: &Call, operation: Operation, name: &str) -> bool {
    let fields = call.parameter("fields").filter(|_| call.asks(operation));
    fields.is_some_and(|fields| fields.split(',').any(|field| field.trim() == name))
}

/// Changes the names in the fields parameter.
fn change_fields(call: &mut Call, change: impl Fn(&mut Vec<String>)) {
    for (name, value) in &mut call.query {
        if name == "fields" {
            let mut names = value.split(',').map(str::to_owned).collect();
            change(&mut names);
            *value = names.join(",");
        }
    }
}

fn copy(selected: &mut Object, full: &Object, names: &[&str]) {
    for name in names {
        if let Some(value) = full.get(*name) {
            selected.insert((*name).to_owned(), value.clone());
        }
    }
}

/// A mandatory attribute beside a selected one.
fn other_than(name: &str) -> &'static [&'static str] {
    match name {
        "direction" => &["reason"],
        "channel" => &["direction"],
        _ => &["channel"],
    }
}
