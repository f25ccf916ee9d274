//! One thing that was looked at, and what is needed to look.

use serde::Serialize;
use url::Url;

use crate::config::Settings;
use crate::http::Client;
use crate::listener::Listener;
use crate::pack::Pack;

/// What a line of the preflight says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckOutcome {
    /// As it should be.
    Good,
    /// It works, but people should know.
    Advice,
    /// A run would not get far.
    Bad,
    /// It could not be looked at, since something before it failed.
    Unknown,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What.
    pub what: &'static str,
    /// What it came to.
    pub outcome: CheckOutcome,
    /// The same in words.
    pub result: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<String>,
}

impl Line {
    pub(super) fn good(what: &'static str, result: impl Into<String>) -> Self {
        Self {
            what,
            outcome: CheckOutcome::Good,
            result: result.into(),
            advice: None,
        }
    }

    pub(super) fn with(
        what: &'static str,
        outcome: CheckOutcome,
        result: impl Into<String>,
        advice: impl Into<String>,
    ) -> Self {
        Self {
            what,
            outcome,
            result: result.into(),
            advice: Some(advice.into()),
        }
    }

    pub(super) fn unknown(what: &'static str) -> Self {
        Self {
            what,
            outcome: CheckOutcome::Unknown,
            result: "not looked at: the target did not answer".to_owned(),
            advice: None,
        }
    }
}

/// What the preflight needs of a run that is sound.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The settings.
    pub settings: &'a Settings,
    /// The pack.
    pub pack: &'a Pack,
    /// The base URL, with its last slash.
    pub base: &'a Url,
    /// The URL of the collection.
    pub collection: &'a Url,
    /// Sends.
    pub client: &'a Client,
    /// The listener for events, where the run has one.
    pub listener: Option<&'a Listener>,
    /// The body of the first create.
    pub payload: &'a str,
}
