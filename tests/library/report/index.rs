//! `index.html`: several targets on one page.

use std::fs;
use std::path::Path;

use tmfctk::report::index::{FILE, Row, render};

use super::fixture;

fn page(rows: &[Row]) -> String {
    String::from_utf8(render(rows, None).unwrap()).unwrap()
}

fn all() -> Vec<Row> {
    let link = |name: &str| Some(format!("{name}/report.html"));
    vec![
        Row::new("staging", &fixture::failing(), link("staging")),
        Row::new("production", &fixture::conformant(), link("production")),
        Row::new("down", &fixture::unreachable(), None),
        Row::new("hostile", &fixture::hostile(), link("hostile")),
        Row::without_result("gone", "the harness ended without a result of gone"),
    ]
}

#[test]
fn each_target_has_its_row_with_its_levels_and_the_link_to_its_report() {
    let html = page(&all());
    for words in [
        "<title>Conformance of several targets – 5 targets</title>",
        "<b>2</b> Non-conformant",
        "<b>1</b> Conformant",
        "<b>1</b> Inconclusive",
        "<b>1</b> Not run",
        "<a href=\"staging/report.html\">staging</a>",
        "Müller &amp; Söhne &lt;AG&gt; Dialog Hub 7.2",
        "up to the level profile",
        "one waiver matches no violation and has to be removed",
        "the run was interrupted",
        "the harness ended without a result of gone",
        "Would fail",
        "<p class=\"meta\">1 cause to mend</p>",
    ] {
        assert!(html.contains(words), "{words}: {html}");
    }
    assert_eq!(html.matches("<th scope=\"row\">").count(), 5);
    // Name, verdict, five levels, the official kit.
    assert_eq!(html.matches("<th scope=\"col\">").count(), 8);
    assert_eq!(html.matches("<td").count(), 5 * 7);
}

#[test]
fn it_is_one_file_that_shows_hostile_text_as_text() {
    let html = page(&all());
    assert!(!html.contains("<script") && !html.contains("src=") && !html.contains("@import"));
    assert!(!html.contains('\u{202e}') && !html.contains("href=\"javascript"));
    // Both stylesheets are allowed, by their hashes, and nothing else.
    let policy = html.split("content=\"default-src").nth(1).unwrap();
    let policy = policy.split("\">").next().unwrap();
    assert_eq!(policy.matches("sha256-").count(), 2, "{policy}");
    assert!(policy.contains("script-src &#x27;none&#x27;"), "{policy}");
    // The browser's tests can look at it.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(FILE), html).unwrap();
}
