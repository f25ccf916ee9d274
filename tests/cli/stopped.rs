//! Targets that stop serving, and gateways that limit what a run may send. They conform: none of it
//! is held against them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::binary::{Done, Folder};
use crate::support::reference::Reference;
use crate::support::server::{Answer, Request, Server, between};

/// The reference implementation behind a gateway, which answers by the number of the request.
struct Gateway {
    _reference: Reference,
    server: Server,
}

impl Gateway {
    fn new(answer: impl Fn(&Request, usize) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let reference = Reference::clean();
        let asked = AtomicUsize::new(0);
        let server = between(reference.base_url(), move |request| {
            answer(request, asked.fetch_add(1, Ordering::SeqCst))
        });
        Self {
            _reference: reference,
            server,
        }
    }

    fn run(&self, options: &[&str]) -> (Done, Value) {
        let folder = Folder::default();
        let url = self.server.url(crate::support::BASE);
        let mut args = vec!["run", &url, "--no-events"];
        args.extend(options);
        let done = folder.run(&args);
        let result = folder.result();
        (done, result)
    }
}

fn refusal(status: u16) -> Answer {
    Answer::json(status, &json!({"code": "1", "reason": "no"}))
}

/// Nothing is held against the target but what costs nothing.
fn assert_unblamed(result: &Value, what: &str) {
    let findings = result["findings"].as_array().expect("findings");
    let blamed = findings.iter().filter(|one| one["severity"] != "info");
    let blamed: Vec<_> = blamed.map(|one| &one["message"]).collect();
    assert!(blamed.is_empty(), "{what}: {blamed:#?}");
    let requirements = result["requirements"].as_array().expect("requirements");
    let failed = requirements.iter().find(|one| one["status"] == "failed");
    assert_eq!(failed, None, "{what}");
}

#[test]
fn a_target_that_stops_serving_is_not_blamed_wherever_it_stops() {
    let endless = |status| Answer::json(status, &json!([])).with_header("Retry-After", "7200");
    type Stops = (usize, &'static str, Answer);
    let all: [Stops; 10] = [
        (4, "token", refusal(401)),
        (11, "--rate", refusal(403)),
        (16, "--max-time", endless(429)),
        (17, "token", refusal(401)),
        (19, "maintenance", refusal(502)),
        (33, "maintenance", refusal(503)),
        (60, "token", refusal(401)),
        (120, "maintenance", Answer::html(200)),
        (250, "--rate", refusal(403)),
        (400, "--concurrency", Answer::Close),
    ];
    for (place, advice, answer) in all {
        let what = format!("{answer:?} from request {place} on");
        let gateway = Gateway::new(move |_, number| (number >= place).then(|| answer.clone()));
        let (done, result) = gateway.run(&["--timeout", "2"]);
        assert_unblamed(&result, &what);
        assert_eq!(result["verdict"], "inconclusive", "{what}");
        let notes = result["notes"].to_string();
        assert!(
            notes.contains("the run ended early: the target stopped serving"),
            "{what}: {notes}"
        );
        assert!(notes.contains(advice), "{what}: {notes}");
        done.assert_code(3)
            .assert_output(&["the target stopped serving"]);
        let whole = &result["officialKit"]["wouldPass"];
        assert_eq!(
            *whole,
            if place < 18 { json!(null) } else { json!(true) },
            "{what}"
        );
        let asked = gateway.server.requests().len();
        assert!(asked < place + 150, "{what}: {asked} requests");
    }
}

#[test]
fn justified_refusals_do_not_end_the_run() {
    let gateway = Gateway::new(|request, _| {
        let refused = request.method == "DELETE" || request.path().ends_with("/hub");
        refused.then(|| refusal(403))
    });
    let (_, result) = gateway.run(&[]);
    let notes = result["notes"].to_string();
    assert!(!notes.contains("stopped serving"), "{notes}");
}

#[test]
fn a_short_outage_takes_nothing_but_what_met_it() {
    let began = std::sync::OnceLock::new();
    let gateway = Gateway::new(move |_, number| {
        let began = began.get_or_init(|| std::sync::Mutex::new(None::<Instant>));
        let mut began = began.lock().expect("no test panics with it");
        let since = (number >= 60).then(|| *began.get_or_insert_with(Instant::now))?;
        (since.elapsed() < Duration::from_millis(300)).then(|| refusal(502))
    });
    let (done, result) = gateway.run(&[]);
    assert_unblamed(&result, "an outage");
    assert_ne!(done.code, Some(1), "{done:#?}");
    let notes = result["notes"].to_string();
    assert!(notes.contains("did not serve for a while"), "{notes}");
    assert!(!notes.contains("ended early"), "{notes}");
}

#[test]
fn endless_bodies_are_read_a_few_times() {
    let big = format!("[{}]", "0,".repeat(4000)).into_bytes();
    let server = Server::start(move |_, _| Answer::new(200, "application/json", big.clone()));
    let folder = Folder::default();
    let url = server.url(crate::support::BASE);
    folder
        .run(&["run", &url, "--parse-bytes", "1000", "--no-events"])
        .assert_code(3)
        .assert_output(&["the target stopped answering", "--parse-bytes"]);
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_gateway_with_a_quota_is_waited_for() {
    // A window of a second in place of a minute: as many requests in it as 400 a minute are to a run.
    let windows = std::sync::Mutex::new((Instant::now(), 0_usize));
    let refused = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&refused);
    let gateway = Gateway::new(move |_, _| {
        let mut window = windows.lock().expect("no test panics with it");
        if window.0.elapsed() >= Duration::from_secs(1) {
            *window = (Instant::now(), 0);
        }
        window.1 += 1;
        (window.1 > 150).then(|| {
            counted.fetch_add(1, Ordering::SeqCst);
            refusal(429).with_header("Retry-After", "1")
        })
    });
    let (done, result) = gateway.run(&["--level", "operations"]);
    assert_unblamed(&result, "a quota");
    if refused.load(Ordering::SeqCst) > 0 {
        let notes = result["notes"].to_string();
        assert!(notes.contains("The target limits requests"), "{notes}");
        assert!(done.stderr.contains("waiting"), "{}", done.stderr);
    }
    done.assert_code(0);
}

#[test]
fn three_connections_at_a_time_are_enough() {
    let under_way = Arc::new(AtomicUsize::new(0));
    let reference = Reference::clean();
    let origin = reference.base_url().to_owned();
    let server = Server::start(move |request, _| {
        let beside = under_way.fetch_add(1, Ordering::SeqCst);
        let answer = if beside >= 3 {
            refusal(429)
        } else {
            relayed(&origin, request)
        };
        under_way.fetch_sub(1, Ordering::SeqCst);
        answer
    });
    let folder = Folder::default();
    let url = server.url(crate::support::BASE);
    let done = folder.run(&["run", &url, "--no-events", "--level", "operations"]);
    assert_unblamed(&folder.result(), "three connections");
    done.assert_code(0);
}

#[test]
fn a_connection_that_dies_takes_down_no_check_of_another_scenario() {
    let under_way = Arc::new(AtomicUsize::new(0));
    let died = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&died);
    let reference = Reference::clean();
    let origin = reference.base_url().to_owned();
    let server = Server::start(move |request, number| {
        let beside = under_way.fetch_add(1, Ordering::SeqCst);
        let answer = if beside >= 1 && number % 20 == 0 {
            counted.fetch_add(1, Ordering::SeqCst);
            Answer::Close
        } else {
            relayed(&origin, request)
        };
        under_way.fetch_sub(1, Ordering::SeqCst);
        answer
    });
    let folder = Folder::default();
    let url = server.url(crate::support::BASE);
    let done = folder.run(&["run", &url, "--no-events", "--level", "operations"]);
    assert!(died.load(Ordering::SeqCst) > 0, "no connection died");
    assert_unblamed(&folder.result(), "connections that die");
    assert_ne!(done.code, Some(1), "{done:#?}");
}

