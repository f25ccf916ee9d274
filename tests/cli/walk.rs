//! Random walks: what only a history shows, and the text that shows it again.

use serde_json::Value;

use crate::support::binary::Folder;
use crate::support::reference::Reference;

/// The scenario of that id begins with these words.
fn scenario(result: &Value, begin: &str) -> Option<Value> {
    let scenarios = result["scenarios"].as_array().expect("scenarios");
    let is_it = |one: &&Value| one["id"].as_str().is_some_and(|id| id.starts_with(begin));
    scenarios.iter().find(is_it).cloned()
}

#[test]
fn what_only_a_history_shows_is_found_and_shown_by_a_feature_that_runs_alone() {
    for (fault, walk) in [
        ("third-patch-lost", "walk-1/"),
        ("patched-twice-not-found", "walk-2/"),
        ("patch-after-list-not-shown", "walk-2/"),
    ] {
        let folder = Folder::default();
        let server = Reference::with_fault(fault);
        let alone = [
            "--level",
            "operations",
            "--gate",
            "operations",
            "--no-events",
        ];
        let mut args = vec!["run", server.base_url()];
        args.extend(alone);
        folder.run(&args).assert_code(1);
        let result = folder.result();
        let findings = result["findings"].as_array().expect("findings");
        let failing: Vec<_> = findings
            .iter()
            .filter(|one| one["severity"] == "fail")
            .collect();
        assert_eq!(failing.len(), 1, "{fault}: {failing:#?}");
        assert_eq!(failing[0]["requirement"], "TMF683-4-PAT-002", "{fault}");
        let found = scenario(&result, walk).expect("the walk was planned");
        assert_eq!(found["status"], "failed", "{fault}: {found}");
        let text = found["shortest"].as_str().expect("a feature");
        // What makes, changes or reads a record: one request each, but for the reading before a
        // change that keeps other people's records safe.
        let requests = |line: &&str| {
            line.contains("a new record") || line.contains("When") || line.contains("has what was")
        };
        assert!(
            text.lines().filter(requests).count() <= 5,
            "{fault}: {text}"
        );

        folder.write("shown/shown.feature", text);
        for (server, status) in [
            (Reference::with_fault(fault), "failed"),
            (Reference::clean(), "passed"),
        ] {
            let mut args = vec!["run", server.base_url(), "--features", "shown"];
            args.extend(["--only", "TMF683-4-PAT-002", "--walk", "0"]);
            args.extend(alone);
            folder.run(&args);
            let again = scenario(&folder.result(), "shown/").expect("it was planned");
            assert_eq!(again["status"], status, "{fault}: {again}");
        }
    }
}

#[test]
fn a_conformant_target_passes_long_walks_of_any_seed() {
    let folder = Folder::default();
    for seed in ["one", "two", "three"] {
        let server = Reference::clean();
        folder.run(&[
            "run",
            server.base_url(),
            "--only",
            "TMF683-4-PAT-002",
            "--walk",
            "150",
            "--walk-seed",
            seed,
        ]);
        let result = folder.result();
        let scenarios = result["scenarios"].as_array().expect("scenarios");
        let is_walk = |one: &&Value| one["id"].as_str().is_some_and(|id| id.starts_with("walk-"));
        let walks: Vec<_> = scenarios.iter().filter(is_walk).collect();
        assert!(walks.len() > 15, "{}", walks.len());
        for walk in walks {
            assert_eq!(walk["status"], "passed", "{walk}");
        }
    }
}
