//! Texts that are not UTF-8, decoded by the charset of the Content-Type as the kit's runner does.

use std::io;

use crate::evidence::{Body, BodyWriter};

/// What became of a body.
pub enum Decoded {
    /// It is UTF-8, or is taken for it.
    AsItCame,
    /// It was in this charset, and is UTF-8 now.
    From(&'static str, Body),
    /// It is in a charset that the runner knows and this harness does not.
    Unknown(String),
}

enum Charset {
    Utf16(&'static str, fn([u8; 2]) -> u16),
    Latin1,
}

/// Decodes a body by the Content-Type that it came with.
///
/// # Errors
///
/// Where the body can't be unpacked.
pub fn decode(body: &Body, content_type: &str, most_plain: usize) -> io::Result<Decoded> {
    let Some(name) = charset(content_type) else {
        return Ok(Decoded::AsItCame);
    };
    let bare: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let charset = match bare.as_str() {
        "utf8" | "unicode11utf8" => return Ok(Decoded::AsItCame),
        "utf16le" | "ucs2" => Charset::Utf16("UTF-16", u16::from_le_bytes),
        "utf16be" => Charset::Utf16("UTF-16", u16::from_be_bytes),
        "utf16" => match body.beginning(2)?.as_ref() {
            // A byte order mark, or the first character of JSON, which is always ASCII.
            [0xfe, 0xff] | [0, _] => Charset::Utf16("UTF-16", u16::from_be_bytes),
            _ => Charset::Utf16("UTF-16", u16::from_le_bytes),
        },
        "iso88591" | "latin1" | "l1" | "binary" => Charset::Latin1,
        // The runner reads wide characters with any of these, and ASCII is the same in all others.
        wide if wide.starts_with("utf32") || wide.starts_with("ucs4") => {
            return Ok(Decoded::Unknown(name));
        }
        _ => {
            let mut ascii = true;
            body.blocks(0, |block| {
                ascii = block.is_ascii();
                !ascii
            })?;
            return Ok(if ascii {
                Decoded::AsItCame
            } else {
                Decoded::Unknown(name)
            });
        }
    };
    let bytes = body.whole()?;
    let mut writer = BodyWriter::new(most_plain, body.len());
    let mut put = |char: char| writer.take(char.encode_utf8(&mut [0; 4]).as_bytes());
    let name = match charset {
        Charset::Utf16(name, unit) => {
            let (pairs, _) = bytes.as_chunks::<2>();
            let units = pairs.iter().map(|pair| unit(*pair));
            for char in char::decode_utf16(units) {
                put(char.unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            name
        }
        Charset::Latin1 => {
            bytes.iter().for_each(|byte| put(char::from(*byte)));
            "ISO-8859-1"
        }
    };
    Ok(Decoded::From(name, writer.finish()))
}

/// The charset that a Content-Type names, in lower case.
fn charset(content_type: &str) -> Option<String> {
    let lower = content_type.to_ascii_lowercase();
    let (_, behind) = lower.split_once("charset")?;
    let value = behind.trim_start().strip_prefix('=')?.trim_start();
    let value = value.trim_start_matches(['"', '\'']).trim_start();
    let end = value.find(|char: char| !char.is_ascii_alphanumeric() && !matches!(char, '-' | '_'));
    let name = &value[..end.unwrap_or(value.len())];
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(bytes: &[u8], content_type: &str) -> Option<String> {
        match decode(&Body::from(bytes.to_vec()), content_type, 100).unwrap() {
            Decoded::AsItCame => Some(String::from_utf8_lossy(bytes).into_owned()),
            Decoded::From(_, body) => {
                Some(String::from_utf8(body.whole().unwrap().to_vec()).unwrap())
            }
            Decoded::Unknown(_) => None,
        }
    }

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    /// What newman 4.6.1 on Node 20 made of the same bodies.
    #[test]
    fn charsets_are_decoded_as_the_runner_decodes_them() {
        let json = "{\"x\":\"äöü\"}";
        let (le, be) = (
            u16::to_le_bytes as fn(u16) -> [u8; 2],
            u16::to_be_bytes as _,
        );
        for (bytes, content_type) in [
            (utf16(json, le), "application/json;charset=utf-16"),
            (utf16(json, be), "application/json; charset=\"UTF-16\""),
            (utf16(json, le), "application/json;charset=utf-16le"),
            (utf16(json, be), "application/json;charset=UTF-16BE"),
            (
                json.as_bytes().to_vec(),
                "application/json; charset='utf-8'",
            ),
            (json.as_bytes().to_vec(), "application/json"),
            (
                json.chars().map(|char| char as u8).collect(),
                "application/json;charset=iso-8859-1",
            ),
        ] {
            assert_eq!(
                text(&bytes, content_type).as_deref(),
                Some(json),
                "{content_type}"
            );
        }
        let marked = utf16("\u{feff}{}", be);
        assert_eq!(text(&marked, "a/b;charset=utf-16").unwrap(), "\u{feff}{}");
        assert_eq!(text(json.as_bytes(), "a/b;charset=shift_jis"), None);
        assert_eq!(text(b"{}", "a/b;charset=shift_jis").unwrap(), "{}");
    }
}
