//! What was stored, later: rendered again, held against its manifest, and its signature.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::binary::Folder;

const REPORTS: [&str; 5] = [
    "report.html",
    "result.json",
    "junit.xml",
    "run.har",
    "report.md",
];

/// A folder with the reports of a run that found something, signed.
fn signed() -> Folder {
    let folder = Folder::default();
    folder.run(&["keygen", "vendor.key"]).assert_code(0);
    let run = [
        "run",
        "--reference",
        "--reference-fault",
        "create-without-direction",
        "--level",
        "profile",
        "--format",
        "all",
        "--out",
        "out",
        "--sign",
        "vendor.key",
    ];
    folder.run(&run).assert_code(1);
    folder
}

fn verify(folder: &Folder, code: i32, said: &[&str]) {
    folder
        .run(&["verify", "out"])
        .assert_code(code)
        .assert_output(said);
}

#[test]
fn a_stored_result_gives_the_same_reports_again_byte_for_byte() {
    let folder = signed();
    let again = [
        "report", // The folder stands for its result.json.
        "out", "--out", "again", "--format", "all",
    ];
    folder
        .run(&again)
        .assert_code(0)
        .assert_output(&["again/report.html"]);
    for name in REPORTS {
        let (first, second) = (
            fs::read(folder.path("out").join(name)).unwrap(),
            fs::read(folder.path("again").join(name)).unwrap(),
        );
        assert!(first == second, "{name} differs");
    }
}

#[test]
fn an_unusable_result_is_reported_by_its_file() {
    let folder = Folder::default();
    let whole = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/library/report/golden/result.json"),
    )
    .unwrap();
    let mut newer: Value = serde_json::from_str(&whole).unwrap();
    newer["schemaVersion"] = json!(99);
    let cases = [
        ("cut.json", whole[..whole.len() / 2].to_owned(), "cut off"),
        (
            "newer.json",
            newer.to_string(),
            "schema version 99 is newer",
        ),
        ("foreign.json", "{}".to_owned(), "not a result of tmfctk"),
        ("list.json", "[]".to_owned(), "not a result of tmfctk"),
    ];
    for (name, text, said) in cases {
        folder.write(name, &text);
        folder
            .run(&["report", name, "--out", "none"])
            .assert_code(2)
            .assert_error(&[name, said]);
    }
    let huge = File::create(folder.path("huge.json")).unwrap();
    huge.set_len(2 << 30).unwrap();
    folder
        .run(&["report", "huge.json", "--out", "none"])
        .assert_code(2)
        .assert_error(&["huge.json", "2147483648 bytes"]);
    folder
        .run(&["report", "absent.json", "--out", "none"])
        .assert_code(2)
        .assert_error(&["absent.json", "can't be read"]);
    assert!(!folder.path("none").exists());
}

#[test]
fn a_folder_is_verified_and_says_who_signed() {
    let folder = signed();
    verify(&folder, 0, &["unchanged", "11 files", "signed by"]);
    folder
        .run(&["verify", "out", "--key", "vendor.key.pub"])
        .assert_code(0);
    folder.run(&["keygen", "other.key"]).assert_code(0);
    folder
        .run(&["verify", "out", "--key", "other.key.pub"])
        .assert_code(1)
        .assert_output(&["signed by another key"]);
}

#[test]
fn changed_added_and_missing_files_are_named() {
    let folder = signed();
    let out = folder.path("out");
    fs::write(out.join("report.md"), "all is well").unwrap();
    fs::remove_file(out.join("junit.xml")).unwrap();
    folder.write("out/extra.txt", "");
    let mut result: Value =
        serde_json::from_slice(&fs::read(out.join("result.json")).unwrap()).unwrap();
    result["exchanges"][3]["request"]["method"] = json!("PUT");
    fs::write(out.join("result.json"), result.to_string()).unwrap();
    fs::remove_file(out.join("run.har")).unwrap();
    std::os::unix::fs::symlink("report.html", out.join("run.har")).unwrap();
    let said = [
        "changed: report.md",
        "missing: junit.xml",
        "added: extra.txt",
        "changed: result.json",
        "changed: exchange 3 in result.json",
        "changed: run.har is not a plain file",
    ];
    verify(&folder, 1, &said);
    let told = folder.run(&["verify", "out"]).stdout;
    assert_eq!(told.lines().count(), said.len(), "{told}");
}

