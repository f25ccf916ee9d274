//! Others work at the same target: what has the id of a record of the run is not the run's for that,
//! and what the report says of cleaning up is what is there.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use serde_json::{Value, json};
use tmfctk::reference::Options;

use crate::clean::journals;
use crate::support::BASE;
use crate::support::binary::{Folder, wait};
use crate::support::reference::Reference;
use crate::support::server::{Answer, PATIENCE, Request, Server, between, relayed};

const COLLECTION: &str = "/tmf-api/partyInteraction/v4/partyInteraction";

fn varied(names: &[&str]) -> Reference {
    Reference::start(Options {
        variants: names.iter().map(|name| name.parse().unwrap()).collect(),
        ..Options::default()
    })
}

/// Asks a server, past all that stands before it.
fn ask(base: &str, method: &str, path: &str, body: &Value) -> (String, Value) {
    let authority = url::Url::parse(base).unwrap().authority().to_owned();
    let body = match body {
        Value::Null => Vec::new(),
        body => body.to_string().into_bytes(),
    };
    let headers = [
        ("Host", authority.clone()),
        ("Content-Type", "application/json".to_owned()),
        ("Content-Length", body.len().to_string()),
    ];
    let request = Request {
        method: method.to_owned(),
        target: path.to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec(),
        body,
    };
    let answer = String::from_utf8(relayed(&authority, &request)).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let body = serde_json::from_str(body).unwrap_or_default();
    (head.to_owned(), body)
}

fn all(base: &str) -> Vec<Value> {
    let (_, list) = ask(base, "GET", COLLECTION, &Value::Null);
    list.as_array().unwrap().clone()
}

/// What a colleague writes.
fn colleague(number: usize) -> Value {
    json!({
        "channel": [{"id": format!("desk-{number}")}],
        "direction": "inbound",
        "reason": format!("A customer of a colleague, {number}"),
    })
}

/// All that is there goes, and forty colleagues' records come, which have ids from the first on.
fn reset(base: &str) -> Vec<Value> {
    for record in all(base) {
        let path = format!("{COLLECTION}/{}", record["id"].as_str().unwrap());
        ask(base, "DELETE", &path, &Value::Null);
    }
    let made = (0..40).map(|number| ask(base, "POST", COLLECTION, &colleague(number)).1);
    made.collect()
}

fn is_colleagues(record: &&Value) -> bool {
    let reason = record["reason"].as_str().unwrap_or_default();
    reason.starts_with("A customer of a colleague")
}

/// The ids that the report says are left, in order.
fn left(result: &Value) -> Vec<String> {
    let left = result["run"]["left"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    let ids = left
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned());
    let mut ids: Vec<_> = ids.collect();
    ids.sort();
    ids
}

/// The ids that are there, in order.
fn ids(base: &str) -> Vec<String> {
    let there = all(base);
    let ids = there
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned());
    let mut ids: Vec<_> = ids.collect();
    ids.sort();
    ids
}

#[test]
fn a_sequence_that_is_reset_during_a_run_harms_nobody() {
    for at in [18, 60, 200] {
        let reference = varied(&["highest-id-again"]);
        let base = reference.base_url().to_owned();
        let (asked, kept) = (AtomicUsize::new(0), Arc::new(Mutex::new(Vec::new())));
        let (behind, known) = (base.clone(), Arc::clone(&kept));
        let target = between(&base, move |request| {
            let mut known = known.lock().unwrap();
            // One request at a time comes: none was read to be changed next.
            let lists = request.method == "GET" && request.target == COLLECTION;
            if asked.fetch_add(1, Ordering::SeqCst) >= at && lists && known.is_empty() {
                *known = reset(&behind);
            }
            None
        });
        let folder = Folder::default();
        let url = target.url("/tmf-api/partyInteraction/v4/");
        let done = folder.run(&[
            "run",
            &url,
            "--level",
            "operations",
            "--no-events",
            "--concurrency",
            "1",
        ]);
        let kept = kept.lock().unwrap();
        let there = all(&base);
        for record in kept.iter() {
            assert!(there.contains(record), "{at}: {record} {there:?} {done:#?}");
        }
        assert_eq!(kept.len(), 40, "{at}");
        let result = folder.result();
        let own: Vec<_> = there.iter().filter(|one| !is_colleagues(one)).collect();
        assert_eq!(own.len(), left(&result).len(), "{at}: {own:?} {done:#?}");
        assert!(
            result["created"]
                .to_string()
                .contains("another record has this id now"),
            "{at}: {done:#?}"
        );
        assert!(done.stdout.contains("were not touched"), "{done:#?}");
        // The report shows nothing of what the colleagues wrote, where it was read to be spared.
        assert!(journals(&folder).is_empty(), "{at}: {done:#?}");
    }
}

