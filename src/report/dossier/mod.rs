//! The dossier that a vendor hands in: the certification document with what goes with it.
//!
//! Its document has the sections that TM Forum's own certification documents have. It says of
//! itself that it was prepared with an independent tool: TM Forum alone certifies.

mod gaps;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

pub use self::gaps::{result_gaps, run_gaps, subject_gaps};
use super::html::{DOCUMENT, DOCUMENT_MARKDOWN, HouseStyle, PageKind, README, render_page};
use super::{Format, ReportError, render};
use crate::terms::{Level, Verdict};
use crate::verdict::{Counts, RunResult};

/// The file names of the dossier's own parts.
const DOCUMENT_HTML: &str = "certification-document.html";
const DOCUMENT_MD: &str = "certification-document.md";
const README_MD: &str = "README.md";

/// The product under test, as the document describes it; what is none is lacking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The company that offers the product.
    pub company: Option<String>,
    /// The product's name.
    pub product: Option<String>,
    /// The product's release.
    pub release: Option<String>,
    /// When that was released.
    pub released: Option<String>,
    /// Who answers questions about it.
    pub contact: Option<String>,
    /// The product or solution that the API belongs to, in paragraphs parted by blank lines.
    pub description: Option<String>,
    /// What the API is there for.
    pub overview: Option<String>,
    /// The architecture in words.
    pub architecture: Option<String>,
    /// The architecture as a picture.
    pub picture: Option<Picture>,
    /// The document's date; the day of the run where there is none.
    pub date: Option<String>,
}

/// A picture that stands in the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    name: &'static str,
    media_type: &'static str,
    bytes: Vec<u8>,
}

impl Picture {
    /// A picture from the bytes of its file, known by how they begin.
    ///
    /// # Errors
    ///
    /// Where they are none of PNG, JPEG and SVG.
    pub fn new(bytes: Vec<u8>) -> Result<Self, UnknownPicture> {
        let start = &bytes[..bytes.len().min(1024)];
        let (name, media_type) = if start.starts_with(b"\x89PNG\r\n\x1a\n") {
            ("architecture.png", "image/png")
        } else if start.starts_with(b"\xff\xd8\xff") {
            ("architecture.jpg", "image/jpeg")
        } else if start.windows(4).any(|window| window == b"<svg") {
            ("architecture.svg", "image/svg+xml")
        } else {
            return Err(UnknownPicture);
        };
        Ok(Self {
            name,
            media_type,
            bytes,
        })
    }
}

/// A file that is not a picture that a document can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not PNG, JPEG or SVG")]
pub struct UnknownPicture;

/// A file of the dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DossierFile {
    /// Its name, without a folder.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Makes the files of a dossier, without their manifest.
///
/// With `lacks` it is a draft: it carries a watermark and says what is lacking.
///
/// # Errors
///
/// Where a template is broken, which for the embedded ones is a defect of this crate.
pub fn files(
    subject: &Subject,
    result: &RunResult,
    lacks: Option<&[String]>,
    style: Option<&HouseStyle>,
) -> Result<Vec<DossierFile>, ReportError> {
    let page = |kind: PageKind| {
        render_page(kind, style, |policy| {
            Document::new(subject, result, lacks, policy)
        })
    };
    let file = |name: &str, bytes: Vec<u8>| DossierFile {
        name: name.to_owned(),
        bytes,
    };
    let mut files = vec![
        file(README_MD, page(README)?.into_bytes()),
        file(DOCUMENT_HTML, page(DOCUMENT)?.into_bytes()),
        file(DOCUMENT_MD, page(DOCUMENT_MARKDOWN)?.into_bytes()),
        file(
            &report_name(subject, result),
            super::html::render_in(result, style)?,
        ),
        file(Format::Json.file_name(), render(Format::Json, result)?),
    ];
    if let Some(picture) = &subject.picture {
        files.push(file(picture.name, picture.bytes.clone()));
    }
    Ok(files)
}

