//! Steps that judge a list: which records it holds, and what its elements say.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::{Value, json};
use tmfctk_step_macros::then;

use super::answers::{compare, extra, list, not_selected, only_type, reply, selected};
use super::pages::says_more;
use super::pages::{number_in, pages};
use super::text;
use super::whole::{Behind, behind, is_in};
use crate::evidence::{Outcome, Stop, same_scalar};
use crate::http::Outgoing;
use crate::terms::Severity;
use crate::world::{LateWith, List, Reply, Settling, Violation, World, id_of};

/// An element has the id of that record; of a list that goes on, the rest is asked for with the
/// same query.
#[then(
    regex = r#"^the list holds the record "([^"]+)"$"#,
    pattern = r#"the list holds the record "NAME""#,
    example = r#"the list holds the record "A""#
)]
async fn list_holds(world: &mut World, name: String) -> Outcome {
    let record = text::record(world, &name).await?;
    let first = list(world)?;
    let mut settling = Settling::new(world, LateWith::Created, &first);
    let mut page = Arc::clone(&first);
    loop {
        if is_in(world, &page, &record.id).await? {
            settling.done(world);
            world.reply = Some(page);
            return Ok(());
        }
        match settling.again(world).await? {
            Some(next) => page = next,
            None => break,
        }
    }
    world.reply = Some(Arc::clone(&first));
    world.record(
        Violation::in_answer(
            &first,
            "record missing",
            format!(
                "lacks the record \"{name}\" that was {} before",
                if record.is_existing() {
                    "there"
                } else {
                    "created"
                }
            ),
        )
        .expected(format!("an element with id {}", record.id))
        .actual(format!(
            "{} elements, none with that id",
            first.elements().len()
        )),
    );
    Ok(())
}

/// The collection still has the records of the replay, on this page or a later one.
#[then("the list holds the records that the official kit created")]
async fn list_holds_kit_records(world: &mut World) -> Outcome {
    world.context.writes("the official kit creates records")?;
    let created: Vec<String> = world
        .context
        .replay
        .iter()
        .flat_map(|replay| &replay.created)
        .map(|created| created.id.clone())
        // Nobody can ask for a blank one, which is judged elsewhere.
        .filter(|id| !id.trim().is_empty())
        .collect();
    if created.is_empty() {
        let reason = "the replay of the official kit created no record that has an id";
        return Err(Stop::NotApplicable(reason.into()));
    }
    let first = list(world)?;
    for id in created {
        let is_there = |reply: &Reply| reply.elements().find(&id).is_some() || says_more(reply, 0);
        let first = world
            .settled(LateWith::Created, Arc::clone(&first), is_there)
            .await?;
        if first.elements().find(&id).is_some() {
            continue;
        }
        let place = behind(world, &first, &id).await?;
        world.reply = Some(Arc::clone(&first));
        if place == Behind::Nowhere {
            world.record(
                Violation::in_answer(
                    &first,
                    "kit record missing",
                    "lacks a record that was created before",
                )
                .expected(format!("an element with id {id}"))
                .actual(format!(
                    "{} elements, none with that id",
                    first.elements().len()
                )),
            );
        }
    }
    Ok(())
}

/// Whether a list was refused, or is reported to be empty without one.
fn is_refused(status: u16) -> bool {
    status == 204 || status == 501 || (400..500).contains(&status)
}

/// No element has the id of that record; a 4xx or 204 is not a list: where nothing may match, how
/// that is answered is judged elsewhere.
#[then(
    regex = r#"^the list(, if there is one,)? does not hold the record "([^"]+)"(, at most a warning)?$"#,
    pattern = r#"the list(, if there is one,) does not hold the record "NAME" (, at most a warning)"#,
    example = r#"the list, if there is one, does not hold the record "B""#
)]
async fn list_does_not_hold(
    world: &mut World,
    if_any: String,
    name: String,
    suffix: String,
) -> Outcome {
    let record = text::record(world, &name).await?;
    let answered = reply(world)?;
    let no_list = matches!(answered.answer.status, 204 | 400..500);
    if !if_any.is_empty() && no_list {
        return Ok(());
    }
    let mut reply = list(world)?;
    if world.context.has_deleted(&record) {
        reply = world.without(&record, reply).await?;
    }
    if let Some((index, _)) = reply.elements().find(&record.id) {
        if record.may_match(&reply.answer.url) {
            let reason = format!("the record {} may match as well", record.id);
            return Err(Stop::blocked(reason, Some(reply.answer.index)));
        }
        if record.was_given(&reply.answer.url) {
            let reason = format!("the target gives the record \"{name}\" that very value itself");
            return Err(Stop::NotApplicable(reason));
        }
        world.record(
            Violation::in_answer(
                &reply,
                "record too much",
                format!("holds the record \"{name}\", which does not match"),
            )
            .expected(format!("no element with id {}", record.id))
            .actual(json!(record.id))
            .at(format!("/{index}/id"))
            .at_most(text::at_most(&suffix)),
        );
    }
    Ok(())
}

