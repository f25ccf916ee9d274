//! Knows a target that has stopped serving.
//!
//! A token expires, a quota ends, a gateway loses what is behind it: from then on every request is
//! answered in one and the same way, or not at all. That says nothing about the target's conformance,
//! and would cost some hundred requests. So when such answers begin, what worked before is asked
//! once more. If that fails in the same way, the run ends. The same is done where only changes fail
//! that were carried out before: it was made read-only, for instance. Then a create is sent again.

use std::collections::{BTreeSet, HashMap, VecDeque};
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

/// How often what worked before is asked for, where it fails in another way than the suspicious one.
const ATTEMPTS: usize = 3;

/// Requests under way beside each other are not answered in the order in which the target took them:
/// so far back an answer may belong to those that failed.
const BESIDE: usize = 32;

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

    /// Whether a change that was carried out before may fail so for a reason that is not its own.
    const fn refuses_changes(self) -> bool {
        match self {
            Self::Endless => false,
            Self::Refused(status) => matches!(status, 405 | 423 | 501),
            _ => true,
        }
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
    /// The same for changes of records alone.
    changes: Watch,
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
            watch: Watch::new(collection.clone(), false),
            changes: Watch::new(collection, true),
            grace: RETURN.min(timeout),
        }
    }

    /// Sends a request, and sees by its answer whether the target still serves.
    pub(super) async fn send(&self, outgoing: &Outgoing) -> Result<Answer, Failure> {
        let sent = self.next.send(outgoing).await;
        // That request is not over.
        if matches!(&sent, Err(failure) if failure.kind.asks_for_a_look()) {
            return sent;
        }
        if outgoing.changes() {
            self.changes
                .on_change(&outgoing.url, &outgoing.method, &sent);
        }
        if self.on_response(&sent) {
            self.ask_for_what_worked(false).await;
        }
        sent
    }

    /// Asks what worked before where the last requests failed in one way, however few they were.
    pub(super) async fn ask_at_the_end(&self) {
        self.ask_for_what_worked(true).await;
    }

    /// Where changes failed that are carried out otherwise, sends a create that was taken before, by
    /// `create`; `at_the_end` one failure is reason enough.
    pub(super) async fn see_whether_it_takes_changes<F: Future<Output = ()>>(
        &self,
        at_the_end: bool,
        create: impl Fn() -> F,
    ) {
        let ask = |_| async {
            create().await;
            self.changes.suspect(at_the_end).is_none()
        };
        self.ask_again(&self.changes, at_the_end, ask).await;
    }

    /// When the target did not serve.
    pub(super) fn outages(&self) -> Vec<Outage> {
        let mut outages = self.watch.outages();
        outages.extend(self.changes.outages());
        outages
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

    async fn ask_for_what_worked(&self, at_the_end: bool) {
        let ask = |suspect: Suspect| async move {
            for url in suspect.known {
                if !self.fails_in_the_same_way(&url, suspect.symptom).await {
                    return true;
                }
            }
            false
        };
        self.ask_again(&self.watch, at_the_end, ask).await;
    }

    /// Whether a GET fails as others did. One that fails in another way, by a time limit for instance,
    /// decides nothing: it is sent again.
    async fn fails_in_the_same_way(&self, url: &Url, symptom: Symptom) -> bool {
        for _ in 0..ATTEMPTS {
            let sent = self.next.send(&Outgoing::new("GET", url.clone())).await;
            match Symptom::of(&sent) {
                _ if self.run.has_ended() => return false,
                Some(other) if other != symptom => {}
                seen => return seen.is_some(),
            }
        }
        false
    }

    /// Where the target is suspected, asks what worked before, until that works again or the target
    /// is given up.
    async fn ask_again<F: Future<Output = bool>>(
        &self,
        watch: &Watch,
        at_the_end: bool,
        ask: impl Fn(Suspect) -> F,
    ) {
        if self.run.has_ended() || watch.suspect(at_the_end).is_none() {
            return;
        }
        let _asking = watch.asking.lock().await;
        let mut until = None;
        let mut failed = None;
        while !self.run.has_ended() {
            let Some(suspect) = watch.suspect(at_the_end) else {
                // Meanwhile another request was answered well.
                if let Some(suspect) = failed {
                    watch.on_return(&suspect, true);
                }
                return;
            };
            let works = ask(suspect.clone()).await;
            if self.run.has_ended() {
                return;
            }
            if works {
                watch.on_return(&suspect, failed.is_some());
                return;
            }
            let now = Instant::now();
            let grace = match suspect.symptom.may_pass() && suspect.served {
                true => self.grace,
                false => Duration::ZERO,
            };
            let until = *until.get_or_insert(now + grace);
            if now >= until {
                self.run.end(watch.give_up(&suspect));
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
    /// Whether it looks at changes of records alone.
    of_changes: bool,
    state: Mutex<BreakerState>,
    /// One asks at a time; the others need no answer of their own.
    asking: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct BreakerState {
    /// Whether the collection, with or without a query, was answered well.
    collection: Option<Url>,
    /// What else was answered well, and last.
    other: Option<Url>,
    /// Methods that changed something before: another may just not be offered.
    carried_out: BTreeSet<String>,
    failures: Option<Failures>,
    /// How the last requests failed, and their places in the log; none where they did not. It goes back
    /// beyond the last good answer.
    recent: VecDeque<Option<(Symptom, usize)>>,
    /// How many failures in a row are suspicious by now; more, where the target turned out to serve.
    thresholds: HashMap<Symptom, usize>,
    outages: Vec<(Symptom, Outage)>,
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
#[derive(Debug, Clone)]
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
    fn new(collection: Url, of_changes: bool) -> Self {
        Self {
            collection,
            of_changes,
            state: Mutex::default(),
            asking: tokio::sync::Mutex::default(),
        }
    }

    /// A request that changes something was answered, or was not.
    fn on_change(&self, url: &Url, method: &str, sent: &Result<Answer, Failure>) {
        let of_records = url.origin() == self.collection.origin()
            && url.path().starts_with(self.collection.path());
        let exchange = match sent {
            Ok(answer) => Some(answer.index),
            Err(failure) => failure.exchange,
        };
        if !of_records || exchange.is_none() {
            return;
        }
        let symptom = Symptom::of(sent).filter(|symptom| symptom.refuses_changes());
        match symptom {
            Some(symptom) if self.state.lock().carried_out.contains(method) => {
                self.on_failure(symptom, exchange, 1);
            }
            Some(_) => {}
            None => {
                let answer = sent.as_ref().ok();
                if answer.is_some_and(|answer| (200..300).contains(&answer.status)) {
                    self.state.lock().carried_out.insert(method.to_owned());
                }
                self.on_success(answer);
            }
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
        let places = first_recent(&state, symptom).into_iter().chain(exchange);
        let places = places.chain(before.and_then(|before| before.from));
        let failures = Failures {
            symptom,
            count: before.map_or(0, |before| before.count) + 1,
            weight: before.map_or(0, |before| before.weight) + weight,
            from: places.min(),
        };
        state.failures = Some(failures);
        note_recent(&mut state, exchange.map(|exchange| (symptom, exchange)));
        // It was sent before those that were answered earlier.
        for (known, outage) in &mut state.outages {
            let beside = exchange.filter(|exchange| exchange + BESIDE > outage.from);
            if let Some(exchange) = beside.filter(|_| *known == symptom) {
                outage.from = outage.from.min(exchange);
            }
        }
        failures.weight >= self.threshold(&state, symptom)
    }

    fn outages(&self) -> Vec<Outage> {
        let state = self.state.lock();
        let outages = state.outages.iter();
        outages.map(|(_, outage)| outage.clone()).collect()
    }

    /// How many failures in a row are suspicious.
    fn threshold(&self, state: &BreakerState, symptom: Symptom) -> usize {
        let known = state.thresholds.get(&symptom);
        known.copied().unwrap_or(match self.of_changes {
            true => SUSPICIOUS,
            false => symptom.threshold(),
        })
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
        let is_telling = self.of_changes || symptom.is_telling();
        if weight < self.threshold(&state, symptom) && !(at_the_end && is_telling) {
            return None;
        }
        let served = self.of_changes || state.collection.is_some() || state.other.is_some();
        let mut known: Vec<Url> = match symptom {
            // Another record may be gone for good.
            Symptom::Refused(_) => state.collection.clone().into_iter().collect(),
            _ if self.of_changes => Vec::new(),
            _ => [&state.other, &state.collection]
                .into_iter()
                .flatten()
                .cloned()
                .collect(),
        };
        if !served && symptom.says_nothing() {
            known.push(self.collection.clone());
        }
        (self.of_changes || !known.is_empty()).then_some(Suspect {
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
        let known = self.threshold(&state, suspect.symptom);
        state.thresholds.insert(suspect.symptom, known * 2);
        let places = state.recent.iter().flatten();
        let places = places.filter(|(symptom, _)| *symptom == suspect.symptom);
        let last = places.map(|(_, exchange)| *exchange).max();
        let from = first_of(&state, suspect);
        if let (Some(from), true) = (from, outage) {
            let outage = Outage {
                from,
                until: Some(last.unwrap_or(from).max(from) + 1),
                reason: format!(
                    "the target did not serve for a while: {} {} in a row {}, and so was what it had \
                     answered well before; then it was back",
                    suspect.count,
                    self.requests(),
                    suspect.symptom.described()
                ),
            };
            state.outages.push((suspect.symptom, outage));
        }
    }

    /// The target is given up, for the reason that comes back.
    fn give_up(&self, suspect: &Suspect) -> String {
        let symptom = suspect.symptom;
        let asked = match suspect.known.last() {
            Some(url) => format!("GET {}", path_and_query(url)),
            None => "a create".to_owned(),
        };
        let what = match symptom {
            _ if self.of_changes => "serving changes",
            Symptom::Silence | Symptom::Endless => "answering",
            _ => "serving",
        };
        let aside = match self.of_changes {
            true => ", while it answers what only reads: see whether it was made read-only",
            false => "",
        };
        let again = match suspect.served {
            true => "which it had answered well before, failed in the same way",
            false => "which was tried last, failed in the same way",
        };
        let reason = format!(
            "the target stopped {what}: {} {} in a row {}, and {asked}, {again}{aside}; {}",
            suspect.count,
            self.requests(),
            symptom.described(),
            symptom.advice()
        );
        let mut state = self.state.lock();
        if let Some(from) = first_of(&state, suspect) {
            let outage = Outage {
                from,
                until: None,
                reason: reason.clone(),
            };
            state.outages.push((symptom, outage));
        }
        reason
    }

    const fn requests(&self) -> &'static str {
        match self.of_changes {
            true => "requests that change a record",
            false => "requests",
        }
    }

    fn clean_up(&self) {
        let mut state = self.state.lock();
        // Once is enough where it failed before.
        if let Some(failures) = state.failures.take() {
            state.thresholds.insert(failures.symptom, 1);
        }
    }
}

/// The first of the last failures of a kind.
fn first_recent(state: &BreakerState, symptom: Symptom) -> Option<usize> {
    let alike = state.recent.iter().flatten();
    let alike = alike.filter(|(known, _)| *known == symptom);
    alike.map(|(_, exchange)| *exchange).min()
}

/// The first failure of a target that is suspected: one that was sent before the others may have been
/// answered while it was asked, and a good answer that was on its way may have come after that.
fn first_of(state: &BreakerState, suspect: &Suspect) -> Option<usize> {
    let recent = first_recent(state, suspect.symptom);
    suspect.from.into_iter().chain(recent).min()
}

/// All failures since the last good answer are kept, however many; of what was before it, a few.
fn note_recent(state: &mut BreakerState, failure: Option<(Symptom, usize)>) {
    state.recent.push_back(failure);
    while failure.is_none() && state.recent.len() > BESIDE {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn watch() -> Watch {
        Watch::new(Url::parse("http://h/api/thing").unwrap(), false)
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
        let outages = watch.outages();
        assert!(outages[0].holds(5) && outages[0].holds(900) && !outages[0].holds(4));
    }

    #[test]
    fn a_target_that_turns_out_to_serve_is_suspected_later() {
        let watch = watch();
        watch.on_success(Some(&answer(0, "", 200)));
        let fails = || watch.on_failure(Symptom::Unavailable, Some(1), 1);
        assert!(!fails() && !fails() && fails());
        watch.on_return(&watch.suspect(false).unwrap(), false);
        assert!(watch.outages().is_empty());
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
    fn an_outage_begins_with_its_first_failure_however_long_it_takes_to_notice() {
        let watch = watch();
        watch.on_success(Some(&answer(0, "", 200)));
        let fails = |index| watch.on_failure(Symptom::Page, Some(index), 1);
        (1..30).for_each(|index| _ = fails(index));
        // It was asked, and did not fail in the same way.
        watch.on_return(&watch.suspect(false).unwrap(), false);
        (30..60).for_each(|index| _ = fails(index));
        assert_eq!(watch.suspect(false).unwrap().from, Some(1));
    }

    #[test]
    fn what_failed_while_the_target_was_asked_belongs_to_the_outage() {
        let watch = watch();
        watch.on_success(Some(&answer(1, "", 200)));
        for place in [46, 47, 48] {
            watch.on_failure(Symptom::Unauthorized, Some(place), 1);
        }
        let suspect = watch.suspect(false).unwrap();
        // Both were on their way before.
        watch.on_failure(Symptom::Unauthorized, Some(45), 1);
        watch.on_success(Some(&answer(44, "/7", 200)));
        watch.give_up(&suspect);
        assert_eq!(watch.outages()[0].from, 45);
    }

    #[test]
    fn what_was_sent_first_and_answered_last_belongs_to_the_outage() {
        let watch = watch();
        watch.on_success(Some(&answer(0, "", 200)));
        assert!((5..8).any(|number| watch.on_failure(Symptom::Forbidden, Some(number), 1)));
        watch.give_up(&watch.suspect(false).unwrap());
        watch.clean_up();
        watch.on_failure(Symptom::Unauthorized, Some(2), 1);
        watch.on_failure(Symptom::Forbidden, Some(40), 1);
        watch.give_up(&watch.suspect(true).unwrap());
        watch.on_failure(Symptom::Forbidden, Some(3), 1);
        let outages = watch.outages();
        assert!(outages[0].holds(3) && !outages[0].holds(2));
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

    #[test]
    fn changes_that_fail_as_they_did_not_before_are_suspicious() {
        let url = Url::parse("http://h/api/thing").unwrap();
        let watch = Watch::new(url.clone(), true);
        let note = |method: &str, index: usize, status: u16| {
            watch.on_change(&url, method, &Ok(answer(index, "", status)));
        };
        (0..5).for_each(|index| note("DELETE", index, 405));
        assert!(watch.suspect(true).is_none(), "it is just not offered");
        note("POST", 5, 201);
        note("POST", 6, 503);
        // It was under way when the outage began.
        note("POST", 4, 201);
        note("POST", 8, 400);
        assert!(watch.suspect(true).is_none(), "it reads what is sent");
        (9..11).for_each(|index| note("POST", index, 503));
        assert!(watch.suspect(false).is_none() && watch.suspect(true).is_some());
        note("POST", 11, 503);
        let suspect = watch.suspect(false).unwrap();
        let reason = watch.give_up(&suspect);
        assert!(
            reason.contains("were answered 500 or above, and a create"),
            "{reason}"
        );
        assert!(watch.outages()[0].holds(6));
    }
}
