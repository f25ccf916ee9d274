//! Asks for a list again where it lags behind its records.

use super::lag::LateWith;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{Reply, World};
use crate::evidence::Stop;
use crate::http::Outgoing;

/// The pause before the list is asked for again.
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
}
