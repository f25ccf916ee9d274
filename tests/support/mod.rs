//! What the test files share: a server that does as it is told, the binary in a folder of its own,
//! and whole sessions in this process.

#![allow(
    dead_code,
    reason = "each test file compiles this module and uses a part of it"
)]

pub mod binary;
pub mod pages;
pub mod recording;
pub mod reference;
pub mod server;
pub mod session;

use std::sync::LazyLock;

use serde_json::Value;

/// The path below which the pack's API is usually offered, without its last slash.
pub const BASE: &str = "/tmf-api/partyInteraction/v4";

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
