//! `report.md`: the verdict in short, for a pull request or the summary of a CI job.
//!
//! Whatever a target can have filled stands in code spans: nothing in them is markup, a link, a
//! mention of a person or a reference to an issue, wherever the text is shown.

use std::fmt::Write as _;

use serde_json::Value;

use super::ReportError;
use super::text::{short, visible};
use crate::terms::{Severity, Verdict};
use crate::verdict::{Comparison, Finding, OfficialKit, RunResult};

/// Maximum number of findings that are shown; all are in the other reports.
const FINDINGS: usize = 10;
/// Causes shown.
const CAUSES: usize = 10;
/// Maximum number of notes that are shown.
const NOTES: usize = 10;
/// A text is shown up to this many bytes.
const TEXT: usize = 300;
/// A finding's expected or actual value is shown up to this many bytes.
const VALUE: usize = 120;

/// Writes the short report.
///
/// # Errors
///
/// None today; the signature is that of all formats.
pub fn render(result: &RunResult) -> Result<Vec<u8>, ReportError> {
    let mut page = String::new();
    // Writing to a string can't fail.
    let _ = write(&mut page, result);
    Ok(page.into_bytes())
}

fn write(page: &mut String, result: &RunResult) -> std::fmt::Result {
    // With a baseline what is new decides.
    let verdict = match result.baseline.as_ref().map(|it| it.verdict) {
        None => result.verdict.name(),
        Some(Verdict::Conformant) => "not worse than the baseline",
        Some(Verdict::NonConformant) => "worse than the baseline",
        Some(Verdict::Inconclusive) => "less is known than in the baseline",
    };
    let mut first = verdict.chars();
    let verdict: String = first
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(first)
        .collect();
    writeln!(page, "## {verdict}: {}\n", code(&result.kit.pack_title))?;
    if result.run.interrupted {
        writeln!(page, "**The run was interrupted: this is not all.**\n")?;
    }
    if let Some(selection) = &result.run.selection {
        writeln!(
            page,
            "**This is not all: {} were selected** by {}; what was left out is inconclusive.\n",
            selection.share(),
            code(&selection.options.join(" "))
        )?;
    }
    if let Some(existing) = &result.run.existing {
        let (manner, cost) = (existing.manner(), existing.cost());
        writeln!(page, "**This is not all, {manner}:** {cost}.\n")?;
    }
    let (certificate, conformance) = (result.certificate(), result.conformance());
    writeln!(page, "**Certificate:** {}.\n", certificate.sentence())?;
    writeln!(page, "**Conformance:** {}.\n", conformance.sentence())?;
    if let Some(meaning) = result.submission() {
        writeln!(page, "{meaning}\n")?;
    }
    writeln!(page, "{}\n", code(&result.reason))?;
    levels(page, result)?;
    causes(page, result)?;
    if let Some(kit) = &result.official_kit {
        writeln!(page, "{}\n", official_kit(kit))?;
    }
    findings(page, &result.findings)?;
    if let Some(comparison) = &result.baseline {
        baseline(page, comparison)?;
    }
    if let Some(reason) = result.decision().reason {
        writeln!(page, "**What decides:** {}\n", code(&reason))?;
    }
    notes(page, &result.notes)?;
    facts(page, result)
}

