//! A run on records that exist: its options, its file, its outputs, and what can't be meant.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use crate::support::binary::Folder;
use crate::support::list;
use crate::support::reference::Reference;
use crate::support::server::{Answer, Server};
use tmfctk::reference::Options;

fn older(preload: usize) -> Reference {
    Reference::start(Options {
        preload,
        ..Options::default()
    })
}

fn read(folder: &Folder, file: &str) -> String {
    std::fs::read_to_string(folder.path("reports/latest").join(file)).unwrap()
}

#[test]
fn done_and_open_items_stand_once_in_every_output() {
    let server = older(9);
    let folder = Folder::default();
    let done = folder
        .run(&["run", server.base_url(), "--read-only", "--format", "all"])
        .assert_code(3)
        .assert_output(&[
            "read-only: nothing was changed, 2 records that exist were looked at",
            "checks need a create or another change",
            "INCONCLUSIVE",
        ]);
    assert_eq!(
        done.stdout.matches("need a create").count(),
        1,
        "{}",
        done.stdout
    );
    let result = folder.result();
    let existing = &result["run"]["existing"];
    assert_eq!(existing["readOnly"], json!(true));
    assert_eq!(existing["records"].as_array().map(Vec::len), Some(2));
    assert_eq!(result["officialKit"], json!(null));
    assert_eq!(result["created"], json!([]));
    assert!(
        result["run"]["repeat"]
            .as_str()
            .unwrap()
            .contains(" --read-only")
    );
    assert!(read(&folder, "report.html").contains("This run was read-only"));
    assert!(read(&folder, "report.md").contains("This is not all, read-only"));
    assert!(read(&folder, "junit.xml").contains("(read-only: nothing was changed"));
    // It carries no dossier.
    let dossier = folder.run(&["dossier", "reports/latest/result.json"]);
    assert_ne!(dossier.code, Some(0), "{dossier:#?}");
    dossier.assert_output(&["read-only: nothing was changed"]);
}

#[test]
fn no_journal_is_written_at_any_time() {
    let folder = Folder::default();
    let reports = folder.path("reports/latest");
    let (journals, found) = (reports.clone(), Arc::new(AtomicBool::new(false)));
    let seen = Arc::clone(&found);
    let server = Server::start(move |_, _| {
        let files = std::fs::read_dir(&journals).into_iter().flatten().flatten();
        let mut names = files.map(|file| file.file_name().to_string_lossy().into_owned());
        if names.any(|name| name.contains("journal")) {
            seen.store(true, Ordering::SeqCst);
        }
        let one = |id: &str, direction: &str| {
            let channel = json!([{ "id": "c" }]);
            json!({ "id": id, "href": id, "direction": direction, "reason": format!("Reason {id}"), "channel": channel })
        };
        Answer::json(200, &json!([one("1", "inbound"), one("2", "outbound")]))
    });
    folder
        .run(&["run", &server.url("/api/"), "--read-only"])
        .assert_code(1);
    assert!(server.requests().len() > 50);
    assert!(!found.load(Ordering::SeqCst));
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.method == "GET")
    );
}

#[test]
fn a_failure_is_a_failure_by_reading_alone() {
    let server = Reference::start(Options {
        preload: 9,
        faults: vec!["filter-direction-ignored".parse().unwrap()],
        ..Options::default()
    });
    Folder::default()
        .run(&["run", server.base_url(), "--read-only"])
        .assert_code(1)
        .assert_output(&["FAIL TMF683-4-PRO-044"]);
}

#[test]
fn the_file_says_it_for_a_profile_and_for_each_target() {
    let server = older(4);
    let (base, ids) = (server.base_url(), list(server.base_url()));
    let folder = Folder::default();
    let shared = format!("target = \"{base}\"\n[env.live]\nread-only = true\nexisting = {ids:?}\n");
    folder.write("tmfctk.toml", &shared);
    folder.run(&["run", "--env", "live"]).assert_code(3);
    let result = folder.result();
    let used = result["run"]["existing"]["records"].as_array().unwrap();
    assert!(
        used.iter()
            .all(|one| ids.contains(&one["id"].as_str().unwrap().to_owned()))
    );
    let repeat = result["run"]["repeat"].as_str().unwrap();
    assert!(
        repeat.contains(&format!("--existing {}", ids[0])),
        "{repeat}"
    );
    // A flag names others than the file does.
    let done = folder.run(&["run", "--env", "live", "--existing", "none-such"]);
    done.assert_code(3)
        .assert_output(&["--existing none-such", "404"]);
    // Cleaning up is a change as well.
    let about =
        json!({"target": base, "pack": "tmf683@4.0.0", "started-at": "2026-01-01T00:00:00Z"});
    let lines = [
        json!({ "run": about }),
        json!({ "registering": { "number": 1, "callback": "http://127.0.0.1:9/" } }),
    ];
    let lines = lines.map(|line| format!("{line}\n")).concat();
    folder.write("reports/latest/.journal-1.jsonl", &lines);
    let clean = folder.run(&["clean", "--env", "live"]).assert_code(2);
    clean.assert_error(&["`read-only`", ".journal-1.jsonl", "--env"]);
    assert_eq!(list(base), ids);
    let targets = format!(
        "[[targets]]\nname = \"live\"\nurl = \"{base}\"\nread-only = true\n\
         [[targets]]\nname = \"lab\"\nurl = \"{base}\"\nlevel = \"certification\"\n"
    );
    folder.write("several.toml", &targets);
    folder
        .run(&["run", "--config", "several.toml"])
        .assert_code(3);
    let live = folder.result_in("reports/latest/live");
    assert_eq!(live["run"]["existing"]["readOnly"], json!(true));
    let lab = folder.result_in("reports/latest/lab");
    assert_eq!(lab["run"]["existing"], json!(null));
    assert_eq!(list(base), ids);
}

#[test]
fn contradictions_are_reported_before_the_first_request() {
    let server = Server::untouched();
    let url = server.url("/tmf-api/partyInteraction/v4");
    for (options, words) in [
        (
            &["--read-only", "--keep"][..],
            &["--keep", "nothing is created"][..],
        ),
        (
            &["--read-only", "--level", "certification"],
            &["the official kit creates", "higher level"],
        ),
        (
            &["--read-only", "--certify"],
            &["--certify", "(--read-only)"],
        ),
        (
            &["--existing", "7", "--certify"],
            &["--certify", "(--existing)"],
        ),
        (
            &["--existing", ""],
            &["--existing ``", "give that of a record"],
        ),
        (&["--existing", " "], &["it is not an id"]),
        (&["--existing", ".."], &["--existing `..`", "no URL"]),
        (
            &["--existing", "7", "--existing", "7"],
            &["--existing `7`", "twice"],
        ),
        (&["--existing"], &["--existing", "a value is required"]),
    ] {
        let arguments = [&["run", &url], options].concat();
        Folder::default()
            .run(&arguments)
            .assert_code(2)
            .assert_error(words);
    }
    let folder = Folder::default();
    folder.write("tmfctk.toml", "read-only = \"yes\"\n");
    folder.run(&["run", &url]).assert_code(2).assert_error(&[
        "tmfctk.toml",
        "`read-only`",
        "true or false",
    ]);
    assert_eq!(server.connections(), 0);
}
