//! What a run prints: what is checked, the levels, the failures, where the reports lie.

use std::path::PathBuf;

use url::Url;

use super::exit::Exit;
use super::style::{BAD, DIM, GOOD, HEAD, Terminal, UNSURE, styled, visible};
use crate::config::Settings;
use crate::pack::Pack;
use crate::report::dossier;
use crate::terms::{Severity, Verdict};
use crate::verdict::{Cause, Counts, Finding, OfficialKit, RunResult};

/// Maximum number of findings printed; all are in the reports.
const MOST_FINDINGS: usize = 20;
/// Causes printed.
const MOST_CAUSES: usize = 15;
/// Findings printed of one cause.
const UNFOLDED: usize = 3;

/// How many of the records and listeners that are left are named; all are in the reports.
const MOST_LEFT: usize = 10;

/// What is about to be checked.
pub(super) fn heading(terminal: &mut Terminal, pack: &Pack, settings: &Settings, base: &Url) {
    let version = env!("CARGO_PKG_VERSION");
    terminal.line(&format!(
        "{} {}",
        styled(HEAD, &format!("tmfctk {version}")),
        styled(DIM, "independent conformance check, no official result")
    ));
    terminal.line(&format!(
        "  api     {} ({})",
        pack.manifest.title, pack.manifest.name
    ));
    terminal.line(&format!("  target  {base}"));
    terminal.line(&format!(
        "  level   {}, gate {}, seed {}",
        settings.level, settings.gate, settings.seed
    ));
    terminal.line("");
}

/// How the run went.
pub(super) fn print(terminal: &mut Terminal, result: &RunResult, written: &[PathBuf]) {
    if result.run.interrupted {
        terminal.line(&styled(
            UNSURE,
            "interrupted: the reports hold what was done until then",
        ));
    }
    if let Some(selection) = &result.run.selection {
        terminal.line(&styled(
            UNSURE,
            &format!(
                "a selection: {} ran, {} ({}); what was left out is inconclusive",
                selection.share(),
                outcomes(result),
                visible(&selection.options.join(" "))
            ),
        ));
    }
    if let Some(existing) = &result.run.existing {
        let text = format!("{}; {}", existing.manner(), existing.cost());
        terminal.line(&styled(UNSURE, &text));
    }
    for level in &result.levels {
        terminal.line(&format!(
            "  {:<14} {} {}",
            level.level,
            styled(style_of(level.verdict), &format!("{:<14}", level.verdict)),
            counts(&level.counts)
        ));
    }
    if let Some(kit) = &result.official_kit {
        terminal.line(&format!("  {:<14} {}", "official kit", prediction(kit)));
    }
    if result.existing_data.violating > 0 {
        let data = &result.existing_data;
        terminal.line(&format!(
            "  {:<14} {} of {} older records violate the rules (not counted against the target)",
            "older records", data.violating, data.records
        ));
    }
    findings(terminal, result);
    if let Some(comparison) = &result.baseline {
        super::diff::changes(terminal, comparison, &["undecided", "waived", "fixed"]);
    }
    for note in &result.notes {
        terminal.line(&format!("  {} {}", styled(UNSURE, "note"), visible(note)));
    }
    left(terminal, result);
    terminal.line("");
    headlines(terminal, result);
    let verdict = result.verdict.name();
    let reason = result
        .reason
        .strip_prefix(verdict)
        .unwrap_or(&result.reason);
    terminal.line(&format!(
        "{} {} {}",
        styled(style_of(result.verdict), &verdict.to_uppercase()),
        visible(reason.trim_start()),
        styled(
            DIM,
            &format!(
                "({} requests, {:.2} s)",
                result.exchanges.len(),
                result.run.duration_ms as f64 / 1000.0
            )
        )
    ));
    let decision = result.decision();
    if let Some(reason) = &decision.reason {
        terminal.line(&format!(
            "{} {} (exit code {})",
            styled(style_of(decision.verdict), "DECIDED BY"),
            visible(reason),
            Exit::from(decision.verdict) as u8
        ));
    }
    for path in written {
        terminal.line(&format!("  {}", path.display()));
    }
    if let Some(meaning) = result.submission() {
        terminal.line(&styled(HEAD, &meaning));
    }
}

/// Would the official kit pass the target, and what is to be mended?
fn headlines(terminal: &mut Terminal, result: &RunResult) {
    let certificate = result.certificate();
    let mut line = |label: &str, verdict: Verdict, text: &str| {
        let label = styled(HEAD, &format!("{label:<12}"));
        terminal.line(&format!("{label} {}", styled(style_of(verdict), text)));
    };
    line("Certificate", certificate.verdict(), certificate.sentence());
    let conformance = result.conformance();
    let beyond = match conformance.beyond {
        0 => String::new(),
        beyond => format!(" ({beyond} more above the gate, or warnings)"),
    };
    let text = format!("{}{beyond}", conformance.sentence());
    line("Conformance", conformance.verdict, &text);
}

