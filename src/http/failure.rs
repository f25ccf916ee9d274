//! Why no answer came, or no request could be sent at all.

use std::error::Error;
use std::path::PathBuf;

use rustls::{AlertDescription, CertificateError};

use crate::config::Proxy;

/// The client can't be built: no request can be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A header of the configuration is not an HTTP header.
    #[error("header `{name}` is not a valid HTTP header: {reason}")]
    Header {
        /// The header's name.
        name: String,
        /// Why not; never the value.
        reason: String,
    },
    /// A file of certificates or keys can't be used.
    #[error("{key} {} can't be used: {reason}", file.display())]
    Pem {
        /// The key of the configuration.
        key: &'static str,
        /// The file.
        file: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The TLS library or the system's certificates are unusable.
    #[error("can't set up HTTP: {0} (does this system have CA certificates installed?)")]
    Build(String),
}

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
    /// The proxy did not let the request through.
    Proxy,
    /// The TLS handshake failed.
    Tls,
    /// No answer in time.
    Timeout,
    /// The connection broke before the answer.
    Broken,
    /// What came was not HTTP.
    Protocol,
    /// The connection broke, and it can't be known whether that was due to the request: others were
    /// under way, or it had been carried out before it was sent again.
    Dropped,
    /// The connection broke, and the request may be sent again after a look at what it changes.
    BrokenOnce,
    /// The target was too busy for it and was waited for: the request may be sent again after a look
    /// at what it changes.
    Waited,
    /// The target asked for more patience than the run has (429, or 503 with Retry-After).
    Busy,
    /// The answer is larger than what is read of one, or the URL longer than what is sent.
    Limit,
    /// Nothing was sent: the run had ended before.
    Halted,
    /// Nothing was sent: it would change what the run is not to change.
    Withheld,
    /// Nothing was sent: it would change a record that is not the run's own, or whose it is can't
    /// be seen.
    Foreign,
    /// Nothing was sent: it might change the whole collection, which holds records of others.
    Shared,
}

impl FailureKind {
    /// Whether what the request asks for was surely not done.
    pub const fn is_unsent(self) -> bool {
        matches!(
            self,
            Self::Name
                | Self::Connect
                | Self::Tls
                | Self::Busy
                | Self::Waited
                | Self::Halted
                | Self::Withheld
                | Self::Foreign
                | Self::Shared
        )
    }

    /// Whether the request may be sent again after a look at what it changes.
    pub const fn asks_for_a_look(self) -> bool {
        matches!(self, Self::BrokenOnce | Self::Waited)
    }

    /// Whether nobody answered at all, as opposed to something that is not an answer.
    pub(super) const fn is_silence(self) -> bool {
        matches!(
            self,
            Self::Name | Self::Connect | Self::Proxy | Self::Timeout
        )
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

/// The TLS library's error among the causes. An I/O error does not name what it wraps as its
/// source, but as what it holds.
fn tls_cause<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        next = held(error);
    }
    None
}