fn relayed(origin: &str, request: &Request) -> Answer {
    let authority = url::Url::parse(origin)
        .expect("a URL")
        .authority()
        .to_owned();
    Answer::Raw(crate::support::server::relayed(&authority, request))
}

#[test]
fn a_connection_that_closes_on_a_write_is_no_defect() {
    // Each DELETE meets the end of its connection once; so does what is under way beside it.
    let seen = std::sync::Mutex::new(std::collections::HashSet::new());
    let gateway = Gateway::new(move |request, _| {
        let mut seen = seen.lock().expect("no test panics with it");
        let first = request.method == "DELETE" && seen.insert(request.target.clone());
        first.then_some(Answer::Close)
    });
    let (done, result) = gateway.run(&[]);
    assert_unblamed(&result, "a connection that closes");
    done.assert_code(0);
    let created = result["created"].as_array().expect("created");
    assert!(
        created.iter().all(|one| one["deleted"] == true),
        "{created:?}"
    );
}

#[test]
fn a_new_cookie_on_each_answer_neither_slows_the_run_nor_shows() {
    let reference = Reference::clean();
    let base = reference.base_url().to_owned();
    let authority = url::Url::parse(&base)
        .expect("a URL")
        .authority()
        .to_owned();
    let server = Server::start(move |request, number| {
        let bytes = crate::support::server::relayed(&authority, request);
        let cookie =
            format!("\r\nSet-Cookie: sid=session-of-somebody-{number:06}; Path=/tmf-api\r\n");
        let end = bytes
            .windows(2)
            .position(|two| two == b"\r\n")
            .expect("a status line");
        let mut answer = bytes[..end].to_vec();
        answer.extend(cookie.as_bytes());
        answer.extend(&bytes[end + 2..]);
        Answer::Raw(answer)
    });
    let folder = Folder::default();
    let url = server.url(crate::support::BASE);
    folder.run(&["run", &url, "--no-events"]).assert_code(0);
    let result = folder.result().to_string();
    assert!(!result.contains("session-of-somebody"), "a cookie shows");
    assert!(
        result.contains("/tmf-api/partyInteraction"),
        "a path is not a cookie"
    );
}
