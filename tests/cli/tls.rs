//! Whom the run trusts over TLS, what it shows of itself, and what is said where that fails.

use std::path::Path;

use serde_json::{Value, json};
use url::Url;

use crate::support::BASE;
use crate::support::binary::{Done, Folder};
use crate::support::reference::Reference;
use crate::support::server::{Answer, Server};
use crate::support::tls::{Authority, Certificate, Flaw, in_front_of};

fn text(path: &Path) -> String {
    path.display().to_string()
}

fn https(port: u16) -> String {
    format!("https://127.0.0.1:{port}{BASE}")
}

/// A run on a target that does not get as far as an answer: inconclusive, and held against nobody.
fn unanswered(folder: &Folder, target: &str, options: &[&str]) -> (Done, Value) {
    let run = ["run", target, "--level", "profile"];
    let done = folder.run(&[&run[..], options].concat()).assert_code(3);
    let result = folder.result();
    assert_eq!(result["findings"], json!([]), "{done:#?}");
    (done, result)
}

#[test]
fn a_target_with_a_private_issuer_is_judged_where_the_issuer_is_given() {
    let (authority, folder) = (Authority::default(), Folder::default());
    let reference = Reference::clean();
    let port = Url::parse(reference.base_url()).unwrap().port().unwrap();
    let target = https(in_front_of(port, &authority.server(Flaw::None), None));
    let ca = text(&authority.write(&folder.path("ca.pem")));
    // The replay's requests that no URL can carry go by a connection of their own.
    let quick = ["run", &target, "--level", "profile"];
    folder
        .run(&[&quick[..], &["--ca", &ca]].concat())
        .assert_code(0);
    folder
        .run(&[&quick[..], &["--ca", &ca, "--ca-only"]].concat())
        .assert_code(0);
    let repeat = folder.result()["run"]["repeat"].to_string();
    assert!(repeat.contains("--ca-only"), "{repeat}");
    let (done, _) = unanswered(&folder, &target, &[]);
    done.assert_output(&["issuer", "does not trust", "--ca FILE"]);
}

#[test]
fn a_self_signed_certificate_is_trusted_where_it_is_given() {
    let folder = Folder::default();
    let reference = Reference::clean();
    let port = Url::parse(reference.base_url()).unwrap().port().unwrap();
    let certificate = Certificate::self_signed();
    folder.write("self.pem", &certificate.certificate);
    let target = https(in_front_of(port, &certificate, None));
    let run = [
        "run",
        &target,
        "--level",
        "certification",
        "--ca",
        "self.pem",
    ];
    folder.run(&run).assert_code(0);
    folder
        .run(&[&run[..], &["--ca-only"]].concat())
        .assert_code(0);
    // Another one of the same name is another server.
    let target = https(in_front_of(port, &Certificate::self_signed(), None));
    unanswered(&folder, &target, &["--ca", "self.pem"]);
}

#[test]
fn insecure_takes_a_certificate_that_nobody_can_judge() {
    let folder = Folder::default();
    let reference = Reference::clean();
    let port = Url::parse(reference.base_url()).unwrap().port().unwrap();
    let odd = Certificate::with_unknown_critical_extension();
    let target = https(in_front_of(port, &odd, None));
    unanswered(&folder, &target, &[]);
    folder
        .run(&["run", &target, "--level", "certification", "--insecure"])
        .assert_code(0);
}

#[test]
fn certificate_errors_are_explained() {
    let (authority, folder) = (Authority::default(), Folder::default());
    let server = Server::untouched();
    let ca = text(&authority.write(&folder.path("ca.pem")));
    for (certificate, words) in [
        (
            authority.server(Flaw::Expired),
            ["expired at 2020-02-29", "renewed"],
        ),
        (authority.server(Flaw::NotYet), ["2999-01-01", "clock"]),
        (
            authority.server(Flaw::OtherHost),
            ["names other.example, and not 127.0.0.1", "base URL"],
        ),
        (Certificate::self_signed(), ["issuer", "--ca FILE"]),
    ] {
        let target = https(in_front_of(server.port(), &certificate, None));
        let (done, _) = unanswered(&folder, &target, &["--ca", &ca]);
        done.assert_output(&words);
    }
    assert_eq!(server.connections(), 0);
}

