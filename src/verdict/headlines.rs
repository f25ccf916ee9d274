//! The two headlines of a result: would the official kit pass the target, and what is to be mended?

use std::collections::BTreeSet;

use super::{Cause, Certificate, Confidence, Finding, RunResult};
use crate::terms::{Level, Severity, Verdict};

/// What a prediction of the official kit says; none where the pack knows no kit.
pub fn certificate(would_pass: Option<Option<bool>>) -> Certificate {
    match would_pass.flatten() {
        Some(true) => Certificate::WouldPass,
        Some(false) => Certificate::WouldNotPass,
        None => Certificate::CannotBePredicted,
    }
}

impl Certificate {
    /// Its name as it is written everywhere.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WouldPass => "would-pass",
            Self::WouldNotPass => "would-not-pass",
            Self::CannotBePredicted => "cannot-be-predicted",
        }
    }

    /// The headline: what the official kit would do.
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::WouldPass => "the official kit would pass",
            Self::WouldNotPass => "the official kit would not pass",
            Self::CannotBePredicted => "what the official kit would say can't be predicted",
        }
    }

    /// As a verdict.
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::WouldPass => Verdict::Conformant,
            Self::WouldNotPass => Verdict::NonConformant,
            Self::CannotBePredicted => Verdict::Inconclusive,
        }
    }
}

/// What is to be mended for conformance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conformance {
    /// The verdict up to the level of the profile, or up to the highest level that ran.
    pub verdict: Verdict,
    /// The causes that make it non-conformant.
    pub mend: usize,
    /// All other causes that no waiver accepts.
    pub beyond: usize,
}

impl RunResult {
    /// The headline on the certificate, also of results that were stored before there was one.
    pub fn certificate(&self) -> Certificate {
        certificate(self.official_kit.as_ref().map(|kit| kit.would_pass))
    }

    /// Whether a finding is to be mended for a level: it counts, no waiver accepts it, and it is none
    /// of the official kit's own flaws.
    fn is_to_mend(&self, finding: &Finding, level: Level) -> bool {
        let grave = finding.severity == Severity::Fail || self.strict;
        finding.counts() && grave && finding.level <= level && !finding.kit_induced
    }

    /// How many causes have a finding like that. A result that was stored before there were causes
    /// has none: there each requirement counts as one.
    fn count_causes(&self, is_meant: impl Fn(&Finding) -> bool) -> usize {
        if self.causes.is_empty() {
            let findings = self.findings.iter().filter(|one| is_meant(one));
            let requirements: BTreeSet<&str> = findings
                .map(|finding| finding.requirement.as_str())
                .collect();
            return requirements.len();
        }
        let has_one = |cause: &&Cause| {
            let findings = cause.findings.iter();
            let mut findings = findings.filter_map(|at| self.findings.get(*at));
            findings.any(&is_meant)
        };
        self.causes.iter().filter(has_one).count()
    }

    /// The headline on conformance. It is about the profile, and about the gate where that is above
    /// it.
    pub fn conformance(&self) -> Conformance {
        let level = self.gate.max(Level::Profile);
        let mend = self.count_causes(|finding| self.is_to_mend(finding, level));
        let open = self.count_causes(Finding::counts);
        // What the official kit would say is the other headline.
        let ran = |wanted: Level| {
            let found = self.levels.iter().find(|ran| ran.level == wanted);
            found.map(|ran| ran.verdict)
        };
        let asked = [
            Level::Profile,
            Level::Specification,
            Level::Operations,
            Level::Guideline,
        ];
        let undecided = asked
            .into_iter()
            .filter(|asked| *asked <= level)
            .any(|asked| matches!(ran(asked), None | Some(Verdict::Inconclusive)));
        Conformance {
            verdict: match (mend, undecided) {
                (1.., _) => Verdict::NonConformant,
                (0, true) => Verdict::Inconclusive,
                (0, false) => Verdict::Conformant,
            },
            mend,
            beyond: open.saturating_sub(mend),
        }
    }

    /// What the verdict means for a submission, where the two headlines disagree.
    pub fn submission(&self) -> Option<String> {
        let conformance = self.conformance();
        match (self.certificate(), conformance.verdict) {
            (Certificate::WouldPass, Verdict::NonConformant) => Some(
                "The official kit would pass, so the result of its run can be submitted; the server \
                 breaks the conformance profile all the same."
                    .to_owned(),
            ),
            (Certificate::WouldNotPass, Verdict::Conformant) => Some(
                "The server keeps to the conformance profile, but the official kit would not pass: \
                 its run can't be submitted as it is."
                    .to_owned(),
            ),
            _ => None,
        }
    }
}

impl Confidence {
    /// Its name as it is written everywhere.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Guess => "guess",
        }
    }
}

impl Cause {
    /// What is wrong, and how sure that is: `looks like: a list is wrapped in an object`.
    pub fn headline(&self) -> String {
        match self.confidence {
            Confidence::Likely => format!("looks like: {}", self.title),
            Confidence::Certain | Confidence::Guess => self.title.clone(),
        }
    }
}

impl RunResult {
    /// The cause of the finding at a place.
    pub fn cause_of(&self, finding: usize) -> Option<&Cause> {
        let mut causes = self.causes.iter();
        causes.find(|cause| cause.findings.contains(&finding))
    }

    /// The command that checks whether a cause is gone.
    pub fn recheck(&self, cause: &Cause) -> Option<String> {
        let target = if self.target.reference {
            "--reference"
        } else {
            &self.target.url
        };
        (!cause.only.is_empty()).then(|| format!("tmfctk run {target} --only {}", cause.only))
    }
}

impl Conformance {
    /// The headline: what is to be mended.
    pub fn sentence(&self) -> String {
        match (self.verdict, self.mend) {
            (Verdict::Inconclusive, _) => "undecided".to_owned(),
            (_, 0) => "nothing to mend".to_owned(),
            (_, 1) => "1 cause to mend".to_owned(),
            (_, mend) => format!("{mend} causes to mend"),
        }
    }
}
