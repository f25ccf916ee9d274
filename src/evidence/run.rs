//! What became of the scenarios, as the runner hands it to the verdict.

use std::collections::HashMap;
use std::time::Duration;

use super::ScenarioEvidence;

/// What the step engine says of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepEnd {
    /// It returned without an error.
    Passed,
    /// It returned an error, or panicked; with its text.
    Failed(String),
    /// An earlier step ended the scenario.
    Skipped,
}

/// What became of one scenario.
#[derive(Debug, Clone, Default)]
pub struct ScenarioRun {
    /// What it found out.
    pub evidence: ScenarioEvidence,
    /// What became of its steps, by line.
    pub steps: HashMap<usize, StepEnd>,
    /// From its first step to its last.
    pub duration: Duration,
    /// Whether it ran to its end.
    pub finished: bool,
}

/// Where a scenario stands: feature path and line.
pub type Place = (String, usize);

/// The runs of all scenarios, by place.
pub type Runs = HashMap<Place, ScenarioRun>;
