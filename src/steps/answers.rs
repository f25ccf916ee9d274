//! Steps that judge an answer: its status, its shape, which record it is, what it says.

use std::sync::Arc;

use serde_json::{Value, json};
use tmfctk_step_macros::then;

use super::text;
use crate::evidence::{DifferenceKind, Outcome, Stop, date_time, differences};
use crate::terms::Severity;
use crate::world::{Reply, Violation, World, id_of, status_key};

/// The answer that the steps talk about.
pub(super) fn reply(world: &World) -> Result<Arc<Reply>, Stop> {
    match &world.reply {
        Some(reply) => Ok(Arc::clone(reply)),
        None => Err(Stop::blocked("the scenario has sent no request yet", None)),
    }
}

/// Ends a scenario whose change the target did not make: by a rule of its own, which makes it not
/// applicable, or for a reason that is judged elsewhere.
pub(super) fn not_made(reply: &Reply, why: String) -> Stop {
    if reply.is_refused_by_rule() {
        return Stop::NotApplicable(format!("{why}: a rule of the target"));
    }
    Stop::blocked(why, Some(reply.answer.index))
}

/// The answer as a list, or a violation.
pub(super) fn list(world: &mut World) -> Result<Arc<Reply>, Stop> {
    let reply = reply(world)?;
    if reply.list().is_some() {
        return Ok(reply);
    }
    // A refusal is not a list, but that is not what is wrong with it.
    if reply.answer.status < 300 || check_status(world, &reply, &[200, 206], None) {
        shape_violation(world, &reply, "a JSON list");
    }
    world.stop_if_violated()?;
    // It only warned, and there is nothing to go on with.
    Err(Stop::blocked(
        "the answer is not a list",
        Some(reply.answer.index),
    ))
}

/// The status is one of these.
#[then(
    regex = r"^the status is (\d{3}(?: or \d{3})*)(, at most a warning|, for information)?$",
    pattern = "the status is CODE (or CODE)* (, at most a warning | , for information)",
    example = "the status is 200 or 206"
)]
async fn status_is(world: &mut World, codes: String, suffix: String) -> Outcome {
    let reply = reply(world)?;
    let allowed: Vec<u16> = codes
        .split(" or ")
        .filter_map(|code| code.parse().ok())
        .collect();
    check_status(world, &reply, &allowed, text::at_most(&suffix));
    Ok(())
}

/// The status is lower, whatever it is.
#[then(
    regex = r"^the status is below (\d{3})$",
    pattern = "the status is below CODE",
    example = "the status is below 500"
)]
async fn status_below(world: &mut World, limit: u16) -> Outcome {
    let reply = reply(world)?;
    if reply.answer.status >= limit {
        world.record(
            Violation::in_answer(&reply, status_key(reply.answer.status), "")
                .expected(format!("a status below {limit}"))
                .actual(reply.answer.status),
        );
    }
    Ok(())
}

/// 404 or 400; not applicable where the body has the id that was asked for: it is another record,
/// whose id happens to be that.
#[then("it is not found, unless a record has that very id")]
async fn not_found(world: &mut World) -> Outcome {
    let reply = reply(world)?;
    let path = reply.answer.url.path();
    let last = path.rsplit('/').next().unwrap_or_default();
    let asked = percent_encoding::percent_decode_str(last).decode_utf8_lossy();
    let came = reply.json().ok().and_then(id_of);
    if reply.answer.status == 200 && came.as_deref() == Some(&*asked) {
        return Err(Stop::NotApplicable("a record has that very id".into()));
    }
    check_status(world, &reply, &[404, 400], None);
    Ok(())
}

/// Records a violation where the status is none of these.
pub(super) fn check_status(
    world: &mut World,
    reply: &Reply,
    allowed: &[u16],
    at_most: Option<Severity>,
) -> bool {
    let status = reply.answer.status;
    if allowed.contains(&status) {
        return true;
    }
    let wanted: Vec<_> = allowed.iter().map(u16::to_string).collect();
    world.record(
        Violation::in_answer(
            reply,
            status_key(status),
            format!(", where {} is expected", wanted.join(" or ")),
        )
        .expected(json!(if allowed.len() == 1 {
            json!(allowed[0])
        } else {
            json!(allowed)
        }))
        .actual(json!(status))
        .at_most(at_most),
    );
    false
}

/// The body is JSON, and its top level is that.
#[then(
    regex = r"^the answer is a JSON (object|list)$",
    pattern = "the answer is a JSON object (or: a JSON list)",
    example = "the answer is a JSON list"
)]
async fn answer_is(world: &mut World, shape: String) -> Outcome {
    let reply = reply(world)?;
    let right = matches!(
        (reply.json(), shape.as_str()),
        (Ok(Value::Object(_)), "object") | (Ok(Value::Array(_)), "list")
    );
    if !right {
        shape_violation(world, &reply, &format!("a JSON {shape}"));
    }
    Ok(())
}

