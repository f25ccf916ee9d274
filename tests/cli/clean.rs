//! A run that is killed leaves a journal, and `clean` removes by it what the run has left.

use std::process::{Child, Command};
use std::sync::{Arc, Mutex, mpsc};

use serde_json::{Value, json};

use crate::support::BASE;
use crate::support::binary::{Done, Folder, wait};
use crate::support::server::{Answer, PATIENCE, Request, Server, unused_port};

/// A server that keeps records.
pub(crate) struct Keeper {
    pub(crate) server: Server,
    records: Arc<Mutex<Vec<Value>>>,
}

impl Keeper {
    /// One that has done what was asked when `act` is reported of it, by the number of the request;
    /// what that gives is the answer.
    pub(crate) fn start(act: impl Fn(usize) -> Option<Answer> + Send + Sync + 'static) -> Self {
        Self::with_ids(|number| format!("r{number}"), act)
    }

    /// The same with ids of another kind.
    pub(crate) fn with_ids(
        id: impl Fn(usize) -> String + Send + Sync + 'static,
        act: impl Fn(usize) -> Option<Answer> + Send + Sync + 'static,
    ) -> Self {
        let records = Arc::new(Mutex::new(vec![
            json!({"id": "older", "reason": "not ours"}),
        ]));
        let kept = Arc::clone(&records);
        let server = Server::start(move |request, number| {
            let answer = keep(&mut kept.lock().unwrap(), request, &|| id(number));
            act(number).unwrap_or(answer)
        });
        Self { server, records }
    }

    /// One that stops answering at one request, and shows when it has come to that.
    fn that_hangs_at(last: usize) -> (Self, mpsc::Receiver<()>) {
        let (tell, reached) = mpsc::channel();
        let hang = move |number| {
            (number == last).then(|| {
                tell.send(()).unwrap();
                Answer::Hang
            })
        };
        (Self::start(hang), reached)
    }

    /// All that is there goes, and these come.
    pub(crate) fn reset(&self, records: Vec<Value>) {
        *self.records.lock().unwrap() = records;
    }

    pub(crate) fn all(&self) -> Vec<Value> {
        self.records.lock().unwrap().clone()
    }

    pub(crate) fn ids(&self) -> Vec<String> {
        let records = self.records.lock().unwrap();
        let ids = records
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned());
        ids.collect()
    }
}

fn keep(records: &mut Vec<Value>, request: &Request, new_id: &dyn Fn() -> String) -> Answer {
    let collection = format!("{BASE}/partyInteraction");
    let id = request.path().strip_prefix(&format!("{collection}/"));
    let id = id.map(|id| percent_encoding::percent_decode_str(id).decode_utf8_lossy());
    let at = records
        .iter()
        .position(|one| one["id"].as_str() == id.as_deref());
    match (request.method.as_str(), at) {
        ("POST", _) if request.path() == collection => {
            let Ok(Value::Object(mut record)) = serde_json::from_slice(&request.body) else {
                return Answer::json(400, &json!({"code": "1", "reason": "no object"}));
            };
            // One of a small range is taken by another record at times.
            let mut id = new_id();
            while records.iter().any(|one| one["id"] == *id) {
                id = new_id();
            }
            record.insert("href".into(), format!("{collection}/{id}").into());
            record.insert("id".into(), id.into());
            records.push(Value::Object(record.clone()));
            Answer::json(201, &Value::Object(record))
        }
        ("GET", _) if request.path() == collection => Answer::json(200, &json!(records)),
        ("GET", Some(at)) => Answer::json(200, &records[at]),
        ("DELETE", Some(at)) => {
            records.remove(at);
            Answer::new(204, "application/json", "")
        }
        _ => Answer::json(404, &json!({"code": "1", "reason": "none"})),
    }
}

