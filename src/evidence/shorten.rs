//! Texts of a target's choice are as long as it likes; what is repeated of them is cut.

/// The text, or its beginning of at most so many bytes with a note of how much was left out.
pub fn shortened(mut text: String, most: usize) -> String {
    if text.len() > most {
        let end = text.floor_char_boundary(most);
        let rest = text.len() - end;
        text.truncate(end);
        text.push_str(&format!("…({rest} bytes more)"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn what_is_left_out_is_counted_and_no_character_cut_in_two() {
        let cut = |text: &str| shortened(text.to_owned(), 4);
        assert_eq!(cut("abcd"), "abcd");
        assert_eq!(cut("abcde"), "abcd…(1 bytes more)");
        assert_eq!(cut("abcäö"), "abc…(4 bytes more)");
    }
}
