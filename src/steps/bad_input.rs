//! Steps that post bad input of a kind, generated from a body that the target takes: one place after
//! the other, or the whole text written wrongly.

use std::sync::Arc;

use serde_json::{Value, json};
use tmfctk_step_macros::{then, when};

use super::refusals::{Met, accepted, broken_at, met, stored};
use crate::evidence::{Outcome, Stop, date_time};
use crate::http::Outgoing;
use crate::terms::Severity;
use crate::world::{Attempt, Violation, World};

/// For each place in that attribute, at any depth, a POST of the fixture's body with another JSON
/// type there, a word in the place of a date-time, nothing, or a blank; only where that breaks a rule.
#[when(
    regex = r#"^bodies like "([^"]+)" are posted, each with (another JSON type|a word for a date-time|nothing|a blank) at one place of (\S+)$"#,
    pattern = r#"bodies like "NAME" are posted, each with KIND at one place of ATTRIBUTE"#,
    example = r#"bodies like "full" are posted, each with another JSON type at one place of note"#
)]
async fn one_place_after_the_other(
    world: &mut World,
    name: String,
    kind: String,
    attribute: String,
) -> Outcome {
    let context = Arc::clone(&world.context);
    let body = Value::Object(context.body_to_post(&name).await?);
    let mut places = Vec::new();
    collect(&body, String::new(), &mut places);
    places.retain(|place| place.split('/').nth(1) == Some(attribute.as_str()) && is_even(place));
    world.attempts.clear();
    for place in places {
        let Some(changed) = changed(&body, &place, &kind) else {
            continue;
        };
        if broken_at(world, &changed, &place).is_none() {
            continue;
        }
        let request = Outgoing::new("POST", context.collection());
        let reply = world
            .send(request.body("application/json", changed.to_string()))
            .await?;
        world.attempts.push(Attempt {
            place,
            sent: changed,
            reply,
        });
    }
    if world.attempts.is_empty() {
        let why = format!("a body like \"{name}\" has no such place in {attribute}");
        return Err(Stop::NotApplicable(why));
    }
    Ok(())
}

/// Whether a place is in the first elements of all lists on its way, or in the second ones of all:
/// the others tell no more.
fn is_even(place: &str) -> bool {
    let mut indexes = place.split('/').filter_map(|one| one.parse::<usize>().ok());
    let first = indexes.next();
    indexes.all(|index| Some(index) == first)
}

/// The places of all values below a value.
fn collect(value: &Value, place: String, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(member, format!("{place}/{name}"), found);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                collect(item, format!("{place}/{index}"), found);
            }
        }
        _ => {}
    }
    found.push(place);
}

/// The body with that kind of bad input at a place; none where it can't stand there.
fn changed(body: &Value, place: &str, kind: &str) -> Option<Value> {
    let mut changed = body.clone();
    let (parent, name) = place.rsplit_once('/')?;
    if kind == "nothing" {
        let name = name.replace("~1", "/").replace("~0", "~");
        let members = changed.pointer_mut(parent)?.as_object_mut()?;
        members.shift_remove(&name)?;
        return Some(changed);
    }
    let slot = changed.pointer_mut(place)?;
    *slot = match (kind, &*slot) {
        ("another JSON type", Value::String(_) | Value::Bool(_)) => json!(5),
        ("another JSON type", _) => json!("some text"),
        ("a word for a date-time", Value::String(text)) if date_time(text).is_some() => {
            json!("yesterday")
        }
        ("a blank", Value::String(text)) if date_time(text).is_none() => json!("\t"),
        _ => return None,
    };
    Some(changed)
}

/// 400 or 422 to each; another 4xx is a warning. Where one was accepted, the record is read: what
/// breaks a rule at its place is a violation, and what was repaired a warning.
#[then("each is refused, or what is stored keeps to the rules there")]
async fn each_refused_or_repaired(world: &mut World) -> Outcome {
    for attempt in std::mem::take(&mut world.attempts) {
        let reply = &attempt.reply;
        if !matches!(met(world, reply), Met::Accepted) {
            continue;
        }
        let Some(stored) = stored(world, reply).await? else {
            let reason = "the body was accepted, but what is stored could not be read";
            return Err(Stop::blocked(reason, Some(reply.answer.index)));
        };
        // What was left out breaks no rule that is about what stands there.
        let is_left_out = stored.pointer(&attempt.place).is_none();
        let broken = broken_at(world, &stored, &attempt.place);
        let Some(claimed) = broken.filter(|_| !is_left_out) else {
            accepted(world, reply, Some(Severity::Warn));
            continue;
        };
        world.record(
            Violation::in_answer(
                reply,
                "stored",
                format!(
                    "accepted the body, and what is stored breaks the rule: {}",
                    claimed.violation.message
                ),
            )
            .expected("400 or 422, or a stored record that keeps to the rules")
            .actual(stored.pointer(&attempt.place).cloned().unwrap_or_default()),
        );
    }
    Ok(())
}