fn levels(page: &mut String, result: &RunResult) -> std::fmt::Result {
    writeln!(
        page,
        "| level | verdict | passed | failed | warned | inconclusive | not applicable | not tested | waived |\n\
         | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    )?;
    for level in &result.levels {
        let counts = &level.counts;
        let gate = if level.level == result.gate {
            " (gate)"
        } else {
            ""
        };
        writeln!(
            page,
            "| {}{gate} | {} | {} | {} | {} | {} | {} | {} | {} |",
            level.level,
            level.verdict,
            counts.passed,
            counts.failed,
            counts.warned,
            counts.inconclusive,
            counts.not_applicable,
            counts.not_tested,
            counts.waived
        )?;
    }
    writeln!(page)
}

fn official_kit(kit: &OfficialKit) -> String {
    let word = match kit.would_pass {
        Some(true) => "would pass",
        Some(false) => "would fail",
        None => "can't be predicted",
    };
    let (edition, failed) = (code(&kit.edition), kit.failed);
    kit.predicted_assertions().map_or_else(
        || format!("The official kit (edition {edition}): what it would say **{word}**."),
        |assertions| {
            format!(
                "The official kit (edition {edition}) **{word}**: {assertions} assertions, {failed} \
                 failed."
            )
        },
    )
}

/// What to mend, the most important first, each with what was seen first.
fn causes(page: &mut String, result: &RunResult) -> std::fmt::Result {
    if result.causes.is_empty() {
        return Ok(());
    }
    writeln!(page, "### Causes\n")?;
    for (number, cause) in (1..).zip(result.causes.iter().take(CAUSES)) {
        let s = if cause.findings.len() == 1 { "" } else { "s" };
        writeln!(
            page,
            "{number}. **{}** ({}, {}, {} finding{s})",
            code(&cause.headline()),
            cause.severity.name(),
            cause.level,
            cause.findings.len()
        )?;
        let first = cause
            .findings
            .first()
            .and_then(|at| result.findings.get(*at));
        if let Some(first) = first {
            writeln!(page, "   - seen: {}", code(&first.message))?;
        }
        writeln!(page, "   - mend: {}", code(&cause.advice))?;
        if let Some(command) = result.recheck(cause) {
            writeln!(page, "   - check the repair: {}", code(&command))?;
        }
    }
    more(page, result.causes.len(), CAUSES, "causes")
}

fn findings(page: &mut String, findings: &[Finding]) -> std::fmt::Result {
    let told: Vec<_> = findings
        .iter()
        .filter(|finding| finding.severity != Severity::Info)
        .collect();
    if told.is_empty() {
        return Ok(());
    }
    writeln!(page, "### Findings\n")?;
    for finding in told.iter().take(FINDINGS) {
        writeln!(
            page,
            "- **{}** {} ({}): {}",
            if finding.is_waived() {
                "waived"
            } else {
                finding.severity.name()
            },
            code(&finding.requirement),
            finding.level,
            code(&finding.message)
        )?;
        let (expected, actual) = (value(&finding.expected), value(&finding.actual));
        writeln!(page, "  - expected {expected}, got {actual}")?;
        if !finding.blocked.is_empty() {
            let blocked = finding.blocked.len();
            writeln!(
                page,
                "  - {blocked} more {} could not be decided because of it",
                if blocked == 1 { "check" } else { "checks" }
            )?;
        }
        if let Some(mark) = &finding.waiver {
            writeln!(page, "  - {}", code(&mark.sentence()))?;
        }
        if let Some(advice) = &finding.advice {
            writeln!(page, "  - {}", code(advice))?;
        }
    }
    more(page, told.len(), FINDINGS, "findings")
}

fn baseline(page: &mut String, comparison: &Comparison) -> std::fmt::Result {
    writeln!(
        page,
        "### Against the baseline of {}\n\n{}.\n",
        code(&comparison.before.started_at),
        comparison.counts()
    )?;
    for (name, list) in comparison.lists() {
        // What is still there stands among the findings above.
        if name == "still" || list.is_empty() {
            continue;
        }
        for difference in list.iter().take(FINDINGS) {
            writeln!(
                page,
                "- **{name}** {} ({}, {}): {}",
                code(&difference.requirement),
                difference.level,
                difference.severity,
                code(&difference.message)
            )?;
        }
        more(page, list.len(), FINDINGS, name)?;
    }
    notes(page, &comparison.notes)
}

fn notes(page: &mut String, notes: &[String]) -> std::fmt::Result {
    if notes.is_empty() {
        return Ok(());
    }
    writeln!(page, "### Notes\n")?;
    for note in notes.iter().take(NOTES) {
        writeln!(page, "- {}", code(note))?;
    }
    more(page, notes.len(), NOTES, "notes")
}

/// Says how many of a list are left out, and ends it.
fn more(page: &mut String, all: usize, shown: usize, what: &str) -> std::fmt::Result {
    if all > shown {
        writeln!(page, "- {} more {what} in the whole report", all - shown)?;
    }
    writeln!(page)
}

fn facts(page: &mut String, result: &RunResult) -> std::fmt::Result {
    if let Some(subject) = &result.subject {
        let named: Vec<_> = [&subject.company, &subject.product, &subject.release]
            .into_iter()
            .flatten()
            .map(|text| code(text))
            .collect();
        if !named.is_empty() {
            writeln!(page, "Product: {}\n", named.join(" "))?;
        }
    }
    writeln!(
        page,
        "{} requests to {} in {:.2} s, {}, seed {}.\n\nRepeat it with {}\n",
        result.exchanges.len(),
        code(&result.target.url),
        result.run.duration_ms as f64 / 1000.0,
        code(&result.run.started_at),
        code(&result.run.seed),
        code(&result.run.repeat)
    )?;
    writeln!(
        page,
        "Written by {}, an independent tool: no product of TM Forum, and no official certification result.",
        code(&format!("tmfctk {}", result.kit.version))
    )
}

fn value(value: &Value) -> String {
    code(&short(&value.to_string(), VALUE))
}

/// A code span that ends where it should, whatever stands in it, on one line.
fn code(text: &str) -> String {
    let text = visible(&short(text, TEXT)).replace(['\n', '\t'], " ");
    let longest = text
        .split(|char| char != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // A span may not begin or end with what delimits it; the blanks are not shown.
    let blank = if text.is_empty() || text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{fence}{blank}{text}{blank}{fence}")
}

#[cfg(test)]
mod tests {
    use super::code;

    #[test]
    fn a_code_span_holds_whatever_stands_in_it() {
        assert_eq!(code("<b>@all #1 *x*</b>"), "`<b>@all #1 *x*</b>`");
        assert_eq!(code("a`b``c"), "```a`b``c```");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code("a\nb\u{202e}"), "`a b\\u{202e}`");
        assert_eq!(code(""), "`  `");
    }
}