/// Records that the body is not of the shape that was expected.
pub(super) fn shape_violation(world: &mut World, reply: &Reply, expected: &str) {
    let actual = shape_of(reply);
    world.record(
        Violation::in_answer(
            reply,
            format!("shape {expected}"),
            format!("is {actual}, where {expected} is expected"),
        )
        .expected(json!(expected))
        .actual(json!(actual)),
    );
}

fn shape_of(reply: &Reply) -> String {
    match reply.json() {
        Ok(Value::Object(_)) => "a JSON object".to_owned(),
        Ok(Value::Array(_)) => "a JSON list".to_owned(),
        Ok(Value::Null) => "null".to_owned(),
        Ok(Value::Bool(_)) => "a truth value".to_owned(),
        Ok(Value::Number(_)) => "a number".to_owned(),
        Ok(Value::String(_)) => "a text".to_owned(),
        Err(why) => format!("no JSON ({why})"),
    }
}

/// The body is one object with the id of that record.
#[then(
    regex = r#"^the answer is the record "([^"]+)"$"#,
    pattern = r#"the answer is the record "NAME""#,
    example = r#"the answer is the record "A""#
)]
async fn answer_is_record(world: &mut World, name: String) -> Outcome {
    let record = text::record(world, &name).await?;
    let reply = reply(world)?;
    // The body of a refusal is that of an error: its status is what is wrong.
    if world.is_wrong_refusal(reply.answer.index, reply.answer.status) {
        return Ok(());
    }
    let Ok(body @ Value::Object(_)) = reply.json() else {
        shape_violation(world, &reply, "a JSON object");
        return Ok(());
    };
    let came = id_of(body);
    if came.as_deref() != Some(record.id.as_str()) {
        world.record(
            Violation::in_answer(
                &reply,
                "another record",
                "answers another record than the one asked for",
            )
            .expected(json!(record.id))
            .actual(json!(came))
            .at("/id"),
        );
    }
    Ok(())
}

/// The body as one object of that record, or a scenario that is blocked: what others check is not
/// checked again here.
async fn whole_record(world: &mut World, name: &str) -> Result<(Arc<Reply>, Value), Stop> {
    let record = text::record(world, name).await?;
    let reply = reply(world)?;
    let exchange = Some(reply.answer.index);
    let stop = match reply.json() {
        Ok(body @ Value::Object(_)) if reply.answer.status == 200 => match id_of(body) {
            Some(id) if id != record.id => {
                Stop::blocked("another record came back than the one asked for", exchange)
            }
            _ => return Ok((Arc::clone(&reply), body.clone())),
        },
        _ => Stop::blocked(format!("{} is not a record", reply.answer.line()), exchange),
    };
    Err(stop)
}

/// Every value that was sent in the create stands in the body, compared as JSON values, date-times
/// as instants; elements in another order are a warning.
#[then(
    regex = r#"^the answer has what was sent for "([^"]+)"(?: in (.+))?$"#,
    pattern = r#"the answer has what was sent for "NAME" (in NAMES)"#,
    example = r#"the answer has what was sent for "A" in direction, reason and channel.id"#
)]
async fn answer_has_sent(world: &mut World, name: String, only: String) -> Outcome {
    let (reply, body) = whole_record(world, &name).await?;
    let creation = text::creation(world, &name).await?;
    let expected = attributes(&creation.sent, &text::names(&only));
    compare(world, &expected, &body, &reply, "what was sent");
    Ok(())
}

/// These attributes have the values that the create answered with; of a record that was there
/// before the run they must not differ from those in the collection, and the rest stays open.
#[then(
    regex = r#"^the answer has what the create of "([^"]+)" answered in (.+)$"#,
    pattern = r#"the answer has what the create of "NAME" answered in NAMES"#,
    example = r#"the answer has what the create of "A" answered in id and href"#
)]
async fn answer_has_created(world: &mut World, name: String, only: String) -> Outcome {
    let (reply, body) = whole_record(world, &name).await?;
    let record = text::record(world, &name).await?;
    if let Some(listed) = record.listed() {
        // Of a record that was there before nothing better is known, and that proves nothing.
        let expected = attributes(listed, &text::names(&only));
        compare(world, &expected, &body, &reply, "the collection shows");
        world.stop_if_violated()?;
    }
    let creation = text::creation(world, &name).await?;
    let Ok(created) = creation.answer.json() else {
        let exchange = Some(creation.answer.answer.index);
        return Err(Stop::blocked("the create answered no JSON", exchange));
    };
    let expected = attributes(created, &text::names(&only));
    compare(world, &expected, &body, &reply, "what the create answered");
    Ok(())
}

