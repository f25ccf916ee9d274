//! Steps on totals and pages.

use std::sync::Arc;

use cucumber::gherkin::Step;
use cucumber::then;
use serde_json::{Value, json};

use super::answers::reply;
use super::{StepDoc, text};
use crate::evidence::{Outcome, Stop};
use crate::http::Outgoing;
use crate::world::{Reply, Violation, World, id_of};

/// The steps of this file.
pub(super) const VOCABULARY: &[StepDoc] = &[
    StepDoc {
        pattern: "Then the header NAME is a number",
        meaning: "the header is there and is a whole number of 0 or more",
        example: "Then the header X-Total-Count is a number",
    },
    StepDoc {
        pattern: "Then the header NAME, if there, is the number of elements",
        meaning: "not applicable without the header; else it counts the elements of the list",
        example: "Then the header X-Result-Count, if there, is the number of elements",
    },
    StepDoc {
        pattern: "Then the header NAME, if there, is N",
        meaning: "not applicable without the header; else it is that number",
        example: "Then the header X-Total-Count, if there, is 3",
    },
    StepDoc {
        pattern: "Then offset skips elements of the collection filtered by QUERY",
        meaning: "the list with offset 1 is the list without its first element, and the one with \
                  offset 1 and limit 1 is its second element",
        example: "Then offset skips elements of the collection filtered by reason=${page 1.reason}",
    },
];

fn number(reply: &Reply, name: &str) -> Option<Result<usize, String>> {
    let text = reply.answer.header(name)?.trim().to_owned();
    Some(text.parse().map_err(|_| text))
}

fn header_violation(world: &mut World, reply: &Reply, name: &str, expected: Value, actual: Value) {
    world.record(Violation {
        key: format!("header {name}"),
        message: format!(
            "{}: header {name} is {actual}, where {expected} is expected",
            reply.answer.line()
        ),
        expected,
        actual,
        exchange: Some(reply.answer.index),
        ..Violation::default()
    });
}

#[then(regex = r"^the header (\S+) is a number$")]
async fn header_is_number(world: &mut World, step: &Step, name: String) -> Outcome {
    let reply = reply(world.at(step))?;
    match number(&reply, &name) {
        Some(Ok(_)) => {}
        Some(Err(text)) => header_violation(world, &reply, &name, json!("a number"), json!(text)),
        None => header_violation(world, &reply, &name, json!("a number"), json!("absent")),
    }
    world.conclude()
}

#[then(regex = r"^the header (\S+), if there, is the number of elements$")]
async fn header_counts(world: &mut World, step: &Step, name: String) -> Outcome {
    let reply = reply(world.at(step))?;
    let Some(list) = reply.list() else {
        let reason = format!("{} is no list", reply.answer.line());
        return world.stop(Stop::blocked(reason, Some(reply.answer.index)));
    };
    compare_header(world, &reply, &name, list.len())
}

#[then(regex = r"^the header (\S+), if there, is (\d+)$")]
async fn header_is(world: &mut World, step: &Step, name: String, count: usize) -> Outcome {
    let reply = reply(world.at(step))?;
    compare_header(world, &reply, &name, count)
}

fn compare_header(world: &mut World, reply: &Reply, name: &str, count: usize) -> Outcome {
    if reply.answer.status >= 300 {
        let reason = format!("{} is no list", reply.answer.line());
        return world.stop(Stop::blocked(reason, Some(reply.answer.index)));
    }
    match number(reply, name) {
        None => return world.stop(Stop::NotApplicable(format!("there is no header {name}"))),
        Some(Ok(found)) if found == count => {}
        Some(Ok(found)) => header_violation(world, reply, name, json!(count), json!(found)),
        Some(Err(text)) => header_violation(world, reply, name, json!(count), json!(text)),
    }
    world.conclude()
}

#[then(regex = r"^offset skips elements of the collection filtered by (.+)$")]
async fn offset_skips(world: &mut World, step: &Step, filter: String) -> Outcome {
    text::need(world.at(step), &filter).await?;
    let filter = text::query(world, &filter);
    let all = ids(world, &filter).await?;
    if all.1.len() < 2 {
        let reason = "the filter does not return the records that a page would be cut from";
        return world.stop(Stop::blocked(reason, Some(all.0.answer.index)));
    }
    // Whatever the order of the target is, it is the same for both requests.
    for (page, expected) in [
        (
            "offset=1".to_owned(),
            all.1.get(1..).unwrap_or_default().to_vec(),
        ),
        (
            "offset=1&limit=1".to_owned(),
            all.1.get(1..2).unwrap_or_default().to_vec(),
        ),
    ] {
        let (reply, came) = ids(world, &format!("{filter}&{page}")).await?;
        if came == expected {
            continue;
        }
        world.record(Violation {
            key: format!("page {page}"),
            message: format!(
                "{} does not answer the elements behind the first one of {}",
                reply.answer.line(),
                all.0.answer.line()
            ),
            expected: json!(expected),
            actual: json!(came),
            exchange: Some(reply.answer.index),
            ..Violation::default()
        });
    }
    world.conclude()
}

/// The ids that a query returns, in order.
async fn ids(world: &mut World, query: &str) -> Result<(Arc<Reply>, Vec<String>), Stop> {
    let mut url = world.context.collection();
    url.set_query(Some(query));
    let reply = world.send(Outgoing::new("GET", url)).await?;
    let ids = reply
        .list()
        .into_iter()
        .flatten()
        .filter_map(id_of)
        .collect();
    Ok((reply, ids))
}
