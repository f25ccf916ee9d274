//! Steps on what methods, errors and addresses mean: safe retrieval, Allow, statuses, the form of
//! the base URL.

use std::sync::Arc;

use serde_json::{Value, json};
use tmfctk_step_macros::{given, then, when};

use super::answers::reply;
use super::review::{look_at, look_at_base};
use super::text;
use crate::evidence::{Outcome, Stop, differences};
use crate::http::Outgoing;
use crate::terms::Severity;
use crate::world::{Reply, Violation, World};

/// The body of a GET by id, or a scenario that is blocked.
async fn by_id(world: &mut World, id: &str) -> Result<(Arc<Reply>, Value), Stop> {
    let url = world.context.record_url(id);
    let reply = world.send(Outgoing::new("GET", url)).await?;
    match reply.json() {
        Ok(body @ Value::Object(_)) if reply.answer.status == 200 => {
            Ok((Arc::clone(&reply), body.clone()))
        }
        _ => {
            let reason = format!("{} is not a record", reply.answer.line());
            Err(Stop::blocked(reason, Some(reply.answer.index)))
        }
    }
}

/// Two GETs by its id answer the same; an attribute that was not sent may at most bring a warning.
#[then(
    regex = r#"^the record "([^"]+)" is answered alike two times$"#,
    pattern = r#"the record "NAME" is answered alike two times"#,
    example = r#"the record "full" is answered alike two times"#
)]
async fn answered_alike(world: &mut World, name: String) -> Outcome {
    let record = text::record(world, &name).await?;
    let creation = text::creation(world, &name).await?;
    let (_, first) = by_id(world, &record.id).await?;
    let (again, second) = by_id(world, &record.id).await?;
    let mut changed = differences(&first, &second);
    changed.extend(differences(&second, &first));
    changed.dedup_by(|a, b| a.pointer == b.pointer);
    for difference in changed {
        let attribute = difference.pointer.split('/').nth(1).unwrap_or_default();
        let sent = creation.sent.get(attribute).is_some();
        let defined = sent || matches!(attribute, "id" | "href");
        world.record(
            Violation::in_answer(
                &again,
                format!("changed {attribute}"),
                format!(
                    ": {} is another one than in the answer before",
                    difference.pointer
                ),
            )
            .expected(difference.expected)
            .actual(difference.actual)
            .at(difference.pointer.clone())
            // A server may add what changes, such as the time of the last access.
            .at_most((!defined).then_some(Severity::Warn)),
        );
    }
    Ok(())
}

/// Before and after a GET by its id, the same records match. What the run itself creates or deletes
/// meanwhile does not count.
#[then(
    regex = r#"^retrieving the record "([^"]+)" leaves the collection filtered by (.+) as it is$"#,
    pattern = r#"retrieving the record "NAME" leaves the collection filtered by QUERY as it is"#,
    example = r#"retrieving the record "A" leaves the collection filtered by reason=${A.reason} as it is"#
)]
async fn leaves_as_is(world: &mut World, name: String, filter: String) -> Outcome {
    let record = text::record(world, &name).await?;
    text::need(world, &filter).await?;
    let mut url = world.context.collection();
    let filter = text::query(world, &filter);
    url.set_query(Some(&filter));
    let ids = |reply: &Reply| -> Option<Vec<String>> {
        let mut ids: Vec<_> = reply.list()?.ids().collect();
        ids.sort();
        Some(ids)
    };
    let before = world.send(Outgoing::new("GET", url.clone())).await?;
    by_id(world, &record.id).await?;
    let after = world.send(Outgoing::new("GET", url)).await?;
    let (Some(known), Some(found)) = (ids(&before), ids(&after)) else {
        let reason = format!("{} is not a list", after.answer.line());
        return Err(Stop::blocked(reason, Some(after.answer.index)));
    };
    let context = Arc::clone(&world.context);
    let of_the_run = |id: &&String| context.has_created(id);
    let new = found
        .iter()
        .filter(|id| !known.contains(id) && !of_the_run(id));
    let gone = known
        .iter()
        .filter(|id| !found.contains(id) && !of_the_run(id));
    if new.chain(gone).next().is_some() {
        world.record(
            Violation::in_answer(
                &after,
                "not safe",
                "answers other records after a retrieval than before",
            )
            .expected(json!(known))
            .actual(json!(found)),
        );
    }
    Ok(())
}

/// Not applicable where the answer is not a 405.
#[then(
    regex = r"^the header Allow, if the method is refused with 405, names ([A-Z]+)$",
    pattern = "the header Allow, if the method is refused with 405, names METHOD",
    example = "the header Allow, if the method is refused with 405, names GET"
)]
async fn allow_names(world: &mut World, method: String) -> Outcome {
    let reply = reply(world)?;
    if reply.answer.status != 405 {
        let reason = format!("{} is not a 405", reply.answer.line());
        return Err(Stop::NotApplicable(reason));
    }
    let allow = reply.answer.header("allow");
    let named = |allow: &str| {
        let mut methods = allow.split(',');
        methods.any(|known| known.trim().eq_ignore_ascii_case(&method))
    };
    if !allow.is_some_and(named) {
        world.record(
            Violation::in_answer(
                &reply,
                if allow.is_some() { "Allow" } else { "no Allow" },
                format!("does not name {method} in its header Allow"),
            )
            .expected(json!(method))
            .actual(json!(allow)),
        );
    }
    Ok(())
}

