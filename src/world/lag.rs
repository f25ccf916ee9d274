//! Collections that lag behind their records, as a search index or a replica does: a list that lacks
//! what was created, or still holds what was deleted, is asked for again for a while.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;

use super::{Record, Reply, World};
use crate::evidence::Stop;
use crate::http::Outgoing;

/// The pause before the list is asked for again.
const PAUSE: Duration = Duration::from_millis(100);

/// What a list is late with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LateWith {
    /// It lacks a record that was created.
    Created,
    /// It holds a record that was deleted.
    Deleted,
}

/// A list that was late.
#[derive(Debug, Clone)]
pub struct Lag {
    /// The exchange whose list was not up to date.
    pub exchange: usize,
    /// How long it took since the last change until one was, as far as the pauses tell.
    pub after: Duration,
}

/// What the run knows of its target's lists.
#[derive(Debug, Default)]
pub struct Lags(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The longest of each kind.
    seen: BTreeMap<LateWith, Lag>,
    /// The kinds for which a whole wait did not help: nobody waits for them again.
    in_vain: Vec<LateWith>,
    /// When the target last changed a record.
    changed: Option<Instant>,
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

    /// Until when a list that is asked for now may lack the last change, where lists are known to be
    /// late.
    pub(super) fn late_until(&self) -> Option<Instant> {
        let state = self.0.lock();
        let longest = state.seen.values().map(|lag| lag.after).max()?;
        // Twice as long as was seen: no two lags are the same.
        Some(state.changed? + longest * 2)
    }

    fn may_help(&self, kind: LateWith) -> bool {
        !self.0.lock().in_vain.contains(&kind)
    }

    fn note(&self, kind: LateWith, exchange: usize, after: Duration) {
        let mut state = self.0.lock();
        let lag = state.seen.entry(kind).or_insert(Lag { exchange, after });
        if after > lag.after {
            *lag = Lag { exchange, after };
        }
    }
}

/// Asks for one list again and again, until it is up to date or the time of `--settle` is over.
#[derive(Debug)]
pub struct Settling {
    kind: LateWith,
    first: Arc<Reply>,
    /// The last change before.
    changed: Option<Instant>,
    began: Instant,
    asked_again: bool,
}

impl Settling {
    /// Begins with a list that may be late.
    pub fn new(world: &World, kind: LateWith, first: &Arc<Reply>) -> Self {
        Self {
            kind,
            first: Arc::clone(first),
            changed: world.context.lags.0.lock().changed,
            began: Instant::now(),
            asked_again: false,
        }
    }

    /// The list once more, after a pause; none where there is nothing to wait for any more.
    ///
    /// # Errors
    /// As for [`World::send`].
    pub async fn again(&mut self, world: &mut World) -> Result<Option<Arc<Reply>>, Stop> {
        let context = Arc::clone(&world.context);
        if context.settings.existing.read_only || !context.lags.may_help(self.kind) {
            return Ok(None);
        }
        if self.began.elapsed() >= context.settings.limits.settle {
            let mut state = context.lags.0.lock();
            // Where waiting has helped before, it may help again.
            if !state.seen.contains_key(&self.kind) {
                state.in_vain.push(self.kind);
            }
            return Ok(None);
        }
        tokio::time::sleep(PAUSE).await;
        self.asked_again = true;
        let request = Outgoing::new("GET", self.first.answer.url.clone());
        let reply = world.send(request).await?;
        Ok(Some(reply))
    }

    /// The list is up to date: where that took a while, it is remembered.
    pub fn done(self, world: &World) {
        if self.asked_again {
            let after = self.changed.unwrap_or(self.began).elapsed();
            let exchange = self.first.answer.index;
            world.context.lags.note(self.kind, exchange, after);
        }
    }
}

impl World {
    /// The answer, or a later one to the same request for which `is_settled` is true; the answer
    /// itself where that does not come in time.
    ///
    /// # Errors
    /// As for [`World::send`].
    pub async fn settled(
        &mut self,
        kind: LateWith,
        first: Arc<Reply>,
        is_settled: impl Fn(&Reply) -> bool,
    ) -> Result<Arc<Reply>, Stop> {
        let mut settling = Settling::new(self, kind, &first);
        let mut reply = Arc::clone(&first);
        loop {
            if is_settled(&reply) {
                settling.done(self);
                return Ok(reply);
            }
            match settling.again(self).await? {
                Some(next) => reply = next,
                None => break,
            }
        }
        self.reply = Some(Arc::clone(&first));
        Ok(first)
    }

    /// The list, or a later one, that does not hold a record that was deleted; the list itself where
    /// that does not come in time.
    ///
    /// # Errors
    /// Blocks where the list shows another record that was given its id; else as for [`World::send`].
    pub async fn without(&mut self, record: &Record, list: Arc<Reply>) -> Result<Arc<Reply>, Stop> {
        self.shows_no_other(record, &list).await?;
        let is_gone = |list: &Reply| list.elements().find(&record.id).is_none();
        let list = self.settled(LateWith::Deleted, list, is_gone).await?;
        self.shows_no_other(record, &list).await?;
        Ok(list)
    }

    async fn shows_no_other(&mut self, record: &Record, list: &Reply) -> Result<(), Stop> {
        let shown = list.elements().find(&record.id);
        let Some(shown) = shown.map(|(_, element)| element.into_owned()) else {
            return Ok(());
        };
        let exchange = Some(list.answer.index);
        self.still_has_its_id(record, exchange, Some(&shown)).await
    }
}
