//! The field's terms that every module shares: level, strength, severity, status, verdict.
//!
//! One word for one thing, spelled the same in code, features, reports and the JSON result.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How deep a run asks. Levels are ordered: a run at one level includes those below it.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Would the official kit pass this target?
    Certification,
    /// Is the target conformant to the conformance profile?
    Profile,
    /// Does it keep to the published API description?
    Specification,
    /// Do the optional operations that it offers work?
    Operations,
    /// Does it follow the design guidelines?
    Guideline,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Self; 5] = [
        Self::Certification,
        Self::Profile,
        Self::Specification,
        Self::Operations,
        Self::Guideline,
    ];

    /// The level's name as it is written everywhere.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Certification => "certification",
            Self::Profile => "profile",
            Self::Specification => "specification",
            Self::Operations => "operations",
            Self::Guideline => "guideline",
        }
    }

    /// The question that the level answers, for people.
    pub const fn question(self) -> &'static str {
        match self {
            Self::Certification => "Would the official kit pass this target?",
            Self::Profile => "Is it conformant to the conformance profile?",
            Self::Specification => "Does it keep to the published API description?",
            Self::Operations => "Do the optional operations that it offers work?",
            Self::Guideline => "Does it follow the design guidelines?",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that is none of the allowed ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown {what} `{given}`, expected one of: {allowed}")]
pub struct UnknownWord {
    what: &'static str,
    given: String,
    allowed: String,
}

impl FromStr for Level {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|level| level.name() == text)
            .ok_or_else(|| UnknownWord {
                what: "level",
                given: text.to_owned(),
                allowed: Self::ALL.map(Self::name).join(", "),
            })
    }
}

/// How strongly the sources put a requirement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Strength {
    /// Mandatory.
    Must,
    /// Recommended.
    Should,
    /// Optional.
    May,
}

impl fmt::Display for Strength {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::May => "MAY",
        })
    }
}

/// What a violation costs. Ordered: information is less than a warning, a warning less than a failure.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; never a defect.
    Info,
    /// A defect that decides no level unless the run is strict.
    Warn,
    /// A defect that makes the requirement's level non-conformant.
    Fail,
}

impl Severity {
    /// The severity's name as it is written everywhere.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What became of a requirement or a scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Checked, and it holds.
    Passed,
    /// Checked, and violated at severity `fail`.
    Failed,
    /// Checked, and violated at severity `warn`.
    Warned,
    /// Could not be decided; the reason is said beside it.
    Inconclusive,
    /// The target does not offer what the requirement is about.
    NotApplicable,
    /// The pack says why it can't be tested from outside.
    NotTested,
    /// Violated, and accepted by a waiver.
    Waived,
}

impl Status {
    /// The status's name as it is written everywhere.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Warned => "warned",
            Self::Inconclusive => "inconclusive",
            Self::NotApplicable => "not-applicable",
            Self::NotTested => "not-tested",
            Self::Waived => "waived",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The judgement on a level or on a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing that decides the level failed.
    Conformant,
    /// A requirement failed.
    NonConformant,
    /// Nothing failed, but something that could fail was not decided.
    Inconclusive,
}

impl Verdict {
    /// The verdict's name as it is written everywhere.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Conformant => "conformant",
            Self::NonConformant => "non-conformant",
            Self::Inconclusive => "inconclusive",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A document that requirements cite by a short name, such as `CP4`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// What it is called.
    pub title: String,
    /// Its version; null where it has none.
    pub version: Option<String>,
    /// Where it can be found; null where it is not published.
    pub url: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_read_back_from_their_names_and_keep_their_order() {
        for level in Level::ALL {
            assert_eq!(level.name().parse::<Level>(), Ok(level));
        }
        assert!(Level::ALL.is_sorted());
        let error = "profil".parse::<Level>().unwrap_err().to_string();
        assert!(
            error.contains("profil") && error.contains("guideline"),
            "{error}"
        );
    }
}
