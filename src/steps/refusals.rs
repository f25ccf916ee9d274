//! Steps that judge how a bad body is met.

use std::sync::Arc;

use serde_json::{Value, json};
use tmfctk_step_macros::{then, when};

use super::answers::reply;
use crate::evidence::{Outcome, Stop};
use crate::http::Outgoing;
use crate::terms::Severity;
use crate::world::{Claimed, Reply, Violation, World, general};

/// What became of a bad body.
pub(super) enum Met {
    Refused,
    Accepted,
    Other,
}

/// Judges the status of an answer to a bad body.
pub(super) fn met(world: &mut World, reply: &Reply) -> Met {
    let status = reply.answer.status;
    let (met, at_most) = match status {
        400 | 422 => return Met::Refused,
        200..300 => return Met::Accepted,
        // H-14: many stacks have their own idea of the right code.
        400..500 => (Met::Refused, Some(Severity::Warn)),
        _ => (Met::Other, None),
    };
    world.record(
        Violation::in_answer(
            reply,
            format!("refusal {status}"),
            ", where 400 is expected",
        )
        .expected(json!([400, 422]))
        .actual(json!(status))
        .at_most(at_most),
    );
    met
}

pub(super) fn accepted(world: &mut World, reply: &Reply, at_most: Option<Severity>) {
    world.record(
        Violation::in_answer(reply, "accepted", ", although what it asks for is wrong")
            .expected(json!([400, 422]))
            .actual(json!(reply.answer.status))
            .at_most(at_most),
    );
}

/// 400 or 422; another 4xx is a warning (H-14), anything else a violation.
#[then("it is refused")]
async fn refused(world: &mut World) -> Outcome {
    let reply = reply(world)?;
    if matches!(met(world, &reply), Met::Accepted) {
        accepted(world, &reply, None);
    }
    Ok(())
}

/// As refused, and the body is an Error with code and reason.
#[then("it is refused with an Error body")]
async fn refused_with_error(world: &mut World) -> Outcome {
    let reply = reply(world)?;
    match met(world, &reply) {
        Met::Accepted => accepted(world, &reply, None),
        Met::Refused => {
            let filled = |name: &str| {
                let attribute = reply.json().ok().and_then(|body| body.get(name));
                attribute
                    .and_then(Value::as_str)
                    .is_some_and(|text| !text.trim().is_empty())
            };
            let missing: Vec<_> = ["code", "reason"]
                .into_iter()
                .filter(|name| !filled(name))
                .collect();
            if !missing.is_empty() {
                world.record(
                    Violation::in_answer(
                        &reply,
                        "error body",
                        format!("has no Error body with {}", missing.join(" and ")),
                    )
                    .expected("an Error object with non-blank texts code and reason")
                    .actual(json!(
                        reply.json().map_or_else(str::to_owned, ToString::to_string)
                    )),
                );
            }
        }
        Met::Other => {}
    }
    Ok(())
}

/// 400 or 422; another 4xx is a warning. Where it was accepted, the record is read: if it breaks a
/// rule at that place it is a violation, if it was repaired a warning. `whatever the place` makes one
/// finding of all places.
#[then(
    regex = r"^it is refused, or what is stored keeps to the rules at (/\S*?)(, whatever the place)?$",
    pattern = "it is refused, or what is stored keeps to the rules at POINTER (, whatever the place)",
    example = "it is refused, or what is stored keeps to the rules at /reason"
)]
async fn refused_or_repaired(world: &mut World, pointer: String, one: String) -> Outcome {
    let reply = reply(world)?;
    if !matches!(met(world, &reply), Met::Accepted) {
        return Ok(());
    }
    let Some(stored) = stored(world, &reply).await? else {
        let reason = "the body was accepted, but what is stored could not be read";
        let line = reply.answer.index;
        return Err(Stop::blocked(reason, Some(line)));
    };
    let key = if one.is_empty() {
        format!("stored {}", general(&pointer))
    } else {
        "stored".to_owned()
    };
    let broken = broken_at(world, &stored, &pointer);
    match broken {
        Some(claimed) => {
            world.record(
                Violation::in_answer(
                    &reply,
                    key,
                    format!(
                        "accepted the body, and what is stored breaks the rule: {}",
                        claimed.violation.message
                    ),
                )
                .expected("400 or 422, or a stored record that keeps to the rules")
                .actual(json!({
                    "status": reply.answer.status,
                    "stored": stored_at(&stored, &pointer),
                }))
                // Findings of another place are others; the message names it in any case.
                .pointer(one.is_empty().then_some(pointer)),
            );
        }
        None => accepted(world, &reply, Some(Severity::Warn)),
    }
    Ok(())
}

