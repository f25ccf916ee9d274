//! Faults against the design guidelines (TMF630) in filters.

use serde_json::Value;

use super::row::{FaultInfo, fault};
use super::tools::{crash, filters_on};
use crate::reference::call::Operation::List;
use crate::reference::call::{Call, pairs};
use crate::reference::effect::{
    LISTED, answer, on_compare, on_matches, on_request, on_response, on_show,
};
use crate::reference::model::is_known;
use crate::reference::query::{DIRECTIVES, Operator};
use crate::reference::reply::Reply;

/// The faults of one operator in a filter.
pub(super) fn by_operator() -> Vec<FaultInfo> {
    use Operator::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, Regex};
    let operators = [
        ("GDL-018", "gt", Greater, "inclusive", GreaterOrEqual),
        ("GDL-019", "gte", GreaterOrEqual, "exclusive", Greater),
        ("GDL-020", "lt", Less, "inclusive", LessOrEqual),
        ("GDL-021", "lte", LessOrEqual, "exclusive", Less),
        ("GDL-023", "regex", Regex, "literal", Equal),
    ];
    let faults = operators.map(|(requirement, suffix, operator, wrong, instead)| {
        let ignored = on_compare(move |test, _| (test.operator == operator).then_some(true));
        let confused = on_compare(move |test, record| {
            let mut test = test.clone();
            (test.operator == operator).then(|| {
                test.operator = instead;
                test.holds(record)
            })
        });
        [
            ("ignored", "is ignored", ignored),
            (wrong, "compares wrongly", confused),
        ]
        .map(|(name, does, effect)| {
            let name = format!("{suffix}-{name}").leak();
            let description = format!("the operator .{suffix} {does}").leak();
            fault(name, requirement, description, vec![effect])
        })
    });
    faults.into_iter().flatten().collect()
}

faults! {
    "filtered-slim" breaks "GDL-013": "filtered lists show the mandatory attributes only"
        => on_show(LISTED, |record, call| {
            if !call.query.is_empty() && call.parameter("fields").is_none() {
                let kept = ["id", "href", "direction", "reason", "channel"];
                record.retain(|name, _| kept.contains(&name.as_str()));
            }
        });
    "filtered-206" breaks "GDL-013": "filtered lists are answered 206"
        => on_response(|call, reply| {
            if FILTERABLE.iter().any(|name| filters_on(call, name)) && reply.status == 200 {
                reply.status = 206;
            }
        });
    "no-match-404" breaks "GDL-014": "a filter that nothing matches is answered 404"
        => on_response(|call, reply| if found_nothing(call, reply) {
            *reply = Reply::error(404, "notFound", "nothing matches");
        });
    "no-match-204" breaks "GDL-014": "a filter that nothing matches is answered 204"
        => on_response(|call, reply| if found_nothing(call, reply) { *reply = Reply::empty(204); });
    "repeated-last-only" breaks "GDL-015": "of a filter that is given twice only the last counts"
        => on_request(|call| {
            let names: Vec<String> = call.query.iter().map(|(name, _)| name.clone()).collect();
            let mut place = 0;
            call.query.retain(|(name, _)| {
                place += 1;
                !names[place..].contains(name)
            });
        });
    "repeated-and" breaks "GDL-015": "a filter that is given twice has to match twice"
        => on_matches(|call, found, _| {
            let is_given =
                |name: &str| call.query.iter().filter(|(known, _)| known == name).count();
            for (name, value) in &call.query {
                if is_given(name) > 1 {
                    found.retain(|record| {
                        record.map().get(name).and_then(Value::as_str) == Some(value)
                    });
                }
            }
        });
    "commas-literal" breaks "GDL-016": "a comma in a filter value separates nothing"
        => on_compare(|test, record| {
            let actual = record.get(&test.name).and_then(Value::as_str);
            test.value.contains(',').then(|| actual == Some(test.value.as_str()))
        });
    "commas-first-only" breaks "GDL-016": "of several values in a filter only the first counts"
        => on_request(|call| {
            for (name, value) in &mut call.query {
                if name == "id" {
                    value.truncate(value.find(',').unwrap_or(value.len()));
                }
            }
        });
    "semicolons-literal" breaks "GDL-017": "a semicolon in a query separates nothing"
        => answer(|call, _| {
            let has_semicolon = call.asks(List) && call.target.contains(';');
            has_semicolon.then(|| Reply::list(200, Vec::new()))
        });
    "eq-ignored" breaks "GDL-022": "the operator .eq is ignored"
        => on_request(|call| {
            call.query.retain(|(name, _)| !name.ends_with(".eq") && !name.contains("=="))
        });
    "eq-as-name" breaks "GDL-022": "the operator .eq is read as part of the name"
        => answer(|call, _| {
            let mut names = call.query.iter().map(|(name, _)| name);
            let has_eq =
                call.asks(List) && names.any(|name| name.ends_with(".eq") || name.contains("=="));
            has_eq.then(|| Reply::list(200, Vec::new()))
        });
    "dates-as-text" breaks "GDL-024": "dates in filters are compared as texts"
        => on_compare(|test, record| {
            let actual = record.get(&test.name).and_then(Value::as_str);
            let is_date = test.name.ends_with("Date") && test.operator == Operator::Equal;
            is_date.then(|| actual == Some(test.value.as_str()))
        });
    "dotted-ignored" breaks "GDL-025": "filters with dotted names are ignored"
        => on_request(|call| {
            call.query.retain(|(name, _)| {
                !["channel.", "relatedParty."].iter().any(|start| name.starts_with(start))
            });
        });
    "unknown-filter-ignored" breaks "GDL-026": "a filter on an attribute that no record has is ignored"
        => on_request(|call| {
            call.query.retain(|(name, _)| {
                let attribute = name.split(['.', '<', '>', '=']).next().unwrap_or_default();
                DIRECTIVES.contains(&attribute) || is_known(attribute)
            })
        });
    "plus-not-decoded" breaks "GDL-027": "a plus sign in a filter does not stand for a blank"
        => on_request(|call| redecode(call, |query| query.replace('+', "%2B")));
    "decoded-twice" breaks "GDL-027": "filter values are decoded twice"
        => on_request(|call| {
            redecode(call, |query| {
                percent_encoding::percent_decode_str(query).decode_utf8_lossy().into_owned()
            });
        });
    "umlauts-as-latin-1" breaks "GDL-027": "filter values are decoded as Latin-1"
        => on_request(|call| {
            for (_, value) in &mut call.query {
                *value = value.bytes().map(char::from).collect();
            }
        });
    "not-decoded" breaks "GDL-027": "encoded ampersands, signs and quotes in filters are not decoded"
        => on_request(|call| {
            for (_, value) in &mut call.query {
                *value = value.replace('&', "%26").replace('#', "%23").replace('"', "%22");
            }
        });
    "jsonpath-500" breaks "GDL-028": "a JSONPath filter is answered 500"
        => answer(|call, _| (call.asks(List) && call.parameter("filter").is_some()).then(crash));
}

/// Attributes that lists are filtered by.
const FILTERABLE: &[&str] = &["id", "href", "direction", "reason", "status"];

fn found_nothing(call: &Call, reply: &Reply) -> bool {
    let is_filtered = FILTERABLE.iter().any(|name| filters_on(call, name));
    is_filtered && reply.succeeded() && reply.header("x-total-count") == Some("0")
}

/// Reads the query again, after it was changed.
fn redecode(call: &mut Call, change: impl FnOnce(&str) -> String) {
    if let Some((_, query)) = call.target.split_once('?') {
        call.query = pairs(&change(query));
    }
}
