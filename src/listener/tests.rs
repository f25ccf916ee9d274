use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::*;
use crate::evidence::MOST_VALUES;

async fn started(settings: Events) -> Listener {
    let listener = Listener::bind(&settings, &target()).unwrap();
    listener.start().unwrap();
    listener
}

/// Sends a request with a body of that length, chunk after chunk, and reads the answer's first line.
async fn send(listener: &Listener, head: &str, length: usize) -> String {
    send_of(listener, head, &[b'['; 64 * 1024], length).await
}

async fn send_of(listener: &Listener, head: &str, chunk: &[u8], length: usize) -> String {
    let mut stream = TcpStream::connect(listener.address()).await.unwrap();
    let head = format!("{head} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut left = length;
    while left > 0 {
        let size = left.min(chunk.len());
        stream.write_all(&chunk[..size]).await.unwrap();
        left -= size;
    }
    let mut answer = [0; 256];
    let count = stream.read(&mut answer).await.unwrap();
    let text = String::from_utf8_lossy(&answer[..count]).into_owned();
    text.lines().next().unwrap_or_default().to_owned()
}

fn target() -> Url {
    Url::parse("http://127.0.0.1:9/api/").unwrap()
}

fn soon() -> Instant {
    Instant::now() + Duration::from_secs(20)
}

#[tokio::test]
async fn deliveries_at_and_below_a_callback_are_distinguished() {
    let listener = started(Events::default()).await;
    let callback = listener.callback("one", None);
    assert!(callback.starts_with("http://127.0.0.1:") && callback.ends_with("/one"));
    listener.callback("two", Some(500));
    assert_eq!(
        send(&listener, "POST /one", 0).await,
        "HTTP/1.1 201 Created"
    );
    let answer = send(&listener, "PUT /ingress/two/listener/x?y=1", 1).await;
    assert_eq!(answer, "HTTP/1.1 500 Internal Server Error");
    send(&listener, "POST /else", 0).await;
    let arrivals = listener
        .wait_for(soon(), |all| (all.len() == 3).then(|| all.to_vec()))
        .await
        .unwrap();
    let seen: Vec<_> = arrivals
        .iter()
        .map(|one| (one.key.as_deref(), one.below.as_str(), one.method.as_str()))
        .collect();
    assert_eq!(
        seen,
        [
            (Some("one"), "", "POST"),
            (Some("two"), "/listener/x", "PUT"),
            (None, "", "POST")
        ]
    );
    assert_eq!(arrivals[1].path, "/ingress/two/listener/x?y=1");
    assert!(listener.was_reached());
}

#[tokio::test]
async fn callback_probe_is_not_an_event() {
    let listener = started(Events::default()).await;
    listener.callback("one", Some(500));
    let looks = ["HEAD /one", "GET /one", "OPTIONS /one"];
    let tells = ["POST /one", "PUT /one"];
    for request in looks {
        assert_eq!(send(&listener, request, 0).await, "HTTP/1.1 200 OK");
    }
    let tells = tells.map(|request| (request, 0));
    for (request, size) in tells.into_iter().chain([("GET /one", 1)]) {
        let status = send(&listener, request, size).await;
        assert_eq!(status, "HTTP/1.1 500 Internal Server Error");
    }
    let arrivals = listener
        .wait_for(soon(), |all| (all.len() == 6).then(|| all.to_vec()))
        .await
        .unwrap();
    let probes: Vec<bool> = arrivals.iter().map(|one| one.is_probe()).collect();
    assert_eq!(probes, [true, true, true, false, false, false]);
}

#[tokio::test]
async fn a_body_of_100_mb_is_read_counted_cut_and_answered() {
    let listener = started(Events::default()).await;
    listener.callback("k", None);
    let size = 100 * 1024 * 1024;
    let answer = send(&listener, "POST /k", size).await;
    assert_eq!(answer, "HTTP/1.1 201 Created");
    let arrival = listener
        .wait_for(soon(), |all| all.first().cloned())
        .await
        .unwrap();
    assert_eq!(arrival.size, size as u64);
    assert_eq!(arrival.body.len(), 1024 * 1024);
    assert!(arrival.json.as_ref().unwrap_err().contains("104857600"));
}

#[tokio::test]
async fn waiting_ends_with_an_arrival_or_the_deadline() {
    let listener = started(Events::default()).await;
    let deadline = Instant::now() + Duration::from_millis(20);
    let nothing = listener.wait_for(deadline, |all| all.first().cloned());
    assert!(nothing.await.is_none());
    assert!(!listener.was_reached());
    let waiting = listener.wait_for(soon(), |all| all.first().cloned());
    let (found, _) = tokio::join!(waiting, send(&listener, "POST /x", 0));
    assert!(found.is_some());
}

#[test]
fn a_taken_port_says_where_and_what_to_do() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let settings = Events {
        bind: Some(taken.local_addr().unwrap()),
        ..Events::default()
    };
    let message = Listener::bind(&settings, &target())
        .unwrap_err()
        .to_string();
    let port = taken.local_addr().unwrap().port().to_string();
    assert!(
        message.contains(&port) && message.contains("--listener-bind"),
        "{message}"
    );
}