/// Compares the attribute `status` as text; not applicable without it.
#[then("the status in the Error body, if there, is that of the answer")]
async fn error_status(world: &mut World) -> Outcome {
    let reply = reply(world)?;
    let status = reply.answer.status;
    if status < 400 {
        let reason = format!("{} is not an error", reply.answer.line());
        return Err(Stop::blocked(reason, Some(reply.answer.index)));
    }
    let said = match reply.json().ok().and_then(|body| body.get("status")) {
        None | Some(Value::Null) => {
            let reason = "the Error body has no status";
            return Err(Stop::NotApplicable(reason.into()));
        }
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(other) => other.to_string(),
    };
    if said != status.to_string() {
        world.record(
            Violation::in_answer(
                &reply,
                "Error status",
                ": the status in the body is another one",
            )
            .expected(json!(status.to_string()))
            .actual(json!(said))
            .at("/status"),
        );
    }
    Ok(())
}

/// The body is an object with these texts; inconclusive where the answer is not an error.
#[then("the error says code and reason")]
async fn says_code(world: &mut World) -> Outcome {
    let reply = reply(world)?;
    if reply.answer.status < 400 {
        let reason = format!("{} is not an error", reply.answer.line());
        return Err(Stop::blocked(reason, Some(reply.answer.index)));
    }
    let body = reply.json().ok();
    for name in ["code", "reason"] {
        let said = body.and_then(|body| body.get(name));
        // Some have numbers for codes: what type it has is the specification's matter.
        let filled = match said {
            Some(Value::String(text)) => !text.trim().is_empty(),
            Some(Value::Number(_)) => true,
            _ => false,
        };
        if filled {
            continue;
        }
        world.record(
            Violation::in_answer(
                &reply,
                format!("no {name}"),
                format!("does not say its {name}"),
            )
            .expected("a text")
            .actual(said.cloned().unwrap_or_default())
            .at(format!("/{name}")),
        );
    }
    Ok(())
}

/// Whether the IANA registry of HTTP status codes knows it.
const fn is_registered(status: u16) -> bool {
    matches!(
        status,
        100..=104
            | 200..=208
            | 226
            | 300..=308
            | 400..=418
            | 421..=426
            | 428
            | 429
            | 431
            | 451
            | 500..=508
            | 510
            | 511
    )
}

/// No answer has a status that the IANA registry of HTTP status codes does not know.
#[then("every status of the run is a registered one")]
async fn registered(world: &mut World) -> Outcome {
    let answers = world.context.answers_seen();
    look_at(world, "answers", answers.iter());
    for answer in answers {
        if is_registered(answer.status) {
            continue;
        }
        world.record(
            Violation::new(
                format!("status {}", answer.status),
                format!(
                    "{}: no registry knows the status {}",
                    answer.line, answer.status
                ),
            )
            .expected("a status of the IANA registry")
            .actual(json!(answer.status))
            .exchange(answer.exchange),
        );
    }
    Ok(())
}

/// Those with the status 429; not applicable where there is none.
#[given("the answers of the run that ask for patience")]
async fn patience(world: &mut World) -> Outcome {
    if too_many(world).is_empty() {
        let reason = "no request of the run was answered 429";
        return Err(Stop::NotApplicable(reason.into()));
    }
    Ok(())
}

/// Place in the log, and Retry-After, of each 429.
fn too_many(world: &World) -> Vec<(usize, String, Option<String>)> {
    let all = world.context.client.log().all();
    all.iter()
        .filter_map(|exchange| {
            let response = exchange.response.as_ref()?;
            let line = format!("{} {}", exchange.request.method, exchange.request.url);
            let after = response.message.header("retry-after").map(str::to_owned);
            (response.status == 429).then_some((exchange.index, line, after))
        })
        .collect()
}

/// Each 429 has a Retry-After.
#[then("each of them says when to come back")]
async fn says_when(world: &mut World) -> Outcome {
    for (exchange, line, after) in too_many(world) {
        world.evidence.exchanges.insert(exchange);
        if after.is_some() {
            continue;
        }
        world.record(
            Violation::new(
                "no Retry-After",
                format!("{line} -> 429 does not say when to come back"),
            )
            .expected("a header Retry-After")
            .actual(Value::Null)
            .exchange(exchange),
        );
    }
    Ok(())
}

/// What is wrong with the form of a base URL.
fn form_of(url: &url::Url) -> Option<&'static str> {
    let segments: Vec<_> = url
        .path()
        .split('/')
        .filter(|segment| !segment.is_empty())
        .collect();
    let is_version = |segment: &&&str| {
        let number = segment.strip_prefix('v').unwrap_or_default();
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    let odd = |segment: &&str| {
        segment.starts_with(|c: char| c.is_ascii_uppercase()) || segment.contains('_')
    };
    if url.query().is_some() {
        Some("it has a query")
    } else if segments.iter().filter(is_version).count() != 1 {
        Some("its path does not name one major version")
    } else if segments.iter().any(odd) {
        Some("a segment of its path is not in lower camel case")
    } else {
        None
    }
}

