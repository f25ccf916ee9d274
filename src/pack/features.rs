//! Features as files: found, parsed, expanded, and each scenario with what its tags say.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use cucumber::feature::Ext as _;
use cucumber::gherkin::{self, GherkinEnv};
use include_dir::Dir;

use super::{Catalogue, PackError, lint};
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
}

impl ScenarioSpec {
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

impl FeatureFile {
    /// Parses and lints one file; errors name file and line.
    pub fn parse(path: &str, text: &str, catalogue: &Catalogue) -> Result<Self, PackError> {
        let feature = gherkin::Feature::parse(text, GherkinEnv::default()).map_err(|error| {
            let (line, reason) = lint::before_the_feature(text).unwrap_or_else(|| place(&error));
            PackError::Feature {
                file: path.to_owned(),
                line,
                reason,
            }
        })?;
        lint::before_expansion(path, text, &feature)?;
        let mut feature = feature
            .expand_examples()
            .map_err(|error| PackError::Feature {
                file: path.to_owned(),
                line: error.pos.line,
                reason: format!("the examples have no column `{}`", error.name),
            })?;
        feature.path = Some(path.into());
        let mut scenarios = Vec::with_capacity(feature.scenarios.len());
        for scenario in &feature.scenarios {
            scenarios.push(lint::scenario(path, text, &feature, scenario, catalogue)?);
        }
        Ok(Self {
            path: path.to_owned(),
            feature,
            scenarios,
        })
    }
}

/// A feature of the pack, read when it is first asked for, and once in a process.
#[derive(Debug)]
pub(super) struct OwnFeature {
    path: String,
    text: &'static str,
    read: OnceLock<Result<Arc<FeatureFile>, PackError>>,
}

impl OwnFeature {
    /// A feature that is still to be read.
    pub(super) const fn new(path: String, text: &'static str) -> Self {
        Self {
            path,
            text,
            read: OnceLock::new(),
        }
    }

    /// The level that it belongs to, by the folder in which it stands.
    pub(super) fn level(&self) -> Option<Level> {
        self.path.rsplit('/').nth(1)?.parse().ok()
    }

    /// The feature, parsed and linted; `catalogue` is that of its pack.
    pub(super) fn read(&self, catalogue: &Catalogue) -> Result<Arc<FeatureFile>, PackError> {
        let parse = || FeatureFile::parse(&self.path, self.text, catalogue).map(Arc::new);
        self.read.get_or_init(parse).clone()
    }
}

/// Line and reason of a parse error. The parser keeps both private and prints them as
/// `LINE:COLUMN` and a list; where that form is not found, its whole text is the reason.
fn place(error: &gherkin::ParseError) -> (usize, String) {
    let text = error.to_string();
    let line = text
        .split(|c: char| !(c.is_ascii_digit() || c == ':'))
        .find_map(|word| word.split_once(':')?.0.parse().ok());
    // What was expected is a set that prints in another order each time: leave it out.
    (
        line.unwrap_or(1),
        "this is no Gherkin, look at this line and the one before".to_owned(),
    )
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

/// The features embedded below a folder, sorted by path.
pub(super) fn embedded(
    root: &'static Dir<'static>,
    folder: &str,
) -> Result<Vec<OwnFeature>, PackError> {
    let root = root
        .get_dir(folder)
        .ok_or_else(|| PackError::Missing(format!("features/{folder}")))?;
    let mut files = Vec::new();
    let mut folders = vec![root];
    while let Some(next) = folders.pop() {
        folders.extend(next.dirs());
        for file in next.files() {
            let path = file.path().to_string_lossy().into_owned();
            if path.ends_with(".feature")
                && let Some(text) = file.contents_utf8()
            {
                files.push(OwnFeature::new(path, text));
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Path and text of the features in a folder of the user's and below it, sorted by path.
pub(super) fn from_folder(folder: &Path) -> Result<Vec<(String, String)>, PackError> {
    let wrong = |reason: String| PackError::Folder {
        folder: folder.display().to_string(),
        reason,
    };
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        let entries = std::fs::read_dir(&next).map_err(|error| wrong(error.to_string()))?;
        for entry in entries {
            let path = entry.map_err(|error| wrong(error.to_string()))?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == "feature")
            {
                let text = std::fs::read_to_string(&path)
                    .map_err(|error| wrong(format!("{}: {error}", path.display())))?;
                files.push((path.display().to_string(), text));
            }
        }
    }
    if files.is_empty() {
        return Err(wrong("it holds no .feature file".to_owned()));
    }
    files.sort();
    Ok(files)
}
