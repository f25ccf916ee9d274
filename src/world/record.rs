//! A record that scenarios call by its name: the run created it, or it was there before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;
use tokio::sync::OnceCell;
use url::Url;

use super::Reply;
use crate::evidence::Stop;

/// Parameters of a query that are not criteria.
pub(super) const DIRECTIVES: [&str; 4] = ["fields", "limit", "offset", "sort"];

/// What stands in for which fixture, or why nothing does.
pub(super) type StandIns = BTreeMap<String, Result<Arc<Record>, Stop>>;

/// The records that stand in for the run's own.
#[derive(Debug, Default)]
pub(super) struct Existing {
    pub(super) stand_ins: OnceCell<StandIns>,
    /// What no output may show.
    pub(super) texts: Mutex<BTreeSet<String>>,
}

impl Existing {
    pub(super) fn texts(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.texts.lock()
    }
}

/// A record that scenarios call by its name.
#[derive(Debug, Clone)]
pub struct Record {
    /// The fixture's name.
    pub name: String,
    /// The id that the target gave it.
    pub id: String,
    origin: Origin,
}

#[derive(Debug, Clone)]
enum Origin {
    Created(Arc<Creation>),
    Existing(ExistingRecord),
}

/// How the run created a record.
#[derive(Debug, Clone)]
pub struct Creation {
    /// What was sent.
    pub sent: Value,
    /// What the create answered.
    pub answer: Arc<Reply>,
}

/// What was seen of a record that was there before the run.
#[derive(Debug, Clone)]
pub(super) struct ExistingRecord {
    /// Its attributes, as far as all answers that show it agree on them.
    pub(super) shown: Value,
    /// The exchange that shows them.
    pub(super) exchange: usize,
    /// What the collection showed, where it was found there.
    pub(super) listed: Option<Value>,
}

impl Record {
    /// A record that the run created.
    pub(super) fn created(name: &str, id: String, creation: Creation) -> Self {
        Self {
            name: name.to_owned(),
            id,
            origin: Origin::Created(Arc::new(creation)),
        }
    }

    /// A record that was there before the run, under the name of the fixture that it stands in for.
    pub(super) fn existing(name: &str, id: String, seen: ExistingRecord) -> Self {
        Self {
            name: name.to_owned(),
            id,
            origin: Origin::Existing(seen),
        }
    }

    /// What the run sent to create it, and what was answered.
    ///
    /// # Errors
    /// A withheld check where the record was there before the run.
    pub fn creation(&self) -> Result<&Arc<Creation>, Stop> {
        match &self.origin {
            Origin::Created(creation) => Ok(creation),
            Origin::Existing(_) => Err(Stop::Withheld(format!(
                "it needs a create, and the record \"{}\" was there before the run",
                self.name
            ))),
        }
    }

    /// The number of its create.
    pub(super) fn create(&self) -> Option<u64> {
        self.creation().ok()?.answer.create
    }

    pub(super) fn as_existing(&self) -> Option<&ExistingRecord> {
        match &self.origin {
            Origin::Created(_) => None,
            Origin::Existing(seen) => Some(seen),
        }
    }

    /// What the collection showed of it, where it was found there before the run.
    pub fn listed(&self) -> Option<&Value> {
        self.as_existing()?.listed.as_ref()
    }

    /// Whether what was sent to create it meets each criterion of a query by its very value.
    pub fn meets(&self, query: &Url) -> bool {
        let Ok(creation) = self.creation() else {
            return false;
        };
        let mut criteria = query
            .query_pairs()
            .filter(|(name, _)| !DIRECTIVES.contains(&&**name))
            .peekable();
        criteria.peek().is_some()
            && criteria.all(|(name, value)| {
                let path: Vec<&str> = name.split('.').collect();
                stands_at(&creation.sent, &path, &value)
            })
    }

    /// Whether the create answered all values of a query, and the target gave one of them itself.
    pub fn was_given(&self, query: &Url) -> bool {
        let Ok(creation) = self.creation() else {
            return false;
        };
        let answered = creation.answer.json().ok();
        let is_sent =
            |name: &str| ["id", "href"].contains(&name) || creation.sent.get(name).is_some();
        let (mut all, mut given) = (true, false);
        for (name, value) in query.query_pairs() {
            if DIRECTIVES.contains(&&*name) {
                continue;
            }
            let found = answered.and_then(|body| body.get(&*name)?.as_str());
            all &= found == Some(&*value);
            given |= !is_sent(&name);
        }
        all && given
    }

    /// Whether it was there before the run.
    pub fn is_existing(&self) -> bool {
        self.as_existing().is_some()
    }

    /// The exchange that showed it first.
    pub fn exchange(&self) -> usize {
        match &self.origin {
            Origin::Created(creation) => creation.answer.answer.index,
            Origin::Existing(seen) => seen.exchange,
        }
    }

    /// The value of an attribute, given as `direction` or `channel.0.id`: what the target says
    /// of id and href, else what was sent. `answered creationDate` is what the create answered.
    /// Of a record that was there before it is what the target showed.
    pub fn value(&self, path: &str) -> Option<Value> {
        if path == "id" {
            return Some(Value::from(self.id.clone()));
        }
        let answered = path.strip_prefix("answered ");
        let pointer = format!("/{}", answered.unwrap_or(path).replace('.', "/"));
        let value = match &self.origin {
            Origin::Existing(seen) if answered.is_none() => seen.shown.pointer(&pointer),
            Origin::Existing(_) => None,
            Origin::Created(creation) => {
                let sent = creation.sent.pointer(&pointer);
                sent.filter(|_| answered.is_none())
                    .or_else(|| creation.answer.json().ok()?.pointer(&pointer))
            }
        };
        value.cloned()
    }
}

/// Whether a text stands at a path, through lists.
fn stands_at(value: &Value, path: &[&str], text: &str) -> bool {
    match (value, path) {
        (Value::Array(items), _) => items.iter().any(|item| stands_at(item, path, text)),
        (Value::String(found), []) => found == text,
        (Value::Object(attributes), [name, rest @ ..]) => attributes
            .get(*name)
            .is_some_and(|attribute| stands_at(attribute, rest, text)),
        _ => false,
    }
}
