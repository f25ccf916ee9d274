//! The one way in which scenarios send.

use std::sync::Arc;

use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::Instant;
use url::Url;

use super::json_limits::id_of;
use super::posts::{Refused, holds_text};
use super::records::JSON;
use super::reply::Reply;
use super::{Change, Context, Record, World, subscription_id};
use crate::evidence::{Stop, shortened};
use crate::http::{Failure, FailureKind, Outgoing, Truncation, path_and_query};
use crate::journal::Claim;
use crate::terms::Level;
use crate::world::Violation;

/// Bytes of a request's line in a message, behind which there has to be room for what went wrong.
const LONGEST_LINE: usize = 3 * 1024;

impl Context {
    /// Sends, reads the answer, and keeps the run's books: what was created is the run's own, and
    /// every answer is reviewed.
    pub async fn exchange(&self, request: Outgoing, sound: bool) -> Result<Arc<Reply>, Failure> {
        let to_hub = request.url.path().starts_with(self.hub_url(None).path());
        let level = to_hub.then_some(Level::Operations);
        self.exchange_judged(request, Some(sound), level).await
    }

    /// As [`Self::exchange`]; without `sound` the answer is not held against the pack's rules.
    /// `level` is that of the scenario that asks.
    async fn exchange_judged(
        &self,
        mut request: Outgoing,
        sound: Option<bool>,
        level: Option<Level>,
    ) -> Result<Arc<Reply>, Failure> {
        let is_json = |(name, value): &(String, String)| {
            name.eq_ignore_ascii_case("content-type") && value == JSON
        };
        if let Some(media_type) = self.other_json_type()
            && request.headers.iter().any(is_json)
        {
            request.set_header("Content-Type", media_type);
        }
        if request.method != "POST" {
            let lists = request.method == "GET" && request.url.path() == self.collection.path();
            if let Some(until) = self.lags.late_until(lists) {
                tokio::time::sleep_until(until).await;
            }
        }
        // Before the books are opened for it.
        self.client.permits(&request)?;
        let at = Instant::now();
        let changes = request.changes();
        let sent = self.send_guarded(request).await;
        if changes {
            self.see_whether_it_takes_changes(false).await;
        }
        let reply = sent?;
        self.note_ends(&reply);
        self.note_change(&reply, at);
        if reply.answer.method != "GET" && reply.answer.status < 300 {
            self.lags.note_change();
        }
        if let Some(Truncation::Beyond(text)) = &reply.answer.cut {
            self.client.note_limit(text);
        }
        if let Some(sound) = sound {
            self.review(&reply, sound, level);
        }
        Ok(Arc::new(reply))
    }

    /// Where changes failed that the target carried out before, finds out whether it takes any;
    /// `at_the_end` one failure is reason enough.
    pub async fn see_whether_it_takes_changes(&self, at_the_end: bool) {
        let Some(taken) = self.taken.lock().clone() else {
            return;
        };
        // No filter is to find it in place of the one that was taken.
        let marker = self.run.marker();
        let text = String::from_utf8_lossy(&taken);
        let body = text.replace(&marker, &format!("{marker} again"));
        let create = || async {
            let request = Outgoing::new("POST", self.collection());
            // What comes of it is seen by the client.
            let _ = self.post(request.body(JSON, body.clone())).await;
        };
        let client = &self.client;
        client
            .see_whether_it_takes_changes(at_the_end, create)
            .await;
    }

    async fn send_guarded(&self, request: Outgoing) -> Result<Reply, Failure> {
        let reply = if request.method == "POST" {
            let body = request.body.clone();
            let body = body.filter(|_| request.url == self.collection);
            self.guard(&request).await?;
            let reply = self.post(request).await?;
            if let (201, Some(body)) = (reply.answer.status, body) {
                self.note_taken(body);
            }
            reply
        } else {
            let answer = self.change_own(request).await?;
            let listed = answer.url.path() == self.collection.path();
            let keeps = |element: &Value| self.is_judged(element);
            let reply = Reply::new(answer, &self.bodies, listed, self.json_depth(), keeps);
            // A method that should not create has created all the same.
            if reply.answer.method != "GET"
                && reply.answer.status == 201
                && self.targets_the_resource(&reply.answer.url)
            {
                let marker = self.run.marker();
                if let Some(id) = reply.created_id() {
                    self.ledger().note_found(&self.client, &id, &marker);
                }
            }
            reply
        };
        Ok(reply)
    }

    /// Whether an element of a list is, or passes for, a record that the run created.
    fn is_judged(&self, element: &Value) -> bool {
        let ownership = &self.client.log().ownership;
        id_of(element).is_some_and(|id| ownership.judges(&id)) || self.is_own(element, None)
    }

    fn json_depth(&self) -> usize {
        self.settings.limits.answer.json_depth
    }

