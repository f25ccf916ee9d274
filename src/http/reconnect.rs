//! Requests on connections that the target ends.
//!
//! A server may end a connection whenever it likes, and a request that crosses that gets no answer,
//! whatever it asks for (RFC 9112, section 9.3.1).

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::client::legacy::connect::HttpInfo;

use super::credentials::Sent;
use super::pace::{Pace, Paced};
use super::{Answer, Failure, FailureKind, Outgoing, Repeat};
use parking_lot::Mutex;

/// So long a connection is kept for the next request: less than after what servers end idle ones.
pub(super) const IDLE: Duration = Duration::from_secs(1);

/// Methods that change nothing (RFC 9110, section 9.2.1).
const SAFE: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// Methods that may be sent again though the first request may have been carried out: twice has the
/// same effect as once (RFC 9110, section 9.2.2).
const IDEMPOTENT: [&str; 5] = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];

/// Our ends of connections that are remembered: a later connection may have the same one by chance.
const REMEMBERED: usize = 32;

/// What is known of how the target treats its connections.
#[derive(Debug, Default)]
pub(super) struct Connections(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
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
    fn have_answered(&self) -> bool {
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
    fn note_ended(&self) {
        self.known(|known| known.kept = Some(false));
    }

    /// Whether the target may take only few connections at a time.
    fn are_few(&self) -> bool {
        self.known(|known| known.broken_beside > 0)
    }

    fn note_broken_beside(&self) {
        self.known(|known| known.broken_beside += 1);
    }

    /// Whether the target ends connections that it left open.
    fn are_ended(&self) -> bool {
        self.known(|known| known.kept == Some(false))
    }

    fn known<T>(&self, read: impl FnOnce(&mut Known) -> T) -> T {
        read(&mut self.0.lock())
    }
}

/// Sends again what met the end of a connection.
#[derive(Debug)]
pub(super) struct Reconnect {
    pub(super) next: Pace,
    pub(super) connections: Arc<Connections>,
}

impl Reconnect {
    /// Sends a request. Where the connection broke, the target has answered before, and the method
    /// is idempotent, it is sent once more: on a connection of its own, and while no other request
    /// is under way. If that is answered, all requests have a connection of their own from then on.
    ///
    /// What may not be sent twice stays undecided where it broke beside others: they may be the
    /// reason.
    pub(super) async fn send(&self, outgoing: &Outgoing, sent: &Sent) -> Result<Answer, Failure> {
        let apart = outgoing.wire_target.is_some() || self.connections.apart(&outgoing.method);
        if matches!(outgoing.repeat, Repeat::AfterALook { broken: true, .. }) {
            return self.send_again(outgoing, sent, apart).await;
        }
        let Paced {
            result: first,
            beside,
        } = self.next.send(outgoing, sent, apart, false).await;
        let failure = match first {
            Err(failure) if failure.kind == FailureKind::Broken => failure,
            other => return other,
        };
        if beside {
            // It may take fewer connections at a time.
            let throttle = &self.next.throttle;
            throttle.halve(throttle.under_way() + 1);
            self.connections.note_broken_beside();
        }
        let idempotent = IDEMPOTENT.contains(&outgoing.method.as_str());
        if !idempotent || !self.connections.have_answered() {
            let kind = match beside {
                true => FailureKind::Dropped,
                false => failure.kind,
            };
            return Err(Failure { kind, ..failure });
        }
        if outgoing.repeat != Repeat::Freely {
            let kind = FailureKind::BrokenOnce;
            return Err(Failure { kind, ..failure });
        }
        match self.send_again(outgoing, sent, apart).await {
            // The run has ended: what the request would have been answered is not known.
            Err(ended) if ended.kind == FailureKind::Halted => {
                let kind = FailureKind::Dropped;
                Err(Failure { kind, ..failure })
            }
            other => other,
        }
    }

    /// The second try of a request; and a third, without one more connection beside those that are
    /// open, where the target may take no more of them.
    async fn send_again(
        &self,
        outgoing: &Outgoing,
        sent: &Sent,
        apart: bool,
    ) -> Result<Answer, Failure> {
        let second = self.next.send(outgoing, sent, true, true).await.result;
        let answer = match second {
            Err(failure) if failure.kind == FailureKind::Broken && self.connections.are_few() => {
                if apart {
                    // By then those that are open and idle are given up.
                    tokio::time::sleep(IDLE + IDLE / 5).await;
                }
                self.next.send(outgoing, sent, apart, true).await.result?
            }
            other => {
                let answer = other?;
                if !apart {
                    self.connections.note_ended();
                }
                answer
            }
        };
        if outgoing.method == "DELETE" && matches!(answer.status, 404 | 410) {
            return Err(Failure {
                exchange: Some(answer.index),
                kind: FailureKind::Dropped,
                message: format!(
                    "the connection broke while the record was being deleted; sent again, the \
                     request was answered {}: it may have been carried out the first time",
                    answer.status
                ),
            });
        }
        Ok(answer)
    }
}

impl Connections {
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
    fn what_changes_something_waits_for_a_connection_that_answered_twice() {
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
