//! What looks like a wrong configuration rather than a broken target: said beside the verdict,
//! never changing it.

use jiff::Timestamp;

use crate::evidence::BodyEncoding;
use crate::preflight::{self, CheckOutcome};
use crate::world::Context;

/// Sentences for the reader, after a run in which the collection did not answer as one.
///
/// Where the base URL looks wrong, the usual mistakes are tried, and each says which path
/// answered what.
pub async fn after_the_run(context: &Context) -> Vec<String> {
    let mut notes: Vec<String> = clock(context).into_iter().collect();
    notes.extend(successor(context));
    notes.extend(collection(context).await);
    notes
}

/// Exchanges that are looked at for signs of another version.
const FIRST_EXCHANGES: usize = 24;

/// Where the target looks like one of the next version of the API.
fn successor(context: &Context) -> Option<String> {
    let next = context.pack.manifest.successor.as_ref()?;
    let mut segments = context.base.path().split('/');
    let by_path = segments.any(|segment| segment.eq_ignore_ascii_case(&next.version));
    let all = context.client.log().all();
    let by_bodies = all.iter().take(FIRST_EXCHANGES).find_map(|exchange| {
        let response = exchange.response.as_ref()?;
        let text = response.message.body.as_deref()?;
        let refused = exchange.request.method == "POST" && matches!(response.status, 400 | 422);
        let words = if refused { &next.demands } else { &next.signs };
        let sign = words.iter().find(|word| text.contains(word.as_str()))?;
        let sign = sign.trim_matches('"');
        Some(if refused {
            format!("it refuses a create and names {sign}")
        } else {
            format!("its records have {sign}")
        })
    });
    let why = if by_path {
        format!("its path has {}", next.version)
    } else {
        by_bodies?
    };
    let (pack, version) = (&context.pack.manifest.name, &next.version);
    Some(format!(
        "this looks like a target of version {version} of the API ({why}): it is judged by {pack} all \
         the same, which is about another version"
    ))
}

/// Where the target's clock and the one here differ, as its first answer with a date shows.
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
    let advice = line
        .advice
        .filter(|_| line.outcome == CheckOutcome::Advice)?;
    Some(format!("clock: {}: {advice}", line.result))
}

/// What may stand before a JSON text.
const BLANKS: [char; 5] = [' ', '\t', '\n', '\r', '\u{feff}'];

/// How the plain list was answered, the one request that every implementation must be able to
/// answer.
struct Listing {
    status: Option<u16>,
    /// Whether its body could be taken for one.
    is_list: bool,
}

/// Why the collection did not answer as one, where that looks like a wrong configuration.
async fn collection(context: &Context) -> Vec<String> {
    if let Some(why) = without_answer(context) {
        let mut all = context.client.log().all().into_iter();
        if let Some(first) = all.find_map(|exchange| exchange.response.clone()) {
            return vec![format!(
                "{} answers {}, but no request came to an end ({why}): is it the base URL, or does \
                 something in front of the target answer?",
                context.base, first.status
            )];
        }
        return vec![preflight::unreachable(&context.base, &why)];
    }
    if context.client.halted().is_some() {
        return Vec::new();
    }
    let Some(list) = listing(context) else {
        return Vec::new();
    };
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
    notes.extend(on_the_list(context, &list).await);
    notes
}

/// Where no request was answered: the first reason, of the replay or, where it was left out, of all
/// that was sent.
fn without_answer(context: &Context) -> Option<String> {
    let Some(replay) = &context.replay else {
        let all = context.client.log().all();
        let first = all.first()?;
        let silent = all.iter().all(|exchange| exchange.response.is_none());
        return silent.then(|| first.error.clone().unwrap_or_default());
    };
    let mut requests = replay.requests.iter();
    if requests.any(|request| request.status.is_some()) {
        return None;
    }
    let errors = replay.requests.iter().map(|one| &one.request_error);
    let first = errors.flatten().next().map(|error| error.message.clone());
    Some(first.unwrap_or_default())
}

/// The plain list, of the replay or, where it was left out, as the run read it otherwise.
fn listing(context: &Context) -> Option<Listing> {
    let collection = context.collection();
    let is_asked = |method: &str, url: &str| method == "GET" && url == collection.as_str();
    if let Some(replay) = &context.replay {
        let mut requests = replay.requests.iter();
        let list = requests.find(|request| is_asked(&request.method, &request.url))?;
        return Some(Listing {
            status: list.status,
            is_list: list.script_error.is_none(),
        });
    }
    let all = context.client.log().all();
    let list = all
        .iter()
        .find(|one| is_asked(&one.request.method, &one.request.url))?;
    let response = list.response.as_ref();
    // What is kept of a body may be not a text: then nothing is said against it.
    let text = response
        .map(|response| &response.message)
        .filter(|message| message.body_encoding == BodyEncoding::Utf8)
        .and_then(|message| message.body.as_deref());
    Some(Listing {
        status: response.map(|response| response.status),
        is_list: text.is_none_or(|text| text.trim_start_matches(BLANKS).starts_with('[')),
    })
}

/// Sentences on the answer to the plain list.
async fn on_the_list(context: &Context, list: &Listing) -> Vec<String> {
    match list.status {
        Some(401 | 403) => vec![format!(
            "{} answers {}: this looks like configuration, not conformance; give credentials with \
             --header, --bearer, --basic or under [auth] in tmfctk.toml, or other ones (tmfctk run \
             --help)",
            context.collection(),
            list.status.unwrap_or_default()
        )],
        Some(404 | 405) | None => wrong_path(context).await,
        Some(_) if !list.is_list => wrong_path(context).await,
        Some(_) => Vec::new(),
    }
}

/// Tries the usual mistakes in a base URL.
async fn wrong_path(context: &Context) -> Vec<String> {
    let mut notes = vec![format!(
        "{} does not answer like the API: this looks like a wrong base URL",
        context.collection()
    )];
    let tries = preflight::tries(&context.client, context.pack, &context.base).await;
    notes.extend(tries.said);
    match tries.right {
        Some(base) => notes.push(format!("probably you mean: tmfctk run {base}")),
        None => notes.push("none of the usual paths answers like the API on this host".to_owned()),
    }
    notes
}
