//! JSON of others as a tree, as far as there is memory for one: it takes up to forty times what its
//! text takes, so that a few megabytes of zeros would fill a machine.

use memchr::memchr2;
use serde_json::Value;

/// A value that holds more than so many others is not judged. Records have some dozens.
pub const MOST_VALUES: usize = 100_000;

/// Why there is no tree.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// There would be too much of it.
    #[error("the JSON holds a value of more than {MOST_VALUES} values, the most that is judged")]
    TooMany,
    /// It is no JSON, or nested too deep, or has a number that no double holds.
    #[error(transparent)]
    Json(#[from] serde_json::Error),
}

/// Reads JSON as a tree.
///
/// # Errors
///
/// As [`TreeError`] tells; of what is too much it is not known whether it is JSON.
pub fn tree(json: &[u8]) -> Result<Value, TreeError> {
    if holds_too_many(json) {
        return Err(TreeError::TooMany);
    }
    Ok(serde_json::from_slice(json)?)
}

/// Whether JSON holds more values than a tree is made of.
pub fn holds_too_many(json: &[u8]) -> bool {
    // Each has a byte of its own, and one that opens what it stands in or parts it from another.
    if json.len() <= 2 * MOST_VALUES {
        return false;
    }
    let (mut values, mut at) = (0, 0);
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b',' | b'[' | b'{' => values += 1,
            b'"' => at = behind_text(json, at),
            _ => {}
        }
        if values > MOST_VALUES {
            return true;
        }
    }
    false
}

/// Where a text ends, closing quote included, that begins behind its opening quote.
fn behind_text(json: &[u8], mut at: usize) -> usize {
    while let Some(found) = json.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found + 1;
        if json[at - 1] == b'"' {
            return at;
        }
        // What is escaped ends nothing.
        at += 1;
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        // It is left to the parser to tell that a text has no end.
        for broken in ["\"", "\"\\", "[\"\\\""] {
            let broken = format!("{}{broken}", " ".repeat(3 * MOST_VALUES));
            assert!(matches!(tree(broken.as_bytes()), Err(TreeError::Json(_))));
        }
    }
}
