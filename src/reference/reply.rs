//! An answer, as data until the last moment, so that a fault can still change it.

use std::convert::Infallible;
use std::io::{self, Write as _};
use std::sync::Arc;

use axum::body::Body as HttpBody;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, Version, header};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::StreamExt;
use serde_json::{Map, Value, json};

/// Media type of every body, as the API description declares it.
pub(super) const JSON: &str = "application/json;charset=utf-8";

/// Bytes of a list that are put together before they are sent.
const CHUNK: usize = 64 * 1024;

/// The body of an answer.
#[derive(Debug, Clone)]
pub(super) enum Body {
    /// None at all.
    Empty,
    /// One JSON document.
    Json(Value),
    /// A JSON array of documents that are serialised already.
    List(Vec<Arc<str>>),
    /// Bytes of any kind.
    Raw(Bytes),
}

/// How an answer goes over the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// As HTTP/1.1, with a Content-Length.
    Length,
    /// As HTTP/1.1, in chunks.
    Chunked,
    /// As HTTP/1.0, with the connection closed behind it.
    Http10,
    /// As HTTP/1.1, with the connection closed in the middle of the body.
    Broken,
}

/// One answer.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    /// Status code.
    pub(super) status: u16,
    /// Headers in order. `Content-Type` is among them where there is a body.
    pub(super) headers: Vec<(&'static str, String)>,
    /// Body.
    pub(super) body: Body,
    /// How the answer goes over the wire.
    pub(super) framing: Framing,
}

impl Reply {
    /// An answer without a body.
    pub(super) fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Empty,
            framing: Framing::Length,
        }
    }

    /// An answer with any JSON body.
    pub(super) fn json(status: u16, value: Value) -> Self {
        Self::with_body(status, Body::Json(value))
    }

    /// An answer with a list of serialised documents.
    pub(super) fn list(status: u16, documents: Vec<Arc<str>>) -> Self {
        Self::with_body(status, Body::List(documents))
    }

    /// An answer with an Error body: an application code and what went wrong.
    pub(super) fn error(status: u16, code: &str, message: impl Into<String>) -> Self {
        let reason = StatusCode::from_u16(status)
            .ok()
            .and_then(|status| status.canonical_reason())
            .unwrap_or("Error");
        let body = json!({
            "code": code,
            "reason": reason,
            "message": message.into(),
            "status": status.to_string(),
        });
        Self::json(status, body)
    }

    fn with_body(status: u16, body: Body) -> Self {
        let mut reply = Self::empty(status);
        reply.body = body;
        reply.set(header::CONTENT_TYPE.as_str(), JSON);
        reply
    }

    /// Sets a header (its name in lower case), in place of the one of that name.
    pub(super) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.drop_header(name);
        self.headers.push((name, value.into()));
    }

    /// The same, for chains.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.set(name, value);
        self
    }

    /// Applies gzip to the body, where there is one.
    pub(super) fn compress(&mut self) {
        if matches!(self.body, Body::Empty) {
            return;
        }
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        if let Ok(bytes) = gzip.write_all(&self.bytes()).and_then(|()| gzip.finish()) {
            self.body = Body::Raw(bytes.into());
            self.set(header::CONTENT_ENCODING.as_str(), "gzip");
        }
    }

    /// Leaves a header out.
    pub(super) fn drop_header(&mut self, name: &str) {
        self.headers.retain(|(key, _)| *key != name);
    }

    /// The value of a header.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.as_str())
    }

    /// Whether the status is a success.
    pub(super) fn succeeded(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the status is an error.
    pub(super) fn failed(&self) -> bool {
        self.status >= 400
    }

    /// Changes the body as a JSON document, which is null where it was none.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Value)) {
        let mut document = match std::mem::replace(&mut self.body, Body::Empty) {
            Body::Json(document) => document,
            Body::List(documents) => read(&Chunks::new(documents).flatten().collect::<Vec<u8>>()),
            Body::Raw(bytes) => read(&bytes),
            Body::Empty => Value::Null,
        };
        change(&mut document);
        self.body = Body::Json(document);
    }

    /// Changes each element of a list, or the one object.
    pub(super) fn change_objects(&mut self, mut change: impl FnMut(&mut Map<String, Value>)) {
        self.change(|document| match document {
            Value::Array(items) => {
                items
                    .iter_mut()
                    .filter_map(Value::as_object_mut)
                    .for_each(change);
            }
            Value::Object(map) => change(map),
            _ => {}
        });
    }

    /// Changes the text of the body.
    pub(super) fn rewrite(&mut self, change: impl FnOnce(String) -> String) {
        let text = String::from_utf8_lossy(&self.bytes()).into_owned();
        self.body = Body::Raw(change(text).into());
    }

    /// Puts HTML in the place of the body, as proxies and frameworks like to do.
    pub(super) fn show_html(&mut self) {
        let status = self.status;
        let page = format!("<!DOCTYPE html><html><body><h1>{status}</h1></body></html>");
        self.body = Body::Raw(page.into());
        self.set("content-type", "text/html;charset=utf-8");
    }

    /// The whole body as it goes over the wire.
    pub(super) fn bytes(&self) -> Bytes {
        match &self.body {
            Body::Empty => Bytes::new(),
            Body::Json(value) => value.to_string().into(),
            Body::List(documents) => Chunks::new(documents.clone()).flatten().collect(),
            Body::Raw(bytes) => bytes.clone(),
        }
    }

    /// The answer as the HTTP server sends it.
    pub(super) fn into_response(self) -> Response<HttpBody> {
        let mut response = Response::new(HttpBody::empty());
        if let Ok(status) = StatusCode::from_u16(self.status) {
            *response.status_mut() = status;
        }
        for (name, value) in &self.headers {
            let name = HeaderName::from_bytes(name.as_bytes());
            if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value)) {
                response.headers_mut().append(name, value);
            }
        }
        if self.framing == Framing::Http10 {
            *response.version_mut() = Version::HTTP_10;
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(header::CONNECTION, close);
        }
        *response.body_mut() = match self.body {
            Body::Empty => HttpBody::empty(),
            _ if self.framing == Framing::Broken => {
                let bytes = self.bytes();
                let length = HeaderValue::from(bytes.len());
                response
                    .headers_mut()
                    .insert(header::CONTENT_LENGTH, length);
                broken(bytes.slice(..bytes.len() / 2))
            }
            Body::List(documents) => {
                if self.framing != Framing::Chunked {
                    let length = HeaderValue::from(list_length(&documents));
                    response
                        .headers_mut()
                        .insert(header::CONTENT_LENGTH, length);
                }
                stream(Chunks::new(documents))
            }
            _ if self.framing == Framing::Chunked => stream(std::iter::once(self.bytes())),
            _ => HttpBody::from(self.bytes()),
        };
        response
    }
}

