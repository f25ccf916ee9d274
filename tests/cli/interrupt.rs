//! Ctrl-C and SIGTERM: what was created is cleaned up, the reports hold what was done and say so.

use std::collections::BTreeSet;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};

use serde_json::{Value, json};

use crate::colleagues::all;
use crate::support::BASE;
use crate::support::binary::{Folder, wait};
use crate::support::reference::Reference;
use crate::support::server::{Answer, PATIENCE, Request, Server, between};

pub(crate) fn send(signal: &str, child: &Child) {
    let done = Command::new("sh")
        .args(["-c", &format!("kill -{signal} {}", child.id())])
        .status();
    assert!(done.expect("a shell").success());
}

/// A record as these servers make it, whatever was sent.
fn record(id: &str) -> Value {
    json!({ "id": id, "href": "h", "channel": [], "direction": "d", "reason": "r" })
}

/// The id of the record that is asked for.
fn asked_for(request: &Request) -> Option<&str> {
    let (_, id) = request
        .path()
        .split_once("/partyInteraction/v4/partyInteraction/")?;
    Some(id).filter(|_| request.method == "GET")
}

fn shown(id: &str, gone: bool) -> Answer {
    match gone {
        false => Answer::json(200, &record(id)),
        true => Answer::json(404, &json!({ "code": "1", "reason": "none" })),
    }
}

/// Creates what it is asked to, fails to list it, and leaves the fourth request without an answer.
pub(crate) fn slow() -> (Server, mpsc::Receiver<()>, Arc<Mutex<Vec<String>>>) {
    let (reached, fourth) = mpsc::channel();
    let deleted = Arc::new(Mutex::new(Vec::new()));
    let gone = Arc::clone(&deleted);
    let server = Server::start(move |request, number| match request.method.as_str() {
        "POST" => Answer::json(
            201,
            &json!({ "id": format!("r{number}"), "href": "h", "channel": [], "direction": "d", "reason": "r" }),
        ),
        "DELETE" => {
            let id = request.target.rsplit('/').next().unwrap_or_default();
            gone.lock().expect("unpoisoned").push(id.to_owned());
            Answer::new(204, "application/json", "")
        }
        _ if number == 3 => {
            let _ = reached.send(());
            Answer::Hang
        }
        _ if asked_for(request).is_some() => {
            let id = asked_for(request).unwrap_or_default();
            shown(
                id,
                gone.lock().expect("unpoisoned").iter().any(|one| one == id),
            )
        }
        _ => Answer::json(500, &json!({ "code": "1", "reason": "r" })),
    });
    (server, fourth, deleted)
}

fn interrupted_by(signal: &str) {
    let (server, fourth, deleted) = slow();
    let folder = Folder::default();
    let child = folder.start(&[
        "run",
        &server.url(BASE),
        "--timeout",
        "600",
        "--kit-timeout",
        "600",
    ]);
    fourth.recv_timeout(PATIENCE).expect("a fourth request");
    send(signal, &child);
    let done = wait(child);
    let done = done.assert_code(130).assert_output(&["interrupted"]);
    assert_eq!(done.stderr, "", "{done:#?}");

    let result = folder.result();
    assert_eq!(result["run"]["interrupted"], true);
    assert_eq!(result["officialKit"]["wouldPass"], json!(null));
    assert_eq!(result["officialKit"]["requests"], 3);
    // What had failed by then is reported, and predicts nothing.
    assert_ne!(result["officialKit"]["failedAssertions"], 0);
    assert_eq!(result["levels"][0]["verdict"], "inconclusive");
    let mut deleted = deleted.lock().expect("unpoisoned").clone();
    deleted.sort();
    assert_eq!(deleted, ["r0", "r1"]);
    for record in result["created"].as_array().expect("a list") {
        assert_eq!(record["deleted"], true, "{record}");
    }
    for name in ["report.html", "junit.xml"] {
        assert!(folder.path("reports/latest").join(name).is_file(), "{name}");
    }
}

#[test]
fn ctrl_c_ends_a_run_in_order() {
    interrupted_by("INT");
}

#[test]
fn a_polite_kill_ends_a_run_in_order() {
    interrupted_by("TERM");
}

