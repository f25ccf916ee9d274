//! Steps that change a record in part, and judge what is sent back and what is kept.

use std::sync::Arc;

use serde_json::{Value, json};
use tmfctk_step_macros::{then, when};

use super::answers::{check_status, not_made, shape_violation};
use super::refusals::broken_at;
use super::text;
use crate::evidence::{Outcome, Stop, date_time, differences};
use crate::http::Outgoing;
use crate::terms::Severity;
use crate::world::{Patch, Reply, Violation, World, id_of};

/// A minute: so coarse may be the clock of a date-time.
const COARSE: jiff::SignedDuration = jiff::SignedDuration::from_mins(1);

/// Reads the record, then sends a merge patch of it in the media type that the target was found to
/// take, or in the one given.
#[when(
    regex = r#"^the record "([^"]+)" is patched with ([\[{].*[\]}])(?: as (\S+))?$"#,
    pattern = r#"the record "NAME" is patched with JSON (as MEDIA-TYPE)"#,
    example = r#"the record "X" is patched with {"status": "completed"}"#
)]
async fn patched(world: &mut World, name: String, body: String, media_type: String) -> Outcome {
    text::need(world, &body).await?;
    let body = text::value(world, &body);
    let media_type = (!media_type.is_empty()).then_some(media_type);
    send(world, &name, body.to_string(), body, media_type).await
}

/// The same with a text as it stands, which need not be JSON.
#[when(
    regex = r#"^the record "([^"]+)" is patched with the text (.*)$"#,
    pattern = r#"the record "NAME" is patched with the text TEXT"#,
    example = r#"the record "X" is patched with the text {"status": "#
)]
async fn patched_with_text(world: &mut World, name: String, body: String) -> Outcome {
    let body = text::filled(world, &body);
    send(world, &name, body, Value::Null, None).await
}

/// PATCH of a record by an id that need not exist.
#[when(
    regex = r"^the (?:record with id|member) (\S.*) is patched with (\{.*\})$",
    pattern = "the record with id ID is patched with JSON",
    example = r#"the record with id ${unknown id} is patched with {"status": "completed"}"#
)]
async fn member_patched(world: &mut World, id: String, body: String) -> Outcome {
    text::need(world, &body).await?;
    let body = text::value(world, &body);
    let id = text::filled(world, &id);
    let media_type = media_type(world).await?;
    let request = Outgoing::new("PATCH", world.context.record_url(&id));
    let reply = world
        .send(request.body(&media_type, body.to_string()))
        .await?;
    taken(&reply)?;
    if (200..300).contains(&reply.answer.status) {
        // Whatever was made there is ours to remove.
        world.context.note_created(&id);
    }
    Ok(())
}

/// Reads the record, says what is about to be asked for, and sends the patch.
pub(super) async fn send(
    world: &mut World,
    name: &str,
    body: String,
    patch: Value,
    media_type_given: Option<String>,
) -> Outcome {
    let record = text::record(world, name).await?;
    let before = read(world, name).await?;
    let is_merge_patch = patch.is_object();
    if is_merge_patch {
        world.context.note_patch(&record.id, &before, &patch);
    } else {
        world.context.note_unsound(&record.id);
    }
    let is_given = media_type_given.is_some();
    let media_type = match media_type_given {
        Some(media_type) => media_type,
        None => media_type(world).await?,
    };
    let request =
        Outgoing::new("PATCH", world.context.record_url(&record.id)).body(&media_type, body);
    let reply = world.send(request).await?;
    if !is_given {
        taken(&reply)?;
    }
    if let Some(earlier) = world.patch.take() {
        let id = id_of(&earlier.before).unwrap_or_default();
        let named = named_in(&earlier).into_iter();
        world.patched.extend(named.map(|name| (id.clone(), name)));
        world.earlier_patch = Some(earlier);
    }
    world.patch = Some(Arc::new(Patch {
        body: patch,
        before,
        reply,
    }));
    Ok(())
}

