//! Steps that judge the order of a list.

use std::cmp::Ordering;
use std::sync::Arc;

use serde_json::{Value, json};
use tmfctk_step_macros::{given, then};

use super::answers::reply;
use super::criteria::optional_list;
use super::pages::pages;
use super::text;
use crate::evidence::{Outcome, Stop, date_time};
use crate::http::Outgoing;
use crate::world::{Record, Reply, Violation, World};

/// An attribute to sort by, and whether downwards.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Key {
    attribute: String,
    down: bool,
}

fn keys(text: &str) -> Vec<Key> {
    let keys = text.split(" and ");
    keys.map(|key| Key {
        attribute: key.trim_start_matches('-').to_owned(),
        down: key.starts_with('-'),
    })
    .collect()
}

/// The order of two attribute values: instants as instants, texts by code point.
fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::String(a), Value::String(b)) => match (date_time(a), date_time(b)) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.cmp(b),
        },
        (Value::Number(a), Value::Number(b)) => a
            .as_f64()
            .partial_cmp(&b.as_f64())
            .unwrap_or(Ordering::Equal),
        _ => Ordering::Equal,
    }
}

/// The order of two records, each by the values of the keys.
fn order_by(keys: &[Key], a: &[Value], b: &[Value]) -> Ordering {
    let orders =
        keys.iter().zip(a.iter().zip(b)).map(
            |(key, (a, b))| {
                if key.down { order(b, a) } else { order(a, b) }
            },
        );
    orders.fold(Ordering::Equal, Ordering::then)
}

/// A record with the values that it is sorted by.
type Row = (Arc<Record>, Vec<Value>);

/// These records with the values that their creates answered; not applicable where the target does
/// not keep one of the attributes.
async fn rows(world: &mut World, names: &str, keys: &[Key]) -> Result<Vec<Row>, Stop> {
    let mut rows: Vec<Row> = Vec::new();
    for record in text::records(world, names).await? {
        let mut values = Vec::new();
        for key in keys {
            let value = record.value(&format!("answered {}", key.attribute));
            let Some(value) = value.filter(|value| !value.is_null()) else {
                let reason = format!("the target keeps no {}", key.attribute);
                return Err(Stop::NotApplicable(reason));
            };
            values.push(value);
        }
        rows.push((record, values));
    }
    Ok(rows)
}

/// GET of the collection with that query and sort=KEY has these records in order: inconclusive where
/// it does not, since then sorting does not work.
#[given(
    regex = r#"^sorting by (\S+) works for the records ("[^"]+"(?:(?:, | and )"[^"]+")*), filtered by (.+)$"#,
    pattern = "sorting by KEY works for the records NAMES, filtered by QUERY",
    example = r#"sorting by description works for the records "A" and "B", filtered by reason=${A.reason}"#
)]
async fn sorting_works(world: &mut World, key: String, names: String, filter: String) -> Outcome {
    let keys = keys(&key);
    let rows = rows(world, &names, &keys).await?;
    text::need(world, &filter).await?;
    let mut url = world.context.collection();
    let query = format!("{}&sort={key}", text::query(world, &filter));
    url.set_query(Some(&query));
    let sorted = world.send(Outgoing::new("GET", url)).await?;
    if matches!(sorted.answer.status, 400..=499 | 501) {
        let reason = format!("{}: sorting is not offered", sorted.answer.line());
        return Err(Stop::NotApplicable(reason));
    }
    let came = own_ids(world, &sorted, &rows).await?;
    if !came.is_empty() && is_sorted(&keys, &rows, &came, came.len()) {
        return Ok(());
    }
    let reason = format!(
        "{}: the target does not sort by {key}, which this relies on",
        sorted.answer.line()
    );
    Err(Stop::blocked(reason, Some(sorted.answer.index)))
}