    /// Posts, and notes what was created, in a task of its own: an interrupted run drops the caller,
    /// but must not lose a record that the target is about to make.
    async fn post(&self, request: Outgoing) -> Result<Reply, Failure> {
        let (sender, receiver) = oneshot::channel();
        let (client, ledger) = (Arc::clone(&self.client), self.ledger());
        let bodies = Arc::clone(&self.bodies);
        let depth = self.json_depth();
        let to_collection = request.url.path() == self.collection.path();
        let targets_the_resource = self.targets_the_resource(&request.url);
        let marker = self.run.marker();
        let number = targets_the_resource.then(|| ledger.posting(Some(marker.clone())));
        let body = request.body.as_deref().unwrap_or_default();
        let sent_body: Value = serde_json::from_slice(body).unwrap_or_default();
        let callback = sent_body.get("callback").and_then(Value::as_str);
        let callback = callback.unwrap_or_default().to_owned();
        let is_hub = request.url == self.hub_url(None);
        let registration = is_hub.then(|| ledger.registering(&callback));
        self.note_underway(tokio::spawn(async move {
            let sent = client.send(request).await.map(|answer| {
                let mut reply = Reply::new(answer, &bodies, false, depth, |_| false);
                reply.create = number;
                reply
            });
            // What got no answer may have been stored all the same.
            let unsent = sent.as_ref().is_err_and(|failure| failure.kind.is_unsent());
            let done = |reply: &Reply| (200..300).contains(&reply.answer.status);
            if let Some(number) = number {
                if let Ok(reply) = &sent
                    && (to_collection && done(reply) || reply.answer.status == 201)
                {
                    let shown = reply.json().ok().map(|body| body.get(0).unwrap_or(body));
                    let claim = Claim::created(Some(marker), &sent_body, shown);
                    ledger.note_answered(&client, number, reply, claim);
                }
                ledger.ended(number, sent.is_ok() || unsent);
            }
            if let Some(number) = registration {
                let answered = sent.as_ref().ok().filter(|reply| done(reply));
                if let Some(id) = answered.and_then(subscription_id) {
                    ledger.registered(number, &id, &callback);
                }
                let refused = sent.as_ref().is_ok_and(|reply| !done(reply));
                ledger.registration_ended(number, refused || unsent);
            }
            // Nobody waits any more where the run was interrupted.
            let _ = sender.send(sent);
        }));
        receiver.await.unwrap_or_else(|_| {
            Err(Failure {
                exchange: self.client.log().len().checked_sub(1),
                kind: FailureKind::Broken,
                message: "the harness did not come to the end of the exchange".to_owned(),
            })
        })
    }

    /// Notes what is gone, or not identified by its marker any more, after a change.
    fn note_ends(&self, reply: &Reply) {
        let answer = &reply.answer;
        let done = (200..300).contains(&answer.status);
        if answer.method == "DELETE"
            && (done || matches!(answer.status, 404 | 410))
            && let Some(id) = answer
                .url
                .as_str()
                .strip_prefix(self.hub_url(None).as_str())
            && let Some(id) = id.strip_prefix('/')
        {
            let id = percent_encoding::percent_decode_str(id).decode_utf8_lossy();
            self.ledger().unregistered(&id);
        }
        if matches!(answer.method.as_str(), "PATCH" | "PUT")
            && done
            && let Ok(shown) = reply.json()
            && let Some(id) = id_of(shown)
            && self.asked_for(answer).as_ref() == Some(&id)
        {
            self.note_shown_after(&id, shown);
        }
    }

    /// What was done to a record is what events report.
    fn note_change(&self, reply: &Reply, at: Instant) {
        let answer = &reply.answer;
        if !(200..300).contains(&answer.status) || answer.method == "GET" {
            return;
        }
        let of_the_collection = answer.url.path() == self.collection.path();
        let record = if of_the_collection {
            reply.created_id()
        } else {
            self.asked_for(answer)
        };
        if let Some(record) = record {
            self.hub.note_change(Change {
                record,
                method: answer.method.clone(),
                exchange: answer.index,
                at,
            });
        }
    }
}

impl World {
    /// Notes a body that was posted to the collection, and whether it was refused.
    fn note_posted(&self, body: &[u8], reply: Option<&Arc<Reply>>) {
        let Ok(body) = serde_json::from_slice(body) else {
            return;
        };
        let requirements = self.spec.iter().flat_map(|spec| &spec.requirements);
        let requirement = requirements.map(String::as_str).next().unwrap_or_default();
        let refused = reply
            .map(|reply| &reply.answer)
            .filter(|answer| (400..500).contains(&answer.status))
            .map(|answer| answer.index);
        self.context.posts.note(&body, requirement, refused);
    }

    /// Sends as part of the scenario. An unanswered request is a violation where the target hung
    /// up on it, and blocks the scenario where the target could not be reached in time.
    pub async fn send(&mut self, request: Outgoing) -> Result<Arc<Reply>, Stop> {
        self.send_judged(request, Some(false)).await
    }

    /// The same for a request that the API description does not foresee, such as one that accepts
    /// no JSON: the step alone judges the answer, not the rules that hold for all answers.
    pub async fn send_apart(&mut self, request: Outgoing) -> Result<Arc<Reply>, Stop> {
        self.send_judged(request, None).await
    }

