//! `run.har`: the exchanges as an HTTP Archive 1.2, as the developer tools of a browser open it.
//!
//! What the format has no place for stands in attributes that begin with an underscore, as it
//! allows: the curl line that sends a request again, and the findings that an exchange shows.

use std::collections::HashMap;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Value, json};
use url::Url;

use super::ReportError;
use super::curl::curl_line;
use crate::evidence::decode::decode;
use crate::evidence::{BodyEncoding, Exchange, Message, Request, Response};
use crate::verdict::{Finding, RunResult};

/// A compressed body is shown inflated up to this many bytes, else as it was on the wire.
const INFLATED: usize = 8 * 1024 * 1024;
/// Maximum number of bytes that are inflated in a whole archive: bodies that were made to swell are
/// many.
const INFLATED_IN_ALL: usize = 64 * 1024 * 1024;
/// The version that is written where the evidence does not hold the one of the wire.
const HTTP_VERSION: &str = "HTTP/1.1";
/// What the format asks for where a size or a time is not known.
const UNKNOWN: i64 = -1;

/// Writes the exchanges as an HTTP Archive.
///
/// # Errors
///
/// [`ReportError::Json`] where a value has no form in JSON.
pub fn render(result: &RunResult) -> Result<Vec<u8>, ReportError> {
    let mut findings: HashMap<usize, Vec<&Finding>> = HashMap::new();
    for finding in &result.findings {
        if let Some(exchange) = finding.exchange {
            findings.entry(exchange).or_default().push(finding);
        }
    }
    let creator = json!({ "name": result.kit.name, "version": result.kit.version });
    let mut comment = format!("{}: {}", result.kit.pack_title, result.reason);
    if let Some(why) = result.trust_note() {
        comment.push_str(&format!("; {why}"));
    }
    let mut bytes = Vec::new();
    // Entry by entry: a tree of all bodies would need the memory of the run once more.
    bytes.extend_from_slice(b"{\"log\":{\"version\":\"1.2\",\"creator\":");
    serde_json::to_writer(&mut bytes, &creator)?;
    bytes.extend_from_slice(b",\"comment\":");
    serde_json::to_writer(&mut bytes, &comment)?;
    bytes.extend_from_slice(b",\"entries\":[");
    let mut room = INFLATED_IN_ALL;
    for (place, exchange) in result.exchanges.iter().enumerate() {
        // Writing to memory can't fail.
        let _ = bytes.write_all(if place == 0 { b"\n" } else { b",\n" });
        let shown = findings.get(&exchange.index);
        serde_json::to_writer(
            &mut bytes,
            &entry(exchange, shown.map_or(&[], Vec::as_slice), &mut room),
        )?;
    }
    bytes.extend_from_slice(b"\n]}}\n");
    Ok(bytes)
}

fn entry(exchange: &Exchange, findings: &[&Finding], room: &mut usize) -> Value {
    let mut entry = json!({
        "startedDateTime": exchange.started_at,
        "time": milliseconds(exchange.duration_micros),
        "request": request(&exchange.request),
        "response": response(exchange.response.as_ref(), exchange.error.as_deref(), room),
        "cache": {},
        "timings": timings(exchange),
        "_index": exchange.index,
        "_curl": curl_line(&exchange.request),
    });
    if let Some(error) = &exchange.error {
        entry["comment"] = json!(error);
    }
    if !findings.is_empty() {
        let shown = findings.iter().map(|finding| {
            json!({
                "requirement": finding.requirement,
                "severity": finding.severity,
                "message": finding.message,
            })
        });
        entry["_findings"] = shown.collect();
    }
    entry
}

/// Waiting for the first byte, and receiving; connecting is part of waiting.
fn timings(exchange: &Exchange) -> Value {
    let first = exchange
        .first_byte_micros
        .unwrap_or(exchange.duration_micros);
    let rest = exchange.duration_micros.saturating_sub(first);
    json!({
        "blocked": UNKNOWN,
        "dns": UNKNOWN,
        "connect": UNKNOWN,
        "ssl": UNKNOWN,
        "send": 0,
        "wait": milliseconds(first),
        "receive": milliseconds(rest),
    })
}

