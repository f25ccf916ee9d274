//! Steps that judge what a partial update has to leave alone.

use serde_json::{Value, json};
use tmfctk_step_macros::then;

use super::answers::not_made;
use super::patching::{accepted_patch, last_patch, media_type, read, shown_as_sent, shown_by};
use super::refusals::broken_at;
use super::text;
use crate::evidence::{Difference, DifferenceKind, Outcome, Stop, differences};
use crate::http::Outgoing;
use crate::terms::Severity;
use crate::world::{Patch, Violation, World, id_of};

/// Records each change, all at the catalogue's severity but for another order.
fn report(world: &mut World, patch: &Patch, changes: Vec<Difference>, at_most: Option<Severity>) {
    for change in changes {
        let what = match change.kind {
            DifferenceKind::Missing => "is gone",
            DifferenceKind::Changed => "has changed",
            DifferenceKind::Reordered => "has its elements in another order",
        };
        let reordered = change.kind == DifferenceKind::Reordered;
        world.record(
            Violation::in_answer(
                &patch.reply,
                format!("kept {:?}", change.kind),
                format!(": {} {what}", change.pointer),
            )
            .expected(change.expected)
            .actual(change.actual)
            .at(change.pointer)
            .exchange(shown_by(world))
            .at_most(at_most.or(reordered.then_some(Severity::Warn))),
        );
    }
}

/// What has changed in the attributes of the API description, but for some.
fn changed(world: &World, patch: &Patch, after: &Value, but_for: &[String]) -> Vec<Difference> {
    let mut changes = world.context.changes(&patch.before, after);
    changes.retain(|change| {
        let name = change.pointer.split('/').nth(1).unwrap_or_default();
        !but_for.iter().any(|known| known == name)
    });
    changes
}

/// GET by the id answers the other attributes of the API description as before the patch; what the
/// target has of its own is its business, and another order a warning.
#[then(
    regex = r#"^the record "([^"]+)" keeps all that the patch does not name, but for (.+)$"#,
    pattern = r#"the record "NAME" keeps all that the patch does not name, but for NAMES"#,
    example = r#"the record "X" keeps all that the patch does not name, but for statusChangeDate"#
)]
async fn keeps_others(world: &mut World, name: String, but_for: String) -> Outcome {
    let patch = accepted_patch(world)?;
    let after = read(world, &name).await?;
    let mut changes = changed(world, &patch, &after, &text::names(&but_for));
    changes.retain(|change| {
        let attribute = change.pointer.split('/').nth(1).unwrap_or_default();
        // What was not there before can't have been kept.
        !patch.names(attribute) && !change.expected.is_null()
    });
    report(world, &patch, changes, None);
    Ok(())
}

/// That place has the value that it had before the patch; not applicable where there was none.
#[then(
    regex = r#"^the record "([^"]+)" keeps (/\S+?)(, at most a warning)?$"#,
    pattern = r#"the record "NAME" keeps POINTER (, at most a warning)"#,
    example = r#"the record "X" keeps /interactionDate/startDateTime, at most a warning"#
)]
async fn keeps_place(world: &mut World, name: String, pointer: String, suffix: String) -> Outcome {
    let patch = accepted_patch(world)?;
    let Some(before) = patch.before.pointer(&pointer) else {
        let why = format!("the target does not store {pointer}");
        return Err(Stop::NotApplicable(why));
    };
    let attribute = pointer.split('/').nth(1).unwrap_or_default().to_owned();
    shown_as_sent(world, &name, &patch, &[attribute]).await?;
    let after = read(world, &name).await?;
    let found = after.pointer(&pointer);
    let changes = match found {
        Some(found) => differences(before, found),
        None => vec![Difference {
            pointer: String::new(),
            kind: DifferenceKind::Missing,
            expected: before.clone(),
            actual: Value::Null,
        }],
    };
    let changes = changes.into_iter().map(|change| Difference {
        pointer: format!("{pointer}{}", change.pointer),
        ..change
    });
    report(world, &patch, changes.collect(), text::at_most(&suffix));
    Ok(())
}

/// The list has the elements of the patch, and no other; not applicable where it had not at least
/// two before.
#[then(
    regex = r#"^the record "([^"]+)" has just what the patch names in (\S+)$"#,
    pattern = r#"the record "NAME" has just what the patch names in ATTRIBUTE"#,
    example = r#"the record "X" has just what the patch names in note"#
)]
async fn has_just(world: &mut World, name: String, attribute: String) -> Outcome {
    let patch = accepted_patch(world)?;
    let before = patch.before.get(&attribute).and_then(Value::as_array);
    if before.is_none_or(|elements| elements.len() < 2) {
        let why = format!("the target does not store several elements in {attribute}");
        return Err(Stop::NotApplicable(why));
    }
    shown_as_sent(world, &name, &patch, std::slice::from_ref(&attribute)).await?;
    let after = read(world, &name).await?;
    let wanted = patch.body.get(&attribute).cloned().unwrap_or_default();
    let mut found = after.get(&attribute).cloned().unwrap_or_default();
    // Where a list has no elements, it may be left out.
    if found.is_null() && wanted.as_array().is_some_and(Vec::is_empty) {
        found = wanted.clone();
    }
    let creation = text::creation(world, &name).await?;
    let sent = creation.sent.get(&attribute).cloned().unwrap_or_default();
    if !differences(&wanted, &found).is_empty() || has_kept(&wanted, &found, &sent) {
        world.record(
            Violation::in_answer(
                &patch.reply,
                format!("replaced {attribute}"),
                format!(": {attribute} is not replaced by the list of the patch"),
            )
            .expected(wanted)
            .actual(found)
            .at(format!("/{attribute}"))
            .exchange(shown_by(world)),
        );
    }
    Ok(())
}