#[test]
fn whoever_insists_need_not_wait_for_the_cleanup() {
    // Nothing is answered any more once a record is to be deleted.
    let (reached, reaching) = mpsc::channel();
    let reached = Mutex::new(reached);
    let stuck = AtomicBool::new(false);
    let server = Server::start(move |request, number| {
        if stuck.load(Ordering::SeqCst)
            && let Some(id) = asked_for(request)
        {
            return shown(id, false);
        }
        if request.method == "POST" && number < 2 {
            return Answer::json(
                201,
                &json!({ "id": format!("r{number}"), "href": "h", "channel": [], "direction": "d", "reason": "r" }),
            );
        }
        let word = if request.method == "DELETE" {
            "delete"
        } else {
            "read"
        };
        if word == "delete" || !stuck.swap(true, Ordering::SeqCst) {
            let _ = reached.lock().expect("unpoisoned").send(word);
        }
        Answer::Hang
    });
    let folder = Folder::default();
    let child = folder.start(&[
        "run",
        &server.url(BASE),
        "--timeout",
        "600",
        "--kit-timeout",
        "600",
    ]);
    assert_eq!(reaching.recv_timeout(PATIENCE), Ok("read"));
    send("INT", &child);
    assert_eq!(reaching.recv_timeout(PATIENCE), Ok("delete"));
    send("INT", &child);
    let done = wait(child).assert_code(130);
    let result = folder.result();
    assert_eq!(result["run"]["interrupted"], true, "{done:#?}");
    for record in result["created"].as_array().expect("a list") {
        assert_eq!(record["deleted"], false, "{record}");
        assert!(record["reason"].is_string(), "{record}");
    }
}

/// Answers creates from the given one on only when asked to, and says which it made and removed.
fn holding_back(from: usize) -> (Server, mpsc::Receiver<()>, Arc<Gate>, Arc<Mutex<Records>>) {
    let (reached, reaching) = mpsc::channel();
    let gate = Arc::new(Gate::default());
    let records = Arc::new(Mutex::new(Records::default()));
    let (held, kept) = (Arc::clone(&gate), Arc::clone(&records));
    let server = Server::start(move |request, number| match request.method.as_str() {
        "POST" => {
            if number >= from {
                let _ = reached.send(());
                held.wait();
            }
            let id = format!("r{number}");
            let answer = record(&id);
            kept.lock().expect("unpoisoned").made.insert(id);
            Answer::json(201, &answer)
        }
        "DELETE" => {
            let id = request.target.rsplit('/').next().unwrap_or_default();
            kept.lock()
                .expect("unpoisoned")
                .removed
                .insert(id.to_owned());
            Answer::new(204, "application/json", "")
        }
        _ => match asked_for(request) {
            Some(id) => {
                let kept = kept.lock().expect("unpoisoned");
                shown(id, !kept.made.contains(id) || kept.removed.contains(id))
            }
            None => Answer::json(200, &json!([])),
        },
    });
    (server, reaching, gate, records)
}

#[derive(Default)]
struct Records {
    made: BTreeSet<String>,
    removed: BTreeSet<String>,
}

#[derive(Default)]
struct Gate(Mutex<bool>, Condvar);

impl Gate {
    fn open(&self) {
        *self.0.lock().expect("unpoisoned") = true;
        self.1.notify_all();
    }

    fn wait(&self) {
        let open = self.0.lock().expect("unpoisoned");
        drop(self.1.wait_while(open, |open| !*open));
    }
}

