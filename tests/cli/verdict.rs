//! The exit code is the verdict, and what is printed is what a reader needs.

use serde_json::json;
use tmfctk::reference::Options;

use crate::support::binary::Folder;
use crate::support::reference::Reference;
use crate::support::server::{Answer, Server, unused_port};
use crate::support::{BASE, list};

const CERTIFICATION: [&str; 2] = ["--level", "certification"];

fn run(folder: &Folder, arguments: &[&str]) -> crate::support::binary::Done {
    let all: Vec<&str> = ["run"]
        .iter()
        .chain(arguments)
        .chain(&CERTIFICATION)
        .copied()
        .collect();
    folder.run(&all)
}

#[test]
fn the_reference_is_conformant() {
    let folder = Folder::default();
    let done = run(&folder, &["--reference"]).assert_code(0);
    let done = done.assert_output(&[
        "CONFORMANT",
        "246 assertions, 0 failed",
        "reports/latest/report.html",
        "seed ",
    ]);
    assert_eq!(done.stderr, "", "no progress where there is no terminal");
    assert!(!done.stdout.contains('\u{1b}'), "{done:#?}");
    let result = folder.result();
    assert_eq!(result["verdict"], "conformant");
    assert_eq!(result["run"]["interrupted"], false);
    assert_eq!(
        (
            &result["officialKit"]["wouldPass"],
            &result["officialKit"]["assertions"]
        ),
        (&json!(true), &json!(246))
    );
}

#[test]
fn the_whole_run_is_conformant_as_well() {
    let folder = Folder::default();
    folder.run(&["run", "--reference"]).assert_code(0);
    assert_eq!(folder.result()["verdict"], "conformant");
}

#[test]
fn a_broken_server_is_not_conformant_and_the_failure_is_told_with_its_reason() {
    let server = Reference::with_fault("unknown-id-200");
    let folder = Folder::default();
    run(&folder, &[server.base_url()])
        .assert_code(1)
        .assert_output(&[
            "NON-CONFORMANT",
            "FAIL TMF683-4-CTK-023",
            "expected 404, got 200",
            "reports/latest/report.html",
        ]);
    assert_eq!(folder.result()["verdict"], "non-conformant");
}

#[test]
fn a_server_that_is_down_is_inconclusive() {
    let url = format!("http://127.0.0.1:{}{BASE}", unused_port());
    let folder = Folder::default();
    run(&folder, &[&url]).assert_code(3).assert_output(&[
        "INCONCLUSIVE",
        "can't be reached",
        "is the server started",
    ]);
    let result = folder.result();
    assert_eq!(result["verdict"], "inconclusive");
    assert_eq!(result["officialKit"]["wouldPass"], json!(null));
    assert_eq!(result["findings"], json!([]), "nothing is known of it");
    let page = std::fs::read_to_string(folder.path("reports/latest/report.html")).expect("a page");
    for numbers in ["<dt>assertions</dt>", " assertions, "] {
        assert!(!page.contains(numbers), "{numbers}");
    }
}

#[test]
fn a_server_that_never_answers_is_inconclusive() {
    let server = Server::start(|_, _| Answer::Hang);
    let folder = Folder::default();
    run(
        &folder,
        &[
            &server.url(BASE),
            "--timeout",
            "0.02",
            "--kit-timeout",
            "0.02",
        ],
    )
    .assert_code(3)
    .assert_output(&["INCONCLUSIVE", "--timeout"]);
    assert_eq!(folder.result()["verdict"], "inconclusive");
}

#[test]
fn quiet_says_nothing_where_nothing_went_wrong() {
    let folder = Folder::default();
    let done = run(&folder, &["--reference", "--quiet"]).assert_code(0);
    assert_eq!((done.stdout.as_str(), done.stderr.as_str()), ("", ""));
    assert_eq!(folder.result()["verdict"], "conformant");
}

#[test]
fn quiet_still_tells_what_is_wrong_with_the_command() {
    let folder = Folder::default();
    let done = folder.run(&["run", "--quiet"]).assert_code(2);
    assert_eq!(done.stdout, "");
    done.assert_error(&["no target"]);
}

