//! All that the kit knows of one API version: features, schemas, requirement catalogue,
//! official-kit description, payloads. Embedded in the binary, read and linted here.
//!
//! The next API version is a new folder beside the others, not new code.

mod attributes;
mod catalogue;
mod error;
mod features;
mod fixtures;
mod lint;
mod scenario;

use std::path::Path;
use std::sync::{Arc, LazyLock, OnceLock};

use include_dir::{Dir, include_dir};
use serde::Deserialize;
use sha2::{Digest, Sha256};

pub use self::catalogue::{Catalogue, Requirement, UnknownRequirement};
pub use self::error::PackError;
use self::features::OwnFeature;
pub use self::fixtures::{Fixture, Fixtures, StandIn, fill_text, fill_text_in};
pub use self::scenario::{FeatureFile, ScenarioSpec, Tags};
use crate::terms::Level;

static SCHEMAS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/schemas");
static FEATURES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/features");

/// The packs that this binary holds, one in every folder two levels down that has a `pack.json`.
static PACKS: LazyLock<Vec<Result<Pack, PackError>>> = LazyLock::new(|| {
    let folders = SCHEMAS.dirs().flat_map(Dir::dirs);
    folders.filter_map(Pack::in_folder).collect()
});

/// What `pack.json` says.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Manifest {
    /// For example `tmf683@4.0.0`.
    pub name: String,
    /// For people.
    pub title: String,
    /// What the API is there for, in a few sentences for people.
    pub overview: Option<String>,
    /// The collection's path segment below the base URL.
    pub resource: String,
    /// The base path of the published API description.
    pub base_path: String,
    /// The file with the requirement catalogue.
    pub catalogue: String,
    /// The folder with the features, below `features/`.
    pub features: String,
    /// The file with the description of the official kit, where there is one.
    pub official_kit: Option<String>,
    /// The schema of what the official kit demands of the configured payload.
    pub kit_payload_schema: Option<String>,
    /// The schema of a configured partial update: by what keeps to it any target can be judged that
    /// permits it.
    pub configured_patch_schema: Option<String>,
    /// The file with the records that a run creates for itself.
    pub fixtures: String,
    /// The file with the operations of the random walk, where there is one.
    pub walk: Option<String>,
    /// The operations that a target need not offer.
    #[serde(default)]
    pub operations: Vec<OptionalOperation>,
    /// What the target sends to registered listeners, where the API has that.
    pub events: Option<Notifications>,
    /// The schema of the resource.
    pub representation: String,
    /// The schema of the body that creates one.
    pub create: Option<String>,
    /// The schema of error bodies.
    pub error: String,
    /// The schemas that bodies are judged by.
    pub rule_sets: Vec<RuleSet>,
    /// By what a target of the next version shows, where there is one.
    pub successor: Option<Successor>,
}

/// The next version of the API: a target of it was not meant to be judged by this pack.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Successor {
    /// Its version, as it stands in base paths.
    pub version: String,
    /// What stands in bodies of it, and in none of this version's.
    pub signs: Vec<String>,
    /// What it demands of a create, and names where that lacks.
    pub demands: Vec<String>,
}

/// An operation that a target need not offer, and the request that finds out whether it does.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OptionalOperation {
    /// What the features call it.
    pub name: String,
    /// What it is, for people.
    pub about: String,
    /// The areas of the catalogue whose requirements are about it.
    pub areas: Vec<String>,
    /// HTTP method.
    pub method: String,
    /// The path below the base URL; `{id}` stands for the id of a record that is made for it.
    pub path: String,
    /// The fixture that such a record is made from, where the path holds an id.
    pub record: Option<String>,
    /// The media types in which its body may be sent, in the order in which they are tried.
    #[serde(default)]
    pub media_types: Vec<String>,
    /// The body, with `${…}` where values of the run go.
    pub body: Option<serde_json::Map<String, serde_json::Value>>,
    /// Other states of a record, in the order in which they are tried where a rule of business
    /// refuses the operation: what such records have beyond the fixture.
    #[serde(default)]
    pub states: Vec<serde_json::Map<String, serde_json::Value>>,
}

