//! The one place that sends. It records every exchange, caps what it reads and keeps, and times.
//!
//! It follows no redirect, sends no referer and asks for an identity encoding, so that what is
//! judged is what came over the wire. It repeats nothing but what was answered by a wish to come
//! back later, after the wait that the target asks for, what was answered 401 where there are newer
//! credentials, and what was asked for on a connection that the target had ended.

mod authorized;
mod bounds;
mod cache;
mod coding;
mod credentials;
mod failure;
mod halt;
mod intake;
mod message;
mod patience;
mod permit;
mod query;
mod raw;
mod raw_connection;
mod reach;
mod reuse;
mod routes;
mod tls;
mod token;

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::Mutex;
use url::Url;

use self::bounds::Bounds;
pub use self::bounds::{KIT_TIMEOUT, LONGEST_URL};
pub use self::credentials::AuthError;
use self::credentials::{Credentials, Sent};
pub use self::failure::{Failure, FailureKind};
use self::halt::Halt;
use self::intake::Intake;
pub use self::message::{Answer, Cut, Outgoing, path_and_query};
use self::patience::Patience;
pub use self::reach::{Reached, addresses, connect};
use self::reuse::Connections;
use self::routes::Routes;
pub use self::token::TokenError;
use crate::config::{Access, Header, Limits};
use crate::evidence::{Body, Draft, Log, Message, Request, keep_body, keep_packed_body};

/// How the harness calls itself.
const USER_AGENT: &str = concat!("tmfctk/", env!("CARGO_PKG_VERSION"));

/// The client can't be built: no request can be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A header of the configuration is no HTTP header.
    #[error("header `{name}` is no valid HTTP header: {reason}")]
    Header {
        /// The header's name.
        name: String,
        /// Why not; never the value.
        reason: String,
    },
    /// A file of certificates or keys can't be used.
    #[error("{key} {} can't be used: {reason}", file.display())]
    Pem {
        /// The key of the configuration.
        key: &'static str,
        /// The file.
        file: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The TLS library or the system's certificates are unusable.
    #[error("can't set up HTTP: {0} (does this system have CA certificates installed?)")]
    Build(String),
}

/// Sends requests to the target and records each.
#[derive(Debug)]
pub struct Client {
    routes: Routes,
    credentials: Credentials,
    log: Arc<Log>,
    limits: Limits,
    bounds: Bounds,
    sent: AtomicUsize,
    /// Answers whose coding was taken off.
    uncoded: AtomicUsize,
    /// The first answer that shows a cache, and what shows it.
    cache: OnceLock<String>,
    user_headers: HeaderMap,
    pace: Option<Mutex<Instant>>,
    patience: Patience,
    connections: Connections,
    halt: Halt,
    liveness: Url,
    keep_foreign: bool,
    read_only: bool,
}

impl Client {
    /// A client for one run. `liveness` is what a target that never answered is asked for last. Fails where
    /// TLS can't be set up or a header is not valid.
    pub fn new(
        limits: &Limits,
        headers: &[Header],
        access: &Access,
        keep_foreign: bool,
        liveness: Url,
        log: Arc<Log>,
    ) -> Result<Self, ClientError> {
        let mut user_headers = HeaderMap::new();
        for header in headers {
            let invalid = |reason: String| ClientError::Header {
                name: header.name.clone(),
                reason,
            };
            let name = HeaderName::try_from(&header.name).map_err(|e| invalid(e.to_string()))?;
            let mut value = HeaderValue::from_str(header.value.expose())
                .map_err(|_| invalid("its value has characters that no header may have".into()))?;
            value.set_sensitive(true);
            user_headers.append(name, value);
        }
        let bounds = Bounds::new(limits);
        let pace = limits.rate.map(|_| Mutex::new(Instant::now()));
        Ok(Self {
            routes: Routes::new(access, &liveness, &bounds)?,
            credentials: Credentials::new(access, limits.timeout)?,
            log,
            limits: limits.clone(),
            bounds,
            sent: AtomicUsize::new(0),
            uncoded: AtomicUsize::new(0),
            cache: OnceLock::new(),
            user_headers,
            pace,
            patience: Patience::default(),
            connections: Connections::default(),
            halt: Halt::new(limits),
            liveness,
            keep_foreign,
            read_only: false,
        })
    }

