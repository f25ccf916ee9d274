//! `tmfctk requirements`: the catalogue of a pack, with the scenarios that check each requirement.

mod pages;

use std::collections::HashMap;
use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};
use serde_json::{Value, json};

use super::exit::{Exit, Failure};
use super::style::{DIM, HEAD, Terminal, styled};
use crate::config::DEFAULT_PACK;
use crate::pack::{Pack, Requirement};
use crate::terms::Level;

/// Print the requirement catalogue of a pack, with the scenarios that check each requirement
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Print the requirement catalogue of a pack, with the scenarios that check each \
        requirement.\n\n\
        For each: its id, its level, its strength in the sources (MUST, SHOULD, MAY), what a \
        violation costs (fail, warn or info), the rule, where the rule stands, and what checks it.",
    after_help = "Examples:\n  \
    tmfctk requirements\n  \
    tmfctk requirements --level certification\n  \
    tmfctk requirements --format json\n  \
    tmfctk requirements --format markdown --out requirements"
)]
pub(super) struct Args {
    /// The pack
    #[arg(long, value_name = "PACK", default_value = DEFAULT_PACK)]
    api: String,
    /// Only the requirements of this level: certification, profile, specification, operations or
    /// guideline
    #[arg(long, value_name = "LEVEL")]
    level: Option<Level>,
    /// How to print it; markdown is a page for each requirement, written to --out
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Where the pages go, made if missing
    #[arg(long, value_name = "DIR", required_if_eq("format", "markdown"))]
    out: Option<PathBuf>,
}

/// How the catalogue is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
    /// A page for each requirement, for a book.
    Markdown,
}

/// Prints the catalogue.
pub(super) fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let pack = Pack::embedded(&args.api).map_err(Failure::usage)?;
    let features = pack
        .features(Level::Guideline, None)
        .map_err(Failure::usage)?;
    if let (Format::Markdown, Some(folder)) = (args.format, &args.out) {
        return pages::write(terminal, pack, &features, args.level, folder);
    }
    let catalogue = pack.catalogue().map_err(Failure::usage)?;
    let mut scenarios: HashMap<String, Vec<String>> = HashMap::new();
    for spec in features.iter().flat_map(|file| &file.scenarios) {
        for id in &spec.requirements {
            scenarios
                .entry(id.clone())
                .or_default()
                .push(spec.id.clone());
        }
    }
    let none = Vec::new();
    let checked_by = |requirement: &Requirement| scenarios.get(&requirement.id).unwrap_or(&none);
    let selected: Vec<_> = catalogue
        .iter()
        .filter(|requirement| args.level.is_none_or(|level| level == requirement.level))
        .collect();
    if args.format == Format::Json {
        let list: Vec<_> = selected
            .iter()
            .map(|requirement| as_json(requirement, checked_by(requirement)))
            .collect();
        terminal.product(&format!("{:#}", Value::from(list)));
        return Ok(Exit::Conformant);
    }
    for requirement in &selected {
        print(terminal, requirement, checked_by(requirement));
    }
    let tested = selected
        .iter()
        .filter(|requirement| !checked_by(requirement).is_empty())
        .count();
    let not_testable = selected
        .iter()
        .filter(|requirement| requirement.not_testable.is_some())
        .count();
    terminal.product(&format!(
        "{} requirements of {}: {tested} tested, {not_testable} not testable from outside",
        selected.len(),
        pack.manifest.title
    ));
    Ok(Exit::Conformant)
}

fn as_json(requirement: &Requirement, scenarios: &[String]) -> Value {
    let mut entry = serde_json::to_value(requirement).unwrap_or_else(|_| json!({}));
    if let Some(attributes) = entry.as_object_mut() {
        attributes.insert("scenarios".to_owned(), json!(scenarios));
    }
    entry
}

fn print(terminal: &mut Terminal, requirement: &Requirement, scenarios: &[String]) {
    terminal.product(&format!(
        "{}  {:<13} {:<6} {}",
        styled(HEAD, &requirement.id),
        requirement.level,
        requirement.strength,
        requirement.on_violation
    ));
    terminal.product(&format!("    {}", requirement.statement));
    terminal.product(&styled(
        DIM,
        &format!("    rule: {}", requirement.sources.join("; ")),
    ));
    match &requirement.not_testable {
        Some(why) => terminal.product(&format!("    not testable from outside: {why}")),
        None if scenarios.is_empty() => terminal.product("    no scenario checks it"),
        None => {
            for scenario in scenarios {
                terminal.product(&styled(DIM, &format!("    checked by {scenario}")));
            }
        }
    }
}
