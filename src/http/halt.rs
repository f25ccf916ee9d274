//! When a run asks no more: its target fell silent, or a limit of the run as a whole is reached.
//!
//! A target that stopped answering would cost a timeout for each of some hundred requests. What is
//! left of the run is undecided then, whatever its requests would have been.

use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::{Failure, FailureKind, permit};
use crate::config::Limits;

/// After so many requests in a row without an answer the target is asked whether it is there.
const SILENT: usize = 3;

/// A target that answered before is given so long to come back, from a restart for instance.
pub(super) const RETURN: Duration = Duration::from_secs(2);

/// The books of one run.
#[derive(Debug)]
pub(super) struct Halt {
    /// When the first request was let go.
    began: OnceLock<Instant>,
    limits: Limits,
    state: Mutex<State>,
    /// One asks at a time; the others need no answer of their own.
    pub(super) asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    /// What was read last: a target that is there answers it.
    answered: Option<Url>,
    /// Requests in a row without an answer.
    silent: usize,
    exchanges: usize,
    writes: usize,
    reason: Option<String>,
    /// Whether that is a limit of the run.
    limited: bool,
    /// Whether the run only cleans up after itself: no limit keeps it from that.
    cleaning: bool,
}

impl Halt {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            began: OnceLock::new(),
            limits: limits.clone(),
            state: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// Why nothing is asked any more.
    pub(super) fn reason(&self) -> Option<String> {
        self.state(|state| state.reason.clone())
    }

    /// Whether a limit of the run is why nothing is asked any more.
    pub(super) fn limited(&self) -> bool {
        self.state(|state| state.limited)
    }

    /// Lets a request go, or says why it may not.
    pub(super) fn admit(&self, method: &str) -> Result<(), Failure> {
        let writes = permit::writes(method);
        self.state(|state| {
            if state.reason.is_none() && !state.cleaning {
                state.reason = self.limit_reached(state, writes);
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
        })
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

    /// An answer came; `read` is what a GET was answered for.
    pub(super) fn heard(&self, read: Option<&Url>) {
        self.state(|state| {
            if let Some(url) = read {
                state.answered = Some(url.clone());
            }
            state.silent = 0;
        });
    }

    /// No answer came, or none that ended. Whether the target is to be asked if it is there.
    pub(super) fn silence(&self) -> bool {
        self.state(|state| {
            state.silent += 1;
            state.reason.is_none() && state.silent >= SILENT
        })
    }

    /// No answer came though it was waited for long: that needs not happen again to be doubted.
    pub(super) fn long_silence(&self) -> bool {
        self.state(|state| state.silent = state.silent.max(SILENT - 1));
        self.silence()
    }

    /// Whether it is still unknown if the target is there.
    pub(super) fn in_doubt(&self) -> bool {
        self.state(|state| state.reason.is_none() && state.silent >= SILENT)
    }

    /// What the target answered last, and how long it is given to do so again; nothing and no time
    /// where it never answered.
    pub(super) fn known(&self) -> (Option<Url>, Duration) {
        let url = self.state(|state| state.answered.clone());
        let grace = match url {
            Some(_) => RETURN.min(self.limits.timeout),
            None => Duration::ZERO,
        };
        (url, grace)
    }

    /// The target is given up.
    pub(super) fn give_up(&self) {
        self.state(|state| {
            let silent = state.silent;
            state.reason = Some(format!(
                "the target stopped answering: {silent} requests in a row got no answer, the last \
                 of which asked for what it had answered before"
            ));
        });
    }

    /// Nothing more can be asked, for that reason.
    pub(super) fn end(&self, reason: String) {
        self.state(|state| {
            state.reason.get_or_insert(reason);
        });
    }

    /// From now on the run removes what it left: one more try for a target that fell silent, no
    /// limit for another.
    pub(super) fn clean_up(&self) {
        self.state(|state| {
            state.cleaning = true;
            state.reason = None;
            state.silent = SILENT - 1;
        });
    }

    fn state<T>(&self, read: impl FnOnce(&mut State) -> T) -> T {
        read(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(halt: &Halt, method: &str) -> Option<String> {
        halt.admit(method).err().map(|failure| failure.message)
    }

    #[test]
    fn an_answer_ends_the_count_and_a_given_up_target_is_asked_once_more_to_clean_up() {
        let halt = Halt::new(&Limits::default());
        assert!(!halt.silence() && !halt.silence());
        halt.heard(None);
        assert!(!halt.silence() && !halt.silence() && halt.silence());
        assert!(halt.in_doubt() && refused(&halt, "GET").is_none());
        halt.give_up();
        assert!(!halt.limited());
        let failure = halt.admit("GET").unwrap_err();
        assert_eq!(
            (failure.kind, failure.exchange),
            (FailureKind::Halted, None)
        );
        halt.clean_up();
        assert!(refused(&halt, "DELETE").is_none());
        assert!(halt.silence(), "once is enough then");
    }

    #[test]
    fn limits_end_a_run_and_not_its_cleaning() {
        let limits = Limits {
            max_exchanges: 3,
            max_writes: 1,
            ..Limits::default()
        };
        let halt = Halt::new(&limits);
        assert!(refused(&halt, "POST").is_none() && refused(&halt, "GET").is_none());
        let text = refused(&halt, "PATCH").unwrap();
        assert!(text.contains("--max-writes") && halt.limited(), "{text}");
        assert!(refused(&halt, "GET").is_some(), "the run has ended");
        halt.clean_up();
        for _ in 0..9 {
            assert!(refused(&halt, "DELETE").is_none());
        }
        let over = Halt::new(&Limits {
            max_time: Duration::ZERO,
            ..Limits::default()
        });
        assert!(refused(&over, "GET").is_none());
        assert!(refused(&over, "GET").unwrap().contains("--max-time"));
    }
}
