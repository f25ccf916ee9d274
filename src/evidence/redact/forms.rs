//! How a secret comes back: as it is, or as one encoding or another writes it.
//!
//! Secrets and texts are decoded in the same way before they are compared: JSON escapes, percent
//! encoding, HTML entities, and UTF-8 that was read as Latin-1 or Windows-1252. So two automata find
//! all secrets in one pass, however many there are and whatever encodings stand within each other.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A secret shorter than this is not looked for in bodies: it would match by chance.
pub(super) const SHORTEST: usize = 4;

/// Fewer characters of Base64 would match by chance.
const SHORTEST_BASE64: usize = 6;

/// A secret of at least this many characters is found in whatever case it comes back; a shorter one
/// would match ordinary words.
const SHORTEST_IN_ANY_CASE: usize = 8;

/// Encodings within each other that are undone.
const MOST_LAYERS: usize = 8;

/// Bytes of a secret that the automaton knows; the rest is compared where these match.
const LONGEST_BEGINNING: usize = 4096;

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
    /// Long secrets, in lower case.
    any_case: Automaton,
    /// Short secrets, and what Base64 makes of all.
    exact: Automaton,
    /// Secrets of which nothing is left when they are decoded.
    raw: Vec<String>,
}

impl Matcher {
    /// A matcher for the secrets; none where there are none. The automata of `aho_corasick` fail
    /// only beyond billions of states.
    pub(super) fn new<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Option<Self> {
        let (mut any_case, mut exact) = (Patterns::default(), Patterns::default());
        let mut raw = Vec::new();
        for secret in secrets {
            let (decoded, _) = layers(secret).pop()?.written();
            if decoded.trim().len() < SHORTEST {
                raw.push(secret.to_owned());
            } else if secret.chars().count() >= SHORTEST_IN_ANY_CASE {
                any_case.add(decoded.chars().map(lower).collect(), false);
            } else {
                exact.add(decoded, false);
            }
            for (text, is_start) in base64(secret) {
                exact.add(text.replace('+', " "), is_start);
            }
        }
        if any_case.0.is_empty() && exact.0.is_empty() && raw.is_empty() {
            return None;
        }
        Some(Self {
            any_case: Automaton::new(any_case, true)?,
            exact: Automaton::new(exact, false)?,
            raw,
        })
    }

    /// The text with something else in place of the secrets.
    pub(super) fn replace<'t>(&self, text: Cow<'t, str>, with: &str) -> Cow<'t, str> {
        let found = self.find(&text);
        if found.is_empty() {
            return text;
        }
        let mut replaced = String::with_capacity(text.len());
        let mut done = 0;
        for range in found {
            replaced.push_str(&text[done..range.start]);
            replaced.push_str(with);
            done = range.end;
        }
        replaced.push_str(&text[done..]);
        replaced.into()
    }

    /// Whether there is a secret in the text.
    pub(super) fn is_match(&self, text: &str) -> bool {
        !self.find(text).is_empty()
    }

    /// Where the secrets stand, in order and without overlaps.
    fn find(&self, text: &str) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        for secret in &self.raw {
            found.extend(
                text.match_indices(secret.as_str())
                    .map(|(start, _)| start..start + secret.len()),
            );
        }
        if is_encoded(text) {
            for layer in layers(text) {
                layer.search(&self.exact, &mut found);
                layer.map(lower).search(&self.any_case, &mut found);
            }
        } else {
            self.exact.find(text, |range| found.push(range));
            self.any_case.find(text, |range| found.push(range));
        }
        united(found)
    }
}

/// The ranges in order; those that overlap become one.
fn united(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut united: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match united.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => united.push(range),
        }
    }
    united
}

/// Decoded secrets by their beginnings.
#[derive(Debug, Default)]
struct Patterns(HashMap<String, Pattern>);

#[derive(Debug, Default)]
struct Pattern {
    /// The rests of the secrets that begin so.
    rests: Vec<String>,
    /// Whether it is Base64 that may end in padding.
    padded: bool,
}

impl Patterns {
    fn add(&mut self, mut text: String, padded: bool) {
        let rest = text.split_off(text.floor_char_boundary(LONGEST_BEGINNING));
        let pattern = self.0.entry(text).or_default();
        pattern.padded |= padded;
        if !rest.is_empty() {
            pattern.rests.push(rest);
        }
    }
}

#[derive(Debug)]
struct Automaton {
    automaton: AhoCorasick,
    patterns: Vec<Pattern>,
}

