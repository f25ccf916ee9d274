//! Targets that stop serving, and gateways that limit what a run may send. They conform: none of it
//! is held against them.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::colleagues::all;
use crate::support::binary::{Done, Folder};
use crate::support::reference::Reference;
use crate::support::server::{Answer, Request, Server, between};

/// The reference implementation behind a gateway, which answers by the number of the request.
struct Gateway {
    reference: Reference,
    server: Server,
}

impl Gateway {
    fn new(answer: impl Fn(&Request, usize) -> Option<Answer> + Send + Sync + 'static) -> Self {
        let reference = Reference::clean();
        let asked = AtomicUsize::new(0);
        let server = between(reference.base_url(), move |request| {
            answer(request, asked.fetch_add(1, Ordering::SeqCst))
        });
        Self { reference, server }
    }

    /// How many records are there.
    fn records(&self) -> usize {
        all(self.reference.base_url()).len()
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
    let blamed: Vec<_> = blamed
        .map(|one| (&one["exchange"], &one["message"]))
        .collect();
    assert!(blamed.is_empty(), "{what}: {blamed:#?} {}", result["notes"]);
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
        assert!(asked < place + 200, "{what}: {asked} requests");
    }
}

/// Does the same for all of these, four at a time.
fn each<T: Sync>(all: &[T], act: impl Fn(&T) + Sync) {
    let next = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(one) = all.get(next.fetch_add(1, Ordering::SeqCst)) {
                    act(one);
                }
            });
        }
    });
}

/// The run ended early for that reason, blames nobody, and says what is left as counted there.
fn assert_ended(gateway: &Gateway, (done, result): (Done, Value), reason: &str, what: &str) {
    assert_unblamed(&result, what);
    assert_eq!(result["verdict"], "inconclusive", "{what}");
    let notes = result["notes"].to_string();
    let told = format!("the run ended early: {reason}");
    assert!(notes.contains(&told), "{what}: {notes}");
    let left = result["run"]["left"].as_array().map_or(0, Vec::len);
    let there = gateway.records();
    assert_eq!(left, there, "{what}: {}", result["run"]["left"]);
    done.assert_code(3).assert_output(&[reason]);
}

/// Certification is the part that a run begins with, operations are all that changes anything.
const PLACES: [usize; 10] = [3, 9, 18, 24, 31, 45, 70, 95, 300, 700];

#[test]
fn each_way_to_stop_serving_is_known_at_each_of_ten_places() {
    let later = |status| refusal(status).with_header("Retry-After", "7200");
    let kinds = [
        refusal(401),
        refusal(403),
        later(429),
        refusal(502),
        later(503),
    ];
    let all = PLACES.iter().flat_map(|place| {
        let kinds = kinds.clone().into_iter();
        kinds.map(move |kind| (*place, kind))
    });
    let all: Vec<_> = all.collect();
    each(&all, |(place, answer)| {
        let what = format!("{answer:?} from request {place} on");
        let (place, answer) = (*place, answer.clone());
        let gateway = Gateway::new(move |_, number| (number >= place).then(|| answer.clone()));
        let level = if place < 500 { "profile" } else { "operations" };
        let ran = gateway.run(&["--timeout", "1", "--level", level]);
        assert_ended(&gateway, ran, "the target stopped serving", &what);
    });
}

#[test]
fn whatever_a_gateway_answers_in_place_of_the_target_is_known() {
    let redirect = |status| Answer::html(status).with_header("Location", "/login?back=1");
    let kinds = [
        refusal(407),
        refusal(503),
        refusal(504),
        refusal(508),
        refusal(520),
        Answer::html(500),
        Answer::html(200),
        redirect(302),
        redirect(307),
        Answer::new(502, "text/plain", ""),
        Answer::html(404),
        refusal(410),
    ];
    let all: Vec<_> = kinds.iter().zip(PLACES.iter().rev().cycle()).collect();
    each(&all, |(answer, place)| {
        let what = format!("{answer:?} from request {place} on");
        let (place, answer) = (**place, (*answer).clone());
        let gateway = Gateway::new(move |_, number| (number >= place).then(|| answer.clone()));
        let ran = gateway.run(&["--timeout", "1", "--level", "operations"]);
        assert_ended(&gateway, ran, "the target stopped serving", &what);
    });
}

