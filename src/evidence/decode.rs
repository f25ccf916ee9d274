//! Compressed bodies, read as the kit's runner reads them, but with a limit.

use std::io::{ErrorKind, Read, Result, Write};

use brotli_decompressor::Decompressor;
use bytes::Bytes;
use flate2::bufread::{DeflateDecoder, GzDecoder, MultiGzDecoder, ZlibDecoder};

use super::body::{Body, BodyReader};

/// The encodings that the runner offers and decodes.
pub const ACCEPTED: &str = "gzip, deflate, br";

/// What each member of a gzip body starts with.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Maximum number of bytes that are decoded at once.
const BLOCK: usize = 64 * 1024;

/// Why a body can't be decoded.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// It is not what its Content-Encoding says.
    #[error("the body is not {0}, as its Content-Encoding says")]
    Broken(String),
    /// It is longer than the limit.
    #[error("the body is longer than {0} bytes when it is decompressed")]
    TooLong(usize),
}

/// Decodes a body. `None` where its encoding leaves it as it is.
///
/// A body that ends early is taken as far as it goes, as the runner does.
///
/// # Errors
///
/// Where the body is something else, or too long.
pub fn decode(
    body: &Bytes,
    encoding: &str,
    limit: usize,
) -> std::result::Result<Option<Vec<u8>>, DecodeError> {
    let mut plain = Vec::new();
    let decoded = decode_into(&body.clone().into(), encoding, limit, &mut plain)?;
    Ok(decoded.then_some(plain))
}

/// As [`decode`], block by block; `false` where its encoding leaves it as it is.
///
/// # Errors
///
/// Where the body is something else, or too long.
pub fn decode_into(
    body: &Body,
    encoding: &str,
    limit: usize,
    plain: &mut impl Write,
) -> std::result::Result<bool, DecodeError> {
    let encoding = encoding.trim().to_ascii_lowercase();
    let mut plain = Limited::new(plain, limit);
    let mut rest = body.reader();
    let is_zlib = is_zlib(body);
    let decoded = match encoding.as_str() {
        "gzip" => members(body, &mut rest, &mut plain),
        "deflate" if is_zlib => plain.drain(&mut ZlibDecoder::new(rest)),
        "deflate" => plain.drain(&mut DeflateDecoder::new(rest)),
        "br" if body.is_empty() => Ok(()),
        "br" => plain.drain(&mut Decompressor::new(rest, 4096)),
        _ => return Ok(false),
    };
    if plain.over {
        return Err(DecodeError::TooLong(limit));
    }
    decoded
        .map(|()| true)
        .map_err(|_| DecodeError::Broken(encoding))
}

/// Whether a body called deflate has the header that RFC 9110 asks for; many have none.
fn is_zlib(body: &Body) -> bool {
    let first = body.beginning(1).unwrap_or_default();
    first.first().is_some_and(|first| first & 0x0f == 8)
}

/// The members of a gzip body. What follows one and is none itself is ignored.
fn members(body: &Body, rest: &mut BodyReader, plain: &mut Limited<'_, impl Write>) -> Result<()> {
    // A reader that gets too little for a header would take it for a body cut short.
    if !GZIP_MAGIC.starts_with(&body.beginning(GZIP_MAGIC.len())?) {
        return Err(ErrorKind::InvalidData.into());
    }
    loop {
        plain.drain(&mut GzDecoder::new(&mut *rest))?;
        if plain.over || !rest.starts_with(&GZIP_MAGIC)? {
            return Ok(());
        }
    }
}

/// The beginning of what an encoded body decodes to, at most that many bytes. `None` where its
/// encodings leave it as it is, or it is something else than they say.
pub fn beginning(body: &Body, encoding: &str, limit: usize) -> Option<Bytes> {
    let mut plain: Option<Body> = None;
    // The encoding that was applied last is named last.
    for encoding in encoding.rsplit(',') {
        let encoding = encoding.trim().to_ascii_lowercase();
        let encoded = plain.as_ref().unwrap_or(body);
        let is_zlib = is_zlib(encoded);
        let rest = encoded.reader();
        let mut decoded = Vec::new();
        let mut into = Limited::new(&mut decoded, limit);
        let read = match encoding.as_str() {
            "gzip" => into.drain(&mut MultiGzDecoder::new(rest)),
            "deflate" if is_zlib => into.drain(&mut ZlibDecoder::new(rest)),
            "deflate" => into.drain(&mut DeflateDecoder::new(rest)),
            "br" => into.drain(&mut Decompressor::new(rest, 4096)),
            _ => continue,
        };
        // What came before an error was decoded all the same.
        if read.is_err() && decoded.is_empty() {
            continue;
        }
        plain = Some(decoded.into());
    }
    plain?.plain().cloned()
}

