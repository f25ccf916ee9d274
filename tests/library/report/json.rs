//! `result.json` and its schema.

use serde_json::Value;
use tmfctk::report::json;

use super::fixture;
use crate::support::assert_committed;

#[test]
fn the_committed_schema_is_the_one_that_the_types_say() {
    let schema = serde_json::to_string_pretty(&json::schema()).unwrap() + "\n";
    assert_committed("schemas/result.schema.json", &schema);
}

#[test]
fn the_keys_of_the_contract_stand_where_others_read_them() {
    let bytes = json::render(&fixture::failing()).unwrap();
    assert_committed(
        "tests/library/report/golden/result.json",
        std::str::from_utf8(&bytes).unwrap(),
    );
}

#[test]
fn every_result_is_valid_against_the_schema_and_a_wrong_one_is_not() {
    let schema = jsonschema::validator_for(&json::schema()).unwrap();
    for result in [
        fixture::failing(),
        fixture::conformant(),
        fixture::unreachable(),
        fixture::hostile(),
    ] {
        let value: Value = serde_json::from_slice(&json::render(&result).unwrap()).unwrap();
        let errors: Vec<String> = schema
            .iter_errors(&value)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
    let mut value = serde_json::to_value(fixture::failing()).unwrap();
    value["verdict"] = "perfect".into();
    assert!(!schema.is_valid(&value));
    let mut value = serde_json::to_value(fixture::failing()).unwrap();
    value.as_object_mut().unwrap().remove("findings");
    assert!(!schema.is_valid(&value));
    let mut value = serde_json::to_value(fixture::failing()).unwrap();
    value["schemaVersion"] = 2.into();
    assert!(!schema.is_valid(&value));
}

#[test]
fn a_stored_result_reads_back_as_it_was_written() {
    let mut result = fixture::hostile();
    result.kit.name = "tmfctk".into();
    let written = json::render(&result).unwrap();
    let read = json::parse(&written).unwrap();
    assert_eq!(json::render(&read).unwrap(), written);
}

#[test]
fn a_result_that_is_cut_off_is_refused() {
    let written = json::render(&fixture::failing()).unwrap();
    let error = json::parse(&written[..written.len() / 2]).unwrap_err();
    let error = error.to_string();
    assert!(
        error.starts_with("cannot read the result: not json, or cut off: "),
        "{error}"
    );
}
