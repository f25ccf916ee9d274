//! Values that must never be shown.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

/// A value that must never be shown; its `Debug` is `[redacted]`.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself, for sending and for redaction only.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// A header that is sent with every request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value; every user header counts as secret.
    pub value: Secret,
}

impl Header {
    /// Reads `Name: value`. Where there is no name in front of a colon, or none that HTTP has, the
    /// error says so.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let (name, value) = text
            .split_once(':')
            .ok_or("there is no colon behind its name")?;
        let name = name.trim();
        Self::check_name(name)?;
        Ok(Self {
            name: name.to_owned(),
            value: Secret::new(value.trim()),
        })
    }

    /// Why a header can't have that name: it is no token of RFC 9110, section 5.6.2.
    pub(super) fn check_name(name: &str) -> Result<(), &'static str> {
        let is_token =
            |char: char| char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char);
        if name.is_empty() {
            Err("it has no name")
        } else if !name.chars().all(is_token) {
            Err("its name holds a blank or another character that no name of a header has")
        } else {
            Ok(())
        }
    }
}

impl Header {
    /// Whether its name says that it holds credentials.
    pub fn is_credential(&self) -> bool {
        let name = self.name.to_ascii_lowercase();
        let whole = ["authorization", "cookie"];
        whole.contains(&name.as_str()) || name.contains("key") || name.contains("token")
    }
}

impl From<(String, String)> for Header {
    fn from((name, value): (String, String)) -> Self {
        Self {
            name,
            value: Secret::new(value),
        }
    }
}

/// Whether it is HTTP's own header for credentials.
pub(super) fn is_authorization(header: &str) -> bool {
    header.eq_ignore_ascii_case("Authorization")
}

/// What is before an `@` in the authority may be a password.
pub(super) fn without_userinfo(text: &str) -> String {
    match (text.find("://"), text.find('@')) {
        (Some(scheme), Some(at)) if at > scheme => {
            format!("{}{}", &text[..scheme + 3], &text[at + 1..])
        }
        (None, Some(at)) => text[at + 1..].to_owned(),
        _ => text.to_owned(),
    }
}
