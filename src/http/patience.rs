//! What is done about 429: the target is left alone as long as it asks for, within bounds.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// A longer wait than this for one answer is not granted.
const LONGEST: Duration = Duration::from_secs(30);

/// So long a run waits in all; after it a 429 is an answer like any other.
const BUDGET: Duration = Duration::from_secs(60);

/// What is waited where the target does not say how long.
const UNASKED: Duration = Duration::from_secs(1);

/// So often one request is sent at most.
pub(super) const TRIES: usize = 4;

/// How long the target asked to be left alone, and how long it was.
#[derive(Debug, Default)]
pub(super) struct Patience(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    until: Option<Instant>,
    spent: Duration,
}

impl Patience {
    /// Waits until requests may be sent: all wait when one of them was told to.
    pub(super) async fn wait(&self) {
        let until = self.state(|state| state.until);
        if let Some(until) = until {
            tokio::time::sleep_until(until).await;
        }
    }

    /// Whether a wait is granted; requests are held back until it is over.
    pub(super) fn grant(&self, now: Instant, asked: Duration) -> bool {
        if asked > LONGEST {
            return false;
        }
        self.state(|state| {
            let known = state.until.map_or(now, |until| until.max(now));
            let until = known.max(now + asked);
            let spent = state.spent + (until - known);
            if spent > BUDGET {
                return false;
            }
            state.until = Some(until);
            state.spent = spent;
            true
        })
    }

    fn state<T>(&self, read: impl FnOnce(&mut State) -> T) -> T {
        read(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How long a 429 asks to wait: seconds or an HTTP-date (RFC 9110, section 10.2.3).
pub(super) fn asked(retry_after: Option<&str>, now: Timestamp) -> Duration {
    let Some(text) = retry_after.map(str::trim) else {
        return UNASKED;
    };
    if let Ok(seconds) = text.parse() {
        return Duration::from_secs(seconds);
    }
    let Ok(date) = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text) else {
        return UNASKED;
    };
    Duration::try_from(date.duration_since(now)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_understood() {
        let now: Timestamp = "2015-10-21T07:27:50Z".parse().unwrap();
        assert_eq!(asked(Some(" 7 "), now), Duration::from_secs(7));
        let date = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(asked(Some(date), now), Duration::from_secs(10));
        let past = "Wed, 21 Oct 2015 07:27:00 GMT";
        assert_eq!(asked(Some(past), now), Duration::ZERO);
        assert_eq!(asked(Some("soon"), now), UNASKED);
        assert_eq!(asked(None, now), UNASKED);
    }

    #[test]
    fn waits_that_overlap_are_spent_once_and_the_budget_ends() {
        let patience = Patience::default();
        let now = Instant::now();
        assert!(!patience.grant(now, LONGEST + Duration::from_secs(1)));
        assert!(patience.grant(now, LONGEST) && patience.grant(now, LONGEST));
        let later = now + LONGEST;
        assert!(patience.grant(later, LONGEST));
        assert!(!patience.grant(later + LONGEST, UNASKED));
    }
}
