//! A connection for one request whose target no URL type can carry.

use std::io::ErrorKind;
use std::sync::Arc;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use rustls_platform_verifier::ConfigVerifierExt as _;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::Url;

use super::failure::{self, FailureKind};
use super::raw::{self, RawAnswer, RawRequest};

type Trouble = (FailureKind, String);

/// Sends `target` to the origin of `url`, and reads at most `cap` bytes of the body. There is no
/// time limit in here.
pub(super) async fn send(
    url: &Url,
    method: &str,
    target: &[u8],
    mut headers: Vec<(String, String)>,
    body: Option<&[u8]>,
    cap: usize,
) -> Result<RawAnswer, Trouble> {
    let host = url.host_str().unwrap_or_default();
    let port = url.port_or_known_default().unwrap_or(80);
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let mut stream = TcpStream::connect((name, port))
        .await
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
    let answer = if url.scheme() == "https" {
        let tls = |text: String| (FailureKind::Tls, failure::said(FailureKind::Tls, &text));
        let config = ClientConfig::with_platform_verifier().map_err(|e| tls(e.to_string()))?;
        let server = ServerName::try_from(name.to_owned()).map_err(|e| tls(e.to_string()))?;
        let connector = TlsConnector::from(Arc::new(config));
        let connected = connector.connect(server, stream).await;
        let mut stream = connected.map_err(|e| tls(failure::chain(&e)))?;
        raw::exchange(&mut stream, &request, cap).await
    } else {
        raw::exchange(&mut stream, &request, cap).await
    };
    answer.map_err(|error| match error.kind() {
        ErrorKind::InvalidData | ErrorKind::InvalidInput => {
            failure::of_io(&error, FailureKind::Protocol)
        }
        _ => failure::of_io(&error, FailureKind::Broken),
    })
}
