use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::*;

const SECRET: &str = "s3cr3t-to.k_n~/a+b=c d\"e'f<g>h&i\\j";

fn hidden(secret: &str, text: &str) -> String {
    Matcher::new([secret])
        .unwrap()
        .replace(text.into(), "*")
        .into_owned()
}

fn left(text: &str) -> String {
    hidden(SECRET, text)
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
fn other_texts_than_secrets_stay() {
    for text in ["", "s3cr3t", "s3cr3t-to.k_n~", "an ordinary sentence"] {
        assert_eq!(left(text), text);
    }
    assert!(Matcher::new([]).is_none());
}

#[test]
fn a_long_token_is_no_trouble() {
    let token = "eyJhbGciOiJSUzI1NiJ9.".repeat(200);
    let matcher = Matcher::new([format!("Bearer {token}").as_str(), &token]).unwrap();
    assert_eq!(matcher.replace(format!("x{token}y").into(), "*"), "x*y");
}

#[test]
fn a_secret_is_found_in_another_case() {
    let percent = utf8_percent_encode(SECRET, NON_ALPHANUMERIC).to_string();
    for form in [
        SECRET.to_uppercase(),
        SECRET.to_lowercase(),
        percent.to_uppercase(),
        "S3cr3t-To.K_n~/a+B=C d\"e'f<g>h&i\\j".to_owned(),
    ] {
        assert_eq!(left(&format!("before {form} after")), "before * after");
    }
    // A short one would be found in ordinary words.
    assert_eq!(
        hidden("Name", "the name of NAME, Name"),
        "the name of NAME, *"
    );
}

#[test]
fn a_secret_is_found_with_each_character_encoded() {
    for secret in [SECRET.to_owned(), SECRET.to_uppercase()] {
        let json: String = secret
            .encode_utf16()
            .map(|unit| format!("\\u{unit:04X}"))
            .collect();
        let percent: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let html: String = secret
            .chars()
            .map(|c| format!("&#{};", u32::from(c)))
            .collect();
        let hex: String = secret
            .chars()
            .map(|c| format!("&#x{:X};", u32::from(c)))
            .collect();
        let twice = json.replace('\\', "\\\\");
        for form in [json, twice, percent.replace('%', "%25"), percent, html, hex] {
            assert_eq!(left(&format!("before {form} after")), "before * after");
            let cut = &form[..form.len() / 2];
            assert_eq!(left(cut), cut, "half of it is another text");
            assert_eq!(left(&format!("{cut}{form}{form}")), format!("{cut}**"));
        }
    }
}

#[test]
fn a_secret_that_was_read_in_another_character_set_is_found() {
    let secret = "schlüssel-für-Größe-€-😀-日本";
    let latin: String = secret.bytes().map(char::from).collect();
    let json: String = latin
        .encode_utf16()
        .map(|unit| match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
            _ => format!("\\u{unit:04x}"),
        })
        .collect();
    let ascii: String = secret
        .encode_utf16()
        .map(|unit| match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
            _ => format!("\\u{unit:04X}"),
        })
        .collect();
    let windows = secret
        .replace('ü', "Ã¼")
        .replace('ö', "Ã¶")
        .replace('ß', "ÃŸ")
        .replace('€', "â‚¬")
        .replace('😀', "ðŸ˜€")
        .replace('日', "æ—¥")
        .replace('本', "æœ¬");
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    for form in [
        secret.to_owned(),
        secret.replace('ü', "Ü").replace('ö', "Ö"),
        latin,
        json,
        ascii,
        windows,
        percent.to_lowercase(),
        percent,
    ] {
        let found = hidden(secret, &format!("before {form} after"));
        assert_eq!(found, "before * after", "{form}");
    }
}

#[test]
fn tokens_that_begin_alike_are_found_whole() {
    let header = "eyJhbGciOiJSUzI1NiJ9.".repeat(300);
    let tokens = ["one-signature", "another-signature"].map(|end| format!("{header}{end}"));
    let matcher = Matcher::new(tokens.iter().map(String::as_str)).unwrap();
    for token in &tokens {
        assert_eq!(matcher.replace(format!("x {token} y").into(), "*"), "x * y");
    }
}

#[test]
fn encodings_within_each_other_are_undone() {
    let json = serde_json::to_string(SECRET).unwrap();
    let in_a_url = utf8_percent_encode(&json, NON_ALPHANUMERIC).to_string();
    let in_html = in_a_url.replace('%', "&#37;");
    assert_eq!(left(&in_a_url), "%22*%22");
    assert_eq!(left(&in_html), "&#37;22*&#37;22");
}

#[test]
fn a_secret_of_nothing_but_escapes_is_found() {
    assert_eq!(hidden(r"\\\", r"a \\\ b"), "a * b");
}

/// What has to be built and searched grows with the sum of the secrets, and with nothing else.
#[test]
fn many_secrets_are_found_by_as_many_automata_as_one() {
    let many = |count: usize| -> Vec<String> {
        let each = (0..count).map(|number| format!("session-{number:08}-of-somebody"));
        each.collect()
    };
    let built = |secrets: &[String]| {
        let matcher = Matcher::new(secrets.iter().map(String::as_str)).unwrap();
        let automata = [&matcher.any_case, &matcher.exact];
        let patterns = automata.map(|one| one.patterns.len());
        (patterns.iter().sum::<usize>(), matcher)
    };
    let (one, _) = built(&many(1));
    let secrets = many(2000);
    let (patterns, matcher) = built(&secrets);
    assert!(patterns <= one * secrets.len(), "{patterns}");
    let text = secrets.join(" and ");
    let shown = matcher.replace(text.into(), "*");
    assert_eq!(shown, vec!["*"; secrets.len()].join(" and "));
}
