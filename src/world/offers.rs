//! Which of the optional operations the target offers: asked once per run, each by a request of its
//! own, when the first scenario wants to know.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};
use url::Url;

use super::offer::Offer;
use super::{Context, Record, Reply, id_of};
use crate::evidence::{Stop, differences};
use crate::http::{Failure, FailureKind, Outgoing};
use crate::pack::{OptionalOperation, fill_text_in};

/// What the answer to the question says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    Offered,
    NotOffered,
    /// There is nothing at the path, or the record is gone: what else is known decides.
    NotFound,
    Nothing,
}

/// The contract: an operation is not offered where 404 is answered on its path, 405 or 501.
const fn says(status: u16) -> Says {
    match status {
        405 | 501 => Says::NotOffered,
        404 | 410 => Says::NotFound,
        // Who may not ask can't know, nor who asks for a condition first; who is overrun or behind a
        // broken gateway did not answer.
        401 | 403 | 407 | 408 | 412 | 428 | 429 | 502..=504 => Says::Nothing,
        _ => Says::Offered,
    }
}

impl Context {
    /// Whether the target offers the optional operation of that name; others that ask at the same
    /// time wait for the answer.
    ///
    /// # Errors
    /// A blocked scenario where the pack has no such operation, a withheld one where the run changes
    /// nothing.
    pub async fn offer(&self, name: &str) -> Result<Arc<Offer>, Stop> {
        self.writes("it needs to know what the target offers, which shows by a change")?;
        let known = self.offers.operations.iter();
        let Some((operation, cell)) = known.into_iter().find(|(known, _)| known.name == name)
        else {
            let why = format!("the pack has no optional operation \"{name}\"");
            return Err(Stop::blocked(why, None));
        };
        let offer = cell.get_or_init(|| Box::pin(self.ask(operation))).await;
        Ok(Arc::clone(offer))
    }

    /// Whether what the run creates is removed again: the target offers it, and the user wants it.
    pub async fn records_go(&self) -> bool {
        let operations = &self.pack.manifest.operations;
        let removes = operations
            .iter()
            .find(|one| one.method == "DELETE" && one.record.is_some());
        let Some(removes) = removes.filter(|_| !self.settings.keep) else {
            return false;
        };
        let offer = self.offer(&removes.name).await;
        offer.is_ok_and(|offer| offer.offered == Some(true) && offer.state.is_empty())
    }

    /// The body with which an optional operation is asked for.
    pub fn asking_body(&self, name: &str) -> Option<Map<String, Value>> {
        let mut known = self.offers.operations.iter();
        let (operation, _) = known.find(|(known, _)| known.name == name)?;
        let mut body = operation.body.clone()?;
        fill_text_in(&mut body, &|name| self.value_of(name, &BTreeMap::new()));
        Some(body)
    }

    /// What is known of that operation so far, without asking.
    pub fn known_offer(&self, name: &str) -> Option<Arc<Offer>> {
        let mut known = self.offers.operations.iter();
        known
            .find(|(known, _)| known.name == name)
            .and_then(|(_, cell)| cell.get().cloned())
    }

    /// All optional operations of the pack in its order; of those that no scenario asked about,
    /// nothing is known.
    pub fn offers(&self) -> Vec<Offer> {
        let unasked = match self.writes("it shows by a change") {
            Ok(()) => "the run did not come to ask for it".to_owned(),
            Err(stop) => stop.to_string(),
        };
        let offers = self.offers.operations.iter().map(|(operation, cell)| {
            cell.get().map_or_else(
                || Offer::unasked(operation, unasked.clone()),
                |offer| (**offer).clone(),
            )
        });
        offers.collect()
    }

    async fn ask(&self, operation: &OptionalOperation) -> Arc<Offer> {
        let mut offer = Offer::unasked(operation, String::new());
        let Some(fixture) = &operation.record else {
            self.ask_with(operation, None, &mut offer).await;
            return Arc::new(offer);
        };
        let plain = Map::new();
        let mut refusals = Vec::new();
        for state in std::iter::once(&plain).chain(&operation.states) {
            let records = match self.disposable(operation, fixture, state).await {
                Ok(records) => records,
                // The target does not make it in another state: what was seen before counts.
                Err(_) if !refusals.is_empty() => continue,
                Err(stop) => {
                    if let Stop::Blocked { exchange, .. } = &stop {
                        offer.exchanges.extend(*exchange);
                    }
                    offer.reason = format!("it could not be asked for: {stop}");
                    return Arc::new(offer);
                }
            };
            if operation.method == "DELETE" && refusals.is_empty() {
                self.read_before_deletions().await;
            }
            // The youngest first, then the one that was made before it.
            for record in records.iter().rev() {
                offer.exchanges.push(record.exchange());
                offer.is_refused_by_rule = false;
                offer.state.clone_from(state);
                self.ask_with(operation, Some(record), &mut offer).await;
                if !offer.is_refused_by_rule {
                    return Arc::new(offer);
                }
                refusals.push(offer.reason.clone());
            }
        }
        offer.offered = Some(false);
        offer.state.clear();
        refusals.dedup();
        offer.reason = refusals.join(", ");
        Arc::new(offer)
    }

