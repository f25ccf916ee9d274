//! Does the same target get the same verdict and the same findings, whatever the order of the
//! requests and the values in them?
//!
//! Twenty runs in all, with random seeds and random concurrency, at all levels. The faults are such
//! that do not themselves depend on chance: a server that shows values of the neighbour in a list
//! breaks this rule or that, as its neighbours happen to be.

use crate::support::session::{self, judged};
use tmfctk::config::{GivenLimits, Overrides};
use tmfctk::reference::{Fault, Options};

/// Runs against each server.
const RUNS: usize = 5;

/// Judges a server again and again; each run has a server of its own, for a run leaves traces.
fn is_judged_the_same(faults: &[&str]) {
    let mut first: Option<Vec<String>> = None;
    for run in 1..=RUNS {
        let seed = format!("{:08x}", fastrand::u32(..));
        let concurrency = fastrand::usize(1..=16);
        let options = Options {
            faults: faults
                .iter()
                .map(|name| name.parse::<Fault>().expect("a fault"))
                .collect(),
            ..Options::default()
        };
        let given = Overrides {
            seed: Some(seed.clone()),
            event_quiet: Some(0.1),
            limits: GivenLimits {
                concurrency: Some(concurrency),
                ..GivenLimits::default()
            },
            ..Overrides::default()
        };
        let found = judged(&session::check_reference(options, given));
        let first = first.get_or_insert_with(|| found.clone());
        let only = |one: &[String], other: &[String]| -> Vec<String> {
            let lines = one.iter().filter(|line| !other.contains(line));
            lines.cloned().collect()
        };
        assert!(
            *first == found,
            "run {run}, seed {seed}, concurrency {concurrency}: not again {:#?}, for the first \
             time {:#?}",
            only(first, &found),
            only(&found, first)
        );
    }
}

#[test]
fn a_conformant_server() {
    is_judged_the_same(&[]);
}

#[test]
fn a_server_that_answers_creates_with_another_status() {
    is_judged_the_same(&["post-200"]);
}

#[test]
fn a_server_that_filters_wrongly() {
    is_judged_the_same(&["filter-reason-empty"]);
}

#[test]
fn a_server_that_lists_each_record_twice() {
    is_judged_the_same(&["list-duplicates"]);
}
