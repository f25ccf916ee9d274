//! Steps that judge a list: which records it holds, and what its elements say.

use std::sync::Arc;

use cucumber::gherkin::Step;
use cucumber::then;
use serde_json::{Value, json};

use super::answers::{
    check_status, compare, extra, not_selected, only_type, reply, selected, shape_violation,
};
use super::whole::{Behind, behind};
use super::{StepDoc, text};
use crate::evidence::{Outcome, Stop, same_scalar};
use crate::http::Outgoing;
use crate::words::Severity;
use crate::world::{List, Reply, Violation, World, id_of};

/// The steps of this file.
pub(super) const VOCABULARY: &[StepDoc] = &[
    StepDoc {
        pattern: "Then the list holds the record \"NAME\"",
        meaning: "an element has the id of that record; of a list that goes on, the rest is asked \
                  for with the same query",
        example: "Then the list holds the record \"A\"",
    },
    StepDoc {
        pattern: "Then the list holds the records that the official kit created",
        meaning: "the collection still has the records of the replay, on this page or a later one",
        example: "Then the list holds the records that the official kit created",
    },
    StepDoc {
        pattern: "Then the list(, if there is one,) does not hold the record \"NAME\" (, at most a warning)",
        meaning: "no element has the id of that record; a 4xx or 204 is no list: where nothing may \
                  match, how that is answered is judged elsewhere",
        example: "Then the list, if there is one, does not hold the record \"B\"",
    },
    StepDoc {
        pattern: "Then the list is empty",
        meaning: "the body is a list without elements",
        example: "Then the list is empty",
    },
    StepDoc {
        pattern: "Then every element has ATTRIBUTE = JSON",
        meaning: "each element holds that very value",
        example: "Then every element has direction = \"${A.direction}\"",
    },
    StepDoc {
        pattern: "Then every element has only the attributes NAMES",
        meaning: "no element has another attribute than these, id, href and @type",
        example: "Then every element has only the attributes direction",
    },
    StepDoc {
        pattern: "Then the element of the record \"NAME\" has only the attributes NAMES",
        meaning: "the only element of the list, or the one with that id, is selected as asked",
        example: "Then the element of the record \"A\" has only the attributes reason",
    },
    StepDoc {
        pattern: "Then the element of the record \"NAME\" has what the create answered in NAMES",
        meaning: "these attributes of the element have the values that the create answered with",
        example: "Then the element of the record \"A\" has what the create answered in id and href",
    },
    StepDoc {
        pattern: "Then the list has N elements (or: at most N, at least N)",
        meaning: "the number of elements",
        example: "Then the list has at most 2 elements",
    },
    StepDoc {
        pattern: "Then the element of the record \"NAME\" has what was sent",
        meaning: "every value that was sent in the create stands in the element",
        example: "Then the element of the record \"full\" has what was sent",
    },
    StepDoc {
        pattern: "Then no match is answered with an empty list",
        meaning: "200 and []; 404 or 204 are warnings (C-10)",
        example: "Then no match is answered with an empty list",
    },
    StepDoc {
        pattern: "Then filtering by it is supported, for information",
        meaning: "tells whether an optional filter was applied",
        example: "Then filtering by it is supported, for information",
    },
];

/// The answer as a list, or a violation.
pub(super) fn list(world: &mut World) -> Result<Arc<Reply>, Stop> {
    let reply = reply(world)?;
    if reply.list().is_some() {
        return Ok(reply);
    }
    // A refusal is no list, but that is not what is wrong with it.
    if reply.answer.status < 300 || check_status(world, &reply, &[200, 206], None) {
        shape_violation(world, &reply, "a JSON list");
    }
    world.conclude()?;
    // It only warned, and there is nothing to go on with.
    let stop = Stop::blocked("the answer is no list", Some(reply.answer.index));
    world.stop(stop.clone())?;
    Err(stop)
}

