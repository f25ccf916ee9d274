//! `tmfctk doctor`: the way to a target, before it is judged.

use clap::{ArgMatches, Args as ClapArgs, ValueEnum};

use super::exit::{Exit, Failure, without_token};
use super::style::{BAD, DIM, GOOD, Terminal, UNSURE, styled, visible};
use super::target::{Target, with_target};
use crate::config;
use crate::preflight::{CheckOutcome, Line, Preflight};
use crate::session::Session;

/// Look at the configuration and the way to the target; change nothing and judge nothing
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Look at the configuration and the way to the target: the payload, name \
        resolution, connection, TLS, base path (the usual mistakes are tried), authentication, \
        the collection, clocks, rate limits, the operations that OPTIONS names, the listener. \
        Each line says what was looked at, what came of it, and what to do. Nothing is changed at \
        the target, and nothing is judged.",
    after_help = "Exit codes:\n  \
        0  a run can begin\n  \
        1  the target answers, but something stands in the way\n  \
        2  the command line or the configuration is wrong; no request was sent\n  \
        3  the target can't be reached\n\n\
        Examples:\n  \
        tmfctk doctor http://localhost:8080/tmf-api/partyInteraction/v4\n  \
        tmfctk doctor --env staging\n  \
        tmfctk doctor --format json"
)]
pub(super) struct Args {
    /// How the lines are printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

impl Args {
    /// Adds what only the environment says.
    pub(super) fn complete(&mut self, matches: &ArgMatches) {
        self.target.complete(matches);
    }
}

/// Looks, and prints what it saw.
pub(super) fn run(args: Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let server = args.target.server();
    let settings = config::resolve(args.target.options).map_err(Failure::usage)?;
    let preflight = with_target(settings, server, async |settings, base| {
        let session = Session::prepare(settings, base).map_err(Failure::usage)?;
        session.authenticate().await.map_err(without_token)?;
        Ok(session.preflight().await)
    })?;
    if args.format == Format::Json {
        let text = serde_json::to_string_pretty(&preflight).map_err(Failure::internal)?;
        terminal.product(&text);
    } else {
        preflight
            .lines
            .iter()
            .for_each(|line| print(terminal, line));
        summary(terminal, &preflight);
    }
    Ok(exit(&preflight))
}

/// Says in one line whether a run can begin.
fn summary(terminal: &mut Terminal, preflight: &Preflight) {
    let count = |outcome| {
        let lines = preflight.lines.iter();
        lines.filter(|line| line.outcome == outcome).count()
    };
    let counts = [
        (CheckOutcome::Good, "ok"),
        (CheckOutcome::Advice, "with advice"),
        (CheckOutcome::Bad, "wrong"),
        (CheckOutcome::Unknown, "unknown"),
    ];
    let counts = counts.map(|(outcome, word)| (count(outcome), word));
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let exit = exit(preflight);
    let word = match exit {
        Exit::Conformant => styled(GOOD, "a run can begin"),
        Exit::Inconclusive => styled(BAD, "the target can't be reached"),
        _ => styled(BAD, "something stands in the way of a run"),
    };
    terminal.line("");
    terminal.line(&format!(
        "{word}: {} (exit code {})",
        counts.join(", "),
        exit as u8
    ));
}

fn exit(preflight: &Preflight) -> Exit {
    if !preflight.reachable {
        Exit::Inconclusive
    } else if preflight.is_bad() {
        Exit::NonConformant
    } else {
        Exit::Conformant
    }
}

/// Prints a line, and what to do about it.
pub(super) fn print(terminal: &mut Terminal, line: &Line) {
    let outcome = match line.outcome {
        CheckOutcome::Good => styled(GOOD, "ok     "),
        CheckOutcome::Advice => styled(UNSURE, "advice "),
        CheckOutcome::Bad => styled(BAD, "wrong  "),
        CheckOutcome::Unknown => styled(DIM, "unknown"),
    };
    let what = line.what;
    terminal.line(&format!("{outcome} {what:<15} {}", visible(&line.result)));
    if let Some(advice) = &line.advice {
        terminal.line(&format!("{:>24}{}", "-> ", visible(advice)));
    }
}
