//! How a run proves who it is: user and password, tokens, keys. Each is sent with every request to
//! the target and to nobody else, and stands nowhere afterwards.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::support::BASE;
use crate::support::binary::{Done, Folder};
use crate::support::reference::Reference;
use crate::support::server::{Answer, Request, Server};
use crate::support::tokens::{gate, guarded};

const SECRET: &str = "s3cr3t-and/long+enough";

fn with(folder: &Folder, environment: &[(&str, &str)], arguments: &[&str]) -> Done {
    let mut command = folder.command(arguments);
    command.envs(environment.iter().copied());
    Done::from(command.output().expect("it can be started"))
}

/// Panics where the secret stands in a file or was said, as it is or as a URL or Base64 writes it.
#[track_caller]
fn hidden(folder: &Folder, done: &Done, secrets: &[&str]) {
    let mut places: Vec<(String, String)> = folder
        .files()
        .into_iter()
        .filter(|(path, _)| path.starts_with(folder.path("reports")))
        .map(|(path, content)| {
            let text = String::from_utf8_lossy(&content).into_owned();
            (path.display().to_string(), text)
        })
        .collect();
    places.push(("stdout".to_owned(), done.stdout.clone()));
    places.push(("stderr".to_owned(), done.stderr.clone()));
    for secret in secrets {
        let encoded = secret.replace('/', "%2F").replace('+', "%2B");
        for form in [*secret, &encoded, &STANDARD.encode(secret)] {
            for (place, text) in &places {
                assert!(!text.contains(form), "{form} stands in {place}");
            }
        }
    }
}

/// The last word of a header: the secret itself, as no pattern knows it.
fn proof(request: &Request) -> Option<String> {
    let value = request.header("authorization")?;
    let word = value.rsplit(' ').next()?;
    let decoded = STANDARD
        .decode(word)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    Some(decoded.unwrap_or_else(|| word.to_owned()))
}

/// A target that sends back in a header and a body what it was sent to prove who asks.
fn echo(proof: impl Fn(&Request) -> Option<String> + Send + Sync + 'static) -> Server {
    Server::start(move |request, _| {
        let proof = proof(request).unwrap_or_default();
        let body = json!([{ "id": "x", "reason": proof }]);
        Answer::json(200, &body).with_header("X-Echo", &proof)
    })
}