#[test]
fn a_sequence_that_is_reset_before_cleaning_up_harms_nobody() {
    let reference = varied(&["highest-id-again"]);
    let base = reference.base_url().to_owned();
    let (tell, reached) = mpsc::channel();
    let (asked, tell) = (AtomicUsize::new(0), Mutex::new(tell));
    let target = between(&base, move |_| {
        let number = asked.fetch_add(1, Ordering::SeqCst);
        (number == 60).then(|| {
            tell.lock().unwrap().send(()).unwrap();
            Answer::Hang
        })
    });
    let folder = Folder::default();
    let url = target.url("/tmf-api/partyInteraction/v4/");
    let mut child = folder.start(&["run", &url, "--level", "profile", "--timeout", "600"]);
    reached.recv_timeout(PATIENCE).unwrap();
    child.kill().unwrap();
    wait(child);
    let kept = reset(&base);
    let done = folder.run(&["clean"]).assert_code(0);
    assert_eq!(all(&base), kept, "{done:#?}");
    assert!(
        done.stdout.contains("another record has this id now"),
        "{done:#?}"
    );
    assert!(!done.stdout.contains("removed"), "{done:#?}");
}

#[test]
fn an_id_that_is_given_again_is_no_violation() {
    for name in ["highest-id-again", "lowest-id-again"] {
        let reference = varied(&[name]);
        let folder = Folder::default();
        let done = folder.run(&["run", reference.base_url(), "--level", "operations"]);
        let done = done.assert_code(0);
        let result = folder.result();
        let findings = result["findings"].as_array().unwrap();
        let worse = findings.iter().filter(|one| one["severity"] != "info");
        assert_eq!(worse.count(), 0, "{name} {findings:?}");
        // What was given to another create of the run before it was looked at says nothing.
        let judged = result["requirements"].as_array().unwrap().iter();
        for open in judged.filter(|one| one["status"] == "inconclusive") {
            let why = open["reason"].as_str().unwrap();
            assert!(why.contains("was given again"), "{name} {open}");
        }
        assert_eq!(
            all(reference.base_url()),
            Vec::<Value>::new(),
            "{name} {done:#?}"
        );
    }
}

#[test]
fn an_id_that_a_colleague_takes_at_once_is_no_violation() {
    for name in ["highest-id-again", "lowest-id-again"] {
        let reference = varied(&[name]);
        let base = reference.base_url().to_owned();
        let taken = Arc::new(AtomicUsize::new(0));
        let (behind, count) = (base.clone(), Arc::clone(&taken));
        let target = between(&base, move |request| {
            if request.method != "DELETE"
                || !request
                    .path()
                    .contains("/partyInteraction/v4/partyInteraction/")
            {
                return None;
            }
            let authority = url::Url::parse(&behind).unwrap().authority().to_owned();
            let answer = relayed(&authority, request);
            if answer.starts_with(b"HTTP/1.1 204") {
                let number = count.fetch_add(1, Ordering::SeqCst);
                ask(&behind, "POST", COLLECTION, &colleague(number));
            }
            Some(Answer::Raw(answer))
        });
        let folder = Folder::default();
        let url = target.url("/tmf-api/partyInteraction/v4/");
        let done = folder.run(&["run", &url, "--level", "operations", "--no-events"]);
        let result = folder.result();
        let findings = result["findings"].as_array().unwrap();
        let failed = findings.iter().filter(|one| one["severity"] == "fail");
        assert_eq!(failed.count(), 0, "{name}: {findings:?}");
        let taken = taken.load(Ordering::SeqCst);
        assert_eq!(
            all(&base).iter().filter(is_colleagues).count(),
            taken,
            "{done:#?}"
        );
        assert_eq!(
            (all(&base).len(), left(&result)),
            (taken, Vec::new()),
            "{done:#?}"
        );
        for id in ["DEL-002", "DEL-004"] {
            let all = result["requirements"].as_array().unwrap().iter();
            let mut all = all.filter(|one| one["id"] == format!("TMF683-4-{id}"));
            let judged = all.next().unwrap();
            // With the highest, one that is made beside it may have a higher one.
            if judged["status"] != "passed" || name == "lowest-id-again" {
                assert_eq!(judged["status"], "inconclusive", "{judged}");
                let why = judged["reason"].as_str().unwrap();
                assert!(why.contains("was given again"), "{judged}");
            }
        }
    }
}

#[test]
fn a_target_that_demands_a_condition_gets_it() {
    let reference = varied(&["demands-if-match"]);
    let folder = Folder::default();
    let done = folder.run(&["run", reference.base_url(), "--level", "operations"]);
    let done = done.assert_code(0);
    assert_eq!(all(reference.base_url()), Vec::<Value>::new(), "{done:#?}");
    let result = folder.result();
    assert_eq!(result["run"].get("left"), None);
    for id in ["PAT-001", "DEL-001", "DEL-002"] {
        let all = result["requirements"].as_array().unwrap().iter();
        let mut all = all.filter(|one| one["id"] == format!("TMF683-4-{id}"));
        assert_eq!(all.next().unwrap()["status"], "passed", "{id}");
    }
}

