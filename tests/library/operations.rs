//! Are the optional operations judged only where they are offered, and is what shows it reported?

use crate::support::session;
use tmfctk::config::Overrides;
use tmfctk::reference::{Fault, Options, Variant};
use tmfctk::terms::{Level, Status};
use tmfctk::verdict::{OperationResult, RunResult};

fn check(fault: Option<&str>, variant: Option<&str>, level: Level) -> RunResult {
    let options = Options {
        faults: fault
            .map(|name| name.parse::<Fault>().unwrap())
            .into_iter()
            .collect(),
        variants: variant
            .map(|name| name.parse::<Variant>().unwrap())
            .into_iter()
            .collect(),
        ..Options::default()
    };
    let given = Overrides {
        level: Some(level),
        ..Overrides::default()
    };
    session::check_reference(options, given)
}

fn operation<'a>(result: &'a RunResult, name: &str) -> &'a OperationResult {
    let mut operations = result.operations.iter();
    operations.find(|known| known.name == name).unwrap()
}

fn status(result: &RunResult, id: &str) -> Status {
    let mut requirements = result.requirements.iter();
    requirements.find(|known| known.id == id).unwrap().status
}

#[test]
fn no_list_where_nothing_matches_is_no_miscounted_one() {
    for fault in ["no-match-404", "no-match-204"] {
        let result = check(Some(fault), None, Level::Specification);
        assert_eq!(status(&result, "TMF683-4-SPC-033"), Status::Passed);
    }
}

#[test]
fn offers_are_asked_once_and_reported_with_evidence() {
    let result = check(None, None, Level::Operations);
    for name in ["PATCH", "DELETE"] {
        let operation = operation(&result, name);
        assert_eq!(operation.offered, Some(true), "{operation:?}");
        let methods: Vec<_> = operation
            .exchanges
            .iter()
            .map(|&index| result.exchanges[index].request.method.as_str())
            .collect();
        assert_eq!(methods, ["POST", name], "{operation:?}");
        assert!(!operation.requirements.is_empty(), "{operation:?}");
    }
    assert_eq!(status(&result, "TMF683-4-PAT-001"), Status::Passed);
    assert_eq!(status(&result, "TMF683-4-PAT-018"), Status::NotApplicable);
}

#[test]
fn missing_operations_do_not_apply_and_their_refusal_is_judged() {
    for (variant, refusal) in [
        ("get-and-post-405", Status::Passed),
        ("get-and-post-501", Status::Passed),
        ("get-and-post-404", Status::Warned),
    ] {
        let result = check(None, Some(variant), Level::Operations);
        for (name, judged, refused) in [
            ("PATCH", "TMF683-4-PAT-001", "TMF683-4-PAT-018"),
            ("DELETE", "TMF683-4-DEL-001", "TMF683-4-DEL-006"),
        ] {
            let operation = operation(&result, name);
            assert_eq!(operation.offered, Some(false), "{variant} {operation:?}");
            assert_eq!(status(&result, judged), Status::NotApplicable, "{variant}");
            assert_eq!(status(&result, refused), refusal, "{variant}");
        }
        // What can't be deleted is not even tried, and said to be left.
        let left = result.created.iter().all(|record| {
            let why = record.reason.as_deref().unwrap_or_default();
            !record.deleted && why.starts_with("the target does not offer DELETE")
        });
        assert!(left, "{variant} {:?}", result.created);
    }
}

#[test]
fn nothing_is_asked_of_a_target_below_the_level() {
    let result = check(None, None, Level::Specification);
    assert!(result.operations.is_empty());
    // The collection is patched all the same: there the method is not defined.
    let patched: Vec<_> = result
        .exchanges
        .iter()
        .filter(|exchange| exchange.request.method == "PATCH")
        .map(|exchange| exchange.request.url.as_str())
        .filter(|url| !url.ends_with("/partyInteraction"))
        .collect();
    assert_eq!(patched, [""; 0]);
}

#[test]
fn a_patch_in_the_one_media_type_of_the_description_is_no_failure() {
    let result = check(Some("patch-merge-415"), None, Level::Operations);
    assert_eq!(status(&result, "TMF683-4-PAT-004"), Status::Warned);
    for id in ["PAT-001", "PAT-002", "PAT-003", "PAT-013", "PAT-014"] {
        assert_eq!(
            status(&result, &format!("TMF683-4-{id}")),
            Status::Passed,
            "{id}"
        );
    }
}

#[test]
fn a_provoked_violation_is_charged_to_its_scenario_alone() {
    let result = check(Some("patch-removes-reason"), None, Level::Operations);
    assert_eq!(status(&result, "TMF683-4-PAT-011"), Status::Failed);
    let failed: Vec<_> = result
        .requirements
        .iter()
        .filter(|known| matches!(known.status, Status::Failed | Status::Warned))
        .map(|known| known.id.as_str())
        .collect();
    assert_eq!(failed, ["TMF683-4-PAT-011"]);
}

#[test]
fn a_refused_create_of_a_full_record_leaves_the_rest_to_be_judged() {
    let result = check(Some("refuse-interaction-date"), None, Level::Operations);
    for id in ["PAT-001", "PAT-003", "PAT-011", "DEL-002", "DEL-005"] {
        let id = format!("TMF683-4-{id}");
        assert_eq!(status(&result, &id), Status::Passed, "{id}");
    }
    // There is no description that could be removed.
    assert_eq!(status(&result, "TMF683-4-PAT-006"), Status::NotApplicable);
}

#[test]
fn a_refused_create_is_reported_once() {
    let result = check(Some("refuse-opened"), None, Level::Specification);
    let about_status = result
        .findings
        .iter()
        .filter(|finding| finding.requirement == "TMF683-4-SPC-007");
    let messages: Vec<_> = about_status.map(|finding| &finding.message).collect();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(
        messages[0].contains("where 201 is expected"),
        "{messages:?}"
    );
}