/// What is stored at a place; where nothing is, in words.
fn stored_at(stored: &Value, pointer: &str) -> Value {
    match stored.pointer(pointer) {
        Some(value) => value.clone(),
        None => json!(format!("a record without {pointer}")),
    }
}

/// As the step before for what is mandatory in a part of a record: a target that accepts the part and
/// stores it as it was sent adds nothing wrong of its own, and is judged where the refusal is asked
/// for. What it stores instead has to keep to the rules.
#[then(
    regex = r"^it is refused, or what the target makes of it keeps to the rules at (/\S*)$",
    pattern = "it is refused, or what the target makes of it keeps to the rules at POINTER",
    example = "it is refused, or what the target makes of it keeps to the rules at /relatedParty/0/id"
)]
async fn refused_or_echoed(world: &mut World, pointer: String) -> Outcome {
    let reply = reply(world)?;
    if !matches!(met(world, &reply), Met::Accepted) {
        return Ok(());
    }
    let Some(stored) = stored(world, &reply).await? else {
        let reason = "the body was accepted, but what is stored could not be read";
        return Err(Stop::blocked(reason, Some(reply.answer.index)));
    };
    let posted = world.posted.clone().unwrap_or_default();
    // Null is as good as absent: a target may drop it when it stores a record.
    let at = |body: &Value| {
        body.pointer(&pointer)
            .filter(|value| !value.is_null())
            .cloned()
    };
    if at(&stored) == at(&posted) {
        return Ok(());
    }
    if let Some(claimed) = broken_at(world, &stored, &pointer) {
        world.record(
            Violation::in_answer(
                &reply,
                format!("stored {}", general(&pointer)),
                format!(
                    "accepted the body, and what the target makes of it breaks the rule: {}",
                    claimed.violation.message
                ),
            )
            .expected("400 or 422, or a stored record that keeps to the rules")
            .actual(at(&stored).unwrap_or_default())
            .at(pointer),
        );
    }
    Ok(())
}

/// The rule that a record breaks at a place, above it or below it; the empty place is everywhere.
pub(super) fn broken_at(world: &World, record: &Value, pointer: &str) -> Option<Claimed> {
    let place = general(pointer);
    let judged = world.context.judge_representation(record).into_iter();
    judged
        .filter(|claimed| {
            // What the rule itself only warns of does not make a repaired value a broken one.
            let catalogued = world.context.catalogued(&claimed.requirement);
            claimed.at_most.is_none_or(|most| most == Severity::Fail)
                && catalogued.is_none_or(|rule| rule.on_violation == Severity::Fail)
        })
        .find(|claimed| {
            let at = general(&claimed.violation.place());
            place.is_empty()
                || at == place
                || at.starts_with(&format!("{place}/"))
                || place.starts_with(&format!("{at}/"))
        })
}

/// What the target keeps of a create: the record by its id, else the create's own answer.
pub(super) async fn stored(world: &mut World, reply: &Arc<Reply>) -> Result<Option<Value>, Stop> {
    if let Some(id) = reply.created_id() {
        let url = world.context.record_url(&id);
        let read = world.send(Outgoing::new("GET", url)).await?;
        if let (200, Ok(body @ Value::Object(_))) = (read.answer.status, read.json()) {
            return Ok(Some(body.clone()));
        }
    }
    Ok(reply.json().ok().filter(|body| body.is_object()).cloned())
}

