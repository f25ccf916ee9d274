//! A secret never reaches a file or the terminal, whatever the target does with it.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use crate::support::BASE;
use crate::support::binary::{Done, Folder};
use crate::support::server::{Answer, Request, Server};

/// Has what different encodings treat differently.
const TOKEN: &str = "s3cr3t-t0ken_with.dots~and/slash+plus=end";

/// The token in every form in which it may not be found.
fn forms() -> Vec<Vec<u8>> {
    let strict = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    let strict: String = TOKEN.bytes().map(strict).collect();
    let component = TOKEN
        .replace('/', "%2F")
        .replace('+', "%2B")
        .replace('=', "%3D");
    let texts = [
        TOKEN.to_owned(),
        STANDARD.encode(TOKEN),
        URL_SAFE_NO_PAD.encode(TOKEN),
        STANDARD.encode(format!("Bearer {TOKEN}")),
        strict.to_lowercase(),
        strict,
        component.to_lowercase(),
        component,
        TOKEN.replace('/', "\\/"),
        // What is left where only a part was replaced.
        "s3cr3t".to_owned(),
    ];
    texts.into_iter().map(String::into_bytes).collect()
}

/// Runs with the token and looks for it in all that was written and said, Base64 undone.
fn assert_hidden(server: &Server) -> (Folder, Done) {
    let folder = Folder::default();
    let mut command = folder.command(&["run", &server.url(BASE), "--level", "certification"]);
    command.env("TMFCTK_HEADER", format!("Authorization: Bearer {TOKEN}"));
    let done = Done::from(command.output().expect("it can be started"));
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.header("authorization").is_some()),
        "the header goes with every request"
    );
    let mut places: Vec<(String, Vec<u8>)> = folder
        .files()
        .into_iter()
        .map(|(path, content)| (path.display().to_string(), content))
        .collect();
    assert!(places.len() >= 3, "{done:#?}");
    places.push(("stdout".into(), done.stdout.clone().into_bytes()));
    places.push(("stderr".into(), done.stderr.clone().into_bytes()));
    let result = folder.result();
    for exchange in result["exchanges"].as_array().expect("a list") {
        for side in ["request", "response"] {
            if exchange[side]["bodyEncoding"] == "base64" {
                let body = exchange[side]["body"].as_str().expect("a body");
                if let Ok(bytes) = STANDARD.decode(body) {
                    places.push((format!("a Base64 body of {exchange}"), inflated(bytes)));
                }
            }
        }
    }
    for (place, content) in &places {
        for form in forms() {
            let found = content
                .windows(form.len())
                .any(|window| window == form.as_slice());
            let form = String::from_utf8_lossy(&form);
            assert!(!found, "{form} stands in {place}");
        }
    }
    let exchanges = result["exchanges"].to_string();
    assert!(exchanges.contains("[redacted]"), "{exchanges}");
    (folder, done)
}

fn inflated(bytes: Vec<u8>) -> Vec<u8> {
    let mut plain = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(bytes.as_slice());
    match std::io::Read::read_to_end(&mut decoder, &mut plain) {
        Ok(_) => plain,
        Err(_) => bytes,
    }
}

fn token(request: &Request) -> &str {
    let given = request.header("authorization").unwrap_or_default();
    given.strip_prefix("Bearer ").unwrap_or_default()
}

#[test]
fn a_target_that_echoes_the_token_everywhere_gives_nothing_away() {
    let server = Server::start(|request, number| {
        let token = token(request).to_owned();
        let encoded: String = url_encoded(&token);
        match number % 6 {
            0 => Answer::json(
                201,
                &json!({ "id": token, "href": format!("/x/{encoded}"), "channel": [],
                    "direction": STANDARD.encode(&token), "reason": format!("for {token}") }),
            ),
            1 => Answer::json(
                500,
                &json!({ "code": "500", "message": format!("bad {encoded}") }),
            ),
            2 => Answer::new(200, "text/html", format!("<p>{token}</p>")),
            3 => Answer::json(200, &json!([{ "id": "theirs", "reason": token }])),
            4 => Answer::new(
                200,
                "application/json",
                format!("[{{\"id\":\"{}\"}}]", token.replace('/', "\\/")),
            ),
            _ => Answer::json(403, &json!({ "seen": request.header("authorization") })),
        }
        .with_header(
            "X-Echo",
            request.header("authorization").unwrap_or_default(),
        )
        .with_header("X-Encoded", &encoded.to_lowercase())
        .with_header("Set-Cookie", &format!("session={token}; Path=/"))
    });
    assert_hidden(&server);
}

#[test]
fn a_redirect_that_carries_the_token_is_redacted() {
    let server = Server::start(|request, _| {
        if request.target.contains("next=") {
            return Answer::json(200, &json!([]));
        }
        let place = format!("{}?next={}", request.path(), url_encoded(token(request)));
        Answer::new(302, "text/plain", "").with_header("Location", &place)
    });
    assert_hidden(&server);
}

#[test]
fn bytes_that_are_no_text_are_searched_too() {
    let server = Server::start(|request, _| {
        // Latin-1, so that the body is stored as Base64.
        let mut body = b"Zugriff f\xfcr ".to_vec();
        body.extend(token(request).bytes());
        Answer::new(403, "text/plain; charset=iso-8859-1", body)
    });
    assert_hidden(&server);
}

