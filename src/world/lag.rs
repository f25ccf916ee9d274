//! Collections that lag behind their records, as a search index or a replica does: a list that lacks
//! what was created, or still holds what was deleted, is asked for again for a while. So is a record
//! that is not found under its id yet.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

/// What an answer is late with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LateWith {
    /// It lacks a record that was created.
    Created,
    /// It holds a record that was deleted.
    Deleted,
    /// A record that was created is not found under its id.
    Read,
}

/// A list that was late.
#[derive(Debug, Clone)]
pub struct Lag {
    /// The exchange whose list was not up to date.
    pub exchange: usize,
    /// How long it took since the last change until one was, as far as the pauses show.
    pub after: Duration,
}

/// What the run knows of its target's lists.
#[derive(Debug, Default)]
pub struct Lags(pub(super) Mutex<State>);

#[derive(Debug, Default)]
pub(super) struct State {
    /// The longest of each kind.
    pub(super) seen: BTreeMap<LateWith, Lag>,
    /// The kinds for which a whole wait did not help: nobody waits for them again.
    pub(super) in_vain: Vec<LateWith>,
    /// When the target last changed a record.
    pub(super) changed: Option<Instant>,
}

impl Lags {
    /// The longest lag of a kind.
    pub fn of(&self, kind: LateWith) -> Option<Lag> {
        self.0.lock().seen.get(&kind).cloned()
    }

    /// Notes that the target has changed a record.
    pub(super) fn note_change(&self) {
        self.0.lock().changed = Some(Instant::now());
    }

    /// Until when a list, or a record by its id, may lack the last change, where lists or such reads
    /// are known to be late.
    pub fn late_until(&self, is_list: bool) -> Option<Instant> {
        let state = self.0.lock();
        let lags = state.seen.iter();
        let lags = lags.filter(|(kind, _)| is_list || **kind == LateWith::Read);
        let longest = lags.map(|(_, lag)| lag.after).max()?;
        // Twice as long as was seen: no two lags are the same.
        Some(state.changed? + longest * 2)
    }

    /// Whether a list may still be late: no whole wait for that kind was in vain.
    pub fn may_help(&self, kind: LateWith) -> bool {
        !self.0.lock().in_vain.contains(&kind)
    }

    /// Notes that a whole wait did not help. Where waiting has helped before, it may help again.
    pub(super) fn give_up(&self, kind: LateWith) {
        let mut state = self.0.lock();
        if !state.seen.contains_key(&kind) {
            state.in_vain.push(kind);
        }
    }

    pub(super) fn note(&self, kind: LateWith, exchange: usize, after: Duration) {
        let mut state = self.0.lock();
        let lag = state.seen.entry(kind).or_insert(Lag { exchange, after });
        if after > lag.after {
            *lag = Lag { exchange, after };
        }
    }
}
