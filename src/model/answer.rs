//! What one answer by itself shows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use url::Url;

use super::{Query, Rule};
use crate::evidence::same_scalar;

/// A request and its answer, as far as promises are about them.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The method.
    pub method: &'a str,
    /// The URL.
    pub url: &'a Url,
    /// The status.
    pub status: u16,
    /// The id of the record that was asked for; none where it was the collection.
    pub record_id: Option<&'a str>,
    /// The header X-Total-Count.
    pub total: Option<usize>,
    /// The header X-Result-Count.
    pub counted: Option<usize>,
    /// The body, where it is JSON.
    pub body: Option<&'a Value>,
    /// How many elements it has, where it is a list.
    pub elements: Option<usize>,
    /// The run's own records in it: their places and representations.
    pub own: &'a [(usize, &'a Value)],
    /// The attributes of the resource.
    pub described: &'a BTreeSet<String>,
}

/// A promise that an answer does not keep.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    /// Which one.
    pub rule: Rule,
    /// What is wrong, behind the line of the answer.
    pub what: String,
    /// What was expected.
    pub expected: Value,
    /// What came.
    pub actual: Value,
    /// Where in the body.
    pub pointer: Option<String>,
}

impl Broken {
    fn new(rule: Rule, what: impl Into<String>, expected: Value, actual: Value) -> Self {
        Self {
            rule,
            what: what.into(),
            expected,
            actual,
            pointer: None,
        }
    }

    fn at(mut self, pointer: String) -> Self {
        self.pointer = Some(pointer);
        self
    }
}

/// Whether a body is an Error of the API and no record: it has a code and says why, and has neither
/// id nor link.
pub fn is_error(body: &Value) -> bool {
    let has = |name: &str| body.get(name).is_some_and(|value| !value.is_null());
    has("code") && (has("reason") || has("message")) && !has("id") && !has("href")
}

/// The rules that an answer is judged by, and those that it breaks; `made` are the run's own records
/// as the target showed them, as far as they were not changed since.
pub fn judge(seen: &Seen<'_>, made: &BTreeMap<String, Value>) -> (Vec<Rule>, Vec<Broken>) {
    let mut judged = Judged::default();
    if !(200..300).contains(&seen.status) {
        return (judged.rules, judged.broken);
    }
    match (seen.method, seen.record_id) {
        ("GET", None) if matches!(seen.status, 200 | 206) => list(seen, made, &mut judged),
        ("GET", Some(_)) if seen.status == 200 => {
            let query = Query::read(seen.url, seen.described);
            if let [(_, record)] = seen.own {
                selection(false, &query, record, "", &mut judged);
            }
        }
        ("PATCH", Some(id)) if seen.status == 200 => patched(seen, id, &mut judged),
        _ => {}
    }
    if let (Some(body), "GET" | "POST") = (seen.body, seen.method) {
        judged.rules.push(Rule::NoError);
        let selects = seen.url.query_pairs().any(|(name, _)| name == "fields");
        if is_error(body) && !selects {
            judged.broken.push(Broken::new(
                Rule::NoError,
                "carries an Error",
                json!("a status of 400 or above, or a record"),
                json!(seen.status),
            ));
        }
    }
    (judged.rules, judged.broken)
}

#[derive(Debug, Default)]
struct Judged {
    rules: Vec<Rule>,
    broken: Vec<Broken>,
}

fn list(seen: &Seen<'_>, made: &BTreeMap<String, Value>, judged: &mut Judged) {
    let Some(count) = seen.elements else { return };
    let query = Query::read(seen.url, seen.described);
    if let Some(counted) = seen.counted {
        judged.rules.push(Rule::ResultCount);
        if counted != count {
            let what = format!("has {count} elements, and X-Result-Count is {counted}");
            let broken = Broken::new(Rule::ResultCount, what, json!(count), json!(counted));
            judged.broken.push(broken);
        }
    }
    if let Some(total) = seen.total {
        judged.rules.push(Rule::Total);
        let least = query.offset.unwrap_or(0) + count;
        if count > 0 && total < least {
            let what = format!("has elements up to the one of number {least}, of {total} in all");
            let expected = json!(format!("X-Total-Count of {least} or more"));
            let broken = Broken::new(Rule::Total, what, expected, json!(total));
            judged.broken.push(broken);
        }
    }
    if let Some(limit) = query.limit {
        judged.rules.push(Rule::Limit);
        if count > limit {
            let what = format!("has {count} elements, where limit is {limit}");
            let expected = json!(format!("at most {limit} elements"));
            let broken = Broken::new(Rule::Limit, what, expected, json!(count));
            judged.broken.push(broken);
        }
    }
    if query.is_filtered {
        judged.rules.push(Rule::Unique);
        unique(seen.own, judged);
    }
    for (place, record) in seen.own {
        selection(true, &query, record, &format!("/{place}"), judged);
        let shown = record.get("id").and_then(Value::as_str);
        let made = shown.and_then(|id| made.get(id));
        matching(&query, *place, record, made, judged);
    }
}

