//! Secrets are replaced before anything is written: in headers, URLs, bodies and messages.

mod every_text;
mod forms;
mod patterns;

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use regex::Regex;

pub use self::every_text::change_texts;
use self::forms::{Matcher, SHORTEST};
use self::patterns::{Patterns, hide};
pub use self::patterns::{Place, REDACTED};
use super::decode::{DecodeError, decode};
use super::{BodyEncoding, Delivery, Exchange, Message};

/// Headers whose values are secrets in requests and responses.
const SECRET_HEADERS: [&str; 7] = [
    "authorization",
    "proxy-authorization",
    "cookie",
    "set-cookie",
    "x-api-key",
    "api-key",
    "x-auth-token",
];

/// Texts of an exchange that the harness writes itself, and its bodies, which are redacted by what
/// they hold.
const KEPT_OF_EXCHANGE: [&str; 8] = [
    "request.method",
    "request.body",
    "request.bodyEncoding",
    "request.bodySha256",
    "response.body",
    "response.bodyEncoding",
    "response.bodySha256",
    "startedAt",
];

/// The same of a delivery.
const KEPT_OF_DELIVERY: [&str; 5] = ["subscription", "at", "body", "bodyEncoding", "bodySha256"];

/// Bytes of a compressed body that are looked through in any case; of a longer one as many times
/// its size as text shrinks to. What inflates to more was made to do so, and is not kept.
const DECODED_LIMIT: usize = 1024 * 1024;
const USUAL_RATIO: usize = 32;

/// Replaces every known secret, in each form in which a target can send it back, what looks like a
/// credential, and what the user wants to be hidden.
#[derive(Debug)]
pub struct Redactor {
    /// In lower case.
    header_names: HashSet<String>,
    secrets: BTreeSet<String>,
    /// Made when the first text is looked through: then all secrets are known.
    matcher: OnceLock<Option<Matcher>>,
    endings: OnceLock<Endings>,
    patterns: Patterns,
    places: Vec<Place>,
}