/// Ends a run as nothing else does: it has no time to clean up.
fn kill(child: Child) -> Done {
    let killed = Command::new("kill")
        .args(["-9", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    wait(child)
}

pub(crate) fn journals(folder: &Folder) -> Vec<String> {
    let files = folder.files().into_iter();
    let names = files.map(|(path, _)| path.file_name().unwrap().to_str().unwrap().to_owned());
    names.filter(|name| name.starts_with(".journal-")).collect()
}

#[test]
fn a_run_that_was_killed_at_any_moment_can_be_cleaned_up_after() {
    // Creates of the replay, reading, creates of the run's own, and whatever follows.
    for last in [0, 1, 2, 9, 20, 23, 24, 27, 31, 40, 60, 90] {
        let (keeper, reached) = Keeper::that_hangs_at(last);
        let folder = Folder::default();
        let url = keeper.server.url(BASE);
        let child = folder.start(&[
            "run",
            &url,
            "--level",
            "profile",
            "--timeout",
            "600",
            "--kit-timeout",
            "600",
        ]);
        reached
            .recv_timeout(PATIENCE)
            .expect("that number of requests");
        let done = kill(child);
        assert_eq!(done.code, None, "{done:#?}");
        assert!(!folder.path("reports/latest/report.html").exists());
        assert!(!folder.path("reports/latest/result.json").exists());
        assert_eq!(journals(&folder).len(), 1, "{last}");

        let done = folder.run(&["clean"]).assert_code(0);
        let mut left = keeper.ids();
        assert_eq!(left.remove(0), "older");
        // What the kit's own create has left without an answer, nothing shows it.
        let unknown = last < 2;
        assert_eq!(
            left.len(),
            usize::from(unknown),
            "{last}: {left:?} {done:#?}"
        );
        assert_eq!(done.stdout.contains("hold no marker"), unknown, "{done:#?}");
        assert!(journals(&folder).is_empty(), "{last}");
        let again = folder.run(&["clean"]).assert_code(0);
        assert!(
            again.stdout.contains("no run has left anything"),
            "{again:#?}"
        );
    }
}

#[test]
fn a_run_that_ends_in_order_leaves_no_journal() {
    let keeper = Keeper::start(|_| None);
    let folder = Folder::default();
    let url = keeper.server.url(BASE);
    folder.run(&["run", &url, "--level", "certification"]);
    assert_eq!(keeper.ids(), ["older"]);
    assert!(journals(&folder).is_empty());
    folder.run(&["verify", "reports/latest"]).assert_code(0);
}

#[test]
fn records_that_cannot_be_removed_are_reported_and_stay_in_the_journal() {
    let folder = Folder::default();
    let record = json!({"id": "a b", "href": "h", "channel": [], "direction": "d", "reason": "r"});
    let server = Server::start(move |request, _| match request.method.as_str() {
        "DELETE" => Answer::json(409, &json!({"code": "1", "reason": "not now"})),
        "GET" if request.path().ends_with("/a%20b") => Answer::json(200, &record),
        "GET" => Answer::json(200, &json!([])),
        _ => Answer::json(201, &record),
    });
    let url = server.url(BASE);
    let run = folder.run(&["run", &url, "--level", "certification"]);
    assert!(run.stdout.contains("tmfctk clean removes it"), "{run:#?}");
    folder.run(&["verify", "reports/latest"]).assert_code(0);
    let clean = folder.run(&["clean"]).assert_code(1);
    assert!(
        clean.stdout.contains("a%20b: DELETE answers 409"),
        "{clean:#?}"
    );
    assert_eq!(journals(&folder).len(), 1);
    let run = folder.run(&["run", &url, "--level", "certification"]);
    assert!(
        run.stdout.contains("an earlier run has left records"),
        "{run:#?}"
    );

    // Nobody listens there any more.
    let port = unused_port();
    let paths = journals(&folder).into_iter();
    let paths: Vec<_> = paths
        .map(|name| folder.path("reports/latest").join(name))
        .collect();
    for path in &paths {
        let text = std::fs::read_to_string(path).unwrap();
        let moved = text.replace(&server.port().to_string(), &port.to_string());
        std::fs::write(path, moved).unwrap();
    }
    folder.run(&["clean", "--timeout", "5"]).assert_code(3);
    std::fs::write(&paths[0], "no journal\n").unwrap();
    folder
        .run(&["clean"])
        .assert_code(2)
        .assert_error(&["line 1", ".journal-"]);
}

#[test]
fn the_target_of_a_journal_is_found_among_those_of_the_file() {
    let (keeper, reached) = Keeper::that_hangs_at(2);
    let folder = Folder::default();
    let file = format!(
        "[[targets]]\nname = 'other'\nurl = 'http://other.example/'\n\
         auth.bearer.token = '${{NOT_SET}}'\n\
         [[targets]]\nname = 'kept'\nurl = '{}'\nauth.bearer.token = 'of-kept'\n",
        keeper.server.url(BASE)
    );
    folder.write("tmfctk.toml", &file);
    let child = folder.start(&[
        "run",
        "--target",
        "kept",
        "--timeout",
        "600",
        "--kit-timeout",
        "600",
    ]);
    reached
        .recv_timeout(PATIENCE)
        .expect("that number of requests");
    kill(child);
    let before = keeper.server.requests().len();
    folder
        .run(&["clean", "reports/latest/kept"])
        .assert_code(0)
        .assert_output(&["removed"]);
    let requests = keeper.server.requests().split_off(before);
    let own = |request: &Request| request.header("authorization") == Some("Bearer of-kept");
    assert!(!requests.is_empty() && requests.iter().all(own));
    assert_eq!(keeper.ids(), ["older"]);
}

#[test]
fn credentials_of_one_target_are_not_sent_to_another() {
    let (keeper, reached) = Keeper::that_hangs_at(2);
    let folder = Folder::default();
    let url = keeper.server.url(BASE);
    let child = folder.start(&[
        "run",
        &url,
        "--level",
        "certification",
        "--timeout",
        "600",
        "--kit-timeout",
        "600",
    ]);
    reached
        .recv_timeout(PATIENCE)
        .expect("that number of requests");
    kill(child);
    folder.write(
        "tmfctk.toml",
        "target = 'http://other.example/'\n[headers]\nAuthorization = 'Bearer hunter22'\n",
    );
    let before = keeper.server.requests().len();
    folder
        .run(&["clean"])
        .assert_code(2)
        .assert_error(&["other.example", "--config, --env or --target"]);
    folder.write(
        "tmfctk.toml",
        "[headers]\nAuthorization = 'Bearer hunter22'\n\
         [[targets]]\nname = 'other'\nurl = 'http://other.example/'\n",
    );
    folder
        .run(&["clean"])
        .assert_code(2)
        .assert_error(&["none has the base URL", "--target"]);
    folder
        .run(&["clean", "--target", "other"])
        .assert_code(2)
        .assert_error(&["other.example", "--target"]);
    assert_eq!(keeper.server.requests().len(), before);
    folder.write(
        "tmfctk.toml",
        &format!("target = '{url}'\n[headers]\nAuthorization = 'Bearer hunter22'\n"),
    );
    folder.run(&["clean"]).assert_code(0);
    let requests = keeper.server.requests();
    let last = requests.last().unwrap();
    assert_eq!(last.header("authorization"), Some("Bearer hunter22"));
    assert_eq!(keeper.ids(), ["older"]);
}
