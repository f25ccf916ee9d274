//! Steps on totals and pages.

use std::sync::Arc;

use serde_json::{Value, json};
use tmfctk_step_macros::then;

use super::answers::reply;
use super::pages::pages;
use super::text;
use crate::evidence::{Outcome, Stop};
use crate::http::Outgoing;
use crate::world::{List, Reply, Violation, World};

fn number(reply: &Reply, name: &str) -> Option<Result<usize, String>> {
    let text = reply.answer.header(name)?.trim().to_owned();
    Some(text.parse().map_err(|_| text))
}

fn header_violation(world: &mut World, reply: &Reply, name: &str, expected: Value, actual: Value) {
    world.record(
        Violation::in_answer(
            reply,
            format!("header {name}"),
            format!(": header {name} is {actual}, where {expected} is expected"),
        )
        .expected(expected)
        .actual(actual),
    );
}

/// The header is there and is a whole number of 0 or more.
#[then(
    regex = r"^the header (\S+) is a number$",
    pattern = "the header NAME is a number",
    example = "the header X-Total-Count is a number"
)]
async fn header_is_number(world: &mut World, name: String) -> Outcome {
    let reply = reply(world)?;
    match number(&reply, &name) {
        Some(Ok(_)) => {}
        Some(Err(text)) => header_violation(world, &reply, &name, json!("a number"), json!(text)),
        None => header_violation(world, &reply, &name, json!("a number"), json!("absent")),
    }
    Ok(())
}

/// Not applicable without the header, or where no list came because nothing matches; else it counts
/// the elements of the list.
#[then(
    regex = r"^the header (\S+), if there, is the number of elements$",
    pattern = "the header NAME, if there, is the number of elements",
    example = "the header X-Result-Count, if there, is the number of elements"
)]
async fn header_counts(world: &mut World, name: String) -> Outcome {
    let reply = reply(world)?;
    let Some(list) = reply.list() else {
        let reason = format!("{} is not a list", reply.answer.line());
        // So some say that nothing matches (C-10), which is judged elsewhere.
        if matches!(reply.answer.status, 204 | 404) {
            return Err(Stop::NotApplicable(reason));
        }
        return Err(Stop::blocked(reason, Some(reply.answer.index)));
    };
    compare_header(world, &reply, &name, list.len())
}

/// Not applicable without the header; else it is that number.
#[then(
    regex = r"^the header (\S+), if there, is (\d+)$",
    pattern = "the header NAME, if there, is N",
    example = "the header X-Total-Count, if there, is 3"
)]
async fn header_is(world: &mut World, name: String, count: usize) -> Outcome {
    let reply = reply(world)?;
    compare_header(world, &reply, &name, count)
}

fn compare_header(world: &mut World, reply: &Reply, name: &str, count: usize) -> Outcome {
    if reply.answer.status >= 300 {
        let reason = format!("{} is not a list", reply.answer.line());
        // So some say that there is no such page.
        if matches!(reply.answer.status, 404 | 416) {
            return Err(Stop::NotApplicable(reason));
        }
        return Err(Stop::blocked(reason, Some(reply.answer.index)));
    }
    match number(reply, name) {
        None => return Err(Stop::NotApplicable(format!("there is no header {name}"))),
        Some(Ok(found)) if found == count => {}
        Some(Ok(found)) => header_violation(world, reply, name, json!(count), json!(found)),
        Some(Err(text)) => header_violation(world, reply, name, json!(count), json!(text)),
    }
    Ok(())
}

/// The list with offset 1 is the list without its first element, the one with offset 1 and limit 1
/// its second element, with limit 2 the second and the third, with offset 2 and limit 1 the third.
#[then(
    regex = r"^offset skips elements of the collection filtered by (.+)$",
    pattern = "offset skips elements of the collection filtered by QUERY",
    example = "offset skips elements of the collection filtered by reason=${page 1.reason}"
)]
async fn offset_skips(world: &mut World, filter: String) -> Outcome {
    text::need(world, &filter).await?;
    let filter = text::query(world, &filter);
    let all = ids(world, &filter).await?;
    if all.1.len() < 2 {
        let reason = "the filter does not return the records that a page would be cut from";
        return Err(Stop::blocked(reason, Some(all.0.answer.index)));
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
        world.record(
            Violation::in_answer(
                &reply,
                format!("page {page}"),
                format!(
                    "does not answer the elements that it asks for of {}",
                    all.0.answer.line()
                ),
            )
            .expected(json!(expected))
            .actual(json!(came)),
        );
    }
    Ok(())
}

/// Limit=1 answers the same with offset=0 as without; inconclusive where the target has no order to
/// rely on.
#[then(
    regex = r"^a missing offset counts as 0 in the collection filtered by (.+)$",
    pattern = "a missing offset counts as 0 in the collection filtered by QUERY",
    example = "a missing offset counts as 0 in the collection filtered by reason=${page 1.reason}"
)]
async fn missing_offset(world: &mut World, filter: String) -> Outcome {
    text::need(world, &filter).await?;
    let filter = text::query(world, &filter);
    let without = format!("{filter}&limit=1");
    let (reply, plain) = ids(world, &without).await?;
    let (with_zero, zero) = ids(world, &format!("{filter}&offset=0&limit=1")).await?;
    for page in [&reply, &with_zero] {
        if page.list().is_none() || page.answer.status >= 300 {
            let reason = format!("{} is not a page", page.answer.line());
            return Err(Stop::blocked(reason, Some(page.answer.index)));
        }
    }
    if plain == zero {
        return Ok(());
    }
    let (again, repeated) = ids(world, &without).await?;
    if repeated != plain {
        let reason = "the target answers the same request in another order each time";
        return Err(Stop::blocked(reason, Some(again.answer.index)));
    }
    world.record(
        Violation::in_answer(
            &reply,
            "missing offset",
            "answers another page than with offset=0",
        )
        .expected(json!(zero))
        .actual(json!(plain)),
    );
    Ok(())
}

