//! The optional operations: which of them the target offers, and how they fare.

use serde::Serialize;

use super::cover::{Count, counts};
use super::index::{ENTRIES, ExchangeLink, Index, LINE, Link, Links, needs_a_look};
use crate::report::text::short;
use crate::verdict::{Counts, OperationResult, RunResult};

/// The section on optional operations.
#[derive(Serialize)]
pub struct Operations<'a> {
    operations: Vec<OperationView<'a>>,
}

/// One optional operation.
#[derive(Serialize)]
struct OperationView<'a> {
    place: usize,
    name: String,
    about: String,
    /// The key of the word for it.
    offered: &'static str,
    /// Whose sign and colour stands with the word.
    sign: &'static str,
    reason: String,
    exchanges: Links<ExchangeLink>,
    counts: Vec<Count>,
    /// The requirements that failed, warned or could not be decided.
    look: Vec<Link<'a>>,
}

impl<'a> Operations<'a> {
    /// The section, where the run asked for optional operations.
    pub fn new(result: &'a RunResult, index: &Index<'a>) -> Option<Self> {
        let shown = result.operations.iter().take(ENTRIES).enumerate();
        let operations: Vec<_> = shown
            .map(|(place, operation)| OperationView::new(place, operation, index))
            .collect();
        (!operations.is_empty()).then_some(Self { operations })
    }
}

impl<'a> OperationView<'a> {
    fn new(place: usize, operation: &'a OperationResult, index: &Index<'a>) -> Self {
        let (offered, sign) = match operation.offered {
            Some(true) => ("offered", "passed"),
            Some(false) => ("not-offered", "not-applicable"),
            None => ("unknown", "inconclusive"),
        };
        let mut by_status = Counts::default();
        let mut look = Vec::new();
        for id in &operation.requirements {
            if let Some((_, requirement)) = index.requirements.get(id.as_str()) {
                by_status.add(requirement.status);
                if needs_a_look(requirement.status) {
                    look.extend(index.requirement_links(std::slice::from_ref(id)).links);
                }
            }
        }
        Self {
            place,
            name: short(&operation.name, LINE),
            about: short(&operation.about, LINE),
            offered,
            sign,
            reason: short(&operation.reason, LINE),
            exchanges: index.exchange_links(&operation.exchanges),
            counts: counts(&by_status),
            look,
        }
    }
}
