//! What a run that was killed has left at its target, removed by its journal.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use url::Url;

use super::cleaning::unreachable_record;
use super::error::SetupError;
use crate::config::Settings;
use crate::evidence::{JsonArrayReader, Log, TreeError, tree};
use crate::http::{Client, Outgoing};
use crate::journal::{self, JournalError, Leftovers};
use crate::pack::Pack;
use crate::verdict::CreatedRecord;
use crate::world::{self, long_id};

/// What came of cleaning up.
#[derive(Debug, Default)]
pub struct Cleaned {
    /// The records that were found, and what became of them.
    pub records: Vec<CreatedRecord>,
    /// Whether the target gave any answer.
    pub reachable: bool,
    /// Whether the collection could not be searched for what creates without an answer have left.
    pub unsearched: bool,
    /// What can't be known or done, in sentences.
    pub notes: Vec<String>,
}

impl Cleaned {
    /// Whether nothing is left, as far as can be known.
    pub fn is_done(&self) -> bool {
        !self.unsearched && self.records.iter().all(|record| record.deleted)
    }
}

/// Removes what a journal knows, and what holds the marker of a create that got no answer. What is
/// gone is written down at once, so that this may be broken off, too.
///
/// # Errors
/// Where the settings can't be used, or the journal can't be written.
pub async fn remove_leftovers(
    settings: &Settings,
    base: &Url,
    path: &Path,
    left: &Leftovers,
) -> Result<Cleaned, LeftoversError> {
    let pack = Pack::embedded(&settings.pack).map_err(SetupError::from)?;
    let collection = world::collection(base, pack);
    let client = Client::new(
        &settings.limits,
        &settings.headers,
        &settings.access,
        false,
        collection.clone(),
        Arc::new(Log::default()),
    )
    .map_err(SetupError::from)?;
    client.clean_up();
    let mut cleaned = Cleaned::default();
    let mut ids = left.records.clone();
    if !left.markers.is_empty() {
        match marked(&client, &collection, left).await {
            Ok((found, unreachable)) => {
                cleaned.reachable = true;
                ids.extend(found.into_iter().filter(|id| !left.records.contains(id)));
                cleaned.records.extend(unreachable);
            }
            Err(why) => {
                cleaned.unsearched = true;
                cleaned.notes.push(format!(
                    "creates got no answer, and the collection could not be searched for what they \
                     left: {why}"
                ));
            }
        }
    }
    for id in ids {
        let mut url = collection.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.push(&id);
        }
        let sent = client.send(Outgoing::new("DELETE", url.clone())).await;
        cleaned.reachable |= sent.is_ok();
        let (deleted, reason) = match sent {
            Ok(answer) if answer.status < 300 || matches!(answer.status, 404 | 410) => (true, None),
            Ok(answer) => (false, Some(format!("DELETE answers {}", answer.status))),
            Err(failure) => (false, Some(failure.message)),
        };
        if deleted {
            journal::note_deleted(path, &id)?;
        }
        cleaned.records.push(CreatedRecord {
            id,
            url: url.to_string(),
            deleted,
            reason,
        });
    }
    if left.unmarked > 0 {
        cleaned.notes.push(format!(
            "{} creates of the official kit's replay got no answer: they hold no marker, so whether \
             they left a record can't be known",
            left.unmarked
        ));
    }
    Ok(cleaned)
}

/// The ids of the records that hold one of the markers, and those of them that no URL can be made
/// for.
async fn marked(
    client: &Client,
    collection: &Url,
    left: &Leftovers,
) -> Result<(Vec<String>, Vec<CreatedRecord>), String> {
    let answer = client
        .send(Outgoing::new("GET", collection.clone()))
        .await
        .map_err(|failure| failure.message)?;
    let no_list = || format!("{} is not a JSON list", answer.line());
    let elements = JsonArrayReader::of(&answer.body).ok().flatten();
    let mut elements = elements.ok_or_else(no_list)?;
    let (mut ids, mut unreachable) = (Vec::new(), Vec::new());
    while let Some(element) = elements.next_element().map_err(|_| no_list())? {
        let record = match tree(element) {
            Ok(record) => record,
            // The run made none of that size.
            Err(TreeError::TooMany) => continue,
            Err(TreeError::Json(_)) => return Err(no_list()),
        };
        let text = record.to_string();
        let mut markers = left.markers.iter();
        if let Some(id) = record.get("id").and_then(Value::as_str)
            && markers.any(|marker| holds_marker(&text, marker))
        {
            match long_id(&record) {
                Some(shown) => unreachable.push(unreachable_record(collection, shown)),
                None => ids.push(id.to_owned()),
            }
        }
    }
    Ok((ids, unreachable))
}

/// Whether a text holds a marker, and not a longer one that begins with it: that is of another run.
fn holds_marker(text: &str, marker: &str) -> bool {
    text.match_indices(marker).any(|(at, _)| {
        let next = text[at + marker.len()..].chars().next();
        next.is_none_or(|next| !next.is_alphanumeric() && !matches!(next, '-' | '_'))
    })
}

/// Why cleaning up could not be done.
#[derive(Debug, thiserror::Error)]
pub enum LeftoversError {
    /// The settings.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

#[cfg(test)]
mod tests {
    use super::holds_marker;

    #[test]
    fn a_longer_marker_is_of_another_run() {
        assert!(holds_marker(r#"{"reason":"x tmfctk-1 y"}"#, "tmfctk-1"));
        assert!(holds_marker(r#"{"id":"shop-tmfctk-1"}"#, "tmfctk-1"));
        for other in ["tmfctk-12", "tmfctk-1-2", "tmfctk-1_x", "tmfctk-"] {
            assert!(!holds_marker(other, "tmfctk-1"), "{other}");
        }
    }
}
