//! What of a body is kept as evidence: cut to a cap, and without other people's records.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead as _, Read as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::body::{BYTE_ORDER_MARK, Body};
use super::json_array::{JsonArrayReader, ListError};
use super::shorten::{shortened, stub};
use super::{BodyEncoding, Message, Ownership};

/// Bytes of an id that are looked at: the run has no record with a longer one, since no URL can
/// carry it.
const LONGEST_ID: usize = 64 * 1024;

/// So many bytes before the JSON are looked over.
const MOST_ODD: usize = 4096;

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
pub fn keep_body(body: &Body, ownership: Option<&Ownership>, cap: usize) -> KeptBody {
    let kept = match ownership.map(|ownership| mask(body, ownership, cap)) {
        Some(Ok(Some(masked))) => Ok(masked),
        Some(Err(error)) => Err(error),
        None | Some(Ok(None)) => body.beginning(cap).map(|kept| as_it_came(body, &kept)),
    };
    // What can't be looked through may hold anything.
    kept.unwrap_or(KeptBody {
        truncated: true,
        ..KeptBody::default()
    })
}

/// The beginning of a body, as text where it is one.
fn as_it_came(body: &Body, kept: &[u8]) -> KeptBody {
    if body.is_empty() {
        return KeptBody::default();
    }
    let truncated = body.len() > kept.len() as u64;
    match std::str::from_utf8(kept) {
        Ok(text) => KeptBody {
            text: Some(text.to_owned()),
            truncated,
            ..KeptBody::default()
        },
        // The cap may have cut a character in two; that is not a reason for Base64.
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
fn mask(body: &Body, ownership: &Ownership, cap: usize) -> io::Result<Option<KeptBody>> {
    // Byte order marks and blanks hide nobody's record, and nor do bytes that are not UTF-8.
    let start = odd_bytes(&body.beginning(MOST_ODD)?);
    if let Some(list) = JsonArrayReader::behind(body, start as u64)? {
        return MaskedList::new(ownership, cap).read(list);
    }
    let mut first = [0];
    let mut reader = body.reader();
    reader.consume(start);
    if reader.read(&mut first)? == 0 || first != *b"{" {
        return Ok(None);
    }
    let bytes = body.whole()?;
    let (id, _) = identify(&lossy(&bytes[start..]));
    Ok(foreign(id, ownership).map(|id| masked(stub(&id), 1, false, cap)))
}

/// How many bytes stand before the JSON that belong to none.
fn odd_bytes(beginning: &[u8]) -> usize {
    let mut rest = beginning;
    loop {
        let shorter = rest.strip_prefix(BYTE_ORDER_MARK).unwrap_or(rest);
        let shorter = shorter.trim_ascii_start();
        if shorter.len() == rest.len() {
            return beginning.len() - rest.len();
        }
        rest = shorter;
    }
}

/// A text in which that number of records are masked, cut to the cap: an id is the target's choice.
fn masked(mut text: String, masked: usize, full: bool, cap: usize) -> KeptBody {
    let truncated = full || text.len() > cap;
    text.truncate(text.floor_char_boundary(cap));
    text.shrink_to_fit();
    KeptBody {
        text: Some(text),
        encoding: BodyEncoding::Utf8,
        truncated,
        masked,
    }
}

/// Bytes as text, with something in place of what is not UTF-8. Most have nothing of the kind,
/// which is found out faster than with a replacement at hand.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// The id of a record, null where it gave none, and whether the record is whole. Of one that breaks
/// off, it is the id that was read until there.
fn identify(record: &str) -> (Value, bool) {
    let mut id = Value::Null;
    let mut reader = serde_json::Deserializer::from_str(record);
    let read = reader.deserialize_map(Identified(&mut id));
    let whole = read.and_then(|()| reader.end()).is_ok();
    (id, whole)
}

/// The id of a record that the run did not create. What has no id is not a record (an Error body).
fn foreign(id: Value, ownership: &Ownership) -> Option<Value> {
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

    fn visit_map<A: MapAccess<'de>>(self, mut attributes: A) -> Result<(), A::Error> {
        while let Some(name) = attributes.next_key::<&'de RawValue>()? {
            if is_id(name.get()) {
                let raw: &RawValue = attributes.next_value()?;
                // An id that is not a text and no number is none, however much of it there is.
                let single = |first: char| first.is_ascii_digit() || matches!(first, '"' | '-');
                let id = Some(raw.get()).filter(|id| id.starts_with(single));
                let id = id.and_then(|id| serde_json::from_str(id).ok());
                *self.0 = match id.unwrap_or_default() {
                    Value::String(id) => shortened(id, LONGEST_ID).into(),
                    id => id,
                };
            } else {
                attributes.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// A list as it is kept.
struct MaskedList<'a> {
    ownership: &'a Ownership,
    cap: usize,
    text: String,
    masked: usize,
}

impl<'a> MaskedList<'a> {
    fn new(ownership: &'a Ownership, cap: usize) -> Self {
        Self {
            ownership,
            cap,
            text: String::from("["),
            masked: 0,
        }
    }

    /// Takes the elements, as far as they are kept; `None` where none of them is foreign.
    fn read(mut self, mut list: JsonArrayReader<'_>) -> io::Result<Option<KeptBody>> {
        let whole = loop {
            match list.next_element() {
                Ok(None) => break true,
                Ok(Some(element)) => {
                    let element = lossy(element);
                    let (id, whole) = identify(&element);
                    // What is not an object is not a record, and may be JSON all the same.
                    if !whole && serde_json::from_str::<&RawValue>(&element).is_err() {
                        self.broken_off(id, &element);
                        break false;
                    }
                    self.take(id, &element);
                }
                Err(ListError::Packed(error)) => return Err(error),
                Err(_) => {
                    let rest = lossy(list.rest());
                    let rest = rest.trim_start();
                    let (id, _) = identify(rest);
                    self.broken_off(id, rest);
                    break false;
                }
            }
            // Enough to fill the cap: the rest of a large list need not even be read.
            if self.is_full() && self.masked > 0 {
                break false;
            }
        };
        if self.masked == 0 {
            return Ok(None);
        }
        if whole && !self.is_full() {
            self.text.push(']');
        }
        // Of a list that is not JSON further on, what came before is others' all the same.
        Ok(Some(masked(self.text, self.masked, !whole, self.cap)))
    }

    fn is_full(&self) -> bool {
        self.text.len() > self.cap
    }

    fn take(&mut self, id: Value, element: &str) {
        let id = self.foreign(id, element);
        self.masked += usize::from(id.is_some());
        match id {
            // Whether any record is foreign counts to the end, its text only up to the cap.
            _ if self.is_full() => {}
            Some(id) => self.push(&stub(&id)),
            None => self.push(element),
        }
    }

    /// The id of an element that is other people's, null where none is reported: a selection of
    /// attributes may leave it out, and of a run that creates nothing all records are others'.
    fn foreign(&self, id: Value, element: &str) -> Option<Value> {
        let nameless = self.ownership.creates_nothing() && element.starts_with('{');
        foreign(id, self.ownership).or(nameless.then_some(Value::Null))
    }

    fn push(&mut self, element: &str) {
        if self.text.len() > 1 {
            self.text.push(',');
        }
        // One byte beyond the cap shows that there was more.
        let room = self.cap.saturating_add(1).saturating_sub(self.text.len());
        self.text
            .push_str(&element[..element.ceil_char_boundary(room)]);
    }

    /// The list broke off: of the element in which it did, its id may have been there.
    fn broken_off(&mut self, id: Value, rest: &str) {
        if let Some(id) = self.foreign(id, rest) {
            self.push(&stub(&id));
            self.masked += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::BodyWriter;

    fn keep(body: &[u8], ownership: Option<&Ownership>, cap: usize) -> KeptBody {
        let kept = [0, usize::MAX].map(|most_plain| {
            let mut writer = BodyWriter::new(most_plain, 0);
            writer.take(body);
            keep_body(&writer.finish(), ownership, cap)
        });
        assert_eq!(kept[0], kept[1], "compressed and plain");
        let [kept, _] = kept;
        kept
    }

    fn own(ids: &[&str]) -> Ownership {
        let ownership = Ownership::default();
        ids.iter().for_each(|id| ownership.add(id));
        ownership
    }

    #[test]
    fn own_records_stay_as_they_came_and_foreign_ones_shrink_to_their_id() {
        let body = br#"[ {"id":"mine", "reason":"a"}, {"id":"theirs","reason":"secret story"}]"#;
        let kept = keep(body, Some(&own(&["mine"])), 1000);
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
            let kept = keep(body.as_bytes(), Some(&own(&["mine"])), 1000);
            let text = kept.text.unwrap();
            assert!(!text.contains("secret story"), "{text}");
            assert!(kept.truncated && text.contains("theirs"), "{text}");
        }
        let alone = keep(br#"{"id":"theirs","reason":"secret"#, Some(&own(&[])), 1000);
        assert!(!alone.text.unwrap().contains("secret"));
    }

    #[test]
    fn a_read_only_run_owns_no_records_without_an_id() {
        for body in [
            r#"[{"reason":"secret story"}]"#,
            r#"[{"reason":"secret story"},{"reason":"#,
            r#"[ {"reason":"secret story"#,
        ] {
            let (creates, nothing) = (own(&[]), own(&[]));
            nothing.mark_creating_nothing();
            let kept = keep(body.as_bytes(), Some(&nothing), 1000);
            assert!(
                kept.masked > 0 && !kept.text.unwrap().contains("secret"),
                "{body}"
            );
            let kept = keep(body.as_bytes(), Some(&creates), 1000);
            assert_eq!(kept.masked, 0, "{body}");
        }
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
                let kept = keep(&body, Some(&own(&[])), 1000);
                let text = kept.text.unwrap();
                assert!(!text.contains("secret story"), "{text}");
                assert_eq!(kept.masked, 1);
            }
        }
    }

    #[test]
    fn a_single_foreign_record_is_masked_and_an_error_body_is_not() {
        let kept = keep(br#"{"id":"x","reason":"story"}"#, Some(&own(&[])), 1000);
        assert!(!kept.text.unwrap().contains("story"));
        let error = br#"{"code":"404","reason":"no such id"}"#;
        let kept = keep(error, Some(&own(&[])), 1000);
        assert_eq!(kept.text.unwrap().as_bytes(), error);
    }

    #[test]
    fn bodies_are_cut_at_a_character_and_bytes_become_base64() {
        let kept = keep("ääää".as_bytes(), None, 3);
        assert_eq!((kept.text.as_deref(), kept.truncated), (Some("ä"), true));
        let kept = keep(&[0xff, 0xfe], None, 10);
        assert_eq!(kept.encoding, BodyEncoding::Base64);
    }

    #[test]
    fn a_cut_text_takes_the_memory_of_its_kept_part() {
        let long = "i".repeat(4 << 20);
        for id in [&*long, "mine"] {
            let record = format!(r#"{{"id":"{id}","note":"{long}"}}"#);
            let older = r#"{"id":"x"}"#;
            for body in [
                format!("[{record},{older}]"),
                format!("[{older},{record}]"),
                record,
            ] {
                let kept = keep(body.as_bytes(), Some(&own(&["mine"])), 1000);
                let text = kept.text.unwrap();
                assert!(
                    kept.truncated && text.len() <= 1000 && text.capacity() < 2000,
                    "{body:.30}"
                );
            }
        }
    }

    #[test]
    fn a_list_beyond_the_cap_is_cut_and_says_so() {
        let body = format!("[{}]", vec![r#"{"id":"x"}"#; 1000].join(","));
        let kept = keep(body.as_bytes(), Some(&own(&[])), 200);
        assert!(kept.truncated && kept.text.unwrap().len() <= 200);
    }
}
