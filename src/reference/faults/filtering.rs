//! Faults in filtering.

use serde_json::Value;

use super::families::{finds_nothing, ignores_parameter};
use super::row::{FaultInfo, fault};
use super::tools::{crash, filters_on};
use crate::reference::call::Call;
use crate::reference::call::Operation::List;
use crate::reference::effect::{Object, answer, on_combine, on_compare, on_matches, on_request};
use crate::reference::query::Test;

/// The faults of filtering by one attribute.
pub(super) fn by_attribute() -> Vec<FaultInfo> {
    let attributes = [
        ("PRO-044", "direction"),
        ("PRO-045", "id"),
        ("PRO-046", "reason"),
        ("PRO-047", "href"),
    ];
    let faults = attributes.map(|(requirement, attribute)| {
        let brings_more = on_matches(move |call, found, store| {
            let is_other = |id: &str| found.iter().all(|record| &*record.id != id);
            if filters_on(call, attribute) && !found.is_empty() {
                let other = store.records().find(|record| is_other(&record.id));
                found.extend(other.cloned());
            }
        });
        let inverted =
            on_compare(move |test, record| (test.name == attribute).then(|| !test.holds(record)));
        let prefix = on_compare(move |test, record| {
            let count = test.value.chars().count();
            let half: String = test.value.chars().take(count.div_ceil(2)).collect();
            (test.name == attribute).then(|| value(record, test).starts_with(&half))
        });
        [
            ("ignored", "is ignored", ignores_parameter(attribute)),
            ("more", "brings one record that does not match", brings_more),
            ("inverted", "brings what does not match", inverted),
            (
                "prefix",
                "takes values that start with the given one's half",
                prefix,
            ),
        ]
        .map(|(name, does, effect)| {
            let name = format!("filter-{attribute}-{name}").leak();
            let description = format!("a filter on {attribute} {does}").leak();
            fault(name, requirement, description, vec![effect])
        })
    });
    faults.into_iter().flatten().collect()
}

faults! {
    "filters-ignored" breaks "PRO-046": "all filters are ignored"
        => on_request(|call| if call.asks(List) {
            let steers = ["fields", "offset", "limit", "sort"];
            call.query.retain(|(name, _)| steers.contains(&name.as_str()));
        });
    "filter-direction-first-only" breaks "PRO-044": "a filter on direction brings the first match only"
        => on_matches(|call, found, _| if filters_on(call, "direction") { found.truncate(1); });
    "filter-direction-plural" breaks "PRO-044": "a filter on direction=inbound finds inbounds as well"
        => on_compare(|test, record| {
            let is_ours = test.name == "direction";
            is_ours.then(|| {
                value(record, test).trim_end_matches('s') == test.value.trim_end_matches('s')
            })
        });
    "filter-id-empty" breaks "PRO-045": "a filter on id finds nothing" => finds_nothing("id");
    "filter-id-other-record" breaks "PRO-045": "a filter on id brings another record"
        => on_matches(|call, found, store| if filters_on(call, "id") {
            let asked = found.first().map(|record| record.id.clone());
            let other = store.records().find(|record| Some(&record.id) != asked.as_ref());
            if asked.is_some() {
                *found = other.into_iter().cloned().collect();
            }
        });
    "filter-reason-part" breaks "PRO-046": "a filter on reason finds its first word anywhere"
        => on_compare(|test, record| {
            let word = test.value.split(' ').next().unwrap_or_default();
            (test.name == "reason").then(|| value(record, test).contains(word))
        });
    "filter-reason-any-of-direction" breaks "PRO-046": "a filter on reason brings all records of the same direction"
        => on_matches(|call, found, store| if filters_on(call, "reason") {
            let directions: Vec<Value> = found
                .iter()
                .map(|record| record.map().remove("direction").unwrap_or_default())
                .collect();
            let same = store.records().filter(|record| {
                record.map().get("direction").is_some_and(|value| directions.contains(value))
            });
            *found = same.cloned().collect();
        });
    "filter-reason-not-decoded" breaks "PRO-046": "a reason with encoded characters finds nothing"
        => on_compare(|test, _| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
            let is_encoded = !test.value.chars().all(is_plain);
            (test.name == "reason" && is_encoded).then_some(false)
        });
    "filters-or" breaks "PRO-048": "several filters are combined by OR"
        => on_combine(|results| results.iter().any(|holds| *holds));
    "filters-first-only" breaks "PRO-048": "of several filters only the first counts"
        => on_combine(|results| results.first().copied().unwrap_or(true));
    "filters-last-only" breaks "PRO-048": "of several filters only the last counts"
        => on_combine(|results| results.last().copied().unwrap_or(true));
    "filters-several-500" breaks "PRO-048": "several filters are answered 500"
        => answer(|call, _| (several_filters(call)).then(crash));
    "filters-several-empty" breaks "PRO-048": "several filters find nothing"
        => on_matches(|call, found, _| if several_filters(call) { found.clear(); });
    "filters-several-ignored" breaks "PRO-048": "several filters are ignored"
        => on_request(|call| if several_filters(call) {
            call.query.retain(|(name, _)| !FILTERS.contains(&name.as_str()));
        });
    "filter-description-ignored" breaks "PRO-052": "a filter on description is ignored"
        => ignores_parameter("description");
    "filter-status-ignored" breaks "PRO-052": "a filter on status is ignored"
        => ignores_parameter("status");
    "filter-creation-date-ignored" breaks "PRO-052": "a filter on creationDate is ignored"
        => ignores_parameter("creationDate");
    "filter-status-change-date-ignored" breaks "PRO-052": "a filter on statusChangeDate is ignored"
        => ignores_parameter("statusChangeDate");
}

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
