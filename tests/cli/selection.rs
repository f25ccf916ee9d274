//! A run of a part: what is selected, what is said about the rest, and what can't be meant.

use serde_json::Value;

use crate::support::BASE;
use crate::support::binary::Folder;
use crate::support::server::Server;

const RUN: [&str; 4] = ["run", "--reference", "--format", "all"];

fn with<'a>(more: &[&'a str]) -> Vec<&'a str> {
    RUN.iter().chain(more).copied().collect()
}

/// The scenarios that `list` prints.
fn listed(folder: &Folder, more: &[&str]) -> Vec<Value> {
    let arguments = [&["list", "--format", "json"], more].concat();
    let done = folder.run(&arguments).assert_code(0);
    serde_json::from_str(&done.stdout).expect("JSON")
}

fn verdicts(result: &Value) -> Vec<(&str, &str)> {
    let levels = result["levels"].as_array().expect("levels").iter();
    levels
        .map(|level| {
            (
                level["level"].as_str().expect("a level"),
                level["verdict"].as_str().expect("a verdict"),
            )
        })
        .collect()
}

#[test]
fn one_requirement_runs_alone_and_every_output_says_so() {
    let folder = Folder::default();
    folder
        .run(&with(&["--only", "pro-044"]))
        .assert_code(0)
        .assert_output(&[
            "11 of ",
            "11 passed",
            "--only pro-044",
            "INCONCLUSIVE",
            "11 of 11 selected scenarios passed; a part decides no verdict",
        ]);
    let result = folder.result();
    assert_eq!(result["verdict"], "inconclusive");
    assert_eq!(result["run"]["partial"], true);
    assert_eq!(verdicts(&result), [("profile", "inconclusive")]);
    assert_eq!(result["officialKit"], Value::Null, "nothing needed it");
    assert!(result["exchanges"].as_array().expect("a list").len() < 40);
    let selection = &result["run"]["selection"];
    assert_eq!(selection["options"], serde_json::json!(["--only pro-044"]));
    assert_eq!(selection["scenarios"], 11);
    assert_eq!(
        selection["leftOut"],
        listed(&folder, &[]).len() - 11,
        "{selection}"
    );
    assert_eq!(
        selection["levelsLeftOut"],
        serde_json::json!(["certification", "specification", "operations", "guideline"])
    );
    let requirements = result["requirements"].as_array().expect("a list");
    for requirement in requirements {
        let id = requirement["id"].as_str().expect("an id");
        let expected = if id.ends_with("PRO-044") {
            "passed"
        } else if requirement["reason"].to_string().contains("left out") {
            "inconclusive"
        } else {
            "not-tested"
        };
        assert_eq!(requirement["status"], expected, "{id}");
    }
    for report in ["report.html", "report.md", "junit.xml", "run.har"] {
        let text = std::fs::read_to_string(folder.path("reports/latest").join(report));
        assert!(text.expect("a report").contains("11 of 7"), "{report}");
    }
    // A part carries no dossier.
    let done = folder.run(&["dossier", "reports/latest/result.json"]);
    assert_ne!(done.code, Some(0), "{done:#?}");
    done.assert_output(&["only a selection ran", "--only pro-044"]);
}

#[test]
fn a_selected_failure_is_non_conformant_and_runs_again_until_it_holds() {
    let folder = Folder::default();
    let broken = ["--only", "PRO-044", "--reference-fault"];
    folder
        .run(&with(
            &[&broken[..], &["filter-direction-ignored"]].concat(),
        ))
        .assert_code(1);
    let result = folder.result();
    assert_eq!(verdicts(&result), [("profile", "non-conformant")]);
    let failed: Vec<_> = result["scenarios"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|scenario| scenario["status"] == "failed")
        .map(|scenario| scenario["id"].clone())
        .collect();
    assert!((1..11).contains(&failed.len()), "{failed:?}");
    // Only those run again; listed from the file, run from the folder.
    let again = listed(&folder, &["--rerun", "reports/latest/result.json"]);
    let mut ids: Vec<_> = again.iter().map(|it| it["id"].to_string()).collect();
    let mut failed: Vec<_> = failed.iter().map(ToString::to_string).collect();
    ids.sort();
    failed.sort();
    assert_eq!(ids, failed);
    folder
        .run(&with(&["--rerun", "reports/latest"]))
        .assert_code(0)
        .assert_output(&["selected scenarios pass now", "INCONCLUSIVE"]);
    assert_eq!(
        folder.result()["scenarios"].as_array().map(Vec::len),
        Some(failed.len())
    );
    // Now nothing is left.
    folder
        .run(&with(&["--rerun", "reports/latest"]))
        .assert_code(0)
        .assert_output(&["nothing failed or stayed undecided in reports/latest"]);
}

