//! Holds a folder against its manifest, offline.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{FILE, FileEntry, Manifest, PublicKey, SCHEMA_VERSION, SIGNATURE};
use crate::evidence::sha256_hex;
use crate::journal;

/// A manifest is never larger than this; a file that calls itself one and is, is not read.
const LARGEST_MANIFEST: u64 = 64 * 1024 * 1024;
/// The exchanges of a result that was changed are looked at one by one up to this size.
const LARGEST_RESULT: u64 = 512 * 1024 * 1024;
/// The file that holds the exchanges.
const RESULT: &str = "result.json";

/// What stands in the folder is not what the manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deviation {
    /// The file's bytes are others.
    Changed(String),
    /// The file is not there.
    Missing(String),
    /// The file is not in the manifest.
    Added(String),
    /// The name is not that of a plain file.
    NotAFile(String),
    /// The exchange of the result is another one, or gone.
    Exchange(usize),
    /// The signature is not that of the key which the manifest names.
    Signature,
    /// The manifest names a key, but there is no signature.
    Unsigned,
    /// Another key signed, or none, where a certain one is demanded.
    Key,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Changed(name) => write!(f, "changed: {name}"),
            Self::Missing(name) => write!(f, "missing: {name}"),
            Self::Added(name) => write!(f, "added: {name} is not in the manifest"),
            Self::NotAFile(name) => write!(f, "changed: {name} is not a plain file any more"),
            Self::Exchange(index) => {
                write!(f, "changed: exchange {index} in {RESULT}")
            }
            Self::Signature => write!(f, "changed: {SIGNATURE} is not a signature of {FILE}"),
            Self::Unsigned => write!(f, "missing: {SIGNATURE}, although {FILE} names a key"),
            Self::Key => write!(f, "signed by another key than the one demanded, or by none"),
        }
    }
}

/// What became of the comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// The manifest.
    pub manifest: Manifest,
    /// The key that signed it, where one did and the signature is right.
    pub signed_by: Option<PublicKey>,
    /// What is not as it was written; empty where all is.
    pub deviations: Vec<Deviation>,
}

/// Why a folder can't be held against its manifest.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// There is no manifest.
    #[error("{} is missing: no run has written its reports there whole", .0.display())]
    Absent(PathBuf),
    /// A file can't be read.
    #[error("can't read {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: io::Error,
    },
    /// The manifest is larger than any that this tool writes.
    #[error("{} has {bytes} bytes, more than the {LARGEST_MANIFEST} that a manifest has at most", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// The manifest is not JSON, or cut off, or lacks a key.
    #[error("{} is not a manifest of tmfctk, or cut off: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Written by a later version.
    #[error("{} has schema version {found}, newer than {SCHEMA_VERSION}, the newest that this version reads", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The version found.
        found: u64,
    },
    /// A name that leads out of the folder.
    #[error("{} names `{name}`, which is not a name of a file in its folder", path.display())]
    Outside {
        /// The manifest.
        path: PathBuf,
        /// The name.
        name: String,
    },
}

/// Holds the files of a folder against its manifest, and that against its signature; with
/// `demanded` the signature has to be that key's.
///
/// # Errors
///
/// Where the manifest or a file can't be read, or is none of this tool.
pub fn verify(folder: &Path, demanded: Option<&PublicKey>) -> Result<Check, VerifyError> {
    let path = folder.join(FILE);
    let bytes = read_manifest(&path)?;
    let manifest = parse(&path, &bytes)?;
    let mut deviations = Vec::new();
    let signed_by = signed_by(folder, &manifest, &bytes, &mut deviations)?;
    if demanded.is_some_and(|key| signed_by.as_ref() != Some(key)) {
        deviations.push(Deviation::Key);
    }
    for entry in &manifest.files {
        files(folder, entry, &manifest, &mut deviations)?;
    }
    added(folder, &manifest, &mut deviations)?;
    Ok(Check {
        manifest,
        signed_by,
        deviations,
    })
}

