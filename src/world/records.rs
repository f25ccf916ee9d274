//! The run's own records: made once from the pack's fixtures, shared by all scenarios.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use super::Context;
use super::record::{Creation, Record};
use crate::evidence::{Stop, differences};
use crate::http::Outgoing;
use crate::pack::{Fixture, Fixtures, StandIn};

/// So many characters has what stands for `${long}`: longer than the usual column of 255.
const LONG: usize = 1_000;
/// So many has what stands for `${very long}`.
const VERY_LONG: usize = 9_000;

/// A record once it is made, or why it could not be.
type Made = OnceCell<Result<Arc<Record>, Stop>>;

/// The bodies that the configuration wants sent.
#[derive(Debug, Default, Clone)]
pub struct Configured {
    /// Goes into the run's own records.
    pub create: Map<String, Value>,
    /// Goes into the record that is the second one, in the place of `create`.
    pub second_create: Option<Map<String, Value>>,
    /// Asks whether the target offers partial updates, and is judged itself.
    pub patch: Option<Map<String, Value>>,
    /// What the target demands in every create beyond that.
    pub extra: Map<String, Value>,
}

/// The fixtures and what became of them.
#[derive(Debug, Default)]
pub(super) struct Records {
    fixtures: BTreeMap<String, (Fixture, Made)>,
    /// The name of the one that shows whether the target creates any.
    proof: Option<String>,
    /// The one that does where the first may be stood in for.
    other_proof: Option<String>,
    /// What is merged into every body that is not strict.
    configured: Configured,
    /// Ids of records that were created from well-formed bodies, or stand in for such: only these
    /// are held against the rules for representations.
    sound: Mutex<HashSet<String>>,
    /// Their bodies.
    sent: Mutex<Vec<Value>>,
    /// Ids of records that were made for one scenario alone.
    disposable: Mutex<HashSet<String>>,
}

impl Records {
    /// Nothing created yet.
    pub(super) fn new(fixtures: Fixtures, configured: Configured) -> Self {
        let (proof, other_proof) = (fixtures.proof, fixtures.other_proof);
        let fixtures = fixtures
            .records
            .into_iter()
            .map(|(name, fixture)| (name, (fixture, OnceCell::new())))
            .collect();
        Self {
            fixtures,
            proof,
            other_proof,
            configured,
            sound: Mutex::default(),
            sent: Mutex::default(),
            disposable: Mutex::default(),
        }
    }

    fn note_disposable(&self, id: &str) {
        self.disposable.lock().insert(id.to_owned());
    }

    pub(super) fn is_disposable(&self, id: &str) -> bool {
        self.disposable.lock().contains(id)
    }

    /// Takes a record out of those that are held against the rules: a scenario has asked the
    /// target to break them there.
    pub(super) fn note_unsound(&self, id: &str) {
        self.sound.lock().remove(id);
    }

    pub(super) fn is_sound(&self, id: &str) -> bool {
        self.sound.lock().contains(id)
    }

    fn note_sound(&self, id: &str, sent: &Value) {
        self.sound.lock().insert(id.to_owned());
        self.sent.lock().push(sent.clone());
    }

    /// Holds a record that stands in for one of the run's own against the rules as well.
    pub(super) fn note_lent(&self, id: &str) {
        self.sound.lock().insert(id.to_owned());
    }

    /// The fixtures that a record may stand in for which was there before, each behind the one that
    /// it has to differ from.
    pub(super) fn replaceable(&self) -> Vec<(&str, &Fixture, &StandIn)> {
        let all = self.fixtures.iter();
        let mut found: Vec<_> = all
            .filter_map(|(name, (fixture, _))| {
                Some((name.as_str(), fixture, fixture.existing.as_ref()?))
            })
            .collect();
        found.sort_by_key(|(_, _, existing)| existing.unlike.is_some());
        found
    }

    /// Whether the record is one of those that were sent, whatever its id has become:
    /// all that was sent stands in it.
    pub(super) fn has_sent(&self, record: &Value) -> bool {
        let sent = self.sent.lock();
        sent.iter().any(|body| differences(body, record).is_empty())
    }

    /// The length of the largest body among those that were sent that stands in a record.
    pub(super) fn sent_that_explains(&self, record: &Value) -> usize {
        let sent = self.sent.lock();
        let standing = sent
            .iter()
            .filter(|body| differences(body, record).is_empty());
        let sizes = standing.map(|body| body.to_string().len());
        sizes.max().unwrap_or_default()
    }
}

/// What the target itself gives a record: a configured payload has them for one record only.
const GIVEN_BY_THE_TARGET: [&str; 2] = ["id", "href"];

