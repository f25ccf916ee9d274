//! What of a body is kept as evidence: cut to a cap, and without other people's records.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{BodyEncoding, Message, Ownership};

/// A body as it may be stored.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct KeptBody {
    /// The text, at most the cap.
    pub text: Option<String>,
    /// How the text is written.
    pub encoding: BodyEncoding,
    /// Whether something was left out at the end.
    pub truncated: bool,
    /// How many records are kept as their id only.
    pub masked: usize,
}

impl KeptBody {
    /// The message that carries this body.
    pub fn into_message(self, headers: Vec<(String, String)>, body_bytes: u64) -> Message {
        Message {
            headers,
            body: self.text,
            body_encoding: self.encoding,
            body_bytes,
            body_truncated: self.truncated,
            masked_records: self.masked,
            body_sha256: None,
        }
    }
}

/// Reduces a body to what is stored of it: at most `cap` bytes, and of records in it that
/// `ownership` does not know only the id (the contract's rule on other people's data).
///
/// With `ownership` `None` foreign records are kept as they came.
pub fn keep_body(body: &[u8], ownership: Option<&Ownership>, cap: usize) -> KeptBody {
    if body.is_empty() {
        return KeptBody::default();
    }
    if let Some(masked) = ownership.and_then(|ownership| mask(body, ownership, cap)) {
        return masked;
    }
    let truncated = body.len() > cap;
    let kept = if truncated { &body[..cap] } else { body };
    match std::str::from_utf8(kept) {
        Ok(text) => KeptBody {
            text: Some(text.to_owned()),
            truncated,
            ..KeptBody::default()
        },
        // The cap may have cut a character in two; that is no reason for Base64.
        Err(error) if truncated && error.error_len().is_none() => KeptBody {
            text: Some(String::from_utf8_lossy(&kept[..error.valid_up_to()]).into_owned()),
            truncated,
            ..KeptBody::default()
        },
        Err(_) => KeptBody {
            text: Some(STANDARD.encode(kept)),
            encoding: BodyEncoding::Base64,
            truncated,
            masked: 0,
        },
    }
}

/// The body with foreign records reduced to their ids, or `None` where it holds none.
fn mask(body: &[u8], ownership: &Ownership, cap: usize) -> Option<KeptBody> {
    // A byte order mark and bytes that are no UTF-8 hide nobody's record.
    let text = String::from_utf8_lossy(body);
    let body = text.trim_start_matches('\u{feff}');
    let first = *body.trim_ascii_start().as_bytes().first()?;
    match first {
        b'[' => {
            let mut list = MaskedList {
                ownership,
                cap,
                body,
                read: 0,
                text: String::from("["),
                masked: 0,
                full: false,
            };
            let mut reader = serde_json::Deserializer::from_str(body);
            // An early end of the visitor is an error of the reader too; what counts is `full`.
            let whole = reader.deserialize_seq(&mut list).is_ok();
            if !whole && !list.full {
                list.broken_off();
            }
            if list.masked == 0 {
                return None;
            }
            if whole {
                list.text.push(']');
            }
            // Of a list that is no JSON further on, what came before is others' all the same.
            let full = list.full || !whole;
            Some(masked(list.text, list.masked, full, cap))
        }
        b'{' => {
            let id = foreign_id(body, ownership)?;
            Some(masked(stub(&id), 1, false, cap))
        }
        _ => None,
    }
}

/// A text in which so many records are masked, cut to the cap: an id is the target's choice.
fn masked(mut text: String, masked: usize, full: bool, cap: usize) -> KeptBody {
    let truncated = full || text.len() > cap;
    text.truncate(text.floor_char_boundary(cap));
    KeptBody {
        text: Some(text),
        encoding: BodyEncoding::Utf8,
        truncated,
        masked,
    }
}

/// The id of a record that the run did not create. What has no id is no record (an Error body).
/// Of a record that breaks off, it is the id that was read until there.
fn foreign_id(record: &str, ownership: &Ownership) -> Option<Value> {
    let mut id = Value::Null;
    let mut reader = serde_json::Deserializer::from_str(record);
    // Where it breaks off is an error of the reader; what counts is what it found.
    let _ = reader.deserialize_map(Identified(&mut id));
    match &id {
        Value::String(text) if ownership.owns(text) => None,
        Value::Number(number) if ownership.owns(&number.to_string()) => None,
        Value::String(_) | Value::Number(_) => Some(id),
        _ => None,
    }
}

/// Whether a raw name is that of the id, with escapes or without.
fn is_id(name: &str) -> bool {
    name == r#""id""#
        || name.contains('\\') && serde_json::from_str(name).ok() == Some("id".to_owned())
}

/// Takes the id of an object, the last one where there are several. The rest is read over, so that
/// no depth and no number hides whose record it is.
struct Identified<'a>(&'a mut Value);

impl<'de> Visitor<'de> for Identified<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(name) = members.next_key::<&'de RawValue>()? {
            if is_id(name.get()) {
                let raw: &RawValue = members.next_value()?;
                // An id that is no text and no number is none.
                *self.0 = serde_json::from_str(raw.get()).unwrap_or_default();
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

fn stub(id: &Value) -> String {
    format!(r#"{{"id":{id},"…":"not created by this run: only the id is kept"}}"#)
}

struct MaskedList<'a> {
    ownership: &'a Ownership,
    cap: usize,
    body: &'a str,
    /// Bytes of the body up to the end of the last element that was read.
    read: usize,
    text: String,
    masked: usize,
    full: bool,
}

impl MaskedList<'_> {
    /// The list broke off: of the element in which it did, its id may have been there.
    fn broken_off(&mut self) {
        let rest = self.body.get(self.read..).unwrap_or_default().trim_start();
        let rest = rest.strip_prefix(['[', ',']).unwrap_or(rest).trim_start();
        if let Some(id) = foreign_id(rest, self.ownership) {
            if self.text.len() > 1 {
                self.text.push(',');
            }
            self.text.push_str(&stub(&id));
            self.masked += 1;
        }
    }
}

