//! Requests with the run's credentials: got before the first one, renewed where they are refused,
//! kept from every other origin.

use std::sync::Arc;

use super::credentials::{AuthError, Credentials, Sent};
use super::reconnect::Reconnect;
use super::routes::Routes;
use super::{Answer, Failure, FailureKind, Outgoing};

/// Sends with the run's credentials.
#[derive(Debug)]
pub(super) struct Authorized {
    pub(super) next: Reconnect,
    pub(super) credentials: Arc<Credentials>,
    pub(super) routes: Arc<Routes>,
}

impl Authorized {
    /// Sends with the run's credentials, and once more with new ones where they are refused.
    pub(super) async fn send(&self, outgoing: &Outgoing) -> Result<Answer, Failure> {
        if !outgoing.with_user_headers || !self.routes.at_home(&outgoing.url) {
            return self.next.send(outgoing, &Sent::Nothing).await;
        }
        let held = self.credentials.current(&self.routes).await;
        let held = held.map_err(|error| self.without_credentials(&error))?;
        let answer = self.next.send(outgoing, &held.sent).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        let instead = self.credentials.instead_of(&held, &self.routes).await;
        let Some(held) = instead.map_err(|error| self.without_credentials(&error))? else {
            return Ok(answer);
        };
        match self.next.send(outgoing, &held.sent).await {
            // The run has ended meanwhile.
            Err(failure) if failure.kind == FailureKind::Halted => Ok(answer),
            Ok(again) if again.status == 401 => {
                self.credentials.renewed_in_vain().await;
                Ok(again)
            }
            other => other,
        }
    }

    /// Without credentials the run can't go on: that is not an answer of the target's.
    fn without_credentials(&self, error: &AuthError) -> Failure {
        let message = format!("the run has no credentials for the target any more: {error}");
        self.next.next.run.end(message.clone());
        Failure {
            exchange: None,
            kind: FailureKind::Halted,
            message,
        }
    }
}
