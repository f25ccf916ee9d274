//! The official kit's own result beside the prediction.

use std::fs;

use serde_json::{Value, json};

use crate::support::binary::Folder;
use crate::support::newman;

const TOKEN: &str = "Bearer hunter2-hunter2";

/// A folder with the result of a run, and the file that the kit's runner would have written for
/// the same answers.
fn prepared() -> (Folder, Value) {
    let folder = Folder::default();
    let run = ["run", "--reference", "--level", "certification", "--quiet"];
    folder.run(&run).assert_code(0);
    let result = folder.result();
    let kit = newman::written_for(&result, TOKEN);
    (folder, kit)
}

fn compare(folder: &Folder, kit: &Value, code: i32, words: &[&str]) {
    folder.write("kit/jsonResults.json", &kit.to_string());
    folder
        .run(&["kit", "compare", "kit/jsonResults.json"])
        .assert_code(code)
        .assert_output(words);
}

#[test]
fn equal_numbers_agree_and_the_copy_holds_no_secret() {
    let (folder, kit) = prepared();
    compare(
        &folder,
        &kit,
        0,
        &["246", "the numbers agree", "jsonResults.redacted.json"],
    );
    let copy = fs::read_to_string(folder.path("kit/jsonResults.redacted.json")).unwrap();
    assert!(!copy.contains("hunter2") && !copy.contains("abcdef123456"));
    let copy: Value = serde_json::from_str(&copy).unwrap();
    let data = copy["run"]["executions"][0]["response"]["stream"]["data"].as_array();
    let bytes = data
        .unwrap()
        .iter()
        .map(|byte| byte.as_u64().unwrap() as u8);
    assert_eq!(
        String::from_utf8(bytes.collect()).unwrap(),
        "{\"echo\":\"[redacted]\"}"
    );
    assert_eq!(copy["run"]["executions"][0]["response"]["code"], 201);
}

#[test]
fn each_difference_is_named_with_its_request_and_a_reason() {
    let (folder, mut kit) = prepared();
    let executions = kit["run"]["executions"].as_array_mut().unwrap();
    // Another status, an element more, a failure, a script that ended early, and no last request.
    executions[0]["response"]["code"] = json!(500);
    let list = executions[2]["assertions"].as_array_mut().unwrap();
    let names: Vec<Value> = list.clone();
    list.extend(names);
    executions[3]["assertions"][0]["error"] = json!({"message": "expected 200"});
    executions[4]["testScript"] = json!([{"error": {"message": "Unexpected token '<'\nat"}}]);
    executions.pop();
    compare(
        &folder,
        &kit,
        1,
        &[
            "request 1 POST",
            "it was answered 500, predicted 201",
            "records came or went",
            "\"Status code is 200\" 1 times, predicted 0",
            "Unexpected token '<'",
            "the kit sent 17 requests, predicted were 18",
        ],
    );
}

#[test]
fn folders_are_taken_in_place_of_the_files_and_a_byte_order_mark_is_skipped() {
    let (folder, kit) = prepared();
    folder.write("kit/jsonResults.json", &format!("\u{feff}{kit}"));
    folder
        .run(&["kit", "compare", "kit", "--result", "reports/latest"])
        .assert_code(0)
        .assert_output(&["the numbers agree"]);
    assert!(folder.path("kit/jsonResults.redacted.json").exists());
}

#[test]
fn a_file_of_another_kind_is_a_usage_error() {
    let (folder, _) = prepared();
    for (text, word) in [
        ("{", "not JSON"),
        ("{\"a\":1}", "not a result of newman"),
        ("{\"run\":{\"executions\":[]}}", "sent no request"),
    ] {
        folder.write("other.json", text);
        folder
            .run(&["kit", "compare", "other.json"])
            .assert_code(2)
            .assert_error(&["other.json", word]);
    }
    assert!(!folder.path("other.redacted.json").exists());
}

#[test]
fn an_official_kit_s_folder_becomes_a_description_and_what_is_not_understood_is_named() {
    let folder = Folder::default();
    let request = |name: &str, method: &str, script: &str| {
        json!({
            "name": name,
            "event": [{"listen": "test", "script": {"exec": script.lines().collect::<Vec<_>>()}}],
            "request": {"method": method, "url": "{{Site}}site"}
        })
    };
    let status = "pm.test('x', function () {\n  pm.response.to.have.status(200);\n});";
    let mut before = request("before", "GET", status);
    before["event"][0]["listen"] = json!("prerequest");
    let mut form = request("form", "POST", status);
    form["request"]["body"] = json!({"mode": "urlencoded", "urlencoded": []});
    let mut collection = json!({
        "info": {
            "name": "Site",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
        },
        "item": [{"name": "N1", "item": [
            request("known", "GET", status),
            request("loops", "GET", "\nwhile (true) { }"),
            before,
            form
        ]}]
    });
    let file = "site/ctk/Site.testkit.json";
    folder.write(file, &collection.to_string());
    folder.write(
        "site/config.json",
        r#"{"payloads": {"Site": {"POST": {"payload": {}}}}}"#,
    );
    let done = folder.run(&["kit", "import", "site", "--out", "site.json"]);
    done.assert_code(0)
        .assert_output(&["4 requests"])
        .assert_error(&[
            "request 2 loops, line 2 of its script",
            "while(true)",
            "request 3 before, a script that runs before it",
            "request 4 form: a body of the mode \"urlencoded\"",
            "config.json, /payloads: no start script",
        ]);
    let text = fs::read_to_string(folder.path("site.json")).unwrap();
    let description: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(description["baseVariable"], "Site");
    assert_eq!(description["exact"], false);
    assert_eq!(description["unread"].as_array().map(Vec::len), Some(4));
    assert_eq!(
        description["requests"][0]["script"],
        json!([{"test": "status", "oneOf": [200]}])
    );
    let refused = |words: &[&str]| {
        folder
            .run(&["kit", "import", "site"])
            .assert_code(2)
            .assert_error(words);
    };
    folder.write("site/ctk/Other.testkit.json", &collection.to_string());
    refused(&["two collections", "Other.testkit.json"]);
    fs::remove_file(folder.path("site/ctk/Other.testkit.json")).unwrap();
    collection["item"][0]["item"][2]["request"] = json!({"method": "GET"});
    folder.write(file, &collection.to_string());
    refused(&[
        "Site.testkit.json",
        "/item/0/item/2/request",
        "without method or URL",
    ]);
    folder.write(file, r#"{"id": "x", "order": [], "requests": []}"#);
    refused(&["Site.testkit.json", "/info/schema", "Collection v2.1"]);
    folder.write(file, "{\n\"info\": }");
    refused(&["Site.testkit.json", "not JSON", "line 2"]);
    fs::remove_file(folder.path(file)).unwrap();
    refused(&["site", "not the folder of an official kit", "testkit.json"]);
    let nowhere = folder.run(&["kit", "import", "nowhere"]);
    nowhere.assert_code(2).assert_error(&["nowhere"]);
}