/// What a target sends to registered listeners.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Notifications {
    /// The path below the base URL where listeners are registered.
    pub hub: String,
    /// The schema of a registration's answer.
    pub subscription: String,
    /// JSON pointer to the record in an event.
    pub record: String,
    /// The types of events; each is the name of its schema, too.
    pub types: Vec<EventType>,
}

/// One type of event.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventType {
    /// As it is written in the event.
    pub name: String,
    /// The HTTP method of the operation that it follows.
    pub follows: String,
}

/// A set of schemas with the table that says which requirement claims a violation of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleSet {
    /// The folder below the pack's schemas; empty for these themselves.
    pub folder: String,
    /// The file of the table, in that folder.
    pub claims: String,
    /// What it says, for people.
    pub about: String,
    /// Whether an official API description can stand in its place (`--spec`).
    #[serde(default)]
    pub official: bool,
    /// Whether it holds for whole representations only, not for an attribute selection.
    #[serde(default)]
    pub whole_only: bool,
}

/// One API version's pack. Its catalogue and each of its features are read when they are first asked
/// for, and once in a process.
#[derive(Debug)]
pub struct Pack {
    /// What `pack.json` says.
    pub manifest: Manifest,
    folder: &'static Dir<'static>,
    catalogue: OnceLock<Result<Catalogue, PackError>>,
    features: Vec<OwnFeature>,
}

impl Pack {
    /// The names of all embedded packs.
    pub fn names() -> Vec<String> {
        let packs = PACKS.iter().flatten();
        let mut names: Vec<_> = packs.map(|pack| pack.manifest.name.clone()).collect();
        names.sort();
        names
    }

