//! Steps that delete records, and judge what is gone and what has to stay.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tmfctk_step_macros::{given, then, when};

use super::answers::reply;
use super::text;
use crate::evidence::{Outcome, Stop};
use crate::http::Outgoing;
use crate::terms::Severity;
use crate::world::{Violation, World, id_of};

/// DELETE of a record of the run by its id; not applicable where a rule of the target refuses it.
#[when(
    regex = r#"^the record "([^"]+)" is deleted$"#,
    pattern = r#"the record "NAME" is deleted"#,
    example = r#"the record "X" is deleted"#
)]
async fn deleted(world: &mut World, name: String) -> Outcome {
    let record = text::record(world, &name).await?;
    delete(world, &record.id).await
}

/// DELETE of a record by an id that need not exist.
#[when(
    regex = r"^the (?:record with id|member) (\S.*) is deleted$",
    pattern = "the record with id ID is deleted",
    example = "the record with id ${unknown id} is deleted"
)]
async fn member_deleted(world: &mut World, id: String) -> Outcome {
    text::need(world, &id).await?;
    let id = text::filled(world, &id);
    delete(world, &id).await
}

async fn delete(world: &mut World, id: &str) -> Outcome {
    let request = Outgoing::new("DELETE", world.context.record_url(id));
    let reply = world.send(request).await?;
    world.deletion = Some(Arc::clone(&reply));
    world.snapshot.remove(id);
    if reply.is_refused_by_rule() && world.context.is_there(id) {
        let why = format!("{}: a rule of the target", reply.answer.line());
        return Err(Stop::NotApplicable(why));
    }
    if (200..300).contains(&reply.answer.status) {
        // Whatever is answered under its id from now on is not a representation to be judged.
        world.context.note_unsound(id);
    }
    // 202 promises it for later: the cleaning up looks again.
    if matches!(reply.answer.status, 200 | 201 | 203..300) {
        world.context.note_deleted(id);
    }
    Ok(())
}

/// The status is one of the first, or with a warning one of the others.
#[then(
    regex = r"^the status is (\d{3}(?: or \d{3})*), or (\d{3}(?: or \d{3})*) with a warning$",
    pattern = "the status is CODE (or CODE)*, or CODE (or CODE)* with a warning",
    example = "the status is 204, or 200 or 202 with a warning"
)]
async fn status_or_warning(world: &mut World, codes: String, tolerated: String) -> Outcome {
    let reply = reply(world)?;
    let listed = |codes: &str| -> Vec<u16> {
        let codes = codes.split(" or ");
        codes.filter_map(|code| code.parse().ok()).collect()
    };
    let warned = listed(&tolerated).contains(&reply.answer.status);
    let at_most = warned.then_some(Severity::Warn);
    super::answers::check_status(world, &reply, &listed(&codes), at_most);
    Ok(())
}

/// Goes on only where the last deletion is done: what was refused is judged elsewhere.
fn carried_out(world: &mut World) -> Outcome {
    let Some(reply) = world.deletion.clone() else {
        return Err(Stop::blocked("the scenario has deleted nothing yet", None));
    };
    if (200..300).contains(&reply.answer.status) {
        return Ok(());
    }
    let why = format!("the deletion was not accepted: {}", reply.answer.line());
    Err(Stop::blocked(why, Some(reply.answer.index)))
}

/// Blocks where a deletion was answered 202: what is still there may go later.
fn promised_only(world: &mut World) -> Outcome {
    let promised = world.deletion.clone();
    match promised.filter(|reply| reply.answer.status == 202) {
        None => Ok(()),
        Some(reply) => {
            let why = format!("{}: it may be carried out later", reply.answer.line());
            Err(Stop::blocked(why, Some(reply.answer.index)))
        }
    }
}

/// GET by its id answers 404 or 410; inconclusive where the deletion was refused, or where it is
/// still there after a 202: then it may be carried out later.
#[then(
    regex = r#"^the record "([^"]+)" is gone$"#,
    pattern = r#"the record "NAME" is gone"#,
    example = r#"the record "X" is gone"#
)]
async fn gone(world: &mut World, name: String) -> Outcome {
    carried_out(world)?;
    let record = text::record(world, &name).await?;
    let request = Outgoing::new("GET", world.context.record_url(&record.id));
    let read = world.send(request).await?;
    let status = read.answer.status;
    if !matches!(status, 404 | 410) {
        promised_only(world)?;
        let shown = read.json().ok().and_then(id_of);
        if shown.as_ref() != Some(&record.id) {
            answered_so_for_any(world, status).await?;
        }
        world.context.note_still_there(&record.id);
        world.record(
            Violation::in_answer(&read, format!("gone {status}"), "after it was deleted")
                .expected(json!([404, 410]))
                .actual(json!(status)),
        );
    }
    Ok(())
}

/// Blocks where the target gives this answer for every id that it does not know: that is judged
/// elsewhere, and says nothing of a deletion.
async fn answered_so_for_any(world: &mut World, status: u16) -> Outcome {
    let unknown = world.context.record_url(&world.context.run.unknown_id);
    let read = world.send(Outgoing::new("GET", unknown)).await?;
    if read.answer.status != status {
        return Ok(());
    }
    let why = format!("GET of any id that is not known is answered {status}");
    Err(Stop::blocked(why, Some(read.answer.index)))
}