/// The list holds these records (or the first N of them) in the order of these attributes, by code
/// point or instant, downwards where a key begins with a minus. A violation says whether sort is
/// refused, ignored, or sorts wrongly; not applicable where the target does not keep an attribute.
#[then(
    regex = r#"^(?:the first (\d+) of )?the records ("[^"]+"(?:(?:, | and )"[^"]+")*) come sorted by ([\w@.-]+(?: and [\w@.-]+)*)(, if offered)?$"#,
    pattern = "(the first N of) the records NAMES come sorted by KEY (and KEY) (, if offered)",
    example = r#"the first 2 of the records "A", "B" and "C" come sorted by direction and -description"#
)]
async fn come_sorted(
    world: &mut World,
    first: String,
    names: String,
    by: String,
    suffix: String,
) -> Outcome {
    let keys = keys(&by);
    let rows = rows(world, &names, &keys).await?;
    let count = first.parse().unwrap_or(rows.len());
    let sorted = reply(world)?;
    if optional_list(world, &sorted, !suffix.is_empty(), None)?.is_none() {
        return Ok(());
    }
    let came = own_ids(world, &sorted, &rows).await?;
    if came.len() > count {
        let reason = format!("{} does not keep to its limit", sorted.answer.line());
        return Err(Stop::blocked(reason, Some(sorted.answer.index)));
    }
    if is_sorted(&keys, &rows, &came, count) {
        return Ok(());
    }
    // How it went wrong shows in what comes without sort.
    let mut url = sorted.answer.url.clone();
    let query: Vec<_> = url
        .query()
        .unwrap_or_default()
        .split('&')
        .filter(|part| !part.starts_with("sort="))
        .map(str::to_owned)
        .collect();
    url.set_query(Some(&query.join("&")));
    let plain = world.send(Outgoing::new("GET", url)).await?;
    let unsorted = own_ids(world, &plain, &rows).await?;
    world.reply = Some(Arc::clone(&sorted));
    wrong_order(world, &sorted, &keys, &rows, count, (&came, &unsorted));
    Ok(())
}

/// The ids of these records in the order in which they are listed, on all pages.
async fn own_ids(world: &mut World, first: &Arc<Reply>, rows: &[Row]) -> Result<Vec<String>, Stop> {
    let pages = pages(world, first, usize::MAX).await?;
    let mut ids = pages.ids();
    ids.retain(|id| rows.iter().any(|(record, _)| record.id == *id));
    if !pages.are_whole && ids.len() < rows.len() {
        let why = format!("{} goes on, and can't be followed", first.answer.line());
        return Err(Stop::blocked(why, Some(first.answer.index)));
    }
    Ok(ids)
}

/// Whether the first records of the order came, in it; equal ones come in any order.
fn is_sorted(keys: &[Key], rows: &[Row], came: &[String], count: usize) -> bool {
    let values = |id: &String| {
        let row = rows.iter().find(|(record, _)| record.id == *id);
        row.map_or(&[][..], |(_, values)| values.as_slice())
    };
    let ascends = came
        .windows(2)
        .all(|pair| order_by(keys, values(&pair[0]), values(&pair[1])).is_le());
    let Some(last) = came.last() else {
        return false;
    };
    let rest_is_behind = rows
        .iter()
        .filter(|(record, _)| !came.contains(&record.id))
        .all(|(_, others)| order_by(keys, values(last), others).is_le());
    ascends && rest_is_behind && came.len() == count
}

fn wrong_order(
    world: &mut World,
    reply: &Reply,
    keys: &[Key],
    rows: &[Row],
    count: usize,
    (came, unsorted): (&[String], &[String]),
) {
    let line = reply.answer.line();
    let (key, message) = if came.is_empty() {
        (
            "nothing selected",
            format!("{line} answers none of the records: sort is read as a filter"),
        )
    } else if came == unsorted {
        (
            "ignored",
            format!("{line} answers in the same order as without sort: it is ignored"),
        )
    } else {
        ("wrong order", format!("{line} sorts wrongly"))
    };
    let name = |id: &String| {
        let row = rows.iter().find(|(record, _)| record.id == *id);
        row.map_or_else(String::new, |(record, _)| format!("\"{}\"", record.name))
    };
    let mut expected: Vec<&Row> = rows.iter().collect();
    expected.sort_by(|(_, a), (_, b)| order_by(keys, a, b));
    let expected: Vec<_> = expected
        .iter()
        .take(count)
        .map(|(record, _)| format!("\"{}\"", record.name))
        .collect();
    world.record(
        Violation::new(key, message)
            .expected(json!(expected))
            .actual(json!(came.iter().map(name).collect::<Vec<_>>()))
            .exchange(reply.answer.index),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_order_up_and_down() {
        let keys = keys("direction and -date");
        assert!(!keys[0].down && keys[1].down && keys[1].attribute == "date");
        let early = [json!("in"), json!("2024-01-01T02:00:00+02:00")];
        let late = [json!("in"), json!("2024-01-01T00:00:01Z")];
        let other = [json!("out"), json!("2020-01-01T00:00:00Z")];
        assert_eq!(order_by(&keys, &late, &early), Ordering::Less);
        assert_eq!(order_by(&keys, &other, &late), Ordering::Greater);
        assert_eq!(order_by(&keys, &late, &late), Ordering::Equal);
    }
}