/// The body holds something at that place, or that very value; `if it has one` leaves a body alone
/// that holds nothing there.
#[then(
    regex = r"^the answer has (/\S*)(?: = (.+?))?(, at most a warning|, for information|, if it has one)?$",
    pattern = "the answer has POINTER (= JSON) (, if it has one)",
    example = r#"the answer has /direction = "inbound""#
)]
async fn answer_has(world: &mut World, pointer: String, value: String, suffix: String) -> Outcome {
    text::need(world, &value).await?;
    let reply = reply(world)?;
    let at_most = text::at_most(&suffix);
    let found = reply
        .json()
        .ok()
        .and_then(|body| body.pointer(&pointer))
        .cloned();
    let wanted = (!value.is_empty()).then(|| text::value(world, &value));
    let right = match (&wanted, &found) {
        _ if world.is_wrong_refusal(reply.answer.index, reply.answer.status) => true,
        (_, None) => suffix == ", if it has one",
        (Some(wanted), Some(found)) => crate::evidence::same_scalar(wanted, found),
        (None, Some(_)) => true,
    };
    if !right {
        let missing = if found.is_none() {
            "has nothing"
        } else {
            "has another value"
        };
        world.record(
            Violation::in_answer(
                &reply,
                format!("value {pointer}"),
                format!("{missing} at {pointer}"),
            )
            .expected(wanted.unwrap_or_else(|| json!("a value")))
            .actual(found.unwrap_or(Value::Null))
            .at(pointer)
            .at_most(at_most),
        );
    }
    Ok(())
}

/// The body is one object with these attributes, each with the value of the whole representation;
/// id, href and @type may be added.
#[then(
    regex = r#"^the answer of the record "([^"]+)" has only the attributes (.+)$"#,
    pattern = "the answer has only the attributes NAMES",
    example = r#"the answer of the record "A" has only the attributes direction and reason"#
)]
async fn only_attributes(world: &mut World, name: String, only: String) -> Outcome {
    let (reply, body) = whole_record(world, &name).await?;
    selected(world, &reply, &name, &text::names(&only), &body, "").await?;
    Ok(())
}

/// Judges an attribute selection on one record: what was asked for is there with its value, and
/// nothing else but id, href and, as information, @type (C-12).
pub(super) async fn selected(
    world: &mut World,
    reply: &Reply,
    name: &str,
    asked: &[String],
    body: &Value,
    at: &str,
) -> Result<(), Stop> {
    let record = text::record(world, name).await?;
    let whole = world.whole.clone();
    let whole = whole.as_ref().and_then(|reply| reply.json().ok());
    for attribute in asked {
        // The whole representation knows what the server made up; a record, what was sent.
        let expected = match whole {
            Some(whole) => whole.get(attribute).cloned(),
            None => record.value(attribute),
        };
        let found = body.get(attribute);
        let held = |whole: &Value| found.is_some_and(|found| differences(whole, found).is_empty());
        if expected.as_ref().is_none_or(held) {
            continue;
        }
        world.record(
            Violation::new(
                format!("selected {attribute}"),
                match found {
                    None => format!("{} does not answer {attribute}", reply.answer.line()),
                    Some(_) => format!("{} answers another {attribute}", reply.answer.line()),
                },
            )
            .expected(expected.unwrap_or_default())
            .actual(found.cloned().unwrap_or_default())
            .at(format!("{at}/{attribute}"))
            .exchange(reply.answer.index),
        );
    }
    not_selected(world, reply, asked, body, at);
    Ok(())
}

/// Records the attributes that were not asked for.
pub(super) fn not_selected(
    world: &mut World,
    reply: &Reply,
    asked: &[String],
    body: &Value,
    at: &str,
) {
    let extra = extra(asked, body);
    let Some(first) = extra.first() else { return };
    let only_type = only_type(&extra);
    world.record(
        Violation::in_answer(
            reply,
            "not selected",
            "answers attributes that were not selected",
        )
        .expected(format!("{} and, if at all, id and href", asked.join(", ")))
        .actual(json!(extra))
        .at(format!("{at}/{first}"))
        .at_most(only_type.then_some(Severity::Info)),
    );
}

/// The attributes beside those that were asked for, id and href.
pub(super) fn extra<'a>(asked: &[String], body: &'a Value) -> Vec<&'a String> {
    let attributes = body.as_object().into_iter().flatten();
    attributes
        .map(|(name, _)| name)
        .filter(|name| !asked.contains(name) && !matches!(name.as_str(), "id" | "href"))
        .collect()
}

