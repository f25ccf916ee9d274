//! Why no answer came.

use std::error::Error;

/// A request without an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Failure {
    /// Index of the exchange in the log; none where nothing was sent.
    pub exchange: Option<usize>,
    /// What kind of trouble.
    pub kind: FailureKind,
    /// One fragment for people; holds no URL and no secret.
    pub message: String,
}

/// What kind of trouble kept the answer away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FailureKind {
    /// The host name does not resolve.
    Name,
    /// Nothing accepts connections there.
    Connect,
    /// The TLS handshake failed.
    Tls,
    /// No answer in time.
    Timeout,
    /// The connection broke before the answer.
    Broken,
    /// What came was no HTTP.
    Protocol,
    /// The answer is larger than what is read of one.
    Limit,
    /// Nothing was sent: the run had ended before.
    Halted,
}

impl FailureKind {
    /// Whether nobody answered at all, as opposed to something that is no answer.
    pub(super) const fn is_silence(self) -> bool {
        matches!(self, Self::Name | Self::Connect | Self::Timeout)
    }
}

/// The error's own texts, outermost first, without the URL.
pub(super) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        source = inner.source();
    }
    text
}

/// Whether the TLS library is among the causes.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if error.is::<rustls::Error>() {
            return true;
        }
        next = held(error);
    }
    false
}

/// What an error wraps. An I/O error does not name it as its source, but as what it holds.
fn held<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    match error.downcast_ref::<std::io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    }
}

/// What is said of a connection that ends while TLS begins.
pub(super) const IN_THE_HANDSHAKE: &str = "the connection was closed in the handshake";

/// Whether the other side hung up on a connection that stood already. One that is refused or never
/// answered has other kinds.
fn hung_up(error: &(dyn Error + 'static)) -> bool {
    use std::io::ErrorKind;
    let mut next = Some(error);
    while let Some(error) = next {
        let kind = error
            .downcast_ref::<std::io::Error>()
            .map(std::io::Error::kind);
        if matches!(
            kind,
            Some(
                ErrorKind::UnexpectedEof
                    | ErrorKind::ConnectionReset
                    | ErrorKind::ConnectionAborted
                    | ErrorKind::BrokenPipe
            )
        ) {
            return true;
        }
        next = held(error);
    }
    false
}

/// What kind of trouble an error of the HTTP library is, with a text for people.
pub(super) fn classify(error: reqwest::Error) -> (FailureKind, String) {
    let error = error.without_url();
    let text = chain(&error);
    let lower = text.to_lowercase();
    let kind = if is_tls(&error) {
        FailureKind::Tls
    } else if error.is_connect() && hung_up(&error) {
        return (FailureKind::Tls, said(FailureKind::Tls, IN_THE_HANDSHAKE));
    } else if error.is_timeout() {
        FailureKind::Timeout
    } else if lower.contains("dns error") || lower.contains("failed to lookup") {
        FailureKind::Name
    } else if error.is_connect() {
        FailureKind::Connect
    } else if lower.contains("message head is too large") {
        FailureKind::Limit
    } else if lower.contains("invalid http") || lower.contains("parse") {
        FailureKind::Protocol
    } else {
        FailureKind::Broken
    };
    (kind, said(kind, &text))
}

/// An error of a connection that is written by hand, with a text for people.
pub(super) fn of_io(error: &std::io::Error, kind: FailureKind) -> (FailureKind, String) {
    (kind, said(kind, &chain(error)))
}

pub(super) fn said(kind: FailureKind, text: &str) -> String {
    match kind {
        FailureKind::Timeout => format!("timed out ({text})"),
        FailureKind::Name => format!("the host name does not resolve ({text})"),
        FailureKind::Connect => format!("nothing accepts connections there ({text})"),
        FailureKind::Tls => format!("TLS trouble ({text})"),
        FailureKind::Broken => format!("the connection broke before the answer was whole ({text})"),
        FailureKind::Protocol => format!("what came is no HTTP ({text})"),
        FailureKind::Limit | FailureKind::Halted => text.to_owned(),
    }
}
