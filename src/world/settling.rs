//! Asks for a list again where it lags behind its records.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::lag::LateWith;
use super::{Context, Record, Reply, World, record_url};
use crate::evidence::Stop;
use crate::http::Outgoing;

/// The pause before it is asked again.
const PAUSE: Duration = Duration::from_millis(100);

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
        let by_id = record_url(&self.collection, id);
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
