//! The limits of a run as a whole, and why nothing is sent any more.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::time::Instant;

use super::message::writes;
use super::{Failure, FailureKind};
use crate::config::Limits;
use parking_lot::Mutex;

/// How long cleaning up may wait for a target that limits requests.
const CLEANING_UP: Duration = Duration::from_secs(120);

/// Counts what a run sends, and ends it.
#[derive(Debug)]
pub(super) struct RunLimits {
    /// When the first request was sent.
    began: OnceLock<Instant>,
    limits: Limits,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    exchanges: usize,
    writes: usize,
    /// Why nothing is sent any more.
    reason: Option<String>,
    /// Whether that is a limit of the run.
    limited: bool,
    /// When the run began to clean up after itself: no limit keeps it from that.
    cleaning: Option<Instant>,
}

impl RunLimits {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            began: OnceLock::new(),
            limits: limits.clone(),
            state: Mutex::default(),
        }
    }

    /// Why nothing is sent any more.
    pub(super) fn reason(&self) -> Option<String> {
        self.state.lock().reason.clone()
    }

    /// Whether nothing is sent any more.
    pub(super) fn has_ended(&self) -> bool {
        self.state.lock().reason.is_some()
    }

    /// Whether a limit of the run is why nothing is sent any more.
    pub(super) fn limited(&self) -> bool {
        self.state.lock().limited
    }

    /// Nothing more can be sent, for that reason.
    pub(super) fn end(&self, reason: String) {
        self.state.lock().reason.get_or_insert(reason);
    }

    /// From now on the run removes what it left. No limit keeps it from that.
    pub(super) fn clean_up(&self) {
        let mut state = self.state.lock();
        state.cleaning = Some(Instant::now());
        state.reason = None;
    }

    /// Until when the run may wait for the target.
    pub(super) fn deadline(&self) -> Instant {
        let began = *self.began.get_or_init(Instant::now);
        let end = began + self.limits.max_time;
        let cleaning = self.state.lock().cleaning;
        cleaning.map_or(end, |since| end.max(since + CLEANING_UP))
    }

    /// Counts a request that is about to be sent, or says why it may not be.
    pub(super) fn admit(&self, method: &str) -> Result<(), Failure> {
        let writes = writes(method);
        let mut state = self.state.lock();
        if state.reason.is_none() && state.cleaning.is_none() {
            state.reason = self.limit_reached(&state, writes);
            state.limited = state.reason.is_some();
        }
        if let Some(reason) = &state.reason {
            return Err(Failure {
                exchange: None,
                kind: FailureKind::Halted,
                message: reason.clone(),
            });
        }
        state.exchanges += 1;
        state.writes += usize::from(writes);
        Ok(())
    }

    fn limit_reached(&self, state: &State, writes: bool) -> Option<String> {
        let Limits {
            max_time,
            max_exchanges,
            max_writes,
            ..
        } = self.limits;
        let began = self.began.get_or_init(Instant::now);
        if state.exchanges > 0 && began.elapsed() >= max_time {
            let seconds = max_time.as_secs_f64();
            return Some(format!("the run may take {seconds} s (--max-time)"));
        }
        if state.exchanges >= max_exchanges {
            let text = format!("the run may send {max_exchanges} requests (--max-exchanges)");
            return Some(text);
        }
        (writes && state.writes >= max_writes).then(|| {
            format!("the run may send {max_writes} requests that change something (--max-writes)")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(run: &RunLimits, method: &str) -> Option<String> {
        run.admit(method).err().map(|failure| failure.message)
    }

    #[test]
    fn limits_end_a_run_and_not_its_cleaning() {
        let limits = Limits {
            max_exchanges: 3,
            max_writes: 1,
            ..Limits::default()
        };
        let run = RunLimits::new(&limits);
        assert!(refused(&run, "POST").is_none() && refused(&run, "GET").is_none());
        let text = refused(&run, "PATCH").unwrap();
        assert!(text.contains("--max-writes") && run.limited(), "{text}");
        assert!(refused(&run, "GET").is_some(), "the run has ended");
        run.clean_up();
        for _ in 0..9 {
            assert!(refused(&run, "DELETE").is_none());
        }
        let over = RunLimits::new(&Limits {
            max_time: Duration::ZERO,
            ..Limits::default()
        });
        assert!(refused(&over, "GET").is_none());
        assert!(refused(&over, "GET").unwrap().contains("--max-time"));
    }
}
