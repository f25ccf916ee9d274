//! Records every exchange.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use jiff::Timestamp;

use super::cache::CacheNote;
use super::credentials::Sent;
use super::transport::{Received, Transport, pairs};
use super::{Answer, Failure, FailureKind, Outgoing};
use crate::evidence::{Draft, Log, Request, keep_body, keep_packed_body};

/// Sends over the transport, times each exchange, and keeps of it what is evidence.
#[derive(Debug)]
pub(super) struct Recorder {
    pub(super) next: Transport,
    pub(super) log: Arc<Log>,
    pub(super) keep_bytes: usize,
    pub(super) keep_foreign: bool,
    /// Requests that may have come to the target, answered or not.
    pub(super) sent: AtomicUsize,
    pub(super) cache: CacheNote,
}

impl Recorder {
    /// Sends one request, where it says so on a connection of its own.
    pub(super) async fn send(
        &self,
        outgoing: &Outgoing,
        sent: &Sent,
        apart: bool,
    ) -> Result<Answer, Failure> {
        let index = self.log.reserve();
        let headers = self.next.headers_of(outgoing, sent);
        let started_at = Timestamp::now().to_string();
        let started = Instant::now();
        let exchange = self.next.send(outgoing, headers.clone(), sent, apart);
        let limits = &self.next.limits;
        let time = limits.exchange(outgoing.of_the_kit);
        let received = match tokio::time::timeout(time, exchange).await {
            Ok(received) => received,
            Err(_) => Err((FailureKind::Timeout, limits.unfinished(outgoing.of_the_kit))),
        };
        match &received {
            Err((FailureKind::Timeout | FailureKind::Limit, text)) => limits.note(text),
            Ok(Received { cut: Some(cut), .. }) if cut.by_a_limit() => limits.note(cut.text()),
            _ => {}
        }
        if !matches!(&received, Err((kind, _)) if kind.is_unsent()) {
            self.sent.fetch_add(1, Ordering::Relaxed);
        }
        let duration = started.elapsed();
        let body = outgoing.body.clone().unwrap_or_default().into();
        let mut draft = Draft {
            request: Request {
                method: outgoing.method.clone(),
                url: outgoing.shown_url(sent),
                message: keep_body(&body, None, self.keep_bytes)
                    .into_message(pairs(&headers), body.len()),
            },
            response: None,
            started_at,
            duration,
            first_byte: None,
            error: None,
        };
        let received = match received {
            Ok(received) => received,
            Err((kind, message)) => {
                draft.error = Some(message.clone());
                self.log.store(index, draft);
                return Err(Failure {
                    exchange: Some(index),
                    kind,
                    message,
                });
            }
        };
        self.next.routes.note_answer(&outgoing.url);
        self.cache.read(outgoing, &received.headers);
        let masks = !self.keep_foreign && outgoing.method != "POST";
        let ownership = masks.then_some(&self.log.ownership);
        let encoding = received.headers.iter().rev();
        let encoding = encoding
            .filter(|(name, _)| name.eq_ignore_ascii_case("content-encoding"))
            .map(|(_, value)| value.as_str())
            .next();
        let kept = keep_packed_body(&received.body, encoding, ownership, self.keep_bytes);
        let mut message = kept.into_message(received.headers.clone(), received.body.len());
        message.body_truncated |= received.cut.is_some();
        message.body_sha256 = message.body_truncated.then(|| received.body.sha256_hex());
        draft.error = received.cut.as_ref().map(|cut| cut.text().to_owned());
        draft.response = Some((received.status, message));
        draft.first_byte = received.first_byte;
        self.log.store(index, draft);
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
}
