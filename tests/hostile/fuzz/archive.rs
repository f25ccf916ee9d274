//! The archive of any exchanges is JSON, and holds what was seen.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::Value;
use tmfctk::evidence::{BodyEncoding, Exchange, Message, Request, Response};
use tmfctk::report::{Format, json, render};

use super::near::{cases, corpus};

fn message() -> impl Strategy<Value = Message> {
    let headers = proptest::collection::vec((".{0,12}", ".{0,20}"), 0..4);
    let body = prop_oneof![
        Just(None),
        ".{0,60}".prop_map(|text| Some((text, BodyEncoding::Utf8))),
        proptest::collection::vec(any::<u8>(), 0..60)
            .prop_map(|bytes| Some((STANDARD.encode(bytes), BodyEncoding::Base64))),
        // Such a body may also be none of what its header says.
        ".{0,20}".prop_map(|text| Some((text, BodyEncoding::Base64))),
    ];
    let encoding = prop_oneof![
        Just(None),
        Just(Some("gzip")),
        Just(Some("br")),
        Just(Some("deflate"))
    ];
    (headers, body, encoding, any::<bool>()).prop_map(|(mut headers, body, encoding, cut)| {
        headers.extend(encoding.map(|name| ("Content-Encoding".to_owned(), name.to_owned())));
        let (body, body_encoding) =
            body.map_or((None, BodyEncoding::Utf8), |(body, how)| (Some(body), how));
        Message {
            headers,
            body_bytes: body.as_ref().map_or(0, |body| body.len() as u64),
            body,
            body_encoding,
            body_truncated: cut,
            ..Message::default()
        }
    })
}

fn exchange() -> impl Strategy<Value = Exchange> {
    (
        ".{0,8}",
        ".{0,40}",
        message(),
        proptest::option::of((any::<u16>(), message())),
        proptest::option::of(".{0,20}"),
    )
        .prop_map(|(method, url, sent, came, error)| Exchange {
            index: 0,
            request: Request {
                method,
                url,
                message: sent,
            },
            response: came.map(|(status, message)| Response { status, message }),
            started_at: "2026-01-01T00:00:00Z".to_owned(),
            duration_ms: 1,
            duration_micros: 1000,
            first_byte_micros: Some(5000),
            error,
        })
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn it_is_json_and_holds_each_exchange(exchanges in proptest::collection::vec(exchange(), 0..4)) {
        let mut result = json::parse(&corpus("results")[0]).unwrap();
        result.exchanges = exchanges;
        let archive: Value = serde_json::from_slice(&render(Format::Har, &result).unwrap()).unwrap();
        let entries = archive["log"]["entries"].as_array().unwrap();
        prop_assert_eq!(entries.len(), result.exchanges.len());
        for (entry, exchange) in entries.iter().zip(&result.exchanges) {
            prop_assert_eq!(&entry["request"]["url"], &Value::from(exchange.request.url.clone()));
            let status = exchange.response.as_ref().map_or(0, |response| response.status);
            prop_assert_eq!(&entry["response"]["status"], &Value::from(status));
            let Some(response) = &exchange.response else { continue };
            let named = entry["response"]["headers"].as_array().unwrap().iter();
            let named: Vec<(String, String)> = named
                .map(|header| ["name", "value"].map(|key| header[key].as_str().unwrap().to_owned()))
                .map(|[name, value]| (name, value))
                .collect();
            prop_assert_eq!(&named, &response.message.headers);
            if response.message.body_encoding == BodyEncoding::Utf8 {
                let text = entry["response"]["content"]["text"].as_str();
                prop_assert_eq!(text, response.message.body.as_deref());
            }
        }
        // The stored result itself comes back as it was.
        let stored = json::render(&result).unwrap();
        prop_assert_eq!(json::parse(&stored).unwrap().exchanges, result.exchanges);
    }
}
