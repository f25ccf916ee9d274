//! The scripts against the recorded answers, without a network, and what the recordings leave out.

use std::path::Path;

use serde::Deserialize;

use super::super::description::tests::EDITION;
use super::super::url::{WireUrl, put_variables};
use super::*;

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
        let url = WireUrl::encode(&with_port(&put_variables(&request.url, &state.globals)));
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
                text: response.body.trim_start_matches('\u{feff}'),
            },
            None => Answer {
                status: None,
                text: "",
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