    /// The embedded pack of that name.
    pub fn embedded(name: &str) -> Result<&'static Self, PackError> {
        for pack in PACKS.iter() {
            let pack = pack.as_ref().map_err(Clone::clone)?;
            if pack.manifest.name == name {
                return Ok(pack);
            }
        }
        Err(PackError::Unknown {
            given: name.to_owned(),
            known: Self::names().join(", "),
        })
    }

    fn in_folder(folder: &'static Dir<'static>) -> Option<Result<Self, PackError>> {
        let text = text_in(folder, "pack.json").ok()?;
        Some(Self::new(folder, text))
    }

    fn new(folder: &'static Dir<'static>, manifest: &str) -> Result<Self, PackError> {
        let manifest: Manifest =
            serde_json::from_str(manifest).map_err(|error| PackError::Malformed {
                file: display(folder, "pack.json"),
                reason: error.to_string(),
            })?;
        Ok(Self {
            features: features::embedded(&FEATURES, &manifest.features)?,
            catalogue: OnceLock::new(),
            manifest,
            folder,
        })
    }

    /// The requirements.
    ///
    /// # Errors
    /// Where the catalogue is malformed.
    pub fn catalogue(&self) -> Result<&Catalogue, PackError> {
        let file = &self.manifest.catalogue;
        let read = || {
            Catalogue::parse(self.file(file)?).map_err(|reason| PackError::Malformed {
                file: self.file_name(file),
                reason,
            })
        };
        self.catalogue
            .get_or_init(read)
            .as_ref()
            .map_err(Clone::clone)
    }

    /// The text of a file of the pack's schema folder.
    pub fn file(&self, name: &str) -> Result<&'static str, PackError> {
        text_in(self.folder, name)
    }

    /// How a file of the pack's schema folder is named in messages.
    pub fn file_name(&self, name: &str) -> String {
        display(self.folder, name)
    }

    /// Name and text of the schemas of a rule set, sorted; names are relative to its folder.
    pub fn schemas(&self, set: &RuleSet) -> Result<Vec<(String, &'static str)>, PackError> {
        let folder = if set.folder.is_empty() {
            self.folder
        } else {
            self.folder
                .get_dir(self.folder.path().join(&set.folder))
                .ok_or_else(|| PackError::Missing(display(self.folder, &set.folder)))?
        };
        let parts = folder.get_dir(folder.path().join("parts"));
        let mut files: Vec<(String, &'static str)> = folder
            .files()
            .chain(parts.into_iter().flat_map(Dir::files))
            .filter_map(|file| {
                let name = file.path().strip_prefix(folder.path()).ok()?.to_str()?;
                Some((name.to_owned(), file.contents_utf8()?))
            })
            .filter(|(name, _)| name.ends_with(".schema.json"))
            .collect();
        files.sort();
        Ok(files)
    }

    /// The records that a run creates for itself.
    pub fn fixtures(&self) -> Result<Fixtures, PackError> {
        let file = &self.manifest.fixtures;
        let malformed = |reason: String| PackError::Malformed {
            file: self.file_name(file),
            reason,
        };
        let fixtures: Fixtures =
            serde_json::from_str(self.file(file)?).map_err(|error| malformed(error.to_string()))?;
        match fixtures.unknown() {
            Some(name) => Err(malformed(format!("there is no record \"{name}\""))),
            None => Ok(fixtures),
        }
    }

    /// The pack's own features of the levels up to `highest`, and with `extra` the user's own
    /// beside them; parsed, with their outlines expanded, linted, sorted by path.
    pub fn features(
        &self,
        highest: Level,
        extra: Option<&Path>,
    ) -> Result<Vec<Arc<FeatureFile>>, PackError> {
        let catalogue = self.catalogue()?;
        let own = self.features_up_to(highest);
        let mut parsed: Vec<_> = own
            .map(|feature| feature.read(catalogue))
            .collect::<Result<_, _>>()?;
        if let Some(folder) = extra {
            for (path, text) in features::from_folder(folder)? {
                parsed.push(Arc::new(FeatureFile::parse(&path, &text, catalogue)?));
            }
        }
        lint::unique_ids(&parsed)?;
        Ok(parsed)
    }

    /// Reads the catalogue and the pack's own features of these levels, from the last: who asks for
    /// them meanwhile begins at the first. Not needed, but on another thread it saves time.
    pub fn warm_up(&self, highest: Level) {
        // What is wrong with one of them is reported where it matters.
        let Ok(catalogue) = self.catalogue() else {
            return;
        };
        self.features_up_to(highest).rev().for_each(|feature| {
            let _ = feature.read(catalogue).is_ok();
        });
    }

    /// Reading what will not run takes longer than many a run.
    fn features_up_to(&self, highest: Level) -> impl DoubleEndedIterator<Item = &OwnFeature> {
        let own = self.features.iter();
        own.filter(move |feature| feature.level().is_none_or(|level| level <= highest))
    }

    /// SHA-256 over all files of the pack, features included: what judged, down to the byte.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let features = FEATURES.get_dir(&self.manifest.features);
        let mut files = Vec::new();
        collect(self.folder, &mut files);
        features
            .into_iter()
            .for_each(|folder| collect(folder, &mut files));
        files.sort_by_key(|file| file.path());
        for file in files {
            hash.update(file.path().to_string_lossy().as_bytes());
            hash.update([0]);
            hash.update(file.contents());
            hash.update([0]);
        }
        hash.finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}

fn collect(folder: &'static Dir<'static>, files: &mut Vec<&'static include_dir::File<'static>>) {
    files.extend(folder.files());
    folder.dirs().for_each(|inner| collect(inner, files));
}

#[cfg(test)]
impl Pack {
    /// The first pack with one feature that is none.
    pub(crate) fn broken() -> &'static Self {
        let known = PACKS.first().unwrap().as_ref().unwrap();
        let mut pack = Self::in_folder(known.folder).unwrap().unwrap();
        let path = "broken/certification/wrong.feature".to_owned();
        pack.features.push(OwnFeature::new(path, "Feature: none\n"));
        Box::leak(Box::new(pack))
    }
}

fn text_in(folder: &'static Dir<'static>, name: &str) -> Result<&'static str, PackError> {
    folder
        .get_file(folder.path().join(name))
        .and_then(include_dir::File::contents_utf8)
        .ok_or_else(|| PackError::Missing(display(folder, name)))
}

fn display(folder: &Dir<'_>, name: &str) -> String {
    format!("schemas/{}/{name}", folder.path().display())
}