fn run<'a>(target: &'a str, options: &[&'a str]) -> Vec<&'a str> {
    let run = ["run", target, "--level", "certification", "--format", "all"];
    [&run[..], options].concat()
}

#[test]
fn user_and_password_go_with_every_request_and_stand_nowhere() {
    let basic = format!("Basic {}", STANDARD.encode(format!("me:{SECRET}")));
    let wanted = basic.clone();
    let reference = Reference::clean();
    let target = gate(reference.base_url(), move |request| {
        request.header("authorization") == Some(&wanted)
    });
    let folder = Folder::default();
    let url = target.url(BASE);
    let pair = format!("me:{SECRET}");
    let done = with(
        &folder,
        &[("TMFCTK_BASIC", &pair)],
        &["run", &url, "--level", "profile"],
    )
    .assert_code(0);
    hidden(&folder, &done, &[SECRET, &basic]);
    let repeat = folder.result()["run"]["repeat"].to_string();
    assert!(repeat.contains("--basic"), "{repeat}");
    // The file says who, the environment the rest.
    let file = format!("[auth.basic]\nuser = \"me\"\npassword = \"{SECRET}\"\n");
    folder.write("tmfctk.toml", &file);
    folder
        .run(&["run", &url, "--level", "certification"])
        .assert_code(0);
    let echoing = echo(proof);
    let done = folder.run(&run(&echoing.url(BASE), &[]));
    hidden(&folder, &done, &[SECRET, &basic]);
}

#[test]
fn a_token_comes_from_the_environment_a_file_or_a_command() {
    let folder = Folder::default();
    let server = echo(proof);
    let url = server.url(BASE);
    folder.write("config/token", &format!("{SECRET}\n"));
    folder.write("tmfctk.toml", "[auth.bearer]\nfile = \"config/token\"\n");
    let command = "[auth.bearer]\ncommand = [\"sh\", \"-c\", \"cat config/token; echo no >&2\"]\n";
    folder.write("command.toml", command);
    let wanted = format!("Bearer {SECRET}");
    for (environment, options) in [
        (&[("TMFCTK_BEARER", SECRET)][..], &[][..]),
        (&[], &["--bearer-file", "config/token"]),
        (&[], &["--bearer-command", "cat config/token"]),
        (&[], &["--config", "command.toml"]),
        // By the file of the folder.
        (&[], &[]),
    ] {
        let before = server.requests().len();
        let done = with(&folder, environment, &run(&url, options));
        hidden(&folder, &done, &[SECRET]);
        let requests = server.requests().split_off(before);
        assert!(!requests.is_empty(), "{done:#?}");
        for request in requests {
            assert_eq!(request.header("authorization"), Some(wanted.as_str()));
        }
        let exchanges = folder.result()["exchanges"].to_string();
        assert!(exchanges.contains("[redacted]"));
    }
}

#[test]
fn a_refused_token_is_got_anew_once_and_the_request_sent_again() {
    let folder = Folder::default();
    folder.write("count", "");
    // Each time it is run it prints another token.
    let command = "[auth.bearer]\ncommand = [\"sh\", \"-c\", \
                   \"printf x >> count; printf token-number-; wc -c < count\"]\n";
    folder.write("tmfctk.toml", command);
    let server =
        guarded(|request| request.header("authorization") == Some("Bearer token-number-2"));
    let done = folder.run(&run(&server.url(BASE), &[]));
    let requests = server.requests();
    let tokens: Vec<_> = requests
        .iter()
        .map(|one| one.header("authorization"))
        .collect();
    assert_eq!(tokens[0], Some("Bearer token-number-1"));
    assert!(tokens.len() > 10);
    assert!(
        tokens[1..]
            .iter()
            .all(|token| *token == Some("Bearer token-number-2"))
    );
    hidden(&folder, &done, &["token-number-1", "token-number-2"]);
    // The answer that counts is the second.
    let findings = folder.result()["findings"].to_string();
    assert!(!findings.contains("401"), "{findings}");
}

#[test]
fn a_target_that_refuses_every_token_is_judged_and_not_asked_for_ever() {
    let folder = Folder::default();
    folder.write("count", "");
    let command = "[auth.bearer]\ncommand = [\"sh\", \"-c\", \"printf x >> count; echo token\"]\n";
    folder.write("tmfctk.toml", command);
    let server = guarded(|_| false);
    folder
        .run(&run(&server.url(BASE), &[]))
        .assert_code(1)
        .assert_output(&["401", "configuration, not conformance"]);
    let count = std::fs::read(folder.path("count")).unwrap().len();
    assert_eq!(count, 3, "once, and twice in vain");
}

#[test]
fn a_key_goes_into_a_header_or_into_the_query_and_stands_in_no_url() {
    let folder = Folder::default();
    let key = [("TMFCTK_API_KEY", SECRET)];
    let header = echo(|request| request.header("x-my-key").map(str::to_owned));
    let options = ["--api-key-header", "X-My-Key"];
    let done = with(&folder, &key, &run(&header.url(BASE), &options));
    hidden(&folder, &done, &[SECRET]);
    for request in header.requests() {
        assert_eq!(request.header("x-my-key"), Some(SECRET));
    }
    // This one is so short that it is not looked for elsewhere: no URL holds it all the same.
    for secret in [SECRET, "q7Z"] {
        let encoded = secret.replace('/', "%2F").replace('+', "%2B");
        let sent = format!("key={encoded}");
        let wanted = sent.clone();
        let query = Server::start(move |request, _| {
            assert_eq!(request.target.matches(&wanted).count(), 1, "{request:?}");
            let body = json!({ "id": "ü", "direction": "d", "reason": "r", "channel": [] });
            match request.method.as_str() {
                "POST" => Answer::json(201, &body),
                _ => Answer::json(200, &json!([body])),
            }
        });
        folder.write("tmfctk.toml", "[auth.api-key]\nquery = \"key\"\n");
        let key = [("TMFCTK_API_KEY", secret)];
        let done = with(&folder, &key, &run(&query.url(BASE), &[]));
        assert!(query.requests().len() > 10, "{done:#?}");
        assert!(
            query
                .requests()
                .iter()
                .all(|one| one.target.contains(&sent))
        );
        hidden(&folder, &done, &[&sent]);
        if secret.len() > 3 {
            hidden(&folder, &done, &[secret]);
        }
        let result = folder.result();
        let url = result["exchanges"][2]["request"]["url"].as_str().unwrap();
        assert!(url.contains("key=[redacted]"), "{url}");
    }
}

#[test]
fn credentials_of_every_kind_stay_with_the_target() {
    let folder = Folder::default();
    for (variable, options) in [
        ("TMFCTK_BEARER", &[][..]),
        ("TMFCTK_API_KEY", &["--api-key-header", "X-My-Key"]),
        ("TMFCTK_API_KEY", &["--api-key-query", "key"]),
    ] {
        let other = Server::start(|_, _| Answer::json(200, &json!([])));
        let place = other.url("/elsewhere");
        let server = Server::start(move |_, _| {
            Answer::new(307, "text/plain", "").with_header("Location", &place)
        });
        with(
            &folder,
            &[(variable, SECRET)],
            &run(&server.url(BASE), options),
        );
        let requests = other.requests();
        assert!(!requests.is_empty(), "the kit follows redirects");
        for request in requests {
            assert_eq!(request.header("authorization"), None, "{request:?}");
            assert_eq!(request.header("x-my-key"), None, "{request:?}");
            assert!(!request.target.contains("key="), "{request:?}");
        }
    }
}

#[test]
fn whether_a_target_asks_for_credentials_is_found_out_without_them() {
    let folder = Folder::default();
    let bare = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&bare);
    let reference = Reference::clean();
    let server = gate(reference.base_url(), move |request| {
        let known = request.header("authorization") == Some("Bearer good-token");
        counted.fetch_add(usize::from(!known), Ordering::SeqCst);
        known
    });
    let url = server.url(BASE);
    let environment = [("TMFCTK_BEARER", "good-token")];
    with(&folder, &environment, &["run", &url, "--no-events"]).assert_code(0);
    assert_eq!(bare.load(Ordering::SeqCst), 1);
}