impl Redactor {
    /// A redactor for these header values, which the user gave or the target set.
    ///
    /// `headers` are name and value; the value is looked for everywhere, the name's value is
    /// never shown.
    pub fn new<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut header_names: HashSet<String> = SECRET_HEADERS.map(str::to_owned).into();
        let mut secrets = BTreeSet::new();
        for (name, value) in headers {
            let name = name.to_ascii_lowercase();
            if name.contains("cookie") {
                add_cookies(&name, value, &mut secrets);
            } else {
                add_header(value, &mut secrets);
            }
            header_names.insert(name);
        }
        Self {
            header_names,
            secrets,
            matcher: OnceLock::new(),
            endings: OnceLock::new(),
            patterns: Patterns::default(),
            places: Vec::new(),
        }
    }

    /// The redactor that hides what matches one of these patterns, too, the values at these places
    /// of the bodies, and these texts wherever they stand ([`Place::texts`]).
    pub fn hiding(
        mut self,
        patterns: &[Regex],
        places: &[Place],
        texts: &BTreeSet<String>,
    ) -> Self {
        self.patterns = Patterns::new(patterns.to_vec());
        self.places = places.to_vec();
        self.secrets.extend(texts.iter().cloned());
        (self.matcher, self.endings) = (OnceLock::new(), OnceLock::new());
        self
    }

    fn matcher(&self) -> Option<&Matcher> {
        let matcher = || Matcher::new(self.secrets.iter().map(String::as_str));
        self.matcher.get_or_init(matcher).as_ref()
    }

    /// The text without secrets.
    pub fn text(&self, text: &str) -> String {
        self.shown(text.into()).into_owned()
    }

    fn shown<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        let text = match self.matcher() {
            Some(matcher) => matcher.replace(text, REDACTED),
            None => text,
        };
        self.patterns.replace(text)
    }

    /// Replaces a text that holds a secret; all others, which are most, stay where they are.
    fn redact(&self, text: &mut String) {
        if let Cow::Owned(shown) = self.shown(text.as_str().into()) {
            *text = shown;
        }
    }

    /// Replaces the secrets of an exchange in place.
    pub fn exchange(&self, exchange: &mut Exchange) {
        exchange.request.url = without_userinfo(&exchange.request.url);
        self.message(&mut exchange.request.message);
        if let Some(response) = &mut exchange.response {
            self.message(&mut response.message);
        }
        change_texts(exchange, &KEPT_OF_EXCHANGE, &|text| self.redact(text));
    }

    /// Replaces the secrets of a delivery in place.
    pub fn delivery(&self, delivery: &mut Delivery) {
        self.message(&mut delivery.message);
        change_texts(delivery, &KEPT_OF_DELIVERY, &|text| self.redact(text));
    }

    /// Hides the secret headers, and what the body holds.
    fn message(&self, message: &mut Message) {
        for (name, value) in &mut message.headers {
            if self.header_names.contains(&name.to_ascii_lowercase()) {
                REDACTED.clone_into(value);
            }
        }
        let encoding = message.header("content-encoding").map(str::to_owned);
        let Some(body) = &mut message.body else {
            return;
        };
        if message.body_encoding == BodyEncoding::Base64 {
            if let Some(redacted) = self.bytes(body, encoding.as_deref()) {
                (*body, message.body_encoding) = redacted;
            }
            return;
        }
        if let Some(hidden) = hide(&self.places, body) {
            *body = hidden;
        }
        self.redact(body);
        if message.body_truncated {
            self.cut_partial_secret(body);
        }
    }

    /// What is to stand in place of a body that is stored as Base64, where a secret stands in its
    /// bytes or in what they decompress to.
    fn bytes(&self, body: &str, encoding: Option<&str>) -> Option<(String, BodyEncoding)> {
        let hidden = || Some((REDACTED.to_owned(), BodyEncoding::Utf8));
        let mut plain = Bytes::from(STANDARD.decode(body).ok()?);
        let limit = DECODED_LIMIT.max(plain.len().saturating_mul(USUAL_RATIO));
        let mut compressed = false;
        // The encoding that was applied last is named last.
        for encoding in encoding.unwrap_or_default().rsplit(',') {
            match decode(&plain, encoding, limit) {
                Ok(Some(decoded)) => {
                    compressed = true;
                    plain = decoded.into();
                }
                Ok(None) | Err(DecodeError::Broken(_)) => {}
                // What was not looked through can't be shown.
                Err(DecodeError::TooLong(_)) => return hidden(),
            }
        }
        // Any bytes are Latin-1, and a secret that was read as that is looked for, too.
        let text: String = plain.iter().copied().map(char::from).collect();
        if hide(&self.places, &String::from_utf8_lossy(&plain)).is_some() {
            return hidden();
        }
        let found = self
            .matcher()
            .is_some_and(|matcher| matcher.is_match(&text));
        if !found && !self.patterns.is_match(&text) {
            return None;
        }
        if compressed {
            return hidden();
        }
        let bytes: Vec<u8> = self
            .text(&text)
            .chars()
            .filter_map(|character| u8::try_from(character).ok())
            .collect();
        Some((STANDARD.encode(bytes), BodyEncoding::Base64))
    }

    /// A cut body may end in the first half of a secret.
    fn cut_partial_secret(&self, body: &mut String) {
        let endings = self.endings.get_or_init(|| Endings::new(&self.secrets));
        if let Some(length) = endings.at_the_end_of(body) {
            body.truncate(body.len() - length);
            body.push_str(REDACTED);
        }
    }
}

/// Secrets in lower case and in order, so that those that begin in a certain way stand together.
#[derive(Debug)]
struct Endings {
    secrets: Vec<String>,
    longest: usize,
}

impl Endings {
    fn new(secrets: &BTreeSet<String>) -> Self {
        let secrets = secrets.iter().map(|secret| secret.to_ascii_lowercase());
        let mut secrets: Vec<String> = secrets.collect();
        secrets.sort();
        let longest = secrets.iter().map(String::len).max().unwrap_or_default();
        Self { secrets, longest }
    }

    /// How much of a text's end is the beginning of a secret; none where that is too short to say.
    fn at_the_end_of(&self, text: &str) -> Option<usize> {
        let longest = self.longest.saturating_sub(1).min(text.len());
        let end = text.ceil_char_boundary(text.len() - longest);
        let end = text[end..].to_ascii_lowercase();
        let lengths = (SHORTEST..=end.len()).rev();
        let mut lengths = lengths.filter(|length| end.is_char_boundary(end.len() - length));
        lengths.find(|length| {
            let begins = &end[end.len() - length..];
            let place = self
                .secrets
                .partition_point(|secret| secret.as_str() < begins);
            let next = self.secrets.get(place);
            next.is_some_and(|secret| secret.len() > *length && secret.starts_with(begins))
        })
    }
}

/// Notes a secret that is long enough to be looked for.
fn add(secret: &str, secrets: &mut BTreeSet<String>) {
    let secret = secret.trim();
    if secret.len() >= SHORTEST {
        secrets.insert(secret.to_owned());
    }
}

