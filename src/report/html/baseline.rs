//! What is new against the baseline.

use serde::Serialize;

use super::cover::{date, severity_status};
use super::index::{Capped, ENTRIES, Index, LINE};
use crate::report::text::short;
use crate::terms::Level;
use crate::verdict::{Comparison, Difference};

/// The section on the baseline.
#[derive(Serialize)]
pub struct Baseline {
    verdict: &'static str,
    reason: String,
    target: String,
    date: String,
    lists: Vec<List>,
    levels: Vec<LevelRow>,
    notes: Vec<String>,
}

/// The findings that share a fate.
#[derive(Serialize)]
struct List {
    fate: &'static str,
    /// Whether a reader should see it without asking for it.
    open: bool,
    count: Capped,
    rows: Vec<BaselineRow>,
}

#[derive(Serialize)]
struct BaselineRow {
    requirement: String,
    place: Option<usize>,
    level: Level,
    status: &'static str,
    message: String,
}

#[derive(Serialize)]
struct LevelRow {
    level: Level,
    before: &'static str,
    after: &'static str,
}

impl Baseline {
    /// The section.
    pub fn new(comparison: &Comparison, index: &Index<'_>) -> Self {
        let lists = comparison.lists().into_iter();
        let word = |verdict: Option<crate::terms::Verdict>| {
            verdict.map_or("not-run", crate::terms::Verdict::name)
        };
        Self {
            verdict: comparison.verdict.name(),
            reason: short(&comparison.reason, LINE),
            target: short(&comparison.before.target, LINE),
            date: date(&comparison.before.started_at),
            lists: lists
                .filter(|(_, list)| !list.is_empty())
                .map(|(fate, list)| List {
                    fate,
                    open: fate == "new",
                    count: Capped::new(list.len(), ENTRIES),
                    rows: list
                        .iter()
                        .take(ENTRIES)
                        .map(|difference| row(difference, index))
                        .collect(),
                })
                .collect(),
            levels: comparison
                .levels
                .iter()
                .map(|change| LevelRow {
                    level: change.level,
                    before: word(change.before),
                    after: word(change.after),
                })
                .collect(),
            notes: comparison.notes.iter().map(|it| short(it, LINE)).collect(),
        }
    }
}

fn row(difference: &Difference, index: &Index<'_>) -> BaselineRow {
    let known = index.requirements.get(difference.requirement.as_str());
    BaselineRow {
        requirement: short(&difference.requirement, LINE),
        place: known.map(|(place, _)| *place),
        level: difference.level,
        status: severity_status(difference.severity),
        message: short(&difference.message, LINE),
    }
}
