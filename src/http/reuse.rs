//! Requests on connections that the target ends.
//!
//! A server may end a connection whenever it likes, and a request that crosses that gets no answer,
//! whatever it asks for (RFC 9112, section 9.3.1).

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use hyper_util::client::legacy::connect::HttpInfo;

use super::credentials::Sent;
use super::{Answer, Client, Failure, FailureKind, Outgoing};

/// Methods that may be sent again though the first request may have arrived (RFC 9110, section
/// 9.2.1).
const SAFE: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// What is known of how the target treats its connections.
#[derive(Debug, Default)]
pub(super) struct Connections(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// Our ends of those on which an answer came.
    seen: HashSet<SocketAddr>,
    /// Whether one answered more than once, or ended when it was used again.
    kept: Option<bool>,
}

impl Connections {
    /// Whether a request has to have a connection of its own: all, where the target ends those that
    /// it left open, and what changes something, which can't be sent again, until it is seen that
    /// the target does not.
    pub(super) fn apart(&self, method: &str) -> bool {
        self.known(|known| !known.kept.unwrap_or(SAFE.contains(&method)))
    }

    /// Whether a request, unless it has a connection of its own, may meet one that answered before.
    fn are_reused(&self) -> bool {
        self.known(|known| known.kept.unwrap_or(!known.seen.is_empty()))
    }

    /// Notes an answer to a request that may have met a connection of another.
    pub(super) fn note_answer(&self, answer: &reqwest::Response) {
        if let Some(info) = answer.extensions().get::<HttpInfo>() {
            self.note(info.local_addr());
        }
    }

    fn note(&self, end: SocketAddr) {
        self.known(|known| {
            if known.kept.is_none() && !known.seen.insert(end) {
                known.kept = Some(true);
                known.seen = HashSet::new();
            }
        });
    }

    /// Whether the target ends connections that it left open.
    fn are_ended(&self) -> bool {
        self.known(|known| known.kept == Some(false))
    }

    /// Says what is known from now on, and returns what was.
    fn set(&self, kept: Option<bool>) -> Option<bool> {
        self.known(|known| std::mem::replace(&mut known.kept, kept))
    }

    fn known<T>(&self, read: impl FnOnce(&mut Known) -> T) -> T {
        read(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Client {
    /// Sends a request; where the connection broke that may have been used before, and the request
    /// changes nothing, once more on a connection of its own. If that is answered, all requests
    /// have one of their own from then on.
    pub(super) async fn attempt(
        &self,
        outgoing: &Outgoing,
        sent: &Sent,
    ) -> Result<Answer, Failure> {
        let safe = outgoing.wire_target.is_none() && SAFE.contains(&outgoing.method.as_str());
        let again = safe && self.connections.are_reused();
        let first = self.attempt_once(outgoing, sent).await;
        let broke = matches!(&first, Err(failure) if failure.kind == FailureKind::Broken);
        if !broke || !again {
            return first;
        }
        self.wait_for_turn().await;
        if self.halt.admit(&outgoing.method).is_err() {
            return first;
        }
        let before = self.connections.set(Some(false));
        let second = self.attempt_once(outgoing, sent).await;
        if second.is_err() {
            self.connections.set(before);
        }
        second
    }

    /// A sentence on connections that the target ended, where that was found.
    pub fn note_on_connections(&self) -> Option<String> {
        self.connections.are_ended().then(|| {
            "The target ended a connection after an answer without saying so there (Connection: \
             close): what met that was asked for again, and each request has had a connection of \
             its own since."
                .to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_something_waits_for_a_connection_that_answered_twice() {
        let connections = Connections::default();
        let end = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        assert!(!connections.are_reused());
        connections.note(end(1));
        assert!(connections.are_reused());
        connections.note(end(2));
        assert!(connections.apart("POST") && !connections.apart("GET"));
        connections.note(end(1));
        assert!(!connections.apart("POST") && !connections.apart("GET"));
        connections.set(Some(false));
        connections.note(end(3));
        connections.note(end(3));
        assert!(connections.apart("POST") && connections.apart("GET"));
        assert!(!connections.are_reused());
    }
}
