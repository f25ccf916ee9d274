//! `report.md`: short, and safe wherever it is pasted.

use tmfctk::report::markdown;

use super::fixture;

fn rendered(result: &tmfctk::verdict::RunResult) -> String {
    String::from_utf8(markdown::render(result).unwrap()).unwrap()
}

#[test]
fn the_page_says_the_verdict_the_levels_the_findings_and_whose_tool_it_is() {
    insta::assert_snapshot!(rendered(&fixture::failing()));
}

#[test]
fn texts_of_a_target_stand_in_code_only() {
    let mut result = fixture::hostile();
    result.reason = "`@everyone` <img src=x> [a](javascript:b) ```\n# head".into();
    let page = rendered(&result);
    for line in page.lines() {
        let bare = outside_of_code(line);
        for wrong in [
            "<img",
            "javascript:",
            "@everyone",
            "# head",
            "<script",
            "{{",
        ] {
            assert!(!bare.contains(wrong), "`{wrong}` stands bare in: {line}");
        }
    }
    assert!(!page.contains('\u{202e}') && !page.contains('\u{1b}') && !page.contains('\0'));
}

/// A line without its code spans, as CommonMark finds them.
fn outside_of_code(line: &str) -> String {
    let mut bare = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        bare.push_str(&rest[..start]);
        let opened = &rest[start..];
        let fence = opened.len() - opened.trim_start_matches('`').len();
        let inner = &opened[fence..];
        let end = ends_of(inner).find(|(_, length)| *length == fence);
        let Some((at, _)) = end else {
            bare.push_str(opened);
            return bare;
        };
        rest = &inner[at + fence..];
    }
    bare + rest
}

/// Each run of backticks: where it begins, and how long it is.
fn ends_of(text: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find('`')?;
        let length = text[start..].len() - text[start..].trim_start_matches('`').len();
        at = start + length;
        Some((start, length))
    })
}

#[test]
fn a_run_that_was_broken_off_says_so_and_many_findings_are_counted() {
    let mut result = fixture::big(50);
    result.run.interrupted = true;
    let page = rendered(&result);
    assert!(page.contains("The run was interrupted"), "{page}");
    assert!(page.contains("more findings in the whole report"), "{page}");
    assert!(page.len() < 20_000, "{} bytes are not short", page.len());
}
