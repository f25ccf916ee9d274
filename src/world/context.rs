//! What all scenarios of a run share.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use parking_lot::{Mutex, MutexGuard};
use tokio::task::JoinHandle;
use url::Url;

use super::body_cache::BodyCache;
use super::existing::Existing;
use super::hub::Hub;
use super::offers::Offers;
use super::posts::PostedBodies;
use super::records::{Configured, Records};
use super::reply::Reply;
use super::review::{Review, ReviewError};
use crate::config::Settings;
use crate::evidence::Body;
use crate::http::Client;
use crate::journal::Journal;
use crate::kit::Replay;
use crate::model::History;
use crate::pack::{Pack, PackError, Requirement};
use crate::schema::SchemaSet;
use crate::terms::Level;

/// What makes this run different from any other on the same target.
#[derive(Debug)]
pub struct Run {
    /// The seed of all generated values.
    pub seed: String,
    /// How many runs with this seed have left records at the target.
    earlier: AtomicU32,
    /// A well-formed id that no record has.
    pub unknown_id: String,
}

impl Run {
    fn new(seed: &str) -> Self {
        Self {
            seed: seed.to_owned(),
            earlier: AtomicU32::new(0),
            unknown_id: uuid_like(seed),
        }
    }

    /// More well-formed ids that no record has, for scenarios that might make one of it.
    pub fn another_unknown_id(&self, name: &str) -> String {
        uuid_like(&format!("{} {name}", self.seed))
    }
}

impl Run {
    /// Stands in every record that the run creates, so that people know where it came from.
    pub fn marker(&self) -> String {
        match self.earlier.load(Ordering::Relaxed) {
            0 => format!("tmfctk-{}", self.seed),
            earlier => format!("tmfctk-{}-{}", self.seed, earlier + 1),
        }
    }

    /// Takes another marker than those that stand in this body: what an earlier run with the same
    /// seed has left must not be taken for this run's.
    pub(super) fn avoid(&self, body: &Body) {
        // What can't be read again shows no marker to anyone.
        while body.holds(self.marker().as_bytes()).is_ok_and(|held| held) {
            self.earlier.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What to say of records that an earlier run with the same seed has left.
    pub fn note(&self) -> Option<String> {
        (self.earlier.load(Ordering::Relaxed) > 0).then(|| {
            format!(
                "an earlier run with the seed {} has left records at the target; the values of \
                 this run are told apart by {}",
                self.seed,
                self.marker()
            )
        })
    }
}

/// A random UUID (RFC 9562, version 4) that follows from the seed.
fn uuid_like(seed: &str) -> String {
    // FNV-1a: any text may be a seed, the generator wants a number.
    let number = seed.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut random = fastrand::Rng::with_seed(number);
    let hex = format!("{:032x}", random.u128(..));
    format!(
        "{}-{}-4{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    )
}

/// So many bytes of lists may be on their way at a time.
const LISTS_AT_A_TIME: u64 = 64 * 1024 * 1024;

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
    pub pack: &'static Pack,
    /// The base URL, with its last slash.
    pub base: Url,
    /// The URL of the collection.
    pub(super) collection: Url,
    /// Sends.
    pub client: Arc<Client>,
    /// What makes this run different.
    pub run: Run,
    /// The replay of the official kit, where the pack describes one.
    pub replay: Option<Replay>,
    pub(super) records: Records,
    /// Records that were there before and stand in for these.
    pub(super) existing: Existing,
    pub(super) offers: Offers,
    /// The listener for events and its subscriptions.
    pub hub: Hub,
    /// The attributes that the API description gives the resource.
    pub(super) described: BTreeSet<String>,
    /// What the last answers say.
    pub(super) bodies: Arc<BodyCache>,
    /// What scenarios posted.
    pub(super) posts: PostedBodies,
    /// Absent during the replay, and where only the certification level runs: these need no schema.
    pub(super) review: Option<Review>,
    /// What every answer is held against, whoever asked.
    pub(super) history: Mutex<History>,
    /// The size of the collection as it was before the run's own checks, in bytes.
    pub(super) collection_bytes: AtomicU64,
    created: Arc<Ledger>,
    /// Creates that may still be waiting for their answer.
    underway: Mutex<Vec<JoinHandle<()>>>,
}

/// The records that the run created, in order; on disk as well, where the run keeps a journal.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    created: Mutex<Vec<Created>>,
    /// So much as is shown of the ids of records that no URL can be made for.
    unreachable: Mutex<Vec<String>>,
    journal: OnceLock<Journal>,
}

impl Ledger {
    fn entries(&self) -> MutexGuard<'_, Vec<Created>> {
        self.created.lock()
    }

