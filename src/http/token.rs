//! A token of an OAuth 2 server, by client credentials (RFC 6749, section 4.4).
//!
//! The server is asked by the same ways as the target, but for the client certificate; what goes
//! to and comes from it is not an exchange of the run, and written down nowhere.

use std::time::Duration;

use bytes::BytesMut;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use serde_json::{Map, Value};
use url::Url;
use url::form_urlencoded::{Serializer, byte_serialize};

use super::raw_connection::basic;
use super::routes::Routes;
use crate::config::{ClientCredentials, SecretIn};
use crate::evidence::{BYTE_ORDER_MARK, Redactor};

/// No answer of a token endpoint is as long as this.
const LONGEST: usize = 1 << 20;

/// Maximum number of bytes shown of what the server says to its refusal.
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
    /// What answers is not a token endpoint, or gives a token that can't be used.
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
    /// What of the answer is not as RFC 6749 has it, where anything is.
    pub(super) note: Option<String>,
}

/// An answer of the token endpoint.
struct Answer {
    status: u16,
    media_type: String,
    body: Vec<u8>,
}

/// Kinds of token that are sent in another way than bearer tokens are.
const OTHER_KINDS: [&str; 4] = ["mac", "dpop", "pop", "n_a"];

/// The longest time that a token is taken to be good for.
const LONGEST_LIFE: f64 = 10.0 * 365.0 * 86_400.0;

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
    let sent = sent.unwrap_or_else(|_| {
        let seconds = timeout.as_secs_f64();
        Err(format!("no answer within {seconds} s (--timeout)"))
    });
    let answer = sent.map_err(unreachable)?;
    let status = answer.status;
    let text = answer.body.strip_prefix(BYTE_ORDER_MARK);
    let json = serde_json::from_slice(text.unwrap_or(&answer.body)).ok();
    let fields: Map<String, Value> = json.unwrap_or_default();
    if (200..300).contains(&status) && fields.contains_key("access_token") {
        return read(&answer, &fields, text.is_some())
            .map_err(|reason| TokenError::unusable(url, reason));
    }
    // Whatever it says, it may answer otherwise in a while.
    let passing = status == 429 || status >= 500;
    let error = fields.get("error").and_then(Value::as_str);
    let Some(code) = error else {
        return Err(if passing {
            unreachable(format!("it answers {status}"))
        } else {
            let lacking = match fields.is_empty() {
                true => "",
                false => " (`access_token` is missing)",
            };
            let reason = format!(
                "answers {status} without a token{lacking}: is it the URL of the token endpoint?"
            );
            TokenError::unusable(url, reason)
        });
    };
    if passing || PASSING.contains(&code) {
        return Err(unreachable(format!("it answers {status} ({code})")));
    }
    let said = fields.get("error_description").and_then(Value::as_str);
    Err(TokenError::Refused {
        url: url.to_string(),
        advice: advice(code),
        code: shown(code, given),
        description: match said {
            Some(said) => format!(" ({})", shown(said, given)),
            None => String::new(),
        },
    })
}

/// Reads the token. What is not as RFC 6749 has it, and harmless, is noted.
fn read(answer: &Answer, fields: &Map<String, Value>, marked: bool) -> Result<Token, String> {
    let access = match fields.get("access_token") {
        Some(Value::String(token)) if !token.trim().is_empty() => token.trim().to_owned(),
        Some(Value::String(_)) => return Err("gives an empty `access_token`".to_owned()),
        other => {
            let kind = kind_of(other.unwrap_or(&Value::Null));
            return Err(format!(
                "gives an `access_token` that is {kind}, and no text"
            ));
        }
    };
    let mut odd = Vec::new();
    match fields.get("token_type") {
        Some(Value::String(kind)) if kind.eq_ignore_ascii_case("bearer") => {}
        Some(Value::String(kind)) if OTHER_KINDS.contains(&kind.to_ascii_lowercase().as_str()) => {
            return Err(format!(
                "gives a token that is not a bearer token (`token_type` is {kind}), and no other kind \
                 is known"
            ));
        }
        Some(Value::String(_)) => odd.push("`token_type` is not Bearer".to_owned()),
        Some(other) => odd.push(format!("`token_type` is {}", kind_of(other))),
        None => odd.push("`token_type` is missing".to_owned()),
    }
    let seconds = match fields.get("expires_in") {
        None => None,
        Some(Value::Number(number)) => {
            if !number.is_u64() {
                odd.push("`expires_in` is not a whole number".to_owned());
            }
            number.as_f64()
        }
        Some(Value::String(text)) => {
            odd.push("`expires_in` is a text".to_owned());
            text.trim().parse().ok()
        }
        Some(other) => {
            odd.push(format!("`expires_in` is {}", kind_of(other)));
            None
        }
    };
    let lives = |seconds: &f64| *seconds >= 0.0 && *seconds <= LONGEST_LIFE;
    if let Some(scope) = fields.get("scope").filter(|scope| !scope.is_string()) {
        odd.push(format!("`scope` is {}", kind_of(scope)));
    }
    if answer.status != 200 {
        odd.push(format!("the status is {}", answer.status));
    }
    if !answer.media_type.eq_ignore_ascii_case("application/json") {
        odd.push(match answer.media_type.as_str() {
            "" => "no media type is given".to_owned(),
            other => format!("the media type is {other}"),
        });
    }
    if marked {
        odd.push("a byte order mark stands before the JSON".to_owned());
    }
    let refresh = fields.get("refresh_token").and_then(Value::as_str);
    Ok(Token {
        access,
        lifetime: seconds.filter(lives).map(Duration::from_secs_f64),
        others: refresh.map(str::to_owned).into_iter().collect(),
        note: (!odd.is_empty()).then(|| {
            format!(
                "The token endpoint does not answer as RFC 6749, section 5.1, has it: {}. The token \
                 is used all the same.",
                odd.join("; ")
            )
        }),
    })
}

