//! The replay reads bodies as the kit's scripts do, whatever stands in them.

use proptest::prelude::*;
use tmfctk::evidence::Body;
use tmfctk::kit::{Answer, Description, State, run_script};

use super::near::{cases, compressed_body, corpus, json, nearly_text};

const EDITION: &str = include_str!("../../../schemas/tmf683/v4.0.0/official-kit-2021-04-15.json");

/// Runs all scripts of the kit over one body, one after the other, and returns for each how many
/// elements it saw, whether it ended early, and how many assertions failed.
fn scripts(text: &str, status: Option<u16>) -> Vec<(Option<usize>, bool, usize)> {
    let plain = scripts_over(&text.to_owned().into(), status, text);
    let compressed = scripts_over(&compressed_body(text.as_bytes()), status, text);
    assert_eq!(plain, compressed, "{text}");
    plain
}

fn scripts_over(body: &Body, status: Option<u16>, text: &str) -> Vec<(Option<usize>, bool, usize)> {
    let kit = Description::read(EDITION).unwrap();
    let mut state = State::default();
    let answer = Answer { status, body };
    let runs = kit.requests.iter().map(|request| {
        let run = run_script(&kit, request, answer, &mut state);
        let failed: usize = run.assertions.iter().map(|one| one.failed).sum();
        let executed: usize = run.assertions.iter().map(|one| one.executed).sum();
        assert!(failed <= executed, "{text}");
        (run.elements, run.script_error.is_some(), failed)
    });
    runs.collect()
}

fn holds(text: &str) {
    let first = scripts(text, Some(200));
    assert_eq!(first, scripts(text, Some(200)), "{text}");
    if serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok() {
        // Blanks around it are not part of JSON.
        let padded = format!(" \n{text}\t ");
        let ended: Vec<bool> = scripts(&padded, Some(200))
            .iter()
            .map(|run| run.1)
            .collect();
        assert_eq!(
            ended,
            first.iter().map(|run| run.1).collect::<Vec<_>>(),
            "{text}"
        );
    }
}

#[test]
fn the_corpus() {
    for bytes in corpus("bodies") {
        holds(&String::from_utf8_lossy(&bytes));
    }
}

proptest! {
    #![proptest_config(cases(250))]

    #[test]
    fn no_body_stops_it_and_the_same_one_counts_the_same(text in nearly_text("bodies")) {
        holds(&text);
    }

    #[test]
    fn each_element_of_a_list_is_seen(elements in proptest::collection::vec(json(), 1..9)) {
        let text = serde_json::Value::from(elements.clone()).to_string();
        for (seen, ended, _) in scripts(&text, Some(200)) {
            prop_assert!(seen.is_none_or(|seen| seen == elements.len()), "{}", text);
            // A script can read no attribute of null, and ends there.
            let null = elements.iter().any(serde_json::Value::is_null);
            prop_assert!(!ended || null || seen.is_none(), "{}", text);
        }
    }
}
