//! Steps on the target as a whole: where it is, what it asks for, what it refuses.

use std::sync::Arc;

use serde_json::{Value, json};
use tmfctk_step_macros::{then, when};

use super::answers::reply;
use super::patching::read;
use super::review::look_at_base;
use super::text;
use crate::evidence::{Outcome, Stop};
use crate::http::Outgoing;
use crate::terms::Severity;
use crate::world::{Reply, Violation, World};

/// Any method that the API does not define there. What may change by it is read before: the records
/// that the scenario named, which have to be its own. PUT, PATCH and POST have the body of the
/// fixture "undefined".
#[when(
    regex = r#"^([A-Z]+) is sent to the (collection|record "[^"]+")$"#,
    pattern = r#"METHOD is sent to the collection (or: to the record "NAME")"#,
    example = r#"PUT is sent to the record "X""#
)]
async fn method_sent(world: &mut World, method: String, to: String) -> Outcome {
    let own = world.records.iter();
    let own: Vec<_> = own
        .map(|(name, record)| (name.clone(), record.id.clone()))
        .collect();
    for (name, id) in own {
        // Whatever becomes of it is what this scenario asks for.
        world.context.note_unsound(&id);
        if let Ok(before) = read(world, &name).await {
            world.snapshot.insert(id, before);
        }
    }
    let url = match text::quoted(&to).first() {
        Some(name) => {
            let record = text::record(world, name).await?;
            world.context.record_url(&record.id)
        }
        None => world.context.collection(),
    };
    let to_collection = url == world.context.collection();
    let mut request = Outgoing::new(&method, url);
    if matches!(method.as_str(), "PUT" | "PATCH" | "POST") {
        let context = Arc::clone(&world.context);
        let body = Value::Object(context.fixture_body("undefined").await?);
        request = request.body("application/json", body.to_string());
    }
    let reply = world.send(request).await?;
    if to_collection && (200..300).contains(&reply.answer.status) {
        world.context.give_up_records();
    }
    Ok(())
}

/// Any method at an attribute by an id that no record has, with a body; what is made there is
/// removed again.
#[when(
    regex = r"^(PUT|POST) is sent to the (?:record with id|member) (\S.*)$",
    pattern = "PUT (or: POST) is sent to the record with id ID",
    example = "PUT is sent to the record with id ${unknown id}"
)]
async fn method_sent_to_unknown(world: &mut World, method: String, id: String) -> Outcome {
    let context = Arc::clone(&world.context);
    let id = text::filled(world, &id);
    let body = Value::Object(context.fixture_body("undefined").await?);
    let request = Outgoing::new(&method, context.record_url(&id));
    let request = request.body("application/json", body.to_string());
    let reply = world.send(request).await?;
    if (200..300).contains(&reply.answer.status) {
        context.note_created(&id);
    }
    Ok(())
}

/// The same for a method that may hit all records: not applicable where the collection holds records
/// that the run did not create, since a target that carries it out must not lose or change other
/// people's data.
#[when(
    regex = r"^(DELETE|PATCH) is sent to the collection, unless there are older records$",
    pattern = "DELETE (or: PATCH) is sent to the collection, unless there are older records",
    example = "DELETE is sent to the collection, unless there are older records"
)]
async fn method_sent_with_care(world: &mut World, method: String) -> Outcome {
    if world.context.audit().records > 0 {
        let reason = "the collection holds older records, which must not be put at risk";
        return Err(Stop::NotApplicable(reason.into()));
    }
    method_sent(world, method, "collection".to_owned()).await
}

/// GET by its id answers all attributes of the API description as before the method was sent;
/// inconclusive where it could not be read before.
#[then(
    regex = r#"^the record "([^"]+)" is as it was$"#,
    pattern = r#"the record "NAME" is as it was"#,
    example = r#"the record "X" is as it was"#
)]
async fn as_it_was(world: &mut World, name: String) -> Outcome {
    let record = text::record(world, &name).await?;
    let sent = reply(world)?;
    let Some(before) = world.snapshot.get(&record.id).cloned() else {
        let reason = "the record could not be read before the method was sent";
        return Err(Stop::blocked(reason, Some(sent.answer.index)));
    };
    let url = world.context.record_url(&record.id);
    let after = world.send(Outgoing::new("GET", url)).await?;
    let changes = match after.json() {
        Ok(body @ Value::Object(_)) if after.answer.status == 200 => {
            world.context.changes(&before, body)
        }
        _ => {
            world.record(
                Violation::in_answer(
                    &after,
                    "method executed",
                    format!(": the record was there before {}", sent.answer.line()),
                )
                .expected(json!(200))
                .actual(json!(after.answer.status)),
            );
            Vec::new()
        }
    };
    if let Some(first) = changes.into_iter().next() {
        world.context.give_up_records();
        world.record(
            Violation::in_answer(
                &after,
                "method executed",
                format!(
                    ": {} is another value than before {}",
                    first.pointer,
                    sent.answer.line()
                ),
            )
            .expected(first.expected)
            .actual(first.actual)
            .at(first.pointer),
        );
    }
    Ok(())
}

/// 405 or 501; another 4xx is a warning. With the media type also 415: the method may be offered
/// for another one.
#[then(
    regex = r"^the method( or its media type)? is refused$",
    pattern = "the method is refused (or: the method or its media type)",
    example = "the method is refused"
)]
async fn method_refused(world: &mut World, or_type: String) -> Outcome {
    let reply = reply(world)?;
    if reply.answer.status != 415 || or_type.is_empty() {
        check_refused(world, &reply, "although the API does not define it");
    }
    Ok(())
}

/// Demands the answer to a method that is not there: 405 or 501. Another 4xx refuses it, too, and
/// costs no more than a warning.
pub(super) fn check_refused(world: &mut World, reply: &Reply, why: &str) {
    let status = reply.answer.status;
    if !matches!(status, 405 | 501) {
        world.record(
            Violation::in_answer(reply, format!("method {status}"), format!(", {why}"))
                .expected(json!([405, 501]))
                .actual(json!(status))
                .at_most((400..500).contains(&status).then_some(Severity::Warn)),
        );
    }
}

/// GET without the user's headers; not applicable where none of them is a credential.
#[when("the collection is requested without the configured credentials")]
async fn without_credentials(world: &mut World) -> Outcome {
    let context = &world.context;
    let by_header = context.settings.credential_header().is_some();
    if !by_header && !context.client.has_credentials() {
        let reason = "no credentials are configured for this target";
        return Err(Stop::NotApplicable(reason.into()));
    }
    let mut request = Outgoing::new("GET", world.context.collection());
    request.with_user_headers = false;
    world.send(request).await?;
    Ok(())
}

/// Compares the base URL with the base path of the API description.
#[then("the base path ends with the published one, for information")]
async fn base_path(world: &mut World) -> Outcome {
    look_at_base(world);
    let published = world.context.pack.manifest.base_path.clone();
    let path = world.context.base.path().to_owned();
    if !path.ends_with(&published) {
        world.record(
            Violation::new(
                "base path",
                "the API is offered under another base path than the published one",
            )
            .expected(json!(published))
            .actual(json!(path))
            .at_most(Severity::Info),
        );
    }
    Ok(())
}

/// Looks at the scheme of the base URL.
#[then("the target is reached over https, for information")]
async fn over_https(world: &mut World) -> Outcome {
    look_at_base(world);
    let scheme = world.context.base.scheme().to_owned();
    if scheme != "https" {
        world.record(
            Violation::new("scheme", "the target is reached without TLS")
                .expected("https")
                .actual(json!(scheme))
                .at_most(Severity::Info),
        );
    }
    Ok(())
}
