//! What looks like a wrong configuration rather than a broken target: who answered what, and what
//! to do about it.

use tempfile::TempDir;
use tmfctk::reference::Options;

use crate::support::BASE;
use crate::support::binary::{Done, Folder};
use crate::support::reference::Reference;
use crate::support::server::{Answer, Server};

fn run(folder: &Folder, url: &str) -> Done {
    folder.run(&["run", url, "--level", "certification"])
}

fn notes(folder: &Folder) -> String {
    folder.result()["notes"].to_string()
}

#[test]
fn a_base_url_that_is_wrong_by_a_segment_gets_the_right_one() {
    let server = Reference::clean();
    let right = server.base_url();
    let origin = right.strip_suffix(&format!("{BASE}/")).expect("its path");
    for wrong in [
        format!("{origin}/"),
        format!("{origin}/tmf-api/"),
        format!("{origin}/tmf-api/partyInteraction"),
        format!("{right}partyInteraction"),
        format!("{origin}/tmf-api/partyInteraction/v5"),
        format!("{origin}/tmf-api/PartyInteraction/V4"),
    ] {
        let folder = Folder::default();
        let done = run(&folder, &wrong).assert_code(3).assert_output(&[
            "nothing of the API is found",
            &format!("probably you mean: tmfctk run {right}"),
        ]);
        let result = folder.result();
        assert!(notes(&folder).contains(right), "{done:#?}");
        assert_eq!(result["findings"], serde_json::json!([]), "{wrong}");
        assert_eq!(result["officialKit"]["wouldPass"], serde_json::json!(null));
    }
}

#[test]
fn the_bare_root_is_found_too() {
    let server = Server::start(|request, _| match request.path() {
        "/partyInteraction" => Answer::json(200, &serde_json::json!([])),
        _ => Answer::html(404),
    });
    let folder = Folder::default();
    let right = format!("probably you mean: tmfctk run {}", server.url("/"));
    run(&folder, &server.url(BASE))
        .assert_code(3)
        .assert_output(&[&right]);
    let posted = server.requests();
    let posted = posted.iter().filter(|request| request.method == "POST");
    assert_eq!(posted.count(), 1, "the run ends there");
}

#[test]
fn nothing_is_written_to_a_path_that_is_not_the_published_one_and_not_the_apis() {
    let server = Server::start(|request, _| match request.path() {
        "/tmf-api/partyInteraction/v4/partyInteraction" => {
            Answer::json(200, &serde_json::json!([]))
        }
        _ => Answer::html(404),
    });
    let right = format!("probably you mean: tmfctk run {}/", server.url(BASE));
    let (wrong, published) = (
        server.url("/tmf-api/"),
        server.url("/gw/tmf-api/partyInteraction/v4/"),
    );
    for arguments in [
        &["run", &wrong, "--level", "certification"][..],
        &["run", &wrong, "--level", "operations"],
        &["run", &wrong, "--only", "PRO-001"],
        &["run", &wrong, "--read-only", "--level", "profile"],
        // Without the replay, the published path is looked at first, too.
        &["run", &published, "--only", "PRO-001"],
        &["run", &published, "--read-only", "--level", "profile"],
    ] {
        let folder = Folder::default();
        folder
            .run(arguments)
            .assert_code(3)
            .assert_output(&["nothing of the API is found", &right]);
        assert_eq!(folder.result()["findings"], serde_json::json!([]));
    }
    let requests = server.requests();
    assert!(requests.iter().all(|request| request.method == "GET"));
}

#[test]
fn a_target_of_the_next_version_is_said_to_be_one() {
    let server = Server::start(|request, _| match request.method.as_str() {
        "POST" => Answer::json(
            400,
            &serde_json::json!({ "code": "400", "reason": "@type is missing" }),
        ),
        _ => Answer::json(200, &serde_json::json!([])),
    });
    let folder = Folder::default();
    run(&folder, &server.url(BASE));
    assert!(notes(&folder).contains("version v5 of the API"));
}

#[test]
fn a_refused_media_type_passes_no_other_assertion() {
    let server = Server::start(|request, _| {
        if request.header("content-type") == Some("application/json;charset=utf-8") {
            Answer::json(200, &serde_json::json!([]))
        } else {
            Answer::json(
                415,
                &serde_json::json!({ "code": "415", "reason": "charset" }),
            )
        }
    });
    let folder = Folder::default();
    run(&folder, &server.url(BASE)).assert_code(1);
    let result = folder.result();
    let requirements = result["requirements"].as_array().expect("requirements");
    let passed: Vec<&str> = requirements
        .iter()
        .filter(|one| one["level"] == "certification" && one["status"] == "passed")
        .filter_map(|one| one["id"].as_str())
        .collect();
    // An answer came to each request, which is all that this one asks for.
    assert_eq!(passed, ["TMF683-4-CTK-025"]);
}

