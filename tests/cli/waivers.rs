//! Accepted deviations: what is accepted decides nothing, until its day; what is accepted in vain has
//! to go.

use serde_json::{Value, json};

use crate::support::BASE;
use crate::support::binary::{Done, Folder};
use crate::support::reference::Reference;
use crate::support::server::Server;

/// What the fault `accept-missing-channel` breaks, and nothing else.
const BROKEN: &str = "TMF683-4-PRO-022";
const FAULT: [&str; 8] = [
    "run",
    "--reference",
    "--reference-fault",
    "accept-missing-channel",
    "--level",
    "profile",
    "--format",
    "html,json,junit,markdown",
];

fn waiver(requirement: &str, expires: &str) -> String {
    format!(
        "[[waiver]]\nrequirement = \"{requirement}\"\nreason = \"the old gateway fills it in\"\n\
         owner = \"jd@example.com\"\nexpires = {expires}\n\n"
    )
}

fn run(folder: &Folder, waivers: &str) -> Done {
    folder.write("waivers.toml", waivers);
    let waivers = ["--waivers", "waivers.toml"];
    let arguments: Vec<&str> = FAULT.into_iter().chain(waivers).collect();
    folder.run(&arguments)
}

fn level(result: &Value, name: &str) -> Value {
    let levels = result["levels"].as_array().expect("a list");
    let level = levels.iter().find(|level| level["level"] == name);
    level.expect("it ran").clone()
}

fn requirement(result: &Value, id: &str) -> Value {
    let requirements = result["requirements"].as_array().expect("a list");
    let known = requirements.iter().find(|known| known["id"] == id);
    known.expect("it is in the catalogue").clone()
}

fn file(folder: &Folder, name: &str) -> String {
    std::fs::read_to_string(folder.path("reports/latest").join(name)).expect("it was written")
}

#[test]
fn waived_failures_decide_nothing_and_show_in_every_output() {
    let folder = Folder::default();
    folder.run(&FAULT).assert_code(1);
    // The end of an id is enough of it, as with all other commands.
    let done = run(&folder, &waiver("PRO-022", "2999-12-31")).assert_code(0);
    let said = "accepted by jd@example.com until 2999-12-31: the old gateway fills it in";
    done.assert_output(&[
        &format!("WAIVED {BROKEN}"),
        said,
        "1 waived",
        "every level up to the gate (profile) is conformant; one violated requirement is waived",
    ]);
    let result = folder.result();
    assert_eq!(result["verdict"], "conformant");
    let profile = level(&result, "profile");
    assert_eq!(profile["verdict"], "conformant");
    assert_eq!(
        (&profile["counts"]["waived"], &profile["counts"]["failed"]),
        (&json!(1), &json!(0))
    );
    let broken = requirement(&result, BROKEN);
    assert_eq!(
        (&broken["status"], &broken["reason"]),
        (&json!("waived"), &json!(said))
    );
    let findings = result["findings"].as_array().expect("a list");
    let finding = findings.iter().find(|it| it["requirement"] == BROKEN);
    let finding = finding.expect("it is still reported");
    assert_eq!(finding["severity"], "fail", "what it is does not change");
    assert_eq!(finding["waiver"]["expired"], false);
    let waiver = &result["waivers"][0];
    assert_eq!(
        (&waiver["state"], &waiver["findings"]),
        (&json!("applied"), &json!(1))
    );
    let scenarios = result["scenarios"].as_array().expect("a list");
    let waived = scenarios.iter().filter(|it| it["status"] == "waived");
    assert_eq!(waived.count(), 2);
    assert!(scenarios.iter().all(|it| it["status"] != "failed"));

    let junit = file(&folder, "junit.xml");
    assert!(
        !junit.contains("<failure") && !junit.contains("<error"),
        "{junit}"
    );
    assert!(
        junit.contains(&format!(
            "<skipped message=\"waived: {said}\" type=\"waived\""
        )),
        "{junit}"
    );
    let markdown = file(&folder, "report.md");
    assert!(
        markdown.contains(&format!("- **waived** `{BROKEN}`")),
        "{markdown}"
    );
    let page = file(&folder, "report.html");
    for words in [
        "id=\"waivers\"",
        "Accepted by jd@example.com until 2999-12-31:",
        "One requirement is violated, and a waiver accepts that.",
    ] {
        assert!(page.contains(words), "{words}");
    }
}

#[test]
fn an_expired_waiver_fails_and_says_so() {
    let folder = Folder::default();
    run(&folder, &waiver(BROKEN, "2020-02-29"))
        .assert_code(1)
        .assert_output(&[
            &format!("FAIL {BROKEN}"),
            "the waiver of jd@example.com expired on 2020-02-29",
            "NON-CONFORMANT at the level profile",
        ]);
    let result = folder.result();
    assert_eq!(result["waivers"][0]["state"], "expired");
    let broken = requirement(&result, BROKEN);
    assert_eq!(broken["status"], "failed");
    assert!(
        broken["reason"]
            .as_str()
            .expect("a reason")
            .contains("expired on 2020-02-29")
    );
    for (name, words) in [
        (
            "report.html",
            "The waiver of jd@example.com expired on 2020-02-29:",
        ),
        (
            "junit.xml",
            "the waiver of jd@example.com expired on 2020-02-29",
        ),
        (
            "report.md",
            "the waiver of jd@example.com expired on 2020-02-29",
        ),
    ] {
        assert!(file(&folder, name).contains(words), "{name}");
    }
}

