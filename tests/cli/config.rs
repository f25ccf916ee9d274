//! Flags win over the environment, the environment over the file; a wrong file is told with its
//! line.

use crate::support::BASE;
use crate::support::binary::{Done, Folder};
use crate::support::server::{Answer, Server};

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
