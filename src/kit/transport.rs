//! What the replay needs of whoever sends: one exchange at a time, nothing followed or decoded.

use super::url::WireUrl;
use crate::evidence::Body;

/// One request to send.
#[derive(Debug, Clone, Copy)]
pub struct Outgoing<'a> {
    /// HTTP method.
    pub method: &'a str,
    /// Where to, to the byte: [`WireUrl::as_url`] shows whether a [`url::Url`] can carry it.
    pub url: &'a WireUrl,
    /// Name and value. Headers that the user gave are not among them.
    pub headers: &'a [(String, String)],
    /// The body, if there is one.
    pub body: Option<&'a str>,
    /// Whether the URL has the origin of the target, so that the user's headers, which may be
    /// credentials, can go with it.
    pub at_home: bool,
    /// Whether it is written to a connection of its own, so that the answer's headers are seen as
    /// they came, with a tab behind Content-Length or Transfer-Encoding.
    pub by_hand: bool,
}

/// The answer as it came over the wire, its body still compressed.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// The status code.
    pub status: u16,
    /// Name and value in the order of the wire.
    pub headers: Vec<(String, String)>,
    /// The body, up to the sender's cap.
    pub body: Body,
    /// Whether the body was longer than the cap.
    pub truncated: bool,
    /// The index of the exchange in the evidence.
    pub exchange: usize,
}

impl Incoming {
    /// The values of all headers of that name, whatever its case.
    pub(super) fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// No answer, or only a part of one, came.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SendError {
    /// Why.
    pub message: String,
    /// Whether a limit of the harness keeps the answer from being read: nothing is said of it.
    pub unread: bool,
    /// Whether the time for a request of the replay was over.
    pub timed_out: bool,
    /// The index of the exchange in the evidence, if it got that far.
    pub exchange: Option<usize>,
}

/// Sends one request and waits for its answer, without following redirects, keeping cookies or
/// decoding the body.
pub trait Transport {
    /// Sends it.
    ///
    /// # Errors
    ///
    /// Where no whole answer came: refused, reset, timed out, not HTTP.
    fn send(&self, outgoing: Outgoing<'_>) -> impl Future<Output = Result<Incoming, SendError>>;

    /// Called for an answer that came, and that a limit with these words keeps from being read.
    fn limited(&self, _words: &str) {}

    /// Called for a request that is not sent, since its URL is longer than what is sent of one:
    /// `beginning` and that number of bytes `more`, where that is known. What was noted of it comes
    /// back.
    fn over_long(&self, _method: &str, _beginning: String, _more: Option<usize>) -> SendError {
        SendError {
            message: "the URL is too long to be sent".to_owned(),
            unread: true,
            timed_out: false,
            exchange: None,
        }
    }
}