fn unique(own: &[(usize, &Value)], judged: &mut Judged) {
    let mut places = BTreeMap::new();
    for (place, record) in own {
        let Some(id) = record.get("id").and_then(Value::as_str) else {
            continue;
        };
        if let Some(first) = places.insert(id, place) {
            let what = format!("has the record {id} at {first} and at {place}");
            let expected = json!("each record once");
            let broken = Broken::new(Rule::Unique, what, expected, json!(id));
            judged.broken.push(broken.at(format!("/{place}/id")));
            return;
        }
    }
}

/// A selection shows what it names, id and href; names of the kind of `@type` are tolerated. One of
/// which the record has nothing may be ignored as a whole.
fn selection(list: bool, query: &Query, record: &Value, at: &str, judged: &mut Judged) {
    let Some(record) = record.as_object().filter(|_| query.selects()) else {
        return;
    };
    let named = |name: &String| query.fields.contains(name);
    if !record.keys().any(|name| named(name) && name != "href") {
        return;
    }
    let names = query.fields.clone();
    let rule = Rule::Selected { list, names };
    let always = |name: &String| name == "id" || name == "href" || name.starts_with('@');
    let mut extra = record.keys().filter(|name| !named(name) && !always(name));
    judged.rules.push(rule.clone());
    if let Some(first) = extra.next() {
        let what = format!("has {first}, which was not selected");
        let expected = json!(query.fields);
        let actual = json!(record.keys().collect::<Vec<_>>());
        let broken = Broken::new(rule, what, expected, actual);
        judged.broken.push(broken.at(format!("{at}/{first}")));
    }
}

/// Capitals and blanks at the ends are open here; so is a link, which may be written in many ways.
fn matching(
    query: &Query,
    place: usize,
    record: &Value,
    made: Option<&Value>,
    judged: &mut Judged,
) {
    if !query.is_plain || query.criteria.is_empty() {
        return;
    }
    let rule = Rule::Matches(query.criteria.keys().cloned().collect());
    judged.rules.push(rule.clone());
    for (name, wanted) in query.criteria.iter().filter(|(name, _)| *name != "href") {
        let shown = record.get(name).or_else(|| made?.get(name));
        let Some(found @ Value::String(text)) = shown else {
            continue;
        };
        let same = text.trim().to_lowercase() == wanted.trim().to_lowercase()
            || same_scalar(&json!(wanted), found);
        if !same {
            let what = format!("has an element that does not match the filter on {name}");
            let expected = json!({ name.as_str(): wanted });
            let broken = Broken::new(rule, what, expected, json!({ name.as_str(): found }));
            judged.broken.push(broken.at(format!("/{place}/{name}")));
            return;
        }
    }
}

fn patched(seen: &Seen<'_>, id: &str, judged: &mut Judged) {
    let Some(body) = seen.body else { return };
    judged.rules.push(Rule::PatchAnswer);
    let came = body.get("id");
    let (what, actual) = match came {
        None | Some(Value::Null) if is_error(body) => ("is answered with an Error", body.clone()),
        Some(Value::String(came)) if came != id => ("is answered with another record", json!(came)),
        _ if !body.is_object() => ("is not answered with a record", Value::Null),
        _ => return,
    };
    let expected = json!(format!("the record {id}, or a status of 400 or above"));
    let broken = Broken::new(Rule::PatchAnswer, what, expected, actual);
    judged.broken.push(broken);
}