/// The body is a list without elements.
#[then("the list is empty")]
async fn list_is_empty(world: &mut World) -> Outcome {
    let reply = list(world)?;
    let count = reply.elements().len();
    if count > 0 {
        world.record(
            Violation::in_answer(
                &reply,
                "list not empty",
                "answers records although none matches",
            )
            .expected(json!([]))
            .actual(format!("{count} elements")),
        );
    }
    Ok(())
}

/// The number of elements; of a list that the target has cut into pages, those of all pages. Where a
/// list is optional, a 4xx, 204 or 501 is not one.
#[then(
    regex = r"^the list(, if there is one,)? has (at most |at least )?(\d+) elements$",
    pattern = "the list(, if there is one,) has N elements (or: at most N, at least N)",
    example = "the list has at most 2 elements"
)]
async fn list_has(world: &mut World, if_any: String, bound: String, count: usize) -> Outcome {
    if !if_any.is_empty() && is_refused(reply(world)?.answer.status) {
        return Ok(());
    }
    let reply = list(world)?;
    let mut length = reply.elements().len();
    if bound != "at most " && length < count && !stops_short(world, &reply).await? {
        length = pages(world, &reply, count).await?.len();
    }
    let right = match bound.as_str() {
        "at most " => length <= count,
        "at least " => length >= count,
        _ => length == count,
    };
    if !right {
        world.record(
            Violation::in_answer(
                &reply,
                "number of elements",
                format!("answers {length} elements"),
            )
            .expected(format!("{bound}{count} elements"))
            .actual(json!(length)),
        );
    }
    Ok(())
}

/// Whether a page has fewer elements than its limit, though the target answers more where the limit
/// is larger: a target may have a maximum, which then is the same for both.
async fn stops_short(world: &mut World, page: &Arc<Reply>) -> Result<bool, Stop> {
    let Some(limit) = number_in(&page.answer.url, "limit") else {
        return Ok(false);
    };
    let mut url = page.answer.url.clone();
    let parameters: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    url.query_pairs_mut().clear().extend_pairs(
        parameters
            .iter()
            .filter(|(name, _)| name != "limit")
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain([("limit", (limit + 1).to_string().as_str())]),
    );
    let larger = world.send(Outgoing::new("GET", url)).await?;
    world.reply = Some(Arc::clone(page));
    Ok(larger.elements().len() > page.elements().len())
}

/// Each element holds that very value.
#[then(
    regex = r"^every element has (\S+) = (.+)$",
    pattern = "every element has ATTRIBUTE = JSON",
    example = r#"every element has direction = "${A.direction}""#
)]
async fn every_element_has(world: &mut World, attribute: String, value: String) -> Outcome {
    text::need(world, &value).await?;
    let wanted = text::value(world, &value);
    let reply = list(world)?;
    let elements = reply.elements();
    let has = |element: &Value| {
        let found = element.get(&attribute);
        found.is_some_and(|found| same_scalar(&wanted, found))
    };
    let mut wrong = elements
        .iter()
        .enumerate()
        .filter(|(_, element)| !has(element))
        .map(|(index, _)| index);
    if let Some(first) = wrong.next() {
        world.record(
            Violation::in_answer(
                &reply,
                format!("element {attribute}"),
                format!(
                    "answers {} of {} elements that do not match",
                    1 + wrong.count(),
                    elements.len()
                ),
            )
            .expected(json!({ attribute.as_str(): wanted }))
            // Of other people's records no value is shown.
            .actual(format!("element {first} has another {attribute}"))
            .at(format!("/{first}/{attribute}")),
        );
    }
    Ok(())
}

/// No element has another attribute than these, id, href and @type.
#[then(
    regex = r"^every element(, if there is a list,)? has only the attributes (.+)$",
    pattern = "every element(, if there is a list,) has only the attributes NAMES",
    example = "every element has only the attributes direction"
)]
async fn every_element_has_only(world: &mut World, if_any: String, only: String) -> Outcome {
    if !if_any.is_empty() && is_refused(reply(world)?.answer.status) {
        return Ok(());
    }
    let asked = text::names(&only);
    let reply = list(world)?;
    // One element shows it, the gravest: a list may be long.
    let mut shown = None;
    for (index, element) in reply.elements().iter().enumerate() {
        let extra = extra(&asked, &element);
        if extra.is_empty() {
            continue;
        }
        let mild = only_type(&extra);
        if shown.is_none() || !mild {
            shown = Some((index, element));
        }
        if !mild {
            break;
        }
    }
    if let Some((index, element)) = shown {
        not_selected(world, &reply, &asked, &element, &format!("/{index}"));
    }
    Ok(())
}

/// The only element of the list, or the one with that id, is selected as asked.
#[then(
    regex = r#"^the element of the record "([^"]+)" has only the attributes (.+)$"#,
    pattern = r#"the element of the record "NAME" has only the attributes NAMES"#,
    example = r#"the element of the record "A" has only the attributes reason"#
)]
async fn element_has_only(world: &mut World, name: String, only: String) -> Outcome {
    let (reply, index, element) = element_of(world, &name).await?;
    selected(
        world,
        &reply,
        &name,
        &text::names(&only),
        &element,
        &format!("/{index}"),
    )
    .await?;
    Ok(())
}

