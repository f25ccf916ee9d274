//! Are official API descriptions read as they mean it, and broken ones refused with the place?

use std::path::Path;

use serde_json::{Value, json};
use tmfctk::schema::SchemaSet;

fn document(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/documents")
        .join(name);
    std::fs::read_to_string(path).unwrap()
}

fn read(name: &str) -> SchemaSet {
    SchemaSet::official(name, &document(name)).unwrap()
}

/// Place and keyword of every violation.
fn violations(set: &SchemaSet, schema: &str, instance: &Value) -> Vec<String> {
    let found = set.validator(schema).unwrap().validate(instance);
    found
        .iter()
        .map(|it| format!("{} {}", it.place(), it.keyword))
        .collect()
}

fn refused(text: &str) -> String {
    SchemaSet::official("spec", text).unwrap_err().to_string()
}

#[test]
fn swagger_and_openapi_judge_alike() {
    let cases = [
        (json!({"kind": "b", "title": "t"}), vec![]),
        (
            json!({"kind": "b", "title": "t", "anything": 1, "$ref": "x"}),
            vec![],
        ),
        (
            json!({"title": ""}),
            vec!["/kind required", "/title minLength"],
        ),
        (
            json!({"kind": "b", "title": "t", "pages": 0}),
            vec!["/pages exclusiveMinimum"],
        ),
        (
            json!({"kind": "b", "title": "t", "pages": 1.5}),
            vec!["/pages type"],
        ),
        (
            json!({"kind": "b", "title": "t", "due": "2020-10-02"}),
            vec!["/due format"],
        ),
        (
            json!({"kind": "b", "title": "t", "genre": "essay"}),
            vec!["/genre enum"],
        ),
        (
            json!({"kind": "b", "title": "t", "cover": "*"}),
            vec!["/cover format"],
        ),
        (
            json!({"kind": "b", "title": "t", "authors": []}),
            vec!["/authors minItems"],
        ),
        (
            json!({"kind": "b", "title": "t", "authors": [{"name": "a", "pupils": [{"home": "here"}]}]}),
            vec![
                "/authors/0/pupils/0/name required",
                "/authors/0/pupils/0/home format",
            ],
        ),
        (
            json!({"kind": "b", "title": "t", "editor": {}}),
            vec!["/editor/name required"],
        ),
    ];
    for name in ["library.swagger.json", "library.openapi.yaml"] {
        let set = read(name);
        for (instance, expected) in &cases {
            assert_eq!(
                &violations(&set, "Book", instance),
                expected,
                "{name}: {instance}"
            );
        }
    }
}

#[test]
fn only_named_schemas_are_names() {
    let names = |name| read(name).names().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(names("library.swagger.json"), ["Author", "Book", "Item"]);
    assert_eq!(
        names("library.openapi.yaml"),
        ["Author", "Book", "Item", "Loan", "Map"]
    );
}

#[test]
fn nullable_allows_null_and_nothing_else() {
    let set = read("library.openapi.yaml");
    let null = json!({"note": null, "state": null, "reader": null});
    assert_eq!(violations(&set, "Loan", &null), [""; 0]);
    let other = json!({"note": 1, "state": "gone"});
    assert_eq!(
        violations(&set, "Loan", &other),
        ["/note type", "/state enum"]
    );
    // `no` is a string, as in YAML 1.2.
    assert_eq!(violations(&set, "Loan", &json!({"state": "no"})), [""; 0]);
}

#[test]
fn a_discriminator_chooses_the_branch() {
    let set = read("library.openapi.yaml");
    for (thing, expected) in [
        (json!({"kind": "book", "title": "t"}), vec![]),
        (
            json!({"kind": "book", "scale": 1}),
            vec!["/thing/title required"],
        ),
        (
            json!({"kind": "Book", "scale": 1}),
            vec!["/thing/title required"],
        ),
        (json!({"kind": "atlas"}), vec!["/thing/scale required"]),
        (json!({"kind": "globe", "scale": 2}), vec![]),
        (json!({"kind": "globe"}), vec!["/thing anyOf"]),
        (json!({"scale": 2}), vec!["/thing anyOf"]),
        // Both branches hold, which `oneOf` alone would refuse.
        (json!({"kind": "map", "scale": 2, "title": "t"}), vec![]),
    ] {
        assert_eq!(
            violations(&set, "Loan", &json!({ "thing": thing })),
            expected,
            "{thing}"
        );
    }
}

