//! Requests on connections that the target ends.
//!
//! A server may end a connection whenever it likes, and a request that crosses that gets no answer,
//! whatever it asks for (RFC 9112, section 9.3.1).

use std::sync::Arc;

use super::connections::Connections;
use super::credentials::Sent;
use super::pace::{Pace, Paced};
use super::routes::IDLE;
use super::{Answer, Failure, FailureKind, Outgoing, Repeat};

/// Methods that may be sent again though the first request may have been carried out: twice has the
/// same effect as once (RFC 9110, section 9.2.2).
const IDEMPOTENT: [&str; 5] = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];

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
            self.next.throttle.halve(self.next.throttle.under_way() + 1);
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

    /// The second try of a request, and a third on one of those that are open: it may take no more.
    async fn send_again(
        &self,
        outgoing: &Outgoing,
        sent: &Sent,
        apart: bool,
    ) -> Result<Answer, Failure> {
        let answer = match self.next.send(outgoing, sent, true, true).await.result {
            Err(failure) if failure.kind == FailureKind::Broken => {
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
