//! Faults in filtering and selection that show only where values, criteria or attributes are
//! chosen for it.

use serde_json::Value;

use super::super::call::Call;
use super::super::call::Operation::{List, Retrieve};
use super::super::effect::Effect::{Combine, Compare, Match, Misread};
use super::super::effect::Object;
use super::super::store::Store;
use super::tools::{filters_on, text};
use super::{FaultInfo, fault};

/// A row for a filter that compares the value of a record with the given one in a way of its own.
macro_rules! compares {
    ($name:literal, $requirement:literal, $attribute:literal, $description:literal, $matches:expr) => {
        fault(
            $name,
            $requirement,
            concat!("a filter on ", $attribute, " ", $description),
            &[Compare(|test, record| {
                let matches: fn(&str, &str) -> bool = $matches;
                (test.name == $attribute)
                    .then(|| matches(text(record, $attribute), test.value.as_str()))
            })],
        )
    };
}

/// The table.
pub(super) static FAULTS: &[FaultInfo] = &[
    compares!(
        "filter-reason-suffix",
        "TMF683-4-PRO-046",
        "reason",
        "takes values that end with the given one",
        |found, given| found.ends_with(given)
    ),
    compares!(
        "filter-reason-reverse-prefix",
        "TMF683-4-PRO-046",
        "reason",
        "takes values with which the given one begins",
        |found, given| !found.is_empty() && given.starts_with(found)
    ),
    compares!(
        "filter-reason-any-case",
        "TMF683-4-PRO-046",
        "reason",
        "tells no capitals from small letters",
        |found, given| found.to_lowercase() == given.to_lowercase()
    ),
    compares!(
        "filter-id-suffix",
        "TMF683-4-PRO-045",
        "id",
        "takes values that end with the given one",
        |found, given| found.ends_with(given)
    ),
    compares!(
        "filter-description-part",
        "TMF683-4-PRO-052",
        "description",
        "takes values that hold the given one",
        |found, given| found.contains(given)
    ),
    compares!(
        "filter-description-any-case",
        "TMF683-4-PRO-052",
        "description",
        "tells no capitals from small letters",
        |found, given| found.to_lowercase() == given.to_lowercase()
    ),
    compares!(
        "filter-status-prefix",
        "TMF683-4-PRO-052",
        "status",
        "takes values that begin with the given one",
        |found, given| found.starts_with(given)
    ),
    compares!(
        "filter-status-suffix",
        "TMF683-4-PRO-052",
        "status",
        "takes values that end with the given one",
        |found, given| found.ends_with(given)
    ),
    compares!(
        "filter-status-any-case",
        "TMF683-4-PRO-052",
        "status",
        "tells no capitals from small letters",
        |found, given| found.to_lowercase() == given.to_lowercase()
    ),
    fault(
        "filters-or-id-reason",
        "TMF683-4-PRO-048",
        "filters on id and reason are combined by OR",
        &[Match(|call, found, store| {
            *found = either(call, store, ["id", "reason"]).unwrap_or_else(|| std::mem::take(found));
        })],
    ),
    fault(
        "filters-or-status-description",
        "TMF683-4-PRO-048",
        "filters on status and description are combined by OR",
        &[Match(|call, found, store| {
            *found = either(call, store, ["status", "description"])
                .unwrap_or_else(|| std::mem::take(found));
        })],
    ),
    fault(
        "third-filter-ignored",
        "TMF683-4-PRO-048",
        "of several filters only the first two count",
        &[Combine(|results| {
            results.iter().take(2).all(|holds| *holds)
        })],
    ),
    fault(
        "filter-direction-lost-with-fields",
        "TMF683-4-PRO-049",
        "a filter on direction is ignored where attributes are selected",
        &[Misread(|call| forget_with_fields(call, "direction"))],
    ),
    fault(
        "filter-status-lost-with-fields",
        "TMF683-4-PRO-049",
        "a filter on status is ignored where attributes are selected",
        &[Misread(|call| forget_with_fields(call, "status"))],
    ),
    fault(
        "filter-description-lost-with-fields",
        "TMF683-4-PRO-049",
        "a filter on description is ignored where attributes are selected",
        &[Misread(|call| forget_with_fields(call, "description"))],
    ),
    fault(
        "get-fields-channel-ignored",
        "TMF683-4-PRO-040",
        "by id a selection of channel alone is ignored",
        &[Misread(|call| ignore_selection_of(call, "channel"))],
    ),
    fault(
        "get-fields-id-ignored",
        "TMF683-4-PRO-040",
        "by id a selection of id alone is ignored",
        &[Misread(|call| ignore_selection_of(call, "id"))],
    ),
];

/// The records that meet one of two criteria, where a call has both.
fn either(
    call: &Call,
    store: &Store,
    names: [&str; 2],
) -> Option<Vec<std::sync::Arc<super::super::store::Record>>> {
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
