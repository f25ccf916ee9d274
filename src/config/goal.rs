//! What a run is for, in the words of who starts it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::terms::Level;

/// What a run is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// The official kit passes.
    Certificate,
    /// The server keeps to the conformance profile.
    Conformance,
}

impl Goal {
    /// The level up to which verdicts decide the exit code.
    pub(super) const fn gate(self) -> Level {
        match self {
            Self::Certificate => Level::Certification,
            Self::Conformance => Level::Profile,
        }
    }
}
