//! Are the committed samples what the tool writes today? Their structure, not their values.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use tmfctk::config::DEFAULT_PACK;
use tmfctk::report::{Format, json, render};
use tmfctk::terms::{Level, Verdict};
use tmfctk::verdict::RunResult;

const RENEW: &str = "renew it with reports/renew";
const CONFORMANT: &str = "conformant";
const BROKEN: &str = "broken";
const DOSSIER: &str = "dossier";

fn folder(sample: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("reports")
        .join(sample)
}

fn file(sample: &str, format: Format) -> String {
    let path = folder(sample).join(format.file_name());
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn result(sample: &str) -> RunResult {
    json::parse(file(sample, Format::Json).as_bytes()).unwrap()
}

/// The names of all tags that open with one of these, in their order: the page without its texts.
fn tags<'a>(page: &'a str, names: &[&str]) -> Vec<&'a str> {
    page.split('<')
        .skip(1)
        .filter_map(|tag| tag.split(|c: char| !c.is_alphanumeric() && c != '-').next())
        .filter(|tag| names.contains(tag))
        .collect()
}

/// Holds the parts of a file against those that are written today from the same result.
fn has_the_parts_of_today(sample: &str, format: Format, parts: &[&str], at_least: usize) {
    let rendered = String::from_utf8(render(format, &result(sample)).unwrap()).unwrap();
    let file = file(sample, format);
    let found = tags(&file, parts);
    assert!(found.len() > at_least, "{} parts", found.len());
    assert!(found == tags(&rendered, parts), "{sample}: {RENEW}");
}

#[test]
fn the_results_are_valid_and_say_what_they_stand_for() {
    for (sample, verdict) in [
        (CONFORMANT, Verdict::Conformant),
        (BROKEN, Verdict::NonConformant),
    ] {
        crate::support::assert_valid_result(
            &serde_json::from_str(&file(sample, Format::Json)).unwrap(),
        );
        let result = result(sample);
        assert_eq!(result.kit.pack, DEFAULT_PACK);
        assert_eq!(result.verdict, verdict, "{RENEW}");
        assert!(result.target.reference);
        let levels: Vec<Level> = result.levels.iter().map(|level| level.level).collect();
        assert!(
            levels.starts_with(&[Level::Certification, Level::Profile]),
            "{RENEW}"
        );
        assert!(!result.scenarios.is_empty() && !result.exchanges.is_empty());
        assert_eq!(result.findings.is_empty(), sample == CONFORMANT);
    }
}

#[test]
fn reading_and_writing_them_changes_nothing() {
    for sample in [CONFORMANT, BROKEN] {
        // What holds nothing but the result's own values must be the same to the byte.
        for format in [Format::Json, Format::Har, Format::Markdown] {
            let rendered = render(format, &result(sample)).unwrap();
            let rendered = String::from_utf8(rendered).unwrap();
            assert!(
                rendered == file(sample, format),
                "{sample}, {format}: {RENEW}"
            );
        }
    }
}

#[test]
fn the_pages_have_the_parts_that_they_have_today() {
    let parts = ["section", "h1", "h2", "h3", "details", "table", "tr", "nav"];
    for sample in [CONFORMANT, BROKEN] {
        has_the_parts_of_today(sample, Format::Html, &parts, 50);
    }
}

#[test]
fn the_junit_files_have_the_parts_that_they_have_today() {
    let parts = [
        "testsuite",
        "testcase",
        "property",
        "skipped",
        "failure",
        "error",
    ];
    for sample in [CONFORMANT, BROKEN] {
        has_the_parts_of_today(sample, Format::Junit, &parts, 20);
    }
}

#[test]
fn the_dossier_is_what_is_written_today_from_its_result() {
    let sample = folder(DOSSIER);
    let files = |folder: &Path| -> BTreeMap<String, Vec<u8>> {
        let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
        let named = entries.map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read(entry.path()).unwrap())
        });
        named.collect()
    };
    let stored = files(&sample);
    let is_result = |name: &&String| name.ends_with(".json") && *name != "manifest.json";
    let result = stored.keys().find(is_result).unwrap();
    let out = tempfile::tempdir().unwrap();
    let written = Command::new(env!("CARGO_BIN_EXE_tmfctk"))
        .arg("dossier")
        .arg(sample.join(result))
        .arg("--draft")
        .arg("--config")
        .arg(folder("subject.toml"))
        .arg("--out")
        .arg(out.path())
        .output()
        .unwrap();
    assert!(written.status.success(), "{written:?}");
    let today = files(out.path());
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&today), names(&stored), "{RENEW}");
    let document = "certification-document";
    for name in [
        format!("{document}.md"),
        "README.md".to_owned(),
        result.clone(),
    ] {
        assert!(today[&name] == stored[&name], "{name}: {RENEW}");
    }
    let parts = ["section", "h1", "h2", "h3", "table", "tr", "img", "p", "dt"];
    let page = |files: &BTreeMap<String, Vec<u8>>| {
        String::from_utf8(files[&format!("{document}.html")].clone()).unwrap()
    };
    let (today, stored) = (page(&today), page(&stored));
    let found = tags(&stored, &parts);
    assert!(found.len() > 20 && found.contains(&"img"), "{found:?}");
    assert!(found == tags(&today, &parts), "{RENEW}");
}

#[test]
fn their_manifests_say_that_nothing_was_changed() {
    for sample in [CONFORMANT, BROKEN, DOSSIER] {
        let verified = Command::new(env!("CARGO_BIN_EXE_tmfctk"))
            .arg("verify")
            .arg(folder(sample))
            .output()
            .unwrap();
        assert!(verified.status.success(), "{sample}: {RENEW}");
    }
}