/// Whether these are no more than @type, which is tolerated (C-12).
pub(super) fn only_type(extra: &[&String]) -> bool {
    extra.iter().all(|name| name.as_str() == "@type")
}

/// The named attributes of an object, or all of them; `channel.id` are the ids of its channels.
pub(super) fn attributes(whole: &Value, names: &[String]) -> Value {
    let Value::Object(all) = whole else {
        return whole.clone();
    };
    if names.is_empty() {
        return whole.clone();
    }
    let named = names.iter().filter_map(|name| {
        let (attribute, part) = match name.split_once('.') {
            Some((attribute, part)) => (attribute, Some(part)),
            None => (name.as_str(), None),
        };
        let value = all.get(attribute)?;
        let value = part.map_or_else(|| value.clone(), |part| parts(value, part));
        Some((attribute.to_owned(), value))
    });
    named.collect()
}

/// One part of an object, or of each element of a list; what has none stays as it is.
fn parts(value: &Value, part: &str) -> Value {
    match value {
        Value::Array(items) => items.iter().map(|item| parts(item, part)).collect(),
        Value::Object(members) => {
            let own = members.iter().filter(|(name, _)| *name == part);
            own.map(|(name, value)| (name.clone(), value.clone()))
                .collect()
        }
        other => other.clone(),
    }
}

/// Records every place where what came back is not what was expected.
pub(super) fn compare(
    world: &mut World,
    expected: &Value,
    actual: &Value,
    reply: &Reply,
    whose: &str,
) {
    for difference in differences(expected, actual) {
        let what = match difference.kind {
            DifferenceKind::Missing => "is missing",
            DifferenceKind::Changed => "is another value",
            DifferenceKind::Reordered => "has its elements in another order",
        };
        world.record(
            Violation::new(
                format!("{:?}", difference.kind),
                format!(
                    "{}: {} {what} than {whose}",
                    reply.answer.line(),
                    difference.pointer
                )
                .replace("is missing than", "is missing from"),
            )
            .expected(difference.expected)
            .actual(difference.actual)
            .at(difference.pointer)
            .exchange(reply.answer.index)
            // The catalogue's remark on SPC-018: another order is a warning.
            .at_most((difference.kind == DifferenceKind::Reordered).then_some(Severity::Warn)),
        );
    }
}

/// The body is a JSON object that keeps to the pack's schema of errors.
#[then("the answer is an Error body")]
async fn error_body(world: &mut World) -> Outcome {
    let reply = reply(world)?;
    let Ok(body @ Value::Object(_)) = reply.json() else {
        shape_violation(world, &reply, "a JSON Error object");
        return Ok(());
    };
    for claimed in world.context.judge_error(body) {
        world.record(
            Violation::in_answer(
                &reply,
                format!("error {}", claimed.violation.place()),
                format!(": {}", claimed.violation.message),
            )
            .expected(claimed.violation.expected.clone())
            .actual(claimed.violation.actual.clone())
            .at(claimed.violation.place())
            .at_most(claimed.at_most),
        );
    }
    Ok(())
}

/// Compares two instants of the body; not applicable where one is absent.
#[then(
    regex = r"^the date-time at (/\S+) is not later than the one at (/\S+)$",
    pattern = "the date-time at POINTER is not later than the one at POINTER",
    example = "the date-time at /interactionDate/startDateTime is not later than the one at /interactionDate/endDateTime"
)]
async fn not_later(world: &mut World, early: String, late: String) -> Outcome {
    let reply = reply(world)?;
    let instant = |pointer: &str| -> Option<jiff::Timestamp> {
        date_time(reply.json().ok()?.pointer(pointer)?.as_str()?)
    };
    let (Some(start), Some(end)) = (instant(&early), instant(&late)) else {
        let reason = format!("there are no date-times at {early} and {late}");
        return Err(Stop::NotApplicable(reason));
    };
    if start > end {
        world.record(
            Violation::in_answer(
                &reply,
                format!("order {early}"),
                format!(": {early} is later than {late}"),
            )
            .expected(format!("at most {end}"))
            .actual(json!(start.to_string()))
            .at(early),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_named_whole_or_by_a_part_of_their_elements() {
        let record = json!({"reason": "r", "channel": [{"id": "1", "name": "n"}, {}], "x": 1});
        let names = ["reason", "channel.id"].map(str::to_owned);
        let expected = json!({"reason": "r", "channel": [{"id": "1"}, {}]});
        assert_eq!(attributes(&record, &names), expected);
        assert_eq!(attributes(&record, &[]), record);
    }
}
