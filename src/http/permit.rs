//! What a run may not send: what changes a target that is only to be read, or a record that was
//! there before the run. Whatever a step asks for, this is the last word.

use std::sync::Arc;

use percent_encoding::percent_decode_str;
use url::Url;

use super::circuit_breaker::CircuitBreaker;
use super::{Answer, Failure, FailureKind, Outgoing};
use crate::evidence::Log;

/// Sends only what the run may send.
#[derive(Debug)]
pub(super) struct Permit {
    pub(super) next: CircuitBreaker,
    pub(super) read_only: bool,
    pub(super) collection: Url,
    pub(super) log: Arc<Log>,
}

impl Permit {
    /// Sends a request that the run may send.
    pub(super) async fn send(&self, outgoing: &Outgoing) -> Result<Answer, Failure> {
        self.permits(outgoing)?;
        self.next.send(outgoing).await
    }

    /// Whether the run may send this.
    ///
    /// # Errors
    /// [`FailureKind::Withheld`], with the reason; the run goes on.
    pub(super) fn permits(&self, outgoing: &Outgoing) -> Result<(), Failure> {
        if !outgoing.changes() {
            return Ok(());
        }
        let message = if self.read_only {
            "it needs a request that changes something, and --read-only sends none".to_owned()
        } else if let Some(id) = self.existing_at(&outgoing.url) {
            format!("it would change the record {id}, which the run has not created (--existing)")
        } else {
            return Ok(());
        };
        Err(Failure {
            exchange: None,
            kind: FailureKind::Withheld,
            message,
        })
    }

    /// The record that was there before the run and at or below whose place a URL lies.
    fn existing_at(&self, url: &Url) -> Option<String> {
        let below = url.path().strip_prefix(self.collection.path())?;
        let mut segments = below.split('/').map(|segment| {
            let decoded = percent_decode_str(segment).decode_utf8_lossy();
            decoded.into_owned()
        });
        segments.find(|segment| self.log.ownership.is_existing(segment))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::{Access, Limits};
    use crate::evidence::Log;
    use crate::http::Client;

    const COLLECTION: &str = "http://127.0.0.1:1/api/thing";

    fn client(read_only: bool) -> Client {
        let url = Url::parse(COLLECTION).unwrap();
        let log = Arc::new(Log::default());
        let client = Client::new(&Limits::default(), &[], &Access::default(), false, url, log);
        client.unwrap().read_only(read_only)
    }

    fn asked(method: &str, place: &str) -> Outgoing {
        let url = Url::parse(&format!("{COLLECTION}{place}")).unwrap();
        Outgoing::new(method, url)
    }

    fn refused(client: &Client, outgoing: &Outgoing) -> Option<String> {
        let failure = client.permits(outgoing).err()?;
        assert_eq!(failure.kind, FailureKind::Withheld);
        Some(failure.message)
    }

    #[test]
    fn read_only_lets_nothing_through_that_changes_the_target() {
        let client = client(true);
        for method in ["GET", "HEAD", "OPTIONS"] {
            assert_eq!(refused(&client, &asked(method, "/1")), None);
        }
        for method in ["POST", "PUT", "PATCH", "DELETE", "get", "TRACE", "LINK"] {
            let why = refused(&client, &asked(method, "/1")).unwrap();
            assert!(why.contains("--read-only"), "{why}");
        }
        for header in [
            "X-HTTP-Method-Override",
            "x-http-method",
            "X-Method-Override",
        ] {
            let mut disguised = asked("GET", "/1");
            disguised.set_header(header, "DELETE");
            assert!(refused(&client, &disguised).is_some(), "{header}");
        }
    }

    #[test]
    fn a_record_that_was_there_before_is_never_changed() {
        let client = client(false);
        client.log().ownership.mark_existing("a/b c");
        for method in ["PATCH", "DELETE", "PUT", "POST"] {
            let why = refused(&client, &asked(method, "/a%2Fb%20c")).unwrap();
            assert!(why.contains("a/b c") && why.contains("--existing"), "{why}");
            assert!(refused(&client, &asked(method, "/a%2fb%20c/note/1")).is_some());
        }
        assert_eq!(refused(&client, &asked("DELETE", "/other")), None);
        assert_eq!(refused(&client, &asked("POST", "")), None);
        assert_eq!(refused(&client, &asked("GET", "/a%2Fb%20c")), None);
    }

    #[tokio::test]
    async fn forbidden_requests_are_not_sent_and_do_not_end_the_run() {
        let client = client(true);
        let failure = client.send(asked("DELETE", "/1")).await.unwrap_err();
        assert_eq!(failure.kind, FailureKind::Withheld);
        assert!(failure.kind.is_unsent() && client.log().is_empty());
        assert_eq!(client.halted(), None);
    }
}