#[test]
fn a_target_that_speaks_no_tls_is_told_from_one_with_a_bad_certificate() {
    let silent = Server::start(|_, _| Answer::html(200));
    let (done, _) = unanswered(&Folder::default(), &https(silent.port()), &[]);
    // This one hangs up on what is not HTTP.
    done.assert_output(&["does the port speak https at all?"]);
}

#[test]
fn insecure_takes_any_certificate_and_the_terminal_and_the_report_say_so() {
    let folder = Folder::default();
    let server = Server::start(|_, _| Answer::json(200, &json!([])));
    let port = in_front_of(
        server.port(),
        &Authority::default().server(Flaw::OtherHost),
        None,
    );
    let run = [
        "run",
        &https(port),
        "--insecure",
        "--level",
        "certification",
        "--format",
        "all",
    ];
    folder
        .run(&run)
        .assert_code(1)
        .assert_error(&["warning: --insecure"]);
    let result = folder.result();
    let notes = result["notes"].to_string();
    assert!(notes.contains("not checked (--insecure)"), "{notes}");
    let setting = json!({ "key": "tls.insecure", "value": "true: certificates were not checked" });
    let configuration = result["configuration"].as_array().unwrap();
    assert!(configuration.contains(&setting), "{configuration:#?}");
    for report in ["report.html", "report.md", "junit.xml", "run.har"] {
        let path = folder.path("reports/latest").join(report);
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains("not checked (--insecure)"), "{report}");
    }
    let dossier = [
        "dossier",
        "reports/latest/result.json",
        "--out",
        "d",
        "--draft",
    ];
    folder.run(&dossier);
    for document in ["certification-document.html", "certification-document.md"] {
        let text = std::fs::read_to_string(folder.path("d").join(document)).unwrap();
        assert!(
            text.contains("was not checked in this run (--insecure)"),
            "{document}"
        );
    }
    let merge = ["merge", "reports/latest", "--out", "m"];
    folder.run(&merge);
    let index = std::fs::read_to_string(folder.path("m/index.html")).unwrap();
    assert!(index.contains("not checked (--insecure)"), "{index}");
}

/// A target that demands a client certificate, and the folder with all that a user has.
struct Mutual {
    folder: Folder,
    clients: Authority,
    target: String,
    server: Server,
    home: u16,
}

impl Mutual {
    fn with(server: Server) -> Self {
        let (authority, clients) = (Authority::default(), Authority::default());
        let folder = Folder::default();
        authority.write(&folder.path("ca.pem"));
        let home = in_front_of(server.port(), &authority.server(Flaw::None), Some(&clients));
        Self {
            folder,
            clients,
            target: https(home),
            server,
            home,
        }
    }

    fn write(&self, name: &str, certificate: &Certificate) {
        let Certificate { certificate, key } = certificate;
        self.folder.write(&format!("{name}.pem"), certificate);
        self.folder.write(&format!("{name}.key"), key);
        let both = format!("{certificate}{key}");
        self.folder.write(&format!("{name}.both.pem"), &both);
    }
}

#[test]
fn a_client_certificate_is_shown_to_a_target_that_demands_one() {
    let mutual = Mutual::with(Server::start(|_, _| Answer::json(200, &json!([]))));
    mutual.write("client", &mutual.clients.client());
    let run = [
        "run",
        &mutual.target,
        "--ca",
        "ca.pem",
        "--level",
        "certification",
    ];
    let pair = ["--client-cert", "client.pem", "--client-key", "client.key"];
    mutual
        .folder
        .run(&[&run[..], &pair].concat())
        .assert_code(1);
    let count = mutual.server.connections();
    assert!(count > 0);
    let both = ["--client-cert", "client.both.pem"];
    mutual
        .folder
        .run(&[&run[..], &both].concat())
        .assert_code(1);
    assert!(mutual.server.connections() > count);
    // From the file, relative to it.
    let file = format!(
        "target = \"{}\"\nlevel = \"certification\"\n[tls]\nca = \"ca.pem\"\n\
         client-cert = \"client.pem\"\nclient-key = \"client.key\"\n",
        mutual.target
    );
    mutual.folder.write("tmfctk.toml", &file);
    mutual.folder.run(&["run"]).assert_code(1);
}

