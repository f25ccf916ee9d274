//! File, environment and flags resolved into one settled value.
//!
//! What the user wrote ([`Overrides`], [`file::FileConfig`]) is apart from what the run uses
//! ([`Settings`]): after [`resolve`] nothing is optional that a run needs.

mod accepted;
mod access;
mod answer;
mod auth;
mod certify;
mod document;
mod draft;
mod events;
mod existing;
pub mod file;
mod given_auth;
mod limits;
mod no_proxy;
mod payloads;
mod proxy;
mod redaction;
mod secret;
mod selection;
mod subject;
mod target;
mod targets;
mod tls;
mod variables;

use std::path::{Path, PathBuf};

pub use self::accepted::{Accepted, GivenAccepted, Waiver, Waivers};
pub use self::access::{Access, AccessError, GivenAccess};
pub use self::answer::{AnswerLimits, DEEPEST_JSON, GivenAnswerLimits};
pub use self::auth::{Auth, Bearer, ClientCredentials, KeyPlace, SecretIn};
pub use self::draft::{Draft, variable};
pub use self::events::Events;
pub use self::existing::Existing;
pub use self::file::Source;
pub use self::given_auth::{GivenAuth, GivenBasic, GivenBearer, GivenKey, GivenOauth};
pub use self::limits::{GivenLimits, Limits};
pub use self::payloads::{Body, FilePayloads, Payloads};
pub use self::proxy::{GivenProxy, Proxies, Proxy, ProxyEnvironment, ProxyUser};
pub use self::redaction::Redaction;
pub use self::secret::{Header, Secret};
pub use self::selection::{Rerun, Selection};
pub use self::subject::{Dossier, Subject};
pub use self::target::{TargetSetting, configured_target};
pub use self::targets::{TargetEntry, target_named_at, target_names};
pub use self::tls::{GivenTls, Identity, Tls};
use crate::terms::{Level, UnknownWord};

/// The pack that is used where none is named.
pub const DEFAULT_PACK: &str = "tmf683@4.0.0";
/// The configuration file that is read where it exists and none is named.
pub const DEFAULT_FILE: &str = "tmfctk.toml";
/// Where reports go by default.
pub const DEFAULT_OUT: &str = "reports/latest";
/// The reports that are written by default.
pub const DEFAULT_FORMATS: [&str; 3] = ["html", "json", "junit"];

/// What flags and environment say; they win over the file.
#[derive(Debug, Default, Clone)]
pub struct Overrides {
    /// The target's base URL.
    pub target: Option<String>,
    /// Judge the embedded reference implementation.
    pub reference: bool,
    /// The configuration file.
    pub config: Option<PathBuf>,
    /// The profile of the file that lies over the rest.
    pub profile: Option<String>,
    /// Read no configuration file, also where the default one exists.
    pub unconfigured: bool,
    /// The pack.
    pub api: Option<String>,
    /// The highest level to run.
    pub level: Option<Level>,
    /// The level up to which verdicts decide the exit code.
    pub gate: Option<Level>,
    /// Where the reports go.
    pub out: Option<PathBuf>,
    /// Which reports.
    pub formats: Option<Vec<String>>,
    /// The private key that signs the manifest of the reports.
    pub sign: Option<PathBuf>,
    /// A folder with templates of a house style.
    pub template: Option<PathBuf>,
    /// The body of the configured create.
    pub payload: Option<PathBuf>,
    /// `Name: value`, each.
    pub headers: Vec<String>,
    /// Authentication, TLS and proxy.
    pub access: GivenAccess,
    /// Patterns of what is hidden in all outputs.
    pub redact: Vec<String>,
    /// JSON pointers to what is hidden in all bodies.
    pub redact_pointer: Vec<String>,
    /// How much and how fast.
    pub limits: GivenLimits,
    /// Warnings count as failures.
    pub strict: bool,
    /// The seed of generated values.
    pub seed: Option<String>,
    /// Leave created records.
    pub keep: bool,
    /// A run on records that are there.
    pub existing: Existing,
    /// Keep other people's records in the evidence.
    pub keep_foreign_bodies: bool,
    /// A folder of the user's own features.
    pub features: Option<PathBuf>,
    /// An official API description to validate against.
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
    pub no_events: bool,
    /// What is known and accepted.
    pub accepted: GivenAccepted,
    /// Which scenarios run.
    pub selection: Selection,
    /// Of the `[[targets]]` of the file this one.
    pub named: Option<String>,
    /// The options above that the environment gave and no flag, for messages.
    pub environment: Vec<&'static str>,
}

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

