//! Accepted deviations, and what a run made of them: plain data.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An accepted deviation, and what the run made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Waiver {
    /// The requirement whose violation is accepted.
    pub requirement: String,
    /// Why it is accepted.
    pub reason: String,
    /// Who accepted it.
    pub owner: String,
    /// The last day on which it counts, `YYYY-MM-DD`, by UTC.
    #[schemars(with = "String")]
    pub expires: Date,
    /// Only violations at this JSON pointer; any where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Only the violation with this fingerprint; any where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// What the run made of it.
    pub state: WaiverState,
    /// How many findings it covers.
    pub findings: usize,
}

/// What a run made of a waiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum WaiverState {
    /// It covers a violation that was seen.
    Applied,
    /// It would, but its last day is over: the violation counts.
    Expired,
    /// No violation was seen that it covers: it is to be removed.
    Unused,
    /// Whether the requirement is violated could not be found out, or was not asked.
    Undecided,
}

impl WaiverState {
    /// The state's name as it is written everywhere.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Expired => "expired",
            Self::Unused => "unused",
            Self::Undecided => "undecided",
        }
    }
}

/// What a waiver says about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaiverMark {
    /// True where its last day is over: then the finding counts.
    pub expired: bool,
    /// Why the violation was accepted.
    pub reason: String,
    /// Who accepted it.
    pub owner: String,
    /// The last day on which it counted, `YYYY-MM-DD`.
    #[schemars(with = "String")]
    pub expires: Date,
}

impl WaiverMark {
    /// The mark in one sentence.
    pub fn sentence(&self) -> String {
        if self.expired {
            format!(
                "the waiver of {} expired on {}: {}",
                self.owner, self.expires, self.reason
            )
        } else {
            format!(
                "accepted by {} until {}: {}",
                self.owner, self.expires, self.reason
            )
        }
    }
}