#[test]
fn a_part_above_the_gate_fails_where_what_was_selected_fails() {
    let folder = Folder::default();
    folder
        .run(&with(&[
            "--only",
            "GDL-004",
            "--reference-fault",
            "location-missing",
        ]))
        .assert_code(1)
        .assert_output(&["1 failed; a part decides no verdict"]);
    assert_eq!(folder.result()["verdict"], "inconclusive");
    // What could not be decided does not pass.
    folder
        .run(&["run", "http://127.0.0.1:9/", "--only", "GDL-004"])
        .assert_code(3);
}

#[test]
fn levels_that_are_selected_whole_are_judged_whole() {
    let folder = Folder::default();
    folder
        .run(&with(&["--tags", "@certification or @profile"]))
        .assert_code(0)
        .assert_output(&["CONFORMANT", "scenarios were selected"]);
    let result = folder.result();
    assert_eq!(
        verdicts(&result)[..2],
        [("certification", "conformant"), ("profile", "conformant")]
    );
    // The profile alone leaves the level below it open, and it is part of the gate.
    folder
        .run(&with(&["--tags", "@profile"]))
        .assert_code(0)
        .assert_output(&["at the level certification", "a part decides no verdict"]);
}

#[test]
fn the_certification_level_is_what_the_replay_says_and_it_runs_whole() {
    let folder = Folder::default();
    folder
        .run(&with(&["--only", "CTK-001", "--gate", "certification"]))
        .assert_code(0);
    let result = folder.result();
    assert_eq!(result["officialKit"]["requests"], 18);
    assert_eq!(verdicts(&result), [("certification", "conformant")]);
}

#[test]
fn an_impossible_selection_is_reported_before_the_first_request() {
    let folder = Folder::default();
    folder.write("broken.json", "{}");
    let server = Server::untouched();
    let url = server.url(BASE);
    for (option, value, hint) in [
        ("--only", "PRO-44", "did you mean TMF683-4-PRO-044?"),
        ("--only", "XYZ", "tmfctk requirements"),
        ("--tags", "@profil", "did you mean @profile?"),
        ("--tags", "@profile and", "not a tag expression"),
        ("--name", "(", "not a regular expression"),
        ("--name", "no such scenario at all", "selects none"),
        ("--rerun", "none.json", "none.json"),
        ("--rerun", "broken.json", "broken.json"),
    ] {
        let arguments = ["run", url.as_str(), option, value];
        folder.run(&arguments).assert_code(2).assert_error(&[hint]);
        let arguments = ["list", option, value];
        folder.run(&arguments).assert_code(2).assert_error(&[hint]);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn the_list_is_what_runs() {
    let folder = Folder::default();
    let selection = ["--name", "^delete/", "--level", "operations"];
    let mut listed: Vec<_> = listed(&folder, &selection)
        .iter()
        .map(|scenario| scenario["id"].as_str().expect("an id").to_owned())
        .collect();
    folder.run(&with(&selection)).assert_code(0);
    let result = folder.result();
    let ran = result["scenarios"].as_array().expect("a list").iter();
    let mut ran: Vec<_> = ran
        .map(|scenario| scenario["id"].as_str().expect("an id").to_owned())
        .collect();
    listed.sort();
    ran.sort();
    assert_eq!(listed, ran);
    assert!(ran.len() > 2);
    folder
        .run(&["list", "--only", "PRO-044"])
        .assert_code(0)
        .assert_output(&["checking own records (10 scenarios)", "@TMF683-4-PRO-044"]);
    // A scenario is found by what it is called, too, and counts for all that it checks.
    folder
        .run(&["list", "--name", "^Request 18 asks"])
        .assert_code(0)
        .assert_output(&["1 scenario, ", "left out; requirements: 3"]);
}

#[test]
fn a_warning_runs_again_where_it_counted() {
    let folder = Folder::default();
    let fault = ["--header", "Authorization: of-nobody", "--reference-fault"];
    let run = with(
        &[
            &["--only", "SPC-042"],
            &fault[..],
            &["credentials-not-asked"],
        ]
        .concat(),
    );
    let again = ["list", "--rerun", "reports/latest"];
    // What is left out of a part is not a scenario of it, and stays undecided.
    folder.run(&run).assert_code(0);
    folder
        .run(&again)
        .assert_code(2)
        .assert_error(&["nothing failed or stayed undecided"]);
    folder
        .run(&[&run[..], &["--strict"]].concat())
        .assert_code(1);
    folder
        .run(&again)
        .assert_code(0)
        .assert_output(&["without-credentials-nothing-is-answered", "1 scenario, "]);
}
