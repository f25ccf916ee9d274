//! `tmfctk man`: the manual pages, one for each command.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Command};

use super::exit::{Exit, Failure};
use super::files::OutFolder;
use super::style::Terminal;

/// Write the manual pages, one for each command
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Write the manual pages, one for each command, into a folder, made if missing.",
    after_help = "Examples:\n  \
        tmfctk man man1\n  \
        tmfctk man ~/.local/share/man/man1 && man tmfctk-run"
)]
pub(super) struct Args {
    /// Where the pages go
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes the pages.
pub(super) fn run(
    args: &Args,
    mut command: Command,
    terminal: &mut Terminal,
) -> Result<Exit, Failure> {
    let folder = OutFolder::prepare(&args.folder).map_err(Failure::usage)?;
    command.build();
    for (name, page) in pages(&command)? {
        let path = folder.write(&name, &page).map_err(Failure::internal)?;
        terminal.line(&path.display().to_string());
    }
    Ok(Exit::Conformant)
}

/// Name and text of the pages of a command and of those below it.
fn pages(command: &Command) -> Result<Vec<(String, Vec<u8>)>, Failure> {
    let page = clap_mangen::Man::new(command.clone());
    let mut text = Vec::new();
    page.render(&mut text).map_err(Failure::internal)?;
    let mut pages = vec![(page.get_filename(), text)];
    let below = command.get_subcommands();
    for command in below.filter(|below| !below.is_hide_set() && below.get_name() != "help") {
        pages.extend(self::pages(command)?);
    }
    Ok(pages)
}
