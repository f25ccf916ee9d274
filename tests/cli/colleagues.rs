//! Others work at the same target: what has the id of a record of the run is not the run's for that,
//! and what the report says of cleaning up is what is there.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};

use serde_json::{Value, json};
use tmfctk::reference::Options;

use crate::clean::{Keeper, journals};
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

/// The records that are there.
pub(crate) fn all(base: &str) -> Vec<Value> {
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

/// Runs until the target hangs at that request, and is killed then.
fn killed(folder: &Folder, target: &Server, reached: &mpsc::Receiver<()>, options: &[&str]) {
    let url = target.url(BASE);
    let limits = ["run", &url, "--timeout", "600", "--kit-timeout", "600"];
    let mut child = folder.start(&[&limits[..], options].concat());
    reached.recv_timeout(PATIENCE).unwrap();
    child.kill().unwrap();
    wait(child);
}

#[test]
fn ids_of_a_small_range_and_composite_ones_are_given_again_to_colleagues() {
    let drawn = Mutex::new(fastrand::Rng::with_seed(7));
    let random = move |_| drawn.lock().unwrap().u32(0..900).to_string();
    type Ids = Box<dyn Fn(usize) -> String + Send + Sync>;
    let all: [Ids; 2] = [
        Box::new(random),
        Box::new(|number| format!("2026/11;desk=a b:{number}")),
    ];
    for ids in all {
        let (tell, reached) = mpsc::channel();
        let tell = Mutex::new(tell);
        let keeper = Keeper::with_ids(ids, move |number| {
            (number == 150).then(|| {
                tell.lock().unwrap().send(()).unwrap();
                Answer::Hang
            })
        });
        let folder = Folder::default();
        killed(&folder, &keeper.server, &reached, &["--level", "profile"]);
        let own = keeper.ids();
        assert!(own.len() > 10, "{own:?}");
        let theirs = own.iter().enumerate().map(|(number, id)| {
            let mut record = colleague(number);
            record["id"] = json!(id);
            record
        });
        let theirs: Vec<_> = theirs.collect();
        keeper.reset(theirs.clone());
        let done = folder.run(&["clean"]).assert_code(0);
        assert_eq!(keeper.all(), theirs, "{done:#?}");
        assert!(
            done.stdout.contains("another record has this id now"),
            "{done:#?}"
        );
    }
}

#[test]
fn a_record_that_a_colleague_has_made_another_stays_and_is_named() {
    let (tell, reached) = mpsc::channel();
    let tell = Mutex::new(tell);
    let keeper = Keeper::start(move |number| {
        (number == 150).then(|| {
            tell.lock().unwrap().send(()).unwrap();
            Answer::Hang
        })
    });
    let folder = Folder::default();
    killed(&folder, &keeper.server, &reached, &["--level", "profile"]);
    let mut records = keeper.all();
    records.retain(|one| one.to_string().contains("tmfctk-"));
    let stay: Vec<_> = records.iter().step_by(2).cloned().collect();
    let made_others: Vec<_> = stay
        .iter()
        .enumerate()
        .map(|(number, one)| {
            let mut other = colleague(number);
            other["id"] = one["id"].clone();
            other
        })
        .collect();
    // The others got no more than a word of a colleague.
    let noted = records.iter().skip(1).step_by(2).cloned();
    let noted = noted.map(|mut one| {
        one["status"] = json!("seen by a colleague");
        one
    });
    keeper.reset(made_others.iter().cloned().chain(noted).collect());
    let done = folder.run(&["clean"]).assert_code(0);
    assert_eq!(keeper.all(), made_others, "{done:#?}");
    let named = made_others.iter().filter(|one| {
        let id = one["id"].as_str().unwrap();
        done.stdout.contains(&format!("/{id}:"))
    });
    // Creates that were not answered before the run was killed have no id that it knows.
    assert!(named.count() + 8 >= made_others.len(), "{done:#?}");
}

#[test]
fn a_deletion_is_sent_again_only_after_another_look() {
    let refusal = |status| Answer::json(status, &json!({"code": "1", "reason": "slow"}));
    let again = [
        Answer::Close,
        refusal(429).with_header("Retry-After", "0"),
        refusal(503).with_header("Retry-After", "0"),
        refusal(503),
    ];
    for again in again {
        let reference = varied(&["lowest-id-again"]);
        let base = reference.base_url().to_owned();
        let taken = Arc::new(AtomicUsize::new(0));
        let (behind, count) = (base.clone(), Arc::clone(&taken));
        let first = Mutex::new(std::collections::HashSet::new());
        let what = format!("{again:?}");
        let target = between(&base, move |request| {
            record_of(request).filter(|_| request.method == "DELETE")?;
            if !first.lock().unwrap().insert(request.target.clone()) {
                return None;
            }
            let authority = url::Url::parse(&behind).unwrap().authority().to_owned();
            if relayed(&authority, request).starts_with(b"HTTP/1.1 204") {
                let number = count.fetch_add(1, Ordering::SeqCst);
                ask(&behind, "POST", COLLECTION, &colleague(number));
            }
            Some(again.clone())
        });
        let folder = Folder::default();
        let url = target.url(BASE);
        let part = "--only=DEL-001,DEL-002,DEL-003,DEL-004,DEL-006";
        let done = folder.run(&["run", &url, part, "--no-events"]);
        let there = all(&base);
        let taken = taken.load(Ordering::SeqCst);
        assert!(taken > 0, "{what}");
        let kept = there.iter().filter(is_colleagues).count();
        assert_eq!(kept, taken, "{what} {done:#?}");
        let left = left(&folder.result());
        assert_eq!((there.len(), left), (taken, Vec::new()), "{what} {done:#?}");
    }
}

/// The id in the path of a request to a record.
fn record_of(request: &Request) -> Option<&str> {
    let id = request.target.strip_prefix(COLLECTION)?.strip_prefix('/')?;
    (!id.is_empty() && !id.contains(['?', '/'])).then_some(id)
}

#[test]
fn a_target_that_shows_and_changes_another_record_whatever_the_id_loses_none_of_others() {
    let reference = Reference::clean();
    let base = reference.base_url().to_owned();
    let kept: Vec<_> = (0..20)
        .map(|number| ask(&base, "POST", COLLECTION, &colleague(number)).1)
        .collect();
    let behind = base.clone();
    let target = between(&base, move |request| {
        record_of(request)?;
        let first = all(&behind).first()?["id"].as_str()?.to_owned();
        let mut astray = request.clone();
        astray.target = format!("{COLLECTION}/{first}");
        let authority = url::Url::parse(&behind).unwrap().authority().to_owned();
        Some(Answer::Raw(relayed(&authority, &astray)))
    });
    let folder = Folder::default();
    let url = target.url(BASE);
    let done = folder.run(&["run", &url, "--level", "operations", "--no-events"]);
    let there = all(&base);
    for one in &kept {
        assert!(there.contains(one), "{one} {done:#?}");
    }
    let own: Vec<_> = there.iter().filter(|one| !is_colleagues(one)).collect();
    assert_eq!(own.len(), left(&folder.result()).len(), "{done:#?}");
    assert_eq!(done.code, Some(1), "{done:#?}");
}

/// A reference behind something that alters the records that it shows.
fn altering(reference: &Reference, alter: fn(&Request, &mut Value)) -> Server {
    let authority = url::Url::parse(reference.base_url()).unwrap();
    let authority = authority.authority().to_owned();
    between(reference.base_url(), move |request| {
        let answer = String::from_utf8(relayed(&authority, request)).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let Ok(mut shown) = serde_json::from_str::<Value>(body) else {
            return Some(Answer::Raw(answer.into_bytes()));
        };
        alter(request, &mut shown);
        let lines = head.lines().filter(|line| {
            let line = line.to_ascii_lowercase();
            !line.starts_with("content-length")
        });
        let head: Vec<_> = lines.collect();
        let body = shown.to_string();
        let length = body.len();
        let head = head.join("\r\n");
        let answer = format!("{head}\r\nContent-Length: {length}\r\n\r\n{body}");
        Some(Answer::Raw(answer.into_bytes()))
    })
}

/// Cuts every text of a value short.
fn cut_short(value: &mut Value) {
    match value {
        Value::String(text) => *text = text.chars().take(5).collect(),
        Value::Array(items) => items.iter_mut().for_each(cut_short),
        Value::Object(members) => {
            let members = members.iter_mut();
            members
                .filter(|(name, _)| !matches!(name.as_str(), "id" | "href"))
                .for_each(|(_, member)| cut_short(member));
        }
        _ => {}
    }
}

#[test]
fn a_collection_that_does_not_show_the_marker_hides_nothing_that_is_left() {
    let cut: fn(&Request, &mut Value) = |request, shown| {
        if request.method == "GET" && shown.is_array() {
            cut_short(shown);
        }
    };
    let ids_only: fn(&Request, &mut Value) = |request, shown| {
        if request.method == "GET"
            && let Value::Array(items) = shown
        {
            for item in items {
                *item = json!({"id": item["id"], "href": item["href"]});
            }
        }
    };
    for alter in [cut, ids_only] {
        for deletes in [true, false] {
            let reference = Reference::clean();
            let base = reference.base_url().to_owned();
            for number in 0..3 {
                ask(&base, "POST", COLLECTION, &colleague(number));
            }
            let altered = altering(&reference, alter);
            let target = between(&altered.url("/"), move |request| {
                let pretends = request.method == "DELETE" && !deletes;
                pretends.then(|| Answer::new(204, "text/plain", ""))
            });
            let folder = Folder::default();
            let url = target.url(BASE);
            let done = folder.run(&["run", &url, "--level", "profile", "--no-events"]);
            let there = all(&base);
            let kept = there.iter().filter(is_colleagues).count();
            assert_eq!(kept, 3, "{done:#?}");
            let own = there.len() - kept;
            assert_eq!(own > 0, !deletes, "{done:#?}");
            assert_eq!(left(&folder.result()).len(), own, "{done:#?}");
        }
    }
}

#[test]
fn a_collection_in_pages_is_searched_to_its_end() {
    let reference = varied(&["paged"]);
    let base = reference.base_url().to_owned();
    for number in 0..30 {
        ask(&base, "POST", COLLECTION, &colleague(number));
    }
    let count = || {
        let (head, _) = ask(&base, "GET", &format!("{COLLECTION}?limit=1"), &Value::Null);
        let lines = head.lines().map(str::to_ascii_lowercase);
        let mut counts = lines.filter(|line| line.starts_with("x-total-count"));
        counts.next().unwrap()
    };
    let before = count();
    let behind = base.clone();
    // Nobody is reported of the record that this create makes.
    let lost = AtomicUsize::new(0);
    let target = between(&base, move |request| {
        let own = String::from_utf8_lossy(&request.body).contains("tmfctk-");
        let create = request.method == "POST" && request.target == COLLECTION && own;
        if !create || lost.fetch_add(1, Ordering::SeqCst) != 5 {
            return None;
        }
        let authority = url::Url::parse(&behind).unwrap().authority().to_owned();
        relayed(&authority, request);
        Some(Answer::json(503, &json!({"code": "1", "reason": "no"})))
    });
    let folder = Folder::default();
    let url = target.url(BASE);
    let done = folder.run(&["run", &url, "--level", "profile", "--no-events"]);
    assert_eq!(count(), before, "{done:#?}");
    assert_eq!(left(&folder.result()), Vec::<String>::new(), "{done:#?}");
}

#[test]
fn what_a_deletion_was_answered_is_no_proof_of_it() {
    let empty = |status| Answer::new(status, "text/plain", "");
    let error = |status| Answer::json(status, &json!({"code": "1", "reason": "no"}));
    let shown = Answer::json(200, &json!({"status": "deleted"}));
    for (answer, why) in [
        (shown, "DELETE answers 200, but the collection still lists"),
        (empty(202), "it is to be deleted later"),
        (error(410), "the collection still lists it"),
        (error(412), "demands a condition"),
        (error(409), "DELETE answers 409"),
        (error(500), "DELETE answers 500"),
    ] {
        let (reference, target, _) = answering_deletions(answer);
        let folder = Folder::default();
        let url = target.url(BASE);
        let done = folder.run(&["run", &url, "--level", "certification"]);
        let there = ids(reference.base_url());
        let result = folder.result();
        assert!(!there.is_empty());
        assert_eq!(left(&result), there, "{why} {done:#?}");
        for one in result["run"]["left"].as_array().unwrap() {
            assert!(one["why"].as_str().unwrap().contains(why), "{one}");
        }
        assert!(done.stdout.contains(why), "{why}: {done:#?}");
    }
}

#[test]
fn a_condition_that_the_target_does_not_take_is_left_out() {
    // Its ETags are weak, or it refuses every condition.
    for weak in [true, false] {
        let reference = varied(&["etags"]);
        let base = reference.base_url().to_owned();
        let behind = base.clone();
        let target = between(&base, move |request| {
            let authority = url::Url::parse(&behind).unwrap().authority().to_owned();
            if !weak && request.header("if-match").is_some() {
                return Some(Answer::json(412, &json!({"code": "1", "reason": "no"})));
            }
            let answer = String::from_utf8(relayed(&authority, request)).unwrap();
            let answer = match weak {
                true => answer.replacen("etag: \"", "etag: W/\"", 1),
                false => answer,
            };
            Some(Answer::Raw(answer.into_bytes()))
        });
        let folder = Folder::default();
        let url = target.url(BASE);
        let done = folder.run(&["run", &url, "--level", "profile", "--no-events"]);
        assert_eq!(all(&base).len(), 0, "{weak} {done:#?}");
        assert_eq!(left(&folder.result()), Vec::<String>::new(), "{weak}");
        done.assert_code(0);
    }
}

#[test]
fn several_listeners_of_a_run_that_was_killed_are_removed() {
    // One registration may be answered without an id: then nobody knows which it is.
    for nameless in [false, true] {
        let listeners = Arc::new(Mutex::new(std::collections::BTreeSet::new()));
        let (tell, reached) = mpsc::channel();
        let tell = Mutex::new(tell);
        let is_killed = Arc::new(AtomicBool::new(false));
        let (known, killed_now) = (Arc::clone(&listeners), Arc::clone(&is_killed));
        let reference = Reference::clean();
        let target = between(reference.base_url(), move |request| {
            let mut known = known.lock().unwrap();
            let hub = format!("{BASE}/hub");
            let of_hub = request.path().strip_prefix(&hub)?;
            match (request.method.as_str(), of_hub) {
                ("POST", "") => {
                    let id = format!("l{}", known.len() + 1);
                    known.insert(id.clone());
                    if known.len() > 2 && !killed_now.load(Ordering::SeqCst) {
                        let _ = tell.lock().unwrap().send(());
                        return Some(Answer::Hang);
                    }
                    let body: Value = serde_json::from_slice(&request.body).ok()?;
                    Some(match nameless && known.len() == 2 {
                        true => Answer::json(201, &json!({"callback": body["callback"]})),
                        false => {
                            Answer::json(201, &json!({"id": id, "callback": body["callback"]}))
                        }
                    })
                }
                ("DELETE", id) => Some(match killed_now.load(Ordering::SeqCst) {
                    true if known.remove(id.trim_start_matches('/')) => {
                        Answer::new(204, "text/plain", "")
                    }
                    true => Answer::json(404, &json!({"code": "1", "reason": "none"})),
                    false => Answer::json(409, &json!({"code": "1", "reason": "not now"})),
                }),
                _ => Some(Answer::json(404, &json!({"code": "1", "reason": "none"}))),
            }
        });
        let folder = Folder::default();
        killed(&folder, &target, &reached, &["--level", "operations"]);
        is_killed.store(true, Ordering::SeqCst);
        let done = folder.run(&["clean"]).assert_code(0);
        let left: Vec<_> = listeners.lock().unwrap().iter().cloned().collect();
        let expected: &[&str] = if nameless { &["l2", "l3"] } else { &["l3"] };
        assert_eq!(left, expected, "{done:#?}");
        assert!(
            done.stdout.contains("whether it is there can't be known"),
            "{done:#?}"
        );
        assert!(journals(&folder).is_empty() && all(reference.base_url()).is_empty());
    }
}
