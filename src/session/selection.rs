//! What of the levels was selected, as the result has it.

use crate::config::Settings;
use crate::plan::Plan;
use crate::terms::Level;
use crate::verdict::{LevelResult, Selection};

/// Which part ran; none where nothing was selected.
pub(super) fn of(settings: &Settings, plan: &Plan, ran: &[LevelResult]) -> Option<Selection> {
    if settings.selection.is_empty() {
        return None;
    }
    let asked = Level::ALL
        .into_iter()
        .filter(|level| *level <= settings.level);
    let left_out = asked.filter(|level| !ran.iter().any(|one| one.level == *level));
    Some(Selection {
        options: settings.selection.options(),
        scenarios: plan.scenarios.len(),
        left_out: plan.left_out.len(),
        levels_left_out: left_out.collect(),
    })
}
