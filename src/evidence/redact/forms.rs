//! How a secret comes back: as it is, or as one encoding or another writes it.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use regex::{Regex, RegexBuilder};

/// Fewer characters of Base64 would match by chance.
const SHORTEST_BASE64: usize = 6;

/// A compiled matcher takes some kilobytes for each secret; a token of several kilobytes is rare.
const SIZE_LIMIT: usize = 256 * 1024 * 1024;

/// A matcher for all forms of the secrets, which are sorted with the longest first.
pub(super) fn matcher(secrets: &[String]) -> Option<Regex> {
    if secrets.is_empty() {
        return None;
    }
    let mut patterns: Vec<String> = secrets.iter().map(|secret| written(secret)).collect();
    patterns.extend(secrets.iter().flat_map(|secret| base64(secret)));
    RegexBuilder::new(&patterns.join("|"))
        .size_limit(SIZE_LIMIT)
        .build()
        .ok()
}

/// The secret as JSON, HTML, a URL or several of them within each other write it.
fn written(secret: &str) -> String {
    secret.chars().map(character).collect()
}

fn character(character: char) -> String {
    let plain = regex::escape(character.encode_utf8(&mut [0; 4]));
    if character.is_ascii_alphanumeric() || !character.is_ascii() {
        return plain;
    }
    let code = u32::from(character);
    let mut ways = vec![
        // JSON puts a backslash before some, and again for each level of JSON within JSON.
        format!(r"\\*{plain}"),
        // `%2F`, and `%252F` where a URL stands within a URL.
        format!("%(?:25)*(?i:{code:02x})"),
        format!(r"\\+u(?i:{code:04x})"),
        format!("&#0*{code};"),
        format!("&#[xX]0*(?i:{code:x});"),
    ];
    let named = match character {
        ' ' => Some(r"\+"),
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&apos;"),
        _ => None,
    };
    ways.extend(named.map(str::to_owned));
    format!("(?:{})", ways.join("|"))
}

/// What stands in the Base64 of anything that contains the secret: wherever it begins in a group of
/// three bytes, the characters that it alone decides.
fn base64(secret: &str) -> Vec<String> {
    let mut found = Vec::new();
    for before in 0..3_usize {
        let mut bytes = vec![0; before];
        bytes.extend(secret.bytes());
        let bits = bytes.len() * 8;
        // The first characters hold bits of what is before, the last one bits of what is after.
        let first = (before * 8).div_ceil(6);
        let last = bits / 6;
        for text in [
            STANDARD_NO_PAD.encode(&bytes),
            URL_SAFE_NO_PAD.encode(&bytes),
        ] {
            let inner = text.get(first..last).unwrap_or_default();
            if inner.len() < SHORTEST_BASE64 {
                continue;
            }
            // Where the whole of the secret is all there is, its padding goes with it.
            let around = if before == 0 {
                "[A-Za-z0-9+/_-]?={0,2}"
            } else {
                ""
            };
            let pattern = format!("{}{around}", written(inner));
            if !found.contains(&pattern) {
                found.push(pattern);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

    use super::*;

    const SECRET: &str = "s3cr3t-to.k_n~/a+b=c d\"e'f<g>h&i\\j";

    fn left(text: &str) -> String {
        let matcher = matcher(&[SECRET.to_owned()]).unwrap();
        matcher.replace_all(text, "*").into_owned()
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let percent = utf8_percent_encode(SECRET, NON_ALPHANUMERIC).to_string();
        let form: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
        let json = serde_json::to_string(SECRET).unwrap();
        let json = json.trim_matches('"');
        let twice = serde_json::to_string(json).unwrap();
        let html: String = SECRET
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('\'', "&#39;")
            .replace('"', "&#x22;");
        let unicode = json.replace('/', "\\u002F").replace('<', "\\u003c");
        for form in [
            SECRET.to_owned(),
            percent.to_lowercase(),
            percent.replace('%', "%25"),
            percent,
            form,
            json.replace('/', "\\/"),
            json.to_owned(),
            twice.trim_matches('"').to_owned(),
            html,
            unicode,
        ] {
            assert_eq!(left(&format!("before {form} after")), "before * after");
        }
    }

    #[test]
    fn a_secret_is_found_within_base64_wherever_it_begins() {
        for before in ["", "a", "ab", "abc", "user:"] {
            for after in ["", "z", "yz"] {
                let whole = format!("{before}{SECRET}{after}");
                for text in [STANDARD.encode(&whole), URL_SAFE.encode(&whole)] {
                    let found = left(&text);
                    assert!(found.contains('*'), "{text}");
                    // What is left decodes to less than two characters of the secret.
                    assert!(
                        found.len() <= before.len() * 2 + after.len() * 2 + 6,
                        "{found}"
                    );
                }
            }
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in ["", "s3cr3t", "s3cr3t-to.k_n~", "an ordinary sentence"] {
            assert_eq!(left(text), text);
        }
        assert!(matcher(&[]).is_none());
    }

    #[test]
    fn a_long_token_is_no_trouble() {
        let token = "eyJhbGciOiJSUzI1NiJ9.".repeat(200);
        let matcher = matcher(&[format!("Bearer {token}"), token.clone()]).unwrap();
        assert_eq!(matcher.replace_all(&format!("x{token}y"), "*"), "x*y");
    }
}
