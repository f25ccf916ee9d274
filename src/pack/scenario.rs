//! A feature file and its scenarios, with what their tags say.

use std::collections::BTreeMap;
use std::path::Path;

use cucumber::gherkin;

use crate::terms::Level;

/// One feature file, its outlines expanded.
#[derive(Debug, Clone)]
pub struct FeatureFile {
    /// Path below the pack's features, or below the user's folder.
    pub path: String,
    /// The parsed feature.
    pub feature: gherkin::Feature,
    /// What stands in the tags of each scenario, in the order of the file.
    pub scenarios: Vec<ScenarioSpec>,
}

/// A scenario with what its tags say.
#[derive(Debug, Clone)]
pub struct ScenarioSpec {
    /// Stable id: file stem and name, for example `retrieve/an-unknown-id-answers-404`.
    pub id: String,
    /// The scenario's name.
    pub name: String,
    /// Its line in the file; unique within it.
    pub line: usize,
    /// Its level.
    pub level: Level,
    /// The requirements that it checks, in the order of the tags.
    pub requirements: Vec<String>,
    /// When it runs.
    pub tags: Tags,
    /// Of a walk, the requirement that the step of each line checks; empty otherwise.
    pub by_line: BTreeMap<usize, String>,
}

impl ScenarioSpec {
    /// Whether it is a walk through random operations.
    pub fn is_walk(&self) -> bool {
        !self.by_line.is_empty()
    }

    /// The requirement that the step of a line checks, unless it says so itself.
    pub fn requirement_at(&self, line: usize) -> Option<&String> {
        self.by_line
            .get(&line)
            .or_else(|| self.requirements.first())
    }

    /// The tags that it has or inherits, without their `@`.
    pub fn tag_names(&self) -> impl Iterator<Item = &str> {
        let tags = self.tags;
        let set = [tags.exclusive, tags.events, tags.destructive, tags.review];
        let when = Tags::NAMES.into_iter().zip(set);
        std::iter::once(self.level.name())
            .chain(when.filter_map(|(name, set)| set.then_some(name)))
            .chain(self.requirements.iter().map(String::as_str))
    }
}

/// Tags that say when a scenario runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tags {
    /// It looks at the whole collection: nothing else runs beside it.
    pub exclusive: bool,
    /// It waits for events: while listeners are registered, of which a target may have only one.
    pub events: bool,
    /// It destroys what others may need: after all others.
    pub destructive: bool,
    /// It looks back at all that the run received: last of all.
    pub review: bool,
}

impl Tags {
    /// The names of these tags, without their `@`.
    pub const NAMES: [&str; 4] = ["exclusive", "events", "destructive", "review"];
}

/// The id of a scenario in a file: `stem/slug-of-the-name`.
pub(super) fn scenario_id(path: &str, name: &str) -> String {
    let stem = Path::new(path)
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or(path);
    let mut slug = String::with_capacity(name.len());
    for character in name.chars().flat_map(char::to_lowercase) {
        if character.is_alphanumeric() {
            slug.push(character);
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
    }
    format!("{stem}/{}", slug.trim_end_matches('-'))
}