#[test]
fn a_target_that_takes_no_changes_any_more_is_not_blamed() {
    let all = [
        (18, refusal(503)),
        (40, refusal(403)),
        (40, refusal(405)),
        (90, refusal(401)),
        (110, refusal(503)),
        (400, refusal(500)),
        (500, Answer::html(200)),
        (600, Answer::Close),
    ];
    each(&all, |(place, answer)| {
        let what = format!("{answer:?} for all that changes from request {place} on");
        let (place, answer) = (*place, answer.clone());
        let gateway = Gateway::new(move |request, number| {
            (number >= place && request.method != "GET").then(|| answer.clone())
        });
        let ran = gateway.run(&["--timeout", "1", "--level", "operations"]);
        let reason = "the target stopped serving changes";
        assert_ended(&gateway, ran, reason, &what);
    });
}

#[test]
fn a_create_that_a_target_refuses_does_not_end_the_run() {
    // It takes others: its refusal is judged.
    let gateway = Gateway::new(|request, number| {
        (number > 18 && request.method == "POST" && number % 3 > 0).then(|| refusal(500))
    });
    let (_, result) = gateway.run(&["--level", "profile"]);
    let notes = result["notes"].to_string();
    assert!(!notes.contains("stopped serving"), "{notes}");
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
fn a_stream_that_never_ends_is_read_a_few_times() {
    let server = Server::start(move |_, _| Answer::Stream {
        head: b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[".to_vec(),
        again: b"{\"id\": \"1\"},".repeat(1000),
    });
    let folder = Folder::default();
    let url = server.url(crate::support::BASE);
    folder
        .run(&["run", &url, "--parse-bytes", "100000", "--no-events"])
        .assert_code(3)
        .assert_output(&["the target stopped answering", "--parse-bytes"]);
    assert_eq!(server.requests().len(), 4);
}

#[test]
fn a_target_that_begins_to_stream_without_end_is_not_blamed() {
    for place in [9, 60, 300] {
        let gateway = Gateway::new(move |_, number| {
            (number >= place).then(|| Answer::Stream {
                head: b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[".to_vec(),
                again: b"{\"id\": \"1\"},".repeat(1000),
            })
        });
        let options = ["--parse-bytes", "2000000", "--level", "operations"];
        let ran = gateway.run(&options);
        let what = format!("a stream from {place} on");
        assert_ended(&gateway, ran, "the target stopped answering", &what);
    }
}

#[test]
fn each_way_to_tell_of_a_quota_is_understood() {
    let since_1970 = || {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.expect("after 1970").as_secs()
    };
    let date = || {
        let soon = jiff::Timestamp::now() + Duration::from_secs(1);
        jiff::fmt::rfc2822::DateTimePrinter::new()
            .timestamp_to_rfc9110_string(&soon)
            .expect("a date")
    };
    let none = || String::new();
    let one = || "1".to_owned();
    let epoch = move || (since_1970() + 1).to_string();
    let draft = || "\"default\";r=0;t=1".to_owned();
    let old_draft = || "limit=60, remaining=0, reset=1".to_owned();
    type Form = (u16, &'static str, Arc<dyn Fn() -> String + Send + Sync>);
    let all: [Form; 8] = [
        (429, "Retry-After", Arc::new(one)),
        (429, "Retry-After", Arc::new(date)),
        (503, "Retry-After", Arc::new(date)),
        (429, "RateLimit-Reset", Arc::new(one)),
        (429, "X-RateLimit-Reset", Arc::new(epoch)),
        (429, "RateLimit", Arc::new(draft)),
        (429, "RateLimit", Arc::new(old_draft)),
        (429, "X-Nothing", Arc::new(none)),
    ];
    each(&all, |(status, name, value)| {
        let windows = Mutex::new((Instant::now(), 0_usize));
        let (status, value) = (*status, Arc::clone(value));
        let what = format!("{status} with {name}: {}", value());
        let name = *name;
        let gateway = Gateway::new(move |_, _| {
            let mut window = windows.lock().expect("no test panics with it");
            if window.0.elapsed() >= Duration::from_secs(1) {
                *window = (Instant::now(), 0);
            }
            window.1 += 1;
            (window.1 > 250).then(|| refusal(status).with_header(name, &value()))
        });
        let (done, result) = gateway.run(&["--level", "profile"]);
        assert_unblamed(&result, &what);
        assert_eq!(gateway.records(), 0, "{what}");
        done.assert_code(0);
    });
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
    let (done, result) = gateway.run(&["--level", "profile"]);
    assert_unblamed(&result, "a quota");
    if refused.load(Ordering::SeqCst) > 0 {
        let notes = result["notes"].to_string();
        assert!(notes.contains("The target limits requests"), "{notes}");
        assert!(done.stderr.contains("waiting"), "{}", done.stderr);
    }
    done.assert_code(0);
}

#[test]
fn three_requests_at_a_time_are_enough() {
    for status in [429, 503] {
        let under_way = Arc::new(AtomicUsize::new(0));
        let reference = Reference::clean();
        let origin = reference.base_url().to_owned();
        let server = Server::start(move |request, _| {
            let beside = under_way.fetch_add(1, Ordering::SeqCst);
            let answer = if beside >= 3 {
                refusal(status)
            } else {
                relayed(&origin, request)
            };
            under_way.fetch_sub(1, Ordering::SeqCst);
            answer
        });
        let folder = Folder::default();
        let url = server.url(crate::support::BASE);
        let done = folder.run(&["run", &url, "--no-events", "--level", "operations"]);
        assert_unblamed(&folder.result(), &format!("three, then {status}"));
        assert_eq!(all(reference.base_url()).len(), 0, "{status}");
        done.assert_code(0);
    }
}

/// What a front with room for three connections does with another.
#[derive(Debug, Clone, Copy)]
enum Crowded {
    Answers(u16),
    HangsUp,
    Waits,
}

/// A front with room for three connections at a time; its port, and how many it had no room for.
fn front(authority: String, crowded: Crowded) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let (open, turned_away) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&turned_away);
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            if open.load(Ordering::SeqCst) >= 3 {
                counted.fetch_add(1, Ordering::SeqCst);
                match crowded {
                    Crowded::Answers(status) => {
                        std::thread::spawn(move || turn_away(client, status));
                        continue;
                    }
                    Crowded::HangsUp => continue,
                    Crowded::Waits => {
                        while open.load(Ordering::SeqCst) >= 3 {
                            std::thread::sleep(Duration::from_millis(1));
                        }
                    }
                }
            }
            open.fetch_add(1, Ordering::SeqCst);
            let (open, authority) = (Arc::clone(&open), authority.clone());
            std::thread::spawn(move || {
                let _ = hand_on(client, &authority);
                open.fetch_sub(1, Ordering::SeqCst);
            });
        }
    });
    (port, turned_away)
}

