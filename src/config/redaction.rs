//! What is hidden in all outputs besides secrets: personal data, and what a pattern finds.

use regex::Regex;

use super::error::ConfigError;
use super::options::Overrides;

/// What is hidden.
#[derive(Debug, Default, Clone)]
pub struct Redaction {
    /// What matches is hidden wherever it stands; of a pattern with a group `secret` only that.
    pub patterns: Vec<Regex>,
    /// JSON pointers; the values there are hidden in bodies. `*` stands for any attribute or element.
    pub pointers: Vec<String>,
}

/// Reads patterns and pointers.
pub(super) fn resolve(given: &Overrides) -> Result<Redaction, ConfigError> {
    let patterns = given.redact.iter().map(|text| pattern(text));
    Ok(Redaction {
        patterns: patterns.collect::<Result<_, _>>()?,
        pointers: given
            .redact_pointer
            .iter()
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
