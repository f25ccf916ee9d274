//! `tmfctk kit`: the official kit's own result beside ours, and its folder as a description.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Subcommand};

use super::exit::{Exit, Failure};
use super::files::{self, OutFolder};
use super::style::{BAD, GOOD, Terminal, styled, visible};
use crate::config::DEFAULT_OUT;
use crate::kit;
use crate::newman::{self, Comparison, KitRun};

/// Hold a result of the official kit against the prediction, or read a kit's folder
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  \
    tmfctk kit compare jsonResults.json")]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Compare a run of the official kit with what was predicted, and write its result without
    /// tokens and cookies
    #[command(
        long_about = "Compare a run of the official kit with what was predicted: its numbers, \
            request by request, with a reason for each difference. The prediction is that of a \
            stored result: run tmfctk against the same target, in the same state.\n\n\
            The kit's result holds the tokens that were sent, many times over. A copy without \
            tokens and cookies is written beside it; hand in that one.",
        after_help = "Exit codes:\n  \
            0  the numbers agree\n  \
            1  they differ\n  \
            2  a file can't be read, or is not one of the kit's\n  \
            4  the copy could not be written\n\n\
            Examples:\n  \
            tmfctk kit compare jsonResults.json\n  \
            tmfctk kit compare kit/jsonResults.json --result out/result.json --out submission"
    )]
    Compare {
        /// What the kit's runner wrote (newman's JSON reporter), or the folder that holds it
        #[arg(value_name = "JSONRESULTS.JSON|DIR")]
        file: PathBuf,
        /// The stored result that holds the prediction, or its folder
        /// [default: reports/latest/result.json]
        #[arg(long, value_name = "RESULT.JSON|DIR")]
        result: Option<PathBuf>,
        /// Where the copy without secrets goes [default: beside the file]
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Read an official kit's folder into a description of its requests and assertions
    #[command(
        long_about = "Read an official kit's folder into a description of its requests and \
            assertions: its Postman collection and environment, its config.json, and which payload \
            its start script puts into which request. Scripts are recognised by their shape, and \
            never executed. What can't be read of them is named by request and line, and the \
            description says \"exact\": false.",
        after_help = "Exit codes:\n  \
            0  the description is written; what could not be read of the kit is named\n  \
            2  the folder is not that of a kit, or a file in it can't be read\n  \
            4  the description could not be written\n\n\
            Examples:\n  \
            tmfctk kit import CTK-TMF620-ProductCatalog --out tmf620-kit.json\n  \
            tmfctk kit import . | jq .unread"
    )]
    Import {
        /// The folder that the kit was unpacked into
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        /// Where the description goes [default: standard output]
        #[arg(short, long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

/// Does what was asked for.
pub(super) fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let (file, result, out) = match &args.action {
        Action::Compare { file, result, out } => (file, result, out),
        Action::Import { folder, out } => return import(folder, out.as_deref(), terminal),
    };
    let stored = result
        .clone()
        .unwrap_or_else(|| Path::new(DEFAULT_OUT).join("result.json"));
    // The kit writes its result under this name.
    let file = &if file.is_dir() {
        file.join("jsonResults.json")
    } else {
        file.clone()
    };
    let wrong = |error: String| Failure::usage(format!("{}: {error}", file.display()));
    let document = newman::document(&files::read(file).map_err(Failure::usage)?)
        .map_err(|error| wrong(error.to_string()))?;
    let kit = KitRun::read(&document).map_err(|error| wrong(error.to_string()))?;
    let result = super::report::read_stored(&stored)?;
    let predicted = result.official_kit.as_ref().ok_or_else(|| {
        let text = format!("{}: it holds no prediction of a kit", stored.display());
        Failure::usage(text)
    })?;
    let folder = match out {
        Some(folder) => folder.as_path(),
        None => file.parent().unwrap_or(Path::new("")),
    };
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let folder = OutFolder::prepare(folder).map_err(Failure::usage)?;
    let comparison = newman::compare(&kit, predicted);
    print(terminal, &comparison, &predicted.edition);
    let redacted = newman::redact(document);
    let bytes = serde_json::to_vec(&redacted.document).map_err(Failure::internal)?;
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let copy = folder
        .write(&format!("{stem}.redacted.json"), &bytes)
        .map_err(Failure::internal)?;
    terminal.line(&format!(
        "{} is a copy without secrets, replaced in {} places",
        copy.display(),
        redacted.places
    ));
    let agree = comparison.differences.is_empty()
        && comparison.totals.iter().all(|one| one.kit == one.predicted);
    Ok(if agree {
        Exit::Conformant
    } else {
        Exit::NonConformant
    })
}

/// Writes the description of a kit, and names what could not be read of it.
fn import(folder: &Path, out: Option<&Path>, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let description = kit::import(folder).map_err(Failure::usage)?;
    let text = serde_json::to_string_pretty(&description).map_err(Failure::internal)?;
    let description = kit::Description::read(&text).map_err(Failure::internal)?;
    match out {
        None => terminal.product(&text),
        Some(out) => {
            fs::write(out, text + "\n")
                .map_err(|error| Failure::internal(format!("{}: {error}", out.display())))?;
            terminal.line(&format!(
                "{} describes {} requests",
                out.display(),
                description.requests.len()
            ));
        }
    }
    for what in &description.unread {
        terminal.warning(&format!("not read, so the numbers are not exact: {what}"));
    }
    Ok(Exit::Conformant)
}

fn print(terminal: &mut Terminal, comparison: &Comparison, edition: &str) {
    terminal.line(&format!(
        "{:18} {:>7} {:>9}   (predicted: edition {})",
        "",
        "kit",
        "predicted",
        visible(edition)
    ));
    for total in &comparison.totals {
        let line = format!("{:18} {:>7} {:>9}", total.what, total.kit, total.predicted);
        if total.kit == total.predicted {
            terminal.line(&line);
        } else {
            terminal.line(&styled(BAD, &line));
        }
    }
    for one in &comparison.differences {
        let request = visible(&one.request);
        terminal.line(&format!("request {} {request}", one.number));
        terminal.line(&format!("  {}", visible(&one.what)));
        terminal.line(&format!("  {}", visible(&one.why)));
    }
    if comparison.differences.is_empty() {
        terminal.line(&styled(GOOD, "the numbers agree, request by request"));
    }
}
