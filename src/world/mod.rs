//! What a scenario has in hand: the run's shared context and its own evidence.

mod body_cache;
mod check;
mod context;
mod creating;
mod derived;
mod events;
mod exchange;
mod existing;
mod heard;
mod hub;
mod json_limits;
mod judging;
mod lag;
mod ledger;
mod list;
mod offer;
mod offers;
mod own;
mod patch;
mod places;
mod posts;
mod promises;
mod reach;
mod record;
mod records;
mod reply;
mod review;
mod settling;
mod values;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cucumber::gherkin::Step;

pub use self::check::{Violation, status_key};
pub use self::context::{Context, Run, collection, record_url};
pub use self::events::subscription_id;
pub use self::heard::{EventSearch, ReceivedEvent};
pub use self::hub::{Change, Hub, Subscription};
pub use self::json_limits::{id_of, long_id};
pub use self::lag::{Lag, Lags, LateWith};
pub use self::ledger::Created;
pub use self::list::{List, LongList};
pub use self::offer::Offer;
pub use self::own::{Held, Removal, each_record, is_anothers_listener, look_by_id, remove};
pub use self::patch::Patch;
pub use self::posts::Refused;
pub use self::promises::header_number;
pub use self::reach::Reach;
pub use self::record::{Creation, Record};
pub use self::records::Configured;
pub use self::reply::Reply;
pub(crate) use self::review::general;
pub use self::review::{AnswerFacts, Audit, Claimed, ReviewError, Reviewed, warm_up};
pub use self::settling::Settling;
use crate::evidence::{Outcome, ScenarioEvidence};
use crate::pack::ScenarioSpec;

thread_local! {
    /// The context of the run on this thread. Cucumber makes worlds without arguments, on the
    /// thread that runs it, so this is how the context reaches them.
    static CURRENT: RefCell<Option<Arc<Context>>> = const { RefCell::new(None) };
}

/// Makes a context the one that new worlds on this thread get, until it is dropped.
#[derive(Debug)]
pub struct Entered(());

impl Entered {
    /// Makes this context current.
    pub fn new(context: Arc<Context>) -> Self {
        CURRENT.with(|current| *current.borrow_mut() = Some(context));
        Self(())
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.with(|current| *current.borrow_mut() = None);
    }
}

/// A world was asked for outside of a run.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("no run has been entered on this thread")]
struct NotEntered;

/// One of several bodies that a scenario posts.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The place that was changed in it; empty where several were.
    pub place: String,
    /// What was sent, as far as it has to be kept.
    pub sent: serde_json::Value,
    /// What was answered.
    pub reply: Arc<Reply>,
}

/// The state of one scenario.
#[derive(Debug, cucumber::World)]
#[world(init = Self::init)]
pub struct World {
    /// What all scenarios share.
    pub context: Arc<Context>,
    /// What the scenario's tags say; set before its first step.
    pub spec: Option<ScenarioSpec>,
    /// What it found out.
    pub evidence: ScenarioEvidence,
    /// The line of the step that runs.
    line: usize,
    /// The request of the official kit that the scenario is about, by its number.
    pub kit_request: Option<usize>,
    /// The answer that the steps talk about.
    pub reply: Option<Arc<Reply>>,
    /// A whole representation that a selection is compared with.
    pub whole: Option<Arc<Reply>>,
    /// The bodies that the scenario posted to be judged together.
    pub attempts: Vec<Attempt>,
    /// The places of their record that the target does not keep with usual values either.
    pub lost_anyway: Vec<String>,
    /// The body that the scenario posted last.
    pub posted: Option<serde_json::Value>,
    /// The event that the steps talk about.
    pub event: Option<ReceivedEvent>,
    /// The partial update that the scenario sent last.
    pub patch: Option<Arc<Patch>>,
    /// The one before it.
    pub earlier_patch: Option<Arc<Patch>>,
    /// The attributes that earlier patches of the scenario named, each with the id of its record.
    pub patched: BTreeSet<(String, String)>,
    /// What the last deletion was answered.
    pub deletion: Option<Arc<Reply>>,
    /// Records of the run by id, as they were at a step before.
    pub snapshot: BTreeMap<String, serde_json::Value>,
    /// The id of the record that the scenario created for itself alone.
    pub fresh: Option<String>,
    /// What records that the scenario makes have to have, so that the target takes the operation that
    /// it is about.
    pub state: serde_json::Map<String, serde_json::Value>,
    /// The run's own records that the scenario named.
    pub records: BTreeMap<String, Arc<Record>>,
}

impl World {
    fn init() -> Result<Self, NotEntered> {
        let context = CURRENT
            .with(|current| current.borrow().clone())
            .ok_or(NotEntered)?;
        Ok(Self {
            context,
            spec: None,
            evidence: ScenarioEvidence::default(),
            line: 0,
            kit_request: None,
            reply: None,
            attempts: Vec::new(),
            lost_anyway: Vec::new(),
            posted: None,
            whole: None,
            event: None,
            patch: None,
            earlier_patch: None,
            patched: BTreeSet::new(),
            deletion: None,
            snapshot: BTreeMap::new(),
            fresh: None,
            state: serde_json::Map::new(),
            records: BTreeMap::new(),
        })
    }

    /// Says which step runs, so that what it records is found in the report at that step.
    pub fn begin_step(&mut self, step: &Step) {
        self.line = step.position.line;
    }

    /// Ends a step that came to this: it is violated if it has recorded a failure, and whatever it
    /// stops for ends the scenario.
    pub fn end_step(&mut self, outcome: Outcome) -> Outcome {
        let outcome = outcome.and_then(|()| self.stop_if_violated());
        if let Err(stop) = &outcome {
            self.evidence.stop = Some((self.line, stop.clone()));
        }
        outcome
    }

    /// Hands out what the scenario found, and lets go of the answers: cucumber keeps the world
    /// for a while, and a list may be large.
    pub fn end(&mut self) -> ScenarioEvidence {
        self.reply = None;
        self.whole = None;
        self.posted = None;
        self.attempts.clear();
        std::mem::take(&mut self.evidence)
    }
}
