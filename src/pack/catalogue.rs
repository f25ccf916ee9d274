//! The requirement catalogue: every rule with its level, strength, sources and severity.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use crate::suggest::{likeness, nearest};
use crate::terms::{Level, Severity, Source, Strength};

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

/// Whether an id is of a series, such as `TMF683-4-PRO` or `PRO`.
fn is_of_series(id: &str, series: &str) -> bool {
    let (own, _) = id.rsplit_once('-').unwrap_or_default();
    let own = own.to_uppercase();
    own == series || own.ends_with(&format!("-{series}"))
}

/// What stands for no requirement, or for several.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no requirement `{given}`{}", hint(.near))]
pub struct UnknownRequirement {
    /// What was given.
    pub given: String,
    /// Ids that look like it.
    pub near: Vec<String>,
}

fn hint(near: &[String]) -> String {
    if near.is_empty() {
        return ", tmfctk requirements lists them all".to_owned();
    }
    format!(", did you mean {}?", near.join(" or "))
}

/// All requirements of a pack, in the order of the file.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    requirements: Vec<Requirement>,
    by_id: HashMap<String, usize>,
    sources: BTreeMap<String, Source>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    sources: BTreeMap<String, Source>,
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
            sources: file.sources,
        })
    }

    /// The documents that some citations name, by their short names: the first word of each.
    pub fn cited<'a>(
        &self,
        citations: impl IntoIterator<Item = &'a String>,
    ) -> BTreeMap<String, Source> {
        let names = citations
            .into_iter()
            .filter_map(|text| text.split(' ').next());
        let known = names.filter_map(|name| self.sources.get_key_value(name));
        known
            .map(|(name, source)| (name.clone(), source.clone()))
            .collect()
    }

    /// The requirement with that id.
    pub fn get(&self, id: &str) -> Option<&Requirement> {
        self.by_id
            .get(id)
            .and_then(|&place| self.requirements.get(place))
    }

    /// The requirement that a user means: by its id in any case, or by the end of it that no other
    /// id has, such as `PRO-044`.
    ///
    /// # Errors
    /// Where there is none, or more than one, with those that look like it.
    pub fn find(&self, given: &str) -> Result<&Requirement, UnknownRequirement> {
        let wanted = given.trim().trim_start_matches('@').to_uppercase();
        if let Some(known) = self
            .iter()
            .find(|known| known.id.eq_ignore_ascii_case(&wanted))
        {
            return Ok(known);
        }
        let tail = format!("-{wanted}");
        let ends = |known: &&Requirement| known.id.to_uppercase().ends_with(&tail);
        let mut ending = self.iter().filter(ends);
        match (ending.next(), ending.next()) {
            (Some(known), None) => Ok(known),
            _ => Err(UnknownRequirement {
                given: given.to_owned(),
                near: self.like(&wanted),
            }),
        }
    }

    /// Up to three ids whose whole or whose end looks most like `wanted`.
    fn like(&self, wanted: &str) -> Vec<String> {
        // Of numbers none is like another: only a number that is written otherwise can be meant.
        if let Some((series, digits)) = wanted.rsplit_once('-')
            && let Ok(number) = digits.parse::<u32>()
            && self.iter().any(|known| {
                // One that is too short was not typed to its end.
                let (_, own) = known.id.rsplit_once('-').unwrap_or_default();
                is_of_series(&known.id, series) && digits.len() >= own.len()
            })
        {
            let same = |known: &&Requirement| {
                let (_, own) = known.id.rsplit_once('-').unwrap_or_default();
                is_of_series(&known.id, series) && own.parse() == Ok(number)
            };
            return self
                .iter()
                .filter(same)
                .map(|known| known.id.clone())
                .collect();
        }
        let parts = wanted.matches('-').count();
        let like = |known: &Requirement| {
            let id = known.id.to_uppercase();
            let end = id.rmatch_indices('-').nth(parts);
            let end = end.map_or(id.as_str(), |(at, _)| &id[at + 1..]);
            likeness(wanted, &id).max(likeness(wanted, end))
        };
        let best = self.iter().filter_map(like).max();
        let mut near: Vec<&str> = self
            .iter()
            .filter(|known| best.is_some() && like(known) == best)
            .map(|known| known.id.as_str())
            .collect();
        near.sort_unstable();
        near.into_iter().take(3).map(str::to_owned).collect()
    }

    /// All requirements in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Requirement> {
        self.requirements.iter()
    }

    /// The known id that is nearest to a misspelt one.
    pub fn nearest(&self, id: &str) -> Option<&str> {
        nearest(id, self.iter().map(|known| known.id.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        let rule = |id: &str| {
            serde_json::json!({ "id": id, "level": "profile", "strength": "MUST", "area": "a",
                "applicability": "always", "statement": "s", "test": "t", "sources": [],
                "evidence": "primary", "onViolation": "fail" })
        };
        let rules = ["X-4-PRO-004", "X-4-PRO-044", "X-45-GDL-004"].map(rule);
        Catalogue::parse(&serde_json::json!({ "requirements": rules }).to_string()).unwrap()
    }

    #[test]
    fn an_id_is_found_by_its_end_in_any_case() {
        let catalogue = catalogue();
        for given in ["X-4-PRO-044", "x-4-pro-044", "pro-044", "@4-PRO-044"] {
            assert_eq!(catalogue.find(given).unwrap().id, "X-4-PRO-044", "{given}");
        }
    }

    #[test]
    fn an_ambiguous_or_unknown_id_names_similar_ones() {
        let catalogue = catalogue();
        for (given, near) in [
            ("pro-44", &["X-4-PRO-044"][..]),
            ("X-4-PRO-04", &["X-4-PRO-004", "X-4-PRO-044"]),
            ("004", &["X-4-PRO-004", "X-45-GDL-004"]),
            ("nonsense", &[]),
        ] {
            assert_eq!(catalogue.find(given).unwrap_err().near, near, "{given}");
        }
        let error = catalogue.find("nonsense").unwrap_err().to_string();
        assert!(error.contains("tmfctk requirements"), "{error}");
    }
}
