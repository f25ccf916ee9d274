//! `report.html`: one self-contained page for people.
//!
//! The page needs no network and no script. The result becomes a view (plain data, cut to what a
//! reader can take in), the view goes through the Handlebars templates of `templates/`, and every
//! word that the page itself says stands in `templates/texts.json`.

mod cover;
mod engine;
mod exchange;
mod findings;
mod kit;
mod page;
mod rest;
mod scenarios;
mod texts;

pub use engine::HtmlError;

use super::ReportError;
use crate::verdict::RunResult;

/// Renders the page.
///
/// # Errors
///
/// [`ReportError::Html`] where a template or the table of texts is broken.
pub fn render(result: &RunResult) -> Result<Vec<u8>, ReportError> {
    Ok(render_page(result)?.into_bytes())
}

fn render_page(result: &RunResult) -> Result<String, HtmlError> {
    let engine = engine::Engine::embedded()?;
    let page = page::Page::new(result, engine.policy()?);
    engine.render(&page)
}
