//! What the response of the collection shows.

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::line::{CheckOutcome, Line};
use crate::evidence::{Body, JsonArrayReader, clock_ahead, tree};
use crate::http::Answer;

/// The official kit takes a fresh look at each element of a list, and its scripts run out of time
/// at about so many.
const KIT_LIMIT: usize = 1_000;

/// How a collection answers that is one.
pub const LIKE_THE_API: &str = "answers 200 with a JSON list, like the API";

/// The answer to the plain list.
pub(super) struct Collection {
    answer: Answer,
    shape: Shape,
}

/// What the body is.
enum Shape {
    /// A list with its number of elements, and the id of the first one.
    List(usize, Option<String>),
    /// Other JSON.
    Json,
    /// Anything else.
    Other,
}

impl Shape {
    /// Reads a list element by element: a collection may be large. `None` where it is not JSON.
    fn of(body: &Body) -> Option<Self> {
        let Some(mut list) = JsonArrayReader::of(body).ok()? else {
            let json: Option<IgnoredAny> = serde_json::from_slice(&body.whole().ok()?).ok();
            return json.map(|_| Self::Json);
        };
        let (mut count, mut first) = (0, None);
        while let Some(element) = list.next_element().ok()? {
            serde_json::from_slice::<IgnoredAny>(element).ok()?;
            if count == 0 {
                let id = |record: Value| Some(record.get("id")?.as_str()?.to_owned());
                first = tree(element).ok().and_then(id);
            }
            count += 1;
        }
        Some(Self::List(count, first))
    }
}

impl Collection {
    pub(super) fn new(answer: Answer) -> Self {
        let shape = Shape::of(&answer.body).unwrap_or(Shape::Other);
        Self { answer, shape }
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.answer.status, 200 | 206) && matches!(self.shape, Shape::List(..))
    }

    /// Whether it wants other credentials.
    pub(super) const fn is_refused(&self) -> bool {
        matches!(self.answer.status, 401 | 403 | 407)
    }

    /// Whether what answers is not the API at all: nothing is found there, or a page is.
    pub(super) fn is_elsewhere(&self) -> bool {
        let status = self.answer.status;
        matches!(status, 404 | 405 | 410) || (status < 400 && matches!(self.shape, Shape::Other))
    }

    /// The id of its first element.
    pub(super) fn first_id(&self) -> Option<String> {
        match &self.shape {
            Shape::List(_, first) => first.clone(),
            Shape::Json | Shape::Other => None,
        }
    }

    /// "answers 404 with HTML".
    pub(super) fn in_words(&self) -> String {
        if self.is_list() {
            return LIKE_THE_API.to_owned();
        }
        let status = self.answer.status;
        match (self.answer.body.first_byte(), &self.shape) {
            (Some(b'<'), _) => format!("answers {status} with HTML"),
            (None, _) => format!("answers {status} without a body"),
            (_, Shape::Other) => format!("answers {status} with something that is not JSON"),
            _ => format!("answers {status} with JSON, but no list"),
        }
    }

    /// Credentials, size, clock and limits, as far as the response shows them.
    pub(super) fn examine(&self, lines: &mut Vec<Line>) {
        lines.push(self.authentication());
        lines.push(self.size());
        let date = self.answer.header("date");
        lines.extend(date.and_then(|date| clock(date, Timestamp::now())));
        lines.extend(self.rate_limit());
    }

    fn authentication(&self) -> Line {
        const WHAT: &str = "authentication";
        if self.is_list() {
            return Line::good(WHAT, "reading is allowed");
        }
        if !self.is_refused() {
            return Line {
                what: WHAT,
                outcome: CheckOutcome::Unknown,
                result: "shows where the collection answers".to_owned(),
                advice: None,
            };
        }
        let wants = self.answer.header("www-authenticate");
        let wants = wants.map(|how| format!(", it wants {how}"));
        let result = format!(
            "GET answers {}{}",
            self.answer.status,
            wants.unwrap_or_default()
        );
        let advice = "this looks like configuration, not conformance: give credentials under \
                      [headers] or [auth] in tmfctk.toml, or with --header";
        Line::with(WHAT, CheckOutcome::Bad, result, advice)
    }

    fn size(&self) -> Line {
        const WHAT: &str = "collection";
        let Shape::List(elements, _) = self.shape else {
            return Line {
                what: WHAT,
                outcome: CheckOutcome::Unknown,
                result: format!("no list: it {}", self.in_words()),
                advice: None,
            };
        };
        let given = self.answer.header("x-total-count");
        let total: Option<usize> = given.and_then(|given| given.trim().parse().ok());
        let total = total.unwrap_or_default().max(elements);
        let bytes = self.answer.body.len();
        let result = format!("{elements} records in {bytes} bytes, {total} in all");
        if elements > KIT_LIMIT {
            let advice = "the official kit dies at lists of about 1,000 records: hand in a run \
                          against an environment with fewer";
            return Line::with(WHAT, CheckOutcome::Advice, result, advice);
        }
        Line::good(WHAT, result)
    }

    fn rate_limit(&self) -> Option<Line> {
        let limits = self.answer.headers.iter().filter(|(name, _)| {
            let name = name.to_ascii_lowercase();
            name.contains("ratelimit") || name.contains("rate-limit") || name == "retry-after"
        });
        let limits: Vec<_> = limits
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        if limits.is_empty() {
            return None;
        }
        let advice = "a run sends several hundred requests: ask for fewer a second with --rate";
        Some(Line::with(
            "rate limit",
            CheckOutcome::Advice,
            limits.join(", "),
            advice,
        ))
    }
}

/// The clock that an HTTP date shows, against the time at which it was asked for.
pub fn clock(date: &str, asked: Timestamp) -> Option<Line> {
    const WHAT: &str = "clock";
    let ahead = clock_ahead(date, asked)?.as_secs();
    if ahead == 0 {
        return Some(Line::good(WHAT, "as the one here"));
    }
    let side = if ahead > 0 { "ahead of" } else { "behind" };
    let result = format!("the target's is {} s {side} the one here", ahead.abs());
    let advice = "dates that it sets will look wrong, and tokens may; set both clocks";
    Some(Line::with(WHAT, CheckOutcome::Advice, result, advice))
}
