//! Filtering: which records match the parameters of a list request.

use std::cmp::Ordering;

use regex::Regex;
use serde_json::{Map, Value};

use super::super::model::instant;

/// Parameters that control the answer; all others are filters.
pub(in super::super) const DIRECTIVES: &[&str] = &[
    "fields", "offset", "limit", "sort", "filter", "depth", "expand",
];

/// How a value is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Operator {
    /// `name=value`, `name.eq=value`.
    Equal,
    /// `name.gt=value`.
    Greater,
    /// `name.gte=value`.
    GreaterOrEqual,
    /// `name.lt=value`.
    Less,
    /// `name.lte=value`.
    LessOrEqual,
    /// `name.regex=value`.
    Regex,
}

/// One comparison of an attribute with a value.
#[derive(Debug, Clone)]
pub(in super::super) struct Test {
    /// The attribute, dotted for parts of sub-resources.
    pub(in super::super) name: String,
    /// How it is compared.
    pub(in super::super) operator: Operator,
    /// With what.
    pub(in super::super) value: String,
    /// The pattern of a regular expression, none where it is invalid.
    pattern: Option<Regex>,
}

/// Tests of which one has to hold. All criteria of a request have to hold (TMF683B,
/// definitions for filter).
#[derive(Debug, Clone)]
pub(in super::super) struct Criterion {
    /// The alternatives.
    pub(in super::super) tests: Vec<Test>,
}

/// Spellings of the operators (TMF630, part 1, 4.4), the longer ones first.
const SUFFIXES: &[(&str, Operator)] = &[
    (".gte", Operator::GreaterOrEqual),
    (".lte", Operator::LessOrEqual),
    (".gt", Operator::Greater),
    (".lt", Operator::Less),
    (".eq", Operator::Equal),
    (".regex", Operator::Regex),
];

/// The same as signs. They come as part of the name, since in a query the first `=` ends it.
const SIGNS: &[(&str, Operator)] = &[
    (">=", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("==", Operator::Equal),
    ("=~", Operator::Regex),
    (">", Operator::Greater),
    ("<", Operator::Less),
];

/// Reads the criteria of a query. The same name given twice means either value.
pub(in super::super) fn criteria(query: &[(String, String)]) -> Vec<Criterion> {
    let mut criteria: Vec<Criterion> = Vec::new();
    for (name, value) in query {
        if DIRECTIVES.contains(&name.as_str()) {
            continue;
        }
        let tests = alternatives(name, value);
        let same = |known: &&mut Criterion| {
            let mut pairs = known.tests.iter().zip(&tests);
            pairs.all(|(a, b)| a.name == b.name && is_equality(a) && is_equality(b))
        };
        match criteria.iter_mut().find(same) {
            Some(known) => known.tests.extend(tests),
            None => criteria.push(Criterion { tests }),
        }
    }
    criteria
}

fn is_equality(test: &Test) -> bool {
    test.operator == Operator::Equal
}

/// `id=a;id=b` in one parameter means either of both.
fn alternatives(name: &str, value: &str) -> Vec<Test> {
    let mut tests = Vec::new();
    let (mut name, mut rest) = (name.to_owned(), value);
    while let Some((value, next_name, next)) = split_at_next_criterion(rest) {
        tests.push(Test::read(&name, value));
        name = next_name.to_owned();
        rest = next;
    }
    tests.push(Test::read(&name, rest));
    tests
}

/// Splits at the first `;` that another `name=` follows.
fn split_at_next_criterion(text: &str) -> Option<(&str, &str, &str)> {
    text.match_indices(';').find_map(|(at, _)| {
        let (name, rest) = text[at + 1..].split_once('=')?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || "@._".contains(c);
        (!name.is_empty() && name.chars().all(is_name)).then_some((&text[..at], name, rest))
    })
}

impl Test {
    fn read(name: &str, value: &str) -> Self {
        let (name, operator, value) = parts(name, value);
        let pattern = match operator {
            Operator::Regex => Regex::new(&value).ok(),
            _ => None,
        };
        Self {
            name,
            operator,
            value,
            pattern,
        }
    }

    /// Whether a record passes. Of an attribute with several values one is enough.
    pub(in super::super) fn holds(&self, record: &Map<String, Value>) -> bool {
        let path: Vec<&str> = self.name.split('.').collect();
        let values = values_at(record, &path);
        values.into_iter().any(|value| self.holds_for(value))
    }

    fn holds_for(&self, actual: &Value) -> bool {
        let order = || compare_text(actual, &self.value);
        match self.operator {
            Operator::Equal => self.equals(actual),
            Operator::Greater => order() == Some(Ordering::Greater),
            Operator::GreaterOrEqual => order().is_some_and(Ordering::is_ge),
            Operator::Less => order() == Some(Ordering::Less),
            Operator::LessOrEqual => order().is_some_and(Ordering::is_le),
            Operator::Regex => {
                let pattern = self.pattern.as_ref();
                pattern.is_some_and(|p| actual.as_str().is_some_and(|text| p.is_match(text)))
            }
        }
    }

    /// The whole value, or one of several that commas separate.
    fn equals(&self, actual: &Value) -> bool {
        let whole = compare_text(actual, &self.value) == Some(Ordering::Equal);
        let has_several = self.value.contains(',');
        whole
            || has_several
                && self
                    .value
                    .split(',')
                    .any(|part| compare_text(actual, part) == Some(Ordering::Equal))
    }

    /// A text that the JSON of every matching record contains, if there is one.
    pub(in super::super) fn trace(&self) -> Option<String> {
        let is_plain = self.operator == Operator::Equal && !self.value.contains(',');
        if !is_plain || instant(&self.value).is_some() {
            return None;
        }
        let quoted = Value::from(self.value.as_str()).to_string();
        Some(quoted[1..quoted.len() - 1].to_owned())
    }
}

fn parts(name: &str, value: &str) -> (String, Operator, String) {
    for (suffix, operator) in SUFFIXES {
        if let Some(stem) = name.strip_suffix(suffix) {
            return (stem.to_owned(), *operator, value.to_owned());
        }
    }
    // creationDate>=2020..., the `=` written as it is: it ended the name.
    for (sign, operator) in [
        (">", Operator::GreaterOrEqual),
        ("<", Operator::LessOrEqual),
    ] {
        if let Some(stem) = name.strip_suffix(sign).filter(|_| !value.is_empty()) {
            return (stem.to_owned(), operator, value.to_owned());
        }
    }
    if value.is_empty() {
        for (sign, operator) in SIGNS {
            if let Some((stem, rest)) = name.split_once(sign) {
                return (stem.to_owned(), *operator, rest.to_owned());
            }
        }
    }
    (name.to_owned(), Operator::Equal, value.to_owned())
}

/// The values that a path leads to, through every element of the arrays on its way.
pub(super) fn values_at<'a>(map: &'a Map<String, Value>, path: &[&str]) -> Vec<&'a Value> {
    let Some((first, rest)) = path.split_first() else {
        return Vec::new();
    };
    map.get(*first)
        .map_or_else(Vec::new, |value| values_in(value, rest))
}

