//! The settings of a server beside its behaviour.

use std::time::Duration;

/// Values that variants choose.
#[derive(Debug, Clone, Default)]
pub(super) struct Settings {
    /// How many records a list holds at most where the client names no limit.
    pub(super) page_size: Option<usize>,
    /// How long each answer is held back.
    pub(super) latency: Duration,
    /// How long each event is held back.
    pub(super) event_delay: Duration,
    /// Whether some of the records that are there from the start violate the profile.
    pub(super) flawed_preload: bool,
    /// How many records are there from the start, at least.
    pub(super) preload: usize,
    /// The header without which requests are refused.
    pub(super) credential: Option<String>,
}
