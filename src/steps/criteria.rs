//! Steps that judge which records a criterion selects, and distinguish how it went wrong: not
//! supported, ignored, or answered wrongly.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use tmfctk_step_macros::then;

use super::answers::{reply, shape_violation};
use super::pages::pages;
use super::text;
use crate::evidence::{Outcome, Stop, date_time};
use crate::http::Outgoing;
use crate::terms::Severity;
use crate::world::{LateWith, List, Record, Reply, Violation, World};

/// What a refusal of something optional looks like.
pub(super) const fn is_refusal(status: u16) -> bool {
    matches!(status, 400 | 422 | 501)
}

/// The list that a request for something optional was answered with. Anything else is recorded, or
/// ends the scenario as not applicable where it may be refused.
pub(super) fn optional_list<'a>(
    world: &mut World,
    reply: &'a Reply,
    if_offered: bool,
    at_most: Option<Severity>,
) -> Result<Option<List<'a>>, Stop> {
    let status = reply.answer.status;
    let line = reply.answer.line();
    let (key, message) = match status {
        200 | 206 => {
            if let Some(list) = reply.list() {
                return Ok(Some(list));
            }
            shape_violation(world, reply, "a JSON list");
            return Ok(None);
        }
        _ if is_refusal(status) && if_offered => {
            return Err(Stop::NotApplicable(format!("{line}: this is not offered")));
        }
        _ if is_refusal(status) => ("not supported".into(), format!("{line}: not supported")),
        _ => (
            format!("status {status}"),
            format!("{line}, where 200 is expected"),
        ),
    };
    world.record(
        Violation::new(key, message)
            .expected("200 with a list")
            .actual(json!(status))
            .exchange(reply.answer.index)
            .at_most(at_most),
    );
    Ok(None)
}

/// Of these records of the run the list holds those and no other. A violation says whether the
/// criterion is refused, ignored, or answered wrongly; with `if offered`, a refusal (400, 422, 501)
/// is not applicable.
#[then(
    regex = r#"^of the records ("[^"]+"(?:(?:, | and )"[^"]+")*), exactly ("[^"]+"(?:(?:, | and )"[^"]+")*) (?:is|are) selected(, if offered|, for information)?$"#,
    pattern = "of the records NAMES, exactly NAMES are selected (, if offered | , for information)",
    example = r#"of the records "A", "B" and "C", exactly "A" and "B" are selected"#
)]
async fn exactly_selected(
    world: &mut World,
    all: String,
    wanted: String,
    suffix: String,
) -> Outcome {
    let all = text::records(world, &all).await?;
    let wanted = text::records(world, &wanted).await?;
    let wanted: HashSet<&str> = wanted.iter().map(|record| record.id.as_str()).collect();
    let reply = reply(world)?;
    // A target that looks its values up may have left no other for it.
    let too_much = |record: &&Arc<Record>| {
        !wanted.contains(record.id.as_str()) && record.meets(&reply.answer.url)
    };
    if let Some(record) = all.iter().find(too_much) {
        let why = format!("the record \"{}\" has the same values", record.name);
        return Err(Stop::blocked(why, Some(record.exchange())));
    }
    let at_most = text::at_most(&suffix);
    let if_offered = suffix == ", if offered";
    if optional_list(world, &reply, if_offered, at_most)?.is_some() {
        let asked = Asked {
            all: &all,
            wanted: &wanted,
            unsure: &HashSet::new(),
            at_most,
        };
        judge(world, &reply, &asked).await?;
    }
    Ok(())
}

/// What a criterion should select of the run's own records.
struct Asked<'a> {
    all: &'a [Arc<Record>],
    wanted: &'a HashSet<&'a str>,
    /// Ids of which nothing is said.
    unsure: &'a HashSet<&'a str>,
    at_most: Option<Severity>,
}