/// Whether an element has an attribute that the patch does not name, with the value that the create
/// sent for the element of the same id.
fn has_kept(wanted: &Value, found: &Value, sent: &Value) -> bool {
    let elements = |list: &Value| list.as_array().cloned().unwrap_or_default();
    let by_id = |list: &Value, id: &Value| {
        let mut all = elements(list).into_iter();
        all.find(|one| one.get("id") == Some(id))
    };
    elements(found).iter().any(|element| {
        let Some(id) = element.get("id") else {
            return false;
        };
        let (Some(wanted), Some(sent)) = (by_id(wanted, id), by_id(sent, id)) else {
            return false;
        };
        let mut members = element.as_object().into_iter().flatten();
        members.any(|(name, value)| wanted.get(name).is_none() && sent.get(name) == Some(value))
    })
}

/// Whether the last patch was refused by a 4xx; another refusal is a violation.
fn refused(world: &mut World, patch: &Patch) -> bool {
    let status = patch.reply.answer.status;
    if !patch.accepted() && !(400..500).contains(&status) {
        world.record(
            Violation::in_answer(
                &patch.reply,
                format!("refusal {status}"),
                ", where a 4xx is expected",
            )
            .expected("a 4xx, or success without that change")
            .actual(json!(status)),
        );
    }
    !patch.accepted()
}

/// Records where a patch that names another id has moved the record there.
async fn moved(world: &mut World, name: &str, patch: &Patch) -> Outcome {
    let record = text::record(world, name).await?;
    let named = id_of(&patch.body).filter(|id| patch.accepted() && *id != record.id);
    let Some(id) = named else {
        return Ok(());
    };
    let request = Outgoing::new("GET", world.context.record_url(&id));
    let reply = world.send(request).await?;
    let body = reply.json().ok().filter(|_| reply.answer.status == 200);
    if body.and_then(id_of).as_ref() == Some(&id) {
        // It is the run's own, and is cleaned up with the rest.
        world.context.note_created(&id);
        world.record(
            Violation::in_answer(
                &patch.reply,
                "moved",
                format!(
                    "moved the record to the id that the patch names: {}",
                    reply.answer.line()
                ),
            )
            .expected(json!(404))
            .actual(json!(200))
            .exchange(reply.answer.index),
        );
    }
    world.stop_if_violated()
}

/// Any 4xx; where it was accepted, GET by the id answers the value from before, and an id that the
/// patch names finds nothing; not applicable where there was none.
#[then(
    regex = r#"^it is refused, or the record "([^"]+)" keeps its (\S+)$"#,
    pattern = r#"it is refused, or the record "NAME" keeps its ATTRIBUTE"#,
    example = r#"it is refused, or the record "X" keeps its id"#
)]
async fn refused_or_keeps(world: &mut World, name: String, attribute: String) -> Outcome {
    let patch = last_patch(world)?;
    let Some(before) = patch
        .before
        .get(&attribute)
        .filter(|value| !value.is_null())
    else {
        let why = format!("the target does not store {attribute}");
        return Err(Stop::NotApplicable(why));
    };
    refused(world, &patch);
    world.stop_if_violated()?;
    moved(world, &name, &patch).await?;
    let after = read(world, &name).await?;
    let found = after.get(&attribute).cloned().unwrap_or_default();
    if !differences(before, &found).is_empty() {
        world.record(
            Violation::in_answer(
                &patch.reply,
                format!("fixed {attribute}"),
                format!("changed {attribute}, which is not to be changed"),
            )
            .expected(before.clone())
            .actual(found)
            .at(format!("/{attribute}"))
            .exchange(shown_by(world)),
        );
    }
    Ok(())
}

