//! The run's HTTP client as the replay's transport: every exchange is recorded as evidence.

use crate::http::{
    Client, Failure, FailureKind, KIT_TIMEOUT, Outgoing as HttpOutgoing, Repeat, Truncation,
};

use super::transport::{Incoming, Outgoing, SendError, Transport};

impl Transport for Client {
    async fn send(&self, outgoing: Outgoing<'_>) -> Result<Incoming, SendError> {
        let (url, wire_target) = match outgoing.url.as_url() {
            Some(url) => {
                let target = outgoing.by_hand.then(|| outgoing.url.target().to_vec());
                (url, target)
            }
            None => {
                let url =
                    url::Url::parse(&outgoing.url.to_string()).map_err(|error| SendError {
                        message: error.to_string(),
                        unread: false,
                        timed_out: false,
                        exchange: None,
                    })?;
                (url, Some(outgoing.url.target().to_vec()))
            }
        };
        let request = HttpOutgoing {
            method: outgoing.method.to_owned(),
            url,
            headers: outgoing.headers.to_vec(),
            body: outgoing.body.map(|body| body.to_owned().into()),
            wire_target,
            with_user_headers: outgoing.at_home,
            of_the_kit: true,
            repeat: Repeat::Freely,
        };
        // The kit never waits: it takes a 429 or a 503 as it is.
        let answer = self.send_undecoded(request).await.map_err(refused)?;
        if let Some(Truncation::Broken(message) | Truncation::TimedOut(message)) = &answer.cut {
            return Err(SendError {
                exchange: Some(answer.index),
                unread: false,
                timed_out: matches!(answer.cut, Some(Truncation::TimedOut(_))),
                message: message.clone(),
            });
        }
        Ok(Incoming {
            status: answer.status,
            headers: answer.headers,
            truncated: answer.cut.is_some(),
            body: answer.body,
            exchange: answer.index,
        })
    }

    fn limited(&self, words: &str) {
        self.note_limit(words);
    }

    fn over_long(&self, method: &str, beginning: String, more: Option<usize>) -> SendError {
        refused(self.refuse_over_long(method, beginning, more))
    }
}

/// What got no answer; a limit of ours is not trouble of the target's.
fn refused(failure: Failure) -> SendError {
    SendError {
        exchange: failure.exchange,
        unread: failure.kind == FailureKind::Limit,
        // The kit has no time for a connection either, but the system has.
        timed_out: failure.kind == FailureKind::Timeout
            && [KIT_TIMEOUT, "--first-byte-timeout"]
                .iter()
                .any(|option| failure.message.contains(option)),
        message: failure.message,
    }
}