#[test]
fn compressed_bodies_are_searched_too() {
    let server = Server::start(|request, _| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        let body = json!([{ "id": "1", "reason": token(request) }]);
        encoder
            .write_all(body.to_string().as_bytes())
            .expect("in memory");
        Answer::new(
            200,
            "application/json",
            encoder.finish().expect("in memory"),
        )
        .with_header("Content-Encoding", "gzip")
    });
    assert_hidden(&server);
}

#[test]
fn a_compressed_body_without_the_token_is_kept() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(b"[{\"id\":\"harmless\"}]")
        .expect("in memory");
    let body = encoder.finish().expect("in memory");
    let kept = STANDARD.encode(&body);
    let server = Server::start(move |_, _| {
        Answer::new(200, "application/json", body.clone()).with_header("Content-Encoding", "gzip")
    });
    let (folder, _) = assert_hidden(&server);
    assert_eq!(folder.result()["exchanges"][0]["response"]["body"], kept);
}

#[test]
fn credentials_never_leave_for_another_origin() {
    let other = Server::start(|_, _| Answer::json(200, &json!([])));
    let place = other.url("/elsewhere");
    let server = Server::start(move |_, _| {
        Answer::new(307, "text/plain", "").with_header("Location", &place)
    });
    assert_hidden(&server);
    let requests = other.requests();
    assert!(!requests.is_empty(), "the kit follows redirects");
    for request in requests {
        assert_eq!(request.header("authorization"), None, "{request:?}");
    }
}

#[test]
fn the_command_to_repeat_a_run_names_headers_and_hides_their_values() {
    let server = Server::start(|_, _| Answer::json(200, &json!([])));
    let (folder, _) = assert_hidden(&server);
    let repeat = folder.result()["run"]["repeat"].to_string();
    assert!(repeat.contains("Authorization"), "{repeat}");
}

fn url_encoded(text: &str) -> String {
    text.replace('/', "%2F")
        .replace('+', "%2B")
        .replace('=', "%3D")
}

/// A target whose records hold a person, and that hands out a token of its own.
fn with_a_person() -> Server {
    Server::start(|request, _| {
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.c2lnbmF0dXJl";
        let body = json!({
            "id": "1", "age": 42, "session": token, "access_token": "opaque-and-short",
            "relatedParty": [{"name": "Ann Example", "id": "p1"}],
            "note": "Ann Example called from +49 30 1234567",
            "link": "/p?name=Ann%20Example&again=Ann+Example",
        });
        match request.method.as_str() {
            "POST" => Answer::json(201, &body),
            _ => Answer::json(200, &json!([body])),
        }
    })
}

fn written(folder: &Folder) -> Vec<(String, String)> {
    let files = folder.files().into_iter();
    files
        .map(|(path, bytes)| {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            (path.display().to_string(), text)
        })
        .collect()
}

/// All that a run with these options writes, every format of it.
fn written_with(options: &[&str]) -> Vec<(String, String)> {
    let server = with_a_person();
    let folder = Folder::default();
    let target = server.url(BASE);
    let run = [
        "run",
        &target,
        "--format",
        "all",
        "--level",
        "specification",
    ];
    let done = folder.run(&[&run[..], options].concat());
    assert_eq!(done.code, Some(1), "{}", done.stderr);
    let files = written(&folder);
    assert!(files.len() >= 5);
    files
}

#[test]
fn likely_credentials_of_the_target_are_hidden() {
    for (name, text) in written_with(&["--keep-foreign-bodies"]) {
        assert!(!text.contains("eyJhbGci"), "{name}");
        assert!(!text.contains("opaque-and-short"), "{name}");
    }
}

#[test]
fn personal_data_is_hidden_by_its_place_and_by_a_pattern() {
    let files = written_with(&[
        "--keep-foreign-bodies",
        "--redact-pointer",
        "/relatedParty/*/name",
        "--redact-pointer",
        "/age",
        "--redact",
        r"\+49[0-9 ]+",
    ]);
    let result = files.iter().find(|(name, _)| name.ends_with("result.json"));
    let (_, result) = result.expect("a result");
    assert!(result.contains("p1") && result.contains("called from"));
    for (name, text) in &files {
        // Also where the name is quoted in another attribute, and as a URL writes it.
        for hidden in [
            "Ann Example",
            "Ann%20Example",
            "Ann+Example",
            "1234567",
            r#"age\":42"#,
        ] {
            assert!(!text.contains(hidden), "{name}: {hidden}");
        }
    }
}

#[test]
fn secrets_too_short_to_hide_are_reported_before_the_first_request() {
    let server = with_a_person();
    let folder = Folder::default();
    for (arguments, said) in [
        (
            ["--redact", "(a"],
            "redact `(a` is not a regular expression: unclosed group",
        ),
        (
            ["--redact", "a*"],
            "redact `a*` is not a regular expression: it matches the empty text",
        ),
        (
            ["--redact-pointer", "name"],
            "redact-pointer `name` is not a JSON pointer: it begins with a slash, such as \
             /relatedParty/*/name",
        ),
    ] {
        let target = server.url(BASE);
        let done = folder.run(&[&["run", &target], &arguments[..]].concat());
        assert_eq!(done.code, Some(2));
        assert!(done.stderr.contains(said), "{}", done.stderr);
    }
    assert!(server.requests().is_empty());
}
