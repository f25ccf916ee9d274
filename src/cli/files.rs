//! Reports are whole or not there: written beside their place and then renamed.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

/// A file of results is read up to this size: what is larger was not written by a run.
const LARGEST: u64 = 1024 * 1024 * 1024;

/// Reads a file of results whole, up to a size that keeps the memory sound; the error names it.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, String> {
    let wrong = |why: String| format!("{}: {why}", path.display());
    let unread = |error: std::io::Error| wrong(format!("can't be read: {error}"));
    let file = fs::File::open(path).map_err(unread)?;
    let mut bytes = Vec::new();
    // A device or a pipe tells no size, a file may say it in vain.
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

/// A folder that was shown to be writable before the first request.
#[derive(Debug)]
pub(super) struct OutFolder {
    path: PathBuf,
}

impl OutFolder {
    /// Makes the folder where it is missing and tries to write in it.
    pub(super) fn prepare(path: &Path) -> Result<Self, String> {
        let wrong = |error: std::io::Error| {
            format!(
                "the reports can't be written to {}: {error} (choose another folder with --out)",
                path.display()
            )
        };
        fs::create_dir_all(path).map_err(wrong)?;
        let probe = temporary(path, "probe");
        fs::File::create(&probe).map_err(wrong)?;
        fs::remove_file(&probe).map_err(wrong)?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Writes one file: whole, or not at all.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> Result<PathBuf, String> {
        let path = self.path.join(name);
        let temporary = temporary(&self.path, name);
        let written = fs::File::create(&temporary).and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()?;
            fs::rename(&temporary, &path)
        });
        match written {
            Ok(()) => Ok(path),
            Err(error) => {
                // Half a file is worse than none; if this fails too there is nothing to be done.
                let _ = fs::remove_file(&temporary);
                Err(format!("{} can't be written: {error}", path.display()))
            }
        }
    }

    /// Removes a file that an earlier run may have left; that there is none is no error.
    pub(super) fn remove(&self, name: &str) -> Result<(), String> {
        let path = self.path.join(name);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(format!("{} can't be removed: {error}", path.display()))
            }
            _ => Ok(()),
        }
    }
}

/// A name in the same folder that no other run uses at the same time.
fn temporary(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!(".{name}.{}.tmp", std::process::id()))
}