/// Whether lists show one of these records, as far as they filter by id, at once or a while later: a
/// criterion that is not applied is reported from a list that is late.
async fn are_shown(world: &mut World, records: &[&Arc<Record>]) -> Result<bool, Stop> {
    let mut shown = false;
    for record in records {
        let mut url = world.context.collection();
        url.query_pairs_mut().append_pair("id", &record.id);
        let first = world.send(Outgoing::new("GET", url)).await?;
        let shows = |reply: &Reply| reply.elements().find(&record.id).is_some();
        // Another record shows that the filter does not work: nothing is known then.
        if !first.elements().is_empty() && !shows(&first) {
            continue;
        }
        let last = world.settled(LateWith::Created, first, shows).await?;
        shown |= shows(&last);
    }
    Ok(shown)
}

/// Judges a selection of the run's own records.
async fn judge(world: &mut World, reply: &Arc<Reply>, asked: &Asked<'_>) -> Outcome {
    let Asked { all, wanted, .. } = asked;
    let mut reply = Arc::clone(reply);
    let mut list = pages(world, &reply, usize::MAX).await?;
    let ids = HashSet::<String>::from_iter(list.ids());
    let missing = |record: &&Arc<Record>| {
        wanted.contains(record.id.as_str()) && !ids.contains(record.id.as_str())
    };
    let missing: Vec<_> = all.iter().filter(missing).collect();
    if !missing.is_empty() && are_shown(world, &missing).await? {
        let again = Outgoing::new("GET", reply.answer.url.clone());
        reply = world.send(again).await?;
        list = pages(world, &reply, usize::MAX).await?;
    }
    let reply = &reply;
    // Of the records of others it counts only whether there are any.
    let (mut listed, mut foreign) = (HashSet::new(), false);
    for id in list.ids() {
        if world.context.client.log().ownership.owns(&id) {
            listed.insert(id);
        } else {
            foreign = true;
        }
    }
    let judged = |record: &&Arc<Record>| !asked.unsure.contains(record.id.as_str());
    let is_wanted = |record: &Arc<Record>| wanted.contains(record.id.as_str());
    let named = |records: Vec<&Arc<Record>>| -> Vec<String> {
        records
            .iter()
            .map(|record| format!("\"{}\"", record.name))
            .collect()
    };
    let lacking: Vec<_> = all
        .iter()
        .filter(judged)
        .filter(|record| is_wanted(record) && !listed.contains(&record.id))
        .collect();
    let more: Vec<_> = all
        .iter()
        .filter(judged)
        .filter(|record| !is_wanted(record) && listed.contains(&record.id))
        .collect();
    if lacking.is_empty() && more.is_empty() {
        return Ok(());
    }
    if more.is_empty() && !list.are_whole {
        let why = format!("{} goes on, and can't be followed", reply.answer.line());
        return Err(Stop::blocked(why, Some(reply.answer.index)));
    }
    let unwanted = all
        .iter()
        .filter(judged)
        .filter(|record| !is_wanted(record))
        .count();
    let line = reply.answer.line();
    let (key, message) = if list.len() == 0 {
        (
            "nothing selected",
            format!("{line} selects nothing: not supported, or read as something else"),
        )
    } else if foreign || lacking.is_empty() && more.len() == unwanted {
        (
            "ignored",
            format!("{line} answers what does not match as well: the criterion is ignored"),
        )
    } else {
        (
            "answered wrongly",
            format!("{line} selects the wrong records"),
        )
    };
    let wanted: Vec<_> = all.iter().filter(|record| is_wanted(record)).collect();
    let came: Vec<_> = all
        .iter()
        .filter(|record| listed.contains(&record.id))
        .collect();
    world.record(
        Violation::new(key, message)
            .expected(json!(named(wanted)))
            .actual(json!({
                "selected": named(came),
                "elements": list.len(),
            }))
            .exchange(reply.answer.index)
            .at_most(asked.at_most),
    );
    Ok(())
}

/// The instant that the create answered.
fn instant(record: &Record, attribute: &str) -> Option<Timestamp> {
    let value = record.value(&format!("answered {attribute}"))?;
    date_time(value.as_str()?)
}

