//! Steps on a record that a scenario creates for itself alone, and may change or delete.

use std::sync::Arc;

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use serde_json::{Value, json};

use super::StepDoc;
use super::answers::{reply, shape_violation};
use crate::evidence::{Outcome, Stop};
use crate::http::Outgoing;
use crate::world::{Violation, World, id_of};

/// The steps of this file.
pub(super) const VOCABULARY: &[StepDoc] = &[
    StepDoc {
        pattern: "Given a new record like \"NAME\"",
        meaning: "POST of a fixture's body: a record that this scenario alone works on; where it \
                  can't be made the scenario is inconclusive",
        example: "Given a new record like \"minimal\"",
    },
    StepDoc {
        pattern: "When the new record is retrieved",
        meaning: "GET of it by its id",
        example: "When the new record is retrieved",
    },
    StepDoc {
        pattern: "When the new record is listed",
        meaning: "GET of the collection, filtered by its id",
        example: "When the new record is listed",
    },
    StepDoc {
        pattern: "When the new record is patched with JSON (for QUERY | under NAME: VALUE), where that is offered",
        meaning: "PATCH as merge patch, or as application/json where that is refused with 415, with \
                  parameters in the URL or a condition in a header; not applicable where the target \
                  offers no PATCH",
        example: "When the new record is patched with {\"description\": \"x\"} under If-Match: \"y\", where that is offered",
    },
    StepDoc {
        pattern: "When METHOD is sent to the new record (with NAME: VALUE)",
        meaning: "any method, with the record's body where the method has one, and one more header",
        example: "When GET is sent to the new record with X-HTTP-Method-Override: DELETE",
    },
    StepDoc {
        pattern: "Then the answer names the new record by id and href",
        meaning: "the object, or the only element of the list, has the record's id and a href that \
                  is a text; not applicable where nothing came back",
        example: "Then the answer names the new record by id and href",
    },
    StepDoc {
        pattern: "Given the answer tells an ETag",
        meaning: "not applicable where the answer has no such header",
        example: "Given the answer tells an ETag",
    },
    StepDoc {
        pattern: "When the new record is retrieved unless it still has that ETag",
        meaning: "GET with If-None-Match",
        example: "When the new record is retrieved unless it still has that ETag",
    },
    StepDoc {
        pattern: "When a body like \"NAME\" is posted with the id of the new record",
        meaning: "POST of a fixture's body with an id that another record has",
        example: "When a body like \"minimal\" is posted with the id of the new record",
    },
    StepDoc {
        pattern: "Then it is refused, or a record with an id of its own is made",
        meaning: "409, 400 or another 4xx refuses it; where it was accepted, the answered id is new",
        example: "Then it is refused, or a record with an id of its own is made",
    },
];

/// The id of the scenario's own record.
fn fresh(world: &mut World) -> Result<String, Stop> {
    if let Some(id) = &world.fresh {
        return Ok(id.clone());
    }
    let stop = Stop::blocked("the scenario has created no record of its own", None);
    world.stop(stop.clone())?;
    Err(stop)
}

#[given(regex = r#"^a new record like "([^"]+)"$"#)]
async fn new_record(world: &mut World, step: &Step, name: String) -> Outcome {
    let context = Arc::clone(&world.at(step).context);
    let body = match context.body_to_post(&name).await {
        Ok(body) => Value::Object(body),
        Err(stop) => return world.stop(stop),
    };
    let request =
        Outgoing::new("POST", context.collection()).body("application/json", body.to_string());
    world.posted = Some(body);
    let reply = world.send(request).await?;
    let made = (200..300).contains(&reply.answer.status);
    match reply.created_id().filter(|_| made) {
        Some(id) => world.fresh = Some(id),
        None => {
            let reason = format!("{}: no record could be created", reply.answer.line());
            return world.stop(Stop::blocked(reason, Some(reply.answer.index)));
        }
    }
    Ok(())
}

#[when("the new record is retrieved")]
async fn new_retrieved(world: &mut World, step: &Step) -> Outcome {
    let id = fresh(world.at(step))?;
    let url = world.context.member(&id);
    world.send(Outgoing::new("GET", url)).await?;
    Ok(())
}

#[when("the new record is listed")]
async fn new_listed(world: &mut World, step: &Step) -> Outcome {
    let id = fresh(world.at(step))?;
    let mut url = world.context.collection();
    url.query_pairs_mut().append_pair("id", &id);
    world.send(Outgoing::new("GET", url)).await?;
    Ok(())
}

#[when(
    regex = r"^the new record is patched with (\{.*\})(?: for (\S+))?(?: under ([^:\s]+): (.+))?, where that is offered$"
)]
async fn new_patched(
    world: &mut World,
    step: &Step,
    patch: String,
    query: String,
    condition: String,
    value: String,
) -> Outcome {
    let id = fresh(world.at(step))?;
    let mut url = world.context.member(&id);
    if !query.is_empty() {
        url.set_query(Some(&query));
    }
    // C-18: the API description names application/json only, the guideline merge patch.
    for media_type in ["application/merge-patch+json", "application/json"] {
        let mut request = Outgoing::new("PATCH", url.clone()).body(media_type, patch.clone());
        let reply = if condition.is_empty() {
            world.send(request).await?
        } else {
            request.set_header(&condition, &value);
            world.send_apart(request).await?
        };
        let status = reply.answer.status;
        if matches!(status, 404 | 405 | 501) {
            let reason = format!("{}: PATCH is not offered", reply.answer.line());
            return world.stop(Stop::NotApplicable(reason));
        }
        if status != 415 {
            return Ok(());
        }
    }
    let reason = "PATCH takes neither a merge patch nor application/json";
    world.stop(Stop::blocked(reason, None))
}

