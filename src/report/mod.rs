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
use self::html::HouseStyle;
use crate::verdict::RunResult;

/// Renders the result in one format: the bytes of each of [`Format::file_names`].
///
/// # Errors
///
/// Where the format's writer fails, or the template of a house style asks for what there is not.
pub fn files(
    format: Format,
    result: &RunResult,
    style: Option<&HouseStyle>,
) -> Result<Vec<Vec<u8>>, ReportError> {
    Ok(match format {
        Format::Html => vec![html::render_in(result, style)?],
        Format::HtmlMulti => html::render_apart(result, style)?.into(),
        other => vec![render(other, result)?],
    })
}

/// Renders the result in one format: its file to begin with.
///
/// # Errors
///
/// Where the format's writer fails, which for the embedded templates is a defect of this crate.
pub fn render(format: Format, result: &RunResult) -> Result<Vec<u8>, ReportError> {
    match format {
        Format::Html => html::render(result),
        Format::HtmlMulti => {
            let [page, ..] = html::render_apart(result, None)?;
            Ok(page)
        }
        Format::Json => json::render(result),
        Format::Junit => junit::render(result),
        Format::Har => har::render(result),
        Format::Markdown => markdown::render(result),
        Format::Sarif => sarif::render(result),
        Format::CodeQuality => codequality::render(result),
    }
}
