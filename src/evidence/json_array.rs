//! The elements of a JSON list one after the other, so that a list of any length needs no more
//! memory than its longest element.

use std::borrow::Cow;
use std::io::{self, BufRead as _, Read as _};
use std::ops::Range;

use memchr::{memchr_iter, memrchr};
use serde::de::IgnoredAny;

use super::body::{BYTE_ORDER_MARK, Body, BodyReader, LARGEST_VALUE, is_blank};
use super::json_scan::JsonScan;

/// Why a list can't be read on.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// It is not JSON.
    #[error("{0}")]
    Malformed(String),
    /// An element is longer than what is judged as one.
    #[error("the JSON holds a value of more than {LARGEST_VALUE} bytes, the most that is judged")]
    TooLarge,
    /// The body can't be unpacked.
    #[error("the body can't be unpacked: {0}")]
    Packed(io::Error),
}

impl From<io::Error> for ListError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::FileTooLarge => Self::TooLarge,
            _ => Self::Packed(error),
        }
    }
}

/// Splits a list into its elements. It looks at JSON's marks only: who reads an element finds out
/// whether that is JSON.
#[derive(Debug)]
pub struct JsonArrayReader<'b> {
    body: &'b Body,
    /// Where the JSON begins in it.
    start: u64,
    window: Window<'b>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Behind the bracket that opens the list.
    First,
    /// Behind a comma.
    Next,
    /// Behind the bracket that closes it.
    Closed,
}

impl<'b> JsonArrayReader<'b> {
    /// The elements of a body; `None` where it is not a list.
    ///
    /// # Errors
    ///
    /// Where the body can't be unpacked.
    pub fn of(body: &'b Body) -> io::Result<Option<Self>> {
        let mark = body.reader().starts_with(BYTE_ORDER_MARK)?;
        Self::behind(
            body,
            if mark {
                BYTE_ORDER_MARK.len() as u64
            } else {
                0
            },
        )
    }

    /// The elements of the list that begins behind that number of bytes of a body.
    ///
    /// # Errors
    ///
    /// As for [`Self::of`].
    pub fn behind(body: &'b Body, start: u64) -> io::Result<Option<Self>> {
        let mut window = Window::on(body, start);
        if window.skip_blanks()? != Some(b'[') {
            return Ok(None);
        }
        window.at += 1;
        Ok(Some(Self {
            body,
            start,
            window,
            state: State::First,
        }))
    }

    /// The raw text of the next element, without blanks around it; `None` behind the last one.
    ///
    /// # Errors
    ///
    /// Where the list breaks off or something stands in it that belongs to none, at its very end
    /// too: what came until then does not count.
    pub fn next_element(&mut self) -> Result<Option<&[u8]>, ListError> {
        if self.state == State::Closed {
            return self.end();
        }
        match (self.window.skip_blanks()?, self.state) {
            (None, _) => return Err(self.malformed()),
            (Some(b']'), State::First) => {
                self.window.at += 1;
                self.state = State::Closed;
                return self.end();
            }
            _ => {}
        }
        let (mut scan, mut depth) = (JsonScan::default(), 0);
        let end = loop {
            match element_end(&mut scan, &mut depth, self.window.rest()) {
                Some(end) => break end,
                None if self.window.rest().len() > LARGEST_VALUE => {
                    return Err(ListError::TooLarge);
                }
                None if !self.window.fill()? => return Err(self.malformed()),
                None => {}
            }
        };
        let rest = self.window.rest();
        let closed = rest[end] == b']';
        let length = rest[..end].trim_ascii_end().len();
        if length == 0 {
            return Err(self.malformed());
        }
        let start = self.window.at;
        self.window.taken = start..start + length;
        self.window.at += end + 1;
        self.state = if closed { State::Closed } else { State::Next };
        Ok(Some(self.last()))
    }

    /// Nothing may follow the list.
    fn end(&mut self) -> Result<Option<&[u8]>, ListError> {
        match self.window.skip_blanks()? {
            None => Ok(None),
            Some(_) => Err(self.malformed()),
        }
    }

    /// What was not taken of what is known of the list: where it breaks off, the rest.
    pub fn rest(&self) -> &[u8] {
        self.window.rest()
    }

