//! Knows a target that has stopped serving.
//!
//! A token expires, a quota ends, a gateway loses what is behind it: from then on every request is
//! answered in one and the same way, or not at all. That says nothing about the target's conformance,
//! and would cost some hundred requests. So when such answers begin, what worked before is asked
//! once more. If that fails in the same way, the run ends.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

use super::limit_log::KIT_TIMEOUT;
use super::retry_after::RetryAfter;
use super::run_limits::RunLimits;
use super::{Answer, Failure, FailureKind, Outgoing, Truncation, path_and_query};
use parking_lot::Mutex;

/// After this number of requests in a row that failed in one way, what worked before is asked again.
const SUSPICIOUS: usize = 3;

/// The same for a status that checks often expect, such as 404.
const SUSPICIOUS_IF_COMMON: usize = 12;

/// Requests under way beside each other are not answered in the order in which the target took them:
/// so far back an answer may belong to those that failed.
const BESIDE: usize = 16;

/// How long a target that answered before may take to come back, from a restart for instance.
const RETURN: Duration = Duration::from_secs(2);

/// How a target may fail at whatever it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Symptom {
    /// No answer in time, or nobody there.
    Silence,
    /// The connection breaks before the answer.
    HangsUp,
    /// A body that does not end, by the limits of size or time.
    Endless,
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 429, or 503 with Retry-After, beyond what the run can wait.
    Busy,
    /// 500 and above.
    Unavailable,
    /// A page for people in place of JSON, such as one on maintenance or for signing in.
    Page,
    /// 300 to 399.
    Redirect,
    /// 404 and other statuses that a check may well expect.
    Refused(u16),
}

impl Symptom {
    /// How this request failed, if it did.
    fn of(sent: &Result<Answer, Failure>) -> Option<Self> {
        let answer = match sent {
            Ok(answer) => answer,
            Err(failure) => {
                return match failure.kind {
                    FailureKind::Busy => Some(Self::Busy),
                    FailureKind::Broken | FailureKind::Dropped | FailureKind::Protocol => {
                        Some(Self::HangsUp)
                    }
                    kind if kind.is_silence() => Some(Self::Silence),
                    _ => None,
                };
            }
        };
        if matches!(
            answer.cut,
            Some(Truncation::TimedOut(_) | Truncation::TooLarge(_))
        ) {
            return Some(Self::Endless);
        }
        match answer.status {
            401 | 407 => Some(Self::Unauthorized),
            403 => Some(Self::Forbidden),
            // Not implemented: a common answer to what is optional.
            501 => Some(Self::Refused(501)),
            500.. => Some(Self::Unavailable),
            300..400 => Some(Self::Redirect),
            400.. => Some(Self::Refused(answer.status)),
            _ => {
                let media_type = answer.header("content-type").unwrap_or_default();
                media_type.starts_with("text/html").then_some(Self::Page)
            }
        }
    }

    /// How many requests in a row have to fail so.
    const fn threshold(self) -> usize {
        match self {
            Self::Refused(_) => SUSPICIOUS_IF_COMMON,
            _ => SUSPICIOUS,
        }
    }

    /// Whether a single one at the end of a part of the run is reason enough to ask.
    const fn is_telling(self) -> bool {
        !matches!(self, Self::Refused(_))
    }

    /// Whether a target that never answered otherwise is given up, too: nothing is known of it.
    const fn says_nothing(self) -> bool {
        matches!(self, Self::Silence | Self::Endless)
    }

    /// Whether it may be over in a moment.
    const fn may_pass(self) -> bool {
        matches!(self, Self::Silence | Self::HangsUp | Self::Unavailable)
    }

