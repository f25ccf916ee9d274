//! The reports: whole or not there, where and as many as were asked for.

use std::fs;

use crate::support::BASE;
use crate::support::binary::Folder;
use crate::support::server::{Answer, Server};

#[test]
fn the_reports_that_were_asked_for_are_written_and_no_others() {
    let folder = Folder::default();
    let run = ["run", "--reference", "--level", "certification", "--out"];
    let names = |out: &str| -> Vec<String> {
        let entries = fs::read_dir(folder.path(out)).expect("a folder");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("readable").file_name())
            .map(|name| name.into_string().expect("UTF-8"))
            .collect();
        names.sort();
        names
    };
    let with = |more: &[&str]| {
        let all: Vec<&str> = run.iter().chain(more).copied().collect();
        folder.run(&all).assert_code(0);
    };
    // Beside the reports lies what shows later whether they are as they were written.
    with(&["usual"]);
    assert_eq!(
        names("usual"),
        ["junit.xml", "manifest.json", "report.html", "result.json"]
    );
    with(&["deep/down/here", "--format", "json,json"]);
    assert_eq!(names("deep/down/here"), ["manifest.json", "result.json"]);
    with(&["two", "--format", "junit, html"]);
    assert_eq!(names("two"), ["junit.xml", "manifest.json", "report.html"]);
    with(&["all", "--format", "all"]);
    assert_eq!(
        names("all"),
        [
            "codequality.json",
            "evidence.html",
            "index.html",
            "junit.xml",
            "manifest.json",
            "report.css",
            "report.html",
            "report.js",
            "report.md",
            "report.sarif",
            "result.json",
            "run.har"
        ]
    );
    // What an earlier run left, and this one does not write, would pass for this one's; a file of
    // somebody else stays.
    folder.write("all/notes.md", "mine");
    with(&["all", "--format", "json"]);
    assert_eq!(names("all"), ["manifest.json", "notes.md", "result.json"]);
    folder.write("own/report.md", "mine");
    with(&["own", "--format", "json"]);
    assert_eq!(names("own"), ["manifest.json", "report.md", "result.json"]);
}

#[test]
fn existing_files_stay_where_the_command_is_wrong() {
    let folder = Folder::default();
    folder.write("reports/latest/result.json", "earlier");
    folder
        .run(&["run", "--reference", "--format", "pdf"])
        .assert_code(2)
        .assert_error(&[
            "`pdf`",
            "html, html-multi, json, junit, har, markdown, sarif, codequality, or all",
        ]);
    let kept = fs::read_to_string(folder.path("reports/latest/result.json"));
    assert_eq!(kept.expect("readable"), "earlier");
}

#[test]
fn other_peoples_records_are_stored_as_their_ids_only() {
    let story = "a story that is nobody's business";
    let server = Server::start(move |request, number| {
        let record = |id: String| {
            serde_json::json!({ "id": id, "href": "h", "channel": [{"id": "1"}],
                "direction": "d", "reason": story })
        };
        match request.method.as_str() {
            "POST" => {
                let mut own = record(format!("own{number}"));
                own["reason"] = "mine".into();
                Answer::json(201, &own)
            }
            _ => Answer::json(200, &serde_json::json!([record("theirs".into())])),
        }
    });
    let told = |folder: &Folder| -> bool {
        let files = folder.files();
        assert!(!files.is_empty());
        files
            .iter()
            .any(|(_, content)| String::from_utf8_lossy(content).contains("nobody"))
    };
    let url = server.url(BASE);
    let run = ["run", url.as_str(), "--level", "certification"];
    let folder = Folder::default();
    let done = folder.run(&run);
    assert!(!told(&folder) && !done.stdout.contains(story), "{done:#?}");
    let folder = Folder::default();
    folder.run(&[&run[..], &["--keep-foreign-bodies"]].concat());
    assert!(told(&folder), "this shows that the test can fail");
}

#[test]
fn the_short_report_is_added_to_the_summary_of_a_job_where_it_was_asked_for() {
    let folder = Folder::default();
    let summary = folder.write("summary.md", "what others wrote\n");
    let run = |format: &str, summary: &std::path::Path| {
        let level = ["--level", "certification", "--format", format];
        let mut command = folder.command(&[&["run", "--reference"], &level[..]].concat());
        command.env("GITHUB_STEP_SUMMARY", summary);
        crate::support::binary::Done::from(command.output().expect("it can be started"))
    };
    run("json,junit", &summary).assert_code(0);
    let read = || std::fs::read_to_string(&summary).expect("readable");
    assert_eq!(read(), "what others wrote\n", "nobody asked");
    run("json,markdown", &summary).assert_code(0);
    let own = std::fs::read_to_string(folder.path("reports/latest/report.md")).expect("written");
    assert_eq!(read(), format!("what others wrote\n{own}\n"));
    // In a job of GitHub nobody needs to ask; there it is annotated, and what a target answers is
    // read as a command in no line.
    let level = ["--level", "profile", "--format", "json"];
    let fault = ["--reference-fault", "filter-direction-ignored"];
    let done = folder
        .command(&[&["run", "--reference", "--quiet"], &level[..], &fault].concat())
        .env("GITHUB_STEP_SUMMARY", folder.path("job.md"))
        .env("GITHUB_ACTIONS", "true")
        .output();
    let done = crate::support::binary::Done::from(done.expect("it can be started"));
    let lines: Vec<&str> = done.stdout.lines().collect();
    let token = lines[0].strip_prefix("::stop-commands::").expect("a token");
    let end = format!("::{token}::");
    let end = lines.iter().position(|line| *line == end).expect("the end");
    let commands = |lines: &[&str]| lines.iter().filter(|line| line.contains("::error")).count();
    assert_eq!(commands(&lines[..end]), 0, "{lines:#?}");
    let result = folder.result();
    let causes = result["causes"].as_array().expect("causes").iter();
    let failing = causes.filter(|cause| cause["severity"] == "fail");
    assert_eq!(commands(&lines[end..]), failing.count(), "{lines:#?}");
    assert!(
        lines[end + 1].starts_with("::error title=TMF683-4-PRO-044::"),
        "{lines:#?}"
    );
    assert!(folder.path("job.md").exists());
    // One that can't be written loses neither verdict nor reports.
    run("json,markdown", &folder.path("none/summary.md"))
        .assert_code(0)
        .assert_error(&["GITHUB_STEP_SUMMARY", "can't be written"]);
}