    /// Reads over the whole body, and builds nothing of it: neither depth nor numbers matter.
    ///
    /// # Errors
    ///
    /// Where it is not JSON, in the words of the parser.
    pub fn check(&self) -> Result<(), ListError> {
        let reader = self.body.reader_behind(self.start);
        match serde_json::from_reader::<_, IgnoredAny>(reader) {
            Err(error) if error.is_io() => Err(ListError::Packed(error.into())),
            Err(error) => Err(ListError::Malformed(error.to_string())),
            Ok(_) => Ok(()),
        }
    }

    /// What is wrong with a list that is not JSON.
    pub fn malformed(&self) -> ListError {
        let unknown = || ListError::Malformed("it is not a JSON list".to_owned());
        self.check().err().unwrap_or_else(unknown)
    }

    /// The raw text of the element that came last.
    pub fn last(&self) -> &[u8] {
        self.window
            .bytes
            .get(self.window.taken.clone())
            .unwrap_or_default()
    }

    /// What is wrong with the element that came last, with the place in the whole body.
    pub fn in_element(&self, error: &serde_json::Error) -> ListError {
        let text = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        let Some(what) = text.strip_suffix(&place) else {
            return ListError::Malformed(text);
        };
        match self.lines_before() {
            Err(error) => ListError::Packed(error),
            Ok((lines, columns)) => {
                let columns = if error.line() == 1 { columns } else { 0 };
                ListError::Malformed(format!(
                    "{what} at line {} column {}",
                    lines + error.line(),
                    columns + error.column()
                ))
            }
        }
    }

    /// How many lines end before the last element, and how many bytes of its line stand there.
    fn lines_before(&self) -> io::Result<(usize, usize)> {
        let until = self.window.begins + self.window.taken.start as u64;
        let mut before = self.body.reader_behind(self.start).take(until - self.start);
        let (mut lines, mut columns) = (0, 0);
        loop {
            let block = before.fill_buf()?;
            if block.is_empty() {
                return Ok((lines, columns));
            }
            lines += memchr_iter(b'\n', block).count();
            columns = match memrchr(b'\n', block) {
                Some(end) => block.len() - end - 1,
                None => columns + block.len(),
            };
            let length = block.len();
            before.consume(length);
        }
    }
}