    /// What the target does.
    fn described(self) -> String {
        match self {
            Self::Silence => "got no answer".to_owned(),
            Self::HangsUp => "got no answer, since the connection broke".to_owned(),
            Self::Endless => "got an answer that did not end (--parse-bytes, --timeout)".to_owned(),
            Self::Unauthorized => "were answered 401".to_owned(),
            Self::Forbidden => "were answered 403".to_owned(),
            Self::Busy => "were answered 429, or 503 with Retry-After".to_owned(),
            Self::Unavailable => "were answered 500 or above".to_owned(),
            Self::Page => "were answered with a page of HTML".to_owned(),
            Self::Redirect => "were redirected".to_owned(),
            Self::Refused(status) => format!("were answered {status}"),
        }
    }

    /// What its owner or the user can do.
    const fn advice(self) -> &'static str {
        match self {
            Self::Silence | Self::HangsUp => {
                "see whether it, or a gateway before it, was stopped or overrun; --rate and \
                 --concurrency slow the run down"
            }
            Self::Endless => "see what it sends without end",
            Self::Unauthorized => {
                "the token or session probably expired: use one that lasts as long as the run, or \
                 one that is renewed (--bearer-command, or client credentials)"
            }
            Self::Forbidden => {
                "probably a quota is used up or a firewall took the run for an attack: slow it down \
                 with --rate, or see whether the credentials were withdrawn"
            }
            Self::Busy => {
                "its quota is used up for longer than the run may wait: run again later, slow down \
                 with --rate, or allow more time with --max-time"
            }
            Self::Unavailable => {
                "it, or what is behind its gateway, probably crashed or is in maintenance: run again \
                 when it is back; if it always happens, slow down with --rate"
            }
            Self::Page | Self::Redirect => {
                "probably it is in maintenance, or a session ended and the user is to sign in again"
            }
            Self::Refused(_) => "see whether it was restarted or replaced while the run went on",
        }
    }
}

/// A time in which the target did not serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outage {
    /// The first exchange that failed.
    pub from: usize,
    /// The first one after it, where the target came back.
    pub until: Option<usize>,
    /// What happened, and what can be done: a sentence without its full stop.
    pub reason: String,
}

impl Outage {
    /// Whether an exchange was sent in that time.
    pub fn holds(&self, exchange: usize) -> bool {
        exchange >= self.from && self.until.is_none_or(|until| exchange < until)
    }
}

/// Sends as long as the target serves.
#[derive(Debug)]
pub(super) struct CircuitBreaker {
    pub(super) next: RetryAfter,
    run: Arc<RunLimits>,
    watch: Watch,
    /// One asks at a time; the others need no answer of their own.
    asking: tokio::sync::Mutex<()>,
    /// How long the target may take to come back.
    grace: Duration,
}

impl CircuitBreaker {
    /// `collection` is what a target that never answered is asked for last.
    pub(super) fn new(
        next: RetryAfter,
        run: Arc<RunLimits>,
        collection: Url,
        timeout: Duration,
    ) -> Self {
        Self {
            next,
            run,
            watch: Watch::new(collection),
            asking: tokio::sync::Mutex::default(),
            grace: RETURN.min(timeout),
        }
    }

    /// Sends a request, and sees by its answer whether the target still serves.
    pub(super) async fn send(&self, outgoing: &Outgoing) -> Result<Answer, Failure> {
        let sent = self.next.send(outgoing).await;
        if self.on_response(&sent) && !self.run.has_ended() {
            self.ask_again(false).await;
        }
        sent
    }

    /// Asks what worked before where the last requests failed in one way, however few they were.
    pub(super) async fn ask_at_the_end(&self) {
        if !self.run.has_ended() {
            self.ask_again(true).await;
        }
    }

    /// When the target did not serve.
    pub(super) fn outages(&self) -> Vec<Outage> {
        self.watch.state.lock().outages.clone()
    }

    /// From now on the run removes what it left. A target that stopped serving is tried once more.
    pub(super) fn clean_up(&self) {
        self.watch.clean_up();
    }

