//! `tmfctk clean`: what a run that was killed has left at its target.

use std::path::{Path, PathBuf};

use clap::{ArgMatches, Args as ClapArgs};

use super::exit::{Exit, Failure};
use super::style::{BAD, GOOD, Terminal, UNSURE, styled, visible};
use super::target::{complete, with_target};
use crate::config::{
    self, ConfigChoice, DEFAULT_OUT, GivenAccess, GivenLimits, Overrides, TargetSetting,
};
use crate::journal::{self, Leftovers};
use crate::session::remove_leftovers;

/// Remove the records and listeners that a run left which was killed
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Remove the records and listeners that a run left which was killed, or could not \
        reach its target any more. From its first create on a run keeps a journal in the folder of \
        its reports; where nothing of it is left, the journal is removed. Each record is read before \
        it is deleted: it has to carry the run's marker, or all that the run sent. A record of \
        others that has the id of one of the run by now is named, and not touched. Records of \
        creates that got no answer are found by the marker that they hold.",
    after_help = "Exit codes:\n  \
        0  nothing of the run is left\n  \
        1  something could not be removed\n  \
        2  there is no such folder, or the command line, the configuration or a journal can't be used\n  \
        3  the target can't be reached\n\n\
        Examples:\n  \
        tmfctk clean\n  \
        tmfctk clean reports/staging --env staging"
)]
pub(super) struct Args {
    /// The folder of the run's reports [default: reports/latest]
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    choice: ConfigChoice,
    #[command(flatten)]
    limits: GivenLimits,
    #[command(flatten)]
    access: GivenAccess,
    /// What only the environment says.
    #[arg(skip)]
    rest: Overrides,
}

impl Args {
    /// Adds what only the environment says.
    pub(super) fn complete(&mut self, matches: &ArgMatches) {
        self.rest.access = std::mem::take(&mut self.access);
        complete(&mut self.rest, matches);
    }
}

/// Cleans up after all journals of a folder.
pub(super) fn run(args: Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    terminal.quiet = args.quiet;
    let folder = args.folder.unwrap_or_else(|| DEFAULT_OUT.into());
    let given = Overrides {
        choice: args.choice,
        limits: args.limits,
        ..args.rest
    };
    if !folder.is_dir() {
        return Err(Failure::usage(format!(
            "{} is not a folder, so no run has left anything there: name the folder of its reports, \
             the --out of the run",
            folder.display()
        )));
    }
    let journals = journal::find(&folder).map_err(Failure::usage)?;
    let mut exit = Exit::Conformant;
    if journals.is_empty() {
        let text = format!("{}: no run has left anything", folder.display());
        terminal.line(&styled(GOOD, &text));
    }
    for path in journals {
        let left = journal::read(&path).map_err(Failure::usage)?;
        match one(&given, &path, &left, terminal)? {
            Exit::Conformant => {
                std::fs::remove_file(&path).map_err(|error| {
                    Failure::internal(format!("{} can't be removed: {error}", path.display()))
                })?;
            }
            worse if exit == Exit::Conformant => exit = worse,
            _ => {}
        }
    }
    Ok(exit)
}

fn one(
    given: &Overrides,
    path: &Path,
    left: &Leftovers,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    let mut given = given.clone();
    if given.choice.named.is_none() {
        let named = config::target_named_at(&given, &left.about.target);
        given.choice.named = named.map_err(Failure::usage)?;
    }
    let settings = config::resolve(Overrides {
        target: Some(left.about.target.clone()),
        api: Some(left.about.pack.clone()),
        ..given.clone()
    })
    .map_err(Failure::usage)?;
    if settings.existing.read_only {
        return Err(Failure::usage(format!(
            "the configuration says `read-only`, and removing what {} names changes the target: \
             choose another configuration with --config or --env",
            path.display()
        )));
    }
    // What is given for one target is not for another: it may hold credentials.
    let configured = config::configured_target(&given).map_err(Failure::usage)?;
    if let Some(url) = configured.as_ref().and_then(TargetSetting::url)
        && let Some(journal) = settings.target.url()
        && settings.has_credentials()
        && url.origin() != journal.origin()
    {
        return Err(Failure::usage(format!(
            "{} is about {journal}, but the credentials of the configuration are for {url}: choose \
             the configuration of that target with --config, --env or --target",
            path.display()
        )));
    }
    let cleaned = with_target(settings, Default::default(), async |settings, base| {
        let removing = remove_leftovers(&settings, &base, path, left);
        removing.await.map_err(Failure::usage)
    })?;
    for record in &cleaned.records {
        let style = match (record.deleted, &record.reason) {
            (true, None) => styled(GOOD, "removed"),
            (true, Some(_)) => styled(UNSURE, "kept   "),
            (false, _) => styled(BAD, "left   "),
        };
        let why = record.reason.as_ref();
        let why = why.map_or_else(String::new, |why| format!(": {}", visible(why)));
        terminal.line(&format!("{style} {}{why}", record.url));
    }
    for note in &cleaned.notes {
        terminal.line(&format!("{} {}", styled(UNSURE, "note   "), visible(note)));
    }
    Ok(if cleaned.is_done() {
        Exit::Conformant
    } else if cleaned.reachable {
        Exit::NonConformant
    } else {
        Exit::Inconclusive
    })
}
