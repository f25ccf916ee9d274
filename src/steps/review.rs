//! Steps that look back at all that the run received.

use std::sync::Arc;

use cucumber::gherkin::Step;
use cucumber::{given, then};
use serde_json::json;

use super::{StepDoc, text};
use crate::evidence::{Outcome, Stop};
use crate::terms::Severity;
use crate::world::{AnswerFacts, Violation, World};

/// The steps of this file.
pub(super) const VOCABULARY: &[StepDoc] = &[
    StepDoc {
        pattern: "Given the representations that the run received",
        meaning: "whole representations of the run's own records: create answers, by id, in lists; \
                  inconclusive where there is none",
        example: "Given the representations that the run received",
    },
    StepDoc {
        pattern: "Given the representations that hold PLACE (or PLACE)",
        meaning: "those with a value at one of these places, array indices as *; not applicable \
                  where the target keeps none",
        example: "Given the representations that hold /attachment/*/size",
    },
    StepDoc {
        pattern: "Then each keeps this rule",
        meaning: "no representation or error body violates what the scenario's requirement claims \
                  in the pack's schemas",
        example: "Then each keeps this rule",
    },
    StepDoc {
        pattern: "Then each keeps the rules of its sub-resources",
        meaning: "no object or element below the attributes of a representation lacks what the \
                  profile makes mandatory for it",
        example: "Then each keeps the rules of its sub-resources",
    },
    StepDoc {
        pattern: "Given the error answers that the run received",
        meaning: "answers with a status of 400 or above to operations of the API",
        example: "Given the error answers that the run received",
    },
    StepDoc {
        pattern: "Then each has a JSON body (at most a warning for methods that the API does not know)",
        meaning: "an error answer carries a JSON object",
        example: "Then each has a JSON body",
    },
    StepDoc {
        pattern: "Then no answer of the run has a status of 500 or above, but for CODE and CODE",
        meaning: "over all answers to scenarios",
        example: "Then no answer of the run has a status of 500 or above, but for 501 and 503",
    },
    StepDoc {
        pattern: "Then every answer with a body is sent as JSON in UTF-8",
        meaning: "the media type of Content-Type is JSON, its charset, if any, is UTF-8, and the \
                  bytes are UTF-8",
        example: "Then every answer with a body is sent as JSON in UTF-8",
    },
];

#[given("the representations that the run received")]
async fn representations(world: &mut World, step: &Step) -> Outcome {
    if world.at(step).context.representations_seen() == 0 {
        let reason = "no representation of a record of this run was received";
        return world.stop(Stop::blocked(reason, None));
    }
    Ok(())
}

#[given(regex = r"^the representations that hold (/.+)$")]
async fn representations_that_hold(world: &mut World, step: &Step, places: String) -> Outcome {
    if world.at(step).context.representations_seen() == 0 {
        let reason = "no representation of a record of this run was received";
        return world.stop(Stop::blocked(reason, None));
    }
    let context = Arc::clone(&world.context);
    if places
        .split(" or ")
        .any(|place| context.place_seen(place.trim()))
    {
        return Ok(());
    }
    world.stop(Stop::NotApplicable(format!(
        "no representation holds {places}"
    )))
}

