//! Targets that send too much.

use std::io::Write as _;

use flate2::{Compression, write::GzEncoder};

use crate::case::Case;
use crate::server::{Asked, Hostile, Reply};

const JSON: &str = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";

/// 64 MB of blanks, as Brotli.
const BROTLI_BOMB: &str = "cbffff3ff82540e2b14020f7fe8fffff7ff04b00c4611180eefd1fffffffe0970088c30200ddfb3ffeffffc12f0110870500baf77ffcffff835f02200e0b0074effff8ffff07bf04401c1600e8defff1ffff0f7e0980382c00d0bdffcbffff3ffc1200715800a07bff07";

/// A list of one record with a text of that number of megabytes.
fn text_of(megabytes: usize) -> Hostile {
    Hostile::start(move |asked, stream| {
        let (before, after) = (r#"[{"id":"1","reason":""#, r#""}]"#);
        let megabytes = if asked.is_list() { megabytes } else { 0 };
        let length = (megabytes << 20) + before.len() + after.len();
        write!(stream, "{JSON}Content-Length: {length}\r\n\r\n{before}")?;
        let megabyte = vec![b'a'; 1 << 20];
        for _ in 0..megabytes {
            stream.write_all(&megabyte)?;
        }
        stream.write_all(after.as_bytes())
    })
}

fn nested(levels: usize) -> Vec<u8> {
    let list = format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    format!(r#"{{"id":"1","note":{list}}}"#).into_bytes()
}

/// Whether it asks for a record or the list.
fn reads(asked: &Asked) -> bool {
    asked.method == "GET"
}

#[test]
fn a_body_without_end_is_cut_at_the_limit() {
    let server = Hostile::start(|_, stream| {
        write!(stream, "{JSON}Transfer-Encoding: chunked\r\n\r\n1\r\n[\r\n")?;
        loop {
            stream.write_all(b"1000\r\n")?;
            stream.write_all(&[b' '; 0x1000])?;
            stream.write_all(b"\r\n")?;
        }
    });
    let case = Case {
        options: &["--parse-bytes", "1000000"],
        code: 3,
        says: &[
            "only the first 1000000 bytes of the body were read (--parse-bytes)",
            "A limit acted on",
        ],
        ..Case::default()
    };
    case.against(&server);
}

#[test]
fn a_text_of_hundreds_of_megabytes_is_cut_and_one_of_some_is_judged() {
    let cut = Case {
        what: "300 MB",
        options: &["--parse-bytes", "2000000"],
        code: 3,
        says: &["the body is longer than the", "(--parse-bytes)"],
        ..Case::default()
    };
    let left = cut.against(&text_of(300));
    assert_eq!(
        left.result["officialKit"]["wouldPass"],
        serde_json::Value::Null
    );
    let whole = Case {
        what: "8 MB",
        ..Case::default()
    };
    let left = whole.against(&text_of(8));
    assert_eq!(left.result["officialKit"]["wouldPass"], false);
    assert!(left.page.len() < 4_000_000, "the page has the text");
}

/// Linux alone keeps a process to an amount of memory.
#[cfg(target_os = "linux")]
#[test]
fn a_list_larger_than_the_memory_is_judged_whole() {
    let server = Hostile::with_older(32);
    let limited = Case {
        what: "32 MB",
        megabytes: Some(24),
        code: 0,
        ..Case::default()
    };
    let left = limited.against(&server);
    let list = &left.result["exchanges"][2]["response"];
    assert!(list["bodyBytes"].as_u64() > Some(32 << 20), "{list}");
    assert_eq!(list["bodySha256"].as_str().map(str::len), Some(64));
    // It is written only where it is false.
    assert!(left.result["officialKit"].get("exact").is_none());
}

#[test]
fn bombs_are_not_inflated_beyond_the_limit() {
    let blanks = vec![b' '; 4_000_000];
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(&blanks).unwrap();
    let pairs = BROTLI_BOMB.as_bytes().chunks(2);
    let brotli =
        pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap());
    // With deflate the replay inflates nothing: the kit can't read it.
    for (encoding, bomb) in [("gzip", gzip.finish().unwrap()), ("br", brotli.collect())] {
        let server = Hostile::keeping(move |asked, reply| {
            if asked.is_list() {
                reply.header("Content-Encoding", encoding);
                reply.body.clone_from(&bomb);
            }
        });
        let case = Case {
            what: encoding,
            options: &["--inflate-bytes", "1000000"],
            code: 3,
            says: &[
                "the body is longer than 1000000 bytes when it is decompressed (--inflate-bytes)",
            ],
            ..Case::default()
        };
        case.against(&server);
    }
}

#[test]
fn headers_without_number_and_without_measure_are_refused() {
    for (what, count, length, says) in [
        (
            "20,000 headers",
            20_000,
            1,
            "more than 256 headers (--max-headers)",
        ),
        ("some more than it may have", 300, 1, "more than 256"),
        (
            "long ones",
            20,
            9_000,
            "bytes, more than 65536 (--header-bytes)",
        ),
        ("one without end", 1, 2_000_000, "(--header-bytes)"),
    ] {
        let server = Hostile::keeping(move |asked, reply| {
            for number in 0..if asked.is_list() { count } else { 0 } {
                reply.header(&format!("X-{number}"), &"a".repeat(length));
            }
        });
        let case = Case {
            what,
            code: 3,
            says: &[says, "A limit acted on"],
            ..Case::default()
        };
        case.against(&server);
    }
}

#[test]
fn so_many_headers_as_may_be_are_no_trouble() {
    let server = Hostile::keeping(|_, reply| {
        for number in 0..200 {
            reply.header(&format!("X-{number}"), "a");
        }
    });
    let case = Case {
        code: 0,
        ..Case::default()
    };
    case.against(&server);
}

#[test]
fn json_of_any_depth_is_no_danger_and_no_fault_of_the_target() {
    for (levels, level, options, says) in [
        // The kit reads what is nested, and so does the replay.
        (200_000, "certification", &[][..], "\"fail\" "),
        (
            5_000,
            "specification",
            &[][..],
            "nested deeper than 127 levels (--json-depth)",
        ),
        (
            50,
            "profile",
            &["--json-depth", "20"][..],
            "nested deeper than 20 levels (--json-depth)",
        ),
    ] {
        let body = nested(levels);
        let server = Hostile::keeping(move |asked, reply| {
            if reads(asked) {
                *reply = Reply {
                    body: if asked.is_list() {
                        [b"[", &body[..], b"]"].concat()
                    } else {
                        body.clone()
                    },
                    ..Reply::json(200, &serde_json::Value::Null)
                };
            }
        });
        let case = Case {
            what: "depth",
            level,
            options: &[options, &["--redact-pointer", "/note/*"]].concat(),
            says: &[says],
            ..Case::default()
        };
        let left = case.against(&server);
        for finding in left.findings("fail") {
            assert!(!finding.contains("recursion"), "{finding}");
        }
        // Others' records stay hidden, however deep they are.
        assert!(!left.page.contains("[[[[[["), "what is nested is shown");
    }
}

/// Linux alone keeps a process to an amount of memory.
#[cfg(target_os = "linux")]
#[test]
fn values_without_number_fill_no_memory_and_are_no_fault_of_the_target() {
    let zeros = format!("[{}0]", "0,".repeat(700_000));
    let record = format!(r#"{{"id":"1","note":{zeros}}}"#);
    let nameless = format!(r#"{{"id":{zeros}}}"#);
    for (what, options, record) in [
        ("a list", &["--only", "PRO-031"][..], &record),
        ("a record", &["--only", "PRO-048"][..], &record),
        // The replay would take it for an id, as the kit does.
        ("an id", &["--read-only"][..], &nameless),
    ] {
        let record = record.clone();
        let server = Hostile::keeping(move |asked, reply| {
            if asked.is_list() {
                reply.body = format!("[{record}]").into_bytes();
            } else if reads(asked) {
                reply.body = record.clone().into_bytes();
            }
        });
        let case = Case {
            what,
            level: "profile",
            options,
            megabytes: Some(60),
            code: 3,
            says: &["more than 100000 values, the most that is judged"],
            ..Case::default()
        };
        case.against(&server);
    }
}

#[test]
fn names_without_number_are_some_findings_and_no_more() {
    let counter = std::sync::atomic::AtomicUsize::new(0);
    let server = Hostile::keeping(move |asked, reply| {
        if !reads(asked) || asked.is_list() || reply.body.first() != Some(&b'{') {
            return;
        }
        let first = counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed) * 300;
        reply.body.pop();
        for name in first..first + 300 {
            write!(reply.body, r#","name {name}":1"#).unwrap();
        }
        reply.body.push(b'}');
    });
    let case = Case {
        level: "guideline",
        options: &["--only", "GDL-046", "--no-events"],
        code: 3,
        says: &["more of this kind, not listed)"],
        ..Case::default()
    };
    let left = case.against(&server);
    assert!(left.findings("warn").len() <= 102, "{}", left.said());
}

#[test]
fn an_id_of_a_megabyte_is_not_repeated_all_over_the_report() {
    let id = "i".repeat(1 << 20);
    let server = Hostile::keeping(move |asked, reply| {
        if asked.method == "POST" {
            let mut record: serde_json::Value = serde_json::from_slice(&reply.body).unwrap();
            record["id"] = id.clone().into();
            reply.body = record.to_string().into_bytes();
        }
    });
    let case = Case {
        code: 3,
        says: &["the URL is longer than 65534 bytes, the most that this harness sends"],
        ..Case::default()
    };
    let left = case.against(&server);
    assert_eq!(left.findings("fail"), [""; 0], "no standard ends an id");
    let exchanges = left.result["exchanges"].to_string();
    assert!(exchanges.contains("iii…"), "its URL is shortened");
    assert!(left.result.to_string().len() < 1_000_000);
    assert!(left.page.len() < 1_000_000);
}
