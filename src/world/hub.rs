//! The listener of a run, its subscriptions at the target's hub, and what they received.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::reach::{Reach, is_loopback};
use crate::evidence::Stop;
use crate::listener::Listener;

/// A registration of a listener at the target.
#[derive(Debug, Clone)]
pub struct Subscription {
    /// What the features call it.
    pub name: String,
    /// What its callback has in its path.
    pub key: String,
    /// The callback, as it was sent.
    pub callback: String,
    /// The query, as it was sent.
    pub query: Option<String>,
    /// The id that the target gave it, where it gave one.
    pub id: Option<String>,
    /// The exchange that registered it.
    pub exchange: usize,
    /// When it was asked for.
    pub since: Instant,
    /// When the target had confirmed that it is removed.
    pub removed: Option<Instant>,
    /// Why it could not be removed.
    pub reason: Option<String>,
}

/// A record of the run that the target has made, changed or deleted.
#[derive(Debug, Clone)]
pub struct Change {
    /// The id of the record.
    pub record: String,
    /// The method of the request.
    pub method: String,
    /// The exchange.
    pub exchange: usize,
    /// When the request left.
    pub at: Instant,
}

/// A subscription that scenarios share, once it is made, or why it could not be.
pub(super) type Shared = Arc<OnceCell<Result<(), Stop>>>;

/// The listener of a run and all that has to do with it.
#[derive(Debug)]
pub struct Hub {
    pub(super) listener: Option<Listener>,
    pub(super) reach: Reach,
    /// When the run began, for the times that events give.
    pub began: Timestamp,
    pub(super) broken: AtomicBool,
    pub(super) state: Mutex<HubState>,
}

#[derive(Debug, Default)]
pub(super) struct HubState {
    pub(super) subscriptions: Vec<Subscription>,
    pub(super) shared: BTreeMap<String, Shared>,
    pub(super) changes: Vec<Change>,
    /// What was waited for in vain: subscription and type, each with the change that should have
    /// been reported. A type that nobody was reported of stands without a subscription, too.
    pub(super) missing: BTreeMap<(Option<String>, String), usize>,
    /// Texts of bodies that the target should have refused.
    pub(super) refused: Vec<String>,
    /// From when on it has to be quiet.
    pub(super) quiet_from: Option<Instant>,
    /// Why nothing can be heard: the hub has refused the callback of this run.
    pub(super) refusal: Option<Stop>,
}

impl Hub {
    /// A hub with a listener, or without one where events are left out or not come to.
    pub fn new(listener: Option<Listener>, reach: Reach) -> Self {
        Self {
            listener,
            reach,
            began: Timestamp::now(),
            broken: AtomicBool::new(false),
            state: Mutex::default(),
        }
    }

    /// The listener, where there is one.
    pub const fn listener(&self) -> Option<&Listener> {
        self.listener.as_ref()
    }

    /// Why nothing can be heard, where that is so.
    ///
    /// Where it is not sure that the target reaches us, and nobody ever has, that is said of the
    /// network and not of the target.
    pub fn why_unreachable(&self) -> Option<Stop> {
        if self.broken.load(Ordering::Relaxed) {
            return Some(Stop::blocked("the listener could not be started", None));
        }
        if let Some(refusal) = self.refusal() {
            return Some(refusal);
        }
        let reached = self.listener.as_ref().is_some_and(Listener::was_reached);
        self.reach.why_unreachable(reached)
    }

    /// Notes that the listener could not be started.
    pub fn note_broken(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    /// Whether a target may find fault with the callback: it can't be reached, or is not https URL
    /// of another host.
    pub(super) fn may_be_refused(&self, status: u16) -> bool {
        if matches!(self.reach, Reach::Off | Reach::Never) {
            return (400..500).contains(&status);
        }
        let base = self.listener.as_ref().map(Listener::base);
        let is_public = base.is_some_and(|url| url.scheme() == "https" && !is_loopback(url));
        matches!(status, 400 | 403 | 422) && !is_public
    }

    /// Why the hub has refused the callback of this run, where it has taken none.
    pub(super) fn refusal(&self) -> Option<Stop> {
        let state = self.state();
        let refusal = state.refusal.clone();
        refusal.filter(|_| state.subscriptions.is_empty())
    }

    /// All subscriptions so far, in order.
    pub fn subscriptions(&self) -> Vec<Subscription> {
        self.state().subscriptions.clone()
    }

    /// The last subscription of that name.
    pub fn subscription(&self, name: &str) -> Option<Subscription> {
        let state = self.state();
        let mut named = state.subscriptions.iter().rev();
        named.find(|one| one.name == name).cloned()
    }

    /// Notes that the target has made, changed or deleted a record of the run.
    pub(super) fn note_change(&self, change: Change) {
        self.state().changes.push(change);
    }

    /// The last change of a record by that method that began before an instant.
    pub fn change(&self, record: &str, method: &str, before: Instant) -> Option<Change> {
        let state = self.state();
        let mut changes = state.changes.iter().rev();
        changes
            .find(|one| one.record == record && one.method == method && one.at <= before)
            .cloned()
    }

    /// The last change of a record, whatever it was, that began before an instant.
    pub fn last_change(&self, record: &str, before: Instant) -> Option<Change> {
        let state = self.state();
        let mut changes = state.changes.iter().rev();
        changes
            .find(|one| one.record == record && one.at <= before)
            .cloned()
    }

    /// Whether the target did something of a method between two instants.
    pub fn was_done(&self, method: &str, from: Instant, to: Option<Instant>) -> bool {
        self.state()
            .changes
            .iter()
            .any(|one| one.method == method && one.at >= from && to.is_none_or(|to| one.at <= to))
    }

    /// The change whose event was missed first, where one was.
    pub fn first_missing(&self) -> Option<usize> {
        self.state().missing.values().min().copied()
    }

    /// How often a record was made, changed or deleted.
    pub fn changes_of(&self, record: &str) -> usize {
        let state = self.state();
        let own = state.changes.iter().filter(|one| one.record == record);
        own.count()
    }

    /// Notes a text of a body that the target has refused: nothing may be reported of it.
    pub fn note_refused(&self, text: &str) {
        self.state().refused.push(text.to_owned());
    }

    /// Whether a text stands in a body that the target has refused.
    pub fn was_refused(&self, text: &str) -> bool {
        self.state().refused.iter().any(|known| known == text)
    }

    /// From now on it has to be quiet, but for what comes late.
    pub fn expect_quiet(&self) {
        self.state().quiet_from = Some(Instant::now());
    }

    pub(super) fn state(&self) -> MutexGuard<'_, HubState> {
        self.state.lock()
    }
}
