//! `tmfctk diff`: two stored results side by side.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::exit::{Exit, Failure};
use super::report::read_stored;
use super::style::{BAD, DIM, GOOD, HEAD, Terminal, UNSURE, styled, visible};
use crate::terms::{Severity, Verdict};
use crate::verdict::{self, Comparison, Difference};

/// Tell what is new, fixed and still there between two stored results
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Tell what is new, fixed and still there between two stored results, which verdicts \
        and statuses changed, and whether the later one is worse: a new failure up to its gate, or \
        less that could be decided. Findings are the same where their fingerprints are; what was not \
        seen again counts as fixed only where it was looked for. Where one of the two ran only a part, \
        the scenarios that ran in both are compared.",
    after_help = "Exit codes:\n  \
        0  no difference that matters\n  \
        1  the later one is worse\n  \
        2  one can't be read, or they are of different packs\n\n\
        Examples:\n  \
        tmfctk diff reports/monday reports/latest\n  \
        tmfctk diff before/result.json after/result.json --format json"
)]
pub(super) struct Args {
    /// The earlier result: a result.json, or its folder
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// The later one
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    /// How it is written
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    format: Format,
    /// Print nothing: the exit code says it
    #[arg(long, short)]
    quiet: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
}

/// Compares two results.
pub(super) fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    terminal.quiet = args.quiet;
    let before = read_stored(&args.before)?;
    let after = read_stored(&args.after)?;
    verdict::comparable(&before, &after.kit.pack, after.schema_version)
        .map_err(|error| Failure::usage(format!("{}: {error}", args.before.display())))?;
    let comparison = verdict::compare(&before, &after);
    match args.format {
        Format::Json => {
            let json = serde_json::to_string_pretty(&comparison).map_err(Failure::internal)?;
            terminal.line(&json);
        }
        Format::Table => table(terminal, &comparison),
    }
    Ok(match comparison.verdict {
        Verdict::Conformant => Exit::Conformant,
        Verdict::NonConformant | Verdict::Inconclusive => Exit::NonConformant,
    })
}

fn table(terminal: &mut Terminal, comparison: &Comparison) {
    let (before, after) = (&comparison.before, &comparison.after);
    let mut rows = vec![
        ("", "before", "after", false),
        ("target", &before.target, &after.target, false),
        ("run", &before.started_at, &after.started_at, false),
    ];
    let word = |verdict: Option<Verdict>| verdict.map_or("not run", Verdict::name);
    for level in &comparison.levels {
        let changed = level.before != level.after;
        rows.push((
            level.level.name(),
            word(level.before),
            word(level.after),
            changed,
        ));
    }
    if comparison.part.is_none() {
        let changed = before.verdict != after.verdict;
        rows.push((
            "verdict",
            before.verdict.name(),
            after.verdict.name(),
            changed,
        ));
    }
    let width = rows.iter().map(|row| visible(row.1).chars().count()).max();
    let width = width.unwrap_or_default();
    for (what, before, after, changed) in rows {
        let mark = if changed { "  (changed)" } else { "" };
        let before = visible(before);
        terminal.line(&format!(
            "  {what:<14} {before:<width$}  {}{mark}",
            visible(after)
        ));
    }
    terminal.line("");
    changes(
        terminal,
        comparison,
        &["new", "still", "undecided", "waived", "fixed"],
    );
    if !comparison.requirements.is_empty() {
        terminal.line(&styled(HEAD, "requirements whose status changed"));
    }
    for change in &comparison.requirements {
        terminal.line(&format!(
            "  {:<20} {:<14} {} -> {}",
            visible(&change.id),
            change.level,
            change.before,
            change.after
        ));
    }
    let (style, word) = match comparison.verdict {
        Verdict::Conformant => (GOOD, "NOT WORSE"),
        Verdict::NonConformant => (BAD, "WORSE"),
        Verdict::Inconclusive => (UNSURE, "LESS IS KNOWN"),
    };
    terminal.line(&format!(
        "{} {} ({})",
        styled(style, word),
        visible(&comparison.reason),
        comparison.counts()
    ));
}

/// The findings of some lists, and what else differs between the two.
pub(super) fn changes(terminal: &mut Terminal, comparison: &Comparison, wanted: &[&str]) {
    for (name, list) in comparison.lists() {
        if !wanted.contains(&name) {
            continue;
        }
        let (style, word) = match name {
            "new" => (BAD, "NEW"),
            "still" => (UNSURE, "STILL THERE"),
            "undecided" => (UNSURE, "NOT DECIDED"),
            "waived" => (DIM, "NOW WAIVED"),
            _ => (GOOD, "FIXED"),
        };
        // Causes first, each with its findings, in the order of their first finding.
        let mut causes: Vec<&Option<String>> = Vec::new();
        for difference in list {
            if !causes.contains(&&difference.cause) {
                causes.push(&difference.cause);
            }
        }
        for cause in causes {
            let own = list.iter().filter(|it| it.cause == *cause);
            if let Some(cause) = cause {
                let count = own.clone().count();
                let s = if count == 1 { "" } else { "s" };
                let word = styled(style, &format!("{word:<11}"));
                let cause = styled(HEAD, &visible(cause));
                terminal.line(&format!("  {word} {cause} ({count} finding{s})"));
            }
            for difference in own {
                terminal.line(&line(&styled(style, &format!("{word:<11}")), difference));
            }
        }
    }
    for note in &comparison.notes {
        terminal.line(&format!("  {} {}", styled(UNSURE, "note"), visible(note)));
    }
}

fn line(word: &str, difference: &Difference) -> String {
    let severity = match difference.severity {
        Severity::Fail => "fail",
        Severity::Warn => "warn",
        Severity::Info => "info",
    };
    format!(
        "  {word} {severity} {} ({}) {}",
        visible(&difference.requirement),
        difference.level,
        visible(&difference.message)
    )
}
