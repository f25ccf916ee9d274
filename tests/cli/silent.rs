//! A target that stops answering, and the limits of a run as a whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::BASE;
use crate::support::binary::Folder;
use crate::support::reference::Reference;
use crate::support::server::{Answer, Server, between};

fn reason_of_all_that_is_left(result: &Value) -> Vec<String> {
    let scenarios = result["scenarios"].as_array().expect("scenarios");
    let mut reasons: Vec<String> = scenarios
        .iter()
        .filter(|scenario| scenario["level"] != "certification")
        .filter_map(|scenario| scenario["reason"].as_str().map(str::to_owned))
        .collect();
    reasons.sort();
    reasons.dedup();
    reasons
}

#[test]
fn a_target_that_never_answers_is_asked_a_few_times() {
    let server = Server::start(|_, _| Answer::Hang);
    let folder = Folder::default();
    folder
        .run(&[
            "run",
            &server.url(BASE),
            "--timeout",
            "0.05",
            "--kit-timeout",
            "0.1",
        ])
        .assert_code(3)
        .assert_output(&["INCONCLUSIVE", "--kit-timeout"]);
    // One request of the replay, which waits for long, and one that asks whether anything is there.
    assert_eq!(server.requests().len(), 2);
    let result = folder.result();
    assert_eq!(result["officialKit"]["wouldPass"], json!(null));
    assert_eq!(result["findings"], json!([]));
}

#[test]
fn a_slow_first_answer_is_a_pass_for_the_kit_which_has_no_time_limit() {
    let reference = Reference::clean();
    let is_first = AtomicBool::new(true);
    let server = between(reference.base_url(), move |_| {
        if is_first.swap(false, Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(400));
        }
        None
    });
    let folder = Folder::default();
    let url = server.url(BASE);
    let run = ["run", &url, "--level", "certification", "--timeout", "0.2"];
    folder.run(&run).assert_code(0);
    let kit = &folder.result()["officialKit"];
    assert_eq!(
        (&kit["wouldPass"], &kit["failed"]),
        (&json!(true), &json!(0))
    );
    assert_eq!(kit["exact"], Value::Null);
    // A limit of ours that ends the waiting leaves the numbers a guess.
    let server = between(reference.base_url(), |request| {
        request
            .target
            .contains("?direction=")
            .then_some(Answer::Hang)
    });
    let url = server.url(BASE);
    let run = ["run", &url, "--level", "certification"];
    folder.run(&[&run[..], &["--kit-timeout", "0.2"]].concat());
    assert_eq!(folder.result()["officialKit"]["exact"], json!(false));
}

#[test]
fn a_target_that_stops_answering_is_given_up_and_what_is_left_is_undecided() {
    for stalls in [false, true] {
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let server = Server::start(move |request, number| {
            counted.fetch_add(1, Ordering::SeqCst);
            match (request.method.as_str(), number) {
                (_, 60..) if stalls => {
                    Answer::Stall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[".to_vec())
                }
                (_, 60..) => Answer::Hang,
                ("POST", _) => {
                    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
                    let mut body = if body.is_object() { body } else { json!({}) };
                    body["id"] = json!(format!("r{number}"));
                    body["href"] = json!(format!("/r{number}"));
                    Answer::json(201, &body)
                }
                _ => Answer::json(200, &json!([])),
            }
        });
        let folder = Folder::default();
        let url = server.url(BASE);
        let done = folder.run(&[
            "run",
            &url,
            "--timeout",
            "0.2",
            "--kit-timeout",
            "0.2",
            "--no-events",
        ]);
        done.assert_output(&["stopped answering"]);
        let most = 60 + 3 + 8 + 11 + 3;
        assert!(asked.load(Ordering::SeqCst) <= most, "asked on and on");
        let reasons = reason_of_all_that_is_left(&folder.result());
        assert!(
            reasons
                .iter()
                .any(|reason| reason.contains("the target stopped answering")),
            "{reasons:?}"
        );
    }
}

#[test]
fn a_target_that_stalls_at_some_requests_only_is_not_given_up() {
    let server = Server::start(|request, number| {
        match (request.method.as_str(), request.target.contains('?')) {
            (_, true) => Answer::Hang,
            ("POST", _) => {
                let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
                let mut body = if body.is_object() { body } else { json!({}) };
                body["id"] = json!(format!("r{number}"));
                Answer::json(201, &body)
            }
            _ => Answer::json(200, &json!([])),
        }
    });
    let folder = Folder::default();
    let url = server.url(BASE);
    let done = folder.run(&[
        "run",
        &url,
        "--timeout",
        "0.1",
        "--kit-timeout",
        "0.1",
        "--level",
        "profile",
    ]);
    let done = done.assert_code(1);
    assert!(!done.stdout.contains("stopped answering"), "{done:#?}");
}

#[test]
fn the_limits_of_a_run_end_it_and_it_still_cleans_up() {
    for (option, value, most) in [
        ("--max-exchanges", "50", 50),
        ("--max-writes", "5", 1000),
        ("--max-time", "0.000001", 1),
    ] {
        let server = Reference::clean();
        let folder = Folder::default();
        let url = server.base_url();
        folder
            .run(&["run", url, option, value, "--quiet"])
            .assert_code(3);
        let result = folder.result();
        let notes = result["notes"].to_string();
        assert!(notes.contains("the run ended early"), "{notes}");
        assert!(notes.contains(option), "{notes}");
        let sent = result["exchanges"].as_array().expect("exchanges");
        let sent = sent
            .iter()
            .filter(|exchange| exchange["request"]["method"] != "DELETE");
        let left = result["created"].as_array().expect("created");
        // Cleaning up reads each record before it deletes it, and the collection after that.
        assert!(sent.count() <= most + left.len() + 1, "{option}");
        assert!(left.iter().all(|record| record["deleted"] == true));
        let repeat = result["run"]["repeat"].as_str().expect("a command");
        assert!(repeat.contains(&format!("{option} {value}")), "{repeat}");
    }
}

#[test]
fn a_limit_that_is_none_is_a_usage_error() {
    for (option, value) in [
        ("--max-exchanges", "0"),
        ("--max-writes", "0"),
        ("--max-time", "-1"),
        ("--parse-bytes", "0"),
    ] {
        let argument = format!("{option}={value}");
        Folder::default()
            .run(&["run", "--reference", &argument])
            .assert_code(2)
            .assert_error(&[option.trim_start_matches('-'), "above 0"]);
    }
}
