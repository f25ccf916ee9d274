//! The dossier that a vendor hands in: the certification document with what goes with it.
//!
//! Its document has the sections that TM Forum's own certification documents have. It says of
//! itself that it was prepared with an independent tool: TM Forum alone certifies.

mod docx;
mod gaps;
mod picture;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

pub use self::gaps::{result_gaps, run_gaps, subject_gaps};
pub use self::picture::{Picture, UnknownPicture};
use super::html::{DOCUMENT, DOCUMENT_MARKDOWN, HouseStyle, PageKind, README, render_page};
use super::{Format, ReportError, render};
use crate::terms::{Level, Verdict};
use crate::verdict::{Certificate, Counts, RunResult};

/// The file names of the dossier's own parts.
const DOCUMENT_HTML: &str = "certification-document.html";
const DOCUMENT_MD: &str = "certification-document.md";
const DOCUMENT_DOCX: &str = "certification-document.docx";
const README_MD: &str = "README.md";

/// What a file name may hold in a link as it is.
const NON_ALPHANUMERIC_BUT_DOTS: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-');

/// The product under test, as the document describes it; what is none is lacking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    /// The company that offers the product.
    pub company: Option<String>,
    /// Its short name, for the file name of the report.
    pub company_short: Option<String>,
    /// The product's name.
    pub product: Option<String>,
    /// The product's release.
    pub release: Option<String>,
    /// When that was released.
    pub released: Option<String>,
    /// Who answers questions about it.
    pub contact: Option<String>,
    /// The product or solution that the API belongs to: paragraphs parted by blank lines, and lists
    /// of lines that begin with `- `.
    pub description: Option<String>,
    /// What the API is there for.
    pub overview: Option<String>,
    /// The architecture in words.
    pub architecture: Option<String>,
    /// The architecture as a picture.
    pub picture: Option<Picture>,
    /// The document's date; the day of the run where there is none.
    pub date: Option<String>,
    /// How the document writes its dates, by `strftime`; year, month and day where there is none.
    pub date_format: Option<String>,
}

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
            DOCUMENT_DOCX,
            docx::render(&page, subject.picture.as_ref())?,
        ),
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
    let company = subject.company_short.as_ref().or(subject.company.as_ref());
    let company = company.map(String::as_str).unwrap_or_default();
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

/// A date `YYYY-MM-DD` as the subject wants dates written, or as it is.
fn written(date: &str, subject: &Subject) -> String {
    let parsed = date.parse::<Date>().ok();
    let format = subject.date_format.as_deref();
    let written = parsed.zip(format).map(|(date, format)| {
        // The format was tried when the subject was read.
        jiff::fmt::strtime::format(format, date).unwrap_or_else(|_| date.to_string())
    });
    written.unwrap_or_else(|| date.to_owned())
}

/// A paragraph or a list of the subject's texts.
#[derive(Serialize, Debug, PartialEq, Eq)]
struct Block {
    text: Option<String>,
    items: Vec<String>,
}

/// The paragraphs and lists of a text.
fn blocks(text: Option<&str>) -> Vec<Block> {
    fn append(place: &mut String, line: &str) {
        if !place.is_empty() {
            place.push(' ');
        }
        place.push_str(line);
    }
    let mut blocks: Vec<Block> = Vec::new();
    for part in text.unwrap_or_default().split("\n\n") {
        let mut block: Option<Block> = None;
        for line in part.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let item = line.strip_prefix("- ").map(str::trim);
            match (item, &mut block) {
                (Some(item), Some(list)) if list.text.is_none() => list.items.push(item.to_owned()),
                (Some(item), _) => {
                    let list = Block {
                        text: None,
                        items: vec![item.to_owned()],
                    };
                    blocks.extend(block.replace(list));
                }
                (None, Some(open)) => match (&mut open.text, open.items.last_mut()) {
                    (Some(text), _) | (None, Some(text)) => append(text, line),
                    (None, None) => open.text = Some(line.to_owned()),
                },
                (None, None) => {
                    block = Some(Block {
                        text: Some(line.to_owned()),
                        items: Vec::new(),
                    });
                }
            }
        }
        blocks.extend(block);
    }
    blocks
}

/// The view of the document in each of its forms.
#[derive(Serialize)]
struct Document<'a> {
    policy: String,
    draft: bool,
    lacks: &'a [String],
    company: &'a str,
    product: &'a str,
    api: &'a str,
    /// What stands below the title, in its order.
    facts: Vec<Fact>,
    description: Vec<Block>,
    overview: Vec<Block>,
    architecture: Vec<Block>,
    picture: Option<String>,
    picture_file: Option<&'static str>,
    drawing: Option<docx::Drawing>,
    report: String,
    report_link: String,
    html: &'static str,
    markdown: &'static str,
    docx: &'static str,
    json: &'static str,
    version: &'a str,
    pack: &'a str,
    target: &'a str,
    ran: String,
    certificate: Certificate,
    profile: Profile,
    /// The keys of the texts above the columns of the table of levels.
    columns: [&'static str; 6],
    levels: Vec<LevelRow>,
    kit: Option<Kit<'a>>,
    insecure: bool,
}

