//! `index.html`: several targets on one page, each with its levels and a link to its report.

use serde::Serialize;

use super::ReportError;
use super::html::{self, HouseStyle};
use super::text::short;
use crate::terms::{Level, Verdict};
use crate::verdict::RunResult;

/// The page's file.
pub const FILE: &str = "index.html";
/// A text is shown up to this many bytes.
const LINE: usize = 500;

/// One target of the page.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    name: String,
    url: Option<String>,
    link: Option<String>,
    verdict: &'static str,
    /// What decides, where it is not the verdict alone, or why there is no result.
    decision: Option<String>,
    /// What is to be known where the run took any certificate.
    trust: Option<&'static str>,
    gate: Option<Level>,
    date: Option<String>,
    product: Option<String>,
    cells: Vec<Cell>,
    kit: &'static str,
    /// What is to be mended for conformance.
    mend: Option<html::Mend>,
}

/// One level of a target.
#[derive(Debug, Clone, Serialize)]
struct Cell {
    level: Level,
    verdict: &'static str,
    gated: bool,
    ran: bool,
    passed: usize,
    failed: usize,
    waived: usize,
    total: usize,
}

impl Row {
    /// A target by its result; `link` leads to its report.
    pub fn new(name: &str, result: &RunResult, link: Option<String>) -> Self {
        let subject = result.subject.as_ref();
        let product = subject.map(|subject| {
            let named = [&subject.company, &subject.product, &subject.release];
            let named: Vec<&str> = named.into_iter().flatten().map(String::as_str).collect();
            short(&named.join(" "), LINE)
        });
        Self {
            name: short(name, LINE),
            url: Some(short(&result.target.url, LINE)),
            link,
            verdict: result.verdict.name(),
            decision: if result.run.interrupted {
                Some("the run was interrupted: this is not all".to_owned())
            } else {
                result.decision().reason.map(|reason| short(&reason, LINE))
            },
            trust: result.trust_note(),
            gate: Some(result.gate),
            date: Some(html::date(&result.run.started_at)),
            product: product.filter(|product| !product.is_empty()),
            cells: Level::ALL
                .into_iter()
                .map(|level| Cell::new(level, result))
                .collect(),
            kit: result
                .official_kit
                .as_ref()
                .map_or("not-run", html::kit_verdict),
            mend: Some(html::Mend::new(result)),
        }
    }

    /// A target of which there is no result, and why.
    pub fn without_result(name: &str, why: &str) -> Self {
        Self {
            name: short(name, LINE),
            url: None,
            link: None,
            verdict: "not-run",
            decision: Some(short(why, LINE)),
            trust: None,
            gate: None,
            date: None,
            product: None,
            cells: Level::ALL.into_iter().map(Cell::not_run).collect(),
            kit: "not-run",
            mend: None,
        }
    }
}

impl Cell {
    fn new(level: Level, result: &RunResult) -> Self {
        let Some(ran) = result.levels.iter().find(|ran| ran.level == level) else {
            return Self::not_run(level);
        };
        Self {
            level,
            verdict: ran.verdict.name(),
            gated: level <= result.gate,
            ran: true,
            passed: ran.counts.passed,
            failed: ran.counts.failed,
            waived: ran.counts.waived,
            total: ran.counts.total(),
        }
    }

    const fn not_run(level: Level) -> Self {
        Self {
            level,
            verdict: "not-run",
            gated: false,
            ran: false,
            passed: 0,
            failed: 0,
            waived: 0,
            total: 0,
        }
    }
}

#[derive(Serialize)]
struct Page<'a> {
    policy: String,
    version: &'static str,
    total: usize,
    sums: Vec<Sum>,
    levels: [Level; 5],
    rows: &'a [Row],
}

/// How many targets have a verdict.
#[derive(Serialize)]
struct Sum {
    verdict: &'static str,
    count: usize,
}

/// Writes the page.
///
/// # Errors
///
/// [`ReportError::Html`] where a template or the table of texts is broken.
pub fn render(rows: &[Row], style: Option<&HouseStyle>) -> Result<Vec<u8>, ReportError> {
    let verdicts = [
        Verdict::NonConformant.name(),
        Verdict::Inconclusive.name(),
        "not-run",
        Verdict::Conformant.name(),
    ];
    let sums = verdicts.into_iter().map(|verdict| Sum {
        verdict,
        count: rows.iter().filter(|row| row.verdict == verdict).count(),
    });
    let page = html::render_page(html::INDEX, style, |policy| Page {
        policy,
        version: env!("CARGO_PKG_VERSION"),
        total: rows.len(),
        sums: sums.filter(|sum| sum.count > 0).collect(),
        levels: Level::ALL,
        rows,
    })?;
    Ok(page.into_bytes())
}
