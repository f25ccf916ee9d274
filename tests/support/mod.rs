//! What the test files share: a server that does as instructed, the binary in a folder of its own,
//! and whole sessions in this process.

#![allow(
    dead_code,
    reason = "each test file compiles this module and uses a part of it"
)]

pub mod binary;
pub mod newman;
pub mod pages;
pub mod recording;
pub mod reference;
pub mod server;
pub mod session;
pub mod tls;
pub mod tokens;

use std::sync::LazyLock;

use serde_json::Value;

/// The path below which the pack's API is usually offered, without its last slash.
pub const BASE: &str = "/tmf-api/partyInteraction/v4";

/// Compares a committed file with what it should hold; `UPDATE=1` writes it anew.
pub fn assert_committed(path: &str, derived: &str) {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, derived).expect("writable");
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == derived,
        "{path} is out of date; renew it with UPDATE=1 before the test, and read the difference"
    );
}

/// A test that needs something that is not installed passes with a word about it; in CI it fails.
#[allow(clippy::print_stdout, reason = "whoever runs the tests should see it")]
pub fn skip(what: &str) {
    let ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!ci, "{what} is not installed: ./check installs it");
    println!("skipped: {what} is not installed, ./check installs it");
}

/// Panics unless the value is a result as the committed schema has it.
pub fn assert_valid_result(result: &Value) {
    static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
        let schema = include_str!("../../schemas/result.schema.json");
        let schema: Value = serde_json::from_str(schema).expect("the schema is JSON");
        jsonschema::validator_for(&schema).expect("the schema is one")
    });
    let errors: Vec<String> = SCHEMA
        .iter_errors(result)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "no valid result: {errors:#?}");
}

/// The ids that a target lists, in order of the alphabet.
pub fn list(base: &str) -> Vec<String> {
    use std::io::{Read as _, Write as _};
    let url = url::Url::parse(base).expect("a URL");
    let authority = url.authority();
    let mut stream = std::net::TcpStream::connect(authority).expect("it listens");
    let path = url.path();
    let request = format!(
        "GET {path}partyInteraction HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    let records: Vec<Value> = serde_json::from_str(body).expect("a list");
    let id = |record: &Value| record["id"].as_str().expect("an id").to_owned();
    let mut ids: Vec<String> = records.iter().map(id).collect();
    ids.sort();
    ids
}