/// Blocks where a merge patch is refused for its media type: that is judged once.
fn taken(reply: &Reply) -> Outcome {
    if reply.answer.status != 415 {
        return Ok(());
    }
    let why = format!("{}: no media type is taken", reply.answer.line());
    Err(Stop::blocked(why, Some(reply.answer.index)))
}

/// The media type in which the target was found to take patches.
pub(super) async fn media_type(world: &mut World) -> Result<String, Stop> {
    let context = Arc::clone(&world.context);
    let offer = context.offer("PATCH").await?;
    let known = offer.media_type.clone();
    Ok(known.unwrap_or_else(|| "application/merge-patch+json".to_owned()))
}

/// The record as it is now, or a scenario that is blocked.
pub(super) async fn read(world: &mut World, name: &str) -> Result<Value, Stop> {
    let record = text::record(world, name).await?;
    let request = Outgoing::new("GET", world.context.record_url(&record.id));
    let reply = world.send(request).await?;
    match reply.json() {
        Ok(body @ Value::Object(_)) if reply.answer.status == 200 => Ok(body.clone()),
        _ => {
            let why = format!("{} is not a record", reply.answer.line());
            Err(Stop::blocked(why, Some(reply.answer.index)))
        }
    }
}

/// The patch that the scenario sent last.
pub(super) fn last_patch(world: &mut World) -> Result<Arc<Patch>, Stop> {
    match &world.patch {
        Some(patch) => Ok(Arc::clone(patch)),
        None => Err(Stop::blocked("the scenario has patched nothing yet", None)),
    }
}

/// The last patch, which the target has to have accepted: what it refused is judged elsewhere.
pub(super) fn accepted_patch(world: &mut World) -> Result<Arc<Patch>, Stop> {
    let patch = last_patch(world)?;
    if patch.accepted() {
        return Ok(patch);
    }
    let why = format!("the patch was not accepted: {}", patch.reply.answer.line());
    Err(not_made(&patch.reply, why))
}

/// The exchange of the answer that the steps talk about.
pub(super) fn shown_by(world: &World) -> Option<usize> {
    world.reply.as_ref().map(|reply| reply.answer.index)
}

