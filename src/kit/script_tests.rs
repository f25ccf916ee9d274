//! The scripts against the recorded answers, without a network, and what the recordings leave out.

use std::path::Path;

use serde::Deserialize;
use serde_json::json;

use super::super::description::tests::EDITION;
use super::super::outcome::{Assertion, AssertionKind, Origin};
use super::super::url::{WireUrl, put_variables};
use super::super::value::Value;
use super::*;
use crate::evidence::Body;

#[derive(Deserialize)]
struct Recording {
    base: String,
    #[serde(rename = "officialKit")]
    official: Numbers,
    exchanges: Vec<Recorded>,
}

#[derive(Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Numbers {
    requests: usize,
    assertions: usize,
    failed: usize,
    failed_assertions: usize,
    script_errors: usize,
    request_errors: usize,
}

#[derive(Deserialize)]
struct Recorded {
    request: RecordedRequest,
    response: Option<RecordedResponse>,
}

#[derive(Deserialize)]
struct RecordedRequest {
    target: String,
}

#[derive(Deserialize)]
struct RecordedResponse {
    status: u16,
    body: String,
}

fn edition() -> Description {
    Description::read(EDITION).expect("readable")
}

/// Feeds the recorded answers to the scripts, and compares the URLs on the way.
fn replay(name: &str, recording: &Recording) -> Numbers {
    let description = edition();
    let mut state = State::default();
    state.globals.set(
        &description.base_variable,
        Value::Text(recording.base.clone().into()),
    );
    // The base as it was, so that hrefs fit; a number in place of the port makes it a URL.
    let with_port = |text: &str| text.replace("PORT", "8080");
    let mut numbers = Numbers::default();
    let mut exchanges = recording.exchanges.iter();
    for request in &description.requests {
        let mut exchange = exchanges.next().expect("an exchange for each request");
        let url = put_variables(&request.url, &state.globals).expect("short");
        let url = WireUrl::encode(&with_port(&url));
        let target: String = url
            .expect("encodable")
            .target()
            .iter()
            .map(|byte| char::from(*byte))
            .collect();
        assert_eq!(
            target,
            with_port(&exchange.request.target),
            "{name}, request {}",
            request.number
        );
        while exchange
            .response
            .as_ref()
            .is_some_and(|response| response.status == 302)
        {
            exchange = exchanges.next().expect("what the redirect leads to");
        }
        let answer = match &exchange.response {
            Some(response) => Answer {
                status: Some(response.status),
                body: &response.body.clone().into(),
            },
            None => Answer {
                status: None,
                body: &Body::default(),
            },
        };
        let evaluation = run_script(&description, request, answer, &mut state);
        numbers.requests += 1;
        numbers.request_errors += usize::from(exchange.response.is_none());
        numbers.script_errors += usize::from(evaluation.script_error.is_some());
        for assertion in &evaluation.assertions {
            numbers.assertions += assertion.executed;
            numbers.failed_assertions += assertion.failed;
            let counted: usize = assertion.failures.iter().map(|failure| failure.count).sum();
            assert_eq!(counted, assertion.failed, "{name}: {}", assertion.name);
        }
    }
    numbers.failed = numbers.failed_assertions + numbers.script_errors + numbers.request_errors;
    numbers
}

#[test]
fn the_scripts_count_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let mut differing = Vec::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).expect("recordings") {
        let path = entry.expect("an entry").path();
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let text = std::fs::read_to_string(&path).expect("readable");
        let recording: Recording = serde_json::from_str(&text).expect("a recording");
        let numbers = replay(&name, &recording);
        if numbers != recording.official {
            differing.push(format!(
                "{name}: {numbers:?} and not {:?}",
                recording.official
            ));
        }
        count += 1;
    }
    assert_eq!(differing, Vec::<String>::new());
    assert_eq!(count, 51);
}

