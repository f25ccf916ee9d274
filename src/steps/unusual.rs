//! Steps that put unusual values into every place of a record where they may stand.
//!
//! Each kind of value has a record of its own. A target may refuse a kind, or take it in some
//! attributes only: where it refuses the whole record, each attribute is posted alone.

use std::sync::Arc;

use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use tmfctk_step_macros::{then, when};

use super::refusals::broken_at;
use super::text;
use crate::evidence::{Difference, DifferenceKind, Outcome, Stop, date_time, differences};
use crate::http::Outgoing;
use crate::terms::Severity;
use crate::world::{Attempt, Reply, Violation, World, id_of, status_key};

/// Elements of a list that was made long.
const LONG_LIST: usize = 20;

/// POST of a fixture's body with that value in every free text that the fixtures name, at any depth;
/// where the whole is refused, each attribute alone, with the body of the record that is the proof.
#[when(
    regex = r#"^a body like "([^"]+)" is posted with every text as (".*")$"#,
    pattern = r#"a body like "NAME" is posted with every text as JSON"#,
    example = r#"a body like "full" is posted with every text as "0815""#
)]
async fn every_text(world: &mut World, name: String, value: String) -> Outcome {
    let names = world.context.free_texts().to_vec();
    let value = match serde_json::from_str::<Value>(&value) {
        Ok(Value::String(value)) => text::filled(world, &value),
        _ => return Err(Stop::blocked(format!("{value} is not a JSON text"), None)),
    };
    let change = |name: &str, _: &str| names.iter().any(|one| one == name).then(|| value.clone());
    post_changed(world, &name, &mut |body| edit(body, "", &change)).await
}

/// The same with every role, unit or other short name that the fixtures call a code.
#[when(
    regex = r#"^a body like "([^"]+)" is posted with every code as "(.*)"$"#,
    pattern = r#"a body like "NAME" is posted with every code as "TEXT""#,
    example = r#"a body like "full" is posted with every code as "Some longer role""#
)]
async fn every_code(world: &mut World, name: String, value: String) -> Outcome {
    let names = world.context.codes().to_vec();
    let value = text::filled(world, &value);
    let change = |name: &str, _: &str| names.iter().any(|one| one == name).then(|| value.clone());
    post_changed(world, &name, &mut |body| edit(body, "", &change)).await
}

/// The same with that number in the place of every number.
#[when(
    regex = r#"^a body like "([^"]+)" is posted with every number as (-?\d+(?:\.\d+)?)$"#,
    pattern = r#"a body like "NAME" is posted with every number as NUMBER"#,
    example = r#"a body like "full" is posted with every number as 0.1"#
)]
async fn every_number(world: &mut World, name: String, value: String) -> Outcome {
    let value: Value = serde_json::from_str(&value).unwrap_or_default();
    post_changed(world, &name, &mut |body| set_numbers(body, &value)).await
}

/// The same with every date-time in another form, or moved: `with milliseconds`, `with nanoseconds`,
/// `at HH:MM` (an offset), `N years later` (or: earlier).
#[when(
    regex = r#"^a body like "([^"]+)" is posted with every date-time (with \S+|at \S+|\d+ years (?:later|earlier))$"#,
    pattern = r#"a body like "NAME" is posted with every date-time HOW"#,
    example = r#"a body like "full" is posted with every date-time at -05:00"#
)]
async fn every_date(world: &mut World, name: String, how: String) -> Outcome {
    let change = |_: &str, text: &str| reshaped(date_time(text)?, &how);
    post_changed(world, &name, &mut |body| edit(body, "", &change)).await
}

/// The same with every list of the record itself repeated until it has 20 elements, each with an id
/// of its own; lists whose elements the target looks up stay as they are.
#[when(
    regex = r#"^a body like "([^"]+)" is posted with long lists$"#,
    pattern = r#"a body like "NAME" is posted with long lists"#,
    example = r#"a body like "full" is posted with long lists"#
)]
async fn long_lists(world: &mut World, name: String) -> Outcome {
    let lengthen = &mut |value: &mut Value| {
        let Value::Array(elements) = value else {
            return;
        };
        let first = elements.clone();
        for number in elements.len()..if first.is_empty() { 0 } else { LONG_LIST } {
            let mut element = first[number % first.len()].clone();
            if let Some(Value::String(id)) = element.get_mut("id") {
                id.push_str(&format!("-{number}"));
            }
            elements.push(element);
        }
    };
    post_changed(world, &name, lengthen).await
}

