//! A token of an OAuth 2 server, by client credentials (RFC 6749, section 4.4).
//!
//! The server is asked by the same ways as the target, but for the client certificate; what goes
//! to and comes from it is no exchange of the run, and written down nowhere.

use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use serde::Deserialize;
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::routes::Routes;
use crate::config::{ClientCredentials, SecretIn};
use crate::evidence::Redactor;

/// No answer of a token endpoint is as long as this.
const LONGEST: usize = 1 << 20;

/// So much is shown of what the server says to its refusal.
const SHOWN: usize = 300;

/// Errors of RFC 6749 that will pass.
const PASSING: [&str; 2] = ["server_error", "temporarily_unavailable"];

/// There is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The server does not give one to this client.
    #[error("OAuth 2: the token endpoint {url} refuses: {code}{description}{advice}")]
    Refused {
        /// The endpoint.
        url: String,
        /// The error code of RFC 6749, section 5.2.
        code: String,
        /// What the server says to it, with a mark in front; empty where it says nothing.
        description: String,
        /// What to do, with a mark in front.
        advice: &'static str,
    },
    /// What answers is no token endpoint, or gives a token that can't be used.
    #[error("OAuth 2: the token endpoint {url} {reason}")]
    Unusable {
        /// The endpoint.
        url: String,
        /// Why not.
        reason: String,
    },
    /// Nobody answers, or not now.
    #[error("OAuth 2: the token endpoint {url} can't be reached: {reason}")]
    Unreachable {
        /// The endpoint.
        url: String,
        /// Why not.
        reason: String,
    },
}

impl TokenError {
    /// A token endpoint that gives no usable token.
    pub(super) fn unusable(url: &Url, reason: impl Into<String>) -> Self {
        Self::Unusable {
            url: url.to_string(),
            reason: reason.into(),
        }
    }
}

/// A token.
pub(super) struct Token {
    pub(super) access: String,
    /// How long it is good for, where the server says so.
    pub(super) lifetime: Option<Duration>,
    /// Other secrets that came with it.
    pub(super) others: Vec<String>,
}

/// A token as the server writes it (RFC 6749, section 5.1).
#[derive(Deserialize)]
struct Granted {
    access_token: String,
    token_type: String,
    expires_in: Option<u64>,
    refresh_token: Option<String>,
}

/// A refusal as the server writes it (section 5.2).
#[derive(Deserialize)]
struct Refusal {
    error: String,
    error_description: Option<String>,
}

/// An HTTP response of the token endpoint.
struct Response {
    status: u16,
    /// Whether its media type is JSON, or missing.
    json: bool,
    body: Vec<u8>,
}

/// Asks for a token.
pub(super) async fn ask(
    given: &ClientCredentials,
    routes: &Routes,
    timeout: Duration,
) -> Result<Token, TokenError> {
    let url = &given.token_url;
    let unreachable = |reason: String| TokenError::Unreachable {
        url: url.to_string(),
        reason,
    };
    let sent = tokio::time::timeout(timeout, send(given, routes)).await;
    let response = sent.unwrap_or_else(|_| {
        let seconds = timeout.as_secs_f64();
        Err(format!("no answer within {seconds} s (--timeout)"))
    });
    let Response { status, json, body } = response.map_err(unreachable)?;
    // Whatever it says, it may answer otherwise in a while.
    let passing = status == 429 || status >= 500;
    let granted = (status == 200 && json).then(|| serde_json::from_slice::<Granted>(&body).ok());
    let Some(granted) = granted.flatten() else {
        let refusal = (status != 200).then(|| serde_json::from_slice::<Refusal>(&body).ok());
        return Err(match refusal.flatten() {
            Some(refusal) if passing || PASSING.contains(&refusal.error.as_str()) => {
                let code = shown(&refusal.error, given);
                unreachable(format!("it answers {status} ({code})"))
            }
            Some(refusal) => TokenError::Refused {
                url: url.to_string(),
                advice: advice(&refusal.error),
                code: shown(&refusal.error, given),
                description: refusal
                    .error_description
                    .map_or_else(String::new, |said| format!(" ({})", shown(&said, given))),
            },
            None if passing => unreachable(format!("it answers {status}")),
            None => TokenError::unusable(
                url,
                format!("answers {status} without a token: is it the URL of the token endpoint?"),
            ),
        });
    };
    if !granted.token_type.eq_ignore_ascii_case("bearer") {
        let reason = "gives a token that is no bearer token, and no other kind is known";
        return Err(TokenError::unusable(url, reason));
    }
    Ok(Token {
        access: granted.access_token,
        lifetime: granted.expires_in.map(Duration::from_secs),
        others: granted.refresh_token.into_iter().collect(),
    })
}

/// What to do about an error code of RFC 6749, section 5.2.
fn advice(code: &str) -> &'static str {
    match code {
        "invalid_client" => {
            "; check client-id, client-secret and how the secret is sent (secret-in)"
        }
        "invalid_scope" => "; check scope",
        "invalid_target" => "; check audience",
        "unauthorized_client" | "unsupported_grant_type" => {
            "; the client is not allowed the grant client_credentials there"
        }
        _ => "",
    }
}

/// What the server said, shortened and without the secret.
fn shown(text: &str, given: &ClientCredentials) -> String {
    let secret = [("client-secret", given.client_secret.expose())];
    let text = Redactor::new(secret).text(text);
    let text: String = text.chars().filter(|one| !one.is_control()).collect();
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Sends the request (sections 2.3.1 and 4.4.2) and reads the response; the error says why none came.
async fn send(given: &ClientCredentials, routes: &Routes) -> Result<Response, String> {
    let url = &given.token_url;
    let (id, secret) = (given.client_id.as_str(), given.client_secret.expose());
    let client = routes.client(url, false);
    let mut request = client
        .map_err(|error| error.to_string())?
        .post(url.clone())
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    let mut form = vec![("grant_type", "client_credentials")];
    let scope = given.scopes.join(" ");
    if !scope.is_empty() {
        form.push(("scope", &scope));
    }
    match given.secret_in {
        SecretIn::Basic => {
            // Both are encoded as in a form, which is more than HTTP's own Basic scheme asks for.
            let [id, secret] = [id, secret].map(|text| {
                let encoded: String = byte_serialize(text.as_bytes()).collect();
                encoded
            });
            let pair = BASE64_STANDARD.encode(format!("{id}:{secret}"));
            request = request.header(AUTHORIZATION, format!("Basic {pair}"));
        }
        SecretIn::Body => form.extend([("client_id", id), ("client_secret", secret)]),
    }
    let body = Serializer::new(String::new())
        .extend_pairs(form)
        .extend_pairs(&given.parameters)
        .finish();
    let failed = |error: reqwest::Error| routes.classify(error, url).1;
    let mut response = request.body(body).send().await.map_err(failed)?;
    let status = response.status().as_u16();
    if let Some((_, text)) = routes.refused_by_proxy(url, status) {
        return Err(text);
    }
    let media_type = response.headers().get(CONTENT_TYPE);
    let json = media_type.is_none_or(|value| {
        let text = value.to_str().unwrap_or_default().to_ascii_lowercase();
        text.starts_with("application/json")
    });
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > LONGEST {
            return Err("its answer does not end".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Response { status, json, body })
}