/// The command line, the environment or the file is wrong; no request is sent.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// Nothing to judge.
    #[error(
        "no target: give its base URL (tmfctk run http://host/tmf-api/…/v4), set `target` in \
         {DEFAULT_FILE}, or use --reference to try the tool on the embedded reference implementation"
    )]
    NoTarget,
    /// Nothing to judge, but profiles that may name it.
    #[error("no target: choose an environment of the configuration with --env: {0}")]
    ChooseProfile(String),
    /// Nothing to judge, but several targets to choose among.
    #[error("no target: choose one of the [[targets]] of the configuration with --target: {0}")]
    ChooseTarget(String),
    /// A profile is chosen where there is no file.
    #[error("--env {0}: there is no {DEFAULT_FILE} here; name the configuration with --config")]
    NoProfiles(String),
    /// Two bodies for one create.
    #[error("`payload` and `payloads.create` say the same: keep one of them")]
    TwoPayloads,
    /// Two things to judge.
    #[error("a target and --reference exclude each other: `{0}` was given as target")]
    TwoTargets(String),
    /// The target is no usable URL.
    #[error("target `{given}` is no usable base URL: {reason}")]
    Target {
        /// What was given, without credentials.
        given: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// The gate is above the level.
    #[error("{gate} is above {level}: what does not run can't decide the exit code")]
    Gate {
        /// The gate, as it was written where it was given.
        gate: String,
        /// The level, likewise.
        level: String,
    },
    /// A header is not `Name: value`.
    #[error(
        "header {position} is not of the form `Name: value` (its text is not shown, it may be a secret)"
    )]
    Header {
        /// Its place among the headers given, from 1.
        position: usize,
    },
    /// The listener can't be where it should.
    #[error("{option} `{given}` can't be used: {reason}")]
    Listener {
        /// The option.
        option: &'static str,
        /// What was given, without credentials.
        given: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// A header is more than one line.
    #[error(
        "header {position} has a line break in it: each --header is one line, `Name: value` (its \
         text is not shown, it may be a secret)"
    )]
    HeaderBreak {
        /// Its place among the headers given, from 1.
        position: usize,
    },
    /// A number is out of its range.
    #[error("{name} must be {range}, not {given}")]
    Number {
        /// The option.
        name: &'static str,
        /// What is allowed.
        range: &'static str,
        /// What was given.
        given: String,
    },
    /// The file can't be read.
    #[error("can't read the configuration {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// The file is malformed.
    #[error("the configuration {} is wrong: {reason}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Line, column and what is wrong there.
        reason: String,
    },
    /// A pattern of what is to be hidden can't be read.
    #[error("redact `{pattern}` is no regular expression: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong in it.
        reason: String,
    },
    /// A place of what is to be hidden is no JSON pointer.
    #[error(
        "redact-pointer `{0}` is no JSON pointer: it begins with a slash, such as \
         /relatedParty/*/name"
    )]
    Pointer(String),
    /// The file of accepted deviations can't be used.
    #[error("the waivers {} can't be used:{}", path.display(), listed(reasons))]
    Waivers {
        /// The file.
        path: PathBuf,
        /// All that is wrong, each with its line.
        reasons: Vec<String>,
    },
    /// The targets of the file can't be told apart.
    #[error("the targets of the configuration: {0}")]
    Targets(String),
    /// A run on existing records can't be so.
    #[error("{0}")]
    Existing(String),
    /// The run is to be handed in, and can't be.
    #[error(
        "--certify makes a run that can be handed in, and this is none:{}",
        listed(reasons)
    )]
    Unfit {
        /// Why not.
        reasons: Vec<String>,
    },
    /// Authentication, TLS or proxy.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A word is none of the allowed ones.
    #[error(transparent)]
    Word(#[from] UnknownWord),
}

/// Several reasons, each on a line of its own.
fn listed(reasons: &[String]) -> String {
    reasons
        .iter()
        .map(|reason| format!("\n  - {reason}"))
        .collect()
}

