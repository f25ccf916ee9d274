//! `report.html`, read as text; a browser looks at it in `tests/browser`.

use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use tmfctk::report::html;
use tmfctk::verdict::RunResult;

use super::fixture;

fn render(result: &RunResult) -> String {
    String::from_utf8(html::render(result).unwrap()).unwrap()
}

/// The page without its stylesheet and script, which have no place in a comparison of texts.
fn page(result: &RunResult) -> String {
    let html = render(result);
    let (head, rest) = html.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    let (body, rest) = rest.split_once("<script>").unwrap();
    let (_, tail) = rest.split_once("</script>").unwrap();
    // The policy holds the hashes of both.
    let (before, policy) = head.split_once("content=\"default-src").unwrap();
    let (_, after) = policy.split_once("\">").unwrap();
    format!("{before}\">{after}{body}{tail}")
}

#[test]
fn the_page_says_all_that_the_result_says() {
    insta::assert_snapshot!(page(&fixture::failing()));
}

#[test]
fn the_page_is_one_file_that_asks_nothing_of_the_network() {
    let html = render(&fixture::failing());
    assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
    assert!(html.contains("default-src &#x27;none&#x27;; style-src &#x27;sha256-"));
    for loader in [
        "src=",
        "@import",
        "url(",
        "<base",
        "<iframe",
        "<object",
        "<form action",
    ] {
        assert!(!html.contains(loader), "{loader}");
    }
    let links = html.matches("<link ").count();
    assert_eq!((links, html.matches("href=\"data:,\"").count()), (1, 1));
}

#[test]
fn a_run_that_decides_nothing_never_looks_like_a_pass() {
    let html = page(&fixture::unreachable());
    assert!(html.contains("class=\"cover v-inconclusive\""));
    assert!(html.contains("This run was interrupted."));
    assert!(html.contains("What the official kit would say could not be found out."));
    assert!(!html.contains("seal-conformant") && !html.contains(">Conformant<"));
    assert_eq!(html.matches("This level was not run").count(), 4);
}

#[test]
fn a_clean_run_says_so_and_shows_what_did_not_run() {
    let html = page(&fixture::conformant());
    assert!(html.contains("class=\"cover v-conformant\""));
    assert!(html.contains("The official kit would pass this target."));
    assert!(html.contains("No violation was seen."));
    assert_eq!(html.matches("This level was not run").count(), 1);
}

/// Rendered once: it is large.
static BIG: LazyLock<String> = LazyLock::new(|| page(&fixture::big(1_050)));

#[test]
fn every_link_within_the_page_leads_somewhere() {
    let failing = page(&fixture::failing());
    for html in [&failing, &*BIG] {
        let pieces = |start: &'static str| {
            html.split(start)
                .skip(1)
                .filter_map(|piece| piece.split_once('"'))
                .map(|(piece, _)| piece)
        };
        let ids: Vec<&str> = pieces(" id=\"").collect();
        let known: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), known.len(), "an id stands twice");
        let dangling: Vec<&str> = pieces("href=\"#")
            .filter(|target| !known.contains(target))
            .collect();
        assert!(dangling.is_empty(), "{dangling:?}");
        assert!(known.len() > 50);
    }
}

#[test]
fn a_big_run_is_capped_with_a_note() {
    assert!(BIG.contains("The gravest 500 of 1,050 findings are shown here"));
    assert!(BIG.contains("1,000 of 1,050 exchanges are shown here"));
    assert_eq!(BIG.matches("class=\"finding item\"").count(), 500);
    assert_eq!(BIG.matches("id=\"exchange-").count(), 1_000);
}

#[test]
fn hostile_text_is_inert() {
    let html = render(&fixture::hostile());
    let page = page(&fixture::hostile());
    // Markup of the target is text, wherever it stands.
    assert_eq!(html.matches("<script").count(), 1);
    assert_eq!(html.matches("</script").count(), 1);
    assert!(!page.contains("<img"));
    for attribute in ["onmouseover=", "onerror="] {
        assert!(
            !page.contains(attribute),
            "{attribute}: its `=` is escaped everywhere"
        );
    }
    // Braces stay braces.
    assert!(page.contains("{{target.url}}{{{raw}}}{{&gt; page}}"));
    // No link with a scheme of the target's choice.
    for piece in page.split("href=\"").skip(1) {
        assert!(
            piece.starts_with('#')
                || piece.starts_with("data:,\"")
                || piece.starts_with("https://example.com/api\""),
            "{}",
            &piece[..40]
        );
    }
    // What can't be seen is shown.
    assert!(page.contains("\\u{202e}gpj\\u{2066}\\u{1b}[2J\\u{9b}31m\\u{0}\\u{b}\\u{feff}"));
    let steering = |char: char| {
        matches!(char, '\0'..='\u{8}' | '\u{b}'..='\u{1f}' | '\u{7f}'..='\u{9f}'
            | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}')
    };
    assert_eq!(html.chars().find(|char| steering(*char)), None);
}

#[test]
fn a_web_address_is_linked_and_a_script_is_not() {
    let mut result = fixture::failing();
    assert!(page(&result).contains("<a href=\"http://127.0.0.1:8683/"));
    result.target.url = "javascript:alert(1)".into();
    let page = page(&result);
    assert!(page.contains("<p class=\"subject\">javascript:alert(1)</p>"));
}

/// The browser's tests look at these: `target/tmp/reports/*/report.html`.
#[test]
fn pages_of_every_kind_are_there_for_the_browser() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports");
    for (name, result) in [
        ("failing", fixture::failing()),
        ("conformant", fixture::conformant()),
        ("unreachable", fixture::unreachable()),
        ("hostile", fixture::hostile()),
    ] {
        let file = folder.join(name).join("report.html");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, render(&result)).unwrap();
        assert!(fs::read_to_string(&file).unwrap().ends_with("</html>\n"));
    }
}
