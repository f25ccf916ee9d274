//! Speaks as the kit's runner (newman 4.6.1) does: follows redirects, keeps cookies, decodes
//! compressed bodies and skips a byte order mark.
//!
//! It differs in one point: nothing that could be a credential goes to another origin than the
//! target's.

use std::borrow::Cow;
use std::collections::BTreeSet;

use jiff::Timestamp;

use super::charset::{self, Decoded};
use super::cookies::Jar;
use super::transport::{Incoming, Outgoing, SendError, Transport};
use super::url::WireUrl;
use crate::evidence::decode::{self, DecodeError, decode_into};
use crate::evidence::{BYTE_ORDER_MARK, Body, BodyWriter};

/// Maximum number of redirects that the runner follows for one request.
const MOST_REDIRECTS: usize = 10;

/// Bytes of names and values of the headers at which the parser of Node, on which the runner runs,
/// gives up.
const NODE_HEADER_BYTES: usize = 16 * 1024;

/// The names of the headers that the runner sends with every request by itself, with their values
/// where those are always the same.
const OWN_HEADERS: [(&str, &str); 4] = [
    ("User-Agent", "PostmanRuntime/7.24.1"),
    ("Cache-Control", "no-cache"),
    ("Accept-Encoding", decode::ACCEPTED),
    ("Connection", "keep-alive"),
];

/// A client with the habits of the kit's runner.
#[derive(Debug)]
pub struct Agent {
    /// A URL of the target: its origin is home.
    home: WireUrl,
    headers: Vec<(String, String)>,
    decoded_limit: usize,
    most_plain: usize,
    jar: Jar,
    habits: Habits,
    /// Whether requests are written to a raw connection: only then is it seen how the target writes
    /// the headers that say how long a body is. The first one is, and the rest where that matters.
    by_hand: bool,
}

/// What of the runner's habits was needed so far.
#[derive(Debug, Clone, Default)]
struct Habits {
    redirects: bool,
    cookies: bool,
    byte_order_mark: bool,
    encodings: BTreeSet<String>,
    charsets: BTreeSet<&'static str>,
    foreign: BTreeSet<String>,
}

/// An answer after all redirects, decoded.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The status; `None` where no answer came.
    pub status: Option<u16>,
    /// The decoded body; empty where no answer came.
    pub body: Body,
    /// Whether any HTTP response came, also one that led nowhere.
    pub answered: bool,
    /// Why no answer came that a script could read.
    pub error: Option<String>,
    /// What to do where only a flaw of the runner keeps it from reading the answer.
    pub advice: Option<String>,
    /// Why the kit may see another answer than this one: its numbers are a guess then.
    pub guess: Option<String>,
    /// Why the body could not be read although an answer came.
    pub unread: Option<String>,
    /// Indices of the exchanges, in order.
    pub exchanges: Vec<usize>,
}

impl Agent {
    /// A client for the target that `home` is a URL of.
    ///
    /// `decoded_limit` is how many bytes of a compressed body are decoded at most, `most_plain` how
    /// many of them are kept in memory.
    pub fn new(
        home: WireUrl,
        headers: &[(String, String)],
        decoded_limit: usize,
        most_plain: usize,
    ) -> Self {
        let mut headers = headers.to_vec();
        let own = OWN_HEADERS.map(|(name, value)| (name.to_owned(), value.to_owned()));
        headers.extend(own);
        Self {
            home,
            headers,
            decoded_limit,
            most_plain,
            jar: Jar::default(),
            habits: Habits::default(),
            by_hand: true,
        }
    }

    /// Sends a request, and what its redirects ask for.
    pub async fn fetch(
        &mut self,
        transport: &impl Transport,
        method: &str,
        url: &WireUrl,
        body: Option<&str>,
    ) -> Fetched {
        let token = uuid();
        let mut request = Redirected {
            method: method.to_owned(),
            url: url.clone(),
            body,
            bodiless: false,
        };
        let mut exchanges = Vec::new();
        let mut answered = false;
        let outcome = loop {
            let incoming = match self.send(transport, &request, &token).await {
                Ok(incoming) => incoming,
                Err(error) => {
                    exchanges.extend(error.exchange);
                    if error.unread {
                        return Fetched::unread(error.message, exchanges);
                    }
                    if error.timed_out {
                        return Fetched {
                            guess: Some(format!(
                                "got {}; the official kit has no time limit, and waits",
                                error.message
                            )),
                            answered,
                            ..Fetched::failed(error.message, exchanges)
                        };
                    }
                    break Err(error.message);
                }
            };
            exchanges.push(incoming.exchange);
            answered = true;
            let Some(location) = location(&incoming) else {
                break Ok(incoming);
            };
            if exchanges.len() > MOST_REDIRECTS {
                break Err(format!("more than {MOST_REDIRECTS} redirects"));
            }
            self.habits.redirects = true;
            match request.url.follow(location) {
                Ok(next) => request.redirect(incoming.status, next),
                Err(error) => break Err(format!("the redirect can't be followed: {error}")),
            }
        };
        match outcome {
            Ok(incoming) => self.read(transport, incoming, exchanges),
            Err(message) => Fetched {
                answered,
                ..Fetched::failed(message, exchanges)
            },
        }
    }

