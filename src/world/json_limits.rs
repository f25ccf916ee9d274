//! JSON that is valid and yet beyond what is judged: nested too deep, of too many values, or with
//! a number that no double holds. That is a limit of the harness, and no defect of whoever sent it.

use serde::de::IgnoredAny;
use serde_json::Value;

use crate::config::DEEPEST_JSON;
use crate::evidence::{
    Body, JsonArrayReader, JsonScan, ListError, TreeError, cut_off, text_end, tree,
};
use crate::http::LONGEST_URL;

/// Bytes of an id that are shown where it is too long to be of use.
const LONGEST_SHOWN: usize = 3 * 1024;

/// Why a body is not judged as JSON.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is not JSON.
    Malformed(String),
    /// It is, but goes beyond a limit.
    Beyond(String),
    /// It holds an id that is longer than a URL may be, and begins like this.
    LongId(String),
}

impl Refusal {
    /// It is nested deeper than that number of levels.
    pub(super) fn deep(levels: usize) -> Self {
        Self::Beyond(format!(
            "the JSON is nested deeper than {levels} levels (--json-depth)"
        ))
    }

    /// One fragment for people.
    pub(super) fn into_text(self) -> String {
        match self {
            Self::Malformed(text) | Self::Beyond(text) => text,
            Self::LongId(_) => format!(
                "the JSON holds an id of more than {LONGEST_URL} bytes, and so long is the longest \
                 URL that this harness sends"
            ),
        }
    }
}

impl From<ListError> for Refusal {
    fn from(error: ListError) -> Self {
        match error {
            ListError::Malformed(text) => Self::Malformed(text),
            // Nothing is known of the rest, which may be sound.
            error => Self::Beyond(error.to_string()),
        }
    }
}

/// A limit of the parser. It knows no kinds for them.
fn limit(text: &str) -> Option<Refusal> {
    if text.starts_with("recursion limit exceeded") {
        return Some(Refusal::deep(DEEPEST_JSON));
    }
    text.starts_with("number out of range").then(|| {
        Refusal::Beyond(format!(
            "the JSON holds a number beyond those that are judged, which are doubles ({text})"
        ))
    })
}

/// What an error of the parser comes to. Whether a body beyond its limits is JSON all the same is
/// recognised by reading over it, which needs neither stack nor numbers.
pub(super) fn refusal(body: &[u8], error: &TreeError) -> Refusal {
    let text = error.to_string();
    let limit = match error {
        TreeError::TooMany => Refusal::Beyond(text),
        TreeError::Json(_) => match limit(&text) {
            Some(limit) => limit,
            None => return Refusal::Malformed(text),
        },
    };
    match serde_json::from_slice::<IgnoredAny>(body) {
        Err(error) => Refusal::Malformed(error.to_string()),
        Ok(_) => limit,
    }
}

/// What stands in place of a number that no double holds, until it is taken out.
const NO_DOUBLE: &str = "\0a number that no double holds";

/// A list, or an element of one, without the numbers that no double holds: the record that has one
/// is not judged by it, and the others are judged as ever. None where there is no such number, or
/// where it is an element itself.
pub(super) fn without_large_numbers(json: &[u8]) -> Option<Value> {
    let mut value = tree(&with_marks(json)?).ok()?;
    let is_mark = |value: &Value| *value == NO_DOUBLE;
    let elements = value.as_array().into_iter().flatten();
    if is_mark(&value) || elements.into_iter().any(is_mark) {
        return None;
    }
    remove_marks(&mut value);
    Some(value)
}