/// 400 or 422 to each; another 4xx is a warning.
#[then("each is refused")]
async fn each_refused(world: &mut World) -> Outcome {
    for attempt in std::mem::take(&mut world.attempts) {
        if matches!(met(world, &attempt.reply), Met::Accepted) {
            accepted(world, &attempt.reply, None);
        }
    }
    Ok(())
}

/// POST of a fixture's body, whose text is not well-formed JSON in that way.
#[when(
    regex = r#"^a body like "([^"]+)" is posted, written with (.+)$"#,
    pattern = r#"a body like "NAME" is posted, written with MISTAKE"#,
    example = r#"a body like "A" is posted, written with text behind it"#
)]
async fn posted_malformed(world: &mut World, name: String, mistake: String) -> Outcome {
    let context = Arc::clone(&world.context);
    let body = Value::Object(context.body_to_post(&name).await?);
    let Some(text) = malformed(&body, &mistake) else {
        let why = format!("a body can't be written with {mistake}");
        return Err(Stop::blocked(why, None));
    };
    let request = Outgoing::new("POST", context.collection()).body("application/json", text);
    world.posted = Some(body);
    world.send(request).await?;
    Ok(())
}

/// A JSON object as text, with a mistake in it.
fn malformed(body: &Value, mistake: &str) -> Option<Vec<u8>> {
    let text = body.to_string();
    let inner = text.strip_prefix('{')?.strip_suffix('}')?;
    let with = |more: &str| format!("{{{inner},{more}}}");
    let made = match mistake {
        "nothing at all" => String::new(),
        "a value that is a thousand lists deep" => {
            let (start, end) = ("[".repeat(1000), "]".repeat(1000));
            // Not within a record: one that is stored so can't be read by many clients, this one
            // among them.
            format!("{start}{end}")
        }
        "text behind it" => format!("{text} xyz"),
        "a second object behind it" => format!("{text}{text}"),
        "a bracket too much" => format!("{text}}}"),
        "a bracket missing" => format!("{{{inner}"),
        "a comma too much" => with(""),
        "a comma missing" => text.replacen(",\"", " \"", 1),
        "single quotes" => text.replace('"', "'"),
        "names without quotes" => text.replacen("{\"", "{", 1).replacen("\":", ":", 1),
        "a comment" => format!("{{/* comment */{inner}}}"),
        "a comment to the end of the line" => format!("{{// comment\n{inner}}}"),
        "a number with a leading zero" => with("\"x-number\":017"),
        "a number with a plus sign" => with("\"x-number\":+1"),
        "a hexadecimal number" => with("\"x-number\":0x10"),
        "a word that JSON does not know" => with("\"x-word\":None"),
        "a line break in a text" => with("\"x-text\":\"one\ntwo\""),
        "an escape that is cut" => with("\"x-text\":\"\\u12\""),
        "an escape that JSON does not know" => with("\"x-text\":\"\\x41\""),
        "a text that does not end" => format!("{{{inner},\"x-text\":\"}}"),
        "a byte that is not UTF-8" => {
            let mut bytes = with("\"x-text\":\"?\"").into_bytes();
            let at = bytes.iter().rposition(|byte| *byte == b'?')?;
            bytes[at] = 0xE9;
            return Some(bytes);
        }
        _ => return None,
    };
    Some(made.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_makes_json_of_a_body_no_more() {
        let body = json!({"channel": [{"id": "1"}], "reason": "x"});
        for mistake in [
            "nothing at all",
            "text behind it",
            "a second object behind it",
            "a bracket too much",
            "a bracket missing",
            "a comma too much",
            "a comma missing",
            "single quotes",
            "names without quotes",
            "a comment",
            "a comment to the end of the line",
            "a number with a leading zero",
            "a number with a plus sign",
            "a hexadecimal number",
            "a word that JSON does not know",
            "a line break in a text",
            "an escape that is cut",
            "an escape that JSON does not know",
            "a text that does not end",
            "a byte that is not UTF-8",
        ] {
            let text = malformed(&body, mistake).unwrap();
            assert!(serde_json::from_slice::<Value>(&text).is_err(), "{mistake}");
        }
    }

    #[test]
    fn every_place_gets_bad_input_of_its_kind() {
        let body = json!({"a": [{"id": "1", "on": "2024-01-01T00:00:00Z"}]});
        let mut places = Vec::new();
        collect(&body, String::new(), &mut places);
        assert_eq!(places, ["/a/0/id", "/a/0/on", "/a/0", "/a", ""]);
        assert!(is_even("/a/1/b/1/c") && !is_even("/a/1/b/0/c"));
        let made = |place: &str, kind: &str| changed(&body, place, kind);
        let date = made("/a/0/on", "a word for a date-time").unwrap();
        assert_eq!(date["a"][0]["on"], "yesterday");
        assert_eq!(made("/a/0/id", "a word for a date-time"), None);
        assert_eq!(made("/a/0/id", "nothing").unwrap()["a"][0].get("id"), None);
        assert_eq!(made("/a/0", "nothing"), None);
        assert_eq!(
            made("/a/0", "another JSON type").unwrap()["a"][0],
            "some text"
        );
    }
}
