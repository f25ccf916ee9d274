//! What all scenarios of a run share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use url::Url;

use crate::config::Settings;
use crate::http::Client;
use crate::kit::Replay;
use crate::pack::Pack;

/// What makes this run different from any other on the same target.
#[derive(Debug, Clone)]
pub struct Run {
    /// The seed of all generated values.
    pub seed: String,
    /// Stands in every record that the run creates, so that people know where it came from.
    pub marker: String,
}

/// A record that the run created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The id that the target gave it.
    pub id: String,
    /// Whether the target has deleted it since.
    pub deleted: bool,
}

/// What all scenarios of a run share.
#[derive(Debug)]
pub struct Context {
    /// The run's settings.
    pub settings: Settings,
    /// The pack.
    pub pack: Pack,
    /// The base URL, with its last slash.
    pub base: Url,
    /// Sends.
    pub client: Client,
    /// What makes this run different.
    pub run: Run,
    /// The replay of the official kit, where the pack describes one.
    pub replay: Option<Replay>,
    created: Mutex<Vec<Created>>,
}

impl Context {
    /// A context whose run has created nothing yet.
    pub fn new(settings: Settings, pack: Pack, base: Url, client: Client) -> Self {
        let seed = settings.seed.clone();
        let marker = format!("tmfctk-{seed}");
        Self {
            settings,
            pack,
            base,
            client,
            run: Run { seed, marker },
            replay: None,
            created: Mutex::new(Vec::new()),
        }
    }

    /// The URL of the collection.
    pub fn collection(&self) -> Url {
        let mut url = self.base.clone();
        let path = format!("{}{}", url.path(), self.pack.manifest.resource);
        url.set_path(&path);
        url
    }

    /// The URL of a member; the id is encoded as one path segment.
    pub fn member(&self, id: &str) -> Url {
        let mut url = self.collection();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.push(id);
        }
        url
    }

    /// Notes a record that the run created: it is the run's own, and is cleaned up at the end.
    pub fn note_created(&self, id: &str) {
        self.client.log().ownership.add(id);
        let mut created = self.created();
        if !created.iter().any(|known| known.id == id) {
            created.push(Created {
                id: id.to_owned(),
                deleted: false,
            });
        }
    }

    /// Notes that the target has deleted a record of the run.
    pub fn note_deleted(&self, id: &str) {
        if let Some(record) = self.created().iter_mut().find(|record| record.id == id) {
            record.deleted = true;
        }
    }

    /// The records that the run created so far, in order.
    pub fn created_records(&self) -> Vec<Created> {
        self.created().clone()
    }

    fn created(&self) -> MutexGuard<'_, Vec<Created>> {
        self.created.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