#[when(regex = r"^([A-Z]+) is sent to the new record(?: with ([^:\s]+): (.+))?$")]
async fn sent_to_new(
    world: &mut World,
    step: &Step,
    method: String,
    header: String,
    value: String,
) -> Outcome {
    let id = fresh(world.at(step))?;
    let mut request = Outgoing::new(&method, world.context.member(&id));
    if matches!(method.as_str(), "PUT" | "POST" | "PATCH") {
        let body = world.posted.clone().unwrap_or_default();
        request = request.body("application/json", body.to_string());
    }
    if header.is_empty() {
        world.send(request).await?;
    } else {
        request.set_header(&header, &value);
        world.send_apart(request).await?;
    }
    Ok(())
}

#[then("the answer names the new record by id and href")]
async fn names_new(world: &mut World, step: &Step) -> Outcome {
    let id = fresh(world.at(step))?;
    let reply = reply(world)?;
    let status = reply.answer.status;
    let line = reply.answer.line();
    if !(200..300).contains(&status) {
        let reason = format!("{line} shows no record");
        return world.stop(Stop::blocked(reason, Some(reply.answer.index)));
    }
    if reply.answer.body.is_empty() {
        return world.stop(Stop::NotApplicable(format!("{line} has no body")));
    }
    let (record, at) = match reply.json() {
        Ok(record @ Value::Object(_)) => (record.clone(), String::new()),
        Ok(Value::Array(list)) => match list.as_slice() {
            [record @ Value::Object(_)] => (record.clone(), "/0".to_owned()),
            several => {
                let own = |record: &Value| id_of(record).as_deref() == Some(id.as_str());
                if let Some(place) = several.iter().position(own) {
                    (several[place].clone(), format!("/{place}"))
                } else {
                    let reason = format!("{line} does not hold the record as its one element");
                    return world.stop(Stop::blocked(reason, Some(reply.answer.index)));
                }
            }
        },
        _ => {
            shape_violation(world, &reply, "a JSON object");
            return world.conclude();
        }
    };
    let has_id = id_of(&record).as_deref() == Some(id.as_str());
    let href = record.get("href").and_then(Value::as_str);
    let has_href = href.is_some_and(|href| !href.trim().is_empty());
    for (name, right, expected) in [
        ("id", has_id, json!(id)),
        ("href", has_href, json!("a hyperlink")),
    ] {
        if right {
            continue;
        }
        world.record(Violation {
            key: format!("no {name}"),
            message: format!("{line} does not answer the {name} of the record"),
            expected,
            actual: record.get(name).cloned().unwrap_or_default(),
            pointer: Some(format!("{at}/{name}")),
            exchange: Some(reply.answer.index),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[given("the answer tells an ETag")]
async fn tells_etag(world: &mut World, step: &Step) -> Outcome {
    let reply = reply(world.at(step))?;
    if reply.answer.header("etag").is_none() {
        let reason = format!("{} has no ETag", reply.answer.line());
        return world.stop(Stop::NotApplicable(reason));
    }
    Ok(())
}

#[when("the new record is retrieved unless it still has that ETag")]
async fn retrieved_unless(world: &mut World, step: &Step) -> Outcome {
    let id = fresh(world.at(step))?;
    let known = reply(world)?;
    let etag = known.answer.header("etag").unwrap_or("*").to_owned();
    let mut request = Outgoing::new("GET", world.context.member(&id));
    request.set_header("If-None-Match", &etag);
    world.send_apart(request).await?;
    Ok(())
}

#[when(regex = r#"^a body like "([^"]+)" is posted with the id of the new record$"#)]
async fn posted_with_known_id(world: &mut World, step: &Step, name: String) -> Outcome {
    let id = fresh(world.at(step))?;
    let context = Arc::clone(&world.context);
    let mut body = match context.body_to_post(&name).await {
        Ok(body) => body,
        Err(stop) => return world.stop(stop),
    };
    body.insert("id".to_owned(), json!(id));
    let request = Outgoing::new("POST", context.collection())
        .body("application/json", Value::Object(body).to_string());
    world.send_apart(request).await?;
    Ok(())
}

#[then("it is refused, or a record with an id of its own is made")]
async fn refused_or_own_id(world: &mut World, step: &Step) -> Outcome {
    let id = fresh(world.at(step))?;
    let reply = reply(world)?;
    let status = reply.answer.status;
    let line = reply.answer.line();
    let (key, message) = match status {
        400..500 => return Ok(()),
        200..300 if reply.created_id().is_some_and(|made| made != id) => return Ok(()),
        200..300 if reply.created_id().is_none() => {
            let reason = format!("{line} tells no id");
            return world.stop(Stop::blocked(reason, Some(reply.answer.index)));
        }
        200..300 => (
            "same id".to_owned(),
            format!("{line} accepts the id of another record, which it replaces or doubles"),
        ),
        _ => (
            format!("status {status}"),
            format!("{line}, where 409 is expected"),
        ),
    };
    world.record(Violation {
        key,
        message,
        expected: json!("409 or 400, or a new id"),
        actual: json!({ "status": status, "id": reply.created_id() }),
        exchange: Some(reply.answer.index),
        ..Violation::default()
    });
    world.conclude()
}
