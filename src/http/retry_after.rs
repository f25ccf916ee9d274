//! What is done about 429, and about 503 with Retry-After: the target is left alone as long as it
//! asks for, as long as the run may take. From then on the run is as fast as the target allows.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::watch;
use tokio::time::Instant;

use super::authorized::Authorized;
use super::pace::Throttle;
use super::run_limits::RunLimits;
use super::{Answer, Failure, FailureKind, Outgoing, Repeat};
use parking_lot::Mutex;

/// What is waited where the target does not say how long; doubled where that was too short.
const UNASKED: Duration = Duration::from_secs(1);

/// How often all requests in a row may be refused again after a wait: then waiting does not help.
const MOST_IN_VAIN: u32 = 5;

/// How often one request is sent at most.
const MOST_TRIES: usize = 30;

/// How often a 503 that does not say when to come back is asked again beside fewer others, and how
/// long after it at first.
const MOST_CROWDED: u32 = 6;
const CROWDED: Duration = Duration::from_millis(50);

/// A wait that is longer shows a quota for a time; a shorter one may be due to too many requests
/// beside each other.
const QUOTA: Duration = Duration::from_secs(2);

/// Fewer answers say nothing about the rate that the target allows.
const ENOUGH: usize = 10;

/// Sends again what the target was too busy for.
#[derive(Debug)]
pub(super) struct RetryAfter {
    pub(super) next: Authorized,
    run: Arc<RunLimits>,
    throttle: Arc<Throttle>,
    state: Mutex<WaitState>,
    waiting: watch::Sender<Option<String>>,
}

#[derive(Debug)]
struct WaitState {
    /// Until when nothing is sent.
    until: Option<Instant>,
    /// How often the target refused all again after a wait.
    in_vain: u32,
    /// Answers since the target was last left alone, and since when they are counted.
    served: usize,
    since: Instant,
    /// The answers that asked for patience, by their place in the log.
    refused: Vec<usize>,
    waited: Duration,
    /// When fewer were last sent beside each other since there may have been too many.
    thinned: Instant,
}

impl RetryAfter {
    pub(super) fn new(next: Authorized, run: Arc<RunLimits>, throttle: Arc<Throttle>) -> Self {
        Self {
            next,
            run,
            throttle,
            state: Mutex::new(WaitState {
                until: None,
                in_vain: 0,
                served: 0,
                since: Instant::now(),
                refused: Vec::new(),
                waited: Duration::ZERO,
                thinned: Instant::now(),
            }),
            waiting: watch::Sender::new(None),
        }
    }

    /// Sends a request until it is answered by something other than a wish to come back later.
    pub(super) async fn send(&self, outgoing: &Outgoing) -> Result<Answer, Failure> {
        let (mut tries, mut crowded) = (0, Vec::new());
        loop {
            self.wait().await;
            let sent_at = Instant::now();
            let beside = self.throttle.under_way() + 1;
            let answer = self.next.send(outgoing).await?;
            let beside = beside.max(self.throttle.under_way() + 1);
            let header = |name: &str| answer.header(name);
            let asked = asked(answer.status, &header, Timestamp::now());
            if asked.is_none() && answer.status == 503 && beside > 1 && self.thin(sent_at, beside) {
                crowded.push(answer.index);
                let tried = outgoing.repeat.tries() + u32::try_from(crowded.len()).unwrap_or(1);
                if tried <= MOST_CROWDED {
                    tokio::time::sleep(CROWDED * tried).await;
                    match outgoing.repeat {
                        Repeat::Freely => continue,
                        _ => return Err(waited(&answer)),
                    }
                }
            }
            let Some(asked) = asked else {
                self.note_served(answer.status, crowded);
                return Ok(answer);
            };
            tries += 1;
            let refusal = Refusal {
                exchange: answer.index,
                status: answer.status,
                asked,
                sent_at,
                beside,
            };
            if tries == MOST_TRIES || !self.grant(Instant::now(), &refusal) {
                return Err(Failure {
                    exchange: Some(answer.index),
                    kind: FailureKind::Busy,
                    message: format!(
                        "the target is too busy for it: it answers {} and asks to come back in {} s",
                        answer.status,
                        asked.as_secs()
                    ),
                });
            }
            if outgoing.repeat != Repeat::Freely {
                self.wait().await;
                return Err(waited(&answer));
            }
        }
    }

    /// Waits until requests may be sent: all wait when one of them was refused.
    async fn wait(&self) {
        let until = self.state.lock().until;
        if let Some(until) = until.filter(|until| *until > Instant::now()) {
            tokio::time::sleep_until(until).await;
            self.waiting.send_replace(None);
        }
    }

    /// Notes an answer that does not ask for patience, and the exchanges before it that were refused
    /// since too many were under way.
    fn note_served(&self, status: u16, crowded: Vec<usize>) {
        let mut state = self.state.lock();
        state.served += 1;
        state.in_vain = 0;
        if status != 503 {
            state.refused.extend(crowded);
        }
    }

