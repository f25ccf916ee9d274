//! The folder that a vendor hands in: what it holds, and when it is refused.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::binary::{Done, Folder};
use crate::support::reference::Reference;
use crate::support::skip;

const SUBJECT: &str = r#"
[subject]
company = "Example <b>Telecom</b>"
product = "Dialog Hub"
release = "7.2"
contact = "apis@example.com"
description = "It keeps *every* contact.\n\nAlso <script>alert(1)</script>."
architecture = "Three tiers."
architecture-picture = "architecture.svg"
"#;

const REPORT: &str = "EXAMPLEBTELECOMB-TMF683-v4.0.0-HTMLReport.html";

/// A folder with a configuration, a picture, and the result of a run against a server.
fn prepared(subject: &str, server: &Reference, options: &[&str]) -> Folder {
    let folder = Folder::default();
    folder.write("tmfctk.toml", subject);
    folder.write(
        "architecture.svg",
        "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
    );
    let run = ["run", server.base_url(), "--quiet"];
    folder.run(&[&run[..], options].concat());
    folder
}

fn whole() -> Folder {
    prepared(SUBJECT, &Reference::clean(), &["--level", "profile"])
}

fn refused(folder: &Folder, words: &[&str]) {
    let done: Done = folder.run(&["dossier"]).assert_code(1);
    done.assert_error(&["no dossier was written", "--draft"])
        .assert_output(words);
    assert!(!folder.path("dossier").exists());
}

/// Changes the stored result.
fn changed(folder: &Folder, change: impl FnOnce(&mut Value)) {
    let path = folder.path("reports/latest/result.json");
    let mut result = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    change(&mut result);
    fs::write(path, result.to_string()).unwrap();
}

#[test]
fn a_dossier_holds_the_document_the_report_the_result_and_a_manifest_that_verifies() {
    let folder = whole();
    folder.run(&["dossier", "--check"]).assert_code(0);
    folder
        .run(&["dossier"])
        .assert_code(0)
        .assert_output(&[REPORT]);
    let read = |name: &str| fs::read_to_string(folder.path("dossier").join(name)).unwrap();
    let page = read("certification-document.html");
    for section in [
        "Example &lt;b&gt;Telecom&lt;/b&gt;",
        "<h1>TM Forum Open APIs Conformance Certification</h1>",
        "<p class=\"independent\">Prepared with an independent tool",
        "<dt>Company Name</dt>",
        "<dt>Product Name and Release Version</dt><dd>Dialog Hub, 7.2</dd>",
        "<dt>TM Forum Open API Name and Release Version</dt>",
        "1. What Product or Solution does your API support?",
        "It keeps *every* contact.</p>",
        "2. Overview of Certified API",
        "A party interaction records",
        "3. Architectural View",
        "src=\"data:image/svg+xml;base64,",
        "4. Test Results",
        REPORT,
        "246 assertions, 0 failed",
        "Conformance profile: nothing to mend",
        "not an official TM Forum certification result",
    ] {
        assert!(page.contains(section), "{section}");
    }
    assert!(!page.contains("<script>") && !page.contains("watermark\" aria"));
    let text = read("certification-document.md");
    assert!(
        text.contains("Also \\<script\\>") && text.contains("\\*every\\*"),
        "{text}"
    );
    assert!(read("README.md").contains("jsonResults.json"));
    // It is the report of that result, and its folder is sealed.
    let report = fs::read(folder.path("reports/latest/report.html")).unwrap();
    assert!(report == fs::read(folder.path("dossier").join(REPORT)).unwrap());
    folder.run(&["verify", "dossier"]).assert_code(0);
}

/// The smallest PNG that shows something: a pixel.
const PNG: &[u8] = b"\x89PNG\x0d\x0a\x1a\x0a\x00\x00\x00\x0dIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde\x00\x00\x00\x0c\
    IDATx\xdac\xf8\xcf\xc0\x00\x00\x03\x01\x01\x00\xf7\x03AC\x00\x00\x00\x00IEND\xaeB`\x82";

/// The files of a Word document.
fn unpacked(path: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let files = archive.len();
    let read = |at| {
        let mut file = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        (file.name().to_owned(), bytes)
    };
    (0..files).map(read).collect()
}

/// The subject with all that is optional, and a list.
fn full_subject() -> String {
    SUBJECT.replace("architecture.svg", "architecture.png").replace(
        "contact =",
        "company-short = \"Ex\"\ndate = \"2026-06-10\"\nreleased = \"2026-05-01\"\n\
         date-format = \"%d/%m/%Y\"\noverview = \"\"\"\nIt holds\n- calls & chats,\n- visits.\n\"\"\"\ncontact =",
    )
}

