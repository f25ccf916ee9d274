//! The run's HTTP client as the replay's transport: every exchange is recorded as evidence.

use crate::http::{Client, Outgoing as HttpOutgoing};

use super::transport::{Incoming, Outgoing, SendError, Transport};

impl Transport for Client {
    async fn send(&self, outgoing: Outgoing<'_>) -> Result<Incoming, SendError> {
        // What a `Url` can't carry as it is (dot segments) goes in the form that is nearest.
        let url = match outgoing.url.as_url() {
            Some(url) => url,
            None => url::Url::parse(&outgoing.url.to_string()).map_err(|error| SendError {
                message: error.to_string(),
                exchange: None,
            })?,
        };
        let request = HttpOutgoing {
            method: outgoing.method.to_owned(),
            url,
            headers: outgoing.headers.to_vec(),
            body: outgoing.body.map(|body| body.to_owned().into()),
            with_user_headers: outgoing.at_home,
            bare: false,
        };
        // The kit knows no 429: it takes every answer as it is.
        let answer = Self::send_once(self, request)
            .await
            .map_err(|failure| SendError {
                exchange: Some(failure.index),
                message: failure.message,
            })?;
        if let Some(message) = &answer.broken {
            return Err(SendError {
                exchange: Some(answer.index),
                message: message.clone(),
            });
        }
        Ok(Incoming {
            status: answer.status,
            headers: answer.headers,
            truncated: answer.over_cap,
            body: answer.body,
            exchange: answer.index,
        })
    }
}
