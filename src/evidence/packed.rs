//! What of a compressed body is kept: as it came, unless other people's records are in it.

use super::Ownership;
use super::body::Body;
use super::decode::beginning;
use super::mask::{KeptBody, keep_body};

/// Records are looked for in that number of bytes of what a body inflates to, or in as many as are
/// kept.
const LOOKED_THROUGH: usize = 1024 * 1024;

/// Reduces a body as [`keep_body`] does; `encoding` is its Content-Encoding.
///
/// Where others' records are in a compressed body their ids are kept in place of it. One that
/// inflates to more than is looked through is kept only where it can hold none.
pub fn keep_packed_body(
    body: &Body,
    encoding: Option<&str>,
    ownership: Option<&Ownership>,
    cap: usize,
) -> KeptBody {
    let limit = LOOKED_THROUGH.max(cap);
    let plain = match (encoding, ownership) {
        (Some(encoding), Some(_)) => beginning(body, encoding, limit),
        _ => None,
    };
    // Any bytes may pass for compressed ones.
    let as_it_came = keep_body(body, ownership, cap);
    let (Some(plain), 0) = (plain, as_it_came.masked) else {
        return as_it_came;
    };
    let kept = keep_body(&plain.clone().into(), ownership, cap);
    if kept.masked > 0 {
        return kept;
    }
    if plain.len() >= limit {
        return KeptBody {
            truncated: true,
            ..KeptBody::default()
        };
    }
    as_it_came
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::evidence::BodyEncoding;

    fn kept(plain: &[u8]) -> KeptBody {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(plain).unwrap();
        let ownership = Ownership::default();
        ownership.add("mine");
        let body = encoder.finish().unwrap().into();
        keep_packed_body(&body, Some("gzip"), Some(&ownership), 1000)
    }

    #[test]
    fn others_records_are_masked_and_own_ones_kept_as_they_came() {
        let masked = kept(br#"[{"id":"mine"},{"id":"theirs","reason":"secret story"}]"#);
        let text = masked.text.unwrap();
        assert!(
            text.contains("theirs") && !text.contains("secret"),
            "{text}"
        );
        assert_eq!(masked.masked, 1);
        let own = kept(br#"{"id":"mine","reason":"a"}"#);
        assert_eq!((own.encoding, own.masked), (BodyEncoding::Base64, 0));
    }

    #[test]
    fn swelling_bodies_are_not_kept_and_false_headers_are_checked() {
        let bomb = kept(&vec![b' '; 3_000_000]);
        assert_eq!((bomb.text, bomb.truncated), (None, true));
        let plain = br#"{"id":"theirs","reason":"secret story"}"#;
        let plain = Body::from(&plain[..]);
        for encoding in ["gzip", "br", "deflate", "gzip, br"] {
            let kept = keep_packed_body(&plain, Some(encoding), Some(&Ownership::default()), 1000);
            assert_eq!(kept.masked, 1, "{encoding}");
        }
    }
}