#[test]
fn a_demanded_certificate_that_is_missing_or_of_another_issuer_is_held_against_nobody() {
    let mutual = Mutual::with(Server::untouched());
    let ca = ["--ca", "ca.pem"];
    let (done, _) = unanswered(&mutual.folder, &mutual.target, &ca);
    done.assert_output(&["client certificate", "--client-cert"]);
    mutual.write("other", &Authority::default().client());
    let options = ["--ca", "ca.pem", "--client-cert", "other.both.pem"];
    let run = ["run", &mutual.target, "--level", "profile"];
    mutual
        .folder
        .run(&[&run[..], &options].concat())
        .assert_code(3)
        .assert_output(&["client certificate"]);
    assert_eq!(mutual.folder.result()["findings"], json!([]));
    assert_eq!(mutual.server.connections(), 0);
}

#[test]
fn a_client_certificate_is_shown_to_no_other_origin() {
    // Elsewhere demands a certificate of the same issuer, and would get it if it were shown.
    let elsewhere = Server::start(|_, _| Answer::json(200, &json!([])));
    let (tell, told) = std::sync::mpsc::channel::<String>();
    let told = std::sync::Mutex::new(told);
    let place = std::sync::OnceLock::<String>::new();
    let home = Server::start(move |_, _| {
        let place = place.get_or_init(|| told.lock().unwrap().recv().unwrap());
        Answer::new(307, "text/plain", "").with_header("Location", place)
    });
    let mutual = Mutual::with(home);
    let authority = Authority::default();
    authority.write(&mutual.folder.path("other.pem"));
    let other = in_front_of(
        elsewhere.port(),
        &authority.server(Flaw::None),
        Some(&mutual.clients),
    );
    assert_ne!(other, mutual.home);
    tell.send(format!("https://127.0.0.1:{other}/x")).unwrap();
    mutual.write("client", &mutual.clients.client());
    let (own, both) = ("ca.pem", "all.pem");
    let all = [own, "other.pem"]
        .map(|name| std::fs::read_to_string(mutual.folder.path(name)).unwrap())
        .concat();
    mutual.folder.write(both, &all);
    let run = [
        "run",
        &mutual.target,
        "--level",
        "certification",
        "--ca",
        both,
    ];
    let pair = ["--client-cert", "client.both.pem"];
    let done = mutual.folder.run(&[&run[..], &pair].concat());
    assert!(mutual.server.connections() > 0, "{done:#?}");
    assert!(!mutual.server.requests().is_empty());
    assert_eq!(elsewhere.connections(), 0, "{done:#?}");
}

#[test]
fn files_that_are_none_are_told_before_the_first_request() {
    let folder = Folder::default();
    let (server, authority) = (Server::untouched(), Authority::default());
    let target = server.url(BASE);
    let (one, other) = (authority.client(), authority.client());
    folder.write("cert.pem", &one.certificate);
    folder.write("other.key", &other.key);
    folder.write("empty.pem", "nothing\n");
    folder.write(
        "broken.pem",
        "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n",
    );
    let false_der = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    folder.write("false.pem", false_der);
    for (options, words) in [
        (
            &["--ca", "none.pem"][..],
            ["tls.ca none.pem", "No such file"],
        ),
        (
            &["--ca", "empty.pem"],
            ["tls.ca empty.pem", "no certificate"],
        ),
        (&["--ca", "broken.pem"], ["tls.ca broken.pem", "no PEM"]),
        (
            &["--ca", "false.pem"],
            ["tls.ca false.pem", "can't be used"],
        ),
        (&["--ca-only"], ["tls.ca", "--ca FILE"]),
        (
            &["--client-key", "other.key"],
            ["tls.client-cert", "--client-cert FILE"],
        ),
        (
            &["--client-cert", "cert.pem"],
            ["tls.client-key cert.pem", "no private key"],
        ),
        (
            &["--client-cert", "cert.pem", "--client-key", "other.key"],
            ["tls.client-key other.key", "another certificate"],
        ),
        (
            &[
                "--client-cert",
                "cert.pem",
                "--proxy",
                "https://proxy.example",
            ],
            ["client certificate", "http://"],
        ),
    ] {
        let done = folder.run(&[&["run", &target], options].concat());
        done.assert_code(2).assert_error(&words);
    }
    assert_eq!(server.connections(), 0);
}
