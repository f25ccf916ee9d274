//! The run's client: all layers, one within the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::watch;
use url::Url;

use super::authorized::Authorized;
use super::cache::CacheNote;
use super::circuit_breaker::{CircuitBreaker, Outage};
use super::connections::Connections;
use super::credentials::{AuthError, Credentials};
use super::failure::{ClientError, Failure, FailureKind};
use super::limit_log::LimitLog;
use super::message::{Answer, LONGEST_SHOWN, Outgoing};
use super::pace::{Pace, Throttle};
use super::permit::Permit;
use super::reconnect::Reconnect;
use super::record::Recorder;
use super::retry_after::RetryAfter;
use super::routes::Routes;
use super::run_limits::RunLimits;
use super::transport::Transport;
use crate::config::{Access, Header, Limits, Secret};
use crate::evidence::{Draft, Log, Message, Request, cut_off};

/// Sends requests to the target and records each.
#[derive(Debug)]
pub struct Client {
    pub(super) layers: Permit,
    routes: Arc<Routes>,
    credentials: Arc<Credentials>,
    connections: Arc<Connections>,
    run: Arc<RunLimits>,
    pub(super) limit_log: Arc<LimitLog>,
    log: Arc<Log>,
    keep_foreign: bool,
    pub(super) most_plain: usize,
    pub(super) inflate_bytes: usize,
    /// Answers whose coding was taken off.
    pub(super) uncoded: AtomicUsize,
}

impl Client {
    /// A client for one run. `collection` is what a target that never answered is asked for last.
    /// Fails where TLS can't be set up or a header is not valid.
    pub fn new(
        limits: &Limits,
        headers: &[Header],
        access: &Access,
        keep_foreign: bool,
        collection: Url,
        log: Arc<Log>,
    ) -> Result<Self, ClientError> {
        let limit_log = Arc::new(LimitLog::new(limits));
        let routes = Arc::new(Routes::new(access, &collection, &limit_log)?);
        let credentials = Arc::new(Credentials::new(access, limits.timeout)?);
        let connections = Arc::new(Connections::default());
        let run = Arc::new(RunLimits::new(limits));
        let throttle = Arc::new(Throttle::new(limits.rate));
        let transport = Transport {
            routes: Arc::clone(&routes),
            limits: Arc::clone(&limit_log),
            connections: Arc::clone(&connections),
            user_headers: user_headers(headers)?,
            parse_bytes: limits.parse_bytes,
            most_plain: limits.most_plain,
        };
        let recorder = Recorder {
            next: transport,
            log: Arc::clone(&log),
            keep_bytes: limits.keep_bytes,
            keep_foreign,
            sent: AtomicUsize::new(0),
            cache: CacheNote::default(),
        };
        let pace = Pace {
            next: recorder,
            run: Arc::clone(&run),
            throttle: Arc::clone(&throttle),
        };
        let reconnect = Reconnect {
            next: pace,
            connections: Arc::clone(&connections),
        };
        let authorized = Authorized {
            next: reconnect,
            credentials: Arc::clone(&credentials),
            routes: Arc::clone(&routes),
        };
        let retry = RetryAfter::new(authorized, Arc::clone(&run), throttle);
        let breaker =
            CircuitBreaker::new(retry, Arc::clone(&run), collection.clone(), limits.timeout);
        Ok(Self {
            layers: Permit {
                next: breaker,
                read_only: false,
                collection,
                log: Arc::clone(&log),
            },
            routes,
            credentials,
            connections,
            run,
            limit_log,
            log,
            keep_foreign,
            most_plain: limits.most_plain,
            inflate_bytes: limits.answer.inflate_bytes,
            uncoded: AtomicUsize::new(0),
        })
    }

    /// The client that sends nothing that changes the target, where the run is read-only.
    #[must_use]
    pub fn read_only(mut self, read_only: bool) -> Self {
        self.layers.read_only = read_only;
        if read_only {
            self.log.ownership.mark_creating_nothing();
        }
        self
    }

    /// Sends a request through all layers, and takes a content coding off the body.
    ///
    /// Fails only where no status line and headers came; a body that breaks off is an answer
    /// whose `cut` says why. Where the run has ended ([`Self::halted`]) or is not to do that
    /// ([`Self::permits`]) nothing is sent.
    pub async fn send(&self, outgoing: Outgoing) -> Result<Answer, Failure> {
        let answer = self.send_undecoded(outgoing).await?;
        Ok(self.uncoded(answer))
    }

    /// The same with the body as it is on the wire.
    pub async fn send_undecoded(&self, outgoing: Outgoing) -> Result<Answer, Failure> {
        self.layers.send(&outgoing).await
    }

    /// Whether the run may send this.
    ///
    /// # Errors
    /// [`FailureKind::Withheld`], with the reason; the run goes on.
    pub fn permits(&self, outgoing: &Outgoing) -> Result<(), Failure> {
        self.layers.permits(outgoing)
    }

    /// How many requests may have come to the target, answered or not.
    pub fn sent(&self) -> usize {
        self.recorder().sent.load(Ordering::Relaxed)
    }

    const fn recorder(&self) -> &Recorder {
        &self.layers.next.next.next.next.next.next
    }

    /// The log that every exchange goes to.
    pub fn log(&self) -> &Arc<Log> {
        &self.log
    }