fn stream(chunks: impl Iterator<Item = Bytes> + Send + 'static) -> HttpBody {
    HttpBody::from_stream(futures_util::stream::iter(chunks.map(Ok::<_, Infallible>)))
}

/// A body that ends with an error behind its first half.
fn broken(half: Bytes) -> HttpBody {
    let first = futures_util::stream::iter([Ok(half)]);
    let end = futures_util::stream::once(async {
        // To wait once has the half sent before the connection breaks.
        tokio::task::yield_now().await;
        Err(io::Error::from(io::ErrorKind::ConnectionAborted))
    });
    HttpBody::from_stream(first.chain(end))
}

fn read(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap_or_default()
}

/// Bytes of a list: the documents, the commas between them and the brackets.
fn list_length(documents: &[Arc<str>]) -> usize {
    let content: usize = documents.iter().map(|document| document.len()).sum();
    content + documents.len().saturating_sub(1) + 2
}

/// Puts a list together piece by piece, so that a long one is never in memory twice.
struct Chunks {
    documents: Vec<Arc<str>>,
    next: usize,
    closed: bool,
}

impl Chunks {
    fn new(documents: Vec<Arc<str>>) -> Self {
        Self {
            documents,
            next: 0,
            closed: false,
        }
    }
}

impl Iterator for Chunks {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if self.closed {
            return None;
        }
        let mut chunk = String::new();
        while chunk.len() < CHUNK {
            let Some(document) = self.documents.get(self.next) else {
                chunk.push_str(if self.next == 0 { "[]" } else { "]" });
                self.closed = true;
                break;
            };
            chunk.push(if self.next == 0 { '[' } else { ',' });
            chunk.push_str(document);
            self.next += 1;
        }
        Some(chunk.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_the_length_that_is_announced() {
        for count in [0, 1, 2, 5000] {
            let documents: Vec<Arc<str>> = (0..count)
                .map(|n| Arc::from(json!({"id": n, "text": "x".repeat(40)}).to_string()))
                .collect();
            let expected = list_length(&documents);
            let bytes = Reply::list(200, documents).bytes();
            assert_eq!(bytes.len(), expected);
            let parsed: Vec<Value> = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(parsed.len(), count);
        }
    }

    #[test]
    fn an_error_names_its_status_as_text() {
        let Body::Json(body) = Reply::error(404, "notFound", "no such record").body else {
            panic!("an error has a document");
        };
        assert_eq!(body["status"], "404");
        assert_eq!(body["reason"], "Not Found");
    }
}
