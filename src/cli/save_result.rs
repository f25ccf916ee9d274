//! What becomes of a result whose reports could not be written: it is kept elsewhere, and
//! the user sees the verdict, what failed and what to do.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

use super::exit::Failure;
use super::output::Written;
use super::platform::with_mode;
use crate::report::{Format, json};
use crate::verdict::RunResult;

/// Reports that are not whole.
pub(super) struct WriteFailure {
    /// Whether the result stands in a file all the same.
    pub(super) kept: bool,
    /// What to say to the user.
    pub(super) failure: Failure,
}

/// What could not be written of the reports; nothing where they are whole.
pub(super) fn failure(result: &RunResult, written: &Written) -> Option<WriteFailure> {
    if written.failures.is_empty() {
        return None;
    }
    let file = OsStr::new(Format::Json.file_name());
    let stored = written
        .paths
        .iter()
        .find(|path| path.file_name() == Some(file));
    let stored = stored.map_or_else(|| keep(result), |path| Ok(path.clone()));
    let what_to_do = match &stored {
        Ok(path) => format!(
            "the whole result is in {path}: make room or choose another folder, and tmfctk report \
             {path} --out FOLDER writes the reports",
            path = path.display()
        ),
        Err(why) => format!(
            "the result is in no file, either ({why}): what standard output says is all that is left \
             of it; make room or choose another folder with --out, and run again"
        ),
    };
    let message = format!(
        "the verdict is {}, and the reports are not whole\n  {}\n  {what_to_do}",
        result.verdict.name(),
        written.failures.join("\n  "),
    );
    Some(WriteFailure {
        kept: stored.is_ok(),
        failure: Failure::internal(message),
    })
}

/// Keeps a result in the system's folder for temporary files, readable for its owner only: what a
/// target responded is confidential.
fn keep(result: &RunResult) -> Result<PathBuf, String> {
    let bytes = json::render(result).map_err(|error| error.to_string())?;
    let began = result.run.started_at.chars();
    let began: String = began.filter(char::is_ascii_alphanumeric).collect();
    let name = format!("tmfctk-{began}-{}.json", std::process::id());
    let path = std::env::temp_dir().join(name);
    let wrong = |error: std::io::Error| format!("{} can't be written: {error}", path.display());
    // A file or a link of that name is not ours to write to.
    let mut options = OpenOptions::new();
    let opened = with_mode(options.write(true).create_new(true), 0o600).open(&path);
    let mut file = opened.map_err(wrong)?;
    if let Err(error) = file.write_all(&bytes).and_then(|()| file.sync_all()) {
        // Half a result is useless; if this fails too there is nothing to be done.
        let _ = fs::remove_file(&path);
        return Err(wrong(error));
    }
    Ok(path)
}
