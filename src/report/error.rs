//! Why a report could not be made, or not be read.

use super::html::HtmlError;

/// Why a report could not be rendered, or a stored result not be read back.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The result could not be written as JSON.
    #[error("cannot write the result as json: {0}")]
    Json(#[from] serde_json::Error),
    /// The JUnit file could not be written.
    #[error("cannot write the junit report: {0}")]
    Junit(#[from] quick_junit::SerializeError),
    /// A template or the table of texts is broken.
    #[error("cannot render the html report: {0}")]
    Html(#[from] HtmlError),
    /// The archive of a Word document could not be made.
    #[error("cannot write the docx document: {0}")]
    Archive(#[from] zip::result::ZipError),
    /// The bytes are not a result, or one that this version can't read.
    #[error("cannot read the result: {0}")]
    Parse(#[from] ParseError),
}

/// Why bytes could not be read as a result.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// No JSON at all, or it ends too early.
    #[error("not json, or cut off: {0}")]
    NotJson(#[source] serde_json::Error),
    /// JSON, but written by something else.
    #[error("not a result of tmfctk: {0}")]
    NotOurs(&'static str),
    /// Written by a later version of this harness.
    #[error("schema version {found} is newer than {known}, the newest that this version reads")]
    Newer {
        /// The version found.
        found: u64,
        /// The newest that can be read.
        known: u32,
    },
    /// Ours by its head, but a key is missing or of another type.
    #[error("at `{path}`: {source}")]
    Key {
        /// Where, as a dotted path.
        path: String,
        /// What is wrong there.
        source: serde_json::Error,
    },
}
