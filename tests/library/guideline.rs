//! Does the guideline level show what is not offered from what is wrong, and does it keep to the
//! target's own origin?

use crate::support::session;
use tmfctk::config::Overrides;
use tmfctk::reference::{Fault, Options, Variant};
use tmfctk::terms::{Level, Severity, Status};
use tmfctk::verdict::RunResult;

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

/// Severity and message of each finding on a requirement.
fn said(result: &RunResult, requirement: &str) -> Vec<(Severity, String)> {
    let findings = result.findings.iter();
    findings
        .filter(|finding| finding.requirement == requirement)
        .map(|finding| (finding.severity, finding.message.clone()))
        .collect()
}

fn status(result: &RunResult, requirement: &str) -> Status {
    let mut requirements = result.requirements.iter();
    let found = requirements.find(|known| known.id == requirement).unwrap();
    found.status
}

#[track_caller]
fn assert_warned(result: &RunResult, requirement: &str, words: &str) {
    let said = said(result, requirement);
    let warned = said
        .iter()
        .any(|(severity, message)| *severity == Severity::Warn && message.contains(words));
    assert!(warned, "{words}: {said:?}");
}

#[test]
fn an_operator_is_not_offered_ignored_or_wrong_and_each_is_said() {
    let refused = with_variant("simple-queries");
    assert_warned(&refused, "TMF683-45-GDL-018", "not supported");
    assert_warned(&refused, "TMF683-45-GDL-039", "not supported");
    // What is only allowed is not a matter where it is refused.
    for optional in ["TMF683-45-GDL-023", "TMF683-45-GDL-041"] {
        assert_eq!(status(&refused, optional), Status::NotApplicable);
    }
    for level in &refused.levels {
        assert_eq!(level.counts.failed, 0, "{level:?}");
    }
    let ignored = with_fault("gt-ignored");
    assert_warned(&ignored, "TMF683-45-GDL-018", "the criterion is ignored");
    let wrong = with_fault("gt-inclusive");
    assert_warned(&wrong, "TMF683-45-GDL-018", "selects the wrong records");
}

#[test]
fn sorting_is_ignored_read_as_a_filter_or_wrong_and_each_is_said() {
    for (fault, words) in [
        ("sort-ignored", "it is ignored"),
        ("sort-as-filter", "sort is read as a filter"),
        ("sort-downwards", "sorts wrongly"),
    ] {
        assert_warned(&with_fault(fault), "TMF683-45-GDL-039", words);
    }
}

#[test]
fn links_to_a_public_name_are_followed_at_the_target() {
    let result = with_variant("public-links");
    for requirement in [
        "TMF683-45-GDL-004",
        "TMF683-45-GDL-005",
        "TMF683-45-GDL-034",
    ] {
        assert_eq!(
            status(&result, requirement),
            Status::Passed,
            "{requirement}"
        );
    }
    let origin = |url: &str| url::Url::parse(url).unwrap().origin();
    let target = origin(&result.target.url);
    for exchange in &result.exchanges {
        assert_eq!(origin(&exchange.request.url), target);
    }
}

#[test]
fn one_request_says_nothing_of_what_it_accepts() {
    let result = session::check_reference(Options::default(), Overrides::default());
    let silent = result
        .exchanges
        .iter()
        .filter(|exchange| exchange.request.message.header("accept").is_none());
    assert_eq!(silent.count(), 1);
}

#[test]
fn answers_provoked_by_guidelines_do_not_violate_the_description() {
    // 406 and 415 with a page of a framework are not an Error body, and need not be one.
    let result = with_variant("framework-refusals");
    let errors = said(&result, "TMF683-4-SPC-038");
    assert_eq!(errors, Vec::new());
    assert_eq!(status(&result, "TMF683-45-GDL-002"), Status::Passed);
    assert_eq!(status(&result, "TMF683-45-GDL-003"), Status::Passed);
}

#[test]
fn records_for_the_guidelines_are_made_only_where_they_are_needed() {
    let profile = Overrides {
        level: Some(Level::Profile),
        ..Overrides::default()
    };
    let result = session::check_reference(Options::default(), profile);
    let sorting = |exchange: &&tmfctk::evidence::Exchange| {
        let body = exchange.request.message.body.as_deref().unwrap_or_default();
        body.contains("Same reason for sorting")
    };
    assert_eq!(result.exchanges.iter().filter(sorting).count(), 0);
}