#[then("each keeps this rule")]
async fn each_keeps(world: &mut World, step: &Step) -> Outcome {
    world.at(step);
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
        world.record(Violation {
            key: format!(
                "{} {}",
                reviewed.violation.keyword,
                crate::world::general(&reviewed.violation.place())
            ),
            message: format!("{line}: {}{times}", reviewed.violation.message),
            expected: json!({ reviewed.violation.keyword.as_str(): reviewed.violation.expected }),
            actual: reviewed.violation.actual.clone(),
            pointer: Some(reviewed.pointer.clone()),
            exchange: Some(reviewed.exchange),
            at_most: reviewed.at_most,
            advice: reviewed.why.clone(),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then("each keeps the rules of its sub-resources")]
async fn sub_resources(world: &mut World, step: &Step) -> Outcome {
    let broken = world.at(step).context.reviewed_sub_resources();
    if let Some(first) = broken.first() {
        let mut rules: Vec<_> = broken.iter().map(|one| one.requirement.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        world.record(Violation {
            key: "sub-resources".into(),
            message: format!(
                "sub-resources lack what is mandatory for them ({}): {}",
                rules.join(", "),
                first.violation.message
            ),
            expected: json!({ first.violation.keyword.as_str(): first.violation.expected }),
            actual: first.violation.actual.clone(),
            pointer: Some(first.pointer.clone()),
            exchange: Some(first.exchange),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[given("the error answers that the run received")]
async fn error_answers(world: &mut World, step: &Step) -> Outcome {
    if errors(world.at(step)).is_empty() {
        return world.stop(Stop::blocked(
            "no request of the run was answered with an error",
            None,
        ));
    }
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

#[then("each has a JSON body")]
async fn each_has_json(world: &mut World, step: &Step) -> Outcome {
    for answer in errors(world.at(step)) {
        let json = answer.content_type.as_deref().is_some_and(is_json);
        if answer.has_body && json {
            continue;
        }
        let actual = match (&answer.content_type, answer.has_body) {
            (_, false) => "no body".to_owned(),
            (None, true) => "a body without Content-Type".to_owned(),
            (Some(media_type), true) => format!("a body of type {media_type}"),
        };
        world.record(Violation {
            key: format!("error body {}", answer.known_operation),
            message: format!("{} has no JSON Error body", answer.line),
            expected: json!("an Error object as JSON"),
            actual: json!(actual),
            exchange: Some(answer.exchange),
            // The description says nothing of methods that it does not know.
            at_most: (!answer.known_operation).then_some(Severity::Warn),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then(regex = r"^no answer of the run has a status of 500 or above, but for (.+)$")]
async fn no_server_error(world: &mut World, step: &Step, allowed: String) -> Outcome {
    let allowed = text::names(&allowed);
    for answer in errors(world.at(step)) {
        if answer.status < 500 || allowed.contains(&answer.status.to_string()) {
            continue;
        }
        world.record(Violation {
            key: format!("status {}", answer.status),
            message: answer.line.clone(),
            expected: json!("a status below 500"),
            actual: json!(answer.status),
            exchange: Some(answer.exchange),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then("every answer with a body is sent as JSON in UTF-8")]
async fn sent_as_json(world: &mut World, step: &Step) -> Outcome {
    for answer in world.at(step).context.answers_seen() {
        let judged = matches!(answer.status, 200 | 201 | 206 | 400..);
        if !judged || !answer.has_body {
            continue;
        }
        let wrong = match (&answer.content_type, &answer.not_utf8) {
            (_, Some(why)) => Some(format!("bytes that are no UTF-8 ({why})")),
            (None, None) => Some("no Content-Type".to_owned()),
            (Some(media_type), None) if !is_json(media_type) => Some(media_type.clone()),
            (Some(media_type), None) if !charset_is_utf8(media_type) => Some(media_type.clone()),
            (Some(_), None) => None,
        };
        let Some(actual) = wrong else { continue };
        let errors = if answer.status >= 400 {
            "error"
        } else {
            "success"
        };
        world.record(Violation {
            key: format!("media type {errors} {}", answer.known_operation),
            message: format!("{} is not sent as JSON in UTF-8", answer.line),
            expected: json!("Content-Type application/json, with charset utf-8 if it names one"),
            actual: json!(actual),
            exchange: Some(answer.exchange),
            at_most: (!answer.known_operation).then_some(Severity::Warn),
            ..Violation::default()
        });
    }
    world.conclude()
}

/// `application/json`, or a type with the suffix `+json` (RFC 6839).
fn is_json(content_type: &str) -> bool {
    let media_type = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    media_type == "application/json"
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
