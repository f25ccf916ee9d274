//! Faults against the design guidelines (TMF630) in filters.

use serde_json::Value;

use super::super::call::Operation::List;
use super::super::call::{Call, pairs};
use super::super::effect::Effect::{Answer, Compare, Finish, Match, Misread, Show};
use super::super::effect::LISTED;
use super::super::model::is_known;
use super::super::query::{DIRECTIVES, Operator};
use super::super::reply::Reply;
use super::tools::{crash, filters_on};
use super::{FaultInfo, fault};

/// A row for an operator that is ignored, and one for an operator with the wrong strictness.
macro_rules! operator {
    ($requirement:literal, $operator:ident, $suffix:literal, $ignored:literal, $wrong:literal,
     $instead:expr) => {
        [
            fault(
                $ignored,
                $requirement,
                concat!("the operator .", $suffix, " is ignored"),
                &[Compare(|test, _| {
                    (test.operator == Operator::$operator).then_some(true)
                })],
            ),
            fault(
                $wrong,
                $requirement,
                concat!("the operator .", $suffix, " compares wrongly"),
                &[Compare(|test, record| {
                    let mut test = test.clone();
                    (test.operator == Operator::$operator).then(|| {
                        test.operator = $instead;
                        test.holds(record)
                    })
                })],
            ),
        ]
    };
}

/// The tables.
pub(super) static FAULTS: &[&[FaultInfo]] = &[
    FILTERS,
    &operator!(
        "TMF683-45-GDL-018",
        Greater,
        "gt",
        "gt-ignored",
        "gt-inclusive",
        Operator::GreaterOrEqual
    ),
    &operator!(
        "TMF683-45-GDL-019",
        GreaterOrEqual,
        "gte",
        "gte-ignored",
        "gte-exclusive",
        Operator::Greater
    ),
    &operator!(
        "TMF683-45-GDL-020",
        Less,
        "lt",
        "lt-ignored",
        "lt-inclusive",
        Operator::LessOrEqual
    ),
    &operator!(
        "TMF683-45-GDL-021",
        LessOrEqual,
        "lte",
        "lte-ignored",
        "lte-exclusive",
        Operator::Less
    ),
    &operator!(
        "TMF683-45-GDL-023",
        Regex,
        "regex",
        "regex-ignored",
        "regex-literal",
        Operator::Equal
    ),
];