    /// Notes what came of a request; whether the target is suspected now.
    fn on_response(&self, sent: &Result<Answer, Failure>) -> bool {
        match Symptom::of(sent) {
            Some(symptom) => {
                let exchange = match sent {
                    Ok(answer) => Some(answer.index),
                    Err(failure) => failure.exchange,
                };
                // What the replay waited for much longer need not happen again to be suspicious.
                let weight = if by_kit_timeout(sent) { SUSPICIOUS } else { 1 };
                self.watch.on_failure(symptom, exchange, weight)
            }
            None => {
                // What was not sent says nothing.
                if !matches!(sent, Err(failure) if failure.exchange.is_none()) {
                    self.watch.on_success(sent.as_ref().ok());
                }
                false
            }
        }
    }

    /// Asks what worked before, until it is answered or the target is given up.
    async fn ask_again(&self, at_the_end: bool) {
        let _asking = self.asking.lock().await;
        let mut until = None;
        let mut failed = None;
        loop {
            let Some(suspect) = self.watch.suspect(at_the_end) else {
                // Meanwhile another request was answered well.
                if let Some(suspect) = failed {
                    self.watch.on_return(&suspect, true);
                }
                return;
            };
            let mut works = false;
            for url in &suspect.known {
                let sent = self.next.send(&Outgoing::new("GET", url.clone())).await;
                if self.run.has_ended() {
                    return;
                }
                if Symptom::of(&sent) != Some(suspect.symptom) {
                    works = true;
                    break;
                }
            }
            if works {
                self.watch.on_return(&suspect, failed.is_some());
                return;
            }
            let now = Instant::now();
            let grace = match suspect.symptom.may_pass() && suspect.served {
                true => self.grace,
                false => Duration::ZERO,
            };
            let until = *until.get_or_insert(now + grace);
            if now >= until {
                self.run.end(self.watch.give_up(&suspect));
                return;
            }
            failed = Some(suspect);
            tokio::time::sleep_until(until.min(now + RETURN / 10)).await;
        }
    }
}

/// What is known of how the target serves.
#[derive(Debug)]
struct Watch {
    collection: Url,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Whether the collection, with or without a query, was answered well.
    collection: Option<Url>,
    /// What else was answered well, and last.
    other: Option<Url>,
    failures: Option<Failures>,
    /// How the last requests failed, and their places in the log; none where they did not.
    recent: VecDeque<Option<(Symptom, usize)>>,
    /// How many failures in a row are suspicious by now; more, where the target turned out to serve.
    thresholds: HashMap<Symptom, usize>,
    outages: Vec<Outage>,
}

/// Requests in a row that failed in one way.
#[derive(Debug, Clone, Copy)]
struct Failures {
    symptom: Symptom,
    count: usize,
    /// The same, where one that took long counts for several.
    weight: usize,
    /// The first of them.
    from: Option<usize>,
}

/// A target that has probably stopped serving.
#[derive(Debug)]
struct Suspect {
    symptom: Symptom,
    count: usize,
    from: Option<usize>,
    /// What to ask for: it was answered before.
    known: Vec<Url>,
    /// Whether anything was answered well before.
    served: bool,
}

impl Watch {
    fn new(collection: Url) -> Self {
        Self {
            collection,
            state: Mutex::default(),
        }
    }

    /// An answer came that shows nothing suspicious; none where it is not even one.
    fn on_success(&self, answer: Option<&Answer>) {
        let mut state = self.state.lock();
        state.failures = None;
        note_recent(&mut state, None);
        let Some(answer) = answer.filter(|answer| {
            let good = (200..300).contains(&answer.status) && answer.cut.is_none();
            good && answer.method == "GET" && answer.url.origin() == self.collection.origin()
        }) else {
            return;
        };
        let place = match answer.url.path() == self.collection.path() {
            true => &mut state.collection,
            false => &mut state.other,
        };
        *place = Some(answer.url.clone());
    }

