//! `junit.xml`.

use tmfctk::report::junit;
use tmfctk::verdict::RunResult;

use crate::fixture;

fn render(result: &RunResult) -> String {
    String::from_utf8(junit::render(result).unwrap()).unwrap()
}

#[test]
fn scenarios_become_test_cases() {
    insta::assert_snapshot!(render(&fixture::failing()));
}

#[test]
fn a_clean_run_has_no_failure_and_an_undecided_one_is_not_green() {
    let clean = render(&fixture::conformant());
    assert!(clean.contains(r#"failures="0" errors="0""#), "{clean}");
    let undecided = render(&fixture::unreachable());
    assert!(undecided.contains(r#"errors="1""#), "{undecided}");
    assert!(
        undecided.contains(r#"<error message="No request was answered: connection refused.""#),
        "{undecided}"
    );
}

#[test]
fn a_failure_names_requirement_reason_and_where_the_page_shows_it() {
    let mut result = fixture::failing();
    result.scenarios[2].feature = "Create, v4.0. And more".into();
    let number = result
        .scenarios
        .iter()
        .position(|it| it.id == "create/values-are-kept")
        .unwrap();
    let xml = render(&result);
    let failure =
        "<failure message=\"TMF683-4-PRO-005: The channel&apos;s id came back as a number";
    assert!(
        xml.contains(&failure.replace("&apos;", "'")) || xml.contains(failure),
        "{xml}"
    );
    assert!(
        xml.contains(&format!("  report:   report.html#scenario-{number}\n")),
        "{xml}"
    );
    let page = String::from_utf8(tmfctk::report::html::render(&result).unwrap()).unwrap();
    assert!(page.contains(&format!("id=\"scenario-{number}\"")));
    assert!(
        xml.contains(".Create, v4 0  And more\""),
        "one dot parts level and feature: {xml}"
    );
}

#[test]
fn hostile_text_breaks_no_xml_and_is_not_lost() {
    let xml = render(&fixture::hostile());
    assert_eq!(
        read_back(&xml),
        7,
        "scenarios, and a waiver that matches nothing"
    );
    assert!(!xml.contains("<script"), "markup");
    assert!(
        xml.contains("\\u{202e}gpj") && xml.contains("\\u{0}"),
        "escapes"
    );
    assert!(
        !xml.chars()
            .any(|char| matches!(char, '\u{1b}' | '\0' | '\u{202e}' | '\u{fffe}'))
    );
}

/// The file read back by a second reader: the number of test cases.
fn read_back(xml: &str) -> usize {
    let report = quick_junit::Report::deserialize_from_str(xml).unwrap();
    report
        .test_suites
        .iter()
        .map(|suite| suite.test_cases.len())
        .sum()
}