/// One segment of the path is v and a number, no segment begins with a capital or holds an
/// underscore, and there is no query.
#[then("the base URL has its major version in its path, in lower camel case")]
async fn base_url_form(world: &mut World) -> Outcome {
    look_at_base(world);
    let base = world.context.base.clone();
    if let Some(wrong) = form_of(&base) {
        world.record(
            Violation::new(wrong, format!("the base URL has another form: {wrong}"))
                .expected("/…/apiName/v4/")
                .actual(json!(base.path())),
        );
    }
    Ok(())
}

/// Not applicable where the attribute is absent; else it is that value, or another attribute has it:
/// a subtype names the type that it extends.
#[then(
    regex = r"^the answer has (\S+) only as (.+?)(?:, unless (\S+) is that)?, if at all$",
    pattern = "the answer has ATTRIBUTE only as JSON (, unless ATTRIBUTE is that), if at all",
    example = r#"the answer has @type only as "PartyInteraction", unless @baseType is that, if at all"#
)]
async fn only_as(world: &mut World, attribute: String, value: String, unless: String) -> Outcome {
    let wanted = text::value(world, &value);
    let reply = reply(world)?;
    let body = reply.json().ok();
    let found = body
        .and_then(|body| body.get(&attribute))
        .filter(|found| !found.is_null())
        .cloned();
    let Some(found) = found else {
        let reason = format!("{} has no {attribute}", reply.answer.line());
        return Err(Stop::NotApplicable(reason));
    };
    let extends = body.and_then(|body| body.get(&unless)) == Some(&wanted);
    if found != wanted && !extends {
        world.record(
            Violation::in_answer(
                &reply,
                format!("value {attribute}"),
                format!("has another {attribute}"),
            )
            .expected(wanted)
            .actual(found)
            .at(format!("/{attribute}")),
        );
    }
    Ok(())
}

/// No value stands there.
#[then(
    regex = r"^(it is refused, or )?the answer has nothing at (/\S+)$",
    pattern = "(it is refused, or) the answer has nothing at POINTER",
    example = "it is refused, or the answer has nothing at /reason"
)]
async fn nothing_at(world: &mut World, refusable: String, pointer: String) -> Outcome {
    let reply = reply(world)?;
    let status = reply.answer.status;
    if !refusable.is_empty() && (400..500).contains(&status) {
        return Ok(());
    }
    if !(200..300).contains(&status) {
        let reason = format!("{} is not a success", reply.answer.line());
        return Err(Stop::blocked(reason, Some(reply.answer.index)));
    }
    let body = reply.json().ok();
    let found = body
        .and_then(|body| body.pointer(&pointer))
        .filter(|found| !found.is_null())
        .cloned();
    if let Some(found) = found {
        world.record(
            Violation::in_answer(
                &reply,
                format!("value {pointer}"),
                format!("has a value at {pointer}"),
            )
            .expected(Value::Null)
            .actual(found)
            .at(pointer),
        );
    }
    Ok(())
}

/// PATCH of the whole collection; not applicable where older records might be changed.
#[when(
    regex = r"^(\S+) is sent as a (\S+) patch of the collection$",
    pattern = "TEXT is sent as a MEDIA-TYPE patch of the collection",
    example = "[] is sent as a application/json-patch+json patch of the collection"
)]
async fn collection_patched(world: &mut World, body: String, media_type: String) -> Outcome {
    if world.context.audit().records > 0 {
        let reason = "the collection holds older records, which must not be put at risk";
        return Err(Stop::NotApplicable(reason.into()));
    }
    let url = world.context.collection();
    let request = Outgoing::new("PATCH", url).body(&media_type, body);
    world.send_apart(request).await?;
    Ok(())
}

/// A success, a 4xx, or 501.
#[then("it is carried out, or refused without a server error")]
async fn carried_out_or_refused(world: &mut World) -> Outcome {
    let reply = reply(world)?;
    let status = reply.answer.status;
    if status >= 500 && status != 501 {
        world.record(
            Violation::in_answer(
                &reply,
                format!("status {status}"),
                ", where a refusal is expected",
            )
            .expected("a success, a 4xx, or 501")
            .actual(json!(status)),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_urls_have_a_form() {
        let wrong = |path: &str| form_of(&url::Url::parse(path).unwrap());
        assert_eq!(wrong("http://h/tmf-api/partyInteraction/v4/"), None);
        assert!(wrong("http://h/partyInteraction/").is_some());
        assert!(wrong("http://h/PartyInteraction/v4/").is_some());
        assert!(wrong("http://h/party_interaction/v4/").is_some());
        assert!(wrong("http://h/partyInteraction/v4/?version=4").is_some());
    }

    #[test]
    fn statuses_of_the_registry_are_known() {
        assert!(is_registered(206) && is_registered(422) && is_registered(429));
        assert!(!is_registered(460) && !is_registered(499) && !is_registered(520));
    }
}