/// Any 4xx; where it was accepted, GET by the id answers a record that breaks no rule at that
/// place.
#[then(
    regex = r#"^it is refused, or the record "([^"]+)" keeps to the rules at (/\S+)$"#,
    pattern = r#"it is refused, or the record "NAME" keeps to the rules at POINTER"#,
    example = r#"it is refused, or the record "X" keeps to the rules at /reason"#
)]
async fn refused_or_sound(world: &mut World, name: String, pointer: String) -> Outcome {
    let patch = last_patch(world)?;
    if broken_at(world, &patch.before, &pointer).is_some() {
        let why = format!("the record broke the rules at {pointer} before it was patched");
        return Err(Stop::blocked(why, Some(patch.reply.answer.index)));
    }
    refused(world, &patch);
    world.stop_if_violated()?;
    let after = read(world, &name).await?;
    if let Some(claimed) = broken_at(world, &after, &pointer) {
        world.record(
            Violation::in_answer(
                &patch.reply,
                format!("blanked {pointer}"),
                format!(
                    ": what is stored then breaks the rule: {}",
                    claimed.violation.message
                ),
            )
            .expected(patch.before.pointer(&pointer).cloned().unwrap_or_default())
            .actual(after.pointer(&pointer).cloned().unwrap_or_default())
            .at(pointer)
            .exchange(shown_by(world)),
        );
    }
    Ok(())
}

/// GET by the id answers all attributes of the API description as before the patch.
#[then(
    regex = r#"^the record "([^"]+)" is as before(?:, but for (.+))?$"#,
    pattern = r#"the record "NAME" is as before (, but for NAMES)"#,
    example = r#"the record "X" is as before, but for statusChangeDate"#
)]
async fn as_before(world: &mut World, name: String, but_for: String) -> Outcome {
    let patch = last_patch(world)?;
    let after = read(world, &name).await?;
    let changes = changed(world, &patch, &after, &text::names(&but_for));
    report(world, &patch, changes, None);
    Ok(())
}

/// The same patch, sent a second time, is answered with success; not applicable where a rule of the
/// target refuses any patch by then.
#[then("the patch is accepted again")]
async fn accepted_again(world: &mut World) -> Outcome {
    let patch = last_patch(world)?;
    let earlier = world.earlier_patch.clone();
    if let Some(earlier) = earlier.iter().find(|one| one.reply.is_refused_by_rule()) {
        let line = earlier.reply.answer.line();
        return Err(not_made(&earlier.reply, line));
    }
    if !earlier.is_some_and(|earlier| earlier.accepted()) {
        let why = format!(
            "not even the first patch was accepted: {}",
            patch.reply.answer.line()
        );
        return Err(Stop::blocked(why, Some(patch.reply.answer.index)));
    }
    if patch.reply.is_refused_by_rule()
        && let Some(other) = world.context.asking_body("PATCH")
    {
        // Where another patch is refused as well, it is for the state that the record has now.
        let media_type = media_type(world).await?;
        let request = Outgoing::new("PATCH", patch.reply.answer.url.clone());
        let body = Value::Object(other).to_string();
        let other = world.send(request.body(&media_type, body)).await?;
        if other.is_refused_by_rule() {
            let why = format!("{}: so is any patch then", patch.reply.answer.line());
            return Err(Stop::NotApplicable(why));
        }
    }
    if !patch.accepted() {
        world.record(
            Violation::in_answer(
                &patch.reply,
                format!("again {}", patch.reply.answer.status),
                "to a patch that was accepted before",
            )
            .expected(json!(200))
            .actual(json!(patch.reply.answer.status)),
        );
    }
    Ok(())
}

/// Of a JSON Patch: success, and the value of its first operation is there; or 415, also 400, 422
/// or 501, and the record is as before.
#[then(
    regex = r#"^it is applied to the record "([^"]+)", or refused without a change$"#,
    pattern = r#"it is applied to the record "NAME", or refused without a change"#,
    example = r#"it is applied to the record "X", or refused without a change"#
)]
async fn applied_or_refused(world: &mut World, name: String) -> Outcome {
    let patch = last_patch(world)?;
    let status = patch.reply.answer.status;
    if patch.accepted() {
        let after = read(world, &name).await?;
        let operation = patch.body.get(0).cloned().unwrap_or_default();
        let path = operation.get("path").and_then(Value::as_str);
        let wanted = operation.get("value").cloned().unwrap_or_default();
        let found = path.and_then(|path| after.pointer(path)).cloned();
        if found.as_ref() != Some(&wanted) {
            world.record(
                Violation::in_answer(&patch.reply, "json patch", ", but it is not applied")
                    .expected(wanted)
                    .actual(found.unwrap_or_default())
                    .pointer(path.map(str::to_owned))
                    .exchange(shown_by(world)),
            );
        }
        return Ok(());
    }
    // 415 says what is meant; who reads the list as a merge patch says 400 or 422.
    if !matches!(status, 400 | 415 | 422 | 501) {
        world.record(
            Violation::in_answer(
                &patch.reply,
                format!("json patch {status}"),
                ", where 415 is expected",
            )
            .expected("success, or 415")
            .actual(json!(status)),
        );
    }
    let after = read(world, &name).await?;
    let changes = changed(world, &patch, &after, &[]);
    report(world, &patch, changes, None);
    Ok(())
}
