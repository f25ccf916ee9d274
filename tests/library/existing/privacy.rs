//! Of records that exist no output shows more than ids and what violates a rule.

use serde_json::{Value, json};
use tmfctk::config::Overrides;
use tmfctk::report::{Format, render};

use super::shelf::{Shelf, record};
use super::{blamed, read_only};
use crate::support::server::{Answer, Server};
use crate::support::session;

/// Words that stand in the records and nowhere else.
const WORDS: [&str; 9] = [
    "kestrel", "ocelot", "wombat", "gecko", "lynx", "heron", "marten", "badger", "newt",
];

/// Records with a word of their own in each attribute.
fn shelf() -> Shelf {
    let with = |id: &str, direction: &str, reason: &str, more: Value| {
        let mut record = record(id, direction, reason);
        for (name, value) in more.as_object().unwrap() {
            record[name] = value.clone();
        }
        record
    };
    Shelf::new([
        with(
            "7",
            "inbound",
            "Kestrel & ocelot: what's up?",
            json!({
                "description": "All about \"the <wombat>\"",
                "channel": [{ "id": "Gecko-1", "href": "https://example.org/gecko", "name": "Gecko" }],
                "note": [{ "text": "Lynx\nand more" }],
            }),
        ),
        with("8", "outbound", "Heron (2)", json!({ "status": "Marten" })),
        with("9", "inbound", "Badger", json!({ "description": "newt" })),
    ])
}

/// A target that is wrong in as many ways as make it quote what stands in its records.
fn telltale() -> Server {
    let shelf = shelf();
    let others = shelf.clone();
    shelf.serve(move |request| {
        let query = request
            .target
            .split_once('?')
            .map_or("", |(_, query)| query);
        let decoded: String = url::form_urlencoded::parse(query.as_bytes())
            .map(|(name, value)| format!("{name} = {value}; "))
            .collect();
        if query.starts_with("reason=") && query.contains("direction") {
            let body = json!({ "code": "1", "reason": format!("can't do {decoded}") });
            return Some(Answer::json(400, &body));
        }
        if query.contains("reason=") {
            // The filter is ignored, and the query echoed.
            let mut asked = request.clone();
            asked.target = request.path().to_owned();
            let echo = format!("<{}?{query}>; rel=next", request.path());
            return Some(
                others
                    .answer(&asked)
                    .with_header("Link", &echo)
                    .with_header("X-Echo", &decoded),
            );
        }
        if query.starts_with("fields=") && request.path().ends_with("partyInteraction") {
            // A selection that leaves the ids out, and brings too much.
            let mut records = others.records().clone();
            for record in &mut records {
                record
                    .as_object_mut()
                    .unwrap()
                    .retain(|name, _| name != "id" && name != "href");
            }
            return Some(Answer::json(200, &Value::Array(records)));
        }
        if request.path().ends_with("/7") && query.contains("fields") {
            // Values of another record.
            let mut record = others.records()[2].clone();
            record["id"] = json!("7");
            return Some(Answer::json(200, &record));
        }
        None
    })
}

fn outputs(overrides: Overrides) -> (Vec<String>, String) {
    let server = telltale();
    let result = session::check(&server.url("/api/"), overrides);
    let mut all = String::new();
    for format in Format::ALL {
        let report = render(format, &result).unwrap();
        all.push_str(&String::from_utf8_lossy(&report).to_lowercase());
    }
    (blamed(&result), all)
}

#[test]
fn nothing_of_them_stands_in_any_output() {
    for ids in [&[][..], &["7", "8"]] {
        let (blamed, all) = outputs(read_only(ids));
        assert!(blamed.len() > 5, "the target is wrong: {blamed:#?}");
        for word in WORDS {
            let around = all.find(word).map(|at| {
                let (from, to) = (all.floor_char_boundary(at.saturating_sub(200)), at + 40);
                &all[from..all.floor_char_boundary(to)]
            });
            assert_eq!(around, None, "{word}");
        }
        assert!(all.contains("reason=[redacted]") && all.contains("partyinteraction/7"));
    }
}

#[test]
fn other_peoples_bodies_are_kept_on_request() {
    let (_, all) = outputs(Overrides {
        keep_foreign_bodies: true,
        ..read_only(&["7", "8"])
    });
    for word in ["kestrel", "ocelot", "gecko", "lynx"] {
        assert!(all.contains(word), "{word}: the test would see it");
    }
}