/// Where the element ends that these bytes begin with; what was looked at before is not looked at
/// again.
fn element_end(scan: &mut JsonScan, depth: &mut usize, bytes: &[u8]) -> Option<usize> {
    while let Some((at, mark)) = scan.next(bytes) {
        match mark {
            b'[' | b'{' => *depth += 1,
            b',' | b']' if *depth == 0 => return Some(at),
            b']' | b'}' => *depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

/// What is known of the body at the moment: all of it, or a part that moves on.
#[derive(Debug)]
struct Window<'b> {
    bytes: Cow<'b, [u8]>,
    /// What comes next.
    at: usize,
    /// Where the element stands that came last.
    taken: Range<usize>,
    /// Where the window begins in the body.
    begins: u64,
    /// What comes behind it.
    reader: Option<BodyReader>,
}

impl<'b> Window<'b> {
    fn on(body: &'b Body, start: u64) -> Self {
        let (bytes, reader) = match body.plain() {
            Some(bytes) => (Cow::Borrowed(&bytes[..]), None),
            None => (Cow::Owned(Vec::new()), Some(body.reader_behind(start))),
        };
        let at = match &reader {
            None => usize::try_from(start).unwrap_or(usize::MAX),
            Some(_) => 0,
        };
        Self {
            bytes,
            at,
            taken: at..at,
            begins: start - at as u64,
            reader,
        }
    }

    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Reads on, and forgets what was taken; `false` at the end of the body.
    fn fill(&mut self) -> io::Result<bool> {
        let (Some(reader), Cow::Owned(bytes)) = (&mut self.reader, &mut self.bytes) else {
            return Ok(false);
        };
        bytes.drain(..self.at);
        self.begins += self.at as u64;
        self.at = 0;
        let block = reader.fill_buf()?;
        let read = block.len();
        bytes.extend_from_slice(block);
        reader.consume(read);
        Ok(read > 0)
    }

    /// The next byte that is not a blank.
    fn skip_blanks(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.rest().iter().position(|byte| !is_blank(*byte)) {
                Some(blanks) => {
                    self.at += blanks;
                    return Ok(self.rest().first().copied());
                }
                None => {
                    self.at = self.bytes.len();
                    if !self.fill()? {
                        return Ok(None);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::value::RawValue;

    use super::*;
    use crate::evidence::body::BodyWriter;

    /// The same text plain and compressed.
    fn bodies(text: &str) -> [Body; 2] {
        let mut writer = BodyWriter::new(0, 0);
        writer.take(text.as_bytes());
        [Body::from(text.to_owned()), writer.finish()]
    }

    fn read(body: &Body) -> Result<Vec<String>, String> {
        let mut elements = JsonArrayReader::of(body).unwrap().expect("a list");
        let mut found = Vec::new();
        loop {
            let element = match elements.next_element() {
                Ok(None) => return Ok(found),
                Ok(Some(element)) => element.to_vec(),
                Err(error) => return Err(error.to_string()),
            };
            match serde_json::from_slice::<&RawValue>(&element) {
                Ok(raw) => found.push(raw.get().to_owned()),
                Err(_) => return Err(elements.malformed().to_string()),
            }
        }
    }

    #[test]
    fn elements_are_what_the_parser_takes_for_them() {
        let long = format!("[{}]", vec![r#"{"a":"]}\\\"[,"}"#; 100_000].join(" ,\n"));
        for text in [
            "[]",
            " [ ] ",
            "[1,\"a,b\\\\\", {\"x\":[1,2,{}]} ,[[],[]],null ]\n",
            r#"["\"]", "\\", "\\\"", ""]"#,
            "\u{feff}[1]",
            &long,
        ] {
            let wanted: Vec<&RawValue> =
                serde_json::from_str(text.trim_start_matches('\u{feff}')).unwrap();
            let wanted: Vec<&str> = wanted.into_iter().map(RawValue::get).collect();
            for body in bodies(text) {
                assert_eq!(read(&body).unwrap(), wanted);
            }
        }
    }

    #[test]
    fn a_body_that_is_not_a_list_has_the_error_of_the_parser() {
        let long = format!("[{}", "1,".repeat(400_000));
        for text in [
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[,]",
            "[1 2]",
            "[1}",
            "[{]",
            "[{\"a\":1]",
            "[}]",
            "[1] x",
            "[1]]",
            "[\"a]",
            "[\"a\\",
            "[nul]",
            "[01]",
            "[1,\n\n {\"a\" 1}]",
            &long,
        ] {
            let wanted = serde_json::from_str::<IgnoredAny>(text).unwrap_err();
            for body in bodies(text) {
                assert_eq!(read(&body).unwrap_err(), wanted.to_string(), "{text:.20}");
            }
        }
        for text in ["", "{}", "1", "\"[\"", "<"] {
            for body in bodies(text) {
                assert!(JsonArrayReader::of(&body).unwrap().is_none());
            }
        }
    }

    #[test]
    fn errors_in_an_element_have_their_place_in_the_whole() {
        for text in [
            r#"[1, 2, {"a": "\ud800"}]"#,
            "[1,\n2,\n  {\"a\":\n  1e999}]",
            "\u{feff}[1e999]",
        ] {
            let wanted = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}'));
            let wanted = wanted.unwrap_err().to_string();
            for body in bodies(text) {
                let mut elements = JsonArrayReader::of(&body).unwrap().expect("a list");
                let error = loop {
                    let element = elements.next_element().unwrap().expect("an error").to_vec();
                    if let Err(error) = serde_json::from_slice::<Value>(&element) {
                        break elements.in_element(&error);
                    }
                };
                assert_eq!(error.to_string(), wanted);
            }
        }
    }

    #[test]
    fn an_element_without_end_is_not_taken_into_memory() {
        let mut writer = BodyWriter::new(0, 0);
        writer.take(b"[1,\"");
        for _ in 0..=LARGEST_VALUE >> 20 {
            writer.take(&[b'a'; 1 << 20]);
        }
        let body = writer.finish();
        let mut elements = JsonArrayReader::of(&body).unwrap().expect("a list");
        assert_eq!(elements.next_element().unwrap(), Some(&b"1"[..]));
        assert!(matches!(elements.next_element(), Err(ListError::TooLarge)));
    }
}
