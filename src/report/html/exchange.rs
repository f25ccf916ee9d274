//! Exchanges: request and response as a reader sees them.

use jiff::Timestamp;
use serde::Serialize;

use super::cover::{date, severity_status};
use super::index::{Capped, ENTRIES, Index, LINE};
use crate::evidence::{BodyEncoding, Exchange, Message, REDACTED};
use crate::report::curl::curl_line;
use crate::report::pretty::{indent, looks_like_json};
use crate::report::text::{cut, short};
use crate::verdict::RunResult;

/// Bytes shown of a body.
const BODY: usize = 8_000;
/// Bytes shown of a body once many exchanges have been shown.
const LATER_BODY: usize = 1_500;
/// Exchanges folded together.
const CHUNK: usize = 50;
/// How many exchanges are many.
const MANY: usize = 200;
/// A pretty body is made of at most this many bytes: a marked place further on is not looked for.
const PRETTY: usize = 64_000;
/// Bytes of a body before a marked place that are shown with it.
const LEAD: usize = 1_000;
/// The width of the waterfall: its units are hundredths of it.
const FALL: u64 = 100;
/// The narrowest bar in it that can still be seen.
const NARROWEST: u64 = 1;
/// Bytes shown of a curl line.
const CURL: usize = 6_000;

/// The evidence section, but for its chunks: they are most of the page, and rendered one by one.
#[derive(Serialize)]
pub struct Evidence {
    count: Capped,
}

/// Some exchanges in a row, folded together: what is folded costs a browser nothing.
#[derive(Serialize)]
pub struct Chunk<'a> {
    first: usize,
    last: usize,
    open: bool,
    exchanges: Vec<ExchangeView<'a>>,
}

/// One exchange: in full, or a line without its messages.
#[derive(Serialize)]
pub struct ExchangeView<'a> {
    index: usize,
    method: String,
    url: String,
    path: String,
    status: Option<u16>,
    class: &'static str,
    finding: &'static str,
    /// What it is evidence for.
    requirements: String,
    error: Option<String>,
    started: String,
    micros: u64,
    /// Until status line and headers were there, and from then on.
    waited: Option<u64>,
    received: u64,
    fall: Option<Fall>,
    request: Option<MessageView<'a>>,
    response: Option<MessageView<'a>>,
    curl: Option<String>,
}

/// When an exchange took place among those that it stands with: a bar in units of [`FALL`].
#[derive(Serialize)]
struct Fall {
    x: u64,
    waited: u64,
    /// Where the bytes begin to come.
    then: u64,
    received: u64,
}

/// Headers and body.
#[derive(Serialize)]
pub struct MessageView<'a> {
    headers: Vec<Header<'a>>,
    more_headers: usize,
    body: Option<BodyView>,
    bytes: u64,
}

#[derive(Serialize)]
struct Header<'a> {
    name: &'a str,
    value: String,
    redacted: bool,
}

/// A body, with the place marked that a finding points to.
#[derive(Serialize)]
struct BodyView {
    skipped: bool,
    before: String,
    mark: Option<String>,
    after: String,
    base64: bool,
    /// Whether less is shown than the result holds.
    cut: bool,
    /// Whether the result holds less than was received.
    truncated: bool,
    /// Of all bytes that were received, where the result holds less.
    sha256: Option<String>,
    masked: usize,
}

impl Evidence {
    /// How many exchanges there are, and how many of them are shown.
    pub fn new(result: &RunResult, index: &Index<'_>) -> Self {
        Self {
            count: Capped::new(result.exchanges.len(), index.shown.len()),
        }
    }
}

