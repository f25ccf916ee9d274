//! A target that floods whoever listens to its events.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::{Value, json};

use crate::case::Case;
use crate::server::{Hostile, Reply};

/// Sends that many events over one connection, as fast as they are taken.
fn flood(callback: &str, events: usize, body: &str) -> std::io::Result<()> {
    let url = url::Url::parse(callback).map_err(std::io::Error::other)?;
    let mut stream = TcpStream::connect(url.authority())?;
    let mut reading = stream.try_clone()?;
    thread::spawn(move || std::io::copy(&mut reading, &mut std::io::sink()));
    let (path, length) = (url.path(), body.len());
    let event =
        format!("POST {path} HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n{body}");
    for _ in 0..events {
        stream.write_all(event.as_bytes())?;
    }
    Ok(())
}

#[test]
fn a_flood_of_events_ends_with_the_run() {
    let flooded = AtomicBool::new(false);
    let server = Hostile::keeping(move |asked, reply| {
        if asked.method == "POST" && asked.path().ends_with("/hub") {
            let body: Value = serde_json::from_slice(&asked.body).unwrap_or_default();
            let callback = body["callback"].as_str().unwrap_or_default().to_owned();
            let listens = callback.starts_with("http://127.0.0.1:");
            if listens && !flooded.swap(true, Ordering::SeqCst) {
                let large = format!(r#"{{"eventType":"{}"}}"#, "x".repeat(900_000));
                let of_large = callback.clone();
                thread::spawn(move || flood(&of_large, 4, &large));
                // Of a published type: it is this API's, and has no id.
                let small = r#"{"eventType":"PartyInteractionCreateEvent"}"#;
                thread::spawn(move || flood(&callback, 400, small));
            }
            let body = json!({"id": "1", "callback": body["callback"], "query": null});
            *reply = Reply::json(201, &body);
        }
        if asked.method == "DELETE" && asked.path().contains("/hub/") {
            reply.status = 204;
            reply.body.clear();
        }
    });
    let case = Case {
        level: "operations",
        options: &["--event-timeout", "0.3", "--event-quiet", "0.2"],
        says: &["it has no eventId"],
        ..Case::default()
    };
    let left = case.against(&server);
    let deliveries = left.result["deliveries"].as_array().map_or(0, Vec::len);
    assert!(deliveries > 100, "{deliveries}");
    assert!(left.page.len() < 20_000_000, "{}", left.page.len());
}
