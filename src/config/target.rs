//! What is judged, and its base URL.

use url::Url;

use super::error::ConfigError;
use super::secret::without_userinfo;

/// What is judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TargetSetting {
    /// The implementation at that base URL, which ends with a slash.
    Url {
        /// The base URL.
        url: Url,
        /// Whether the last slash had to be added.
        slash_added: bool,
    },
    /// The embedded reference implementation.
    Reference,
}

impl TargetSetting {
    /// The base URL, where there is one beforehand.
    pub const fn url(&self) -> Option<&Url> {
        match self {
            Self::Url { url, .. } => Some(url),
            Self::Reference => None,
        }
    }
}

/// Reads a base URL: blanks around it are dropped, a missing last slash is added.
pub(super) fn base_url(text: &str) -> Result<TargetSetting, ConfigError> {
    let trimmed = text.trim();
    // What follows may be a key.
    let shown = trimmed.split(['?', '#']).next().unwrap_or_default();
    let wrong = |reason: &str| ConfigError::Target {
        given: without_userinfo(shown),
        reason: reason.to_owned(),
    };
    let mut url = Url::parse(trimmed).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => wrong("it needs http:// or https:// in front"),
        other => wrong(&other.to_string()),
    })?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(
            "only http:// and https:// can be checked (did you forget http:// before host:port?)",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong(
            "a base URL has no query and no fragment; remove what follows ? or # (a key in the query \
             is given by --api-key-query)",
        ));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong(
            "credentials do not belong into the URL, use an Authorization header",
        ));
    }
    let slash_added = !url.path().ends_with('/');
    if slash_added {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(TargetSetting::Url { url, slash_added })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_slash_is_added_and_said() {
        let TargetSetting::Url { url, slash_added } = base_url(" http://h/api/v4 ").unwrap() else {
            panic!()
        };
        assert_eq!((url.as_str(), slash_added), ("http://h/api/v4/", true));
    }

    #[test]
    fn wrong_targets_say_what_to_do() {
        for (given, hint) in [
            ("localhost:8080/x", "http://"),
            ("host", "http://"),
            ("http://h/x?y=1", "query"),
            ("http://u:secret@h/", "Authorization"),
        ] {
            let message = base_url(given).unwrap_err().to_string();
            assert!(message.contains(hint), "{given}: {message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