/// A kit of the folder beside the project, as a description.
fn described(kit: &serde_json::Value) -> Description {
    let mut requests = kit["requests"].as_array().cloned().expect("requests");
    let url = requests[0]["url"].as_str().expect("a URL").to_owned();
    for (request, number) in requests.iter_mut().zip(1..) {
        request["number"] = json!(number);
        request.as_object_mut().expect("an object").remove("body");
    }
    let description = json!({
        "edition": kit["kit"],
        "baseVariable": url[2..].split("}}").next(),
        "headers": [],
        "listLimit": 1000,
        "requests": requests,
    });
    Description::read(&description.to_string()).expect("readable")
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that was skipped must say so")]
fn other_kits_count_as_newman_did() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/kits");
    let Ok(runs) = std::fs::read_dir(folder.join("runs")) else {
        eprintln!("skipped: there is no ../shared/kits/runs");
        return;
    };
    let read = |path: &Path| -> serde_json::Value {
        let text = std::fs::read_to_string(path).expect("readable");
        serde_json::from_str(&text).expect("JSON")
    };
    let (mut differing, mut count) = (Vec::new(), 0);
    for run in runs {
        let path = run.expect("an entry").path();
        let run = read(&path);
        let name = run["kit"].as_str().expect("a name");
        let kit = described(&read(&folder.join(format!("{name}.json"))));
        let mut state = State::default();
        let executions = run["executions"].as_array().expect("executions");
        assert_eq!(executions.len(), kit.requests.len(), "{}", path.display());
        for (request, execution) in kit.requests.iter().zip(executions) {
            let body = execution["body"].as_str().unwrap_or_default().to_owned();
            let status = execution["status"]
                .as_u64()
                .map(|status| u16::try_from(status).expect("a status"));
            let body = Body::from(body);
            let answer = Answer {
                status,
                body: &body,
            };
            let evaluation = run_script(&kit, request, answer, &mut state);
            let (assertions, failed) = counts(&evaluation);
            let errors = usize::from(evaluation.script_error.is_some());
            let ours = json!([assertions, failed, errors]);
            let theirs = json!([
                execution["assertions"],
                execution["failed"],
                execution["scriptErrors"]
            ]);
            if ours != theirs {
                differing.push(format!(
                    "{}, request {} {}: {ours} and not {theirs}",
                    path.display(),
                    request.number,
                    request.name
                ));
            }
        }
        count += 1;
    }
    assert_eq!(differing, Vec::<String>::new());
    assert!(count > 0);
}

/// What the script of a request says of a body, after two records have been created.
fn judged(number: usize, status: u16, text: &str) -> Evaluation {
    judged_in(number, status, text, &mut created())
}

#[test]
fn values_beyond_the_room_for_them_count_as_missing_and_are_counted() {
    let description = edition();
    let request = &description.requests[2];
    // The value with an escape stands elsewhere in the text: only who looks for it knows.
    let body = Body::from(r#"[{"href":"a\/b","id":"1"},{"id":"a/b"}]"#);
    let judged = |room: usize| {
        let answer = Answer {
            status: Some(200),
            body: &body,
        };
        let mut state = State::default();
        let mut run = Run::new(&description, request, answer, &mut state);
        run.room = room;
        let evaluation = run.finish();
        let missing = evaluation.assertions.iter().find(|assertion| {
            assertion.kind == AssertionKind::Includes
                && assertion.attribute.as_deref() == Some("href")
        });
        let missing = missing.map_or(0, |assertion| assertion.failed);
        (evaluation.not_looked_for, missing)
    };
    let (none, exact) = judged(1 << 20);
    let (all, guessed) = judged(0);
    assert_eq!((none, exact), (0, 1));
    // Of each record direction and reason, and of one or the other the href.
    assert_eq!((all, guessed), (6, 2));
}

fn judged_in(number: usize, status: u16, text: &str, state: &mut State) -> Evaluation {
    let description = edition();
    let body = Body::from(text.to_owned());
    let answer = Answer {
        status: Some(status),
        body: &body,
    };
    run_script(
        &description,
        &description.requests[number - 1],
        answer,
        state,
    )
}

fn created() -> State {
    let mut state = State::default();
    judged_in(1, 201, &record("a"), &mut state);
    judged_in(2, 201, &record("b"), &mut state);
    state
}

fn record(id: &str) -> String {
    format!(r#"{{"channel":[],"direction":"in","href":"/{id}","id":"{id}","reason":"r"}}"#)
}

fn list(ids: &[&str]) -> String {
    let records: Vec<String> = ids.iter().map(|id| record(id)).collect();
    format!("[{}]", records.join(","))
}

fn counts(evaluation: &Evaluation) -> (usize, usize) {
    let assertions = &evaluation.assertions;
    (
        assertions.iter().map(|assertion| assertion.executed).sum(),
        assertions.iter().map(|assertion| assertion.failed).sum(),
    )
}

fn named<'a>(evaluation: &'a Evaluation, name: &str) -> &'a Assertion {
    let found = evaluation
        .assertions
        .iter()
        .find(|assertion| assertion.name == name);
    found.unwrap_or_else(|| panic!("no assertion {name:?}"))
}

#[test]
fn assertions_bear_the_kits_own_names() {
    let evaluation = judged(4, 200, &record("a"));
    let names: Vec<&str> = evaluation
        .assertions
        .iter()
        .map(|assertion| assertion.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "Status code is 200",
            "Instance has all mandatory attributes",
            "Response has channel attribute",
            "Response has direction attribute",
            "Response has href attribute",
            "Response has id attribute",
            "Response has reason attribute",
            "Body includes value held on direction",
            "Body includes value held on href",
            "Body includes value held on id",
            "Body includes value held on reason",
            "direction is in",
            "href is /a",
            "id is a",
            "reason is r",
        ]
    );
    let other = judged(4, 200, &record("b"));
    assert_eq!(
        named(&other, "IDPI02 not expected on this test").executed,
        1
    );
    assert_eq!(other.seen, [2]);
    let array = judged(1, 201, "[{}]");
    assert_eq!(named(&array, "Array not expected as response").failed, 1);
}