/// Names what the run has left at the target, and what it did not touch.
fn left(terminal: &mut Terminal, result: &RunResult) {
    let records = result.created.iter().filter(|record| !record.deleted);
    let records: Vec<_> = records.collect();
    if let Some(first) = records.first() {
        let why = first.reason.as_deref().unwrap_or("no reason is known");
        terminal.line(&format!(
            "  {} {} created {} left at the target ({}), see the report",
            styled(UNSURE, "note"),
            records.len(),
            if records.len() == 1 {
                "record was"
            } else {
                "records were"
            },
            visible(why)
        ));
    }
    let left = &result.run.left;
    for one in left.iter().take(MOST_LEFT) {
        terminal.line(&format!(
            "  {} {} {}",
            styled(UNSURE, "left"),
            one.resource,
            visible(&one.id)
        ));
    }
    if left.len() > MOST_LEFT {
        terminal.line(&format!(
            "  {} {} in all, see the report",
            styled(UNSURE, "left"),
            left.len()
        ));
    }
    let created = result.created.iter();
    let others: Vec<_> = created
        .filter(|one| one.deleted && one.reason.is_some())
        .collect();
    if let [first, ..] = &others[..] {
        terminal.line(&format!(
            "  {} {} of the ids that the run was given have other records now, which were not \
             touched, such as {}",
            styled(UNSURE, "note"),
            others.len(),
            visible(&first.id)
        ));
    }
}

/// Says whether the run can be handed in, and why not.
pub(super) fn fit(terminal: &mut Terminal, result: &RunResult) -> bool {
    let lacks = dossier::result_gaps(result);
    for lack in &lacks {
        let unfit = styled(BAD, "UNFIT TO HAND IN");
        terminal.line(&format!("{unfit} {}", visible(lack)));
    }
    if lacks.is_empty() {
        let fit = styled(GOOD, "FIT TO HAND IN");
        terminal.line(&format!("{fit} tmfctk dossier writes what belongs to it"));
    }
    lacks.is_empty()
}

const fn style_of(verdict: Verdict) -> anstyle::Style {
    match verdict {
        Verdict::Conformant => GOOD,
        Verdict::NonConformant => BAD,
        Verdict::Inconclusive => UNSURE,
    }
}

fn counts(counts: &Counts) -> String {
    let parts = [
        (counts.passed, "passed"),
        (counts.failed, "failed"),
        (counts.warned, "warned"),
        (counts.inconclusive, "inconclusive"),
        (counts.waived, "waived"),
        (counts.not_applicable, "not applicable"),
        (counts.not_tested, "not tested"),
    ];
    let shown: Vec<_> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    format!("{} of {} requirements", shown.join(", "), counts.total())
}

/// How many scenarios came to what: `2 passed, 1 failed`.
fn outcomes(result: &RunResult) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for scenario in &result.scenarios {
        let status = scenario.status.name();
        match counts.iter_mut().find(|(known, _)| *known == status) {
            Some((_, count)) => *count += 1,
            None => counts.push((status, 1)),
        }
    }
    let counts = counts
        .iter()
        .map(|(status, count)| format!("{count} {status}"));
    counts.collect::<Vec<_>>().join(", ")
}

fn prediction(kit: &OfficialKit) -> String {
    let outcome = match kit.would_pass {
        Some(true) => styled(GOOD, "would pass    "),
        Some(false) => styled(BAD, "would fail    "),
        None => styled(UNSURE, "can't be said "),
    };
    let limit = if kit.kit_limit_likely {
        "; its time limit would probably end it without a report"
    } else {
        ""
    };
    let exact = if kit.exact {
        ""
    } else {
        "; the numbers are not exact"
    };
    let (failed, edition) = (kit.failed, &kit.edition);
    kit.predicted_assertions().map_or_else(
        || format!("{outcome} (edition {edition})"),
        |assertions| {
            format!(
                "{outcome} {assertions} assertions, {failed} failed (edition {edition}){exact}{limit}"
            )
        },
    )
}

