//! What is hidden in all outputs besides secrets: personal data, and what a pattern finds.

use regex::Regex;

use super::file::FileConfig;
use super::{ConfigError, Overrides};

/// What is hidden.
#[derive(Debug, Default, Clone)]
pub struct Redaction {
    /// What matches is hidden wherever it stands; of a pattern with a group `secret` only that.
    pub patterns: Vec<Regex>,
    /// JSON pointers; the values there are hidden in bodies. `*` stands for any member or element.
    pub pointers: Vec<String>,
}

/// Reads what flags and file say: both count.
pub(super) fn resolve(given: &Overrides, file: &FileConfig) -> Result<Redaction, ConfigError> {
    let patterns = file.redact.iter().chain(&given.redact);
    let pointers = file.redact_pointer.iter().chain(&given.redact_pointer);
    Ok(Redaction {
        patterns: patterns
            .map(|text| pattern(text))
            .collect::<Result<_, _>>()?,
        pointers: pointers
            .map(|text| match text.strip_prefix('/') {
                Some(_) => Ok(text.clone()),
                None => Err(ConfigError::Pointer(text.clone())),
            })
            .collect::<Result<_, _>>()?,
    })
}

fn pattern(text: &str) -> Result<Regex, ConfigError> {
    let wrong = |reason: String| ConfigError::Pattern {
        pattern: text.to_owned(),
        reason,
    };
    let pattern = Regex::new(text).map_err(|error| {
        // The message draws the place over several lines; its last says what is wrong.
        let message = error.to_string();
        let last = message.lines().last().unwrap_or_default();
        wrong(last.trim_start_matches("error: ").to_owned())
    })?;
    if pattern.is_match("") {
        return Err(wrong(
            "it matches the empty text, and so everywhere".to_owned(),
        ));
    }
    Ok(pattern)
}
