//! The usual mistakes in a base URL, tried out.

use url::Url;

use super::answer::{Collection, LIKE_THE_API};
use crate::http::{Client, Outgoing, path_and_query};
use crate::pack::Pack;

/// What came of the tries.
#[derive(Debug, Default)]
pub struct Tries {
    /// Which path answered what.
    pub said: Vec<String>,
    /// The first base URL whose collection answers like the API.
    pub right: Option<Url>,
}

/// Tries the usual mistakes: a version or a name that is missing or twice, another version.
pub async fn tries(client: &Client, pack: &Pack, base: &Url) -> Tries {
    let resource = &pack.manifest.resource;
    let mut tries = Tries::default();
    for base in candidates(base, &pack.manifest.base_path, resource) {
        let Ok(collection) = base.join(resource) else {
            continue;
        };
        let answer = client.send(Outgoing::new("GET", collection.clone())).await;
        let what = match answer {
            Ok(answer) => Collection::new(answer).in_words(),
            Err(failure) => failure.message,
        };
        if what == LIKE_THE_API && tries.right.is_none() {
            tries.right = Some(base);
        }
        let path = path_and_query(&collection);
        tries.said.push(format!("tried {path}: {what}"));
    }
    tries
}

/// The base URL that is probably meant, where nothing of the API is found at this one and it is found
/// at another path of the same host.
pub async fn meant_instead(
    client: &Client,
    pack: &Pack,
    base: &Url,
    collection: &Url,
) -> Option<Url> {
    // Where the API is found, one record is enough to see it.
    let mut short = collection.clone();
    short.set_query(Some("limit=1"));
    for asked in [short, collection.clone()] {
        let answer = client.send(Outgoing::new("GET", asked)).await.ok()?;
        if !Collection::new(answer).is_elsewhere() {
            return None;
        }
    }
    tries(client, pack, base).await.right
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
    // No path at all.
    add(String::new());
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
    fn the_api_may_lie_at_the_bare_root() {
        assert!(paths("http://h/tmf-api/thing/v4/").contains(&"/".to_owned()));
        assert!(!paths("http://h/").contains(&"/".to_owned()));
    }

    #[test]
    fn the_base_itself_is_not_tried_again() {
        assert!(!paths("http://h/tmf-api/thing/v4/").contains(&"/tmf-api/thing/v4/".to_owned()));
    }
}