fn request(request: &Request) -> Value {
    let message = &request.message;
    let mut shown = json!({
        "method": request.method,
        "url": request.url,
        "httpVersion": HTTP_VERSION,
        "cookies": [],
        "headers": headers(message),
        "queryString": query(&request.url),
        "headersSize": UNKNOWN,
        "bodySize": message.body_bytes,
    });
    if let Some(text) = &message.body {
        let mut data = json!({
            "mimeType": message.header("content-type").unwrap_or_default(),
            "params": [],
            "text": text,
        });
        if message.body_encoding == BodyEncoding::Base64 {
            data["_encoding"] = json!("base64");
        }
        comment(&mut data, message);
        shown["postData"] = data;
    }
    shown
}

/// Where no answer came the status is 0, as browsers write it.
fn response(response: Option<&Response>, error: Option<&str>, room: &mut usize) -> Value {
    let nothing = Message::default();
    let (status, message) = response.map_or((0, &nothing), |one| (one.status, &one.message));
    let mut shown = json!({
        "status": status,
        "statusText": "",
        "httpVersion": HTTP_VERSION,
        "cookies": [],
        "headers": headers(message),
        "content": content(message, room),
        "redirectURL": message.header("location").unwrap_or_default(),
        "headersSize": UNKNOWN,
        "bodySize": message.body_bytes,
    });
    if let (None, Some(error)) = (response, error) {
        shown["_error"] = json!(error);
    }
    shown
}

fn content(message: &Message, room: &mut usize) -> Value {
    let mut content = json!({
        "size": message.body_bytes,
        "mimeType": message.header("content-type").unwrap_or_default(),
    });
    if let Some(plain) = inflated(message, INFLATED.min(*room)) {
        *room -= plain.len();
        content["size"] = json!(plain.len());
        content["compression"] = json!(plain.len() as i64 - message.body_bytes as i64);
        match String::from_utf8(plain) {
            Ok(text) => content["text"] = json!(text),
            Err(error) => {
                content["text"] = json!(STANDARD.encode(error.as_bytes()));
                content["encoding"] = json!("base64");
            }
        }
    } else if let Some(text) = &message.body {
        content["text"] = json!(text);
        if message.body_encoding == BodyEncoding::Base64 {
            content["encoding"] = json!("base64");
        }
    }
    comment(&mut content, message);
    content
}

/// The body without its Content-Encoding, where it is kept whole, has one and is no longer than
/// the limit.
fn inflated(message: &Message, limit: usize) -> Option<Vec<u8>> {
    let encoding = message.header("content-encoding")?;
    if message.body_truncated || message.body_encoding != BodyEncoding::Base64 {
        return None;
    }
    let bytes = STANDARD.decode(message.body.as_deref()?).ok()?;
    decode(&Bytes::from(bytes), encoding, limit).ok()?
}

/// What is missing from a body.
fn comment(data: &mut Value, message: &Message) {
    let mut said = Vec::new();
    if message.body_truncated {
        let digest = message.body_sha256.as_deref();
        let digest = digest.map_or_else(String::new, |digest| format!(", SHA-256 {digest}"));
        said.push(format!(
            "cut: {} bytes were received{digest}",
            message.body_bytes
        ));
    }
    if message.masked_records > 0 {
        let records = message.masked_records;
        said.push(format!(
            "{records} records that the run did not create are reduced to their ids"
        ));
    }
    if !said.is_empty() {
        data["comment"] = json!(said.join("; "));
    }
}

fn headers(message: &Message) -> Value {
    let headers = message.headers.iter();
    headers.map(|(name, value)| pair(name, value)).collect()
}

fn query(url: &str) -> Value {
    let Ok(url) = Url::parse(url) else {
        return json!([]);
    };
    let pairs = url.query_pairs();
    pairs.map(|(name, value)| pair(&name, &value)).collect()
}

fn pair(name: &str, value: &str) -> Value {
    json!({ "name": name, "value": value })
}

fn milliseconds(micros: u64) -> f64 {
    micros as f64 / 1000.0
}
