//! One HTTP request with its response and timings, as it is stored.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One HTTP request with its response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// Its place in the run, from 0; findings and scenarios refer to it.
    pub index: usize,
    /// What was sent.
    pub request: Request,
    /// What came back; null where nothing did.
    pub response: Option<Response>,
    /// RFC 3339.
    pub started_at: String,
    /// Until the last byte, in milliseconds.
    pub duration_ms: u64,
    /// The same in microseconds.
    pub duration_micros: u64,
    /// Until the status line and the headers were there, in microseconds; null where none came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_byte_micros: Option<u64>,
    /// Why no response, or only a part of one, came.
    pub error: Option<String>,
}

/// What was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// HTTP method.
    pub method: String,
    /// The full URL as it was sent.
    pub url: String,
    /// Headers and body.
    #[serde(flatten)]
    pub message: Message,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Headers and body.
    #[serde(flatten)]
    pub message: Message,
}

/// Headers and body, the same for both directions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Name and value in the order of the wire.
    pub headers: Vec<(String, String)>,
    /// The body as far as it is kept; null where there was none.
    pub body: Option<String>,
    /// How `body` is written.
    pub body_encoding: BodyEncoding,
    /// The size of the whole body in bytes, as received.
    pub body_bytes: u64,
    /// Whether `body` is less than what was received.
    pub body_truncated: bool,
    /// SHA-256 in hexadecimal of all bytes that were received, where `body` is less than them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_sha256: Option<String>,
    /// Records in the body that the run did not create; only their ids are kept.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub masked_records: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn is_zero(count: &usize) -> bool {
    *count == 0
}

impl Message {
    /// The value of the first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}

/// How a body is written as text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BodyEncoding {
    /// As it is.
    #[default]
    Utf8,
    /// Base64, where the bytes are not UTF-8.
    Base64,
}
