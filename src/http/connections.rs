//! What is known of the connections to the target: whether it ends those that it left open.

use std::collections::VecDeque;
use std::net::SocketAddr;

use hyper_util::client::legacy::connect::HttpInfo;
use parking_lot::Mutex;

/// Methods that change nothing (RFC 9110, section 9.2.1).
const SAFE: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// Our ends of connections that are remembered: a later connection may have the same one by chance.
const REMEMBERED: usize = 32;

/// What is known of how the target treats its connections.
#[derive(Debug, Default)]
pub(super) struct Connections(Mutex<SeenConnections>);

#[derive(Debug, Default)]
struct SeenConnections {
    /// Our ends of those on which an answer came, the newest last.
    seen: VecDeque<SocketAddr>,
    /// Whether one answered more than once, or ended when it was used again.
    kept: Option<bool>,
    /// How many requests lost theirs while others were under way.
    broken_beside: usize,
}

impl Connections {
    /// Whether a request has to have a connection of its own: all, where the target ends those that
    /// it left open, and what changes something, which can't be sent again, until it is seen that
    /// the target does not.
    pub(super) fn apart(&self, method: &str) -> bool {
        self.known(|known| !known.kept.unwrap_or(SAFE.contains(&method)))
    }

    /// Whether anything was answered: a request may have met a connection that was used before.
    pub(super) fn have_answered(&self) -> bool {
        self.known(|known| known.kept.is_some() || !known.seen.is_empty())
    }

    /// Notes an answer to a request that may have met a connection of another.
    pub(super) fn note_answer(&self, answer: &reqwest::Response) {
        if let Some(info) = answer.extensions().get::<HttpInfo>() {
            self.note(info.local_addr());
        }
    }

    fn note(&self, end: SocketAddr) {
        self.known(|known| {
            if known.kept.is_some() {
                return;
            }
            if known.seen.contains(&end) {
                known.kept = Some(true);
            }
            known.seen.push_back(end);
            if known.seen.len() > REMEMBERED {
                known.seen.pop_front();
            }
        });
    }

    /// Notes that a request was answered only on a connection of its own.
    pub(super) fn note_ended(&self) {
        self.known(|known| known.kept = Some(false));
    }

    /// Notes that a request lost its connection while others were under way.
    pub(super) fn note_broken_beside(&self) {
        self.known(|known| known.broken_beside += 1);
    }

    /// Whether the target may take only few connections at a time.
    pub(super) fn are_few(&self) -> bool {
        self.known(|known| known.broken_beside > 0)
    }

    /// Whether the target ends connections that it left open.
    fn are_ended(&self) -> bool {
        self.known(|known| known.kept == Some(false))
    }

    fn known<T>(&self, read: impl FnOnce(&mut SeenConnections) -> T) -> T {
        read(&mut self.0.lock())
    }

    /// A sentence on connections that the target ended, where that was found.
    pub(super) fn note_for_the_report(&self) -> Option<String> {
        if self.are_ended() {
            return Some(
                "The target, or something before it, ended a connection while a request was under \
                 way; sent again on another one, the request was answered. Each request has had a \
                 connection of its own since."
                    .to_owned(),
            );
        }
        let broken = self.known(|known| known.broken_beside);
        (broken > 0).then(|| {
            format!(
                "The target, or something before it, ended {broken} connections while requests were \
                 under way beside each other. Fewer were sent at a time since; a lower --concurrency \
                 avoids it."
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_wait_for_a_connection_that_answered_twice() {
        let connections = Connections::default();
        let end = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        assert!(!connections.have_answered());
        connections.note(end(1));
        assert!(connections.have_answered());
        connections.note(end(2));
        assert!(connections.apart("POST") && !connections.apart("GET"));
        connections.note(end(1));
        assert!(!connections.apart("POST") && !connections.apart("GET"));
        connections.note_ended();
        connections.note(end(3));
        connections.note(end(3));
        assert!(connections.apart("POST") && connections.apart("GET"));
    }

    #[test]
    fn an_end_that_comes_again_after_many_others_is_another_connection() {
        let connections = Connections::default();
        let ends = (0..=REMEMBERED).map(|port| u16::try_from(port).unwrap());
        for port in ends.chain([0]) {
            connections.note(SocketAddr::from(([127, 0, 0, 1], port)));
        }
        assert!(connections.apart("POST"));
    }
}
