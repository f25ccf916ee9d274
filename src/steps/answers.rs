//! Steps that judge an answer: its status, its shape, which record it is, what it says.

use std::sync::Arc;

use cucumber::gherkin::Step;
use cucumber::then;
use serde_json::{Value, json};

use super::{StepDoc, text};
use crate::evidence::{DifferenceKind, Outcome, Stop, differences};
use crate::terms::Severity;
use crate::world::{Reply, Violation, World, id_of, status_key};

/// The steps of this file.
pub(super) const VOCABULARY: &[StepDoc] = &[
    StepDoc {
        pattern: "Then the status is CODE (or CODE)* (, at most a warning | , for information)",
        meaning: "the status is one of these",
        example: "Then the status is 200 or 206",
    },
    StepDoc {
        pattern: "Then the status is below CODE",
        meaning: "the status is lower, whatever it is",
        example: "Then the status is below 500",
    },
    StepDoc {
        pattern: "Then it is not found, unless a record has that very id",
        meaning: "404 or 400; not applicable where the body has the id that was asked for: it is \
                  another record, whose id happens to be that",
        example: "Then it is not found, unless a record has that very id",
    },
    StepDoc {
        pattern: "Then the answer is a JSON object (or: a JSON list)",
        meaning: "the body is JSON, and its top level is that",
        example: "Then the answer is a JSON list",
    },
    StepDoc {
        pattern: "Then the answer is the record \"NAME\"",
        meaning: "the body is one object with the id of that record",
        example: "Then the answer is the record \"A\"",
    },
    StepDoc {
        pattern: "Then the answer has only the attributes NAMES",
        meaning: "the body is one object with these attributes, each with the value of the whole \
                  representation; id, href and @type may be added",
        example: "Then the answer of the record \"A\" has only the attributes direction and reason",
    },
    StepDoc {
        pattern: "Then the answer has what was sent for \"NAME\" (in NAMES)",
        meaning: "every value that was sent in the create stands in the body, compared as JSON \
                  values, date-times as instants; elements in another order are a warning",
        example: "Then the answer has what was sent for \"A\" in direction, reason and channel",
    },
    StepDoc {
        pattern: "Then the answer has what the create of \"NAME\" answered in NAMES",
        meaning: "these attributes have the values that the create answered with; of a record that \
                  was there before the run they must not differ from those in the collection, and \
                  the rest stays open",
        example: "Then the answer has what the create of \"A\" answered in id and href",
    },
    StepDoc {
        pattern: "Then the answer has what it had before in NAMES",
        meaning: "these attributes have the values that the record had when the scenario looked \
                  whether it keeps one of them",
        example: "Then the answer has what it had before in description and status",
    },
    StepDoc {
        pattern: "Then the answer has POINTER (= JSON)",
        meaning: "the body holds something at that place, or that very value",
        example: "Then the answer has /direction = \"inbound\"",
    },
    StepDoc {
        pattern: "Then the date-time at POINTER is not later than the one at POINTER",
        meaning: "compares two instants of the body; not applicable where one is absent",
        example: "Then the date-time at /interactionDate/startDateTime is not later than the one at /interactionDate/endDateTime",
    },
    StepDoc {
        pattern: "Then the answer is an Error body",
        meaning: "the body is a JSON object that keeps to the pack's schema of errors",
        example: "Then the answer is an Error body",
    },
];

/// The answer that the steps talk about.
pub(super) fn reply(world: &mut World) -> Result<Arc<Reply>, Stop> {
    match &world.reply {
        Some(reply) => Ok(Arc::clone(reply)),
        None => {
            let stop = Stop::blocked("the scenario has sent no request yet", None);
            world.stop(stop.clone())?;
            Err(stop)
        }
    }
}

#[then(regex = r"^the status is (\d{3}(?: or \d{3})*)(, at most a warning|, for information)?$")]
async fn status_is(world: &mut World, step: &Step, codes: String, suffix: String) -> Outcome {
    let reply = reply(world.at(step))?;
    let allowed: Vec<u16> = codes
        .split(" or ")
        .filter_map(|code| code.parse().ok())
        .collect();
    check_status(world, &reply, &allowed, text::at_most(&suffix));
    world.conclude()
}

