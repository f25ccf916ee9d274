//! Faults of parameters that are right one by one: together, and at their edges.

use std::sync::Arc;

use serde_json::Value;

use super::paging::relink;
use super::protocol::number;
use super::tools::filters_on;
use crate::reference::call::Operation::List;
use crate::reference::effect::{LISTED, on_compare, on_matches, on_request, on_response, on_show};
use crate::reference::query::{Operator, criteria};
use crate::reference::store::Record;

faults! {
    "filters-or-of-two" breaks "PRO-048": "filters on direction and status are combined by OR"
        => on_matches(|call, found, all| {
            if filters_on(call, "direction") && filters_on(call, "status") {
                let criteria = criteria(&call.query);
                let meets = |record: &&Arc<Record>| {
                    let record = record.map();
                    let (or, and): (Vec<_>, Vec<_>) = criteria
                        .iter()
                        .flat_map(|one| &one.tests)
                        .partition(|test| ["direction", "status"].contains(&test.name.as_str()));
                    or.iter().any(|test| test.holds(&record))
                        && and.iter().all(|test| test.holds(&record))
                };
                *found = all.records().filter(meets).cloned().collect();
            }
        });
    "operators-one-date-only" breaks "GDL-018": "the operators gt, gte, lt and lte are ignored on any attribute but creationDate"
        => on_compare(|test, _| {
            let plain = matches!(test.operator, Operator::Equal | Operator::Regex);
            (!plain && test.name != "creationDate").then_some(true)
        });
    "fields-ignored-beside-sort" breaks "PRO-034": "fields is ignored on lists where sort is given"
        => on_request(|call| if call.asks(List) && call.parameter("sort").is_some() {
            call.forget("fields");
        });
    "limit-cuts-channels" breaks "GDL-007": "where limit is given, records show the first of their channels only"
        => on_show(LISTED, |record, call| if call.parameter("limit").is_some()
            && let Some(Value::Array(channels)) = record.get_mut("channel")
        {
            channels.truncate(1);
        });
    "sort-ties-move" breaks "GDL-035": "with sort, records of the same value come in another order on each page"
        => on_matches(|call, found, _| if let Some(keys) = call.parameter("sort") {
            let name = keys.trim_start_matches(['+', '-', ' ']).to_owned();
            let offset = call.parameter("offset").and_then(|text| text.parse().ok()).unwrap_or(0);
            let value = |record: &Arc<Record>| record.map().get(&name).cloned();
            for ties in found.chunk_by_mut(|a, b| value(a) == value(b)) {
                let by = offset % ties.len();
                ties.rotate_right(by);
            }
        });
    "limit-zero-all" breaks "SPC-035": "limit=0 answers the whole list"
        => on_request(|call| if call.parameter("limit") == Some("0") { call.forget("limit"); });
    "link-prev-negative" breaks "GDL-034": "the rel prev of Link has a negative offset where offset is less than limit"
        => on_response(|call, reply| {
            let (offset, limit) = (number(call, "offset"), number(call, "limit"));
            let beyond = limit.unwrap_or(0).saturating_sub(offset.unwrap_or(0));
            if beyond > 0 {
                relink(reply, |link| {
                    let parts = link.split(", ").map(|part| match part.contains("rel=\"prev\"") {
                        true => part.replace("offset=0", &format!("offset=-{beyond}")),
                        false => part.to_owned(),
                    });
                    parts.collect::<Vec<_>>().join(", ")
                });
            }
        });
}