    /// Notes a record that the run created: it is the run's own, and is cleaned up at the end.
    pub(super) fn note(&self, client: &Client, id: &str) {
        client.log().ownership.add(id);
        let mut created = self.entries();
        if !created.iter().any(|known| known.id == id) {
            created.push(Created {
                id: id.to_owned(),
                deleted: false,
            });
            if let Some(journal) = self.journal.get() {
                journal.created(id);
            }
        }
    }

    /// Notes the record that the answer to a create tells of.
    pub(super) fn note_answered(&self, client: &Client, reply: &Reply) {
        match (reply.created_id(), reply.over_long_id()) {
            (Some(id), _) => self.note(client, &id),
            (None, Some(beginning)) => self.note_unreachable(beginning.to_owned()),
            (None, None) => {}
        }
    }

    /// Notes a record that the run created and can't ask for: its id is too long.
    pub(super) fn note_unreachable(&self, shown: String) {
        self.unreachable().push(shown);
    }

    fn unreachable(&self) -> MutexGuard<'_, Vec<String>> {
        self.unreachable.lock()
    }

    /// Notes that a create is about to be sent, with the marker in its body; gives its number.
    pub(super) fn posting(&self, marker: Option<String>) -> Option<u64> {
        self.journal.get().map(|journal| journal.posting(marker))
    }

    /// Notes that the create of that number was answered.
    pub(super) fn answered(&self, number: Option<u64>) {
        if let (Some(journal), Some(number)) = (self.journal.get(), number) {
            journal.answered(number);
        }
    }

    /// Notes whether a record is there.
    fn mark(&self, id: &str, deleted: bool) {
        let mut created = self.entries();
        let Some(record) = created.iter_mut().find(|record| record.id == id) else {
            return;
        };
        record.deleted = deleted;
        match self.journal.get() {
            Some(journal) if deleted => journal.deleted(id),
            Some(journal) => journal.created(id),
            None => {}
        }
    }
}

/// The URL of the collection below a base URL.
pub fn collection(base: &Url, pack: &Pack) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{}", base.path(), pack.manifest.resource));
    url
}

impl Context {
    /// A context whose run has created nothing yet. `configured` is merged into the run's own
    /// records.
    ///
    /// # Errors
    /// Where the pack's fixtures or schemas are malformed.
    pub fn new(
        settings: Settings,
        pack: &'static Pack,
        base: Url,
        client: Client,
        configured: Configured,
        hub: Hub,
    ) -> Result<Self, PackError> {
        // From now on, whatever the target says of them later.
        let given = settings.existing.ids.iter();
        given.for_each(|id| client.log().ownership.mark_existing(id));
        Ok(Self {
            offers: Offers::new(&pack.manifest.operations, configured.patch.as_ref()),
            records: Records::new(pack.fixtures()?, configured),
            existing: Existing::default(),
            hub,
            described: pack.described_attributes()?,
            bodies: Arc::default(),
            posts: PostedBodies::default(),
            run: Run::new(&settings.seed),
            collection: collection(&base, pack),
            settings,
            pack,
            base,
            client: Arc::new(client),
            replay: None,
            review: None,
            history: Mutex::default(),
            collection_bytes: AtomicU64::new(0),
            created: Arc::default(),
            underway: Mutex::default(),
        })
    }

