//! What the test files share: a server that does as it is told, the binary in a folder of its own,
//! and whole sessions in this process.

#![allow(
    dead_code,
    reason = "each test file compiles this module and uses a part of it"
)]

pub mod binary;
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