/// A line below the title: the key of its label, and its value.
#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
}

/// How the conformance profile stands.
#[derive(Serialize)]
struct Profile {
    state: Verdict,
    /// How many causes are to be mended.
    mend: usize,
}

#[derive(Serialize)]
struct LevelRow {
    level: Level,
    verdict: Verdict,
    counts: Counts,
    total: usize,
}

/// The kit's predicted numbers.
#[derive(Serialize)]
struct Kit<'a> {
    edition: &'a str,
    assertions: usize,
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
        let day = result.run.started_at.split('T').next().unwrap_or_default();
        let report = report_name(subject, result);
        let conformance = result.conformance();
        Self {
            policy,
            draft: lacks.is_some(),
            lacks: lacks.unwrap_or_default(),
            company: word(&subject.company),
            product: word(&subject.product),
            api: &result.kit.pack_title,
            facts: facts(subject, result, subject.date.as_deref().unwrap_or(day)),
            description: blocks(subject.description.as_deref()),
            overview: blocks(subject.overview.as_deref()),
            architecture: blocks(subject.architecture.as_deref()),
            picture: subject.picture.as_ref().map(|picture| {
                let bytes = STANDARD.encode(&picture.bytes);
                format!("data:{};base64,{bytes}", picture.media_type)
            }),
            picture_file: subject.picture.as_ref().map(|picture| picture.name),
            drawing: subject.picture.as_ref().and_then(docx::Drawing::of),
            report_link: utf8_percent_encode(&report, NON_ALPHANUMERIC_BUT_DOTS).to_string(),
            report,
            html: DOCUMENT_HTML,
            markdown: DOCUMENT_MD,
            docx: DOCUMENT_DOCX,
            json: Format::Json.file_name(),
            version: &result.kit.version,
            pack: &result.kit.pack,
            target: &result.target.url,
            ran: super::html::date(&result.run.started_at),
            certificate: result.certificate(),
            profile: Profile {
                state: conformance.verdict,
                mend: conformance.mend,
            },
            columns: [
                "dossier.level",
                "dossier.verdict",
                "status.passed",
                "status.failed",
                "status.warned",
                "dossier.requirements",
            ],
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
            kit: result.official_kit.as_ref().and_then(|kit| {
                Some(Kit {
                    edition: &kit.edition,
                    assertions: kit.predicted_assertions()?,
                    failed: kit.failed,
                })
            }),
            insecure: result.trust_note().is_some(),
        }
    }
}

/// The lines below the title.
fn facts(subject: &Subject, result: &RunResult, date: &str) -> Vec<Fact> {
    let word = |text: &Option<String>| text.clone().unwrap_or_else(|| "…".to_owned());
    let mut product = word(&subject.product);
    if let Some(release) = &subject.release {
        product = format!("{product}, {release}");
    }
    if let Some(released) = &subject.released {
        product = format!("{product} ({})", written(released, subject));
    }
    let fact = |name, value| Fact { name, value };
    let mut facts = vec![
        fact("company", word(&subject.company)),
        fact("product", product),
        fact("api", result.kit.pack_title.clone()),
        fact("date", written(date, subject)),
    ];
    if let Some(contact) = &subject.contact {
        facts.push(fact("contact", contact.clone()));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_paragraphs_and_lists() {
        let text = |text: &str| Block {
            text: Some(text.to_owned()),
            items: Vec::new(),
        };
        let list = |items: &[&str]| Block {
            text: None,
            items: items.iter().map(|item| (*item).to_owned()).collect(),
        };
        assert_eq!(
            blocks(Some(
                "One\nline.\n- a\n  more\n- b\n\n\nTwo -\nthree.\n\n- c\n"
            )),
            [
                text("One line."),
                list(&["a more", "b"]),
                text("Two - three."),
                list(&["c"]),
            ]
        );
        assert_eq!(blocks(Some(" \n\n ")), []);
        assert_eq!(blocks(None), []);
    }

    #[test]
    fn dates_are_written_as_the_subject_wants_them() {
        let subject = Subject {
            date_format: Some("%d/%m/%Y".into()),
            ..Subject::default()
        };
        assert_eq!(written("2026-06-10", &subject), "10/06/2026");
        assert_eq!(written("2026-06-10", &Subject::default()), "2026-06-10");
    }
}
