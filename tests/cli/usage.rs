//! What is wrong with a command is said before the first request: exit code 2, and nobody is asked
//! anything.

use crate::support::BASE;
use crate::support::binary::{Done, Folder};
use crate::support::server::Server;

/// Runs against a server that must not be touched.
fn refused(folder: &Folder, arguments: &[&str]) -> Done {
    let server = Server::untouched();
    let url = server.url(BASE);
    let mut all = vec!["run", url.as_str()];
    all.extend(arguments);
    let done = folder.run(&all).assert_code(2);
    assert_eq!(server.connections(), 0, "{done:#?}");
    assert_eq!(done.stdout, "", "{done:#?}");
    done
}

#[test]
fn no_target_says_what_to_give() {
    let folder = Folder::default();
    folder
        .run(&["run"])
        .assert_code(2)
        .assert_error(&["no target", "--reference", "tmfctk.toml"]);
}

#[test]
fn a_target_and_the_reference_exclude_each_other() {
    refused(&Folder::default(), &["--reference"]).assert_error(&["--reference"]);
}

#[test]
fn wrong_targets_say_what_to_do() {
    let folder = Folder::default();
    for (target, hint) in [
        ("localhost:8080/api", "http://"),
        ("ftp://host/api", "http://"),
        ("http://", "empty host"),
        ("http://h/api?x=1", "query"),
        ("http://user:hunter22@h/api", "Authorization"),
        ("", "http://"),
    ] {
        let done = folder.run(&["run", target]).assert_code(2);
        assert!(!done.stderr.contains("hunter22"), "{done:#?}");
        done.assert_error(&[hint]);
    }
}

#[test]
fn a_gate_above_the_level_is_refused() {
    refused(
        &Folder::default(),
        &["--gate", "profile", "--level", "certification"],
    )
    .assert_error(&["--gate profile", "--level certification"]);
}

#[test]
fn an_unknown_option_gets_the_nearest_one() {
    refused(&Folder::default(), &["--levle", "profile"]).assert_error(&["--levle", "--level"]);
}

#[test]
fn an_unknown_command_gets_the_nearest_one() {
    Folder::default()
        .run(&["requirments"])
        .assert_code(2)
        .assert_error(&["requirments", "'requirements'"]);
    Folder::default()
        .run(&["rnu"])
        .assert_code(2)
        .assert_error(&["'rnu'", "'run'"]);
}

#[test]
fn a_wrong_value_of_a_variable_is_reported_by_the_variable() {
    let folder = Folder::default();
    let mut command = folder.command(&["run", "http://127.0.0.1:1/"]);
    let done = command.env("TMFCTK_LEVEL", "profil").output().unwrap();
    assert_eq!(done.status.code(), Some(2));
    let said = String::from_utf8(done.stderr).unwrap();
    assert!(
        said.contains("TMFCTK_LEVEL") && said.contains("'profile'"),
        "{said}"
    );
}

#[test]
fn what_is_wrong_is_named_where_it_is() {
    let folder = Folder::default();
    refused(&folder, &["--rate", "-1"]).assert_error(&["rate must be", "-1"]);
    refused(&folder, &["--header", "X Foo: 1"])
        .assert_error(&["header 1", "its name holds a blank"]);
    for (text, words) in [
        (
            "target = \"http://h/\"\nlevel = \"profile\"\ngate = \"guideline\"\n",
            ["c.toml", "line 3, column 8", "is above level"],
        ),
        (
            "target = \"http://h/\"\n[headers]\n\"X Y\" = \"1\"\n",
            ["c.toml", "line 2", "`headers.X Y`: its name holds a blank"],
        ),
    ] {
        folder.write("c.toml", text);
        folder
            .run(&["run", "--config", "c.toml"])
            .assert_code(2)
            .assert_error(&words);
    }
    folder.write("k", "");
    folder
        .run(&["keygen", "k"])
        .assert_code(2)
        .assert_error(&["k is there already", "choose another name"]);
    folder
        .run(&["man", "k"])
        .assert_code(2)
        .assert_error(&["nothing can be written to k"]);
    folder
        .run(&["clean", "nowhere"])
        .assert_code(2)
        .assert_error(&["nowhere is not a folder"]);
    folder
        .run(&["explain", "PRO-999"])
        .assert_code(2)
        .assert_error(&["there is no requirement `PRO-999`, tmfctk requirements lists them all"]);
    folder.write("features/own.feature", "@guideline\nFeature: own\n\n  @TMF683-45-GDL-001\n  Scenario: one\n    Given what no step says\n");
    folder
        .run(&["list", "--features", "features"])
        .assert_code(2)
        .assert_error(&["own.feature:6", "no step is defined"]);
}

