//! What proves to the target who the run is: kept, sent, and renewed.
//!
//! A token is renewed before it ends, and once when the target refuses it with 401. All that was
//! ever sent is known here, so that redaction can hide it, also what came late in the run.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use tokio::process::Command;
use tokio::time::Instant;
use url::Url;

use super::routes::Routes;
use super::token::{self, TokenError};
use super::{ClientError, query, raw_connection};
use crate::config::{Access, Auth, Bearer, ClientCredentials, KeyPlace, Secret};
use parking_lot::Mutex;

/// How often a token is renewed that the target refuses all the same; then its answer stands.
const MOST_IN_VAIN: usize = 2;

/// How long before its end a token is renewed; earlier where it is valid for a short time.
const EARLY: Duration = Duration::from_secs(30);

/// No token is as long as this.
const LONGEST: usize = 64 * 1024;

/// There is no token to send.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// The OAuth 2 server gave none.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The file holds none.
    #[error("bearer token: the file {} {reason}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The command printed none.
    #[error("bearer token: the command `{program}` {reason}")]
    Command {
        /// The program, without its arguments.
        program: String,
        /// Why not; never what it printed.
        reason: String,
    },
}

impl AuthError {
    /// Whether somebody could not be reached, as opposed to a wrong configuration.
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Token(TokenError::Unreachable { .. }))
    }
}

/// Where credentials come from.
#[derive(Debug)]
enum Source {
    /// They never change; there may be none.
    Fixed(Sent),
    /// They can be got anew.
    Renewed(Renewed),
}

/// What gives a bearer token whenever it is asked.
#[derive(Debug)]
enum Renewed {
    File(PathBuf),
    Command(Vec<String>),
    Server(Box<ClientCredentials>),
}

/// What is added to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sent {
    Nothing,
    Header(HeaderName, HeaderValue),
    Query(String, Secret),
}

/// What is sent, and which one it is of the run.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) sent: Sent,
    number: usize,
    renew_at: Option<Instant>,
}

/// The credentials of one run.
#[derive(Debug)]
pub(super) struct Credentials {
    source: Source,
    timeout: Duration,
    /// One asks for a token at a time; the others take what it got.
    state: tokio::sync::Mutex<State>,
    secrets: Mutex<Vec<(String, Secret)>>,
    /// What was odd about the way in which they were got.
    notes: Mutex<Vec<String>>,
}

#[derive(Debug, Default)]
struct State {
    held: Option<Held>,
    in_vain: usize,
}

impl Credentials {
    pub(super) fn new(access: &Access, timeout: Duration) -> Result<Self, ClientError> {
        let mut secrets = Vec::new();
        let mut header = |name: HeaderName, value: String| {
            secrets.push((name.to_string(), Secret::new(value.clone())));
            header(name, &value)
        };
        let source = match &access.auth {
            Auth::None => Source::Fixed(Sent::Nothing),
            Auth::Basic { user, password } => {
                let value = raw_connection::basic(user, password.expose());
                Source::Fixed(header(AUTHORIZATION, value)?)
            }
            Auth::Bearer(Bearer::Token(token)) => {
                let value = format!("Bearer {}", token.expose());
                Source::Fixed(header(AUTHORIZATION, value)?)
            }
            Auth::Bearer(Bearer::File(file)) => Source::Renewed(Renewed::File(file.clone())),
            Auth::Bearer(Bearer::Command(words)) => {
                Source::Renewed(Renewed::Command(words.clone()))
            }
            Auth::ApiKey { place, key } => match place {
                KeyPlace::Header(name) => {
                    let parsed =
                        HeaderName::try_from(name).map_err(|error| ClientError::Header {
                            name: name.clone(),
                            reason: error.to_string(),
                        })?;
                    Source::Fixed(header(parsed, key.expose().to_owned())?)
                }
                KeyPlace::Query(name) => {
                    secrets.push((name.clone(), key.clone()));
                    Source::Fixed(Sent::Query(name.clone(), key.clone()))
                }
            },
            Auth::ClientCredentials(client) => {
                let secret = client.client_secret.clone();
                secrets.push(("client-secret".to_owned(), secret));
                Source::Renewed(Renewed::Server(client.clone()))
            }
        };
        for user in access.proxies.all().filter_map(|proxy| proxy.user.as_ref()) {
            let value = raw_connection::basic(&user.name, user.password.expose());
            secrets.push(("proxy-authorization".to_owned(), Secret::new(value)));
        }
        Ok(Self {
            source,
            timeout,
            state: tokio::sync::Mutex::default(),
            secrets: Mutex::new(secrets),
            notes: Mutex::default(),
        })
    }

