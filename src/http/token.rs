//! A token of an OAuth 2 server, by client credentials (RFC 6749, section 4.4).
//!
//! The server is asked by the same ways as the target, but for the client certificate; what goes
//! to and comes from it is no exchange of the run, and written down nowhere.

use std::pin::Pin;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use bytes::BytesMut;
use oauth2::basic::{BasicClient, BasicTokenType};
use oauth2::http::Response;
use oauth2::{
    AsyncHttpClient, AuthType, ClientId, ClientSecret, HttpRequest, HttpResponse,
    RequestTokenError, Scope, TokenResponse as _, TokenUrl,
};
use url::Url;

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

/// Why no HTTP answer came from the token endpoint.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unanswered(String);

/// Asks for a token.
pub(super) async fn ask(
    given: &ClientCredentials,
    routes: &Routes,
    timeout: Duration,
) -> Result<Token, TokenError> {
    let url = &given.token_url;
    let client = BasicClient::new(ClientId::new(given.client_id.clone()))
        .set_client_secret(ClientSecret::new(given.client_secret.expose().to_owned()))
        .set_token_uri(TokenUrl::from_url(url.clone()))
        .set_auth_type(match given.secret_in {
            SecretIn::Basic => AuthType::BasicAuth,
            SecretIn::Body => AuthType::RequestBody,
        });
    let mut request = client
        .exchange_client_credentials()
        .add_scopes(given.scopes.iter().cloned().map(Scope::new));
    for (name, value) in &given.parameters {
        request = request.add_extra_param(name, value);
    }
    let endpoint = Endpoint {
        url,
        routes,
        timeout,
        status: AtomicU16::new(0),
    };
    let answer = request.request_async(&endpoint).await;
    let status = endpoint.status.into_inner();
    let unreachable = |reason: String| TokenError::Unreachable {
        url: url.to_string(),
        reason,
    };
    // Whatever it says, it may answer otherwise in a while.
    let passing = |status: u16| status == 429 || status >= 500;
    let token = answer.map_err(|error| match error {
        RequestTokenError::Request(Unanswered(reason)) => unreachable(reason),
        RequestTokenError::ServerResponse(answer) => {
            let code = answer.error().as_ref().to_owned();
            if passing(status) || PASSING.contains(&code.as_str()) {
                return unreachable(format!("it answers {status} ({code})"));
            }
            let said = answer.error_description().map(String::as_str);
            TokenError::Refused {
                url: url.to_string(),
                advice: advice(&code),
                code: shown(&code, given),
                description: match said {
                    Some(said) => format!(" ({})", shown(said, given)),
                    None => String::new(),
                },
            }
        }
        _ if passing(status) => unreachable(format!("it answers {status}")),
        _ => TokenError::unusable(
            url,
            format!("answers {status} without a token: is it the URL of the token endpoint?"),
        ),
    })?;
    if !matches!(token.token_type(), BasicTokenType::Bearer) {
        let reason = "gives a token that is no bearer token, and no other kind is known";
        return Err(TokenError::unusable(url, reason));
    }
    Ok(Token {
        access: token.access_token().secret().clone(),
        lifetime: token.expires_in(),
        others: token
            .refresh_token()
            .map(|token| token.secret().clone())
            .into_iter()
            .collect(),
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

/// The token endpoint as the OAuth library asks it.
struct Endpoint<'r> {
    url: &'r Url,
    routes: &'r Routes,
    timeout: Duration,
    /// What it answered last.
    status: AtomicU16,
}

impl<'c> AsyncHttpClient<'c> for Endpoint<'_> {
    type Error = Unanswered;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unanswered>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let sent = tokio::time::timeout(self.timeout, self.send(request)).await;
            let answer = sent.unwrap_or_else(|_| {
                let seconds = self.timeout.as_secs_f64();
                Err(Unanswered(format!(
                    "no answer within {seconds} s (--timeout)"
                )))
            })?;
            let status = answer.status().as_u16();
            self.status.store(status, Ordering::Relaxed);
            Ok(answer)
        })
    }
}

impl Endpoint<'_> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Unanswered> {
        let client = self.routes.client(self.url, false);
        let client = client.map_err(|error| Unanswered(error.to_string()))?;
        let failed = |error: reqwest::Error| Unanswered(self.routes.classify(error, self.url).1);
        let request = reqwest::Request::try_from(request).map_err(failed)?;
        let mut answer = client.execute(request).await.map_err(failed)?;
        let status = answer.status().as_u16();
        if let Some((_, text)) = self.routes.refused_by_proxy(self.url, status) {
            return Err(Unanswered(text));
        }
        let mut body = BytesMut::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > LONGEST {
                return Err(Unanswered("its answer does not end".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = Response::builder().status(status);
        if let Some(headers) = whole.headers_mut() {
            headers.clone_from(answer.headers());
        }
        whole
            .body(body.to_vec())
            .map_err(|error| Unanswered(error.to_string()))
    }
}
