//! Steps that register listeners at the target's hub, and remove them.

use std::sync::Arc;

use serde_json::{Value, json};
use tmfctk_step_macros::{given, then, when};
use tokio::time::Instant;
use url::Url;

use super::answers::{reply, shape_violation};
use super::text;
use crate::evidence::{Outcome, Stop};
use crate::http::Outgoing;
use crate::terms::Severity;
use crate::world::{Reply, Subscription, Violation, World, subscription_id};

/// Removes those that are left: a target may support only one.
#[given("no listener of this run is registered")]
async fn none_registered(world: &mut World) -> Outcome {
    let context = Arc::clone(&world.context);
    context.leave_hub().await;
    Ok(())
}

/// POST to the hub with a callback of the listener's own; inconclusive where it is not accepted.
/// The listener answers events with that status, or as configured.
#[given(
    regex = r#"^a listener "([^"]+)" is registered(?: with the query (\S+))?(?: that answers (\d{3}))?$"#,
    pattern = r#"a listener "NAME" is registered (with the query QUERY) (that answers CODE)"#,
    example = r#"a listener "refusing" is registered that answers 500"#
)]
async fn has_registered(world: &mut World, name: String, query: String, status: String) -> Outcome {
    let reply = register(world, &name, &query, status.parse().ok()).await?;
    if (200..300).contains(&reply.answer.status) {
        return Ok(());
    }
    let why = format!("no listener could be registered: {}", reply.answer.line());
    Err(Stop::blocked(why, Some(reply.answer.index)))
}

/// POST to the hub with a callback that has a query; not applicable where it is not accepted.
#[given(
    regex = r#"^a listener "([^"]+)" is registered with a callback that has the query (\S+)$"#,
    pattern = r#"a listener "NAME" is registered with a callback that has the query QUERY"#,
    example = r#"a listener "with a key" is registered with a callback that has the query key=1"#
)]
async fn registered_with_query(world: &mut World, name: String, query: String) -> Outcome {
    let context = Arc::clone(&world.context);
    let query = text::filled(world, &query);
    let sent = context.register_with_query(&name, &query).await;
    let reply = world.took(sent, "POST to the hub")?;
    if let Some(stop) = context.refused_callback(&reply) {
        return Err(stop);
    }
    if (200..300).contains(&reply.answer.status) {
        return Ok(());
    }
    let why = format!("{}: a query is not taken", reply.answer.line());
    Err(Stop::NotApplicable(why))
}

/// The same, for the steps that judge the answer.
#[when(
    regex = r#"^a listener "([^"]+)" is registered(?: with the query (\S+))?$"#,
    pattern = r#"a listener "NAME" is registered (with the query QUERY)"#,
    example = r#"a listener "all" is registered with the query eventType=SomeEvent"#
)]
async fn is_registered(world: &mut World, name: String, query: String) -> Outcome {
    register(world, &name, &query, None).await?;
    Ok(())
}

/// A JSON object; inconclusive where there is none to look into.
#[given("the answer holds a subscription")]
async fn holds_subscription(world: &mut World) -> Outcome {
    let reply = reply(world)?;
    if reply.json().is_ok_and(Value::is_object) {
        return Ok(());
    }
    let why = format!("{} holds no subscription", reply.answer.line());
    Err(Stop::blocked(why, Some(reply.answer.index)))
}

/// Registers a listener; inconclusive where the target may be right to refuse the callback.
async fn register(
    world: &mut World,
    name: &str,
    query: &str,
    status: Option<u16>,
) -> Result<Arc<Reply>, Stop> {
    let context = Arc::clone(&world.context);
    let query = (!query.is_empty()).then_some(query);
    let sent = context.register(name, query, status).await;
    let reply = world.took(sent, "POST to the hub")?;
    context.refused_callback(&reply).map_or(Ok(reply), Err)
}

/// POST to the hub with a callback that is registered already.
#[when(
    regex = r#"^the callback of "([^"]+)" is registered once more as "([^"]+)"$"#,
    pattern = r#"the callback of "NAME" is registered once more as "NAME""#,
    example = r#"the callback of "first" is registered once more as "second""#
)]
async fn registered_again(world: &mut World, name: String, other: String) -> Outcome {
    let earlier = subscription(world, &name)?;
    let context = Arc::clone(&world.context);
    let sent = context.register_again(&other, &earlier).await;
    world.took(sent, "POST to the hub")?;
    Ok(())
}

/// The subscription of that name; a scenario without it is blocked.
fn subscription(world: &mut World, name: &str) -> Result<Subscription, Stop> {
    world
        .context
        .hub
        .subscription(name)
        .ok_or_else(|| Stop::blocked(format!("no listener \"{name}\" is registered"), None))
}