/// By the number of elements that came.
#[then(
    regex = r"^the page is answered 206 where it is a part of (\d+) matches, and 200 where it is the whole$",
    pattern = "the page is answered 206 where it is a part of N matches, and 200 where it is the whole",
    example = "the page is answered 206 where it is a part of 3 matches, and 200 where it is the whole"
)]
async fn part_is_206(world: &mut World, matches: usize) -> Outcome {
    let reply = reply(world)?;
    let status = reply.answer.status;
    let Some(list) = reply.list().filter(|_| matches!(status, 200 | 206)) else {
        let reason = format!("{} is not a page", reply.answer.line());
        return Err(Stop::blocked(reason, Some(reply.answer.index)));
    };
    let (expected, what) = if list.len() < matches {
        (206, "a part of what matches")
    } else {
        (200, "all that matches")
    };
    if status != expected {
        world.record(
            Violation::in_answer(
                &reply,
                format!("page {status}"),
                format!(", though it holds {what}: {expected} is expected"),
            )
            .expected(json!(expected))
            .actual(json!({ "status": status, "elements": list.len() })),
        );
    }
    Ok(())
}

/// Limit=1 with offset 0, 1, 2 … up to the number of records.
#[then(
    regex = r#"^pages of one element, filtered by (.+), hold the records ("[^"]+"(?:(?:, | and )"[^"]+")*) once each$"#,
    pattern = "pages of one element, filtered by QUERY, hold the records NAMES once each",
    example = r#"pages of one element, filtered by reason=${page 1.reason}, hold the records "page 1", "page 2" and "page 3" once each"#
)]
async fn pages_are_disjoint(world: &mut World, filter: String, names: String) -> Outcome {
    text::need(world, &filter).await?;
    let filter = text::query(world, &filter);
    let records = text::records(world, &names).await?;
    let mut came = Vec::new();
    for offset in 0..records.len() {
        let (page, found) = ids(world, &format!("{filter}&offset={offset}&limit=1")).await?;
        if filter.contains("sort=") && matches!(page.answer.status, 400 | 422 | 501) {
            let reason = format!("{}: sort is not offered", page.answer.line());
            return Err(Stop::NotApplicable(reason));
        }
        if page.list().is_none() || page.answer.status >= 300 || found.len() > 1 {
            let reason = format!("{} is not a page of one element", page.answer.line());
            return Err(Stop::blocked(reason, Some(page.answer.index)));
        }
        came.extend(found);
    }
    let mut sorted = came.clone();
    sorted.sort();
    let mut expected: Vec<_> = records.iter().map(|record| record.id.clone()).collect();
    expected.sort();
    if sorted != expected {
        let last = reply(world)?;
        world.record(
            Violation::new(
                "pages",
                format!(
                    "the pages up to {} do not hold each record once",
                    last.answer.line()
                ),
            )
            .expected(json!(expected))
            .actual(json!(came))
            .exchange(last.answer.index),
        );
    }
    Ok(())
}

/// 200 or 206 with an empty list, or 416; X-Total-Count, where it is there, is N.
#[then(
    regex = r"^the page is empty or refused with 416, and the total, if told, is (\d+)$",
    pattern = "the page is empty or refused with 416, and the total, if told, is N",
    example = "the page is empty or refused with 416, and the total, if told, is 3"
)]
async fn beyond_the_end(world: &mut World, total: usize) -> Outcome {
    let reply = reply(world)?;
    let status = reply.answer.status;
    let empty = reply.list().is_some_and(List::is_empty);
    if status != 416 && !(matches!(status, 200 | 206) && empty) {
        world.record(
            Violation::in_answer(
                &reply,
                format!("beyond {status}"),
                ", where an empty page or 416 is expected",
            )
            .expected("an empty list, or 416")
            .actual(json!({ "status": status, "elements": reply.list().map(List::len) })),
        );
    } else if status != 416
        && let Some(told) = number(&reply, "X-Total-Count")
        && told != Ok(total)
    {
        let told = told.map_or_else(|text| json!(text), |told| json!(told));
        header_violation(world, &reply, "X-Total-Count", json!(total), told);
    }
    Ok(())
}

/// 200 with a list, or 206 with that many elements.
#[then(
    regex = r"^the Range is ignored, or answered 206 with (\d+) elements$",
    pattern = "the Range is ignored, or answered 206 with N elements",
    example = "the Range is ignored, or answered 206 with 1 elements"
)]
async fn range_answered(world: &mut World, count: usize) -> Outcome {
    let reply = reply(world)?;
    let status = reply.answer.status;
    let elements = reply.list().map(List::len);
    let right = match status {
        200 => elements.is_some(),
        206 => elements == Some(count),
        _ => false,
    };
    if !right {
        world.record(
            Violation::in_answer(
                &reply,
                format!("range {status}"),
                ": the Range is neither ignored nor kept to",
            )
            .expected(format!("200, or 206 with {count} elements"))
            .actual(json!({ "status": status, "elements": elements })),
        );
    }
    Ok(())
}

/// The ids that a query returns, in order: as many as its limit, on several pages where the target has a
/// smaller maximum.
async fn ids(world: &mut World, query: &str) -> Result<(Arc<Reply>, Vec<String>), Stop> {
    let mut url = world.context.collection();
    url.set_query(Some(query));
    let reply = world.send(Outgoing::new("GET", url)).await?;
    let ids = pages(world, &reply, usize::MAX).await?.ids();
    Ok((reply, ids))
}
