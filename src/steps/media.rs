//! Steps on what the client accepts and sends: media types, and other headers of a request.

use std::sync::Arc;

use serde_json::{Value, json};
use tmfctk_step_macros::{then, when};

use super::answers::reply;
use super::text;
use crate::evidence::{Outcome, Stop};
use crate::http::{Outgoing, path_and_query};
use crate::world::{Reply, Violation, World};

/// GET of the collection with a header in place of what is sent otherwise.
#[when(
    regex = r"^the collection is asked with ([^:\s]+): (.+) for (\S.*)$",
    pattern = "the collection is asked with NAME: VALUE for QUERY",
    example = "the collection is asked with Accept: */* for id=${A.id}"
)]
async fn asked_with(world: &mut World, name: String, value: String, query: String) -> Outcome {
    text::need(world, &query).await?;
    let mut request = asked(world, &query);
    request.set_header(&name, &value);
    world.send_apart(request).await?;
    Ok(())
}

/// GET of the collection without that header.
#[when(
    regex = r"^the collection is asked without Accept for (\S.*)$",
    pattern = "the collection is asked without Accept for QUERY",
    example = "the collection is asked without Accept for id=${A.id}"
)]
async fn asked_without(world: &mut World, query: String) -> Outcome {
    text::need(world, &query).await?;
    let mut request = asked(world, &query);
    request.headers.clear();
    // The ordinary client would add one; what is sent to the byte goes out as it stands.
    request.wire_target = Some(path_and_query(&request.url).into_bytes());
    world.send_apart(request).await?;
    Ok(())
}

fn asked(world: &World, query: &str) -> Outgoing {
    let mut url = world.context.collection();
    let query = text::query(world, query);
    url.set_query(Some(&query));
    Outgoing::new("GET", url)
}

/// POST of a fixture's body under another media type.
#[when(
    regex = r#"^a body like "([^"]+)" is sent as (\S+)$"#,
    pattern = r#"a body like "NAME" is sent as MEDIA-TYPE"#,
    example = r#"a body like "minimal" is sent as text/plain"#
)]
async fn sent_as(world: &mut World, name: String, media_type: String) -> Outcome {
    let context = Arc::clone(&world.context);
    let body = Value::Object(context.body_to_post(&name).await?);
    let request = Outgoing::new("POST", context.collection()).body(&media_type, body.to_string());
    world.send_apart(request).await?;
    Ok(())
}

fn violation(world: &mut World, reply: &Reply, key: &str, expected: &str) {
    let status = reply.answer.status;
    let media_type = reply.answer.header("content-type").unwrap_or("none");
    world.record(
        Violation::in_answer(
            reply,
            format!("{key} {status}"),
            format!(", where {expected} is expected"),
        )
        .expected(json!(expected))
        .actual(
            json!({ "status": status, "Content-Type": media_type, "JSON": reply.json().is_ok() }),
        ),
    );
}

/// JSON, whatever it says; 406 is none. Inconclusive where another refusal has no JSON.
#[then("the answer is JSON all the same")]
async fn is_json(world: &mut World) -> Outcome {
    let reply = reply(world)?;
    let status = reply.answer.status;
    if status != 406 && reply.json().is_ok() {
        return Ok(());
    }
    if status != 406 && status >= 300 {
        let reason = format!("{} says nothing of what is served", reply.answer.line());
        return Err(Stop::blocked(reason, Some(reply.answer.index)));
    }
    violation(world, &reply, "no JSON", "JSON");
    Ok(())
}

/// 406; or a success whose body is JSON, or whose Content-Type is what was accepted.
#[then(
    regex = r"^the answer is 406, or JSON, or of the type (\S+) that was asked for$",
    pattern = "the answer is 406, or JSON, or of the type MEDIA-TYPE that was asked for",
    example = "the answer is 406, or JSON, or of the type application/xml that was asked for"
)]
async fn not_acceptable(world: &mut World, media_type: String) -> Outcome {
    let reply = reply(world)?;
    let status = reply.answer.status;
    let content_type = reply.answer.header("content-type").unwrap_or_default();
    let as_asked = content_type
        .to_ascii_lowercase()
        .starts_with(&media_type.to_ascii_lowercase());
    let right = status == 406 || matches!(status, 200 | 206) && (reply.json().is_ok() || as_asked);
    if !right {
        violation(world, &reply, "not acceptable", "406 or JSON");
    }
    Ok(())
}

/// 415, or 400.
#[then("the media type is refused")]
async fn refused(world: &mut World) -> Outcome {
    let reply = reply(world)?;
    if !matches!(reply.answer.status, 415 | 400) {
        violation(world, &reply, "media type", "415");
    }
    Ok(())
}

/// Neither 415 nor 400; inconclusive where it is refused for something else.
#[then("the media type is taken")]
async fn taken(world: &mut World) -> Outcome {
    let reply = reply(world)?;
    match reply.answer.status {
        200..300 => {}
        400 | 415 => violation(world, &reply, "media type", "201"),
        _ => {
            let reason = format!("{} says nothing of the media type", reply.answer.line());
            return Err(Stop::blocked(reason, Some(reply.answer.index)));
        }
    }
    Ok(())
}

/// A success that carries it.
#[then(
    regex = r"^the answer has the header (\S+)$",
    pattern = "the answer has the header NAME",
    example = "the answer has the header X-Total-Count"
)]
async fn has_header(world: &mut World, name: String) -> Outcome {
    let reply = reply(world)?;
    if reply.answer.status >= 300 {
        let reason = format!("{} is not a success", reply.answer.line());
        return Err(Stop::blocked(reason, Some(reply.answer.index)));
    }
    if reply.answer.header(&name).is_none() {
        world.record(
            Violation::in_answer(
                &reply,
                format!("no {name}"),
                format!("has no header {name}"),
            )
            .expected(json!(name))
            .actual(Value::Null),
        );
    }
    Ok(())
}
