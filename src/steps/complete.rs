//! Steps on how much of a record an answer shows: the whole without attribute selection, a part of
//! a sub-resource with dotted names.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use tmfctk_step_macros::{then, when};

use super::answers::reply;
use super::text;
use crate::evidence::{DifferenceKind, Outcome, Stop, differences};
use crate::http::Outgoing;
use crate::world::{LateWith, Record, Reply, Violation, World, id_of};

/// The places of what was sent that a representation lacks.
fn lacking(sent: &Value, shown: &Value) -> BTreeSet<String> {
    let absent = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    differences(sent, shown)
        .into_iter()
        // A list of another length lacks something; what is only another value does not.
        .filter(|difference| {
            difference.kind == DifferenceKind::Missing
                || absent(&difference.actual)
                || difference.expected.is_array() && difference.actual.is_array()
        })
        .filter(|difference| difference.kind != DifferenceKind::Reordered)
        .map(|difference| difference.pointer)
        .collect()
}

/// A representation of a record, read in one way.
async fn read(
    world: &mut World,
    record: &Record,
    query: Option<&str>,
    listed: bool,
) -> Result<(Arc<Reply>, Option<Value>), Stop> {
    let mut url = if listed {
        let mut url = world.context.collection();
        url.query_pairs_mut().append_pair("id", &record.id);
        url
    } else {
        world.context.record_url(&record.id)
    };
    if query.is_some() {
        url.set_query(query);
    }
    let reply = world.send(Outgoing::new("GET", url)).await?;
    let body = reply.json().ok();
    let body = body.filter(|_| matches!(reply.answer.status, 200 | 206));
    let shown = match body {
        Some(Value::Array(list)) => list
            .iter()
            .find(|element| id_of(element).as_deref() == Some(record.id.as_str()))
            .cloned(),
        Some(object @ Value::Object(_)) if !listed => Some(object.clone()),
        _ => None,
    };
    Ok((reply, shown))
}

/// What was sent and is shown in one place (by id, in the list, or selected by name) is shown by id
/// and in the list; what the target does not store is not missed.
#[then(
    regex = r#"^the record "([^"]+)" is shown whole, by id and in the list$"#,
    pattern = r#"the record "NAME" is shown whole, by id and in the list"#,
    example = r#"the record "full" is shown whole, by id and in the list"#
)]
async fn shown_whole(world: &mut World, name: String) -> Outcome {
    let record = text::record(world, &name).await?;
    let sent = text::creation(world, &name).await?.sent.clone();
    let mut places = Vec::new();
    for listed in [false, true] {
        let (reply, shown) = read(world, &record, None, listed).await?;
        let Some(shown) = shown else {
            let reason = format!("{} does not show the record", reply.answer.line());
            return Err(Stop::blocked(reason, Some(reply.answer.index)));
        };
        places.push((reply, lacking(&sent, &shown)));
    }
    let names: Vec<_> = sent.as_object().into_iter().flatten().collect();
    let names: Vec<&str> = names.iter().map(|(name, _)| name.as_str()).collect();
    let query = format!("fields={}", names.join(","));
    let (_, selected) = read(world, &record, Some(&query), false).await?;
    // What is nowhere to be seen is not stored: that is judged elsewhere.
    let mut nowhere: BTreeSet<String> = places[0].1.intersection(&places[1].1).cloned().collect();
    if let Some(selected) = selected {
        let also = lacking(&sent, &selected);
        nowhere.retain(|pointer| also.iter().any(|other| pointer.starts_with(other.as_str())));
    }
    for (reply, lacks) in places {
        let missed: Vec<_> = lacks.difference(&nowhere).collect();
        let Some(first) = missed.first() else {
            continue;
        };
        world.record(
            Violation::in_answer(
                &reply,
                "not whole",
                "leaves out what the target stores, though no attributes were selected",
            )
            .expected(json!(missed))
            .actual(Value::Null)
            .at((*first).clone()),
        );
    }
    Ok(())
}

