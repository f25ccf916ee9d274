//! A secret that comes back, in whatever form, is not written.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use proptest::prelude::*;
use tmfctk::evidence::{BodyEncoding, Exchange, Message, Redactor, Request, Response};

use super::near::cases;

/// How a target may send back what it was sent.
const FORMS: usize = 11;

fn form(number: usize, secret: &str, before: &str) -> String {
    let each = |write: &dyn Fn(char) -> String| secret.chars().map(write).collect::<String>();
    match number {
        0 => secret.to_owned(),
        1 => serde_json::to_string(secret).unwrap(),
        2 => utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        3 => utf8_percent_encode(secret, NON_ALPHANUMERIC)
            .to_string()
            .to_lowercase(),
        4 => STANDARD.encode(secret),
        5 => STANDARD.encode(format!("{before}{secret}")),
        6 => URL_SAFE_NO_PAD.encode(format!("{before}{secret} and more")),
        7 => each(&|c| format!("\\u{:04x}", u32::from(c))),
        8 => each(&|c| format!("&#{};", u32::from(c))),
        9 => secret.to_uppercase(),
        _ => serde_json::to_string(&serde_json::to_string(secret).unwrap()).unwrap(),
    }
}

/// What a reader finds who undoes one encoding or another: nothing of the secret.
fn shows(text: &str, secret: &str) -> bool {
    let bare = text.to_lowercase();
    let known = (0..FORMS).map(|number| form(number, secret, "").to_lowercase());
    known
        .map(|form| form.trim_matches(['"', '=', '\\']).to_owned())
        .any(|form| bare.contains(&form))
}

fn exchange(leak: &str) -> Exchange {
    let message = |body: Option<String>, encoding| Message {
        headers: vec![
            ("X-Echo".to_owned(), leak.to_owned()),
            ("x-key".to_owned(), leak.to_owned()),
        ],
        body_bytes: 1,
        body,
        body_encoding: encoding,
        ..Message::default()
    };
    let bytes = STANDARD.encode([b"\xff\xfe", leak.as_bytes()].concat());
    Exchange {
        index: 0,
        request: Request {
            method: "GET".to_owned(),
            url: format!("http://h/a?x={leak}"),
            message: message(Some(format!("{{\"echo\":{leak}}}")), BodyEncoding::Utf8),
        },
        response: Some(Response {
            status: 400,
            message: message(Some(bytes), BodyEncoding::Base64),
        }),
        started_at: String::new(),
        duration_ms: 0,
        duration_micros: 0,
        first_byte_micros: None,
        error: Some(format!("refused: {leak}")),
    }
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn no_form_of_it_is_left(
        secret in "[a-zA-Z0-9/+\"<&'._-]{12,30}",
        before in "[a-z ]{0,3}",
        number in 0..FORMS,
    ) {
        let redactor = Redactor::new([("X-Key", secret.as_str())]);
        let leak = form(number, &secret, &before);
        let shown = redactor.text(&format!("it was {leak} indeed"));
        prop_assert!(!shows(&shown, &secret), "{number}: {}", shown);
        let mut exchange = exchange(&leak);
        redactor.exchange(&mut exchange);
        let message = &exchange.response.as_ref().unwrap().message;
        let body = message.body.clone().unwrap();
        let body = STANDARD.decode(&body).map_or(body, |bytes| String::from_utf8_lossy(&bytes).into_owned());
        prop_assert!(!shows(&body, &secret), "{number}: {}", body);
        prop_assert!(!shows(&format!("{exchange:?}"), &secret), "{number}: {exchange:?}");
    }

    #[test]
    fn texts_without_a_secret_stay(text in "[a-f ]{0,200}") {
        let redactor = Redactor::new([("X-Key", "0123456789-0123456789")]);
        prop_assert_eq!(redactor.text(&text), text);
    }
}
