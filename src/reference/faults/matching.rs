//! Faults in filtering and selection that show only where values, criteria or attributes are
//! chosen for it.

use serde_json::Value;

use super::families::filter_takes;
use super::tools::filters_on;
use crate::reference::call::Call;
use crate::reference::call::Operation::{List, Retrieve};
use crate::reference::effect::{Object, on_combine, on_matches, on_request};
use crate::reference::store::{Record, Store};

faults! {
    "filter-reason-suffix" breaks "PRO-046": "a filter on reason takes values that end with the given one"
        => filter_takes("reason", |found, given| found.ends_with(given));
    "filter-reason-reverse-prefix" breaks "PRO-046": "a filter on reason takes values with which the given one begins"
        => filter_takes("reason", |found, given| !found.is_empty() && given.starts_with(found));
    "filter-reason-any-case" breaks "PRO-046": "a filter on reason does not distinguish capitals from small letters"
        => filter_takes("reason", |found, given| found.to_lowercase() == given.to_lowercase());
    "filter-id-suffix" breaks "PRO-045": "a filter on id takes values that end with the given one"
        => filter_takes("id", |found, given| found.ends_with(given));
    "filter-description-part" breaks "PRO-052": "a filter on description takes values that hold the given one"
        => filter_takes("description", |found, given| found.contains(given));
    "filter-description-any-case" breaks "PRO-052": "a filter on description does not distinguish capitals from small letters"
        => filter_takes("description", |found, given| found.to_lowercase() == given.to_lowercase());
    "filter-status-prefix" breaks "PRO-052": "a filter on status takes values that begin with the given one"
        => filter_takes("status", |found, given| found.starts_with(given));
    "filter-status-suffix" breaks "PRO-052": "a filter on status takes values that end with the given one"
        => filter_takes("status", |found, given| found.ends_with(given));
    "filter-status-any-case" breaks "PRO-052": "a filter on status does not distinguish capitals from small letters"
        => filter_takes("status", |found, given| found.to_lowercase() == given.to_lowercase());
    "filters-or-id-reason" breaks "PRO-048": "filters on id and reason are combined by OR"
        => on_matches(|call, found, store| {
            *found = either(call, store, ["id", "reason"]).unwrap_or_else(|| std::mem::take(found));
        });
    "filters-or-status-description" breaks "PRO-048": "filters on status and description are combined by OR"
        => on_matches(|call, found, store| {
            *found = either(call, store, ["status", "description"])
                .unwrap_or_else(|| std::mem::take(found));
        });
    "third-filter-ignored" breaks "PRO-048": "of several filters only the first two count"
        => on_combine(|results| results.iter().take(2).all(|holds| *holds));
    "filter-direction-lost-with-fields" breaks "PRO-049": "a filter on direction is ignored where attributes are selected"
        => on_request(|call| forget_with_fields(call, "direction"));
    "filter-status-lost-with-fields" breaks "PRO-049": "a filter on status is ignored where attributes are selected"
        => on_request(|call| forget_with_fields(call, "status"));
    "filter-description-lost-with-fields" breaks "PRO-049": "a filter on description is ignored where attributes are selected"
        => on_request(|call| forget_with_fields(call, "description"));
    "get-fields-channel-ignored" breaks "PRO-040": "by id a selection of channel alone is ignored"
        => on_request(|call| ignore_selection_of(call, "channel"));
    "get-fields-id-ignored" breaks "PRO-040": "by id a selection of id alone is ignored"
        => on_request(|call| ignore_selection_of(call, "id"));
}

/// The records that meet one of two criteria, where a call has both.
fn either(call: &Call, store: &Store, names: [&str; 2]) -> Option<Vec<std::sync::Arc<Record>>> {
    if !names.iter().all(|name| filters_on(call, name)) {
        return None;
    }
    let meets = |record: &Object| {
        let mut names = names.iter();
        names.any(|name| record.get(*name).and_then(Value::as_str) == call.parameter(name))
    };
    let records = store.records().filter(|record| meets(&record.map()));
    Some(records.cloned().collect())
}

fn forget_with_fields(call: &mut Call, name: &str) {
    if call.asks(List) && call.parameter("fields").is_some() {
        call.forget(name);
    }
}

fn ignore_selection_of(call: &mut Call, name: &str) {
    if call.asks(Retrieve) && call.parameter("fields") == Some(name) {
        call.forget("fields");
    }
}
