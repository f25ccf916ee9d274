//! Requests with the run's credentials: got before the first one, renewed where they are refused,
//! kept from every other origin.

use super::credentials::{AuthError, Sent};
use super::{Answer, Client, Failure, FailureKind, Outgoing};
use crate::config::Secret;

impl Client {
    /// Gets the credentials, where they have to be got, before anything is sent to the target.
    pub async fn authenticate(&self) -> Result<(), AuthError> {
        self.credentials.current(&self.routes).await.map(drop)
    }

    /// Whether the run has credentials besides the user's headers.
    pub fn has_credentials(&self) -> bool {
        self.credentials.are_there()
    }

    /// A sentence for each oddity of the way in which the credentials were got.
    pub fn notes_on_credentials(&self) -> Vec<String> {
        self.credentials.notes()
    }

    /// Name and value of all credentials that the run has used so far: they are to be hidden.
    pub fn secrets(&self) -> Vec<(String, Secret)> {
        self.credentials.secrets()
    }

    /// Sends with the run's credentials, and once more with new ones where they are refused.
    pub(super) async fn with_credentials(&self, outgoing: &Outgoing) -> Result<Answer, Failure> {
        if !self.goes_home(outgoing) {
            return self.attempt(outgoing, &Sent::Nothing).await;
        }
        let held = self.credentials.current(&self.routes).await;
        let held = held.map_err(|error| self.without_credentials(&error))?;
        let answer = self.attempt(outgoing, &held.sent).await?;
        if answer.status != 401 {
            return Ok(answer);
        }
        let instead = self.credentials.instead_of(&held, &self.routes).await;
        let Some(held) = instead.map_err(|error| self.without_credentials(&error))? else {
            return Ok(answer);
        };
        self.wait_for_turn().await;
        if self.halt.admit(&outgoing.method).is_err() {
            return Ok(answer);
        }
        let answer = self.attempt(outgoing, &held.sent).await?;
        if answer.status == 401 {
            self.credentials.renewed_in_vain().await;
        }
        Ok(answer)
    }

    /// Whether the user's headers and credentials go with a request.
    pub(super) fn goes_home(&self, outgoing: &Outgoing) -> bool {
        outgoing.with_user_headers && self.routes.at_home(&outgoing.url)
    }

    /// Without credentials the run can't go on: that is no answer of the target's.
    fn without_credentials(&self, error: &AuthError) -> Failure {
        let message = format!("the run has no credentials for the target any more: {error}");
        self.halt.end(message.clone());
        Failure {
            exchange: None,
            kind: FailureKind::Halted,
            message,
        }
    }
}