/// As exactly, by the instants that the creates answered; RELATION is after, before, not after or
/// not before. Not applicable where the target keeps no such date, or gave all records the same.
#[then(
    regex = r#"^of the records ("[^"]+"(?:(?:, | and )"[^"]+")*), those are selected whose (\S+) is (after|before|not after|not before) that of "([^"]+)"(, for information)?$"#,
    pattern = r#"of the records NAMES, those are selected whose ATTRIBUTE is RELATION that of "NAME" (, for information)"#,
    example = r#"of the records "A" and "B", those are selected whose creationDate is after that of "A""#
)]
async fn selected_by_date(
    world: &mut World,
    all: String,
    attribute: String,
    relation: String,
    pivot: String,
    suffix: String,
) -> Outcome {
    let all = text::records(world, &all).await?;
    let pivot = text::record(world, &pivot).await?;
    let dated: Option<Vec<(&Arc<Record>, Timestamp)>> = all
        .iter()
        .map(|record| Some((record, instant(record, &attribute)?)))
        .collect();
    let (Some(dated), Some(bound)) = (dated, instant(&pivot, &attribute)) else {
        let reason = format!("the target keeps no {attribute}");
        return Err(Stop::NotApplicable(reason));
    };
    if dated.iter().all(|(_, date)| *date == bound) {
        let reason =
            format!("the target gave the records one {attribute}: there is nothing to compare");
        return Err(Stop::NotApplicable(reason));
    }
    let meets = |date: Timestamp| match relation.as_str() {
        "after" => date > bound,
        "before" => date < bound,
        "not after" => date <= bound,
        _ => date >= bound,
    };
    let ids = |filter: &dyn Fn(&Record, Timestamp) -> bool| -> HashSet<&str> {
        dated
            .iter()
            .filter(|(record, date)| filter(record, *date))
            .map(|(record, _)| record.id.as_str())
            .collect()
    };
    let wanted = ids(&|_, date| meets(date));
    // A date of the server's own may be finer than it is shown: then the bound itself is either.
    let made_up = |record: &Record| {
        let creation = record.creation().ok();
        let sent = creation.and_then(|creation| creation.sent.get(&attribute)?.as_str());
        let sent = sent.and_then(date_time);
        sent != instant(record, &attribute)
    };
    let unsure = ids(&|record, date| date == bound && (made_up(record) || made_up(&pivot)));
    let reply = reply(world)?;
    let at_most = text::at_most(&suffix);
    if optional_list(world, &reply, false, at_most)?.is_some() {
        let asked = Asked {
            all: &all,
            wanted: &wanted,
            unsure: &unsure,
            at_most,
        };
        judge(world, &reply, &asked).await?;
    }
    Ok(())
}

/// An empty list, or a refusal (4xx, 501); anything else is a violation.
#[then("a criterion that no record meets is not ignored")]
async fn not_ignored(world: &mut World) -> Outcome {
    let reply = reply(world)?;
    let status = reply.answer.status;
    let empty = reply.list().is_some_and(List::is_empty);
    let refused = (400..500).contains(&status) || status == 501;
    if refused || status == 204 || matches!(status, 200 | 206) && empty {
        return Ok(());
    }
    let count = reply.list().map(List::len);
    let (key, message) = match count {
        Some(_) => (
            "ignored".to_owned(),
            format!(
                "{}, with elements: a criterion that no record meets is ignored",
                reply.answer.line()
            ),
        ),
        None => (
            format!("status {status}"),
            format!(
                "{}, where an empty list or 400 is expected",
                reply.answer.line()
            ),
        ),
    };
    world.record(
        Violation::new(key, message)
            .expected("an empty list, or 400")
            .actual(count.map_or_else(|| json!(status), |count| json!(format!("{count} elements"))))
            .exchange(reply.answer.index),
    );
    Ok(())
}
