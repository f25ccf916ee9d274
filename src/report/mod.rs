//! Result in, bytes out: the report in each of its formats.
//!
//! Everything here is pure. A stored `result.json` renders into the same bytes years later, on
//! another machine, without a network.

pub mod codequality;
mod curl;
pub mod dossier;
mod error;
mod format;
pub mod har;
pub mod html;
pub mod index;
pub mod json;
pub mod junit;
pub mod markdown;
mod pretty;
pub mod sarif;
mod text;

pub use self::error::ReportError;
pub use self::format::{Format, UnknownFormat};
use crate::verdict::RunResult;

/// Renders the result in one format.
///
/// # Errors
///
/// Where the format's writer fails, which for the embedded templates is a defect of this crate.
pub fn render(format: Format, result: &RunResult) -> Result<Vec<u8>, ReportError> {
    match format {
        Format::Html => html::render(result),
        Format::Json => json::render(result),
        Format::Junit => junit::render(result),
        Format::Har => har::render(result),
        Format::Markdown => markdown::render(result),
        Format::Sarif => sarif::render(result),
        Format::CodeQuality => codequality::render(result),
    }
}