    /// Notes that the record of an id, which an exchange shows, is not the run's own by now: what
    /// stands in it is other people's.
    pub fn disown(&self, id: &str, exchange: usize) {
        self.log.ownership.remove(id);
        if !self.keep_foreign {
            self.log.mask(exchange, id);
        }
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

    /// Gets the credentials, where they have to be got, before anything is sent to the target.
    pub async fn authenticate(&self) -> Result<(), AuthError> {
        self.credentials.current(&self.routes).await.map(drop)
    }

    /// Whether the run has credentials besides the user's headers.
    pub fn has_credentials(&self) -> bool {
        self.credentials.are_there()
    }

    /// Name and value of all credentials that the run has used so far: they are to be hidden.
    pub fn secrets(&self) -> Vec<(String, Secret)> {
        self.credentials.secrets()
    }

    /// Why nothing is sent any more: the target stopped serving, or a limit of the run is
    /// reached.
    pub fn halted(&self) -> Option<String> {
        self.run.reason()
    }

    /// Sends nothing more, for that reason.
    pub fn end(&self, reason: String) {
        self.run.end(reason);
    }

    /// Whether a limit of the run as a whole is reached.
    pub fn limited(&self) -> bool {
        self.run.limited()
    }

    /// Whether a DELETE that met the end of its connection found nothing any more when it was sent
    /// again.
    pub fn found_gone(&self, failure: &Failure) -> bool {
        let exchange = failure.exchange.and_then(|index| self.log.get(index));
        let answered = exchange.as_ref().and_then(|one| one.response.as_ref());
        failure.kind == FailureKind::Dropped
            && answered.is_some_and(|answer| matches!(answer.status, 404 | 410))
    }

    /// Where the last requests failed, finds out whether the target still serves.
    pub async fn see_whether_it_serves(&self) {
        self.layers.next.ask_at_the_end().await;
    }

    /// Where changes failed that it carried out before, finds out whether the target takes any:
    /// `create` sends one that it took.
    pub async fn see_whether_it_takes_changes<F: Future<Output = ()>>(
        &self,
        at_the_end: bool,
        create: impl Fn() -> F,
    ) {
        let breaker = &self.layers.next;
        breaker
            .see_whether_it_takes_changes(at_the_end, create)
            .await;
    }

    /// When the target did not serve. What was answered then says nothing about it.
    pub fn outages(&self) -> Vec<Outage> {
        self.layers.next.outages()
    }

    /// From now on requests only remove what the run left: no limit of the run holds for them, and
    /// a target that stopped serving is tried once more.
    pub fn clean_up(&self) {
        self.run.clean_up();
        self.layers.next.clean_up();
    }

    /// Why the run waits at the moment, if it does.
    pub fn waiting(&self) -> watch::Receiver<Option<String>> {
        self.layers.next.next.waiting()
    }

    /// How often the target asked to come back later.
    pub fn refused_as_busy(&self) -> usize {
        self.layers.next.next.refused()
    }

    /// A sentence on how the run adapted to a target that limits requests, where it does.
    pub fn note_on_pace(&self) -> Option<String> {
        self.layers.next.next.note_for_the_report()
    }

    /// A sentence on the cache before the target, where one showed.
    pub fn note_on_cache(&self) -> Option<String> {
        self.recorder().cache.text()
    }

    /// A sentence for each oddity of the way in which the credentials were got.
    pub fn notes_on_credentials(&self) -> Vec<String> {
        self.credentials.notes()
    }

    /// A sentence on connections that the target ended, where that was found.
    pub fn note_on_connections(&self) -> Option<String> {
        self.connections.note_for_the_report()
    }

    /// A sentence for each limit of an exchange that acted.
    pub fn limits_that_acted(&self) -> Vec<String> {
        let cap = self.limit_log.keep_bytes() as u64;
        let longer = |message: &Message| message.body_truncated && message.body_bytes > cap;
        let all = self.log.all();
        let whole = all.iter().filter(|exchange| exchange.error.is_none());
        let kept_in_part = whole.filter(|exchange| {
            let response = exchange.response.as_ref();
            longer(&exchange.request.message)
                || response.is_some_and(|response| longer(&response.message))
        });
        self.limit_log.notes(kept_in_part.count())
    }

    /// Notes that an answer was not judged because of a limit with these words.
    pub fn note_limit(&self, text: &str) {
        self.limit_log.note(text);
    }

    /// Records a request that is not sent, since its URL is longer than what is sent of one:
    /// `beginning` and that number of bytes `more`, where that is known.
    pub fn refuse_over_long(
        &self,
        method: &str,
        beginning: String,
        more: Option<usize>,
    ) -> Failure {
        let message = LimitLog::over_long();
        self.limit_log.note(&message);
        let index = self.log.reserve();
        self.log.store(
            index,
            Draft {
                request: Request {
                    method: method.to_owned(),
                    url: cut_off(beginning, LONGEST_SHOWN, more),
                    message: Message::default(),
                },
                response: None,
                started_at: Timestamp::now().to_string(),
                duration: Duration::ZERO,
                first_byte: None,
                error: Some(message.clone()),
            },
        );
        Failure {
            exchange: Some(index),
            kind: FailureKind::Limit,
            message,
        }
    }
}

fn user_headers(headers: &[Header]) -> Result<HeaderMap, ClientError> {
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
    Ok(user_headers)
}
