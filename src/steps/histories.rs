//! Steps on what was asked or made before: many creates in a row, a list asked for a second time.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};
use tmfctk_step_macros::then;

use super::text;
use crate::evidence::{Outcome, Stop};
use crate::http::Outgoing;
use crate::terms::Severity;
use crate::world::{Context, Reply, Violation, World};

/// How many creates of one row are under way at a time.
const AT_A_TIME: usize = 4;

/// A create that was answered 201, with the id that it gave.
type Made = (String, usize);

async fn create(context: &Context, body: &str) -> Option<Made> {
    let request =
        Outgoing::new("POST", context.collection()).body("application/json", body.to_owned());
    let reply = context.exchange(request, false).await.ok()?;
    let made = reply.answer.status == 201;
    reply
        .created_id()
        .filter(|_| made)
        .map(|id| (id, reply.answer.index))
}

/// What a GET by that id is answered; none where no answer came or the target was busy.
async fn read(context: &Context, id: &str) -> Option<Arc<Reply>> {
    let request = Outgoing::new("GET", context.record_url(id));
    context.exchange(request, false).await.ok()
}

async fn missing(context: &Context, made: &[Made]) -> Vec<Made> {
    let gone = |made: Made| async move {
        let reply = read(context, &made.0).await?;
        matches!(reply.answer.status, 404 | 410).then_some(made)
    };
    let found = stream::iter(made.to_vec()).map(gone).buffered(AT_A_TIME);
    found.filter_map(|one| async { one }).collect().await
}

/// POST of a fixture's body that many times: each record has an id of its own and is there by it. A
/// store that lags shows earlier records before later ones: what is missing while a later one is
/// there was lost.
#[then(
    regex = r#"^each of (\d+) records like "([^"]+)", created in a row, is there by an id of its own$"#,
    pattern = r#"each of N records like "FIXTURE", created in a row, is there by an id of its own"#,
    example = r#"each of 50 records like "one of many", created in a row, is there by an id of its own"#
)]
async fn all_are_there(world: &mut World, count: usize, fixture: String) -> Outcome {
    let context = Arc::clone(&world.context);
    context.writes("it creates records")?;
    let body = Value::Object(context.body_to_post(&fixture).await?).to_string();
    let (at, text) = (&*context, body.as_str());
    let creates = (0..count).map(|_| create(at, text));
    let answered: Vec<_> = stream::iter(creates).buffered(AT_A_TIME).collect().await;
    let made: Vec<Made> = answered.into_iter().flatten().collect();
    let creates = made.iter().map(|(_, exchange)| *exchange);
    world.evidence.exchanges.extend(creates);
    if made.len() * 2 < count {
        let reason = format!("only {} of {count} creates were answered 201", made.len());
        return Err(Stop::blocked(reason, None));
    }
    let mut ids: Vec<_> = made.iter().map(|(id, _)| id.as_str()).collect();
    ids.sort_unstable();
    if let Some(twice) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
        let mut exchanges = made.iter().filter(|(id, _)| id == twice[0]);
        let second = exchanges.nth(1).map(|(_, exchange)| *exchange);
        world.record(
            Violation::new("id twice", "two creates were answered with the same id")
                .expected("an id of its own for each record")
                .actual(json!(twice[0]))
                .exchange(second),
        );
        return Ok(());
    }
    let gone = missing(&context, &made).await;
    if gone.is_empty() {
        return Ok(());
    }
    // One that is made now is later than all of them.
    let last = create(&context, &body).await;
    let is_there = match &last {
        Some((id, _)) => read(&context, id)
            .await
            .is_some_and(|reply| context.is_answer_of(&reply, id)),
        None => false,
    };
    let gone = missing(&context, &gone).await;
    let Some((id, exchange)) = gone.first() else {
        return Ok(());
    };
    if !is_there {
        let reason = format!("{} of the records are not there yet", gone.len());
        return Err(Stop::blocked(reason, Some(*exchange)));
    }
    world.record(
        Violation::new(
            "create lost",
            format!(
                "{} of {count} creates that were answered 201 stored nothing: a GET by the id finds \
                 no record, though one that was created later is there",
                gone.len()
            ),
        )
        .expected(format!("a record with the id {id}"))
        .actual("404 or 410")
        .exchange(*exchange),
    );
    Ok(())
}

/// The same URL as before, and two that say the same in other words: where these hold the record
/// and the first does not, an answer was kept from before. Inconclusive where none of them does.
#[then(
    regex = r#"^the same list asked for again holds the record "([^"]+)"$"#,
    pattern = r#"the same list asked for again holds the record "NAME""#,
    example = r#"the same list asked for again holds the record "X""#
)]
async fn list_is_not_kept(world: &mut World, name: String) -> Outcome {
    let record = text::record(world, &name).await?;
    let before = super::answers::reply(world)?;
    let url = before.answer.url.clone();
    let mut other = url.clone();
    other.query_pairs_mut().append_pair("offset", "0");
    let mut third = other.clone();
    third.query_pairs_mut().append_pair("limit", "20");
    let mut held = Vec::new();
    let mut last = None;
    // The first one at both ends, and in between an even number of others: two servers that take
    // turns, of which one lags, would show themselves.
    for asked in [&url, &other, &third, &url] {
        let reply = world.send(Outgoing::new("GET", asked.clone())).await?;
        let Some(list) = reply.list().filter(|_| reply.answer.status < 300) else {
            held.push(false);
            continue;
        };
        held.push(list.find(&record.id).is_some());
        if held == [true] {
            return Ok(());
        }
        last = Some(reply);
    }
    let Some(last) = last else {
        let reason = format!("{} is not a list", before.answer.line());
        return Err(Stop::blocked(reason, Some(before.answer.index)));
    };
    if held != [false, true, true, false] {
        if held.last() == Some(&true) {
            return Ok(());
        }
        let reason = "no list of the same records holds it yet".to_owned();
        return Err(Stop::blocked(reason, Some(last.answer.index)));
    }
    let allowed = ["age", "cache-control", "expires"]
        .iter()
        .any(|name| says_kept(&last, name));
    world.record(
        Violation::in_answer(
            &last,
            "list kept",
            format!("lacks the record \"{name}\", which the same list by another URL holds"),
        )
        .expected(format!("an element with id {}", record.id))
        .actual(json!(last.elements().ids().collect::<Vec<_>>()))
        // An answer that says for how long it may be kept is kept by right.
        .at_most(allowed.then_some(Severity::Warn)),
    );
    Ok(())
}

fn says_kept(reply: &Reply, name: &str) -> bool {
    let value = reply.answer.header(name).unwrap_or_default();
    match name {
        "cache-control" => value.contains("max-age") && !value.contains("max-age=0"),
        _ => !value.is_empty() && value != "0",
    }
}