#[test]
fn callbacks_are_below_the_url_that_the_user_gave() {
    let settings = Events {
        url: Some(Url::parse("https://ingress/t/").unwrap()),
        ..Events::default()
    };
    let listener = Listener::bind(&settings, &target()).unwrap();
    assert_eq!(listener.callback("k", None), "https://ingress/t/k");
}

#[test]
fn a_listener_at_all_addresses_has_one_of_them_in_its_callback() {
    let settings = Events {
        bind: Some("0.0.0.0:0".parse().unwrap()),
        ..Events::default()
    };
    let listener = Listener::bind(&settings, &target()).unwrap();
    assert_eq!(listener.base().host_str(), Some("127.0.0.1"));
}

#[tokio::test]
async fn a_flood_is_kept_up_to_a_limit_and_the_rest_is_counted() {
    let listener = started(Events::default()).await;
    listener.callback("key", None);
    let events = MOST_BYTES / (1024 * 1024) + 2;
    for _ in 0..events {
        let status = send(&listener, "POST /key", 1024 * 1024).await;
        assert!(status.contains("201"), "{status}");
    }
    let kept: usize = listener.arrivals().iter().map(|one| one.body.len()).sum();
    assert!(kept <= MOST_BYTES, "{kept}");
    assert_eq!(
        (listener.arrivals().len(), listener.dropped()),
        (events - 2, 2)
    );
}

#[tokio::test]
async fn swelling_events_are_kept_as_far_as_there_is_room() {
    let listener = started(Events::default()).await;
    listener.callback("key", None);
    let event = |values: usize| format!("[{}0]", "0,".repeat(values - 1)).into_bytes();
    let swelling = event(90_000);
    let events = MOST_BYTES / (90_000 * size_of::<Value>()) + 2;
    for _ in 0..events {
        send_of(&listener, "POST /key", &swelling, swelling.len()).await;
    }
    let kept = listener.arrivals();
    assert!(kept.iter().all(|one| one.json.is_ok()));
    assert_eq!(listener.dropped(), events - kept.len());
    assert!(listener.dropped() > 0, "{} bytes each", kept[0].weight());
}

#[tokio::test]
async fn an_event_of_too_many_values_is_beyond_judgement_and_no_defect() {
    let listener = started(Events::default()).await;
    let event = format!("[{}0]", "0,".repeat(MOST_VALUES)).into_bytes();
    send_of(&listener, "POST /key", &event, event.len()).await;
    let arrival = listener
        .wait_for(soon(), |all| all.first().cloned())
        .await
        .unwrap();
    let cut = arrival.cut.as_deref().unwrap_or_default();
    assert!(cut.contains("more than 100000 values"), "{cut}");
}
