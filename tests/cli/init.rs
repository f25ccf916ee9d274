//! From nothing, or from the official kit's configuration, to a file that works.

use crate::support::BASE;
use crate::support::binary::Folder;
use crate::support::reference::Reference;
use crate::support::server::Server;

#[test]
fn the_file_that_init_writes_works() {
    let server = Reference::clean();
    let folder = Folder::default();
    // A segment is missing: the right base URL is written down.
    let wrong = server.base_url().replace("/v4/", "");
    folder
        .run(&[
            "init",
            &wrong,
            "--company",
            "Example \"Telecom\"",
            "--product",
            "Hub",
        ])
        .assert_code(0)
        .assert_output(&[
            "wrote tmfctk.toml",
            server.base_url(),
            "next: tmfctk doctor",
        ]);
    folder.run(&["doctor"]).assert_code(0);
    folder
        .run(&["run", "--level", "certification"])
        .assert_code(0);
    let result = folder.result();
    assert_eq!(result["target"]["url"], server.base_url());
    assert_eq!(result["subject"]["company"], "Example \"Telecom\"");
    folder
        .run(&["init", &wrong])
        .assert_code(2)
        .assert_error(&["tmfctk.toml", "--force"]);
    folder
        .run(&["init", &wrong, "--force", "--offline"])
        .assert_code(0);
    let text = std::fs::read_to_string(folder.path("tmfctk.toml")).unwrap();
    assert!(text.contains(&format!("target = \"{wrong}/\"")), "{text}");
}

#[test]
fn the_official_kit_s_configuration_is_taken_over_without_its_secrets() {
    let server = Reference::clean();
    let folder = Folder::default();
    folder.write(
        "config.json",
        &format!(
            r#"{{"url": " {} ",
              "headers": {{"Accept": "application/json", "Authorization": "Bearer hunter22"}},
              "payloads": {{"PartyInteraction": {{"POST": {{"payload":
                {{"channel": [{{"id": "c"}}], "direction": "d", "reason": "mine"}}}}}}}}}}"#,
            server.base_url()
        ),
    );
    let done = folder
        .run(&["init", "--from", "config.json"])
        .assert_code(0)
        .assert_output(&["wrote payload.json", "environment variable AUTHORIZATION"]);
    assert!(!done.stdout.contains("hunter22"));
    let text = std::fs::read_to_string(folder.path("tmfctk.toml")).unwrap();
    assert!(
        !text.contains("hunter22") && text.contains("${AUTHORIZATION}"),
        "{text}"
    );
    folder
        .run(&["run"])
        .assert_code(2)
        .assert_error(&["AUTHORIZATION", "not set"]);
    let mut command = folder.command(&["run", "--level", "certification"]);
    command.env("AUTHORIZATION", "Bearer hunter22");
    assert_eq!(command.output().unwrap().status.code(), Some(0));
    let result = folder.result();
    let first = &result["exchanges"][0]["request"];
    assert!(
        first["body"].as_str().unwrap().contains("\"mine\""),
        "{first}"
    );
}

#[test]
fn an_unusable_environment_is_reported_and_nothing_is_written() {
    let server = Server::untouched();
    let folder = Folder::default();
    folder.write("config.json", "{\"url\": hunter22}");
    let done = folder
        .run(&["init", "--from", "config.json"])
        .assert_code(2)
        .assert_error(&["config.json", "not a JSON object", "line 1"]);
    assert!(!done.stderr.contains("hunter22"));
    let incomplete = format!(
        r#"{{"url": "{}", "payloads": {{"PartyInteraction": {{"POST": {{"payload": {{"reason": "r"}}}}}}}}}}"#,
        server.url(BASE)
    );
    folder.write("config.json", &incomplete);
    folder
        .run(&["init", "--from", "config.json"])
        .assert_code(2)
        .assert_error(&["channel", "the official kit demands it"]);
    folder
        .run(&["init"])
        .assert_code(2)
        .assert_error(&["no target", "--from"]);
    folder
        .run(&["init", "localhost:1"])
        .assert_code(2)
        .assert_error(&["http://"]);
    assert!(!folder.path("tmfctk.toml").exists());
    assert!(!folder.path("payload.json").exists());
    assert_eq!(server.connections(), 0);
}