/// A fixture's body with what the configured bodies have: what the body lacks is added, and where
/// the fixture says which members are its own, all others are replaced. What a target demands
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
    for (name, value) in &configured.extra {
        body.entry(name.clone()).or_insert_with(|| value.clone());
    }
    body
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

    /// A new record from a fixture, for whoever asks alone: it may be changed and deleted.
    ///
    /// Where the target refuses it, it is made from the fixture with less in it: that a create is
    /// refused is judged elsewhere, and should not leave all else undecided.
    ///
    /// With an attribute in addition it is made with that, or not at all.
    pub async fn new_record(
        &self,
        fixture: &str,
        with: Option<(String, Value)>,
    ) -> Result<Arc<Record>, Stop> {
        self.creates().await?;
        if let Some((attribute, value)) = with {
            let mut body = self.fixture_body(fixture).await?;
            body.insert(attribute.clone(), value);
            let record = self.create_with(fixture, body).await.map_err(|stop| {
                Stop::NotApplicable(format!("no record with {attribute} was made: {stop}"))
            })?;
            self.records.note_disposable(&record.id);
            return Ok(record);
        }
        let known = self.records.fixtures.get(fixture);
        let otherwise = known.and_then(|(fixture, _)| fixture.otherwise.as_deref());
        let record = match (self.create_fixture(fixture).await, otherwise) {
            (Err(_), Some(otherwise)) => self.create_fixture(otherwise).await,
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
        cell.get_or_init(|| Box::pin(self.create_fixture(name)))
            .await
            .clone()
    }

    /// Whether the target creates records at all; else why not. A target that refuses everything
    /// refuses what is wrong, too: that is no merit, and its refusal of what is right is one
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
    /// no such records.
    pub async fn body_to_post(&self, name: &str) -> Result<Map<String, Value>, Stop> {
        if let Err(cause) = self.creates().await {
            let itself = self.is_independent(name) && self.record(name).await.is_ok();
            if !itself {
                return Err(cause);
            }
        }
        self.fixture_body(name).await
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
        Ok(with_configured(fixture, body, &self.records.configured))
    }

    /// What stands for a placeholder: `run`, `long`, `unknown id`, `unknown id 2` and so on, or `RECORD.ATTRIBUTE`.
    pub fn value_of(
        &self,
        placeholder: &str,
        records: &BTreeMap<String, Arc<Record>>,
    ) -> Option<String> {
        match placeholder {
            "run" => Some(self.run.marker()),
            "long" => Some("long text ".repeat(LONG / 10)),
            "unknown id" => Some(self.run.unknown_id.clone()),
            _ if placeholder.starts_with("unknown id ") => {
                Some(self.run.another_unknown_id(placeholder))
            }
            "very long" => Some("very long text ".repeat(VERY_LONG / 15)),
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

    async fn create_fixture(&self, name: &str) -> Result<Arc<Record>, Stop> {
        self.create_with(name, self.fixture_body(name).await?).await
    }

    async fn create_with(&self, name: &str, body: Map<String, Value>) -> Result<Arc<Record>, Stop> {
        let body = Value::Object(body);
        let request =
            Outgoing::new("POST", self.collection()).body("application/json", body.to_string());
        let reply = self.exchange(request, true).await.map_err(|failure| {
            // It may have been stored all the same.
            self.posts.note(&body, "", None);
            let why = format!(
                "record \"{name}\" could not be created: {}",
                failure.message
            );
            Stop::blocked(why, failure.exchange)
        })?;
        let status = reply.answer.status;
        let exchange = Some(reply.answer.index);
        if !(200..300).contains(&status) {
            let why = format!("record \"{name}\" could not be created: POST answered {status}");
            return Err(Stop::blocked(why, exchange));
        }
        let usable = reply.created_id();
        let Some(id) = usable.filter(|_| reply.over_long_id().is_none()) else {
            // What a limit of ours keeps from being read is no answer to judge the create by.
            let cut = reply.answer.cut.as_ref().filter(|cut| cut.by_a_limit());
            let (what, exchange) = match cut {
                Some(cut) => (format!("could not be read whole: {}", cut.text()), None),
                None => ("tells no id".to_owned(), exchange),
            };
            let why = format!("record \"{name}\" was created, but its answer {what}");
            return Err(Stop::blocked(why, exchange));
        };
        self.records.note_sound(&id, &body);
        self.review_created(&reply);
        let creation = Creation {
            sent: body,
            answer: reply,
        };
        Ok(Arc::new(Record::created(name, id, creation)))
    }
}

/// What is made of a text: a half of it, or its capitals; none where that would be the text itself.
fn derived(whole: &str, how: &str) -> Option<String> {
    let half = whole.chars().count() / 2;
    let made: String = match how {
        "first half" => whole.chars().take(half).collect(),
        "last half" => whole.chars().skip(half).collect(),
        "in capitals" => whole.to_uppercase(),
        // The same instant, two hours east.
        "in another zone" => {
            let instant: jiff::Timestamp = whole.parse().ok()?;
            instant.display_with_offset(jiff::tz::offset(2)).to_string()
        }
        _ => return None,
    };
    (half > 0 && made != whole).then_some(made)
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
    fn halves_and_capitals_are_never_the_whole() {
        assert_eq!(derived("abcde", "first half").as_deref(), Some("ab"));
        assert_eq!(derived("abcde", "last half").as_deref(), Some("cde"));
        assert_eq!(derived("aB", "in capitals").as_deref(), Some("AB"));
        assert_eq!(derived("7", "first half"), None);
        assert_eq!(derived("77", "in capitals"), None);
    }
}
