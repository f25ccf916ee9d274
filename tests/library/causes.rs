//! Do the causes explain what was seen: one for a server with one fault, one for each of several?

use tmfctk::config::Overrides;
use tmfctk::reference::{Fault, Options};
use tmfctk::terms::Severity;
use tmfctk::verdict::{Cause, Confidence, RunResult};

use crate::support::session;

/// A run against the reference implementation with some faults.
fn judged(faults: &[&str]) -> RunResult {
    let options = Options {
        faults: faults
            .iter()
            .map(|name| name.parse::<Fault>().expect("a fault"))
            .collect(),
        ..Options::default()
    };
    let given = Overrides {
        event_quiet: Some(0.1),
        ..Overrides::default()
    };
    let result = session::check_reference(options, given);
    each_finding_has_one_cause(&result);
    result
}

fn each_finding_has_one_cause(result: &RunResult) {
    let mut explained: Vec<usize> = result
        .causes
        .iter()
        .flat_map(|cause| cause.findings.iter().copied())
        .collect();
    explained.sort_unstable();
    let findings = result.findings.iter().enumerate();
    let grave: Vec<usize> = findings
        .filter(|(_, finding)| finding.severity > Severity::Info)
        .map(|(place, _)| place)
        .collect();
    assert_eq!(explained, grave);
}

fn faults(result: &RunResult) -> Vec<&str> {
    let causes = result.causes.iter();
    causes.filter_map(|cause| cause.fault.as_deref()).collect()
}

#[test]
fn a_conformant_server_has_nothing_to_mend() {
    assert_eq!(judged(&[]).causes, Vec::<Cause>::new());
}

#[test]
fn one_fault_is_one_cause_however_much_it_breaks() {
    let result = judged(&["list-wrapped"]);
    let [cause] = &result.causes[..] else {
        panic!("{:#?}", result.causes);
    };
    assert_eq!(cause.fault.as_deref(), Some("list-wrapped"));
    assert_ne!(cause.confidence, Confidence::Guess);
    assert_eq!(cause.title, "a list is wrapped in an object");
    assert_eq!(cause.requirements[0], "TMF683-4-PRO-032");
    assert!(cause.findings.len() > 30, "{cause:#?}");
    assert!(cause.only.starts_with("PRO-032,"), "{cause:#?}");
    assert!(cause.advice.contains("without an envelope"), "{cause:#?}");
}

#[test]
fn faults_that_have_nothing_to_do_with_each_other_are_told_apart() {
    let result = judged(&["unknown-id-200", "delete-still-listed", "sort-ignored"]);
    let mut found = faults(&result);
    found.sort_unstable();
    assert_eq!(
        found,
        ["delete-still-listed", "sort-ignored", "unknown-id-200"]
    );
    // What decides the lowest level comes first.
    assert_eq!(result.causes[0].fault.as_deref(), Some("unknown-id-200"));
}