#[test]
fn the_version_says_of_which_commit_it_was_built() {
    let done = Folder::default().run(&["--version"]).assert_code(0);
    done.assert_output(&["tmfctk 0.1.0", "commit ", "profile "]);
}

#[test]
fn an_unknown_word_gets_the_known_ones() {
    let folder = Folder::default();
    refused(&folder, &["--level", "profil"]).assert_error(&[
        "'profil'",
        "specification",
        "'profile'",
    ]);
    refused(&folder, &["--gate", "all"]).assert_error(&["all", "guideline"]);
    refused(&folder, &["--format", "json,pdf"])
        .assert_error(&["pdf", "html, html-multi, json, junit"]);
}

#[test]
fn an_unknown_pack_gets_the_known_one() {
    refused(&Folder::default(), &["--api", "tmf629@4.0.0"])
        .assert_error(&["tmf629@4.0.0", "tmf683@4.0.0"]);
}

#[test]
fn numbers_out_of_range_are_refused() {
    let folder = Folder::default();
    for (option, value) in [
        ("--timeout", "0"),
        ("--timeout", "nan"),
        ("--timeout", "soon"),
        ("--concurrency", "0"),
        ("--concurrency", "1000"),
        ("--rate", "0"),
        ("--rate", "inf"),
    ] {
        let name = option.trim_start_matches('-');
        refused(&folder, &[option, value]).assert_error(&[name]);
    }
}

#[test]
fn a_header_that_is_none_is_told_by_its_place_and_never_shown() {
    let folder = Folder::default();
    for header in [
        "Bearer hunter22-hunter22",
        ": hunter22",
        "X Y: hunter22",
        "X-Key: hunter22\u{1}",
        "X-Kéy: hunter22",
    ] {
        let done = refused(&folder, &["--header", "X-Fine: 1", "--header", header]);
        assert!(!done.stderr.contains("hunter22"), "{done:#?}");
        done.assert_error(&["header"]);
    }
}

#[test]
fn a_header_of_two_lines_is_told_so() {
    let done = refused(
        &Folder::default(),
        &["--header", "X-Fine: 1", "--header", "X-Key: hunter22\nb"],
    );
    assert!(!done.stderr.contains("hunter22"), "{done:#?}");
    done.assert_error(&["header 2", "line break"]);
}

#[test]
fn a_payload_that_cannot_be_read_names_the_file() {
    let folder = Folder::default();
    refused(&folder, &["--payload", "none.json"]).assert_error(&["none.json"]);
    refused(&folder, &["--payload", "."]).assert_error(&["payload ."]);
    std::fs::write(folder.path("latin.json"), b"{\"reason\": \"\xfc\"}").expect("writable");
    refused(&folder, &["--payload", "latin.json"]).assert_error(&["latin.json", "UTF-8"]);
}

#[test]
fn a_malformed_payload_names_the_line() {
    let folder = Folder::default();
    folder.write(
        "payload.json",
        "{\n  \"reason\": \"r\",\n  \"direction\" \"d\"\n}",
    );
    refused(&folder, &["--payload", "payload.json"])
        .assert_error(&["payload.json", "line 3 column 15"]);
    folder.write("empty.json", "");
    refused(&folder, &["--payload", "empty.json"]).assert_error(&["empty.json", "line 1"]);
}

