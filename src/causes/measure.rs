//! How good the diagnosis is, measured by the faults of the reference implementation: each is
//! diagnosed as if it were not known, so that it is not memory test.

use super::{Dictionary, Evidence, diagnose};
use crate::pack::Catalogue;
use crate::selftest::CaseOutcome;
use crate::verdict::Cause;

/// The diagnosis of one fault.
#[derive(Debug)]
pub struct Measured {
    /// With all that is known, the fault is named first.
    pub named: bool,
    /// With its own line left out: the causes.
    pub unknown: Vec<Cause>,
    /// With its own line left out, the requirement that it breaks is in the first cause.
    pub first: bool,
}

impl Measured {
    /// Diagnoses a case; none where there is nothing to explain.
    pub fn of(
        outcome: &CaseOutcome,
        fault: &str,
        requirement: &str,
        catalogue: &Catalogue,
    ) -> Option<Self> {
        let evidence = Evidence::of_case(outcome, catalogue);
        if !evidence.violated().contains_key(requirement) {
            return None;
        }
        let dictionary = Dictionary::embedded();
        let known = diagnose(&evidence, dictionary, &outcome.findings);
        let named = known.first().and_then(|first| first.fault.as_deref()) == Some(fault);
        let unknown = diagnose(&evidence, &dictionary.without(fault), &outcome.findings);
        let first = unknown
            .first()
            .is_some_and(|first| first.requirements.iter().any(|id| id == requirement));
        Some(Self {
            named,
            unknown,
            first,
        })
    }
}

/// The measure of many faults.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Sum {
    /// Faults diagnosed.
    pub faults: usize,
    /// Named first with all that is known.
    pub named: usize,
    /// With one cause, their own line left out.
    pub one: usize,
    /// With the requirement that they break in the first cause.
    pub first: usize,
    /// The most causes that one of them got.
    pub most: usize,
}

impl Sum {
    /// One more.
    pub fn add(&mut self, measured: &Measured) {
        self.faults += 1;
        self.named += usize::from(measured.named);
        self.one += usize::from(measured.unknown.len() == 1);
        self.first += usize::from(measured.first);
        self.most = self.most.max(measured.unknown.len());
    }

    /// Whether it is as good as it is meant to be: one cause in four of five cases, never more than
    /// three.
    pub const fn holds(&self) -> bool {
        self.one * 5 >= self.faults * 4 && self.most <= 3
    }
}
