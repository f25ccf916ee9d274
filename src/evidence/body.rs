//! The body of a message, of any size: a small one as it came, a large one compressed, since lists
//! of records shrink to an eighth. It is read as a stream, or in blocks, so that no more than
//! a block of a large one lies there plain. Nothing of it is ever on disk: it is not redacted yet.

use std::fmt;
use std::io::{self, BufRead, Read, Write};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use sha2::{Digest as _, Sha256};

use super::digest::{hex, sha256_hex};

/// A single JSON value is held whole while it is judged; a longer one is not judged.
pub const LARGEST_VALUE: usize = 64 << 20;

/// Maximum number of bytes that are compressed by themselves, and are plain while they are read.
const BLOCK: usize = 256 * 1024;

/// What some editors put in front of UTF-8. It is a defect of its own (RFC 8259, section 8.1) and
/// makes nothing unreadable.
pub const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Whether JSON takes a byte for a blank.
pub(super) const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// The body of a message, whole or as far as it came. Clones share it.
#[derive(Clone)]
pub struct Body(Kept);

#[derive(Clone)]
enum Kept {
    Plain(Bytes),
    Compressed(Arc<Compressed>),
}

/// A large body: blocks of [`BLOCK`] bytes, the last one may have fewer, each compressed.
struct Compressed {
    blocks: Vec<Vec<u8>>,
    bytes: u64,
    sha256: String,
}

impl Compressed {
    /// Puts a block in place of what `into` holds: nothing behind the last one.
    fn unpack(&self, block: usize, into: &mut Vec<u8>) -> io::Result<()> {
        into.clear();
        if let Some(block) = self.blocks.get(block) {
            DeflateDecoder::new(block.as_slice()).read_to_end(into)?;
        }
        Ok(())
    }
}

impl Body {
    /// How many bytes it has.
    pub fn len(&self) -> u64 {
        match &self.0 {
            Kept::Plain(bytes) => bytes.len() as u64,
            Kept::Compressed(compressed) => compressed.bytes,
        }
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its bytes, where they lie there as they came.
    pub const fn plain(&self) -> Option<&Bytes> {
        match &self.0 {
            Kept::Plain(bytes) => Some(bytes),
            Kept::Compressed(_) => None,
        }
    }

    /// Reads it from its first byte on, as often as it is asked to.
    pub fn reader(&self) -> BodyReader {
        self.reader_behind(0)
    }

    /// Reads it behind that number of bytes.
    pub fn reader_behind(&self, start: u64) -> BodyReader {
        BodyReader {
            body: self.clone(),
            at: start,
            block: Vec::new(),
            number: None,
        }
    }

    /// Its first bytes, at most that many.
    ///
    /// # Errors
    ///
    /// Where a block can't be unpacked.
    pub fn beginning(&self, most: usize) -> io::Result<Bytes> {
        if let Kept::Plain(bytes) = &self.0 {
            return Ok(bytes.slice(..most.min(bytes.len())));
        }
        let length = usize::try_from(self.len()).unwrap_or(most);
        let mut bytes = Vec::with_capacity(length.min(most));
        self.reader().take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }

    /// All of it, for what can be read only as a whole.
    ///
    /// # Errors
    ///
    /// Of the kind `FileTooLarge` where it is compressed and longer than [`LARGEST_VALUE`], and
    /// where a block can't be unpacked.
    pub fn whole(&self) -> io::Result<Bytes> {
        if self.plain().is_none() && self.len() > LARGEST_VALUE as u64 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.beginning(usize::MAX)
    }

    /// Its first byte that is not a blank, a byte order mark left out; that shows what JSON it is.
    pub fn first_byte(&self) -> Option<u8> {
        let mut reader = self.reader();
        reader.skip_mark().ok()?;
        loop {
            let block = reader.fill_buf().ok()?;
            if block.is_empty() {
                return None;
            }
            let found = block.iter().find(|byte| !is_blank(**byte));
            if let Some(found) = found {
                return Some(*found);
            }
            let length = block.len();
            reader.consume(length);
        }
    }

    /// Shows it in blocks, each of which begins with the last `overlap` bytes of the one before it,
    /// until `enough`. One block at a time is plain.
    ///
    /// # Errors
    ///
    /// Where a block can't be unpacked.
    pub fn blocks(&self, overlap: usize, mut enough: impl FnMut(&[u8]) -> bool) -> io::Result<()> {
        if let Kept::Plain(bytes) = &self.0 {
            enough(bytes);
            return Ok(());
        }
        let mut reader = self.reader();
        let mut block = Vec::new();
        loop {
            let known = block.len().min(overlap);
            block.drain(..block.len() - known);
            // Each byte is looked at no more than twice.
            let fresh = BLOCK.max(overlap) as u64;
            if reader.by_ref().take(fresh).read_to_end(&mut block)? == 0 || enough(&block) {
                return Ok(());
            }
        }
    }

    /// Whether a text stands in it.
    ///
    /// # Errors
    ///
    /// Where a block can't be unpacked.
    pub fn holds(&self, text: &[u8]) -> io::Result<bool> {
        let mut found = false;
        self.blocks(text.len().saturating_sub(1), |block| {
            found |= memchr::memmem::find(block, text).is_some();
            found
        })?;
        Ok(found)
    }

    /// Why it is not UTF-8, where it is none.
    ///
    /// # Errors
    ///
    /// Where a block can't be unpacked.
    pub fn not_utf8(&self) -> io::Result<Option<String>> {
        if let Kept::Plain(bytes) = &self.0 {
            return Ok(std::str::from_utf8(bytes)
                .err()
                .map(|error| error.to_string()));
        }
        let mut reader = self.reader();
        let (mut rest, mut at) = (Vec::new(), 0);
        loop {
            let block = reader.fill_buf()?;
            let length = block.len();
            rest.extend_from_slice(block);
            reader.consume(length);
            let valid = match std::str::from_utf8(&rest) {
                Ok(_) => rest.len(),
                // A character may go on in the next block.
                Err(error) if error.error_len().is_none() && length > 0 => error.valid_up_to(),
                Err(error) => {
                    let index = at + error.valid_up_to();
                    return Ok(Some(match error.error_len() {
                        Some(bytes) => {
                            format!("invalid utf-8 sequence of {bytes} bytes from index {index}")
                        }
                        None => format!("incomplete utf-8 byte sequence from index {index}"),
                    }));
                }
            };
            if length == 0 {
                return Ok(None);
            }
            rest.drain(..valid);
            at += valid;
        }
    }

    /// SHA-256 of it, in hexadecimal.
    pub fn sha256_hex(&self) -> String {
        match &self.0 {
            Kept::Plain(bytes) => sha256_hex(bytes),
            Kept::Compressed(compressed) => compressed.sha256.clone(),
        }
    }
}

impl<B: Into<Bytes>> From<B> for Body {
    fn from(bytes: B) -> Self {
        Self(Kept::Plain(bytes.into()))
    }
}

impl Default for Body {
    fn default() -> Self {
        Self(Kept::Plain(Bytes::new()))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kept::Plain(bytes) => bytes.fmt(f),
            Kept::Compressed(compressed) => write!(f, "{} bytes, compressed", compressed.bytes),
        }
    }
}

