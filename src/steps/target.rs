//! Steps on the target as a whole: where it is, what it asks for, what it refuses.

use cucumber::gherkin::Step;
use cucumber::{then, when};
use serde_json::{Value, json};

use super::StepDoc;
use super::answers::reply;
use crate::evidence::{Outcome, Stop};
use crate::http::Outgoing;
use crate::terms::Severity;
use crate::world::{Reply, Violation, World};

/// The steps of this file.
pub(super) const VOCABULARY: &[StepDoc] = &[
    StepDoc {
        pattern: "When DELETE (or: PATCH) is sent to the collection, unless there are older records",
        meaning: "not applicable where the collection holds records that the run did not create: \
                  a target that carries it out must not lose or change other people's data; PATCH \
                  has the body of the fixture \"B\", as application/json",
        example: "When DELETE is sent to the collection, unless there are older records",
    },
    StepDoc {
        pattern: "Then the method is refused",
        meaning: "405 or 501; another 4xx is a warning",
        example: "Then the method is refused",
    },
    StepDoc {
        pattern: "Then the method or its media type is refused",
        meaning: "the same, and 415: the method may be offered for another media type",
        example: "Then the method or its media type is refused",
    },
    StepDoc {
        pattern: "When the collection is requested without the configured credentials",
        meaning: "GET without the user's headers; not applicable where none of them is a credential",
        example: "When the collection is requested without the configured credentials",
    },
    StepDoc {
        pattern: "Then the base path ends with the published one, for information",
        meaning: "compares the base URL with the base path of the API description",
        example: "Then the base path ends with the published one, for information",
    },
    StepDoc {
        pattern: "Then the target is reached over https, for information",
        meaning: "looks at the scheme of the base URL",
        example: "Then the target is reached over https, for information",
    },
];

#[when(regex = r"^(DELETE|PATCH) is sent to the collection, unless there are older records$")]
async fn method_sent_with_care(world: &mut World, step: &Step, method: String) -> Outcome {
    if world.at(step).context.audit().records > 0 {
        let reason = "the collection holds older records, which must not be put at risk";
        return world.stop(Stop::NotApplicable(reason.into()));
    }
    let url = world.context.collection();
    let mut request = Outgoing::new(&method, url);
    if method == "PATCH" {
        let context = std::sync::Arc::clone(&world.context);
        let body = match context.fixture_body("B").await {
            Ok(body) => Value::Object(body),
            Err(stop) => return world.stop(stop),
        };
        request = request.body("application/json", body.to_string());
    }
    world.send(request).await?;
    Ok(())
}

#[then(regex = r"^the method( or its media type)? is refused$")]
async fn method_refused(world: &mut World, step: &Step, or_type: String) -> Outcome {
    let reply = reply(world.at(step))?;
    if reply.answer.status != 415 || or_type.is_empty() {
        check_refused(world, &reply, "although the API does not define it");
    }
    world.conclude()
}

/// Demands the answer to a method that is not there: 405 or 501. Another 4xx refuses it, too, and
/// costs no more than a warning.
pub(super) fn check_refused(world: &mut World, reply: &Reply, why: &str) {
    let status = reply.answer.status;
    if !matches!(status, 405 | 501) {
        world.record(Violation {
            key: format!("method {status}"),
            message: format!("{}, {why}", reply.answer.line()),
            expected: json!([405, 501]),
            actual: json!(status),
            exchange: Some(reply.answer.index),
            at_most: (400..500).contains(&status).then_some(Severity::Warn),
            ..Violation::default()
        });
    }
}

#[when("the collection is requested without the configured credentials")]
async fn without_credentials(world: &mut World, step: &Step) -> Outcome {
    let context = &world.at(step).context;
    let by_header = context.settings.credential_header().is_some();
    if !by_header && !context.client.has_credentials() {
        let reason = "no credentials are configured for this target";
        return world.stop(Stop::NotApplicable(reason.into()));
    }
    let mut request = Outgoing::new("GET", world.context.collection());
    request.with_user_headers = false;
    world.send(request).await?;
    Ok(())
}

#[then("the base path ends with the published one, for information")]
async fn base_path(world: &mut World, step: &Step) -> Outcome {
    let published = world.at(step).context.pack.manifest.base_path.clone();
    let path = world.context.base.path().to_owned();
    if !path.ends_with(&published) {
        world.record(Violation {
            key: "base path".into(),
            message: "the API is offered under another base path than the published one".into(),
            expected: json!(published),
            actual: json!(path),
            at_most: Some(Severity::Info),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then("the target is reached over https, for information")]
async fn over_https(world: &mut World, step: &Step) -> Outcome {
    let scheme = world.at(step).context.base.scheme().to_owned();
    if scheme != "https" {
        world.record(Violation {
            key: "scheme".into(),
            message: "the target is reached without TLS".into(),
            expected: json!("https"),
            actual: json!(scheme),
            at_most: Some(Severity::Info),
            ..Violation::default()
        });
    }
    world.conclude()
}
