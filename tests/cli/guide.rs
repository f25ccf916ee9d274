//! What guides a user: explanations, completions, manual pages, suggestions for what is misspelt.

use serde_json::Value;

use crate::support::binary::Folder;

fn explained(id: &str) -> Value {
    let done = Folder::default().run(&["explain", id, "--format", "json"]);
    serde_json::from_str(&done.assert_code(0).stdout).expect("JSON")
}

#[test]
fn a_requirement_is_explained_with_what_keeps_it_and_what_breaks_it() {
    let folder = Folder::default();
    folder
        .run(&["explain", "ctk-001"])
        .assert_code(0)
        .assert_output(&[
            "TMF683-4-CTK-001  certification, MUST",
            "answered with exactly 201",
            "costs",
            "matters",
            "n1-create-and-retrieve/request-1",
            "And the kit's assertions hold:",
            "Right: the reference implementation",
            "-> 201",
            "Wrong: a create is answered",
            "tmfctk serve --fault post-",
            "FAIL",
        ]);
    // Nothing is left behind.
    assert_eq!(folder.files(), Vec::new());
}

#[test]
fn some_of_many_scenarios_are_shown_and_the_others_counted() {
    let done = Folder::default()
        .run(&["explain", "PAT-011"])
        .assert_code(0);
    let listed = Folder::default().run(&["list", "--only", "PAT-011", "--format", "json"]);
    let listed: Vec<Value> = serde_json::from_str(&listed.stdout).expect("a list");
    let ids = listed.iter().filter_map(|scenario| scenario["id"].as_str());
    let shown = ids.filter(|id| done.stdout.contains(*id)).count();
    assert!(shown > 1, "{shown}");
    let more = format!("and {} more: tmfctk list --only", listed.len() - shown);
    assert!(done.stdout.contains(&more), "{more}: {}", done.stdout);
}

#[test]
fn the_exchanges_are_a_pair_and_the_finding_is_about_the_wrong_one() {
    // The second is seen only by looking back at all answers of a run.
    for id in ["PRO-044", "PRO-006"] {
        let explained = explained(id);
        let (right, wrong) = (&explained["right"], &explained["wrong"]);
        assert_eq!(right["method"], wrong["method"], "{id}");
        for side in [right, wrong] {
            assert!(side["response"]["status"].is_u64(), "{id}: {side}");
        }
        let finding = &explained["finding"];
        assert_eq!(finding["requirement"], explained["requirement"]["id"]);
        assert_eq!(finding["exchange"], wrong["index"], "{id}");
        assert!(explained["fault"]["name"].is_string(), "{id}");
    }
}

#[test]
fn an_untestable_requirement_says_why_and_shows_no_exchange() {
    let explained = explained("PRO-017");
    assert!(explained["requirement"]["notTestable"].is_string());
    assert_eq!(explained["scenarios"], serde_json::json!([]));
    assert_eq!(explained["wrong"], Value::Null);
    let folder = Folder::default();
    folder
        .run(&["explain", "PRO-017"])
        .assert_code(0)
        .assert_output(&["can't be tested from outside"]);
}

#[test]
fn misspelt_names_get_a_suggestion() {
    let folder = Folder::default();
    for (arguments, hint) in [
        (&["explain", "pro-44"][..], "did you mean TMF683-4-PRO-044?"),
        (
            &["explain", "TMF683-4-CTK-0001"],
            "did you mean TMF683-4-CTK-001?",
        ),
        (
            &["explain", "nonsense"],
            "tmfctk requirements lists them all",
        ),
        (&["explian", "pro-044"], "explain"),
        (&["list", "--tag", "@profile"], "--tags"),
        (&["serve", "--fault", "post-20"], "did you mean post-20"),
        (&["selftest", "--only", "post-20"], "did you mean post-20"),
        (
            &["run", "--reference", "--api", "tmf683@4.0.1"],
            "tmf683@4.0.0",
        ),
    ] {
        folder.run(arguments).assert_code(2).assert_error(&[hint]);
    }
}

#[test]
fn each_shell_gets_its_completions() {
    let folder = Folder::default();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        folder
            .run(&["completions", shell])
            .assert_code(0)
            .assert_output(&["tmfctk", "explain", "rerun"]);
    }
    folder
        .run(&["completions", "tcsh"])
        .assert_code(2)
        .assert_error(&["bash", "zsh"]);
    // What bash gets, bash can read.
    let script = folder.run(&["completions", "bash"]).stdout;
    let file = folder.write("tmfctk.bash", &script);
    let read = std::process::Command::new("bash")
        .arg("-n")
        .arg(file)
        .status();
    assert!(read.expect("bash").success());
}

#[test]
fn each_command_gets_its_manual_page() {
    let folder = Folder::default();
    folder
        .run(&["man", "man1"])
        .assert_code(0)
        .assert_output(&["tmfctk-run.1", "tmfctk-kit-compare.1"]);
    let page =
        |name: &str| std::fs::read_to_string(folder.path("man1").join(name)).expect("a page");
    assert!(page("tmfctk.1").contains("tmfctk\\-explain(1)"));
    for words in [".TH tmfctk-run 1", "\\-\\-rerun", "Examples:"] {
        assert!(page("tmfctk-run.1").contains(words), "{words}");
    }
}

#[test]
fn faults_of_authentication_are_explained_with_credentials() {
    let explained = explained("SPC-042");
    let status = |side: &str| explained[side]["response"]["status"].as_u64();
    assert_eq!((status("right"), status("wrong")), (Some(401), Some(200)));
    assert_eq!(explained["finding"]["severity"], "warn");
}
