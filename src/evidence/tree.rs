//! JSON of others as a tree, as far as there is memory for one: it takes up to forty times what its
//! text takes, so that a few megabytes of zeros would fill a machine.

use serde_json::Value;

use super::json_scan::JsonScan;

/// The most values that a value may hold to be judged. Records have some dozens.
pub const MOST_VALUES: usize = 100_000;

/// Why there is no tree.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// There would be too much of it.
    #[error("the JSON holds a value of more than {MOST_VALUES} values, the most that is judged")]
    TooMany,
    /// It is not JSON, or nested too deep, or has a number that no double holds.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// Reads JSON as a tree.
///
/// # Errors
///
/// As [`TreeError`] says; of what is too much it is not known whether it is JSON.
pub fn tree(json: &[u8]) -> Result<Value, TreeError> {
    if holds_too_many(json) {
        return Err(TreeError::TooMany);
    }
    let error = match serde_json::from_slice(json) {
        Ok(value) => return Ok(value),
        Err(error) => error,
    };
    // RFC 8259 allows them (section 8.2), and a text in Rust can't hold them.
    match without_lone_surrogates(json) {
        Some(json) => Ok(serde_json::from_slice(&json)?),
        None => Err(error.into()),
    }
}

/// The JSON with each escaped surrogate that has no other half replaced by U+FFFD; none where it
/// has none.
fn without_lone_surrogates(json: &[u8]) -> Option<Vec<u8>> {
    const ESCAPE: usize = 6;
    let unit = |at: usize| -> Option<u16> {
        let escape = json.get(at..at + ESCAPE)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(escape).ok()?, 16).ok()
    };
    let (mut made, mut copied, mut at) = (Vec::new(), 0, 0);
    while let Some(found) = memchr::memchr(b'\\', &json[at..]) {
        at += found;
        at += match (unit(at), unit(at + ESCAPE)) {
            (None, _) => 2,
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 2 * ESCAPE,
            (Some(0xD800..=0xDFFF), _) => {
                made.extend_from_slice(&json[copied..at]);
                made.extend_from_slice(b"\\ufffd");
                copied = at + ESCAPE;
                ESCAPE
            }
            (Some(_), _) => ESCAPE,
        };
        if at >= json.len() {
            break;
        }
    }
    if copied == 0 {
        return None;
    }
    made.extend_from_slice(&json[copied..]);
    Some(made)
}

/// Whether JSON holds more values than a tree is made of.
pub fn holds_too_many(json: &[u8]) -> bool {
    // Each has a byte of its own, and one that opens what it stands in or parts it from another.
    if json.len() <= 2 * MOST_VALUES {
        return false;
    }
    let (mut scan, mut values) = (JsonScan::default(), 0);
    while let Some((_, mark)) = scan.next(json) {
        values += usize::from(matches!(mark, b',' | b'[' | b'{'));
        if values > MOST_VALUES {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_surrogate_alone_is_json() {
        let read = |json: &str| tree(json.as_bytes()).unwrap();
        let alone = "a\u{fffd}b";
        assert_eq!(read(r#""a\ud800b""#), alone);
        assert_eq!(read(r#""a\udFFFb""#), alone);
        assert_eq!(read(r#""a\ud800\u0062""#), alone);
        assert_eq!(
            read(r#"["\ud800", "\ud83d\ude00", "\\ud800"]"#)[1],
            "\u{1f600}"
        );
        assert_eq!(
            read(r#"["\ud800", "\ud83d\ude00", "\\ud800"]"#)[2],
            r"\ud800"
        );
        assert_eq!(read(r#""\ud800\ud83d\ude00""#), "\u{fffd}\u{1f600}");
        for broken in [r#""\ud800"#, r#""\ud8""#, r#""\ud800\u""#, r#"["\ud800",]"#] {
            assert!(tree(broken.as_bytes()).is_err(), "{broken}");
        }
    }

    #[test]
    fn values_are_counted_outside_of_texts() {
        let list = |values: usize| format!("[{}1]", "1,".repeat(values - 1));
        assert!(tree(list(MOST_VALUES).as_bytes()).is_ok());
        for json in [
            list(MOST_VALUES + 1),
            format!(r#"{{"a\"":"[","b":{}}}"#, list(MOST_VALUES + 1)),
            "[".repeat(3 * MOST_VALUES),
        ] {
            assert!(matches!(tree(json.as_bytes()), Err(TreeError::TooMany)));
        }
        for text in [
            format!("\"{}\"", ",".repeat(3 * MOST_VALUES)),
            format!("[\"{}\"]", r#"\",{"#.repeat(MOST_VALUES)),
            format!("[{}1]", " ".repeat(3 * MOST_VALUES)),
        ] {
            assert!(tree(text.as_bytes()).is_ok(), "{text:.30}");
        }
        // It is left to the parser to find that a text has no end.
        for broken in ["\"", "\"\\", "[\"\\\""] {
            let broken = format!("{}{broken}", " ".repeat(3 * MOST_VALUES));
            assert!(matches!(tree(broken.as_bytes()), Err(TreeError::Json(_))));
        }
    }
}