/// Any 2xx; inconclusive otherwise: a refusal is judged elsewhere.
#[then("the deletion was accepted")]
async fn was_accepted(world: &mut World) -> Outcome {
    carried_out(world)
}

/// The collection, filtered by its id or as it says, does not hold it; inconclusive as above.
#[then(
    regex = r#"^the record "([^"]+)" is gone from the list(?: filtered by (\S.*))?$"#,
    pattern = r#"the record "NAME" is gone from the list (filtered by QUERY)"#,
    example = r#"the record "X" is gone from the list filtered by reason=${X.reason}"#
)]
async fn gone_from_list(world: &mut World, name: String, filter: String) -> Outcome {
    carried_out(world)?;
    let record = text::record(world, &name).await?;
    let mut url = world.context.collection();
    if filter.is_empty() {
        url.query_pairs_mut().append_pair("id", &record.id);
    } else {
        text::need(world, &filter).await?;
        url.set_query(Some(&text::query(world, &filter)));
    }
    let list = world.send(Outgoing::new("GET", url)).await?;
    // No match may be reported by a list without elements, and is judged elsewhere where it is not.
    if matches!(list.answer.status, 204 | 404) {
        return Ok(());
    }
    if list.list().is_none() {
        let why = format!("{} is not a list", list.answer.line());
        return Err(Stop::blocked(why, Some(list.answer.index)));
    }
    let list = world.without(&record, list).await?;
    if let Some((place, _)) = list.elements().find(&record.id) {
        promised_only(world)?;
        world.record(
            Violation::in_answer(&list, "still listed", "lists the deleted record")
                .expected("a list without it")
                .actual(json!(record.id))
                .at(format!("/{place}")),
        );
    }
    Ok(())
}

/// The records that the scenario named, by their ids.
async fn named_records(world: &mut World) -> Result<BTreeMap<String, Value>, Stop> {
    let mut found = BTreeMap::new();
    let own: Vec<_> = world.records.values().map(|own| own.id.clone()).collect();
    for id in own {
        let read = world
            .send(Outgoing::new("GET", world.context.record_url(&id)))
            .await?;
        let body = read.json().ok().filter(|_| read.answer.status == 200);
        // Another record than the one asked for says nothing of it.
        if let Some(body) = body.filter(|body| id_of(body).as_ref() == Some(&id)) {
            found.insert(id, body.clone());
        }
    }
    Ok(found)
}

/// Those that the collection showed before the run deleted anything, and those that the scenario
/// named, to compare them later.
#[given("the run's other records as they were before the first deletion")]
async fn records_before(world: &mut World) -> Outcome {
    let mut found = world.context.before_deletions();
    found.extend(named_records(world).await?);
    if found.is_empty() {
        let exchange = world.reply.as_ref().map(|reply| reply.answer.index);
        let why = "no record of the run could be read";
        return Err(Stop::blocked(why, exchange));
    }
    world.snapshot = found;
    Ok(())
}

/// Each record of the run that was read before is still there, with the same values; those that a
/// scenario has for itself are left out.
#[then("the run's other records are as they were")]
async fn records_as_they_were(world: &mut World) -> Outcome {
    carried_out(world)?;
    let before = std::mem::take(&mut world.snapshot);
    let list = world
        .send(Outgoing::new("GET", world.context.collection()))
        .await?;
    let listed = list.elements();
    let mut now: BTreeMap<String, Value> = listed
        .iter()
        .filter_map(|element| {
            let id = id_of(&element).filter(|id| before.contains_key(id))?;
            Some((id, element.into_owned()))
        })
        .collect();
    now.extend(named_records(world).await?);
    for (id, record) in before {
        if world.context.is_deleted(&id) {
            continue;
        }
        let after = match now.get(&id) {
            Some(after) => after.clone(),
            // A list may be paged: its id shows whether it is there.
            None => {
                let read = world
                    .send(Outgoing::new("GET", world.context.record_url(&id)))
                    .await?;
                read.json().cloned().unwrap_or_default()
            }
        };
        let gone = id_of(&after).as_deref() != Some(id.as_str());
        let changes = world.context.changes(&record, &after);
        if !gone && changes.is_empty() {
            continue;
        }
        let exchange = world.reply.as_ref().map(|reply| reply.answer.index);
        let first = changes.into_iter().next().filter(|_| !gone);
        world.record(
            Violation::new(
                format!("others {gone}"),
                if gone {
                    "a record that was not deleted is gone".to_owned()
                } else {
                    "a record that was not deleted has changed".to_owned()
                },
            )
            .expected(first.as_ref().map_or(json!(id), |one| one.expected.clone()))
            .actual(first.as_ref().map_or(Value::Null, |one| one.actual.clone()))
            .pointer(first.map(|one| one.pointer))
            .exchange(exchange),
        );
    }
    Ok(())
}
