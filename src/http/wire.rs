//! A connection for one request whose target no URL type can carry.

use std::io::ErrorKind;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::ConfigVerifierExt as _;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use url::Url;

use super::bounds::Bounds;
use super::failure::{self, FailureKind};
use super::raw::{self, Caps, RawAnswer, RawRequest};
use crate::config::Limits;

type Trouble = (FailureKind, String);

/// Sends `target` to the origin of `url`, and reads of the answer what the limits allow. The time
/// for the whole exchange is not watched in here.
pub(super) async fn send(
    url: &Url,
    method: &str,
    target: &[u8],
    mut headers: Vec<(String, String)>,
    body: Option<&[u8]>,
    limits: &Limits,
    bounds: &Bounds,
) -> Result<RawAnswer, Trouble> {
    let began = Instant::now();
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(80);
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let deadline = began + bounds.connect();
    let late = |_| (FailureKind::Timeout, bounds.no_connection());
    let mut stream = timeout_at(deadline, TcpStream::connect((name, port)))
        .await
        .map_err(late)?
        .map_err(|error| failure::of_io(&error, FailureKind::Connect))?;
    let authority = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    };
    if !url.username().is_empty() {
        // As the ordinary client does with a user in the URL.
        let decoded = |text: &str| {
            let text = percent_encoding::percent_decode_str(text);
            text.decode_utf8_lossy().into_owned()
        };
        let user = decoded(url.username());
        let pair = format!("{user}:{}", decoded(url.password().unwrap_or_default()));
        let value = format!("Basic {}", BASE64_STANDARD.encode(pair));
        headers.push(("authorization".to_owned(), value));
    }
    let request = RawRequest {
        method,
        target,
        host: &authority,
        headers: &headers,
        body,
    };
    let caps = Caps {
        body: limits.parse_bytes,
        headers: limits.answer.max_headers,
        first_byte: began + bounds.first_byte(),
    };
    let answer = if url.scheme() == "https" {
        let tls = |text: String| (FailureKind::Tls, failure::said(FailureKind::Tls, &text));
        let config = ClientConfig::with_platform_verifier().map_err(|e| tls(e.to_string()))?;
        let server = ServerName::try_from(name.to_owned()).map_err(|e| tls(e.to_string()))?;
        let connector = TlsConnector::from(Arc::new(config));
        let connecting = timeout_at(deadline, connector.connect(server, stream));
        let connected = connecting.await.map_err(late)?;
        let mut stream = connected.map_err(|e| tls(failure::chain(&e)))?;
        raw::exchange(&mut stream, &request, &caps).await
    } else {
        raw::exchange(&mut stream, &request, &caps).await
    };
    answer.map_err(|error| match error.kind() {
        ErrorKind::TimedOut => (FailureKind::Timeout, bounds.no_beginning()),
        ErrorKind::FileTooLarge => (FailureKind::Limit, bounds.head_too_large()),
        ErrorKind::InvalidData | ErrorKind::InvalidInput => {
            failure::of_io(&error, FailureKind::Protocol)
        }
        _ => failure::of_io(&error, FailureKind::Broken),
    })
}
