//! One request that arrived, read as far as it is needed.

use std::sync::OnceLock;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt as _;
use jiff::Timestamp;
use serde_json::Value;
use tokio::time::Instant;

use crate::evidence::decode::{DecodeError, decode};
use crate::evidence::{BYTE_ORDER_MARK, TreeError, tree};

/// Bytes of a body that are kept and parsed; the rest is read, counted and forgotten.
const KEPT: usize = 1024 * 1024;
/// How long a sender may take for one event.
const PATIENCE: Duration = Duration::from_secs(60);

/// One request that arrived.
#[derive(Debug)]
pub struct Arrival {
    /// The key of the callback that it came to.
    pub key: Option<String>,
    /// What of the path is below the callback.
    pub below: String,
    /// When its head was there.
    pub at: Timestamp,
    /// The same, to reckon with.
    pub instant: Instant,
    /// HTTP method.
    pub method: String,
    /// Path and query as they came.
    pub path: String,
    /// Name and value in the order of the wire.
    pub headers: Vec<(String, String)>,
    /// The body, or its beginning.
    pub body: Bytes,
    /// The size of the whole body, as far as it came.
    pub size: u64,
    /// Why `body` is not the whole body.
    pub cut: Option<String>,
    /// What the body says, or why it is not JSON.
    pub json: Result<Value, String>,
    /// What was answered.
    pub answered: u16,
    /// Whether the mark of a run's records stands in it, once somebody has looked.
    pub marked: OnceLock<bool>,
}

impl Arrival {
    /// Whether the sender only looked whether somebody is there: by a method that reports nothing, and
    /// without a body.
    pub fn is_probe(&self) -> bool {
        matches!(&*self.method, "GET" | "HEAD" | "OPTIONS") && self.size == 0
    }

    /// The value of the first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// About how many bytes it takes to keep it.
    pub(super) fn weight(&self) -> usize {
        self.body.len() + self.json.as_ref().map_or(0, weight_of)
    }
}

fn weight_of(value: &Value) -> usize {
    size_of::<Value>()
        + match value {
            Value::String(text) => text.len(),
            Value::Array(items) => items.iter().map(weight_of).sum(),
            Value::Object(attributes) => {
                let attributes = attributes.iter();
                attributes
                    .map(|(name, one)| name.len() + weight_of(one))
                    .sum()
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        }
}

/// Why a body is not read as JSON.
enum Unread {
    /// Nobody builds a tree of so much: it is beyond judgement, and no defect.
    Beyond(String),
    /// It is none.
    Broken(String),
}

/// Reads a request that came to a place: a callback's key and what follows it. An event is answered
/// with the `status`; whoever only looks finds somebody there.
pub(super) async fn read(
    request: Request<Body>,
    place: Option<(String, String)>,
    status: u16,
) -> Arrival {
    let (at, instant) = (Timestamp::now(), Instant::now());
    let (parts, body) = request.into_parts();
    let headers: Vec<(String, String)> = parts
        .headers
        .iter()
        .map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        })
        .collect();
    let (body, size, mut cut) = read_body(body).await;
    let encoding = headers
        .iter()
        .find(|(name, _)| name == "content-encoding")
        .map(|(_, value)| value.as_str());
    let json = match &cut {
        Some(why) => Err(why.clone()),
        None => parse(&body, encoding.unwrap_or_default()).map_err(|unread| match unread {
            Unread::Broken(why) => why,
            Unread::Beyond(why) => cut.insert(why).clone(),
        }),
    };
    let (key, below) = place.map_or((None, String::new()), |(key, below)| (Some(key), below));
    let path = parts.uri.path_and_query().map(ToString::to_string);
    let mut arrival = Arrival {
        key,
        below,
        at,
        instant,
        method: parts.method.to_string(),
        path: path.unwrap_or_default(),
        headers,
        body,
        size,
        cut,
        json,
        answered: status,
        marked: OnceLock::new(),
    };
    if arrival.is_probe() {
        arrival.answered = 200;
    }
    arrival
}

/// The beginning of a body, the size of the whole, and why it is not whole, where it is not.
async fn read_body(body: Body) -> (Bytes, u64, Option<String>) {
    let mut stream = body.into_data_stream();
    let mut kept = BytesMut::new();
    let mut size = 0_u64;
    let reading = async {
        while let Some(chunk) = stream.next().await {
            let Ok(chunk) = chunk else {
                return Some("the body broke off".to_owned());
            };
            size += chunk.len() as u64;
            let room = KEPT - kept.len();
            kept.extend_from_slice(&chunk[..chunk.len().min(room)]);
        }
        None
    };
    let broken = match tokio::time::timeout(PATIENCE, reading).await {
        Ok(broken) => broken,
        Err(_) => Some(format!(
            "the body was not complete after {} s",
            PATIENCE.as_secs()
        )),
    };
    let too_large = || {
        (size > kept.len() as u64)
            .then(|| format!("only the first {KEPT} of its {size} bytes were kept"))
    };
    let cut = broken.or_else(too_large);
    (kept.freeze(), size, cut)
}

/// A byte order mark or a compression make a body unusual, not unreadable.
fn parse(body: &Bytes, encoding: &str) -> Result<Value, Unread> {
    if body.is_empty() {
        return Err(Unread::Broken("there is no body".to_owned()));
    }
    let decoded = decode(body, encoding, KEPT).map_err(|error| match error {
        DecodeError::TooLong(_) => Unread::Beyond(error.to_string()),
        DecodeError::Broken(_) => Unread::Broken(error.to_string()),
    })?;
    let plain = decoded.as_deref().unwrap_or(body);
    tree(plain.strip_prefix(BYTE_ORDER_MARK).unwrap_or(plain)).map_err(|error| {
        let why = error.to_string();
        match error {
            TreeError::TooMany => Unread::Beyond(why),
            TreeError::Json(_) if why.starts_with("recursion limit exceeded") => {
                Unread::Beyond("its JSON is nested deeper than is judged".to_owned())
            }
            TreeError::Json(_) => Unread::Broken(why),
        }
    })
}
