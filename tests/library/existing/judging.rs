//! What is conformant is not blamed, what is broken is caught, by reading alone.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use tmfctk::reference::{Fault, Options, Variant, variants};
use tmfctk::terms::{Level, Severity, Status, Verdict};

use super::{blamed, passed, read_only, writes};
use crate::support::reference::Reference;
use crate::support::session;

fn older() -> Options {
    Options {
        preload: 60,
        seed: Some(1),
        ..Options::default()
    }
}

/// What a target answers to a GET of its collection, to the byte.
fn collection(base: &str) -> String {
    let url = url::Url::parse(base).unwrap();
    let mut stream = TcpStream::connect(url.authority()).unwrap();
    let request = format!(
        "GET {}partyInteraction HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
        url.path()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split_once("\r\n\r\n").unwrap().1.to_owned()
}

#[test]
fn a_clean_target_is_looked_at_and_stays_as_it_is_to_the_byte() {
    let server = Reference::start(older());
    let before = collection(server.base_url());
    let result = session::check(server.base_url(), read_only(&[]));
    assert_eq!(collection(server.base_url()), before);
    assert_eq!(writes(&result), Vec::<String>::new());
    assert_eq!(blamed(&result), Vec::<String>::new());
    assert!(passed(&result) >= 90, "{} passed", passed(&result));
    assert!(result.created.is_empty() && result.subscriptions.is_empty());
    assert!(result.official_kit.is_none());
    // What was not asked is open, and never conformant.
    assert_eq!(result.verdict, Verdict::Inconclusive);
    let certification = &result.levels[0];
    assert_eq!(certification.level, Level::Certification);
    assert_eq!(certification.verdict, Verdict::Inconclusive);
    for operation in &result.operations {
        assert_eq!(operation.offered, None, "{}", operation.name);
        assert!(
            operation.reason.contains("--read-only"),
            "{}",
            operation.reason
        );
    }
    let existing = result.run.existing.as_ref().unwrap();
    let names: Vec<&str> = existing
        .records
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["A", "B"]);
    // Each scenario that is withheld says why, and nothing that needs a change passes.
    let open = result.scenarios.iter();
    let open = open
        .filter(|one| one.status == Status::Inconclusive)
        .count();
    assert_eq!(existing.withheld, open, "nothing else left a check open");
    for scenario in &result.scenarios {
        let writes = scenario.steps.iter().any(|step| {
            let words = [
                "posted",
                "patched",
                "deleted",
                "is sent to",
                "the create of",
                "was sent",
            ];
            words.iter().any(|word| step.text.contains(word))
        });
        assert!(
            !writes || scenario.status != Status::Passed,
            "{} passed without a change",
            scenario.id
        );
    }
}

#[test]
fn no_variant_is_blamed() {
    for info in variants() {
        let variant: Variant = info.name.parse().unwrap();
        let options = Options {
            variants: vec![variant],
            ..older()
        };
        let result = session::check_reference(options, read_only(&[]));
        let failures = result.findings.iter();
        let failures: Vec<_> = failures
            .filter(|finding| finding.severity == Severity::Fail)
            .map(|finding| &finding.message)
            .collect();
        assert!(failures.is_empty(), "{}: {failures:#?}", info.name);
        // On pages of one record, order and paging can't be seen in what is there.
        let least = if info.name.starts_with("maximum-of-one") {
            75
        } else {
            85
        };
        assert!(
            passed(&result) > least,
            "{}: {}",
            info.name,
            passed(&result)
        );
        assert_eq!(writes(&result), Vec::<String>::new(), "{}", info.name);
    }
}

#[test]
fn faults_that_reading_shows_are_caught() {
    for (name, requirement) in [
        ("get-405", "PRO-020"),
        ("get-first-record", "PRO-029"),
        ("get-neighbour", "PRO-029"),
        ("get-other-direction", "PRO-030"),
        ("list-other-reason", "PRO-030"),
        ("whole-list-direction-swapped", "PRO-030"),
        ("list-duplicates", "PRO-033"),
        ("list-wrapped", "PRO-032"),
        ("list-numeric-reason", "PRO-002"),
        ("listed-reason-missing", "PRO-002"),
        ("listed-channel-empty", "PRO-005"),
        ("list-fields-ignored", "PRO-034"),
        ("get-fields-ignored", "PRO-038"),
        ("fields-stick", "PRO-042"),
        ("filter-direction-ignored", "PRO-044"),
        ("filter-id-prefix", "PRO-045"),
        ("filter-reason-empty", "PRO-046"),
        ("filter-reason-ignored", "PRO-046"),
        ("schema-location-blank", "SPC-008"),
    ] {
        let fault: Fault = name.parse().unwrap();
        let options = Options {
            faults: vec![fault],
            ..older()
        };
        let result = session::check_reference(options, read_only(&[]));
        let failed = result.requirements.iter();
        let failed: Vec<_> = failed
            .filter(|one| one.status == Status::Failed)
            .map(|one| one.id.as_str())
            .collect();
        let caught = failed.iter().any(|id| id.ends_with(requirement));
        assert!(caught, "{name}: {failed:?}");
        assert_eq!(writes(&result), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn data_of_some_records_is_not_held_against_the_target() {
    // Of every 97 older records one lacks its direction; it is reported of as data.
    let variant: Variant = "older-records".parse().unwrap();
    let options = Options {
        variants: vec![variant],
        ..Options::default()
    };
    let result = session::check_reference(options, read_only(&[]));
    assert!(result.existing_data.violating > 0);
    assert_eq!(blamed(&result), Vec::<String>::new());
}

#[test]
fn an_empty_collection_leaves_all_open_and_says_what_to_do() {
    let result = session::check_reference(Options::default(), read_only(&[]));
    assert_eq!(result.verdict, Verdict::Inconclusive);
    assert_eq!(blamed(&result), Vec::<String>::new());
    let note = result
        .notes
        .iter()
        .find(|note| note.contains("--existing ID"));
    assert!(note.unwrap().contains("no record"), "{:?}", result.notes);
    let existing = result.run.existing.as_ref().unwrap();
    assert!(existing.records.is_empty());
    // What needs no record was looked at all the same.
    assert!(passed(&result) > 10, "{}", passed(&result));
}