fn turn_away(mut client: TcpStream, status: u16) {
    let _ = client.read(&mut [0; 65536]);
    let answer = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let _ = client.write_all(answer.as_bytes());
}

/// Hands bytes on between a client and the server at an authority until one of them ends.
fn hand_on(client: TcpStream, authority: &str) -> std::io::Result<()> {
    let server = TcpStream::connect(authority)?;
    let (mut from, mut to) = (client.try_clone()?, server.try_clone()?);
    let asking = std::thread::spawn(move || {
        let _ = std::io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Both);
    });
    let _ = std::io::copy(&mut &server, &mut &client);
    let _ = client.shutdown(Shutdown::Both);
    let _ = asking.join();
    Ok(())
}

#[test]
fn three_connections_at_a_time_are_enough() {
    let fronts = [
        (Crowded::Answers(429), "--level=profile"),
        (Crowded::Answers(503), "--level=profile"),
        (Crowded::HangsUp, "--level=profile"),
        (Crowded::HangsUp, "--read-only"),
        (Crowded::Waits, "--level=profile"),
    ];
    each(&fronts, |(crowded, option)| {
        let reference = Reference::start(tmfctk::reference::Options {
            preload: 20,
            ..tmfctk::reference::Options::default()
        });
        let base = reference.base_url().to_owned();
        let before = all(&base);
        let authority = url::Url::parse(&base)
            .expect("a URL")
            .authority()
            .to_owned();
        let (port, turned_away) = front(authority, *crowded);
        let folder = Folder::default();
        let url = format!("http://127.0.0.1:{port}{}", crate::support::BASE);
        let done = folder.run(&["run", &url, "--no-events", option]);
        let turned_away = turned_away.load(Ordering::SeqCst);
        assert!(turned_away > 0, "{crowded:?}: there was room for all");
        assert_unblamed(&folder.result(), &format!("{crowded:?}"));
        assert_eq!(all(&base), before, "{crowded:?} {done:#?}");
        if matches!(crowded, Crowded::HangsUp) {
            // Whether a create was carried out that got no answer can't be known.
            assert!(done.stdout.contains("or something before it, ended"));
            assert_ne!(done.code, Some(1), "{done:#?}");
        } else {
            assert_eq!(done.code, Some(0), "{crowded:?} {done:#?}");
        }
    });
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
fn a_connection_that_closes_on_a_write_that_was_carried_out_is_no_defect() {
    let seen = Mutex::new(std::collections::HashSet::new());
    let reference = Reference::clean();
    let origin = reference.base_url().to_owned();
    let target = between(reference.base_url(), move |request| {
        let mut seen = seen.lock().expect("no test panics with it");
        let first = request.method == "DELETE" && seen.insert(request.target.clone());
        first.then(|| {
            relayed(&origin, request);
            Answer::Close
        })
    });
    let folder = Folder::default();
    let url = target.url(crate::support::BASE);
    let done = folder.run(&["run", &url, "--no-events", "--level", "operations"]);
    let result = folder.result();
    assert_unblamed(&result, "a connection that closes");
    assert_ne!(done.code, Some(1), "{done:#?}");
    assert_eq!(all(reference.base_url()).len(), 0);
    assert_eq!(result["run"].get("left"), None, "{done:#?}");
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

/// The target is away for the time of a walk and some requests more.
#[test]
fn an_outage_in_the_midst_of_a_walk_leaves_it_inconclusive() {
    let away = AtomicUsize::new(0);
    let gateway = Gateway::new(move |request, _| {
        let is_walk = String::from_utf8_lossy(&request.body).contains("Walk 2.");
        let since = away.load(Ordering::SeqCst);
        if since == 0 && !is_walk || since > 12 {
            return None;
        }
        away.fetch_add(1, Ordering::SeqCst);
        Some(refusal(503))
    });
    let (_, result) = gateway.run(&["--level", "operations"]);
    assert_unblamed(&result, "an outage of 12 requests");
    let scenarios = result["scenarios"].as_array().expect("scenarios");
    let is_second = |one: &&Value| {
        one["id"]
            .as_str()
            .is_some_and(|id| id.starts_with("walk-2/"))
    };
    let walk = scenarios
        .iter()
        .find(is_second)
        .expect("the walk was planned");
    assert_eq!(walk["status"], "inconclusive", "{walk} {}", result["notes"]);
}
