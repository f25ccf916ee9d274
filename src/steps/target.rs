//! Steps on the target as a whole: where it is, what it asks for, what it refuses.

use serde_json::{Value, json};
use tmfctk_step_macros::{then, when};

use super::answers::reply;
use crate::evidence::{Outcome, Stop};
use crate::http::Outgoing;
use crate::terms::Severity;
use crate::world::{Reply, Violation, World};

/// Not applicable where the collection holds records that the run did not create: a target that
/// carries it out must not lose or change other people's data; PATCH has the body of the fixture
/// "B", as application/json.
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
    let url = world.context.collection();
    let mut request = Outgoing::new(&method, url);
    if method == "PATCH" {
        let context = std::sync::Arc::clone(&world.context);
        let body = Value::Object(context.fixture_body("B").await?);
        request = request.body("application/json", body.to_string());
    }
    world.send(request).await?;
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
