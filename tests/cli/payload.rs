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
