//! The run's one log of exchanges, and the knowledge of which records the run created.

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::shorten::stub;
use super::{BodyEncoding, Exchange, Message, Request, Response};
use parking_lot::Mutex;

/// The records that this run created, by id; all others are other people's. Some of those it
/// looks at all the same: existing records.
#[derive(Debug, Default)]
pub struct Ownership {
    ids: Mutex<HashSet<String>>,
    existing: Mutex<HashSet<String>>,
    none: AtomicBool,
}

impl Ownership {
    /// Notes that the run created the record with that id.
    pub fn add(&self, id: &str) {
        self.ids.lock().insert(id.to_owned());
    }

    /// Notes that another record has that id by now.
    pub fn remove(&self, id: &str) {
        self.ids.lock().remove(id);
    }

    /// Whether the run created the record with that id. Of an existing one only a broken
    /// target can say so.
    pub fn owns(&self, id: &str) -> bool {
        self.ids.lock().contains(id) && !self.is_existing(id)
    }

    /// Notes that the run looks at the record with that id, which was there before it: it is judged
    /// as the run's own are, but never changed, and kept as evidence as other people's are.
    pub fn mark_existing(&self, id: &str) {
        self.existing.lock().insert(id.to_owned());
    }

    /// Whether the record with that id was there before the run, which looks at it.
    pub fn is_existing(&self, id: &str) -> bool {
        self.existing.lock().contains(id)
    }

    /// Whether the record with that id is judged: as the run's own, or as one that it looks at.
    pub fn judges(&self, id: &str) -> bool {
        self.owns(id) || self.is_existing(id)
    }

    /// Notes that the run creates nothing at all: whatever comes is other people's.
    pub fn mark_creating_nothing(&self) {
        self.none.store(true, Ordering::Relaxed);
    }

    /// Whether the run creates nothing at all.
    pub fn creates_nothing(&self) -> bool {
        self.none.load(Ordering::Relaxed)
    }
}

/// All exchanges of a run in the order in which they were started.
///
/// Shared by everything that sends; an index given out is never reused.
#[derive(Debug, Default)]
pub struct Log {
    exchanges: Mutex<Vec<Option<Arc<Exchange>>>>,
    /// Which records the run created.
    pub ownership: Ownership,
}

/// An exchange before it has its place in the log.
#[derive(Debug)]
pub struct Draft {
    /// What was sent.
    pub request: Request,
    /// What came back.
    pub response: Option<(u16, Message)>,
    /// RFC 3339.
    pub started_at: String,
    /// Until the last byte.
    pub duration: std::time::Duration,
    /// Until the status line and the headers were there.
    pub first_byte: Option<std::time::Duration>,
    /// Why no response, or only a part of one, came.
    pub error: Option<String>,
}

impl Log {
    /// Takes the next index, when a request is about to be sent.
    pub fn reserve(&self) -> usize {
        let mut exchanges = self.exchanges.lock();
        exchanges.push(None);
        exchanges.len() - 1
    }

    /// Stores the exchange under the index that was reserved for it.
    pub fn store(&self, index: usize, draft: Draft) {
        let micros = micros(draft.duration);
        let exchange = Exchange {
            index,
            request: draft.request,
            response: draft
                .response
                .map(|(status, message)| Response { status, message }),
            started_at: draft.started_at,
            duration_ms: micros / 1000,
            duration_micros: micros,
            first_byte_micros: draft.first_byte.map(self::micros),
            error: draft.error,
        };
        if let Some(slot) = self.exchanges.lock().get_mut(index) {
            *slot = Some(Arc::new(exchange));
        }
    }

    /// Keeps of a record that was answered only its id: it is other people's.
    pub fn mask(&self, index: usize, id: &str) {
        if let Some(Some(exchange)) = self.exchanges.lock().get_mut(index)
            && let Some(response) = &mut Arc::make_mut(exchange).response
            && response.message.masked_records == 0
        {
            response.message.body = Some(stub(&id.into()));
            response.message.body_encoding = BodyEncoding::Utf8;
            response.message.masked_records = 1;
        }
    }

    /// One exchange, once it is finished.
    pub fn get(&self, index: usize) -> Option<Arc<Exchange>> {
        self.exchanges.lock().get(index).cloned().flatten()
    }

    /// All finished exchanges in the order of sending.
    pub fn all(&self) -> Vec<Arc<Exchange>> {
        self.exchanges.lock().iter().flatten().cloned().collect()
    }

    /// All finished exchanges in the order of sending, out of the log, which is at its end.
    pub fn take_all(&self) -> Vec<Exchange> {
        let taken = std::mem::take(&mut *self.exchanges.lock());
        let taken = taken.into_iter().flatten();
        taken.map(Arc::unwrap_or_clone).collect()
    }

    /// How many exchanges were started.
    pub fn len(&self) -> usize {
        self.exchanges.lock().len()
    }

    /// Whether nothing was sent yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