#[test]
fn openapi_3_1_is_json_schema() {
    let text = json!({
        "openapi": "3.1.0",
        "components": {"schemas": {
            "A": {"type": ["object", "null"], "properties": {"n": {"$ref": "#/components/schemas/B", "minimum": 3}}},
            "B": {"type": "number", "exclusiveMaximum": 10},
            "C": true,
        }},
    });
    let set = SchemaSet::official("spec", &text.to_string()).unwrap();
    assert_eq!(violations(&set, "A", &json!(null)), [""; 0]);
    assert_eq!(violations(&set, "A", &json!({"n": 2})), ["/n minimum"]);
    assert_eq!(
        violations(&set, "A", &json!({"n": 10})),
        ["/n exclusiveMaximum"]
    );
}

#[test]
fn malformed_text_is_refused_with_its_line() {
    assert_eq!(
        refused("{\n  \"swagger\": \"2.0\",\n  oops\n}"),
        "spec:3:3: key must be a string"
    );
    assert_eq!(
        refused("swagger: '2.0'\ndefinitions: [1,\n"),
        "spec:2:14: no valid YAML: unclosed bracket '['"
    );
    let twice = refused("swagger: '2.0'\nswagger: '2.0'\n");
    assert!(
        twice.starts_with("spec:2:1: no valid YAML: duplicate mapping key: swagger"),
        "{twice}"
    );
    assert!(refused(&"[".repeat(100_000)).starts_with("spec:1:"));
}

#[test]
fn an_alias_bomb_is_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    assert!(refused(&text).contains("budget"));
}

#[test]
fn another_kind_of_document_is_refused() {
    for text in [
        "",
        "just text",
        "a: 1",
        "{}",
        "- 1",
        "\u{feff}{\"info\": {}}",
    ] {
        assert_eq!(
            refused(text),
            "spec: neither a Swagger 2.0 nor an OpenAPI 3 document",
            "{text}"
        );
    }
    assert_eq!(
        refused("swagger: 1.2"),
        "spec#/swagger: Swagger 1.2 cannot be read, only 2.0"
    );
    assert_eq!(
        refused("openapi: '4.0'"),
        "spec#/openapi: OpenAPI 4.0 cannot be read, only 3"
    );
    for text in [
        "swagger: 2.0",
        "swagger: '2.0'\ndefinitions: {}",
        "swagger: '2.0'\ndefinitions: []",
    ] {
        assert_eq!(
            refused(text),
            "spec#/definitions: the document holds no schemas"
        );
    }
    assert_eq!(
        refused("openapi: 3.0.3"),
        "spec#/components/schemas: the document holds no schemas"
    );
}

#[test]
fn broken_schemas_are_refused_with_their_pointer() {
    let leads_out = "leads out of these files, and schemas are only read offline";
    for (schema, error) in [
        (
            json!([]),
            "spec#/definitions/A: a schema must be an object".to_owned(),
        ),
        (
            json!({"properties": {"b": {"$ref": "#/definitions/B"}}}),
            "spec#/definitions/A/properties/b/$ref: the $ref `#/definitions/B` leads nowhere"
                .to_owned(),
        ),
        (
            json!({"items": {"$ref": "other.json#/definitions/B"}}),
            format!(
                "spec#/definitions/A/items/$ref: the $ref `other.json#/definitions/B` {leads_out}"
            ),
        ),
        (
            json!({"allOf": [{"$ref": "https://example.com/b"}]}),
            format!(
                "spec#/definitions/A/allOf/0/$ref: the $ref `https://example.com/b` {leads_out}"
            ),
        ),
        (
            json!({"oneOf": [], "discriminator": "kind"}),
            "spec#/definitions/A/discriminator: the discriminator names no property".to_owned(),
        ),
        (
            json!({"$ref": "#/definitions/A"}),
            "spec#/definitions/A: the schema is defined by itself".to_owned(),
        ),
        (
            json!({"allOf": [{"anyOf": [{}, {"$ref": "#/definitions/A"}]}]}),
            "spec#/definitions/A: the schema is defined by itself".to_owned(),
        ),
    ] {
        let document = json!({"swagger": "2.0", "definitions": {"A": schema}});
        assert_eq!(refused(&document.to_string()), error);
    }
    let document =
        json!({"swagger": "2.0", "definitions": {"A": {"properties": {"x": {"type": "strin"}}}}});
    let error = refused(&document.to_string());
    assert!(
        error.starts_with("spec#/definitions/A/properties/x/type: no valid schema: "),
        "{error}"
    );
}
