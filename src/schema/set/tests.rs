use serde_json::json;

use super::super::testing;
use super::*;

fn embedded(files: &[(&str, &str)]) -> Result<SchemaSet, String> {
    SchemaSet::embedded(files.iter().copied()).map_err(|error| error.to_string())
}

fn schema(body: &str) -> String {
    format!(r#"{{"$schema": "{DRAFT}", {body}}}"#)
}

#[test]
fn every_schema_of_the_pack_compiles() {
    let set = testing::pack("");
    set.check().unwrap();
    let names: Vec<&str> = set.names().collect();
    assert!(names.contains(&"PartyInteraction"));
    assert!(names.contains(&"PartyInteractionCreateEventPayload"));
    assert!(
        names.iter().all(|name| !name.contains('/')),
        "parts are not names: {names:?}"
    );
}

#[test]
fn a_definition_is_found_by_name_across_files() {
    let set = embedded(&[
        (
            "A.schema.json",
            &schema(r#""properties": {"b": {"$ref": "B.schema.json"}}"#),
        ),
        (
            "B.schema.json",
            &schema(r##""$ref": "#/$defs/C", "$defs": {"C": {"type": "string"}}"##),
        ),
    ])
    .unwrap();
    assert_eq!(set.names().collect::<Vec<_>>(), ["A", "B", "C"]);
    let violations = set.validator("A").unwrap().validate(&json!({"b": 1}));
    assert_eq!(violations.len(), 1);
    assert_eq!(violations[0].schema_pointer, "C#/type");
}

#[test]
fn a_recursive_schema_is_fine() {
    let set = embedded(&[(
        "Tree.schema.json",
        &schema(r#""properties": {"left": {"$ref": "Tree.schema.json"}, "n": {"type": "number"}}"#),
    )])
    .unwrap();
    let violations = set
        .validator("Tree")
        .unwrap()
        .validate(&json!({"left": {"left": {"n": ""}}}));
    assert_eq!(violations[0].pointer, "/left/left/n");
}

#[test]
fn a_property_named_like_a_keyword_is_no_reference() {
    let set = embedded(&[(
        "A.schema.json",
        &schema(
            r##""properties": {"$ref": {"type": "string"}, "items": {"enum": [{"$ref": "x"}]}}"##,
        ),
    )]);
    set.unwrap().check().unwrap();
}

#[test]
fn a_broken_reference_is_named_with_file_and_pointer() {
    for (reference, problem) in [
        ("B.schema.json", "the $ref `B.schema.json` leads nowhere"),
        ("#/$defs/B", "the $ref `#/$defs/B` leads nowhere"),
        ("#/properties/x", "the $ref `#/properties/x` leads nowhere"),
        (
            "https://example.com/b.json",
            "the $ref `https://example.com/b.json` leads out of these files, and schemas are only read offline",
        ),
        (
            "../../etc/B.schema.json",
            "the $ref `../../etc/B.schema.json` leads out of these files, and schemas are only read offline",
        ),
    ] {
        let text = schema(&format!(
            r#""properties": {{"a/b": {{"$ref": "{reference}"}}}}"#
        ));
        let error = embedded(&[("A.schema.json", &text)]).unwrap_err();
        assert_eq!(
            error,
            format!("A.schema.json#/properties/a~1b/$ref: {problem}")
        );
    }
    let text = schema(r#""$defs": {"B": {"items": {"$ref": 5}}}"#);
    let error = embedded(&[("A.schema.json", &text)]).unwrap_err();
    assert!(
        error.starts_with("A.schema.json#/$defs/B/items/$ref: "),
        "{error}"
    );
}

#[test]
fn a_file_that_is_no_schema_is_refused() {
    for (file, text, error) in [
        (
            "A.schema.json",
            "{\n \"a\" }",
            "A.schema.json:2:6: expected `:`",
        ),
        (
            "A.schema.json",
            "[]",
            "A.schema.json#: a schema file must hold an object",
        ),
        (
            "A.json",
            &schema(r#""type": "object""#),
            "A.json: the name must end in `.schema.json`",
        ),
        (
            "A.schema.json",
            r#"{"$schema": "http://json-schema.org/draft-07/schema#"}"#,
            "A.schema.json#/$schema: the draft must be `https://json-schema.org/draft/2020-12/schema`",
        ),
        (
            "A.schema.json",
            &schema(r#""$defs": []"#),
            "A.schema.json#/$defs: must be an object of schemas",
        ),
        (
            "A.schema.json",
            &schema(r#""$defs": {"A": {}}"#),
            "A.schema.json#/$defs/A: `A` is defined in `A.schema.json` as well",
        ),
    ] {
        assert_eq!(embedded(&[(file, text)]).unwrap_err(), error);
    }
}

#[test]
fn a_schema_against_the_draft_is_named_where_it_stands() {
    let text = schema(r#""$defs": {"B": {"properties": {"x": {"type": "strin"}}}}"#);
    let set = embedded(&[("A.schema.json", &text)]).unwrap();
    let error = set.validator("B").unwrap_err().to_string();
    assert!(
        error.starts_with("A.schema.json#/$defs/B/properties/x/type: no valid schema"),
        "{error}"
    );
    assert_eq!(set.check().unwrap_err().to_string(), error);
}

#[test]
fn an_unknown_name_is_an_error() {
    let error = testing::pack("").validator("Nothing").unwrap_err();
    assert_eq!(error.to_string(), "schemas: no schema is named `Nothing`");
}
