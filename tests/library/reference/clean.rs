//! The plain server, without faults and variants.

use serde_json::{Value, json};
use tmfctk::reference::Options;

use super::client::{Answer, COLLECTION, Target, minimal};

fn record_url(answer: &Answer) -> String {
    let id = answer.json()["id"].as_str().map(str::to_owned);
    format!("{COLLECTION}/{}", id.expect("an id"))
}

fn assert_error(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{answer:?}");
    assert_eq!(
        answer.header("content-type"),
        "application/json;charset=utf-8"
    );
    let body = answer.json();
    assert_eq!(body["status"], status.to_string());
    for name in ["code", "reason", "message"] {
        assert!(
            body[name].as_str().is_some_and(|text| !text.is_empty()),
            "{body}"
        );
    }
}

#[tokio::test]
async fn a_minimal_body_makes_a_record() {
    let target = Target::clean().await;
    let created = target.create(&minimal()).await;
    assert_eq!(created.status, 201);
    assert_eq!(
        created.header("content-type"),
        "application/json;charset=utf-8"
    );
    let body = created.json();
    assert_eq!(created.header("location"), body["href"]);
    let url = format!("{}{}", target.base_url(), record_url(&created));
    assert_eq!(body["href"], url);
    assert!(body["creationDate"].is_string());
    assert_eq!(body.get("statusChangeDate"), None);

    let read = target.get(&record_url(&created)).await;
    assert_eq!(read.status, 200);
    assert_eq!(read.json(), body);
    assert_eq!(target.get(COLLECTION).await.items(), [body]);
    target.stop().await;
}

#[tokio::test]
async fn attributes_come_back_in_the_order_sent() {
    let target = Target::clean().await;
    let sent = json!({
        "x-extension": {"b": 1, "a": [null, 1.5]},
        "status": "open",
        "reason": "<b>R&D</b> \"50%\" ü 漢 + #1 \\ /",
        "description": "long ".repeat(2000),
        "note": [{"text": "b"}, {"text": "a"}],
        "id": "mine",
        "href": "http://elsewhere/",
        "channel": [{"id": "1", "href": "http://c/1"}, {"id": "2", "href": "http://c/2"}],
        "relatedParty": [{
            "id": "p", "href": "http://p/p", "role": "customer", "@referredType": "Individual",
        }],
        "direction": "inbound",
    });
    let created = target.create(&sent).await;
    assert_eq!(created.status, 201, "{}", created.json());
    let body = created.json();
    for (name, value) in sent.as_object().expect("an object") {
        match name.as_str() {
            "id" | "href" => assert_ne!(&body[name], value),
            _ => assert_eq!(&body[name], value),
        }
    }
    assert!(body["statusChangeDate"].is_string());
    let names: Vec<&String> = body.as_object().expect("an object").keys().collect();
    assert_eq!(
        names[..5],
        ["id", "href", "x-extension", "status", "reason"]
    );
    assert_eq!(target.get(&record_url(&created)).await.json(), body);
}

#[tokio::test]
async fn filters_select_and_combine() {
    let target = Target::clean().await;
    let mut made = Vec::new();
    for (direction, reason) in [
        ("inbound", "R&D #1"),
        ("outbound", "b c"),
        ("inbound", "b c"),
    ] {
        let body = json!({"channel": [{"id": reason}], "direction": direction, "reason": reason});
        made.push(target.create(&body).await.json());
    }
    let href = made[1]["href"].as_str().expect("an href").to_owned();
    let id = made[2]["id"].as_str().expect("an id").to_owned();
    let cases = [
        ("?direction=inbound".to_owned(), vec![0, 2]),
        ("?direction=inbound&reason=b%20c".to_owned(), vec![2]),
        ("?direction=outbound&reason=R%26D+%231".to_owned(), vec![]),
        ("?reason=R%26D%20%231".to_owned(), vec![0]),
        (format!("?href={href}"), vec![1]),
        (format!("?id={id}"), vec![2]),
        ("?channel.id=b+c".to_owned(), vec![1, 2]),
        ("?nope=1".to_owned(), vec![]),
        ("?depth=1".to_owned(), vec![0, 1, 2]),
        ("?sort=direction,-reason".to_owned(), vec![2, 0, 1]),
    ];
    for (query, expected) in cases {
        let answer = target.get(&format!("{COLLECTION}{query}")).await;
        assert_eq!(answer.status, 200, "{query}");
        let expected: Vec<Value> = expected
            .into_iter()
            .map(|n: usize| made[n].clone())
            .collect();
        assert_eq!(answer.items(), expected, "{query}");
        assert_eq!(answer.header("x-total-count"), expected.len().to_string());
        assert_eq!(answer.header("x-result-count"), expected.len().to_string());
    }
}