    /// Reads the rules that answers are held against from now on; `official` are the schemas of an
    /// official API description to judge by.
    ///
    /// # Errors
    /// Where the pack's schemas or claims are malformed.
    pub fn read_rules(&mut self, official: Option<SchemaSet>) -> Result<(), ReviewError> {
        if self.settings.level > Level::Certification {
            self.review = Some(Review::new(self.pack, official)?);
        }
        Ok(())
    }

    /// What the catalogue says of a requirement. One that can't be read has no scenario that asks.
    pub fn catalogued(&self, requirement: &str) -> Option<&Requirement> {
        self.pack.catalogue().ok()?.get(requirement)
    }

    /// The URL of the collection.
    pub fn collection(&self) -> Url {
        self.collection.clone()
    }

    /// How many scenarios may run beside each other: as many as the settings say, but no more than
    /// would ask for so many bytes of the collection at a time. A large list is a burden to the
    /// target, and to the memory of whoever reads it.
    pub fn concurrency(&self) -> usize {
        let bytes = self.collection_bytes.load(Ordering::Relaxed);
        let most = LISTS_AT_A_TIME.checked_div(bytes).unwrap_or(u64::MAX);
        let most = usize::try_from(most).unwrap_or(usize::MAX).max(1);
        self.settings.limits.concurrency.min(most)
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
        self.created.note(&self.client, id);
    }

    /// Notes a record that the run created and can't ask for, with so much as is shown of its id:
    /// no URL can carry it. It stays at the target.
    pub fn note_unreachable(&self, shown: String) {
        self.created.note_unreachable(shown);
    }

    /// So much as is shown of the ids of the records that the run created and can't ask for.
    pub fn unreachable_records(&self) -> Vec<String> {
        self.created.unreachable().clone()
    }

    /// Keeps a journal of what the run creates.
    pub fn keep_journal(&self, journal: Journal) {
        // A run keeps one.
        let _ = self.created.journal.set(journal);
    }

    /// The journal, where the run keeps one.
    pub fn journal(&self) -> Option<&Journal> {
        self.created.journal.get()
    }

    pub(super) fn ledger(&self) -> Arc<Ledger> {
        Arc::clone(&self.created)
    }

    /// Remembers a create that goes on even if nobody waits for it any more.
    pub(super) fn note_underway(&self, create: JoinHandle<()>) {
        let mut underway = self.underway();
        underway.retain(|other| !other.is_finished());
        underway.push(create);
    }

    /// Waits until every create has been answered, so that all that was created is known.
    pub async fn settle(&self) {
        loop {
            let Some(create) = self.underway().pop() else {
                return;
            };
            // One that panicked has created nothing that could be known.
            let _ = create.await;
        }
    }

    fn underway(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.underway.lock()
    }

    /// Notes that the target has deleted a record of the run.
    pub fn note_deleted(&self, id: &str) {
        self.created.mark(id, true);
    }

    /// Notes that a record is there all the same: it is left to the cleaning up.
    pub fn note_still_there(&self, id: &str) {
        self.created.mark(id, false);
    }

    /// Whether a record of the run was deleted.
    pub fn is_deleted(&self, id: &str) -> bool {
        let created = self.created.entries();
        created.iter().any(|one| one.id == id && one.deleted)
    }

    /// Whether the run created this record.
    pub(super) fn has_created(&self, id: &str) -> bool {
        let created = self.created.entries();
        created.iter().any(|one| one.id == id)
    }

    /// Whether the run created this record, and not for one scenario alone.
    pub fn is_shared(&self, id: &str) -> bool {
        self.has_created(id) && !self.records.is_disposable(id)
    }

    /// The records that the run created so far, in order.
    pub fn created_records(&self) -> Vec<Created> {
        self.created.entries().clone()
    }
}