/// Reads a body from its beginning.
#[derive(Debug)]
pub struct BodyReader {
    body: Body,
    /// What is read next.
    at: u64,
    /// Of a compressed body, the block that was unpacked last, and which one that is.
    block: Vec<u8>,
    number: Option<u64>,
}

impl BodyReader {
    /// Whether the bytes that come next are these; none of them is taken.
    ///
    /// # Errors
    ///
    /// Where a block can't be unpacked.
    pub fn starts_with(&self, bytes: &[u8]) -> io::Result<bool> {
        let mut ahead = self.body.reader_behind(self.at);
        let mut next = vec![0; bytes.len()];
        match ahead.read_exact(&mut next) {
            Ok(()) => Ok(next == bytes),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Goes on behind a byte order mark; whether there is one.
    ///
    /// # Errors
    ///
    /// Where a block can't be unpacked.
    pub fn skip_mark(&mut self) -> io::Result<bool> {
        let marked = self.starts_with(BYTE_ORDER_MARK)?;
        if marked {
            self.consume(BYTE_ORDER_MARK.len());
        }
        Ok(marked)
    }
}

impl BufRead for BodyReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let index = |at: u64| usize::try_from(at).unwrap_or(usize::MAX);
        let compressed = match &self.body.0 {
            Kept::Plain(bytes) => return Ok(bytes.get(index(self.at)..).unwrap_or_default()),
            Kept::Compressed(compressed) => compressed,
        };
        let (number, behind) = (self.at / BLOCK as u64, self.at % BLOCK as u64);
        if self.number != Some(number) {
            self.number = None;
            compressed.unpack(index(number), &mut self.block)?;
            self.number = Some(number);
        }
        Ok(self.block.get(index(behind)..).unwrap_or_default())
    }

    fn consume(&mut self, bytes: usize) {
        self.at += bytes as u64;
    }
}

impl Read for BodyReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

/// Takes a body as it arrives: one of more than some bytes is compressed.
#[derive(Debug)]
pub struct BodyWriter {
    most_plain: usize,
    /// What is not compressed yet.
    plain: BytesMut,
    blocks: Vec<Vec<u8>>,
    digest: Sha256,
    bytes: u64,
}

impl BodyWriter {
    /// Of a body that may have `expected` bytes; it is kept as it comes up to `most_plain`.
    pub fn new(most_plain: usize, expected: u64) -> Self {
        // A body that says its size need not be copied while it grows.
        let expected = usize::try_from(expected).unwrap_or(usize::MAX);
        let capacity = if expected > most_plain { 0 } else { expected };
        Self {
            most_plain,
            plain: BytesMut::with_capacity(capacity),
            blocks: Vec::new(),
            digest: Sha256::new(),
            bytes: 0,
        }
    }

