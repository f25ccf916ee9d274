//! The manifest of a folder of reports: a digest of each file and of each exchange, by which
//! a later reader of the folder knows that it is what was written.
//!
//! `manifest.json` holds SHA-256 digests in hexadecimal. That of a file is taken over its bytes,
//! that of an exchange over its compact JSON: as in `result.json`, without blanks and line breaks
//! between the values. Where a key signs, `manifest.sig` holds the Ed25519 signature over the bytes
//! of `manifest.json`, which names the key.

mod key;
mod verify;

use serde::{Deserialize, Serialize};

pub use self::key::{KeyError, PublicKey, SigningKey};
pub use self::verify::{Check, Deviation, VerifyError, verify};
use crate::evidence::{Exchange, sha256_hex};
use crate::verdict::{Harness, RunResult};

/// The name of the manifest in its folder.
pub const FILE: &str = "manifest.json";
/// The name of its signature.
pub const SIGNATURE: &str = "manifest.sig";
/// The version of the manifest's format.
pub const SCHEMA_VERSION: u32 = 1;

/// What a folder of reports holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// The version of this format.
    pub schema_version: u32,
    /// What wrote the reports: its version, the pack and the pack's digest.
    pub kit: Writer,
    /// When the run began, RFC 3339.
    pub started_at: String,
    /// The public key whose signature stands beside this, in Base64; none where nobody signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<PublicKey>,
    /// The files, in the order in which they were written.
    pub files: Vec<FileEntry>,
    /// The exchanges, in the order of sending.
    pub exchanges: Vec<ExchangeEntry>,
}

/// What wrote the reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Writer {
    /// Always `tmfctk`.
    pub name: String,
    /// The harness's version.
    pub version: String,
    /// The pack, for example `tmf683@4.0.0`.
    pub pack: String,
    /// SHA-256 over all files of the pack.
    pub pack_digest: Option<String>,
}

/// One file of the folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileEntry {
    /// Its name, without a folder.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its digest.
    pub sha256: String,
}

/// One exchange of the result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExchangeEntry {
    /// Its index in the result.
    pub index: usize,
    /// The digest of its compact JSON.
    pub sha256: String,
}

impl From<&Harness> for Writer {
    fn from(kit: &Harness) -> Self {
        Self {
            name: kit.name.clone(),
            version: kit.version.clone(),
            pack: kit.pack.clone(),
            pack_digest: kit.pack_digest.clone(),
        }
    }
}

impl FileEntry {
    /// The entry of a file that holds these bytes.
    pub fn of(name: &str, content: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            bytes: content.len() as u64,
            sha256: sha256_hex(content),
        }
    }
}

impl Manifest {
    /// The manifest of a run's files.
    ///
    /// # Errors
    ///
    /// Where an exchange has no form in JSON.
    pub fn new(
        result: &RunResult,
        files: Vec<FileEntry>,
        signed_by: Option<PublicKey>,
    ) -> Result<Self, serde_json::Error> {
        let exchanges = result.exchanges.iter().map(|exchange| {
            Ok(ExchangeEntry {
                index: exchange.index,
                sha256: exchange_digest(exchange)?,
            })
        });
        Ok(Self {
            schema_version: SCHEMA_VERSION,
            kit: Writer::from(&result.kit),
            started_at: result.run.started_at.clone(),
            signed_by,
            files,
            exchanges: exchanges.collect::<Result<_, serde_json::Error>>()?,
        })
    }

    /// The bytes of `manifest.json`.
    ///
    /// # Errors
    ///
    /// Where a value has no form in JSON, which none of these lacks.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

/// The digest of an exchange, over its compact JSON.
fn exchange_digest(exchange: &Exchange) -> Result<String, serde_json::Error> {
    Ok(sha256_hex(&serde_json::to_vec(exchange)?))
}