/// POST to the hub with a body as it stands; what is registered by it is removed at the end.
#[when(
    regex = r"^the hub is sent (\{.*\})$",
    pattern = "the hub is sent BODY",
    example = r#"the hub is sent {"query": ""}"#
)]
async fn hub_sent(world: &mut World, body: String) -> Outcome {
    let context = Arc::clone(&world.context);
    let since = Instant::now();
    let request =
        Outgoing::new("POST", context.hub_url(None)).body("application/json", body.clone());
    let reply = world.send(request).await?;
    if (200..300).contains(&reply.answer.status) {
        context.note_subscription(Subscription {
            name: format!("accepted: {body}"),
            key: format!("accepted by exchange {}", reply.answer.index),
            callback: String::new(),
            query: None,
            id: subscription_id(&reply),
            exchange: reply.answer.index,
            since,
            removed: None,
            reason: None,
        });
    }
    Ok(())
}

/// 201 (200, 202 and 204 are a warning) with a subscription: a non-blank id and the callback that
/// was sent; inconclusive where another listener was there before.
#[then(
    regex = r#"^the answer is a subscription with the callback of "([^"]+)"$"#,
    pattern = r#"the answer is a subscription with the callback of "NAME""#,
    example = r#"the answer is a subscription with the callback of "first""#
)]
async fn is_subscription(world: &mut World, name: String) -> Outcome {
    let reply = reply(world)?;
    let status = reply.answer.status;
    let exchange = Some(reply.answer.index);
    if status == 409 {
        let why = format!(
            "{}: another listener was registered before, and the target supports only one",
            reply.answer.line()
        );
        return Err(Stop::blocked(why, exchange));
    }
    if status != 201 {
        world.record(
            Violation::in_answer(
                &reply,
                format!("registration {status}"),
                ", where 201 is expected",
            )
            .expected(json!(201))
            .actual(json!(status))
            // C-13: the sources give two codes.
            .at_most((200..300).contains(&status).then_some(Severity::Warn)),
        );
    }
    if !(200..300).contains(&status) || status == 204 {
        return Ok(());
    }
    let Ok(body @ Value::Object(_)) = reply.json() else {
        shape_violation(world, &reply, "a JSON object");
        return Ok(());
    };
    judge_subscription(world, &reply, body);
    let sent = subscription(world, &name)?.callback;
    let answered = body.get("callback").and_then(Value::as_str);
    if let Some(answered) = answered.filter(|answered| !same_url(answered, &sent)) {
        world.record(
            Violation::in_answer(&reply, "other callback", "gives another callback")
                .expected(json!(sent))
                .actual(json!(answered))
                .at("/callback"),
        );
    }
    Ok(())
}

/// What the schema of subscriptions says, as far as the scenario's requirement claims it, and
/// that the id is more than blank.
fn judge_subscription(world: &mut World, reply: &Reply, body: &Value) {
    let own = |requirement: &str, world: &World| {
        let spec = world.spec.as_ref();
        spec.is_some_and(|spec| spec.requirements.iter().any(|one| one == requirement))
    };
    let schema = world.context.notifications().subscription;
    for claimed in world.context.judge_as(&schema, body) {
        if !own(&claimed.requirement, world) {
            continue;
        }
        world.record(
            Violation::in_answer(
                reply,
                format!(
                    "{} {}",
                    claimed.violation.keyword,
                    claimed.violation.place()
                ),
                format!(": {}", claimed.violation.message),
            )
            .expected(json!({ claimed.violation.keyword.as_str(): claimed.violation.expected }))
            .actual(claimed.violation.actual.clone())
            .at(claimed.violation.place())
            .requirement(claimed.requirement)
            .at_most(claimed.at_most),
        );
    }
    let blank = |id: &&str| id.trim().is_empty();
    if let Some(id) = body.get("id").and_then(Value::as_str).filter(blank) {
        world.record(
            Violation::in_answer(reply, "blank id", "gives a blank id")
                .expected("a text that names the subscription")
                .actual(json!(id))
                .at("/id"),
        );
    }
}

/// Whether two texts are the same URL, but for a slash at the end.
fn same_url(one: &str, other: &str) -> bool {
    let read = |text: &str| {
        let url = Url::parse(text).ok()?;
        Some(url.as_str().trim_end_matches('/').to_owned())
    };
    one == other || read(one).is_some_and(|url| read(other) == Some(url))
}