    /// Has fewer requests under way from now on: a 503 may be due to the number of requests at a time.
    /// Whether that may help.
    fn thin(&self, sent_at: Instant, beside: usize) -> bool {
        let mut state = self.state.lock();
        // Those that were sent before the last time say nothing new.
        if sent_at >= state.thinned {
            state.thinned = Instant::now();
            self.throttle.halve(beside);
        }
        !self.run.has_ended()
    }

    /// Whether a wait is granted; requests are held back until it is over.
    fn grant(&self, now: Instant, refusal: &Refusal) -> bool {
        let mut state = self.state.lock();
        state.refused.push(refusal.exchange);
        if self.run.has_ended() {
            return false;
        }
        // What was sent before the last wait says nothing new.
        let is_new = state.until.is_none_or(|until| refusal.sent_at >= until);
        let mut asked = refusal.asked;
        if is_new {
            if state.in_vain >= MOST_IN_VAIN {
                return false;
            }
            asked = asked.max(UNASKED * 2_u32.pow(state.in_vain) / 2);
        }
        let until = state.until.map_or(now, |until| until.max(now));
        let longer = until.max(now + asked);
        if longer > self.run.deadline() {
            return false;
        }
        if is_new {
            state.in_vain += 1;
            self.throttle.halve(refusal.beside);
            let window = now.duration_since(state.since) + asked;
            if asked >= QUOTA && state.served >= ENOUGH {
                #[allow(clippy::cast_precision_loss, reason = "a run has no 2^52 answers")]
                let rate = state.served as f64 / window.as_secs_f64();
                self.throttle.slow_down_to(rate);
            }
            (state.served, state.since) = (0, longer);
            let status = refusal.status;
            self.waiting.send_replace(Some(format!(
                "waiting {:.0} s, as the target asks for (it answered {status})",
                asked.as_secs_f64().ceil()
            )));
        }
        state.waited += longer - until;
        state.until = Some(longer);
        true
    }

    /// Why the run waits at the moment.
    pub(super) fn waiting(&self) -> watch::Receiver<Option<String>> {
        self.waiting.subscribe()
    }

    /// How many answers asked for patience.
    pub(super) fn refused(&self) -> usize {
        self.state.lock().refused.len()
    }

    /// A sentence on how the run adapted to a target that limits requests.
    pub(super) fn note_for_the_report(&self) -> Option<String> {
        let (refused, waited) = {
            let state = self.state.lock();
            (state.refused.len(), state.waited.as_secs_f64())
        };
        if refused == 0 {
            return None;
        }
        let (rate, most) = self.throttle.limits();
        let most = most.map(|most| format!("at most {most} requests at a time"));
        let each = rate.map(|rate| format!("at most {rate:.1} requests a second"));
        let adapted: Vec<String> = most.into_iter().chain(each).collect();
        let advice = rate.map_or_else(
            || "a lower --concurrency avoids it".to_owned(),
            |rate| {
                format!(
                    "--rate {:.1} from the start avoids it",
                    (rate * 0.9).max(0.1)
                )
            },
        );
        Some(format!(
            "The target limits requests: it answered {refused} times that the run is to come back \
             later (429 or 503). The run waited {waited:.0} s in all and went on \
             with {}; {advice}.",
            adapted.join(", ")
        ))
    }
}

/// An answer that asks for patience.
struct Refusal {
    exchange: usize,
    status: u16,
    asked: Duration,
    /// When the request was sent, and how many were under way then.
    sent_at: Instant,
    beside: usize,
}

/// The request may be sent again after a look at what it changes.
fn waited(answer: &Answer) -> Failure {
    Failure {
        exchange: Some(answer.index),
        kind: FailureKind::Waited,
        message: format!(
            "the target was too busy for it: it answers {}",
            answer.status
        ),
    }
}

/// How long an answer asks to wait, if it does: 429 does so by its status (RFC 6585, section 4), 503
/// by Retry-After alone (RFC 9110, section 15.6.4); without it, it is a failure like any other.
fn asked<'h>(
    status: u16,
    header: &dyn Fn(&str) -> Option<&'h str>,
    now: Timestamp,
) -> Option<Duration> {
    let retry_after = header("retry-after");
    match status {
        429 => {
            let said = retry_after.map(|text| delay(text, now));
            Some(said.or_else(|| reset(header, now)).unwrap_or(UNASKED))
        }
        503 => retry_after.map(|text| delay(text, now)),
        _ => None,
    }
}

