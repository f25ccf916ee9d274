//! The listener: the one place that receives. It takes whatever comes to one of its callbacks or
//! below it, answers as instructed, and keeps what came with its time.
//!
//! There is one for a run, and each subscription has a callback of its own, distinguished by a key
//! in the path. An ingress may put a path in front of it or take one away, so the key is looked for
//! in each segment.

mod arrival;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, Response, StatusCode};
use axum::serve::ListenerExt as _;
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use url::Url;

pub use self::arrival::Arrival;
use crate::config::Events;

/// Maximum number of arrivals that are kept: a target that floods its listeners must not fill the
/// memory.
const MOST_KEPT: usize = 10_000;

/// Maximum number of bytes that all of them may take, as they came and as JSON: a few kilobytes
/// swell to a thousand times as much.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// To look at all arrivals takes less than that, unless they are a flood.
const LONG_LOOK: Duration = Duration::from_millis(5);

/// A sender of more than is kept waits that long for each answer: the run needs the time.
const FLOOD_PAUSE: Duration = Duration::from_millis(100);

/// The listener can't listen.
#[derive(Debug, thiserror::Error)]
#[error(
    "can't listen for events at {address}: {reason}; give another address or port with \
     --listener-bind, or leave events out with --no-events"
)]
pub struct ListenerError {
    /// Where it should have listened.
    pub address: SocketAddr,
    /// Why it can't.
    pub reason: String,
}

/// Receives events, once it is started.
#[derive(Debug)]
pub struct Listener {
    /// The URL below which the callbacks are; ends with a slash.
    base: Url,
    address: SocketAddr,
    shared: Arc<Shared>,
    waiting: Mutex<Option<std::net::TcpListener>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    inbox: Mutex<Vec<Arc<Arrival>>>,
    /// Bytes of the bodies in the inbox.
    bytes: AtomicUsize,
    dropped: AtomicUsize,
    /// Whether anybody has connected at all.
    reached: AtomicBool,
    /// How many have arrived: who waits is woken by a change of it.
    news: watch::Sender<usize>,
    /// The keys of all callbacks, each with what is answered there.
    answers: Mutex<HashMap<String, u16>>,
    status: u16,
}

impl Listener {
    /// Takes the address; nothing is received before [`Self::start`]. One that listens at all
    /// addresses gives the target that one by which this machine reaches it.
    ///
    /// # Errors
    /// The address is taken, or none of this machine's.
    pub fn bind(settings: &Events, target: &Url) -> Result<Self, ListenerError> {
        let wanted = settings.address();
        let failed = |error: &std::io::Error| ListenerError {
            address: wanted,
            reason: error.to_string(),
        };
        let socket = std::net::TcpListener::bind(wanted).map_err(|error| failed(&error))?;
        socket
            .set_nonblocking(true)
            .map_err(|error| failed(&error))?;
        let address = socket.local_addr().map_err(|error| failed(&error))?;
        let base = match &settings.url {
            Some(url) => url.clone(),
            None => {
                let seen_at = SocketAddr::new(seen_by(target, address.ip()), address.port());
                Url::parse(&format!("http://{seen_at}/")).map_err(|error| ListenerError {
                    address,
                    reason: error.to_string(),
                })?
            }
        };
        Ok(Self {
            base,
            address,
            shared: Arc::new(Shared {
                inbox: Mutex::default(),
                bytes: AtomicUsize::new(0),
                dropped: AtomicUsize::new(0),
                reached: AtomicBool::new(false),
                news: watch::Sender::new(0),
                answers: Mutex::default(),
                status: settings.status,
            }),
            waiting: Mutex::new(Some(socket)),
            task: Mutex::new(None),
        })
    }

