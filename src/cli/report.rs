//! `tmfctk report`: the reports once more, from a stored result.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::exit::{Exit, Failure};
use super::files;
use super::output::Output;
use super::style::Terminal;
use crate::config::{DEFAULT_FORMATS, DEFAULT_OUT};
use crate::report::{Format, json};
use crate::verdict::RunResult;

/// Write the reports of a stored result once more
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Write the reports of a stored result once more, without a target and without a \
        network: byte for byte those that the run wrote, as long as the version of tmfctk is the \
        same.",
    after_help = "Exit codes:\n  \
        0  written\n  \
        2  the file can't be read, is cut off, no result of tmfctk, or of a newer version\n  \
        4  a report could not be written\n\n\
        Examples:\n  \
        tmfctk report reports/latest/result.json --out reports/again\n  \
        tmfctk report result.json --out pages --format html,markdown"
)]
pub(super) struct Args {
    /// The stored result, or the folder that holds it
    #[arg(value_name = "RESULT.JSON|DIR")]
    result: PathBuf,
    /// Where the reports go, made if missing
    #[arg(long, value_name = "DIR", default_value = DEFAULT_OUT)]
    out: PathBuf,
    /// Which reports, separated by commas: html, html-multi, json, junit, har, markdown, sarif,
    /// codequality, or all
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        default_values_t = DEFAULT_FORMATS.map(str::to_owned)
    )]
    format: Vec<String>,
    /// Sign the manifest with this private key (PEM, see tmfctk keygen)
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    /// A folder with templates, stylesheet or texts of your own (see tmfctk run --help)
    #[arg(long, value_name = "DIR")]
    template: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Renders a stored result.
pub(super) fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    terminal.quiet = args.quiet;
    let result = read_stored(&args.result)?;
    let output = Output::prepare(
        &args.out,
        &args.format,
        args.sign.as_deref(),
        args.template.as_deref(),
    )?;
    for path in output.write(&result).whole()? {
        terminal.line(&path.display().to_string());
    }
    Ok(Exit::Conformant)
}

/// Reads a stored result; what can't be read is a usage error that names the file.
pub(super) fn read(path: &Path) -> Result<RunResult, Failure> {
    let bytes = files::read(path).map_err(Failure::usage)?;
    json::parse(&bytes).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// The same from the folder that holds it, too.
pub(super) fn read_stored(path: &Path) -> Result<RunResult, Failure> {
    if path.is_dir() {
        read(&path.join(Format::Json.file_name()))
    } else {
        read(path)
    }
}