    async fn send(
        &mut self,
        transport: &impl Transport,
        request: &Redirected<'_>,
        token: &str,
    ) -> Result<Incoming, SendError> {
        let at_home = request.url.same_origin(&self.home);
        if !at_home {
            let url = &request.url;
            let origin = format!("{}://{}", url.scheme(), url.host_and_port_text());
            self.habits.foreign.insert(origin);
        }
        let mut headers = self.headers.clone();
        if request.bodiless {
            headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        }
        headers.push(("Postman-Token".to_owned(), token.to_owned()));
        let now = Timestamp::now();
        if let Some(cookies) = self.jar.header(&request.url, now) {
            self.habits.cookies = true;
            headers.push(("Cookie".to_owned(), cookies));
        }
        let incoming = transport
            .send(Outgoing {
                method: &request.method,
                url: &request.url,
                headers: &headers,
                body: request.body,
                at_home,
                by_hand: self.by_hand && at_home,
            })
            .await?;
        self.by_hand &= refused_framing(&incoming).is_some();
        for header in incoming.headers("set-cookie") {
            self.jar.keep(header, &request.url, now);
        }
        Ok(incoming)
    }

    fn read(
        &mut self,
        transport: &impl Transport,
        incoming: Incoming,
        exchanges: Vec<usize>,
    ) -> Fetched {
        if let Some(flaw) = unreadable(&incoming) {
            return Fetched {
                answered: true,
                advice: flaw.advice,
                guess: flaw.guess,
                ..Fetched::failed(flaw.error, exchanges)
            };
        }
        let mut fetched = Fetched {
            status: Some(incoming.status),
            body: Body::default(),
            answered: true,
            error: None,
            advice: None,
            guess: None,
            unread: None,
            exchanges,
        };
        if incoming.truncated {
            fetched.unread = Some(format!(
                "the body is longer than the {} bytes that are read (--parse-bytes)",
                incoming.body.len()
            ));
            return fetched;
        }
        let encoding = incoming
            .headers("content-encoding")
            .collect::<Vec<_>>()
            .join(", ");
        let mut plain = BodyWriter::new(self.most_plain, 0);
        match decode_into(&incoming.body, &encoding, self.decoded_limit, &mut plain) {
            Ok(false) => fetched.body = incoming.body.clone(),
            Ok(true) => {
                self.habits
                    .encodings
                    .insert(encoding.trim().to_ascii_lowercase());
                fetched.body = plain.finish();
            }
            Err(error @ DecodeError::TooLong(_)) => {
                let words = format!("{error} (--inflate-bytes)");
                transport.limited(&words);
                fetched.unread = Some(words);
            }
            // To the runner this is as if no answer had come.
            Err(error @ DecodeError::Broken(_)) => {
                return Fetched {
                    answered: true,
                    ..Fetched::failed(error.to_string(), fetched.exchanges)
                };
            }
        }
        let content_type = incoming.headers("content-type").next().unwrap_or_default();
        match charset::decode(&fetched.body, content_type, self.most_plain) {
            Ok(Decoded::AsItCame) => {}
            Ok(Decoded::From(name, body)) => {
                self.habits.charsets.insert(name);
                fetched.body = body;
            }
            Ok(Decoded::Unknown(name)) => {
                fetched.guess = Some(format!(
                    "was answered in the charset {name}, which the official kit decodes and this \
                     harness does not"
                ));
            }
            Err(error) => fetched.unread = Some(error.to_string()),
        }
        fetched.body = self.text(std::mem::take(&mut fetched.body));
        fetched
    }

    /// The body as the runner's text. In a large one, bytes that are not UTF-8 are replaced when it
    /// is read.
    fn text(&mut self, body: Body) -> Body {
        let marked = body.reader().starts_with(BYTE_ORDER_MARK);
        self.habits.byte_order_mark |= marked.is_ok_and(|marked| marked);
        match body.plain().map(|bytes| String::from_utf8_lossy(bytes)) {
            Some(Cow::Owned(text)) => text.into(),
            Some(Cow::Borrowed(_)) | None => body,
        }
    }