#[then(regex = r#"^the list holds the record "([^"]+)"$"#)]
async fn list_holds(world: &mut World, step: &Step, name: String) -> Outcome {
    let record = text::record(world.at(step), &name).await?;
    let first = list(world)?;
    if first.elements().find(&record.id).is_some() {
        return Ok(());
    }
    let place = behind(world, &first, &record.id).await?;
    world.reply = Some(Arc::clone(&first));
    if place == Behind::Found {
        return Ok(());
    }
    if place == Behind::Unknown {
        // The same criteria and the id: however the target pages, that is one record.
        let mut url = first.answer.url.clone();
        url.query_pairs_mut().append_pair("id", &record.id);
        let narrowed = world.send(Outgoing::new("GET", url)).await?;
        world.reply = Some(Arc::clone(&first));
        if narrowed.elements().find(&record.id).is_some() {
            return Ok(());
        }
    }
    world.record(Violation {
        key: "record missing".into(),
        message: format!(
            "{} lacks the record \"{name}\" that was {} before",
            first.answer.line(),
            if record.is_existing() {
                "there"
            } else {
                "created"
            }
        ),
        expected: json!(format!("an element with id {}", record.id)),
        actual: json!(format!(
            "{} elements, none with that id",
            first.elements().len()
        )),
        exchange: Some(first.answer.index),
        ..Violation::default()
    });
    world.conclude()
}

#[then("the list holds the records that the official kit created")]
async fn list_holds_kit_records(world: &mut World, step: &Step) -> Outcome {
    if let Err(stop) = world
        .at(step)
        .context
        .writes("the official kit creates records")
    {
        return world.stop(stop);
    }
    let created: Vec<String> = world
        .context
        .replay
        .iter()
        .flat_map(|replay| &replay.created)
        .map(|created| created.id.clone())
        .collect();
    if created.is_empty() {
        let reason = "the replay of the official kit created no record";
        return world.stop(Stop::NotApplicable(reason.into()));
    }
    let first = list(world)?;
    for id in created {
        if first.elements().find(&id).is_some() {
            continue;
        }
        let place = behind(world, &first, &id).await?;
        world.reply = Some(Arc::clone(&first));
        if place == Behind::Nowhere {
            world.record(Violation {
                key: "kit record missing".into(),
                message: format!(
                    "{} lacks a record that was created before",
                    first.answer.line()
                ),
                expected: json!(format!("an element with id {id}")),
                actual: json!(format!(
                    "{} elements, none with that id",
                    first.elements().len()
                )),
                exchange: Some(first.answer.index),
                ..Violation::default()
            });
        }
    }
    world.conclude()
}

