//! What a run uses, settled.

use std::path::PathBuf;

use super::accepted::Accepted;
use super::access::Access;
use super::auth::Auth;
use super::error::ConfigError;
use super::events::Events;
use super::existing::Existing;
use super::limits::Limits;
use super::payloads::Payloads;
use super::redaction::Redaction;
use super::secret::Header;
use super::selection::Selection;
use super::subject::Subject;
use super::target::TargetSetting;
use crate::terms::Level;

/// All that a run needs to know, settled.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What is judged.
    pub target: TargetSetting,
    /// The pack's name.
    pub pack: String,
    /// The highest level to run.
    pub level: Level,
    /// The level up to which verdicts decide the exit code.
    pub gate: Level,
    /// Warnings count as failures.
    pub strict: bool,
    /// Where the reports go.
    pub out: PathBuf,
    /// Which reports, by name.
    pub formats: Vec<String>,
    /// The private key that signs the manifest of the reports.
    pub sign: Option<PathBuf>,
    /// A folder with templates of a house style.
    pub template: Option<PathBuf>,
    /// What the run sends where the pack's own bodies are not what the target wants.
    pub payloads: Payloads,
    /// The configuration file that was named.
    pub config: Option<PathBuf>,
    /// The profile of the file that was chosen.
    pub profile: Option<String>,
    /// The one of the `[[targets]]` of the file that was chosen.
    pub named: Option<String>,
    /// Sent with every request.
    pub headers: Vec<Header>,
    /// How the run comes to the target.
    pub access: Access,
    /// What is hidden in all outputs besides secrets.
    pub redaction: Redaction,
    /// How much and how fast.
    pub limits: Limits,
    /// The seed of generated values.
    pub seed: String,
    /// Leave created records.
    pub keep: bool,
    /// Which records the run looks at that it has not created.
    pub existing: Existing,
    /// Keep other people's records in the evidence.
    pub keep_foreign_bodies: bool,
    /// A folder of the user's own features.
    pub features: Option<PathBuf>,
    /// An official API description to validate against.
    pub spec: Option<PathBuf>,
    /// How the run listens for events.
    pub events: Events,
    /// Which scenarios of the levels run.
    pub selection: Selection,
    /// The product under test.
    pub subject: Subject,
    /// What is known and accepted.
    pub accepted: Accepted,
}

impl Settings {
    /// The first of the headers that holds credentials.
    pub fn credential_header(&self) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|header| header.is_credential());
        found.map(|header| header.name.as_str())
    }

    /// Whether anything goes with the requests that is for this target alone.
    pub fn has_credentials(&self) -> bool {
        !self.headers.is_empty() || self.access.auth != Auth::default()
    }

    /// Refuses what contradicts a run that changes nothing.
    pub(super) fn check_read_only(&self) -> Result<(), ConfigError> {
        if !self.existing.read_only {
            return Ok(());
        }
        let reason = if self.keep {
            "--read-only and --keep contradict each other: nothing is created that could be kept"
        } else if self.level == Level::Certification {
            "--read-only leaves nothing of the level certification: the official kit creates records; \
             choose a higher level"
        } else {
            return Ok(());
        };
        Err(ConfigError::Existing(reason.to_owned()))
    }
}
