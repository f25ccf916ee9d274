//! One exchange over the network: connecting, sending, reading within the limits.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::body_collector::BodyCollector;
use super::connections::Connections;
use super::credentials::Sent;
use super::limit_log::{LONGEST_URL, LimitLog};
use super::raw_connection::Framing;
use super::routes::{Routes, USER_AGENT};
use super::{FailureKind, Outgoing, Truncation, query, raw_connection};
use crate::evidence::Body;

/// Sends over connections that the HTTP library keeps, or over a raw one.
#[derive(Debug)]
pub(super) struct Transport {
    pub(super) routes: Arc<Routes>,
    pub(super) limits: Arc<LimitLog>,
    pub(super) connections: Arc<Connections>,
    pub(super) user_headers: HeaderMap,
    pub(super) parse_bytes: usize,
    pub(super) most_plain: usize,
}

/// What came back, whole or as far as it was read.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Body,
    pub(super) cut: Option<Truncation>,
    pub(super) first_byte: Option<Duration>,
}

impl Transport {
    /// Whether the user's headers and credentials go with a request.
    pub(super) fn with_user_headers(&self, outgoing: &Outgoing) -> bool {
        outgoing.with_user_headers && self.routes.at_home(&outgoing.url)
    }

    /// One exchange, where it says so on a connection of its own.
    pub(super) async fn send(
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
            return Err((FailureKind::Limit, LimitLog::over_long()));
        }
        let of_the_kit = outgoing.of_the_kit;
        let sending = async {
            match &outgoing.wire_target {
                Some(target) => Box::pin(self.send_raw(outgoing, target, headers, sent)).await,
                None => self.send_url(outgoing, url, headers, apart).await,
            }
        };
        let sending = tokio::time::timeout(self.limits.first_byte(of_the_kit), sending);
        let mut response = match sending.await {
            Ok(sent) => sent?,
            Err(_) => {
                let text = self.limits.no_beginning(of_the_kit);
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
        let mut headers = pairs(response.headers());
        if let Some(Framing(framing)) = response.extensions_mut().remove() {
            headers.retain(|(name, _)| !Framing::is_of(name));
            headers.extend(framing);
        }
        if let Some(text) = self.limits.over_head(&headers) {
            return Err((FailureKind::Limit, text));
        }
        let said = response.content_length().unwrap_or(0);
        let mut body = BodyCollector::new(self.parse_bytes, self.most_plain, said);
        let cut = loop {
            let left = self.limits.exchange(of_the_kit);
            let left = left.saturating_sub(started.elapsed());
            match tokio::time::timeout(left, response.chunk()).await {
                Ok(Ok(Some(chunk))) => {
                    if body.take(&chunk).is_err() {
                        break Some(Truncation::TooLarge(self.limits.over_cap()));
                    }
                }
                Ok(Ok(None)) => break None,
                Ok(Err(error)) => {
                    break Some(Truncation::Broken(self.routes.classify(error, url).1));
                }
                Err(_) => break Some(Truncation::TimedOut(self.limits.unfinished(of_the_kit))),
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

    async fn send_url(
        &self,
        outgoing: &Outgoing,
        url: &Url,
        headers: HeaderMap,
        apart: bool,
    ) -> Result<reqwest::Response, (FailureKind, String)> {
        let method = reqwest::Method::from_bytes(outgoing.method.as_bytes())
            .map_err(|e| (FailureKind::Protocol, e.to_string()))?;
        let client = self.routes.client(url, apart);
        let client = client.map_err(|error| (FailureKind::Tls, error.to_string()))?;
        let mut request = client.request(method, url.clone()).headers(headers);
        if let Some(body) = &outgoing.body {
            request = request.body(body.clone());
        }
        let sent = request.send().await;
        sent.map_err(|error| self.explain(error, url))
    }

    async fn send_raw(
        &self,
        outgoing: &Outgoing,
        target: &[u8],
        mut headers: HeaderMap,
        sent: &Sent,
    ) -> Result<reqwest::Response, (FailureKind, String)> {
        let keyed = match sent {
            Sent::Query(name, key) => Some(query::bytes_with_key(target, name, key.expose())),
            _ => None,
        };
        headers
            .entry("user-agent")
            .or_insert(HeaderValue::from_static(USER_AGENT));
        let request = raw_connection::RawExchange {
            url: &outgoing.url,
            method: &outgoing.method,
            target: keyed.as_deref().unwrap_or(target),
            headers: &pairs(&headers),
            body: outgoing.body.as_deref(),
        };
        let response = raw_connection::send(request, &self.routes, &self.limits).await;
        response.map_err(|trouble| self.routes.with_doubt(trouble, &outgoing.url))
    }

    /// What kind of trouble it is that no answer came; a limit of ours is named.
    fn explain(&self, error: reqwest::Error, url: &Url) -> (FailureKind, String) {
        if error.is_connect() && error.is_timeout() {
            return (FailureKind::Timeout, self.limits.no_connection());
        }
        let (kind, text) = self.routes.classify(error, url);
        match kind {
            FailureKind::Limit => (kind, self.limits.head_too_large()),
            _ => (kind, text),
        }
    }

    /// The headers that go with a request.
    pub(super) fn headers_of(&self, outgoing: &Outgoing, sent: &Sent) -> HeaderMap {
        let mut headers = if self.with_user_headers(outgoing) {
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
}

/// Name and value of each header; bytes that are not UTF-8 are replaced.
pub(super) fn pairs(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), text(value)))
        .collect()
}
