//! What a target sent, made safe to read: invisible and steering characters are shown as escapes.
//!
//! A right-to-left override turns a URL around, a terminal escape rewrites the line above, a NUL
//! ends the text for half of all tools. None of them is markup, so no HTML escaping stops them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The text with every character that can't be seen, or that changes how others are seen, as a
/// visible escape (`\u{202e}`). Line feeds and tabs stay, a carriage return before a line feed goes.
pub fn visible(text: &str) -> Cow<'_, str> {
    // Nearly all text is printable ASCII, and known to be by its bytes.
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    if text.bytes().all(plain) || !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if char == '\r' && chars.peek() == Some(&'\n') {
            continue;
        }
        if steers(char) {
            // Writing to a string can't fail.
            let _ = write!(shown, "{}", char.escape_unicode());
        } else {
            shown.push(char);
        }
    }
    Cow::Owned(shown)
}

/// Whether the character is invisible or changes how its neighbours are shown.
pub const fn steers(char: char) -> bool {
    matches!(
        char,
        '\0'..='\u{8}'
        | '\u{b}'..='\u{1f}'
        | '\u{7f}'..='\u{9f}'
        | '\u{ad}'
        | '\u{61c}'
        | '\u{180e}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{fffe}'..='\u{ffff}'
        | '\u{e0000}'..='\u{e007f}'
    )
}

/// At most `max` bytes of the text, ended at a character, and whether anything was left out.
pub fn cut(text: &str, max: usize) -> (&str, bool) {
    if text.len() <= max {
        return (text, false);
    }
    (&text[..text.floor_char_boundary(max)], true)
}

/// At most `max` bytes of the text; a cut shows as `…`.
pub fn short(text: &str, max: usize) -> String {
    match cut(text, max) {
        (text, false) => text.to_owned(),
        (text, true) => format!("{text}…"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steering_characters_show_as_escapes_and_plain_text_is_not_copied() {
        assert!(matches!(visible("grün\n\t日本"), Cow::Borrowed(_)));
        assert_eq!(
            visible("a\u{202e}b\u{1b}[2J\0\r\nc\rd\u{feff}"),
            "a\\u{202e}b\\u{1b}[2J\\u{0}\nc\\u{d}d\\u{feff}"
        );
    }

    #[test]
    fn a_cut_ends_at_a_character_and_says_so() {
        assert_eq!(cut("ää", 3), ("ä", true));
        assert_eq!(cut("ää", 4), ("ää", false));
        assert_eq!(short("abcdef", 3), "abc…");
    }
}