#[test]
fn a_manifest_that_was_written_anew_loses_its_signature() {
    let folder = signed();
    let path = folder.path("out/manifest.json");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("\"tmfctk\"", "\"other\"")).unwrap();
    verify(&folder, 1, &["manifest.sig is not a signature"]);
    fs::remove_file(folder.path("out/manifest.sig")).unwrap();
    verify(&folder, 1, &["missing: manifest.sig"]);
}

#[test]
fn a_run_without_a_key_leaves_no_signature_of_an_earlier_one() {
    let folder = signed();
    let run = [
        "run",
        "--reference",
        "--level",
        "certification",
        "--out",
        "out",
    ];
    folder.run(&run).assert_code(0);
    assert!(!folder.path("out/manifest.sig").exists());
    folder
        .run(&["verify", "out", "--key", "vendor.key.pub"])
        .assert_code(1);
}

#[test]
fn a_manifest_that_leads_out_of_its_folder_is_refused() {
    let folder = Folder::default();
    folder.write("secret.txt", "x");
    let manifest = |name: &str| {
        json!({
            "schemaVersion": 1,
            "kit": { "name": "tmfctk", "version": "1", "pack": "p", "packDigest": null },
            "startedAt": "2026-01-01T00:00:00Z",
            "files": [{ "name": name, "bytes": 1, "sha256": "" }],
            "exchanges": []
        })
        .to_string()
    };
    for name in ["../secret.txt", "/etc/passwd", "a/b", "..", ""] {
        folder.write("out/manifest.json", &manifest(name));
        folder
            .run(&["verify", "out"])
            .assert_code(2)
            .assert_error(&["not a name of a file in its folder"]);
    }
}

#[test]
fn a_file_that_is_not_a_manifest_is_reported_by_its_name() {
    let folder = Folder::default();
    folder
        .run(&["verify", "nowhere"])
        .assert_code(2)
        .assert_error(&["nowhere/manifest.json"]);
    for (text, said) in [
        ("{\"schemaVersion\": 1, ", "cut off"),
        ("{\"schemaVersion\": 7}", "schema version 7, newer"),
        ("{}", "not a manifest of tmfctk"),
        ("[1]", "not a manifest of tmfctk"),
    ] {
        folder.write("out/manifest.json", text);
        folder
            .run(&["verify", "out"])
            .assert_code(2)
            .assert_error(&["out/manifest.json", said]);
    }
    let huge = File::create(folder.path("out/manifest.json")).unwrap();
    huge.set_len(2 << 30).unwrap();
    folder
        .run(&["verify", "out"])
        .assert_code(2)
        .assert_error(&["2147483648 bytes"]);
}

#[test]
fn a_private_key_is_for_its_owner_and_is_never_overwritten() {
    let folder = Folder::default();
    let made = folder.run(&["keygen", "k.key"]).assert_code(0);
    let secret = fs::read_to_string(folder.path("k.key")).unwrap();
    let body = secret.lines().nth(1).unwrap();
    assert!(!made.stdout.contains(body), "the private key is shown");
    let mode = fs::metadata(folder.path("k.key"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
    folder
        .run(&["keygen", "k.key"])
        .assert_code(2)
        .assert_error(&["k.key can't be written"]);
    assert_eq!(fs::read_to_string(folder.path("k.key")).unwrap(), secret);
    // A public key that is there already leaves no private one behind.
    folder.write("l.key.pub", "mine");
    folder.run(&["keygen", "l.key"]).assert_code(2);
    assert!(!folder.path("l.key").exists());
}

#[test]
fn a_key_that_can_not_sign_is_known_before_the_first_request() {
    let folder = Folder::default();
    folder.write("no.key", "-----BEGIN hunter2");
    let run = ["run", "http://127.0.0.1:9/", "--sign", "no.key"];
    let done = folder
        .run(&run)
        .assert_code(2)
        .assert_error(&["no.key", "no Ed25519 private key"]);
    assert!(!done.stderr.contains("hunter2"), "{done:#?}");
    folder
        .run(&["run", "http://127.0.0.1:9/", "--sign", "absent.key"])
        .assert_code(2)
        .assert_error(&["absent.key"]);
}

#[test]
fn openssl_reads_the_keys_and_the_signature() {
    if Command::new("openssl").arg("version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "openssl is missing in CI");
        return;
    }
    let folder = signed();
    let done = Command::new("openssl")
        .current_dir(folder.path("out"))
        .args([
            "pkeyutl",
            "-verify",
            "-pubin",
            "-inkey",
            "../vendor.key.pub",
        ])
        .args(["-rawin", "-in", "manifest.json", "-sigfile", "manifest.sig"])
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
}
