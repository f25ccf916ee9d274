//! A run of a part: what was selected, and what that leaves open.
//!
//! What was left out is inconclusive, never passed: no level is conformant by what it did not ask.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::Plan;
use crate::terms::Level;

/// Which part of the scenarios ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Selection {
    /// The options that selected, for example `--only TMF683-4-PRO-044`.
    pub options: Vec<String>,
    /// Scenarios that were selected.
    pub scenarios: usize,
    /// Scenarios of the same levels that were left out.
    pub left_out: usize,
    /// The levels up to the highest that was asked for of which nothing ran.
    pub levels_left_out: Vec<Level>,
}

impl Selection {
    /// `3 of 253 scenarios`.
    pub fn share(&self) -> String {
        let all = self.scenarios + self.left_out;
        format!("{} of {all} scenarios", self.scenarios)
    }
}

/// For each requirement that a selection left out in part, how many of its scenarios did not run.
pub(super) fn left_out(plan: &Plan) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    let ids = plan.left_out.iter().flat_map(|spec| &spec.requirements);
    for id in ids {
        *counts.entry(id.as_str()).or_default() += 1;
    }
    counts
}

/// Why a requirement stays open of which that many scenarios did not run.
pub(super) fn reason(left_out: usize, ran: usize) -> String {
    let all = left_out + ran;
    if ran == 0 {
        return "left out by the selection of this run".to_owned();
    }
    format!("{left_out} of the {all} scenarios that check it were left out by the selection")
}