/// What a body should hold after a patch: the values that it sets.
fn set_by(patch: &Patch) -> Value {
    let attributes = patch.body.as_object().into_iter().flatten();
    attributes
        .filter(|(_, value)| !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Whether an earlier patch of the scenario named that attribute of the record: then it need not be
/// as it was created.
fn was_patched(world: &World, patch: &Patch, attribute: &str) -> bool {
    let id = id_of(&patch.before).unwrap_or_default();
    world.patched.contains(&(id, attribute.to_owned()))
}

/// Blocks where the target did not show an attribute as it was sent even before any patch: what a
/// patch does to it can't be known then, and the cause is judged elsewhere.
pub(super) async fn shown_as_sent(
    world: &mut World,
    name: &str,
    patch: &Patch,
    attributes: &[String],
) -> Outcome {
    let creation = text::creation(world, name).await?;
    let astray = attributes.iter().find(|attribute| {
        let sent = creation.sent.get(attribute.as_str());
        let shown = patch.before.get(attribute.as_str());
        !was_patched(world, patch, attribute)
            && sent
                .is_some_and(|sent| shown.is_some_and(|shown| !differences(sent, shown).is_empty()))
    });
    match astray {
        None => Ok(()),
        Some(attribute) => {
            let why =
                format!("the target does not show {attribute} as it was sent, before any patch");
            Err(Stop::blocked(why, Some(patch.reply.answer.index)))
        }
    }
}

/// The attributes that a patch names.
fn named_in(patch: &Patch) -> Vec<String> {
    let attributes = patch.body.as_object().into_iter().flatten();
    attributes.map(|(name, _)| name.clone()).collect()
}

/// Records where a body does not hold the patched values.
fn check_changed(world: &mut World, patch: &Patch, body: &Value, whose: &str) {
    for difference in differences(&set_by(patch), body) {
        world.record(
            Violation::in_answer(
                &patch.reply,
                format!("changed {whose}"),
                format!(
                    ": {whose} does not have the new value at {}",
                    difference.pointer
                ),
            )
            .expected(difference.expected)
            .actual(difference.actual)
            .at(difference.pointer)
            .exchange(shown_by(world)),
        );
    }
}

/// 200 with the record in the body, the patched values and all that is mandatory in it; 204 is a
/// warning.
#[then("the answer is the changed record")]
async fn answers_changed(world: &mut World) -> Outcome {
    let patch = last_patch(world)?;
    let reply = Arc::clone(&patch.reply);
    match reply.answer.status {
        200 => {}
        _ if reply.is_refused_by_rule() => return accepted_patch(world).map(drop),
        status => {
            let at_most = (status == 204).then_some(Severity::Warn);
            check_status(world, &reply, &[200], at_most);
            return Ok(());
        }
    }
    let Ok(body @ Value::Object(_)) = reply.json() else {
        shape_violation(world, &reply, "a JSON object");
        return Ok(());
    };
    let mut own = world.records.iter();
    let own = own.find(|(_, own)| world.context.record_url(&own.id) == reply.answer.url);
    let Some((name, id)) = own.map(|(name, own)| (name.clone(), own.id.clone())) else {
        let why = "the scenario has patched no record of its own";
        return Err(Stop::blocked(why, Some(reply.answer.index)));
    };
    if id_of(body).as_ref() != Some(&id) {
        world.record(
            Violation::in_answer(&reply, "another record", "answers not the patched record")
                .expected(json!(id))
                .actual(json!(id_of(body)))
                .at("/id"),
        );
        return Ok(());
    }
    shown_as_sent(world, &name, &patch, &named_in(&patch)).await?;
    check_changed(world, &patch, body, "the answer");
    let lacks = broken_at(world, body, "");
    if let Some(claimed) = lacks.filter(|_| broken_at(world, &patch.before, "").is_none()) {
        world.record(
            Violation::in_answer(
                &reply,
                "no whole record",
                format!("answers no sound record: {}", claimed.violation.message),
            )
            .expected(claimed.violation.expected.clone())
            .actual(claimed.violation.actual.clone())
            .at(claimed.violation.place()),
        );
    }
    Ok(())
}

/// A GET by the id answers the other attributes with the same values; not applicable where the
/// answer holds no record.
#[then(
    regex = r#"^the answer is as the record "([^"]+)" is retrieved, at most a warning$"#,
    pattern = r#"the answer is as the record "NAME" is retrieved, at most a warning"#,
    example = r#"the answer is as the record "X" is retrieved, at most a warning"#
)]
async fn answers_stored(world: &mut World, name: String) -> Outcome {
    let patch = accepted_patch(world)?;
    let Ok(answered @ Value::Object(_)) = patch.reply.json() else {
        let why = format!("{} answers no record", patch.reply.answer.line());
        return Err(Stop::NotApplicable(why));
    };
    let after = read(world, &name).await?;
    let mut changes = world.context.changes(&after, answered);
    let creation = text::creation(world, &name).await?;
    let created = creation.answer.json().ok();
    // Whether what the patch names is answered and stored is judged by itself; what a retrieval
    // shows otherwise than the create did is not a matter of the patch.
    changes.retain(|change| {
        let attribute = change.pointer.split('/').nth(1).unwrap_or_default();
        let of = |record: &Value| record.get(attribute).cloned().unwrap_or_default();
        let before = of(&patch.before);
        let created = created.map(of).unwrap_or_default();
        let alike =
            differences(&created, &before).is_empty() && differences(&before, &created).is_empty();
        alike && !patch.names(attribute)
    });
    for change in changes {
        world.record(
            Violation::in_answer(
                &patch.reply,
                "answered otherwise",
                format!(": {} is not what a retrieval answers", change.pointer),
            )
            .expected(change.expected)
            .actual(change.actual)
            .at(change.pointer)
            .at_most(Severity::Warn),
        );
    }
    Ok(())
}

