//! Makes the run's own records.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::derived::derived;
use super::record::{Creation, Record};
use super::records::{Configured, JSON, Made};
use super::values::{Form, collect, substitute};
use super::{Context, Reply};
use crate::evidence::Stop;
use crate::http::Outgoing;
use crate::pack::Fixture;

/// Number of characters of what stands for `${long}`: longer than the usual column of 255.
const LONG: usize = 1_000;
/// Number of characters of what stands for `${very long}`.
const VERY_LONG: usize = 9_000;
/// What the target itself gives a record: a configured payload has them for one record only.
const GIVEN_BY_THE_TARGET: [&str; 2] = ["id", "href"];

/// A fixture's body with what the configured bodies have: what the body lacks is added, and where
/// the fixture says which attributes are its own, all others are replaced. What a target demands
/// besides is only added.
fn with_configured(
    fixture: &Fixture,
    mut body: Map<String, Value>,
    configured: &Configured,
) -> Map<String, Value> {
    if fixture.strict {
        return body;
    }
    let second = configured.second_create.as_ref().filter(|_| fixture.second);
    let payload = second.unwrap_or(&configured.create);
    let given = payload
        .iter()
        .filter(|(name, _)| !GIVEN_BY_THE_TARGET.contains(&name.as_str()));
    for (name, value) in given {
        let own = fixture.own.as_ref();
        if !body.contains_key(name) || own.is_some_and(|own| !own.contains(name)) {
            body.insert(name.clone(), value.clone());
        }
    }
    fill(&mut body, &configured.extra);
    body
}

/// Adds what a body lacks of another one, also within its objects; the elements of its lists get
/// what the first element of the other list has.
fn fill(body: &mut Map<String, Value>, other: &Map<String, Value>) {
    for (name, value) in other {
        match (body.get_mut(name), value) {
            (None, _) => {
                body.insert(name.clone(), value.clone());
            }
            (Some(Value::Object(part)), Value::Object(other)) => fill(part, other),
            (Some(Value::Array(items)), Value::Array(others)) => {
                let Some(Value::Object(other)) = others.first() else {
                    continue;
                };
                let objects = items.iter_mut().filter_map(Value::as_object_mut);
                objects.for_each(|item| fill(item, other));
            }
            _ => {}
        }
    }
}

/// What a body has that another one lacks, to be filled in elsewhere: whole attributes, and
/// attributes of the first element of a list.
fn beyond(body: &Map<String, Value>, other: &Map<String, Value>) -> Map<String, Value> {
    let first = |list: &Value| list.get(0).and_then(Value::as_object).cloned();
    let mut more = Map::new();
    for (name, value) in body {
        let known = other.get(name);
        if known.is_none() && !GIVEN_BY_THE_TARGET.contains(&name.as_str()) {
            more.insert(name.clone(), value.clone());
        }
        if let (Some(item), Some(known)) = (first(value), known.and_then(first)) {
            let mut part = item;
            part.retain(|name, _| !known.contains_key(name));
            if !part.is_empty() {
                more.insert(name.clone(), Value::from(vec![Value::Object(part)]));
            }
        }
    }
    more
}

/// Whether a status refuses a body for what it says.
const fn refuses_body(status: u16) -> bool {
    matches!(status, 400 | 409 | 422)
}

impl Context {
    /// The names by which features call the run's own records.
    pub fn record_names(&self) -> impl Iterator<Item = &str> {
        self.records.fixtures.keys().map(String::as_str)
    }

    /// The partial update that the configuration names.
    pub const fn configured_patch(&self) -> Option<&Map<String, Value>> {
        self.records.configured.patch.as_ref()
    }

