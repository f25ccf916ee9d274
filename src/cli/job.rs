//! The summary of the CI job that a run is part of, where the CI server has a place for one.

use std::fs::OpenOptions;
use std::io::Write as _;

use super::exit::Failure;
use crate::report::markdown;
use crate::verdict::RunResult;

/// GitHub names here the file whose Markdown it shows on the job's page.
const GITHUB: &str = "GITHUB_STEP_SUMMARY";

/// Adds the short report to the job's summary. What others wrote there stays.
///
/// # Errors
///
/// Where the file that the CI server names can't be written.
pub(super) fn add_to_summary(result: &RunResult) -> Result<(), Failure> {
    let Some(path) = std::env::var_os(GITHUB).filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let mut text = markdown::render(result).map_err(Failure::internal)?;
    text.push(b'\n');
    // In one piece: several runs may write at a time.
    let written = OpenOptions::new()
        .append(true)
        .create(true)
        .open(&path)
        .and_then(|mut file| file.write_all(&text));
    written.map_err(|error| {
        let path = path.to_string_lossy();
        Failure::internal(format!(
            "the job's summary {path} ({GITHUB}) can't be written: {error}"
        ))
    })
}
