//! The requirement catalogue: every rule with its level, strength, sources and severity.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::words::{Level, Severity, Strength};

/// One testable rule.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Requirement {
    /// The stable id.
    pub id: String,
    /// The level at which it is asked.
    pub level: Level,
    /// How strongly the sources put it.
    pub strength: Strength,
    /// What it is about, in a word.
    pub area: String,
    /// When it applies.
    pub applicability: String,
    /// The rule.
    pub statement: String,
    /// How it is tested.
    pub test: String,
    /// Where the rule stands.
    pub sources: Vec<String>,
    /// How well the sources are known.
    pub evidence: String,
    /// What a violation costs.
    pub on_violation: Severity,
    /// What else one must know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
    /// Contradictions between the sources that touch it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contradictions: Vec<String>,
    /// Why it can't be tested from outside, where it can't.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_testable: Option<String>,
}

/// All requirements of a pack, in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    requirements: Vec<Requirement>,
    by_id: HashMap<String, usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    requirements: Vec<Requirement>,
}

impl Catalogue {
    /// Reads a catalogue; the error names what is wrong with line and column, or the id.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut by_id = HashMap::with_capacity(file.requirements.len());
        for (place, requirement) in file.requirements.iter().enumerate() {
            if by_id.insert(requirement.id.clone(), place).is_some() {
                return Err(format!("requirement {} stands twice", requirement.id));
            }
        }
        Ok(Self {
            requirements: file.requirements,
            by_id,
        })
    }

    /// The requirement with that id.
    pub fn get(&self, id: &str) -> Option<&Requirement> {
        self.by_id
            .get(id)
            .and_then(|&place| self.requirements.get(place))
    }

    /// All requirements in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.requirements.iter()
    }

    /// The known id that is nearest to a misspelt one.
    pub fn nearest(&self, id: &str) -> Option<&str> {
        self.requirements
            .iter()
            .map(|known| {
                (
                    strsim::damerau_levenshtein(id, &known.id),
                    known.id.as_str(),
                )
            })
            .min_by_key(|(distance, _)| *distance)
            .filter(|(distance, _)| *distance <= 3)
            .map(|(_, known)| known)
    }
}
