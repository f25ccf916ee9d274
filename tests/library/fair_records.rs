//! Is each defect found once, where it is, and is nobody blamed for what the run itself has done?

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tmfctk::config::Overrides;
use tmfctk::reference::{Fault, Options, Variant};
use tmfctk::terms::{Level, Severity, Status};
use tmfctk::verdict::{Finding, RunResult};

use crate::support::reference::Reference;
use crate::support::server::{Answer, Request, between};
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

/// The answer of a replica that has not heard of a record yet.
fn not_yet(request: &Request) -> Answer {
    match request.target.contains('?') {
        true => Answer::json(200, &json!([])),
        false => Answer::json(
            404,
            &json!({"code": "404", "reason": "there is no such record"}),
        ),
    }
}

#[test]
fn a_replica_that_is_late_gets_one_warning_for_reads_and_one_for_lists() {
    let reference = Reference::clean();
    let (reads, lists) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let target = between(reference.base_url(), move |request| {
        let of_the_kit = request.header("postman-token").is_some();
        let asks = match request.target.rsplit_once("/partyInteraction")?.1 {
            rest if request.method != "GET" || rest.is_empty() => return None,
            rest if rest.starts_with("?id=") => &lists,
            rest if rest.starts_with('/') => &reads,
            _ => return None,
        };
        let is_late = of_the_kit || asks.fetch_add(1, Ordering::Relaxed) < 2;
        is_late.then(|| not_yet(request))
    });
    let path = url::Url::parse(reference.base_url()).unwrap();
    let result = session::check(
        &target.url(path.path()),
        Overrides {
            level: Some(Level::Specification),
            ..Overrides::default()
        },
    );
    let said = fair(&result).map(|one| one.message.as_str());
    let said: Vec<_> = said.map(|text| text.split(" only").next()).collect();
    let expected = [
        "a record was found under its id",
        "a list showed what was created",
    ];
    assert_eq!(said, expected.map(Some), "{said:?}");
}

#[test]
fn what_a_late_list_still_shows_is_not_left() {
    let options = Options {
        variants: vec!["lagging-collection".parse::<Variant>().unwrap()],
        ..Options::default()
    };
    let given = Overrides {
        level: Some(Level::Profile),
        ..Overrides::default()
    };
    let result = session::check_reference(options, given);
    let left: Vec<_> = result.created.iter().filter(|one| !one.deleted).collect();
    assert!(!result.created.is_empty() && left.is_empty(), "{left:#?}");
}
