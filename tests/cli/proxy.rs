//! By which proxies requests go, and by which not. Debian's tinyproxy is one that others wrote; a
//! plain server is one for hosts that do not exist.

use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;
use url::Url;

use crate::support::binary::{Done, Folder};
use crate::support::reference::Reference;
use crate::support::server::{Answer, PATIENCE, Server, unused_port};
use crate::support::tls::{Authority, Flaw, in_front_of};
use crate::support::{BASE, skip};

/// A proxy that runs until it is dropped.
struct Tinyproxy {
    child: Child,
    port: u16,
    folder: Folder,
}

impl Tinyproxy {
    /// Starts one where it is installed; with CI=true a missing one is an error.
    fn start(more: &str) -> Option<Self> {
        let program = ["/usr/bin/tinyproxy", "/usr/sbin/tinyproxy"];
        let Some(program) = program.into_iter().find(|file| Path::new(file).exists()) else {
            skip("tinyproxy");
            return None;
        };
        let folder = Folder::default();
        // It takes no port 0: a free one is looked for, and another where somebody was quicker.
        for _ in 0..10 {
            let port = unused_port();
            let log = folder.path("log");
            let file = folder.write(
                "tinyproxy.conf",
                &format!(
                    "Port {port}\nListen 127.0.0.1\nTimeout 600\nMaxClients 100\n\
                     LogFile \"{}\"\nLogLevel Connect\n{more}",
                    log.display()
                ),
            );
            let mut child = Command::new(program)
                .arg("-d")
                .arg("-c")
                .arg(&file)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("it can be started");
            let began = std::time::Instant::now();
            while began.elapsed() < PATIENCE {
                if child.try_wait().expect("it was started").is_some() {
                    break;
                }
                if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                    return Some(Self {
                        child,
                        port,
                        folder,
                    });
                }
                std::thread::yield_now();
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("tinyproxy does not start");
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// How many requests of that method it has seen.
    fn seen(&self, method: &str) -> usize {
        let log = std::fs::read_to_string(self.folder.path("log")).unwrap_or_default();
        let request = format!("): {method} ");
        log.lines().filter(|line| line.contains(&request)).count()
    }
}

impl Drop for Tinyproxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn with(folder: &Folder, environment: &[(&str, &str)], arguments: &[&str]) -> Done {
    let mut command = folder.command(arguments);
    command.envs(environment.iter().copied());
    Done::from(command.output().expect("it can be started"))
}

#[test]
fn a_run_goes_by_a_proxy_with_and_without_tls() {
    let Some(proxy) = Tinyproxy::start("") else {
        return;
    };
    let (reference, folder) = (Reference::clean(), Folder::default());
    let run = ["run", reference.base_url(), "--level", "profile", "--proxy"];
    folder
        .run(&[&run[..], &[&proxy.url()]].concat())
        .assert_code(0);
    let sent = folder.result()["exchanges"].as_array().unwrap().len();
    let seen = proxy.seen("GET") + proxy.seen("POST") + proxy.seen("DELETE");
    assert!(seen >= sent, "{seen} of {sent}");

    let authority = Authority::default();
    authority.write(&folder.path("ca.pem"));
    let port = Url::parse(reference.base_url()).unwrap().port().unwrap();
    let port = in_front_of(port, &authority.server(Flaw::None), None);
    let target = format!("https://127.0.0.1:{port}{BASE}");
    let run = [
        "run", &target, "--level", "profile", "--ca", "ca.pem", "--proxy",
    ];
    folder
        .run(&[&run[..], &[&proxy.url()]].concat())
        .assert_code(0);
    assert!(proxy.seen("CONNECT") > 0);
}

#[test]
fn requests_that_no_url_can_carry_go_by_the_proxy_too() {
    let Some(proxy) = Tinyproxy::start("BasicAuth me pa55word\n") else {
        return;
    };
    // The kit puts the id into a path as one byte, as no URL type does.
    let record = json!({ "id": "ü", "direction": "d", "reason": "r", "href": "/x",
        "channel": [{ "id": "1" }] });
    let server = Server::start(move |request, _| match request.method.as_str() {
        "POST" => Answer::json(201, &record),
        _ => Answer::json(200, &json!([record])),
    });
    let authority = Authority::default();
    let folder = Folder::default();
    authority.write(&folder.path("ca.pem"));
    let port = in_front_of(server.port(), &authority.server(Flaw::None), None);
    let proxy_url = format!("http://me:pa55word@127.0.0.1:{}", proxy.port);
    for target in [server.url(BASE), format!("https://127.0.0.1:{port}{BASE}")] {
        let before = server.requests().len();
        let run = ["run", &target, "--level", "certification", "--ca", "ca.pem"];
        let environment = [("TMFCTK_PROXY", proxy_url.as_str())];
        with(&folder, &environment, &run).assert_code(1);
        let requests = server.requests().split_off(before);
        let raw = |target: &str| !target.is_ascii();
        assert!(
            requests.iter().any(|request| raw(&request.target)),
            "{target}: {requests:#?}"
        );
        let result = folder.result();
        let exchanges = result["exchanges"].as_array().unwrap();
        let failed = exchanges.iter().filter(|one| one["response"].is_null());
        assert_eq!(failed.count(), 0, "{exchanges:#?}");
        for request in &requests {
            assert_eq!(request.header("proxy-authorization"), None);
        }
    }
}

#[test]
fn a_proxy_that_wants_a_password_is_told_from_the_target_and_gets_it() {
    let Some(proxy) = Tinyproxy::start("BasicAuth me pa55word\n") else {
        return;
    };
    let (reference, folder) = (Reference::clean(), Folder::default());
    let run = ["run", reference.base_url(), "--level", "certification"];
    let url = proxy.url();
    with(&folder, &[("TMFCTK_PROXY", &url)], &run)
        .assert_code(3)
        .assert_output(&[&url, "demands a user and a password (407)"]);
    assert_eq!(folder.result()["findings"], json!([]));
    // To a wrong password this one answers 401, as a target might.
    let wrong = url.replace("//", "//me:wr0ng-one@");
    with(&folder, &[("TMFCTK_PROXY", &wrong)], &run)
        .assert_code(1)
        .assert_output(&[&url, "is it the one that answers 401"]);
    hidden(&folder, "wr0ng-one");
    let given = url.replace("//", "//me:pa55word@");
    with(&folder, &[("TMFCTK_PROXY", &given)], &run).assert_code(0);
    hidden(&folder, "pa55word");
    let file = format!("[proxy]\nurl = \"{url}\"\nuser = \"me\"\npassword = \"pa55word\"\n");
    folder.write("tmfctk.toml", &file);
    folder.run(&run).assert_code(0);
    hidden(&folder, "bWU6cGE1NXdvcmQ");
    let configuration = folder.result()["configuration"].to_string();
    assert!(configuration.contains("proxy.user"), "{configuration}");
    // A target with TLS is reached by CONNECT, which it refuses likewise.
    let target = format!("https://127.0.0.1:1{BASE}");
    let run = ["run", &target, "--level", "certification", "--proxy", &url];
    std::fs::remove_file(folder.path("tmfctk.toml")).unwrap();
    folder
        .run(&run)
        .assert_code(3)
        .assert_output(&["demands a user and a password (407)"]);
}

fn hidden(folder: &Folder, secret: &str) {
    for (path, content) in folder.files() {
        let text = String::from_utf8_lossy(&content);
        let own = path.ends_with("tmfctk.toml");
        assert!(own || !text.contains(secret), "{}", path.display());
    }
}

#[test]
fn a_proxy_that_is_not_there_or_lets_nobody_through_is_held_against_nobody() {
    let folder = Folder::default();
    let proxy = format!("http://127.0.0.1:{}", unused_port());
    let words = ["the proxy http://127.0.0.1:", "can't be reached"];
    for target in ["http://api.example/v4", "https://api.example/v4"] {
        let run = ["run", target, "--level", "profile", "--proxy", &proxy];
        folder.run(&run).assert_code(3).assert_output(&words);
        assert_eq!(folder.result()["findings"], json!([]));
    }
    let refusing = Server::start(|_, _| Answer::html(403));
    let proxy = refusing.url("");
    let run = [
        "run",
        "https://api.example/v4",
        "--level",
        "profile",
        "--proxy",
        &proxy,
    ];
    let words = ["made no connection to the target", "--no-proxy"];
    folder.run(&run).assert_code(3).assert_output(&words);
    assert_eq!(folder.result()["findings"], json!([]));
}

#[test]
fn the_systems_variables_name_proxies_and_what_needs_none() {
    let proxy = Server::start(|_, _| Answer::json(200, &json!([])));
    let direct = Server::start(|_, _| Answer::json(200, &json!([])));
    let (folder, url) = (Folder::default(), proxy.url("/"));
    let run = |environment: &[(&str, &str)], target: &str, options: &[&str]| {
        let run = ["run", target, "--level", "certification", "--timeout", "5"];
        let before = proxy.requests().len();
        let done = with(&folder, environment, &[&run[..], options].concat());
        (done, proxy.requests().split_off(before))
    };
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let (_, seen) = run(&[(name, &url)], "http://api.example/v4", &[]);
        assert!(!seen.is_empty(), "{name}");
        for request in seen {
            assert!(
                request.target.starts_with("http://api.example/"),
                "{request:?}"
            );
        }
    }
    // What the environment says is about other machines, what the option says about all.
    let target = direct.url(BASE);
    let (_, seen) = run(&[("HTTP_PROXY", &url)], &target, &[]);
    assert!(seen.is_empty() && !direct.requests().is_empty());
    let (_, seen) = run(&[], &target, &["--proxy", &url]);
    assert!(!seen.is_empty());
    for (environment, options) in [
        (
            &[("HTTP_PROXY", url.as_str()), ("NO_PROXY", ".invalid")][..],
            &[][..],
        ),
        (
            &[("HTTP_PROXY", url.as_str())],
            &["--no-proxy", "invalid,10.0.0.0/8"],
        ),
        (
            &[("TMFCTK_PROXY", url.as_str()), ("TMFCTK_NO_PROXY", "*")],
            &[],
        ),
    ] {
        let (done, seen) = run(environment, "http://api.invalid/v4", options);
        assert!(seen.is_empty(), "{environment:?}");
        done.assert_code(3).assert_output(&["does not resolve"]);
    }
}

#[test]
fn a_proxy_of_another_kind_is_told_before_the_first_request() {
    let folder = Folder::default();
    let run = ["run", "http://api.example/v4"];
    let socks = [("ALL_PROXY", "socks5://me:hunter22@proxy.example:1080")];
    let done = with(&folder, &socks, &run).assert_code(2);
    assert!(!done.stderr.contains("hunter22"), "{done:#?}");
    done.assert_error(&["ALL_PROXY `socks5://proxy.example:1080`", "--no-proxy"]);
    folder.write("tmfctk.toml", "[proxy]\nuser = \"me\"\n");
    with(&folder, &[], &run)
        .assert_code(2)
        .assert_error(&["proxy.url"]);
}
