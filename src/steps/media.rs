//! Steps on what the client accepts and sends: media types, and other headers of a request.

use std::sync::Arc;

use cucumber::gherkin::Step;
use cucumber::{then, when};
use serde_json::{Value, json};

use super::answers::reply;
use super::{StepDoc, text};
use crate::evidence::{Outcome, Stop};
use crate::http::{Outgoing, path_and_query};
use crate::world::{Reply, Violation, World};

/// The steps of this file.
pub(super) const VOCABULARY: &[StepDoc] = &[
    StepDoc {
        pattern: "When the collection is asked with NAME: VALUE for QUERY",
        meaning: "GET of the collection with a header in place of what is sent otherwise",
        example: "When the collection is asked with Accept: */* for id=${A.id}",
    },
    StepDoc {
        pattern: "When the collection is asked without Accept for QUERY",
        meaning: "GET of the collection without that header",
        example: "When the collection is asked without Accept for id=${A.id}",
    },
    StepDoc {
        pattern: "When a body like \"NAME\" is sent as MEDIA-TYPE",
        meaning: "POST of a fixture's body under another media type",
        example: "When a body like \"minimal\" is sent as text/plain",
    },
    StepDoc {
        pattern: "Then the answer is JSON all the same",
        meaning: "200 or 206, and the body is a JSON list",
        example: "Then the answer is JSON all the same",
    },
    StepDoc {
        pattern: "Then the answer is 406, or JSON, or of the type MEDIA-TYPE that was asked for",
        meaning: "406; or a success whose body is JSON, or whose Content-Type is what was accepted",
        example: "Then the answer is 406, or JSON, or of the type application/xml that was asked for",
    },
    StepDoc {
        pattern: "Then the media type is refused",
        meaning: "415, or 400",
        example: "Then the media type is refused",
    },
    StepDoc {
        pattern: "Then the answer has the header NAME",
        meaning: "a success that carries it",
        example: "Then the answer has the header X-Total-Count",
    },
];

#[when(regex = r"^the collection is asked with ([^:\s]+): (.+) for (\S.*)$")]
async fn asked_with(
    world: &mut World,
    step: &Step,
    name: String,
    value: String,
    query: String,
) -> Outcome {
    text::need(world.at(step), &query).await?;
    let mut request = asked(world, &query);
    request.set_header(&name, &value);
    world.send_apart(request).await?;
    Ok(())
}

#[when(regex = r"^the collection is asked without Accept for (\S.*)$")]
async fn asked_without(world: &mut World, step: &Step, query: String) -> Outcome {
    text::need(world.at(step), &query).await?;
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

#[when(regex = r#"^a body like "([^"]+)" is sent as (\S+)$"#)]
async fn sent_as(world: &mut World, step: &Step, name: String, media_type: String) -> Outcome {
    let context = Arc::clone(&world.at(step).context);
    let body = match context.body_to_post(&name).await {
        Ok(body) => Value::Object(body),
        Err(stop) => return world.stop(stop),
    };
    let request = Outgoing::new("POST", context.collection()).body(&media_type, body.to_string());
    world.send_apart(request).await?;
    Ok(())
}

fn violation(world: &mut World, reply: &Reply, key: &str, expected: &str) {
    let status = reply.answer.status;
    let media_type = reply.answer.header("content-type").unwrap_or("none");
    world.record(Violation {
        key: format!("{key} {status}"),
        message: format!("{}, where {expected} is expected", reply.answer.line()),
        expected: json!(expected),
        actual: json!({ "status": status, "Content-Type": media_type, "JSON": reply.json().is_ok() }),
        exchange: Some(reply.answer.index),
        ..Violation::default()
    });
}

#[then("the answer is JSON all the same")]
async fn is_json(world: &mut World, step: &Step) -> Outcome {
    let reply = reply(world.at(step))?;
    if !(matches!(reply.answer.status, 200 | 206) && reply.list().is_some()) {
        violation(world, &reply, "no JSON", "a JSON list");
    }
    world.conclude()
}

#[then(regex = r"^the answer is 406, or JSON, or of the type (\S+) that was asked for$")]
async fn not_acceptable(world: &mut World, step: &Step, media_type: String) -> Outcome {
    let reply = reply(world.at(step))?;
    let status = reply.answer.status;
    let content_type = reply.answer.header("content-type").unwrap_or_default();
    let as_asked = content_type
        .to_ascii_lowercase()
        .starts_with(&media_type.to_ascii_lowercase());
    let right = status == 406 || matches!(status, 200 | 206) && (reply.json().is_ok() || as_asked);
    if !right {
        violation(world, &reply, "not acceptable", "406 or JSON");
    }
    world.conclude()
}

#[then("the media type is refused")]
async fn refused(world: &mut World, step: &Step) -> Outcome {
    let reply = reply(world.at(step))?;
    if !matches!(reply.answer.status, 415 | 400) {
        violation(world, &reply, "media type", "415");
    }
    world.conclude()
}

#[then(regex = r"^the answer has the header (\S+)$")]
async fn has_header(world: &mut World, step: &Step, name: String) -> Outcome {
    let reply = reply(world.at(step))?;
    if reply.answer.status >= 300 {
        let reason = format!("{} is no success", reply.answer.line());
        return world.stop(Stop::blocked(reason, Some(reply.answer.index)));
    }
    if reply.answer.header(&name).is_none() {
        world.record(Violation {
            key: format!("no {name}"),
            message: format!("{} has no header {name}", reply.answer.line()),
            expected: json!(name),
            actual: Value::Null,
            exchange: Some(reply.answer.index),
            ..Violation::default()
        });
    }
    world.conclude()
}