/// GET by the id answers the patched values; inconclusive where the patch was refused, or, if so said,
/// not applicable where it was refused with a 4xx.
#[then(
    regex = r#"^the record "([^"]+)" has what was changed(, if it was accepted)?$"#,
    pattern = r#"the record "NAME" has what was changed (, if it was accepted)"#,
    example = r#"the record "X" has what was changed"#
)]
async fn has_changed(world: &mut World, name: String, if_accepted: String) -> Outcome {
    let refused = last_patch(world)?;
    if !if_accepted.is_empty() && (400..500).contains(&refused.reply.answer.status) {
        let why = format!("{}: it is not taken", refused.reply.answer.line());
        return Err(Stop::NotApplicable(why));
    }
    let patch = accepted_patch(world)?;
    // An attribute that is not shown at all can't be seen to change either.
    let unseen = named_in(&patch)
        .into_iter()
        .find(|one| patch.before.get(one).is_none() && !was_patched(world, &patch, one));
    let creation = text::creation(world, &name).await?;
    if let Some(unseen) = unseen.filter(|one| creation.sent.get(one).is_some()) {
        let why = format!("the target does not show {unseen}, not even before the patch");
        return Err(Stop::blocked(why, shown_by(world)));
    }
    shown_as_sent(world, &name, &patch, &named_in(&patch)).await?;
    let after = read(world, &name).await?;
    check_changed(world, &patch, &after, "the record");
    Ok(())
}

/// The patch is accepted, and its answer or a GET shows the patched values; where it does not, the
/// same patch is sent in the other media type.
#[then(
    regex = r#"^the change takes effect on "([^"]+)", or with a warning as (\S+)$"#,
    pattern = "the change takes effect, or with a warning as MEDIA-TYPE",
    example = r#"the change takes effect on "X", or with a warning as application/json"#
)]
async fn takes_effect(world: &mut World, name: String, other: String) -> Outcome {
    let first = last_patch(world)?;
    if first.reply.is_refused_by_rule() {
        return accepted_patch(world).map(drop);
    }
    if effect(world, &name, &first).await? {
        return Ok(());
    }
    let body = first.body.clone();
    send(world, &name, body.to_string(), body, Some(other.clone())).await?;
    let second = last_patch(world)?;
    let took = effect(world, &name, &second).await?;
    let broke = |reply: &Reply| reply.answer.status >= 500;
    if !took && (broke(&first.reply) || broke(&second.reply)) {
        let why = format!("the patch failed: {}", first.reply.answer.line());
        return Err(Stop::blocked(why, Some(first.reply.answer.index)));
    }
    let line = first.reply.answer.line();
    let message = if took {
        format!("{line}: the patch takes effect as {other} only")
    } else {
        format!("{line}: a merge patch takes no effect in any media type")
    };
    world.record(
        Violation::new(format!("merge patch {took}"), message)
            .expected("200, and what the patch names is changed")
            .actual(json!([
                first.reply.answer.status,
                second.reply.answer.status
            ]))
            .exchange(first.reply.answer.index)
            .at_most(took.then_some(Severity::Warn)),
    );
    Ok(())
}

/// Whether a patch was accepted, and its answer or the record shows what it changed.
async fn effect(world: &mut World, name: &str, patch: &Patch) -> Result<bool, Stop> {
    if !patch.accepted() {
        return Ok(false);
    }
    let wanted = set_by(patch);
    let answered = patch.reply.json().ok();
    if answered.is_some_and(|body| differences(&wanted, body).is_empty()) {
        return Ok(true);
    }
    let after = read(world, name).await?;
    Ok(differences(&wanted, &after).is_empty())
}