/// When the quota is new by the headers that gateways send: seconds, or since 1970 where the number
/// is that large.
fn reset<'h>(header: &dyn Fn(&str) -> Option<&'h str>, now: Timestamp) -> Option<Duration> {
    /// No quota lasts 30 years.
    const SINCE_1970: u64 = 1_000_000_000;
    let names = ["ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"];
    // The draft of the IETF: `"default";r=0;t=30`, or `limit=100, remaining=0, reset=30`.
    let draft = || {
        let mut parts = header("ratelimit")?.split([';', ',']);
        parts.find_map(|part| {
            let (name, value) = part.trim().split_once('=')?;
            matches!(name, "t" | "reset").then_some(value)
        })
    };
    let seconds: u64 = names
        .iter()
        .find_map(|name| header(name))
        .or_else(draft)?
        .trim()
        .parse()
        .ok()?;
    if seconds < SINCE_1970 {
        return Some(Duration::from_secs(seconds));
    }
    let now = u64::try_from(now.as_second()).ok()?;
    Some(Duration::from_secs(seconds.saturating_sub(now)))
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
    use crate::config::{Access, Limits};
    use crate::http::Client;

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
    fn an_answer_says_in_several_ways_how_long_to_wait() {
        let now = Timestamp::from_second(2_000_000_000).unwrap();
        let said = |status: u16, name: &str, value: &'static str| {
            let header = |wanted: &str| (wanted == name).then_some(value);
            asked(status, &header, now).map(|time| time.as_secs())
        };
        assert_eq!(said(429, "", ""), Some(1));
        assert_eq!(said(429, "retry-after", "57"), Some(57));
        assert_eq!(said(429, "x-ratelimit-reset", "42"), Some(42));
        assert_eq!(said(429, "x-ratelimit-reset", "2000000009"), Some(9));
        assert_eq!(said(429, "ratelimit", "\"default\";r=0;t=30"), Some(30));
        assert_eq!(
            said(429, "ratelimit", "limit=9, remaining=0, reset=3"),
            Some(3)
        );
        assert_eq!(said(503, "retry-after", "1"), Some(1));
        assert_eq!(said(503, "", ""), None);
        assert_eq!(said(500, "retry-after", "1"), None);
    }

    fn client(max_time: u64) -> Client {
        let url = url::Url::parse("http://127.0.0.1:1/api/thing").unwrap();
        let limits = Limits {
            max_time: Duration::from_secs(max_time),
            ..Limits::default()
        };
        let access = Access::default();
        Client::new(&limits, &[], &access, false, url, Arc::default()).unwrap()
    }

    fn refusal(sent_at: Instant, asked: u64) -> Refusal {
        Refusal {
            exchange: 0,
            status: 429,
            asked: Duration::from_secs(asked),
            sent_at,
            beside: 8,
        }
    }

    #[tokio::test]
    async fn a_quota_of_400_a_minute_becomes_the_rate_of_the_run() {
        let client = client(3600);
        let retry = &client.layers.next.next;
        (0..400).for_each(|_| retry.note_served(200, Vec::new()));
        let now = Instant::now();
        assert!(retry.grant(now, &refusal(now, 60)));
        // What was under way beside it is not a second wait, and takes no further place.
        assert!(retry.grant(now, &refusal(now - Duration::from_millis(1), 60)));
        let (rate, most) = retry.throttle.limits();
        let rate = rate.unwrap();
        assert!((6.0..=6.7).contains(&rate), "{rate}");
        assert_eq!(most, Some(4));
        let waits = client.waiting().borrow().clone().unwrap();
        assert!(
            waits.starts_with("waiting 60 s") && waits.contains("429"),
            "{waits}"
        );
        let note = client.note_on_pace().unwrap();
        assert!(
            note.contains("waited 60 s") && note.contains("--rate 6."),
            "{note}"
        );
        assert_eq!(client.refused_as_busy(), 2);
    }

    #[tokio::test]
    async fn a_wait_beyond_the_time_of_the_run_is_not_granted() {
        let client = client(100);
        let retry = &client.layers.next.next;
        let now = Instant::now();
        assert!(!retry.grant(now, &refusal(now, 101)));
        assert!(retry.grant(now, &refusal(now, 60)));
        let later = now + Duration::from_secs(60);
        assert!(!retry.grant(later, &refusal(later, 60)));
        client.clean_up();
        assert!(
            retry.grant(later, &refusal(later, 50)),
            "to clean up there is more time"
        );
    }

    #[tokio::test]
    async fn waiting_ends_where_it_does_not_help() {
        let client = client(3600);
        let retry = &client.layers.next.next;
        let mut now = Instant::now();
        for _ in 0..MOST_IN_VAIN {
            assert!(retry.grant(now, &refusal(now, 1)));
            now += Duration::from_secs(60);
        }
        assert!(!retry.grant(now, &refusal(now, 1)));
        retry.note_served(200, Vec::new());
        assert!(retry.grant(now, &refusal(now, 1)));
        assert_eq!(retry.throttle.limits().1, Some(1));
    }
}