impl Automaton {
    fn new(patterns: Patterns, any_case: bool) -> Option<Self> {
        let (beginnings, patterns): (Vec<String>, Vec<Pattern>) = patterns.0.into_iter().unzip();
        let automaton = AhoCorasickBuilder::new()
            .match_kind(MatchKind::LeftmostLongest)
            .ascii_case_insensitive(any_case)
            .build(beginnings)
            .ok()?;
        Some(Self {
            automaton,
            patterns,
        })
    }

    fn find(&self, text: &str, mut see: impl FnMut(Range<usize>)) {
        for found in self.automaton.find_iter(text) {
            let pattern = &self.patterns[found.pattern()];
            let behind = &text[found.end()..];
            let rest = pattern.rests.iter().map(|rest| agreement(rest, behind));
            let mut end = found.end() + rest.max().unwrap_or(0);
            if pattern.padded {
                end += padding(&text[end..]);
            }
            see(found.start()..end);
        }
    }
}

/// How many bytes two texts have in common at their beginnings, whatever the case.
fn agreement(one: &str, other: &str) -> usize {
    let same = |(one, other): &(char, char)| one.eq_ignore_ascii_case(other);
    let common = one.chars().zip(other.chars()).take_while(same);
    common.map(|(_, other)| other.len_utf8()).sum()
}

/// The last character of a Base64 text, which holds fewer bits, and its padding.
fn padding(text: &str) -> usize {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/_-".contains(byte);
    let bytes = text.as_bytes();
    let last = usize::from(bytes.first().is_some_and(is_base64));
    let signs = bytes[last..].iter().take(2);
    last + signs.take_while(|byte| **byte == b'=').count()
}

fn lower(character: char) -> char {
    let mut lower = character.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(lower), None) => lower,
        _ => character,
    }
}

/// Whether decoding a text may make another one of it.
fn is_encoded(text: &str) -> bool {
    !text.is_ascii() || text.bytes().any(|byte| b"\\%&+".contains(&byte))
}

/// A character, and where in the text it stands as it is written there.
#[derive(Debug, Clone, Copy)]
struct Unit {
    character: char,
    start: usize,
    end: usize,
}

/// A text, some of its encodings undone.
#[derive(Debug)]
struct Layer(Vec<Unit>);

/// The text as it is written, and with one encoding after the other undone.
fn layers(text: &str) -> Vec<Layer> {
    let units = text.char_indices().map(|(start, character)| Unit {
        character,
        start,
        end: start + character.len_utf8(),
    });
    let mut layers = vec![Layer(units.collect())];
    while layers.len() <= MOST_LAYERS {
        match layers.last().and_then(Layer::decoded) {
            Some(decoded) => layers.push(decoded),
            None => break,
        }
    }
    layers
}

impl Layer {
    fn map(&self, change: impl Fn(char) -> char) -> Self {
        let units = self.0.iter().map(|unit| Unit {
            character: change(unit.character),
            ..*unit
        });
        Self(units.collect())
    }

    /// The text and where each unit begins in it. A plus is what forms make of a blank.
    fn written(&self) -> (String, Vec<usize>) {
        let mut text = String::with_capacity(self.0.len());
        let mut starts = Vec::with_capacity(self.0.len());
        for unit in &self.0 {
            starts.push(text.len());
            text.push(if unit.character == '+' {
                ' '
            } else {
                unit.character
            });
        }
        (text, starts)
    }

    /// Where in the text as it was given the automaton finds something.
    fn search(&self, automaton: &Automaton, found: &mut Vec<Range<usize>>) {
        let (written, starts) = self.written();
        automaton.find(&written, |range| {
            let first = starts.partition_point(|start| *start <= range.start) - 1;
            let last = starts.partition_point(|start| *start < range.end) - 1;
            found.push(self.0[first].start..self.0[last].end);
        });
    }

    /// The text with one encoding undone; none where there is none.
    fn decoded(&self) -> Option<Self> {
        let mut decoded = Vec::with_capacity(self.0.len());
        let mut rest = &self.0[..];
        let mut changed = false;
        // Where the backslashes before the next character begin.
        let mut escaped_from = None;
        while let Some(first) = rest.first() {
            let found = match first.character {
                '\\' => unicode(rest),
                '%' => percent(rest),
                '&' => entity(rest),
                _ => misread(rest),
            };
            if let Some((character, length)) = found {
                changed = true;
                decoded.push(Unit {
                    character,
                    start: escaped_from.take().unwrap_or(first.start),
                    end: rest[length - 1].end,
                });
                rest = &rest[length..];
                continue;
            }
            rest = &rest[1..];
            if first.character == '\\' {
                // JSON puts one before some characters, and again for each level of JSON within
                // JSON. Letters and digits are never escaped so.
                changed = true;
                let next = rest.first().map(|unit| unit.character);
                let goes_on = next.is_some_and(|next| !next.is_alphanumeric());
                escaped_from = goes_on.then(|| escaped_from.unwrap_or(first.start));
                continue;
            }
            decoded.push(Unit {
                start: escaped_from.take().unwrap_or(first.start),
                ..*first
            });
        }
        changed.then_some(Self(decoded))
    }
}

