//! The folder of reports: each format, then the manifest that holds their digests, then its
//! signature.

use std::path::{Path, PathBuf};

use super::Failure;
use super::files::OutFolder;
use crate::manifest::{self, FileEntry, Manifest, SigningKey};
use crate::report::{self, Format};
use crate::verdict::RunResult;

/// Stands for all formats on the command line.
const ALL: &str = "all";

/// Where reports go, which, and who signs; all shown to be usable before there is a result.
pub(super) struct Output {
    folder: OutFolder,
    formats: Vec<Format>,
    key: Option<SigningKey>,
}

impl Output {
    /// Makes the folder, reads the names of the formats, and the key.
    pub(super) fn prepare(
        folder: &Path,
        formats: &[String],
        key: Option<&Path>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            formats: named(formats)?,
            key: key.map(read_key).transpose()?,
            folder: OutFolder::prepare(folder).map_err(Failure::usage)?,
        })
    }

    /// Whether that format is among those that are written.
    pub(super) fn has(&self, format: Format) -> bool {
        self.formats.contains(&format)
    }

    /// Writes all of it; gives the paths in the order of writing.
    pub(super) fn write(&self, result: &RunResult) -> Result<Vec<PathBuf>, Failure> {
        let mut written = Vec::new();
        let mut files = Vec::new();
        for format in &self.formats {
            let bytes = report::render(*format, result).map_err(Failure::internal)?;
            files.push(FileEntry::of(format.file_name(), &bytes));
            written.push(self.write_file(format.file_name(), &bytes)?);
        }
        let signer = self.key.as_ref().map(SigningKey::public);
        let manifest = Manifest::new(result, files, signer).map_err(Failure::internal)?;
        let bytes = manifest.to_bytes().map_err(Failure::internal)?;
        written.push(self.write_file(manifest::FILE, &bytes)?);
        match &self.key {
            Some(key) => written.push(self.write_file(manifest::SIGNATURE, &key.sign(&bytes))?),
            // One that an earlier run left would belong to another manifest.
            None => self
                .folder
                .remove(manifest::SIGNATURE)
                .map_err(Failure::internal)?,
        }
        Ok(written)
    }

    fn write_file(&self, name: &str, bytes: &[u8]) -> Result<PathBuf, Failure> {
        self.folder.write(name, bytes).map_err(Failure::internal)
    }
}

/// The formats by their names, each once.
fn named(names: &[String]) -> Result<Vec<Format>, Failure> {
    let mut formats = Vec::new();
    for name in names {
        let name = name.trim();
        let named: Vec<Format> = if name == ALL {
            Format::ALL.to_vec()
        } else {
            vec![name.parse().map_err(Failure::usage)?]
        };
        for format in named {
            if !formats.contains(&format) {
                formats.push(format);
            }
        }
    }
    if formats.is_empty() {
        return Err(Failure::usage("--format names no report"));
    }
    Ok(formats)
}

fn read_key(path: &Path) -> Result<SigningKey, Failure> {
    let wrong = |why: String| Failure::usage(format!("can't sign with {}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    SigningKey::from_pem(&text).map_err(|error| wrong(error.to_string()))
}
