//! `tmfctk verify`: is a folder of reports as it was written?

use std::path::PathBuf;

use clap::Args as ClapArgs;

use super::exit::{Exit, Failure};
use super::style::{BAD, GOOD, Terminal, styled};
use crate::manifest::{self, PublicKey};

/// Tell whether a folder of reports is as it was written
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Tell whether a folder of reports is as it was written, by its manifest.json: \
        whether a file was changed, added or is missing, which exchanges of the result were \
        changed, and which key signed. Needs no network.\n\n\
        A person who changes a report can write a new manifest, too: only a signature with a key that \
        you know shows who wrote it. With --key anything else is refused. OpenSSL checks the same: \
        openssl pkeyutl -verify -pubin -inkey KEY.pub -rawin -in manifest.json -sigfile manifest.sig",
    after_help = "Exit codes:\n  \
        0  all is as it was written\n  \
        1  something was changed, added or is missing, or another key signed\n  \
        2  there is no manifest, or it can't be read\n\n\
        Examples:\n  \
        tmfctk verify reports/latest\n  \
        tmfctk verify submission --key vendor.key.pub"
)]
pub(super) struct Args {
    /// The folder
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The public key that must have signed (PEM)
    #[arg(long, value_name = "KEY")]
    key: Option<PathBuf>,
    /// Print nothing but what is wrong
    #[arg(long, short)]
    quiet: bool,
}

/// Holds a folder against its manifest.
pub(super) fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    terminal.quiet = args.quiet;
    let demanded = args.key.as_ref().map(|path| {
        let wrong = |why: String| Failure::usage(format!("{}: {why}", path.display()));
        let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
        PublicKey::from_pem(&text).map_err(|error| wrong(error.to_string()))
    });
    let check =
        manifest::verify(&args.folder, demanded.transpose()?.as_ref()).map_err(Failure::usage)?;
    for deviation in &check.deviations {
        terminal.product(&styled(BAD, &super::style::visible(&deviation.to_string())));
    }
    let signed = match &check.signed_by {
        Some(key) => format!("signed by {key}"),
        None => "not signed".to_owned(),
    };
    if !check.deviations.is_empty() {
        return Ok(Exit::NonConformant);
    }
    terminal.line(&format!(
        "{} {} files and {} exchanges are as tmfctk {} wrote them; {signed}",
        styled(GOOD, "unchanged"),
        check.manifest.files.len(),
        check.manifest.exchanges.len(),
        super::style::visible(&check.manifest.kit.version)
    ));
    Ok(Exit::Conformant)
}
