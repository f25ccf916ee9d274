//! JSON pointers (RFC 6901): one place for escaping, joining and taking apart.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

/// What must not stand unencoded in the fragment of a URI, and `%` itself.
const FRAGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'`')
    .add(b'#')
    .add(b'%')
    .add(b'[')
    .add(b']')
    .add(b'{')
    .add(b'}')
    .add(b'|')
    .add(b'\\')
    .add(b'^');

/// Appends a reference token to a pointer.
pub(super) fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    if token.contains(['~', '/']) {
        pointer.push_str(&token.replace('~', "~0").replace('/', "~1"));
    } else {
        pointer.push_str(token);
    }
}

/// The pointer with a reference token appended.
pub(super) fn join(pointer: &str, token: &str) -> String {
    let mut joined = String::with_capacity(pointer.len() + 1 + token.len());
    joined.push_str(pointer);
    push(&mut joined, token);
    joined
}

/// The reference tokens of a pointer, unescaped.
pub(super) fn tokens(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).map(|token| {
        if token.contains('~') {
            Cow::Owned(token.replace("~1", "/").replace("~0", "~"))
        } else {
            Cow::Borrowed(token)
        }
    })
}

/// The pointer as it is written in the fragment of a `$ref`, without `#`.
pub(super) fn to_fragment(pointer: &str) -> String {
    utf8_percent_encode(pointer, FRAGMENT).to_string()
}

/// The pointer that the fragment of a `$ref` stands for, or `None` where it is not UTF-8.
pub(super) fn from_fragment(fragment: &str) -> Option<String> {
    percent_decode_str(fragment)
        .decode_utf8()
        .ok()
        .map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_escaping() {
        let pointer = join(&join("", "a/b~c"), "@type");
        assert_eq!(pointer, "/a~1b~0c/@type");
        assert_eq!(tokens(&pointer).collect::<Vec<_>>(), ["a/b~c", "@type"]);
        assert_eq!(tokens("").count(), 0);
    }

    #[test]
    fn fragments_survive_percent_encoding() {
        let pointer = join("", "für 100%");
        assert_eq!(from_fragment(&to_fragment(&pointer)), Some(pointer));
        assert_eq!(from_fragment("%ff"), None);
    }
}
