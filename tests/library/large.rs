//! Does a target with a hundred thousand older records make the harness fail, and are bodies so
//! large that they are compressed judged as all others are?

use crate::support::session::{self, judged};
use tmfctk::config::{GivenLimits, Overrides};
use tmfctk::reference::{Fault, Options};
use tmfctk::report::{Format, render};
use tmfctk::terms::{Level, Verdict};
use tmfctk::verdict::RunResult;

const OLDER: usize = 100_000;

#[test]
fn a_hundred_thousand_older_records_are_no_trouble() {
    let options = Options {
        preload: OLDER,
        ..Options::default()
    };
    let given = Overrides {
        level: Some(Level::Certification),
        // An unoptimised server takes its time over lists of this size.
        limits: GivenLimits {
            timeout: Some(600.0),
            ..GivenLimits::default()
        },
        ..Overrides::default()
    };
    let result = session::check_reference(options, given);
    assert_eq!(result.verdict, Verdict::Conformant, "{}", result.reason);
    let kit = result.official_kit.as_ref().expect("a replay");
    assert_eq!((kit.requests, kit.failed), (18, 0));
    // Ten assertions for each element of the list, and more for the filtered ones.
    assert!(kit.assertions > 10 * OLDER, "{}", kit.assertions);
    assert!(
        kit.kit_limit_likely,
        "the kit itself would not get that far"
    );
    assert!(result.created.iter().all(|record| record.deleted));

    // The list was read whole, and only its beginning is kept.
    let list = &result.exchanges[2]
        .response
        .as_ref()
        .expect("an answer")
        .message;
    assert!(list.body_bytes > 20_000_000, "{}", list.body_bytes);
    assert!(list.body_truncated);
    for format in Format::ALL {
        let report = render(format, &result).expect("a report");
        assert!(report.len() < 4_000_000, "{format}: {} bytes", report.len());
    }
}

/// All that is said of older records.
fn older(result: &RunResult) -> Vec<String> {
    let data = &result.existing_data;
    let findings = data.findings.iter().map(|finding| {
        let (requirement, message) = (&finding.requirement, &finding.message);
        format!("{requirement} {message} {}", finding.count)
    });
    let counts = format!("{} of {}", data.violating, data.records);
    std::iter::once(counts).chain(findings).collect()
}

/// Judges two servers of a kind up to a level, with bodies as they came and
/// with compressed ones.
fn is_judged_alike(level: Level, faults: &[&str]) {
    let options = || Options {
        faults: faults
            .iter()
            .map(|name| name.parse::<Fault>().expect("a fault"))
            .collect(),
        preload: 3,
        ..Options::default()
    };
    let given = || Overrides {
        level: Some(level),
        seed: Some("alike".to_owned()),
        event_quiet: Some(0.1),
        ..Overrides::default()
    };
    let plain = session::check_reference(options(), given());
    let compressed = session::check_reference_compressed(options(), given());
    assert_eq!(judged(&plain), judged(&compressed), "{faults:?}");
    assert_eq!(older(&plain), older(&compressed), "{faults:?}");
}

#[test]
fn compressed_a_conformant_server_is_one() {
    is_judged_alike(Level::Guideline, &[]);
}

#[test]
fn compressed_bodies_that_are_no_json_or_no_utf8_are_told() {
    for fault in [
        "bodies-with-mark",
        "utf-8-broken",
        "list-trailing-comma",
        "list-cut",
    ] {
        is_judged_alike(Level::Profile, &[fault]);
    }
}

#[test]
fn compressed_values_with_escapes_are_looked_for() {
    is_judged_alike(Level::Certification, &["escaped-slashes"]);
    is_judged_alike(Level::Certification, &["listed-reason-missing"]);
}

#[test]
fn compressed_lists_that_hold_too_much_or_too_little_are_told() {
    is_judged_alike(
        Level::Profile,
        &["filter-reason-more", "list-fields-direction-more"],
    );
    is_judged_alike(
        Level::Profile,
        &["whole-list-null-last", "list-misses-every-second"],
    );
    let more = [
        "list-duplicates",
        "limit-ignored",
        "offset-ignored",
        "delete-still-listed",
    ];
    is_judged_alike(Level::Guideline, &more);
}
