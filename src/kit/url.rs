//! URLs as the kit's runner (newman 4.6.1) makes them: variables put in as they are, joined as
//! texts, and then encoded only where the runner does so.
//!
//! In a query it encodes blanks, quotes, braces, parentheses, non-ASCII and a lone `%`; in a path
//! blanks, quotes and braces. `&`, `#`, `+` and `/` in a value keep their meaning in a URL: that
//! is a flaw of the kit, and the replay has it too.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::{self, Write as _};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::long::LONGEST_TEXT;
use super::value::Value;

/// The runner puts values into values no deeper than this.
const DEEPEST_SUBSTITUTION: usize = 20;

/// The global variables of a run of the kit.
#[derive(Debug, Clone, Default)]
pub struct Globals {
    values: HashMap<String, Value<'static>>,
}

impl Globals {
    /// Keeps a value; also one that is not there counts as set.
    pub fn set(&mut self, name: &str, value: Value<'static>) {
        self.values.insert(name.to_owned(), value);
    }

    /// The value as a script reads it: `Undefined` also where it was never set.
    pub fn get(&self, name: &str) -> &Value<'static> {
        self.values.get(name).unwrap_or(&Value::Undefined)
    }

    /// The text that stands for it in a URL: `None` where it was never set, nothing where it was
    /// set to undefined or null.
    pub fn substitute(&self, name: &str) -> Option<Cow<'_, str>> {
        self.values.get(name).map(|value| {
            if value.is_nil() {
                Cow::Borrowed("")
            } else {
                value.text()
            }
        })
    }
}

/// The names of the variables in a template.
pub(super) fn variables_in(template: &str) -> impl Iterator<Item = &str> {
    pieces(template).filter_map(|piece| match piece {
        Piece::Variable(name) => Some(name),
        Piece::Text(_) => None,
    })
}

enum Piece<'a> {
    Text(&'a str),
    Variable(&'a str),
}

/// Cuts a template at its variables; braces that hold none are text.
fn pieces(template: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = template;
    std::iter::from_fn(move || {
        let mut from = 0;
        while let Some(at) = rest[from..].find("{{").map(|at| at + from) {
            let name = &rest[at + 2..];
            if let Some(end) = name.find(['{', '}'])
                && name[end..].starts_with("}}")
            {
                if at > 0 {
                    let text = &rest[..at];
                    rest = &rest[at..];
                    return Some(Piece::Text(text));
                }
                rest = &name[end + 2..];
                return Some(Piece::Variable(&name[..end]));
            }
            from = at + 1;
        }
        let text = std::mem::take(&mut rest);
        (!text.is_empty()).then_some(Piece::Text(text))
    })
}

/// A URL that became too long to be sent, whatever stands in it: its values are the target's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverLong {
    /// How it begins, before it is encoded.
    pub beginning: String,
    /// How many bytes follow, where that is known.
    pub more: Option<usize>,
}

/// Puts the variables into a template as the runner does: unencoded, and once more where a value
/// names a variable itself. One that was never set stays as it stands.
///
/// # Errors
///
/// Where the text becomes longer than `LONGEST_TEXT` bytes: values that name each other would
/// fill any memory.
pub fn put_variables(template: &str, globals: &Globals) -> Result<String, OverLong> {
    let mut text = template.to_owned();
    for _ in 0..DEEPEST_SUBSTITUTION {
        let next = put_values(&text, globals, |_, value| value)?;
        if next == text {
            break;
        }
        text = next;
    }
    Ok(text)
}

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Puts the variables into a template as they should be: percent-encoded, except for `base`.
///
/// # Errors
///
/// As [`put_variables`].
pub(super) fn put_variables_encoded(
    template: &str,
    globals: &Globals,
    base: &str,
) -> Result<String, OverLong> {
    put_values(template, globals, |name, value| {
        if name == base {
            return value;
        }
        Cow::Owned(utf8_percent_encode(&value, RESERVED).to_string())
    })
}

