//! Features as files: found, parsed, expanded, and each scenario with what its tags say.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use cucumber::feature::Ext as _;
use cucumber::gherkin::{self, GherkinEnv};
use include_dir::Dir;

use super::catalogue::Catalogue;
use super::error::PackError;
use super::lint;
use super::scenario::FeatureFile;
use crate::terms::Level;

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
        "this is not Gherkin, look at this line and the one before".to_owned(),
    )
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
