//! OAuth 2 client credentials: against a server that others wrote, and against scripted ones for
//! what goes wrong.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::support::binary::{Done, Folder};
use crate::support::reference::Reference;
use crate::support::server::{Answer, Server};
use crate::support::tls::{Authority, Flaw, in_front_of};
use crate::support::tokens::{endpoint, gate, guarded};
use crate::support::{BASE, skip};

/// Has what form encoding changes.
const SECRET: &str = "se:cr+et/%long enough";

/// npm's oidc-provider, which runs until it is dropped.
struct Provider {
    child: Child,
    token_url: String,
}

impl Provider {
    /// Starts one where it is installed; with CI=true a missing one is an error.
    fn start() -> Option<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oidc");
        if !folder.join("node_modules/oidc-provider").exists() {
            skip("oidc-provider");
            return None;
        }
        let mut child = Command::new("node")
            .arg(folder.join("server.mjs"))
            .env("CLIENT_SECRET", SECRET)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node can be started");
        let mut line = String::new();
        let output = child.stdout.take().expect("piped");
        let mut lines = BufReader::new(output);
        // It may say other things before.
        while !line.starts_with("http") {
            line.clear();
            let read = lines.read_line(&mut line).expect("readable");
            assert!(read > 0, "oidc-provider does not start");
        }
        Some(Self {
            child,
            token_url: line.trim().to_owned(),
        })
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn with(folder: &Folder, secret: &str, arguments: &[&str]) -> Done {
    let mut command = folder.command(arguments);
    command.env("TMFCTK_OAUTH_CLIENT_SECRET", secret);
    Done::from(command.output().expect("it can be started"))
}

fn options<'a>(target: &'a str, token_url: &'a str, client: &'a str) -> Vec<&'a str> {
    vec![
        "run",
        target,
        "--oauth-token-url",
        token_url,
        "--oauth-client-id",
        client,
        "--level",
        "certification",
        "--format",
        "all",
    ]
}

/// Panics where one of these stands in a file or was said.
#[track_caller]
fn hidden(folder: &Folder, done: &Done, secrets: &[String]) {
    let files = folder.files().into_iter();
    let mut places: Vec<(String, String)> = files
        .map(|(path, content)| {
            let text = String::from_utf8_lossy(&content).into_owned();
            (path.display().to_string(), text)
        })
        .collect();
    places.push(("the terminal".to_owned(), format!("{done:?}")));
    for secret in secrets {
        for (place, text) in &places {
            assert!(
                !text.contains(secret.as_str()),
                "{secret} stands in {place}"
            );
        }
    }
}

