//! What a check saw: a violation, or why it could not be decided.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::terms::Severity;

/// One violation that a check saw, before it is grouped into a finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The requirement violated.
    pub requirement: String,
    /// What it costs.
    pub severity: Severity,
    /// One sentence. It may name ids and values; the fingerprint does not use it.
    pub message: String,
    /// What was expected.
    pub expected: Value,
    /// What came.
    pub actual: Value,
    /// JSON pointer into the response body.
    pub pointer: Option<String>,
    /// The exchange that shows it.
    pub exchange: Option<usize>,
    /// Whether only a flaw of the official kit causes it.
    pub kit_induced: bool,
    /// What to do about it.
    pub advice: Option<String>,
    /// What distinguishes this defect from others of the same scenario, free of generated values.
    pub key: String,
    /// The line of the step in its feature file.
    pub line: usize,
}

/// Why a step ended its scenario.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stop {
    /// A check is violated; its observations are recorded.
    Violated(String),
    /// A precondition failed: nothing can be said. Names the cause.
    Blocked {
        /// One sentence for people.
        reason: String,
        /// The exchange that shows the cause.
        exchange: Option<usize>,
    },
    /// The target does not offer what the scenario is about.
    NotApplicable(String),
    /// It needs a request that changes something at the target, and the run is not to send it. Says
    /// what it needs.
    Withheld(String),
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Violated(reason)
            | Self::Blocked { reason, .. }
            | Self::NotApplicable(reason)
            | Self::Withheld(reason) => f.write_str(reason),
        }
    }
}

impl Stop {
    /// A precondition failed.
    pub fn blocked(reason: impl Into<String>, exchange: Option<usize>) -> Self {
        Self::Blocked {
            reason: reason.into(),
            exchange,
        }
    }
}

/// What one step came to.
pub type Outcome = Result<(), Stop>;

/// All that one scenario found out.
#[derive(Debug, Clone, Default)]
pub struct ScenarioEvidence {
    /// Violations seen, in order.
    pub observations: Vec<Observation>,
    /// Why it ended early, and in which line.
    pub stop: Option<(usize, Stop)>,
    /// Exchanges sent or read.
    pub exchanges: BTreeSet<usize>,
    /// Requirements that a step has found to hold, whatever ends the scenario after it.
    pub held: BTreeSet<String>,
    /// Requirements among those of the scenario that stayed undecided, each with the reason.
    pub undecided: Vec<(String, String)>,
    /// Requirements that the pack or the configuration takes out of this run, each with the reason.
    pub untested: Vec<(String, String)>,
    /// What it looked back at, where it judges what other scenarios received.
    pub looked_at: Option<LookedAt>,
}

/// What a scenario looked back at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LookedAt {
    /// What it was, in the plural: `representations`.
    pub what: String,
    /// How many of them.
    pub count: usize,
    /// In how many exchanges they came.
    pub exchanges: usize,
    /// The first of these exchanges, by their index.
    pub first: Vec<usize>,
}

impl LookedAt {
    /// Exchanges that are named.
    const FIRST: usize = 3;

    /// Things of a kind that came in some exchanges.
    pub fn new(what: &str, count: usize, exchanges: &BTreeSet<usize>) -> Self {
        Self {
            what: what.to_owned(),
            count,
            exchanges: exchanges.len(),
            first: exchanges.iter().copied().take(Self::FIRST).collect(),
        }
    }
}