/// A date-time in another form, or another one; none where it would be the same.
fn reshaped(instant: Timestamp, how: &str) -> Option<String> {
    let (first, rest) = how.split_once(' ')?;
    let shown = |instant: Timestamp, digits: usize| format!("{instant:.digits$}");
    let moved = |nanoseconds: i64| instant.checked_add(SignedDuration::from_nanos(nanoseconds));
    match (first, rest) {
        ("with", "milliseconds") => Some(shown(moved(123_000_000).ok()?, 3)),
        ("with", "microseconds") => Some(shown(moved(123_456_000).ok()?, 6)),
        ("with", "nanoseconds") => Some(shown(moved(123_456_789).ok()?, 9)),
        ("at", offset) => {
            let (sign, time) = offset.split_at_checked(1)?;
            let (hours, minutes) = time.split_once(':')?;
            let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
            let seconds = if sign == "-" { -seconds } else { seconds };
            let offset = Offset::from_seconds(seconds).ok()?;
            Some(instant.display_with_offset(offset).to_string())
        }
        (years, direction) => {
            let years: i16 = years.parse().ok()?;
            let years = if direction.ends_with("earlier") {
                -years
            } else {
                years
            };
            let text = instant.to_string();
            let (year, rest) = text.split_once('-')?;
            let year = year.parse::<i16>().ok()? + years;
            // There need not be a 29th of February.
            let moved = format!("{year:04}-{}", rest.replacen("02-29", "02-28", 1));
            date_time(&moved).map(|_| moved)
        }
    }
}

/// Changes the texts of a value, each by the name of its attribute.
fn edit(value: &mut Value, name: &str, change: &dyn Fn(&str, &str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(changed) = change(name, text) {
                *text = changed;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| edit(item, name, change)),
        Value::Object(attributes) => {
            attributes
                .iter_mut()
                .for_each(|(name, attribute)| edit(attribute, name, change));
        }
        _ => {}
    }
}

fn set_numbers(value: &mut Value, number: &Value) {
    match value {
        Value::Number(_) => *value = number.clone(),
        Value::Array(items) => items.iter_mut().for_each(|item| set_numbers(item, number)),
        Value::Object(attributes) => {
            let attributes = attributes.values_mut();
            attributes.for_each(|attribute| set_numbers(attribute, number));
        }
        _ => {}
    }
}

/// Posts a body with each of its attributes changed; what the target looks up stays as it knows it,
/// and so does what the change would make break a rule.
async fn post_changed(
    world: &mut World,
    name: &str,
    change: &mut dyn FnMut(&mut Value),
) -> Outcome {
    let context = Arc::clone(&world.context);
    let body = context.body_to_post(name).await?;
    let least = context.least_to_post().await?;
    let mut whole = Value::Object(body.clone());
    let mut changed = Map::new();
    for (name, value) in body {
        let mut other = value.clone();
        // `edit` goes by names: the attribute itself is one.
        let mut named = json!({ name.as_str(): other });
        match &value {
            Value::String(_) | Value::Object(_) => {
                change(&mut named);
                other = named[name.as_str()].take();
            }
            _ => change(&mut other),
        }
        // The official kit looks for the texts of mandatory attributes in the body as it came: a record
        // that can't be removed must not make it fail later.
        let is_escaped = other.as_str().is_some_and(may_be_escaped) && least.contains_key(&name);
        if other == value || context.needs_known(&name) || is_escaped {
            continue;
        }
        whole[name.as_str()] = other.clone();
        if broken_at(world, &whole, &format!("/{name}")).is_some() {
            whole[name.as_str()] = value;
        } else {
            changed.insert(name, other);
        }
    }
    if changed.is_empty() {
        let why = format!("nothing in a body like \"{name}\" can be changed so");
        return Err(Stop::NotApplicable(why));
    }
    world.attempts.clear();
    world.lost_anyway = lost_anyway(world, name).await;
    if post(world, whole).await? {
        return Ok(());
    }
    for (name, value) in changed {
        let mut alone = least.clone();
        alone.insert(name, value);
        post(world, Value::Object(alone)).await?;
    }
    Ok(())
}

/// Whether JSON may or has to spell a text in another way than it reads.
fn may_be_escaped(text: &str) -> bool {
    !text.is_ascii() || text.contains(|c: char| c.is_ascii_control() || "\"\\/<>&'".contains(c))
}

/// The places of a record that the target does not keep with usual values either: that is judged by
/// the record itself.
async fn lost_anyway(world: &World, name: &str) -> Vec<String> {
    let Ok(record) = world.context.record(name).await else {
        return Vec::new();
    };
    let Ok(creation) = record.creation() else {
        return Vec::new();
    };
    let read = world.whole.as_ref();
    let read = read.filter(|reply| reply.json().ok().and_then(id_of).as_ref() == Some(&record.id));
    let shown = [Some(&creation.answer), read].into_iter().flatten();
    shown
        .filter_map(|reply| reply.json().ok())
        .flat_map(|shown| differences(&creation.sent, shown))
        .map(|one| one.pointer)
        .collect()
}

/// Posts a body; whether it is not refused for what is in it.
async fn post(world: &mut World, body: Value) -> Result<bool, Stop> {
    let request = Outgoing::new("POST", world.context.collection());
    let reply = world
        .send(request.body("application/json", body.to_string()))
        .await?;
    let sent = world.context.note_own(body, &reply);
    let is_refused = (400..500).contains(&reply.answer.status);
    world.attempts.push(Attempt {
        place: String::new(),
        sent,
        reply,
    });
    Ok(!is_refused)
}

