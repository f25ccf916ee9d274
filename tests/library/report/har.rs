//! `run.har`: what a browser's developer tools open.

use serde_json::{Value, json};
use tmfctk::report::har;

use super::fixture;

fn rendered(result: &tmfctk::verdict::RunResult) -> Value {
    serde_json::from_slice(&har::render(result).unwrap()).unwrap()
}

/// What HAR 1.2 demands of each entry.
fn schema() -> Value {
    let named = json!({
        "type": "array",
        "items": {
            "type": "object",
            "required": ["name", "value"],
            "properties": { "name": { "type": "string" }, "value": { "type": "string" } }
        }
    });
    let message = |own: Value| {
        let mut schema = json!({
            "type": "object",
            "required": ["httpVersion", "cookies", "headers", "headersSize", "bodySize"],
            "properties": {
                "httpVersion": { "type": "string" },
                "cookies": { "type": "array" },
                "headers": named,
                "headersSize": { "type": "integer", "minimum": -1 },
                "bodySize": { "type": "integer", "minimum": -1 }
            }
        });
        schema["allOf"] = json!([own]);
        schema
    };
    let time = json!({ "type": "number", "minimum": 0 });
    json!({
        "type": "object",
        "required": ["log"],
        "properties": { "log": {
            "type": "object",
            "required": ["version", "creator", "entries"],
            "properties": {
                "version": { "const": "1.2" },
                "creator": { "required": ["name", "version"] },
                "entries": { "type": "array", "items": {
                    "type": "object",
                    "required": ["startedDateTime", "time", "request", "response", "cache", "timings"],
                    "properties": {
                        "startedDateTime": { "type": "string", "format": "date-time" },
                        "time": time,
                        "request": message(json!({
                            "required": ["method", "url", "queryString"],
                            "properties": {
                                "url": { "type": "string", "format": "uri" },
                                "queryString": named,
                                "postData": { "required": ["mimeType", "text", "params"] }
                            }
                        })),
                        "response": message(json!({
                            "required": ["status", "statusText", "content", "redirectURL"],
                            "properties": {
                                "status": { "type": "integer" },
                                "content": {
                                    "required": ["size", "mimeType"],
                                    "properties": { "encoding": { "const": "base64" } }
                                }
                            }
                        })),
                        "timings": {
                            "required": ["send", "wait", "receive"],
                            "properties": { "send": time, "wait": time, "receive": time }
                        }
                    }
                } }
            }
        } }
    })
}

#[test]
fn every_result_makes_an_archive_as_the_format_demands() {
    // The hostile result has markup even where a run writes a date or a URL.
    for (result, formats) in [
        (fixture::failing(), true),
        (fixture::conformant(), true),
        (fixture::unreachable(), true),
        (fixture::hostile(), false),
    ] {
        let validator = jsonschema::options()
            .should_validate_formats(formats)
            .build(&schema())
            .unwrap();
        let archive = rendered(&result);
        let errors: Vec<String> = validator
            .iter_errors(&archive)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let entries = archive["log"]["entries"].as_array().unwrap();
        assert_eq!(entries.len(), result.exchanges.len());
    }
}

#[test]
fn an_exchange_shows_its_times_its_curl_line_its_findings_and_what_is_cut() {
    let result = fixture::failing();
    let archive = rendered(&result);
    let entries = archive["log"]["entries"].as_array().unwrap();
    let first = &entries[0];
    assert_eq!(first["time"], json!(12.345));
    assert_eq!(first["timings"]["wait"], json!(9.0));
    assert_eq!(first["timings"]["receive"], json!(3.345));
    assert!(first["_curl"].as_str().unwrap().starts_with("curl -i"));
    let finding = result
        .findings
        .iter()
        .find(|finding| finding.exchange.is_some())
        .unwrap();
    let shown = &entries[finding.exchange.unwrap()]["_findings"];
    assert!(
        shown
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["requirement"] == finding.requirement),
        "{shown}"
    );
    let cut = entries[4]["response"]["content"]["comment"]
        .as_str()
        .unwrap();
    assert!(
        cut.contains("4200000 bytes") && cut.contains("SHA-256 9c1e"),
        "{cut}"
    );
    assert_eq!(entries[5]["response"]["content"]["encoding"], "base64");
}

#[test]
fn the_archive_says_why_no_answer_came() {
    let archive = rendered(&fixture::unreachable());
    let response = &archive["log"]["entries"][0]["response"];
    assert_eq!(response["status"], 0);
    assert!(response["_error"].is_string(), "{response}");
}

#[test]
fn a_compressed_body_is_shown_inflated() {
    use base64::Engine as _;
    use std::io::Write as _;
    use tmfctk::evidence::BodyEncoding;
    let mut result = fixture::conformant();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(br#"{"id":"1"}"#).unwrap();
    let packed = packed.finish().unwrap();
    let message = &mut result.exchanges[0].response.as_mut().unwrap().message;
    message
        .headers
        .push(("Content-Encoding".into(), "gzip".into()));
    message.body = Some(base64::engine::general_purpose::STANDARD.encode(&packed));
    message.body_encoding = BodyEncoding::Base64;
    message.body_bytes = packed.len() as u64;
    let archive = rendered(&result);
    let content = &archive["log"]["entries"][0]["response"]["content"];
    assert_eq!(content["text"], r#"{"id":"1"}"#);
    assert_eq!(content["size"], 10);
}