/// The patch is accepted, and GET by the id answers the record without it; not applicable where the
/// record did not have it before.
#[then(
    regex = r#"^the record "([^"]+)" no longer has (/\S+)$"#,
    pattern = r#"the record "NAME" no longer has POINTER"#,
    example = r#"the record "X" no longer has /description"#
)]
async fn no_longer_has(world: &mut World, name: String, pointer: String) -> Outcome {
    let patch = last_patch(world)?;
    if patch.before.pointer(&pointer).is_none_or(Value::is_null) {
        let why = format!("the target does not store {pointer}");
        return Err(Stop::NotApplicable(why));
    }
    let line = patch.reply.answer.line();
    if patch.reply.is_refused_by_rule() {
        return accepted_patch(world).map(drop);
    }
    if patch.reply.answer.status >= 500 {
        let why = format!("the patch failed: {line}");
        return Err(Stop::blocked(why, Some(patch.reply.answer.index)));
    }
    let (actual, message) = if patch.accepted() {
        let after = read(world, &name).await?;
        match after.pointer(&pointer) {
            None => return Ok(()),
            // A list that has nothing is shown so by many.
            Some(Value::Array(left)) if left.is_empty() => return Ok(()),
            Some(Value::Null) => (
                Value::Null,
                format!("{line}: {pointer} is null, not removed"),
            ),
            Some(left) => (left.clone(), format!("{line}: {pointer} is still there")),
        }
    } else {
        let status = json!(patch.reply.answer.status);
        (status, format!("{line}: removing {pointer} is refused"))
    };
    world.record(
        Violation::new(format!("removed {}", patch.accepted()), message)
            .expected(format!("no {pointer}"))
            .actual(actual)
            .pointer(patch.accepted().then(|| pointer.clone()))
            .exchange(patch.reply.answer.index),
    );
    Ok(())
}

/// Whether a date-time shows a change that has just been made: it is later than before, or no
/// earlier where a coarse clock may have shown the same twice.
fn tells_of_change(
    before: Option<jiff::Timestamp>,
    after: Option<jiff::Timestamp>,
    now: jiff::Timestamp,
) -> bool {
    match (before, after) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(before), Some(after)) => {
            let fresh = before.duration_until(now) <= COARSE;
            after > before || after == before && fresh
        }
    }
}

/// There is a date-time, not older than before the patch, and not the old one where that is more
/// than a minute old.
#[then(
    regex = r#"^the record "([^"]+)" has a newer date-time in (\S+)$"#,
    pattern = r#"the record "NAME" has a newer date-time in ATTRIBUTE"#,
    example = r#"the record "X" has a newer date-time in statusChangeDate"#
)]
async fn newer(world: &mut World, name: String, attribute: String) -> Outcome {
    let patch = accepted_patch(world)?;
    let after = read(world, &name).await?;
    if !differences(&set_by(&patch), &after).is_empty() {
        let why = "the patch was accepted, but the record does not have the new value";
        return Err(Stop::blocked(why, shown_by(world)));
    }
    let instant = |record: &Value| -> Option<jiff::Timestamp> {
        date_time(record.get(&attribute)?.as_str()?)
    };
    let shown = patch.before.get(&attribute);
    if shown.is_some() && instant(&patch.before).is_none() {
        let why = format!("{attribute} was not a date-time before the patch");
        return Err(Stop::blocked(why, shown_by(world)));
    }
    let is_newer = tells_of_change(
        instant(&patch.before),
        instant(&after),
        jiff::Timestamp::now(),
    );
    if !is_newer {
        let before = patch.before.get(&attribute).cloned();
        world.record(
            Violation::in_answer(
                &patch.reply,
                format!("newer {attribute}"),
                format!(": {attribute} does not show the change"),
            )
            .expected(format!("a date-time after {}", before.unwrap_or_default()))
            .actual(after.get(&attribute).cloned().unwrap_or_default())
            .at(format!("/{attribute}"))
            .exchange(shown_by(world)),
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_of_change_is_later_or_as_coarse_as_a_clock() {
        let at = |text: &str| Some(text.parse::<jiff::Timestamp>().unwrap());
        let old = at("2024-01-02T08:00:00Z");
        let before = at("2026-01-01T10:00:00Z");
        let after = at("2026-01-01T10:00:01Z");
        let tells =
            |before, after| tells_of_change(before, after, "2026-01-01T10:00:02Z".parse().unwrap());
        assert!(tells(old, after) && tells(None, after) && tells(before, after));
        // Two changes within a second, given in whole seconds.
        assert!(tells(before, before));
        assert!(!tells(old, old) && !tells(old, None) && !tells(after, before));
    }
}
