//! Caches before the target: they are asked not to answer in its place, and where one shows, the
//! report says so.

use std::sync::OnceLock;

use super::Outgoing;
use super::message::path_and_query;

/// The first answer that shows a cache, and what shows it.
#[derive(Debug, Default)]
pub(super) struct CacheNote(OnceLock<String>);

impl CacheNote {
    /// Reads whether the headers of an answer show that a cache gave it, or stands before the target.
    pub(super) fn read(&self, outgoing: &Outgoing, headers: &[(String, String)]) {
        if self.0.get().is_some() {
            return;
        }
        let shows = |(name, _): &&(String, String)| {
            name.eq_ignore_ascii_case("age") || name.eq_ignore_ascii_case("x-cache")
        };
        if let Some((name, value)) = headers.iter().find(shows) {
            let value: String = value.chars().take(60).collect();
            let _ = self.0.set(format!(
                "A cache stands before the target: {} {} was answered with {name}: {value}. Each \
                 request asks for an answer of the target itself (Cache-Control: no-cache); a cache \
                 that gives its own all the same is judged in its place.",
                outgoing.method,
                path_and_query(&outgoing.url),
            ));
        }
    }

    /// A sentence on the cache, where one showed.
    pub(super) fn text(&self) -> Option<String> {
        self.0.get().cloned()
    }
}
