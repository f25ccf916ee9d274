//! Faults in attribute selection.

use serde_json::Value;

use super::families::ignores_parameter;
use super::row::{FaultInfo, fault};
use super::tools::{crash, each, filters_on, remove, replace};
use crate::reference::call::Operation::{List, Retrieve};
use crate::reference::call::{Call, Operation};
use crate::reference::effect::{LISTED, Object, READS, RETRIEVED, answer, on_request, on_select};
use crate::reference::query::Selection;
use crate::reference::reply::Reply;

/// The faults of selecting one attribute on one kind of request.
pub(super) fn by_attribute() -> Vec<FaultInfo> {
    let selections = [
        ("PRO-034", "list", List, LISTED, "direction"),
        ("PRO-035", "list", List, LISTED, "reason"),
        ("PRO-036", "list", List, LISTED, "id"),
        ("PRO-037", "list", List, LISTED, "channel"),
        ("PRO-038", "get", Retrieve, RETRIEVED, "direction"),
        ("PRO-039", "get", Retrieve, RETRIEVED, "reason"),
    ];
    let faults = selections.map(|(requirement, on, operation, views, attribute)| {
        let ignored = on_request(move |call| {
            if selects(call, operation, attribute) {
                call.forget("fields");
            }
        });
        let crashes = answer(move |call, _| selects(call, operation, attribute).then(crash));
        let missing = on_select(views, move |selected, _, selection| {
            if selection.wants(attribute) {
                remove(selected, attribute);
            }
        });
        let more = on_select(views, move |selected, full, selection| {
            if selection.wants(attribute) {
                copy(selected, full, other_than(attribute));
            }
        });
        [
            ("ignored", "is ignored", ignored),
            ("500", "is answered 500", crashes),
            ("missing", "does not bring it", missing),
            ("more", "brings more than that", more),
        ]
        .map(|(name, does, effect)| {
            let place = if operation == List {
                "on the list"
            } else {
                "by id"
            };
            let name = format!("{on}-fields-{attribute}-{name}").leak();
            let description = format!("fields={attribute} {does} {place}").leak();
            fault(name, requirement, description, vec![effect])
        })
    });
    faults.into_iter().flatten().collect()
}