fn values_in<'a>(value: &'a Value, path: &[&str]) -> Vec<&'a Value> {
    match value {
        Value::Array(items) => items
            .iter()
            .flat_map(|item| values_in(item, path))
            .collect(),
        Value::Object(map) => values_at(map, path),
        _ if path.is_empty() => vec![value],
        _ => Vec::new(),
    }
}

/// Compares a stored value with a text: instants, numbers, else code points.
fn compare_text(actual: &Value, text: &str) -> Option<Ordering> {
    match actual {
        Value::String(stored) if stored == text => Some(Ordering::Equal),
        Value::String(stored) => match (instant(stored), instant(text)) {
            (Some(stored), Some(given)) => Some(stored.cmp(&given)),
            _ => Some(stored.as_str().cmp(text)),
        },
        Value::Number(number) => number.as_f64()?.partial_cmp(&text.parse().ok()?),
        Value::Bool(flag) => Some(flag.to_string().as_str().cmp(text)),
        _ => None,
    }
}

/// The order of two stored values.
pub(super) fn compare_values(a: &Value, b: &Value) -> Ordering {
    let order = match b {
        Value::String(text) => compare_text(a, text),
        other => compare_text(a, &other.to_string()),
    };
    order.unwrap_or(Ordering::Equal)
}

#[cfg(test)]
mod tests {
    use super::super::super::call::pairs;
    use super::*;
    use serde_json::json;

    fn matches(query: &str) -> bool {
        let record = json!({
            "id": "1",
            "reason": "R&D, 50% \"ü\"",
            "creationDate": "2020-01-01T02:00:00+02:00",
            "channel": [{"id": "a"}, {"id": "b"}],
            "count": 5,
        });
        let Value::Object(record) = record else {
            panic!("a record is an object");
        };
        let criteria = criteria(&pairs(query));
        criteria
            .iter()
            .all(|criterion| criterion.tests.iter().any(|test| test.holds(&record)))
    }

    #[test]
    fn filters_take_what_matches() {
        let queries = [
            "",
            "id=1&fields=id",
            "id=2,1",
            "id=2&id=1",
            "id=2;id=1",
            "reason=R%26D%2C+50%25%20%22%C3%BC%22",
            "reason.eq=R%26D%2C%2050%25%20%22%C3%BC%22",
            "reason.regex=%5ER.D",
            "reason%3D~%5ER.D",
            "channel.id=b",
            "count=5",
            "creationDate=2020-01-01T00:00:00Z",
            "creationDate.gte=2020-01-01T00:00:00Z",
            "creationDate%3E=2020-01-01T00:00:00Z",
            "creationDate%3E2019-01-01T00:00:00Z",
            "creationDate.lt=2020-01-01T00:00:01Z",
            "depth=1",
        ];
        for query in queries {
            assert!(matches(query), "{query}");
        }
    }

    #[test]
    fn filters_leave_out_what_does_not() {
        let queries = [
            "id=2",
            "id=",
            "id=1&reason=x",
            "nope=1",
            "reason.regex=%5Bx",
            "channel.id=c",
            "creationDate.gt=2020-01-01T00:00:00Z",
            "creationDate%3C2020-01-01T00:00:00Z",
            "reason=r%26d",
        ];
        for query in queries {
            assert!(!matches(query), "{query}");
        }
    }

    #[test]
    fn a_trace_is_written_as_in_the_json() {
        let criteria = criteria(&pairs("reason=a%22b%5C%C3%BC"));
        let trace = criteria[0].tests[0].trace().unwrap();
        assert_eq!(trace, "a\\\"b\\\\ü");
    }
}