fn nothing_is_left_of_creates_under_way(from: usize) {
    let (server, reaching, gate, records) = holding_back(from);
    let folder = Folder::default();
    let child = folder.start(&[
        "run",
        &server.url(BASE),
        "--timeout",
        "600",
        "--kit-timeout",
        "600",
    ]);
    reaching.recv_timeout(PATIENCE).expect("a create");
    send("INT", &child);
    gate.open();
    wait(child).assert_code(130);
    let records = records.lock().expect("unpoisoned");
    assert!(!records.made.is_empty());
    assert_eq!(records.made, records.removed);
    let told: BTreeSet<String> = folder.result()["created"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|record| record["id"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(told, records.made);
}

#[test]
fn a_create_of_the_replay_that_is_under_way_is_cleaned_up() {
    nothing_is_left_of_creates_under_way(0);
}

#[test]
fn creates_side_by_side_that_are_under_way_are_cleaned_up() {
    // The replay has 18 requests.
    nothing_is_left_of_creates_under_way(18);
}

/// Registers listeners, and leaves questions without an answer once there is a second one: the
/// first is that of the question whether the target has a hub at all.
fn with_a_hub() -> (Server, mpsc::Receiver<()>, Arc<Mutex<Records>>) {
    let (reached, reaching) = mpsc::channel();
    let listeners = Arc::new(Mutex::new(Records::default()));
    let known = Arc::clone(&listeners);
    let server = Server::start(move |request, number| {
        let mut known = known.lock().expect("unpoisoned");
        let of_the_hub = request.target.contains("/hub");
        match request.method.as_str() {
            "DELETE" => {
                if let Some((_, id)) = request.target.split_once("/hub/") {
                    known.removed.insert(id.to_owned());
                }
                Answer::new(204, "application/json", "")
            }
            "POST" if of_the_hub => {
                let id = format!("h{number}");
                known.made.insert(id.clone());
                if known.made.len() > 1 {
                    let _ = reached.send(());
                }
                Answer::json(201, &json!({ "id": id, "callback": "http://127.0.0.1/" }))
            }
            "POST" => Answer::json(
                201,
                &json!({ "id": format!("r{number}"), "href": "h", "channel": [], "direction": "d", "reason": "r" }),
            ),
            _ if asked_for(request).is_some() => {
                shown(asked_for(request).unwrap_or_default(), false)
            }
            _ if known.made.len() > 1 && known.removed.len() < known.made.len() => Answer::Hang,
            _ => Answer::json(200, &json!([])),
        }
    });
    (server, reaching, listeners)
}

#[test]
fn listeners_are_removed_when_a_run_is_broken_off() {
    let (server, reaching, listeners) = with_a_hub();
    let folder = Folder::default();
    let child = folder.start(&[
        "run",
        &server.url(BASE),
        "--timeout",
        "600",
        "--kit-timeout",
        "600",
    ]);
    reaching.recv_timeout(PATIENCE).expect("a second listener");
    send("INT", &child);
    wait(child).assert_code(130);
    let listeners = listeners.lock().expect("unpoisoned");
    assert_eq!(listeners.made, listeners.removed);
    for listener in folder.result()["subscriptions"].as_array().expect("a list") {
        assert_eq!(listener["removed"], true, "{listener}");
    }
}

#[test]
fn a_polite_kill_ends_a_run_at_every_moment_though_a_create_gets_no_answer() {
    for moment in [0, 4, 12, 18, 21, 60, 200, 500, 800] {
        let reference = Reference::clean();
        let base = reference.base_url().to_owned();
        let (tell, reached) = mpsc::channel();
        let (asked, tell) = (AtomicUsize::new(0), Mutex::new(tell));
        let hung = AtomicBool::new(false);
        let target = between(&base, move |request| {
            let number = asked.fetch_add(1, Ordering::SeqCst);
            let hangs = number >= moment && request.method == "POST";
            (hangs && !hung.swap(true, Ordering::SeqCst)).then(|| {
                let _ = tell.lock().expect("unpoisoned").send(());
                Answer::Hang
            })
        });
        let folder = Folder::default();
        let url = target.url(BASE);
        let limits = ["--timeout", "600", "--kit-timeout", "600"];
        let run = ["run", &url, "--level", "operations"];
        let child = folder.start(&[&run[..], &limits[..]].concat());
        reached.recv_timeout(PATIENCE).expect("a create");
        send("TERM", &child);
        let done = wait(child).assert_code(130);
        let result = folder.result();
        assert_eq!(result["run"]["interrupted"], true, "{moment} {done:#?}");
        assert_eq!(result["run"].get("left"), None, "{moment} {done:#?}");
        assert_eq!(all(&base).len(), 0, "{moment} {done:#?}");
    }
}
