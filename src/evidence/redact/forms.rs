//! How a secret comes back: as it is, or as one encoding or another writes it.

use std::borrow::Cow;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Input};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use regex::{NoExpand, Regex, RegexBuilder};

/// Fewer characters of Base64 would match by chance.
const SHORTEST_BASE64: usize = 6;

/// A compiled matcher takes some kilobytes for each secret; a token of several kilobytes is rare.
const SIZE_LIMIT: usize = 256 * 1024 * 1024;

/// From so many characters on a secret is one in whatever case it comes back; a shorter one would
/// match ordinary words.
const SHORTEST_IN_ANY_CASE: usize = 8;

/// What Windows-1252 has where Latin-1 has control characters, from 0x80 on.
const WINDOWS: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}',
    '\u{2c6}', '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}',
    '\u{90}', '\u{2018}', '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}',
    '\u{2dc}', '\u{2122}', '\u{161}', '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}', '\u{178}',
];

/// Finds all forms of the secrets.
#[derive(Debug)]
pub(super) struct Matcher {
    /// Written as it is, or with some characters encoded.
    written: Regex,
    /// With each character encoded.
    encoded: Encoded,
}

impl Matcher {
    /// A matcher for the secrets, which are sorted with the longest first.
    pub(super) fn new(secrets: &[String]) -> Option<Self> {
        if secrets.is_empty() {
            return None;
        }
        let mut patterns: Vec<String> = secrets
            .iter()
            .map(|secret| written(secret, in_any_case(secret)))
            .collect();
        patterns.extend(secrets.iter().flat_map(|secret| base64(secret)));
        let written = RegexBuilder::new(&patterns.join("|"))
            .size_limit(SIZE_LIMIT)
            .build()
            .ok()?;
        let encoded = Encoded::new(secrets)?;
        Some(Self { written, encoded })
    }

    /// The text with something else in place of the secrets.
    pub(super) fn replace<'t>(&self, text: Cow<'t, str>, with: &str) -> Cow<'t, str> {
        let text = replaced(text, |text| self.encoded.replace(text, with));
        replaced(text, |text| self.written.replace_all(text, NoExpand(with)))
    }

    /// Whether there is a secret in the text.
    pub(super) fn is_match(&self, text: &str) -> bool {
        self.written.is_match(text) || self.encoded.find(text, 0).is_some()
    }
}

fn in_any_case(secret: &str) -> bool {
    secret.chars().count() >= SHORTEST_IN_ANY_CASE
}

/// The secret as JSON, HTML, a URL or several of them within each other write it.
fn written(secret: &str, any_case: bool) -> String {
    secret
        .chars()
        .map(|character| self::character(character, any_case))
        .collect()
}

fn character(character: char, any_case: bool) -> String {
    let plain = escaped(character);
    if character.is_ascii_alphabetic() && any_case {
        let (low, high) = (
            character.to_ascii_lowercase(),
            character.to_ascii_uppercase(),
        );
        return format!("[{low}{high}]");
    }
    if character.is_ascii_alphanumeric() {
        return plain;
    }
    if !character.is_ascii() {
        return beyond_ascii(character, any_case);
    }
    let code = u32::from(character);
    let mut ways = vec![
        // JSON puts a backslash before some, and again for each level of JSON within JSON.
        format!(r"\\*{plain}"),
        percent(code),
        unicode(code),
        html(code),
    ];
    let named = match character {
        ' ' => Some(r"\+"),
        '&' => Some("(?i:&amp;)"),
        '<' => Some("(?i:&lt;)"),
        '>' => Some("(?i:&gt;)"),
        '"' => Some("(?i:&quot;)"),
        '\'' => Some("(?i:&apos;)"),
        _ => None,
    };
    ways.extend(named.map(str::to_owned));
    format!("(?:{})", ways.join("|"))
}

fn escaped(character: char) -> String {
    regex::escape(character.encode_utf8(&mut [0; 4]))
}

/// `%2F`, and `%252F` where a URL stands within a URL.
fn percent(byte: u32) -> String {
    format!("%(?:25)*(?i:{byte:02x})")
}

/// `\u002F` of JSON, and more backslashes of JSON within JSON.
fn unicode(unit: u32) -> String {
    format!(r"\\+[uU](?i:{unit:04x})")
}

/// `&#47;` and `&#x2F;`.
fn html(code: u32) -> String {
    format!("&#(?:0*{code}|[xX]0*(?i:{code:x}));")
}

/// A character that is more than one byte in UTF-8, which some read as so many characters.
fn beyond_ascii(character: char, any_case: bool) -> String {
    let mut characters = vec![character];
    if any_case {
        characters.extend(character.to_lowercase().chain(character.to_uppercase()));
        characters.dedup();
    }
    let mut ways = Vec::new();
    for character in characters {
        let mut buffer = [0; 4];
        let bytes = character.encode_utf8(&mut buffer).as_bytes();
        let mut units = [0; 2];
        let units = character.encode_utf16(&mut units);
        let all = |way: &dyn Fn(u8) -> String| bytes.iter().map(|&byte| way(byte)).collect();
        ways.push(escaped(character));
        ways.push(units.iter().map(|&unit| unicode(unit.into())).collect());
        ways.push(html(character.into()));
        ways.push(all(&|byte| percent(byte.into())));
        ways.push(all(&|byte| misread(char::from(byte))));
        ways.push(all(&|byte| {
            let place = usize::from(byte).checked_sub(0x80);
            let windows = place.and_then(|place| WINDOWS.get(place));
            misread(windows.copied().unwrap_or(char::from(byte)))
        }));
    }
    format!("(?:{})", ways.join("|"))
}

