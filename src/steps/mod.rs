//! The vocabulary of the features: thin, it calls the rest and records what it saw.
//!
//! A step is a function with `#[given]`, `#[when]` or `#[then]` of `tmfctk-step-macros`: its doc
//! comment, pattern and example stand beside it, and [`vocabulary`] collects them.

mod answers;
mod bad_input;
mod complete;
mod configured;
mod created;
mod criteria;
mod deleting;
mod events;
mod fresh;
mod histories;
mod hub;
mod keeping;
mod links;
mod lists;
mod media;
mod operations;
mod pages;
mod paging;
mod patching;
mod promises;
mod received_events;
mod refusals;
mod replay;
mod requests;
mod review;
mod semantics;
mod silence;
mod sorting;
mod target;
mod text;
mod unusual;
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
    /// The source file that defines it.
    pub file: &'static str,
    /// The line of its attribute there.
    pub line: u32,
}

// Each step's attribute adds its entry, so that no second list of the steps has to be kept.
inventory::collect!(StepDoc);

/// The files of this folder that define steps, in the order in which a scenario would use them.
const FILES: [&str; 30] = [
    "replay",
    "operations",
    "requests",
    "fresh",
    "media",
    "answers",
    "created",
    "unusual",
    "bad_input",
    "complete",
    "lists",
    "criteria",
    "paging",
    "links",
    "sorting",
    "patching",
    "configured",
    "keeping",
    "deleting",
    "refusals",
    "review",
    "promises",
    "whole",
    "histories",
    "target",
    "hub",
    "events",
    "received_events",
    "silence",
    "semantics",
];

/// All steps, in the order in which a scenario would use them.
pub fn vocabulary() -> Vec<&'static StepDoc> {
    let mut steps: Vec<_> = inventory::iter::<StepDoc>.into_iter().collect();
    steps.sort_by_key(|step| (place(step.file), step.line));
    steps
}

/// The place of a source file in [`FILES`].
fn place(path: &str) -> Option<usize> {
    let stem = Path::new(path).file_stem();
    FILES.iter().position(|file| stem == Some(OsStr::new(file)))
}

#[cfg(test)]
mod tests {
    use cucumber::World as _;
    use cucumber::gherkin::{Feature, GherkinEnv};

    use super::{place, vocabulary};
    use crate::world::World;

    #[test]
    fn every_example_is_its_own_step_and_no_other() {
        let collection = World::collection();
        for doc in vocabulary() {
            let example = doc.example;
            let text = format!("Feature: F\n  Scenario: S\n    {example}\n");
            let feature = Feature::parse(text, GherkinEnv::default()).unwrap();
            let step = &feature.scenarios[0].steps[0];
            let found = collection.find(step).unwrap();
            let (_, _, location, _) = found.unwrap_or_else(|| panic!("no step is `{example}`"));
            let location = location.unwrap();
            assert_eq!(
                (location.path, location.line),
                (doc.file, doc.line),
                "{example}"
            );
        }
    }

    #[test]
    fn every_file_with_steps_has_a_place_in_the_vocabulary() {
        let steps = vocabulary();
        for step in &steps {
            assert!(place(step.file).is_some(), "{}", step.file);
        }
        // Without the entries of the inventory the list would be empty, and all tests of it green.
        assert!(steps.len() > 150, "{} steps", steps.len());
    }
}