static FILTERS: &[FaultInfo] = &[
    fault(
        "filtered-slim",
        "TMF683-45-GDL-013",
        "filtered lists show the mandatory attributes only",
        &[Show(LISTED, |record, call| {
            if !call.query.is_empty() && call.parameter("fields").is_none() {
                let kept = ["id", "href", "direction", "reason", "channel"];
                record.retain(|name, _| kept.contains(&name.as_str()));
            }
        })],
    ),
    fault(
        "filtered-206",
        "TMF683-45-GDL-013",
        "filtered lists are answered 206",
        &[Finish(|call, reply| {
            if FILTERABLE.iter().any(|name| filters_on(call, name)) && reply.status == 200 {
                reply.status = 206;
            }
        })],
    ),
    fault(
        "no-match-404",
        "TMF683-45-GDL-014",
        "a filter that nothing matches is answered 404",
        &[Finish(|call, reply| {
            if found_nothing(call, reply) {
                *reply = Reply::error(404, "notFound", "nothing matches");
            }
        })],
    ),
    fault(
        "no-match-204",
        "TMF683-45-GDL-014",
        "a filter that nothing matches is answered 204",
        &[Finish(|call, reply| {
            if found_nothing(call, reply) {
                *reply = Reply::empty(204);
            }
        })],
    ),
    fault(
        "repeated-last-only",
        "TMF683-45-GDL-015",
        "of a filter that is given twice only the last counts",
        &[Misread(|call| {
            let names: Vec<String> = call.query.iter().map(|(name, _)| name.clone()).collect();
            let mut place = 0;
            call.query.retain(|(name, _)| {
                place += 1;
                !names[place..].contains(name)
            });
        })],
    ),
    fault(
        "repeated-and",
        "TMF683-45-GDL-015",
        "a filter that is given twice has to match twice",
        &[Match(|call, found, _| {
            let is_given =
                |name: &str| call.query.iter().filter(|(known, _)| known == name).count();
            for (name, value) in &call.query {
                if is_given(name) > 1 {
                    found.retain(|record| {
                        record.map().get(name).and_then(Value::as_str) == Some(value)
                    });
                }
            }
        })],
    ),
    fault(
        "commas-literal",
        "TMF683-45-GDL-016",
        "a comma in a filter value separates nothing",
        &[Compare(|test, record| {
            let actual = record.get(&test.name).and_then(Value::as_str);
            test.value
                .contains(',')
                .then(|| actual == Some(test.value.as_str()))
        })],
    ),
    fault(
        "commas-first-only",
        "TMF683-45-GDL-016",
        "of several values in a filter only the first counts",
        &[Misread(|call| {
            for (name, value) in &mut call.query {
                if name == "id" {
                    value.truncate(value.find(',').unwrap_or(value.len()));
                }
            }
        })],
    ),
    fault(
        "semicolons-literal",
        "TMF683-45-GDL-017",
        "a semicolon in a query separates nothing",
        &[Answer(|call, _| {
            let has_semicolon = call.asks(List) && call.target.contains(';');
            has_semicolon.then(|| Reply::list(200, Vec::new()))
        })],
    ),
    fault(
        "eq-ignored",
        "TMF683-45-GDL-022",
        "the operator .eq is ignored",
        &[Misread(|call| {
            call.query
                .retain(|(name, _)| !name.ends_with(".eq") && !name.contains("=="))
        })],
    ),
    fault(
        "eq-as-name",
        "TMF683-45-GDL-022",
        "the operator .eq is read as part of the name",
        &[Answer(|call, _| {
            let mut names = call.query.iter().map(|(name, _)| name);
            let has_eq =
                call.asks(List) && names.any(|name| name.ends_with(".eq") || name.contains("=="));
            has_eq.then(|| Reply::list(200, Vec::new()))
        })],
    ),
    fault(
        "dates-as-text",
        "TMF683-45-GDL-024",
        "dates in filters are compared as texts",
        &[Compare(|test, record| {
            let actual = record.get(&test.name).and_then(Value::as_str);
            let is_date = test.name.ends_with("Date") && test.operator == Operator::Equal;
            is_date.then(|| actual == Some(test.value.as_str()))
        })],
    ),
    fault(
        "dotted-ignored",
        "TMF683-45-GDL-025",
        "filters with dotted names are ignored",
        &[Misread(|call| {
            call.query.retain(|(name, _)| {
                !["channel.", "relatedParty."]
                    .iter()
                    .any(|start| name.starts_with(start))
            });
        })],
    ),
    fault(
        "unknown-filter-ignored",
        "TMF683-45-GDL-026",
        "a filter on an attribute that no record has is ignored",
        &[Misread(|call| {
            call.query.retain(|(name, _)| {
                let attribute = name.split(['.', '<', '>', '=']).next().unwrap_or_default();
                DIRECTIVES.contains(&attribute) || is_known(attribute)
            })
        })],
    ),
    fault(
        "plus-not-decoded",
        "TMF683-45-GDL-027",
        "a plus sign in a filter does not stand for a blank",
        &[Misread(|call| {
            redecode(call, |query| query.replace('+', "%2B"))
        })],
    ),
    fault(
        "decoded-twice",
        "TMF683-45-GDL-027",
        "filter values are decoded twice",
        &[Misread(|call| {
            redecode(call, |query| {
                percent_encoding::percent_decode_str(query)
                    .decode_utf8_lossy()
                    .into_owned()
            });
        })],
    ),
    fault(
        "umlauts-as-latin-1",
        "TMF683-45-GDL-027",
        "filter values are decoded as Latin-1",
        &[Misread(|call| {
            for (_, value) in &mut call.query {
                *value = value.bytes().map(char::from).collect();
            }
        })],
    ),
    fault(
        "not-decoded",
        "TMF683-45-GDL-027",
        "encoded ampersands, signs and quotes in filters are not decoded",
        &[Misread(|call| {
            for (_, value) in &mut call.query {
                *value = value
                    .replace('&', "%26")
                    .replace('#', "%23")
                    .replace('"', "%22");
            }
        })],
    ),
    fault(
        "jsonpath-500",
        "TMF683-45-GDL-028",
        "a JSONPath filter is answered 500",
        &[Answer(|call, _| {
            (call.asks(List) && call.parameter("filter").is_some()).then(crash)
        })],
    ),
];

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
