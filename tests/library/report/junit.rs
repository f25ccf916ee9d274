//! `junit.xml`.

use std::collections::{BTreeMap, BTreeSet};

use quick_xml::events::{BytesStart, Event};
use tmfctk::report::junit;
use tmfctk::terms::Level;
use tmfctk::verdict::RunResult;

use super::fixture;

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
    let xml = render(&result);
    let failure =
        "<failure message=\"TMF683-4-PRO-005: The channel&apos;s id came back as a number";
    assert!(
        xml.contains(&failure.replace("&apos;", "'")) || xml.contains(failure),
        "{xml}"
    );
    assert!(
        xml.contains("  report:   report.html#scenario-create/values-are-kept\n"),
        "{xml}"
    );
    let page = String::from_utf8(tmfctk::report::html::render(&result).unwrap()).unwrap();
    assert!(page.contains("id=\"scenario-create/values-are-kept\""));
    assert!(
        xml.contains(".Create, v4 0  And more\""),
        "one dot parts level and feature: {xml}"
    );
}

#[test]
fn what_fails_above_the_gate_is_skipped_with_its_message() {
    let mut result = fixture::failing();
    let failures = |result: &RunResult| render(result).matches("<failure ").count();
    result.gate = Level::Guideline;
    let all = failures(&result);
    result.gate = Level::Certification;
    let xml = render(&result);
    assert!(failures(&result) < all, "{xml}");
    let skipped = "<skipped message=\"above the gate: TMF683-4-PRO-005: The channel";
    assert!(xml.contains(skipped), "{xml}");
    // What was selected decides a run of a part.
    result.run.partial = true;
    assert_eq!(failures(&result), all);
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

/// An element of the file.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    children: Vec<Element>,
}

impl Element {
    fn of(start: &BytesStart<'_>) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let attributes = start.attributes().map(|attribute| {
            let attribute = attribute.unwrap();
            let value = String::from_utf8(attribute.value.to_vec()).unwrap();
            (text(attribute.key.as_ref()), value)
        });
        Self {
            name: text(start.name().as_ref()),
            attributes: attributes.collect(),
            children: Vec::new(),
        }
    }

    fn read(xml: &str) -> Self {
        let mut reader = quick_xml::Reader::from_str(xml);
        let mut open = vec![Self::default()];
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => open.push(Self::of(&start)),
                Event::Empty(start) => open.last_mut().unwrap().children.push(Self::of(&start)),
                Event::End(_) => {
                    let done = open.pop().unwrap();
                    open.last_mut().unwrap().children.push(done);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        open.pop().unwrap().children.pop().unwrap()
    }

    fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        let own = (self.name == name).then_some(self);
        let below = self.children.iter().flat_map(move |it| it.all(name));
        let below: Box<dyn Iterator<Item = &Self>> = Box::new(below);
        own.into_iter().chain(below)
    }
}

/// An element's name, the attributes that it must have, those that it may have, and its children.
type Rule = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
    &'static [&'static str],
);

/// What JUnit XML is, as far as Jenkins' schema, GitLab's and GitHub's readers agree; children
/// come in this order.
const JUNIT: [Rule; 9] = [
    (
        "testsuites",
        &["name", "tests", "failures", "errors"],
        &["time"],
        &["testsuite"],
    ),
    (
        "testsuite",
        &["name", "tests", "failures", "errors"],
        &["time", "disabled", "skipped"],
        &["properties", "testcase", "system-out", "system-err"],
    ),
    ("properties", &[], &[], &["property"]),
    ("property", &["name", "value"], &[], &[]),
    (
        "testcase",
        &["name", "classname"],
        &["time"],
        &["skipped", "error", "failure", "system-out", "system-err"],
    ),
    ("skipped", &["message"], &["type"], &[]),
    ("failure", &["message", "type"], &[], &[]),
    ("error", &["message", "type"], &[], &[]),
    ("system-out", &[], &[], &[]),
];

fn hold_to_schema(element: &Element) {
    let rule = JUNIT.iter().find(|rule| rule.0 == element.name);
    let (name, must, may, order) = rule.unwrap_or_else(|| panic!("<{}>", element.name));
    for attribute in *must {
        assert!(
            element.attributes.contains_key(*attribute),
            "{name} {attribute}"
        );
    }
    for attribute in element.attributes.keys() {
        let known = must.contains(&attribute.as_str()) || may.contains(&attribute.as_str());
        assert!(known, "{name} has {attribute}");
    }
    let places: Vec<usize> = element
        .children
        .iter()
        .map(|child| {
            let place = order.iter().position(|known| *known == child.name);
            place.unwrap_or_else(|| panic!("{} below {name}", child.name))
        })
        .collect();
    assert!(places.is_sorted(), "{name}: {places:?}");
    element.children.iter().for_each(hold_to_schema);
}

/// The counts of a suite are those of its cases: build servers colour by them.
fn hold_to_counts(element: &Element) {
    let count = |name: &str| element.all(name).count().to_string();
    for (attribute, name) in [
        ("tests", "testcase"),
        ("failures", "failure"),
        ("errors", "error"),
    ] {
        assert_eq!(element.attributes[attribute], count(name), "{attribute}");
    }
}

#[test]
fn build_servers_can_read_it() {
    let sample = |name: &str| {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("reports");
        let text = std::fs::read(folder.join(name).join("result.json")).unwrap();
        serde_json::from_slice(&text).unwrap()
    };
    for result in [
        fixture::failing(),
        fixture::conformant(),
        fixture::unreachable(),
        fixture::hostile(),
        sample("conformant"),
        sample("broken"),
    ] {
        let root = Element::read(&render(&result));
        assert_eq!(root.name, "testsuites");
        hold_to_schema(&root);
        hold_to_counts(&root);
        root.children.iter().for_each(hold_to_counts);
        // One case for each scenario; of two alike GitLab shows one.
        let cases: Vec<&Element> = root.all("testcase").collect();
        let scenarios = cases
            .iter()
            .filter(|case| case.attributes["classname"] != "run");
        assert_eq!(scenarios.count(), result.scenarios.len());
        let keys: BTreeSet<_> = cases
            .iter()
            .map(|case| (&case.attributes["classname"], &case.attributes["name"]))
            .collect();
        assert_eq!(keys.len(), cases.len(), "each case has a name of its own");
        for failure in root.all("failure") {
            let (kind, message) = (&failure.attributes["type"], &failure.attributes["message"]);
            assert!(kind.contains("TMF683-"), "{kind}");
            assert!(message.starts_with(&format!("{kind}: ")), "{message}");
        }
    }
}
