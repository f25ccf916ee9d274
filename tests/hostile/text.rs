//! Targets whose bodies are not ordinary JSON, or JSON that readers disagree on.

use crate::case::{Case, array};
use crate::server::{Hostile, Reply};

/// A target whose answers to GET have these bytes instead of each record, in a list or alone.
fn answering(record: &'static [u8]) -> Hostile {
    Hostile::keeping(move |asked, reply| {
        if asked.method == "GET" && reply.status == 200 {
            reply.body = if asked.is_list() {
                [b"[", record, b"]"].concat()
            } else {
                record.to_vec()
            };
        }
    })
}

#[test]
fn invalid_json_is_blamed_on_the_target() {
    // The kit reads what is not UTF-8 as its runner does; the levels above do not.
    for (what, level, record) in [
        (
            "bytes that are not UTF-8",
            "profile",
            &b"{\"id\":\"\xff\xfe\"}"[..],
        ),
        (
            "a control character",
            "certification",
            b"{\"id\":\"a\x00\x1b[31mb\"}",
        ),
        ("nothing but NUL", "certification", b"\0\0\0\0"),
        ("a trailing comma", "certification", b"{\"id\":\"1\",}"),
        ("NaN", "certification", b"{\"id\":NaN}"),
        ("half a document", "certification", b"{\"id\":\"1\""),
        ("brackets without end", "certification", &[b'['; 200_000]),
    ] {
        let case = Case {
            what,
            level,
            says: &["\"fail\" "],
            ..Case::default()
        };
        let left = case.against(&answering(record));
        let failed = left.findings("fail").join("\n").to_lowercase();
        assert!(
            failed.contains("json") || failed.contains("utf-8"),
            "{what}: {failed}"
        );
        assert!(
            !left.done.stdout.contains('\u{1b}'),
            "{what}: an escape reached the terminal"
        );
        assert!(
            !left.page.contains(['\0', '\u{1b}']),
            "{what}: a control character is in the page"
        );
    }
}

#[test]
fn json_that_is_odd_is_read() {
    for (what, record, says) in [
        (
            "members given twice",
            &br#"{"id":"1","id":"2","href":"h","href":1}"#[..],
            "\"fail\" ",
        ),
        (
            "integers beyond 64 bits",
            br#"{"id":"1","n":123456789012345678901234567890}"#,
            "\"fail\" ",
        ),
        (
            "numbers beyond doubles",
            br#"{"id":"1","n":1e999}"#,
            "which are doubles",
        ),
        (
            "half a surrogate",
            br#"{"id":"1","reason":"\ud800"}"#,
            "\"fail\" ",
        ),
    ] {
        let case = Case {
            what,
            level: "profile",
            says: &[says],
            ..Case::default()
        };
        case.against(&answering(record));
    }
}

#[test]
fn a_byte_order_mark_is_told_and_read_over() {
    let server = Hostile::keeping(|_, reply| {
        reply.body = [b"\xef\xbb\xbf", &reply.body[..]].concat();
    });
    let case = Case {
        level: "specification",
        options: &["--gate", "specification"],
        says: &["byte order mark"],
        ..Case::default()
    };
    let left = case.against(&server);
    let failed = left.findings("fail").join("\n");
    assert!(!failed.contains("is not JSON"), "{failed}");
    assert_eq!(left.result["officialKit"]["failed"], 0, "the kit skips it");
}

/// What would act on a page, in a terminal, in a template, in a shell or in a spreadsheet.
const EVIL: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>{{kit.name}}{{{page}}}\
    <!--\u{202e}\u{1b}]0;owned\u{7}\u{1b}[2J`touch x`$(touch x)'; touch x;'=cmd|'/c calc'!A1|*_[x](javascript:alert(3))";

/// Markdown without its code spans, which begin and end with as many backticks.
fn outside_code(markdown: &str) -> String {
    let ticks = |text: &str| text.len() - text.trim_start_matches('`').len();
    let mut outside = String::new();
    let mut rest = markdown;
    while let Some(start) = rest.find('`') {
        outside += &rest[..start];
        let fence = ticks(&rest[start..]);
        rest = &rest[start + fence..];
        let mut span = 0;
        loop {
            let end = rest[span..].find('`').expect("a span that ends");
            let length = ticks(&rest[span + end..]);
            span += end + length;
            if length == fence {
                break;
            }
        }
        rest = &rest[span..];
    }
    outside + rest
}

#[test]
fn nothing_that_a_target_says_acts_on_a_reader() {
    let escaped = EVIL
        .replace('\u{1b}', "\\u001b")
        .replace('\u{7}', "\\u0007");
    let plain: String = EVIL
        .chars()
        .filter(|character| character.is_ascii() && !character.is_control())
        .collect();
    let server = Hostile::keeping(move |asked, reply| {
        if asked.method == "DELETE" {
            return;
        }
        let record = format!(
            r#"{{"id":"{escaped}","href":"{escaped}","{escaped}":"{escaped}","description":["{escaped}"],"reason":"{escaped}","status":"{escaped}","code":"{escaped}"}}"#
        );
        let body = if asked.is_list() {
            format!("[{record}]")
        } else {
            record
        };
        *reply = Reply {
            body: body.into_bytes(),
            ..Reply::json(
                if asked.method == "POST" { 201 } else { 200 },
                &serde_json::Value::Null,
            )
        };
        reply.header("Location", &format!("javascript:alert(4)//{plain}"));
        reply.header("X-Evil", &plain);
        reply.headers[0].1 = format!("application/json; x=\"{plain}\"");
    });
    let case = Case {
        level: "specification",
        options: &["--keep-foreign-bodies"],
        ..Case::default()
    };
    let left = case.against(&server);
    for output in [&left.done.stdout, &left.done.stderr] {
        assert!(
            !output.contains(['\u{1b}', '\u{7}', '\u{202e}']),
            "{output}"
        );
    }
    assert!(left.page.contains("alert(1)"), "the values are shown");
    for trace in [
        "<script>alert",
        "<img src=x",
        "href=\"javascript:",
        "\u{1b}",
        "\u{7}",
    ] {
        assert!(!left.page.contains(trace), "{trace} is in the page");
    }
    assert!(
        left.page.contains("{{kit.name}}"),
        "a template in a value is not a template"
    );
    let read = |name: &str| {
        std::fs::read_to_string(left.folder.path("reports/latest").join(name)).unwrap()
    };
    // In code spans nothing is markup.
    let summary = outside_code(&read("report.md"));
    assert!(
        !summary.contains("<script>") && !summary.contains("](javascript:"),
        "{summary}"
    );
    let junit = read("junit.xml");
    assert!(
        !junit.contains("<script>") && !junit.contains('\u{1b}'),
        "{junit}"
    );
    // Whoever copies the line gets one argument.
    let curl: Vec<String> = {
        let archive: serde_json::Value = serde_json::from_str(&read("run.har")).unwrap();
        let entries = array(&archive["log"]["entries"]).iter();
        entries.map(|entry| entry["_curl"].to_string()).collect()
    };
    assert!(
        curl.iter()
            .all(|line| !line.contains("$(touch x)") || line.contains('\''))
    );
    assert!(!left.folder.path("x").exists());
}