/// The exchanges that are shown, each chunk made when it is asked for.
pub fn chunks<'a>(result: &'a RunResult, index: &Index<'a>) -> impl Iterator<Item = Chunk<'a>> {
    let shown: Vec<&Exchange> = result
        .exchanges
        .iter()
        .filter(|exchange| index.shown.contains(&exchange.index))
        .collect();
    let few = shown.len() <= CHUNK;
    let chunks: Vec<Vec<&Exchange>> = shown.chunks(CHUNK).map(<[_]>::to_vec).collect();
    chunks.into_iter().enumerate().map(move |(place, chunk)| {
        let body = if place * CHUNK < MANY {
            BODY
        } else {
            LATER_BODY
        };
        let window = Window::new(&chunk);
        Chunk {
            first: chunk[0].index,
            last: chunk[chunk.len() - 1].index,
            open: few,
            exchanges: chunk
                .into_iter()
                .map(|exchange| {
                    let finding = index.gravest.get(&exchange.index);
                    ExchangeView {
                        finding: finding.map_or("", |severity| severity_status(*severity)),
                        requirements: index.evidence(exchange.index),
                        fall: window
                            .as_ref()
                            .filter(|_| index.is_full(exchange.index))
                            .and_then(|window| window.fall(exchange)),
                        ..match index.is_full(exchange.index) {
                            true => ExchangeView::new(exchange, index, None, body),
                            false => ExchangeView::line(exchange, index),
                        }
                    }
                })
                .collect(),
        }
    })
}

/// From the first request of some exchanges to the last byte of them.
struct Window {
    start: Timestamp,
    micros: u64,
}

impl Window {
    /// None where a time can't be read: a stored result may hold anything.
    fn new(exchanges: &[&Exchange]) -> Option<Self> {
        let starts: Option<Vec<Timestamp>> = exchanges.iter().map(|all| started(all)).collect();
        let starts = starts?;
        let start = *starts.iter().min()?;
        let ends = starts.iter().zip(exchanges);
        let micros = ends
            .map(|(from, exchange)| {
                micros_between(start, *from).saturating_add(exchange.duration_micros)
            })
            .max()?
            .max(1);
        Some(Self { start, micros })
    }

    fn fall(&self, exchange: &Exchange) -> Option<Fall> {
        let units = |micros: u64| micros.saturating_mul(FALL) / self.micros;
        let x = units(micros_between(self.start, started(exchange)?)).min(FALL - NARROWEST);
        let whole = units(exchange.duration_micros).clamp(NARROWEST, FALL - x);
        // Where nothing came, all of it is waiting.
        let until = exchange
            .first_byte_micros
            .unwrap_or(exchange.duration_micros);
        let waited = units(until).min(whole);
        Some(Fall {
            x,
            waited,
            then: x + waited,
            received: whole - waited,
        })
    }
}

fn started(exchange: &Exchange) -> Option<Timestamp> {
    exchange.started_at.parse().ok()
}

fn micros_between(from: Timestamp, to: Timestamp) -> u64 {
    u64::try_from(to.as_microsecond().saturating_sub(from.as_microsecond())).unwrap_or_default()
}

impl<'a> ExchangeView<'a> {
    /// The exchange behind a finding, with the place that the finding points to marked.
    pub fn behind(exchange: &'a Exchange, index: &Index<'_>, pointer: Option<&str>) -> Self {
        Self::new(exchange, index, pointer, BODY)
    }

    fn new(exchange: &'a Exchange, index: &Index<'_>, pointer: Option<&str>, body: usize) -> Self {
        let request = &exchange.request;
        let curl = curl_line(request);
        Self {
            request: Some(MessageView::new(&request.message, None, body)),
            response: exchange
                .response
                .as_ref()
                .map(|response| MessageView::new(&response.message, pointer, body)),
            // Half a command is worse than none, and so is one with half a body.
            curl: (curl.len() <= CURL && !request.message.body_truncated).then_some(curl),
            ..Self::line(exchange, index)
        }
    }

    fn line(exchange: &'a Exchange, index: &Index<'_>) -> Self {
        let request = &exchange.request;
        let status = exchange.response.as_ref().map(|response| response.status);
        Self {
            index: exchange.index,
            method: short(&request.method, 40),
            url: short(&request.url, LINE),
            path: index.path(&request.url),
            status,
            class: match status {
                None => "none",
                Some(200..300) => "fine",
                Some(300..400) => "moved",
                Some(400..500) => "refused",
                Some(_) => "broken",
            },
            finding: "",
            requirements: String::new(),
            error: exchange.error.as_ref().map(|error| short(error, LINE)),
            started: date(&exchange.started_at),
            micros: exchange.duration_micros,
            waited: exchange.first_byte_micros,
            received: exchange
                .first_byte_micros
                .map_or(0, |waited| exchange.duration_micros.saturating_sub(waited)),
            fall: None,
            request: None,
            response: None,
            curl: None,
        }
    }
}

