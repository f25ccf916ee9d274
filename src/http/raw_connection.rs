//! A connection for one request whose target no URL type can carry.
//!
//! The official kit's runner sends characters up to U+00FF of a path as one byte each, and dot
//! segments as they stand. URL types encode the first and resolve the second. So such a request is
//! written here, to the byte. Its response is read by hyper, as all others are.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use futures_util::future::join;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use super::failure::{self, FailureKind};
use super::limit_log::LimitLog;
use super::routes::Routes;
use crate::config::Proxy;

type Trouble = (FailureKind, String);

/// Bytes of a response that are kept as they came: Node's parser takes no larger head.
const HEAD_KEPT: usize = 32 * 1024;

/// A request whose target goes out to the byte.
#[derive(Debug, Clone, Copy)]
pub(super) struct RawExchange<'a> {
    /// Its origin is where the request goes.
    pub(super) url: &'a Url,
    pub(super) method: &'a str,
    pub(super) target: &'a [u8],
    pub(super) headers: &'a [(String, String)],
    pub(super) body: Option<&'a [u8]>,
}

/// Sends a request, by the same ways as all others; gives the response when its head is there. Only
/// the time for connecting is limited in here.
pub(super) async fn send(
    request: RawExchange<'_>,
    routes: &Routes,
    limits: &LimitLog,
) -> Result<reqwest::Response, Trouble> {
    let written = request_bytes(&request, routes.proxy(request.url))?;
    let connecting = connect(request.url, routes);
    let stream = tokio::time::timeout(limits.connect(), connecting).await;
    let stream = stream.map_err(|_| (FailureKind::Timeout, limits.no_connection()))??;
    let response = exchange(stream, request.method, &written, limits.max_headers()).await;
    response.map_err(|error| {
        if error.is_parse_too_large() {
            return (FailureKind::Limit, limits.head_too_large());
        }
        let kind = if error.is_parse() {
            FailureKind::Protocol
        } else {
            FailureKind::Broken
        };
        failure::of_error(&error, kind)
    })
}

/// Writes a request and reads the head of its response. The connection can't be used again.
async fn exchange(
    stream: impl Stream + 'static,
    method: &str,
    written: &[u8],
    max_headers: usize,
) -> hyper::Result<reqwest::Response> {
    let (reader, mut writer) = tokio::io::split(stream);
    let head = Arc::default();
    let reader = Tap {
        reader,
        head: Arc::clone(&head),
    };
    // The request that hyper writes goes nowhere.
    let io = TokioIo::new(tokio::io::join(reader, tokio::io::sink()));
    let mut builder = http1::Builder::new();
    let (mut sender, connection) = builder.max_headers(max_headers).handshake(io).await?;
    let mut request = hyper::Request::new(String::new());
    // Whether a response has a body depends on it.
    *request.method_mut() = method.parse().unwrap_or_default();
    let response = sender.send_request(request);
    let mut connection = Box::pin(connection);
    // hyper has to know of a request before a response comes.
    poll_fn(|context| match connection.as_mut().poll(context) {
        Poll::Ready(Err(error)) => Poll::Ready(Err(error)),
        Poll::Ready(Ok(())) | Poll::Pending => Poll::Ready(Ok(())),
    })
    .await?;
    tokio::spawn(connection);
    let writing = async {
        writer.write_all(written).await?;
        writer.flush().await
    };
    // A server may answer before it has read everything. Where nothing could be written, hyper meets
    // the end of the same connection.
    let (_, response) = join(writing, response).await;
    let mut response = response?;
    let framing = framing(&head.lock());
    response.extensions_mut().insert(Framing(framing));
    Ok(response.map(reqwest::Body::wrap).into())
}

/// The headers that say how long the body is, with the blanks and tabs behind their values. HTTP
/// libraries take these off, and Node's parser does not forgive a tab.
#[derive(Debug, Clone)]
pub(super) struct Framing(pub(super) Vec<(String, String)>);

impl Framing {
    /// Whether a header is one of these.
    pub(super) fn is_of(name: &str) -> bool {
        ["content-length", "transfer-encoding"]
            .iter()
            .any(|known| name.eq_ignore_ascii_case(known))
    }
}

/// Reads them from what came, before which 100 to 199 may have announced the response.
fn framing(came: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(came);
    let mut lines = text.lines();
    let is_announced = |line: &str| {
        line.split(' ')
            .nth(1)
            .is_some_and(|code| code.starts_with('1'))
    };
    while lines.next().is_some_and(is_announced) {
        lines.by_ref().find(|line| line.is_empty());
    }
    let headers = lines.take_while(|line| !line.is_empty());
    let headers = headers.filter_map(|line| line.split_once(':'));
    let framing = headers.filter(|(name, _)| Framing::is_of(name));
    framing
        .map(|(name, value)| (name.to_owned(), value.trim_start().to_owned()))
        .collect()
}

