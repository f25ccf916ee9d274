//! The doctor's lines: what was looked at, what came of it, what to do. It changes nothing.

use crate::support::BASE;
use crate::support::binary::{Done, Folder};
use crate::support::reference::Reference;
use crate::support::server::{Answer, Server, unused_port};

fn doctor(folder: &Folder, url: &str) -> Done {
    folder.run(&["doctor", url])
}

/// A server whose collection answers that; nothing else is there.
fn collection(answer: impl Fn() -> Answer + Send + Sync + 'static) -> Server {
    let path = format!("{BASE}/partyInteraction");
    Server::start(move |request, _| {
        if request.method == "GET" && request.path() == path {
            answer()
        } else {
            Answer::html(404)
        }
    })
}

#[test]
fn a_target_in_order_is_told_line_by_line_and_not_touched() {
    let server = Reference::clean();
    let folder = Folder::default();
    let done = doctor(&folder, server.base_url())
        .assert_code(0)
        .assert_output(&[
            "configuration",
            "payload",
            "127.0.0.1",
            "like the API",
            "reading is allowed",
            "0 records",
            "PATCH",
            "DELETE",
            "hub",
            "is reached from here",
        ]);
    assert!(!done.stdout.contains("wrong"), "{done:#?}");
    assert!(crate::support::list(server.base_url()).is_empty());
    assert!(folder.files().is_empty(), "it writes nothing");
}

#[test]
fn obstacles_are_reported_with_advice() {
    let folder = Folder::default();
    let server = Reference::clean();
    let wrong = server.base_url().replace("/tmf-api", "");
    doctor(&folder, &wrong).assert_code(1).assert_output(&[
        "wrong",
        "base path",
        "probably you mean",
        server.base_url(),
        // Whoever finds nothing was not let in.
        "unknown authentication",
    ]);
    let locked = collection(|| Answer::html(401).with_header("WWW-Authenticate", "Bearer"));
    doctor(&folder, &locked.url(BASE))
        .assert_code(1)
        .assert_output(&[
            "GET answers 401, it wants Bearer",
            "this looks like configuration, not conformance",
        ]);
    assert!(
        locked
            .requests()
            .iter()
            .all(|one| ["GET", "OPTIONS"].contains(&one.method.as_str()))
    );
    let fresh = collection(|| {
        Answer::new(200, "application/json", "[]")
            .with_header("Date", "Wed, 21 Oct 2015 07:28:00 GMT")
            .with_header("X-RateLimit-Limit", "60")
    });
    doctor(&folder, &fresh.url(BASE))
        .assert_code(0)
        .assert_output(&["behind the one here", "x-ratelimit-limit: 60", "--rate"]);
}

#[test]
fn a_target_that_is_not_there_is_told_by_the_step_that_fails() {
    let folder = Folder::default();
    let port = unused_port();
    doctor(&folder, &format!("http://127.0.0.1:{port}/x"))
        .assert_code(3)
        .assert_output(&["connection", "refused", "is the server started", "unknown"]);
    doctor(&folder, "http://no-such-host.invalid/x")
        .assert_code(3)
        .assert_output(&["no-such-host.invalid does not resolve", "spelt right"]);
    let silent = Server::start(|_, _| Answer::Close);
    doctor(&folder, &silent.url(BASE))
        .assert_code(3)
        .assert_output(&["connection", "answer", "wrong"]);
}

#[test]
fn a_wrong_configuration_is_told_before_any_request() {
    let folder = Folder::default();
    let server = Server::untouched();
    folder.write("payload.json", r#"{"reason": "r"}"#);
    folder
        .run(&["doctor", &server.url(BASE), "--payload", "payload.json"])
        .assert_code(2)
        .assert_error(&["payload.json", "channel"]);
    assert_eq!(server.connections(), 0);
    let server = Reference::clean();
    let payload = r#"{"channel":[{"id":"c"}],"direction":"d","reason":"r","description":7}"#;
    folder.write("payload.json", payload);
    folder
        .run(&["doctor", server.base_url(), "--payload", "payload.json"])
        .assert_code(0)
        .assert_output(&["advice", "`/description`", "published schema"]);
}

#[test]
fn programs_read_the_same_as_json() {
    let server = Reference::clean();
    let folder = Folder::default();
    let done = folder
        .run(&["doctor", server.base_url(), "--format", "json"])
        .assert_code(0);
    let preflight: serde_json::Value = serde_json::from_str(&done.stdout).unwrap();
    assert_eq!(preflight["reachable"], true);
    let lines = preflight["lines"].as_array().unwrap();
    assert!(
        lines
            .iter()
            .all(|line| line["what"].is_string() && line["result"].is_string())
    );
    assert!(
        lines.iter().all(|line| line["outcome"] == "good"),
        "{lines:#?}"
    );
}

#[test]
fn a_run_tells_a_clock_that_differs() {
    let server = collection(|| {
        Answer::new(200, "application/json", "[]")
            .with_header("Date", "Wed, 21 Oct 2015 07:28:00 GMT")
    });
    let folder = Folder::default();
    let url = server.url(BASE);
    folder
        .run(&["run", &url, "--level", "certification"])
        .assert_code(1);
    let notes = folder.result()["notes"].to_string();
    assert!(notes.contains("clock: the target's is"), "{notes}");
}
