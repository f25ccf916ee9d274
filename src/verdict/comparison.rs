//! What two results beside each other show: plain data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::terms::{Level, Severity, Status, Verdict};

/// What became of the findings of one result in another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Comparison {
    /// The earlier result.
    pub before: Side,
    /// The later one.
    pub after: Side,
    /// `non-conformant` where a level up to the gate has a failure that the earlier result did not
    /// have, `inconclusive` where less is known than then, else `conformant`.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub reason: String,
    /// Violations that the earlier result did not have, or had accepted.
    pub new: Vec<Difference>,
    /// Violations of both.
    pub still: Vec<Difference>,
    /// Violations that are gone.
    pub fixed: Vec<Difference>,
    /// Violations that a waiver accepts now and did not then.
    pub waived: Vec<Difference>,
    /// Violations that were not seen again, but were not looked for to the end.
    pub undecided: Vec<Difference>,
    /// The levels that ran in either.
    pub levels: Vec<LevelChange>,
    /// The requirements that ran in both and whose status is another one.
    pub requirements: Vec<StatusChange>,
    /// How many scenarios were compared, where one of the two ran only a part of them: those that
    /// ran in both. All else is left out of the lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<usize>,
    /// What else distinguishes the two, one sentence each.
    pub notes: Vec<String>,
}

/// One of the two results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// The target's base URL.
    pub target: String,
    /// When it ran, RFC 3339.
    pub started_at: String,
    /// The version of the harness.
    pub version: String,
    /// The gate.
    pub gate: Level,
    /// The run's verdict.
    pub verdict: Verdict,
}

/// A violation that one of the two has, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// By what it is known in both.
    pub fingerprint: String,
    /// The requirement violated.
    pub requirement: String,
    /// The requirement's level.
    pub level: Level,
    /// What it costs.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// What explains it, where the result says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// Whether it decides the verdict of the comparison.
    pub decides: bool,
}

/// A level in both results; null where it did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LevelChange {
    /// The level.
    pub level: Level,
    /// Its verdict in the earlier result.
    pub before: Option<Verdict>,
    /// Its verdict in the later one.
    pub after: Option<Verdict>,
}

/// A requirement whose status is another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatusChange {
    /// The requirement.
    pub id: String,
    /// Its level.
    pub level: Level,
    /// Its status in the earlier result.
    pub before: Status,
    /// Its status in the later one.
    pub after: Status,
}
