//! A key in the query: put into what is sent, and kept out of what is shown.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::Url;

use crate::evidence::REDACTED;

/// All but what RFC 3986 calls unreserved.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The URL with the parameter, in place of others of that name.
pub(super) fn with(url: &Url, name: &str, key: &str) -> Url {
    replaced(url, name, &encoded(key))
}

/// The same for people.
pub(super) fn with_hidden(url: &Url, name: &str) -> Url {
    replaced(url, name, REDACTED)
}

/// Path and query with the parameter, to the byte.
pub(super) fn bytes_with(target: &[u8], name: &str, value: &str) -> Vec<u8> {
    let mark = target.iter().position(|byte| *byte == b'?');
    let (path, query) = mark.map_or((target, &[][..]), |at| (&target[..at], &target[at + 1..]));
    let own = encoded(name);
    let mut whole = path.to_vec();
    whole.push(b'?');
    for part in query.split(|byte| *byte == b'&') {
        let key = part.split(|byte| *byte == b'=').next().unwrap_or_default();
        if !part.is_empty() && key != own.as_bytes() && key != name.as_bytes() {
            whole.extend_from_slice(part);
            whole.push(b'&');
        }
    }
    whole.extend_from_slice(format!("{own}={value}").as_bytes());
    whole
}

/// The same with the key as it is sent.
pub(super) fn bytes_with_key(target: &[u8], name: &str, key: &str) -> Vec<u8> {
    bytes_with(target, name, &encoded(key))
}

fn replaced(url: &Url, name: &str, value: &str) -> Url {
    let query = url.query().unwrap_or_default();
    let target = bytes_with(format!("?{query}").as_bytes(), name, value);
    let mut url = url.clone();
    url.set_query(Some(&String::from_utf8_lossy(&target[1..])));
    url
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_takes_the_place_of_one_of_its_name_and_leaves_the_rest_as_it_is() {
        for (text, sent, shown) in [
            (
                "http://h/a",
                "http://h/a?k=s%26%2B",
                "http://h/a?k=[redacted]",
            ),
            (
                "http://h/a?k=old&x=%20y&kk=1",
                "http://h/a?x=%20y&kk=1&k=s%26%2B",
                "http://h/a?x=%20y&kk=1&k=[redacted]",
            ),
        ] {
            let url = Url::parse(text).unwrap();
            assert_eq!(with(&url, "k", "s&+").as_str(), sent);
            assert_eq!(with_hidden(&url, "k").as_str(), shown);
        }
        assert_eq!(
            bytes_with_key(b"/\xfc/../?a=\xff", "k", "s"),
            b"/\xfc/../?a=\xff&k=s"
        );
    }
}
