//! What is done about 429, and about 503 with Retry-After: the target is left alone as long as it
//! asks for, within bounds.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

/// A longer wait than this for one answer is not granted.
const LONGEST: Duration = Duration::from_secs(30);

/// So long a run waits in all; after it such an answer is one like any other.
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

/// How long an answer asks to wait, if it does: 429 does so by its status (RFC 6585, section 4), 503
/// by Retry-After alone (RFC 9110, section 15.6.4); without it, it is a failure like any other.
pub(super) fn asked(status: u16, retry_after: Option<&str>, now: Timestamp) -> Option<Duration> {
    match status {
        429 => Some(retry_after.map_or(UNASKED, |text| delay(text, now))),
        503 => retry_after.map(|text| delay(text, now)),
        _ => None,
    }
}

/// What Retry-After says: seconds or an HTTP-date (RFC 9110, section 10.2.3).
fn delay(text: &str, now: Timestamp) -> Duration {
    let text = text.trim();
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
        assert_eq!(delay(" 7 ", now), Duration::from_secs(7));
        let date = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(delay(date, now), Duration::from_secs(10));
        let past = "Wed, 21 Oct 2015 07:27:00 GMT";
        assert_eq!(delay(past, now), Duration::ZERO);
        assert_eq!(delay("soon", now), UNASKED);
    }

    #[test]
    fn a_503_asks_for_patience_only_where_it_says_how_long() {
        let now = Timestamp::UNIX_EPOCH;
        let second = Some(Duration::from_secs(1));
        assert_eq!(asked(429, None, now), second);
        assert_eq!(asked(429, Some("1"), now), second);
        assert_eq!(asked(503, Some("1"), now), second);
        assert_eq!(asked(503, None, now), None);
        assert_eq!(asked(500, Some("1"), now), None);
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