    /// What the official kit's runner does and no other check of ours, a sentence for each that
    /// was needed.
    pub fn notes(&self) -> Vec<String> {
        let habits = &self.habits;
        let mut notes = Vec::new();
        if habits.redirects {
            notes.push("Redirects were followed, as the official kit does.".to_owned());
        }
        for origin in &habits.foreign {
            notes.push(format!(
                "A redirect led to another origin, {origin}; no credentials were sent there, which the official kit might do."
            ));
        }
        if habits.cookies {
            notes.push(
                "Cookies that the target set were sent back, as the official kit does.".to_owned(),
            );
        }
        if !habits.encodings.is_empty() {
            let names: Vec<&str> = habits.encodings.iter().map(String::as_str).collect();
            notes.push(format!(
                "Compressed bodies were decoded ({}), as the official kit does.",
                names.join(", ")
            ));
        }
        for charset in &habits.charsets {
            notes.push(format!(
                "Bodies were decoded from {charset}, as the official kit does; JSON between systems \
                 is UTF-8 (RFC 8259, section 8.1)."
            ));
        }
        if habits.byte_order_mark {
            notes.push("A byte order mark was skipped, as the official kit does.".to_owned());
        }
        notes
    }
}

impl Fetched {
    /// An answer came, and is too much to be read.
    fn unread(reason: String, exchanges: Vec<usize>) -> Self {
        Self {
            answered: true,
            ..Self::unsent(reason, exchanges)
        }
    }

    /// Nothing was asked, since the request is too long to be sent.
    pub fn unsent(reason: String, exchanges: Vec<usize>) -> Self {
        Self {
            status: None,
            body: Body::default(),
            answered: false,
            error: None,
            advice: None,
            guess: None,
            unread: Some(reason),
            exchanges,
        }
    }

    /// No answer came.
    pub fn failed(message: String, exchanges: Vec<usize>) -> Self {
        Self {
            status: None,
            body: Body::default(),
            answered: false,
            error: Some(message),
            advice: None,
            guess: None,
            unread: None,
            exchanges,
        }
    }
}

/// A request as redirects have changed it.
struct Redirected<'b> {
    method: String,
    url: WireUrl,
    body: Option<&'b str>,
    bodiless: bool,
}

impl Redirected<'_> {
    /// 307 and 308 keep method and body; after any other status the runner sends a bare GET.
    fn redirect(&mut self, status: u16, next: WireUrl) {
        self.url = next;
        if !matches!(status, 307 | 308) {
            "GET".clone_into(&mut self.method);
            self.body = None;
            self.bodiless = true;
        }
    }
}

/// An answer that HTTP clients commonly read, and the runner can't.
struct Unreadable {
    error: String,
    /// What to do, where only a flaw of the runner keeps it from reading the answer.
    advice: Option<String>,
    /// Why another Node would read it.
    guess: Option<String>,
}

/// What keeps the runner, newman 4.6.1 on Node 20, from reading an answer.
fn unreadable(incoming: &Incoming) -> Option<Unreadable> {
    too_many_header_bytes(incoming)
        .or_else(|| refused_framing(incoming))
        .or_else(|| deflated(incoming))
}

fn too_many_header_bytes(incoming: &Incoming) -> Option<Unreadable> {
    let bytes: usize = incoming
        .headers
        .iter()
        .map(|(name, value)| name.len() + value.len())
        .sum();
    (bytes >= NODE_HEADER_BYTES).then(|| Unreadable {
        error: format!(
            "the official kit can't read the answer: its headers have {bytes} bytes, and the \
             parser of Node gives up at {NODE_HEADER_BYTES}"
        ),
        advice: Some(format!(
            "Send less than {NODE_HEADER_BYTES} bytes of headers to pass the official kit; no \
             standard sets that limit."
        )),
        guess: Some(
            "was answered with more headers than Node reads unless configured to".to_owned(),
        ),
    })
}

