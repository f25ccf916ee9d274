//! A text that is too long to be kept. What a target answers may be copied from one request into the
//! URLs and scripts of others; nothing can be done with this one but to distinguish it from others.

use std::fmt;

use crate::evidence::{cut_off, sha256_hex};

/// Bytes of the longest text that is kept whole. It has room for all that a URL can carry, whatever
/// of it is cut off or written shorter there.
pub const LONGEST_TEXT: usize = 256 * 1024;

/// Bytes of a text or a URL that are shown where it is too long to be of use.
pub(super) const LONGEST_SHOWN: usize = 3 * 1024;

/// What is kept of a text of more than `LONGEST_TEXT` bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongText {
    beginning: String,
    whole: Option<Whole>,
}

/// What distinguishes a text from others.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Whole {
    bytes: usize,
    sha256: String,
}

impl LongText {
    /// Of a text.
    pub(super) fn of(text: &str) -> Self {
        Self {
            beginning: beginning(text),
            whole: Some(Whole {
                bytes: text.len(),
                sha256: sha256_hex(text.as_bytes()),
            }),
        }
    }

    /// Of an array: its text begins like that, and is not spelt out to its end.
    pub(super) fn array(text: &str) -> Self {
        Self {
            beginning: beginning(text),
            whole: None,
        }
    }

    /// Whether it stands for an array.
    pub(super) const fn is_array(&self) -> bool {
        self.whole.is_none()
    }

    /// Its first bytes, `LONGEST_TEXT` or few less.
    pub(super) fn beginning(&self) -> &str {
        &self.beginning
    }

    /// How many bytes follow, where that is known.
    pub(super) fn omitted_bytes(&self) -> Option<usize> {
        let whole = self.whole.as_ref()?;
        Some(whole.bytes - self.beginning.len())
    }

    /// Whether it is this text. Of an array that is not known, and no target lives by it.
    pub(super) fn is(&self, text: &str) -> bool {
        let whole = self.whole.as_ref();
        whole.is_some_and(|whole| {
            whole.bytes == text.len() && whole.sha256 == sha256_hex(text.as_bytes())
        })
    }

    /// Whether both are the same text.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.whole.is_some() && self.whole == other.whole
    }
}

/// For people, who read none of that length.
impl fmt::Display for LongText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&cut_off(
            self.beginning.clone(),
            LONGEST_SHOWN,
            self.omitted_bytes(),
        ))
    }
}

fn beginning(text: &str) -> String {
    text[..text.floor_char_boundary(LONGEST_TEXT)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::value::Value;
    use super::*;

    #[test]
    fn a_long_text_is_told_from_others_without_being_kept() {
        let text = "ä".repeat(LONGEST_TEXT);
        let other = format!("{}x", &text[2..]);
        let [long, known] = [&text, &other].map(|text| Value::Text(text.into()).into_owned());
        assert_eq!(long.json_type(), Value::Text("".into()).json_type());
        assert!(long.text().len() <= LONGEST_TEXT && text.starts_with(&*long.text()));
        for equal in [Value::loosely_equals, Value::same_text] {
            assert!(equal(&long, &Value::Text((&text).into())));
            assert!(equal(&Value::Text((&text).into()), &long) && equal(&long, &long));
            assert!(!equal(&long, &Value::Text((&other).into())) && !equal(&known, &long));
            assert!(!equal(&long, &Value::Number(1.0)) && !equal(&Value::Null, &long));
        }
        assert!(long.shown().starts_with("äää") && long.shown().ends_with("ä…(521216 bytes more)"));
        let short = Value::Text("ä".repeat(LONGEST_TEXT / 2).into());
        assert_eq!(short.clone().into_owned(), short);
    }

    #[test]
    fn a_long_array_is_spelt_out_only_as_far_as_it_is_kept() {
        let objects = format!("[{}{{}}]", "{},".repeat(LONGEST_TEXT));
        let long = Value::read(&objects);
        assert_eq!(long.json_type(), Value::List(String::new()).json_type());
        assert!(long.text().starts_with("[object Object],[object Object],"));
        assert!(long.text().len() <= LONGEST_TEXT);
        assert!(!long.loosely_equals(&long) && !long.same_text(&long));
        let nested = Value::read(&format!("[[{objects}]]")).into_owned();
        assert_eq!(nested.text(), long.text());
        assert!(nested.shown().ends_with('…'));
    }
}
