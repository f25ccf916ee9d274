//! What a run that was killed has left at its target, removed by its journal.

use std::cell::{Cell, RefCell};
use std::path::Path;
use std::sync::Arc;

use url::Url;

use super::error::SetupError;
use super::sweep::{Fate, Item, Sweep};
use crate::config::Settings;
use crate::evidence::Log;
use crate::http::{Client, Outgoing};
use crate::journal::{self, JournalError, LeftListener, Leftovers};
use crate::pack::Pack;
use crate::verdict::CreatedRecord;
use crate::world::{self, Created, is_anothers_listener, record_url};

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

/// Removes what a journal knows, and what carries the marker of one of its creates, but nothing that
/// is not seen to be the run's own. What is gone is written down at once, so that this may be broken
/// off, too.
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
    let events = pack.manifest.events.clone().unwrap_or_default();
    let hub = base.join(&events.hub).unwrap_or_else(|_| base.clone());
    for listener in &left.listeners {
        let removed = remove_listener(&client, &hub, listener, &mut cleaned).await;
        if removed {
            journal::note_unregistered(path, listener.number)?;
        }
    }
    let records = left.records.iter().map(|one| Created {
        number: one.number,
        id: one.id.clone(),
        deleted: false,
        claims: one.claims.clone(),
    });
    let items = RefCell::new(records.map(Item::of).collect::<Vec<_>>());
    let trouble = Cell::new(None);
    let sweep = Sweep {
        client: &client,
        collection: &collection,
        markers: &left.markers,
        concurrency: settings.limits.concurrency,
        settle: settings.limits.settle,
        reads_late: false,
        gone: &|record| {
            if let Err(error) = journal::note_deleted(path, record.number) {
                trouble.set(Some(error));
            }
        },
        step: &|| {},
    };
    if !items.borrow().is_empty() || left.marked > 0 {
        let told = sweep.run(&items).await;
        cleaned.unsearched = !told.is_empty() && left.marked > 0;
        cleaned.notes.extend(told);
    }
    if let Some(error) = trouble.take() {
        return Err(error.into());
    }
    for item in items.take() {
        // What was not removed after all is known to the journal again.
        if matches!(item.fate, Fate::Left(_))
            && let [claim, others @ ..] = &item.record.claims[..]
        {
            journal::note_still_there(path, item.record.number, &item.record.id, claim, others)?;
        }
        cleaned.records.push(item.shown(&collection));
    }
    if left.unmarked > 0 {
        cleaned.notes.push(format!(
            "{} creates of the official kit's replay got no answer: they hold no marker, so whether \
             they left a record can't be known",
            left.unmarked
        ));
    }
    let mut all = client.log().all().into_iter();
    cleaned.reachable = all.any(|exchange| exchange.response.is_some());
    Ok(cleaned)
}

/// Removes a listener; whether it is gone.
async fn remove_listener(
    client: &Client,
    hub: &Url,
    listener: &LeftListener,
    cleaned: &mut Cleaned,
) -> bool {
    let Some(id) = &listener.id else {
        cleaned.notes.push(format!(
            "the registration of the listener {} got no answer with an id: whether it is there can't \
             be known",
            listener.callback
        ));
        return true;
    };
    let url = record_url(hub, id);
    let own = std::slice::from_ref(&listener.callback);
    let reason = if is_anothers_listener(client, &url, own).await {
        Some("another listener has this id now: it was not touched".to_owned())
    } else {
        match client.send(Outgoing::new("DELETE", url.clone())).await {
            Ok(answer) if answer.status < 300 || matches!(answer.status, 404 | 410) => None,
            Ok(answer) => Some(format!("DELETE answers {}", answer.status)),
            Err(failure) if client.found_gone(&failure) => None,
            Err(failure) => Some(failure.message),
        }
    };
    let deleted = reason.is_none();
    cleaned.records.push(CreatedRecord {
        id: id.clone(),
        url: url.to_string(),
        deleted,
        reason,
    });
    deleted
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