faults! {
    "list-fields-channel-ids" breaks "PRO-037": "fields=channel brings the ids of the channels alone on the list"
        => on_select(LISTED, |selected, _, selection| if selection.wants("channel") {
            each(selected, "channel", |channel| channel.retain(|name, _| name == "id"));
        });
    "list-fields-ignored" breaks "PRO-034": "fields is ignored on the list"
        => ignores_parameter("fields");
    "get-fields-ignored" breaks "PRO-038": "fields is ignored by id"
        => on_request(|call| if call.asks(Retrieve) { call.forget("fields"); });
    "fields-others-null" breaks "PRO-034": "attributes that were not selected are null"
        => on_select(READS, |selected, full, _| {
            for name in full.keys() {
                selected.entry(name.as_str()).or_insert(Value::Null);
            }
        });
    "fields-values-blank" breaks "PRO-035": "a selected reason comes back empty"
        => on_select(READS, |selected, _, _| replace(selected, "reason", ""));
    "fields-inverted" breaks "PRO-039": "fields by id leaves out what it names"
        => on_select(RETRIEVED, |selected, full, selection| {
            let mut rest = full.clone();
            rest.retain(|name, _| !selection.wants(name));
            *selected = rest;
        });
    "fields-description-always" breaks "PRO-035": "each selection brings description and creationDate"
        => on_select(LISTED, |selected, full, _| {
            copy(selected, full, &["description", "creationDate"]);
        });
    "fields-channel-ids-lost" breaks "PRO-037": "selected channels come without their ids"
        => on_select(LISTED, |selected, _, _| {
            each(selected, "channel", |channel| remove(channel, "id"));
        });
    "fields-texts-only" breaks "PRO-040": "only attributes that are texts can be selected"
        => on_select(READS, |selected, _, _| selected.retain(|_, value| value.is_string()));
    "fields-mandatory-only" breaks "PRO-040": "only mandatory attributes can be selected"
        => on_select(READS, |selected, _, _| {
            let mandatory = ["id", "href", "direction", "reason", "channel"];
            selected.retain(|name, _| mandatory.contains(&name.as_str()));
        });
    "fields-status-missing" breaks "PRO-040": "fields=status does not bring it"
        => on_select(READS, |selected, _, _| remove(selected, "status"));
    "fields-date-missing" breaks "PRO-040": "fields=interactionDate does not bring it on the list"
        => on_select(LISTED, |selected, _, _| remove(selected, "interactionDate"));
    "fields-type-missing" breaks "PRO-040": "attributes whose name starts with @ can't be selected"
        => on_select(READS, |selected, _, _| selected.retain(|name, _| !name.starts_with('@')));
    "fields-note-500" breaks "PRO-040": "fields=note is answered 500"
        => answer(|call, _| {
            let reads = selects(call, List, "note")
                || selects(call, Retrieve, "note");
            reads.then(crash)
        });
    "fields-item-more" breaks "PRO-040": "fields=interactionItem brings the related parties as well"
        => on_select(READS, |selected, full, selection| if selection.wants("interactionItem") {
            copy(selected, full, &["relatedParty"]);
        });
    "fields-optional-400" breaks "PRO-040": "the selection of an optional attribute is refused by id"
        => answer(|call, _| {
            let mandatory = ["id", "href", "direction", "reason", "channel", "none"];
            let fields = call.parameter("fields").filter(|_| call.asks(Retrieve))?;
            let is_optional = |name: &str| !mandatory.contains(&name);
            let refusal = || Reply::error(400, "invalidParameter", "no such attribute");
            fields.split(',').any(is_optional).then(refusal)
        });
    "fields-first-only" breaks "PRO-041": "of several names in fields only the first counts"
        => on_request(|call| change_fields(call, |names| names.truncate(1)));
    "fields-last-only" breaks "PRO-041": "of several names in fields only the last counts"
        => on_request(|call| { change_fields(call, |names| { names.drain(..names.len() - 1); }) });
    "list-fields-several-ignored" breaks "PRO-041": "several names in fields are ignored on the list"
        => on_request(|call| {
            let has_several = call.parameter("fields").is_some_and(|fields| fields.contains(','));
            if call.asks(List) && has_several {
                call.forget("fields");
            }
        });
    "fields-several-as-one" breaks "PRO-041": "several names in fields are read as one that does not exist"
        => on_request(|call| {
            change_fields(call, |names| {
                if names.len() > 1 {
                    *names = vec!["none".to_owned()];
                }
            })
        });
    "fields-several-400" breaks "PRO-041": "several names in fields are refused"
        => answer(|call, _| {
            let has_several = call.parameter("fields").is_some_and(|fields| fields.contains(','));
            let refusal = || Reply::error(400, "invalidParameter", "fields names one attribute");
            has_several.then(refusal)
        });
    "fields-stick" breaks "PRO-042": "a selection by id sticks to the next retrieval without one"
        => answer(|call, store| {
            if !call.asks(Retrieve) {
                return None;
            }
            if let Some(fields) = call.parameter("fields") {
                store.memory.insert(call.id().to_owned(), fields.to_owned());
                return None;
            }
            let fields = store.memory.remove(call.id())?;
            let selection = Selection::read(&[("fields".to_owned(), fields)])?;
            let selected = selection.apply(&store.get(call.id())?.map());
            Some(Reply::json(200, Value::Object(selected)))
        });
    "fields-href-500" breaks "SPC-043": "fields=href is answered 500"
        => answer(|call, _| selects(call, List, "href").then(crash));
    "filter-lost-with-fields" breaks "PRO-049": "filters are ignored where fields is given"
        => on_request(|call| if call.asks(List) && call.parameter("fields").is_some() {
            let steers = ["fields", "offset", "limit"];
            call.query.retain(|(name, _)| steers.contains(&name.as_str()));
        });
    "fields-lost-with-filter" breaks "PRO-049": "fields is ignored where a filter is given"
        => on_request(|call| {
            if ["id", "direction", "reason", "href"].iter().any(|name| filters_on(call, name))
            {
                call.forget("fields");
            }
        });
    "fields-and-filter-400" breaks "PRO-049": "fields and a filter together are refused"
        => answer(|call, _| {
            let filters = ["id", "direction", "reason", "href"]
                .iter()
                .any(|name| filters_on(call, name));
            let refusal = || Reply::error(400, "invalidParameter", "either fields or a filter");
            (filters && call.parameter("fields").is_some()).then(refusal)
        });
    "fields-filter-on-rest" breaks "PRO-049": "a filter on an attribute that is not selected finds nothing"
        => answer(|call, _| {
            let fields = call.parameter("fields").filter(|_| call.asks(List))?;
            let mut filters = call.query.iter().map(|(name, _)| name.as_str());
            let steers = ["fields", "offset", "limit", "sort"];
            let hidden =
                |name: &str| !steers.contains(&name) && !fields.split(',').any(|f| f == name);
            filters.any(hidden).then(|| Reply::list(200, Vec::new()))
        });
}

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