    /// The names of the fixtures that scenarios share.
    pub fn fixture_names(&self) -> Vec<String> {
        let shared = self.records.fixtures.iter();
        shared
            .filter(|(_, (fixture, _))| !fixture.disposable)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// A new record of a fixture with one attribute in addition, for one scenario alone; not
    /// applicable where the target refuses that.
    pub async fn new_record_with(
        &self,
        fixture: &str,
        attribute: String,
        value: Value,
    ) -> Result<Arc<Record>, Stop> {
        self.creates().await?;
        let with = Map::from_iter([(attribute.clone(), value)]);
        let made = Box::pin(self.create_fixture(fixture, &with)).await;
        let record = made.map_err(|stop| {
            Stop::NotApplicable(format!("no record with {attribute} was made: {stop}"))
        })?;
        self.records.note_disposable(&record.id);
        Ok(record)
    }

    /// A new record from a fixture, for those who ask alone: it may be changed and deleted. It is
    /// created with what `state` names.
    ///
    /// Where the target refuses it, it is made from the fixture with less in it: that a create is
    /// refused is judged elsewhere, and should not leave all else undecided.
    pub(super) async fn new_record(
        &self,
        fixture: &str,
        state: &Map<String, Value>,
    ) -> Result<Arc<Record>, Stop> {
        self.creates().await?;
        let known = self.records.fixtures.get(fixture);
        let otherwise = known.and_then(|(fixture, _)| fixture.otherwise.as_deref());
        let record = match (
            Box::pin(self.create_fixture(fixture, state)).await,
            otherwise,
        ) {
            (Err(_), Some(otherwise)) => Box::pin(self.create_fixture(otherwise, state)).await,
            (made, _) => made,
        }?;
        self.records.note_disposable(&record.id);
        Ok(record)
    }

    /// The run's own record of that name, created when it is first asked for, or the one that stands
    /// in for it; others that ask at the same time wait for it.
    ///
    /// Where it can't be created, every scenario that needs it is blocked by the same cause.
    pub async fn record(&self, name: &str) -> Result<Arc<Record>, Stop> {
        let Some((fixture, cell)) = self.records.fixtures.get(name) else {
            return Err(Stop::blocked(
                format!("the pack has no fixture \"{name}\""),
                None,
            ));
        };
        if let Some(existing) = Box::pin(self.stand_in(name)).await {
            return existing;
        }
        self.writes("it needs a record of the run's own")?;
        if let Some(other) = &fixture.goes_with
            && let Some(Ok(_)) = Box::pin(self.stand_in(other)).await
        {
            return Err(Stop::Withheld(format!(
                "it needs a record that goes with \"{other}\", which was there before the run"
            )));
        }
        if !self.is_independent(name) {
            Box::pin(self.creates()).await?;
        }
        // Records need others first: the future has to be boxed to be able to call itself.
        let plain = Map::new();
        cell.get_or_init(|| Box::pin(self.create_fixture(name, &plain)))
            .await
            .clone()
    }

    /// Whether the target creates records at all; else why not. A target that refuses everything
    /// refuses what is wrong, too: that is not a merit, and its refusal of what is right is one
    /// finding, however many checks ask for records.
    pub async fn creates(&self) -> Result<(), Stop> {
        self.writes("it needs a create")?;
        match self.proof() {
            Some(name) => Box::pin(self.record(name)).await.map(drop),
            None => Ok(()),
        }
    }

    /// Whether the run may change something at the target.
    ///
    /// # Errors
    /// A withheld check, with `what` it needs.
    pub fn writes(&self, what: &str) -> Result<(), Stop> {
        if self.settings.existing.read_only {
            let reason = format!("{what}, and --read-only changes nothing");
            return Err(Stop::Withheld(reason));
        }
        Ok(())
    }

    /// The record that shows whether the target creates any. One that was there before shows nothing.
    fn proof(&self) -> Option<&str> {
        let records = &self.records;
        let other = records.other_proof.as_ref();
        let other = other.filter(|_| !self.settings.existing.ids.is_empty());
        other.or(records.proof.as_ref()).map(String::as_str)
    }

    /// Whether a record is judged by itself, whatever becomes of the others.
    pub fn is_independent(&self, name: &str) -> bool {
        let fixture = self.records.fixtures.get(name);
        self.proof() == Some(name) || fixture.is_some_and(|(fixture, _)| fixture.independent)
    }

    /// The body of a fixture, to be posted by a scenario, which is blocked where the target creates
    /// no such records. It has what the target is known to demand, whatever the fixture is about:
    /// that such a demand is wrong is judged by a record of its own.
    pub async fn body_to_post(&self, name: &str) -> Result<Map<String, Value>, Stop> {
        if let Err(cause) = self.creates().await {
            let itself = self.is_independent(name) && self.record(name).await.is_ok();
            if !itself {
                return Err(cause);
            }
        }
        if !self.records.looked_up.is_settled(name) {
            // With which values it is taken shows when it is made; a refusal is judged elsewhere.
            let _ = self.record(name).await;
        }
        let mut body = self.fixture_body(name).await?;
        let strict = |(fixture, _): &(Fixture, Made)| fixture.strict;
        if self.records.fixtures.get(name).is_some_and(strict) {
            let configured = &self.records.configured;
            let least = self.least_body();
            fill(&mut body, &beyond(&configured.create, &least));
            fill(&mut body, &beyond(&configured.extra, &least));
            fill(&mut body, &self.demanded());
        }
        Ok(body)
    }

    /// The least body that the target takes, with the values of this run; a scenario is blocked where
    /// it takes none.
    pub async fn least_to_post(&self) -> Result<Map<String, Value>, Stop> {
        let proof = self.proof().map(str::to_owned);
        let proof = proof.ok_or_else(|| Stop::blocked("the pack names no least record", None))?;
        self.body_to_post(&proof).await
    }

    /// The names of attributes that hold free texts, at any depth.
    pub fn free_texts(&self) -> &[String] {
        &self.records.texts
    }

    /// The names of attributes that hold short names, at any depth.
    pub fn codes(&self) -> &[String] {
        &self.records.codes
    }

    /// Takes what a scenario has posted for a record of the run: all that shows it is held against
    /// the rules. Gives what the target has to keep of it, which is all but a state that it begins
    /// with itself.
    pub fn note_own(&self, mut sent: Value, reply: &Reply) -> Value {
        let made = matches!(reply.answer.status, 200 | 201);
        if let Some(id) = reply.created_id().filter(|_| made) {
            let flaws = self.flaws_of_input(&sent);
            self.review_created(reply, &flaws);
            self.records.leave_out_state(&mut sent, reply);
            self.records.note_sound(&id, &sent, flaws);
        }
        sent
    }

    /// The body of the record that shows whether the target creates any, as the pack has it.
    fn least_body(&self) -> Map<String, Value> {
        let fixture = self
            .proof()
            .and_then(|name| self.records.fixtures.get(name));
        fixture.map_or_else(Map::new, |(fixture, _)| fixture.body.clone())
    }

    /// What the target demands beyond the body of that record.
    fn demanded(&self) -> Map<String, Value> {
        self.records.demanded.get().cloned().unwrap_or_default()
    }

    /// The body of a fixture with the values of this run.
    pub async fn fixture_body(&self, name: &str) -> Result<Map<String, Value>, Stop> {
        let Some((fixture, _)) = self.records.fixtures.get(name) else {
            return Err(Stop::blocked(
                format!("the pack has no fixture \"{name}\""),
                None,
            ));
        };
        let stays = !fixture.where_records_stay.is_empty() && !self.records_go().await;
        let fixture = if stays { &fixture.to_stay() } else { fixture };
        let mut needed = BTreeMap::new();
        for other in fixture.needs() {
            let record = Box::pin(self.record(&other)).await?;
            needed.insert(other, record);
        }
        let body = fixture.body(&|placeholder| self.value_of(placeholder, &needed));
        let mut body = with_configured(fixture, body, &self.records.configured);
        if !fixture.strict {
            // What the target demands is known once the first record was asked for; what became of
            // that is judged elsewhere.
            if self.proof() != Some(name) {
                let _ = Box::pin(self.creates()).await;
            }
            fill(&mut body, &self.demanded());
        }
        let form = self.records.looked_up.form(name);
        match self.with_known(&Value::Object(body), &form) {
            Value::Object(body) => Ok(body),
            _ => Err(Stop::blocked(format!("\"{name}\" is not an object"), None)),
        }
    }

    /// What stands for a placeholder: `run`, `long`, `unknown id`, `unknown id 2` and so on, or `RECORD.ATTRIBUTE`.
    pub fn value_of(
        &self,
        placeholder: &str,
        records: &BTreeMap<String, Arc<Record>>,
    ) -> Option<String> {
        match placeholder {
            "run" => Some(self.run.marker()),
            "long" => Some(repeated("long text", LONG)),
            "unknown id" => Some(self.run.unknown_id.clone()),
            _ if placeholder.starts_with("unknown id ") => {
                Some(self.run.another_unknown_id(placeholder))
            }
            _ if placeholder.ends_with(" characters") => {
                let (length, _) = placeholder.split_once(' ')?;
                Some("x".repeat(length.parse().ok()?))
            }
            "very long" => Some(repeated("very long text", VERY_LONG)),
            // What is made of a value: `${A.id, first half}`.
            _ if placeholder.contains(", ") => {
                let (value, how) = placeholder.rsplit_once(", ")?;
                let made = derived(&self.value_of(value, records)?, how)?;
                self.may_show(value, records, made)
            }
            _ => {
                let (name, attribute) = placeholder.split_once('.')?;
                match records.get(name)?.value(attribute)? {
                    Value::String(text) => Some(text),
                    other => Some(other.to_string()),
                }
            }
        }
    }

    async fn create_fixture(
        &self,
        name: &str,
        state: &Map<String, Value>,
    ) -> Result<Arc<Record>, Stop> {
        let mut body = self.fixture_body(name).await?;
        body.extend(state.clone());
        let sent = Value::Object(body.clone());
        let mut reply = self.post_fixture(name, &sent).await?;
        if self.proof() == Some(name)
            && refuses_body(reply.answer.status)
            && let Some(accepted) = self.post_with_more(name, &body).await?
        {
            (body, reply) = accepted;
        }
        let mut body = Value::Object(body);
        let refused = |reply: &Reply| matches!(reply.answer.status, 400 | 404 | 409 | 422);
        let accepted = |reply: &Reply| (200..300).contains(&reply.answer.status);
        let looked_up = &self.records.looked_up;
        let mut form = looked_up.form(name);
        if refused(&reply) && form.attributes.is_empty() {
            let mut tried = vec![body.clone()];
            for known in looked_up.tries(&body) {
                let other = self.with_known(&body, &known);
                if tried.contains(&other) {
                    continue;
                }
                tried.push(other.clone());
                let again = self.post_fixture(name, &other).await?;
                if accepted(&again) {
                    (body, reply, form) = (other, again, known);
                    break;
                }
            }
        }
        if accepted(&reply) {
            self.settle_accepted(name, form, &body);
        } else {
            looked_up.settle_refused(name);
        }
        let exchange = Some(reply.answer.index);
        let status = reply.answer.status;
        if !accepted(&reply) {
            let why = format!("record \"{name}\" could not be created: POST answered {status}");
            return Err(Stop::blocked(why, exchange));
        }
        let flaws = self.flaws_of_input(&body);
        if matches!(status, 200 | 201) {
            self.review_created(&reply, &flaws);
        }
        let usable = reply.created_id();
        let Some(id) = usable.filter(|_| reply.over_long_id().is_none()) else {
            // What a limit of ours keeps from being read is not an answer to judge the create by.
            let cut = reply.answer.cut.as_ref().filter(|cut| cut.by_a_limit());
            let (what, exchange) = match cut {
                Some(cut) => (format!("could not be read whole: {}", cut.text()), None),
                None => ("has no id".to_owned(), exchange),
            };
            let why = format!("record \"{name}\" was created, but its answer {what}");
            return Err(Stop::blocked(why, exchange));
        };
        if self.proof() == Some(name) {
            self.measure_lag(&id).await;
        }
        self.records.leave_out_state(&mut body, &reply);
        self.records.note_sound(&id, &body, flaws);
        let creation = Creation {
            sent: body,
            answer: reply,
        };
        Ok(Arc::new(Record::created(name, id, creation)))
    }

    /// Posts a body that the target refused once more, with what the configured one has besides, or
    /// all that the API description makes mandatory. What the target accepts goes into all other
    /// records: that it demands more than it may is one finding, and must not leave all else open.
    async fn post_with_more(
        &self,
        name: &str,
        body: &Map<String, Value>,
    ) -> Result<Option<(Map<String, Value>, Arc<Reply>)>, Stop> {
        let least = self.least_body();
        let configured = beyond(&self.records.configured.create, &least);
        let complete = self.records.complete.as_ref();
        let complete = complete.and_then(|name| self.records.fixtures.get(name));
        let complete = complete.map_or_else(Map::new, |(fixture, _)| {
            let whole = fixture.body(&|placeholder| self.value_of(placeholder, &BTreeMap::new()));
            beyond(&whole, &least)
        });
        let mut both = configured.clone();
        fill(&mut both, &complete);
        let mut tried = vec![body.clone()];
        for more in [configured, complete, both] {
            let mut filled = body.clone();
            fill(&mut filled, &more);
            if tried.contains(&filled) {
                continue;
            }
            let reply = self
                .post_fixture(name, &Value::Object(filled.clone()))
                .await?;
            if (200..300).contains(&reply.answer.status) {
                // The record is made once, so nothing else is there yet.
                let _ = self.records.demanded.set(more);
                return Ok(Some((filled, reply)));
            }
            tried.push(filled);
        }
        Ok(None)
    }
}

/// A text of about that many characters. It does not end with a blank, which a target may remove.
fn repeated(text: &str, length: usize) -> String {
    vec![text; length / (text.len() + 1)].join(" ")
}

impl Context {
    /// Posts the body of a fixture, in the first of the published media types that is not refused
    /// with 415; the others of the run then go out in it, too.
    async fn post_fixture(&self, name: &str, body: &Value) -> Result<Arc<Reply>, Stop> {
        let post = async |media_type: &str| {
            let request =
                Outgoing::new("POST", self.collection()).body(media_type, body.to_string());
            self.exchange(request, true).await.map_err(|failure| {
                // It may have been stored all the same.
                self.posts.note(body, "", None);
                let why = format!(
                    "record \"{name}\" could not be created: {}",
                    failure.message
                );
                Stop::blocked(why, failure.exchange)
            })
        };
        let first = post(JSON).await?;
        if first.answer.status != 415 || self.records.media_type.get().is_some() {
            return Ok(first);
        }
        let others = self.records.media_types.iter().filter(|one| *one != JSON);
        for media_type in others {
            let reply = post(media_type).await?;
            if reply.answer.status != 415 {
                // Another may have found out the same meanwhile.
                let _ = self.records.media_type.set(media_type.clone());
                return Ok(reply);
            }
        }
        Ok(first)
    }

