//! The run's own records: made once from the pack's fixtures, shared by all scenarios.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use parking_lot::Mutex;
use serde_json::{Map, Value};
use tokio::sync::OnceCell;

use super::Reply;
use super::record::Record;
use super::review::InputFlaws;
use super::values::LookedUp;
use crate::evidence::{Stop, differences};
use crate::pack::{Fixture, Fixtures, StandIn};

/// The media type in which bodies are sent, unless the target takes it in another form only.
pub(super) const JSON: &str = "application/json";

/// A record once it is made, or why it could not be.
pub(super) type Made = OnceCell<Result<Arc<Record>, Stop>>;

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
    pub(super) fixtures: BTreeMap<String, (Fixture, Made)>,
    /// The name of the one that shows whether the target creates any.
    pub(super) proof: Option<String>,
    /// The one that does where the first may be stood in for.
    pub(super) other_proof: Option<String>,
    /// The name of the one that has all that the API description makes mandatory.
    pub(super) complete: Option<String>,
    /// What is merged into every body that is not strict.
    pub(super) configured: Configured,
    /// What the target demands beyond the body of the first record, where it refused that.
    pub(super) demanded: OnceLock<Map<String, Value>>,
    /// Ids of records that were created from well-formed bodies, or stand in for such: only these
    /// are held against the rules for representations. Each with the rules that its body breaks
    /// itself.
    pub(super) sound: Mutex<HashMap<String, InputFlaws>>,
    /// Their bodies.
    pub(super) sent: Mutex<Vec<Value>>,
    /// Ids of records that were made for one scenario alone.
    pub(super) disposable: Mutex<HashSet<String>>,
    /// What the target looks up.
    pub(super) looked_up: LookedUp,
    /// The names of attributes that hold free texts.
    pub(super) texts: Vec<String>,
    /// The names of attributes that hold short names.
    pub(super) codes: Vec<String>,
    /// The attributes of a record's state.
    pub(super) state: Vec<String>,
    /// The media types of a create.
    pub(super) media_types: Vec<String>,
    /// The one that is taken, where it is not the usual one.
    pub(super) media_type: OnceLock<String>,
}

impl Records {
    /// Nothing created yet.
    pub(super) fn new(fixtures: Fixtures, configured: Configured) -> Self {
        let (proof, other_proof) = (fixtures.proof, fixtures.other_proof);
        let complete = fixtures.complete;
        let looked_up = LookedUp::new(fixtures.looked_up);
        let (state, media_types) = (fixtures.state, fixtures.media_types);
        let (texts, codes) = (fixtures.texts, fixtures.codes);
        let fixtures = fixtures
            .records
            .into_iter()
            .map(|(name, fixture)| (name, (fixture, OnceCell::new())))
            .collect();
        Self {
            fixtures,
            proof,
            other_proof,
            complete,
            configured,
            demanded: OnceLock::new(),
            sound: Mutex::default(),
            sent: Mutex::default(),
            disposable: Mutex::default(),
            looked_up,
            texts,
            codes,
            state,
            media_types,
            media_type: OnceLock::new(),
        }
    }

    /// Takes the state out of what was sent, where a create answers another one: the target decides
    /// in which a record begins.
    pub(super) fn leave_out_state(&self, sent: &mut Value, answer: &Reply) {
        let (Some(name), Some(sent)) = (self.state.first(), sent.as_object_mut()) else {
            return;
        };
        let begun = answer.json().ok().and_then(|body| body.get(name));
        let is_text = begun.is_some_and(|begun| begun.as_str().is_some_and(|it| !it.is_empty()));
        if is_text && sent.contains_key(name) && sent.get(name) != begun {
            sent.retain(|name, _| !self.state.contains(name));
        }
    }

    pub(super) fn note_disposable(&self, id: &str) {
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

    /// Takes all of them out.
    pub(super) fn give_up(&self) {
        self.sound.lock().clear();
    }

    pub(super) fn is_sound(&self, id: &str) -> bool {
        self.sound.lock().contains_key(id)
    }

    pub(super) fn note_sound(&self, id: &str, sent: &Value, flaws: InputFlaws) {
        self.sound.lock().insert(id.to_owned(), flaws);
        self.sent.lock().push(sent.clone());
    }

    /// The rules that the run itself broke in what it sent for a record.
    pub(super) fn input_flaws(&self, id: Option<&str>) -> InputFlaws {
        let sound = self.sound.lock();
        let flaws = id.and_then(|id| sound.get(id));
        flaws.cloned().unwrap_or_default()
    }

    /// Notes rules that a patch of the run breaks.
    pub(super) fn note_input_flaws(&self, id: &str, flaws: Vec<(String, String)>) {
        if let Some(known) = self.sound.lock().get_mut(id) {
            known.extend(flaws);
        }
    }

    /// Holds a record that stands in for one of the run's own against the rules as well.
    pub(super) fn note_existing(&self, id: &str) {
        self.sound.lock().insert(id.to_owned(), InputFlaws::new());
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
