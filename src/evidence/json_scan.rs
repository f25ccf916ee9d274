//! Where JSON's marks stand, without reading what lies between them. Whoever needs more than that
//! leaves it to the parser.

use memchr::memchr2;

/// Finds JSON's brackets, commas and colons outside of texts, in bytes that come block by block.
#[derive(Debug, Default)]
pub struct JsonScan {
    /// How far the block was looked through.
    at: usize,
    in_text: bool,
}

impl JsonScan {
    /// The next mark and its place, `None` behind the last one. `json` is the same block as before,
    /// or one that begins with it.
    pub fn next(&mut self, json: &[u8]) -> Option<(usize, u8)> {
        while self.at < json.len() {
            if self.in_text {
                // The end of the text, or behind what has come of it.
                (self.at, self.in_text) = match text_end(json, self.at) {
                    Ok(end) => (end, false),
                    Err(behind) => (behind, true),
                };
                continue;
            }
            let (at, byte) = (self.at, json[self.at]);
            self.at += 1;
            match byte {
                b'"' => self.in_text = true,
                b'[' | b']' | b'{' | b'}' | b',' | b':' => return Some((at, byte)),
                _ => {}
            }
        }
        None
    }

    /// Goes on with the block that follows one of that number of bytes.
    pub const fn next_block(&mut self, length: usize) {
        self.at = self.at.saturating_sub(length);
    }
}

/// The place behind the quote that ends a text, looked for from a place in the text on. Where it has
/// not come yet, the error is the place from which to look on: it may lie behind the last byte, for
/// what is escaped may still be on its way.
pub fn text_end(json: &[u8], mut at: usize) -> Result<usize, usize> {
    while let Some(found) = json.get(at..).and_then(|rest| memchr2(b'"', b'\\', rest)) {
        at += found;
        if json[at] == b'"' {
            return Ok(at + 1);
        }
        at += 2;
    }
    Err(at.max(json.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(blocks: &[&[u8]]) -> String {
        let (mut scan, mut marks) = (JsonScan::default(), String::new());
        for block in blocks {
            while let Some((at, mark)) = scan.next(block) {
                assert_eq!(block[at], mark);
                marks.push(char::from(mark));
            }
            scan.next_block(block.len());
        }
        marks
    }

    #[test]
    fn marks_are_found_outside_of_texts_wherever_the_blocks_end() {
        let json = br#"{"a\\\"]": [1, "\\", {"b,": "\u005b"}]} "#;
        for cut in 0..json.len() {
            let (one, two) = json.split_at(cut);
            assert_eq!(marks(&[one, two]), "{:[,,{:}]}", "cut at {cut}");
        }
        assert_eq!(marks(&[b"[\"a", b"]\\", b"\"]"]), "[");
    }
}