    /// Whether there are any.
    pub(super) const fn are_there(&self) -> bool {
        !matches!(self.source, Source::Fixed(Sent::Nothing))
    }

    /// Name and value of all that was ever sent or is known to be secret.
    pub(super) fn secrets(&self) -> Vec<(String, Secret)> {
        let secrets = self.secrets.lock();
        secrets.clone()
    }

    /// What was odd about the way in which they were got, a sentence each.
    pub(super) fn notes(&self) -> Vec<String> {
        self.notes.lock().clone()
    }

    /// What is to be sent now.
    pub(super) async fn current(&self, routes: &Routes) -> Result<Held, AuthError> {
        let source = match &self.source {
            Source::Fixed(sent) => return Ok(Held::forever(sent.clone())),
            Source::Renewed(source) => source,
        };
        let mut state = self.state.lock().await;
        let ends = |held: &Held| held.renew_at.is_some_and(|at| at <= Instant::now());
        match &state.held {
            Some(held) if !ends(held) => Ok(held.clone()),
            _ => self.renew(source, &mut state, routes).await,
        }
    }

    /// What is to be sent instead of what the target refused; nothing where there is none.
    pub(super) async fn instead_of(
        &self,
        refused: &Held,
        routes: &Routes,
    ) -> Result<Option<Held>, AuthError> {
        let Source::Renewed(source) = &self.source else {
            return Ok(None);
        };
        let mut state = self.state.lock().await;
        if state.in_vain >= MOST_IN_VAIN {
            return Ok(None);
        }
        match &state.held {
            // Another request was refused before, and has got a new one.
            Some(held) if held.number != refused.number => Ok(Some(held.clone())),
            _ => self.renew(source, &mut state, routes).await.map(Some),
        }
    }

    /// The target refused what it got instead.
    pub(super) async fn renewed_in_vain(&self) {
        self.state.lock().await.in_vain += 1;
    }

    async fn renew(
        &self,
        source: &Renewed,
        state: &mut State,
        routes: &Routes,
    ) -> Result<Held, AuthError> {
        let began = Instant::now();
        let (token, lifetime) = match source {
            Renewed::File(file) => (read(file)?, None),
            Renewed::Command(words) => (run(words, self.timeout).await?, None),
            Renewed::Server(client) => {
                let got = token::ask(client, routes, self.timeout).await?;
                self.keep("refresh-token", got.others);
                self.note(got.note);
                (got.access, got.lifetime)
            }
        };
        let value = format!("Bearer {token}");
        let header = HeaderValue::from_str(&value).map_err(|_| source.unsendable())?;
        self.keep(AUTHORIZATION.as_str(), [value]);
        let held = Held {
            sent: Sent::Header(AUTHORIZATION, secret(header)),
            number: state.held.as_ref().map_or(1, |held| held.number + 1),
            renew_at: lifetime.map(|lifetime| began + lifetime - EARLY.min(lifetime / 4)),
        };
        state.held = Some(held.clone());
        Ok(held)
    }

    fn note(&self, note: Option<String>) {
        let mut notes = self.notes.lock();
        if let Some(note) = note.filter(|note| !notes.contains(note)) {
            notes.push(note);
        }
    }

