//! Knows a target that takes no changes any more, though it answers what only reads: a database that
//! was made read-only, a gateway in maintenance, credentials that lost their rights.

use std::collections::BTreeSet;

use parking_lot::Mutex;
use url::Url;

use super::circuit_breaker::{BESIDE, Outage, SUSPICIOUS, Symptom};
use super::{Answer, Failure, Outgoing};

/// Looks at the answers to what changes records.
#[derive(Debug)]
pub(super) struct ChangeWatch {
    collection: Url,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Methods that changed something before: another may just not be offered.
    worked: BTreeSet<String>,
    symptom: Option<Symptom>,
    /// How many in a row failed in that way.
    count: usize,
    /// The exchanges that did, those among them that an answer under way may have hidden.
    failed: Vec<usize>,
    /// How often the target turned out to take changes.
    in_vain: u32,
}

impl ChangeWatch {
    pub(super) fn new(collection: Url) -> Self {
        Self {
            collection,
            state: Mutex::default(),
        }
    }

    /// Notes what came of a request.
    pub(super) fn note(&self, outgoing: &Outgoing, sent: &Result<Answer, Failure>) {
        let here = outgoing.url.origin() == self.collection.origin()
            && outgoing.url.path().starts_with(self.collection.path());
        if !outgoing.changes() || !here {
            return;
        }
        let exchange = match sent {
            Ok(answer) => Some(answer.index),
            Err(failure) => failure.exchange,
        };
        let Some(exchange) = exchange else { return };
        let mut state = self.state.lock();
        if sent
            .as_ref()
            .is_ok_and(|answer| (200..300).contains(&answer.status))
        {
            state.worked.insert(outgoing.method.clone());
        }
        match Symptom::of(sent).filter(|symptom| symptom.refuses_changes()) {
            None => {
                (state.count, state.symptom) = (0, None);
                // Requests that only read lie between them.
                state.failed.retain(|failed| failed + 4 * BESIDE > exchange);
            }
            Some(symptom) if state.worked.contains(&outgoing.method) => {
                if state.symptom.is_some_and(|known| known != symptom) {
                    state.count = 0;
                }
                state.symptom = Some(symptom);
                state.count += 1;
                state.failed.push(exchange);
            }
            Some(_) => {}
        }
    }

    /// Whether the target probably takes no changes; `at_the_end` one failure is reason enough.
    /// Gives how long it may take to come back.
    pub(super) fn suspects(&self, at_the_end: bool) -> Option<Symptom> {
        let state = self.state.lock();
        let threshold = SUSPICIOUS << state.in_vain.min(8);
        state
            .symptom
            .filter(|_| state.count >= threshold || at_the_end && state.count > 0)
    }

    /// The target took a create again; `outage` where it did not at first.
    pub(super) fn on_return(&self, symptom: Symptom, outage: bool) -> Option<Outage> {
        let mut state = self.state.lock();
        state.in_vain += 1;
        let failed = std::mem::take(&mut state.failed);
        let (from, last) = (failed.iter().min()?, failed.iter().max()?);
        outage.then(|| Outage {
            from: *from,
            until: Some(last + 1),
            reason: format!(
                "the target took no changes for a while: requests that change something {}, though \
                 it answered what only reads; then it took them again",
                symptom.described()
            ),
        })
    }

    /// The target is given up.
    pub(super) fn give_up(&self, symptom: Symptom) -> Outage {
        let state = self.state.lock();
        Outage {
            from: state.failed.iter().copied().min().unwrap_or_default(),
            until: None,
            reason: format!(
                "the target stopped serving what changes something: {} such requests in a row {}, \
                 the last of them a create like one that it had taken before, while it answers what \
                 only reads; see whether it was made read-only or is in maintenance; {}",
                state.count,
                symptom.described(),
                symptom.advice()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn note(watch: &ChangeWatch, method: &str, index: usize, status: u16) {
        let url = Url::parse("http://h/api/thing").unwrap();
        let outgoing = Outgoing::new(method, url.clone());
        let answer = Answer {
            index,
            method: method.to_owned(),
            url,
            status,
            headers: Vec::new(),
            body: "{}".into(),
            cut: None,
            duration: Duration::ZERO,
        };
        watch.note(&outgoing, &Ok(answer));
    }

    #[test]
    fn changes_that_fail_as_they_did_not_before_are_suspicious() {
        let watch = ChangeWatch::new(Url::parse("http://h/api/thing").unwrap());
        (0..5).for_each(|index| note(&watch, "DELETE", index, 405));
        assert_eq!(watch.suspects(true), None, "it is just not offered");
        note(&watch, "POST", 5, 201);
        note(&watch, "POST", 6, 503);
        // It was under way when the outage began.
        note(&watch, "POST", 4, 201);
        note(&watch, "GET", 7, 200);
        note(&watch, "POST", 8, 400);
        assert_eq!(watch.suspects(true), None, "it reads what is sent");
        (9..12).for_each(|index| note(&watch, "POST", index, 503));
        assert_eq!(watch.suspects(false), Some(Symptom::Unavailable));
        let outage = watch.give_up(Symptom::Unavailable);
        assert_eq!((outage.from, outage.until), (6, None));
        assert!(outage.reason.contains("were answered 500 or above"));
        assert!(
            watch
                .on_return(Symptom::Unavailable, true)
                .unwrap()
                .holds(11)
        );
        note(&watch, "POST", 12, 201);
        (13..18).for_each(|index| note(&watch, "POST", index, 503));
        assert_eq!(watch.suspects(false), None, "it turned out to serve");
        note(&watch, "POST", 18, 503);
        assert!(watch.suspects(false).is_some());
    }
}
