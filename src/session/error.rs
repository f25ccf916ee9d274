//! Why a run can't begin.

use crate::http::ClientError;
use crate::listener::ListenerError;
use crate::pack::PackError;
use crate::plan::SelectionError;
use crate::schema::SchemaError;
use crate::verdict;
use crate::world::ReviewError;

/// Why a run can't begin. No request was sent.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The pack, or a user's feature.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// Which scenarios run.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// The HTTP client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The description of the official kit.
    #[error("{file}: {reason}")]
    Kit {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// A schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The official API description can't be used.
    #[error("API description {file}: {reason}")]
    Spec {
        /// The file.
        file: String,
        /// Why not.
        reason: String,
    },
    /// The rules that bodies are judged by.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// The listener.
    #[error(transparent)]
    Listener(#[from] ListenerError),
    /// Accepted deviations that can't be waived.
    #[error("the waivers {file} can't be used:{reasons}")]
    Waivers {
        /// The file.
        file: String,
        /// All that is wrong, each on a line of its own.
        reasons: String,
    },
    /// The baseline is none for this run.
    #[error("the baseline can't be used: {0}")]
    Baseline(#[from] verdict::Incomparable),
    /// The configured payload.
    #[error("payload {file}: {reason}")]
    Payload {
        /// The file.
        file: String,
        /// What is wrong, with line or pointer.
        reason: String,
    },
}
