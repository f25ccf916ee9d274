//! The TOML configuration file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::document::{self, Document};
use super::payloads::FilePayloads;
use super::{
    ConfigError, DEFAULT_FILE, Dossier, GivenAccess, GivenAnswerLimits, GivenAuth, GivenLimits,
    GivenProxy, GivenTls, Subject, TargetEntry,
};
use crate::words::Level;

/// What the file says; every key is optional, an unknown one is an error.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "tmfctk.toml")]
pub struct FileConfig {
    /// The target's base URL.
    pub target: Option<String>,
    /// The pack.
    pub api: Option<String>,
    /// The highest level to run.
    pub level: Option<Level>,
    /// The level up to which verdicts decide the exit code.
    pub gate: Option<Level>,
    /// Where the reports go, relative to the working directory.
    pub out: Option<PathBuf>,
    /// Which reports.
    pub format: Option<Vec<String>>,
    /// The private key that signs the manifest of the reports, relative to this file.
    pub sign: Option<PathBuf>,
    /// The body of the configured create, relative to this file: short for `payloads.create`.
    pub payload: Option<PathBuf>,
    /// What the run sends, by operation.
    #[serde(default)]
    pub payloads: FilePayloads,
    /// Seconds for one exchange.
    pub timeout: Option<f64>,
    /// Seconds for one request of the replay of the official kit, which has no limit of its own.
    pub kit_timeout: Option<f64>,
    /// Warnings count as failures.
    pub strict: Option<bool>,
    /// The seed of generated values.
    pub seed: Option<String>,
    /// Leave created records.
    pub keep: Option<bool>,
    /// Send nothing that changes the target: check records that are there.
    pub read_only: Option<bool>,
    /// Ids of records that stand in for the run's own.
    pub existing: Option<Vec<String>>,
    /// Scenarios at a time.
    pub concurrency: Option<usize>,
    /// Requests per second at most.
    pub rate: Option<f64>,
    /// Bytes of a body kept as evidence.
    pub keep_bytes: Option<usize>,
    /// Bytes of a body read and parsed.
    pub parse_bytes: Option<usize>,
    /// Seconds for the whole run.
    pub max_time: Option<f64>,
    /// Requests that a run sends at most.
    pub max_exchanges: Option<usize>,
    /// Requests among them that may change something.
    pub max_writes: Option<usize>,
    /// What is taken of one answer.
    #[serde(default)]
    pub limits: GivenAnswerLimits,
    /// Keep other people's records in the evidence.
    pub keep_foreign_bodies: Option<bool>,
    /// A folder of the user's own features, relative to this file.
    pub features: Option<PathBuf>,
    /// An official API description to validate against, relative to this file.
    pub spec: Option<PathBuf>,
    /// Where the listener listens, `ADDR[:PORT]`.
    pub listener_bind: Option<String>,
    /// The URL under which the target reaches the listener.
    pub listener_url: Option<String>,
    /// The status with which the listener takes an event.
    pub listener_status: Option<u16>,
    /// Seconds that an event may take.
    pub event_timeout: Option<f64>,
    /// Seconds of quiet until it is said that nothing came.
    pub event_quiet: Option<f64>,
    /// Leave events out.
    pub no_events: Option<bool>,
    /// Patterns of what is hidden in all outputs.
    #[serde(default)]
    pub redact: Vec<String>,
    /// JSON pointers to what is hidden in all bodies.
    #[serde(default)]
    pub redact_pointer: Vec<String>,
    /// Sent with every request.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// How the run proves to the target who it is.
    #[serde(default)]
    pub auth: GivenAuth,
    /// Whom the run trusts over TLS, and what it shows of itself.
    #[serde(default)]
    pub tls: GivenTls,
    /// By which proxy requests go.
    #[serde(default)]
    pub proxy: GivenProxy,
    /// The product under test.
    #[serde(default)]
    pub subject: Subject,
    /// What a dossier demands.
    #[serde(default)]
    pub dossier: Dossier,
    /// A folder with templates of a house style, relative to this file.
    pub template: Option<PathBuf>,
    /// The names of its profiles, for messages.
    #[serde(skip)]
    pub profiles: Vec<String>,
    /// Several targets, each with what it has of its own.
    #[serde(default)]
    pub targets: Vec<TargetEntry>,
    /// Accepted deviations, relative to this file.
    pub waivers: Option<PathBuf>,
    /// The result that a run is held against, relative to this file.
    pub baseline: Option<PathBuf>,
}

