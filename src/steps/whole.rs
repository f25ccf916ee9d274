//! Steps on the collection as a whole: a list is followed page by page, and the run's own records
//! are looked at wherever they stand in it.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use serde_json::{Value, json};
use tmfctk_step_macros::{given, then};

use super::answers::{attributes, compare, list, reply};
use super::pages::{self, MOST_PAGES, says_more, total};
use super::review::look_at;
use super::text;
use crate::evidence::{Outcome, Stop};
use crate::http::Outgoing;
use crate::terms::Severity;
use crate::world::{LateWith, List, Record, Reply, Violation, World, id_of};

/// Where a record is that the first page of a list need not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Behind {
    /// Looked for and found.
    Found,
    /// On no page: the end was reached.
    Nowhere,
    /// The list goes on further than it was followed, or can't be followed.
    Unknown,
}

/// Whether a list holds a record behind its first page.
pub(super) async fn behind(
    world: &mut World,
    first: &Arc<Reply>,
    wanted: &str,
) -> Result<Behind, Stop> {
    follow(world, first, |page| page.elements().find(wanted).is_some()).await
}

/// Whether a record is on a page, or behind it with the same query.
pub(super) async fn is_in(world: &mut World, page: &Arc<Reply>, id: &str) -> Result<bool, Stop> {
    if page.elements().find(id).is_some() {
        return Ok(true);
    }
    match behind(world, page, id).await? {
        Behind::Found => Ok(true),
        Behind::Nowhere => Ok(false),
        Behind::Unknown => {
            // The same criteria and the id: however the target pages, that is one record.
            let mut url = page.answer.url.clone();
            url.query_pairs_mut().append_pair("id", id);
            let narrowed = world.send(Outgoing::new("GET", url)).await?;
            Ok(narrowed.elements().find(id).is_some())
        }
    }
}

/// Follows a list page by page, by the link to the next one or by offset, until `found` is true of
/// a page behind the first one.
///
/// An empty page is the end. A target that ignores offset answers what is known already: where it
/// says that there is more, nothing is known of the rest, else the list was whole.
async fn follow(
    world: &mut World,
    first: &Arc<Reply>,
    mut found: impl FnMut(&Arc<Reply>) -> bool,
) -> Result<Behind, Stop> {
    // A list may be long, and whether an id is known needs no more than its hash.
    let hasher = RandomState::new();
    let mut known: HashSet<u64> = first
        .elements()
        .ids()
        .map(|id| hasher.hash_one(id))
        .collect();
    let mut offset = first.elements().len();
    if offset == 0 {
        return Ok(Behind::Nowhere);
    }
    let says_more = says_more(first, 0);
    let mut last = Arc::clone(first);
    for _ in 0..MOST_PAGES {
        let url = pages::behind(&world.context, &last, &first.answer.url, offset);
        let page = world.send(Outgoing::new("GET", url)).await?;
        if found(&page) {
            return Ok(Behind::Found);
        }
        if page.list().is_some_and(List::is_empty) {
            return Ok(Behind::Nowhere);
        }
        let ids = page.elements().ids();
        let new = ids.filter(|id| known.insert(hasher.hash_one(id))).count();
        if new == 0 {
            return Ok(if says_more {
                Behind::Unknown
            } else {
                Behind::Nowhere
            });
        }
        offset += page.elements().len();
        last = page;
    }
    Ok(Behind::Unknown)
}

/// The list and how long it is. What is wrong with one that is none is judged elsewhere.
fn list_or_blocked(world: &mut World) -> Result<(Arc<Reply>, usize), Stop> {
    let reply = reply(world)?;
    if let Some(list) = reply.list() {
        let length = list.len();
        return Ok((reply, length));
    }
    let reason = format!("{} is not a list", reply.answer.line());
    Err(Stop::blocked(reason, Some(reply.answer.index)))
}

/// The elements of these records, each with its page and its place there.
async fn elements_of(
    world: &mut World,
    records: &[Arc<Record>],
) -> Result<HashMap<String, (Arc<Reply>, usize, Value)>, Stop> {
    let (first, _) = list_or_blocked(world)?;
    let all_there = |reply: &Reply| {
        let ids: HashSet<String> = reply.elements().ids().collect();
        says_more(reply, 0) || records.iter().all(|record| ids.contains(&record.id))
    };
    let first = world.settled(LateWith::Created, first, all_there).await?;
    let mut found = HashMap::new();
    let mut look = |page: &Arc<Reply>| {
        for (index, element) in page.elements().iter().enumerate() {
            if let Some(id) = id_of(&element)
                && records.iter().any(|record| record.id == id)
            {
                let seen = (Arc::clone(page), index, element.into_owned());
                found.entry(id).or_insert(seen);
            }
        }
        found.len() == records.len()
    };
    if !look(&first) {
        follow(world, &first, &mut look).await?;
    }
    Ok(found)
}