/// `\u002F` of JSON, and more backslashes of JSON within JSON.
fn unicode(units: &[Unit]) -> Option<(char, usize)> {
    let (high, length) = code_unit(units)?;
    if let Some(character) = char::from_u32(high) {
        return Some((character, length));
    }
    let pair = code_unit(&units[length..]).and_then(|(low, more)| {
        let pair = [u16::try_from(high).ok()?, u16::try_from(low).ok()?];
        let character = char::decode_utf16(pair).next()?.ok()?;
        Some((character, length + more))
    });
    pair.or(Some((char::REPLACEMENT_CHARACTER, length)))
}

fn code_unit(units: &[Unit]) -> Option<(u32, usize)> {
    let slashes = units.iter().take_while(|unit| unit.character == '\\');
    let digits = slashes.count() + 1;
    let sign = units.get(digits - 1)?.character;
    (digits > 1 && matches!(sign, 'u' | 'U'))
        .then(|| number(units.get(digits..digits + 4)?, 16))
        .flatten()
        .map(|code| (code, digits + 4))
}

/// `%2F`; `%252F`, where a URL stands within a URL, takes one layer more. A byte beyond ASCII is
/// part of a character of UTF-8, see [`misread`].
fn percent(units: &[Unit]) -> Option<(char, usize)> {
    let byte = number(units.get(1..3)?, 16)?;
    Some((char::from_u32(byte)?, 3))
}

/// `&#47;`, `&#x2F;` and `&amp;`.
fn entity(units: &[Unit]) -> Option<(char, usize)> {
    const LONGEST: usize = 12;
    let end = units.iter().take(LONGEST);
    let end = end.map(|unit| unit.character).position(|one| one == ';')?;
    let name = &units[1..end];
    let character = match name.first()?.character {
        '#' => {
            let hexadecimal = matches!(name.get(1)?.character, 'x' | 'X');
            let (from, base) = if hexadecimal { (2, 16) } else { (1, 10) };
            char::from_u32(number(&name[from..], base)?)?
        }
        _ => {
            let name = name.iter().map(|unit| unit.character.to_ascii_lowercase());
            match name.collect::<String>().as_str() {
                "amp" => '&',
                "lt" => '<',
                "gt" => '>',
                "quot" => '"',
                "apos" => '\'',
                _ => return None,
            }
        }
    };
    Some((character, end + 1))
}

/// A character of UTF-8 of which each byte was read as a character of its own.
fn misread(units: &[Unit]) -> Option<(char, usize)> {
    let byte = |unit: &Unit| match u8::try_from(unit.character) {
        Ok(byte) => Some(byte),
        Err(_) => {
            let place = WINDOWS.iter().position(|known| *known == unit.character)?;
            u8::try_from(0x80 + place).ok()
        }
    };
    let first = byte(units.first()?)?;
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => return None,
    };
    let bytes: Option<Vec<u8>> = units.get(..length)?.iter().map(byte).collect();
    let bytes = bytes?;
    let text = std::str::from_utf8(&bytes).ok()?;
    Some((text.chars().next()?, length))
}

fn number(units: &[Unit], base: u32) -> Option<u32> {
    let digits = units.iter().map(|unit| unit.character.to_digit(base));
    let whole = digits.reduce(|whole, digit| whole?.checked_mul(base)?.checked_add(digit?));
    whole.flatten()
}

/// What stands in the Base64 of anything that contains the secret: wherever it begins in a group of
/// three bytes, the characters that it alone decides. Of one that begins where the whole begins,
/// the padding goes with it.
fn base64(secret: &str) -> Vec<(String, bool)> {
    let mut found: Vec<(String, bool)> = Vec::new();
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
            if inner.len() >= SHORTEST_BASE64 && found.iter().all(|(known, _)| known != inner) {
                found.push((inner.to_owned(), before == 0));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
