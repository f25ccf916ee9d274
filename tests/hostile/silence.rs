//! Targets that take their time.

use std::io::Write as _;
use std::time::Duration;

use crate::case::Case;
use crate::server::{Hostile, drain, drip};

#[test]
fn stalls_end_with_the_limit_that_they_hit() {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n[";
    for (what, before, limit) in [
        ("it never answers", "", "(--timeout)"),
        ("it stalls in the status line", &head[..7], "(--timeout)"),
        ("it stalls in a header", &head[..40], "(--kit-timeout)"),
        (
            "it stalls before the body",
            &head[..head.len() - 1],
            "(--kit-timeout)",
        ),
        ("it stalls in the body", head, "(--kit-timeout)"),
    ] {
        let server = Hostile::start(move |_, stream| {
            stream.write_all(before.as_bytes())?;
            drain(stream)
        });
        let case = Case {
            what,
            timeout: "0.3",
            code: 3,
            says: &["no complete answer within 0.3 s", limit, "A limit acted"],
            ..Case::default()
        };
        case.against(&server);
        let asked = server.asked().len();
        assert!(asked <= 4, "{what}: asked {asked} times");
    }
}

#[test]
fn a_byte_now_and_then_is_no_answer() {
    let server = Hostile::start(|_, stream| {
        let answer =
            b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n[[[[[[[[[[[[[[[[[[[[[[[[[[[[[";
        drip(stream, answer, Duration::from_millis(20))
    });
    let case = Case {
        what: "one byte at a time",
        timeout: "0.4",
        code: 3,
        says: &["(--kit-timeout)"],
        ..Case::default()
    };
    case.against(&server);
}

#[test]
fn the_first_byte_has_a_limit_of_its_own() {
    let server = Hostile::start(|_, stream| drain(stream));
    let case = Case {
        timeout: "30",
        options: &["--first-byte-timeout", "0.2"],
        code: 3,
        says: &[
            "no answer began within 0.2 s (--first-byte-timeout)",
            "A limit acted on 4 exchanges",
        ],
        ..Case::default()
    };
    case.against(&server);
}

#[test]
fn so_has_the_connection() {
    // A port that listens and takes nobody in: its queue is full.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("bound");
    let mut waiting = Vec::new();
    while let Ok(stream) =
        std::net::TcpStream::connect_timeout(&address, Duration::from_millis(100))
    {
        waiting.push(stream);
    }
    let case = Case {
        timeout: "30",
        options: &["--connect-timeout", "0.2"],
        code: 3,
        says: &[
            "A limit acted on",
            "no connection within 0.2 s (--connect-timeout).",
        ],
        ..Case::default()
    };
    case.run(&format!("http://{address}/v4/"), &[]);
}
