//! A run against an earlier one, and two stored results side by side.

use serde_json::{Value, json};

use crate::support::BASE;
use crate::support::binary::{Done, Folder};
use crate::support::reference::Reference;
use crate::support::server::Server;

/// Faults that each break one requirement of the profile.
const ONE: &str = "accept-missing-channel";
const OTHER: &str = "accept-missing-direction";

fn run(folder: &Folder, out: &str, faults: &[&str], more: &[&str]) -> Done {
    let mut arguments = vec!["run", "--reference", "--level", "profile", "--out", out];
    for fault in faults {
        arguments.extend(["--reference-fault", fault]);
    }
    arguments.extend(more);
    folder.run(&arguments)
}

fn requirements(list: &Value) -> Vec<&str> {
    let list = list.as_array().expect("a list");
    list.iter()
        .map(|difference| difference["requirement"].as_str().expect("an id"))
        .collect()
}

#[test]
fn only_what_is_new_against_the_baseline_fails() {
    let folder = Folder::default();
    run(&folder, "one", &[ONE], &[]).assert_code(1);
    run(&folder, "again", &[ONE], &["--baseline", "one"])
        .assert_code(0)
        .assert_output(&[
            "FAIL TMF683-4-PRO-022 [known]",
            "NON-CONFORMANT at the level profile",
            "DECIDED BY no new failure up to the gate (profile), against the baseline: 0 new, 1 still there (exit code 0)",
        ]);
    let result = folder.result_in("again");
    assert_eq!(result["verdict"], "non-conformant", "it is what it is");
    assert_eq!(result["baseline"]["verdict"], "conformant");
    assert_eq!(
        requirements(&result["baseline"]["still"]),
        ["TMF683-4-PRO-022"]
    );
    let junit = std::fs::read_to_string(folder.path("again/junit.xml")).expect("written");
    assert!(
        !junit.contains("<failure") && junit.contains("message=\"known: "),
        "{junit}"
    );

    run(
        &folder,
        "both",
        &[ONE, OTHER],
        &["--baseline", "one/result.json"],
    )
    .assert_code(1)
    .assert_output(&[
        "FAIL TMF683-4-PRO-025 [new]",
        "1 new failure up to the gate (profile)",
    ]);
    run(&folder, "other", &[OTHER], &["--baseline", "both"])
        .assert_code(0)
        .assert_output(&[
            "FIXED       fail TMF683-4-PRO-022 (profile)",
            "0 new, 1 still there, 1 fixed",
        ]);

    // The same from the stored results.
    folder
        .run(&["diff", "one", "both"])
        .assert_code(1)
        .assert_output(&[
            "NEW         fail TMF683-4-PRO-025 (profile)",
            "STILL THERE fail TMF683-4-PRO-022 (profile)",
            "TMF683-4-PRO-025     profile        passed -> failed",
            "WORSE 1 new failure up to the gate (profile) (1 new, 1 still there)",
        ]);
    let back = folder
        .run(&["diff", "both/result.json", "one", "--format", "json"])
        .assert_code(0);
    let comparison: Value = serde_json::from_str(&back.stdout).expect("JSON and nothing else");
    assert_eq!(requirements(&comparison["fixed"]), ["TMF683-4-PRO-025"]);
    assert_eq!(
        comparison["requirements"][0],
        json!({
            "id": "TMF683-4-PRO-025", "level": "profile", "before": "failed", "after": "passed"
        })
    );
    let quiet = folder
        .run(&["diff", "one", "both", "--quiet"])
        .assert_code(1);
    assert_eq!(quiet.stdout, "");
}

#[test]
fn a_target_that_is_down_is_not_as_good_as_the_baseline() {
    let folder = Folder::default();
    let server = Reference::clean();
    let url = server.base_url().to_owned();
    let run = ["run", &url, "--level", "certification"];
    let with = |more: &[&str]| folder.run(&[&run[..], more].concat());
    with(&["--out", "up"]).assert_code(0);
    drop(server);
    with(&["--out", "down", "--baseline", "up"])
        .assert_code(3)
        .assert_output(&["less is known than before"]);
    folder
        .run(&["diff", "up", "down"])
        .assert_code(1)
        .assert_output(&["LESS IS KNOWN"]);
    let junit = std::fs::read_to_string(folder.path("down/junit.xml")).expect("written");
    assert!(
        junit.contains("<error message=\"no new failure was seen, but less"),
        "{junit}"
    );
}

#[test]
fn an_unusable_baseline_is_reported_before_the_first_request() {
    let server = Server::untouched();
    let folder = Folder::default();
    let golden = include_str!("../library/report/golden/result.json");
    folder.write("good/result.json", golden);
    let mut other: Value = serde_json::from_str(golden).expect("JSON");
    other["kit"]["pack"] = json!("tmf683@5.0.0");
    folder.write("other.json", &other.to_string());
    folder.write("cut.json", &golden[..golden.len() / 2]);
    for (name, words) in [
        ("other.json", ["tmf683@5.0.0", "can't be compared"]),
        ("cut.json", ["cut.json", "cut off"]),
        ("none.json", ["none.json", "can't be read"]),
    ] {
        let url = server.url(BASE);
        folder
            .run(&["run", &url, "--baseline", name])
            .assert_code(2)
            .assert_error(&words);
        folder
            .run(&["diff", name, "good"])
            .assert_code(2)
            .assert_error(&words);
    }
    assert_eq!(server.connections(), 0);
}