#[then(
    regex = r#"^the list(, if there is one,)? does not hold the record "([^"]+)"(, at most a warning)?$"#
)]
async fn list_does_not_hold(
    world: &mut World,
    step: &Step,
    if_any: String,
    name: String,
    suffix: String,
) -> Outcome {
    let record = text::record(world.at(step), &name).await?;
    let answered = reply(world)?;
    let no_list = matches!(answered.answer.status, 204 | 400..500);
    if !if_any.is_empty() && no_list {
        return Ok(());
    }
    let reply = list(world)?;
    if let Some((index, element)) = reply.elements().find(&record.id) {
        let exchange = Some(reply.answer.index);
        world
            .still_has_its_id(&record, exchange, Some(&element))
            .await?;
        if record.may_match(&reply.answer.url) {
            let reason = format!("the record {} may match as well", record.id);
            return world.stop(Stop::blocked(reason, Some(reply.answer.index)));
        }
        world.record(Violation {
            key: "record too much".into(),
            message: format!(
                "{} holds the record \"{name}\", which does not match",
                reply.answer.line()
            ),
            expected: json!(format!("no element with id {}", record.id)),
            actual: json!(record.id),
            pointer: Some(format!("/{index}/id")),
            exchange: Some(reply.answer.index),
            at_most: text::at_most(&suffix),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then("the list is empty")]
async fn list_is_empty(world: &mut World, step: &Step) -> Outcome {
    let reply = list(world.at(step))?;
    let count = reply.elements().len();
    if count > 0 {
        world.record(Violation {
            key: "list not empty".into(),
            message: format!(
                "{} answers records although none matches",
                reply.answer.line()
            ),
            expected: json!([]),
            actual: json!(format!("{count} elements")),
            exchange: Some(reply.answer.index),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then(regex = r"^the list has (at most |at least )?(\d+) elements$")]
async fn list_has(world: &mut World, step: &Step, bound: String, count: usize) -> Outcome {
    let reply = list(world.at(step))?;
    let length = reply.elements().len();
    let right = match bound.as_str() {
        "at most " => length <= count,
        "at least " => length >= count,
        _ => length == count,
    };
    if !right {
        world.record(Violation {
            key: "number of elements".into(),
            message: format!("{} answers {length} elements", reply.answer.line()),
            expected: json!(format!("{bound}{count} elements")),
            actual: json!(length),
            exchange: Some(reply.answer.index),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then(regex = r"^every element has (\S+) = (.+)$")]
async fn every_element_has(
    world: &mut World,
    step: &Step,
    attribute: String,
    value: String,
) -> Outcome {
    text::need(world.at(step), &value).await?;
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
        world.record(Violation {
            key: format!("element {attribute}"),
            message: format!(
                "{} answers {} of {} elements that do not match",
                reply.answer.line(),
                1 + wrong.count(),
                elements.len()
            ),
            expected: json!({ attribute.as_str(): wanted }),
            // Of other people's records no value is shown.
            actual: json!(format!("element {first} has another {attribute}")),
            pointer: Some(format!("/{first}/{attribute}")),
            exchange: Some(reply.answer.index),
            ..Violation::default()
        });
    }
    world.conclude()
}

#[then(regex = r"^every element has only the attributes (.+)$")]
async fn every_element_has_only(world: &mut World, step: &Step, only: String) -> Outcome {
    let asked = text::names(&only);
    let reply = list(world.at(step))?;
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
    world.conclude()
}

#[then(regex = r#"^the element of the record "([^"]+)" has only the attributes (.+)$"#)]
async fn element_has_only(world: &mut World, step: &Step, name: String, only: String) -> Outcome {
    world.at(step);
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
    world.conclude()
}

#[then(regex = r#"^the element of the record "([^"]+)" has what the create answered in (.+)$"#)]
async fn element_has_created(
    world: &mut World,
    step: &Step,
    name: String,
    only: String,
) -> Outcome {
    world.at(step);
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
        world.record(Violation {
            key: format!("element {attribute}"),
            message: format!(
                "{} answers another {attribute} of the record \"{name}\" than its create",
                reply.answer.line()
            ),
            expected,
            actual: found,
            pointer: Some(format!("/{index}/{attribute}")),
            exchange: Some(reply.answer.index),
            ..Violation::default()
        });
    }
    world.conclude()
}

/// The element with the id of that record, or the only one: a selection may leave the id out.
async fn element_of(world: &mut World, name: &str) -> Result<(Arc<Reply>, usize, Value), Stop> {
    let record = text::record(world, name).await?;
    let reply = list(world)?;
    let list = reply.elements();
    let found = list.find(&record.id).or_else(|| {
        let only = list.iter().next().filter(|_| list.len() == 1)?;
        id_of(&only).is_none().then_some((0, only))
    });
    if let Some((index, element)) = found {
        let element = element.into_owned();
        return Ok((reply, index, element));
    }
    let exchange = Some(reply.answer.index);
    let reason = format!(
        "{} does not hold the record \"{name}\" as one element",
        reply.answer.line()
    );
    let stop = Stop::blocked(reason, exchange);
    world.stop(stop.clone())?;
    Err(stop)
}

#[then(regex = r#"^the element of the record "([^"]+)" has what was sent$"#)]
async fn element_has_sent(world: &mut World, step: &Step, name: String) -> Outcome {
    world.at(step);
    let (reply, _, element) = element_of(world, &name).await?;
    let creation = text::creation(world, &name).await?;
    compare(world, &creation.sent, &element, &reply, "what was sent");
    world.conclude()
}

#[then("no match is answered with an empty list")]
async fn no_match(world: &mut World, step: &Step) -> Outcome {
    let reply = reply(world.at(step))?;
    let status = reply.answer.status;
    let empty = reply.list().is_some_and(List::is_empty);
    if matches!(status, 200 | 206) && empty {
        return Ok(());
    }
    world.record(Violation {
        key: format!("no match {status}"),
        message: format!("{}, although nothing matches", reply.answer.line()),
        expected: json!("200 with an empty list"),
        actual: match reply.list() {
            Some(list) if !list.is_empty() => json!(format!("a list with {} elements", list.len())),
            _ => json!(status),
        },
        exchange: Some(reply.answer.index),
        at_most: matches!(status, 204 | 404).then_some(Severity::Warn),
        ..Violation::default()
    });
    world.conclude()
}

#[then("filtering by it is supported, for information")]
async fn filtering_supported(world: &mut World, step: &Step) -> Outcome {
    let reply = reply(world.at(step))?;
    let other = world.records.get("B").map(|record| record.id.clone());
    let filtered = reply.list().is_some_and(|list| {
        !list.is_empty() && other.is_none_or(|other| list.find(&other).is_none())
    });
    if !filtered {
        world.record(Violation {
            key: "optional filter".into(),
            message: format!(
                "{}: this optional filter is not supported",
                reply.answer.line()
            ),
            expected: json!("only records that match"),
            actual: json!(reply.answer.status),
            exchange: Some(reply.answer.index),
            at_most: Some(Severity::Info),
            ..Violation::default()
        });
    }
    world.conclude()
}