fn put_values(
    template: &str,
    globals: &Globals,
    written: impl for<'v> Fn(&str, Cow<'v, str>) -> Cow<'v, str>,
) -> Result<String, OverLong> {
    let mut text = String::with_capacity(template.len());
    // What is not written into it any more.
    let mut more = Some(0);
    for piece in pieces(template) {
        let (part, unwritten) = match piece {
            Piece::Text(plain) => (Cow::Borrowed(plain), Some(0)),
            Piece::Variable(name) => match globals.substitute(name) {
                Some(value) => (written(name, value), globals.get(name).omitted_bytes()),
                None => (Cow::Owned(format!("{{{{{name}}}}}")), Some(0)),
            },
        };
        let room = match more {
            Some(0) => part.floor_char_boundary(LONGEST_TEXT - text.len()),
            _ => 0,
        };
        text.push_str(&part[..room]);
        let unwritten = unwritten.map(|bytes| bytes + part.len() - room);
        more = more.zip(unwritten).map(|(more, bytes)| more + bytes);
    }
    match (more, text.find('#')) {
        (Some(0), _) => Ok(text),
        // What stands behind it is not sent.
        (_, Some(end)) => {
            text.truncate(end);
            Ok(text)
        }
        (more, None) => Err(OverLong {
            beginning: text,
            more,
        }),
    }
}

/// Why a URL can't be sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// It has no scheme or no host.
    #[error("`{0}` is not an absolute http or https URL")]
    NotAbsolute(String),
    /// The runner refuses such a character in a path.
    #[error("the path contains {0:?}, which the official kit can't send unencoded")]
    Unsendable(char),
}

/// A URL as it goes over the wire, to the byte.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireUrl {
    scheme: String,
    authority: String,
    target: Vec<u8>,
}

impl WireUrl {
    /// Encodes a joined URL as the runner does.
    ///
    /// # Errors
    ///
    /// Where it is not absolute, or where the runner would refuse to send it.
    pub fn encode(text: &str) -> Result<Self, UrlError> {
        let text = text.trim_matches(|char| {
            matches!(
                char,
                '\t' | '\n' | '\r' | '\u{c}' | ' ' | '\u{a0}' | '\u{feff}'
            )
        });
        let (before_hash, _) = text.split_once('#').unwrap_or((text, ""));
        let (start, query) = match before_hash.split_once('?') {
            Some((start, query)) => (start, Some(query)),
            None => (before_hash, None),
        };
        let start = start.replace('\\', "/");
        let not_absolute = || UrlError::NotAbsolute(text.to_owned());
        let (scheme, rest) = start.split_once("://").ok_or_else(not_absolute)?;
        let scheme = scheme.to_ascii_lowercase();
        if !matches!(scheme.as_str(), "http" | "https") {
            return Err(not_absolute());
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        if authority.is_empty() {
            return Err(not_absolute());
        }
        let mut target = encode_path(if path.is_empty() { "/" } else { path })?;
        if let Some(query) = query {
            target.push(b'?');
            target.extend(encode_query(query));
        }
        Ok(Self {
            scheme,
            authority: authority.to_owned(),
            target,
        })
    }

    /// Where a redirect leads to.
    ///
    /// # Errors
    ///
    /// As [`WireUrl::encode`].
    pub fn follow(&self, location: &str) -> Result<Self, UrlError> {
        let scheme = location.split(':').next().unwrap_or_default();
        if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") {
            return Self::encode(location);
        }
        if location.starts_with("//") {
            return Self::encode(&format!("{}:{location}", self.scheme));
        }
        if location.starts_with('/') {
            return Self::encode(&format!("{}://{}{location}", self.scheme, self.authority));
        }
        let resolved = url::Url::parse(&self.to_string())
            .and_then(|here| here.join(location))
            .map_err(|_| UrlError::NotAbsolute(location.to_owned()))?;
        Self::encode(resolved.as_str())
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Host and, where it is given, port; user information too, if the base URL has it.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Path and query, as bytes: the runner sends characters up to U+00FF of a path as one byte
    /// each.
    pub fn target(&self) -> &[u8] {
        &self.target
    }

    /// The path alone.
    pub fn path(&self) -> &[u8] {
        let end = self.target.iter().position(|byte| *byte == b'?');
        &self.target[..end.unwrap_or(self.target.len())]
    }

    /// The same as a [`url::Url`], unless that would change what goes over the wire (dot segments
    /// and unencoded bytes in a path).
    pub fn as_url(&self) -> Option<url::Url> {
        let url = url::Url::parse(&self.to_string()).ok()?;
        let mut target = url.path().to_owned();
        if let Some(query) = url.query() {
            target.push('?');
            target.push_str(query);
        }
        (target.as_bytes() == self.target).then_some(url)
    }

    /// Whether both have the same scheme, host and port.
    pub fn same_origin(&self, other: &Self) -> bool {
        self.scheme == other.scheme && self.host_and_port() == other.host_and_port()
    }

    /// The host in lower case, without user information and port.
    pub(super) fn host(&self) -> String {
        self.host_and_port().0
    }

    /// Host and port as text, the port always.
    pub(super) fn host_and_port_text(&self) -> String {
        let (host, port) = self.host_and_port();
        format!("{host}:{port}")
    }

    fn host_and_port(&self) -> (String, &str) {
        let host = self
            .authority
            .rsplit_once('@')
            .map_or(self.authority.as_str(), |(_, host)| host);
        let default = if self.scheme == "https" { "443" } else { "80" };
        let (name, port) = match host.rsplit_once(':') {
            // A colon within brackets belongs to an IPv6 address.
            Some((name, port)) if !port.contains(']') => (name, port),
            _ => (host, ""),
        };
        let port = if port.is_empty() { default } else { port };
        (name.to_ascii_lowercase(), port)
    }
}

/// As text; a byte beyond ASCII shows as the character of that number.
impl fmt::Display for WireUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)?;
        self.target
            .iter()
            .try_for_each(|byte| f.write_char(char::from(*byte)))
    }
}

