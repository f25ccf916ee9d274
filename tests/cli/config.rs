//! Flags win over the environment, the environment over the file; a wrong file is reported with its
//! line.

use crate::support::binary::{Done, Folder};
use crate::support::server::{Answer, Server};
use crate::support::{BASE, assert_committed};

fn with(folder: &Folder, environment: &[(&str, &str)], arguments: &[&str]) -> Done {
    let mut command = folder.command(arguments);
    command.envs(environment.iter().copied());
    Done::from(command.output().expect("it can be started"))
}

#[test]
fn flags_win_over_the_environment_and_the_environment_over_the_file() {
    let folder = Folder::default();
    folder.write(
        "tmfctk.toml",
        "level = \"certification\"\nseed = \"file\"\nout = \"from-file\"\n",
    );
    let run = ["run", "--reference"];
    with(&folder, &[], &run).assert_code(0);
    assert_eq!(folder.result_in("from-file")["run"]["seed"], "file");

    let environment = [("TMFCTK_SEED", "environment"), ("TMFCTK_OUT", "from-env")];
    with(&folder, &environment, &run).assert_code(0);
    assert_eq!(folder.result_in("from-env")["run"]["seed"], "environment");

    let flags = ["run", "--reference", "--seed", "flag", "--out", "from-flag"];
    with(&folder, &environment, &flags).assert_code(0);
    let result = folder.result_in("from-flag");
    assert_eq!(result["run"]["seed"], "flag");
    assert_eq!(result["run"]["level"], "certification");
}

#[test]
fn the_target_comes_from_the_same_places() {
    let folder = Folder::default();
    let servers: Vec<Server> = (0..3).map(|_| Server::untouched()).collect();
    let [file, environment, flag] = [0, 1, 2].map(|at| servers[at].url(BASE));
    folder.write("own.toml", &format!("target = \"{file}\"\n"));
    let touched = || -> Vec<bool> {
        servers
            .iter()
            .map(|server| server.connections() > 0)
            .collect()
    };
    with(&folder, &[], &["run", "--config", "own.toml"]).assert_code(3);
    assert_eq!(touched(), [true, false, false]);
    let target = [("TMFCTK_TARGET", environment.as_str())];
    let before = servers[0].connections();
    with(&folder, &target, &["run", "--config", "own.toml"]).assert_code(3);
    assert_eq!(touched(), [true, true, false]);
    let counts = [before, servers[1].connections()];
    with(&folder, &target, &["run", &flag, "--config", "own.toml"]).assert_code(3);
    assert_eq!(touched(), [true, true, true]);
    assert_eq!([servers[0].connections(), servers[1].connections()], counts);
}

#[test]
fn a_file_that_is_named_must_be_there_and_the_default_one_need_not() {
    let folder = Folder::default();
    with(
        &folder,
        &[],
        &["run", "--reference", "--config", "none.toml"],
    )
    .assert_code(2)
    .assert_error(&["none.toml"]);
    let quick = ["run", "--reference", "--level", "certification"];
    with(&folder, &[], &quick).assert_code(0);
}

