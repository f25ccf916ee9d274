//! What decides the exit code: the verdict, and what the user asked to be held against beside it.

use super::{RunResult, Waiver, WaiverState};
use crate::terms::Verdict;

/// What decides the exit code, and why it is not the verdict alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// As a verdict.
    pub verdict: Verdict,
    /// Why it is another one than the run's, or more than that; one sentence.
    pub reason: Option<String>,
}

impl Waiver {
    /// What its owner has to do, where it matches nothing any more.
    pub fn complaint(&self) -> Option<String> {
        (self.state == WaiverState::Unused).then(|| {
            let place = match (&self.pointer, &self.fingerprint) {
                (Some(pointer), _) => format!(" at {pointer}"),
                (None, Some(fingerprint)) => format!(" with the fingerprint {fingerprint}"),
                (None, None) => String::new(),
            };
            format!(
                "the waiver of {} for {}{place} matches no violation: remove it",
                self.owner, self.requirement
            )
        })
    }
}

impl RunResult {
    /// What decides the exit code: with a baseline what is new against it. A waiver that matches nothing is an error to be cleaned up, as
    /// grave as a violation, but none of the target's: the verdict is not touched.
    pub fn decision(&self) -> Decision {
        let unused = self
            .waivers
            .iter()
            .filter(|waiver| waiver.state == WaiverState::Unused)
            .count();
        if unused > 0 {
            let which = if unused == 1 {
                "one waiver matches no violation and has to be removed".to_owned()
            } else {
                format!("{unused} waivers match no violation and have to be removed")
            };
            return Decision {
                verdict: Verdict::NonConformant,
                reason: Some(which),
            };
        }
        match &self.baseline {
            Some(comparison) => Decision {
                verdict: comparison.verdict,
                reason: Some(format!(
                    "{}, against the baseline: {}",
                    comparison.reason,
                    comparison.counts()
                )),
            },
            None => Decision {
                verdict: self.verdict,
                reason: None,
            },
        }
    }
}