/// A byte that was read as a character of its own.
fn misread(character: char) -> String {
    let code = u32::from(character);
    format!(
        "(?:{}|{}|{})",
        escaped(character),
        unicode(code),
        html(code)
    )
}

/// Finds secrets of which each character is encoded, letters and digits, too.
#[derive(Debug)]
struct Encoded {
    /// How they begin: what finds candidates fast.
    beginnings: AhoCorasick,
    secrets: Vec<String>,
}

/// So many characters are the beginning of a secret: fewer begin too many other things, and of
/// all of a long token the automaton would be large.
const BEGINNING: usize = 3;

/// The ways to encode a whole text.
const ENCODINGS: [fn(&str) -> String; 6] = [
    |text| {
        text.encode_utf16()
            .map(|unit| format!(r"\u{unit:04x}"))
            .collect()
    },
    |text| {
        text.encode_utf16()
            .map(|unit| format!(r"\\u{unit:04x}"))
            .collect()
    },
    |text| text.bytes().map(|byte| format!("%{byte:02x}")).collect(),
    |text| text.bytes().map(|byte| format!("%25{byte:02x}")).collect(),
    |text| {
        text.chars()
            .map(|c| format!("&#{};", u32::from(c)))
            .collect()
    },
    |text| {
        text.chars()
            .map(|c| format!("&#x{:x};", u32::from(c)))
            .collect()
    },
];

impl Encoded {
    fn new(secrets: &[String]) -> Option<Self> {
        let mut all = Vec::new();
        for secret in secrets {
            all.push(secret.clone());
            if in_any_case(secret) {
                all.extend([secret.to_lowercase(), secret.to_uppercase()]);
            }
        }
        let beginnings = all.iter().flat_map(|secret| {
            let beginning: String = secret.chars().take(BEGINNING).collect();
            ENCODINGS.map(|encode| encode(&beginning))
        });
        let beginnings = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .build(beginnings)
            .ok()?;
        Some(Self {
            beginnings,
            secrets: all,
        })
    }

    /// Where the first one stands, from there on.
    fn find(&self, text: &str, from: usize) -> Option<Range<usize>> {
        let mut from = from;
        loop {
            let input = Input::new(text).range(from..);
            let start = self.beginnings.find(input)?.start();
            if let Some(length) = self.length_at(&text[start..]) {
                return Some(start..start + length);
            }
            // A beginning is ASCII, and so is its first byte a character.
            from = start + 1;
        }
    }

    /// The length of the longest that the text begins with.
    fn length_at(&self, text: &str) -> Option<usize> {
        let lengths = self.secrets.iter().flat_map(|secret| {
            ENCODINGS.iter().filter_map(|encode| {
                let encoded = encode(secret);
                let found = text.get(..encoded.len())?;
                found
                    .eq_ignore_ascii_case(&encoded)
                    .then_some(encoded.len())
            })
        });
        lengths.max()
    }

    fn replace<'a>(&self, text: &'a str, with: &str) -> Cow<'a, str> {
        let mut replaced = String::new();
        let mut done = 0;
        while let Some(found) = self.find(text, done) {
            replaced.push_str(&text[done..found.start]);
            replaced.push_str(with);
            done = found.end;
        }
        if done == 0 {
            return Cow::Borrowed(text);
        }
        replaced.push_str(&text[done..]);
        Cow::Owned(replaced)
    }
}

/// What stands in the Base64 of anything that contains the secret: wherever it begins in a group of
/// three bytes, the characters that it alone decides.
fn base64(secret: &str) -> Vec<String> {
    let mut found = Vec::new();
    for before in 0..3_usize {
        let mut bytes = vec![0; before];
        bytes.extend(secret.bytes());
        let bits = bytes.len() * 8;
        // The first characters hold bits of what is before, the last one bits of what is after.
        let first = (before * 8).div_ceil(6);
        let last = bits / 6;
        for text in [
            STANDARD_NO_PAD.encode(&bytes),
            URL_SAFE_NO_PAD.encode(&bytes),
        ] {
            let inner = text.get(first..last).unwrap_or_default();
            if inner.len() < SHORTEST_BASE64 {
                continue;
            }
            // Where the whole of the secret is all there is, its padding goes with it.
            let around = if before == 0 {
                "[A-Za-z0-9+/_-]?={0,2}"
            } else {
                ""
            };
            let pattern = format!("{}{around}", written(inner, false));
            if !found.contains(&pattern) {
                found.push(pattern);
            }
        }
    }
    found
}

/// What a replacement makes of a text, which stays the same one where there is nothing to replace.
pub(super) fn replaced<'t>(
    text: Cow<'t, str>,
    replace: impl Fn(&str) -> Cow<'_, str>,
) -> Cow<'t, str> {
    let Cow::Owned(other) = replace(&text) else {
        return text;
    };
    other.into()
}

#[cfg(test)]
mod tests;
