//! What the API promises of every answer, held against the answers of this run.

use super::json_limits::id_of;
use super::{Context, Reply};
use crate::http::Answer;
use crate::model::{Broken, Doubt, Rule, Seen, internals};
use std::collections::BTreeSet;

/// A header that is a number.
pub fn header_number(answer: &Answer, name: &str) -> Option<usize> {
    answer.header(name)?.trim().parse().ok()
}

/// The most bytes of an error that are looked through.
const MOST_BYTES: usize = 64 * 1024;

/// What an error says of the inside of the server.
pub(super) fn internals_in(answer: &Answer) -> Option<(&'static str, String)> {
    if answer.status < 400 {
        return None;
    }
    let body = answer.body.whole().ok()?;
    let text = String::from_utf8_lossy(&body[..body.len().min(MOST_BYTES)]);
    internals(&text)
}

impl Context {
    /// Does something with what promises are about in an answer, unless it is of another resource.
    fn with_seen<T>(&self, reply: &Reply, act: impl FnOnce(&Seen<'_>) -> T) -> Option<T> {
        let answer = &reply.answer;
        let record_id = self.asked_for(answer);
        if record_id.is_none() && answer.url.path() != self.collection.path() {
            return None;
        }
        let body = reply.json().ok();
        let own: Vec<_> = match (&record_id, body) {
            (Some(id), Some(record)) if self.is_own(record, Some(id)) => vec![(0, record)],
            (Some(_), _) => Vec::new(),
            (None, _) => {
                let elements = reply.elements().kept();
                elements
                    .filter(|(_, element)| self.is_own(element, None))
                    .collect()
            }
        };
        Some(act(&Seen {
            method: &answer.method,
            url: &answer.url,
            status: answer.status,
            record_id: record_id.as_deref(),
            total: header_number(answer, "X-Total-Count"),
            counted: header_number(answer, "X-Result-Count"),
            body,
            elements: reply.list().map(|list| list.len()),
            own: &own,
            described: &self.described,
        }))
    }

    /// Takes an answer into account.
    pub(super) fn note_promises(&self, reply: &Reply) {
        let marker = self.run.marker();
        // Nobody else makes records that these match.
        let is_own = reply
            .answer
            .url
            .query_pairs()
            .any(|(name, value)| name == "id" || value.contains(&marker));
        self.with_seen(reply, |seen| {
            self.history.lock().see(seen, reply.answer.index, is_own);
        });
    }

    /// What an answer by itself does not keep.
    pub fn broken_promises(&self, reply: &Reply) -> Vec<Broken> {
        self.with_seen(reply, |seen| self.history.lock().judge(seen))
            .unwrap_or_default()
    }

    /// The rules of a kind by which answers of the run were judged, each with their exchanges.
    pub fn judged_rules(&self, is_it: impl Fn(&Rule) -> bool) -> Vec<(Rule, BTreeSet<usize>)> {
        // A copy: the check may ask for more of the history.
        let judged = self.history.lock().judged().clone();
        judged.into_iter().filter(|(rule, _)| is_it(rule)).collect()
    }

    /// What looks like a broken promise, to be asked again.
    pub fn doubts(&self, rule: &Rule) -> Vec<Doubt> {
        self.history.lock().doubts(rule)
    }

    /// The broken promises of a kind, each with the exchange that shows it.
    pub fn broken_before(&self, rule: &Rule) -> Vec<(Broken, usize)> {
        self.history.lock().broken(rule)
    }

    /// Whether an answer is the record of that id.
    pub fn is_answer_of(&self, reply: &Reply, id: &str) -> bool {
        reply.answer.status == 200 && reply.json().ok().and_then(id_of).as_deref() == Some(id)
    }
}
