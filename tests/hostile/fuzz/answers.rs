//! What comes back over the wire is an answer or a failure of a known kind, whatever it is.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use tmfctk::config::{Access, Limits};
use tmfctk::evidence::Log;
use tmfctk::http::{Client, FailureKind, Outgoing, Truncation};
use url::Url;

use super::near::{cases, corpus, nearly};

/// Bodies are read so far.
const CAP: usize = 64;

/// A server that answers each connection with the bytes that it was given last.
struct Wire {
    url: Url,
    answers: Mutex<Sender<Vec<u8>>>,
}

static WIRE: LazyLock<Wire> = LazyLock::new(|| {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v4/", listener.local_addr().unwrap());
    let (answers, next) = channel::<Vec<u8>>();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let Ok(bytes) = next.recv() else { return };
            // A client that has seen enough leaves.
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(&bytes);
            let _ = stream.shutdown(Shutdown::Write);
            let _ = stream.read(&mut [0; 1]);
        }
    });
    Wire {
        url: Url::parse(&url).unwrap(),
        answers: Mutex::new(answers),
    }
});

/// Asks once, by the ordinary client or by hand, and holds what came against what may come.
fn holds(bytes: &[u8], by_hand: bool) {
    let answers = WIRE.answers.lock().unwrap();
    answers.send(bytes.to_vec()).unwrap();
    let mut limits = Limits {
        parse_bytes: CAP,
        timeout: Duration::from_secs(20),
        // No time to come back later.
        max_time: Duration::from_millis(100),
        ..Limits::default()
    };
    limits.answer.max_headers = 8;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let log = Arc::new(Log::default());
        let client = Client::new(
            &limits,
            &[],
            &Access::default(),
            false,
            WIRE.url.clone(),
            Arc::clone(&log),
        )
        .unwrap();
        // POST: what is idempotent would be sent again where the connection ends.
        let mut request = Outgoing::new("POST", WIRE.url.clone());
        request.wire_target = by_hand.then(|| b"/v4/\xfc".to_vec());
        let sent = client.send(request).await;
        let logged = log.get(0).unwrap();
        match sent {
            Ok(answer) => {
                assert!((100..1000).contains(&answer.status), "{}", answer.status);
                let body = answer.body.whole().unwrap();
                assert!(body.len() <= CAP);
                assert!(answer.headers.len() <= 8);
                assert_eq!(
                    logged.response.as_ref().map(|response| response.status),
                    Some(answer.status)
                );
                assert_eq!(logged.error.is_some(), answer.cut.is_some());
                // The body stands in what was sent, but for the frames of chunks.
                let chunked = answer
                    .headers
                    .iter()
                    .any(|(name, _)| name.eq_ignore_ascii_case("transfer-encoding"));
                let stands = body.is_empty() || bytes.windows(body.len()).any(|part| part == body);
                assert!(chunked || stands, "{}", bytes.escape_ascii());
                assert!(
                    !matches!(answer.cut, Some(Truncation::TimedOut(_))),
                    "{}",
                    bytes.escape_ascii()
                );
            }
            Err(failure) => {
                let known = [
                    FailureKind::Busy,
                    FailureKind::Dropped,
                    FailureKind::Broken,
                    FailureKind::Protocol,
                    FailureKind::Limit,
                ];
                assert!(
                    known.contains(&failure.kind),
                    "{failure:?}: {}",
                    bytes.escape_ascii()
                );
                assert!(logged.response.is_none() && logged.error.is_some());
                assert!(!failure.message.contains(['\u{1b}', '\0']), "{failure:?}");
            }
        }
    });
}

#[test]
fn the_corpus() {
    for bytes in corpus("answers") {
        holds(&bytes, false);
        holds(&bytes, true);
    }
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn it_is_an_answer_or_a_failure_of_a_known_kind(bytes in nearly("answers"), by_hand in any::<bool>()) {
        holds(&bytes, by_hand);
    }
}
