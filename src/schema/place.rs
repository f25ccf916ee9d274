//! Patterns of places in an instance, and which of two says more.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde::{Deserialize, Deserializer};

use super::pointer;

/// A pattern of JSON pointers: `*` stands for one reference token, `**` for any number of them.
///
/// Ordered by how much it says of the end of the place: a name says more than `*`, `*` more than
/// `**`, and where all tokens that both have say the same, the longer pattern says more. So
/// `/**/@schemaLocation` goes before `/note/*/**`, and `/note/*/text` before both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
    tokens: Vec<Token>,
}

/// A place, taken apart once to be held against many patterns.
#[derive(Debug)]
pub(super) struct Tokens<'a>(Vec<Cow<'a, str>>);

impl<'a> Tokens<'a> {
    /// The reference tokens of a JSON pointer.
    pub(super) fn of(place: &'a str) -> Self {
        Self(pointer::tokens(place).collect())
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(String),
    One,
    Any,
}

impl Pattern {
    /// Reads a pattern; it is empty or begins with a slash.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if !text.is_empty() && !text.starts_with('/') {
            return None;
        }
        let tokens = pointer::tokens(text)
            .map(|token| match token.as_ref() {
                "*" => Token::One,
                "**" => Token::Any,
                name => Token::Name(name.to_owned()),
            })
            .collect();
        Some(Self {
            text: text.to_owned(),
            tokens,
        })
    }

    /// Whether the place is one of those.
    pub(super) fn matches(&self, place: &Tokens<'_>) -> bool {
        matches(&self.tokens, &place.0)
    }

    /// Which of two patterns says more of a place: the greater one.
    pub(super) fn cmp_weight(&self, other: &Self) -> Ordering {
        let ours = self.tokens.iter().rev().map(Token::weight);
        ours.cmp(other.tokens.iter().rev().map(Token::weight))
    }

    /// The pattern as it was written.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }
}

impl Token {
    const fn weight(&self) -> u8 {
        match self {
            Self::Name(_) => 2,
            Self::One => 1,
            Self::Any => 0,
        }
    }
}

fn matches(pattern: &[Token], place: &[Cow<'_, str>]) -> bool {
    match (pattern.split_first(), place.split_first()) {
        (None, None) => true,
        (Some((Token::Any, rest)), _) => {
            (0..=place.len()).any(|skipped| matches(rest, &place[skipped..]))
        }
        (Some((Token::One, rest)), Some((_, after))) => matches(rest, after),
        (Some((Token::Name(name), rest)), Some((token, after))) => {
            name == token && matches(rest, after)
        }
        _ => false,
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| {
            serde::de::Error::custom(format!("the place `{text}` does not begin with a slash"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(text).unwrap()
    }

    #[test]
    fn stars_stand_for_tokens() {
        for (text, place, expected) in [
            ("", "", true),
            ("", "/a", false),
            ("/*", "/a", true),
            ("/*", "", false),
            ("/*", "/a/b", false),
            ("/**", "", true),
            ("/**", "/a/b/c", true),
            ("/**/b", "/b", true),
            ("/**/b", "/a/b", true),
            ("/**/b", "/a/c", false),
            ("/**/b/*/**", "/a/0/b/1", true),
            ("/**/b/*/**", "/a/0/b", false),
            ("/a~1b/*", "/a~1b/0", true),
        ] {
            let found = pattern(text).matches(&Tokens::of(place));
            assert_eq!(found, expected, "{text} on {place}");
        }
        assert_eq!(Pattern::parse("a"), None);
    }

    #[test]
    fn later_events_weigh_more() {
        let order = [
            "",
            "/**",
            "/interactionItem/*/**",
            "/**/note/*/**",
            "/note/*",
            "/**/@schemaLocation",
            "/**/note/*/text",
        ];
        for pair in order.windows(2) {
            let found = pattern(pair[0]).cmp_weight(&pattern(pair[1]));
            assert_eq!(found, Ordering::Less, "{pair:?}");
        }
    }
}
