//! The vocabulary of the features: thin, it calls the rest and records what it saw.
//!
//! [`VOCABULARY`] documents every step; a test keeps it complete.

mod answers;
mod complete;
mod configured;
mod created;
mod criteria;
mod deleting;
mod events;
mod fresh;
mod heard;
mod hub;
mod keeping;
mod links;
mod lists;
mod media;
mod operations;
mod paging;
mod patching;
mod refusals;
mod replay;
mod requests;
mod review;
mod semantics;
mod silence;
mod sorting;
mod target;
mod text;
mod whole;

use std::ffi::OsStr;
use std::path::Path;

/// One step of the vocabulary, for people who write scenarios.
#[derive(Debug, Clone, Copy)]
pub struct StepDoc {
    /// The step with its parameters in capitals.
    pub pattern: &'static str,
    /// What it does or checks.
    pub meaning: &'static str,
    /// A line as it may stand in a feature.
    pub example: &'static str,
}

/// All steps by the files that define them, in the order in which a scenario would use them.
pub const VOCABULARY: &[(&str, &[StepDoc])] = &[
    ("replay", replay::VOCABULARY),
    ("operations", operations::VOCABULARY),
    ("requests", requests::VOCABULARY),
    ("fresh", fresh::VOCABULARY),
    ("media", media::VOCABULARY),
    ("answers", answers::VOCABULARY),
    ("created", created::VOCABULARY),
    ("complete", complete::VOCABULARY),
    ("lists", lists::VOCABULARY),
    ("criteria", criteria::VOCABULARY),
    ("paging", paging::VOCABULARY),
    ("links", links::VOCABULARY),
    ("sorting", sorting::VOCABULARY),
    ("patching", patching::VOCABULARY),
    ("configured", configured::VOCABULARY),
    ("keeping", keeping::VOCABULARY),
    ("deleting", deleting::VOCABULARY),
    ("refusals", refusals::VOCABULARY),
    ("review", review::VOCABULARY),
    ("whole", whole::VOCABULARY),
    ("target", target::VOCABULARY),
    ("hub", hub::VOCABULARY),
    ("events", events::VOCABULARY),
    ("heard", heard::VOCABULARY),
    ("silence", silence::VOCABULARY),
    ("semantics", semantics::VOCABULARY),
];

/// Where the steps of a source file stand in the vocabulary.
pub(crate) fn place(path: &str) -> usize {
    let stem = Path::new(path).file_stem();
    let mut files = VOCABULARY.iter().map(|(file, _)| OsStr::new(file));
    files
        .position(|file| stem == Some(file))
        .unwrap_or(VOCABULARY.len())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use cucumber::World as _;
    use cucumber::gherkin::{Feature, GherkinEnv};

    use super::{OsStr, Path, VOCABULARY};
    use crate::world::World;

    /// The place of the one step that an example is, or why it is none.
    fn place(example: &str) -> Result<(u32, &'static str), String> {
        let text = format!("Feature: F\n  Scenario: S\n    {example}\n");
        let feature =
            Feature::parse(text, GherkinEnv::default()).map_err(|error| error.to_string())?;
        let step = &feature.scenarios[0].steps[0];
        match World::collection().find(step) {
            Ok(Some((_, _, Some(location), _))) => Ok((location.line, location.path)),
            Ok(_) => Err(format!("no step is `{example}`")),
            Err(error) => Err(format!("`{example}`: {error}")),
        }
    }

    #[test]
    fn every_example_is_one_step_and_every_step_has_an_example() {
        let mut found = BTreeSet::new();
        for (file, docs) in VOCABULARY {
            for doc in *docs {
                let (line, path) = place(doc.example).unwrap();
                assert_eq!(
                    Path::new(path).file_stem(),
                    Some(OsStr::new(file)),
                    "{path}"
                );
                found.insert((line, path));
            }
        }
        let defined: usize = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/steps"))
            .unwrap()
            .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
            .map(|text| {
                let lines = text.lines();
                let attributes = ["#[given(", "#[when(", "#[then("];
                lines
                    .filter(|line| attributes.iter().any(|word| line.starts_with(word)))
                    .count()
            })
            .sum();
        assert_eq!(found.len(), defined, "steps with an example, steps defined");
    }
}
