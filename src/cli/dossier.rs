//! `tmfctk dossier`: the folder that a vendor hands in.

use std::path::{Path, PathBuf};

use clap::Args as ClapArgs;
use jiff::Timestamp;
use jiff::civil::Date;

use super::exit::{Exit, Failure};
use super::output::{SealedFolder, house_style};
use super::style::{BAD, GOOD, Terminal, styled};
use crate::config::{self, DEFAULT_OUT, DEFAULT_PACK, Source, file};
use crate::pack::Pack;
use crate::report::dossier::{self, Picture, Subject};

/// Write the folder that a vendor hands in: certification document, report, result, manifest
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Write the folder that a vendor hands in: the certification document with the \
        sections that TM Forum's own have, for Word (docx), as a page that prints to PDF, and as \
        Markdown; the report, the result, a manifest, and a README that says what TM Forum asks for \
        besides.\n\n\
        What the document says of the product stands under [subject] in the configuration: company, \
        product, description, overview, architecture, architecture-picture, and, where wanted, \
        company-short (for the name of the report), release, released, contact, date, date-format. \
        In the longer texts blank lines part paragraphs, and lines that begin with `- ` are a list.\n\n\
        The official kit must pass by the run: judged up to the profile, not interrupted, not waived, \
        not older than max-age-days under [dossier] (30). How the profile stands is said in the \
        document. Otherwise what is lacking is listed and nothing is written; --draft writes it with \
        a watermark.",
    after_help = "Exit codes:\n  \
        0  written, or, with --check, nothing is lacking\n  \
        1  something is lacking\n  \
        2  the result, the configuration or the picture can't be used\n  \
        4  a file could not be written\n\n\
        Examples:\n  \
        tmfctk dossier --check\n  \
        tmfctk dossier reports/latest/result.json --out submission\n  \
        tmfctk dossier --draft --sign vendor.key"
)]
pub(super) struct Args {
    /// The stored result of the run, or its folder [default: reports/latest/result.json]
    #[arg(value_name = "RESULT.JSON|DIR")]
    result: Option<PathBuf>,
    /// TOML configuration with the table [subject] [default: tmfctk.toml where it exists]
    #[arg(long, value_name = "FILE", env = "TMFCTK_CONFIG")]
    config: Option<PathBuf>,
    /// The environment of the configuration, its table [env.NAME]
    #[arg(long, value_name = "NAME", env = "TMFCTK_ENV")]
    env: Option<String>,
    /// Where the folder goes, made if missing
    #[arg(long, value_name = "DIR", default_value = "dossier")]
    out: PathBuf,
    /// Say what the subject lacks, and write nothing; needs no run
    #[arg(long, conflicts_with_all = ["draft", "result", "sign"])]
    check: bool,
    /// Write it although something is lacking, with a watermark
    #[arg(long)]
    draft: bool,
    /// Sign the manifest with this private key (PEM, see tmfctk keygen)
    #[arg(long, value_name = "KEY")]
    sign: Option<PathBuf>,
    /// A folder with templates, stylesheet or texts of your own (see tmfctk run --help)
    #[arg(long, value_name = "DIR")]
    template: Option<PathBuf>,
    /// Print nothing but what is lacking
    #[arg(long, short)]
    quiet: bool,
}

/// Writes the dossier, or says what it lacks.
pub(super) fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    terminal.quiet = args.quiet;
    let config = file::load(Source {
        named: args.config.as_deref(),
        profile: args.env.as_deref(),
        only: Some(&["api", "subject", "dossier", "template"]),
        ..Source::default()
    })
    .map_err(Failure::usage)?;
    if args.check {
        let pack = config.options.api.as_deref().unwrap_or(DEFAULT_PACK);
        let lacks = dossier::subject_gaps(&subject(config.subject, pack)?);
        if lacks.is_empty() {
            terminal.line(&styled(GOOD, "the subject lacks nothing"));
        }
        return Ok(list(terminal, &lacks));
    }
    let stored = args
        .result
        .clone()
        .unwrap_or_else(|| Path::new(DEFAULT_OUT).join("result.json"));
    let result = super::report::read_stored(&stored)?;
    let subject = subject(config.subject, &result.kit.pack)?;
    let mut lacks = dossier::subject_gaps(&subject);
    let days = config.dossier.max_age_days;
    lacks.extend(dossier::run_gaps(&subject, &result, Timestamp::now(), days));
    if !lacks.is_empty() && !args.draft {
        let exit = list(terminal, &lacks);
        terminal.error("no dossier was written: see what is lacking, or write a --draft");
        return Ok(exit);
    }
    let template = args
        .template
        .as_deref()
        .or(config.options.reports.template.as_deref());
    let style = template.map(house_style).transpose()?;
    let folder = SealedFolder::prepare(&args.out, args.sign.as_deref())?;
    let lacks = args.draft.then_some(lacks.as_slice());
    let files =
        dossier::files(&subject, &result, lacks, style.as_ref()).map_err(Failure::internal)?;
    let files = files.into_iter().map(|file| (file.name, Ok(file.bytes)));
    for path in folder.write(&result, files).whole()? {
        terminal.line(&path.display().to_string());
    }
    Ok(Exit::Conformant)
}

/// Prints what is lacking.
fn list(terminal: &mut Terminal, lacks: &[String]) -> Exit {
    for lack in lacks {
        let lack = super::style::visible(lack);
        terminal.product(&format!("{} {lack}", styled(BAD, "lacking")));
    }
    if lacks.is_empty() {
        Exit::Conformant
    } else {
        Exit::NonConformant
    }
}

/// The subject as the configuration has it; what the API is there for the pack can say.
fn subject(known: config::Subject, pack: &str) -> Result<Subject, Failure> {
    let dates = [("date", &known.date), ("released", &known.released)];
    for (key, date) in dates {
        if let Some(date) = date
            && date.parse::<Date>().is_err()
        {
            let text = format!("`{key}` under [subject] is not a date of the form YYYY-MM-DD");
            return Err(Failure::usage(text));
        }
    }
    if let Some(format) = &known.date_format {
        jiff::fmt::strtime::format(format, Date::ZERO).map_err(|error| {
            let text = format!(
                "`date-format` under [subject] is not a format of dates such as %d/%m/%Y: {error}"
            );
            Failure::usage(text)
        })?;
    }
    let overview = || Pack::embedded(pack).ok()?.manifest.overview.clone();
    Ok(Subject {
        company: known.company,
        company_short: known.company_short,
        product: known.product,
        release: known.release,
        released: known.released,
        contact: known.contact,
        description: known.description,
        overview: known.overview.or_else(overview),
        architecture: known.architecture,
        picture: known
            .architecture_picture
            .as_deref()
            .map(picture)
            .transpose()?,
        date: known.date,
        date_format: known.date_format,
    })
}

fn picture(path: &Path) -> Result<Picture, Failure> {
    let wrong = |why: String| Failure::usage(format!("picture {}: {why}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    Picture::new(bytes).map_err(|error| wrong(error.to_string()))
}