    /// The media type in which JSON is sent, where the target does not take the usual one.
    pub(super) fn other_json_type(&self) -> Option<&str> {
        self.records.media_type.get().map(String::as_str)
    }

    /// Whether the target has refused what the run made up for a list, and took what it knows.
    pub fn needs_known(&self, attribute: &str) -> bool {
        self.records.looked_up.needs_known(attribute)
    }

    /// The bodies of creates that the user wants sent.
    pub(super) fn configured_bodies(&self) -> Vec<Map<String, Value>> {
        let configured = &self.records.configured;
        let bodies = [&configured.create, &configured.extra].into_iter();
        bodies.chain(&configured.second_create).cloned().collect()
    }
}

impl Context {
    /// The elements that the target has taken in lists of that name: in the replay, and in what the
    /// user wants sent.
    fn taken(&self, name: &str) -> Vec<Map<String, Value>> {
        let mut found = Vec::new();
        let creates = self.replay.iter().flat_map(|replay| &replay.requests);
        let accepted = creates.filter(|one| {
            let accepted = one
                .status
                .is_some_and(|status| (200..300).contains(&status));
            one.method == "POST" && accepted
        });
        for index in accepted.flat_map(|one| &one.exchanges) {
            let exchange = self.client.log().get(*index);
            let sent = exchange.and_then(|exchange| exchange.request.message.body.clone());
            if let Some(body) = sent.and_then(|body| serde_json::from_str(&body).ok()) {
                collect(&body, name, &mut found);
            }
        }
        for body in self.configured_bodies() {
            collect(&Value::Object(body), name, &mut found);
        }
        found
    }

