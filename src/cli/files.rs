//! Reports are whole or not there: written beside their place and then renamed.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

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