/// What Node's `url.parse` escapes anywhere behind the host.
const fn escaped_anywhere(char: char) -> bool {
    matches!(
        char,
        '\t' | '\n' | '\r' | ' ' | '"' | '\'' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}'
    )
}

/// What the runner's query encoder escapes on top of it.
const fn escaped_in_query(byte: u8) -> bool {
    byte < b'#' || byte > b'~' || matches!(byte, b'(' | b')' | b'*')
}

fn encode_path(path: &str) -> Result<Vec<u8>, UrlError> {
    let mut wire = Vec::with_capacity(path.len());
    for char in path.chars() {
        if escaped_anywhere(char) {
            push_escaped(&mut wire, char as u8);
        } else {
            // Node takes U+0021 to U+00FF, and writes each as one byte.
            match u8::try_from(char) {
                Ok(byte) if byte > b' ' => wire.push(byte),
                _ => return Err(UrlError::Unsendable(char)),
            }
        }
    }
    Ok(wire)
}

fn encode_query(query: &str) -> Vec<u8> {
    let bytes = query.as_bytes();
    let mut wire = Vec::with_capacity(bytes.len());
    for (at, &byte) in bytes.iter().enumerate() {
        let lone_percent = byte == b'%'
            && !bytes
                .get(at + 1..at + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        if lone_percent || escaped_in_query(byte) || escaped_anywhere(char::from(byte)) {
            push_escaped(&mut wire, byte);
        } else {
            wire.push(byte);
        }
    }
    wire
}

fn push_escaped(wire: &mut Vec<u8>, byte: u8) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    wire.extend([
        b'%',
        DIGITS[usize::from(byte >> 4)],
        DIGITS[usize::from(byte & 15)],
    ]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(text: &str) -> String {
        WireUrl::encode(text).expect("encodable").to_string()
    }

    fn globals(values: &[(&str, Value<'static>)]) -> Globals {
        let mut globals = Globals::default();
        for (name, value) in values {
            globals.set(name, value.clone());
        }
        globals
    }

    #[test]
    fn a_variable_never_set_stays_and_travels_with_its_braces() {
        let text = put_variables("http://h/x/{{ID}}?a={{B}}", &Globals::default()).expect("short");
        assert_eq!(text, "http://h/x/{{ID}}?a={{B}}");
        assert_eq!(wire(&text), "http://h/x/%7B%7BID%7D%7D?a=%7B%7BB%7D%7D");
    }

    #[test]
    fn values_are_put_in_as_text_and_nothing_stands_for_null() {
        let globals = globals(&[
            ("N", Value::Null),
            ("U", Value::Undefined),
            ("F", Value::Number(5.0)),
            ("T", Value::Text("a&b{{F}}".into())),
        ]);
        let text = put_variables("/{{N}}/{{U}}/{{F}}?{{T}}{{{F}}}{{-}}", &globals);
        assert_eq!(text.as_deref(), Ok("///5?a&b5{5}{{-}}"));
    }

    #[test]
    fn a_text_that_no_url_can_carry_is_not_built() {
        let long = "i".repeat(3 * LONGEST_TEXT);
        let objects = format!("[{}{{}}]", "{},".repeat(LONGEST_TEXT));
        let globals = globals(&[
            ("LONG", Value::Text((&long).into()).into_owned()),
            ("ARRAY", Value::read(&objects).into_owned()),
            ("CUT", Value::Text(format!("a#{long}").into()).into_owned()),
            ("SWELLS", Value::Text("{{SWELLS}}".repeat(9).into())),
        ]);
        let put = |template| put_variables(template, &globals);
        for encoded in [false, true] {
            let put = |template| match encoded {
                true => put_variables_encoded(template, &globals, "BASE"),
                false => put(template),
            };
            let long = put("http://h/{{LONG}}?a").expect_err("long");
            assert_eq!(long.beginning.len(), LONGEST_TEXT);
            assert_eq!(long.more, Some(9 + 3 * LONGEST_TEXT + 2 - LONGEST_TEXT));
            assert_eq!(
                put("/{{LONG}}{{ARRAY}}").map_err(|long| long.more),
                Err(None)
            );
        }
        assert!(put("/{{SWELLS}}").is_err_and(|long| long.beginning.len() <= LONGEST_TEXT));
        assert_eq!(
            put("/{{CUT}}?b").as_deref(),
            Ok("/a"),
            "the rest is not sent"
        );
    }

    #[test]
    fn a_query_is_encoded_as_the_runner_does() {
        assert_eq!(
            wire("http://h/?r=Müller & \"S\" 100% %41 + a'b (c)* #cut"),
            "http://h/?r=M%C3%BCller%20&%20%22S%22%20100%25%20%41%20+%20a%27b%20%28c%29%2A%20"
        );
    }

    #[test]
    fn a_path_is_encoded_less_and_some_of_it_can_not_be_sent() {
        let url = WireUrl::encode("http://h/a b/ü%/{x}\\y").expect("encodable");
        assert_eq!(url.target(), b"/a%20b/\xfc%/%7Bx%7D/y");
        assert!(url.as_url().is_none(), "a raw byte is lost in a url::Url");
        assert_eq!(
            WireUrl::encode("http://h/日本"),
            Err(UrlError::Unsendable('日'))
        );
        assert_eq!(
            WireUrl::encode("http://h/\u{1}"),
            Err(UrlError::Unsendable('\u{1}'))
        );
    }

    #[test]
    fn ordinary_urls_can_go_through_a_url_type_and_dot_segments_can_not() {
        let through = |text| WireUrl::encode(text).expect("encodable").as_url().is_some();
        assert!(through("http://h:80/a/b?href=http://h/x&id={{ID}} 'q'"));
        assert!(through("https://h"));
        assert!(!through("http://h/a/../b"));
        assert!(!through("http://h/a/%2e%2e/b"));
    }

    #[test]
    fn redirects_are_resolved() {
        let here = WireUrl::encode("http://h:8080/a/b?x").expect("encodable");
        let to = |location| here.follow(location).expect("encodable").to_string();
        assert_eq!(to("/c d?e=http://k/"), "http://h:8080/c%20d?e=http://k/");
        assert_eq!(to("c"), "http://h:8080/a/c");
        assert_eq!(to("?y"), "http://h:8080/a/b?y");
        assert_eq!(to("//k/c"), "http://k/c");
        assert_eq!(to("https://k/"), "https://k/");
        assert!(here.follow("ftp://k/").is_err());
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let url = |text| WireUrl::encode(text).expect("encodable");
        assert!(url("http://H:80/a").same_origin(&url("http://me@h/b")));
        assert!(url("http://[::1]/").same_origin(&url("http://[::1]:80/")));
        assert!(!url("http://h/").same_origin(&url("https://h/")));
        assert!(!url("http://h/").same_origin(&url("http://h:8080/")));
    }

    #[test]
    fn encoded_values_can_not_act_in_a_url() {
        let globals = globals(&[
            ("BASE", Value::Text("http://h/".into())),
            ("V", Value::Text("ü/a&b#c+d%".into())),
        ]);
        assert_eq!(
            put_variables_encoded("{{BASE}}x?r={{V}}", &globals, "BASE").as_deref(),
            Ok("http://h/x?r=%C3%BC%2Fa%26b%23c%2Bd%25")
        );
    }
}
