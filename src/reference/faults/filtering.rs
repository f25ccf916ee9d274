//! Faults in filtering.

use serde_json::Value;

use super::super::call::{Call, Operation};
use super::super::effect::Effect::{Answer, Combine, Compare, Match, Misread};
use super::super::effect::Object;
use super::super::query::Test;
use super::tools::{crash, filters_on};
use super::{FaultInfo, fault};

/// The faults of filtering by one attribute.
macro_rules! filtering {
    ($requirement:literal, $attribute:literal, $ignored:literal, $more:literal, $inverted:literal,
     $part:literal) => {
        [
            fault(
                $ignored,
                $requirement,
                concat!("a filter on ", $attribute, " is ignored"),
                &[Misread(|call| {
                    if call.asks(Operation::List) {
                        call.forget($attribute);
                    }
                })],
            ),
            fault(
                $more,
                $requirement,
                concat!(
                    "a filter on ",
                    $attribute,
                    " brings one record that does not match"
                ),
                &[Match(|call, found, store| {
                    let is_other = |id: &str| found.iter().all(|record| &*record.id != id);
                    if filters_on(call, $attribute) && !found.is_empty() {
                        let other = store.records().find(|record| is_other(&record.id));
                        found.extend(other.cloned());
                    }
                })],
            ),
            fault(
                $inverted,
                $requirement,
                concat!("a filter on ", $attribute, " brings what does not match"),
                &[Compare(|test, record| {
                    (test.name == $attribute).then(|| !test.holds(record))
                })],
            ),
            fault(
                $part,
                $requirement,
                concat!(
                    "a filter on ",
                    $attribute,
                    " takes values that start with the given one's half"
                ),
                &[Compare(|test, record| {
                    let half: String = {
                        let count = test.value.chars().count();
                        test.value.chars().take(count.div_ceil(2)).collect()
                    };
                    (test.name == $attribute).then(|| value(record, test).starts_with(&half))
                })],
            ),
        ]
    };
}

/// A row for a filter on an optional attribute that is ignored.
macro_rules! optional_ignored {
    ($name:literal, $attribute:literal) => {
        fault(
            $name,
            "TMF683-4-PRO-052",
            concat!("a filter on ", $attribute, " is ignored"),
            &[Misread(|call| {
                if call.asks(Operation::List) {
                    call.forget($attribute);
                }
            })],
        )
    };
}

/// The tables.
pub(super) static FAULTS: &[&[FaultInfo]] = &[
    &filtering!(
        "TMF683-4-PRO-044",
        "direction",
        "filter-direction-ignored",
        "filter-direction-more",
        "filter-direction-inverted",
        "filter-direction-prefix"
    ),
    &filtering!(
        "TMF683-4-PRO-045",
        "id",
        "filter-id-ignored",
        "filter-id-more",
        "filter-id-inverted",
        "filter-id-prefix"
    ),
    &filtering!(
        "TMF683-4-PRO-046",
        "reason",
        "filter-reason-ignored",
        "filter-reason-more",
        "filter-reason-inverted",
        "filter-reason-prefix"
    ),
    &filtering!(
        "TMF683-4-PRO-047",
        "href",
        "filter-href-ignored",
        "filter-href-more",
        "filter-href-inverted",
        "filter-href-prefix"
    ),
    OTHERS,
];

