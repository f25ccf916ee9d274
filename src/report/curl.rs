//! A shell line that sends a request again, without its secrets.
//!
//! Whoever copies it pastes it into a terminal: nothing that a target sent may end the quoting, and
//! nothing in it may steer the terminal.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::text::steers;
use crate::evidence::{BodyEncoding, REDACTED, Request};

/// Headers that curl sets itself, rightly only for its own connection.
const OWN_HEADERS: [&str; 5] = [
    "host",
    "content-length",
    "connection",
    "transfer-encoding",
    "accept-encoding",
];

/// The curl line of a request. Redacted header values become shell variables (`$AUTHORIZATION`)
/// that the reader sets.
pub fn curl_line(request: &Request) -> String {
    let mut line = String::from("curl -i");
    if request.method.eq_ignore_ascii_case("HEAD") {
        line.push_str(" --head");
    } else {
        let _ = write!(line, " -X {}", quoted(&request.method));
    }
    // Otherwise curl reads braces and brackets as a range of URLs, and resolves dots itself.
    if request
        .url
        .replace(REDACTED, "")
        .contains(['[', ']', '{', '}'])
    {
        line.push_str(" --globoff");
    }
    if request.url.contains("/.") {
        line.push_str(" --path-as-is");
    }
    let _ = write!(line, " --url {}", url(&request.url));
    for (name, value) in &request.message.headers {
        if OWN_HEADERS.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            continue;
        }
        if value.contains(REDACTED) {
            let _ = write!(
                line,
                " -H {}\"${{{}:?}}\"",
                quoted(&format!("{name}: ")),
                variable(name)
            );
        } else {
            let _ = write!(line, " -H {}", quoted(&format!("{name}: {value}")));
        }
    }
    let Some(body) = &request.message.body else {
        return line;
    };
    match request.message.body_encoding {
        // An argument can't carry a NUL; bytes travel as Base64 and through a pipe.
        BodyEncoding::Utf8 if body.contains('\0') => piped(&STANDARD.encode(body), &line),
        BodyEncoding::Base64 => piped(body, &line),
        BodyEncoding::Utf8 => {
            let _ = write!(line, " --data-raw {}", quoted(body));
            line
        }
    }
}

/// The URL, in which a key of the query that is hidden becomes a shell variable named after it.
fn url(url: &str) -> String {
    let Some((before, after)) = url.split_once(REDACTED) else {
        return quoted(url);
    };
    let (_, query) = before.split_once('?').unwrap_or_default();
    let name = query
        .rsplit('&')
        .next()
        .and_then(|last| last.strip_suffix('='));
    let Some(name) = name.filter(|name| !name.is_empty() && !after.contains(REDACTED)) else {
        return quoted(url);
    };
    let rest = if after.is_empty() {
        String::new()
    } else {
        quoted(after)
    };
    format!("{}\"${{{}:?}}\"{rest}", quoted(before), variable(name))
}

fn piped(base64: &str, line: &str) -> String {
    format!(
        "printf %s {} | base64 -d | {line} --data-binary @-",
        quoted(base64)
    )
}

/// `X-Api-Key` becomes `X_API_KEY`.
fn variable(header: &str) -> String {
    header
        .chars()
        .map(|char| {
            if char.is_ascii_alphanumeric() {
                char.to_ascii_uppercase()
            } else {
                '_'
            }
        })
        .collect()
}

/// One shell word. Plain words stay as they are, others stand in single quotes, and those with
/// invisible characters in the `$'…'` quotes of bash and zsh.
fn quoted(text: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_./:=@%+,".contains(char);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    if !text.chars().any(|char| steers(char) || char == '\n') {
        return format!("'{}'", text.replace('\'', r"'\''"));
    }
    let mut word = String::from("$'");
    for char in text.chars() {
        match char {
            '\'' => word.push_str("\\'"),
            '\\' => word.push_str("\\\\"),
            '\n' => word.push_str("\\n"),
            '\r' => word.push_str("\\r"),
            char if steers(char) => {
                let mut bytes = [0; 4];
                for byte in char.encode_utf8(&mut bytes).bytes() {
                    let _ = write!(word, "\\x{byte:02x}");
                }
            }
            char => word.push(char),
        }
    }
    word.push('\'');
    word
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Message;

    fn request(method: &str, url: &str, headers: &[(&str, &str)], body: Option<&str>) -> Request {
        Request {
            method: method.into(),
            url: url.into(),
            message: Message {
                headers: headers
                    .iter()
                    .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                    .collect(),
                body: body.map(str::to_owned),
                ..Message::default()
            },
        }
    }

    #[test]
    fn a_request_becomes_one_line_without_secrets() {
        let request = request(
            "POST",
            "http://h:1/p?q=a&b={c}",
            &[
                ("host", "h:1"),
                ("content-type", "application/json"),
                ("Authorization", "[redacted]"),
            ],
            Some(r#"{"reason":"it's"}"#),
        );
        assert_eq!(
            curl_line(&request),
            "curl -i -X POST --globoff --url 'http://h:1/p?q=a&b={c}' \
             -H 'content-type: application/json' -H 'Authorization: '\"${AUTHORIZATION:?}\" \
             --data-raw '{\"reason\":\"it'\\''s\"}'"
        );
    }

    #[test]
    fn a_key_in_the_query_becomes_a_variable() {
        let line = |url| curl_line(&request("GET", url, &[], None));
        assert_eq!(
            line("http://h/p?q=a&api-key=[redacted]"),
            "curl -i -X GET --url 'http://h/p?q=a&api-key='\"${API_KEY:?}\""
        );
        // Where it is not clear what was hidden, the reader is shown that.
        assert_eq!(
            line("http://h/p/[redacted]?k=[redacted]"),
            "curl -i -X GET --url 'http://h/p/[redacted]?k=[redacted]'"
        );
    }

    #[test]
    fn the_shell_reads_back_what_was_quoted() {
        for text in [
            "it's $(touch x) `y` \\ \"z\"",
            "a\nb\u{1b}[2J'\\\u{202e}ä",
            "",
            "plain",
        ] {
            let output = std::process::Command::new("bash")
                .arg("-c")
                .arg(format!("printf %s {}", quoted(text)))
                .output()
                .unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
        }
        assert!(!quoted("\u{1b}[2J\u{202e}").chars().any(steers));
    }

    #[test]
    fn a_nul_travels_through_a_pipe() {
        let line = curl_line(&request("POST", "http://h/", &[], Some("a\0b")));
        assert_eq!(
            line,
            "printf %s YQBi | base64 -d | curl -i -X POST --url http://h/ --data-binary @-"
        );
    }
}
