//! Targets that send the harness elsewhere, or answer for somebody else.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::case::{Case, array};
use crate::server::{Hostile, Reply};

const TOKEN: &str = "Bearer hostile-token-0123456789";

fn redirecting(status: u16, to: impl Fn(&str) -> String + Send + Sync + 'static) -> Hostile {
    Hostile::start(move |asked, stream| {
        use std::io::Write as _;
        let mut reply = Reply::json(status, &json!({"code": "1", "reason": "elsewhere"}));
        reply.header("Location", &to(&asked.target));
        reply.header("Set-Cookie", "session=abcdefgh; Path=/");
        stream.write_all(&reply.bytes())
    })
}

#[test]
fn a_redirect_is_followed_by_the_replay_alone_and_credentials_stay_at_home() {
    for status in [301, 302, 303, 307, 308] {
        let other = Hostile::keeping(|_, _| {});
        let origin = other.origin();
        let server = redirecting(status, move |target| format!("{origin}{target}"));
        let case = Case {
            what: "redirected elsewhere",
            level: "profile",
            says: &[
                "A redirect led to another origin",
                "no credentials were sent there",
            ],
            ..Case::default()
        };
        let left = case.run(
            &server.url(),
            &[(
                "TMFCTK_HEADER",
                &format!("Authorization: {TOKEN}\nX-Key: key-0123456789"),
            )],
        );
        let (home, abroad) = (server.asked(), other.asked());
        assert!(home.iter().all(|asked| {
            asked
                .headers
                .iter()
                .any(|(name, value)| name == "authorization" && value == TOKEN)
        }));
        assert!(!abroad.is_empty(), "the kit follows redirects");
        for asked in &abroad {
            for (name, value) in &asked.headers {
                assert!(
                    !["authorization", "x-key", "cookie", "referer"].contains(&name.as_str()),
                    "{status}: {name}: {value}"
                );
            }
        }
        // The kit's 18 requests, and those that were sent again to recognise its flaws, and no
        // other.
        assert!(abroad.len() <= 36, "{}", abroad.len());
        let files = left.folder.files();
        let leak = files.iter().find(|(_, content)| {
            content
                .windows(12)
                .any(|part| part == b"hostile-toke" || part == b"key-01234567")
        });
        assert!(leak.is_none(), "{:?}", leak.map(|(path, _)| path));
        let failed = left.findings("fail").join("\n");
        assert!(failed.contains(&status.to_string()), "{status}: {failed}");
    }
}

#[test]
fn a_redirect_that_leads_nowhere_ends() {
    for (what, to) in [
        ("to itself", None),
        ("to no URL", Some("http://[::")),
        ("to another scheme", Some("file:///etc/passwd")),
        ("to a script", Some("javascript:alert(1)")),
        ("to a port that is closed", Some("http://127.0.0.1:9/")),
    ] {
        let server = redirecting(302, move |target| {
            to.map_or_else(|| target.to_owned(), str::to_owned)
        });
        let case = Case {
            what,
            says: &["\"fail\" "],
            ..Case::default()
        };
        let left = case.against(&server);
        assert!(server.asked().len() < 18 * 12 * 2, "{what}");
        assert!(!left.page.contains("root:"), "{what}");
    }
}

#[test]
fn an_answer_to_another_request_is_found() {
    // Each GET gets the answer of the one before.
    let before = std::sync::Mutex::new(Reply::json(200, &json!([])));
    let server = Hostile::keeping(move |asked, reply| {
        if asked.method == "GET" {
            std::mem::swap(reply, &mut *before.lock().unwrap());
        }
    });
    let case = Case {
        level: "profile",
        options: &["--concurrency", "1"],
        says: &["\"fail\" "],
        ..Case::default()
    };
    case.against(&server);
}

#[test]
fn changing_answers_are_judged_one_by_one() {
    let number = AtomicUsize::new(0);
    let server =
        Hostile::keeping(
            move |_, reply| match number.fetch_add(1, Ordering::SeqCst) % 7 {
                1 => *reply = Reply::json(500, &json!({"code": "1", "reason": "no"})),
                2 => reply.body = b"<html>".to_vec(),
                3 => *reply = Reply::json(200, &json!(null)),
                4 => reply.status = 204,
                5 => *reply = Reply::json(201, &json!({"id": {"id": []}})),
                6 => *reply = Reply::json(200, &json!([[[]], 1, {"id": 7}])),
                _ => {}
            },
        );
    let case = Case {
        level: "guideline",
        options: &["--event-timeout", "0.2", "--event-quiet", "0.1"],
        says: &["\"fail\" "],
        ..Case::default()
    };
    case.against(&server);
}

#[test]
fn no_status_code_is_beyond_judgement() {
    for status in [199, 299, 399, 499, 599, 600, 999] {
        let server = Hostile::keeping(move |asked, reply| {
            if asked.is_list() {
                reply.status = status;
            }
        });
        let case = Case {
            what: "an odd status",
            says: &["\"fail\" "],
            // What is below 200 announces an answer that never comes.
            timeout: if status < 200 { "0.3" } else { "20" },
            ..Case::default()
        };
        let left = case.against(&server);
        let known: Vec<&Value> = array(&left.result["exchanges"])
            .iter()
            .map(|one| &one["response"]["status"])
            .collect();
        assert!(
            status < 200 || known.iter().any(|known| **known == status),
            "{status}: {known:?}"
        );
    }
}