    fn keep(&self, name: &str, values: impl IntoIterator<Item = String>) {
        let mut secrets = self.secrets.lock();
        for value in values {
            let secret = (name.to_owned(), Secret::new(value));
            if !secrets.contains(&secret) {
                secrets.push(secret);
            }
        }
    }
}

impl Renewed {
    /// What it gave can't stand in a header.
    fn unsendable(&self) -> AuthError {
        let reason = "gave something that is not a token: it can't stand in a header".to_owned();
        match self {
            Self::File(file) => AuthError::File {
                file: file.clone(),
                reason,
            },
            Self::Command(words) => AuthError::Command {
                program: words.first().cloned().unwrap_or_default(),
                reason,
            },
            Self::Server(client) => TokenError::unusable(&client.token_url, reason).into(),
        }
    }
}

impl Held {
    fn forever(sent: Sent) -> Self {
        Self {
            sent,
            number: 0,
            renew_at: None,
        }
    }
}

impl Sent {
    /// Adds it to the headers, unless the request has such a header of its own.
    pub(super) fn add_to(&self, headers: &mut HeaderMap) {
        if let Self::Header(name, value) = self {
            headers.entry(name).or_insert_with(|| value.clone());
        }
    }

    /// The URL that is asked, and the same as it may be shown.
    pub(super) fn urls(&self, url: &Url) -> Option<(Url, Url)> {
        let Self::Query(name, key) = self else {
            return None;
        };
        Some((
            query::with(url, name, key.expose()),
            query::with_hidden(url, name),
        ))
    }
}

fn header(name: HeaderName, value: &str) -> Result<Sent, ClientError> {
    let value = HeaderValue::from_str(value).map_err(|_| ClientError::Header {
        name: name.to_string(),
        reason: "its value has characters that no header may have".to_owned(),
    })?;
    Ok(Sent::Header(name, secret(value)))
}

fn secret(mut value: HeaderValue) -> HeaderValue {
    value.set_sensitive(true);
    value
}

/// The token in what a file or a command gave.
fn token(text: &[u8]) -> Result<String, &'static str> {
    let text = std::str::from_utf8(text).map_err(|_| "gave something that is not a text")?;
    let text = text.trim();
    if text.is_empty() {
        return Err("gave nothing");
    }
    if text.contains(|character: char| character.is_whitespace() || character.is_control()) {
        return Err("gave more than one word: the token alone is wanted");
    }
    Ok(text.to_owned())
}

fn read(file: &Path) -> Result<String, AuthError> {
    let wrong = |reason: String| AuthError::File {
        file: file.to_owned(),
        reason,
    };
    let bytes = std::fs::read(file).map_err(|error| wrong(format!("can't be read: {error}")))?;
    token(&bytes).map_err(|reason| wrong(reason.to_owned()))
}

/// Runs a program without a shell. What it says, to whomever, is not shown: it may be the secret.
async fn run(words: &[String], limit: Duration) -> Result<String, AuthError> {
    let (program, arguments) = words
        .split_first()
        .map_or(("", &[][..]), |(program, rest)| (program.as_str(), rest));
    let wrong = |reason: String| AuthError::Command {
        program: program.to_owned(),
        reason,
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let ended = tokio::time::timeout(limit, command.output()).await;
    let output = ended
        .map_err(|_| {
            let seconds = limit.as_secs_f64();
            wrong(format!("took longer than {seconds} s (--timeout)"))
        })?
        .map_err(|error| wrong(format!("can't be run: {error}")))?;
    if !output.status.success() {
        // The signal or the code, as the system words it.
        return Err(wrong(format!(
            "failed ({}); run it by hand to see what it says",
            output.status
        )));
    }
    if output.stdout.len() > LONGEST {
        return Err(wrong("gave more than a token".to_owned()));
    }
    token(&output.stdout).map_err(|reason| wrong(reason.to_owned()))
}
