//! What the run has made at the target, by the create that made it: an id may be given again. On
//! disk as well, where the run keeps a journal.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;

use super::Reply;
use crate::config::Header;
use crate::evidence::Redactor;
use crate::http::Client;
use crate::journal::{Claim, Journal};

/// A record that the run created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// The number of the create.
    pub number: u64,
    /// The id that the target gave it.
    pub id: String,
    /// Whether the target has deleted it since.
    pub deleted: bool,
    /// What identifies it: any of these.
    pub claims: Vec<Claim>,
}

impl Created {
    /// Whether a record that has its id is the one that was created.
    pub fn fits(&self, record: &Value) -> bool {
        self.claims.iter().any(|claim| claim.fits(record))
    }
}

/// The records that the run created, in order, and the listeners that it registered.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    books: Mutex<Books>,
    next: AtomicU64,
    journal: OnceLock<Journal>,
    /// Headers that the user gave: their values are secrets.
    headers: OnceLock<Vec<Header>>,
}

#[derive(Debug, Default)]
struct Books {
    created: Vec<Created>,
    /// Ids that are journalled without a secret that the target echoed in them, by their creates.
    hidden: BTreeMap<u64, String>,
    /// As much as is shown of the ids of records that no URL can be made for.
    unreachable: Vec<String>,
    /// The markers that stand in what was posted.
    markers: BTreeSet<String>,
    /// Creates and registrations that were not answered yet.
    underway: BTreeSet<u64>,
    /// Listeners that were registered, in order.
    listeners: Vec<Registered>,
}

#[derive(Debug)]
struct Registered {
    number: u64,
    id: String,
    callback: String,
    removed: bool,
}

