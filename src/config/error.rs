//! What can be wrong with flags, environment and file.

use std::path::PathBuf;

use super::defaults::DEFAULT_FILE;
use crate::terms::UnknownWord;

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
    /// The target is not a usable URL.
    #[error("target `{given}` is not a usable base URL: {reason}")]
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
        "header {position} is not of the form `Name: value`: {reason} (its text is not shown, it may be a secret)"
    )]
    Header {
        /// Its place among the headers given, from 1.
        position: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A header of the file has a name that no header can have.
    #[error("`headers.{name}`: {reason}")]
    HeaderName {
        /// The name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
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
    #[error("redact `{pattern}` is not a regular expression: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// What is wrong in it.
        reason: String,
    },
    /// A place of what is to be hidden is not a JSON pointer.
    #[error(
        "redact-pointer `{0}` is not a JSON pointer: it begins with a slash, such as \
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
    /// The targets of the file can't be distinguished.
    #[error("the targets of the configuration: {0}")]
    Targets(String),
    /// A run on existing records can't be so.
    #[error("{0}")]
    Existing(String),
    /// The run is to be submitted, and can't be.
    #[error(
        "--certify makes a run that can be submitted, and these settings do not allow that:{}",
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

impl ConfigError {
    /// The key whose value is wrong, where it is one value alone.
    pub(super) fn key(&self) -> Option<&'static str> {
        match self {
            Self::Number { name, .. } => Some(name),
            Self::Listener { option, .. } => Some(option),
            Self::Target { .. } => Some("target"),
            Self::Pattern { .. } => Some("redact"),
            Self::Pointer(_) => Some("redact-pointer"),
            Self::Existing(_) => Some("existing"),
            Self::Gate { .. } => Some("gate"),
            Self::TwoPayloads => Some("payload"),
            Self::HeaderName { .. } => Some("headers"),
            _ => None,
        }
    }
}

/// Several reasons, each on a line of its own.
fn listed(reasons: &[String]) -> String {
    reasons
        .iter()
        .map(|reason| format!("\n  - {reason}"))
        .collect()
}

/// Authentication, TLS or proxy can't be used as they were given.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// More than one way to prove who the run is.
    #[error("two kinds of authentication: {first} and {second}; give one (flags, TMFCTK_ variables and {file} count)", file = DEFAULT_FILE)]
    TwoKinds {
        /// One of them.
        first: &'static str,
        /// Another.
        second: &'static str,
    },
    /// The same header from two sides.
    #[error("{kind} sets the header {header}, and so does --header or [headers]: give one of them")]
    HeaderToo {
        /// The kind of authentication.
        kind: &'static str,
        /// The header.
        header: String,
    },
    /// A part is missing.
    #[error("{key} is missing: set it in the configuration, or give {option}")]
    Missing {
        /// The key of the file.
        key: &'static str,
        /// The flag or the variable.
        option: &'static str,
    },
    /// A secret can't be sent.
    #[error("{what} can't be used: {reason} (it is not shown)")]
    Secret {
        /// Which.
        what: &'static str,
        /// Why not, and what to do.
        reason: &'static str,
    },
    /// A user's name can't be sent.
    #[error(
        "auth.basic.user can't be used: it is empty or has a colon or a control character in it"
    )]
    User,
    /// A token from more than one place.
    #[error("the bearer token comes from two places: give one of token, file and command")]
    TwoTokens,
    /// A key for more than one place.
    #[error("the API key goes to two places: give one of header and query")]
    TwoPlaces,
    /// A command can't be run.
    #[error("auth.bearer.command can't be used: {0}")]
    Command(&'static str),
    /// A parameter has a key of its own.
    #[error(
        "auth.oauth2.parameters has `{0}`, which is set by a key of its own under [auth.oauth2] or by the tool"
    )]
    Parameter(&'static str),
    /// A URL can't be used.
    #[error("{option} `{given}` can't be used: {reason}")]
    Url {
        /// The option or variable.
        option: &'static str,
        /// What was given, without credentials.
        given: String,
        /// Why not, and what to do.
        reason: String,
    },
    /// A client certificate would be shown to a proxy.
    #[error(
        "a client certificate and a proxy of https:// exclude each other: the proxy could ask for \
         the certificate, which is for the target alone; use a proxy of http://"
    )]
    CertificateForProxy,
}
