//! A connection for one request whose target no URL type can carry.

use std::io::ErrorKind;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Url;

use super::failure::{self, FailureKind};
use super::limit_log::LimitLog;
use super::raw::{self, Caps, RawAnswer, RawRequest};
use super::routes::Routes;
use crate::config::Proxy;

type Trouble = (FailureKind, String);

/// A request whose target goes out to the byte.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawExchange<'a> {
    /// Its origin is where the request goes.
    pub(super) url: &'a Url,
    pub(super) method: &'a str,
    pub(super) target: &'a [u8],
    pub(super) headers: &'a [(String, String)],
    pub(super) body: Option<&'a [u8]>,
    /// Whether it is one of the official kit's.
    pub(super) of_the_kit: bool,
}

/// Sends a request, by the same ways as all others, and reads of the answer what the limits allow.
/// The time for the whole exchange is not watched in here.
pub(super) async fn send(
    request: RawExchange<'_>,
    routes: &Routes,
    limits: &LimitLog,
) -> Result<RawAnswer, Trouble> {
    let began = Instant::now();
    let caps = limits.caps(began, request.of_the_kit);
    let connected = timeout_at(began + limits.connect(), stand(request.url, routes)).await;
    let late = |_| (FailureKind::Timeout, limits.no_connection());
    let answer = match connected.map_err(late)?? {
        Connection::Plain(mut stream) => exchange(&mut stream, request, routes, &caps).await,
        Connection::Tls(mut stream) => exchange(&mut *stream, request, routes, &caps).await,
        Connection::TlsInTls(mut stream) => exchange(&mut *stream, request, routes, &caps).await,
    };
    answer.map_err(|error| match error.kind() {
        ErrorKind::TimedOut => (
            FailureKind::Timeout,
            limits.no_beginning(request.of_the_kit),
        ),
        ErrorKind::FileTooLarge => (FailureKind::Limit, limits.head_too_large()),
        ErrorKind::InvalidData | ErrorKind::InvalidInput => {
            failure::of_io(&error, FailureKind::Protocol)
        }
        _ => failure::of_io(&error, FailureKind::Broken),
    })
}

/// A connection over which a request can be written.
enum Connection {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
    /// To a target behind a proxy that is spoken to over TLS as well.
    TlsInTls(Box<TlsStream<TlsStream<TcpStream>>>),
}

/// Connects to the target, or to the proxy before it.
async fn stand(url: &Url, routes: &Routes) -> Result<Connection, Trouble> {
    let secure = url.scheme() == "https";
    let tls = || routes.tls(routes.at_home(url)).map_err(unusable);
    let Some(proxy) = routes.proxy(url) else {
        let stream = connect(url).await;
        let stream = stream.map_err(|error| failure::of_io(&error, FailureKind::Connect))?;
        return Ok(if secure {
            Connection::Tls(Box::new(secured(stream, url, tls()?).await?))
        } else {
            Connection::Plain(stream)
        });
    };
    let mut stream = connect(&proxy.url).await.map_err(|error| {
        let text = failure::proxy_unreachable(proxy, &error.to_string());
        (FailureKind::Proxy, text)
    })?;
    if proxy.url.scheme() == "https" {
        let config = routes.tls(false).map_err(unusable)?;
        let mut stream = secured(stream, &proxy.url, config).await?;
        if !secure {
            return Ok(Connection::Tls(Box::new(stream)));
        }
        tunnel(&mut stream, url, proxy).await?;
        let stream = secured(stream, url, tls()?).await?;
        return Ok(Connection::TlsInTls(Box::new(stream)));
    }
    if !secure {
        return Ok(Connection::Plain(stream));
    }
    tunnel(&mut stream, url, proxy).await?;
    Ok(Connection::Tls(Box::new(
        secured(stream, url, tls()?).await?,
    )))
}

/// One exchange over a connection. A proxy without a tunnel is told the whole URL, and who asks.
async fn exchange(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    request: RawExchange<'_>,
    routes: &Routes,
    caps: &Caps,
) -> std::io::Result<RawAnswer> {
    let url = request.url;
    let mut headers = Vec::new();
    let mut target = Vec::new();
    if let Some(proxy) = routes.proxy(url).filter(|_| url.scheme() != "https") {
        headers = authorization(proxy);
        target = url.origin().ascii_serialization().into_bytes();
    }
    target.extend_from_slice(request.target);
    headers.extend_from_slice(request.headers);
    if !url.username().is_empty() {
        // As the ordinary client does with a user in the URL.
        let decoded = |text: &str| {
            let text = percent_encoding::percent_decode_str(text);
            text.decode_utf8_lossy().into_owned()
        };
        let password = decoded(url.password().unwrap_or_default());
        let value = basic(&decoded(url.username()), &password);
        headers.push(("authorization".to_owned(), value));
    }
    let host = url.host_str().unwrap_or_default();
    let host = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    let raw = RawRequest {
        method: request.method,
        target: &target,
        host: &host,
        headers: &headers,
        body: request.body,
    };
    raw::exchange(stream, &raw, caps).await
}

async fn connect(url: &Url) -> std::io::Result<TcpStream> {
    let name = bare(url.host_str().unwrap_or_default());
    let port = url.port_or_known_default().unwrap_or(80);
    TcpStream::connect((name, port)).await
}

/// An IPv6 address without its brackets.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

async fn secured<S: AsyncRead + AsyncWrite + Unpin>(
    stream: S,
    url: &Url,
    config: Arc<ClientConfig>,
) -> Result<TlsStream<S>, Trouble> {
    let tls = |text: String| (FailureKind::Tls, failure::said(FailureKind::Tls, &text));
    let name = bare(url.host_str().unwrap_or_default()).to_owned();
    let server = ServerName::try_from(name).map_err(|error| tls(error.to_string()))?;
    let connected = TlsConnector::from(config).connect(server, stream).await;
    connected.map_err(|error| failure::of_io(&error, FailureKind::Tls))
}

fn unusable(error: super::ClientError) -> Trouble {
    (FailureKind::Tls, error.to_string())
}

/// Asks a proxy for a connection to the target (RFC 9110, section 9.3.6).
async fn tunnel(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    url: &Url,
    proxy: &Proxy,
) -> Result<(), Trouble> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(443);
    let target = format!("{host}:{port}");
    let headers = authorization(proxy);
    let answer = raw::connect(stream, &target, &headers).await;
    let status = answer.map_err(|error| failure::of_io(&error, FailureKind::Proxy))?;
    match status {
        200..300 => Ok(()),
        407 => Err((FailureKind::Proxy, failure::proxy_refuses(proxy))),
        _ => Err((FailureKind::Proxy, failure::no_tunnel(proxy))),
    }
}

/// Who the run is at a proxy.
fn authorization(proxy: &Proxy) -> Vec<(String, String)> {
    let user = proxy.user.as_ref();
    let value = user.map(|user| basic(&user.name, user.password.expose()));
    value
        .map(|value| ("proxy-authorization".to_owned(), value))
        .into_iter()
        .collect()
}

/// Credentials as RFC 7617 writes them.
pub(super) fn basic(user: &str, password: &str) -> String {
    let pair = BASE64_STANDARD.encode(format!("{user}:{password}"));
    format!("Basic {pair}")
}