/// The causes, each with its findings; the findings alone where the result is of a version that knew
/// no causes.
fn findings(terminal: &mut Terminal, result: &RunResult) {
    let shown: Vec<(usize, &Finding)> = result
        .findings
        .iter()
        .enumerate()
        .filter(|(_, finding)| finding.severity > Severity::Info)
        .collect();
    if shown.is_empty() {
        return;
    }
    terminal.line("");
    if result.causes.is_empty() {
        for (_, finding) in shown.iter().take(MOST_FINDINGS) {
            print_finding(terminal, result, finding);
        }
        if shown.len() > MOST_FINDINGS {
            let more = shown.len() - MOST_FINDINGS;
            terminal.line(&format!("  … and {more} more findings in the report"));
        }
        return;
    }
    let mut left = MOST_FINDINGS;
    for (number, cause) in (1..).zip(&result.causes) {
        if number > MOST_CAUSES {
            let more = result.causes.len() - MOST_CAUSES;
            terminal.line(&format!("  … and {more} more causes in the report"));
            break;
        }
        print_cause(terminal, result, number, cause);
        let own = cause.findings.iter();
        let mut own: Vec<&Finding> = own.filter_map(|at| result.findings.get(*at)).collect();
        // The broken requirement shows the cause; the others show what follows.
        own.sort_by_key(|finding| Some(&finding.requirement) != cause.requirements.first());
        let unfolded = own.len().min(UNFOLDED).min(left);
        for finding in own.iter().take(unfolded) {
            print_finding(terminal, result, finding);
        }
        left -= unfolded;
        if own.len() > unfolded {
            let more = own.len() - unfolded;
            let s = if more == 1 { "" } else { "s" };
            terminal.line(&format!(
                "    … and {more} more finding{s} of this cause in the report"
            ));
        }
        terminal.line(&format!("    mend: {}", visible(&cause.advice)));
        if let Some(command) = result.recheck(cause) {
            let command = visible(&command);
            terminal.line(&styled(DIM, &format!("    check the repair: {command}")));
        }
        terminal.line("");
    }
}

/// `1. looks like: a list is wrapped in an object`
fn print_cause(terminal: &mut Terminal, result: &RunResult, number: usize, cause: &Cause) {
    let style = match cause.severity {
        Severity::Fail => BAD,
        Severity::Warn | Severity::Info => UNSURE,
    };
    let above = cause.follows.as_ref().and_then(|id| {
        let place = result.causes.iter().position(|known| known.id == *id)?;
        Some(format!(", follows from {}", place + 1))
    });
    terminal.line(&format!(
        "{} {} {}",
        styled(style, &format!("{number:>2}.")),
        styled(HEAD, &visible(&cause.headline())),
        styled(
            DIM,
            &format!("({}{})", cause.level, above.unwrap_or_default())
        )
    ));
}

fn print_finding(terminal: &mut Terminal, result: &RunResult, finding: &Finding) {
    let word = match finding.severity {
        _ if finding.is_waived() => styled(DIM, "WAIVED"),
        Severity::Fail => styled(BAD, "FAIL"),
        Severity::Warn => styled(UNSURE, "WARN"),
        Severity::Info => styled(DIM, "INFO"),
    };
    let induced = if finding.kit_induced {
        " [flaw of the kit]"
    } else {
        ""
    };
    let known = match &result.baseline {
        Some(comparison) if finding.counts() && comparison.knows(finding) => " [known]",
        Some(_) if finding.counts() => " [new]",
        _ => "",
    };
    let times = if finding.count > 1 {
        format!(" ({} times)", finding.count)
    } else {
        String::new()
    };
    terminal.line(&format!(
        "  {word} {}{induced}{known} {}{times}",
        finding.requirement,
        visible(&finding.message)
    ));
    let expected = visible(&short(&finding.expected));
    let actual = visible(&short(&finding.actual));
    terminal.line(&format!("       expected {expected}, got {actual}"));
    if let Some(line) = finding
        .exchange
        .and_then(|index| exchange_line(result, index))
    {
        terminal.line(&styled(DIM, &format!("       {}", visible(&line))));
    }
    if !finding.blocked.is_empty() {
        let many = finding.blocked.len();
        terminal.line(&format!(
            "       {many} more {} could not be decided because of it",
            if many == 1 { "check" } else { "checks" }
        ));
    }
    if let Some(mark) = &finding.waiver {
        terminal.line(&format!("       {}", visible(&mark.sentence())));
    }
    if let Some(advice) = &finding.advice {
        terminal.line(&format!("       {}", visible(advice)));
    }
}

fn exchange_line(result: &RunResult, index: usize) -> Option<String> {
    let exchange = result
        .exchanges
        .iter()
        .find(|exchange| exchange.index == index)?;
    let answer = exchange.response.as_ref().map_or_else(
        || "no answer".to_owned(),
        |response| response.status.to_string(),
    );
    Some(format!(
        "{} {} -> {answer} [{index}]",
        exchange.request.method, exchange.request.url
    ))
}

/// A JSON value on one line, cut.
fn short(value: &serde_json::Value) -> String {
    const LONGEST: usize = 120;
    let text = match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    let cut: String = text.chars().take(LONGEST).collect();
    format!("{cut}…")
}