    async fn send_judged(
        &mut self,
        request: Outgoing,
        sound: Option<bool>,
    ) -> Result<Arc<Reply>, Stop> {
        let line = format!("{} {}", request.method, path_and_query(&request.url));
        let line = shortened(line, LONGEST_LINE);
        let context = Arc::clone(&self.context);
        let creates = request.method == "POST" && request.url.path() == context.collection.path();
        let posted = request.body.clone().filter(|_| creates);
        let record = self.record_at(&request.url);
        let changes = request.changes();
        if let Some(record) = record.as_ref().filter(|_| changes) {
            self.still_has_its_id(record, None, None).await?;
        }
        let level = self.spec.as_ref().map(|spec| spec.level);
        let sent = context.exchange_judged(request, sound, level).await;
        if let (Some(record), Ok(reply)) = (&record, &sent)
            && (200..300).contains(&reply.answer.status)
            && !changes
        {
            let index = reply.answer.index;
            self.evidence.exchanges.insert(index);
            self.still_has_its_id(record, Some(index), reply.json().ok())
                .await?;
        }
        if let Some(body) = posted {
            self.note_posted(&body, sent.as_ref().ok());
        }
        self.took(sent, &line)
    }

    /// The record of the scenario that a URL leads to.
    fn record_at(&self, url: &Url) -> Option<Arc<Record>> {
        let context = &self.context;
        let mut own = self.records.values();
        own.find(|own| url.path() == context.record_url(&own.id).path())
            .cloned()
    }

    /// Blocks the scenario where the id of a record that was deleted was given again: what is done
    /// and seen under that id then is not a matter of the deletion.
    pub async fn still_has_its_id(
        &mut self,
        record: &Record,
        exchange: Option<usize>,
        shown: Option<&Value>,
    ) -> Result<(), Stop> {
        if !self.context.was_given_again(record, shown).await {
            return Ok(());
        }
        if let (Some(exchange), Some(shown)) = (exchange, shown)
            && !self.context.owns(&record.id, shown)
        {
            self.context.client.disown(&record.id, exchange);
        }
        let why = format!(
            "the id {} was given again: another record has it now",
            record.id
        );
        Err(Stop::blocked(why, exchange))
    }

    /// Takes an answer, or what came instead, as one of the scenario's; `line` names the request.
    pub fn took(
        &mut self,
        sent: Result<Arc<Reply>, Failure>,
        line: &str,
    ) -> Result<Arc<Reply>, Stop> {
        match sent {
            Ok(reply) => {
                self.evidence.exchanges.insert(reply.answer.index);
                if let Some(cut) = reply.answer.cut.as_ref().filter(|cut| cut.by_a_limit()) {
                    // What a limit of the harness cut off is not a defect of the target.
                    let text = format!("{line} could not be read whole: {}", cut.text());
                    return Err(Stop::blocked(text, Some(reply.answer.index)));
                }
                self.reply = Some(Arc::clone(&reply));
                Ok(reply)
            }
            Err(failure) => {
                self.evidence.exchanges.extend(failure.exchange);
                let text = match failure.kind {
                    FailureKind::Halted | FailureKind::Foreign => failure.message.clone(),
                    FailureKind::Busy => format!("{line}: {}", failure.message),
                    _ => format!("no answer came to {line}: {}", failure.message),
                };
                if matches!(failure.kind, FailureKind::Broken | FailureKind::Protocol) {
                    self.record(
                        Violation::new("no answer", text)
                            .expected("an HTTP answer")
                            .actual(failure.message)
                            .exchange(failure.exchange),
                    );
                    self.stop_if_violated()?;
                    return Err(Stop::blocked("no answer came", failure.exchange));
                }
                Err(match failure.kind {
                    FailureKind::Withheld => Stop::Withheld(failure.message),
                    FailureKind::Shared => Stop::NotApplicable(failure.message),
                    _ => Stop::blocked(text, failure.exchange),
                })
            }
        }
    }
}

impl Context {
    /// The refused body that an element of the collection looks like; none where the run knows how
    /// the record came about.
    pub fn refused_body_of(&self, element: &Value) -> Option<Refused> {
        // All of the run's bodies hold its marker, and looking for it is cheap.
        if !holds_text(element, &self.run.marker()) {
            return None;
        }
        let id = super::id_of(element);
        if id.is_some_and(|id| self.has_created(&id)) {
            return None;
        }
        let explained = self.records.sent_that_explains(element);
        self.posts.refused(element, explained)
    }

    /// The texts of one attribute in the bodies that were refused, each once.
    pub fn refused_texts(&self, attribute: &str) -> Vec<String> {
        let posts = self.posts.all();
        let mut texts: Vec<String> = posts
            .iter()
            .filter(|posted| posted.refused.is_some())
            .filter_map(|posted| posted.body.get(attribute)?.as_str().map(str::to_owned))
            .filter(|text| text.contains(&self.run.marker()))
            .collect();
        texts.sort_unstable();
        texts.dedup();
        texts
    }
}