/// A reference before which stands what answers each deletion of a record, while it does.
fn answering_deletions(answer: Answer) -> (Reference, Server, Arc<AtomicBool>) {
    let reference = Reference::clean();
    let stands = Arc::new(AtomicBool::new(true));
    let standing = Arc::clone(&stands);
    let target = between(reference.base_url(), move |request| {
        let deletes = request.method == "DELETE" && !request.path().contains("/hub/");
        (deletes && standing.load(Ordering::SeqCst)).then(|| answer.clone())
    });
    (reference, target, stands)
}

#[test]
fn remaining_records_are_named_whatever_a_deletion_was_answered() {
    let error = |status| Answer::json(status, &json!({"code": "1", "reason": "no"}));
    for (answer, why, journal) in [
        (error(403), "these credentials may not delete it", 1),
        (error(405), "does not offer DELETE", 0),
        (error(428), "demands a condition", 1),
        (error(404), "does not offer DELETE", 0),
        (
            Answer::new(204, "text/plain", ""),
            "DELETE answers 204, but the collection still lists it",
            1,
        ),
    ] {
        let (reference, target, stands) = answering_deletions(answer);
        let folder = Folder::default();
        let url = target.url("/tmf-api/partyInteraction/v4/");
        let done = folder
            .run(&["run", &url, "--level", "profile"])
            .assert_code(0);
        let there = ids(reference.base_url());
        let result = folder.result();
        assert_eq!(left(&result), there, "{why}");
        for one in result["run"]["left"].as_array().unwrap() {
            assert_eq!(one["resource"], "partyInteraction");
            assert!(one["why"].as_str().unwrap().contains(why), "{one}");
        }
        assert!(done.stdout.contains(why), "{why}: {done:#?}");
        assert!(
            done.stdout
                .contains(&format!("left partyInteraction {}", left(&result)[0]))
                || there.len() > 10,
            "{done:#?}"
        );
        assert_eq!(journals(&folder).len(), journal, "{why}");
        if journal > 0 {
            let clean = folder.run(&["clean"]).assert_code(1);
            assert!(clean.stdout.contains(why), "{why}: {clean:#?}");
            assert_eq!(ids(reference.base_url()), there, "{why}");
            stands.store(false, Ordering::SeqCst);
            folder.run(&["clean"]).assert_code(0);
            assert!(ids(reference.base_url()).is_empty() && journals(&folder).is_empty());
        }
    }
}

#[test]
fn listeners_of_a_run_that_was_killed_are_removed() {
    let reference = Reference::clean();
    let (tell, reached) = mpsc::channel();
    let tell = Mutex::new(tell);
    let is_killed = Arc::new(AtomicBool::new(false));
    let killed = Arc::clone(&is_killed);
    let registered = AtomicBool::new(false);
    let base = reference.base_url().to_owned();
    let target = between(reference.base_url(), move |request| {
        if killed.load(Ordering::SeqCst) {
            return None;
        }
        if registered.load(Ordering::SeqCst) {
            let _ = tell.lock().unwrap().send(());
            return Some(Answer::Hang);
        }
        if request.method != "POST" || !request.path().ends_with("/hub") {
            return None;
        }
        let authority = url::Url::parse(&base).unwrap().authority().to_owned();
        let answer = relayed(&authority, request);
        registered.store(answer.starts_with(b"HTTP/1.1 201"), Ordering::SeqCst);
        Some(Answer::Raw(answer))
    });
    let folder = Folder::default();
    let url = target.url(BASE);
    let mut child = folder.start(&["run", &url, "--only", "HUB-001", "--timeout", "600"]);
    reached.recv_timeout(PATIENCE).unwrap();
    child.kill().unwrap();
    wait(child);
    is_killed.store(true, Ordering::SeqCst);
    let before = target.requests().len();
    let done = folder.run(&["clean"]).assert_code(0);
    let requests = target.requests().split_off(before);
    let mut removals = requests.iter().filter(|one| one.method == "DELETE");
    let removed = removals.find(|one| one.path().contains("/hub/"));
    let removed = removed.unwrap_or_else(|| panic!("{done:#?}"));
    let reference_at = url::Url::parse(reference.base_url()).unwrap();
    let again = relayed(reference_at.authority(), removed);
    assert!(again.starts_with(b"HTTP/1.1 404"), "it is gone");
    assert!(
        all(reference.base_url()).is_empty() && journals(&folder).is_empty(),
        "{done:#?}"
    );
}