    /// Notes that a fixture was accepted with this body, in which known values stand in for those of
    /// `form`.
    pub(super) fn settle_accepted(&self, fixture: &str, form: Form, body: &Value) {
        let looked_up = &self.records.looked_up;
        let is_made_up = |name: &&String| {
            let mut known = body.clone();
            substitute(&mut known, name, &self.taken(name), false);
            known != *body
        };
        let free = looked_up.attributes.iter().filter(is_made_up);
        let free = free.filter(|name| !form.attributes.contains(*name));
        let free = free.cloned().collect();
        looked_up.settle(fixture, form, free);
    }

    /// Why a check of an attribute can't be made, where the target looks its values up and has taken
    /// none before.
    pub fn knows_none(&self, attribute: &str) -> Option<String> {
        let looks_up = self.records.looked_up.needs_known(attribute);
        (looks_up && self.taken(attribute).is_empty()).then(|| {
            format!(
                "the target takes no {attribute} that the run makes up; name one that it knows with \
                 --payload"
            )
        })
    }

    /// Puts known values in the place of made-up ones.
    pub(super) fn with_known(&self, body: &Value, form: &Form) -> Value {
        let mut body = body.clone();
        for name in &form.attributes {
            substitute(&mut body, name, &self.taken(name), form.is_cut);
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(fixture: Value) -> Value {
        let fixture: Fixture = serde_json::from_value(fixture).unwrap();
        let members = |value: Value| value.as_object().cloned().unwrap();
        let given = json!({"id": "1", "channel": ["given"], "reason": "given", "extra": 1});
        let configured = Configured {
            create: members(given),
            second_create: Some(members(json!({"channel": ["second"]}))),
            patch: None,
            extra: members(json!({"reason": "demanded", "demanded": true})),
        };
        let body = fixture.body.clone();
        Value::Object(with_configured(&fixture, body, &configured))
    }

    #[test]
    fn a_configured_payload_replaces_what_a_fixture_does_not_call_its_own() {
        let body = json!({"channel": ["own"], "reason": "own"});
        assert_eq!(
            merged(json!({"about": "basic", "own": ["reason"], "body": body})),
            json!({"channel": ["given"], "reason": "own", "extra": 1, "demanded": true})
        );
        assert_eq!(
            merged(json!({"about": "all its own", "body": body})),
            json!({"channel": ["own"], "reason": "own", "extra": 1, "demanded": true})
        );
        assert_eq!(
            merged(json!({"about": "strict", "strict": true, "body": body})),
            body
        );
        assert_eq!(
            merged(json!({"about": "second", "second": true, "own": ["reason"], "body": body})),
            json!({"channel": ["second"], "reason": "own", "demanded": true})
        );
    }

    #[test]
    fn demanded_attributes_reach_into_the_elements_of_lists() {
        let members = |value: Value| value.as_object().cloned().unwrap();
        let least = members(json!({"channel": [{"id": "1"}], "reason": "r"}));
        let complete = json!({"channel": [{"id": "2", "href": "h"}], "reason": "x", "status": "s"});
        let more = beyond(&members(complete), &least);
        assert_eq!(
            Value::Object(more.clone()),
            json!({"channel": [{"href": "h"}], "status": "s"})
        );
        let mut body = members(json!({"channel": [{"id": "a"}, {"id": "b", "href": "own"}]}));
        fill(&mut body, &more);
        assert_eq!(
            Value::Object(body),
            json!({"channel": [{"id": "a", "href": "h"}, {"id": "b", "href": "own"}], "status": "s"})
        );
    }

    #[test]
    fn long_texts_do_not_end_with_a_blank() {
        let text = repeated("long text", LONG);
        assert!(text.len() >= LONG - 10 && text.trim() == text, "{text}");
    }

    #[test]
    fn halves_and_capitals_are_never_the_whole() {
        assert_eq!(derived("abcde", "first half").as_deref(), Some("ab"));
        assert_eq!(derived("abcde", "last half").as_deref(), Some("cde"));
        assert_eq!(derived("aB", "in capitals").as_deref(), Some("AB"));
        assert_eq!(derived("7", "first half"), None);
        assert_eq!(derived("77", "in capitals"), None);
    }
}
