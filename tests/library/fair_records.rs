//! Is each defect found once, where it is, and is nobody blamed for what the run itself has done?

use std::collections::BTreeSet;

use serde_json::Value;
use tmfctk::config::Overrides;
use tmfctk::reference::{Fault, Options, Variant};
use tmfctk::terms::{Level, Severity, Status};
use tmfctk::verdict::{Finding, RunResult};

use crate::support::session;

fn with_fault(name: &str) -> RunResult {
    let options = Options {
        faults: vec![name.parse::<Fault>().unwrap()],
        ..Options::default()
    };
    session::check_reference(options, Overrides::default())
}

fn with_variant(name: &str) -> RunResult {
    let options = Options {
        variants: vec![name.parse::<Variant>().unwrap()],
        ..Options::default()
    };
    session::check_reference(options, Overrides::default())
}

/// The findings above the certification level, which predicts the kit and all of its flaws.
fn fair(result: &RunResult) -> impl Iterator<Item = &Finding> {
    let findings = result.findings.iter();
    findings.filter(|one| one.level > Level::Certification && one.severity > Severity::Info)
}

/// The requirements that fail or warn above that level.
fn broken(result: &RunResult) -> Vec<&str> {
    let ids: BTreeSet<_> = fair(result).map(|one| one.requirement.as_str()).collect();
    ids.into_iter().collect()
}

fn status(result: &RunResult, id: &str) -> Status {
    let mut requirements = result.requirements.iter();
    requirements.find(|known| known.id == id).unwrap().status
}

#[test]
fn ordinary_habits_bring_no_warning() {
    for variant in [
        "trimming",
        "echoed-channels",
        "subtypes",
        "gateway-href",
        "titled-links",
        "cursor-pages",
    ] {
        let result = with_variant(variant);
        let said: Vec<_> = fair(&result).map(|one| &one.message).collect();
        assert!(said.is_empty(), "{variant}: {said:?}");
    }
}

#[test]
fn a_message_in_an_answer_is_no_representation() {
    // 200 for a deletion is a warning by itself.
    let result = with_variant("delete-with-body");
    assert_eq!(broken(&result), ["TMF683-4-DEL-001"]);
    let result = with_fault("patch-message");
    assert_eq!(broken(&result), ["TMF683-4-PAT-001", "TMF683-45-GDL-006"]);
}

#[test]
fn effects_of_a_refused_method_are_seen_by_no_other_check() {
    let result = with_fault("put-executed");
    assert_eq!(broken(&result), ["TMF683-4-SPC-041"]);
}

#[test]
fn a_number_as_id_is_told_as_the_wrong_type_and_as_nothing_else() {
    let result = with_fault("numeric-ids-everywhere");
    assert_eq!(broken(&result), ["TMF683-4-PRO-003", "TMF683-4-SPC-001"]);
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    for finding in &result.findings {
        let same = text(&finding.expected) == text(&finding.actual);
        assert!(!same, "{finding:?}");
    }
}

#[test]
fn a_blank_id_does_not_undo_the_create() {
    let result = with_fault("created-id-and-href-blank");
    assert_eq!(status(&result, "TMF683-4-PRO-021"), Status::Passed);
    assert_eq!(broken(&result), ["TMF683-4-PRO-003", "TMF683-4-PRO-004"]);
}

#[test]
fn a_target_that_demands_more_is_judged_by_what_it_accepts() {
    let result = with_fault("strict-create-schema");
    assert_eq!(status(&result, "TMF683-4-PRO-021"), Status::Passed);
    assert_eq!(broken(&result), ["TMF683-4-PRO-027"]);
    let open: Vec<_> = result
        .requirements
        .iter()
        .filter(|one| one.level > Level::Certification && one.status == Status::Inconclusive)
        .map(|one| one.id.as_str())
        .collect();
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn other_attributes_of_a_channel_belong_to_the_specification() {
    let result = with_fault("channel-name-lost");
    assert_eq!(broken(&result), ["TMF683-4-SPC-018"]);
}

#[test]
fn parts_that_come_back_as_they_were_sent_are_one_warning() {
    let result = with_fault("accept-any-part");
    let warned = ["TMF683-4-SPC-029", "TMF683-4-SPC-030"];
    assert_eq!(broken(&result), warned);
    let severities: Vec<_> = fair(&result).map(|one| one.severity).collect();
    assert_eq!(severities, [Severity::Warn; 2]);
    // What the target itself makes of them is its own.
    let result = with_fault("party-type-invented");
    assert_eq!(status(&result, "TMF683-4-PRO-007"), Status::Failed);
}

#[test]
fn values_of_a_wrong_type_that_are_stored_are_one_finding() {
    let result = with_fault("accept-any-type");
    let said: Vec<_> = fair(&result).collect();
    assert_eq!(broken(&result), ["TMF683-4-SPC-027"]);
    assert_eq!(said.len(), 1, "{said:?}");
}

#[test]
fn a_filter_that_is_ignored_is_a_list_all_the_same() {
    let result = with_fault("filter-id-ignored");
    assert_eq!(status(&result, "TMF683-4-PRO-032"), Status::Passed);
    assert_eq!(status(&result, "TMF683-4-PRO-045"), Status::Failed);
}