#[test]
fn no_color_is_obeyed_even_where_colour_is_forced() {
    let folder = Folder::default();
    let coloured = |no_color: &str| {
        let mut command = folder.command(&["run", "--reference", "--level", "certification"]);
        command.env("CLICOLOR_FORCE", "1").env("NO_COLOR", no_color);
        let output = command.output().expect("it can be started");
        String::from_utf8(output.stdout)
            .expect("UTF-8")
            .contains('\u{1b}')
    };
    assert!(
        coloured(""),
        "an empty NO_COLOR is none: this shows that the test can fail"
    );
    assert!(!coloured("1"));
}

#[test]
fn texts_of_a_target_cannot_steer_the_terminal() {
    let server = Server::start(|_, _| {
        let body = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{202e}<script>";
        Answer::new(500, "text/html", body).with_header("X-Evil", "\u{202e}gpj.exe")
    });
    let folder = Folder::default();
    let done = run(&folder, &[&server.url(BASE)]).assert_code(1);
    assert!(
        !done.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']),
        "{done:#?}"
    );
    assert_eq!(folder.result()["verdict"], "non-conformant");
}

#[test]
fn the_last_slash_is_added_where_it_is_missing_and_said() {
    let server = Reference::clean();
    let without = server.base_url().trim_end_matches('/').to_owned();
    let blank = format!("  {} ", server.base_url());
    for (given, noted) in [
        (server.base_url(), false),
        (without.as_str(), true),
        (blank.as_str(), false),
    ] {
        let folder = Folder::default();
        run(&folder, &[given]).assert_code(0);
        let result = folder.result();
        assert_eq!(result["target"]["url"], server.base_url());
        let notes = result["officialKit"]["notes"].to_string();
        assert_eq!(notes.contains("last slash"), noted, "`{given}`: {notes}");
        assert_eq!(result["officialKit"]["failed"], 0);
    }
}

#[test]
fn created_records_are_deleted_and_keep_leaves_them() {
    let server = Reference::clean();
    let folder = Folder::default();
    run(&folder, &[server.base_url()]).assert_code(0);
    assert_eq!(list(server.base_url()), Vec::<String>::new());
    let result = folder.result();
    let created = result["created"].as_array().expect("a list");
    assert_eq!(created.len(), 2);
    assert!(created.iter().all(|record| record["deleted"] == true));

    run(&folder, &[server.base_url(), "--keep"])
        .assert_code(0)
        .assert_output(&["2 created records were left", "--keep"]);
    let result = folder.result();
    let mut left: Vec<String> = result["created"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|record| record["id"].as_str().expect("an id").to_owned())
        .collect();
    left.sort();
    assert_eq!(list(server.base_url()), left);
}

#[test]
fn older_records_stay() {
    let server = Reference::start(Options {
        preload: 7,
        ..Options::default()
    });
    let before = list(server.base_url());
    assert_eq!(before.len(), 7);
    let folder = Folder::default();
    run(&folder, &[server.base_url()]).assert_code(0);
    assert_eq!(list(server.base_url()), before);
}

#[test]
fn records_that_cannot_be_deleted_are_listed_with_the_reason() {
    // Creates, and then answers everything as if it knew nothing; DELETE is not offered.
    let server = Server::start(|request, number| match request.method.as_str() {
        "POST" => Answer::json(
            201,
            &json!({ "id": format!("r{number}"), "href": "h", "channel": [], "direction": "d", "reason": "r" }),
        ),
        "DELETE" => Answer::json(405, &json!({})),
        _ => match request
            .path()
            .split_once("/partyInteraction/v4/partyInteraction/")
        {
            Some((_, id)) => Answer::json(
                200,
                &json!({ "id": id, "href": "h", "channel": [], "direction": "d", "reason": "r" }),
            ),
            None => Answer::json(200, &json!([])),
        },
    });
    let folder = Folder::default();
    run(&folder, &[&server.url(BASE)])
        .assert_code(1)
        .assert_output(&["2 created records were left", "DELETE answers 405"]);
    let result = folder.result();
    for (record, id) in result["created"]
        .as_array()
        .expect("a list")
        .iter()
        .zip(["r0", "r1"])
    {
        assert_eq!(
            (&record["id"], &record["deleted"]),
            (&json!(id), &json!(false))
        );
        let reason = record["reason"].as_str().expect("a reason");
        assert!(reason.starts_with("DELETE answers 405"), "{reason}");
    }
    // Not offered is asked once, not once for each record.
    let deletes = server.requests();
    let deletes = deletes.iter().filter(|request| request.method == "DELETE");
    assert_eq!(deletes.count(), 1);
}

