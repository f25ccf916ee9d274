//! Steps on totals and pages.

use std::sync::Arc;

use cucumber::gherkin::Step;
use cucumber::then;
use serde_json::{Value, json};

use super::answers::reply;
use super::{StepDoc, text};
use crate::evidence::{Outcome, Stop};
use crate::http::Outgoing;
use crate::world::{List, Reply, Violation, World};

/// The steps of this file.
pub(super) const VOCABULARY: &[StepDoc] = &[
    StepDoc {
        pattern: "Then the header NAME is a number",
        meaning: "the header is there and is a whole number of 0 or more",
        example: "Then the header X-Total-Count is a number",
    },
    StepDoc {
        pattern: "Then the header NAME, if there, is the number of elements",
        meaning: "not applicable without the header, or where no list came because nothing matches; \
                  else it counts the elements of the list",
        example: "Then the header X-Result-Count, if there, is the number of elements",
    },
    StepDoc {
        pattern: "Then the header NAME, if there, is N",
        meaning: "not applicable without the header; else it is that number",
        example: "Then the header X-Total-Count, if there, is 3",
    },
    StepDoc {
        pattern: "Then offset skips elements of the collection filtered by QUERY",
        meaning: "the list with offset 1 is the list without its first element, the one with \
                  offset 1 and limit 1 its second element, with limit 2 the second and the third, \
                  with offset 2 and limit 1 the third",
        example: "Then offset skips elements of the collection filtered by reason=${page 1.reason}",
    },
    StepDoc {
        pattern: "Then a missing offset counts as 0 in the collection filtered by QUERY",
        meaning: "limit=1 answers the same with offset=0 as without; inconclusive where the target \
                  has no order to rely on",
        example: "Then a missing offset counts as 0 in the collection filtered by reason=${page 1.reason}",
    },
    StepDoc {
        pattern: "Then the page is answered 206 where it is a part of N matches, and 200 where it is the whole",
        meaning: "by the number of elements that came",
        example: "Then the page is answered 206 where it is a part of 3 matches, and 200 where it is the whole",
    },
    StepDoc {
        pattern: "Then pages of one element, filtered by QUERY, hold the records NAMES once each",
        meaning: "limit=1 with offset 0, 1, 2 … up to the number of records",
        example: "Then pages of one element, filtered by reason=${page 1.reason}, hold the records \"page 1\", \"page 2\" and \"page 3\" once each",
    },
    StepDoc {
        pattern: "Then the page is empty or refused with 416, and the total, if told, is N",
        meaning: "200 or 206 with an empty list, or 416; X-Total-Count, where it is there, is N",
        example: "Then the page is empty or refused with 416, and the total, if told, is 3",
    },
    StepDoc {
        pattern: "Then the Range is ignored, or answered 206 with N elements",
        meaning: "200 with a list, or 206 with that many elements",
        example: "Then the Range is ignored, or answered 206 with 1 elements",
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
        // So some say that nothing matches (C-10), which is judged elsewhere.
        if matches!(reply.answer.status, 204 | 404) {
            return world.stop(Stop::NotApplicable(reason));
        }
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
    // Whatever the order of the target is, it is the same for all requests.
    for (page, skipped, most) in [
        ("offset=1", 1, usize::MAX),
        ("offset=1&limit=1", 1, 1),
        ("offset=1&limit=2", 1, 2),
        ("offset=2&limit=1", 2, 1),
    ] {
        let expected: Vec<&String> = all.1.iter().skip(skipped).take(most).collect();
        let (reply, came) = ids(world, &format!("{filter}&{page}")).await?;
        if came.iter().eq(expected.iter().copied()) {
            continue;
        }
        world.record(Violation {
            key: format!("page {page}"),
            message: format!(
                "{} does not answer the elements that it asks for of {}",
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

#[then(regex = r"^a missing offset counts as 0 in the collection filtered by (.+)$")]
async fn missing_offset(world: &mut World, step: &Step, filter: String) -> Outcome {
    text::need(world.at(step), &filter).await?;
    let filter = text::query(world, &filter);
    let without = format!("{filter}&limit=1");
    let (reply, plain) = ids(world, &without).await?;
    let (with_zero, zero) = ids(world, &format!("{filter}&offset=0&limit=1")).await?;
    for page in [&reply, &with_zero] {
        if page.list().is_none() || page.answer.status >= 300 {
            let reason = format!("{} is no page", page.answer.line());
            return world.stop(Stop::blocked(reason, Some(page.answer.index)));
        }
    }
    if plain == zero {
        return Ok(());
    }
    let (again, repeated) = ids(world, &without).await?;
    if repeated != plain {
        let reason = "the target answers the same request in another order each time";
        return world.stop(Stop::blocked(reason, Some(again.answer.index)));
    }
    world.record(Violation {
        key: "missing offset".into(),
        message: format!(
            "{} answers another page than with offset=0",
            reply.answer.line()
        ),
        expected: json!(zero),
        actual: json!(plain),
        exchange: Some(reply.answer.index),
        ..Violation::default()
    });
    world.conclude()
}

#[then(
    regex = r"^the page is answered 206 where it is a part of (\d+) matches, and 200 where it is the whole$"
)]
async fn part_is_206(world: &mut World, step: &Step, matches: usize) -> Outcome {
    let reply = reply(world.at(step))?;
    let status = reply.answer.status;
    let Some(list) = reply.list().filter(|_| matches!(status, 200 | 206)) else {
        let reason = format!("{} is no page", reply.answer.line());
        return world.stop(Stop::blocked(reason, Some(reply.answer.index)));
    };
    let (expected, what) = if list.len() < matches {
        (206, "a part of what matches")
    } else {
        (200, "all that matches")
    };
    if status != expected {
        world.record(Violation {
            key: format!("page {status}"),
            message: format!(
                "{}, though it holds {what}: {expected} is expected",
                reply.answer.line()
            ),
            expected: json!(expected),
            actual: json!({ "status": status, "elements": list.len() }),
            exchange: Some(reply.answer.index),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then(
    regex = r#"^pages of one element, filtered by (.+), hold the records ("[^"]+"(?:(?:, | and )"[^"]+")*) once each$"#
)]
async fn pages_are_disjoint(
    world: &mut World,
    step: &Step,
    filter: String,
    names: String,
) -> Outcome {
    text::need(world.at(step), &filter).await?;
    let filter = text::query(world, &filter);
    let records = text::records(world, &names).await?;
    let mut came = Vec::new();
    for offset in 0..records.len() {
        let (page, found) = ids(world, &format!("{filter}&offset={offset}&limit=1")).await?;
        if page.list().is_none() || page.answer.status >= 300 || found.len() > 1 {
            let reason = format!("{} is no page of one element", page.answer.line());
            return world.stop(Stop::blocked(reason, Some(page.answer.index)));
        }
        came.extend(found);
    }
    let mut sorted = came.clone();
    sorted.sort();
    let mut expected: Vec<_> = records.iter().map(|record| record.id.clone()).collect();
    expected.sort();
    if sorted != expected {
        let last = reply(world)?;
        world.record(Violation {
            key: "pages".into(),
            message: format!(
                "the pages up to {} do not hold each record once",
                last.answer.line()
            ),
            expected: json!(expected),
            actual: json!(came),
            exchange: Some(last.answer.index),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then(regex = r"^the page is empty or refused with 416, and the total, if told, is (\d+)$")]
async fn beyond_the_end(world: &mut World, step: &Step, total: usize) -> Outcome {
    let reply = reply(world.at(step))?;
    let status = reply.answer.status;
    let empty = reply.list().is_some_and(List::is_empty);
    if status != 416 && !(matches!(status, 200 | 206) && empty) {
        world.record(Violation {
            key: format!("beyond {status}"),
            message: format!(
                "{}, where an empty page or 416 is expected",
                reply.answer.line()
            ),
            expected: json!("an empty list, or 416"),
            actual: json!({ "status": status, "elements": reply.list().map(List::len) }),
            exchange: Some(reply.answer.index),
            ..Violation::default()
        });
    } else if status != 416
        && let Some(told) = number(&reply, "X-Total-Count")
        && told != Ok(total)
    {
        let told = told.map_or_else(|text| json!(text), |told| json!(told));
        header_violation(world, &reply, "X-Total-Count", json!(total), told);
    }
    world.conclude()
}

#[then(regex = r"^the Range is ignored, or answered 206 with (\d+) elements$")]
async fn range_answered(world: &mut World, step: &Step, count: usize) -> Outcome {
    let reply = reply(world.at(step))?;
    let status = reply.answer.status;
    let elements = reply.list().map(List::len);
    let right = match status {
        200 => elements.is_some(),
        206 => elements == Some(count),
        _ => false,
    };
    if !right {
        world.record(Violation {
            key: format!("range {status}"),
            message: format!(
                "{}: the Range is neither ignored nor kept to",
                reply.answer.line()
            ),
            expected: json!(format!("200, or 206 with {count} elements")),
            actual: json!({ "status": status, "elements": elements }),
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
    let ids = reply.elements().ids().collect();
    Ok((reply, ids))
}
