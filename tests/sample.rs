//! Are the committed samples what the tool writes today? Their structure, not their values.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod support;

use std::path::Path;

use tmfctk::config::DEFAULT_PACK;
use tmfctk::report::{Format, json, render};
use tmfctk::verdict::RunResult;
use tmfctk::words::{Level, Verdict};

const RENEW: &str = "renew it with reports/sample/renew";

fn sample(format: Format) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("reports/sample")
        .join(format.file_name());
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn result() -> RunResult {
    json::parse(sample(Format::Json).as_bytes()).unwrap()
}

/// The names of all tags that open with one of these, in their order: the page without its texts.
fn tags<'a>(page: &'a str, names: &[&str]) -> Vec<&'a str> {
    page.split('<')
        .skip(1)
        .filter_map(|tag| tag.split(|c: char| !c.is_alphanumeric() && c != '-').next())
        .filter(|tag| names.contains(tag))
        .collect()
}

#[test]
fn the_result_is_a_valid_one_of_the_reference() {
    support::assert_valid_result(&serde_json::from_str(&sample(Format::Json)).unwrap());
    let result = result();
    assert_eq!(result.kit.pack, DEFAULT_PACK);
    assert_eq!(result.verdict, Verdict::Conformant, "{RENEW}");
    assert!(result.target.reference);
    let levels: Vec<Level> = result.levels.iter().map(|level| level.level).collect();
    assert!(
        levels.starts_with(&[Level::Certification, Level::Profile]),
        "{RENEW}"
    );
    assert!(!result.scenarios.is_empty() && !result.exchanges.is_empty());
}

#[test]
fn reading_and_writing_it_changes_nothing() {
    let rendered = render(Format::Json, &result()).unwrap();
    let rendered = String::from_utf8(rendered).unwrap();
    assert!(rendered == sample(Format::Json), "{RENEW}");
}

#[test]
fn the_page_has_the_parts_that_it_has_today() {
    let parts = ["section", "h1", "h2", "h3", "details", "table", "tr", "nav"];
    let rendered = String::from_utf8(render(Format::Html, &result()).unwrap()).unwrap();
    let page = sample(Format::Html);
    assert!(tags(&page, &parts).len() > 50);
    assert!(tags(&page, &parts) == tags(&rendered, &parts), "{RENEW}");
}

#[test]
fn the_junit_file_has_the_parts_that_it_has_today() {
    let parts = [
        "testsuite",
        "testcase",
        "property",
        "skipped",
        "failure",
        "error",
    ];
    let rendered = String::from_utf8(render(Format::Junit, &result()).unwrap()).unwrap();
    let file = sample(Format::Junit);
    assert!(tags(&file, &parts).len() > 20);
    assert!(tags(&file, &parts) == tags(&rendered, &parts), "{RENEW}");
}
