//! Collections that lag behind their records, as a search index or a replica does: a list that lacks
//! what was created, or still holds what was deleted, is asked for again for a while. So is a record
//! that is not found under its id yet.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use url::Url;

use super::{Context, Record, Reply, World, member};
use crate::evidence::Stop;
use crate::http::Outgoing;

/// The pause before it is asked again.
const PAUSE: Duration = Duration::from_millis(100);

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

    fn give_up(&self, kind: LateWith) {
        let mut state = self.0.lock();
        // Where waiting has helped before, it may help again.
        if !state.seen.contains_key(&kind) {
            state.in_vain.push(kind);
        }
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
            context.lags.give_up(self.kind);
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

impl Context {
    /// Finds out how late the target is, with a record that was just created, where answers in the
    /// replay lacked its records. All that is asked later waits for so long after a change, and so
    /// the checks that wait for nothing by themselves are not misled.
    pub(super) async fn measure_lag(&self, id: &str) {
        let replay = self.replay.as_ref();
        if !replay.is_some_and(|replay| replay.lacks_created()) {
            return;
        }
        let by_id = member(&self.collection, id);
        let shows = |reply: &Reply| Some(reply.answer.status != 404);
        self.measure(LateWith::Read, by_id, shows).await;
        let mut list = self.collection();
        list.query_pairs_mut().append_pair("id", id);
        let shows = |reply: &Reply| match reply.elements().find(id) {
            Some(_) => Some(true),
            // Another record shows that the filter does not work.
            None if !reply.elements().is_empty() => None,
            None => matches!(reply.answer.status, 200 | 206 | 404).then_some(false),
        };
        self.measure(LateWith::Created, list, shows).await;
    }

    /// Asks until the answer shows a record, or shows that waiting does not help (none).
    async fn measure(
        &self,
        kind: LateWith,
        url: Url,
        shows: impl Fn(&Reply) -> Option<bool>,
    ) -> Option<()> {
        let changed = self.lags.0.lock().changed?;
        let mut first = None;
        loop {
            let request = Outgoing::new("GET", url.clone());
            let reply = self.exchange(request, true).await.ok()?;
            let exchange = *first.get_or_insert(reply.answer.index);
            if shows(&reply)? {
                if reply.answer.index != exchange {
                    self.lags.note(kind, exchange, changed.elapsed());
                }
                return Some(());
            }
            if changed.elapsed() >= self.settings.limits.settle {
                self.lags.give_up(kind);
                return None;
            }
            tokio::time::sleep(PAUSE).await;
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
