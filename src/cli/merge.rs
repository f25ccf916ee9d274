//! `tmfctk merge`: one page for several stored results.

use std::collections::HashMap;
use std::fs;
use std::path::{Component, Path, PathBuf};

use clap::Args as ClapArgs;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::exit::{Exit, Failure};
use super::files::OutFolder;
use super::output::house_style;
use super::report::read;
use super::style::Terminal;
use crate::report::Format;
use crate::report::html::HouseStyle;
use crate::report::index::{self, Row};

/// What stands for itself in a link to a file.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');

/// Write one page for several stored results: the targets, their levels, a link to each report
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Write one page, index.html, for several stored results: each target with the \
        verdict of its run and of its levels, and a link to its report where that lies beside the \
        result. A run of several targets writes the same page.",
    after_help = "Exit codes:\n  \
        0  written\n  \
        2  a result can't be read\n  \
        4  the page could not be written\n\n\
        Examples:\n  \
        tmfctk merge reports\n  \
        tmfctk merge nightly/blue nightly/green --out nightly"
)]
pub(super) struct Args {
    /// Folders with a result.json, or with folders that have one
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    /// Where the page goes, made if missing
    #[arg(long, value_name = "DIR", default_value = "reports")]
    out: PathBuf,
    /// A folder with templates, stylesheet or texts of your own (see tmfctk run --help)
    #[arg(long, value_name = "DIR")]
    template: Option<PathBuf>,
    /// Print nothing but errors
    #[arg(long, short)]
    quiet: bool,
}

/// Writes the page.
pub(super) fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    terminal.quiet = args.quiet;
    let style = args.template.as_deref().map(house_style).transpose()?;
    let mut folders = Vec::new();
    for folder in &args.folders {
        folders.extend(with_results(folder)?);
    }
    let out = OutFolder::prepare(&args.out).map_err(Failure::usage)?;
    let names = names(&folders);
    let mut rows = Vec::new();
    // One after the other: a result may be large, and a row is not.
    for (folder, name) in folders.iter().zip(&names) {
        let result = read(&folder.join(Format::Json.file_name()))?;
        rows.push(Row::new(name, &result, link(&args.out, folder)));
    }
    write(&out, &rows, style.as_ref(), terminal)?;
    Ok(Exit::Conformant)
}

/// Writes the page into a folder.
pub(super) fn write(
    out: &OutFolder,
    rows: &[Row],
    style: Option<&HouseStyle>,
    terminal: &mut Terminal,
) -> Result<(), Failure> {
    let page = index::render(rows, style).map_err(Failure::internal)?;
    let path = out.write(index::FILE, &page).map_err(Failure::internal)?;
    terminal.line(&format!("  {}", path.display()));
    Ok(())
}

/// The folder itself where it holds a result, else those in it that do.
fn with_results(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let wrong = |why: String| Failure::usage(format!("{}: {why}", folder.display()));
    let holds = |folder: &Path| folder.join(Format::Json.file_name()).is_file();
    if holds(folder) {
        return Ok(vec![folder.to_owned()]);
    }
    let entries = fs::read_dir(folder).map_err(|error| wrong(format!("can't be read: {error}")))?;
    let mut found: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| holds(path))
        .collect();
    found.sort();
    if found.is_empty() {
        let file = Format::Json.file_name();
        return Err(wrong(format!(
            "neither it nor a folder in it holds a {file}"
        )));
    }
    Ok(found)
}

/// The folders' own names, or their paths where two share one.
fn names(folders: &[PathBuf]) -> Vec<String> {
    let own = |folder: &PathBuf| {
        let whole = fs::canonicalize(folder).unwrap_or_else(|_| folder.clone());
        whole.file_name().map_or_else(
            || folder.display().to_string(),
            |name| name.to_string_lossy().into(),
        )
    };
    let mut counts: HashMap<String, usize> = HashMap::new();
    for folder in folders {
        *counts.entry(own(folder)).or_default() += 1;
    }
    folders
        .iter()
        .map(|folder| match own(folder) {
            name if counts.get(&name) == Some(&1) => name,
            _ => folder.display().to_string(),
        })
        .collect()
}

/// The link from the page's folder to the report in another, where there is one.
pub(super) fn link(from: &Path, folder: &Path) -> Option<String> {
    let pages = [Format::Html, Format::HtmlMulti].map(|format| folder.join(format.file_name()));
    let report = pages.into_iter().find(|page| page.is_file())?;
    let (from, to) = (fs::canonicalize(from).ok()?, fs::canonicalize(report).ok()?);
    Some(relative(&from, &to))
}

/// The way from one absolute path to another, as a link.
fn relative(from: &Path, to: &Path) -> String {
    let from: Vec<Component<'_>> = from.components().collect();
    let to: Vec<Component<'_>> = to.components().collect();
    let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.iter().skip(shared).map(|_| "..".to_owned());
    let down = to.iter().skip(shared).map(|part| {
        let part = part.as_os_str().to_string_lossy();
        utf8_percent_encode(&part, PLAIN).to_string()
    });
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_from_the_page_to_the_report() {
        let way = |from: &str, to: &str| relative(Path::new(from), Path::new(to));
        assert_eq!(way("/r", "/r/blue/report.html"), "blue/report.html");
        assert_eq!(way("/r/all", "/r/a b#?/x.html"), "../a%20b%23%3F/x.html");
        assert_eq!(way("/a/b", "/c/x.html"), "../../c/x.html");
    }
}