/// What was sent stands in the element as in the answer to a GET by id.
#[then(
    regex = r#"^the element of the record "([^"]+)" is what the record is by its id(, at most a warning)?$"#,
    pattern = r#"the element of the record "NAME" is what the record is by its id (, at most a warning)"#,
    example = r#"the element of the record "full" is what the record is by its id"#
)]
async fn element_is_record(world: &mut World, name: String, suffix: String) -> Outcome {
    let record = text::record(world, &name).await?;
    let creation = text::creation(world, &name).await?;
    let is_there = |reply: &Reply| reply.elements().find(&record.id).is_some();
    let listed = reply(world)?;
    let listed = world.settled(LateWith::Created, listed, is_there).await?;
    let element = listed.elements().find(&record.id);
    let Some((_, element)) = element else {
        let reason = format!("{} does not hold the record", listed.answer.line());
        return Err(Stop::blocked(reason, Some(listed.answer.index)));
    };
    let (by_id, whole) = read(world, &record, None, false).await?;
    let Some(Value::Object(mut whole)) = whole else {
        let reason = format!("{} is not a record", by_id.answer.line());
        return Err(Stop::blocked(reason, Some(by_id.answer.index)));
    };
    whole.retain(|name, _| creation.sent.get(name).is_some() || name == "id" || name == "href");
    for difference in differences(&Value::Object(whole), &element) {
        if difference.kind == DifferenceKind::Reordered {
            continue;
        }
        world.record(
            Violation::in_answer(
                &listed,
                format!("{:?}", difference.kind),
                format!(
                    ": the element is another one at {} than the record by its id",
                    difference.pointer
                ),
            )
            .expected(difference.expected)
            .actual(difference.actual)
            .at(difference.pointer)
            .at_most(text::at_most(&suffix)),
        );
    }
    Ok(())
}

/// Each element of the sub-resource has that part with its value and no other; not applicable where
/// the dotted name is refused, or read as an unknown or a whole name.
#[then(
    regex = r#"^the answer selects (\w+)\.(\w+) of the record "([^"]+)", if offered$"#,
    pattern = r#"the answer selects ATTRIBUTE.PART of the record "NAME", if offered"#,
    example = r#"the answer selects channel.id of the record "full", if offered"#
)]
async fn selects_part(world: &mut World, attribute: String, part: String, name: String) -> Outcome {
    let creation = text::creation(world, &name).await?;
    let reply = reply(world)?;
    let status = reply.answer.status;
    let line = reply.answer.line();
    let sent = creation.sent.get(&attribute).and_then(Value::as_array);
    let expected: Vec<Value> = sent
        .into_iter()
        .flatten()
        .filter_map(|item| item.get(&part).cloned())
        .collect();
    if status >= 500 && status != 501 {
        world.record(
            Violation::in_answer(
                &reply,
                format!("status {status}"),
                ", where a selection or 400 is expected",
            )
            .expected(json!(expected))
            .actual(json!(status)),
        );
        return Ok(());
    }
    let body = reply.json().ok().filter(|_| status == 200);
    let found = body.and_then(|body| body.get(&attribute)?.as_array().cloned());
    let is_part = |item: &Value| {
        let attributes = item.as_object().into_iter().flatten();
        attributes
            .map(|(name, _)| name)
            .all(|name| *name == part || name.starts_with('@'))
    };
    let Some(found) = found.filter(|found| found.iter().all(is_part)) else {
        let reason = format!("{line} does not select by dotted names");
        return Err(Stop::NotApplicable(reason));
    };
    let came: Vec<Value> = found
        .iter()
        .filter_map(|item| item.get(&part).cloned())
        .collect();
    if came != expected {
        world.record(
            Violation::in_answer(
                &reply,
                "wrong part",
                format!("selects other values of {attribute}.{part} than there are"),
            )
            .expected(json!(expected))
            .actual(json!(came))
            .at(format!("/{attribute}")),
        );
    }
    Ok(())
}

/// POST of a fixture's body with parameters in the URL.
#[when(
    regex = r#"^a body like "([^"]+)" is posted to the collection with (\S+)$"#,
    pattern = r#"a body like "NAME" is posted to the collection with QUERY"#,
    example = r#"a body like "minimal" is posted to the collection with fields=reason"#
)]
async fn posted_with_query(world: &mut World, name: String, query: String) -> Outcome {
    let context = Arc::clone(&world.context);
    let body = Value::Object(context.body_to_post(&name).await?);
    let mut url = context.collection();
    url.set_query(Some(&query));
    let request = Outgoing::new("POST", url).body("application/json", body.to_string());
    world.send(request).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn omissions_are_reported_and_changes_are_not() {
        let sent = json!({"a": 1, "b": {"c": 2, "d": 3}, "e": [1], "f": "x", "g": [{"h": 1}]});
        let shown = json!({"a": 2, "b": {"d": 3}, "e": [], "f": null, "g": [{}], "i": 4});
        let expected = ["/b/c", "/e", "/f", "/g/0/h"];
        assert!(lacking(&sent, &shown).iter().eq(expected.iter()));
        assert!(lacking(&sent, &sent).is_empty());
    }
}
