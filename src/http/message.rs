//! What is sent, and what comes back.

use std::time::Duration;

use bytes::Bytes;
use url::Url;

use super::FailureKind;
use super::credentials::Sent;
use super::query;
use crate::evidence::{Body, REDACTED, shortened};

/// Bytes of a URL that are kept as evidence: more than there are in any command that repeats it.
pub(super) const LONGEST_SHOWN: usize = 6 * 1024;

/// A request to be sent.
#[derive(Debug, Clone)]
pub struct Outgoing {
    /// HTTP method, in capitals.
    pub method: String,
    /// Where to.
    pub url: Url,
    /// Headers; they win over the user's own of the same name.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Option<Bytes>,
    /// Path and query to the byte, where the URL can't carry them (dot segments, unencoded bytes).
    pub wire_target: Option<Vec<u8>>,
    /// Whether the user's headers and credentials go with it; never to another origin than the
    /// target's.
    pub with_user_headers: bool,
    /// Whether it is one of the official kit's, which waits longer for an answer.
    pub of_the_kit: bool,
    /// Whether it may be sent again without another look at what it changes.
    pub repeat: Repeat,
}

/// Whether a request may be sent again that was refused for the moment, or met the end of its
/// connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Repeat {
    /// As its method allows.
    #[default]
    Freely,
    /// It changes a record that was seen to be the run's own just before: by the time of a second
    /// try that may be gone, and another may have its id. The sender looks again.
    AfterALook {
        /// How often it was sent before.
        tries: u32,
        /// Whether the connection broke then.
        broken: bool,
    },
}

impl Repeat {
    /// The first try of what is sent again after a look only.
    pub const FIRST_LOOK: Self = Self::AfterALook {
        tries: 0,
        broken: false,
    };

    /// What holds for the next try, after that kind of failure and another look.
    #[must_use]
    pub fn after(self, failure: FailureKind) -> Self {
        match self {
            Self::Freely => self,
            Self::AfterALook { tries, broken } => Self::AfterALook {
                tries: tries + 1,
                broken: broken || failure == FailureKind::BrokenOnce,
            },
        }
    }

    /// How often it was sent before with a look each time.
    pub(super) const fn tries(self) -> u32 {
        match self {
            Self::Freely => 0,
            Self::AfterALook { tries, .. } => tries,
        }
    }
}

impl Outgoing {
    /// A request without a body that accepts JSON.
    pub fn new(method: &str, url: Url) -> Self {
        Self {
            method: method.to_owned(),
            url,
            headers: vec![("Accept".to_owned(), "application/json".to_owned())],
            body: None,
            wire_target: None,
            with_user_headers: true,
            of_the_kit: false,
            repeat: Repeat::Freely,
        }
    }

    /// The same with a body of that media type.
    #[must_use]
    pub fn body(mut self, media_type: &str, body: impl Into<Bytes>) -> Self {
        self.set_header("Content-Type", media_type);
        self.body = Some(body.into());
        self
    }

    /// The URL as it goes over the wire; a byte beyond ASCII shows as the character of that number.
    pub(super) fn shown_url(&self, sent: &Sent) -> String {
        let shown = match &self.wire_target {
            None => {
                let shown = sent.urls(&self.url).map(|(_, shown)| shown);
                shown.as_ref().unwrap_or(&self.url).to_string()
            }
            Some(target) => {
                let hidden = match sent {
                    Sent::Query(name, _) => Some(query::bytes_with(target, name, REDACTED)),
                    _ => None,
                };
                let target = hidden.as_ref().unwrap_or(target);
                let target: String = target.iter().map(|byte| char::from(*byte)).collect();
                format!("{}{target}", self.url.origin().ascii_serialization())
            }
        };
        // An id is the target's choice, and stands in every URL of its record.
        shortened(shown, LONGEST_SHOWN)
    }

    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Sets a header, in place of an earlier one of the same name.
    pub fn set_header(&mut self, name: &str, value: &str) {
        self.headers
            .retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.to_owned()));
    }
}

/// Why a body is not whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Truncation {
    /// The target broke off.
    Broken(String),
    /// The time for the exchange was over.
    TimedOut(String),
    /// It is larger than the cap on bytes that are read.
    TooLarge(String),
    /// It is there, but holds JSON beyond what is judged of it.
    Beyond(String),
}

impl Truncation {
    /// One fragment for people.
    pub fn text(&self) -> &str {
        match self {
            Self::Broken(text)
            | Self::TimedOut(text)
            | Self::TooLarge(text)
            | Self::Beyond(text) => text,
        }
    }

    /// Whether a limit of the harness cut it: nothing is known of the rest, which may be sound.
    pub const fn by_a_limit(&self) -> bool {
        !matches!(self, Self::Broken(_))
    }
}

/// What came back, whole or as far as it was read.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Index of the exchange in the log.
    pub index: usize,
    /// What was asked.
    pub method: String,
    /// Where.
    pub url: Url,
    /// The status code.
    pub status: u16,
    /// Name and value in the order of the wire; bytes that are not UTF-8 are replaced.
    pub headers: Vec<(String, String)>,
    /// The body as on the wire, or without its content coding ([`super::Client::send`]).
    pub body: Body,
    /// Why the body is not whole, where it is not.
    pub cut: Option<Truncation>,
    /// From sending to the last byte.
    pub duration: Duration,
}

impl Answer {
    /// The value of the first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// How the exchange is named in messages: `GET /path?query -> 200`.
    pub fn line(&self) -> String {
        format!(
            "{} {} -> {}",
            self.method,
            path_and_query(&self.url),
            self.status
        )
    }
}

/// Path and query of a URL, as on the request line.
pub fn path_and_query(url: &Url) -> String {
    match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    }
}

/// Headers by which a GET carries another method to servers that know them.
const OVERRIDES: [&str; 3] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
];

/// Whether a method may change something at the target.
pub(super) fn writes(method: &str) -> bool {
    !matches!(method, "GET" | "HEAD" | "OPTIONS")
}

impl Outgoing {
    /// Whether it may change something at the target.
    pub fn changes(&self) -> bool {
        writes(&self.method) || carries_another_method(self)
    }
}

fn carries_another_method(outgoing: &Outgoing) -> bool {
    OVERRIDES
        .iter()
        .any(|known| outgoing.header(known).is_some())
}