#[test]
fn a_cache_before_the_target_is_told_of() {
    let server = Server::start(|request, _| match request.method.as_str() {
        "POST" => Answer::json(400, &serde_json::json!({ "code": "400", "reason": "no" })),
        _ => Answer::json(200, &serde_json::json!([])).with_header("Age", "12"),
    });
    let folder = Folder::default();
    run(&folder, &server.url(BASE));
    assert!(notes(&folder).contains("A cache stands before the target"));
    for request in server.requests() {
        assert_eq!(request.header("cache-control"), Some("no-cache"));
    }
}

#[test]
fn a_part_without_the_replay_gets_the_same_advice() {
    let server = Reference::clean();
    let right = server.base_url();
    let folder = Folder::default();
    let part = |url: &str| folder.run(&["run", url, "--only", "PRO-044"]);
    part(right);
    assert_eq!(notes(&folder), "[]");
    // Other people's records are written down in another form.
    let shared = Reference::start(Options {
        preload: 3,
        ..Options::default()
    });
    part(shared.base_url());
    assert_eq!(notes(&folder), "[]");
    let wrong = right.replace("/v4", "/v5");
    part(&wrong).assert_output(&[
        "nothing of the API is found",
        &format!("probably you mean: tmfctk run {right}"),
    ]);
    let closed = Server::start(|_, _| Answer::json(401, &serde_json::json!({})));
    part(&closed.url(BASE)).assert_output(&["answers 401", "looks like configuration"]);
    let page = Server::start(|_, _| Answer::html(200));
    part(&page.url(BASE)).assert_output(&["this looks like a wrong base URL"]);
}

#[test]
fn a_right_base_url_gets_no_advice() {
    let server = Reference::with_fault("list-206");
    let folder = Folder::default();
    run(&folder, server.base_url()).assert_code(1);
    assert_eq!(notes(&folder), "[]");
}

#[test]
fn plain_http_behind_an_https_url_is_tls_trouble() {
    let server = Reference::clean();
    let url = server.base_url().replace("http://", "https://");
    let folder = Folder::default();
    run(&folder, &url).assert_code(3).assert_output(&[
        "INCONCLUSIVE",
        "TLS",
        "does the port speak https at all?",
    ]);
}

#[test]
fn a_name_that_does_not_resolve_is_said() {
    let folder = Folder::default();
    run(&folder, "http://no-such-host.invalid/api")
        .assert_code(3)
        .assert_output(&["INCONCLUSIVE", "no-such-host.invalid", "spelt right"]);
}

#[test]
fn missing_credentials_look_like_configuration() {
    let server = Server::start(|_, _| {
        Answer::json(401, &serde_json::json!({ "code": "401", "reason": "who?" }))
    });
    let folder = Folder::default();
    run(&folder, &server.url(BASE))
        .assert_code(1)
        .assert_output(&["answers 401", "configuration, not conformance", "--header"]);
}

#[test]
fn a_plain_file_server_is_told_from_the_api() {
    let root = TempDir::new().expect("a folder for temporary files");
    std::fs::write(root.path().join("index.html"), "<h1>files</h1>").expect("writable");
    let root = root.path().to_owned();
    // GET of files, an HTML page for all that is not there, nothing else.
    let server = Server::start(move |request, _| {
        if request.method != "GET" {
            return Answer::html(501);
        }
        let name = request.path().trim_start_matches('/');
        let name = if name.is_empty() { "index.html" } else { name };
        match std::fs::read(root.join(name)) {
            Ok(content) => Answer::new(200, "text/html", content),
            Err(_) => Answer::html(404),
        }
    });
    let folder = Folder::default();
    run(&folder, &server.url("/"))
        .assert_code(1)
        .assert_output(&[
            "wrong base URL",
            "answers 404 with HTML",
            "none of the usual paths",
        ]);
    assert_eq!(folder.result()["verdict"], "non-conformant");
}

#[test]
fn html_in_place_of_json_is_said() {
    let server = Server::start(|_, _| Answer::html(200));
    let folder = Folder::default();
    run(&folder, &server.url(BASE))
        .assert_code(1)
        .assert_output(&["wrong base URL", "answers 200 with HTML"]);
}

#[test]
fn an_answer_that_is_not_http_is_reported() {
    let server = Server::start(|_, _| Answer::Raw(b"SSH-2.0-OpenSSH_9.7\r\n".to_vec()));
    let folder = Folder::default();
    run(&folder, &server.url(BASE))
        .assert_code(3)
        .assert_output(&["INCONCLUSIVE", "no HTTP"]);
}