    /// The client that sends nothing that changes the target, where the run is read-only.
    #[must_use]
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.read_only = read_only;
        if read_only {
            self.log.ownership.renounce();
        }
        self
    }

    /// How many requests may have come to the target, answered or not.
    pub fn sent(&self) -> usize {
        self.sent.load(Ordering::Relaxed)
    }

    /// The log that every exchange goes to.
    pub fn log(&self) -> &Arc<Log> {
        &self.log
    }

    /// The proxy by which a URL is asked.
    pub fn proxy(&self, url: &Url) -> Option<&Url> {
        self.routes.proxy(url).map(|proxy| &proxy.url)
    }

    /// The proxy by which a URL is asked where the proxy itself may answer, since no TLS keeps it
    /// from that.
    pub fn plain_proxy(&self, url: &Url) -> Option<&Url> {
        self.proxy(url).filter(|_| url.scheme() == "http")
    }

    /// Sends a request as [`Self::send_once`] does, and again where the answer asks to come back
    /// later (429, or 503 with Retry-After): after that time, as long as it is not too much. Every
    /// try is recorded. A content coding is taken off the body.
    pub async fn send(&self, outgoing: Outgoing) -> Result<Answer, Failure> {
        let answer = self.send_patiently(outgoing).await?;
        Ok(self.uncoded(answer))
    }

    async fn send_patiently(&self, outgoing: Outgoing) -> Result<Answer, Failure> {
        for _ in 1..patience::TRIES {
            self.patience.wait().await;
            let answer = self.send_once(outgoing.clone()).await?;
            let retry_after = answer.header("retry-after");
            let asked = patience::asked(answer.status, retry_after, Timestamp::now());
            let Some(asked) = asked else {
                return Ok(answer);
            };
            if !self.patience.grant(tokio::time::Instant::now(), asked) {
                return Ok(answer);
            }
        }
        self.patience.wait().await;
        self.send_once(outgoing).await
    }

    /// Why nothing is sent any more: the target stopped answering, or a limit of the run is
    /// reached.
    pub fn halted(&self) -> Option<String> {
        self.halt.reason()
    }

    /// Sends nothing more, for that reason.
    pub fn end(&self, reason: String) {
        self.halt.end(reason);
    }

    /// Whether a limit of the run as a whole is reached.
    pub fn limited(&self) -> bool {
        self.halt.limited()
    }

    /// From now on requests only remove what the run left: no limit of the run holds for them, and
    /// a target that stopped answering is tried once more.
    pub fn clean_up(&self) {
        self.halt.clean_up();
    }

    /// Sends one request, unless it has to be sent again for a reason that is no answer of the
    /// target's, and reads the answer up to the parse cap.
    ///
    /// Fails only where no status line and headers came; a body that breaks off is an answer
    /// whose `cut` says why. Where the run has ended ([`Self::halted`]) or is not to do that
    /// ([`Self::permits`]) nothing is sent.
    pub async fn send_once(&self, outgoing: Outgoing) -> Result<Answer, Failure> {
        self.permits(&outgoing)?;
        self.wait_for_turn().await;
        self.halt.admit(&outgoing.method)?;
        let sent = self.with_credentials(&outgoing).await;
        if self.note(&sent) {
            self.ask_whether_it_is_there().await;
        }
        sent
    }

    /// Notes whether an answer came; whether the target is in doubt now.
    fn note(&self, sent: &Result<Answer, Failure>) -> bool {
        match sent {
            // An answer that never ends is none.
            Ok(answer) if matches!(answer.cut, Some(Cut::TimedOut(_))) => self.halt.silence(),
            Ok(answer) => {
                let read = (answer.method == "GET").then_some(&answer.url);
                self.halt.heard(read);
                false
            }
            Err(failure) if failure.message.contains(KIT_TIMEOUT) => self.halt.long_silence(),
            Err(failure) if failure.kind.is_silence() => self.halt.silence(),
            Err(_) => {
                self.halt.heard(None);
                false
            }
        }
    }

    /// Asks a target that fell silent once more for what it answered before, and gives it up where
    /// that gets no answer either. Requests that stall one by one don't make a target silent.
    async fn ask_whether_it_is_there(&self) {
        let _asking = self.halt.asking.lock().await;
        let (url, grace) = self.halt.known();
        let url = url.unwrap_or_else(|| self.liveness.clone());
        let until = tokio::time::Instant::now() + grace;
        while self.halt.in_doubt() {
            let sent = self
                .with_credentials(&Outgoing::new("GET", url.clone()))
                .await;
            let now = tokio::time::Instant::now();
            if !self.note(&sent) {
                return;
            }
            if now >= until {
                self.halt.give_up();
            } else {
                tokio::time::sleep_until(until.min(now + halt::RETURN / 10)).await;
            }
        }
    }

    /// One request, where it says so `apart`: on a connection of its own.
    async fn attempt_once(
        &self,
        outgoing: &Outgoing,
        sent: &Sent,
        apart: bool,
    ) -> Result<Answer, Failure> {
        let index = self.log.reserve();
        let headers = self.headers_of(outgoing, sent);
        let started_at = Timestamp::now().to_string();
        let started = Instant::now();
        let received = match tokio::time::timeout(
            self.bounds.exchange(outgoing.of_the_kit),
            self.exchange(outgoing, headers.clone(), sent, apart),
        )
        .await
        {
            Ok(received) => received,
            Err(_) => {
                let text = self.bounds.unfinished(outgoing.of_the_kit);
                Err((FailureKind::Timeout, text))
            }
        };
        match &received {
            Err((FailureKind::Timeout | FailureKind::Limit, text)) => self.bounds.note(text),
            Ok(Received { cut: Some(cut), .. }) if cut.by_a_limit() => self.bounds.note(cut.text()),
            _ => {}
        }
        if !matches!(&received, Err((kind, _)) if kind.is_unsent()) {
            self.sent.fetch_add(1, Ordering::Relaxed);
        }
        let duration = started.elapsed();
        let request = Request {
            method: outgoing.method.clone(),
            url: outgoing.shown_url(sent),
            message: self.sent_message(&headers, &outgoing.body.clone().unwrap_or_default().into()),
        };
        match received {
            Ok(received) => {
                self.routes.note_answer(&outgoing.url);
                self.note_cache(outgoing, &received.headers);
                let ownership = if self.keep_foreign || outgoing.method == "POST" {
                    None
                } else {
                    Some(&self.log.ownership)
                };
                let encoding = received.headers.iter();
                let encoding = encoding
                    .rev()
                    .find(|(name, _)| name.eq_ignore_ascii_case("content-encoding"))
                    .map(|(_, value)| value.as_str());
                let cap = self.limits.keep_bytes;
                let kept = keep_packed_body(&received.body, encoding, ownership, cap);
                let size = received.body.len();
                let mut message = kept.into_message(received.headers.clone(), size);
                message.body_truncated |= received.cut.is_some();
                message.body_sha256 = message.body_truncated.then(|| received.body.sha256_hex());
                let error = received.cut.as_ref().map(|cut| cut.text().to_owned());
                let response = Some((received.status, message));
                self.log.store(
                    index,
                    Draft {
                        request,
                        response,
                        started_at,
                        duration,
                        first_byte: received.first_byte,
                        error,
                    },
                );
                Ok(Answer {
                    index,
                    method: outgoing.method.clone(),
                    url: outgoing.url.clone(),
                    status: received.status,
                    headers: received.headers,
                    body: received.body,
                    cut: received.cut,
                    duration,
                })
            }
            Err((kind, message)) => {
                let error = Some(message.clone());
                self.log.store(
                    index,
                    Draft {
                        request,
                        response: None,
                        started_at,
                        duration,
                        first_byte: None,
                        error,
                    },
                );
                Err(Failure {
                    exchange: Some(index),
                    kind,
                    message,
                })
            }
        }
    }

    async fn exchange(
        &self,
        outgoing: &Outgoing,
        headers: HeaderMap,
        sent: &Sent,
        apart: bool,
    ) -> Result<Received, (FailureKind, String)> {
        let started = Instant::now();
        let url = sent.urls(&outgoing.url).map(|(url, _)| url);
        let url = url.as_ref().unwrap_or(&outgoing.url);
        let length = match &outgoing.wire_target {
            Some(target) => url.origin().ascii_serialization().len() + target.len(),
            None => url.as_str().len(),
        };
        if length > LONGEST_URL {
            return Err((FailureKind::Limit, Bounds::over_long()));
        }
        if let Some(target) = &outgoing.wire_target {
            return self
                .exchange_by_hand(outgoing, target, &headers, sent)
                .await;
        }
        let method = reqwest::Method::from_bytes(outgoing.method.as_bytes())
            .map_err(|e| (FailureKind::Protocol, e.to_string()))?;
        let client = self.routes.client(url, apart);
        let client = client.map_err(|error| (FailureKind::Tls, error.to_string()))?;
        let mut request = client.request(method, url.clone()).headers(headers);
        if let Some(body) = &outgoing.body {
            request = request.body(body.clone());
        }
        let of_the_kit = outgoing.of_the_kit;
        let sending = tokio::time::timeout(self.bounds.first_byte(of_the_kit), request.send());
        let mut response = match sending.await {
            Ok(sent) => sent.map_err(|error| self.explain(error, url))?,
            Err(_) => {
                let text = self.bounds.no_beginning(of_the_kit);
                return Err((FailureKind::Timeout, text));
            }
        };
        let first_byte = Some(started.elapsed());
        if !apart && self.routes.at_home(url) {
            self.connections.note_answer(&response);
        }
        let status = response.status().as_u16();
        if let Some(refused) = self.routes.refused_by_proxy(url, status) {
            return Err(refused);
        }
        let headers = pairs(response.headers());
        if let Some(text) = self.bounds.over_head(&headers) {
            return Err((FailureKind::Limit, text));
        }
        let said = response.content_length().unwrap_or(0);
        let mut body = Intake::new(self.limits.parse_bytes, self.limits.most_plain, said);
        let cut = loop {
            let left = self.bounds.exchange(of_the_kit);
            let left = left.saturating_sub(started.elapsed());
            match tokio::time::timeout(left, response.chunk()).await {
                Ok(Ok(Some(chunk))) => {
                    if body.take(&chunk).is_err() {
                        break Some(Cut::OverCap(self.bounds.over_cap()));
                    }
                }
                Ok(Ok(None)) => break None,
                Ok(Err(error)) => break Some(Cut::Broken(self.routes.classify(error, url).1)),
                Err(_) => break Some(Cut::TimedOut(self.bounds.unfinished(of_the_kit))),
            }
        };
        Ok(Received {
            status,
            headers,
            body: body.finish(),
            cut,
            first_byte,
        })
    }

    async fn exchange_by_hand(
        &self,
        outgoing: &Outgoing,
        target: &[u8],
        headers: &HeaderMap,
        sent: &Sent,
    ) -> Result<Received, (FailureKind, String)> {
        let keyed = match sent {
            Sent::Query(name, key) => Some(query::bytes_with_key(target, name, key.expose())),
            _ => None,
        };
        let mut headers = headers.clone();
        headers
            .entry("user-agent")
            .or_insert(HeaderValue::from_static(USER_AGENT));
        let request = raw_connection::RawExchange {
            url: &outgoing.url,
            method: &outgoing.method,
            target: keyed.as_deref().unwrap_or(target),
            headers: &pairs(&headers),
            body: outgoing.body.as_deref(),
            of_the_kit: outgoing.of_the_kit,
        };
        let answer = raw_connection::send(request, &self.routes, &self.bounds).await;
        let answer = answer.map_err(|trouble| self.routes.with_doubt(trouble, &outgoing.url))?;
        if let Some(text) = self.bounds.over_head(&answer.headers) {
            return Err((FailureKind::Limit, text));
        }
        if let Some(refused) = self.routes.refused_by_proxy(&outgoing.url, answer.status) {
            return Err(refused);
        }
        Ok(Received {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
            cut: answer
                .truncated
                .then(|| Cut::OverCap(self.bounds.over_cap())),
            first_byte: None,
        })
    }

    /// What kind of trouble it is that no answer came; a limit of ours is named.
    fn explain(&self, error: reqwest::Error, url: &Url) -> (FailureKind, String) {
        if error.is_connect() && error.is_timeout() {
            return (FailureKind::Timeout, self.bounds.no_connection());
        }
        let (kind, text) = self.routes.classify(error, url);
        match kind {
            FailureKind::Limit => (kind, self.bounds.head_too_large()),
            _ => (kind, text),
        }
    }

    fn headers_of(&self, outgoing: &Outgoing, sent: &Sent) -> HeaderMap {
        let mut headers = if self.goes_home(outgoing) {
            self.user_headers.clone()
        } else {
            HeaderMap::new()
        };
        for (name, value) in &outgoing.headers {
            if let (Ok(name), Ok(value)) = (
                HeaderName::try_from(name.as_str()),
                HeaderValue::try_from(value.as_str()),
            ) {
                headers.insert(name, value);
            }
        }
        sent.add_to(&mut headers);
        headers
            .entry("accept-encoding")
            .or_insert(HeaderValue::from_static("identity"));
        // The target is judged, and no cache before it.
        headers
            .entry("cache-control")
            .or_insert(HeaderValue::from_static("no-cache"));
        headers
    }

    fn sent_message(&self, headers: &HeaderMap, body: &Body) -> Message {
        keep_body(body, None, self.limits.keep_bytes).into_message(pairs(headers), body.len())
    }

    /// With a rate, requests leave at even distances.
    async fn wait_for_turn(&self) {
        let (Some(pace), Some(rate)) = (&self.pace, self.limits.rate) else {
            return;
        };
        let turn = {
            let mut next = pace.lock().await;
            let turn = (*next).max(Instant::now());
            *next = turn + Duration::from_secs_f64(1.0 / rate);
            turn
        };
        tokio::time::sleep_until(turn.into()).await;
    }
}

/// Name and value of each header; bytes that are no UTF-8 are replaced.
fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect()
}

struct Received {
    status: u16,
    headers: Vec<(String, String)>,
    body: Body,
    cut: Option<Cut>,
    first_byte: Option<Duration>,
}
