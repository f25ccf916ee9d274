//! `report.html`: one self-contained page for people.
//!
//! The page needs no network and no script. The result becomes a view (plain data, cut to what a
//! reader can take in), the view goes through the Handlebars templates of `templates/`, and every
//! word that the page itself says stands in `templates/texts.json`.

mod cover;
mod engine;
mod events;
mod exchange;
mod findings;
mod kit;
mod operations;
mod page;
mod rest;
mod scenarios;
mod texts;

use std::sync::LazyLock;

pub use engine::HtmlError;

use super::ReportError;
use crate::verdict::RunResult;
use engine::Engine;

/// Compiled once; a process renders one report or, where it is a test, many.
static ENGINE: LazyLock<Result<Engine, HtmlError>> = LazyLock::new(Engine::embedded);

/// Compiles the templates on a thread of its own, while the run is waiting for its target.
///
/// Not needed before [`render`], which then does it itself: this only saves its time.
pub fn warm_up() {
    // Where no thread is to be had, the time is not saved, and that is all.
    let _ = std::thread::Builder::new().spawn(|| LazyLock::force(&ENGINE).is_ok());
}

/// Renders the page.
///
/// # Errors
///
/// [`ReportError::Html`] where a template or the table of texts is broken.
pub fn render(result: &RunResult) -> Result<Vec<u8>, ReportError> {
    let engine = ENGINE.as_ref().map_err(Clone::clone)?;
    let index = page::Index::new(result);
    let page = page::Page::new(result, &index, engine.policy()?);
    let chunks = exchange::chunks(result, &index);
    Ok(engine.render(&page, chunks)?.into_bytes())
}
