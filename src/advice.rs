//! What looks like a wrong configuration rather than a broken target: said beside the verdict,
//! never changing it.

use jiff::Timestamp;

use crate::kit::RequestOutcome;
use crate::preflight::{self, Outcome};
use crate::world::Context;

/// Sentences for the reader, after a run in which the collection did not answer as one.
///
/// Where the base URL looks wrong, the usual mistakes are tried, and each says which path
/// answered what.
pub async fn after_the_run(context: &Context) -> Vec<String> {
    let mut notes: Vec<String> = clock(context).into_iter().collect();
    notes.extend(collection(context).await);
    notes
}

/// Where the target's clock and the one here differ, as its first answer that tells shows.
fn clock(context: &Context) -> Option<String> {
    let all = context.client.log().all();
    let (date, asked) = all.iter().find_map(|exchange| {
        let headers = &exchange.response.as_ref()?.message.headers;
        let date = headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case("date"));
        Some((date?.1.clone(), exchange.started_at.clone()))
    })?;
    let line = preflight::clock(&date, asked.parse::<Timestamp>().ok()?)?;
    let advice = line.advice.filter(|_| line.outcome == Outcome::Advice)?;
    Some(format!("clock: {}: {advice}", line.result))
}

/// Why the collection did not answer as one, where that looks like a wrong configuration.
async fn collection(context: &Context) -> Vec<String> {
    let Some(replay) = &context.replay else {
        return Vec::new();
    };
    if replay
        .requests
        .iter()
        .all(|request| request.status.is_none())
    {
        let why = replay
            .requests
            .iter()
            .find_map(|request| request.request_error.as_ref());
        let why = why
            .map(|trouble| trouble.message.as_str())
            .unwrap_or_default();
        let mut all = context.client.log().all().into_iter();
        if let Some(first) = all.find_map(|exchange| exchange.response.clone()) {
            return vec![format!(
                "{} answers {}, but no request came to an end ({why}): is it the base URL, or does \
                 something in front of the target answer?",
                context.base, first.status
            )];
        }
        return vec![preflight::unreachable(&context.base, why)];
    }
    if context.client.halted().is_some() {
        return Vec::new();
    }
    // The plain list, the one request that every implementation must be able to answer.
    let list = replay
        .requests
        .iter()
        .find(|request| request.method == "GET" && request.url == context.collection().as_str());
    let Some(list) = list else { return Vec::new() };
    let mut notes = Vec::new();
    // Without TLS a proxy can answer in the target's place, and some do it with these.
    if let Some(proxy) = context.client.plain_proxy(&context.base)
        && matches!(list.status, Some(401 | 403 | 500..))
    {
        notes.push(format!(
            "the requests went by the proxy {proxy}: is it the one that answers {}, and not the \
             target? Check its user and password, and what it allows (--proxy, --no-proxy)",
            list.status.unwrap_or_default()
        ));
    }
    notes.extend(on_the_list(context, list).await);
    notes
}

/// Sentences on the answer to the plain list.
async fn on_the_list(context: &Context, list: &RequestOutcome) -> Vec<String> {
    match list.status {
        Some(401 | 403) => vec![format!(
            "{} answers {}: this looks like configuration, not conformance; give credentials with \
             --header, --bearer, --basic or under [auth] in tmfctk.toml, or other ones (tmfctk run \
             --help)",
            context.collection(),
            list.status.unwrap_or_default()
        )],
        Some(404 | 405) | None => wrong_path(context).await,
        Some(_) if list.script_error.is_some() => wrong_path(context).await,
        Some(_) => Vec::new(),
    }
}

/// Tries the usual mistakes in a base URL.
async fn wrong_path(context: &Context) -> Vec<String> {
    let mut notes = vec![format!(
        "{} does not answer like the API: this looks like a wrong base URL",
        context.collection()
    )];
    let tries = preflight::tries(&context.client, &context.pack, &context.base).await;
    notes.extend(tries.said);
    match tries.right {
        Some(base) => notes.push(format!("probably you mean: tmfctk run {base}")),
        None => notes.push("none of the usual paths answers like the API on this host".to_owned()),
    }
    notes
}