/// Every value that was sent stands in their elements; of a list that goes on, the rest is asked
/// for. Not applicable where none of them is found: that is judged elsewhere. The values
/// of a create are what was sent, and what the create answered where nothing was sent.
#[then(
    regex = r#"^the records? ("[^"]+"(?:(?:, | and )"[^"]+")*) stands? in the list with (what was sent|the values of (?:its create|their creates))(?: in (.+))?$"#,
    pattern = r#"the records "NAME" and "NAME" stand in the list with what was sent (or: with the values of their creates) (in NAMES)"#,
    example = r#"the records "A" and "B" stand in the list with what was sent in channel"#
)]
async fn records_stand_in_list(
    world: &mut World,
    names: String,
    what: String,
    only: String,
) -> Outcome {
    let mut records = Vec::new();
    for name in text::quoted(&names) {
        records.push(text::record(world, name).await?);
    }
    let found = elements_of(world, &records).await?;
    if found.is_empty() {
        let reason = format!("{names} was not found in the list");
        return Err(Stop::NotApplicable(reason));
    }
    let only = text::names(&only);
    let sent = what == "what was sent";
    for record in records {
        let creation = text::creation(world, &record.name).await?;
        let Some((page, index, element)) = found.get(&record.id) else {
            continue;
        };
        let (expected, whose) = if sent {
            (attributes(&creation.sent, &only), "what was sent")
        } else {
            let names = only.iter();
            let values = names.filter_map(|name| Some((name.clone(), record.value(name)?)));
            (values.collect(), "at its create")
        };
        compare_element(world, &expected, element, page, *index, whose);
    }
    Ok(())
}

/// Compares an element, whose differences lie below its place in the list.
fn compare_element(
    world: &mut World,
    expected: &Value,
    element: &Value,
    page: &Reply,
    index: usize,
    whose: &str,
) {
    let before = world.evidence.observations.len();
    compare(world, expected, element, page, whose);
    for observation in world.evidence.observations.iter_mut().skip(before) {
        if let Some(pointer) = &mut observation.pointer {
            pointer.insert_str(0, &format!("/{index}"));
        }
    }
}

/// No element is null, a text, a number or a list.
#[then("every element of the list is an object")]
async fn elements_are_objects(world: &mut World) -> Outcome {
    let reply = list(world)?;
    let mut elements = reply.elements().iter();
    if let Some(index) = elements.position(|element| !element.is_object()) {
        world.record(
            Violation::in_answer(
                &reply,
                "element shape",
                "has an element that is not an object",
            )
            .expected("a list of objects")
            .actual(format!("element {index} is not an object"))
            .at(format!("/{index}")),
        );
    }
    Ok(())
}

/// No two elements have the id of the same record of the run.
#[then("no record of the run stands in the list twice")]
async fn no_record_twice(world: &mut World) -> Outcome {
    let (reply, _) = list_or_blocked(world)?;
    let created = world.context.created_records();
    let created = created.iter().map(|record| record.id.as_str());
    let named: Vec<Arc<Record>> = world.records.values().cloned().collect();
    let named = named.iter().map(|record| record.id.as_str());
    let own: HashSet<&str> = created.chain(named).collect();
    let mut seen = HashSet::new();
    let twice = reply
        .elements()
        .iter()
        .enumerate()
        .filter_map(|(index, element)| Some((index, id_of(&element)?)))
        .filter(|(_, id)| own.contains(id.as_str()))
        .find(|(_, id)| !seen.insert(id.clone()));
    if let Some((index, id)) = twice {
        world.record(
            Violation::in_answer(
                &reply,
                "record twice",
                format!("has two elements with the same id, {id}"),
            )
            .expected("one element for each record")
            .actual(json!(id))
            .at(format!("/{index}/id")),
        );
    }
    Ok(())
}

/// GET of the collection with that query does not return the record; not applicable where it does
/// or is refused: the target does not filter by that.
#[given(
    regex = r#"^a filter by (\S.*) leaves out the record "([^"]+)"$"#,
    pattern = r#"a filter by QUERY leaves out the record "NAME""#,
    example = r#"a filter by status=${strict.status} leaves out the record "full""#
)]
async fn filter_leaves_out(world: &mut World, query: String, name: String) -> Outcome {
    let record = text::record(world, &name).await?;
    text::need(world, &query).await?;
    let mut url = world.context.collection();
    url.set_query(Some(&text::query(world, &query)));
    let reply = world.send(Outgoing::new("GET", url)).await?;
    let left_out = match reply.list() {
        Some(list) => list.find(&record.id).is_none(),
        // Both say that nothing matches (C-10).
        None => matches!(reply.answer.status, 204 | 404),
    };
    if left_out {
        return Ok(());
    }
    if record.may_match(&reply.answer.url) {
        let reason = format!("the record {} may match as well", record.id);
        return Err(Stop::blocked(reason, Some(reply.answer.index)));
    }
    let reason = format!("the target does not filter by {query}");
    Err(Stop::NotApplicable(reason))
}