/// A 4xx refuses a kind of values; not applicable where all was refused. What was accepted stands as
/// it was sent in the answer, in the record by its id, and in the list; another order is a warning.
#[then(
    regex = r"^it is refused, or all of it is kept(, at most a warning)?$",
    pattern = "it is refused, or all of it is kept (, at most a warning)",
    example = "it is refused, or all of it is kept"
)]
async fn all_kept(world: &mut World, suffix: String) -> Outcome {
    let at_most = text::at_most(&suffix);
    let attempts = std::mem::take(&mut world.attempts);
    let mut refused = None;
    for attempt in &attempts {
        let status = attempt.reply.answer.status;
        match status {
            400..500 => refused = Some(attempt.reply.answer.line()),
            200..300 => judge(world, attempt, at_most).await?,
            _ => {
                world.record(
                    Violation::in_answer(&attempt.reply, status_key(status), "")
                        .expected("201, or 400 where the target does not take such values")
                        .actual(status),
                );
            }
        }
    }
    match refused {
        Some(line) if attempts.iter().all(|one| one.reply.answer.status >= 400) => {
            world.stop_if_violated()?;
            Err(Stop::NotApplicable(format!(
                "{line}: the target does not take such values"
            )))
        }
        _ => Ok(()),
    }
}

/// Compares what was sent with all that shows the record.
async fn judge(world: &mut World, attempt: &Attempt, at_most: Option<Severity>) -> Outcome {
    compare(
        world,
        &attempt.sent,
        attempt.reply.json().ok(),
        &attempt.reply,
        at_most,
    );
    let Some(id) = attempt.reply.created_id() else {
        return Ok(());
    };
    let context = Arc::clone(&world.context);
    let read = world
        .send(Outgoing::new("GET", context.record_url(&id)))
        .await?;
    if read.answer.status == 200 {
        compare(world, &attempt.sent, read.json().ok(), &read, at_most);
    }
    let mut url = context.collection();
    url.query_pairs_mut().append_pair("id", &id);
    let listed = world.send(Outgoing::new("GET", url)).await?;
    if let Some((_, element)) = listed.elements().find(&id) {
        let element = element.into_owned();
        compare(world, &attempt.sent, Some(&element), &listed, at_most);
    }
    Ok(())
}

fn compare(
    world: &mut World,
    sent: &Value,
    shown: Option<&Value>,
    reply: &Reply,
    at_most: Option<Severity>,
) {
    let Some(shown) = shown.filter(|shown| shown.is_object()) else {
        return;
    };
    let mut all = differences(sent, shown);
    let is_known = |one: &Difference| {
        let mut known = world.lost_anyway.iter();
        known.any(|place| is_below(&one.pointer, place))
    };
    all.retain(|one| !is_same_list(one) && !is_known(one));
    for kind in [
        DifferenceKind::Missing,
        DifferenceKind::Changed,
        DifferenceKind::Reordered,
    ] {
        let mut those = all.iter().filter(|one| one.kind == kind);
        let Some(first) = those.next() else { continue };
        let what = match kind {
            DifferenceKind::Missing => "is missing",
            DifferenceKind::Changed => "is another value than what was sent",
            DifferenceKind::Reordered => "has its elements in another order",
        };
        let more = match those.count() {
            0 => String::new(),
            more => format!(" ({more} more places like it)"),
        };
        let reordered = (kind == DifferenceKind::Reordered).then_some(Severity::Warn);
        let line = reply.answer.line();
        world.record(
            Violation::new(
                format!("unusual {kind:?}"),
                format!("{line}: {} {what}{more}", first.pointer),
            )
            .expected(first.expected.clone())
            .actual(first.actual.clone())
            .at(first.pointer.clone())
            .exchange(reply.answer.index)
            .at_most(at_most.or(reordered)),
        );
    }
}

/// Whether a place is another one, or below it.
fn is_below(place: &str, other: &str) -> bool {
    let rest = place.strip_prefix(other);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a list differs only in what says nothing: an empty one may be left out.
fn is_same_list(one: &Difference) -> bool {
    let is_empty = one.expected.as_array().is_some_and(Vec::is_empty);
    is_empty && one.kind == DifferenceKind::Missing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn date_times_get_other_forms() {
        let instant = date_time("2024-02-29T10:00:00Z").unwrap();
        let cases = [
            ("with milliseconds", "2024-02-29T10:00:00.123Z"),
            ("with nanoseconds", "2024-02-29T10:00:00.123456789Z"),
            ("at -05:30", "2024-02-29T04:30:00-05:30"),
            ("20 years later", "2044-02-28T10:00:00Z"),
            ("60 years earlier", "1964-02-28T10:00:00Z"),
        ];
        for (how, wanted) in cases {
            assert_eq!(reshaped(instant, how).as_deref(), Some(wanted), "{how}");
        }
        assert_eq!(reshaped(instant, "at noon"), None);
    }

    #[test]
    fn texts_are_changed_by_their_names_at_any_depth() {
        let mut value = json!({"a": "x", "b": [{"a": "y", "c": "z"}]});
        edit(&mut value, "", &|name, _| {
            (name == "a").then(|| "new".to_owned())
        });
        assert_eq!(value, json!({"a": "new", "b": [{"a": "new", "c": "z"}]}));
    }
}
