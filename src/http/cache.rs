//! Caches before the target: they are asked not to answer in its place, and told of where they show.

use super::message::path_and_query;
use super::{Client, Outgoing};

impl Client {
    /// Notes whether the headers of an answer show that a cache gave it, or stands before the target.
    pub(super) fn note_cache(&self, outgoing: &Outgoing, headers: &[(String, String)]) {
        if self.cache.get().is_some() {
            return;
        }
        let shows = |(name, _): &&(String, String)| {
            name.eq_ignore_ascii_case("age") || name.eq_ignore_ascii_case("x-cache")
        };
        if let Some((name, value)) = headers.iter().find(shows) {
            let value: String = value.chars().take(60).collect();
            let _ = self.cache.set(format!(
                "A cache stands before the target: {} {} was answered with {name}: {value}. Each \
                 request asks for an answer of the target itself (Cache-Control: no-cache); a cache \
                 that gives its own all the same is judged in its place.",
                outgoing.method,
                path_and_query(&outgoing.url),
            ));
        }
    }

    /// A sentence on the cache before the target, where one showed.
    pub fn note_on_cache(&self) -> Option<String> {
        self.cache.get().cloned()
    }
}