impl<'a> MessageView<'a> {
    /// The view of a message; of its body `max` bytes are shown.
    pub fn new(message: &'a Message, pointer: Option<&str>, max: usize) -> Self {
        let headers = message.headers.iter().take(ENTRIES);
        Self {
            headers: headers
                .map(|(name, value)| Header {
                    name,
                    value: short(value, LINE),
                    redacted: value == REDACTED,
                })
                .collect(),
            more_headers: message.headers.len().saturating_sub(ENTRIES),
            body: message
                .body
                .as_ref()
                .map(|body| BodyView::new(message, body, pointer, max)),
            bytes: message.body_bytes,
        }
    }
}

impl BodyView {
    fn new(message: &Message, body: &str, pointer: Option<&str>, max: usize) -> Self {
        let base64 = message.body_encoding == BodyEncoding::Base64;
        let (kept, mut shortened) = cut(body, PRETTY.max(max));
        let (text, found) = if !base64 && looks_like_json(kept) {
            let pretty = indent(kept, pointer);
            (pretty.text, pretty.found)
        } else {
            (kept.to_owned(), None)
        };
        let mut view = Self {
            skipped: false,
            before: String::new(),
            mark: None,
            after: String::new(),
            base64,
            cut: false,
            truncated: message.body_truncated,
            sha256: message
                .body_sha256
                .as_ref()
                .map(|sha256| short(sha256, LINE)),
            masked: message.masked_records,
        };
        match found {
            // The whole document is not a place in it.
            Some(range) if range.start > 0 => {
                let start = line_before(&text, range.start.saturating_sub(LEAD));
                let (mark, mark_cut) = cut(&text[range.clone()], max);
                let left = max.saturating_sub(mark.len() + range.start - start);
                let (after, after_cut) = cut(&text[range.end..], left);
                view.skipped = start > 0;
                text[start..range.start].clone_into(&mut view.before);
                view.mark = Some(mark.to_owned());
                after.clone_into(&mut view.after);
                shortened |= mark_cut || after_cut || view.skipped;
            }
            _ => {
                let (before, before_cut) = cut(&text, max);
                before.clone_into(&mut view.before);
                shortened |= before_cut;
            }
        }
        view.cut = shortened;
        view
    }
}

/// The start of the line that holds this place.
fn line_before(text: &str, at: usize) -> usize {
    let at = text.floor_char_boundary(at);
    text[..at].rfind('\n').map_or(0, |newline| newline + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str, pointer: &str) -> BodyView {
        BodyView::new(&Message::default(), text, Some(pointer), 100)
    }

    #[test]
    fn the_place_that_a_finding_points_to_is_marked() {
        let view = body(r#"{"a":1,"b":{"c":"x"},"d":2}"#, "/b/c");
        assert_eq!(view.mark.as_deref(), Some("\"x\""));
        assert!(view.before.ends_with("\"c\": ") && view.after.contains("\"d\": 2"));
        assert!(!view.cut && !view.skipped);
    }

    #[test]
    fn a_place_far_down_is_shown_without_what_stands_before() {
        let items = vec![r#"{"id":"x"}"#; 400].join(",");
        let view = body(&format!("[{items}]"), "/300/id");
        assert_eq!(view.mark.as_deref(), Some("\"x\""));
        assert!(view.skipped && view.cut && view.before.len() < 1_200);
    }

    #[test]
    fn a_large_body_is_cut_and_says_so() {
        let view = BodyView::new(&Message::default(), &"ä".repeat(100_000), None, 1_001);
        assert!(view.cut && view.before.len() == 1_000);
    }
}
