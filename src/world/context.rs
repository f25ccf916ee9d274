//! What all scenarios of a run share.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use jiff::SignedDuration;
use parking_lot::{Mutex, MutexGuard};
use tokio::task::JoinHandle;
use url::Url;

use super::body_cache::BodyCache;
use super::hub::Hub;
use super::lag::Lags;
use super::ledger::{Created, Ledger};
use super::offer::Offers;
use super::posts::PostedBodies;
use super::record::Existing;
use super::records::{Configured, Records};
use super::review::{Review, ReviewError};
use crate::config::Settings;
use crate::evidence::{Body, clock_ahead};
use crate::http::Client;
use crate::journal::{Claim, Journal};
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
                 this run are distinguished by {}",
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

/// Maximum number of bytes of lists that may be on their way at a time.
const LISTS_AT_A_TIME: u64 = 64 * 1024 * 1024;

/// Between two looks at what is under way.
const GLANCE: Duration = Duration::from_millis(5);

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
    /// What every answer is held against, whichever scenario asked.
    pub(super) history: Mutex<History>,
    /// The size of the collection as it was before the run's own checks, in bytes.
    pub(super) collection_bytes: AtomicU64,
    /// How late the lists of the target are.
    pub lags: Lags,
    created: Arc<Ledger>,
    /// The body of the first create that the target took.
    pub(super) taken: Mutex<Option<Bytes>>,
    /// Creates that may still be waiting for their answer.
    underway: Mutex<Vec<JoinHandle<()>>>,
}

/// The URL of the collection below a base URL.
pub fn collection(base: &Url, pack: &Pack) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{}", base.path(), pack.manifest.resource));
    url
}

/// The URL of a record; the id is encoded as one path segment.
pub fn record_url(collection: &Url, id: &str) -> Url {
    let mut url = collection.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.push(id);
    }
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
            lags: Lags::default(),
            created: Arc::default(),
            taken: Mutex::default(),
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

    /// How far the target's clock is ahead of the one here, by its first answer with a date.
    pub fn clock_ahead(&self) -> SignedDuration {
        let log = self.client.log();
        let told = (0..log.len()).find_map(|index| {
            let exchange = log.get(index)?;
            let message = &exchange.response.as_ref()?.message;
            clock_ahead(message.header("date")?, exchange.started_at.parse().ok()?)
        });
        told.unwrap_or_default()
    }

    /// The URL of the collection.
    pub fn collection(&self) -> Url {
        self.collection.clone()
    }

    /// How many scenarios may run beside each other: as many as the settings say, but no more than
    /// would ask for that number of bytes of the collection at a time. A large list is a burden to
    /// the target, and to the memory of the user who reads it.
    pub fn concurrency(&self) -> usize {
        let bytes = self.collection_bytes.load(Ordering::Relaxed);
        let most = LISTS_AT_A_TIME.checked_div(bytes).unwrap_or(u64::MAX);
        let most = usize::try_from(most).unwrap_or(usize::MAX).max(1);
        self.settings.limits.concurrency.min(most)
    }

    /// The URL of a record; the id is encoded as one path segment.
    pub fn record_url(&self, id: &str) -> Url {
        record_url(&self.collection, id)
    }

    /// Notes a record that carries the run's marker, and that no create is known to have made: it
    /// is the run's own, and is cleaned up at the end.
    pub fn note_created(&self, id: &str) {
        let marker = self.run.marker();
        self.created.note_found(&self.client, id, &marker);
    }

    /// Notes that a create is about to be sent; gives its number. The official kit's own creates
    /// have no marker.
    pub fn begin_create(&self, marker: Option<String>) -> u64 {
        self.created.posting(marker)
    }

    /// Notes the record that a create made, with what identifies it.
    pub fn note_record(&self, create: u64, id: &str, claim: Claim) {
        self.created.note(&self.client, create, id, claim);
    }

    /// Notes that a create has ended, and whether it is known what came of it.
    pub fn end_create(&self, create: u64, known: bool) {
        self.created.ended(create, known);
    }

    /// Notes a record that the run created and can't ask for, with as much as is shown of its id:
    /// no URL can carry it. It stays at the target.
    pub fn note_unreachable(&self, shown: String) {
        self.created.note_unreachable(shown);
    }

    /// As much as is shown of the ids of the records that the run created and can't ask for.
    pub fn unreachable_records(&self) -> Vec<String> {
        self.created.unreachable()
    }

    /// Keeps a journal of what the run creates.
    pub fn keep_journal(&self, journal: Journal) {
        self.created.keep_journal(journal, &self.settings.headers);
    }

    /// The journal, where the run keeps one.
    pub fn journal(&self) -> Option<&Journal> {
        self.created.journal()
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

    /// Waits until the creates that are under way now have been answered.
    pub(super) async fn await_creates(&self) {
        let begun = self.created.underway();
        while !self.created.underway().is_disjoint(&begun) {
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// Notes the body of a create that the target took; the first is enough.
    pub fn note_taken(&self, body: Bytes) {
        self.taken.lock().get_or_insert(body);
    }

    /// Notes that the target has deleted a record of the run.
    pub fn note_deleted(&self, id: &str) {
        self.created.note_deleted(id);
    }

    /// Notes that a record is there all the same: it is left to the cleaning up.
    pub fn note_still_there(&self, id: &str) {
        self.created.note_still_there(id);
    }

    /// The markers that stand in what the run has posted.
    pub fn posted_markers(&self) -> BTreeSet<String> {
        self.created.markers()
    }

    /// Notes that the record of a create is gone.
    pub fn note_gone(&self, create: u64) {
        self.created.mark(create, true);
    }

    /// Notes that a record was found to be there after all.
    pub fn note_left(&self, record: &Created) {
        let deleted = |one: &Created| one.number == record.number && one.deleted;
        if !self
            .created
            .any(&record.id, |one| one.number == record.number)
        {
            self.note_created(&record.id);
        } else if self.created.any(&record.id, deleted) {
            self.created.mark(record.number, false);
        }
    }

    /// Whether a record of the run was deleted, and its id not given to another of its creates.
    pub fn is_deleted(&self, id: &str) -> bool {
        self.has_created(id) && !self.created.any(id, |one| !one.deleted)
    }

    /// Whether the run created this record and has not deleted it.
    pub fn is_there(&self, id: &str) -> bool {
        self.has_created(id) && !self.is_deleted(id)
    }

    /// Whether the run created a record with this id.
    pub fn has_created(&self, id: &str) -> bool {
        self.created.any(id, |_| true)
    }

    /// Whether the run created this record, and not for one scenario alone.
    pub fn is_shared(&self, id: &str) -> bool {
        self.has_created(id) && !self.records.is_disposable(id)
    }

    /// The records that the run created so far, in order.
    pub fn created_records(&self) -> Vec<Created> {
        self.created.created()
    }
}