/// Whether the other side ended a connection that stood already. One that is refused or never
/// answered has other kinds.
fn is_closed(error: &(dyn Error + 'static)) -> bool {
    use std::io::ErrorKind;
    let mut next = Some(error);
    while let Some(error) = next {
        let io = error.downcast_ref::<std::io::Error>();
        if matches!(
            io.map(std::io::Error::kind),
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

/// What an error wraps. An I/O error does not name it as its source, but as what it holds.
fn held<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    match error.downcast_ref::<std::io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => error.source(),
    }
}

/// What kind of trouble an error of the HTTP library is, with a text for people.
pub(super) fn classify(error: reqwest::Error, proxy: Option<&Proxy>) -> (FailureKind, String) {
    let error = error.without_url();
    if let Some(cause) = tls_cause(&error) {
        return (FailureKind::Tls, tls(cause));
    }
    let text = chain(&error);
    let lower = text.to_lowercase();
    let closed = error.is_connect() && proxy.is_none() && is_closed(&error);
    if closed || lower.contains("tls handshake eof") {
        return (FailureKind::Tls, hung_up());
    }
    let kind = if error.is_timeout() {
        FailureKind::Timeout
    } else if let Some(proxy) = proxy.filter(|_| error.is_connect()) {
        return (FailureKind::Proxy, at_proxy(proxy, &lower, &text));
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

/// What went wrong at a proxy.
fn at_proxy(proxy: &Proxy, lower: &str, text: &str) -> String {
    if lower.contains("authorization required") {
        return proxy_refuses(proxy);
    }
    if lower.contains("tunnel error: unsuccessful") {
        return no_tunnel(proxy);
    }
    proxy_unreachable(proxy, text)
}

/// The proxy is not there.
pub(super) fn proxy_unreachable(proxy: &Proxy, text: &str) -> String {
    let url = shown(proxy);
    format!(
        "the proxy {url} can't be reached ({text}): is it the right one? --proxy names another, \
         --no-proxy what is reached without one"
    )
}

/// The proxy did not connect to the target.
pub(super) fn no_tunnel(proxy: &Proxy) -> String {
    format!(
        "the proxy {} made no connection to the target: it does not allow it, or can't reach it; \
         what --no-proxy names is reached without it",
        shown(proxy)
    )
}

/// The proxy ended the connection; what the target did is not known.
pub(super) fn proxy_hung_up(proxy: &Proxy, text: &str) -> String {
    format!("the proxy {} gave no answer: {text}", shown(proxy))
}

/// The proxy wants to know who asks.
pub(super) fn proxy_refuses(proxy: &Proxy) -> String {
    let url = shown(proxy);
    match proxy.user {
        Some(_) => format!("the proxy {url} does not accept the user and password for it (407)"),
        None => format!(
            "the proxy {url} demands a user and a password (407): give --proxy \
             http://USER:PASSWORD@HOST:PORT, better by TMFCTK_PROXY, or set them under [proxy]"
        ),
    }
}

fn shown(proxy: &Proxy) -> &str {
    proxy.url.as_str().trim_end_matches('/')
}

/// An error on a raw connection, with a text for people.
pub(super) fn of_error(error: &(dyn Error + 'static), kind: FailureKind) -> (FailureKind, String) {
    if let Some(cause) = tls_cause(error) {
        return (FailureKind::Tls, tls(cause));
    }
    let io = error.downcast_ref::<std::io::Error>();
    let ended = io.is_some_and(|error| {
        use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
        matches!(
            error.kind(),
            UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe
        )
    });
    if kind == FailureKind::Tls && ended {
        return (kind, hung_up());
    }
    (kind, said(kind, &chain(error)))
}

pub(super) fn said(kind: FailureKind, text: &str) -> String {
    match kind {
        FailureKind::Timeout => format!("timed out ({text})"),
        FailureKind::Name => format!("the host name does not resolve ({text})"),
        FailureKind::Connect => format!("nothing accepts connections there ({text})"),
        FailureKind::Proxy => format!("trouble at the proxy ({text})"),
        FailureKind::Tls => format!("TLS trouble ({text})"),
        FailureKind::Broken | FailureKind::Dropped => {
            format!("the connection broke before the answer was whole ({text})")
        }
        FailureKind::Protocol => format!("what came is not HTTP ({text})"),
        FailureKind::Busy
        | FailureKind::Limit
        | FailureKind::Halted
        | FailureKind::Withheld
        | FailureKind::Foreign
        | FailureKind::BrokenOnce
        | FailureKind::Waited
        | FailureKind::Shared => text.to_owned(),
    }
}

/// The connection ended after a client certificate was asked for that the run does not have.
pub(super) fn no_identity(text: &str) -> String {
    format!(
        "TLS trouble: the server asked for a client certificate and ended the connection without \
         an answer ({text}); give --client-cert and --client-key"
    )
}

/// The connection ended in the handshake, without a word.
fn hung_up() -> String {
    "TLS trouble: the server ended the connection in the handshake: does the port speak https at \
     all?"
        .to_owned()
}

/// What went wrong in TLS, and what to do.
fn tls(error: &rustls::Error) -> String {
    use AlertDescription as Alert;
    let said = match error {
        rustls::Error::InvalidCertificate(why) => certificate(why),
        rustls::Error::AlertReceived(Alert::CertificateRequired) => {
            "the server demands a client certificate: give --client-cert and --client-key"
                .to_owned()
        }
        rustls::Error::AlertReceived(
            alert @ (Alert::BadCertificate
            | Alert::UnsupportedCertificate
            | Alert::CertificateRevoked
            | Alert::CertificateExpired
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied),
        ) => format!(
            "the server does not accept the client certificate ({alert:?}): is it valid, and of an \
             issuer that the server trusts?"
        ),
        rustls::Error::AlertReceived(alert @ Alert::HandshakeFailure) => format!(
            "the server broke off the handshake ({alert:?}): it may demand a client certificate \
             (--client-cert and --client-key) or another version of TLS than 1.2 and 1.3"
        ),
        rustls::Error::AlertReceived(alert @ Alert::ProtocolVersion) => {
            format!("the server speaks another version of TLS than 1.2 and 1.3 ({alert:?})")
        }
        rustls::Error::InvalidMessage(_) => {
            "what answers does not speak TLS: does the port speak https at all? http:// is \
             without TLS"
                .to_owned()
        }
        other => other.to_string(),
    };
    format!("TLS trouble: {said}")
}

fn certificate(why: &CertificateError) -> String {
    let date = |at: &rustls::pki_types::UnixTime| {
        let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
        let at = jiff::Timestamp::from_second(seconds);
        at.map_or_else(|_| String::new(), |at| at.to_string())
    };
    let anyway = "--insecure takes any certificate, and the report says so";
    match why {
        CertificateError::Expired => {
            format!("the server's certificate has expired: it has to be renewed ({anyway})")
        }
        CertificateError::ExpiredContext { not_after, .. } => format!(
            "the server's certificate expired at {}: it has to be renewed ({anyway})",
            date(not_after)
        ),
        CertificateError::NotValidYet => {
            "the server's certificate is not valid yet: is the clock of this machine right?"
                .to_owned()
        }
        CertificateError::NotValidYetContext { not_before, .. } => format!(
            "the server's certificate is not valid before {}: is the clock of this machine right?",
            date(not_before)
        ),
        CertificateError::NotValidForName => format!(
            "the server's certificate is for another host: give the base URL with the name that \
             stands in it ({anyway})"
        ),
        CertificateError::NotValidForNameContext {
            expected,
            presented,
        } => {
            let names = match presented.is_empty() {
                true => "no name at all".to_owned(),
                false => {
                    let bare = presented.iter().map(|name| bare(name));
                    bare.collect::<Vec<_>>().join(", ")
                }
            };
            format!(
                "the server's certificate is for another host: it names {names}, and not {}; give \
                 the base URL with a name that stands in it ({anyway})",
                expected.to_str()
            )
        }
        CertificateError::UnknownIssuer => format!(
            "the server's certificate is of an issuer that this system does not trust, or lacks \
             those between: give the issuer's with --ca FILE ({anyway})"
        ),
        CertificateError::BadSignature => format!(
            "the server's certificate is not signed by the issuer of that name that this system \
             trusts: give the issuer's with --ca FILE ({anyway})"
        ),
        CertificateError::Revoked => "the server's certificate is revoked".to_owned(),
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => format!(
            "the server's certificate is that of an issuer, as self-signed ones are: have one \
             issued for the host ({anyway})"
        ),
        other => format!("the server's certificate can't be used ({other}; {anyway})"),
    }
}

/// The name in `DnsName("name")`, as the TLS library writes it.
fn bare(name: &str) -> &str {
    let inner = name
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"')
}
