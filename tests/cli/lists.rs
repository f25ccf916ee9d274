//! `serve` and `requirements`: what other programs read.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;

use serde_json::Value;

use crate::support::binary::{Done, Folder};
use crate::support::list;

/// Kills a server that a test has started, however the test ends.
struct Running(std::process::Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_first_line_of_serve_is_the_base_url_of_a_server_that_listens() {
    let folder = Folder::default();
    let mut running = Running(folder.start(&["serve", "--port", "0", "--preload", "3"]));
    let mut line = String::new();
    let stdout = running.0.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let url = line.strip_suffix('\n').expect("a whole line");
    assert!(
        url.starts_with("http://127.0.0.1:") && url.ends_with("/tmf-api/partyInteraction/v4/"),
        "{url}"
    );
    assert_eq!(list(url).len(), 3);
    // It is what a run takes as target.
    folder
        .run(&["run", url, "--level", "certification"])
        .assert_code(0);
}

#[test]
fn a_server_that_listens_at_all_addresses_names_one_that_works() {
    let folder = Folder::default();
    let arguments = [
        "serve",
        "--port",
        "0",
        "--bind",
        "0.0.0.0",
        "--preload",
        "2",
    ];
    let mut running = Running(folder.start(&arguments));
    let mut line = String::new();
    let stdout = running.0.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    assert!(line.starts_with("http://127.0.0.1:"), "{line}");
    assert_eq!(list(line.trim()).len(), 2);
}

#[test]
fn a_fault_of_serve_is_there() {
    let folder = Folder::default();
    let arguments = ["serve", "--port", "0", "--fault", "unknown-id-200"];
    let mut running = Running(folder.start(&arguments));
    let mut line = String::new();
    let stdout = running.0.stdout.take().expect("piped");
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    folder
        .run(&["run", line.trim(), "--level", "certification"])
        .assert_code(1)
        .assert_output(&["TMF683-4-CTK-023"]);
}

#[test]
fn impossible_options_of_serve_are_reported() {
    let folder = Folder::default();
    folder
        .run(&["serve", "--fault", "post-20"])
        .assert_code(2)
        .assert_error(&["post-20", "post-200"]);
    folder
        .run(&["serve", "--variant", "slo"])
        .assert_code(2)
        .assert_error(&["slow"]);
    folder
        .run(&["serve", "--variant", "zzz"])
        .assert_code(2)
        .assert_error(&["zzz", "--list-variants"]);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("bound").port().to_string();
    folder
        .run(&["serve", "--port", &port])
        .assert_code(2)
        .assert_error(&[&port]);
}

fn json(done: Done) -> Vec<Value> {
    let done = done.assert_code(0);
    assert_eq!(done.stderr, "");
    serde_json::from_str(&done.stdout).expect("a JSON list")
}

#[test]
fn faults_are_listed_with_name_requirement_level_and_description() {
    let folder = Folder::default();
    let faults = json(folder.run(&["serve", "--list-faults", "--format", "json"]));
    assert!(faults.len() > 30);
    let requirements = json(folder.run(&["requirements", "--format", "json"]));
    let levels: BTreeSet<(&str, &str)> = requirements
        .iter()
        .map(|requirement| (text(requirement, "id"), text(requirement, "level")))
        .collect();
    for fault in &faults {
        let keys: Vec<&String> = fault.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["name", "requirement", "level", "description"]);
        // Levels whose requirements the pack does not have yet can't be compared.
        let known = levels
            .iter()
            .find(|(id, _)| *id == text(fault, "requirement"));
        if let Some((_, level)) = known {
            assert_eq!(*level, text(fault, "level"), "{fault}");
        }
    }
    let table = folder.run(&["serve", "--list-faults"]).assert_code(0);
    assert_eq!(table.stdout.lines().count(), faults.len());
}

#[test]
fn variants_are_listed_with_name_and_description() {
    let folder = Folder::default();
    let variants = json(folder.run(&["serve", "--list-variants", "--format", "json"]));
    for variant in &variants {
        assert!(!text(variant, "name").is_empty() && !text(variant, "description").is_empty());
    }
    assert!(variants.iter().any(|variant| variant["name"] == "slow"));
}

#[test]
fn requirements_are_listed_with_the_scenarios_that_check_each() {
    let folder = Folder::default();
    let requirements = json(folder.run(&["requirements", "--format", "json"]));
    let certification: Vec<&Value> = requirements
        .iter()
        .filter(|requirement| requirement["level"] == "certification")
        .collect();
    assert_eq!(certification.len(), 25);
    for requirement in &requirements {
        for key in ["id", "level", "strength", "statement", "onViolation"] {
            assert!(!text(requirement, key).is_empty(), "{key}: {requirement}");
        }
        assert!(requirement["sources"].is_array(), "{requirement}");
        let scenarios = requirement["scenarios"].as_array().expect("a list");
        assert!(
            !scenarios.is_empty() || requirement["notTestable"].is_string(),
            "nobody checks {requirement}"
        );
    }
    let unknown = requirements
        .iter()
        .find(|requirement| requirement["id"] == "TMF683-4-CTK-023")
        .expect("it is in the catalogue");
    assert_eq!(
        unknown["scenarios"][0],
        "e1-unknown-id/request-18-asks-for-an-id-that-does-not-exist"
    );
}

#[test]
fn requirements_can_be_read_by_people_and_narrowed_down() {
    let folder = Folder::default();
    let arguments = ["requirements", "--level", "certification"];
    let done = folder.run(&arguments).assert_code(0);
    assert!(!done.stdout.contains('\u{1b}'));
    done.assert_output(&[
        "TMF683-4-CTK-001",
        "rule: CTK4 #1,#2",
        "checked by",
        "25 requirements",
    ]);
    folder
        .run(&["requirements", "--api", "tmf683@9"])
        .assert_code(2)
        .assert_error(&["tmf683@9", "tmf683@4.0.0"]);
    folder
        .run(&["requirements", "--level", "gold"])
        .assert_code(2)
        .assert_error(&["gold", "guideline"]);
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let folder = Folder::default();
    let mut child = folder.start(&["requirements", "--format", "json"]);
    drop(child.stdout.take());
    let mut complaint = String::new();
    let mut stderr = child.stderr.take().expect("piped");
    stderr.read_to_string(&mut complaint).expect("UTF-8");
    let code = child.wait().expect("it ends").code();
    assert_eq!((code, complaint.as_str()), (Some(0), ""));
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}