/// POST of a fixture's body with an id and a href that the client made up.
#[when(
    regex = r#"^a body like "([^"]+)" is posted with an id and a href of its own$"#,
    pattern = r#"a body like "NAME" is posted with an id and a href of its own"#,
    example = r#"a body like "A" is posted with an id and a href of its own"#
)]
async fn posted_with_id(world: &mut World, name: String) -> Outcome {
    let context = Arc::clone(&world.context);
    let mut body = context.body_to_post(&name).await?;
    let id = format!("client-{}", context.run.marker());
    body.insert(
        "href".to_owned(),
        json!(format!("https://example.org/elsewhere/{id}")),
    );
    body.insert("id".to_owned(), json!(id));
    let request = Outgoing::new("POST", context.collection())
        .body("application/json", Value::Object(body).to_string());
    world.send(request).await?;
    Ok(())
}

/// 400 or 422; where it was accepted, GET by the answered id finds the record, with that id and
/// with an href that ends with it.
#[then("it is refused, or the record is found under the id that was answered")]
async fn refused_or_found(world: &mut World) -> Outcome {
    let reply = reply(world)?;
    if !matches!(met(world, &reply), Met::Accepted) {
        return Ok(());
    }
    let exchange = Some(reply.answer.index);
    let Some(id) = reply.created_id() else {
        return Err(Stop::blocked("the create answered no id", exchange));
    };
    let created_href = href_of(reply.json().ok());
    let read = world
        .send(Outgoing::new("GET", world.context.record_url(&id)))
        .await?;
    let body = read.json().ok();
    let found = read.answer.status == 200
        && body.and_then(crate::world::id_of).as_deref() == Some(id.as_str());
    // What else may be wrong with a href is judged elsewhere: here it must not be another record's.
    let leads_to_it = |href: &Option<String>| {
        href.as_deref().is_none_or(|href| {
            href.trim().is_empty()
                || href.contains(&id)
                || percent_encoding::percent_decode_str(href)
                    .decode_utf8_lossy()
                    .contains(&id)
        })
    };
    let consistent = leads_to_it(&created_href) && leads_to_it(&href_of(body));
    if !(found && consistent) {
        let message = if found {
            format!(
                "{} answers an href that does not lead to the id that it answers",
                reply.answer.line()
            )
        } else {
            format!(
                "{}: the record is not found under the id that was answered",
                reply.answer.line()
            )
        };
        let expected = "id and href of the client refused or ignored, and the record under the \
                        answered id";
        world.record(
            Violation::new(format!("client id {found}"), message)
                .expected(expected)
                .actual(json!({ "id": id, "href": created_href, "GET": read.answer.status }))
                .exchange(exchange),
        );
    }
    Ok(())
}

fn href_of(body: Option<&Value>) -> Option<String> {
    body?.get("href")?.as_str().map(str::to_owned)
}

/// A 4xx refuses it; where it was accepted, the record by its id holds there what was posted.
#[then(
    regex = r"^it is refused, or what was posted is kept at (/\S*)$",
    pattern = "it is refused, or what was posted is kept at POINTER",
    example = "it is refused, or what was posted is kept at /description"
)]
async fn refused_or_kept(world: &mut World, pointer: String) -> Outcome {
    let reply = reply(world)?;
    if (400..500).contains(&reply.answer.status) {
        return Ok(());
    }
    if !matches!(met(world, &reply), Met::Accepted) {
        return Ok(());
    }
    let posted = world
        .posted
        .as_ref()
        .and_then(|body| body.pointer(&pointer))
        .cloned();
    let stored = stored(world, &reply).await?.unwrap_or_default();
    let found = stored.pointer(&pointer).cloned().unwrap_or_default();
    if posted.as_ref() != Some(&found) {
        let length = |value: &Value| value.as_str().map(|text| text.chars().count());
        world.record(
            Violation::in_answer(
                &reply,
                format!("kept {pointer}"),
                "accepted the body, but does not keep it whole",
            )
            .expected(json!(
                posted
                    .as_ref()
                    .and_then(length)
                    .map(|n| format!("a text of {n} characters"))
            ))
            .actual(json!(
                length(&found).map(|n| format!("a text of {n} characters"))
            ))
            .at(pointer),
        );
    }
    Ok(())
}