#[test]
fn a_payload_that_lacks_what_the_kit_demands_names_the_place() {
    let folder = Folder::default();
    for (payload, place) in [
        (r#"[]"#, "at the top"),
        (r#"{"direction":"d","reason":"r"}"#, "channel"),
        (
            r#"{"channel":[{}],"direction":"d","reason":"r"}"#,
            "/channel/0",
        ),
        (
            r#"{"channel":{"id":"1"},"direction":"d","reason":"r"}"#,
            "/channel",
        ),
        (r#"{"channel":[{"id":"1"}],"reason":"r"}"#, "direction"),
        (r#"{"channel":[{"id":"1"}],"direction":"d"}"#, "reason"),
        (
            r#"{"channel":[],"direction":"d","reason":"r"}"#,
            "/channel: ",
        ),
        (
            r#"{"channel":[{"id":"1"},{"id":""}],"direction":"d","reason":"r"}"#,
            "/channel/1/id: ",
        ),
        (
            r#"{"channel":[{"id":"1"}],"direction":"","reason":"r"}"#,
            "/direction: ",
        ),
        (
            r#"{"channel":[{"id":"1"}],"direction":"d","reason":""}"#,
            "/reason: ",
        ),
    ] {
        folder.write("payload.json", payload);
        refused(&folder, &["--payload", "payload.json"]).assert_error(&["payload.json", place]);
    }
}

#[test]
fn a_folder_for_reports_that_cannot_be_written_is_known_before_the_first_request() {
    let folder = Folder::default();
    folder.write("file", "");
    refused(&folder, &["--out", "file"]).assert_error(&["file", "choose another folder"]);
    refused(&folder, &["--out", "file/below"])
        .assert_error(&["file/below", "choose another folder"]);
}

#[test]
fn a_folder_of_features_is_read_before_the_first_request() {
    let folder = Folder::default();
    refused(&folder, &["--features", "none"]).assert_error(&["none"]);
    folder.write("empty/readme.txt", "");
    refused(&folder, &["--features", "empty"]).assert_error(&["empty", ".feature"]);
    for (line, text, word) in [
        (4, "Given request 18 of teh kit", "no step is defined"),
        (4, "Givn request 18 of the official kit, x", "request 18"),
    ] {
        let feature = format!(
            "@certification\nFeature: own\n  @TMF683-4-CTK-023\n  Scenario: mine\n    {text}\n"
        );
        folder.write("own/mine.feature", &feature);
        let place = format!("mine.feature:{}", line + 1);
        refused(&folder, &["--features", "own"]).assert_error(&[&place, word]);
    }
    folder.write(
        "own/mine.feature",
        "@certification\nFeature: own\n  @TMF683-4-CTK-02\n  Scenario: mine\n    Given x\n",
    );
    refused(&folder, &["--features", "own"]).assert_error(&["mine.feature", "@TMF683-4-CTK-02"]);
}

#[test]
fn unknown_names_in_a_scenario_are_reported_with_their_line() {
    let folder = Folder::default();
    let given = "Given the record \"A\"";
    let when = "When the record \"A\" is retrieved";
    for (line, steps, words) in [
        (
            5,
            vec!["Given the record \"Zed\""],
            ["\"Zed\"", "\"page 1\""],
        ),
        (
            5,
            vec!["Given the records \"A\" and \"fulll\""],
            ["\"fulll\"", "did you mean \"full\"?"],
        ),
        (
            6,
            vec![given, "When a body like \"Zed\" is posted"],
            ["\"Zed\"", "\"minimal\""],
        ),
        (
            7,
            vec![given, when, "Then the answer has /reason = oops"],
            ["`oops`", "not JSON"],
        ),
        (
            6,
            vec![given, "When a body like \"A\" is posted with /note = {bad"],
            ["`{bad`", "not JSON"],
        ),
        (
            6,
            vec![
                given,
                "When the collection is requested with reason=${Zed.reason}",
            ],
            ["${Zed.reason}", "\"A\""],
        ),
        (
            6,
            vec![given, "When the member ${unknwon id} is retrieved"],
            ["${unknwon id}", "${unknown id}"],
        ),
        (
            6,
            vec![given, "Then the status is 200"],
            ["about an answer", "When"],
        ),
        (
            6,
            vec![given, "Then the list is empty"],
            ["about an answer", "When"],
        ),
    ] {
        let steps = steps.join("\n    ");
        let feature =
            format!("@profile @TMF683-4-PRO-044\nFeature: own\n\n  Scenario: mine\n    {steps}\n");
        folder.write("own/mine.feature", &feature);
        let place = format!("mine.feature:{line}: ");
        refused(&folder, &["--features", "own"])
            .assert_error(&[&place])
            .assert_error(&words);
    }
}

#[test]
fn a_misspelt_tag_and_a_misspelt_feature_are_told_at_their_own_line() {
    let folder = Folder::default();
    let scenario = "  Scenario: mine\n    Given the record \"A\"\n";
    for (text, words) in [
        (
            format!("Feature: own\n\n  # what\n  @TMF683-4-PRO-044\n  @profil\n{scenario}"),
            ["mine.feature:5: ", "did you mean @profile?"],
        ),
        (
            format!("Feture: own\n\n  @profile @TMF683-4-PRO-044\n{scenario}"),
            ["mine.feature:1: ", "`Feture: own` does not begin a feature"],
        ),
    ] {
        folder.write("own/mine.feature", &text);
        refused(&folder, &["--features", "own"]).assert_error(&words);
    }
}

#[test]
fn an_attribute_that_a_record_has_not_blocks_the_scenario() {
    let folder = Folder::default();
    folder.write(
        "own/mine.feature",
        "@profile @TMF683-4-PRO-044\nFeature: own\n  Scenario: mine\n    Given the record \"A\"\n    \
         When the collection is requested with reason=${A.reasn}\n    Then the status is 200\n",
    );
    folder
        .run(&[
            "run",
            "--reference",
            "--level",
            "profile",
            "--features",
            "own",
        ])
        .assert_code(3);
    let result = folder.result();
    let scenarios = result["scenarios"].as_array().expect("a list");
    let mine = scenarios
        .iter()
        .find(|scenario| scenario["id"] == "mine/mine")
        .expect("it was planned");
    assert_eq!(mine["status"], "inconclusive");
    assert!(mine.to_string().contains("has no reasn"), "{mine}");
}

#[test]
fn an_api_description_that_describes_something_else_is_refused() {
    let folder = Folder::default();
    let document = r#"{"openapi": "3.0.1", "info": {"title": "Pets", "version": "1.0.0"}, "paths": {},
        "components": {"schemas": {"Pet": {"type": "object"}}}}"#;
    folder.write("pets.json", document);
    refused(&folder, &["--spec", "pets.json"])
        .assert_error(&["pets.json", "no schema PartyInteraction"]);
    refused(&folder, &["--spec", "none.json"]).assert_error(&["none.json", "can't be read"]);
}

#[test]
fn an_api_description_of_another_major_version_is_noted() {
    let folder = Folder::default();
    let document = r#"{"openapi": "3.0.1", "info": {"title": "Next", "version": "5.0.0"}, "paths": {},
        "components": {"schemas": {"PartyInteraction": {"type": "object"}}}}"#;
    folder.write("next.json", document);
    folder
        .run(&[
            "run",
            "--reference",
            "--level",
            "certification",
            "--spec",
            "next.json",
        ])
        .assert_code(0)
        .assert_output(&["note", "version 5.0.0"]);
    let result = folder.result();
    let notes = result["notes"].to_string();
    assert!(
        notes.contains("version 5.0.0") && notes.contains("4.0.0"),
        "{notes}"
    );
}

#[test]
fn a_wrong_number_is_told_what_is_expected() {
    let folder = Folder::default();
    for (option, expected) in [
        ("--timeout", "a number of seconds, such as 10 or 2.5"),
        ("--rate", "a number of requests per second"),
        ("--concurrency", "a number from 1 to 64"),
        ("--keep-bytes", "a number of bytes"),
    ] {
        refused(&folder, &[option, "abc"]).assert_error(&[option, "'abc'", expected]);
    }
    for (command, option, expected) in [
        ("serve", "--port", "a port from 0 to 65535"),
        ("serve", "--bind", "an IP address"),
        ("serve", "--preload", "a number of records"),
        ("selftest", "--jobs", "a number of processes from 1"),
    ] {
        folder.run(&[command, option, "-1x"]).assert_code(2);
        folder
            .run(&[command, &format!("{option}=none")])
            .assert_code(2)
            .assert_error(&[option, expected]);
    }
}

#[test]
fn help_and_version_are_no_errors() {
    let folder = Folder::default();
    for (command, word) in [
        ("run", "First the official kit's requests"),
        ("serve", "Its first line on standard output"),
        ("requirements", "what a violation costs"),
        ("steps", "--features DIR"),
        ("schemas", "compare"),
        ("selftest", "Prints a matrix"),
    ] {
        let done = folder.run(&[command, "--help"]).assert_code(0);
        let text = done.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(word), "`{word}` is missing: {text}");
        done.assert_output(&["Examples:", "Usage:"]);
    }
    folder.run(&["run", "--help"]).assert_output(&[
        "Exit codes:",
        "130",
        "process list",
        "--payload",
    ]);
    folder
        .run(&["--version"])
        .assert_code(0)
        .assert_output(&[env!("CARGO_PKG_VERSION")]);
}

#[test]
fn a_listener_that_cannot_listen_is_said_before_the_first_request() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    refused(&Folder::default(), &["--listener-bind", &address]).assert_error(&[
        "can't listen for events",
        &address,
        "--listener-bind",
        "--no-events",
    ]);
}

#[test]
fn wrong_addresses_of_the_listener_say_what_to_do() {
    for (option, given, hints) in [
        (
            "--listener-bind",
            "example.org",
            ["example.org", "0.0.0.0:8090"],
        ),
        (
            "--listener-url",
            "localhost:8090",
            ["listener-url", "http://"],
        ),
        ("--listener-url", "http://h/?x=1", ["listener-url", "?"]),
        ("--listener-status", "99", ["listener-status", "99"]),
        ("--event-timeout", "0", ["event-timeout", "above 0"]),
        ("--event-quiet=-1", "--strict", ["event-quiet", "above 0"]),
    ] {
        refused(&Folder::default(), &[option, given]).assert_error(&hints);
    }
}

#[test]
fn a_taken_port_is_no_matter_where_nobody_listens() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let folder = Folder::default();
    for more in [["--no-events", "--quiet"], ["--level", "certification"]] {
        let mut all = vec!["run", "--reference", "--listener-bind", &address];
        all.extend(more);
        folder.run(&all).assert_code(0);
    }
}