impl FileConfig {
    /// What it says of authentication, TLS and proxy.
    pub(super) fn access(&self) -> GivenAccess {
        GivenAccess {
            auth: self.auth.clone(),
            tls: self.tls.clone(),
            proxy: self.proxy.clone(),
            ..GivenAccess::default()
        }
    }

    /// What it says of limits.
    pub(super) fn limits(&self) -> GivenLimits {
        GivenLimits {
            timeout: self.timeout,
            kit_timeout: self.kit_timeout,
            keep_bytes: self.keep_bytes,
            parse_bytes: self.parse_bytes,
            concurrency: self.concurrency,
            rate: self.rate,
            max_time: self.max_time,
            max_exchanges: self.max_exchanges,
            max_writes: self.max_writes,
            answer: self.limits.clone(),
        }
    }
}

/// The JSON Schema of the file, for editors. A text may hold environment variables; what is no text
/// may be given as one that is nothing else.
pub fn schema() -> Value {
    let mut schema = schemars::schema_for!(FileConfig).to_value();
    schema["properties"][document::PROFILES] = json!({
        "description": "Environments by name: with --env NAME the keys of its table lie over the \
            others.",
        "type": "object",
        "additionalProperties": { "$ref": "#" },
    });
    schema
}

/// Where a file is looked for, and what of it counts.
#[derive(Debug, Default, Clone, Copy)]
pub struct Source<'a> {
    /// The file; without it the default one, where it exists.
    pub named: Option<&'a Path>,
    /// The profile that lies over the rest.
    pub profile: Option<&'a str>,
    /// The only keys that matter; all where there is none. What is not asked for demands no
    /// environment variable.
    pub only: Option<&'a [&'a str]>,
    /// The name of the one among the `[[targets]]` whose environment variables are filled in; what
    /// others say may stand for secrets that are not at hand.
    pub chosen: Option<&'a str>,
}

/// Reads the file.
///
/// # Errors
/// Where it can't be read, or says something that can't be; with its line.
pub fn load(source: Source) -> Result<FileConfig, ConfigError> {
    let path = match source.named {
        Some(path) => path,
        None if Path::new(DEFAULT_FILE).is_file() => Path::new(DEFAULT_FILE),
        None => {
            return match source.profile {
                None => Ok(FileConfig::default()),
                Some(name) => Err(ConfigError::NoProfiles(name.to_owned())),
            };
        }
    };
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let variables = |name: &str| std::env::var(name).ok();
    let read = || -> Result<FileConfig, String> {
        let mut document = Document::parse(&text)?;
        if let Some(keys) = source.only {
            document.only(keys);
        }
        document.only_target(source.chosen);
        let mut config: FileConfig = document.read(source.profile, &variables)?;
        config.profiles = document.profiles();
        Ok(config)
    };
    let mut config = read().map_err(|reason| ConfigError::Malformed {
        path: path.to_owned(),
        reason,
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let files = [
        config.payload.as_mut(),
        config.features.as_mut(),
        config.spec.as_mut(),
        config.sign.as_mut(),
        config.template.as_mut(),
        config.waivers.as_mut(),
        config.baseline.as_mut(),
        config.subject.architecture_picture.as_mut(),
    ];
    let payloads = config.payloads.files();
    for file in files.into_iter().flatten().chain(payloads) {
        *file = folder.join(&*file);
    }
    config.targets.iter_mut().for_each(|own| own.below(folder));
    config.auth.below(folder);
    config.tls.below(folder);
    Ok(config)
}
