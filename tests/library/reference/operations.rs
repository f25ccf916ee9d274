//! The optional operations: PATCH, DELETE, the hub and its events.

use serde_json::{Value, json};

use super::client::{Answer, COLLECTION, Target, minimal};
use super::listener::Listener;

const MERGE: (&str, &str) = ("Content-Type", "application/merge-patch+json");

async fn record(target: &Target) -> (String, Value) {
    let record = target.create(&minimal()).await.json();
    let id = record["id"].as_str().expect("an id");
    (format!("{COLLECTION}/{id}"), record)
}

async fn patch(target: &Target, path: &str, body: Value) -> Answer {
    target
        .send("PATCH", path, &[MERGE], &body.to_string())
        .await
}

async fn subscribe(target: &Target, body: Value) -> String {
    let answer = target.post("hub", &body.to_string()).await;
    assert_eq!(answer.status, 201);
    let id = answer.json()["id"].as_str().expect("an id").to_owned();
    assert!(answer.header("location").ends_with(&format!("/hub/{id}")));
    assert_eq!(answer.json()["callback"], body["callback"]);
    assert_eq!(answer.json().get("query"), body.get("query"));
    id
}

#[tokio::test]
async fn a_patch_changes_what_it_names() {
    let target = Target::clean().await;
    let (path, before) = record(&target).await;
    let answer = patch(
        &target,
        &path,
        json!({"description": "new", "status": "completed"}),
    )
    .await;
    assert_eq!(answer.status, 200);
    let after = answer.json();
    assert_eq!(after["description"], "new");
    assert!(after["statusChangeDate"].is_string());
    for name in [
        "id",
        "href",
        "channel",
        "direction",
        "reason",
        "creationDate",
    ] {
        assert_eq!(after[name], before[name]);
    }
    assert_eq!(target.get(&path).await.json(), after);

    let removed = patch(&target, &path, json!({"description": null}))
        .await
        .json();
    assert_eq!(removed.get("description"), None);
    let same = patch(&target, &path, json!({"direction": "inbounds"})).await;
    assert_eq!(same.status, 200);
}

#[tokio::test]
async fn a_wrong_patch_changes_nothing() {
    let target = Target::clean().await;
    let (path, before) = record(&target).await;
    for body in [
        json!({"id": "x"}),
        json!({"href": "http://x"}),
        json!({"direction": "outbound"}),
        json!({"@type": "Other"}),
        json!({"reason": null}),
        json!({"reason": " "}),
        json!({"channel": []}),
        json!({"relatedParty": [{"id": "1"}]}),
        json!([]),
    ] {
        assert_eq!(
            patch(&target, &path, body.clone()).await.status,
            400,
            "{body}"
        );
    }
    let malformed = target.send("PATCH", &path, &[MERGE], "{").await;
    assert_eq!(malformed.status, 400);
    let other = [("Content-Type", "application/json-patch+json")];
    let refused = target.send("PATCH", &path, &other, "[]").await;
    assert_eq!(refused.status, 415);
    assert!(refused.header("accept-patch").contains("merge-patch"));
    let unknown = patch(&target, "partyInteraction/nope", json!({})).await;
    assert_eq!(
        (unknown.status, unknown.json()["status"].clone()),
        (404, json!("404"))
    );
    assert_eq!(target.get(&path).await.json(), before);
}

#[tokio::test]
async fn listeners_hear_what_happens() {
    let target = Target::clean().await;
    let mut listener = Listener::start().await;
    subscribe(&target, json!({"callback": listener.callback})).await;
    let (path, created) = record(&target).await;
    let changed = patch(&target, &path, json!({"description": "new"}))
        .await
        .json();
    let completed = patch(&target, &path, json!({"status": "completed"}))
        .await
        .json();
    target.send("DELETE", &path, &[], "").await;
    let mut ids = Vec::new();
    for (name, state) in [
        ("Create", &created),
        ("AttributeValueChange", &changed),
        ("StatusChange", &completed),
        ("Delete", &completed),
    ] {
        let delivery = listener.next().await;
        let path = format!("POST /cb/listener/partyInteraction{name}Event HTTP/1.1");
        assert_eq!(delivery.line, path);
        assert_eq!(delivery.media_type, "application/json");
        assert_eq!(
            delivery.body["eventType"],
            format!("PartyInteraction{name}Event")
        );
        assert_eq!(&delivery.body["event"]["partyInteraction"], state);
        assert!(delivery.body["eventTime"].is_string());
        ids.push(delivery.body["eventId"].clone());
    }
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn listeners_hear_what_they_asked_for_until_they_leave() {
    let target = Target::clean().await;
    let mut deletes = Listener::start().await;
    let mut leaver = Listener::start().await;
    let query = "eventType=PartyInteractionDeleteEvent";
    subscribe(
        &target,
        json!({"callback": deletes.callback, "query": query}),
    )
    .await;
    let id = subscribe(&target, json!({"callback": leaver.callback})).await;
    let (path, created) = record(&target).await;
    assert_eq!(
        leaver.next().await.body["event"]["partyInteraction"],
        created
    );
    let left = target.send("DELETE", &format!("hub/{id}"), &[], "").await;
    assert_eq!((left.status, left.body.len()), (204, 0));
    let again = target.send("DELETE", &format!("hub/{id}"), &[], "").await;
    assert_eq!(again.status, 404);
    target.send("DELETE", &path, &[], "").await;
    assert_eq!(
        deletes.next().await.body["eventType"],
        "PartyInteractionDeleteEvent"
    );
}

#[tokio::test]
async fn wrong_registrations_are_refused() {
    let target = Target::clean().await;
    for body in [
        json!({}),
        json!({"query": ""}),
        json!({"callback": "not a url"}),
        json!({"callback": "ftp://h/"}),
        json!({"callback": 5}),
        json!({"callback": "http://h/", "query": 5}),
    ] {
        let answer = target.post("hub", &body.to_string()).await;
        assert_eq!(answer.status, 400, "{body}");
        assert!(answer.json()["code"].is_string());
    }
}
