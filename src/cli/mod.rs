//! The command line: clap definitions, one file for each command, the exit codes.

mod clean;
mod completions;
mod diff;
mod doctor;
mod dossier;
mod exit;
mod explain;
mod files;
#[cfg(test)]
mod help_tests;
mod init;
mod job;
mod keygen;
mod kit;
mod list;
mod man;
mod merge;
mod output;
mod platform;
mod report;
mod requirements;
mod run;
mod save_result;
mod schemas;
mod selection;
mod selftest;
mod serve;
mod several;
mod signals;
mod steps;
mod style;
mod summary;
mod target;
mod variables;
mod verify;
mod watch;
mod words;
mod worker;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub use self::exit::Exit;
use self::style::Terminal;

/// An independent conformance test harness for TM Forum Open APIs.
#[derive(Debug, Parser)]
#[command(
    name = "tmfctk",
    version,
    long_version = concat!(env!("CARGO_PKG_VERSION"), "\n", env!("BUILT_AS")),
    about = "Checks implementations of TM Forum Open APIs for conformance",
    long_about = "Checks implementations of TM Forum Open APIs for conformance.\n\n\
        tmfctk predicts what the official Conformance Test Kit would say of a target, and goes \
        beyond it: levels from certification to guideline, with the evidence behind each verdict. \
        It is an independent tool; nothing that it writes is an official result of TM Forum.",
    after_help = "Examples:\n  \
        tmfctk run http://localhost:8080/tmf-api/partyInteraction/v4\n  \
        tmfctk run --reference\n  \
        tmfctk requirements --format json\n\n\
        Each command has its own help with examples: tmfctk run --help"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    // What each is stands with its arguments: said here, it would take the place of the long text.
    Run(Box<run::Args>),
    Init(Box<init::Args>),
    Doctor(Box<doctor::Args>),
    Clean(Box<clean::Args>),
    List(list::Args),
    Serve(serve::Args),
    Requirements(requirements::Args),
    Explain(explain::Args),
    Steps(steps::Args),
    Schemas(schemas::Args),
    Report(report::Args),
    Verify(verify::Args),
    Dossier(dossier::Args),
    Diff(diff::Args),
    Merge(merge::Args),
    Kit(kit::Args),
    Keygen(keygen::Args),
    Selftest(selftest::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Cli {
    /// Reads the process's arguments, and what of them the environment gave.
    fn read() -> Result<Self, clap::Error> {
        let whole = words::complete(Self::command());
        let matches = whole
            .clone()
            .try_get_matches()
            .map_err(|error| words::explain(error, &whole))?;
        let mut cli =
            Self::from_arg_matches(&matches).map_err(|error| error.format(&mut whole.clone()))?;
        if let Some((name, matches)) = matches.subcommand() {
            if let Some(complaint) = variables::complaint(&whole, name) {
                return Err(whole.clone().error(ErrorKind::UnknownArgument, complaint));
            }
            match &mut cli.command {
                Command::Run(args) => args.complete(matches),
                Command::Doctor(args) => args.complete(matches),
                Command::Clean(args) => args.complete(matches),
                _ => {}
            }
        }
        Ok(cli)
    }
}

/// Reads the process's arguments, does what they ask for, and says how it went.
pub fn main() -> ExitCode {
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are not errors; where the terminal is gone nothing can be said.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage.into()
            } else {
                Exit::Conformant.into()
            };
        }
    };
    let mut terminal = Terminal::for_process();
    let done = match cli.command {
        Command::Run(args) => run::run(*args, &mut terminal),
        Command::Init(args) => init::run(*args, &mut terminal),
        Command::Doctor(args) => doctor::run(*args, &mut terminal),
        Command::Clean(args) => clean::run(*args, &mut terminal),
        Command::List(args) => list::run(&args, &mut terminal),
        Command::Serve(args) => serve::run(args, &mut terminal),
        Command::Requirements(args) => requirements::run(&args, &mut terminal),
        Command::Explain(args) => explain::run(&args, &mut terminal),
        Command::Steps(args) => Ok(steps::run(&args, &mut terminal)),
        Command::Schemas(args) => schemas::run(&args, &mut terminal),
        Command::Report(args) => report::run(&args, &mut terminal),
        Command::Verify(args) => verify::run(&args, &mut terminal),
        Command::Dossier(args) => dossier::run(&args, &mut terminal),
        Command::Merge(args) => merge::run(&args, &mut terminal),
        Command::Diff(args) => diff::run(&args, &mut terminal),
        Command::Kit(args) => kit::run(&args, &mut terminal),
        Command::Keygen(args) => keygen::run(&args, &mut terminal),
        Command::Completions(args) => Ok(completions::run(
            &args,
            words::for_shells(Cli::command()),
            &mut terminal,
        )),
        Command::Man(args) => man::run(&args, Cli::command(), &mut terminal),
        Command::Selftest(args) => selftest::run(&args, &mut terminal),
    };
    match done {
        Ok(exit) => exit.into(),
        Err(failure) => {
            terminal.error(&failure.message);
            failure.exit.into()
        }
    }
}