#[test]
fn a_wrong_file_is_told_with_its_line() {
    let server = Server::untouched();
    for (text, words) in [
        ("level = \"profil\"", ["line 1", "profile"]),
        ("\ntimout = 3", ["line 2", "did you mean `timeout`"]),
        ("strict = true\nstrict = false", ["line 2", "duplicate key"]),
        ("timeout = \"soon\"", ["line 1", "timeout"]),
        ("timeout = 0", ["timeout", "above 0"]),
        ("[headers]\nAuthorization = 5", ["line 2", "string"]),
        ("keep = ", ["line 1", "tmfctk.toml"]),
    ] {
        let folder = Folder::default();
        folder.write("tmfctk.toml", text);
        let done = with(&folder, &[], &["run", &server.url(BASE)]);
        done.assert_code(2).assert_error(&words);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_wrong_file_never_shows_a_secret() {
    let folder = Folder::default();
    for text in [
        "[headers]\nAuthorization = \"Bearer hunter22\nX = 1",
        "[headers]\nAuthorization = [\"Bearer hunter22\"]",
        "[headers]\n\"Bad Name\" = \"hunter22\"",
    ] {
        folder.write("tmfctk.toml", text);
        let done = with(&folder, &[], &["run", "--reference"]).assert_code(2);
        assert!(!done.stderr.contains("hunter22"), "{done:#?}");
    }
}

#[test]
fn paths_in_the_file_are_relative_to_it() {
    let folder = Folder::default();
    folder.write(
        "config/own.toml",
        "payload = \"mine.json\"\nlevel = \"certification\"\n",
    );
    let payload = r#"{"channel":[{"id":"mine"}],"direction":"d","reason":"r"}"#;
    folder.write("config/mine.json", payload);
    let run = ["run", "--reference", "--config", "config/own.toml"];
    with(&folder, &[], &run).assert_code(0);
    assert_eq!(folder.result()["exchanges"][0]["request"]["body"], payload);
}

#[test]
fn a_gate_above_the_level_is_told_where_both_were_given() {
    let folder = Folder::default();
    folder.write("tmfctk.toml", "gate = \"profile\"\n");
    let level = [("TMFCTK_LEVEL", "certification")];
    with(&folder, &level, &["run", "--reference"])
        .assert_code(2)
        .assert_error(&[
            "gate = \"profile\" in tmfctk.toml",
            "TMFCTK_LEVEL=certification",
        ]);
    folder.write("own.toml", "level = \"certification\"\n");
    let gate = [("TMFCTK_GATE", "profile")];
    let own = ["run", "--reference", "--config", "own.toml"];
    with(&folder, &gate, &own).assert_code(2).assert_error(&[
        "TMFCTK_GATE=profile",
        "level = \"certification\" in own.toml",
    ]);
    let flag = ["run", "--reference", "--level", "certification"];
    with(&folder, &[], &flag)
        .assert_code(2)
        .assert_error(&["gate = \"profile\"", "--level certification"]);
}

#[test]
fn headers_of_the_environment_stand_one_a_line() {
    let folder = Folder::default();
    let server = Server::start(|_, _| Answer::html(404));
    let headers = [("TMFCTK_HEADER", "X-One: 1\n\nX-Two: 2\n")];
    let url = server.url(BASE);
    with(
        &folder,
        &headers,
        &["run", &url, "--level", "certification"],
    )
    .assert_code(1);
    let requests = server.requests();
    assert_eq!(requests[0].header("x-one"), Some("1"));
    assert_eq!(requests[0].header("x-two"), Some("2"));
}

#[test]
fn a_wrong_word_in_the_environment_is_refused() {
    let folder = Folder::default();
    let environment = [("TMFCTK_LEVEL", "profil")];
    with(&folder, &environment, &["run", "--reference"])
        .assert_code(2)
        .assert_error(&["profil", "guideline"]);
}

#[test]
fn switches_in_the_environment_can_be_off() {
    let folder = Folder::default();
    let run = ["run", "--reference", "--level", "certification"];
    for (value, strict) in [("1", true), ("true", true), ("0", false), ("false", false)] {
        with(&folder, &[("TMFCTK_STRICT", value)], &run).assert_code(0);
        assert_eq!(folder.result()["strict"], strict, "TMFCTK_STRICT={value}");
    }
}

#[test]
fn the_command_that_repeats_a_run_repeats_its_settings() {
    let folder = Folder::default();
    folder.write(
        "own/own.feature",
        "@profile @TMF683-4-PRO-044\nFeature: Own\n\n  Scenario: Own\n    \
         Given the records \"A\" and \"B\"\n",
    );
    let mut given = vec!["run", "--reference", "--level", "certification", "--strict"];
    given.extend("--timeout 3 --concurrency 2 --rate 500 --max-time 60".split(' '));
    given.extend("--max-exchanges 900 --max-writes 90 --keep-bytes 10 --settle 2".split(' '));
    given.extend("--parse-bytes 99999 --connect-timeout 1 --json-depth 20".split(' '));
    given.extend("--max-headers 99 --keep --keep-foreign-bodies --features own".split(' '));
    given.extend("--listener-bind 127.0.0.1 --event-quiet 0.5".split(' '));
    given.extend(["--redact", "it's a \\d+", "--redact-pointer", "/a/*/b"]);
    with(&folder, &[], &given).assert_code(0);
    let first = folder.result();
    let repeat = first["run"]["repeat"].as_str().unwrap();
    let own = std::path::Path::new(env!("CARGO_BIN_EXE_tmfctk"))
        .parent()
        .unwrap();
    let path = format!("{}:{}", own.display(), std::env::var("PATH").unwrap());
    let script = format!("PATH='{path}'; {repeat} --out again");
    let done = folder.command_of("sh", &["-c", &script]).output().unwrap();
    Done::from(done).assert_code(0);
    let second = folder.result_in("again");
    assert_eq!(first["configuration"], second["configuration"], "{repeat}");
    assert_eq!(first["run"]["repeat"], second["run"]["repeat"]);
}

#[test]
fn a_value_that_can_not_be_is_named_with_its_line_where_the_file_has_it() {
    let folder = Folder::default();
    for (text, words) in [
        (
            "level = 'profile'\ntimeout = -1",
            ["line 2, column 11", "timeout must be"],
        ),
        (
            "[limits]\njson-depth = 999",
            ["line 2, column 14", "json-depth must be"],
        ),
        (
            "\nredact = ['(']",
            ["line 2, column 10", "not a regular expression"],
        ),
        (
            "listener-bind = 'x y'",
            ["line 1, column 17", "listener-bind"],
        ),
        (
            "target = 'nonsense'",
            ["line 1, column 10", "not a usable base URL"],
        ),
        (
            "[[targets]]\nname = 'a'\nurl = 'x'",
            ["line 3, column 7", "not a usable base URL"],
        ),
    ] {
        folder.write("tmfctk.toml", text);
        let url = ["run", "http://localhost:1/"];
        let run = if text.contains("target") {
            &url[..1]
        } else {
            &url[..]
        };
        let all = ["tmfctk.toml", words[0], words[1]];
        with(&folder, &[], run).assert_code(2).assert_error(&all);
    }
    folder.write("tmfctk.toml", "timeout = 3");
    let done = with(
        &folder,
        &[],
        &["run", "http://localhost:1/", "--timeout=-1"],
    );
    let done = done.assert_code(2).assert_error(&["timeout must be"]);
    assert!(!done.stderr.contains("line"), "{done:#?}");
}

#[test]
fn a_misspelt_variable_is_an_error_that_names_the_likely_one() {
    let server = Server::untouched();
    let folder = Folder::default();
    for command in ["run", "doctor"] {
        with(
            &folder,
            &[("TMFCTK_GAET", "profile")],
            &[command, &server.url(BASE)],
        )
        .assert_code(2)
        .assert_error(&["TMFCTK_GAET", "did you mean TMFCTK_GATE?"]);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn an_environment_of_the_file_lies_over_the_rest() {
    let folder = Folder::default();
    let servers: Vec<Server> = (0..2).map(|_| Server::untouched()).collect();
    let [base, staging] = [0, 1].map(|at| servers[at].url(BASE));
    folder.write(
        "tmfctk.toml",
        &format!("target = \"{base}\"\n[env.staging]\ntarget = \"{staging}\"\ntimeout = 5\n"),
    );
    with(&folder, &[], &["run", "--env", "staging"]).assert_code(3);
    assert!(servers[0].connections() == 0 && servers[1].connections() > 0);
    let result = folder.result();
    assert!(
        result["run"]["repeat"]
            .as_str()
            .unwrap()
            .contains("--env staging")
    );
    let before = servers[1].connections();
    with(&folder, &[("TMFCTK_ENV", "stagin")], &["run"])
        .assert_code(2)
        .assert_error(&["[env.stagin]", "did you mean `staging`"]);
    folder.write(
        "tmfctk.toml",
        &format!("[env.staging]\ntarget = \"{staging}\""),
    );
    with(&folder, &[], &["run"])
        .assert_code(2)
        .assert_error(&["--env", "staging"]);
    let elsewhere = Folder::default();
    with(&elsewhere, &[], &["run", "--env", "staging"])
        .assert_code(2)
        .assert_error(&["--env staging", "tmfctk.toml"]);
    assert_eq!(servers[1].connections(), before);
}

#[test]
fn variables_of_the_environment_stand_in_values_and_never_in_a_message() {
    let folder = Folder::default();
    let server = Server::start(|_, _| Answer::html(500));
    folder.write(
        "tmfctk.toml",
        &format!(
            "target = \"{}\"\nlevel = \"certification\"\nconcurrency = \"${{AT_A_TIME}}\"\n\
             [headers]\nAuthorization = \"Bearer ${{TOKEN}}\"\n",
            server.url(BASE)
        ),
    );
    let run = ["run"];
    with(&folder, &[("AT_A_TIME", "2")], &run)
        .assert_code(2)
        .assert_error(&["line 5", "headers.Authorization", "TOKEN", "not set"]);
    assert_eq!(server.connections(), 0);
    let done = with(&folder, &[("AT_A_TIME", "hunter22"), ("TOKEN", "x")], &run)
        .assert_code(2)
        .assert_error(&["line 3", "concurrency"]);
    assert!(!done.stderr.contains("hunter22"), "{done:#?}");
    let environment = [("AT_A_TIME", "2"), ("TOKEN", "hunter22")];
    let done = with(&folder, &environment, &run).assert_code(1);
    let sent = server.requests();
    assert!(
        sent.iter()
            .all(|request| request.header("authorization") == Some("Bearer hunter22"))
    );
    let result = folder.result().to_string();
    assert!(!result.contains("hunter22") && !done.stdout.contains("hunter22"));
    // What only the subject is asked for demands no token.
    with(&folder, &[], &["dossier", "--check"]).assert_code(1);
}

#[test]
fn bodies_stand_in_files_or_in_the_configuration() {
    let folder = Folder::default();
    folder.write(
        "tmfctk.toml",
        r#"
level = "operations"
[payloads]
create = { channel = [{ id = "mine" }], direction = "d", reason = "r", description = "first" }
second-create = "second.json"
patch = { description = "Patched as configured" }
[payloads.extra]
interactionDate = { startDateTime = 2024-01-01T08:00:00Z }
"#,
    );
    folder.write("second.json", r#"{"description": "second"}"#);
    with(&folder, &[], &["run", "--reference"]).assert_code(0);
    let result = folder.result();
    let exchanges = result["exchanges"].as_array().unwrap();
    let bodies = |method: &str| -> Vec<&str> {
        let of_method = exchanges
            .iter()
            .filter(|one| one["request"]["method"] == method);
        of_method
            .filter_map(|one| one["request"]["body"].as_str())
            .collect()
    };
    let posts = bodies("POST");
    // The replay sends what is configured, word for word, and its own second one.
    let first = r#"{"channel":[{"id":"mine"}],"direction":"d","reason":"r","description":"first"}"#;
    assert_eq!(posts[0], first);
    assert!(!posts[..2].iter().any(|body| body.contains("startDateTime")));
    let of = |reason: &str| {
        let fits = |body: &&&str| body.contains(reason) && !body.contains("one and more");
        *posts
            .iter()
            .find(fits)
            .unwrap_or_else(|| panic!("{posts:#?}"))
    };
    let demanded = "2024-01-01T08:00:00Z";
    let (a, b) = (of("Question about a tariff"), of("Offer of a plan"));
    assert!(a.contains("\"first\"") && a.contains(demanded), "{a}");
    assert!(b.contains("\"second\"") && b.contains(demanded), "{b}");
    // It is not a merit to take a create that has more than may be demanded.
    assert!(!of("Least body").contains(demanded));
    assert_eq!(
        bodies("PATCH")[0],
        r#"{"description":"Patched as configured"}"#
    );

    let server = Server::untouched();
    for (text, words) in [
        (
            "[payloads]\nsecond-create = 'none.json'",
            ["none.json", "No such file"],
        ),
        (
            "[payloads]\ncreate = { reason = 'r' }",
            ["payloads.create", "channel"],
        ),
        (
            "[payloads]\ncreat = 'x'",
            ["creat", "did you mean `create`"],
        ),
        ("[payloads]\npatch = 3", ["payloads.patch", "JSON file"]),
        (
            "payload = 'a'\n[payloads]\ncreate = 'b'",
            ["payload", "payloads.create"],
        ),
        ("[payloads]\nextra = 3", ["payloads.extra", "table"]),
    ] {
        folder.write("tmfctk.toml", text);
        with(&folder, &[], &["run", &server.url(BASE)])
            .assert_code(2)
            .assert_error(&words);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn the_schema_of_the_file_is_committed_and_says_what_is_right() {
    let folder = Folder::default();
    let printed = with(&folder, &[], &["schemas", "config"])
        .assert_code(0)
        .stdout;
    assert_committed("schemas/config.schema.json", &printed);
    let schema = serde_json::from_str(&printed).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let valid = |text: &str| {
        schema
            .is_valid(&serde_json::to_value(toml::from_str::<toml::Table>(text).unwrap()).unwrap())
    };
    assert!(valid(
        "target = 'http://h/'\ntimeout = 3\n[payloads]\ncreate = 'a'\n[payloads.extra]\na = 1\n[env.x]\nlevel = 'profile'"
    ));
    for wrong in [
        "targt = ''",
        "timeout = 'x'",
        "[env.x]\nlevl = 'profile'",
        "level = 'profil'",
        "[payloads]\ncreate = 3",
    ] {
        assert!(!valid(wrong), "{wrong}");
    }
}
