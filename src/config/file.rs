//! The TOML configuration file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{ConfigError, DEFAULT_FILE, Dossier, GivenLimits, Subject, TargetEntry};
use crate::words::Level;

/// What the file says; every key is optional, an unknown one is an error.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
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
    /// The body of the configured create, relative to this file.
    pub payload: Option<PathBuf>,
    /// Seconds for one exchange.
    pub timeout: Option<f64>,
    /// Warnings count as failures.
    pub strict: Option<bool>,
    /// The seed of generated values.
    pub seed: Option<String>,
    /// Leave created records.
    pub keep: Option<bool>,
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
    /// What the listener answers.
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
    /// The product under test.
    #[serde(default)]
    pub subject: Subject,
    /// What a dossier demands.
    #[serde(default)]
    pub dossier: Dossier,
    /// A folder with templates of a house style, relative to this file.
    pub template: Option<PathBuf>,
    /// Several targets, each with what it has of its own.
    #[serde(default)]
    pub targets: Vec<TargetEntry>,
    /// Accepted deviations, relative to this file.
    pub waivers: Option<PathBuf>,
    /// The result that a run is held against, relative to this file.
    pub baseline: Option<PathBuf>,
}

impl FileConfig {
    /// What it says of limits.
    pub(super) fn limits(&self) -> GivenLimits {
        GivenLimits {
            timeout: self.timeout,
            keep_bytes: self.keep_bytes,
            parse_bytes: self.parse_bytes,
            concurrency: self.concurrency,
            rate: self.rate,
            max_time: self.max_time,
            max_exchanges: self.max_exchanges,
            max_writes: self.max_writes,
        }
    }
}

/// Reads the named file, or the default one where it exists.
pub fn load(named: Option<&Path>) -> Result<FileConfig, ConfigError> {
    let path = match named {
        Some(path) => path,
        None if Path::new(DEFAULT_FILE).is_file() => Path::new(DEFAULT_FILE),
        None => return Ok(FileConfig::default()),
    };
    let text = std::fs::read_to_string(path).map_err(|error| ConfigError::Unreadable {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    let mut config = parse(&text).map_err(|reason| ConfigError::Malformed {
        path: path.to_owned(),
        reason,
    })?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let files = [
        &mut config.payload,
        &mut config.features,
        &mut config.spec,
        &mut config.sign,
        &mut config.template,
        &mut config.waivers,
        &mut config.baseline,
        &mut config.subject.architecture_picture,
    ];
    let own = config.targets.iter_mut().flat_map(TargetEntry::files);
    for file in files.into_iter().chain(own).flatten() {
        *file = folder.join(&*file);
    }
    Ok(config)
}

/// Reads the text; the error names line and column, and the likely key, but never a value.
fn parse(text: &str) -> Result<FileConfig, String> {
    toml::from_str(text).map_err(|error| told(text, &error))
}

/// What is wrong with a text, with line and column and the likely key, but never a value.
pub(super) fn told(text: &str, error: &toml::de::Error) -> String {
    let place = error.span().map(|span| {
        let before = &text[..span.start.min(text.len())];
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |rest| rest.chars().count())
            + 1;
        format!("line {line}, column {column}: ")
    });
    let line = error.span().and_then(|span| {
        let before = text.get(..span.start)?;
        text[before.rfind('\n').map_or(0, |at| at + 1)..]
            .lines()
            .next()
    });
    let message = wrong_type(error.message(), line.unwrap_or_default())
        .unwrap_or_else(|| suggestion(error.message()));
    format!("{}{message}", place.unwrap_or_default())
}

/// "`timeout` must be a number, not a string" for a value of the wrong type; never the value.
fn wrong_type(message: &str, line: &str) -> Option<String> {
    let (given, expected) = message
        .strip_prefix("invalid type: ")?
        .split_once(", expected ")?;
    let given = given.split(' ').next()?;
    let given = match given {
        "floating" => "number",
        other => other,
    };
    let expected = match expected {
        "f64" | "usize" | "u64" | "u16" => "a number",
        "a boolean" => "true or false",
        other => other,
    };
    let key = line.split('=').next().unwrap_or_default().trim();
    Some(format!("`{key}` must be {expected}, not of type {given}"))
}

/// "unknown field `levl`, expected one of …" with the likeliest key in front.
fn suggestion(message: &str) -> String {
    let message = message.replace("unknown field", "unknown key");
    let mut quoted = message.split('`').skip(1).step_by(2);
    let Some(given) = quoted.next().filter(|_| message.starts_with("unknown key")) else {
        return message;
    };
    let nearest = quoted
        .map(|known| (strsim::damerau_levenshtein(given, known), known))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| *distance <= 3);
    match nearest {
        Some((_, known)) => format!("unknown key `{given}`, did you mean `{known}`?"),
        None => message.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_named_with_line_and_the_likely_one() {
        let error = parse("level = \"profile\"\ntimout = 3\n").unwrap_err();
        assert_eq!(
            error,
            "line 2, column 1: unknown key `timout`, did you mean `timeout`?"
        );
    }

    #[test]
    fn a_malformed_file_never_shows_its_values() {
        let error = parse("[headers]\nAuthorization = \"Bearer s3cr3t\n").unwrap_err();
        assert!(error.starts_with("line 2"), "{error}");
        assert!(!error.contains("s3cr3t"), "{error}");
    }

    #[test]
    fn a_value_of_the_wrong_type_is_told_by_its_key() {
        assert_eq!(
            parse("level = \"profile\"\ntimeout = \"hunter22\"").unwrap_err(),
            "line 2, column 11: `timeout` must be a number, not of type string"
        );
        let error = parse("[headers]\nX-Pin = 4711").unwrap_err();
        assert!(
            error.contains("X-Pin") && !error.contains("4711"),
            "{error}"
        );
    }

    #[test]
    fn a_wrong_level_lists_the_right_ones() {
        let error = parse("level = \"profil\"").unwrap_err();
        assert!(
            error.contains("profile") && error.contains("line 1"),
            "{error}"
        );
    }
}