/// "a number"
const fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
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

/// Sends the request (RFC 6749, sections 2.3.1 and 4.4.2) and reads the answer.
async fn send(given: &ClientCredentials, routes: &Routes) -> Result<Answer, String> {
    let url = &given.token_url;
    let client = routes
        .client(url, false)
        .map_err(|error| error.to_string())?;
    let failed = |error: reqwest::Error| routes.classify(error, url).1;
    let (form, authorization) = form(given);
    let mut request = client
        .post(url.clone())
        .header(ACCEPT, "application/json")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(form);
    if let Some(value) = authorization {
        request = request.header(AUTHORIZATION, value);
    }
    let mut answer = request.send().await.map_err(failed)?;
    let status = answer.status().as_u16();
    if let Some((_, text)) = routes.refused_by_proxy(url, status) {
        return Err(text);
    }
    let media_type = answer.headers().get(CONTENT_TYPE);
    let media_type = media_type.and_then(|value| value.to_str().ok());
    let media_type = media_type.unwrap_or_default().split(';').next();
    let media_type = media_type.unwrap_or_default().trim().to_owned();
    let mut body = BytesMut::new();
    while let Some(chunk) = answer.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > LONGEST {
            return Err("its answer does not end".to_owned());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        media_type,
        body: body.to_vec(),
    })
}

/// The body of the request, and the header that proves who asks, where the secret goes there.
fn form(given: &ClientCredentials) -> (String, Option<String>) {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    let secret = given.client_secret.expose();
    let mut authorization = None;
    match given.secret_in {
        SecretIn::Basic => {
            let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            authorization = Some(basic(&encoded(&given.client_id), &encoded(secret)));
        }
        SecretIn::Body => {
            form.append_pair("client_id", &given.client_id);
            form.append_pair("client_secret", secret);
        }
    }
    if !given.scopes.is_empty() {
        form.append_pair("scope", &given.scopes.join(" "));
    }
    form.extend_pairs(&given.parameters);
    (form.finish(), authorization)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_json(answer: Value, status: u16, media_type: &str) -> Result<Token, String> {
        let answer_fields = answer.as_object().cloned().unwrap();
        let answer = Answer {
            status,
            media_type: media_type.to_owned(),
            body: Vec::new(),
        };
        read(&answer, &answer_fields, false)
    }

    #[test]
    fn answers_of_well_known_servers_are_taken_with_a_note() {
        let json = "application/json";
        for (answer, status, media_type, lifetime, note) in [
            (
                json!({"access_token": "t", "token_type": "bearer", "expires_in": 60}),
                200,
                json,
                Some(60),
                None,
            ),
            (
                json!({"access_token": "t", "token_type": "Bearer", "expires_in": "3599"}),
                200,
                json,
                Some(3599),
                Some("`expires_in` is a text"),
            ),
            (
                json!({"access_token": "t", "token_type": "Bearer", "expires_in": 59.5}),
                200,
                json,
                Some(59),
                Some("`expires_in` is not a whole number"),
            ),
            (
                json!({"access_token": "t", "token_type": "BearerToken", "expires_in": "0"}),
                200,
                json,
                Some(0),
                Some("`token_type` is not Bearer"),
            ),
            (
                json!({"access_token": "t"}),
                200,
                json,
                None,
                Some("`token_type` is missing"),
            ),
            (
                json!({"access_token": "t", "token_type": "Bearer", "scope": ["a"]}),
                201,
                "text/plain",
                None,
                Some("`scope` is a list; the status is 201; the media type is text/plain"),
            ),
        ] {
            let token = read_json(answer.clone(), status, media_type).ok().unwrap();
            assert_eq!(token.access, "t");
            assert_eq!(
                token.lifetime.map(|life| life.as_secs()),
                lifetime,
                "{answer}"
            );
            assert_eq!(token.note.is_some(), note.is_some(), "{answer}");
            if let (Some(said), Some(note)) = (token.note, note) {
                assert!(said.contains(note), "{said}");
            }
        }
    }

    #[test]
    fn a_refused_answer_names_its_attribute() {
        for (answer, name) in [
            (
                json!({"access_token": 5, "token_type": "bearer"}),
                "`access_token` that is a number",
            ),
            (
                json!({"access_token": " ", "token_type": "bearer"}),
                "an empty `access_token`",
            ),
            (
                json!({"access_token": "t", "token_type": "mac"}),
                "`token_type` is mac",
            ),
        ] {
            let refused = read_json(answer, 200, "application/json").err().unwrap();
            assert!(refused.contains(name), "{refused}");
        }
    }
}
