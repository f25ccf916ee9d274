//! What decides the exit code: the verdict, and what the user asked to be held against beside it.

use super::{RunResult, Waiver, WaiverState};
use crate::terms::{Status, Verdict};

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
    /// What decides the exit code: with a baseline what is new against it, in a run of a part that
    /// decides no verdict the scenarios that were selected. A waiver that matches nothing is an error
    /// to be cleaned up, as grave as a violation, but not one of the target: the verdict is not touched.
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
            None if self.run.partial => self.part(),
            None => Decision {
                verdict: self.verdict,
                reason: None,
            },
        }
    }

    /// What came of the scenarios that were selected.
    fn part(&self) -> Decision {
        let count = |counted: &dyn Fn(Status) -> bool| {
            let scenarios = self.scenarios.iter();
            scenarios.filter(|one| counted(one.status)).count()
        };
        let fails = |status| status == Status::Failed || self.strict && status == Status::Warned;
        let failed = count(&fails);
        let open = count(&|status| status == Status::Inconclusive);
        let unfit = count(&|status| matches!(status, Status::NotApplicable | Status::NotTested));
        let all = self.scenarios.len();
        let again = |option: &String| option.starts_with("--rerun");
        let selection = self.run.selection.as_ref();
        let (passed, failing) = match selection.is_some_and(|it| it.options.iter().any(again)) {
            true => ("pass now", "fail still"),
            false => ("passed", "failed"),
        };
        let mut parts = vec![format!(
            "{} of {all} selected scenarios {passed}",
            all - failed - open - unfit
        )];
        let others = [
            (failed, failing),
            (open, "could not be decided"),
            (unfit, "are not applicable"),
        ];
        let others = others.iter().filter(|(count, _)| *count > 0);
        parts.extend(others.map(|(count, what)| format!("{count} {what}")));
        Decision {
            verdict: match (failed, open) {
                (1.., _) => Verdict::NonConformant,
                (0, 0) if all > 0 => Verdict::Conformant,
                _ => Verdict::Inconclusive,
            },
            reason: Some(format!("{}; a part decides no verdict", parts.join(", "))),
        }
    }
}