fn tokens(server: &Server) -> Vec<String> {
    let requests = server.requests();
    let tokens = requests
        .iter()
        .filter_map(|one| one.header("authorization"));
    tokens
        .filter_map(|value| value.strip_prefix("Bearer "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_real_server_gives_the_token_whichever_way_the_secret_is_sent() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let (reference, folder) = (Reference::clean(), Folder::default());
    for client in ["basic", "body"] {
        let target = gate(reference.base_url(), |request| {
            let given = request.header("authorization").unwrap_or_default();
            given
                .strip_prefix("Bearer ")
                .is_some_and(|token| token.len() > 30)
        });
        let url = target.url(BASE);
        let mut run = options(&url, &provider.token_url, client);
        run.extend(["--oauth-secret-in", client, "--oauth-scope", "interaction"]);
        let done = with(&folder, SECRET, &run).assert_code(0);
        let tokens = tokens(&target);
        assert_eq!(tokens.len(), target.requests().len());
        hidden(&folder, &done, &[SECRET.to_owned(), tokens[0].clone()]);
        let result = folder.result();
        let configuration = result["configuration"].to_string();
        for part in ["auth.oauth2.token-url", "interaction", "\"[redacted]\""] {
            assert!(configuration.contains(part), "{configuration}");
        }
    }
}

#[test]
fn a_real_server_that_refuses_is_named_with_its_code_and_the_target_is_not_asked() {
    let Some(provider) = Provider::start() else {
        return;
    };
    let (target, folder) = (Server::untouched(), Folder::default());
    let (url, provider) = (target.url(BASE), &provider.token_url);
    let run = options(&url, provider, "basic");
    let wrong = "another-secret-than-that";
    let done = with(&folder, wrong, &run).assert_code(2);
    hidden(&folder, &done, &[wrong.to_owned()]);
    done.assert_error(&[provider, "invalid_client", "client-secret"]);
    let scope = [&run[..], &["--oauth-scope", "administration"]].concat();
    with(&folder, SECRET, &scope).assert_code(2).assert_error(&[
        provider,
        "invalid_scope",
        "check scope",
    ]);
    let elsewhere = provider.replace("/token", "/nothing");
    with(&folder, SECRET, &options(&url, &elsewhere, "basic"))
        .assert_code(2)
        .assert_error(&[&elsewhere, "answers 404"]);
    assert_eq!(target.connections(), 0);
}

#[test]
fn scope_audience_and_other_parameters_are_asked_for() {
    let (server, target) = (endpoint(60), guarded(|_| true));
    let folder = Folder::default();
    let file = format!(
        "target = \"{}\"\nlevel = \"certification\"\n[auth.oauth2]\ntoken-url = \"{}\"\n\
         client-id = \"c\"\nclient-secret = \"{SECRET}\"\nscope = \"a b\"\n\
         audience = \"https://api.example/\"\nsecret-in = \"body\"\n\
         [auth.oauth2.parameters]\nresource = \"r-of-mine\"\n",
        target.url(BASE),
        server.url("/token"),
    );
    folder.write("tmfctk.toml", &file);
    folder.run(&["run"]).assert_code(1);
    let asked = server.requests();
    assert_eq!(asked.len(), 1, "one token is enough");
    let body = url::form_urlencoded::parse(&asked[0].body).into_owned();
    let parameters: std::collections::BTreeMap<String, String> = body.collect();
    for (name, value) in [
        ("grant_type", "client_credentials"),
        ("client_id", "c"),
        ("client_secret", SECRET),
        ("scope", "a b"),
        ("audience", "https://api.example/"),
        ("resource", "r-of-mine"),
    ] {
        assert_eq!(
            parameters.get(name).map(String::as_str),
            Some(value),
            "{name}"
        );
    }
    assert_eq!(asked[0].header("authorization"), None);
}

#[test]
fn a_token_is_renewed_before_it_ends_and_every_one_is_hidden() {
    // Each is at its end as soon as it is there.
    let server = endpoint(0);
    let target = Server::start(|request, _| {
        let token = request.header("authorization").unwrap_or_default();
        Answer::json(200, &json!([{ "id": "x", "reason": token }]))
    });
    let folder = Folder::default();
    let (url, token_url) = (target.url(BASE), server.url("/token"));
    let done = with(&folder, SECRET, &options(&url, &token_url, "c"));
    let tokens = tokens(&target);
    assert!(tokens.len() > 10, "{done:#?}");
    let mut distinct = tokens.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), tokens.len());
    hidden(&folder, &done, &tokens);
}

#[test]
fn a_refused_token_is_renewed_once_and_the_request_sent_again() {
    let server = endpoint(3600);
    let target =
        guarded(|request| request.header("authorization") == Some("Bearer token-one-0002"));
    let folder = Folder::default();
    let (url, token_url) = (target.url(BASE), server.url("/token"));
    with(&folder, SECRET, &options(&url, &token_url, "c")).assert_code(1);
    assert_eq!(server.requests().len(), 2);
    let tokens = tokens(&target);
    assert_eq!(tokens[0], "token-one-0001");
    assert!(tokens.len() > 10 && tokens[1..].iter().all(|token| token == "token-one-0002"));
    let findings = folder.result()["findings"].to_string();
    assert!(!findings.contains("401"), "{findings}");
}

