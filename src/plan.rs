//! Pack, settings and what the probes found in; phases of scenarios out. Pure.
//!
//! A suite that runs side by side on one collection must not invent failures, hence the phases:
//! what looks at the whole collection runs alone, what destroys runs late, what looks back runs last.

mod selection;

use std::sync::Arc;

use cucumber::gherkin;

pub use self::selection::SelectionError;
use crate::pack::{FeatureFile, ScenarioSpec};
use crate::terms::Level;

/// When a scenario runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// Reads the stored replay of the official kit; sends nothing.
    Replay,
    /// Works on the run's own records, beside others.
    Concurrent,
    /// Walks through random operations on records of its own, beside others.
    Walk,
    /// Looks at the whole collection; one at a time.
    Exclusive,
    /// Waits for events, while listeners are registered.
    Events,
    /// Destroys; after all others.
    Destructive,
    /// Looks back at all that was received; sends nothing.
    Review,
}

impl Phase {
    /// All phases in their order.
    pub const ALL: [Self; 7] = [
        Self::Replay,
        Self::Concurrent,
        Self::Walk,
        Self::Exclusive,
        Self::Events,
        Self::Destructive,
        Self::Review,
    ];

    /// What is done in it, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Replay => "reading the replay",
            Self::Concurrent => "checking own records",
            Self::Walk => "walking through random operations",
            Self::Exclusive => "checking the whole collection",
            Self::Events => "checking events",
            Self::Destructive => "checking what destroys",
            Self::Review => "looking back at all answers",
        }
    }

    /// Whether scenarios of this phase run beside each other.
    pub const fn concurrent(self) -> bool {
        !matches!(self, Self::Exclusive)
    }

    fn of(spec: &ScenarioSpec) -> Self {
        match spec {
            _ if spec.level == Level::Certification => Self::Replay,
            _ if spec.is_walk() => Self::Walk,
            _ if spec.tags.review => Self::Review,
            _ if spec.tags.destructive => Self::Destructive,
            _ if spec.tags.events => Self::Events,
            _ if spec.tags.exclusive => Self::Exclusive,
            _ => Self::Concurrent,
        }
    }
}

/// A step as it is planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedStep {
    /// `Given`, `When`, `Then`, `And`, `But`.
    pub keyword: String,
    /// The text.
    pub text: String,
    /// The data table, header first.
    pub table: Vec<Vec<String>>,
    /// Its line in the feature file.
    pub line: usize,
}

/// A scenario that will run.
#[derive(Debug, Clone)]
pub struct Planned {
    /// What its tags say.
    pub spec: ScenarioSpec,
    /// The feature's path.
    pub path: String,
    /// The feature's name.
    pub feature: String,
    /// When it runs.
    pub phase: Phase,
    /// Its steps, the background's first.
    pub steps: Vec<PlannedStep>,
    /// Of a walk that found something, the feature that shows it with the fewest steps.
    pub shortest: Option<String>,
}

/// What will run, and when.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Every scenario in the order of the features.
    pub scenarios: Vec<Planned>,
    /// Scenarios of the same levels that a selection left out.
    pub left_out: Vec<ScenarioSpec>,
    files: Vec<Arc<FeatureFile>>,
}

impl Plan {
    /// The scenarios up to the level that is asked for.
    pub fn new(highest: Level, features: &[Arc<FeatureFile>]) -> Self {
        let mut plan = Self::default();
        for file in features {
            let background = file
                .feature
                .background
                .iter()
                .flat_map(|given| &given.steps);
            let background: Vec<_> = background.map(planned_step).collect();
            for (spec, scenario) in file.scenarios.iter().zip(&file.feature.scenarios) {
                if spec.level > highest {
                    continue;
                }
                let own = scenario.steps.iter().map(planned_step);
                plan.scenarios.push(Planned {
                    spec: spec.clone(),
                    path: file.path.clone(),
                    feature: file.feature.name.clone(),
                    phase: Phase::of(spec),
                    steps: background.iter().cloned().chain(own).collect(),
                    shortest: None,
                });
            }
            plan.files.push(Arc::clone(file));
        }
        plan.scenarios.sort_by(|a, b| {
            (a.spec.level, &a.path, a.spec.line).cmp(&(b.spec.level, &b.path, b.spec.line))
        });
        plan
    }

    /// Whether something reads the replay of the official kit; the steps that do all name it.
    pub fn replays(&self) -> bool {
        let reads = |step: &PlannedStep| step.text.contains("the official kit");
        self.scenarios
            .iter()
            .any(|planned| planned.phase == Phase::Replay || planned.steps.iter().any(reads))
    }

    /// Whether something asks for more than the replay.
    pub fn looks_beyond_the_replay(&self) -> bool {
        let mut scenarios = self.scenarios.iter();
        scenarios.any(|planned| planned.phase != Phase::Replay)
    }

    /// The scenario at that place.
    pub fn at(&self, path: &str, line: usize) -> Option<&Planned> {
        self.scenarios
            .iter()
            .find(|planned| planned.spec.line == line && planned.path == path)
    }

    /// Whether a step of a scenario names the record of that fixture.
    pub fn mentions(&self, fixture: &str) -> bool {
        let forms = [format!("\"{fixture}\""), format!("${{{fixture}.")];
        let mut steps = self.scenarios.iter().flat_map(|planned| &planned.steps);
        steps.any(|step| forms.iter().any(|form| step.text.contains(form)))
    }

    /// The features of one phase, each with the scenarios of that phase only.
    pub fn features(&self, phase: Phase) -> Vec<gherkin::Feature> {
        let mut features = Vec::new();
        for file in &self.files {
            let selected = |scenario: &gherkin::Scenario| {
                self.at(&file.path, scenario.position.line)
                    .is_some_and(|planned| planned.phase == phase)
            };
            if file.feature.scenarios.iter().any(selected) {
                let mut feature = file.feature.clone();
                feature.scenarios.retain(selected);
                features.push(feature);
            }
        }
        features
    }
}

fn planned_step(step: &gherkin::Step) -> PlannedStep {
    PlannedStep {
        keyword: step.keyword.trim().to_owned(),
        text: step.value.clone(),
        table: step
            .table
            .as_ref()
            .map(|table| table.rows.clone())
            .unwrap_or_default(),
        line: step.position.line,
    }
}
