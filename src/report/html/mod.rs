//! `report.html`: one self-contained page for people.
//!
//! The page needs no network and no script. The result becomes a view (plain data, cut to what a
//! reader can take in), the view goes through the Handlebars templates of `templates/`, and every
//! word that the page itself says stands in `templates/texts.json`.

mod baseline;
mod causes;
mod cover;
mod engine;
mod events;
mod exchange;
mod files;
mod findings;
mod helpers;
mod index;
mod kit;
mod latency;
mod operations;
mod page;
mod rest;
mod scenarios;
mod texts;
mod waivers;

use std::sync::LazyLock;

use std::collections::BTreeMap;

pub(super) use cover::{Mend, date, kit_verdict};
pub(super) use engine::{DOCUMENT, DOCUMENT_MARKDOWN, DOCX, INDEX, PageKind, README};
pub use files::HtmlError;
pub(super) use index::SCENARIOS;

use super::ReportError;
use crate::verdict::RunResult;
use engine::{APART_POLICY, EVIDENCE, Engine, REPORT};
use serde::Serialize;

/// Compiled once; a process renders one report or, where it is a test, many.
static ENGINE: LazyLock<Result<Engine, HtmlError>> = LazyLock::new(Engine::embedded);

/// Compiles the templates. Not needed before [`render`], which then does it itself: on another
/// thread, this saves its time.
pub fn warm_up() {
    // What is wrong with a template is said when it is rendered.
    let _ = LazyLock::force(&ENGINE).is_ok();
}

/// Templates, stylesheet and texts of a house in place of this crate's own.
pub struct HouseStyle(Engine);

impl HouseStyle {
    /// Takes the files by their paths below `templates/`.
    ///
    /// # Errors
    ///
    /// Where one is none of the templates' files, can't be read as what it is, or would write text
    /// unescaped; the message names the file and the line.
    pub fn new(files: BTreeMap<String, String>) -> Result<Self, HtmlError> {
        Engine::with(files).map(Self)
    }
}

/// Renders the page.
///
/// # Errors
///
/// [`ReportError::Html`] where a template or the table of texts is broken.
pub fn render(result: &RunResult) -> Result<Vec<u8>, ReportError> {
    render_in(result, None)
}

/// Renders the page in a house style.
///
/// # Errors
///
/// [`ReportError::Html`] where a template asks for what there is not; the message names it and the
/// line.
pub fn render_in(result: &RunResult, style: Option<&HouseStyle>) -> Result<Vec<u8>, ReportError> {
    let engine = engine(style)?;
    let index = index::Index::new(result);
    let page = page::Page::new(result, &index, engine.policy(REPORT)?, false);
    let chunks = exchange::chunks(result, &index);
    let page = engine.render_in_pieces(REPORT, page, chunks)?;
    Ok(page.into_bytes())
}

/// Renders the page with stylesheet, script and evidence in files of their own, for viewers that
/// allow no more than that; in the order of [`Format::file_names`](super::Format::file_names).
///
/// # Errors
///
/// As [`render_in`] has them.
pub fn render_apart(
    result: &RunResult,
    style: Option<&HouseStyle>,
) -> Result<[Vec<u8>; 4], ReportError> {
    let engine = engine(style)?;
    let index = index::Index::new(result);
    let page = page::Page::new(result, &index, APART_POLICY.to_owned(), true);
    let page = engine.render(REPORT, page)?;
    let evidence = page::EvidencePage::new(result, &index, APART_POLICY.to_owned());
    let chunks = exchange::chunks(result, &index);
    let evidence = engine.render_in_pieces(EVIDENCE, evidence, chunks)?;
    // Text from outside is escaped: such a quote is the template's only.
    let page = page.replace("href=\"#exchange-", "href=\"evidence.html#exchange-");
    let own = |name| Ok::<_, HtmlError>(engine.asset(name)?.as_bytes().to_vec());
    Ok([
        page.into_bytes(),
        evidence.into_bytes(),
        own("report.css")?,
        own("report.js")?,
    ])
}

/// Renders a page of another kind; the view is given the page's Content-Security-Policy.
pub(super) fn render_page<V: Serialize>(
    kind: PageKind,
    style: Option<&HouseStyle>,
    view: impl FnOnce(String) -> V,
) -> Result<String, HtmlError> {
    let engine = engine(style)?;
    engine.render(kind, view(engine.policy(kind)?))
}

fn engine(style: Option<&HouseStyle>) -> Result<&Engine, HtmlError> {
    match style {
        Some(HouseStyle(engine)) => Ok(engine),
        None => ENGINE.as_ref().map_err(Clone::clone),
    }
}