/// GET of the collection with that query holds one of the records at least, and not the other:
/// inconclusive where it does not, since then the filter does not work.
#[given(
    regex = r#"^a filter by (\S.*) tells the records? ("[^"]+"(?:(?:, | and )"[^"]+")*) from "([^"]+)"$"#,
    pattern = r#"a filter by QUERY tells the record "NAME" from "NAME" (or: the records NAMES from "NAME")"#,
    example = r#"a filter by reason=${page 1.reason} tells the records "page 1" and "page 2" from "A""#
)]
async fn filter_works(world: &mut World, query: String, names: String, other: String) -> Outcome {
    let records = text::records(world, &names).await?;
    let other = text::record(world, &other).await?;
    text::need(world, &query).await?;
    let mut url = world.context.collection();
    url.set_query(Some(&text::query(world, &query)));
    let first = world.send(Outgoing::new("GET", url)).await?;
    let all_there = |reply: &Reply| {
        let ids: HashSet<String> = reply.elements().ids().collect();
        says_more(reply, 0) || records.iter().all(|record| ids.contains(&record.id))
    };
    // What is ignored shows at once, and no time helps.
    let is_late = first.list().is_some() && first.elements().find(&other.id).is_none();
    let reply = match is_late {
        true => world.settled(LateWith::Created, first, all_there).await?,
        false => first,
    };
    let list = reply.elements();
    let tells = list.find(&other.id).is_none() || other.may_match(&reply.answer.url);
    let there = records.iter().any(|one| list.find(&one.id).is_some());
    if tells && (there || is_in(world, &reply, &records[0].id).await?) {
        return Ok(());
    }
    let reason = format!(
        "{}: the target does not filter by {query}, which this relies on",
        reply.answer.line()
    );
    Err(Stop::blocked(reason, Some(reply.answer.index)))
}

/// No list that the run asked for lacked what was created (or held what was deleted), and no record
/// was not found under its id, and was right a while later.
#[then(
    regex = r"^no (list|record) was late (with what was created|with what was deleted|under its id), at most a warning$",
    pattern = "no list was late with what was created (or: with what was deleted), at most a warning; no record was late under its id, at most a warning",
    example = "no list was late with what was created, at most a warning"
)]
async fn none_was_late(world: &mut World, _what: String, how: String) -> Outcome {
    let context = Arc::clone(&world.context);
    context.writes("it needs records that the run changes")?;
    let (kind, what) = match how.as_str() {
        "with what was created" => (LateWith::Created, "a list showed what was created"),
        "with what was deleted" => (LateWith::Deleted, "a list showed what was deleted"),
        _ => (LateWith::Read, "a record was found under its id"),
    };
    let answers = context.answers_seen();
    look_at(world, "answers", answers.iter());
    if let Some(lag) = context.lags.of(kind) {
        let seconds = (lag.after.as_secs_f64() * 10.0).ceil() / 10.0;
        world.record(
            Violation::new(
                format!("late {how}"),
                format!("{what} only after {seconds} s"),
            )
            .expected("the records as they are")
            .actual(format!("up to date after {seconds} s"))
            .exchange(lag.exchange)
            .at_most(Severity::Warn),
        );
    }
    Ok(())
}

/// No element is what a scenario with one of these requirements posted and was refused with a 4xx;
/// of a list that goes on, the rest is asked for, and what lies behind that by the texts in
/// ATTRIBUTE.
#[then(
    regex = r"^nothing that was refused stands in the list, or is found by its (\S+)$",
    pattern = "nothing that was refused stands in the list, or is found by its ATTRIBUTE",
    example = "nothing that was refused stands in the list, or is found by its reason"
)]
async fn nothing_refused(world: &mut World, attribute: String) -> Outcome {
    let context = Arc::clone(&world.context);
    context.writes("it needs creates that are refused")?;
    let (first, list) = list_or_blocked(world)?;
    let mut ghosts = Vec::new();
    let mut look = |page: &Arc<Reply>| {
        for element in page.elements().iter() {
            if let Some(refused) = context.refused_body_of(&element) {
                ghosts.push((Arc::clone(page), id_of(&element), refused));
            }
        }
        false
    };
    look(&first);
    // Where the target says that this is all, it is asked for no more.
    let whole = first.answer.status == 200 && total(&first) == Some(list);
    if !whole && follow(world, &first, &mut look).await? == Behind::Unknown {
        for value in context.refused_texts(&attribute) {
            let mut url = context.collection();
            url.query_pairs_mut().append_pair(&attribute, &value);
            look(&world.send(Outgoing::new("GET", url)).await?);
        }
    }
    let asked: Vec<String> = world
        .spec
        .iter()
        .flat_map(|spec| spec.requirements.clone())
        .collect();
    for (page, id, refused) in ghosts {
        if !asked.contains(&refused.requirement) {
            continue;
        }
        if let Some(id) = &id {
            // It is the run's own, and is cleaned up with the rest.
            context.note_created(id);
        }
        world.evidence.exchanges.insert(refused.exchange);
        world.record(
            Violation::in_answer(
                &page,
                "refused but stored",
                "holds a record whose create was refused",
            )
            .expected("no record of a body that was refused")
            .actual(json!(id))
            .requirement(refused.requirement),
        );
    }
    Ok(())
}
