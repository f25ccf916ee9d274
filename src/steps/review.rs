//! Steps that look back at all that the run received.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::json;
use tmfctk_step_macros::{given, then};

use super::text;
use crate::evidence::{LookedAt, Outcome, Stop};
use crate::terms::Severity;
use crate::world::{AnswerFacts, Violation, World};

/// Whole representations of the run's own records: create answers, by id, in lists; inconclusive
/// where there is none.
#[given("the representations that the run received")]
async fn representations(world: &mut World) -> Outcome {
    see_representations(world)
}

fn see_representations(world: &mut World) -> Outcome {
    let seen = world.context.representations_seen();
    if seen.count == 0 {
        let reason = "no representation of a record of this run was received";
        return Err(Stop::blocked(reason, None));
    }
    world.evidence.looked_at = Some(seen);
    Ok(())
}

/// Says that a scenario looks back at some answers.
pub(super) fn look_at<'a>(
    world: &mut World,
    what: &str,
    answers: impl Iterator<Item = &'a Arc<AnswerFacts>>,
) {
    let exchanges: BTreeSet<usize> = answers.map(|answer| answer.exchange).collect();
    world.evidence.looked_at = Some(LookedAt::new(what, exchanges.len(), &exchanges));
}

/// Says that a scenario looks at the base URL, and needs no answer for it.
pub(super) fn look_at_base(world: &mut World) {
    world.evidence.looked_at = Some(LookedAt::new("base URL", 1, &BTreeSet::new()));
}

/// Those with a value at one of these places, array indices as *; not applicable where the target
/// keeps none.
#[given(
    regex = r"^the representations that hold (/.+)$",
    pattern = "the representations that hold PLACE (or PLACE)",
    example = "the representations that hold /attachment/*/size"
)]
async fn representations_that_hold(world: &mut World, places: String) -> Outcome {
    see_representations(world)?;
    let context = Arc::clone(&world.context);
    if places
        .split(" or ")
        .any(|place| context.place_seen(place.trim()))
    {
        return Ok(());
    }
    Err(Stop::NotApplicable(format!(
        "no representation holds {places}"
    )))
}

/// No representation or error body violates what the scenario's requirement claims in the pack's
/// schemas.
#[then("each keeps this rule")]
async fn each_keeps(world: &mut World) -> Outcome {
    let requirement = world
        .spec
        .as_ref()
        .and_then(|spec| spec.requirements.first().cloned());
    let requirement = requirement.unwrap_or_default();
    for reviewed in world.context.reviewed(&requirement) {
        let times = if reviewed.count > 1 {
            format!(" ({} times)", reviewed.count)
        } else {
            String::new()
        };
        let line = world
            .context
            .client
            .log()
            .get(reviewed.exchange)
            .map(|exchange| format!("{} {}", exchange.request.method, exchange.request.url))
            .unwrap_or_default();
        world.record(
            Violation::new(
                format!(
                    "{} {}",
                    reviewed.violation.keyword,
                    crate::world::general(&reviewed.violation.place())
                ),
                format!("{line}: {}{times}", reviewed.violation.message),
            )
            .expected(json!({ reviewed.violation.keyword.as_str(): reviewed.violation.expected }))
            .actual(reviewed.violation.actual.clone())
            .at(reviewed.pointer.clone())
            .exchange(reviewed.exchange)
            .at_most(reviewed.at_most)
            .advice(reviewed.why.clone()),
        );
    }
    Ok(())
}

