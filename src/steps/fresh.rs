//! Steps on a record that a scenario creates for itself alone, and may change or delete.

use std::sync::Arc;

use serde_json::{Value, json};
use tmfctk_step_macros::{given, then, when};

use super::answers::{not_made, reply, shape_violation};
use crate::evidence::{Outcome, Stop};
use crate::http::Outgoing;
use crate::world::{Violation, World, id_of};

/// The id of the scenario's own record.
fn fresh(world: &mut World) -> Result<String, Stop> {
    if let Some(id) = &world.fresh {
        return Ok(id.clone());
    }
    Err(Stop::blocked(
        "the scenario has created no record of its own",
        None,
    ))
}

/// POST of a fixture's body: a record that this scenario alone works on; where it can't be made the
/// scenario is inconclusive.
#[given(
    regex = r#"^a new record like "([^"]+)"$"#,
    pattern = r#"a new record like "NAME""#,
    example = r#"a new record like "minimal""#
)]
async fn new_record(world: &mut World, name: String) -> Outcome {
    let context = Arc::clone(&world.context);
    let body = Value::Object(context.body_to_post(&name).await?);
    let request =
        Outgoing::new("POST", context.collection()).body("application/json", body.to_string());
    world.posted = Some(body);
    let reply = world.send(request).await?;
    let made = (200..300).contains(&reply.answer.status);
    match reply.created_id().filter(|_| made) {
        Some(id) => world.fresh = Some(id),
        None => {
            let reason = format!("{}: no record could be created", reply.answer.line());
            return Err(Stop::blocked(reason, Some(reply.answer.index)));
        }
    }
    Ok(())
}

/// GET of it by its id.
#[when("the new record is retrieved")]
async fn new_retrieved(world: &mut World) -> Outcome {
    let id = fresh(world)?;
    let url = world.context.record_url(&id);
    world.send(Outgoing::new("GET", url)).await?;
    Ok(())
}

/// GET of the collection, filtered by its id.
#[when("the new record is listed")]
async fn new_listed(world: &mut World) -> Outcome {
    let id = fresh(world)?;
    let mut url = world.context.collection();
    url.query_pairs_mut().append_pair("id", &id);
    world.send(Outgoing::new("GET", url)).await?;
    Ok(())
}

/// PATCH as merge patch, or as application/json where that is refused with 415, with parameters in
/// the URL or a condition in a header; not applicable where the target offers no PATCH.
#[when(
    regex = r"^the new record is patched with (\{.*\})(?: for (\S+))?(?: under ([^:\s]+): (.+))?, where that is offered$",
    pattern = "the new record is patched with JSON (for QUERY | under NAME: VALUE), where that is offered",
    example = r#"the new record is patched with {"description": "x"} under If-Match: "y", where that is offered"#
)]
async fn new_patched(
    world: &mut World,
    patch: String,
    query: String,
    condition: String,
    value: String,
) -> Outcome {
    let id = fresh(world)?;
    let mut url = world.context.record_url(&id);
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
            return Err(Stop::NotApplicable(reason));
        }
        if reply.is_refused_by_rule() {
            return Err(not_made(&reply, reply.answer.line()));
        }
        if status != 415 {
            return Ok(());
        }
    }
    let reason = "PATCH takes neither a merge patch nor application/json";
    Err(Stop::blocked(reason, None))
}

/// Any method, with the record's body where the method has one, and one more header.
#[when(
    regex = r"^([A-Z]+) is sent to the new record(?: with ([^:\s]+): (.+))?$",
    pattern = "METHOD is sent to the new record (with NAME: VALUE)",
    example = "GET is sent to the new record with X-HTTP-Method-Override: DELETE"
)]
async fn sent_to_new(world: &mut World, method: String, header: String, value: String) -> Outcome {
    let id = fresh(world)?;
    let mut request = Outgoing::new(&method, world.context.record_url(&id));
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

/// The object, or the only element of the list, has the record's id and a href that is a text; not
/// applicable where nothing came back.
#[then("the answer names the new record by id and href")]
async fn names_new(world: &mut World) -> Outcome {
    let id = fresh(world)?;
    let reply = reply(world)?;
    let status = reply.answer.status;
    let line = reply.answer.line();
    if !(200..300).contains(&status) {
        let reason = format!("{line} shows no record");
        return Err(Stop::blocked(reason, Some(reply.answer.index)));
    }
    if reply.answer.body.is_empty() {
        return Err(Stop::NotApplicable(format!("{line} has no body")));
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
                    return Err(Stop::blocked(reason, Some(reply.answer.index)));
                }
            }
        },
        _ => {
            shape_violation(world, &reply, "a JSON object");
            return Ok(());
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
        world.record(
            Violation::in_answer(
                &reply,
                format!("no {name}"),
                format!("does not answer the {name} of the record"),
            )
            .expected(expected)
            .actual(record.get(name).cloned().unwrap_or_default())
            .at(format!("{at}/{name}")),
        );
    }
    Ok(())
}

/// Not applicable where the answer has no such header.
#[given("the answer tells an ETag")]
async fn tells_etag(world: &mut World) -> Outcome {
    let reply = reply(world)?;
    if reply.answer.header("etag").is_none() {
        let reason = format!("{} has no ETag", reply.answer.line());
        return Err(Stop::NotApplicable(reason));
    }
    Ok(())
}

/// GET with If-None-Match.
#[when("the new record is retrieved unless it still has that ETag")]
async fn retrieved_unless(world: &mut World) -> Outcome {
    let id = fresh(world)?;
    let known = reply(world)?;
    let etag = known.answer.header("etag").unwrap_or("*").to_owned();
    let mut request = Outgoing::new("GET", world.context.record_url(&id));
    request.set_header("If-None-Match", &etag);
    world.send_apart(request).await?;
    Ok(())
}

/// POST of a fixture's body with an id that another record has.
#[when(
    regex = r#"^a body like "([^"]+)" is posted with the id of the new record$"#,
    pattern = r#"a body like "NAME" is posted with the id of the new record"#,
    example = r#"a body like "minimal" is posted with the id of the new record"#
)]
async fn posted_with_known_id(world: &mut World, name: String) -> Outcome {
    let id = fresh(world)?;
    let context = Arc::clone(&world.context);
    let mut body = context.body_to_post(&name).await?;
    body.insert("id".to_owned(), json!(id));
    let request = Outgoing::new("POST", context.collection())
        .body("application/json", Value::Object(body).to_string());
    world.send_apart(request).await?;
    Ok(())
}

/// 409, 400 or another 4xx refuses it; where it was accepted, the answered id is new.
#[then("it is refused, or a record with an id of its own is made")]
async fn refused_or_own_id(world: &mut World) -> Outcome {
    let id = fresh(world)?;
    let reply = reply(world)?;
    let status = reply.answer.status;
    let line = reply.answer.line();
    let (key, message) = match status {
        400..500 => return Ok(()),
        200..300 if reply.created_id().is_some_and(|made| made != id) => return Ok(()),
        200..300 if reply.created_id().is_none() => {
            let reason = format!("{line} has no id");
            return Err(Stop::blocked(reason, Some(reply.answer.index)));
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
    world.record(
        Violation::new(key, message)
            .expected("409 or 400, or a new id")
            .actual(json!({ "status": status, "id": reply.created_id() }))
            .exchange(reply.answer.index),
    );
    Ok(())
}