    /// A request failed; whether the target is suspected now. `weight` is for how many it counts.
    fn on_failure(&self, symptom: Symptom, exchange: Option<usize>, weight: usize) -> bool {
        let mut state = self.state.lock();
        let before = state.failures.filter(|known| known.symptom == symptom);
        let alike = state.recent.iter().flatten();
        let alike = alike.filter(|(known, _)| *known == symptom);
        let places = alike.map(|(_, exchange)| *exchange).chain(exchange);
        let places = places.chain(before.and_then(|before| before.from));
        let failures = Failures {
            symptom,
            count: before.map_or(0, |before| before.count) + 1,
            weight: before.map_or(0, |before| before.weight) + weight,
            from: places.min(),
        };
        state.failures = Some(failures);
        note_recent(&mut state, exchange.map(|exchange| (symptom, exchange)));
        failures.weight >= threshold(&state, symptom)
    }

    /// Whether the target is suspected, of what, and what it is asked to find out.
    fn suspect(&self, at_the_end: bool) -> Option<Suspect> {
        let state = self.state.lock();
        let Failures {
            symptom,
            count,
            weight,
            from,
        } = state.failures?;
        if weight < threshold(&state, symptom) && !(at_the_end && symptom.is_telling()) {
            return None;
        }
        let served = state.collection.is_some() || state.other.is_some();
        let mut known: Vec<Url> = match symptom {
            // Another record may be gone for good.
            Symptom::Refused(_) => state.collection.clone().into_iter().collect(),
            _ => [&state.other, &state.collection]
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
        };
        if !served && symptom.says_nothing() {
            known.push(self.collection.clone());
        }
        (!known.is_empty()).then_some(Suspect {
            symptom,
            count,
            from,
            known,
            served,
        })
    }

    /// What worked before still does, or does so again after an outage.
    fn on_return(&self, suspect: &Suspect, outage: bool) {
        let mut state = self.state.lock();
        state.failures = None;
        let known = threshold(&state, suspect.symptom);
        state.thresholds.insert(suspect.symptom, known * 2);
        let places = state.recent.iter().flatten();
        let places = places.filter(|(symptom, _)| *symptom == suspect.symptom);
        let last = places.map(|(_, exchange)| *exchange).max();
        if let (Some(from), true) = (suspect.from, outage) {
            state.outages.push(Outage {
                from,
                until: Some(last.unwrap_or(from).max(from) + 1),
                reason: format!(
                    "the target did not serve for a while: {} requests in a row {}, and so was what \
                     it had answered before; then it was back",
                    suspect.count,
                    suspect.symptom.described()
                ),
            });
        }
    }

    /// The target is given up, for the reason that comes back.
    fn give_up(&self, suspect: &Suspect) -> String {
        let symptom = suspect.symptom;
        let asked = suspect.known.last().map(path_and_query).unwrap_or_default();
        let what = match symptom {
            Symptom::Silence | Symptom::Endless => "answering",
            _ => "serving",
        };
        let again = match suspect.served {
            true => "which it had answered well before, failed in the same way",
            false => "which was tried last, failed in the same way",
        };
        let reason = format!(
            "the target stopped {what}: {} requests in a row {}, and GET {asked}, {again}; {}",
            suspect.count,
            symptom.described(),
            symptom.advice()
        );
        let mut state = self.state.lock();
        if let Some(from) = suspect.from {
            state.outages.push(Outage {
                from,
                until: None,
                reason: reason.clone(),
            });
        }
        reason
    }

    fn clean_up(&self) {
        let mut state = self.state.lock();
        // Once is enough where it failed before.
        if let Some(failures) = state.failures.take() {
            state.thresholds.insert(failures.symptom, 1);
        }
    }
}

fn note_recent(state: &mut State, failure: Option<(Symptom, usize)>) {
    state.recent.push_back(failure);
    if state.recent.len() > BESIDE {
        state.recent.pop_front();
    }
}

/// Whether an answer, or its end, did not come within the long time that the replay waits.
fn by_kit_timeout(sent: &Result<Answer, Failure>) -> bool {
    let text = match sent {
        Ok(answer) => answer.cut.as_ref().map_or("", Truncation::text),
        Err(failure) => &failure.message,
    };
    text.contains(KIT_TIMEOUT)
}