/// Takes what is decoded, up to a limit.
struct Limited<'w, W> {
    writer: &'w mut W,
    room: usize,
    /// There was more than the limit.
    over: bool,
}

impl<'w, W: Write> Limited<'w, W> {
    fn new(writer: &'w mut W, limit: usize) -> Self {
        Self {
            writer,
            room: limit,
            over: false,
        }
    }

    /// Decodes until the end, or until it is full. An early end is one as well.
    fn drain(&mut self, decoder: &mut impl Read) -> Result<()> {
        let mut block = vec![0; BLOCK];
        while !self.over {
            let read = match decoder.read(&mut block) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.over = read > self.room;
            let taken = read.min(self.room);
            self.writer.write_all(&block[..taken])?;
            self.room -= taken;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    const TEXT: &[u8] = b"[{\"id\":\"1\"},{\"id\":\"2\"},{\"id\":\"3\"}]";

    /// `TEXT` as Brotli, one uncompressed block: a header, the bytes, an empty last block.
    fn brotli() -> Bytes {
        let length = u32::try_from(TEXT.len() - 1).expect("short");
        // WBITS 16 (one zero bit), ISLAST 0, MNIBBLES 4 (00), MLEN - 1 in 16 bits, ISUNCOMPRESSED 1.
        let header = (length << 4) | (1 << 20);
        let mut bytes = header.to_le_bytes()[..3].to_vec();
        bytes.extend(TEXT);
        bytes.push(3);
        bytes.into()
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).expect("in memory");
        encoder.finish().expect("in memory")
    }

    fn plain(body: Vec<u8>, encoding: &str) -> Vec<u8> {
        decode(&body.into(), encoding, 1000)
            .expect("decodable")
            .expect("encoded")
    }

    #[test]
    fn all_encodings_of_the_runner_are_decoded() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(TEXT).expect("in memory");
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
        raw.write_all(TEXT).expect("in memory");
        assert_eq!(plain(gzip(TEXT), " GZip "), TEXT);
        assert_eq!(plain(zlib.finish().expect("in memory"), "deflate"), TEXT);
        assert_eq!(plain(raw.finish().expect("in memory"), "deflate"), TEXT);
        assert_eq!(plain(brotli().to_vec(), "br"), TEXT);
        assert_eq!(
            decode(&Bytes::from_static(TEXT), "identity", 1000),
            Ok(None)
        );
        assert_eq!(plain(Vec::new(), "gzip"), b"");
        assert_eq!(plain(Vec::new(), "br"), b"");
    }

    #[test]
    fn members_are_joined_and_what_follows_them_ignored() {
        let mut body = gzip(&TEXT[..10]);
        body.extend(gzip(&TEXT[10..]));
        body.extend(b"rest");
        assert_eq!(plain(body, "gzip"), TEXT);
    }

    #[test]
    fn a_cut_body_is_taken_as_far_as_it_goes() {
        let long: Vec<u8> = (0..900_u32).map(|n| (n * 7919 % 251) as u8).collect();
        let mut body = gzip(&long);
        body.truncate(body.len() / 2);
        let part = plain(body, "gzip");
        assert!(!part.is_empty() && part.len() < long.len() && long.starts_with(&part));
    }

    #[test]
    fn other_encodings_and_too_long_bodies_are_errors() {
        let not = |encoding: &str| decode(&Bytes::from_static(b"\x01<html>"), encoding, 1000);
        assert_eq!(not("gzip"), Err(DecodeError::Broken("gzip".into())));
        assert_eq!(not("br"), Err(DecodeError::Broken("br".into())));
        let bomb: Bytes = gzip(&vec![b' '; 5_000_000]).into();
        assert_eq!(decode(&bomb, "gzip", 1000), Err(DecodeError::TooLong(1000)));
    }
}
