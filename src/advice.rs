//! What looks like a wrong configuration rather than a broken target: said beside the verdict,
//! never changing it.

use url::Url;

use crate::http::{Client, Outgoing, path_and_query};
use crate::kit::RequestOutcome;
use crate::world::Context;

/// Sentences for the reader, after a run in which the collection did not answer as one.
///
/// Where the base URL looks wrong, the usual mistakes are tried, and each says which path
/// answered what.
pub async fn after_the_run(context: &Context) -> Vec<String> {
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
        return vec![unreachable(&context.base, why)];
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

fn unreachable(base: &Url, why: &str) -> String {
    let lower = why.to_lowercase();
    let origin = base.origin().ascii_serialization();
    // What goes wrong in TLS or at a proxy says itself what to do.
    if lower.contains("tls trouble") || lower.contains("the proxy http") {
        return format!("{origin} can't be reached: {why}");
    }
    let hint = if lower.contains("resolve") || lower.contains("dns") {
        "is the host name spelt right, and does this machine resolve it?"
    } else if lower.contains("timed out") || lower.contains("within") {
        "something swallows the connection: a firewall, a wrong port, or a server that is too slow \
         (--timeout)"
    } else if lower.contains("no http") || lower.contains("broke") {
        "something listens there, but does this port speak http, or https, or something else?"
    } else {
        "is the server started, and on this port?"
    };
    format!("{origin} can't be reached ({why}): {hint}")
}

/// Tries the usual mistakes in a base URL.
async fn wrong_path(context: &Context) -> Vec<String> {
    let resource = &context.pack.manifest.resource;
    let mut notes = vec![format!(
        "{} does not answer like the API: this looks like a wrong base URL",
        context.collection()
    )];
    let mut right = None;
    for base in candidates(&context.base, &context.pack.manifest.base_path, resource) {
        let Ok(collection) = base.join(resource) else {
            continue;
        };
        let what = probe(&context.client, collection.clone()).await;
        if what == LIKE_THE_API && right.is_none() {
            right = Some(base);
        }
        notes.push(format!("tried {}: {what}", path_and_query(&collection)));
    }
    match right {
        Some(base) => notes.push(format!("probably you mean: tmfctk run {base}")),
        None => notes.push("none of the usual paths answers like the API on this host".to_owned()),
    }
    notes
}

const LIKE_THE_API: &str = "answers 200 with a JSON list, like the API";

async fn probe(client: &Client, url: Url) -> String {
    let answer = match client.send(Outgoing::new("GET", url)).await {
        Ok(answer) => answer,
        Err(failure) => return failure.message,
    };
    let json = serde_json::from_slice::<serde::de::IgnoredAny>(&answer.body).is_ok();
    let first = answer.body.iter().find(|byte| !byte.is_ascii_whitespace());
    match (answer.status, first) {
        (200 | 206, Some(b'[')) if json => LIKE_THE_API.to_owned(),
        (status, Some(b'<')) => format!("answers {status} with HTML"),
        (status, _) if json => format!("answers {status} with JSON, but no list"),
        (status, None) => format!("answers {status} without a body"),
        (status, _) => format!("answers {status} with something that is no JSON"),
    }
}

/// Base URLs that people mean when they write this one.
fn candidates(base: &Url, published: &str, resource: &str) -> Vec<Url> {
    let path = base.path().trim_end_matches('/');
    let mut paths = Vec::new();
    let mut add = |path: String| {
        let path = format!("{}/", path.trim_end_matches('/'));
        if path != base.path() && !paths.contains(&path) {
            paths.push(path);
        }
    };
    // The resource itself, or one segment too many.
    if let Some((parent, _)) = path.rsplit_once('/') {
        add(parent.to_owned());
    }
    // A segment missing at the end: the version, or API name and version.
    let segments: Vec<_> = published.trim_matches('/').split('/').collect();
    for count in 1..=segments.len() {
        add(format!(
            "{path}/{}",
            segments[segments.len() - count..].join("/")
        ));
    }
    add(format!("{path}/{resource}"));
    // The published path, below the host or below a gateway's prefix.
    add(published.to_owned());
    if let Some(at) = path.find(&format!("/{}", segments[0])) {
        add(format!("{}{published}", &path[..at]));
    }
    paths
        .into_iter()
        .map(|path| {
            let mut url = base.clone();
            url.set_path(&path);
            url
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(base: &str) -> Vec<String> {
        let base = Url::parse(base).unwrap();
        candidates(&base, "/tmf-api/thing/v4/", "thing")
            .iter()
            .map(|url| url.path().to_owned())
            .collect()
    }

    #[test]
    fn the_usual_mistakes_are_among_the_candidates() {
        let right = "/tmf-api/thing/v4/".to_owned();
        for wrong in [
            "http://h/",
            "http://h/tmf-api/",
            "http://h/tmf-api/thing/",
            "http://h/tmf-api/thing/v4/thing/",
            "http://h/tmf-api/thing/v5/",
        ] {
            assert!(paths(wrong).contains(&right), "{wrong}: {:?}", paths(wrong));
        }
        assert!(
            paths("http://h/gw/tmf-api/thing/v3/").contains(&"/gw/tmf-api/thing/v4/".to_owned())
        );
    }

    #[test]
    fn the_base_itself_is_not_tried_again() {
        assert!(!paths("http://h/tmf-api/thing/v4/").contains(&"/tmf-api/thing/v4/".to_owned()));
    }
}
