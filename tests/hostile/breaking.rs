//! Targets that break off, and targets that speak no HTTP, or not as it is.

use crate::case::Case;
use crate::server::{Hostile, reset};

const JSON: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

#[test]
fn whoever_hangs_up_is_told_so() {
    let whole = format!("{JSON}Content-Length: 99\r\n\r\n[{{\"id\":");
    let chunked = format!("{JSON}Transfer-Encoding: chunked\r\n\r\n3\r\n[{{}}\r\n");
    for (what, bytes) in [
        ("at once", ""),
        ("in the status line", "HTTP/1.1 2"),
        ("in a header", &whole[..30]),
        ("before the body", &whole[..whole.len() - 7]),
        ("in the body", whole.as_str()),
        ("between two chunks", chunked.as_str()),
    ] {
        let case = Case {
            what,
            says: &["broke before the answer was whole"],
            ..Case::default()
        };
        case.against(&Hostile::listing(bytes));
        // Where nothing ever comes to its end, nothing is said.
        let nothing = Case { code: 3, ..case };
        let resets = bytes.to_owned();
        nothing.against(&Hostile::before_reading(move |stream| {
            reset(stream, resets.as_bytes())
        }));
    }
}

#[test]
fn ending_idle_connections_is_not_blamed() {
    let server = Hostile::for_one_request();
    let case = Case {
        what: "a connection for one request",
        code: 0,
        says: &["Each request has had a connection of its own since"],
        ..Case::default()
    };
    let left = case.against(&server);
    let said = left.said();
    assert!(!said.contains("broke before"), "{said}");
    // One answer was enough to know.
    let exchanges = left.result["exchanges"].as_array().expect("a list");
    let broken = exchanges.iter().filter(|one| one["error"].is_string());
    assert_eq!(broken.count(), 1, "{said}");
}

#[test]
fn other_protocols_than_http_are_reported() {
    let lengths = |header: &str| format!("{JSON}{header}\r\n\r\n[]");
    let chunks = |body: &str| format!("{JSON}Transfer-Encoding: chunked\r\n\r\n{body}");
    for (what, bytes) in [
        ("a status of one digit", "HTTP/1.1 2 OK\r\n\r\n".to_owned()),
        (
            "a status that is a word",
            "HTTP/1.1 abc OK\r\n\r\n".to_owned(),
        ),
        (
            "a status of four digits",
            "HTTP/1.1 2000 OK\r\n\r\n".to_owned(),
        ),
        ("another version", "HTTP/7.3 200 OK\r\n\r\n".to_owned()),
        ("a banner", "SSH-2.0-OpenSSH_9.6\r\n".to_owned()),
        ("mail", "220 mail ESMTP ready\r\n".to_owned()),
        ("TLS", "\x15\x03\x01\x00\x02\x02\x16".to_owned()),
        (
            "a page without a head",
            "<html><h1>It works!</h1></html>".to_owned(),
        ),
        ("a length that is a word", lengths("Content-Length: many")),
        ("a negative length", lengths("Content-Length: -2")),
        (
            "two lengths",
            lengths("Content-Length: 2\r\nContent-Length: 3"),
        ),
        (
            "a length beyond all",
            lengths("Content-Length: 99999999999999999999999"),
        ),
        ("a header without a name", lengths(": x")),
        ("a name with markup", lengths("<b>: x")),
        ("a size that is none", chunks("zz\r\n[]\r\n0\r\n\r\n")),
        (
            "a size beyond all",
            chunks("fffffffffffffffff\r\n[]\r\n0\r\n\r\n"),
        ),
        (
            "a chunk longer than its size",
            chunks("1\r\n[]\r\n0\r\n\r\n"),
        ),
    ] {
        let case = Case {
            what,
            says: &["\"fail\" "],
            ..Case::default()
        };
        let left = case.against(&Hostile::listing(bytes));
        let said = left.said();
        assert!(
            said.contains("no HTTP") || said.contains("broke before the answer was whole"),
            "{what}: {said}"
        );
    }
}

#[test]
fn a_wrong_length_is_the_targets() {
    for (what, length, says) in [
        ("too long", 99, "broke before the answer was whole"),
        ("too short", 3, "JSON"),
    ] {
        let bytes = format!("{JSON}Content-Length: {length}\r\n\r\n[{{}}]");
        let case = Case {
            what,
            says: &[says],
            ..Case::default()
        };
        case.against(&Hostile::listing(bytes));
    }
}