#[test]
fn contradictions_and_gaps_are_reported_before_the_first_request() {
    let server = Server::untouched();
    let url = server.url(BASE);
    let oauth = "[auth.oauth2]\ntoken-url = \"http://127.0.0.1:1/t\"\nclient-id = \"c\"\n";
    for (file, environment, options, words) in [
        (
            "",
            &[("TMFCTK_BASIC", "a:b"), ("TMFCTK_BEARER", SECRET)][..],
            &[][..],
            ["two kinds of authentication", "--basic and --bearer"],
        ),
        (
            "[auth.basic]\nuser = \"u\"\n[auth.bearer]\ntoken = \"s3cr3t-and\"",
            &[],
            &[],
            [
                "two kinds of authentication",
                "[auth.basic] and [auth.bearer]",
            ],
        ),
        (
            "[headers]\nauthorization = \"s3cr3t-and\"",
            &[("TMFCTK_BEARER", SECRET)],
            &[],
            ["auth.bearer sets the header Authorization", "[headers]"],
        ),
        (
            "",
            &[("TMFCTK_API_KEY", SECRET)],
            &["--api-key-header", "X-K", "--header", "x-k: 1"],
            ["auth.api-key sets the header X-K", "--header"],
        ),
        (
            "",
            &[("TMFCTK_API_KEY", SECRET)],
            &[],
            ["auth.api-key.header", "--api-key-query"],
        ),
        (
            "",
            &[],
            &["--api-key-query", "k"],
            ["auth.api-key.key", "TMFCTK_API_KEY"],
        ),
        (
            "",
            &[("TMFCTK_API_KEY", SECRET)],
            &["--api-key-query", "k", "--api-key-header", "X-K"],
            ["two places", "header and query"],
        ),
        (
            "",
            &[("TMFCTK_BEARER", " ")],
            &[],
            ["bearer token", "it is empty"],
        ),
        (
            "",
            &[("TMFCTK_BEARER", "Bearer s3cr3t-and")],
            &[],
            ["bearer token", "without `Bearer`"],
        ),
        (
            "",
            &[("TMFCTK_BASIC", "alone")],
            &[],
            ["auth.basic.password", "TMFCTK_BASIC"],
        ),
        (
            "[auth.basic]\nuser = \"a:b\"\npassword = \"s3cr3t-and\"",
            &[],
            &[],
            ["auth.basic.user", "colon"],
        ),
        ("[auth.bearer]\ntoken = 5", &[], &[], ["line 2", "token"]),
        (
            "[auth.baerer]\ntoken = \"s3cr3t-and\"",
            &[],
            &[],
            ["baerer", "did you mean `bearer`?"],
        ),
        (
            "[auth.bearer]\ntoken = \"s3cr3t-and\"\nfile = \"x\"",
            &[],
            &[],
            ["two places", "token, file and command"],
        ),
        (
            "",
            &[],
            &["--bearer-command", "sh -c 'x'"],
            ["no shell reads it", "command = ["],
        ),
        (
            "",
            &[],
            &["--bearer-file", "none"],
            ["the file none can't be read", "No such file"],
        ),
        (
            "",
            &[],
            &["--bearer-command", "no-such-program-here -x"],
            ["the command `no-such-program-here`", "can't be run"],
        ),
        (
            "[auth.bearer]\ncommand = [\"sh\", \"-c\", \"echo s3cr3t-and; echo s3cr3t-and >&2; exit 7\"]",
            &[],
            &[],
            ["the command `sh` failed (exit status: 7)", "by hand"],
        ),
        (
            "[auth.bearer]\ncommand = [\"sh\", \"-c\", \"echo s3cr3t-and two\"]",
            &[],
            &[],
            ["the command `sh`", "more than one word"],
        ),
        (
            "[auth.bearer]\ncommand = [\"true\"]",
            &[],
            &[],
            ["the command `true`", "gave nothing"],
        ),
        (
            "[auth.bearer]\ncommand = [\"tail\", \"-f\", \"/dev/null\"]",
            &[],
            &["--timeout", "0.2"],
            ["the command `tail`", "longer than 0.2 s (--timeout)"],
        ),
        (
            oauth,
            &[],
            &[],
            ["auth.oauth2.client-secret", "TMFCTK_OAUTH_CLIENT_SECRET"],
        ),
        (
            "",
            &[("TMFCTK_OAUTH_CLIENT_SECRET", SECRET)],
            &["--oauth-token-url", "http://h/t"],
            ["auth.oauth2.client-id", "--oauth-client-id"],
        ),
        (
            "[auth.oauth2]\nclient-id = \"c\"\ntoken-url = \"http://u:s3cr3t-and@h/t\"",
            &[("TMFCTK_OAUTH_CLIENT_SECRET", SECRET)],
            &[],
            ["oauth-token-url `http://h/t`", "credentials"],
        ),
        (
            "",
            &[("TMFCTK_OAUTH_SECRET_IN", "header")],
            &[],
            ["--oauth-secret-in", "basic, body"],
        ),
    ] {
        let folder = Folder::default();
        folder.write("tmfctk.toml", file);
        let done = with(&folder, environment, &[&["run", &url], options].concat());
        assert!(!format!("{done:?}").contains("s3cr3t-and"), "{done:#?}");
        done.assert_code(2).assert_error(&words);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn another_kind_by_an_option_takes_the_place_of_the_files() {
    let folder = Folder::default();
    folder.write(
        "tmfctk.toml",
        "[auth.basic]\nuser = \"me\"\npassword = \"pw-of-file\"\n",
    );
    let server = guarded(|_| true);
    let environment = [("TMFCTK_BEARER", SECRET)];
    with(&folder, &environment, &run(&server.url(BASE), &[]));
    let wanted = format!("Bearer {SECRET}");
    for request in server.requests() {
        assert_eq!(request.header("authorization"), Some(wanted.as_str()));
    }
}