    /// Begins to receive, on the current tokio runtime. Does nothing where it does already.
    ///
    /// # Errors
    /// The runtime can't take the socket.
    pub fn start(&self) -> Result<(), ListenerError> {
        let Some(socket) = self.waiting.lock().take() else {
            return Ok(());
        };
        let socket = tokio::net::TcpListener::from_std(socket).map_err(|error| ListenerError {
            address: self.address,
            reason: error.to_string(),
        })?;
        let shared = Arc::clone(&self.shared);
        let socket = socket.tap_io(move |stream| {
            shared.reached.store(true, Ordering::Relaxed);
            // Answers are small: none should wait for the next one.
            let _ = stream.set_nodelay(true);
        });
        let app = axum::Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&self.shared));
        let serving = axum::serve(socket, app);
        *self.task.lock() = Some(tokio::spawn(async {
            // It ends with the run, and has no other way to fail.
            let _ = serving.await;
        }));
        Ok(())
    }

    /// The URL below which the callbacks are.
    pub const fn base(&self) -> &Url {
        &self.base
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Opens a callback with that key: its URL. `status` is answered there, if not the usual one.
    pub fn callback(&self, key: &str, status: Option<u16>) -> String {
        self.shared
            .answers
            .lock()
            .insert(key.to_owned(), status.unwrap_or(self.shared.status));
        format!("{}{key}", self.base)
    }

    /// Whether anybody has ever connected.
    pub fn was_reached(&self) -> bool {
        self.shared.reached.load(Ordering::Relaxed)
    }

    /// All that has arrived so far, in the order in which it was complete.
    pub fn arrivals(&self) -> Vec<Arc<Arrival>> {
        self.shared.inbox.lock().clone()
    }

    /// How many came after there were too many to keep.
    pub fn dropped(&self) -> usize {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Looks at all that has arrived, again with each arrival, until `find` finds something in it
    /// or the deadline has passed. Looks once where that is in the past.
    pub async fn wait_for<T>(
        &self,
        deadline: Instant,
        mut find: impl FnMut(&[Arc<Arrival>]) -> Option<T>,
    ) -> Option<T> {
        let mut news = self.shared.news.subscribe();
        loop {
            news.mark_unchanged();
            let began = Instant::now();
            if let Some(found) = find(&self.arrivals()) {
                return Some(found);
            }
            // Whoever is flooded looks again only now and then: each look sees all that came.
            let look = began.elapsed();
            if look > LONG_LOOK {
                tokio::time::sleep_until(deadline.min(Instant::now() + look * 4)).await;
            }
            match tokio::time::timeout_at(deadline, news.changed()).await {
                Ok(Ok(())) => {}
                // Time is up. What came at the last moment was looked at.
                Ok(Err(_)) | Err(_) => return find(&self.arrivals()),
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Some(task) = self.task.lock().take() {
            task.abort();
        }
    }
}

impl Shared {
    /// The key that stands in a path, and what follows it.
    fn key_in(&self, path: &str) -> Option<(String, String)> {
        let answers = self.answers.lock();
        let mut rest = path;
        while let Some((_, after)) = rest.split_once('/') {
            let segment = after.split('/').next().unwrap_or_default();
            if answers.contains_key(segment) {
                return Some((segment.to_owned(), after[segment.len()..].to_owned()));
            }
            rest = after;
        }
        None
    }

    fn status_at(&self, key: Option<&str>) -> u16 {
        let answers = self.answers.lock();
        key.and_then(|key| answers.get(key).copied())
            .unwrap_or(self.status)
    }

    /// Keeps an arrival; `false` where there are too many.
    fn keep(&self, arrival: Arrival) -> bool {
        let weight = arrival.weight();
        {
            let mut inbox = self.inbox.lock();
            let bytes = self.bytes.load(Ordering::Relaxed) + weight;
            if inbox.len() >= MOST_KEPT || bytes > MOST_BYTES {
                self.dropped.fetch_add(1, Ordering::Relaxed);
                return false;
            }
            self.bytes.store(bytes, Ordering::Relaxed);
            inbox.push(Arc::new(arrival));
        }
        self.news.send_modify(|count| *count += 1);
        true
    }
}

/// The address by which a target sees a listener at `own`: that itself, unless it stands for all.
fn seen_by(target: &Url, own: IpAddr) -> IpAddr {
    if !own.is_unspecified() {
        return own;
    }
    // Connecting a datagram socket sends nothing: it asks the system which way it would take.
    let way = || {
        let to = target.socket_addrs(|| None).ok()?;
        let to = to.into_iter().find(|to| to.is_ipv4() || own.is_ipv6())?;
        let all: IpAddr = match to {
            SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
            SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
        };
        let socket = UdpSocket::bind((all, 0)).ok()?;
        socket.connect(to).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    way().unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

async fn receive(State(shared): State<Arc<Shared>>, request: Request<Body>) -> Response<Body> {
    let place = shared.key_in(request.uri().path());
    let status = shared.status_at(place.as_ref().map(|(key, _)| key.as_str()));
    let arrival = arrival::read(request, place, status).await;
    let answered = arrival.answered;
    if !shared.keep(arrival) {
        tokio::time::sleep(FLOOD_PAUSE).await;
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::from_u16(answered).unwrap_or(StatusCode::CREATED);
    response
}

#[cfg(test)]
mod tests;