#[test]
fn a_token_that_can_not_be_renewed_ends_the_run_and_is_held_against_nobody() {
    let server = Server::start(|_, number| match number {
        0..=1 => {
            let token = json!({ "access_token": "the-only-token", "token_type": "bearer",
                "expires_in": 0 });
            Answer::json(200, &token)
        }
        _ => Answer::Close,
    });
    let reference = Reference::clean();
    let target = gate(reference.base_url(), |request| {
        request.header("authorization") == Some("Bearer the-only-token")
    });
    let folder = Folder::default();
    let (url, token_url) = (target.url(BASE), server.url("/token"));
    let mut run = options(&url, &token_url, "c");
    run[7] = "profile";
    let done = with(&folder, SECRET, &run).assert_code(3);
    let result = folder.result();
    let failed = |finding: &&Value| finding["severity"] == "fail";
    let findings = result["findings"].as_array().unwrap();
    assert_eq!(findings.iter().filter(failed).count(), 0, "{done:#?}");
    let notes = result["notes"].to_string();
    assert!(
        notes.contains("no credentials for the target any more"),
        "{notes}"
    );
    assert!(notes.contains(&token_url), "{notes}");
}

#[test]
fn a_token_endpoint_that_can_not_be_reached_is_told_and_the_target_not_asked() {
    let target = Server::untouched();
    let folder = Folder::default();
    let url = target.url(BASE);
    let busy = Server::start(|_, _| Answer::json(503, &json!({ "error": "x" })));
    let stalling = Server::start(|_, _| Answer::Hang);
    let authority = Authority::default();
    let tls = in_front_of(busy.port(), &authority.server(Flaw::Expired), None);
    authority.write(&folder.path("ca.pem"));
    for (token_url, words) in [
        (
            "http://no-such-host.invalid/token".to_owned(),
            "does not resolve",
        ),
        (busy.url("/token"), "answers 503"),
        (stalling.url("/token"), "0.5 s (--timeout)"),
        (
            format!("https://127.0.0.1:{tls}/token"),
            "expired at 2020-02-29",
        ),
    ] {
        let mut run = options(&url, &token_url, "c");
        run.extend(["--timeout", "0.5", "--ca", "ca.pem"]);
        let said = [&token_url, "can't be reached", words];
        with(&folder, SECRET, &run)
            .assert_code(3)
            .assert_error(&said);
    }
    assert_eq!(target.connections(), 0);
}

#[test]
fn a_wrong_token_endpoint_is_a_mistake_of_configuration() {
    let target = Server::untouched();
    let folder = Folder::default();
    let url = target.url(BASE);
    let secret = "the-secret-that-is-sent-back";
    for (answer, words) in [
        (Answer::html(200), ["without a token", "token endpoint?"]),
        (Answer::html(404), ["answers 404", "token endpoint?"]),
        (
            Answer::json(
                200,
                &json!({ "access_token": "t-and-more", "token_type": "mac" }),
            ),
            ["not a bearer token", "/token"],
        ),
        (
            Answer::json(
                400,
                &json!({ "error": "invalid_client",
                    "error_description": format!("no client has {secret}\u{1b}[31m") }),
            ),
            ["invalid_client", "no client has [redacted][31m"],
        ),
    ] {
        let server = Server::start(move |_, _| answer.clone());
        let token_url = server.url("/token");
        let done = with(&folder, secret, &options(&url, &token_url, "c")).assert_code(2);
        hidden(
            &folder,
            &done,
            &[secret.to_owned(), "t-and-more".to_owned()],
        );
        done.assert_error(&words);
    }
    assert_eq!(target.connections(), 0);
}

#[test]
fn the_token_endpoint_is_reached_by_the_proxy_and_trusted_like_the_target() {
    let (server, authority) = (endpoint(60), Authority::default());
    let folder = Folder::default();
    authority.write(&folder.path("ca.pem"));
    let port = in_front_of(server.port(), &authority.server(Flaw::None), None);
    let target = guarded(|_| true);
    let (url, token_url) = (target.url(BASE), format!("https://127.0.0.1:{port}/token"));
    let mut run = options(&url, &token_url, "c");
    run.extend(["--ca", "ca.pem"]);
    with(&folder, SECRET, &run).assert_code(1);
    assert_eq!(server.requests().len(), 1);
    let proxy = endpoint(60);
    let through = proxy.url("");
    let mut run = options(&url, "http://login.example/token", "c");
    run.extend(["--proxy", &through, "--no-proxy", "127.0.0.1"]);
    with(&folder, SECRET, &run).assert_code(1);
    let asked = proxy.requests();
    assert_eq!(asked[0].target, "http://login.example/token");
}
