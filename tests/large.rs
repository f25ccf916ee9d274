//! Does a target with a hundred thousand older records make the harness fail?

#![allow(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use support::session;
use tmfctk::config::{GivenLimits, Overrides};
use tmfctk::reference::Options;
use tmfctk::report::{Format, render};
use tmfctk::words::{Level, Verdict};

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