impl Ledger {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock()
    }

    /// Keeps a journal from now on.
    pub(super) fn keep_journal(&self, journal: Journal, headers: &[Header]) {
        let _ = self.headers.set(headers.to_vec());
        // Another run with the same seed adds to the same file: no number comes twice.
        let now = u64::try_from(Timestamp::now().as_microsecond());
        self.next.store(now.unwrap_or_default(), Ordering::Relaxed);
        // A run keeps one.
        let _ = self.journal.set(journal);
    }

    /// The journal, where the run keeps one.
    pub(super) fn journal(&self) -> Option<&Journal> {
        self.journal.get()
    }

    fn begin(&self) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.books().underway.insert(number);
        number
    }

    /// Notes that a create is about to be sent, with the marker in its body; gives its number.
    pub(super) fn posting(&self, marker: Option<String>) -> u64 {
        let number = self.begin();
        self.books().markers.extend(marker.clone());
        if let Some(journal) = self.journal() {
            journal.posting(number, marker);
        }
        number
    }

    /// Notes that the create of that number has ended, and whether it is known how.
    pub(super) fn ended(&self, number: u64, known: bool) {
        self.books().underway.remove(&number);
        if let Some(journal) = self.journal().filter(|_| known) {
            journal.answered(number);
        }
    }

    /// The markers that stand in what was posted.
    pub(super) fn markers(&self) -> BTreeSet<String> {
        self.books().markers.clone()
    }

    /// The creates that are under way.
    pub(super) fn underway(&self) -> BTreeSet<u64> {
        self.books().underway.clone()
    }

    /// An id as it may lie on disk: a target may echo a secret in it. Its record is found by its
    /// marker then.
    fn without_secrets(&self, client: &Client, id: &str) -> String {
        let used = client.secrets();
        let used = used.iter().map(|(name, value)| (name.as_str(), value));
        let given = self.headers.get().into_iter().flatten();
        let given = given.map(|header| (header.name.as_str(), &header.value));
        let secrets = used
            .chain(given)
            .map(|(name, value)| (name, value.expose()));
        Redactor::new(secrets).text(id)
    }

    /// Notes a record that the run created: it is the run's own, and is cleaned up at the end.
    pub(super) fn note(&self, client: &Client, number: u64, id: &str, claim: Claim) {
        client.log().ownership.add(id);
        if let Some(journal) = self.journal() {
            let shown = self.without_secrets(client, id);
            journal.created(number, &shown, &claim);
            if shown != id {
                self.books().hidden.insert(number, shown);
            }
        }
        self.books().created.push(Created {
            number,
            id: id.to_owned(),
            deleted: false,
            claims: vec![claim],
        });
    }

    /// Notes a record that carries the marker, and that no create is known to have made.
    pub(super) fn note_found(&self, client: &Client, id: &str, marker: &str) {
        let known = |one: &Created| one.id == id && !one.deleted;
        if !self.books().created.iter().any(known) {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            self.note(client, number, id, Claim::marked(marker));
        }
    }

    /// Notes the record that the answer to a create shows.
    pub(super) fn note_answered(&self, client: &Client, number: u64, reply: &Reply, claim: Claim) {
        match (reply.created_id(), reply.over_long_id()) {
            (Some(id), _) => self.note(client, number, &id, claim),
            (None, Some(beginning)) => self.note_unreachable(beginning.to_owned()),
            (None, None) => {}
        }
    }

    /// Notes a record that the run created and can't ask for: its id is too long.
    pub(super) fn note_unreachable(&self, shown: String) {
        self.books().unreachable.push(shown);
    }

    /// As much as is shown of the ids of the records that the run can't ask for.
    pub(super) fn unreachable(&self) -> Vec<String> {
        self.books().unreachable.clone()
    }

    /// Notes what identifies the records of an id from now on as well: the run is about to change
    /// them.
    pub(super) fn note_changed(&self, id: &str, claim: &Claim) {
        let mut books = self.books();
        let changed = books.created.iter_mut().filter(|one| one.id == id);
        for one in changed.filter(|one| !one.deleted && !one.claims.contains(claim)) {
            one.claims.push(claim.clone());
            if let Some(journal) = self.journal() {
                journal.changed(one.number, claim);
            }
        }
    }

    /// Notes that the record of an id is gone. Where two creates have the id, it is the first: it
    /// can't have been given again before.
    pub(super) fn note_deleted(&self, id: &str) {
        let number = {
            let books = self.books();
            let mut created = books.created.iter();
            created
                .find(|one| one.id == id && !one.deleted)
                .map(|one| one.number)
        };
        if let Some(number) = number {
            self.mark(number, true);
        }
    }

    /// Notes that the record of an id is there all the same.
    pub(super) fn note_still_there(&self, id: &str) {
        let number = {
            let books = self.books();
            let mut created = books.created.iter().rev();
            created
                .find(|one| one.id == id && one.deleted)
                .map(|one| one.number)
        };
        if let Some(number) = number {
            self.mark(number, false);
        }
    }

    /// Notes whether the record of a create is gone.
    pub(super) fn mark(&self, number: u64, deleted: bool) {
        let books = &mut *self.books();
        let Some(record) = books.created.iter_mut().find(|one| one.number == number) else {
            return;
        };
        record.deleted = deleted;
        let shown = books.hidden.get(&number).unwrap_or(&record.id);
        match self.journal() {
            Some(journal) if deleted => journal.deleted(number),
            Some(journal) => {
                let mut claims = record.claims.iter();
                let first = claims.next().cloned().unwrap_or_default();
                journal.created(number, shown, &first);
                claims.for_each(|claim| journal.changed(number, claim));
            }
            None => {}
        }
    }

    /// All that the run created so far, in order.
    pub(super) fn created(&self) -> Vec<Created> {
        self.books().created.clone()
    }

    /// Whether it holds of one of the records of an id.
    pub(super) fn any(&self, id: &str, tells: impl Fn(&Created) -> bool) -> bool {
        self.books()
            .created
            .iter()
            .any(|one| one.id == id && tells(one))
    }

    /// Notes that a listener is about to be registered; gives its number.
    pub(super) fn registering(&self, callback: &str) -> u64 {
        let number = self.begin();
        if let Some(journal) = self.journal() {
            journal.registering(number, callback);
        }
        number
    }

    /// Notes under which id it is registered.
    pub(super) fn registered(&self, number: u64, id: &str, callback: &str) {
        let (id, callback) = (id.to_owned(), callback.to_owned());
        if let Some(journal) = self.journal() {
            journal.registered(number, &id);
        }
        self.books().listeners.push(Registered {
            number,
            id,
            callback,
            removed: false,
        });
    }

    /// Notes that the registration of that number has ended, and whether nothing came of it.
    pub(super) fn registration_ended(&self, number: u64, failed: bool) {
        self.books().underway.remove(&number);
        if let Some(journal) = self.journal().filter(|_| failed) {
            journal.unregistered(number);
        }
    }

    /// Notes that the listener of an id is registered no more.
    pub(super) fn unregistered(&self, id: &str) {
        let mut books = self.books();
        let mut own = books.listeners.iter_mut();
        if let Some(one) = own.find(|one| one.id == id && !one.removed) {
            one.removed = true;
            if let Some(journal) = self.journal() {
                journal.unregistered(one.number);
            }
        }
    }

    /// The callbacks that were registered under an id; none as long as one is.
    pub(super) fn callbacks_removed(&self, id: &str) -> Vec<String> {
        let books = self.books();
        let own: Vec<_> = books.listeners.iter().filter(|one| one.id == id).collect();
        if own.iter().any(|one| !one.removed) {
            return Vec::new();
        }
        own.iter().map(|one| one.callback.clone()).collect()
    }
}
