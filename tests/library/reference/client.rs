//! A small HTTP client that shows exactly what came over the wire.

use flate2::read::GzDecoder;
use serde_json::Value;
use tmfctk::reference::{Options, Server, start};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The collection, relative to the base URL.
pub const COLLECTION: &str = "partyInteraction";

/// An answer, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// `HTTP/1.1`, say.
    pub version: String,
    /// The status code.
    pub status: u16,
    /// The headers, names in lower case, without Date and Content-Length.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// A header, empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        let mut headers = self.headers.iter();
        headers
            .find(|(key, _)| key == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// The body as JSON, without its content coding.
    pub fn json(&self) -> Value {
        if self.header("content-encoding") == "gzip" {
            let plain = GzDecoder::new(self.body.as_slice());
            return serde_json::from_reader(plain).expect("the unpacked body is JSON");
        }
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    /// The elements of a list.
    pub fn items(&self) -> Vec<Value> {
        match self.json() {
            Value::Array(items) => items,
            other => panic!("{other} is not an array"),
        }
    }
}

/// A server with the means to talk to it.
pub struct Target {
    server: Server,
    authority: String,
    path: String,
}

impl Target {
    /// Starts a server.
    pub async fn start(options: Options) -> Self {
        let server = start(options).await.expect("a free port is there");
        let rest = server
            .base_url()
            .strip_prefix("http://")
            .expect("plain HTTP");
        let (authority, path) = rest.split_once('/').expect("a path");
        Self {
            authority: authority.to_owned(),
            path: format!("/{path}"),
            server,
        }
    }

    /// A clean server.
    pub async fn clean() -> Self {
        Self::start(Options::default()).await
    }

    /// The base URL.
    pub fn base_url(&self) -> &str {
        self.server.base_url()
    }

    /// `host:port`.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Stops the server.
    pub async fn stop(self) {
        self.server.stop().await;
    }

    /// GET below the base URL.
    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], "").await
    }

    /// POST of JSON to the collection.
    pub async fn create(&self, body: &Value) -> Answer {
        self.post(COLLECTION, &body.to_string()).await
    }

    /// POST of a text that is said to be JSON.
    pub async fn post(&self, path: &str, body: &str) -> Answer {
        let headers = [("Content-Type", "application/json")];
        self.send("POST", path, &headers, body).await
    }

    /// Any request. A path that starts with a slash is taken as it is.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Answer {
        let path = match path.strip_prefix('/') {
            Some(_) => path.to_owned(),
            None => format!("{}{path}", self.path),
        };
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\n", self.authority);
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        let length = body.len();
        request.push_str(&format!(
            "Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        ));
        let mut stream = TcpStream::connect(&self.authority)
            .await
            .expect("it listens");
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it reads");
        let mut bytes = Vec::new();
        // A fault may break the connection: then what came is all there is.
        let _ = stream.read_to_end(&mut bytes).await;
        take_apart(&bytes)
    }
}

fn take_apart(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.expect("a head that ends");
    let head = std::str::from_utf8(&bytes[..end]).expect("a head of text");
    let mut lines = head.split("\r\n");
    let mut status = lines.next().expect("a status line").split(' ');
    let version = status.next().expect("a version").to_owned();
    let status = status.next().and_then(|code| code.parse().ok());
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .filter(|(name, _)| name != "date" && name != "content-length")
        .collect();
    let mut answer = Answer {
        version,
        status: status.expect("a status code"),
        headers,
        body: bytes[end + 4..].to_vec(),
    };
    if answer.header("transfer-encoding") == "chunked" {
        answer.body = joined(&answer.body);
    }
    answer
}

/// The content of a chunked body.
fn joined(mut rest: &[u8]) -> Vec<u8> {
    let mut content = Vec::new();
    loop {
        let end = rest
            .windows(2)
            .position(|window| window == b"\r\n")
            .expect("a size");
        let size = std::str::from_utf8(&rest[..end]).expect("a size of text");
        let size = usize::from_str_radix(size, 16).expect("a size in hex");
        if size == 0 {
            return content;
        }
        content.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 2 + size + 2..];
    }
}

/// The fixed second body of the official kit.
pub fn minimal() -> Value {
    serde_json::json!({
        "channel": [{"id": "555"}],
        "direction": "inbounds",
        "reason": "The user wanted to buy TV and internet plan",
    })
}
