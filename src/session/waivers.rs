//! The accepted deviations of the settings, held against the catalogue.

use super::error::SetupError;
use crate::config::{self, Settings};
use crate::pack::Pack;
use crate::verdict::{Waiver, WaiverState, check_waivers};

/// The waivers of a run, all of which can be waived.
pub(super) fn of(settings: &Settings, pack: &Pack) -> Result<Vec<Waiver>, SetupError> {
    let Some(given) = &settings.accepted.waivers else {
        return Ok(Vec::new());
    };
    let mut waivers: Vec<Waiver> = given.entries.iter().map(waiver).collect();
    let wrong = check_waivers(&mut waivers, pack.catalogue()?);
    if wrong.is_empty() {
        return Ok(waivers);
    }
    Err(SetupError::Waivers {
        file: given.file.display().to_string(),
        reasons: wrong
            .iter()
            .map(|reason| format!("\n  - {reason}"))
            .collect(),
    })
}

fn waiver(given: &config::Waiver) -> Waiver {
    Waiver {
        requirement: given.requirement.clone(),
        reason: given.reason.clone(),
        owner: given.owner.clone(),
        expires: given.expires,
        pointer: given.pointer.clone(),
        fingerprint: given.fingerprint.clone(),
        state: WaiverState::Undecided,
        findings: 0,
    }
}
