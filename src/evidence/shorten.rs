//! Texts of a target's choice are as long as it likes; what is repeated of them is cut.

use serde_json::Value;

/// The text, or its beginning of at most that many bytes with a note of how much was left out.
pub fn shortened(text: String, most: usize) -> String {
    if text.len() > most {
        cut_off(text, most, Some(0))
    } else {
        text
    }
}

/// The same of a text of which only the beginning is known: that number of bytes `more` follow it,
/// if that is known.
pub fn cut_off(mut text: String, most: usize, more: Option<usize>) -> String {
    let end = text.floor_char_boundary(most);
    let rest = text.len() - end;
    text.truncate(end);
    text.push('…');
    if let Some(more) = more {
        text.push_str(&format!("({} bytes more)", rest + more));
    }
    // It may have been very long.
    text.shrink_to_fit();
    text
}

/// What is kept of a record that the run did not create.
pub(super) fn stub(id: &Value) -> String {
    format!(r#"{{"id":{id},"…":"not created by this run: only the id is kept"}}"#)
}

#[cfg(test)]
mod tests {
    use super::{cut_off, shortened};

    #[test]
    fn omitted_bytes_are_counted_and_no_character_is_cut_in_two() {
        let cut = |text: &str| shortened(text.to_owned(), 4);
        assert_eq!(cut("abcd"), "abcd");
        assert_eq!(cut("abcde"), "abcd…(1 bytes more)");
        assert_eq!(cut("abcäö"), "abc…(4 bytes more)");
        assert_eq!(cut_off("abc".to_owned(), 2, Some(4)), "ab…(5 bytes more)");
        assert_eq!(cut_off("abc".to_owned(), 4, None), "abc…");
    }
}