#[then(regex = r"^the status is below (\d{3})$")]
async fn status_below(world: &mut World, step: &Step, limit: u16) -> Outcome {
    let reply = reply(world.at(step))?;
    if reply.answer.status >= limit {
        world.record(Violation {
            key: format!("status {}", reply.answer.status),
            message: reply.answer.line(),
            expected: json!(format!("a status below {limit}")),
            actual: json!(reply.answer.status),
            exchange: Some(reply.answer.index),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then("it is not found, unless a record has that very id")]
async fn not_found(world: &mut World, step: &Step) -> Outcome {
    let reply = reply(world.at(step))?;
    let path = reply.answer.url.path();
    let last = path.rsplit('/').next().unwrap_or_default();
    let asked = percent_encoding::percent_decode_str(last).decode_utf8_lossy();
    let came = reply.json().ok().and_then(id_of);
    if reply.answer.status == 200 && came.as_deref() == Some(&*asked) {
        return world.stop(Stop::NotApplicable("a record has that very id".into()));
    }
    check_status(world, &reply, &[404, 400], None);
    world.conclude()
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
    world.record(Violation {
        key: status_key(status),
        message: format!(
            "{}, where {} is expected",
            reply.answer.line(),
            wanted.join(" or ")
        ),
        expected: json!(if allowed.len() == 1 {
            json!(allowed[0])
        } else {
            json!(allowed)
        }),
        actual: json!(status),
        exchange: Some(reply.answer.index),
        at_most,
        ..Violation::default()
    });
    false
}

#[then(regex = r"^the answer is a JSON (object|list)$")]
async fn answer_is(world: &mut World, step: &Step, shape: String) -> Outcome {
    let reply = reply(world.at(step))?;
    let right = matches!(
        (reply.json(), shape.as_str()),
        (Ok(Value::Object(_)), "object") | (Ok(Value::Array(_)), "list")
    );
    if !right {
        shape_violation(world, &reply, &format!("a JSON {shape}"));
    }
    world.conclude()
}

/// Records that the body is not of the shape that was expected.
pub(super) fn shape_violation(world: &mut World, reply: &Reply, expected: &str) {
    let actual = shape_of(reply);
    world.record(Violation {
        key: format!("shape {expected}"),
        message: format!(
            "{} is {actual}, where {expected} is expected",
            reply.answer.line()
        ),
        expected: json!(expected),
        actual: json!(actual),
        exchange: Some(reply.answer.index),
        ..Violation::default()
    });
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

#[then(regex = r#"^the answer is the record "([^"]+)"$"#)]
async fn answer_is_record(world: &mut World, step: &Step, name: String) -> Outcome {
    let record = text::record(world.at(step), &name).await?;
    let reply = reply(world)?;
    let Ok(body @ Value::Object(_)) = reply.json() else {
        shape_violation(world, &reply, "a JSON object");
        return world.conclude();
    };
    let came = id_of(body);
    if came.as_deref() != Some(record.id.as_str()) {
        world.record(Violation {
            key: "another record".into(),
            message: format!(
                "{} answers another record than the one asked for",
                reply.answer.line()
            ),
            expected: json!(record.id),
            actual: json!(came),
            pointer: Some("/id".into()),
            exchange: Some(reply.answer.index),
            ..Violation::default()
        });
    }
    world.conclude()
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
        _ => Stop::blocked(format!("{} is no record", reply.answer.line()), exchange),
    };
    world.stop(stop.clone())?;
    Err(stop)
}

#[then(regex = r#"^the answer has what was sent for "([^"]+)"(?: in (.+))?$"#)]
async fn answer_has_sent(world: &mut World, step: &Step, name: String, only: String) -> Outcome {
    let (reply, body) = whole_record(world.at(step), &name).await?;
    let creation = text::creation(world, &name).await?;
    let expected = members(&creation.sent, &text::names(&only));
    compare(world, &expected, &body, &reply, "what was sent");
    world.conclude()
}

#[then(regex = r#"^the answer has what the create of "([^"]+)" answered in (.+)$"#)]
async fn answer_has_created(world: &mut World, step: &Step, name: String, only: String) -> Outcome {
    let (reply, body) = whole_record(world.at(step), &name).await?;
    let record = text::record(world, &name).await?;
    if let Some(listed) = record.listed() {
        // Of a record that was there before nothing better is known, and that proves nothing.
        let expected = members(listed, &text::names(&only));
        compare(world, &expected, &body, &reply, "the collection shows");
        world.conclude()?;
    }
    let creation = text::creation(world, &name).await?;
    let Ok(created) = creation.answer.json() else {
        let exchange = Some(creation.answer.answer.index);
        return world.stop(Stop::blocked("the create answered no JSON", exchange));
    };
    let expected = members(created, &text::names(&only));
    compare(world, &expected, &body, &reply, "what the create answered");
    world.conclude()
}

#[then(regex = r"^the answer has what it had before in (.+)$")]
async fn answer_has_as_before(world: &mut World, step: &Step, only: String) -> Outcome {
    let reply = reply(world.at(step))?;
    let before = world.whole.clone();
    let before = before.as_ref().and_then(|reply| reply.json().ok());
    let (Some(before), Ok(now @ Value::Object(_))) = (before, reply.json()) else {
        let reason = "there are no two representations to be compared";
        return world.stop(Stop::blocked(reason, Some(reply.answer.index)));
    };
    let expected = members(before, &text::names(&only));
    compare(world, &expected, now, &reply, "it was before");
    world.conclude()
}

#[then(regex = r"^the answer has (/\S*)(?: = (.+?))?(, at most a warning|, for information)?$")]
async fn answer_has(
    world: &mut World,
    step: &Step,
    pointer: String,
    value: String,
    suffix: String,
) -> Outcome {
    text::need(world.at(step), &value).await?;
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
        (_, None) => false,
        (Some(wanted), Some(found)) => crate::evidence::same_scalar(wanted, found),
        (None, Some(_)) => true,
    };
    if !right {
        let missing = if found.is_none() {
            "has nothing"
        } else {
            "has another value"
        };
        world.record(Violation {
            key: format!("value {pointer}"),
            message: format!("{} {missing} at {pointer}", reply.answer.line()),
            expected: wanted.unwrap_or_else(|| json!("a value")),
            actual: found.unwrap_or(Value::Null),
            pointer: Some(pointer),
            exchange: Some(reply.answer.index),
            at_most,
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then(regex = r#"^the answer of the record "([^"]+)" has only the attributes (.+)$"#)]
async fn only_attributes(world: &mut World, step: &Step, name: String, only: String) -> Outcome {
    let (reply, body) = whole_record(world.at(step), &name).await?;
    selected(world, &reply, &name, &text::names(&only), &body, "").await?;
    world.conclude()
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
        world.record(Violation {
            key: format!("selected {attribute}"),
            message: match found {
                None => format!("{} does not answer {attribute}", reply.answer.line()),
                Some(_) => format!("{} answers another {attribute}", reply.answer.line()),
            },
            expected: expected.unwrap_or_default(),
            actual: found.cloned().unwrap_or_default(),
            pointer: Some(format!("{at}/{attribute}")),
            exchange: Some(reply.answer.index),
            ..Violation::default()
        });
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
    world.record(Violation {
        key: "not selected".into(),
        message: format!(
            "{} answers attributes that were not selected",
            reply.answer.line()
        ),
        expected: json!(format!("{} and, if at all, id and href", asked.join(", "))),
        actual: json!(extra),
        pointer: Some(format!("{at}/{first}")),
        exchange: Some(reply.answer.index),
        at_most: only_type.then_some(Severity::Info),
        ..Violation::default()
    });
}

/// The attributes beside those that were asked for, id and href.
pub(super) fn extra<'a>(asked: &[String], body: &'a Value) -> Vec<&'a String> {
    let members = body.as_object().into_iter().flatten();
    members
        .map(|(name, _)| name)
        .filter(|name| !asked.contains(name) && !matches!(name.as_str(), "id" | "href"))
        .collect()
}

/// Whether these are no more than @type, which is tolerated (C-12).
pub(super) fn only_type(extra: &[&String]) -> bool {
    extra.iter().all(|name| name.as_str() == "@type")
}

/// The named members of an object, or all of them.
pub(super) fn members(whole: &Value, names: &[String]) -> Value {
    match whole {
        Value::Object(members) if !names.is_empty() => members
            .iter()
            .filter(|(name, _)| names.contains(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect(),
        _ => whole.clone(),
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
        world.record(Violation {
            key: format!("{:?}", difference.kind),
            message: format!(
                "{}: {} {what} than {whose}",
                reply.answer.line(),
                difference.pointer
            )
            .replace("is missing than", "is missing from"),
            expected: difference.expected,
            actual: difference.actual,
            pointer: Some(difference.pointer),
            exchange: Some(reply.answer.index),
            // The catalogue's remark on SPC-018: another order is a warning.
            at_most: (difference.kind == DifferenceKind::Reordered).then_some(Severity::Warn),
            ..Violation::default()
        });
    }
}

#[then("the answer is an Error body")]
async fn error_body(world: &mut World, step: &Step) -> Outcome {
    let reply = reply(world.at(step))?;
    let Ok(body @ Value::Object(_)) = reply.json() else {
        shape_violation(world, &reply, "a JSON Error object");
        return world.conclude();
    };
    for claimed in world.context.judge_error(body) {
        world.record(Violation {
            key: format!("error {}", claimed.violation.place()),
            message: format!("{}: {}", reply.answer.line(), claimed.violation.message),
            expected: claimed.violation.expected.clone(),
            actual: claimed.violation.actual.clone(),
            pointer: Some(claimed.violation.place()),
            exchange: Some(reply.answer.index),
            at_most: claimed.at_most,
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then(regex = r"^the date-time at (/\S+) is not later than the one at (/\S+)$")]
async fn not_later(world: &mut World, step: &Step, early: String, late: String) -> Outcome {
    let reply = reply(world.at(step))?;
    let instant = |pointer: &str| -> Option<jiff::Timestamp> {
        reply.json().ok()?.pointer(pointer)?.as_str()?.parse().ok()
    };
    let (Some(start), Some(end)) = (instant(&early), instant(&late)) else {
        let reason = format!("there are no date-times at {early} and {late}");
        return world.stop(Stop::NotApplicable(reason));
    };
    if start > end {
        world.record(Violation {
            key: format!("order {early}"),
            message: format!("{}: {early} is later than {late}", reply.answer.line()),
            expected: json!(format!("at most {end}")),
            actual: json!(start.to_string()),
            pointer: Some(early),
            exchange: Some(reply.answer.index),
            ..Violation::default()
        });
    }
    world.conclude()
}