/// What says how long the body is, in a form that Node's parser refuses and others take.
fn refused_framing(incoming: &Incoming) -> Option<Unreadable> {
    let lengths: Vec<&str> = incoming.headers("content-length").collect();
    let codings: Vec<&str> = incoming.headers("transfer-encoding").collect();
    let tab_behind = |values: &[&str]| values.iter().any(|value| value.ends_with('\t'));
    let refused = |what: &str, advice: Option<&str>| Unreadable {
        error: format!("the official kit can't read the answer: the parser of Node refuses {what}"),
        advice: advice.map(str::to_owned),
        guess: None,
    };
    if lengths.len() > 1 || lengths.iter().any(|length| length.contains(',')) {
        return Some(refused(
            "more than one Content-Length (RFC 9110, section 8.6)",
            None,
        ));
    }
    if !lengths.is_empty() && !codings.is_empty() {
        let what = "a Content-Length beside a Transfer-Encoding (RFC 9112, section 6.2)";
        return Some(refused(what, None));
    }
    let advice = "Send no tab behind the values of Content-Length and Transfer-Encoding to pass the \
                  official kit, though RFC 9110, section 5.5, allows it.";
    (tab_behind(&lengths) || tab_behind(&codings)).then(|| {
        refused(
            "a tab behind the value of Content-Length or Transfer-Encoding",
            Some(advice),
        )
    })
}

fn deflated(incoming: &Incoming) -> Option<Unreadable> {
    let mut codings = incoming.headers("content-encoding");
    let deflated = codings.any(|coding| coding.trim().eq_ignore_ascii_case("deflate"));
    (deflated && !incoming.body.is_empty()).then(|| Unreadable {
        error:
            "the official kit can't read the answer: newman 4.6.1 on Node 20 never comes to the \
                end of a body that is compressed with deflate"
                .to_owned(),
        advice: Some(
            "The official kit offers deflate and can't read it on Node 20: answer with gzip or \
                 uncompressed."
                .to_owned(),
        ),
        guess: Some(
            "was answered with deflate, which the official kit reads on an older Node, and which \
                keeps it from ever ending on Node 20"
                .to_owned(),
        ),
    })
}

/// A random UUID (RFC 9562, version 4), as the runner puts into each request.
fn uuid() -> String {
    let random = fastrand::u128(..);
    let bits = (random & !(0xf << 76 | 0x3 << 62)) | 0x4 << 76 | 0x2 << 62;
    let hex = format!("{bits:032x}");
    let (a, b, c, d, e) = (
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..],
    );
    format!("{a}-{b}-{c}-{d}-{e}")
}