#[test]
fn the_seed_is_printed_stored_and_used_again() {
    let folder = Folder::default();
    run(&folder, &["--reference", "--seed", "cafe"])
        .assert_code(0)
        .assert_output(&["seed cafe"]);
    let result = folder.result();
    assert_eq!(result["run"]["seed"], "cafe");
    let repeat = result["run"]["repeat"].as_str().expect("a command");
    assert!(repeat.contains("--seed cafe"), "{repeat}");
    run(&folder, &["--reference"]).assert_code(0);
    let first = folder.result()["run"]["seed"].clone();
    run(&folder, &["--reference"]).assert_code(0);
    assert_ne!(folder.result()["run"]["seed"], first);
}

#[test]
fn the_configured_payload_is_sent_as_it_is() {
    let server = Reference::clean();
    let folder = Folder::default();
    let payload =
        "{ \"reason\" : \"Grüße\",\n\t\"direction\":\"inbound\", \"channel\":[{\"id\":\"7\"}] }\n";
    folder.write("payload.json", payload);
    run(&folder, &[server.base_url(), "--payload", "payload.json"]).assert_code(0);
    let result = folder.result();
    assert_eq!(result["exchanges"][0]["request"]["body"], payload);
    // No body was sent twice: this one can't be tested.
    let not_tested = &result["requirements"][9];
    assert_eq!(
        (&not_tested["id"], &not_tested["status"]),
        (&json!("TMF683-4-CTK-010"), &json!("not-tested"))
    );
}

/// A server as an engineer writes it in fifteen minutes: what its findings come down to.
fn toy(program: &str, file: &str) -> Option<serde_json::Value> {
    use std::io::BufRead as _;
    let path = format!("{}/tests/toys/{file}", env!("CARGO_MANIFEST_DIR"));
    let started = std::process::Command::new(program)
        .arg(path)
        .stdout(std::process::Stdio::piped())
        .spawn();
    let Ok(mut server) = started else {
        crate::support::skip(program);
        return None;
    };
    let mut line = String::new();
    let output = server.stdout.take().expect("a pipe");
    std::io::BufReader::new(output)
        .read_line(&mut line)
        .expect("it prints its URL");
    let folder = Folder::default();
    let quick = ["--event-timeout", "1", "--event-quiet", "0.1"];
    let done = folder.run(&[&["run", line.trim()][..], &quick].concat());
    server.kill().expect("it runs");
    server.wait().expect("it ends");
    done.assert_code(1)
        .assert_output(&["Certificate", "Conformance", "causes to mend", "mend: "]);
    Some(folder.result())
}

fn titles(result: &serde_json::Value) -> Vec<&str> {
    let causes = result["causes"].as_array().expect("causes").iter();
    causes.filter_map(|cause| cause["title"].as_str()).collect()
}

#[test]
fn a_server_in_express_has_a_short_list_of_what_to_mend() {
    let Some(result) = toy("node", "express-like.mjs") else {
        return;
    };
    let titles = titles(&result);
    assert!(titles.len() <= 10, "{titles:#?}");
    // What has most findings at the lowest level comes first.
    assert_eq!(titles[0], "fields is ignored on the list", "{titles:#?}");
    assert!(
        titles[1].starts_with("attributes of a create are not checked: "),
        "{titles:#?}"
    );
    assert_eq!(result["certificate"], "would-pass");
}

#[test]
fn a_server_in_flask_is_told_first_that_its_lists_come_in_an_envelope() {
    let Some(result) = toy("python3", "flask-like.py") else {
        return;
    };
    let titles = titles(&result);
    assert!(titles.len() <= 10, "{titles:#?}");
    assert_eq!(titles[0], "a list is wrapped in an object");
    assert_eq!(result["certificate"], "would-not-pass");
}
