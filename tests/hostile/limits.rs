//! The limits of an answer come from flags, the environment and the file, and a wrong one stops a
//! run before its first request.

use serde_json::Value;

use crate::case::array;
use crate::server::Hostile;
use crate::support::binary::{Done, Folder};

fn run(folder: &Folder, environment: &[(&str, &str)], arguments: &[&str]) -> Done {
    let mut command = folder.command(arguments);
    command.envs(environment.iter().copied());
    Done::from(command.output().expect("it can be started"))
}

fn setting(result: &Value, key: &str) -> String {
    let mut all = array(&result["configuration"]).iter();
    let found = all.find(|setting| setting["key"] == key);
    found.map_or_else(String::new, |setting| {
        setting["value"].as_str().unwrap().to_owned()
    })
}

#[test]
fn flags_win_over_the_environment_and_that_over_the_file() {
    let folder = Folder::default();
    folder.write(
        "tmfctk.toml",
        "[limits]\njson-depth = 11\nmax-headers = 12\nconnect-timeout = 1.5\n",
    );
    let environment = [("TMFCTK_JSON_DEPTH", "21"), ("TMFCTK_MAX_HEADERS", "22")];
    let arguments = [
        "run",
        "--reference",
        "--level",
        "certification",
        "--json-depth",
        "31",
    ];
    run(&folder, &environment, &arguments).assert_code(0);
    let result = folder.result();
    assert_eq!(setting(&result, "limits.json-depth"), "31");
    assert_eq!(setting(&result, "limits.max-headers"), "22");
    assert_eq!(setting(&result, "limits.connect-timeout"), "1.5 s");
    assert_eq!(setting(&result, "limits.first-byte-timeout"), "10 s");
    let repeat = result["run"]["repeat"].as_str().unwrap();
    for option in [
        "--json-depth 31",
        "--max-headers 22",
        "--connect-timeout 1.5",
    ] {
        assert!(repeat.contains(option), "{repeat}");
    }
}

#[test]
fn a_limit_that_is_none_stops_the_run_before_its_first_request() {
    let server = Hostile::keeping(|_, _| {});
    for (option, value, words) in [
        ("--connect-timeout", "11", "not above timeout"),
        ("--first-byte-timeout", "0", "above 0"),
        ("--inflate-bytes", "0", "above 0"),
        ("--max-headers", "10001", "from 1 to 10000"),
        ("--header-bytes", "0", "from 1 to 262144"),
        ("--json-depth", "128", "from 1 to 127"),
        ("--json-depth", "deep", "a number of levels"),
    ] {
        Folder::default()
            .run(&["run", &server.url(), &format!("{option}={value}")])
            .assert_code(2)
            .assert_error(&[option.trim_start_matches('-'), words]);
    }
    let folder = Folder::default();
    folder.write("tmfctk.toml", "[limits]\njson-dept = 3\n");
    folder
        .run(&["run", &server.url()])
        .assert_code(2)
        .assert_error(&["json-dept", "did you mean `json-depth`?"]);
    assert!(server.asked().is_empty());
}