/// Notes the value of a header, and what is a secret within it.
fn add_header(value: &str, secrets: &mut BTreeSet<String>) {
    add(value, secrets);
    // `Bearer TOKEN`, `Basic CREDENTIALS`: the last word is the secret by itself.
    let Some((_, secret)) = value.trim().rsplit_once(' ') else {
        return;
    };
    add(secret, secrets);
    if let Some(pair) = decode_basic(secret) {
        add(&pair, secrets);
        if let Some((_, password)) = pair.split_once(':') {
            add(password, secrets);
        }
    }
}

/// Notes the values of cookies. Behind the first part of `Set-Cookie` stand attributes such as
/// `Path=/tmf-api`, which are not secret and part of many URLs.
fn add_cookies(header: &str, value: &str, secrets: &mut BTreeSet<String>) {
    let most = if header == "set-cookie" {
        1
    } else {
        usize::MAX
    };
    for part in value.split(';').take(most) {
        let cookie = part.split_once('=').map_or(part, |(_, value)| value);
        add(cookie.trim().trim_matches('"'), secrets);
    }
}

fn decode_basic(credentials: &str) -> Option<String> {
    let bytes = STANDARD.decode(credentials).ok()?;
    String::from_utf8(bytes)
        .ok()
        .filter(|pair| pair.contains(':'))
}

/// The URL without `user:password@`.
pub fn without_userinfo(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(mut url) if !url.username().is_empty() || url.password().is_some() => {
            let stripped = url.set_username("").and_then(|()| url.set_password(None));
            if stripped.is_ok() {
                url.to_string()
            } else {
                REDACTED.to_owned()
            }
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    use super::*;

    #[test]
    fn a_bearer_token_is_gone_in_every_form() {
        let redactor = Redactor::new([("Authorization", "Bearer s3cr3t/to\"ken+x")]);
        for leak in [
            "s3cr3t/to\"ken+x".to_owned(),
            STANDARD.encode("s3cr3t/to\"ken+x"),
            utf8_percent_encode("s3cr3t/to\"ken+x", NON_ALPHANUMERIC).to_string(),
            "s3cr3t/to\\\"ken+x".to_owned(),
            "s3cr3t\\/to\\\"ken+x".to_owned(),
            "s3cr3t/to&quot;ken+x".to_owned(),
        ] {
            let text = redactor.text(&format!("before {leak} after"));
            assert_eq!(text, "before [redacted] after", "{leak}");
        }
    }

    #[test]
    fn basic_credentials_hide_the_password_too() {
        let basic = format!("Basic {}", STANDARD.encode("user:pass word"));
        let redactor = Redactor::new([("Authorization", basic.as_str())]);
        assert_eq!(
            redactor.text("denied for pass word"),
            "denied for [redacted]"
        );
    }

    #[test]
    fn a_cut_body_does_not_end_in_half_a_secret() {
        let redactor = Redactor::new([("X-Key", "abcdefghijkl")]);
        let mut message = Message {
            body: Some("echo: ABCdefgh".into()),
            body_truncated: true,
            headers: vec![("x-key".into(), "abcdefghijkl".into())],
            ..Message::default()
        };
        redactor.message(&mut message);
        assert_eq!(message.body.as_deref(), Some("echo: [redacted]"));
        assert_eq!(message.headers[0].1, REDACTED);
    }

    #[test]
    fn userinfo_never_shows() {
        assert_eq!(without_userinfo("http://a:b@h/x"), "http://h/x");
    }

    #[test]
    fn attributes_of_a_cookie_are_no_secret() {
        let cookie = "sid=\"abcdef\"; Path=/tmf-api; SameSite=Strict; HttpOnly";
        let redactor = Redactor::new([("Set-Cookie", cookie)]);
        let text = "GET /tmf-api is Strict and HttpOnly for abcdef";
        let shown = "GET /tmf-api is Strict and HttpOnly for [redacted]";
        assert_eq!(redactor.text(text), shown);
        let redactor = Redactor::new([("Cookie", "one=first-one; two=second-one")]);
        assert_eq!(
            redactor.text("first-one second-one"),
            "[redacted] [redacted]"
        );
    }

    #[test]
    fn the_matcher_is_made_once_for_all_texts_of_a_result() {
        let redactor = Redactor::new([("X-Key", "abcdefghijkl")]);
        assert!(redactor.matcher.get().is_none());
        redactor.text("one text");
        let first = std::ptr::from_ref(redactor.matcher().unwrap());
        redactor.text("another text");
        assert!(std::ptr::eq(first, redactor.matcher().unwrap()));
    }
}