/// No object or element below the attributes of a representation lacks what the profile makes
/// mandatory for it.
#[then("each keeps the rules of its sub-resources")]
async fn sub_resources(world: &mut World) -> Outcome {
    let broken = world.context.reviewed_sub_resources();
    if let Some(first) = broken.first() {
        let mut rules: Vec<_> = broken.iter().map(|one| one.requirement.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        world.record(
            Violation::new(
                "sub-resources",
                format!(
                    "sub-resources lack what is mandatory for them ({}): {}",
                    rules.join(", "),
                    first.violation.message
                ),
            )
            .expected(json!({ first.violation.keyword.as_str(): first.violation.expected }))
            .actual(first.violation.actual.clone())
            .at(first.pointer.clone())
            .exchange(first.exchange),
        );
    }
    Ok(())
}

/// Answers with a status of 400 or above to operations of the API.
#[given("the error answers that the run received")]
async fn error_answers(world: &mut World) -> Outcome {
    let errors = errors(world);
    if errors.is_empty() {
        return Err(Stop::blocked(
            "no request of the run was answered with an error",
            None,
        ));
    }
    look_at(world, "error answers", errors.iter());
    Ok(())
}

fn errors(world: &World) -> Vec<Arc<AnswerFacts>> {
    world
        .context
        .answers_seen()
        .into_iter()
        .filter(|answer| answer.status >= 400)
        .collect()
}

/// What the form of an answer may cost the scenario's requirement at most.
fn at_most(world: &World, answer: &AnswerFacts) -> Option<Severity> {
    answer.at_most_for(world.spec.as_ref().map(|spec| spec.level))
}

/// What costs less is a finding of its own.
fn key_of(what: &str, at_most: Option<Severity>) -> String {
    match at_most {
        None => what.to_owned(),
        Some(most) => format!("{what}, at most {most:?}"),
    }
}

/// An error answer carries a JSON object; at most a warning for methods that the API does not know,
/// an information for paths that it does not know.
#[then("each has a JSON body")]
async fn each_has_json(world: &mut World) -> Outcome {
    for answer in errors(world) {
        let json = answer.content_type.as_deref().is_some_and(is_json);
        if answer.has_body && json {
            continue;
        }
        let actual = match (&answer.content_type, answer.has_body) {
            (_, false) => "no body".to_owned(),
            (None, true) => "a body without Content-Type".to_owned(),
            (Some(media_type), true) => format!("a body of type {media_type}"),
        };
        let at_most = at_most(world, &answer);
        world.record(
            Violation::new(
                key_of("error body", at_most),
                format!("{} has no JSON Error body", answer.line),
            )
            .expected("an Error object as JSON")
            .actual(json!(actual))
            .exchange(answer.exchange)
            .at_most(at_most),
        );
    }
    Ok(())
}

/// Over all answers to scenarios.
#[then(
    regex = r"^no answer of the run has a status of 500 or above, but for (.+)$",
    pattern = "no answer of the run has a status of 500 or above, but for CODE and CODE",
    example = "no answer of the run has a status of 500 or above, but for 501 and 503"
)]
async fn no_server_error(world: &mut World, allowed: String) -> Outcome {
    let allowed = text::names(&allowed);
    let answers = world.context.answers_seen();
    look_at(world, "answers", answers.iter());
    for answer in errors(world) {
        if answer.status < 500 || allowed.contains(&answer.status.to_string()) {
            continue;
        }
        let by_level = at_most(world, &answer).filter(|most| *most == Severity::Warn);
        world.record(
            Violation::new(format!("status {}", answer.status), answer.line.clone())
                .expected("a status below 500")
                .actual(json!(answer.status))
                .exchange(answer.exchange)
                .at_most(by_level),
        );
    }
    Ok(())
}

/// The media type is application/json, or that of an error with +json; its charset, if any, is
/// UTF-8, and so are the bytes.
#[then("every answer with a body is sent as JSON in UTF-8")]
async fn sent_as_json(world: &mut World) -> Outcome {
    let is_judged = |answer: &&Arc<AnswerFacts>| {
        matches!(answer.status, 200 | 201 | 206 | 400..) && answer.has_body
    };
    let answers = world.context.answers_seen();
    look_at(
        world,
        "answers with a body",
        answers.iter().filter(is_judged),
    );
    for answer in answers.iter().filter(is_judged) {
        let wrong = match (&answer.content_type, &answer.not_utf8) {
            (_, Some(why)) => Some(format!("bytes that are not UTF-8 ({why})")),
            (None, None) => Some("no Content-Type".to_owned()),
            (Some(media_type), None) if !is_json(media_type) => Some(media_type.clone()),
            // The description knows one type of a record; of errors RFC 9457 has another.
            (Some(media_type), None) if answer.status < 400 && !is_plain_json(media_type) => {
                Some(media_type.clone())
            }
            (Some(media_type), None) if !charset_is_utf8(media_type) => Some(media_type.clone()),
            (Some(_), None) => None,
        };
        let Some(actual) = wrong else { continue };
        let errors = if answer.status >= 400 {
            "error"
        } else {
            "success"
        };
        let at_most = at_most(world, answer);
        world.record(
            Violation::new(
                key_of(&format!("media type {errors}"), at_most),
                format!("{} is not sent as JSON in UTF-8", answer.line),
            )
            .expected("Content-Type application/json, with charset utf-8 if it names one")
            .actual(json!(actual))
            .exchange(answer.exchange)
            .at_most(at_most),
        );
    }
    Ok(())
}

/// The media type without its parameters, in small letters.
fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

fn is_plain_json(content_type: &str) -> bool {
    essence(content_type) == "application/json"
}

/// `application/json`, or a type with the suffix `+json` (RFC 6839).
fn is_json(content_type: &str) -> bool {
    let media_type = essence(content_type);
    is_plain_json(content_type)
        || media_type.starts_with("application/") && media_type.ends_with("+json")
}

fn charset_is_utf8(content_type: &str) -> bool {
    let parameters = content_type.split(';').skip(1);
    parameters
        .filter_map(|parameter| parameter.split_once('='))
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
        .all(|(_, charset)| {
            charset
                .trim()
                .trim_matches('"')
                .eq_ignore_ascii_case("utf-8")
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_read_as_rfc_9110_has_them() {
        assert!(is_json("Application/JSON;charset=utf-8") && is_json("application/problem+json"));
        assert!(!is_json("text/html") && !is_json("text/json"));
        assert!(charset_is_utf8("application/json; charset=\"UTF-8\""));
        assert!(!charset_is_utf8("application/json;charset=iso-8859-1"));
    }
}
