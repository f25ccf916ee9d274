//! The accepted deviations, each with what became of it.

use serde::Serialize;

use super::index::{Capped, ENTRIES, Index, LINE};
use crate::report::text::short;
use crate::terms::Level;
use crate::verdict::{RunResult, Waiver, WaiverMark, WaiverState};

/// The section on waivers.
#[derive(Serialize)]
pub struct Waivers<'a> {
    count: Capped,
    rows: Vec<WaiverRow<'a>>,
}

#[derive(Serialize)]
struct WaiverRow<'a> {
    requirement: &'a str,
    place: Option<usize>,
    level: Option<Level>,
    reason: String,
    owner: String,
    expires: String,
    pointer: Option<String>,
    fingerprint: Option<String>,
    state: &'static str,
    /// The status whose sign and colour it has.
    status: &'static str,
    findings: usize,
}

/// What a waiver says about a finding.
#[derive(Serialize)]
pub struct WaiverView<'a> {
    state: &'static str,
    reason: String,
    owner: &'a str,
    expires: String,
}

impl<'a> WaiverView<'a> {
    /// The mark of a finding.
    pub fn new(mark: &'a WaiverMark) -> Self {
        Self {
            state: if mark.expired {
                WaiverState::Expired.name()
            } else {
                WaiverState::Applied.name()
            },
            reason: short(&mark.reason, LINE),
            owner: &mark.owner,
            expires: mark.expires.to_string(),
        }
    }
}

impl<'a> Waivers<'a> {
    /// The section, where there is a waiver.
    pub fn new(result: &'a RunResult, index: &Index<'a>) -> Option<Self> {
        let rows = result.waivers.iter().take(ENTRIES);
        (!result.waivers.is_empty()).then(|| Self {
            count: Capped::new(result.waivers.len(), ENTRIES),
            rows: rows.map(|waiver| row(waiver, index)).collect(),
        })
    }
}

fn row<'a>(waiver: &'a Waiver, index: &Index<'a>) -> WaiverRow<'a> {
    let known = index.requirements.get(waiver.requirement.as_str());
    WaiverRow {
        requirement: &waiver.requirement,
        place: known.map(|(place, _)| *place),
        level: known.map(|(_, requirement)| requirement.level),
        reason: short(&waiver.reason, LINE),
        owner: short(&waiver.owner, LINE),
        expires: waiver.expires.to_string(),
        pointer: waiver.pointer.as_deref().map(|text| short(text, LINE)),
        fingerprint: waiver.fingerprint.as_deref().map(|text| short(text, LINE)),
        state: waiver.state.name(),
        status: match waiver.state {
            WaiverState::Applied => "waived",
            WaiverState::Expired | WaiverState::Unused => "failed",
            WaiverState::Undecided => "inconclusive",
        },
        findings: waiver.findings,
    }
}