#[test]
fn a_waiver_that_matches_nothing_fails_the_run_and_leaves_the_verdict() {
    let folder = Folder::default();
    let waivers = waiver(BROKEN, "2999-12-31") + &waiver("TMF683-4-PRO-023", "2999-12-31");
    let said = "the waiver of jd@example.com for TMF683-4-PRO-023 matches no violation: remove it";
    run(&folder, &waivers).assert_code(1).assert_output(&[
        said,
        "CONFORMANT",
        "DECIDED BY one waiver matches no violation and has to be removed (exit code 1)",
    ]);
    let result = folder.result();
    assert_eq!(
        result["verdict"], "conformant",
        "it is none of the target's"
    );
    assert_eq!(result["waivers"][1]["state"], "unused");
    assert!(
        file(&folder, "junit.xml").contains(&format!("<error message=\"{said}\" type=\"waiver\""))
    );
    assert!(file(&folder, "report.md").contains("one waiver matches no violation"));
    assert!(file(&folder, "report.html").contains("matches nothing"));
}

#[test]
fn a_waiver_of_a_check_that_did_not_run_is_not_unused() {
    let folder = Folder::default();
    let above = waiver("TMF683-45-GDL-016", "2999-12-31");
    run(&folder, &(waiver(BROKEN, "2999-12-31") + &above)).assert_code(0);
    assert_eq!(folder.result()["waivers"][1]["state"], "undecided");
}

#[test]
fn a_target_that_is_down_makes_no_waiver_one_in_vain() {
    let server = Server::untouched();
    let url = server.url(BASE);
    drop(server);
    let folder = Folder::default();
    folder.write("config/waivers.toml", &waiver(BROKEN, "2999-12-31"));
    // The key of the file is relative to it.
    folder.write(
        "config/own.toml",
        &format!("target = \"{url}\"\nwaivers = \"waivers.toml\"\n"),
    );
    folder
        .run(&["run", "--config", "config/own.toml"])
        .assert_code(3);
    assert_eq!(folder.result()["waivers"][0]["state"], "undecided");
}

#[test]
fn a_waiver_that_can_not_be_is_refused_before_the_first_request() {
    let server = Server::untouched();
    let folder = Folder::default();
    let good = "reason = \"r\"\nowner = \"o\"\nexpires = 2999-01-01\n";
    for (text, words) in [
        (
            format!("[[waiver]]\nrequirement = \"TMF683-4-PRO-O22\"\n{good}"),
            ["TMF683-4-PRO-O22", "did you mean TMF683-4-PRO-022?"],
        ),
        (
            format!("[[waiver]]\nrequirement = \"TMF683-4-CTK-001\"\n{good}"),
            ["TMF683-4-CTK-001", "can't be waived"],
        ),
        (
            format!("[[waiver]]\nrequirement = \"{BROKEN}\"\nreason = \"r\"\n"),
            ["has no `owner`", "has no `expires`"],
        ),
        (waiver(BROKEN, "\"next week\""), ["line 1", "YYYY-MM-DD"]),
        (waiver(BROKEN, "2999-01-01").repeat(2), [BROKEN, "twice"]),
        (
            waiver(BROKEN, "2999-01-01") + &waiver("pro-022", "2999-01-01"),
            [BROKEN, "twice"],
        ),
        (
            "[[waivers]]\n".to_owned(),
            ["line 1", "did you mean `waiver`"],
        ),
    ] {
        folder.write("waivers.toml", &text);
        let run = ["run", &server.url(BASE), "--waivers", "waivers.toml"];
        folder
            .run(&run)
            .assert_code(2)
            .assert_error(&["waivers.toml"])
            .assert_error(&words);
    }
    let run = ["run", &server.url(BASE), "--waivers", "none.toml"];
    folder
        .run(&run)
        .assert_code(2)
        .assert_error(&["none.toml", "can't be read"]);
    assert_eq!(server.connections(), 0);
}

#[test]
fn certify_refuses_what_makes_a_run_unfit_with_all_reasons() {
    let server = Server::untouched();
    let folder = Folder::default();
    folder.write("waivers.toml", &waiver(BROKEN, "2999-12-31"));
    folder.write("features/own.feature", "");
    folder
        .run(&[
            "run",
            &server.url(BASE),
            "--certify",
            "--waivers",
            "waivers.toml",
            "--level",
            "certification",
            "--gate",
            "certification",
            "--features",
            "features",
        ])
        .assert_code(2)
        .assert_error(&[
            "--certify",
            "(--waivers)",
            "(--level certification)",
            "(--features)",
        ]);
    folder
        .run(&["run", "--reference", "--certify"])
        .assert_code(2)
        .assert_error(&["not your product"]);
    assert_eq!(server.connections(), 0);
}

#[test]
fn certify_says_whether_the_run_can_be_handed_in() {
    let folder = Folder::default();
    let server = Reference::clean();
    folder
        .run(&["run", server.base_url(), "--certify"])
        .assert_code(0)
        .assert_output(&["FIT TO HAND IN"]);
    let server = Reference::with_fault("accept-missing-channel");
    folder
        .run(&["run", server.base_url(), "--certify"])
        .assert_code(1)
        // TM Forum decides by its kit, and the gate of the run by what its user asked for.
        .assert_output(&["NON-CONFORMANT at the level profile", "FIT TO HAND IN"]);
    let server = Reference::with_fault("create-without-direction");
    folder
        .run(&["run", server.base_url(), "--certify"])
        .assert_code(1)
        .assert_output(&["UNFIT TO HAND IN the official kit would not pass"]);
}