fn read_manifest(path: &Path) -> Result<Vec<u8>, VerifyError> {
    let unreadable = |reason: io::Error| match reason.kind() {
        io::ErrorKind::NotFound => VerifyError::Absent(path.to_owned()),
        _ => VerifyError::Unreadable {
            path: path.to_owned(),
            reason,
        },
    };
    let bytes = fs::metadata(path).map_err(unreadable)?.len();
    if bytes > LARGEST_MANIFEST {
        return Err(VerifyError::TooLarge {
            path: path.to_owned(),
            bytes,
        });
    }
    fs::read(path).map_err(unreadable)
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Manifest, VerifyError> {
    let malformed = |reason: String| VerifyError::Malformed {
        path: path.to_owned(),
        reason,
    };
    let value: Value =
        serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
    if let Some(found) = value["schemaVersion"].as_u64()
        && found > u64::from(SCHEMA_VERSION)
    {
        return Err(VerifyError::Newer {
            path: path.to_owned(),
            found,
        });
    }
    let manifest: Manifest =
        serde_json::from_value(value).map_err(|error| malformed(error.to_string()))?;
    match manifest.files.iter().find(|file| !is_plain(&file.name)) {
        Some(file) => Err(VerifyError::Outside {
            path: path.to_owned(),
            name: file.name.clone(),
        }),
        None => Ok(manifest),
    }
}

/// Whether a name is that of a file in the folder itself.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', '\0', ':'])
}

fn signed_by(
    folder: &Path,
    manifest: &Manifest,
    bytes: &[u8],
    deviations: &mut Vec<Deviation>,
) -> Result<Option<PublicKey>, VerifyError> {
    let Some(key) = manifest.signed_by else {
        return Ok(None);
    };
    let path = folder.join(SIGNATURE);
    let mut signature = Vec::new();
    match File::open(&path) {
        // One byte more than a signature has is enough to see that it is none.
        Ok(file) => file.take(65).read_to_end(&mut signature),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            deviations.push(Deviation::Unsigned);
            return Ok(None);
        }
        Err(error) => Err(error),
    }
    .map_err(|reason| VerifyError::Unreadable { path, reason })?;
    if key.verifies(bytes, &signature) {
        return Ok(Some(key));
    }
    deviations.push(Deviation::Signature);
    Ok(None)
}

fn files(
    folder: &Path,
    entry: &FileEntry,
    manifest: &Manifest,
    deviations: &mut Vec<Deviation>,
) -> Result<(), VerifyError> {
    let path = folder.join(&entry.name);
    let name = entry.name.clone();
    // A link is not followed: what it leads to was not written by a run.
    let found = match fs::symlink_metadata(&path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            deviations.push(Deviation::Missing(name));
            return Ok(());
        }
        Err(reason) => return Err(VerifyError::Unreadable { path, reason }),
    };
    if !found.is_file() {
        deviations.push(Deviation::NotAFile(name));
        return Ok(());
    }
    let unreadable = |reason| VerifyError::Unreadable {
        path: path.clone(),
        reason,
    };
    let same = found.len() == entry.bytes && digest(&path).map_err(unreadable)? == entry.sha256;
    if !same {
        deviations.push(Deviation::Changed(name));
        if entry.name == RESULT && found.len() <= LARGEST_RESULT {
            let bytes = fs::read(&path).map_err(unreadable)?;
            exchanges(&bytes, manifest, deviations);
        }
    }
    Ok(())
}

/// Which exchanges of a result are not those of the manifest; nothing where it can't be read.
fn exchanges(bytes: &[u8], manifest: &Manifest, deviations: &mut Vec<Deviation>) {
    let Ok(result) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let found: HashMap<_, _> = result["exchanges"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|exchange| {
            let index = usize::try_from(exchange["index"].as_u64()?).ok()?;
            Some((index, sha256_hex(exchange.to_string().as_bytes())))
        })
        .collect();
    let changed = manifest
        .exchanges
        .iter()
        .filter(|entry| found.get(&entry.index) != Some(&entry.sha256));
    deviations.extend(changed.map(|entry| Deviation::Exchange(entry.index)));
}

fn added(
    folder: &Path,
    manifest: &Manifest,
    deviations: &mut Vec<Deviation>,
) -> Result<(), VerifyError> {
    let unreadable = |reason| VerifyError::Unreadable {
        path: folder.to_owned(),
        reason,
    };
    let mut known: BTreeSet<&str> = manifest
        .files
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    known.insert(FILE);
    if manifest.signed_by.is_some() {
        known.insert(SIGNATURE);
    }
    let mut added = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let (path, name) = (entry.path(), entry.file_name());
        let name = name.to_string_lossy();
        // A run that could not remove all its records leaves its journal beside its reports.
        if journal::is_journal(&path) && journal::read(&path).is_ok() {
            continue;
        }
        if !known.contains(name.as_ref()) {
            added.push(Deviation::Added(name.into_owned()));
        }
    }
    added.sort_by_key(ToString::to_string);
    deviations.append(&mut added);
    Ok(())
}

/// The digest of a file of any size, read piece by piece.
fn digest(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        let read = file.read(&mut piece)?;
        if read == 0 {
            break;
        }
        hash.update(&piece[..read]);
    }
    Ok(hash
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}