    async fn ask_with(
        &self,
        operation: &OptionalOperation,
        record: Option<&Record>,
        offer: &mut Offer,
    ) {
        if let Err(failure) = self.try_out(operation, record, offer).await {
            offer.exchanges.extend(failure.exchange);
            offer.offered = None;
            offer.reason = match failure.kind {
                FailureKind::Foreign => failure.message,
                _ => format!(
                    "no answer came to {}: {}",
                    operation.method, failure.message
                ),
            };
        }
    }

    /// Reads the collection once before anything is deleted: what a deletion does to other records
    /// shows against that.
    async fn read_before_deletions(&self) {
        let list = self.exchange(Outgoing::new("GET", self.collection()), false);
        let Ok(list) = list.await else { return };
        let shared = list.elements().iter().filter_map(|element| {
            let id = id_of(&element).filter(|id| self.is_shared(id))?;
            Some((id, element.into_owned()))
        });
        let shared = shared.collect();
        // Only the one question about DELETE comes here.
        let _ = self.offers.before_deletions.set(shared);
    }

    /// The run's own records that scenarios share, as the list showed them before the first
    /// deletion.
    pub fn before_deletions(&self) -> BTreeMap<String, Value> {
        let known = self.offers.before_deletions.get();
        known.cloned().unwrap_or_default()
    }

    /// Records of the question's own, the one to be asked with last. What deletes may be so wrong as
    /// to hit the record made before it: then that must be no other than one of these, too.
    async fn disposable(
        &self,
        operation: &OptionalOperation,
        fixture: &str,
        state: &Map<String, Value>,
    ) -> Result<Vec<Arc<Record>>, Stop> {
        let count = if operation.body.is_none() { 2 } else { 1 };
        let mut records = Vec::new();
        for _ in 0..count {
            records.push(self.new_record(fixture, state).await?);
        }
        if operation.method != "PATCH" {
            for record in &records {
                self.bring_into(record, state).await;
            }
        }
        Ok(records)
    }

    /// Patches a record that its create did not bring into a state, where PATCH is offered.
    async fn bring_into(&self, record: &Record, state: &Map<String, Value>) {
        let wanted = Value::Object(state.clone());
        let holds = |reply: &Reply| {
            let body = reply.json().ok();
            body.is_some_and(|body| differences(&wanted, body).is_empty())
        };
        if record.creation().is_ok_and(|made| holds(&made.answer)) {
            return;
        }
        let patches = self.pack.manifest.operations.iter();
        let patch = patches.into_iter().find(|one| one.method == "PATCH");
        let Some(patch) = patch else { return };
        let Ok(offer) = Box::pin(self.offer(&patch.name)).await else {
            return;
        };
        let (Some(true), Some(media_type)) = (offer.offered, &offer.media_type) else {
            return;
        };
        let request = Outgoing::new("PATCH", self.record_url(&record.id))
            .body(media_type, wanted.to_string());
        // Whether it took effect shows in what is asked next.
        let _ = self.exchange(request, false).await;
    }

    /// A new record in the state that an operation asks for, for those who ask alone.
    pub async fn new_record_in(
        &self,
        fixture: &str,
        state: &Map<String, Value>,
    ) -> Result<Arc<Record>, Stop> {
        let record = self.new_record(fixture, state).await?;
        self.bring_into(&record, state).await;
        Ok(record)
    }

    async fn try_out(
        &self,
        operation: &OptionalOperation,
        record: Option<&Record>,
        offer: &mut Offer,
    ) -> Result<(), Failure> {
        let Some(url) = self.place_of(operation, record) else {
            offer.reason = format!("`{}` is not a path", operation.path);
            return Ok(());
        };
        let body = self.asking_body(&operation.name);
        let tries: Vec<Option<&String>> = if body.is_some() {
            operation.media_types.iter().map(Some).collect()
        } else {
            vec![None]
        };
        for media_type in tries {
            let mut request = Outgoing::new(&operation.method, url.clone());
            if let (Some(media_type), Some(body)) = (media_type, &body) {
                request = request.body(media_type, Value::Object(body.clone()).to_string());
            }
            let reply = self.exchange(request, false).await?;
            offer.exchanges.push(reply.answer.index);
            self.judge_offer(operation, record, &reply, offer).await?;
            // What is refused in one media type, or overlooked, may be taken in the next.
            let took = offer.offered == Some(true)
                && match (&body, record) {
                    (Some(body), Some(record)) => {
                        self.took_effect(body, record, &reply, offer).await?
                    }
                    _ => true,
                };
            if took && media_type.is_some() {
                offer.media_type = media_type.cloned();
            }
            if took || offer.offered != Some(true) {
                break;
            }
        }
        Ok(())
    }

