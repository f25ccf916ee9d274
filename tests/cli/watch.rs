//! `--watch` and `--open`: the loop of repair.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;

use serde_json::json;

use crate::interrupt::send;
use crate::support::BASE;
use crate::support::binary::Folder;
use crate::support::reference::Reference;
use crate::support::server::{Answer, PATIENCE, Server};

#[test]
fn a_run_is_repeated_on_enter_and_where_a_file_or_the_target_changes() {
    let is_mended = Arc::new(AtomicBool::new(false));
    let state = Arc::clone(&is_mended);
    let server = Server::start(move |request, _| match request.method.as_str() {
        "GET" if state.load(Ordering::SeqCst) => Answer::json(200, &json!([])),
        _ => Answer::json(500, &json!({ "code": "1", "reason": "r" })),
    });
    let folder = Folder::default();
    let file = folder.write("server/main.js", "one");
    let run = [
        "run",
        &server.url(BASE),
        "--only",
        "PRO-031",
        "--watch=server",
    ];
    let mut child = folder.start_with(Stdio::piped(), &run);
    let (sender, lines) = mpsc::channel();
    let output = BufReader::new(child.stdout.take().unwrap());
    thread::spawn(move || {
        for line in output.lines() {
            let _ = sender.send(line.unwrap());
        }
    });
    let until = |words: &str| loop {
        let line = lines.recv_timeout(PATIENCE).expect("a line");
        if line.contains(words) {
            return line;
        }
    };
    let waiting = "runs again on Enter, when the target has changed, when server has changed";
    until(waiting);
    let first = folder.result()["run"]["startedAt"].clone();

    child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
    until("SINCE THE LAST RUN 0 new");
    until(waiting);
    assert_ne!(folder.result()["run"]["startedAt"], first);

    // Its time of change alone would be enough; a test can be faster than the clock of files.
    let later = fs::metadata(&file).unwrap().modified().unwrap() + PATIENCE;
    fs::File::open(&file).unwrap().set_modified(later).unwrap();
    until("a file has changed");
    until(waiting);

    is_mended.store(true, Ordering::SeqCst);
    until("the target answers otherwise");
    until(waiting);
    send("INT", &child);
    let code = child.wait().unwrap().code();
    assert_eq!(
        code,
        Some(3),
        "the last run was: {}",
        folder.result()["verdict"]
    );
}

#[test]
fn a_stop_during_a_run_cleans_up_and_ends_the_watch() {
    let (server, fourth, deleted) = crate::interrupt::slow();
    let folder = Folder::default();
    let url = server.url(BASE);
    let limits = ["--timeout", "600", "--kit-timeout", "600", "--watch"];
    let child = folder.start(&[&["run", &url][..], &limits].concat());
    fourth.recv_timeout(PATIENCE).expect("a fourth request");
    send("TERM", &child);
    crate::support::binary::wait(child).assert_code(130);
    assert_eq!(deleted.lock().unwrap().len(), 2);
}

#[test]
fn what_can_not_be_watched_is_reported_before_the_first_request() {
    let server = Server::untouched();
    let folder = Folder::default();
    folder
        .run(&["run", &server.url(BASE), "--watch=nowhere"])
        .assert_code(2)
        .assert_error(&["can't watch nowhere"]);
}

#[test]
fn the_report_is_opened_by_the_program_that_the_system_has_for_it() {
    let folder = Folder::default();
    let opener = folder.write(
        "bin/xdg-open",
        "#!/bin/sh\necho \"$1\" > opened.tmp\nmv opened.tmp opened\n",
    );
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", folder.path("bin").display());
    let server = Reference::clean();
    let run = |format: &str| {
        folder
            .command(&[
                "run",
                server.base_url(),
                "--only",
                "PRO-031",
                "--format",
                format,
                "--open",
            ])
            .env("PATH", &path)
            .output()
            .unwrap()
    };
    let done = run("html,json");
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    // The program goes its own way, so that a browser does not hold the run.
    let opened = folder.path("opened");
    while !opened.is_file() {
        thread::yield_now();
    }
    let page = fs::read_to_string(&opened).unwrap();
    assert!(
        page.trim().ends_with("reports/latest/report.html"),
        "{page}"
    );

    let done = run("json");
    assert_eq!(done.status.code(), Some(0), "the verdict is not touched");
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(said.contains("add html to --format"), "{said}");
}
