//! The folder of reports: each format, then the manifest that holds their digests, then its
//! signature.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::Failure;
use super::files::OutFolder;
use crate::manifest::{self, FileEntry, Manifest, SigningKey};
use crate::report::html::{self, HouseStyle};
use crate::report::{self, Format};
use crate::verdict::RunResult;

/// Stands for all formats on the command line.
pub(super) const ALL: &str = "all";

/// Where reports go, which, in which style; all shown to be usable before there is a result.
pub(super) struct Output {
    formats: Vec<Format>,
    style: Option<HouseStyle>,
    folder: SealedFolder,
}

impl Output {
    /// Makes the folder, reads the names of the formats, the key and the templates.
    pub(super) fn prepare(
        folder: &Path,
        formats: &[String],
        key: Option<&Path>,
        template: Option<&Path>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            formats: named(formats)?,
            style: template.map(house_style).transpose()?,
            folder: SealedFolder::prepare(folder, key)?,
        })
    }

    /// Whether that format is among those that are written.
    pub(super) fn has(&self, format: Format) -> bool {
        self.formats.contains(&format)
    }

    /// Writes all of it; gives the paths in the order of writing.
    pub(super) fn write(&self, result: &RunResult) -> Result<Vec<PathBuf>, Failure> {
        let files = self.formats.iter().map(|&format| {
            let bytes = match format {
                Format::Html => html::render_in(result, self.style.as_ref()),
                other => report::render(other, result),
            };
            Ok((
                format.file_name().to_owned(),
                bytes.map_err(Failure::internal)?,
            ))
        });
        self.folder.write(result, files)
    }
}

/// A folder whose files a manifest seals.
pub(super) struct SealedFolder {
    folder: OutFolder,
    key: Option<SigningKey>,
}

impl SealedFolder {
    /// Makes the folder, and reads the key that signs.
    pub(super) fn prepare(folder: &Path, key: Option<&Path>) -> Result<Self, Failure> {
        Ok(Self {
            key: key.map(read_key).transpose()?,
            folder: OutFolder::prepare(folder).map_err(Failure::usage)?,
        })
    }

    /// Writes the files as they come, then their manifest, then its signature; gives their paths.
    pub(super) fn write(
        &self,
        result: &RunResult,
        files: impl Iterator<Item = Result<(String, Vec<u8>), Failure>>,
    ) -> Result<Vec<PathBuf>, Failure> {
        let mut written = Vec::new();
        let mut entries = Vec::new();
        for file in files {
            let (name, bytes) = file?;
            entries.push(FileEntry::of(&name, &bytes));
            written.push(self.write_file(&name, &bytes)?);
        }
        let signer = self.key.as_ref().map(SigningKey::public);
        let manifest = Manifest::new(result, entries, signer).map_err(Failure::internal)?;
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
    let text = fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    SigningKey::from_pem(&text).map_err(|error| wrong(error.to_string()))
}

/// Reads the templates of a house style.
pub(super) fn house_style(folder: &Path) -> Result<HouseStyle, Failure> {
    let mut files = BTreeMap::new();
    collect(folder, "", &mut files)?;
    if files.is_empty() {
        let text = format!("{} holds no template", folder.display());
        return Err(Failure::usage(text));
    }
    HouseStyle::new(files)
        .map_err(|error| Failure::usage(format!("templates of {}: {error}", folder.display())))
}

/// Reads the files of a folder and of those in it, by their paths below it; hidden ones are none of
/// its templates.
fn collect(
    folder: &Path,
    prefix: &str,
    files: &mut BTreeMap<String, String>,
) -> Result<(), Failure> {
    let wrong = |path: &Path, error: std::io::Error| {
        Failure::usage(format!("can't read {}: {error}", path.display()))
    };
    for entry in fs::read_dir(folder).map_err(|error| wrong(folder, error))? {
        let path = entry.map_err(|error| wrong(folder, error))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        let below = format!("{prefix}{name}");
        if path.is_dir() {
            collect(&path, &format!("{below}/"), files)?;
        } else {
            let text = fs::read_to_string(&path).map_err(|error| wrong(&path, error))?;
            files.insert(below, text);
        }
    }
    Ok(())
}
