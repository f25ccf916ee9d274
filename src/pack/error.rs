//! What can be wrong with a pack or a user's features.

/// A pack that can't be used, or a user's feature that does not fit it.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PackError {
    /// No pack of that name is embedded.
    #[error("unknown pack `{given}`, this binary holds: {known}")]
    Unknown {
        /// What was asked for.
        given: String,
        /// What there is.
        known: String,
    },
    /// A file of the pack is missing.
    #[error("pack file {0} is missing")]
    Missing(String),
    /// A file of the pack is malformed.
    #[error("{file}: {reason}")]
    Malformed {
        /// The file.
        file: String,
        /// What is wrong, with line or pointer.
        reason: String,
    },
    /// A feature breaks the rules.
    #[error("{file}:{line}: {reason}")]
    Feature {
        /// The feature file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong and what to do.
        reason: String,
    },
    /// The folder of the user's features can't be used.
    #[error("features folder {folder}: {reason}")]
    Folder {
        /// The folder.
        folder: String,
        /// What is wrong.
        reason: String,
    },
}