    /// Takes what came next.
    pub fn take(&mut self, bytes: &[u8]) {
        self.plain.extend_from_slice(bytes);
        self.bytes += bytes.len() as u64;
        if self.bytes > self.most_plain as u64 {
            self.compress(BLOCK);
        }
    }

    /// What came.
    pub fn finish(mut self) -> Body {
        if self.bytes <= self.most_plain as u64 {
            return Body(Kept::Plain(self.plain.freeze()));
        }
        self.compress(1);
        Body(Kept::Compressed(Arc::new(Compressed {
            blocks: self.blocks,
            bytes: self.bytes,
            sha256: hex(&self.digest.finalize()),
        })))
    }

    /// Compresses block after block while at least that number of bytes are plain.
    fn compress(&mut self, least: usize) {
        while self.plain.len() >= least {
            let block = self.plain.split_to(BLOCK.min(self.plain.len()));
            self.digest.update(&block);
            self.blocks.push(packed(&block));
        }
    }
}

/// A block as it is kept.
fn packed(block: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    let written = encoder.write_all(block);
    match written.and_then(|()| encoder.finish()) {
        Ok(mut packed) => {
            packed.shrink_to_fit();
            packed
        }
        Err(error) => unreachable!("a vector takes whatever is written: {error}"),
    }
}

impl Write for BodyWriter {
    /// Takes all of it.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.take(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(bytes: &[u8], most_plain: usize) -> Body {
        let mut writer = BodyWriter::new(most_plain, 0);
        for chunk in bytes.chunks(7) {
            writer.take(chunk);
        }
        writer.finish()
    }

    #[test]
    fn a_compressed_body_is_the_same_as_one_that_is_plain() {
        let bytes: Vec<u8> = (0..BLOCK + 1000).map(|n| (n % 251) as u8).collect();
        let (compressed, plain) = (body(&bytes, 100), body(&bytes, bytes.len()));
        assert!(compressed.plain().is_none() && plain.plain().is_some());
        assert_eq!(compressed.len(), plain.len());
        assert_eq!(compressed.sha256_hex(), plain.sha256_hex());
        for body in [&compressed, &plain] {
            assert_eq!(body.whole().unwrap(), bytes);
            assert_eq!(body.beginning(300).unwrap(), bytes[..300]);
            // Readers don't disturb each other.
            let (mut one, mut other) = (body.reader(), body.reader());
            let (mut first, mut second) = (vec![0; 10], vec![0; BLOCK + 10]);
            one.read_exact(&mut first).unwrap();
            other.read_exact(&mut second).unwrap();
            assert!(one.starts_with(&bytes[10..13]).unwrap());
            assert!(!one.starts_with(&bytes[11..14]).unwrap());
            assert_eq!(
                (&first[..], &second[..]),
                (&bytes[..10], &bytes[..BLOCK + 10])
            );
        }
    }

    #[test]
    fn a_text_is_found_across_blocks() {
        let mut bytes = vec![b'-'; 3 * BLOCK];
        bytes[BLOCK - 3..BLOCK + 3].copy_from_slice(b"needle");
        for most_plain in [0, bytes.len()] {
            let body = body(&bytes, most_plain);
            assert!(body.holds(b"needle").unwrap());
            assert!(!body.holds(b"needles").unwrap());
        }
    }

    #[test]
    fn the_first_byte_tells_what_it_is() {
        for most_plain in [0, 100] {
            let first = |bytes: &[u8]| body(bytes, most_plain).first_byte();
            assert_eq!(first(b"\xef\xbb\xbf \r\n[1]"), Some(b'['));
            assert_eq!(first(b"  "), None);
            assert_eq!(first(b""), None);
        }
    }

    #[test]
    fn invalid_utf8_is_reported_as_the_library_does() {
        let rest = "\u{e4}".repeat(BLOCK);
        let long = |odd: &[u8]| [&vec![b'a'; BLOCK - 1], odd, rest.as_bytes()].concat();
        for bytes in [
            b"".to_vec(),
            long("\u{1f600}".as_bytes()),
            long(b"\xff"),
            long(b"\xf0\x9f\x98"),
            b"a\xf0\x9f".to_vec(),
            b"\xc3".to_vec(),
        ] {
            let wanted = std::str::from_utf8(&bytes).err();
            let wanted = wanted.map(|error| error.to_string());
            for most_plain in [0, usize::MAX] {
                assert_eq!(body(&bytes, most_plain).not_utf8().unwrap(), wanted);
            }
        }
    }

    #[test]
    fn an_empty_body_is_not_compressed() {
        assert!(body(b"", 0).plain().is_some_and(Bytes::is_empty));
    }

    #[test]
    fn more_than_the_largest_value_is_not_read_at_once() {
        let mut writer = BodyWriter::new(0, 0);
        for _ in 0..=LARGEST_VALUE >> 20 {
            writer.take(&[b' '; 1 << 20]);
        }
        let error = writer.finish().whole().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::FileTooLarge);
    }
}
