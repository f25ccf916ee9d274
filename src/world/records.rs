//! The run's own records: made once from the pack's fixtures, shared by all scenarios.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use super::{Context, Reply};
use crate::evidence::{Stop, differences};
use crate::http::Outgoing;
use crate::pack::{Fixture, Fixtures};

/// So many characters has what stands for `${long}`: longer than the usual column of 255.
const LONG: usize = 1_000;
/// So many has what stands for `${very long}`.
const VERY_LONG: usize = 9_000;

/// A record that the run created for its checks.
#[derive(Debug, Clone)]
pub struct Record {
    /// The fixture's name.
    pub name: String,
    /// What was sent.
    pub sent: Value,
    /// The id that the target gave it.
    pub id: String,
    /// What the create answered.
    pub created: Arc<Reply>,
}

impl Record {
    /// The value of an attribute, given as `direction` or `channel.0.id`: what the target says
    /// of id and href, else what was sent.
    pub fn value(&self, path: &str) -> Option<Value> {
        if path == "id" {
            return Some(Value::from(self.id.clone()));
        }
        let pointer = format!("/{}", path.replace('.', "/"));
        let sent = self.sent.pointer(&pointer);
        sent.or_else(|| self.created.json.as_ref().ok()?.pointer(&pointer))
            .cloned()
    }
}

/// A record once it is made, or why it could not be.
type Made = OnceCell<Result<Arc<Record>, Stop>>;

/// The fixtures and what became of them.
#[derive(Debug, Default)]
pub(super) struct Records {
    fixtures: BTreeMap<String, (Fixture, Made)>,
    /// Merged into every body that is not strict.
    extras: Map<String, Value>,
    /// Ids of records that were created from well-formed bodies: only these are held against the
    /// rules for representations.
    sound: Mutex<HashSet<String>>,
    /// Their bodies.
    sent: Mutex<Vec<Value>>,
}

impl Records {
    /// Nothing created yet.
    pub(super) fn new(fixtures: Fixtures, extras: Map<String, Value>) -> Self {
        let fixtures = fixtures
            .records
            .into_iter()
            .map(|(name, fixture)| (name, (fixture, OnceCell::new())))
            .collect();
        Self {
            fixtures,
            extras,
            sound: Mutex::default(),
            sent: Mutex::default(),
        }
    }

    pub(super) fn is_sound(&self, id: &str) -> bool {
        self.sound
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(id)
    }

    fn note_sound(&self, id: &str, sent: &Value) {
        self.sound
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.to_owned());
        self.sent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(sent.clone());
    }

    /// Whether the record is one of those that were sent, whatever its id has become:
    /// all that was sent stands in it.
    pub(super) fn has_sent(&self, record: &Value) -> bool {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.iter().any(|body| differences(body, record).is_empty())
    }

    /// The length of the largest body among those that were sent that stands in a record.
    pub(super) fn sent_that_explains(&self, record: &Value) -> usize {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let standing = sent
            .iter()
            .filter(|body| differences(body, record).is_empty());
        let sizes = standing.map(|body| body.to_string().len());
        sizes.max().unwrap_or_default()
    }
}

impl Context {
    /// The names of all fixtures.
    pub fn fixture_names(&self) -> Vec<String> {
        self.records.fixtures.keys().cloned().collect()
    }

    /// The run's own record of that name, created when it is first asked for; others that ask at
    /// the same time wait for it.
    ///
    /// Where it can't be created, every scenario that needs it is blocked by the same cause.
    pub async fn record(&self, name: &str) -> Result<Arc<Record>, Stop> {
        let Some((_, cell)) = self.records.fixtures.get(name) else {
            return Err(Stop::blocked(
                format!("the pack has no fixture \"{name}\""),
                None,
            ));
        };
        // Records need others first: the future has to be boxed to be able to call itself.
        cell.get_or_init(|| Box::pin(self.create_fixture(name)))
            .await
            .clone()
    }

    /// The body of a fixture with the values of this run.
    pub async fn fixture_body(&self, name: &str) -> Result<Map<String, Value>, Stop> {
        let Some((fixture, _)) = self.records.fixtures.get(name) else {
            return Err(Stop::blocked(
                format!("the pack has no fixture \"{name}\""),
                None,
            ));
        };
        let mut needed = BTreeMap::new();
        for other in fixture.needs() {
            let record = Box::pin(self.record(&other)).await?;
            needed.insert(other, record);
        }
        let mut body = fixture.body(&|placeholder| self.value_of(placeholder, &needed));
        if !fixture.strict {
            for (name, value) in &self.records.extras {
                body.entry(name.clone()).or_insert_with(|| value.clone());
            }
        }
        Ok(body)
    }

    /// What stands for a placeholder: `run`, `long`, `unknown id`, or `RECORD.ATTRIBUTE`.
    pub fn value_of(
        &self,
        placeholder: &str,
        records: &BTreeMap<String, Arc<Record>>,
    ) -> Option<String> {
        match placeholder {
            "run" => Some(self.run.marker.clone()),
            "long" => Some("long text ".repeat(LONG / 10)),
            "unknown id" => Some(self.run.unknown_id.clone()),
            "very long" => Some("very long text ".repeat(VERY_LONG / 15)),
            // What is made of a value: `${A.id, first half}`.
            _ if placeholder.contains(", ") => {
                let (value, how) = placeholder.rsplit_once(", ")?;
                derived(&self.value_of(value, records)?, how)
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
        let body = Value::Object(self.fixture_body(name).await?);
        let request =
            Outgoing::new("POST", self.collection()).body("application/json", body.to_string());
        let reply = self.exchange(request, true).await.map_err(|failure| {
            // It may have been stored all the same.
            self.posts.note(&body, "", None);
            let why = format!(
                "record \"{name}\" could not be created: {}",
                failure.message
            );
            Stop::blocked(why, Some(failure.index))
        })?;
        let status = reply.answer.status;
        let exchange = Some(reply.answer.index);
        if !(200..300).contains(&status) {
            let why = format!("record \"{name}\" could not be created: POST answered {status}");
            return Err(Stop::blocked(why, exchange));
        }
        let Some(id) = reply.created_id() else {
            let why = format!("record \"{name}\" was created, but its answer tells no id");
            return Err(Stop::blocked(why, exchange));
        };
        self.records.note_sound(&id, &body);
        self.review_created(&reply);
        Ok(Arc::new(Record {
            name: name.to_owned(),
            sent: body,
            id,
            created: reply,
        }))
    }
}

/// What is made of a text: a half of it, or its capitals; none where that would be the text itself.
fn derived(whole: &str, how: &str) -> Option<String> {
    let half = whole.chars().count() / 2;
    let made: String = match how {
        "first half" => whole.chars().take(half).collect(),
        "last half" => whole.chars().skip(half).collect(),
        "in capitals" => whole.to_uppercase(),
        _ => return None,
    };
    (half > 0 && made != whole).then_some(made)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_and_capitals_are_never_the_whole() {
        assert_eq!(derived("abcde", "first half").as_deref(), Some("ab"));
        assert_eq!(derived("abcde", "last half").as_deref(), Some("cde"));
        assert_eq!(derived("aB", "in capitals").as_deref(), Some("AB"));
        assert_eq!(derived("7", "first half"), None);
        assert_eq!(derived("77", "in capitals"), None);
    }
}
