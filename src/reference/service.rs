//! From an HTTP request to its answer, past the decision points that are the same for all
//! operations.

use std::sync::atomic::{AtomicU64, Ordering};

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, header};
use parking_lot::Mutex;

use super::call::{Call, Route, pairs};
use super::effect::Behaviour;
use super::operations::{Context, perform};
use super::reply::Reply;
use super::settings::Settings;
use super::store::Store;

/// Bytes of a body that are read at most.
const BODY_LIMIT: usize = 16 * 1024 * 1024;

/// A running server, without its socket.
#[derive(Debug)]
pub(super) struct Service {
    behaviour: Behaviour,
    settings: Settings,
    store: Mutex<Store>,
    served: AtomicU64,
    /// `host:port` to be used where a request does not say how the client calls the server.
    authority: String,
}

impl Service {
    /// A server with all that makes it up.
    pub(super) fn new(
        behaviour: Behaviour,
        settings: Settings,
        store: Store,
        authority: String,
    ) -> Self {
        Self {
            behaviour,
            settings,
            store: Mutex::new(store),
            served: AtomicU64::new(0),
            authority,
        }
    }

    /// Answers one request.
    pub(super) async fn serve(&self, request: Request<Body>) -> Response<Body> {
        let reply = match self.read(request).await {
            Ok(call) => self.answer(call),
            Err(refusal) => *refusal,
        };
        if !self.settings.latency.is_zero() {
            tokio::time::sleep(self.settings.latency).await;
        }
        reply.into_response()
    }

    async fn read(&self, request: Request<Body>) -> Result<Call, Box<Reply>> {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, BODY_LIMIT).await.map_err(|_| {
            let message = format!("the body is larger than {BODY_LIMIT} bytes");
            Box::new(Reply::error(413, "bodyTooLarge", message))
        })?;
        let host = parts.headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        let authority = host
            .filter(|host| is_authority(host))
            .unwrap_or(&self.authority);
        Ok(Call {
            number: self.served.fetch_add(1, Ordering::Relaxed),
            method: parts.method,
            route: Route::parse(parts.uri.path()),
            query: pairs(parts.uri.query().unwrap_or("")),
            headers: parts.headers.clone(),
            body,
            origin: format!("http://{authority}"),
            target: parts
                .uri
                .path_and_query()
                .map(ToString::to_string)
                .unwrap_or_default(),
        })
    }

    fn answer(&self, mut call: Call) -> Reply {
        self.behaviour.on_request(&mut call);
        let mut store = self.store.lock();
        let mut reply = if self.lacks_credential(&call) {
            let message = "the request does not say who sends it";
            Reply::error(401, "unauthenticated", message).with("www-authenticate", "Bearer")
        } else {
            let own = self.behaviour.answer(&call, &mut store);
            own.unwrap_or_else(|| perform(self.context(&call, &mut store)))
        };
        self.behaviour.on_response(&call, &mut reply);
        if let Some((happening, record)) = self.behaviour.spurious_event(&call, &reply) {
            self.context(&call, &mut store)
                .publish(happening, &record, &[]);
        }
        reply
    }

    fn lacks_credential(&self, call: &Call) -> bool {
        let wanted = self.settings.credential.as_deref();
        wanted.is_some_and(|name| !call.headers.contains_key(name))
    }

    fn context<'a>(&'a self, call: &'a Call, store: &'a mut Store) -> Context<'a> {
        Context {
            call,
            behaviour: &self.behaviour,
            settings: &self.settings,
            store,
        }
    }
}

/// Whether a Host header can stand in a link.
fn is_authority(text: &str) -> bool {
    let known = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
    !text.is_empty() && text.bytes().all(known)
}
