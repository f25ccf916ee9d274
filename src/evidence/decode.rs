//! Compressed bodies, read as the kit's runner reads them, but with a limit.

use std::io::{ErrorKind, Read};

use brotli_decompressor::Decompressor;
use bytes::Bytes;
use flate2::bufread::{DeflateDecoder, GzDecoder, MultiGzDecoder, ZlibDecoder};

/// The encodings that the runner offers and decodes.
pub const ACCEPTED: &str = "gzip, deflate, br";

/// What each member of a gzip body starts with.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

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
pub fn decode(body: &Bytes, encoding: &str, limit: usize) -> Result<Option<Vec<u8>>, DecodeError> {
    let encoding = encoding.trim().to_ascii_lowercase();
    let mut plain = Vec::new();
    let mut rest: &[u8] = body;
    let decoded = match encoding.as_str() {
        "gzip" => loop {
            if rest.is_empty() {
                break Ok(());
            }
            // A reader that gets too little for a header would take it for a body cut short.
            if !GZIP_MAGIC.starts_with(&rest[..rest.len().min(2)]) {
                break Err(ErrorKind::InvalidData.into());
            }
            let member = drain(&mut GzDecoder::new(&mut rest), &mut plain, limit);
            // What follows a member and is none itself is ignored.
            if member.is_err() || plain.len() > limit || !rest.starts_with(&GZIP_MAGIC) {
                break member;
            }
        },
        "deflate" if body.first().is_some_and(|first| first & 0x0f == 8) => {
            drain(&mut ZlibDecoder::new(rest), &mut plain, limit)
        }
        "deflate" => drain(&mut DeflateDecoder::new(rest), &mut plain, limit),
        "br" if body.is_empty() => Ok(()),
        "br" => drain(&mut Decompressor::new(rest, 4096), &mut plain, limit),
        _ => return Ok(None),
    };
    if plain.len() > limit {
        return Err(DecodeError::TooLong(limit));
    }
    decoded
        .map(|()| Some(plain))
        .map_err(|_| DecodeError::Broken(encoding))
}

/// The beginning of what an encoded body decodes to, at most so many bytes. `None` where its
/// encodings leave it as it is, or it is something else than they say.
pub fn beginning(body: &Bytes, encoding: &str, limit: usize) -> Option<Vec<u8>> {
    let mut plain: Option<Vec<u8>> = None;
    // The encoding that was applied last is named last.
    for encoding in encoding.rsplit(',') {
        let encoding = encoding.trim().to_ascii_lowercase();
        let rest = plain.as_deref().unwrap_or(body);
        let mut decoded = Vec::new();
        let room = limit.saturating_sub(1);
        let read = match encoding.as_str() {
            "gzip" => drain(&mut MultiGzDecoder::new(rest), &mut decoded, room),
            "deflate" if rest.first().is_some_and(|first| first & 0x0f == 8) => {
                drain(&mut ZlibDecoder::new(rest), &mut decoded, room)
            }
            "deflate" => drain(&mut DeflateDecoder::new(rest), &mut decoded, room),
            "br" => drain(&mut Decompressor::new(rest, 4096), &mut decoded, room),
            _ => continue,
        };
        // What came before an error was decoded all the same.
        if read.is_err() && decoded.is_empty() {
            continue;
        }
        plain = Some(decoded);
    }
    plain
}

fn drain(reader: &mut impl Read, plain: &mut Vec<u8>, limit: usize) -> std::io::Result<()> {
    let room = u64::try_from(limit.saturating_add(1).saturating_sub(plain.len()));
    match reader.take(room.unwrap_or(u64::MAX)).read_to_end(plain) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(()),
        Err(error) => Err(error),
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
    fn what_the_runner_decodes_is_decoded() {
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
    fn what_is_something_else_or_too_long_is_an_error() {
        let not = |encoding: &str| decode(&Bytes::from_static(b"\x01<html>"), encoding, 1000);
        assert_eq!(not("gzip"), Err(DecodeError::Broken("gzip".into())));
        assert_eq!(not("br"), Err(DecodeError::Broken("br".into())));
        let bomb: Bytes = gzip(&vec![b' '; 5_000_000]).into();
        assert_eq!(decode(&bomb, "gzip", 1000), Err(DecodeError::TooLong(1000)));
    }
}