impl<'de> Visitor<'de> for &mut MaskedList<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(element) = list.next_element_seed(RawElement)? {
            let end = element.get().as_ptr().addr() + element.get().len();
            self.read = end.saturating_sub(self.body.as_ptr().addr());
            if self.text.len() > 1 {
                self.text.push(',');
            }
            match foreign_id(element.get(), self.ownership) {
                Some(id) => {
                    self.text.push_str(&stub(&id));
                    self.masked += 1;
                }
                // A selection of attributes may leave the id out.
                None if self.ownership.is_renounced() && element.get().starts_with('{') => {
                    self.text.push_str(&stub(&Value::Null));
                    self.masked += 1;
                }
                None => self.text.push_str(element.get()),
            }
            // Enough to fill the cap: the rest of a large list need not even be read.
            if self.text.len() > self.cap && self.masked > 0 {
                self.full = true;
                while list
                    .next_element::<IgnoredAny>()
                    .is_ok_and(|next| next.is_some() && !self.full)
                {}
                return Err(serde::de::Error::custom("enough"));
            }
        }
        Ok(())
    }
}

struct RawElement;

impl<'de> DeserializeSeed<'de> for RawElement {
    type Value = &'de RawValue;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Self::Value, D::Error> {
        Deserialize::deserialize(input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(ids: &[&str]) -> Ownership {
        let ownership = Ownership::default();
        ids.iter().for_each(|id| ownership.add(id));
        ownership
    }

    #[test]
    fn own_records_stay_as_they_came_and_foreign_ones_shrink_to_their_id() {
        let body = br#"[ {"id":"mine", "reason":"a"}, {"id":"theirs","reason":"secret story"}]"#;
        let kept = keep_body(body, Some(&own(&["mine"])), 1000);
        let text = kept.text.unwrap();
        assert!(text.contains(r#"{"id":"mine", "reason":"a"}"#), "{text}");
        assert!(!text.contains("secret story"), "{text}");
        assert!(text.contains("theirs"), "{text}");
        assert_eq!((kept.masked, kept.truncated), (1, false));
        assert!(serde_json::from_str::<Value>(&text).is_ok());
    }

    #[test]
    fn a_list_that_breaks_off_gives_nothing_away() {
        for body in [
            r#"[{"id":"theirs","reason":"secret story"}, {"id":"#,
            r#" [ {"id":"theirs","reason":"secret story","no"#,
            r#"[{"id":"mine"} , {"id":"theirs","reason":"secret story"#,
        ] {
            let kept = keep_body(body.as_bytes(), Some(&own(&["mine"])), 1000);
            let text = kept.text.unwrap();
            assert!(!text.contains("secret story"), "{text}");
            assert!(kept.truncated && text.contains("theirs"), "{text}");
        }
        let alone = keep_body(br#"{"id":"theirs","reason":"secret"#, Some(&own(&[])), 1000);
        assert!(!alone.text.unwrap().contains("secret"));
    }

    #[test]
    fn nothing_odd_in_a_record_hides_whose_it_is() {
        let deep = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
        for odd in [deep.as_bytes(), b"1e999", b"\"\\ud800\"", b"\"\xfc\""] {
            let record = [
                &br#"{"reason":"secret story","note":"#[..],
                odd,
                br#","\ud800":1,"id":"theirs"}"#,
            ];
            let record = record.concat();
            let marked = [b"\xef\xbb\xbf", &record[..]].concat();
            for body in [[b"[", &record[..], b"]"].concat(), record, marked] {
                let kept = keep_body(&body, Some(&own(&[])), 1000);
                let text = kept.text.unwrap();
                assert!(!text.contains("secret story"), "{text}");
                assert_eq!(kept.masked, 1);
            }
        }
    }

    #[test]
    fn a_single_foreign_record_is_masked_and_an_error_body_is_not() {
        let kept = keep_body(br#"{"id":"x","reason":"story"}"#, Some(&own(&[])), 1000);
        assert!(!kept.text.unwrap().contains("story"));
        let error = br#"{"code":"404","reason":"no such id"}"#;
        let kept = keep_body(error, Some(&own(&[])), 1000);
        assert_eq!(kept.text.unwrap().as_bytes(), error);
    }

    #[test]
    fn bodies_are_cut_at_a_character_and_bytes_become_base64() {
        let kept = keep_body("ääää".as_bytes(), None, 3);
        assert_eq!((kept.text.as_deref(), kept.truncated), (Some("ä"), true));
        let kept = keep_body(&[0xff, 0xfe], None, 10);
        assert_eq!(kept.encoding, BodyEncoding::Base64);
    }

    #[test]
    fn a_list_beyond_the_cap_is_cut_and_says_so() {
        let body = format!("[{}]", vec![r#"{"id":"x"}"#; 1000].join(","));
        let kept = keep_body(body.as_bytes(), Some(&own(&[])), 200);
        assert!(kept.truncated && kept.text.unwrap().len() <= 200);
    }
}