/// Settles what a run uses: flags and environment win over the file, the file over the defaults.
pub fn resolve(given: Overrides) -> Result<Settings, ConfigError> {
    let mut file = if given.unconfigured {
        file::FileConfig::default()
    } else {
        file::load(given.source())?
    };
    if let Some(name) = &given.named {
        targets::choose(&mut file, name)?;
    }
    let target = target::resolve(&given, &file)?;
    let level = given.level.or(file.level).unwrap_or(Level::Guideline);
    let gate = given
        .gate
        .or(file.gate)
        .unwrap_or_else(|| level.min(Level::Profile));
    if gate > level {
        return Err(ConfigError::Gate {
            gate: written(&given, "gate", given.gate, gate),
            level: written(&given, "level", given.level, level),
        });
    }
    let events = events::resolve(&given, &file)?;
    let accepted = accepted::resolve(&given.accepted, &file)?;
    let redaction = redaction::resolve(&given, &file)?;
    let limits = limits::resolve(&given.limits, &file.limits())?;
    let existing = existing::resolve(given.existing, &file)?;
    let file_access = file.access();
    let mut headers: Vec<Header> = file.headers.into_iter().map(Header::from).collect();
    for (place, text) in given.headers.iter().enumerate() {
        let position = place + 1;
        if text.trim().contains(['\n', '\r']) {
            return Err(ConfigError::HeaderBreak { position });
        }
        let header = Header::parse(text).ok_or(ConfigError::Header { position })?;
        // A flag replaces the file's header of the same name.
        headers.retain(|known| !known.name.eq_ignore_ascii_case(&header.name));
        headers.push(header);
    }
    let access = access::resolve(&given.access, &file_access, &headers, &target)?;
    let settings = Settings {
        target,
        pack: given
            .api
            .or(file.api)
            .unwrap_or_else(|| DEFAULT_PACK.to_owned()),
        level,
        gate,
        strict: given.strict || file.strict.unwrap_or(false),
        out: out(given.out.or(file.out), given.named.as_deref()),
        formats: given
            .formats
            .or(file.format)
            .unwrap_or_else(|| DEFAULT_FORMATS.map(str::to_owned).to_vec()),
        sign: given.sign.or(file.sign),
        template: given.template.or(file.template),
        payloads: payloads::resolve(given.payload, file.payload, file.payloads)?,
        config: given.config,
        profile: given.profile,
        named: given.named,
        headers,
        access,
        redaction,
        limits,
        seed: given.seed.or(file.seed).unwrap_or_else(fresh_seed),
        keep: given.keep || file.keep.unwrap_or(false),
        existing,
        keep_foreign_bodies: given.keep_foreign_bodies || file.keep_foreign_bodies.unwrap_or(false),
        features: given.features.or(file.features),
        spec: given.spec.or(file.spec),
        events,
        selection: given.selection,
        subject: file.subject,
        accepted,
    };
    existing::check(&settings)?;
    certify::check(&settings)?;
    Ok(settings)
}

impl Overrides {
    /// The file that they name, and what of it counts.
    fn source(&self) -> Source<'_> {
        Source {
            named: self.config.as_deref(),
            profile: self.profile.as_deref(),
            only: None,
            chosen: self.named.as_deref(),
        }
    }
}

impl Settings {
    /// The header that tells the target who the run is, where one of those given does.
    pub fn credential_header(&self) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|header| header.is_credential());
        found.map(|header| header.name.as_str())
    }

    /// Whether anything goes with the requests that is for this target alone.
    pub fn has_credentials(&self) -> bool {
        !self.headers.is_empty() || self.access.auth != Auth::default()
    }
}

/// A level as it was written where it was given: as a flag, in the environment or in the file.
fn written(given: &Overrides, name: &'static str, own: Option<Level>, level: Level) -> String {
    if own.is_none() {
        let file = given.config.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
        format!("{name} = \"{level}\" in {}", file.display())
    } else if given.environment.contains(&name) {
        format!("TMFCTK_{}={level}", name.to_uppercase())
    } else {
        format!("--{name} {level}")
    }
}

/// Where the reports go: of one among several targets into a folder of its own.
fn out(given: Option<PathBuf>, only: Option<&str>) -> PathBuf {
    let out = given.unwrap_or_else(|| DEFAULT_OUT.into());
    only.map_or(out.clone(), |name| out.join(name))
}

/// Every run has values of its own, so that two runs on one target don't disturb each other.
fn fresh_seed() -> String {
    format!("{:016x}", fastrand::u64(..))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_target(text: &str) -> Result<Settings, ConfigError> {
        resolve(Overrides {
            target: Some(text.into()),
            ..Overrides::default()
        })
    }

    #[test]
    fn the_gate_follows_the_level_down() {
        let given = |level, gate| {
            resolve(Overrides {
                reference: true,
                level,
                gate,
                ..Overrides::default()
            })
        };
        assert_eq!(given(None, None).unwrap().gate, Level::Profile);
        assert_eq!(
            given(Some(Level::Certification), None).unwrap().gate,
            Level::Certification
        );
        assert!(given(Some(Level::Certification), Some(Level::Profile)).is_err());
    }

    #[test]
    fn seeds_differ_unless_given() {
        assert_ne!(
            with_target("http://h").unwrap().seed,
            with_target("http://h").unwrap().seed
        );
    }
}
