//! Reports are whole or not there: written beside their place and then renamed.

use std::fmt;
use std::fs;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};

/// How the names begin and end under which files are written, until they are whole.
const HALF_WRITTEN: &str = ".tmfctk-";
const SUFFIX: &str = ".tmp";

/// A file of results is read up to this size: what is larger was not written by a run.
const LARGEST: u64 = 1024 * 1024 * 1024;

/// Reads a file of results whole, up to a size that keeps the memory sound; the error names it.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let wrong = |why: String| format!("{}: {why}", path.display());
    let unread = |error: io::Error| wrong(format!("can't be read: {error}"));
    let file = fs::File::open(path).map_err(unread)?;
    let mut bytes = Vec::new();
    // A device or a pipe has no size, and a file may grow meanwhile.
    let size = file.metadata().map_or(0, |about| about.len());
    if size <= LARGEST {
        file.take(LARGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(unread)?;
    }
    let size = size.max(bytes.len() as u64);
    if size > LARGEST {
        return Err(wrong(format!(
            "{size} bytes are more than a result has, which is read up to {LARGEST}"
        )));
    }
    Ok(bytes)
}

/// A folder that is shown to be writable before the first request.
#[derive(Debug)]
pub(super) struct OutFolder {
    path: PathBuf,
    trial: Option<Trial>,
}

/// Writes something in a folder and removes it again.
type Trial = JoinHandle<io::Result<()>>;

impl OutFolder {
    /// Makes the folder where it is missing and tries to write in it.
    pub(super) fn prepare(path: &Path) -> Result<Self, String> {
        let mut folder = Self::begin(path)?;
        folder.tried()?;
        Ok(folder)
    }

    /// Makes the folder where it is missing and begins to try to write in it: a disk takes its time,
    /// in which other things can be done until it is [`Self::tried`].
    pub(super) fn begin(path: &Path) -> Result<Self, String> {
        fs::create_dir_all(path).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => unwritable(path, "it is a file"),
            _ => unwritable(path, error),
        })?;
        remove_abandoned(path);
        let mut folder = Self {
            path: path.to_owned(),
            trial: None,
        };
        let probe = folder.temporary("probe");
        let attempt = move || {
            // A full disk still takes an empty file.
            let tried = fill(&probe, &[0; 4096]);
            let removed = fs::remove_file(&probe);
            tried.and(removed)
        };
        match thread::Builder::new().spawn(attempt.clone()) {
            Ok(trial) => folder.trial = Some(trial),
            // Where no thread is to be had, the time is not saved, and that is all.
            Err(_) => attempt().map_err(|error| unwritable(path, error))?,
        }
        Ok(folder)
    }

    /// Waits until the folder has shown to be writable.
    pub(super) fn tried(&mut self) -> Result<(), String> {
        let Some(trial) = self.trial.take() else {
            return Ok(());
        };
        let tried = trial.join();
        tried
            .unwrap_or_else(|_| Err(io::Error::other("the harness failed to try it")))
            .map_err(|error| unwritable(&self.path, error))
    }

    /// Writes one file: whole, or not at all. A folder that was removed meanwhile is made anew.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> Result<PathBuf, String> {
        let path = self.path.join(name);
        let temporary = self.temporary(name);
        let written = fs::create_dir_all(&self.path)
            .and_then(|()| fill(&temporary, content))
            .and_then(|_held| fs::rename(&temporary, &path));
        match written {
            Ok(()) => Ok(path),
            Err(error) => {
                // Half a file is worse than none; if this fails too there is nothing to be done.
                let _ = fs::remove_file(&temporary);
                Err(format!("{} can't be written: {error}", path.display()))
            }
        }
    }

    /// What a file of the folder holds, where it can be read.
    pub(super) fn read(&self, name: &str) -> Option<Vec<u8>> {
        read(&self.path.join(name)).ok()
    }

    /// Removes a file that an earlier run may have left; a missing one is not an error.
    pub(super) fn remove(&self, name: &str) -> Result<(), String> {
        let path = self.path.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(format!("{} can't be removed: {error}", path.display()))
            }
            _ => Ok(()),
        }
    }

    /// A name in the folder that no other run uses at the same time.
    fn temporary(&self, name: &str) -> PathBuf {
        let own = std::process::id();
        self.path
            .join(format!("{HALF_WRITTEN}{name}.{own}{SUFFIX}"))
    }
}

fn unwritable(folder: &Path, why: impl fmt::Display) -> String {
    format!(
        "nothing can be written to {}: {why} (choose another folder)",
        folder.display()
    )
}

/// Writes a new file down to the disk. As long as it is held nobody takes it for abandoned.
fn fill(path: &Path, content: &[u8]) -> io::Result<fs::File> {
    let mut file = fs::File::create(path)?;
    // Where a file system knows no locks, what a crash leaves is left to its user.
    let _ = file.try_lock();
    file.write_all(content)?;
    file.sync_all()?;
    Ok(file)
}

/// Removes what runs that were killed have left half-written: who still writes holds its file.
fn remove_abandoned(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let ours = name.starts_with(HALF_WRITTEN) && name.ends_with(SUFFIX);
        if ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let path = entry.path();
            if fs::File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
                // One that can't be removed harms nobody: it is not a report by its name.
                let _ = fs::remove_file(&path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_written_files_of_a_killed_run_are_removed_and_those_in_use_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in [
            ".tmfctk-report.html.1.tmp",
            ".tmfctk-a.2.tmp",
            ".other.1.tmp",
        ] {
            fs::write(path(name), "half").unwrap();
        }
        let held = fill(&path(".tmfctk-a.2.tmp"), b"half").unwrap();
        OutFolder::prepare(folder.path()).unwrap();
        assert!(!path(".tmfctk-report.html.1.tmp").exists());
        assert!(path(".tmfctk-a.2.tmp").exists() && path(".other.1.tmp").exists());
        drop(held);
        OutFolder::prepare(folder.path()).unwrap();
        assert!(!path(".tmfctk-a.2.tmp").exists());
    }

    #[test]
    fn a_folder_that_went_away_is_made_anew_and_one_that_can_not_be_is_named() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("out");
        let folder = OutFolder::prepare(&path).unwrap();
        fs::remove_dir(&path).unwrap();
        let written = folder.write("a", b"1").unwrap();
        assert_eq!(fs::read(written).unwrap(), b"1");
        fs::remove_dir_all(&path).unwrap();
        fs::write(&path, "").unwrap();
        assert!(
            folder
                .write("a", b"1")
                .unwrap_err()
                .contains("out/a can't be written")
        );
        let refused = OutFolder::prepare(&path).unwrap_err();
        assert!(refused.contains("it is a file"), "{refused}");
    }
}
