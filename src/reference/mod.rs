//! The embedded reference implementation: a conformant TMF683 Party Interaction Management
//! v4.0.0 server, in memory, with named faults and variants.
//!
//! It is the other side. It shares no code with the harness, so that a mistake that both make
//! can't cancel out.
//!
//! ```text
//! service { call -> effect -> operations { model, query, store } -> effect -> reply }
//! ```
//!
//! A [`Fault`] breaks one requirement; a [`Variant`] is conformant in a way of its own. Both
//! take effect at the decision points of `effect`; the server itself knows none of them.

mod call;
mod effect;
mod events;
mod faults;
mod model;
mod names;
mod operations;
mod preload;
mod query;
mod reply;
mod service;
mod settings;
mod store;
mod variants;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{Request, Response};
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use faults::{Fault, FaultInfo, faults};
pub use names::UnknownName;
pub use variants::{Variant, VariantInfo, variants};

use call::BASE_PATH;
use effect::Behaviour;
use service::Service;
use settings::Settings;
use store::Store;

/// The time for open connections to end when a server is stopped.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// The options of a server.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address to listen at, loopback by default.
    pub bind: IpAddr,
    /// The port to listen at, 0 (the default) for a free one.
    pub port: u16,
    /// What is broken, nothing by default.
    pub faults: Vec<Fault>,
    /// In which ways it is conformant, the plain one by default.
    pub variants: Vec<Variant>,
    /// How many older records there are, none by default.
    pub preload: usize,
    /// What ids and older records follow from, random by default.
    pub seed: Option<u64>,
    /// The header without which requests are refused as unauthenticated, none by default.
    pub credential: Option<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            bind: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            faults: Vec::new(),
            variants: Vec::new(),
            preload: 0,
            seed: None,
            credential: None,
        }
    }
}

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is taken or not ours.
    #[error("cannot listen at {address}")]
    Bind {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Server {
    base_url: String,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// Starts a server on the current tokio runtime.
///
/// # Errors
///
/// Fails where the address can't be listened at.
pub async fn start(options: Options) -> Result<Server, Error> {
    let address = SocketAddr::new(options.bind, options.port);
    let failed = |source| Error::Bind { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let authority = reachable(listener.local_addr().map_err(failed)?).to_string();
    let origin = format!("http://{authority}");

    let service = Arc::new(service(&options, &origin, authority));
    let app = Router::new().fallback(answer).with_state(service);
    let (stop, stopped) = oneshot::channel::<()>();
    // Answers are small: none should wait for the next one.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let serving = axum::serve(listener, app).with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    let task = tokio::spawn(async {
        // It ends when it is stopped, and has no other way to fail.
        let _ = serving.await;
    });
    Ok(Server {
        base_url: format!("{origin}{BASE_PATH}"),
        stop: Some(stop),
        task,
    })
}

/// An address at which a listener can be reached from here: one that listens at all addresses has
/// none of its own that a client could connect to everywhere.
fn reachable(listening: SocketAddr) -> SocketAddr {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listening.port())
}

fn service(options: &Options, origin: &str, authority: String) -> Service {
    let mut settings = Settings {
        preload: options.preload,
        credential: options.credential.clone(),
        ..Settings::default()
    };
    let mut effects = Vec::new();
    for variant in &options.variants {
        variant.apply(&mut settings);
        effects.extend(variant.effects());
    }
    for fault in &options.faults {
        effects.extend(fault.effects());
    }
    let mut store = Store::new(options.seed.unwrap_or_else(|| fastrand::u64(..)));
    preload::fill(
        &mut store,
        settings.preload,
        settings.flawed_preload,
        origin,
    );
    Service::new(Behaviour::new(effects), settings, store, authority)
}

async fn answer(State(service): State<Arc<Service>>, request: Request<Body>) -> Response<Body> {
    service.serve(request).await
}

impl Server {
    /// The URL below which the API is offered, with a slash at its end.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Stops listening and ends open connections.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        if tokio::time::timeout(SHUTDOWN_TIMEOUT, &mut self.task)
            .await
            .is_err()
        {
            self.task.abort();
        }
    }

    /// Waits as long as the server runs.
    pub async fn join(mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}