#[test]
fn the_document_is_written_for_word_with_its_picture_lists_and_dates() {
    let folder = whole();
    folder.write("tmfctk.toml", &full_subject());
    fs::write(folder.path("architecture.png"), PNG).unwrap();
    folder.run(&["dossier"]).assert_code(0).assert_output(&[
        "EX-TMF683-v4.0.0-HTMLReport.html",
        "certification-document.docx",
    ]);
    let docx = folder.path("dossier/certification-document.docx");
    let files = unpacked(&docx);
    assert_eq!(files["word/media/architecture.png"], PNG);
    for (name, bytes) in &files {
        if name.ends_with(".xml") || name.ends_with(".rels") {
            let mut reader = quick_xml::Reader::from_reader(&bytes[..]);
            reader.config_mut().check_end_names = true;
            while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
        }
    }
    let page = fs::read_to_string(folder.path("dossier/certification-document.html")).unwrap();
    for part in [
        "<dd>10/06/2026</dd>",
        "7.2 (01/05/2026)",
        "<li>calls &amp; chats,</li>",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // Another program than ours has the last word on whether it can be read.
    if Command::new("soffice").arg("--version").output().is_err() {
        skip("LibreOffice");
        return;
    }
    let home = format!(
        "-env:UserInstallation=file://{}",
        folder.path("home").display()
    );
    let opened = Command::new("soffice")
        .args([
            &home,
            "--headless",
            "--convert-to",
            "html:HTML:EmbedImages",
            "--outdir",
        ])
        .arg(folder.path("opened"))
        .arg(&docx)
        .output()
        .unwrap();
    assert!(opened.status.success(), "{opened:?}");
    let opened = fs::read_to_string(folder.path("opened/certification-document.html")).unwrap();
    let words: Vec<&str> = opened.split_whitespace().collect();
    let opened = words.join(" ");
    for part in [
        "TM Forum Open APIs Conformance Certification",
        "Prepared with an independent tool",
        "Example &lt;b&gt;Telecom&lt;/b&gt;",
        "10/06/2026",
        "calls &amp; chats,",
        "/EX-TMF683-v4.0.0-HTMLReport.html\">EX-TMF683-v4.0.0-HTMLReport.html</a>",
        "src=\"data:image/png;base64,",
        "Certificate: The official kit would pass.",
    ] {
        assert!(opened.contains(part), "{part}: {opened}");
    }
}

#[test]
fn a_run_that_the_kit_would_pass_carries_it_and_the_state_of_the_profile_is_said() {
    let broken = Reference::with_fault("accept-missing-channel");
    let folder = prepared(
        SUBJECT,
        &broken,
        &["--level", "profile", "--goal", "certificate"],
    );
    folder.run(&["dossier"]).assert_code(0);
    for name in ["certification-document.html", "certification-document.md"] {
        let text = fs::read_to_string(folder.path("dossier").join(name)).unwrap();
        for part in [
            "The official kit would pass",
            "Conformance profile: one cause to mend",
        ] {
            assert!(text.contains(part), "{name}: {part}");
        }
    }
    let certified = [
        "run",
        broken.base_url(),
        "--level",
        "profile",
        "--goal",
        "certificate",
        "--certify",
    ];
    folder
        .run(&certified)
        .assert_code(0)
        .assert_output(&["FIT TO HAND IN"]);
}

#[test]
fn the_folder_of_a_result_is_taken_and_what_was_not_predicted_has_no_numbers() {
    let folder = whole();
    let written = |what: &str| {
        folder
            .run(&["dossier", "reports/latest", "--draft"])
            .assert_code(0);
        let document = |name: &str| fs::read_to_string(folder.path("dossier").join(name)).unwrap();
        let both = document("certification-document.html") + &document("certification-document.md");
        fs::remove_dir_all(folder.path("dossier")).unwrap();
        both.matches(what).count()
    };
    assert_eq!(written("246 assertions"), 2);
    changed(&folder, |result| {
        result["officialKit"]["wouldPass"] = Value::Null;
    });
    assert_eq!(written("assertions, 0 failed"), 0);
}

#[test]
fn gaps_of_the_subject_are_reported_before_any_run() {
    let folder = Folder::default();
    let keys = ["company", "description", "architecture-picture"];
    folder
        .run(&["dossier", "--check"])
        .assert_code(1)
        .assert_output(&keys);
    folder.write(
        "tmfctk.toml",
        "[subject]\ncompany = \" \"\nproduct = \"P\"\n",
    );
    let done = folder.run(&["dossier", "--check"]).assert_code(1);
    let done = done.assert_output(&keys);
    assert!(!done.stdout.contains("`product`"), "{done:#?}");
}

#[test]
fn a_run_that_does_not_carry_it_is_refused_with_all_reasons() {
    let broken = Reference::with_fault("create-without-direction");
    let folder = prepared(
        &SUBJECT.replace("description =", "# description ="),
        &broken,
        &["--level", "profile"],
    );
    refused(
        &folder,
        &["`description`", "the official kit would not pass"],
    );
    let narrow = prepared(SUBJECT, &Reference::clean(), &["--level", "certification"]);
    refused(&narrow, &["the level profile did not run"]);
}

#[test]
fn an_old_interrupted_waived_or_foreign_run_is_refused() {
    let folder = whole();
    changed(&folder, |result| {
        result["run"]["startedAt"] = json!("2020-01-01T00:00:00Z");
        result["run"]["interrupted"] = json!(true);
        result["target"]["reference"] = json!(true);
        result["subject"]["release"] = json!("7.1");
        result["levels"][1]["counts"]["waived"] = json!(2);
    });
    refused(
        &folder,
        &[
            "days old, of at most 30",
            "was interrupted",
            "reference implementation",
            "of the release 7.1, not of 7.2",
            "level profile were waived: 2",
        ],
    );
    // An age is the user's choice.
    let text = format!("{SUBJECT}\n[dossier]\nmax-age-days = 100000\n");
    folder.write("tmfctk.toml", &text);
    let done = folder.run(&["dossier"]).assert_code(1);
    assert!(!done.stdout.contains("days old"), "{done:#?}");
}

#[test]
fn a_certified_run_and_a_dossier_refuse_and_accept_the_same() {
    let server = Reference::clean();
    let waiver = "[[waiver]]\nrequirement = \"TMF683-45-GDL-044\"\nreason = \"r\"\nowner = \"o\"\n\
                  expires = 2999-01-01\n";
    for (options, is_fit) in [
        (&["--level", "profile"][..], true),
        (&["--level", "certification"], false),
        (&["--level", "profile", "--waivers", "w.toml"], false),
        (&["--level", "profile", "--only", "PRO-044"], false),
    ] {
        let folder = prepared(SUBJECT, &server, &["--level", "certification"]);
        folder.write("w.toml", waiver);
        let run = [&["run", server.base_url(), "--quiet"][..], options].concat();
        folder.run(&run);
        let dossier = folder.run(&["dossier"]);
        let certified = folder.run(&[&run[..], &["--certify"]].concat());
        assert_eq!(dossier.code == Some(0), is_fit, "{options:?}: {dossier:#?}");
        assert_eq!(
            certified.code == Some(0),
            is_fit,
            "{options:?}: {certified:#?}"
        );
    }
}

#[test]
fn a_draft_says_what_it_is_and_what_it_lacks() {
    let narrow = prepared(SUBJECT, &Reference::clean(), &["--level", "certification"]);
    narrow.run(&["dossier", "--draft"]).assert_code(0);
    for name in [
        "certification-document.html",
        "certification-document.md",
        "README.md",
    ] {
        let text = fs::read_to_string(narrow.path("dossier").join(name)).unwrap();
        assert!(text.contains("the level profile did not run"), "{name}");
        assert!(text.contains("must not be handed in"), "{name}");
    }
}

#[test]
fn an_unusable_file_is_a_usage_error_that_names_it() {
    for (change, words) in [
        (
            ("architecture.svg", "missing.png"),
            ["missing.png", "No such file"],
        ),
        (
            ("architecture.svg", "tmfctk.toml"),
            ["tmfctk.toml", "not a PNG, JPEG or SVG"],
        ),
        (
            ("release =", "relaese ="),
            ["line", "did you mean `release`"],
        ),
        (
            ("release =", "date = \"soon\"\nrelease ="),
            ["`date`", "YYYY-MM-DD"],
        ),
        (
            ("release =", "date-format = \"%Q%\"\nrelease ="),
            ["`date-format`", "%d/%m/%Y"],
        ),
    ] {
        let folder = Folder::default();
        folder.write("tmfctk.toml", &SUBJECT.replace(change.0, change.1));
        folder.write("architecture.svg", "<svg/>");
        let done = folder.run(&["dossier", "--check"]).assert_code(2);
        done.assert_error(&words);
    }
    Folder::default()
        .run(&["dossier"])
        .assert_code(2)
        .assert_error(&["reports/latest/result.json"]);
}

#[test]
fn a_house_style_replaces_files_and_its_mistakes_are_named() {
    let folder = whole();
    folder.write("house/report.css", "main{color:#123456}");
    let report = ["report", "reports/latest/result.json", "--out", "styled"];
    let styled = |folder: &Folder| folder.run(&[&report[..], &["--template", "house"]].concat());
    styled(&folder).assert_code(0);
    let page = fs::read_to_string(folder.path("styled/report.html")).unwrap();
    assert!(page.contains("main{color:#123456}"));
    folder.write("house/parts/finding.hbs", "<p>\n{{ }}\n");
    let done = styled(&folder).assert_code(2);
    done.assert_error(&["house", "parts/finding.hbs", "line 2"]);
    folder.write("house/parts/finding.hbs", "<p>\n{{{message}}}\n");
    styled(&folder)
        .assert_code(2)
        .assert_error(&["parts/finding.hbs", "line 2", "unescaped"]);
    folder.write("house/parts/finding.hbs", "");
    folder.write("house/reprot.hbs", "");
    styled(&folder).assert_code(2).assert_error(&["reprot.hbs"]);
    folder
        .run(&["run", "--reference", "--template", "nowhere"])
        .assert_code(2)
        .assert_error(&["nowhere"]);
}