/// `COMPANY-TMF683-v4.0.0-HTMLReport.html`, as submissions to TM Forum name it.
fn report_name(subject: &Subject, result: &RunResult) -> String {
    let company = subject.company.as_deref().unwrap_or_default();
    let mut company: String = company
        .chars()
        .filter(|char| char.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect();
    if company.is_empty() {
        company.push_str("COMPANY");
    }
    let (api, version) = api(result);
    format!("{company}-{api}-v{version}-HTMLReport.html")
}

/// The number of the API and its version, from the pack's name.
fn api(result: &RunResult) -> (String, &str) {
    let (api, version) = result.kit.pack.split_once('@').unwrap_or_default();
    (api.to_uppercase(), version)
}

/// The view of the document in each of its forms.
#[derive(Serialize)]
struct Document<'a> {
    policy: String,
    draft: bool,
    lacks: &'a [String],
    company: &'a str,
    product: &'a str,
    release: &'a str,
    released: Option<&'a str>,
    contact: &'a str,
    api: &'a str,
    date: String,
    description: Vec<&'a str>,
    overview: Vec<&'a str>,
    architecture: Vec<&'a str>,
    picture: Option<String>,
    picture_file: Option<&'static str>,
    report: String,
    html: &'static str,
    markdown: &'static str,
    json: &'static str,
    version: &'a str,
    pack: &'a str,
    target: &'a str,
    ran: &'a str,
    verdict: Verdict,
    gate: Level,
    levels: Vec<LevelRow>,
    kit: Option<Kit<'a>>,
    insecure: bool,
}

#[derive(Serialize)]
struct LevelRow {
    level: Level,
    verdict: Verdict,
    counts: Counts,
    total: usize,
}

#[derive(Serialize)]
struct Kit<'a> {
    edition: &'a str,
    verdict: &'static str,
    /// Where they are predicted.
    assertions: Option<usize>,
    failed: usize,
}

impl<'a> Document<'a> {
    fn new(
        subject: &'a Subject,
        result: &'a RunResult,
        lacks: Option<&'a [String]>,
        policy: String,
    ) -> Self {
        let word = |text: &'a Option<String>| text.as_deref().unwrap_or("…");
        let paragraphs = |text: &'a Option<String>| {
            let parts = text.as_deref().unwrap_or_default().split("\n\n");
            parts
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .collect()
        };
        let started = &result.run.started_at;
        let day = started.split('T').next().unwrap_or_default();
        Self {
            policy,
            draft: lacks.is_some(),
            lacks: lacks.unwrap_or_default(),
            company: word(&subject.company),
            product: word(&subject.product),
            release: word(&subject.release),
            released: subject.released.as_deref(),
            contact: word(&subject.contact),
            api: &result.kit.pack_title,
            date: subject.date.clone().unwrap_or_else(|| day.to_owned()),
            description: paragraphs(&subject.description),
            overview: paragraphs(&subject.overview),
            architecture: paragraphs(&subject.architecture),
            picture: subject.picture.as_ref().map(|picture| {
                let bytes = STANDARD.encode(&picture.bytes);
                format!("data:{};base64,{bytes}", picture.media_type)
            }),
            picture_file: subject.picture.as_ref().map(|picture| picture.name),
            report: report_name(subject, result),
            html: DOCUMENT_HTML,
            markdown: DOCUMENT_MD,
            json: Format::Json.file_name(),
            version: &result.kit.version,
            pack: &result.kit.pack,
            target: &result.target.url,
            ran: started,
            verdict: result.verdict,
            gate: result.gate,
            levels: result
                .levels
                .iter()
                .map(|level| LevelRow {
                    level: level.level,
                    verdict: level.verdict,
                    counts: level.counts,
                    total: level.counts.total(),
                })
                .collect(),
            kit: result.official_kit.as_ref().map(|kit| Kit {
                edition: &kit.edition,
                verdict: super::html::kit_verdict(kit),
                assertions: kit.predicted_assertions(),
                failed: kit.failed,
            }),
            insecure: result.trust_note().is_some(),
        }
    }
}