fn remove_marks(value: &mut Value) {
    match value {
        Value::Array(items) => {
            items.retain(|item| *item != NO_DOUBLE);
            items.iter_mut().for_each(remove_marks);
        }
        Value::Object(attributes) => {
            attributes.retain(|_, attribute| *attribute != NO_DOUBLE);
            attributes.values_mut().for_each(remove_marks);
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The JSON with a mark in place of each number that no double holds; none where it has none.
fn with_marks(json: &[u8]) -> Option<Vec<u8>> {
    let (mut made, mut copied, mut at) = (Vec::new(), 0, 0);
    while at < json.len() {
        at += match json[at] {
            b'"' => text_end(json, at + 1).unwrap_or(json.len()) - at,
            b'-' | b'0'..=b'9' => {
                let of_it =
                    |byte: &&u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
                let length = json[at..].iter().take_while(of_it).count();
                let number = std::str::from_utf8(&json[at..at + length]).ok();
                let number = number.and_then(|text| text.parse::<f64>().ok());
                if number.is_some_and(f64::is_infinite) {
                    made.extend_from_slice(&json[copied..at]);
                    made.extend_from_slice(Value::from(NO_DOUBLE).to_string().as_bytes());
                    copied = at + length;
                }
                length
            }
            _ => 1,
        };
    }
    (copied > 0).then(|| {
        made.extend_from_slice(&json[copied..]);
        made
    })
}

/// The same for the element of a list that came last.
pub(super) fn in_element(list: &JsonArrayReader<'_>, error: &TreeError) -> Refusal {
    if serde_json::from_slice::<IgnoredAny>(list.last()).is_err() {
        return list.malformed().into();
    }
    let limit = match error {
        TreeError::TooMany => Refusal::Beyond(error.to_string()),
        TreeError::Json(error) => {
            let error = list.in_element(error);
            match limit(&error.to_string()) {
                Some(limit) => limit,
                None => return error.into(),
            }
        }
    };
    list.check().map_or_else(Refusal::from, |()| limit)
}

/// Whether a record has an id with which no URL can be made. Nobody could ask for it, and a run has
/// many copies of the ids that it works with.
pub(super) fn usable_id(record: &Value) -> Result<(), Refusal> {
    long_id(record).map_or(Ok(()), |id| Err(Refusal::LongId(id)))
}

/// What is shown of such an id, if a record has one.
pub fn long_id(record: &Value) -> Option<String> {
    let id = record.get("id")?.as_str()?;
    let (shown, more) = id.split_at(id.floor_char_boundary(LONGEST_SHOWN));
    (id.len() > LONGEST_URL).then(|| cut_off(shown.to_owned(), LONGEST_SHOWN, Some(more.len())))
}

/// The id of a record as text; none where it is longer than a URL may be.
pub fn id_of(record: &Value) -> Option<String> {
    match record.get("id")? {
        Value::String(id) if !id.trim().is_empty() && id.len() <= LONGEST_URL => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    }
}

/// Whether valid JSON has more than that number of levels of arrays and objects within each other.
/// What was read as a tree has no more than the most that can be set.
pub(super) fn deeper_than(json: &Body, levels: usize) -> bool {
    if levels >= DEEPEST_JSON {
        return false;
    }
    let (mut scan, mut depth, mut deepest) = (JsonScan::default(), 0_usize, 0);
    let read = json.blocks(0, |block| {
        while let Some((_, mark)) = scan.next(block) {
            match mark {
                b'[' | b'{' => {
                    depth += 1;
                    deepest = deepest.max(depth);
                }
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        scan.next_block(block.len());
        deepest > levels
    });
    // What can't be looked through is not judged.
    read.is_err() || deepest > levels
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::MOST_VALUES;

    fn refused(body: &str) -> Refusal {
        let error = tree(body.as_bytes()).unwrap_err();
        refusal(body.as_bytes(), &error)
    }

    fn nested(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn valid_json_beyond_a_limit_is_told_from_what_is_none() {
        assert!(serde_json::from_str::<Value>(&nested(DEEPEST_JSON)).is_ok());
        assert_eq!(refused(&nested(50_000)), Refusal::deep(DEEPEST_JSON));
        assert!(matches!(refused("[1e999]"), Refusal::Beyond(text) if text.contains("double")));
        let zeros = "0,".repeat(MOST_VALUES);
        let many = refused(&format!("[{zeros}0]"));
        assert!(matches!(many, Refusal::Beyond(text) if text.contains("100000 values")));
        assert!(matches!(
            refused(&format!("[{zeros}]")),
            Refusal::Malformed(_)
        ));
        for malformed in ["[1e999", "[1", "<html>"] {
            assert!(matches!(refused(malformed), Refusal::Malformed(_)));
        }
        assert!(matches!(
            refused(&"[".repeat(200_000)),
            Refusal::Malformed(_)
        ));
    }

    #[test]
    fn a_number_beyond_doubles_is_taken_out_of_its_record_alone() {
        let json = br#"[{"id": "1e999", "n": [-1e999, 2]}, {"id": "\"2", "a": 3, "b": 1E+400}]"#;
        assert_eq!(
            without_large_numbers(json),
            Some(serde_json::json!([{"id": "1e999", "n": [2]}, {"id": "\"2", "a": 3}]))
        );
        for json in [
            "[1e999]",
            "1e999",
            "[{\"a\": 1}]",
            "[{\"a\": 1e999}",
            "[\"1e999\"]",
        ] {
            assert_eq!(without_large_numbers(json.as_bytes()), None, "{json}");
        }
    }

    #[test]
    fn an_id_is_usable_as_long_as_a_url_can_be_made_with_it() {
        let record = |id: usize| serde_json::json!({ "id": "i".repeat(id) });
        assert!(usable_id(&record(LONGEST_URL)).is_ok());
        let Err(refusal @ Refusal::LongId(_)) = usable_id(&record(LONGEST_URL + 1)) else {
            panic!("it is too long");
        };
        assert_eq!(
            refusal,
            Refusal::LongId(format!("{}…(62463 bytes more)", "i".repeat(3072)))
        );
        assert!(refusal.into_text().contains("65534 bytes"));
        assert!(usable_id(&serde_json::json!([1])).is_ok());
    }

    #[test]
    fn depth_is_counted_outside_of_texts() {
        let json = br#"{"a": [{"b": "]]]\"[[[["}], "c": "\\"}"#;
        let json = Body::from(&json[..]);
        assert!(!deeper_than(&json, 3) && deeper_than(&json, 2));
    }
}
