//! The run's one log of exchanges, and the knowledge of which records the run created.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::mask::stub;
use super::{BodyEncoding, Exchange, Message, Request, Response};

/// The records that this run created, by id; all others are other people's. Some of those it looks
/// at all the same: they are lent to it.
#[derive(Debug, Default)]
pub struct Ownership {
    ids: Mutex<HashSet<String>>,
    lent: Mutex<HashSet<String>>,
    none: AtomicBool,
}

impl Ownership {
    /// Notes that the run created the record with that id.
    pub fn add(&self, id: &str) {
        lock(&self.ids).insert(id.to_owned());
    }

    /// Notes that another record has that id by now.
    pub fn remove(&self, id: &str) {
        lock(&self.ids).remove(id);
    }

    /// Whether the run created the record with that id. Of one that is lent to it only a broken
    /// target can say so.
    pub fn owns(&self, id: &str) -> bool {
        lock(&self.ids).contains(id) && !self.is_lent(id)
    }

    /// Notes that the run looks at the record with that id, which was there before it: it is judged
    /// as the run's own are, but never changed, and kept as evidence as other people's are.
    pub fn lend(&self, id: &str) {
        lock(&self.lent).insert(id.to_owned());
    }

    /// Whether the record with that id was there before the run, which looks at it.
    pub fn is_lent(&self, id: &str) -> bool {
        lock(&self.lent).contains(id)
    }

    /// Whether the record with that id is judged: as the run's own, or as one that it looks at.
    pub fn judges(&self, id: &str) -> bool {
        self.owns(id) || self.is_lent(id)
    }

    /// Notes that the run creates nothing at all: whatever comes is other people's.
    pub fn renounce(&self) {
        self.none.store(true, Ordering::Relaxed);
    }

    /// Whether the run creates nothing at all.
    pub fn is_renounced(&self) -> bool {
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
        let mut exchanges = lock(&self.exchanges);
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
        if let Some(slot) = lock(&self.exchanges).get_mut(index) {
            *slot = Some(Arc::new(exchange));
        }
    }

    /// Keeps of a record that was answered only its id: it is other people's.
    pub fn mask(&self, index: usize, id: &str) {
        if let Some(Some(exchange)) = lock(&self.exchanges).get_mut(index)
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
        lock(&self.exchanges).get(index).cloned().flatten()
    }

    /// All finished exchanges in the order of sending.
    pub fn all(&self) -> Vec<Arc<Exchange>> {
        lock(&self.exchanges).iter().flatten().cloned().collect()
    }

    /// All finished exchanges in the order of sending, out of the log, which is at its end.
    pub fn take_all(&self) -> Vec<Exchange> {
        let taken = std::mem::take(&mut *lock(&self.exchanges));
        let taken = taken.into_iter().flatten();
        taken.map(Arc::unwrap_or_clone).collect()
    }

    /// How many exchanges were started.
    pub fn len(&self) -> usize {
        lock(&self.exchanges).len()
    }

    /// Whether nothing was sent yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn micros(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// A poisoned lock means that another check panicked; its data are still whole, so go on.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