#[tokio::test]
async fn selected_attributes_come_with_id_and_href() {
    let target = Target::clean().await;
    let created = target.create(&minimal()).await;
    let (id, href) = (&created.json()["id"], &created.json()["href"]);
    let reason = minimal()["reason"].clone();
    for (fields, expected) in [
        ("reason", json!({"id": id, "href": href, "reason": reason})),
        (
            "direction,reason",
            json!({
                "id": id, "href": href, "direction": "inbounds", "reason": reason,
            }),
        ),
        ("none", json!({"id": id, "href": href})),
        ("nope", json!({"id": id, "href": href})),
    ] {
        let one = target
            .get(&format!("{}?fields={fields}", record_url(&created)))
            .await;
        assert_eq!(one.json(), expected);
        let list = target.get(&format!("{COLLECTION}?fields={fields}")).await;
        assert_eq!(list.items(), [expected]);
    }
}

#[tokio::test]
async fn pages_follow_each_other() {
    let target = Target::start(Options {
        preload: 5,
        ..Options::default()
    })
    .await;
    let all = target.get(COLLECTION).await.items();
    assert_eq!(all.len(), 5);
    for (query, status, range) in [
        ("?limit=2", 206, 0..2),
        ("?offset=1&limit=2", 206, 1..3),
        ("?offset=4", 206, 4..5),
        ("?limit=9", 200, 0..5),
        ("?offset=9", 206, 5..5),
    ] {
        let answer = target.get(&format!("{COLLECTION}{query}")).await;
        assert_eq!(answer.status, status, "{query}");
        assert_eq!(answer.items(), all[range.clone()]);
        assert_eq!(answer.header("x-total-count"), "5");
        assert_eq!(answer.header("x-result-count"), range.len().to_string());
        assert!(answer.header("link").contains("rel=\"self\""));
    }
    for query in ["?limit=-1", "?offset=x", "?limit="] {
        assert_error(&target.get(&format!("{COLLECTION}{query}")).await, 400);
    }
}

#[tokio::test]
async fn a_deleted_record_is_gone() {
    let target = Target::clean().await;
    let kept = target.create(&minimal()).await;
    let path = record_url(&target.create(&minimal()).await);
    let deleted = target.send("DELETE", &path, &[], "").await;
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    assert_error(&target.get(&path).await, 404);
    assert_error(&target.send("DELETE", &path, &[], "").await, 404);
    assert_eq!(target.get(COLLECTION).await.items(), [kept.json()]);
}

#[tokio::test]
async fn wrong_bodies_are_refused() {
    let target = Target::clean().await;
    let bodies = [
        "{\"channel\": [",
        "",
        "[]",
        "\"x\"",
        "5",
        "null",
        r#"{"direction":"inbound","reason":"x"}"#,
        r#"{"channel":[],"direction":"inbound","reason":"x"}"#,
        r#"{"channel":[{"id":" "}],"direction":"inbound","reason":"x"}"#,
        r#"{"channel":[{"id":"1"}],"direction":null,"reason":"x"}"#,
        r#"{"channel":[{"id":"1"}],"direction":"inbound","reason":5}"#,
        r#"{"channel":[{"id":"1"}],"direction":"inbound","Reason":"x"}"#,
        r#"{"channel":[{"id":"1"}],"direction":"inbound","reason":"x","note":{}}"#,
    ];
    for body in bodies {
        assert_error(&target.post(COLLECTION, body).await, 400);
    }
    let text = [("Content-Type", "text/plain")];
    let refused = target
        .send("POST", COLLECTION, &text, &minimal().to_string())
        .await;
    assert_error(&refused, 415);
    assert_eq!(target.get(COLLECTION).await.items(), Vec::<Value>::new());
}

#[tokio::test]
async fn missing_parts_are_reported() {
    let target = Target::clean().await;
    for path in [
        "partyInteraction/nope",
        "partyInteraction/",
        "nope",
        "/",
        "/x?y=z",
    ] {
        assert_error(&target.get(path).await, 404);
    }
    for (method, path, allow) in [
        ("PUT", "partyInteraction/1", "DELETE, GET, HEAD, PATCH"),
        ("DELETE", COLLECTION, "GET, HEAD, POST"),
        ("GET", "hub", "POST"),
    ] {
        let answer = target.send(method, path, &[], "").await;
        assert_error(&answer, 405);
        assert_eq!(answer.header("allow"), allow);
    }
    let xml = [("Accept", "application/xml")];
    assert_error(&target.send("GET", COLLECTION, &xml, "").await, 406);
}

#[tokio::test]
async fn ids_follow_from_the_seed() {
    let seeded = || Options {
        seed: Some(7),
        preload: 1,
        ..Options::default()
    };
    let (a, b) = (Target::start(seeded()).await, Target::start(seeded()).await);
    let (one, other) = (
        a.get(COLLECTION).await.items(),
        b.get(COLLECTION).await.items(),
    );
    assert_eq!(one[0]["id"], other[0]["id"]);
    let (one, other) = (
        a.create(&minimal()).await.json(),
        b.create(&minimal()).await.json(),
    );
    assert_eq!(one["id"], other["id"]);
}
