//! The folder of reports: each format, then the manifest that holds their digests, then its
//! signature.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::exit::Failure;
use super::files::OutFolder;
use crate::manifest::{self, FileEntry, Manifest, SigningKey};
use crate::report::html::HouseStyle;
use crate::report::{self, Format, UnknownFormat};
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
        let mut output = Self::begin(folder, formats, key, template)?;
        output.tried()?;
        Ok(output)
    }

    /// The same, but for what a disk takes its time for: until the folder is [`Self::tried`].
    pub(super) fn begin(
        folder: &Path,
        formats: &[String],
        key: Option<&Path>,
        template: Option<&Path>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            formats: named(formats)?,
            style: template.map(house_style).transpose()?,
            folder: SealedFolder::begin(folder, key)?,
        })
    }

    /// Waits until the folder has shown to be writable.
    pub(super) fn tried(&mut self) -> Result<(), Failure> {
        self.folder.folder.tried().map_err(Failure::usage)
    }

    /// What is written.
    pub(super) fn formats(&self) -> &[Format] {
        &self.formats
    }

    /// Removes the reports of an earlier run that are not written anew: they would pass for this
    /// one's. A file that its manifest does not name is somebody else's.
    pub(super) fn remove_others(&self) {
        let earlier = self.folder.folder.read(manifest::FILE);
        let Some(earlier) =
            earlier.and_then(|bytes| serde_json::from_slice::<Manifest>(&bytes).ok())
        else {
            return;
        };
        let others = Format::ALL.iter().filter(|it| !self.formats.contains(it));
        for name in others.flat_map(|format| format.file_names()) {
            if earlier.files.iter().any(|file| file.name == *name) {
                // One that can't be removed is not in the new manifest.
                let _ = self.folder.folder.remove(name);
            }
        }
    }

    /// Writes all of it.
    pub(super) fn write(&self, result: &RunResult) -> Written {
        let files = self.formats.iter().flat_map(|&format| {
            let names = format.file_names().iter();
            match report::files(format, result, self.style.as_ref()) {
                Ok(files) => names
                    .zip(files)
                    .map(|(name, bytes)| ((*name).to_owned(), Ok(bytes)))
                    .collect::<Vec<_>>(),
                Err(error) => names
                    .map(|name| ((*name).to_owned(), Err(format!("{name}: {error}"))))
                    .collect(),
            }
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
        let mut sealed = Self::begin(folder, key)?;
        sealed.folder.tried().map_err(Failure::usage)?;
        Ok(sealed)
    }

    fn begin(folder: &Path, key: Option<&Path>) -> Result<Self, Failure> {
        Ok(Self {
            key: key.map(read_key).transpose()?,
            folder: OutFolder::begin(folder).map_err(Failure::usage)?,
        })
    }

    /// Writes the files as they come, each whether or not another could be, then the manifest of a
    /// whole folder, then its signature.
    pub(super) fn write(
        &self,
        result: &RunResult,
        files: impl Iterator<Item = (String, Result<Vec<u8>, String>)>,
    ) -> Written {
        let mut written = Written::default();
        // Until its new manifest stands the folder is not whole: an old one is of other files.
        for seal in [manifest::FILE, manifest::SIGNATURE] {
            written.failures.extend(self.folder.remove(seal).err());
        }
        let mut entries = Vec::new();
        for (name, bytes) in files {
            let entry = bytes.and_then(|bytes| {
                let path = self.folder.write(&name, &bytes)?;
                Ok((path, FileEntry::of(&name, &bytes)))
            });
            match entry {
                Ok((path, entry)) => {
                    written.paths.push(path);
                    entries.push(entry);
                }
                Err(why) => {
                    written.failures.push(why);
                    // What an earlier run left would pass for this one's. Where it can't be removed
                    // either, the missing manifest shows it.
                    let _ = self.folder.remove(&name);
                }
            }
        }
        if written.failures.is_empty()
            && let Err(why) = self.seal(result, entries, &mut written.paths)
        {
            written.failures.push(why);
        }
        written
    }

    /// Writes manifest and signature.
    fn seal(
        &self,
        result: &RunResult,
        entries: Vec<FileEntry>,
        paths: &mut Vec<PathBuf>,
    ) -> Result<(), String> {
        let signer = self.key.as_ref().map(SigningKey::public);
        let bytes = Manifest::new(result, entries, signer).and_then(|manifest| manifest.to_bytes());
        let bytes = bytes.map_err(|error| format!("{}: {error}", manifest::FILE))?;
        paths.push(self.folder.write(manifest::FILE, &bytes)?);
        if let Some(key) = &self.key {
            paths.push(self.folder.write(manifest::SIGNATURE, &key.sign(&bytes))?);
        }
        Ok(())
    }
}

/// What became of the files of a folder.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// Those that were written, in their order.
    pub(super) paths: Vec<PathBuf>,
    /// Why the others were not; empty where the folder is whole.
    pub(super) failures: Vec<String>,
}

impl Written {
    /// The paths of a whole folder.
    ///
    /// # Errors
    ///
    /// All that could not be written, each with its cause.
    pub(super) fn whole(self) -> Result<Vec<PathBuf>, Failure> {
        if self.failures.is_empty() {
            return Ok(self.paths);
        }
        Err(Failure::internal(self.failures.join("; ")))
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
            let unknown = |error: UnknownFormat| Failure::usage(format!("{error}, or {ALL}"));
            vec![name.parse().map_err(unknown)?]
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