static OTHERS: &[FaultInfo] = &[
    fault(
        "filters-ignored",
        "TMF683-4-PRO-046",
        "all filters are ignored",
        &[Misread(|call| {
            if call.asks(Operation::List) {
                let steers = ["fields", "offset", "limit", "sort"];
                call.query
                    .retain(|(name, _)| steers.contains(&name.as_str()));
            }
        })],
    ),
    fault(
        "filter-direction-first-only",
        "TMF683-4-PRO-044",
        "a filter on direction brings the first match only",
        &[Match(|call, found, _| {
            if filters_on(call, "direction") {
                found.truncate(1);
            }
        })],
    ),
    fault(
        "filter-direction-plural",
        "TMF683-4-PRO-044",
        "a filter on direction=inbound finds inbounds as well",
        &[Compare(|test, record| {
            let is_ours = test.name == "direction";
            is_ours.then(|| {
                value(record, test).trim_end_matches('s') == test.value.trim_end_matches('s')
            })
        })],
    ),
    fault(
        "filter-id-empty",
        "TMF683-4-PRO-045",
        "a filter on id finds nothing",
        &[Match(|call, found, _| {
            if filters_on(call, "id") {
                found.clear();
            }
        })],
    ),
    fault(
        "filter-id-other-record",
        "TMF683-4-PRO-045",
        "a filter on id brings another record",
        &[Match(|call, found, store| {
            if filters_on(call, "id") {
                let asked = found.first().map(|record| record.id.clone());
                let other = store
                    .records()
                    .find(|record| Some(&record.id) != asked.as_ref());
                if asked.is_some() {
                    *found = other.into_iter().cloned().collect();
                }
            }
        })],
    ),
    fault(
        "filter-reason-part",
        "TMF683-4-PRO-046",
        "a filter on reason finds its first word anywhere",
        &[Compare(|test, record| {
            let word = test.value.split(' ').next().unwrap_or_default();
            (test.name == "reason").then(|| value(record, test).contains(word))
        })],
    ),
    fault(
        "filter-reason-any-of-direction",
        "TMF683-4-PRO-046",
        "a filter on reason brings all records of the same direction",
        &[Match(|call, found, store| {
            if filters_on(call, "reason") {
                let directions: Vec<Value> = found
                    .iter()
                    .map(|record| record.map().remove("direction").unwrap_or_default())
                    .collect();
                let same = store.records().filter(|record| {
                    record
                        .map()
                        .get("direction")
                        .is_some_and(|value| directions.contains(value))
                });
                *found = same.cloned().collect();
            }
        })],
    ),
    fault(
        "filter-reason-not-decoded",
        "TMF683-4-PRO-046",
        "a reason with encoded characters finds nothing",
        &[Compare(|test, _| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
            let is_encoded = !test.value.chars().all(is_plain);
            (test.name == "reason" && is_encoded).then_some(false)
        })],
    ),
    fault(
        "filters-or",
        "TMF683-4-PRO-048",
        "several filters are combined by OR",
        &[Combine(|results| results.iter().any(|holds| *holds))],
    ),
    fault(
        "filters-first-only",
        "TMF683-4-PRO-048",
        "of several filters only the first counts",
        &[Combine(|results| results.first().copied().unwrap_or(true))],
    ),
    fault(
        "filters-last-only",
        "TMF683-4-PRO-048",
        "of several filters only the last counts",
        &[Combine(|results| results.last().copied().unwrap_or(true))],
    ),
    fault(
        "filters-several-500",
        "TMF683-4-PRO-048",
        "several filters are answered 500",
        &[Answer(|call, _| (several_filters(call)).then(crash))],
    ),
    fault(
        "filters-several-empty",
        "TMF683-4-PRO-048",
        "several filters find nothing",
        &[Match(|call, found, _| {
            if several_filters(call) {
                found.clear();
            }
        })],
    ),
    fault(
        "filters-several-ignored",
        "TMF683-4-PRO-048",
        "several filters are ignored",
        &[Misread(|call| {
            if several_filters(call) {
                call.query
                    .retain(|(name, _)| !FILTERS.contains(&name.as_str()));
            }
        })],
    ),
    optional_ignored!("filter-description-ignored", "description"),
    optional_ignored!("filter-status-ignored", "status"),
    optional_ignored!("filter-creation-date-ignored", "creationDate"),
    optional_ignored!("filter-status-change-date-ignored", "statusChangeDate"),
];

/// Attributes that this file filters by.
const FILTERS: &[&str] = &["direction", "id", "reason", "href"];

fn several_filters(call: &Call) -> bool {
    let count = FILTERS.iter().filter(|name| filters_on(call, name)).count();
    count > 1
}

/// The text that a test looks at.
fn value<'a>(record: &'a Object, test: &Test) -> &'a str {
    record
        .get(&test.name)
        .and_then(Value::as_str)
        .unwrap_or_default()
}
