//! The recordings of the official kit in `tests/recordings`, and a server that answers as recorded.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::Compression;
use flate2::write::GzEncoder;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::server::{Answer, Request, Server};

/// A run of the official kit: every request as it arrived at the server, every answer as it was
/// sent, and the numbers that the kit reported.
#[derive(Debug, Deserialize)]
pub struct Recording {
    #[serde(skip)]
    pub name: String,
    base: String,
    #[serde(rename = "officialKit")]
    pub official: Numbers,
    pub exchanges: Vec<Exchange>,
}

/// What the kit reported.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Numbers {
    pub requests: usize,
    pub assertions: usize,
    pub failed: usize,
    pub failed_assertions: usize,
    pub script_errors: usize,
    pub request_errors: usize,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Exchange {
    pub request: Asked,
    /// Nothing where the connection was reset.
    pub response: Option<Recorded>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Asked {
    pub method: String,
    pub target: String,
    #[serde(default)]
    pub body: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Recorded {
    pub status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// A server that gives the recorded answers, and then those of a server that has the records
/// which were created.
pub struct Replayed {
    pub server: Server,
    pub base: String,
}

impl Recording {
    /// The recording of that name.
    pub fn load(name: &str) -> Self {
        let path = folder().join(name).with_extension("json");
        let text = fs::read_to_string(path).expect("readable");
        let mut recording: Self = serde_json::from_str(&text).expect("a recording");
        name.clone_into(&mut recording.name);
        recording
    }

    /// All recordings by name.
    pub fn all() -> Vec<Self> {
        let entries = fs::read_dir(folder()).expect("recordings");
        let mut names: Vec<String> = entries
            .map(|entry| entry.expect("readable").path())
            .map(|path| path.file_stem().expect("a name").to_string_lossy().into())
            .collect();
        names.sort();
        names.iter().map(|name| Self::load(name)).collect()
    }

    /// The body of the configured create.
    pub fn payload(&self) -> &str {
        &self.exchanges[0].request.body
    }

    /// What the kit would say: nothing where no request got an answer.
    pub fn would_pass(&self) -> Option<bool> {
        let answered = self.exchanges.iter().any(|it| it.response.is_some());
        answered.then_some(self.official.failed == 0)
    }

    /// Serves it, the recorded answers once and in their order. What is asked again in between, to
    /// see whether the target still serves, is answered as before.
    pub fn serve(&self) -> Replayed {
        let exchanges = self.exchanges.clone();
        let next = AtomicUsize::new(0);
        let server = Server::start(move |request, _| {
            let port = request
                .header("host")
                .and_then(|host| host.rsplit(':').next());
            let port = port.unwrap_or_default();
            let number = next.load(Ordering::SeqCst);
            let is_next = |it: &&Exchange| is_for(it, request, port);
            // The kit's own requests have a token; others do not take the place of one of them.
            let of_the_kit = request.header("postman-token").is_some();
            let asked_before = exchanges.get(number).filter(is_next).is_none()
                && exchanges.iter().take(number).any(|it| is_next(&it));
            if !of_the_kit || asked_before {
                return afterwards(&exchanges, request, port);
            }
            next.fetch_add(1, Ordering::SeqCst);
            match exchanges.get(number) {
                Some(Exchange { response: None, .. }) => Answer::Close,
                Some(Exchange {
                    response: Some(recorded),
                    ..
                }) => recorded.answer(port),
                None => afterwards(&exchanges, request, port),
            }
        });
        let base = self.base.replace("PORT", &server.port().to_string());
        Replayed { server, base }
    }
}

impl Recorded {
    fn answer(&self, port: &str) -> Answer {
        let put = |text: &str| text.replace("PORT", port);
        let headers: Vec<_> = self
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), put(value)))
            .collect();
        let mut body = put(&self.body).into_bytes();
        let gzip = |(name, value): &(String, String)| name == "Content-Encoding" && value == "gzip";
        if headers.iter().any(gzip) {
            let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
            encoder.write_all(&body).expect("in memory");
            body = encoder.finish().expect("in memory");
        }
        Answer::Reply {
            status: self.status,
            headers,
            body,
        }
    }
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Whether an exchange was recorded for this request, also where that is spelt in another way.
fn is_for(known: &Exchange, request: &Request, port: &str) -> bool {
    known.request.method == request.method
        && decode(&known.request.target.replace("PORT", port)) == decode(&request.target)
}

/// Past the kit's own requests: what was asked before is answered as before, also where it is spelt
/// in another way; anything else is answered as it should be.
fn afterwards(exchanges: &[Exchange], request: &Request, port: &str) -> Answer {
    let before = exchanges.iter().find(|known| is_for(known, request, port));
    if let Some(known) = before {
        return known
            .response
            .as_ref()
            .map_or(Answer::Close, |recorded| recorded.answer(port));
    }
    let records: Vec<Map<String, Value>> = exchanges
        .iter()
        .filter(|exchange| exchange.request.method == "POST")
        .filter_map(|exchange| exchange.response.as_ref())
        .filter(|recorded| recorded.status < 300)
        .filter_map(|recorded| serde_json::from_str(&recorded.body.replace("PORT", port)).ok())
        .collect();
    let holds = |record: &Map<String, Value>, name: &str, value: &str| match record.get(name) {
        Some(Value::String(text)) => text == value,
        Some(other) => format!("{other}") == value,
        None => false,
    };
    let member = request.path().rsplit("/partyInteraction/").next();
    let member = member.filter(|rest| !rest.contains('/') && *rest != request.path());
    if let Some(id) = member.map(decode) {
        let found = records.iter().find(|record| holds(record, "id", &id));
        return match (request.method.as_str(), found) {
            ("DELETE", Some(_)) => Answer::new(204, "application/json", ""),
            ("GET", Some(record)) => Answer::json(200, &Value::from(record.clone())),
            _ => Answer::json(
                404,
                &serde_json::json!({"code": "404", "reason": "unknown"}),
            ),
        };
    }
    let query = request
        .target
        .split_once('?')
        .map_or("", |(_, query)| query);
    let mut found = records;
    for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
        found.retain(|record| holds(record, &decode(name), &decode(value)));
    }
    Answer::json(200, &found.into_iter().map(Value::from).collect())
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}