fn location(incoming: &Incoming) -> Option<&str> {
    if !(300..400).contains(&incoming.status) {
        return None;
    }
    incoming
        .headers("location")
        .find(|location| !location.is_empty())
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    /// Status, headers and body.
    type Reply = (u16, Vec<(&'static str, &'static str)>, &'static [u8]);

    /// Answers in order, and keeps what was asked.
    struct Script {
        answers: RefCell<Vec<Reply>>,
        asked: RefCell<Vec<String>>,
    }

    impl Script {
        fn new(mut answers: Vec<Reply>) -> Self {
            answers.reverse();
            Self {
                answers: RefCell::new(answers),
                asked: RefCell::default(),
            }
        }
    }

    impl Transport for Script {
        async fn send(&self, outgoing: Outgoing<'_>) -> Result<Incoming, SendError> {
            let exchange = self.asked.borrow().len();
            let sent = |wanted: &str| {
                let found = outgoing.headers.iter().find(|(name, _)| name == wanted);
                found.map_or("-", |(_, value)| value.as_str())
            };
            self.asked.borrow_mut().push(format!(
                "{} {} {} {} {} {}",
                outgoing.method,
                outgoing.url,
                sent("Content-Type"),
                sent("Cookie"),
                outgoing.body.unwrap_or("-"),
                if outgoing.at_home { "home" } else { "abroad" },
            ));
            let answer = self.answers.borrow_mut().pop();
            let (status, headers, body) = answer.ok_or_else(|| SendError {
                message: "reset".to_owned(),
                unread: false,
                timed_out: false,
                exchange: Some(exchange),
            })?;
            Ok(Incoming {
                status,
                headers: headers
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
                body: body.into(),
                truncated: false,
                exchange,
            })
        }
    }

    fn url(text: &str) -> WireUrl {
        WireUrl::encode(text).expect("encodable")
    }

    fn agent() -> Agent {
        let json = "application/json".to_owned();
        Agent::new(
            url("http://h/"),
            &[("Content-Type".to_owned(), json)],
            100,
            100,
        )
    }

    async fn post(agent: &mut Agent, script: &Script) -> Fetched {
        agent
            .fetch(script, "POST", &url("http://h/a"), Some("{}"))
            .await
    }

    #[tokio::test]
    async fn a_redirected_post_becomes_a_bare_get_unless_the_status_keeps_it() {
        let script = Script::new(vec![
            (
                307,
                vec![("Location", "/b"), ("Set-Cookie", "s=1; Path=/")],
                b"",
            ),
            (302, vec![("location", "http://other/c")], b""),
            (200, vec![], b"\xef\xbb\xbf[]"),
        ]);
        let mut agent = agent();
        let fetched = post(&mut agent, &script).await;
        let body = fetched.body.whole().expect("in memory");
        // Whoever reads it skips the mark.
        let expected = &b"\xef\xbb\xbf[]"[..];
        assert_eq!((fetched.status, &body[..]), (Some(200), expected));
        assert_eq!(fetched.exchanges, [0, 1, 2]);
        assert_eq!(
            script.asked.into_inner(),
            [
                "POST http://h/a application/json - {} home",
                "POST http://h/b application/json s=1 {} home",
                "GET http://other/c - - - abroad",
            ]
        );
        let notes = agent.notes().join("\n");
        for part in ["Redirects", "http://other:80", "Cookies", "byte order mark"] {
            assert!(notes.contains(part), "{part} in {notes}");
        }
    }

    #[tokio::test]
    async fn answers_that_node_cannot_read_are_none_to_the_kit_and_a_guess() {
        let long: &'static str = "a".repeat(NODE_HEADER_BYTES).leak();
        for headers in [vec![("Content-Encoding", "Deflate ")], vec![("X-A", long)]] {
            let script = Script::new(vec![(200, headers, b"{}")]);
            let fetched = post(&mut agent(), &script).await;
            assert!(fetched.answered && fetched.status.is_none());
            let error = fetched.error.unwrap_or_default();
            assert!(error.contains("the official kit can't read"), "{error}");
            assert!(fetched.guess.is_some() && fetched.advice.is_some());
        }
        let short: &'static str = "a".repeat(NODE_HEADER_BYTES - 4).leak();
        let script = Script::new(vec![(200, vec![("X-A", short)], b"{}")]);
        assert_eq!(post(&mut agent(), &script).await.status, Some(200));
    }

    #[tokio::test]
    async fn a_framing_that_node_refuses_is_no_answer_to_the_kit() {
        let length = ("Content-Length", "2");
        let chunked = ("Transfer-Encoding", "chunked");
        for (headers, is_flaw_of_the_kit) in [
            (vec![length, ("content-length", "2")], false),
            (vec![("Content-Length", "2, 2")], false),
            (vec![length, chunked], false),
            (vec![("Content-Length", "2\t")], true),
            (vec![("Transfer-Encoding", "chunked \t")], true),
        ] {
            let script = Script::new(vec![(200, headers.clone(), b"{}")]);
            let fetched = post(&mut agent(), &script).await;
            assert_eq!(fetched.status, None, "{headers:?}");
            let error = fetched.error.unwrap_or_default();
            assert!(error.contains("the parser of Node refuses"), "{error}");
            assert_eq!(fetched.advice.is_some(), is_flaw_of_the_kit, "{headers:?}");
            assert_eq!(fetched.guess, None);
        }
        for headers in [vec![length], vec![chunked], vec![("X-A", "2\t"), length]] {
            let script = Script::new(vec![(200, headers, b"{}")]);
            assert_eq!(post(&mut agent(), &script).await.status, Some(200));
        }
    }

    #[tokio::test]
    async fn bodies_in_utf_16_are_read() {
        let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let headers = vec![("Content-Type", "application/json;charset=utf-16")];
        let script = Script::new(vec![(200, headers, utf16.leak())]);
        let mut agent = agent();
        let fetched = post(&mut agent, &script).await;
        assert_eq!(&fetched.body.whole().expect("in memory")[..], b"{}");
        assert!(agent.notes().join("").contains("UTF-16"));
    }

    #[tokio::test]
    async fn nothing_needed_is_nothing_noted() {
        let script = Script::new(vec![(201, vec![("Set-Cookie", "s=1")], b"{}")]);
        let mut agent = agent();
        post(&mut agent, &script).await;
        assert_eq!(agent.notes(), Vec::<String>::new());
    }

    #[tokio::test]
    async fn endless_redirects_and_broken_answers_are_no_answer() {
        let script = Script::new(vec![(302, vec![("Location", "/a")], b""); 20]);
        let fetched = post(&mut agent(), &script).await;
        assert_eq!((fetched.status, fetched.exchanges.len()), (None, 11));
        assert!(fetched.answered);
        let broken = Script::new(vec![(200, vec![("Content-Encoding", "gzip")], b"<html>")]);
        let fetched = post(&mut agent(), &broken).await;
        assert_eq!(fetched.status, None);
        assert!(fetched.error.is_some_and(|error| error.contains("gzip")));
        let fetched = post(&mut agent(), &Script::new(vec![])).await;
        assert_eq!(
            (fetched.error.as_deref(), fetched.exchanges),
            (Some("reset"), vec![0])
        );
        assert!(!fetched.answered);
    }
}
