//! By which way a request leaves: with which TLS settings, by which proxy.
//!
//! All that is sent goes by these ways, whichever code writes it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use rustls::ClientConfig;
use url::{Origin, Url};

use super::failure::{self, ClientError, FailureKind};
use super::limit_log::LimitLog;
use super::tls::{Material, Tls};
use crate::config::{Access, Proxies, Proxy};
use parking_lot::Mutex;

/// How the harness calls itself.
pub(super) const USER_AGENT: &str = concat!("tmfctk/", env!("CARGO_PKG_VERSION"));

/// How long a connection is kept for the next request: shorter than servers keep idle ones.
pub(super) const IDLE: Duration = Duration::from_secs(1);

/// The ways of one run.
#[derive(Debug)]
pub(super) struct Routes {
    home: Origin,
    proxies: Proxies,
    connect: Duration,
    max_headers: usize,
    material: Material,
    tls: OnceLock<Tls>,
    clients: Mutex<HashMap<Way, reqwest::Client>>,
    /// Whether the target answered anything over TLS.
    answered: AtomicBool,
}

/// What makes one way another than the next.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Way {
    at_home: bool,
    secure: bool,
    tunnelled: bool,
    apart: bool,
    proxy: Option<Proxy>,
}

impl Routes {
    pub(super) fn new(
        access: &Access,
        target: &Url,
        limits: &LimitLog,
    ) -> Result<Self, ClientError> {
        // An error means that another run in this process has installed it before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let routes = Self {
            home: target.origin(),
            proxies: access.proxies.clone(),
            connect: limits.connect(),
            max_headers: limits.max_headers(),
            material: Material::read(&access.tls)?,
            tls: OnceLock::new(),
            clients: Mutex::default(),
            answered: AtomicBool::new(false),
        };
        // What can't be set up is to be known before the first request.
        routes.client(target, false)?;
        Ok(routes)
    }

    /// Whether a URL is of the target: credentials go nowhere else.
    pub(super) fn at_home(&self, url: &Url) -> bool {
        url.origin() == self.home
    }

    /// The proxy by which a URL is reached.
    pub(super) fn proxy(&self, url: &Url) -> Option<&Proxy> {
        self.proxies.of(url)
    }

    /// What is trusted and shown to an origin.
    pub(super) fn tls(&self, at_home: bool) -> Result<Arc<ClientConfig>, ClientError> {
        let tls = match self.tls.get() {
            Some(tls) => tls,
            None => {
                let built = self.material.build()?;
                self.tls.get_or_init(|| built)
            }
        };
        Ok(Arc::clone(if at_home { &tls.home } else { &tls.abroad }))
    }

    /// The client by which a URL is asked, where need be on a connection of its own.
    pub(super) fn client(&self, url: &Url, apart: bool) -> Result<reqwest::Client, ClientError> {
        let proxy = self.proxy(url);
        let secure = |url: &Url| url.scheme() == "https";
        let way = Way {
            at_home: self.at_home(url),
            tunnelled: secure(url),
            apart,
            secure: secure(url) || proxy.is_some_and(|proxy| secure(&proxy.url)),
            proxy: proxy.cloned(),
        };
        let known = |ways: &HashMap<Way, reqwest::Client>| ways.get(&way).cloned();
        if let Some(client) = known(&self.clients()) {
            return Ok(client);
        }
        let client = self.build(&way)?;
        self.clients().insert(way, client.clone());
        Ok(client)
    }

    fn build(&self, way: &Way) -> Result<reqwest::Client, ClientError> {
        let build = |error: reqwest::Error| {
            let text = failure::chain(&error.without_url());
            ClientError::Build(text)
        };
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .retry(reqwest::retry::never())
            .no_proxy()
            .connect_timeout(self.connect)
            .pool_idle_timeout(IDLE)
            .http1_max_headers(self.max_headers)
            .user_agent(USER_AGENT);
        if way.apart {
            builder = builder.pool_max_idle_per_host(0);
        }
        if let Some(proxy) = &way.proxy {
            let mut through = reqwest::Proxy::all(proxy.url.as_str()).map_err(build)?;
            if let Some(user) = &proxy.user {
                through = through.basic_auth(&user.name, user.password.expose());
            }
            builder = builder.proxy(through);
            if !way.tunnelled {
                // The connection is the proxy's own, which may close it at any time: a request on
                // one that was just closed would be held against the target.
                builder = builder.pool_max_idle_per_host(0);
            }
        }
        let builder = if way.secure {
            let tls = self.tls(way.at_home)?;
            builder.tls_backend_preconfigured(ClientConfig::clone(&tls))
        } else {
            // Reading the system's certificates takes longer than a whole local run.
            builder.tls_certs_only([])
        };
        builder.build().map_err(build)
    }

    /// An answer came from there.
    pub(super) fn note_answer(&self, url: &Url) {
        if url.scheme() == "https" && self.at_home(url) {
            self.answered.store(true, Ordering::Relaxed);
        }
    }

    /// What kind of trouble an error of the HTTP library is on the way to a URL.
    pub(super) fn classify(&self, error: reqwest::Error, url: &Url) -> (FailureKind, String) {
        self.with_doubt(failure::classify(error, self.proxy(url)), url)
    }

    /// An answer that is the proxy's own, and no word of the target's.
    pub(super) fn refused_by_proxy(&self, url: &Url, status: u16) -> Option<(FailureKind, String)> {
        let proxy = self.proxy(url)?;
        let own = url.scheme() == "http" && status == 407;
        own.then(|| (FailureKind::Proxy, failure::proxy_refuses(proxy)))
    }

    /// Whose fault a broken connection is: a server that wants a client certificate may hang up
    /// instead of saying so, and what a proxy without a tunnel breaks off says nothing of the
    /// target.
    pub(super) fn with_doubt(
        &self,
        (kind, text): (FailureKind, String),
        url: &Url,
    ) -> (FailureKind, String) {
        let lacking = self.tls.get().is_some_and(Tls::lacks_identity);
        let never = !self.answered.load(Ordering::Relaxed);
        if kind == FailureKind::Broken && lacking && never && self.at_home(url) {
            return (FailureKind::Tls, failure::no_identity(&text));
        }
        if let Some(proxy) = self.proxy(url)
            && kind == FailureKind::Broken
            && url.scheme() == "http"
        {
            return (FailureKind::Proxy, failure::proxy_hung_up(proxy, &text));
        }
        (kind, text)
    }

    fn clients(&self) -> parking_lot::MutexGuard<'_, HashMap<Way, reqwest::Client>> {
        self.clients.lock()
    }
}
