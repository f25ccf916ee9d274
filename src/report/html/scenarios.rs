//! The scenarios as Gherkin, each step with what became of it.

use std::collections::HashMap;

use serde::Serialize;

use super::index::{
    Capped, ENTRIES, ExchangeLink, Index, LINE, Link, Links, SCENARIOS, needs_a_look,
};
use crate::report::text::short;
use crate::terms::{Level, Status};
use crate::verdict::{RunResult, ScenarioResult, StepStatus};

/// The scenarios section.
#[derive(Serialize)]
pub struct Scenarios<'a> {
    count: Capped,
    features: Vec<FeatureView<'a>>,
}

impl<'a> Scenarios<'a> {
    /// The scenarios of a result, under their features.
    pub fn new(result: &'a RunResult, index: &Index<'a>) -> Self {
        Self {
            count: Capped::new(result.scenarios.len(), SCENARIOS),
            features: FeatureView::all(result, index),
        }
    }
}

/// A feature with its scenarios.
#[derive(Serialize)]
struct FeatureView<'a> {
    name: &'a str,
    level: Level,
    /// Whether something in it is worth being seen at once.
    open: bool,
    scenarios: Vec<ScenarioView<'a>>,
}

#[derive(Serialize)]
struct ScenarioView<'a> {
    id: &'a str,
    name: &'a str,
    level: Level,
    status: Status,
    /// Whether it is shown step by step with what came of each.
    look: bool,
    reason: Option<String>,
    micros: u64,
    requirements: Links<Link<'a>>,
    exchanges: Links<ExchangeLink>,
    looked_at: Option<LookedAtView<'a>>,
    steps: Vec<StepView<'a>>,
    more_steps: usize,
    /// Of a walk, the feature that shows what it found.
    shortest: Option<&'a str>,
}

/// What it looked back at.
#[derive(Serialize)]
struct LookedAtView<'a> {
    what: &'a str,
    count: usize,
    exchanges: usize,
    first: Links<ExchangeLink>,
}

#[derive(Serialize)]
struct StepView<'a> {
    keyword: &'a str,
    text: String,
    status: StepStatus,
    message: Option<String>,
    table: Vec<Vec<String>>,
}

impl<'a> FeatureView<'a> {
    /// The features in the order in which their first scenarios stand.
    fn all(result: &'a RunResult, index: &Index<'a>) -> Vec<Self> {
        let mut features: Vec<Self> = Vec::new();
        let mut places: HashMap<(Level, &str), usize> = HashMap::new();
        for scenario in result.scenarios.iter().take(SCENARIOS) {
            let key = (scenario.level, scenario.feature.as_str());
            let feature = *places.entry(key).or_insert_with(|| {
                features.push(Self {
                    name: &scenario.feature,
                    level: scenario.level,
                    open: false,
                    scenarios: Vec::new(),
                });
                features.len() - 1
            });
            let view = ScenarioView::new(scenario, index);
            features[feature].open |= needs_a_look(scenario.status);
            features[feature].scenarios.push(view);
        }
        features
    }
}

impl<'a> ScenarioView<'a> {
    fn new(scenario: &'a ScenarioResult, index: &Index<'a>) -> Self {
        Self {
            id: &scenario.id,
            name: &scenario.name,
            level: scenario.level,
            status: scenario.status,
            look: needs_a_look(scenario.status),
            reason: scenario.reason.as_ref().map(|reason| short(reason, LINE)),
            micros: scenario.duration_ms.saturating_mul(1_000),
            requirements: index.requirement_links(&scenario.requirements),
            exchanges: index.exchange_links_of(scenario),
            looked_at: scenario.looked_at.as_ref().map(|seen| LookedAtView {
                what: &seen.what,
                count: seen.count,
                exchanges: seen.exchanges,
                first: index.exchange_links(&seen.first),
            }),
            steps: scenario
                .steps
                .iter()
                .take(ENTRIES)
                .map(|step| StepView {
                    keyword: &step.keyword,
                    text: short(&step.text, LINE),
                    status: step.status,
                    message: step.message.as_ref().map(|message| short(message, LINE)),
                    table: step
                        .table
                        .iter()
                        .take(ENTRIES)
                        .map(|row| row.iter().map(|cell| short(cell, LINE)).collect())
                        .collect(),
                })
                .collect(),
            more_steps: scenario.steps.len().saturating_sub(ENTRIES),
            shortest: scenario.shortest.as_deref(),
        }
    }
}