/// The path of the Location header ends with the hub's and the subscription's id.
#[then(
    regex = r#"^its Location is the place of the subscription "([^"]+)"$"#,
    pattern = r#"its Location is the place of the subscription "NAME""#,
    example = r#"its Location is the place of the subscription "first""#
)]
async fn location_is(world: &mut World, name: String) -> Outcome {
    let reply = reply(world)?;
    let exchange = Some(reply.answer.index);
    let subscription = subscription(world, &name)?;
    let Some(id) = subscription.id else {
        return Err(Stop::blocked("the target has given no id", exchange));
    };
    let wanted = world.context.hub_url(Some(&id));
    let tail = {
        let base = world.context.base.path();
        wanted.path().strip_prefix(base).unwrap_or(wanted.path())
    };
    let location = reply.answer.header("location");
    let fits = location.is_some_and(|location| {
        let path = location.split(['?', '#']).next().unwrap_or_default();
        let path = path.trim_end_matches('/');
        // Relative to the hub, the id alone is enough (RFC 9110, section 10.2.2).
        reply.answer.url.join(path).is_ok_and(|url| {
            url.path().ends_with(&format!("/{tail}")) || url.path() == wanted.path()
        })
    });
    if !fits {
        world.record(
            Violation::in_answer(
                &reply,
                "hub location",
                "has no Location that leads to the subscription",
            )
            .expected(format!("…/{tail}"))
            .actual(json!(location)),
        );
    }
    Ok(())
}

/// A target may support one listener only, and then says so.
#[then(
    regex = r#"^it is accepted with another id than "([^"]+)", or refused with 409(, at most a warning)?$"#,
    pattern = r#"it is accepted with another id than "NAME", or refused with 409 (, at most a warning)"#,
    example = r#"it is accepted with another id than "first", or refused with 409"#
)]
async fn accepted_or_409(world: &mut World, name: String, suffix: String) -> Outcome {
    let reply = reply(world)?;
    let status = reply.answer.status;
    let exchange = Some(reply.answer.index);
    let at_most = text::at_most(&suffix);
    if status == 409 {
        return Ok(());
    }
    if !(200..300).contains(&status) {
        world.record(
            Violation::in_answer(
                &reply,
                format!("second registration {status}"),
                ", where a second listener is accepted or refused with 409",
            )
            .expected(json!([201, 409]))
            .actual(json!(status))
            .at_most(at_most),
        );
        return Ok(());
    }
    let first = subscription(world, &name)?.id;
    let second = subscription_id(&reply);
    if first.is_none() || second.is_none() {
        return Err(Stop::blocked("the target has given no id", exchange));
    }
    if first == second {
        world.record(
            Violation::in_answer(
                &reply,
                "same subscription",
                "gives the id of the first subscription",
            )
            .expected("another id")
            .actual(json!(second))
            .at("/id")
            .at_most(at_most),
        );
    }
    Ok(())
}

/// DELETE at the hub by the id that was answered, or by one that need not exist.
#[when(
    regex = r#"^the subscription ("[^"]+"|\$\{.+\}) is removed$"#,
    pattern = r#"the subscription "NAME" is removed (or: the subscription ID)"#,
    example = r#"the subscription "first" is removed"#
)]
async fn is_removed(world: &mut World, named: String) -> Outcome {
    remove(world, &named).await?;
    Ok(())
}

/// The same; inconclusive where the target does not do it.
#[given(
    regex = r#"^the subscription ("[^"]+") has been removed$"#,
    pattern = r#"the subscription "NAME" has been removed"#,
    example = r#"the subscription "first" has been removed"#
)]
async fn has_been_removed(world: &mut World, named: String) -> Outcome {
    let reply = remove(world, &named).await?;
    if (200..300).contains(&reply.answer.status) {
        return Ok(());
    }
    let why = format!("the listener could not be removed: {}", reply.answer.line());
    Err(Stop::blocked(why, Some(reply.answer.index)))
}

async fn remove(world: &mut World, named: &str) -> Result<Arc<Reply>, Stop> {
    let context = Arc::clone(&world.context);
    let id = match text::quoted(named).first() {
        None => text::filled(world, named),
        Some(name) => {
            let subscription = subscription(world, name)?;
            match subscription.id {
                Some(id) => id,
                None => {
                    let why = "the target has given no id: there is nothing to remove it by";
                    return Err(Stop::blocked(why, Some(subscription.exchange)));
                }
            }
        }
    };
    let sent = context.unregister(&id).await;
    world.took(sent, "DELETE at the hub")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_the_same_with_a_slash_at_its_end() {
        assert!(same_url("http://h/a", "http://h/a/"));
        assert!(same_url("http://h:80", "http://h/"));
        assert!(!same_url("http://h/a", "http://h/a/listener"));
        assert!(!same_url("x", "y"));
    }
}