/// Keeps the beginning of what is read.
struct Tap<R> {
    reader: R,
    head: Arc<Mutex<Vec<u8>>>,
}

impl<R: AsyncRead + Unpin> AsyncRead for Tap<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.reader).poll_read(context, buffer);
        let came = &buffer.filled()[before..];
        let mut head = self.head.lock();
        let room = HEAD_KEPT.saturating_sub(head.len());
        head.extend_from_slice(&came[..came.len().min(room)]);
        read
    }
}

/// The request as it goes over the wire. To a proxy without a tunnel goes the whole URL, with the
/// credentials for the proxy.
fn request_bytes(request: &RawExchange<'_>, proxy: Option<&Proxy>) -> Result<Vec<u8>, Trouble> {
    let url = request.url;
    let mut headers = vec![("Host".to_owned(), host_and_port(url, url.port()))];
    let given = |(name, _): &(String, String)| name.eq_ignore_ascii_case("connection");
    if !request.headers.iter().any(given) {
        headers.push(("Connection".to_owned(), "close".to_owned()));
    }
    let mut message = format!("{} ", request.method).into_bytes();
    if let Some(proxy) = proxy.filter(|_| url.scheme() != "https") {
        let value = authorization(proxy);
        headers.extend(value.map(|value| ("proxy-authorization".to_owned(), value)));
        message.extend_from_slice(url.origin().ascii_serialization().as_bytes());
    }
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
    if let Some(body) = request.body {
        headers.push(("Content-Length".to_owned(), body.len().to_string()));
    }
    let ends_line = |text: &str| text.contains(['\r', '\n', '\0']);
    if request.target.is_empty()
        || request.target.iter().any(|byte| *byte <= b' ')
        || headers
            .iter()
            .any(|(name, value)| ends_line(name) || ends_line(value))
    {
        let text = "the request target or a header is not valid in HTTP";
        return Err((FailureKind::Protocol, text.to_owned()));
    }
    message.extend_from_slice(request.target);
    message.extend_from_slice(b" HTTP/1.1\r\n");
    for (name, value) in headers {
        message.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    message.extend_from_slice(b"\r\n");
    message.extend_from_slice(request.body.unwrap_or_default());
    Ok(message)
}

/// A connection, whatever it is made of.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Connects to the target, or to the proxy before it.
async fn connect(url: &Url, routes: &Routes) -> Result<Box<dyn Stream>, Trouble> {
    let secure = url.scheme() == "https";
    let unusable = |error: super::ClientError| (FailureKind::Tls, error.to_string());
    let mut stream: Box<dyn Stream>;
    if let Some(proxy) = routes.proxy(url) {
        stream = Box::new(open(&proxy.url).await.map_err(|error| {
            let text = failure::proxy_unreachable(proxy, &error.to_string());
            (FailureKind::Proxy, text)
        })?);
        if proxy.url.scheme() == "https" {
            let config = routes.tls(false).map_err(unusable)?;
            stream = secured(stream, &proxy.url, config).await?;
        }
        if secure {
            stream = tunnel(stream, url, proxy).await?;
        }
    } else {
        let opened = open(url).await;
        stream = Box::new(opened.map_err(|error| failure::of_error(&error, FailureKind::Connect))?);
    }
    if secure {
        let config = routes.tls(routes.at_home(url)).map_err(unusable)?;
        stream = secured(stream, url, config).await?;
    }
    Ok(stream)
}

async fn open(url: &Url) -> std::io::Result<TcpStream> {
    let name = bare(url.host_str().unwrap_or_default());
    let port = url.port_or_known_default().unwrap_or(80);
    TcpStream::connect((name, port)).await
}

/// An IPv6 address without its brackets.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

fn host_and_port(url: &Url, port: Option<u16>) -> String {
    let host = url.host_str().unwrap_or_default();
    match port {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

async fn secured(
    stream: Box<dyn Stream>,
    url: &Url,
    config: Arc<ClientConfig>,
) -> Result<Box<dyn Stream>, Trouble> {
    let tls = |text: String| (FailureKind::Tls, failure::said(FailureKind::Tls, &text));
    let name = bare(url.host_str().unwrap_or_default()).to_owned();
    let server = ServerName::try_from(name).map_err(|error| tls(error.to_string()))?;
    let connected = TlsConnector::from(config).connect(server, stream).await;
    let connected = connected.map_err(|error| failure::of_error(&error, FailureKind::Tls))?;
    Ok(Box::new(connected))
}

/// Asks a proxy for a connection to the target (RFC 9110, section 9.3.6).
async fn tunnel(
    stream: Box<dyn Stream>,
    url: &Url,
    proxy: &Proxy,
) -> Result<Box<dyn Stream>, Trouble> {
    let trouble = |error: hyper::Error| failure::of_error(&error, FailureKind::Proxy);
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(trouble)?;
    tokio::spawn(connection.with_upgrades());
    let target = host_and_port(url, url.port_or_known_default());
    let mut request = hyper::Request::connect(&target).header("host", &target);
    if let Some(value) = authorization(proxy) {
        request = request.header("proxy-authorization", value);
    }
    let request = request.body(String::new());
    let request = request.map_err(|error| failure::of_error(&error, FailureKind::Proxy))?;
    let response = sender.send_request(request).await.map_err(trouble)?;
    match response.status().as_u16() {
        200..300 => {
            let stream = hyper::upgrade::on(response).await.map_err(trouble)?;
            Ok(Box::new(TokioIo::new(stream)))
        }
        407 => Err((FailureKind::Proxy, failure::proxy_refuses(proxy))),
        _ => Err((FailureKind::Proxy, failure::no_tunnel(proxy))),
    }
}

/// The credentials for a proxy, if it has some.
fn authorization(proxy: &Proxy) -> Option<String> {
    let user = proxy.user.as_ref();
    user.map(|user| basic(&user.name, user.password.expose()))
}

/// Credentials as RFC 7617 writes them.
pub(super) fn basic(user: &str, password: &str) -> String {
    let pair = BASE64_STANDARD.encode(format!("{user}:{password}"));
    format!("Basic {pair}")
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, duplex};

    use super::*;

    fn request<'a>(
        url: &'a Url,
        target: &'a [u8],
        headers: &'a [(String, String)],
    ) -> RawExchange<'a> {
        RawExchange {
            url,
            method: "POST",
            target,
            headers,
            body: Some(b"{}"),
        }
    }

    /// Sends one request to a server that answers with these bytes and closes.
    async fn answered(answer: &[u8]) -> Result<(u16, Vec<u8>), String> {
        let (client, mut server) = duplex(1 << 20);
        let serving = async {
            server.read_exact(&mut [0]).await.unwrap();
            server.write_all(answer).await.unwrap();
            server.shutdown().await.unwrap();
        };
        let asking = async {
            let response = exchange(client, "POST", b"POST", 3).await;
            let response = response.map_err(|error| error.to_string())?;
            let status = response.status().as_u16();
            let body = response.bytes().await.map_err(|error| error.to_string())?;
            Ok((status, body.to_vec()))
        };
        join(serving, asking).await.1
    }

    #[test]
    fn the_target_goes_out_to_the_byte() {
        let url = Url::parse("http://h:8080/x").unwrap();
        let headers = [("Accept".to_owned(), "application/json".to_owned())];
        let bytes = request_bytes(&request(&url, b"/a/../\xfc%", &headers), None).unwrap();
        assert_eq!(
            bytes,
            b"POST /a/../\xfc% HTTP/1.1\r\nHost: h:8080\r\nConnection: close\r\nAccept: application/json\r\nContent-Length: 2\r\n\r\n{}"
        );
    }

    #[tokio::test]
    async fn responses_are_read_and_what_is_not_one_is_an_error() {
        let chunked = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        assert_eq!(answered(chunked).await.unwrap(), (200, b"abcde".to_vec()));
        let closed = b"HTTP/1.0 201 Created\r\n\r\nabc";
        assert_eq!(answered(closed).await.unwrap(), (201, b"abc".to_vec()));
        for answer in [
            &b""[..],
            b"<html>",
            b"HTTP/1.1 200 OK\r\nContent-Len",
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabc",
            b"HTTP/1.1 200 OK\r\nA: 1\r\nA: 2\r\nA: 3\r\nA: 4\r\n\r\n",
        ] {
            let shown = answer.escape_ascii();
            assert!(answered(answer).await.is_err(), "{shown}");
        }
    }

    #[test]
    fn blanks_behind_the_length_are_seen() {
        let came = b"HTTP/1.1 100 Continue\r\nA: 1\r\n\r\nHTTP/1.1 200 OK\r\nX-A: a\t\r\ncontent-length: 2 \t\r\nContent-Length:2\r\n\r\nContent-Length: 3";
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let expected = [pair("content-length", "2 \t"), pair("Content-Length", "2")];
        assert_eq!(framing(came), expected);
    }

    #[test]
    fn nothing_can_be_smuggled_into_the_request() {
        let url = Url::parse("http://h/").unwrap();
        let headers = [("A".to_owned(), "b\r\nC: d".to_owned())];
        assert!(request_bytes(&request(&url, b"/", &headers), None).is_err());
        assert!(request_bytes(&request(&url, b"/a HTTP/1.1\r\n", &[]), None).is_err());
    }
}
