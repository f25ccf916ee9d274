//! The limits of an answer come from flags, the environment and the file, and a wrong one stops a
//! run before its first request.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::case::{Case, array};
use crate::server::{Hostile, drain};
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

#[test]
fn each_limit_that_acts_is_named_in_result_report_and_terminal() {
    let decent = || Hostile::keeping(|_, _| {});
    let silent = || Hostile::start(|_, stream| drain(stream));
    let listing = |body: Vec<u8>, encoding: &'static str| {
        Hostile::keeping(move |asked, reply| {
            if asked.is_list() {
                reply.header("Content-Encoding", encoding);
                reply.body.clone_from(&body);
            }
        })
    };
    let large = format!("[{}]", " ".repeat(300_000)).into_bytes();
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&large).unwrap();
    let headers = Hostile::keeping(|_, reply| {
        for number in 0..9 {
            reply.header(&format!("X-{number}"), "abc");
        }
    });
    let deep = Hostile::keeping(|asked, reply| {
        if asked.method == "GET" {
            reply.body = br#"[{"id":"1","note":[[[[[[]]]]]]}]"#.to_vec();
        }
    });
    for (option, value, server, level, code) in [
        ("timeout", "0.3", silent(), "certification", 3),
        ("first-byte-timeout", "0.2", silent(), "certification", 3),
        ("max-time", "0.0001", decent(), "certification", 3),
        ("max-exchanges", "5", decent(), "certification", 3),
        ("max-writes", "1", decent(), "certification", 3),
        ("keep-bytes", "100", decent(), "certification", 0),
        (
            "parse-bytes",
            "1000",
            listing(large, "identity"),
            "certification",
            3,
        ),
        (
            "inflate-bytes",
            "1000",
            listing(gzip.finish().unwrap(), "gzip"),
            "certification",
            3,
        ),
        ("max-headers", "5", headers, "certification", 3),
        ("header-bytes", "30", decent(), "certification", 3),
        ("json-depth", "5", deep, "profile", 1),
    ] {
        let flag = format!("--{option}");
        let given = [flag.as_str(), value];
        let (timeout, options) = match option {
            "timeout" => (value, &given[..0]),
            _ => ("20", &given[..]),
        };
        let case = Case {
            what: &flag,
            level,
            timeout,
            code,
            options,
            ..Case::default()
        };
        let left = case.against(&server);
        // The replay comes first, and waits by a limit of its own.
        let named = match option {
            "timeout" => "(--kit-timeout)".to_owned(),
            _ => format!("({flag})"),
        };
        let notes = array(&left.result["notes"]).iter();
        let mut notes = notes.filter_map(Value::as_str);
        let note = notes.find(|note| {
            let of_a_limit = ["A limit acted on", "the run ended early: "];
            of_a_limit.iter().any(|words| note.starts_with(words)) && note.contains(&named)
        });
        let note = note.unwrap_or_else(|| panic!("{option}: {}", left.said()));
        assert!(left.page.contains(note), "{option}");
        assert!(
            left.done.stdout.contains(note),
            "{option}: {:#?}",
            left.done
        );
    }
}
