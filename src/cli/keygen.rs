//! `tmfctk keygen`: a pair of keys to sign reports with.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;

use super::exit::{Exit, Failure};
use super::platform::with_mode;
use super::style::Terminal;
use crate::manifest::SigningKey;

/// Make a pair of keys to sign reports with
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Make a pair of Ed25519 keys: FILE is the private one, which signs (tmfctk run \
        --sign FILE) and which nobody else may read; FILE.pub is the public one, for those who \
        verify (tmfctk verify DIR --key FILE.pub). Neither is ever overwritten.",
    after_help = "Examples:\n  \
        tmfctk keygen vendor.key\n  \
        tmfctk run http://host/tmf-api/partyInteraction/v4 --sign vendor.key\n  \
        tmfctk verify reports/latest --key vendor.key.pub"
)]
pub(super) struct Args {
    /// Where the private key goes
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Makes the keys.
pub(super) fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let public_file = PathBuf::from(format!("{}.pub", args.file.display()));
    let key = SigningKey::generate().map_err(Failure::internal)?;
    write(&args.file, 0o600, &key.to_pem())?;
    if let Err(failure) = write(&public_file, 0o644, &key.public().to_pem()) {
        // A private key without its public half is of no use, and stands in the way of a new try.
        let _ = std::fs::remove_file(&args.file);
        return Err(failure);
    }
    terminal.product(&format!(
        "{} (private, keep it secret)\n{} (public: {})",
        args.file.display(),
        public_file.display(),
        key.public()
    ));
    Ok(Exit::Conformant)
}

fn write(path: &Path, mode: u32, text: &str) -> Result<(), Failure> {
    with_mode(OpenOptions::new().write(true).create_new(true), mode)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Failure::usage(format!(
                "{} is there already, and no key is overwritten: choose another name",
                path.display()
            )),
            _ => Failure::usage(format!("{} can't be written: {error}", path.display())),
        })
}
