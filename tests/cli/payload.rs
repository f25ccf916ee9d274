//! The configured payload goes into all that a run creates, where nothing has to differ.

use serde_json::{Value, json};

use crate::support::BASE;
use crate::support::binary::Folder;
use crate::support::server::{Answer, Request, Server};

/// Creates nothing, and lets no body pass that has another channel than 555.
fn picky(request: &Request, number: usize) -> Answer {
    if request.method != "POST" {
        return Answer::json(200, &json!([]));
    }
    match serde_json::from_slice::<Value>(&request.body) {
        Ok(mut body) if body["channel"] == json!([{ "id": "555", "name": "Shop" }]) => {
            body["id"] = json!(format!("id-{number}"));
            body["href"] = json!(format!("{BASE}/partyInteraction/id-{number}"));
            Answer::json(201, &body)
        }
        _ => Answer::json(400, &json!({ "code": "400", "reason": "no such channel" })),
    }
}

#[test]
fn own_records_have_the_channel_that_the_payload_gives_them() {
    let folder = Folder::default();
    let payload =
        r#"{"channel":[{"id":"555","name":"Shop"}],"direction":"inbound","reason":"mine"}"#;
    folder.write("payload.json", payload);
    let server = Server::start(picky);
    let url = server.url(BASE);
    let arguments = [
        "run",
        &url,
        "--payload",
        "payload.json",
        "--level",
        "profile",
        "--seed",
        "s",
    ];
    folder.run(&arguments);
    let result = folder.result();
    let created: Vec<Value> = result["exchanges"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|exchange| exchange["request"]["method"] == "POST")
        .filter(|exchange| exchange["response"]["status"] == 201)
        .filter_map(|exchange| serde_json::from_str(exchange["request"]["body"].as_str()?).ok())
        .collect();
    for (reason, direction) in [
        ("Question about a tariff tmfctk-s one", "inbound"),
        ("Offer of a plan tmfctk-s two", "outbound"),
        ("Question about a tariff tmfctk-s one and more", "inbound"),
        ("Same reason for paging tmfctk-s", "inbound"),
    ] {
        let found = created
            .iter()
            .find(|body| body["reason"] == reason && body["direction"] == direction);
        assert!(found.is_some(), "`{reason}` was not accepted");
    }
}

#[test]
fn without_a_payload_own_records_have_channels_of_their_own() {
    let folder = Folder::default();
    let arguments = ["run", "--reference", "--level", "profile", "--seed", "s"];
    folder.run(&arguments).assert_code(0);
    let exchanges = folder.result()["exchanges"].to_string();
    assert!(exchanges.contains("shop-tmfctk-s") && exchanges.contains("phone-tmfctk-s"));
}

/// The configured patch as the reference judges it: status of each of its scenarios, in their order.
fn patched(folder: &Folder, fault: Option<&str>) -> (Vec<Value>, Value) {
    let mut arguments = vec!["run", "--reference", "--name", "[Cc]onfigured patch"];
    arguments.extend(fault.map(|_| "--reference-fault"));
    arguments.extend(fault);
    folder.run(&arguments);
    let result = folder.result();
    let scenarios = result["scenarios"].as_array().expect("a list");
    assert_eq!(scenarios.len(), 3, "{scenarios:#?}");
    let statuses = scenarios.iter().map(|it| it["status"].clone()).collect();
    (statuses, result)
}

#[test]
fn a_configured_patch_is_judged_itself() {
    let folder = Folder::default();
    let (statuses, result) = patched(&folder, None);
    assert_eq!(statuses, ["not-applicable"; 3], "none is configured");
    let methods = result["exchanges"].to_string();
    assert!(!methods.contains("PATCH"), "and none is sent");

    folder.write(
        "tmfctk.toml",
        "[payloads.patch]\ndescription = 'As configured'\n",
    );
    let (statuses, result) = patched(&folder, None);
    assert_eq!(statuses, ["passed"; 3]);
    let exchanges = result["exchanges"].as_array().expect("a list");
    let mut patches = exchanges
        .iter()
        .filter(|it| it["request"]["method"] == "PATCH");
    assert!(
        patches.all(|it| it["request"]["body"] == r#"{"description":"As configured"}"#),
        "no other is sent"
    );
    for (fault, failed) in [
        ("patch-answers-before", 0),
        ("patch-not-stored", 1),
        ("patch-drops-others", 2),
    ] {
        let (statuses, _) = patched(&folder, Some(fault));
        assert_eq!(statuses[failed], "failed", "{fault}: {statuses:?}");
    }
}

#[test]
fn a_patch_that_a_target_may_refuse_is_not_configured() {
    let server = Server::untouched();
    let folder = Folder::default();
    for (patch, words) in [
        (
            "patch = { direction = 'outbound' }",
            "`/direction` must not be there",
        ),
        (
            "patch = { channel = [] }",
            "`/channel` has fewer items than 1",
        ),
        ("patch = { reason = ' ' }", "`/reason` is blank"),
        ("patch = {}", "fewer attributes than 1"),
        (
            "patch = { relatedParty = [{ id = '1' }] }",
            "lacks the attribute `@referredType`",
        ),
    ] {
        folder.write("tmfctk.toml", &format!("[payloads]\n{patch}\n"));
        folder
            .run(&["run", &server.url(BASE)])
            .assert_code(2)
            .assert_error(&["payloads.patch of the configuration", words]);
    }
    folder.write("patch.json", "[]");
    folder.write("tmfctk.toml", "[payloads]\npatch = 'patch.json'\n");
    folder
        .run(&["run", &server.url(BASE)])
        .assert_code(2)
        .assert_error(&["patch.json", "not a JSON object"]);
    assert_eq!(server.connections(), 0);
}
