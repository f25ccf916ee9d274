//! Is each variant different, and conformant all the same?

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tmfctk::reference::{Options, Variant, VariantInfo, variants};

use super::client::{COLLECTION, Target, minimal};
use super::listener::Listener;
use super::probe::{differs, encoded, transcript};

fn varied(name: &str) -> Options {
    Options {
        variants: vec![name.parse::<Variant>().expect("a variant of this name")],
        ..Options::default()
    }
}

#[tokio::test]
async fn a_clean_server_always_says_the_same() {
    let first = transcript(Options::default()).await;
    assert!(!differs(Options::default(), &first).await);
}

#[tokio::test]
async fn each_variant_is_heard() {
    let clean = transcript(Options::default()).await;
    // What strict-tomcat and stepwise-status refuse no client of these tests sends.
    let answers = |info: &&VariantInfo| {
        !info.name.contains("events")
            && !info.name.ends_with("-refused")
            && !matches!(
                info.name,
                "slow" | "strict-tomcat" | "stepwise-status" | "clock-ahead"
            )
    };
    for info in variants().iter().filter(answers) {
        assert!(
            differs(varied(info.name), &clean).await,
            "{} changes nothing",
            info.name
        );
    }
}

#[tokio::test]
async fn each_variant_creates_retrieves_and_filters() {
    // These refuse what the minimal body or its media type is.
    let takes = |info: &&VariantInfo| {
        !matches!(
            info.name,
            "slow" | "charset-only" | "many-rules" | "known-channels-only"
        )
    };
    for info in variants().iter().filter(takes) {
        let name = info.name;
        let target = Target::start(varied(name)).await;
        let created = target.create(&minimal()).await;
        assert_eq!(created.status, 201, "{name}");
        let record = created.json();
        for (attribute, value) in minimal().as_object().expect("an object") {
            if attribute == "channel" {
                assert_eq!(record[attribute][0]["id"], value[0]["id"], "{name}");
            } else {
                assert_eq!(&record[attribute], value, "{name}");
            }
        }
        let id = encoded(record["id"].as_str().expect("an id"));
        let read = target.get(&format!("{COLLECTION}/{id}")).await;
        assert_eq!((read.status, read.json()), (200, record.clone()), "{name}");
        let found = target.get(&format!("{COLLECTION}?id={id}")).await;
        assert_eq!(found.status, 200, "{name}");
        assert_eq!(found.items(), std::slice::from_ref(&record), "{name}");
        let href = encoded(record["href"].as_str().expect("an href"));
        let found = target.get(&format!("{COLLECTION}?href={href}")).await;
        assert_eq!(found.items(), [record], "{name}");
        let selected = target
            .get(&format!("{COLLECTION}/{id}?fields=reason"))
            .await
            .json();
        assert_eq!(selected["reason"], minimal()["reason"], "{name}");
        assert_eq!(selected.get("direction"), None, "{name}");
        let refused = target.post(COLLECTION, "{}").await;
        assert!(refused.status == 400 || refused.status == 422, "{name}");
        assert!(refused.json()["code"].is_string(), "{name}");
        target.stop().await;
    }
}

#[tokio::test]
async fn listeners_may_be_told_at_the_callback_or_late() {
    for (name, path) in [
        ("events-to-callback", "POST /cb HTTP/1.1"),
        (
            "late-events",
            "POST /cb/listener/partyInteractionCreateEvent HTTP/1.1",
        ),
    ] {
        let target = Target::start(varied(name)).await;
        let mut listener = Listener::start().await;
        let body = json!({"callback": listener.callback});
        assert_eq!(target.post("hub", &body.to_string()).await.status, 201);
        let start = Instant::now();
        target.create(&minimal()).await;
        assert_eq!(listener.next().await.line, path);
        let is_late = start.elapsed() >= Duration::from_secs(1);
        assert_eq!(is_late, name == "late-events");
    }
}

#[tokio::test]
async fn the_slow_one_takes_its_time() {
    let target = Target::start(varied("slow")).await;
    let start = Instant::now();
    assert_eq!(target.get(COLLECTION).await.items(), Vec::<Value>::new());
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn the_old_one_speaks_http_1_0() {
    let target = Target::start(varied("http-1.0")).await;
    let answer = target.get(COLLECTION).await;
    assert_eq!(answer.version, "HTTP/1.0");
    assert_eq!(answer.header("connection"), "close");
}

#[tokio::test]
async fn new_records_of_the_paged_one_are_on_a_later_page() {
    let target = Target::start(varied("paged")).await;
    let record = target.create(&minimal()).await.json();
    let first = target.get(COLLECTION).await;
    assert_eq!((first.status, first.items().len()), (200, 10));
    assert_eq!(first.header("x-total-count"), "26");
    assert!(!first.items().contains(&record));
    let last = target.get(&format!("{COLLECTION}?offset=20")).await;
    assert!(last.items().contains(&record));
}

#[tokio::test]
async fn the_bare_ones_offer_no_delete() {
    for (name, status) in [
        ("get-and-post-405", 405),
        ("get-and-post-501", 501),
        ("get-and-post-404", 404),
    ] {
        let target = Target::start(varied(name)).await;
        let record = target.create(&minimal()).await.json();
        let path = format!("{COLLECTION}/{}", record["id"].as_str().expect("an id"));
        assert_eq!(target.send("DELETE", &path, &[], "").await.status, status);
        assert_eq!(target.get(&path).await.json(), record);
    }
}