    /// The URL of an optional operation.
    fn place_of(&self, operation: &OptionalOperation, record: Option<&Record>) -> Option<Url> {
        match (operation.path.split_once("/{id}"), record) {
            (Some((collection, "")), Some(record)) => {
                let mut url = self.base.join(collection).ok()?;
                url.path_segments_mut().ok()?.push(&record.id);
                Some(url)
            }
            _ => self.base.join(&operation.path).ok(),
        }
    }

    async fn judge_offer(
        &self,
        operation: &OptionalOperation,
        record: Option<&Record>,
        reply: &Arc<Reply>,
        offer: &mut Offer,
    ) -> Result<(), Failure> {
        let status = reply.answer.status;
        let answered = format!("{} is answered {status}", operation.method);
        if record.is_some() && reply.is_refused_by_rule() {
            let body = reply.json().ok();
            let text = |name: &str| body.and_then(|body| body.get(name)?.as_str());
            let said = text("message").or_else(|| text("reason"));
            offer.offered = None;
            offer.is_refused_by_rule = true;
            offer.reason = format!("{answered} (\"{}\")", said.unwrap_or_default());
            return Ok(());
        }
        (offer.offered, offer.reason) = match (says(status), record) {
            (Says::Offered, _) => (Some(true), answered),
            (Says::NotOffered, _) => (Some(false), answered),
            (Says::NotFound, None) => (Some(false), answered),
            (Says::NotFound, Some(record)) => {
                // Not found: the operation, or the record?
                let read = Outgoing::new("GET", self.record_url(&record.id));
                let read = self.exchange(read, false).await?;
                offer.exchanges.push(read.answer.index);
                if read.answer.status == 200 {
                    let more = format!("{answered}, though the record is there");
                    (Some(false), more)
                } else {
                    let why = format!("{answered}, and GET of the record {}", read.answer.status);
                    (None, why)
                }
            }
            (Says::Nothing, _) => {
                let why = format!("{answered}: whether it is offered can't be known from that");
                (None, why)
            }
        };
        if offer.offered == Some(true) && (200..300).contains(&status) {
            self.undo(operation, record, reply, offer).await?;
        }
        Ok(())
    }

    /// Takes the books on what the question did: a record deleted is gone, and what was
    /// made besides is removed again.
    async fn undo(
        &self,
        operation: &OptionalOperation,
        record: Option<&Record>,
        reply: &Arc<Reply>,
        offer: &mut Offer,
    ) -> Result<(), Failure> {
        match (record, operation.method.as_str()) {
            (Some(record), "DELETE") => self.note_deleted(&record.id),
            (None, "POST") => {
                let made = reply.json().ok().and_then(id_of);
                if let Some(id) = made.or_else(|| reply.created_id()) {
                    let mut url = reply.answer.url.clone();
                    if let Ok(mut segments) = url.path_segments_mut() {
                        segments.push(&id);
                    }
                    let removed = self.exchange(Outgoing::new("DELETE", url), false).await?;
                    offer.exchanges.push(removed.answer.index);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether a record has become what the body asked for.
    async fn took_effect(
        &self,
        body: &Map<String, Value>,
        record: &Record,
        reply: &Reply,
        offer: &mut Offer,
    ) -> Result<bool, Failure> {
        if !(200..300).contains(&reply.answer.status) {
            return Ok(false);
        }
        let wanted = Value::Object(body.clone());
        let holds = |reply: &Reply| {
            let body = reply.json().ok();
            body.is_some_and(|body| differences(&wanted, body).is_empty())
        };
        if holds(reply) {
            return Ok(true);
        }
        let read = Outgoing::new("GET", self.record_url(&record.id));
        let read = self.exchange(read, false).await?;
        offer.exchanges.push(read.answer.index);
        Ok(holds(&read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_says_whether_an_operation_is_offered() {
        for status in [405, 501] {
            assert_eq!(says(status), Says::NotOffered, "{status}");
        }
        // A refusal of the body proves that somebody read it.
        for status in [200, 202, 204, 302, 400, 409, 415, 422, 500] {
            assert_eq!(says(status), Says::Offered, "{status}");
        }
        for status in [401, 403, 428, 429, 503] {
            assert_eq!(says(status), Says::Nothing, "{status}");
        }
        assert_eq!(says(404), Says::NotFound);
    }
}