/// These attributes of the element have the values that the create answered with.
#[then(
    regex = r#"^the element of the record "([^"]+)" has what the create answered in (.+)$"#,
    pattern = r#"the element of the record "NAME" has what the create answered in NAMES"#,
    example = r#"the element of the record "A" has what the create answered in id and href"#
)]
async fn element_has_created(world: &mut World, name: String, only: String) -> Outcome {
    let (reply, index, element) = element_of(world, &name).await?;
    let record = text::record(world, &name).await?;
    text::creation(world, &name).await?;
    for attribute in text::names(&only) {
        let Some(expected) = record.value(&attribute) else {
            continue;
        };
        let found = element.get(&attribute).cloned().unwrap_or_default();
        if crate::evidence::differences(&expected, &found).is_empty() {
            continue;
        }
        world.record(
            Violation::in_answer(
                &reply,
                format!("element {attribute}"),
                format!("answers another {attribute} of the record \"{name}\" than its create"),
            )
            .expected(expected)
            .actual(found)
            .at(format!("/{index}/{attribute}")),
        );
    }
    Ok(())
}

/// The element with the id of that record, or the only one: a selection may leave the id out.
async fn element_of(world: &mut World, name: &str) -> Result<(Arc<Reply>, usize, Value), Stop> {
    let record = text::record(world, name).await?;
    let id = &record.id;
    let first = list(world)?;
    let is_there = |reply: &Reply| element_in(reply.elements(), id).is_some();
    let reply = world.settled(LateWith::Created, first, is_there).await?;
    let found = element_in(reply.elements(), id);
    if let Some((index, element)) = found {
        let element = element.into_owned();
        return Ok((reply, index, element));
    }
    for page in pages(world, &reply, usize::MAX).await?.pages {
        if let Some((index, element)) = page.elements().find(&record.id) {
            let element = element.into_owned();
            return Ok((page, index, element));
        }
    }
    let exchange = Some(reply.answer.index);
    let reason = format!(
        "{} does not hold the record \"{name}\" as one element",
        reply.answer.line()
    );
    Err(Stop::blocked(reason, exchange))
}

/// The element with that id, or the only one where it has no id.
fn element_in<'a>(list: List<'a>, id: &str) -> Option<(usize, Cow<'a, Value>)> {
    list.find(id).or_else(|| {
        let only = list.iter().next().filter(|_| list.len() == 1)?;
        id_of(&only).is_none().then_some((0, only))
    })
}

/// Every value that was sent in the create stands in the element.
#[then(
    regex = r#"^the element of the record "([^"]+)" has what was sent$"#,
    pattern = r#"the element of the record "NAME" has what was sent"#,
    example = r#"the element of the record "full" has what was sent"#
)]
async fn element_has_sent(world: &mut World, name: String) -> Outcome {
    let (reply, _, element) = element_of(world, &name).await?;
    let creation = text::creation(world, &name).await?;
    compare(world, &creation.sent, &element, &reply, "what was sent");
    Ok(())
}

/// 200 and [], or any list; 404 or 204 are warnings (C-10).
#[then(
    regex = r"^no match is answered with (an empty|a) list$",
    pattern = "no match is answered with an empty list (or: with a list)",
    example = "no match is answered with an empty list"
)]
async fn no_match(world: &mut World, which: String) -> Outcome {
    let reply = reply(world)?;
    let status = reply.answer.status;
    let right = |list: List<'_>| which == "a" || list.is_empty();
    if matches!(status, 200 | 206) && reply.list().is_some_and(right) {
        return Ok(());
    }
    world.record(
        Violation::in_answer(
            &reply,
            format!("no match {status}"),
            ", although nothing matches",
        )
        .expected(format!("200 with {which} list"))
        .actual(match reply.list() {
            Some(list) if !list.is_empty() => json!(format!("a list with {} elements", list.len())),
            _ => json!(status),
        })
        .at_most(matches!(status, 204 | 404).then_some(Severity::Warn)),
    );
    Ok(())
}

/// Says whether an optional filter was applied.
#[then("filtering by it is supported, for information")]
async fn filtering_supported(world: &mut World) -> Outcome {
    let reply = reply(world)?;
    let other = world.records.get("B");
    let other = other.filter(|record| !record.meets(&reply.answer.url));
    let other = other.map(|record| record.id.clone());
    let filtered = reply.list().is_some_and(|list| {
        !list.is_empty() && other.is_none_or(|other| list.find(&other).is_none())
    });
    if !filtered {
        world.record(
            Violation::in_answer(
                &reply,
                "optional filter",
                ": this optional filter is not supported",
            )
            .expected("only records that match")
            .actual(json!(reply.answer.status))
            .at_most(Severity::Info),
        );
    }
    Ok(())
}
