//! When a request is sent: within the limits of the run, not faster than allowed, and not beside
//! more others than the target takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard, Semaphore};
use tokio::time::Instant;

use super::credentials::Sent;
use super::record::Recorder;
use super::run_limits::RunLimits;
use super::{Answer, Failure, Outgoing};
use parking_lot::Mutex;

/// Requests beside each other, before the target limits them: more than a run has scenarios.
const MOST_BESIDE: usize = 64;

/// How long a target may take to notice that the connections of others are closed.
const CLOSING: Duration = Duration::from_millis(30);

/// Sends each request when its turn has come.
#[derive(Debug)]
pub(super) struct Pace {
    pub(super) next: Recorder,
    pub(super) run: Arc<RunLimits>,
    pub(super) throttle: Arc<Throttle>,
}

/// What came of a request, and whether others were under way beside it.
#[derive(Debug)]
pub(super) struct Paced {
    pub(super) result: Result<Answer, Failure>,
    pub(super) beside: bool,
}

impl Pace {
    /// Sends a request; where it says so, on a connection of its own (`apart`) and while no other is
    /// under way (`alone`).
    pub(super) async fn send(
        &self,
        outgoing: &Outgoing,
        sent: &Sent,
        apart: bool,
        alone: bool,
    ) -> Paced {
        let place = self.throttle.place(alone).await;
        if alone {
            tokio::time::sleep(CLOSING).await;
        }
        self.throttle.wait_for_turn().await;
        if let Err(failure) = self.run.admit(&outgoing.method) {
            return Paced {
                result: Err(failure),
                beside: false,
            };
        }
        let before = self.throttle.has_others();
        let result = self.next.send(outgoing, sent, apart).await;
        let beside = before || self.throttle.has_begun_since(&place);
        drop(place);
        Paced { result, beside }
    }
}

/// How fast requests are sent and how many beside each other; it is only ever lowered.
#[derive(Debug)]
pub(super) struct Throttle {
    turns: Mutex<Turns>,
    /// Held for reading by each request, for writing by one that is sent alone.
    together: RwLock<()>,
    places: Semaphore,
    /// Places that are taken away as soon as they are free.
    surplus: AtomicUsize,
    under_way: AtomicUsize,
    /// Requests that have begun so far.
    begun: AtomicUsize,
    /// How many requests may be under way; no more than [`MOST_BESIDE`].
    most: AtomicUsize,
}

#[derive(Debug)]
struct Turns {
    /// Requests per second.
    rate: Option<f64>,
    next: Instant,
}

/// The right to send; given back when it is dropped.
struct Slot<'t> {
    throttle: &'t Throttle,
    /// How many had begun with this one.
    number: usize,
    _together: Result<RwLockReadGuard<'t, ()>, RwLockWriteGuard<'t, ()>>,
}

impl Throttle {
    pub(super) fn new(rate: Option<f64>) -> Self {
        Self {
            turns: Mutex::new(Turns {
                rate,
                next: Instant::now(),
            }),
            together: RwLock::new(()),
            places: Semaphore::new(MOST_BESIDE),
            surplus: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            begun: AtomicUsize::new(0),
            most: AtomicUsize::new(MOST_BESIDE),
        }
    }

    async fn place(&self, alone: bool) -> Slot<'_> {
        let together = if alone {
            Err(self.together.write().await)
        } else {
            Ok(self.together.read().await)
        };
        // The semaphore is never closed.
        if let Ok(permit) = self.places.acquire().await {
            permit.forget();
        }
        self.under_way.fetch_add(1, Ordering::SeqCst);
        Slot {
            throttle: self,
            number: self.begun.fetch_add(1, Ordering::SeqCst) + 1,
            _together: together,
        }
    }

    fn has_others(&self) -> bool {
        self.under_way.load(Ordering::SeqCst) > 1
    }

    fn has_begun_since(&self, place: &Slot<'_>) -> bool {
        self.begun.load(Ordering::SeqCst) > place.number
    }

    /// With a rate, requests leave at even distances.
    async fn wait_for_turn(&self) {
        let turn = {
            let mut turns = self.turns.lock();
            let Some(rate) = turns.rate else {
                return;
            };
            let turn = turns.next.max(Instant::now());
            turns.next = turn + Duration::from_secs_f64(1.0 / rate);
            turn
        };
        tokio::time::sleep_until(turn).await;
    }

    /// Sends at most this many requests a second from now on.
    pub(super) fn slow_down_to(&self, rate: f64) {
        let mut turns = self.turns.lock();
        turns.rate = Some(turns.rate.map_or(rate, |known| known.min(rate)));
    }

    /// Has half as many requests under way from now on as there are now, but one at least.
    pub(super) fn halve(&self, under_way: usize) {
        let most = self.most.load(Ordering::SeqCst);
        let fewer = (under_way.min(most) / 2).max(1);
        if fewer >= most {
            return;
        }
        self.most.store(fewer, Ordering::SeqCst);
        let taken = self.places.forget_permits(most - fewer);
        self.surplus
            .fetch_add(most - fewer - taken, Ordering::SeqCst);
    }

    /// How many requests are under way.
    pub(super) fn under_way(&self) -> usize {
        self.under_way.load(Ordering::SeqCst)
    }

    /// The rate, and how many requests are under way at most, where that was lowered.
    pub(super) fn limits(&self) -> (Option<f64>, Option<usize>) {
        let most = self.most.load(Ordering::SeqCst);
        (self.turns.lock().rate, (most < MOST_BESIDE).then_some(most))
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        self.throttle.under_way.fetch_sub(1, Ordering::SeqCst);
        let fewer = |surplus: usize| surplus.checked_sub(1);
        let order = Ordering::SeqCst;
        if self
            .throttle
            .surplus
            .fetch_update(order, order, fewer)
            .is_err()
        {
            self.throttle.places.add_permits(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn fewer_are_under_way_when_the_target_takes_fewer() {
        let throttle = Throttle::new(None);
        let mut places = Vec::new();
        for _ in 0..6 {
            places.push(throttle.place(false).await);
        }
        throttle.halve(throttle.under_way());
        assert_eq!(throttle.limits().1, Some(3));
        places.truncate(3);
        assert!(throttle.place(false).now_or_never().is_none());
        places.pop();
        assert!(throttle.place(false).now_or_never().is_some());
        throttle.halve(1);
        throttle.halve(1);
        assert_eq!(throttle.limits().1, Some(1));
    }

    #[tokio::test]
    async fn one_that_is_alone_waits_for_the_others_and_they_for_it() {
        let throttle = Throttle::new(None);
        let other = throttle.place(false).await;
        assert!(throttle.place(true).now_or_never().is_none());
        drop(other);
        let alone = throttle.place(true).await;
        assert!(throttle.place(false).now_or_never().is_none());
        assert!(!throttle.has_others());
        drop(alone);
        assert!(throttle.place(false).now_or_never().is_some());
    }

    #[test]
    fn a_rate_is_only_lowered() {
        let throttle = Throttle::new(Some(5.0));
        throttle.slow_down_to(7.0);
        assert_eq!(throttle.limits().0, Some(5.0));
        throttle.slow_down_to(2.0);
        assert_eq!(throttle.limits().0, Some(2.0));
    }
}
