//! A connection for one request whose target no URL type can carry.

use std::io::ErrorKind;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use url::Url;

use super::failure::{self, FailureKind};
use super::raw::{self, RawAnswer, RawRequest};
use super::routes::Routes;
use crate::config::Proxy;

type Trouble = (FailureKind, String);

/// A request whose target goes out to the byte.
#[derive(Debug, Clone, Copy)]
pub(super) struct ByHand<'a> {
    /// Its origin is where the request goes.
    pub(super) url: &'a Url,
    pub(super) method: &'a str,
    pub(super) target: &'a [u8],
    pub(super) headers: &'a [(String, String)],
    pub(super) body: Option<&'a [u8]>,
    /// Bytes of the answer's body that are read at most.
    pub(super) cap: usize,
}

/// Sends a request, by the same ways as all others. There is no time limit in here.
pub(super) async fn send(request: ByHand<'_>, routes: &Routes) -> Result<RawAnswer, Trouble> {
    let Some(proxy) = routes.proxy(request.url) else {
        let stream = connect(request.url).await;
        let stream = stream.map_err(|error| failure::of_io(&error, FailureKind::Connect))?;
        return converse(stream, request, routes, None).await;
    };
    let stream = connect(&proxy.url).await.map_err(|error| {
        let text = failure::proxy_unreachable(proxy, &error.to_string());
        (FailureKind::Proxy, text)
    })?;
    if proxy.url.scheme() == "https" {
        let config = routes.tls(false).map_err(unusable)?;
        let stream = secured(stream, &proxy.url, config).await?;
        return converse(stream, request, routes, Some(proxy)).await;
    }
    converse(stream, request, routes, Some(proxy)).await
}

/// Over a connection to the target, or to the proxy before it.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    request: ByHand<'_>,
    routes: &Routes,
    proxy: Option<&Proxy>,
) -> Result<RawAnswer, Trouble> {
    let url = request.url;
    if url.scheme() == "https" {
        if let Some(proxy) = proxy {
            tunnel(&mut stream, url, proxy).await?;
        }
        let config = routes.tls(routes.at_home(url)).map_err(unusable)?;
        let mut stream = secured(stream, url, config).await?;
        return exchange(&mut stream, request, Vec::new(), request.target).await;
    }
    let Some(proxy) = proxy else {
        return exchange(&mut stream, request, Vec::new(), request.target).await;
    };
    let mut target = url.origin().ascii_serialization().into_bytes();
    target.extend_from_slice(request.target);
    exchange(&mut stream, request, authorization(proxy), &target).await
}

async fn exchange(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    request: ByHand<'_>,
    mut headers: Vec<(String, String)>,
    target: &[u8],
) -> Result<RawAnswer, Trouble> {
    let url = request.url;
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
        target,
        host: &host,
        headers: &headers,
        body: request.body,
    };
    let answer = raw::exchange(stream, &raw, request.cap).await;
    answer.map_err(|error| match error.kind() {
        ErrorKind::InvalidData | ErrorKind::InvalidInput => {
            failure::of_io(&error, FailureKind::Protocol)
        }
        _ => failure::of_io(&error, FailureKind::Broken),
    })
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