fn threshold(state: &State, symptom: Symptom) -> usize {
    let known = state.thresholds.get(&symptom);
    known.copied().unwrap_or(symptom.threshold())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> Watch {
        Watch::new(Url::parse("http://h/api/thing").unwrap())
    }

    fn answer(index: usize, place: &str, status: u16) -> Answer {
        Answer {
            index,
            method: "GET".to_owned(),
            url: Url::parse(&format!("http://h/api/thing{place}")).unwrap(),
            status,
            headers: Vec::new(),
            body: "[]".into(),
            cut: None,
            duration: Duration::ZERO,
        }
    }

    #[test]
    fn a_suspected_target_is_asked_for_what_worked_before() {
        let watch = watch();
        for number in 0..3 {
            let suspected = watch.on_failure(Symptom::Unauthorized, Some(number), 1);
            assert_eq!(suspected, number == 2);
        }
        assert!(watch.suspect(false).is_none(), "nothing ever worked");
        watch.on_success(Some(&answer(3, "?limit=1", 200)));
        watch.on_success(Some(&answer(4, "/7", 200)));
        for number in 5..8 {
            watch.on_failure(Symptom::Forbidden, Some(number), 1);
        }
        let suspect = watch.suspect(false).unwrap();
        let known: Vec<&str> = suspect.known.iter().map(Url::path).collect();
        assert_eq!(known, ["/api/thing/7", "/api/thing"]);
        let reason = watch.give_up(&suspect);
        for part in [
            "3 requests in a row were answered 403",
            "GET /api/thing?limit=1",
            "--rate",
        ] {
            assert!(reason.contains(part), "{part} in {reason}");
        }
        let outages = watch.state.lock().outages.clone();
        assert!(outages[0].holds(5) && outages[0].holds(900) && !outages[0].holds(4));
    }

    #[test]
    fn a_target_that_turns_out_to_serve_is_suspected_later() {
        let watch = watch();
        watch.on_success(Some(&answer(0, "", 200)));
        let fails = || watch.on_failure(Symptom::Unavailable, Some(1), 1);
        assert!(!fails() && !fails() && fails());
        watch.on_return(&watch.suspect(false).unwrap(), false);
        assert!(watch.state.lock().outages.is_empty());
        assert!((0..5).all(|_| !fails()) && fails());
    }

    #[test]
    fn an_answer_that_was_on_its_way_does_not_hide_the_first_failure() {
        let watch = watch();
        watch.on_failure(Symptom::Unavailable, Some(10), 1);
        watch.on_success(Some(&answer(9, "", 200)));
        for number in 11..14 {
            watch.on_failure(Symptom::Unavailable, Some(number), 1);
        }
        assert_eq!(watch.suspect(false).unwrap().from, Some(10));
    }

    #[test]
    fn statuses_that_checks_expect_are_suspicious_late_and_only_on_the_collection() {
        let watch = watch();
        watch.on_success(Some(&answer(0, "/7", 200)));
        for number in 1..=SUSPICIOUS_IF_COMMON {
            watch.on_failure(Symptom::Refused(404), Some(number), 1);
        }
        assert!(watch.suspect(true).is_none(), "the record may be gone");
        watch.on_success(Some(&answer(20, "", 200)));
        watch.on_failure(Symptom::Refused(404), Some(21), 1);
        assert!(watch.suspect(true).is_none(), "one is common");
        watch.on_failure(Symptom::Busy, Some(22), 1);
        assert!(watch.suspect(false).is_none() && watch.suspect(true).is_some());
    }

    #[test]
    fn a_target_that_was_given_up_is_tried_once_to_clean_up() {
        let watch = watch();
        assert!((0..2).all(|_| !watch.on_failure(Symptom::Silence, None, 1)));
        assert!(watch.on_failure(Symptom::Silence, None, 1));
        assert_eq!(
            watch.suspect(false).unwrap().known,
            std::slice::from_ref(&watch.collection)
        );
        watch.clean_up();
        assert!(
            watch.on_failure(Symptom::Silence, None, 1),
            "once is enough then"
        );
    }
}