#[test]
fn a_null_ends_the_script_and_what_was_counted_stays() {
    let text = format!("[{},null,{}]", record("a"), record("b"));
    let evaluation = judged(3, 200, &text);
    // The status, ten and four for the first record, ten failed ones for null.
    assert_eq!(counts(&evaluation), (25, 10));
    assert!(
        evaluation
            .script_error
            .is_some_and(|error| error.contains("element 1"))
    );
    assert_eq!(counts(&judged(3, 200, "null")), (1, 0));
    assert_eq!(counts(&judged(1, 201, "null")), (0, 0));
}

#[test]
fn an_error_behind_the_last_element_leaves_the_status_alone() {
    let text = list(&["a", "b"]).replace("}]", "}");
    let evaluation = judged(3, 200, &text);
    assert_eq!(counts(&evaluation), (1, 0));
    assert_eq!(evaluation.seen, Vec::<usize>::new());
    assert!(
        evaluation
            .script_error
            .is_some_and(|error| error.contains("not JSON"))
    );
}

#[test]
fn a_failure_says_what_was_expected_and_what_came() {
    let text = record("a").replace(r#""reason":"r""#, r#""reason":15e-1"#);
    let evaluation = judged(4, 206, &text);
    let failure = |name| &named(&evaluation, name).failures[0];
    let status = failure("Status code is 200");
    assert_eq!(
        (&status.expected, &status.examples[0].actual),
        (&json!(200), &json!(206))
    );
    let reason = failure("Response has reason attribute");
    assert_eq!(
        (&reason.expected, &reason.examples[0].actual),
        (&json!("string"), &json!("number"))
    );
    assert_eq!(reason.message, "`reason` is of type number, not string");
    assert_eq!(reason.examples[0].id.as_deref(), Some("a"));
    let body = failure("Body includes value held on reason");
    assert_eq!((body.expected.as_str(), body.escaped), (Some("1.5"), false));
    let missing = judged(4, 200, r#"{"id":"a"}"#);
    let mandatory = &named(&missing, "Instance has all mandatory attributes").failures[0];
    assert_eq!(
        mandatory.message,
        "`channel`, `direction`, `href`, `reason` missing"
    );
}

#[test]
fn values_count_as_included_wherever_they_stand_in_the_body() {
    // 15e-1 is 1.5 to a script, and so is a text that happens to hold it.
    let text = r#"{"channel":[],"direction":"v1.5","href":"\u0061b","id":"ab","reason":15e-1}"#;
    let evaluation = judged(4, 200, text);
    assert_eq!(
        named(&evaluation, "Body includes value held on reason").failed,
        0
    );
    assert_eq!(
        named(&evaluation, "Body includes value held on href").failed,
        0
    );
    let undefined = judged(4, 200, r#"{"note":"undefined"}"#);
    assert_eq!(
        named(&undefined, "Body includes value held on id").failed,
        0
    );
}

#[test]
fn an_empty_list_is_blamed_as_such() {
    let evaluation = judged(7, 200, "[]");
    assert_eq!(counts(&evaluation), (11, 10));
    let mandatory = named(&evaluation, "Instance has all mandatory attributes");
    assert_eq!(
        mandatory.requirements,
        ["TMF683-4-CTK-019", "TMF683-4-CTK-015"]
    );
    assert_eq!(mandatory.failures[0].message, "the list is empty");
    let full = judged(3, 200, &list(&["a"]));
    let mandatory = named(&full, "Instance has all mandatory attributes");
    assert_eq!(mandatory.requirements, ["TMF683-4-CTK-013"]);
}

#[test]
fn some_of_many_failures_are_shown_and_all_are_counted() {
    let old: Vec<String> = (0..5000)
        .map(|n| format!(r#"{{"id":"old-{n}"}}"#))
        .collect();
    let text = format!("[{},{}]", old.join(","), record("a"));
    let evaluation = judged(3, 200, &text);
    let reason = named(&evaluation, "Response has reason attribute");
    assert_eq!((reason.executed, reason.failed), (5001, 5000));
    let failure = &reason.failures[0];
    assert_eq!(
        (failure.count, failure.examples.len(), failure.origin),
        (5000, 20, Origin::Older)
    );
    assert_eq!(failure.examples[19].index, Some(19));
    assert_eq!(evaluation.elements, Some(5001));
}

#[test]
fn nobody_is_an_older_record_while_an_own_id_is_unknown() {
    let mut state = created();
    judged_in(2, 201, "<html>", &mut state);
    let evaluation = judged_in(3, 200, r#"[{"id":"old"}]"#, &mut state);
    let mandatory = named(&evaluation, "Instance has all mandatory attributes");
    assert_eq!(mandatory.failures[0].origin, Origin::Unclear);
}

#[test]
fn a_create_that_was_refused_made_no_record() {
    let mut state = State::default();
    judged_in(1, 400, &record("a"), &mut state);
    judged_in(2, 201, &record("b"), &mut state);
    assert_eq!(state.created, [(2, Value::Text("b".into()))]);
    assert!(!state.unknown_record);
}
