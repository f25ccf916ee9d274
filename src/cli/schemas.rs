//! `tmfctk schemas`: the pack's schemas against an official API description.

use std::path::{Path, PathBuf};

use clap::{Args as ClapArgs, Subcommand};
use serde_json::Value;

use super::exit::{Exit, Failure};
use super::style::Terminal;
use crate::config::{self, DEFAULT_PACK};
use crate::pack::Pack;
use crate::report::json;
use crate::schema::{SchemaSet, compare};

/// Compare the pack's schemas with an official API description, or print our own
#[derive(Debug, ClapArgs)]
#[command(after_help = "Examples:\n  \
    tmfctk schemas compare TMF683-PartyInteraction-v4.0.0.swagger.json\n  \
    tmfctk schemas config > tmfctk.schema.json")]
pub(super) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Print every difference between the pack's schemas and an official API description
    #[command(
        long_about = "Print every difference between the pack's schemas and an official API \
            description: names, types, formats, required, enums, items, minimum counts.\n\n\
            Exit 0 where there is none, 1 where there are some.",
        after_help = "Examples:\n  \
            tmfctk schemas compare TMF683-PartyInteraction-v4.0.0.swagger.json"
    )]
    Compare {
        /// Swagger 2.0 or OpenAPI 3 document, JSON or YAML
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The pack
        #[arg(long, value_name = "PACK", default_value = DEFAULT_PACK)]
        api: String,
    },
    /// Print the JSON Schema of the configuration file, for editors
    #[command(
        long_about = "Print the JSON Schema of the configuration file. Editors that know it \
            complete keys and mark mistakes: with Taplo and the extensions that use it, a first \
            line `#:schema ./tmfctk.schema.json` in tmfctk.toml is enough.",
        after_help = "Examples:\n  \
            tmfctk schemas config > tmfctk.schema.json"
    )]
    Config,
    /// Print the JSON Schema of result.json
    #[command(after_help = "Examples:\n  \
        tmfctk schemas result > result.schema.json")]
    Result,
}

/// Does what was asked for.
pub(super) fn run(args: &Args, terminal: &mut Terminal) -> Result<Exit, Failure> {
    match &args.action {
        Action::Compare { file, api } => comparison(file, api, terminal),
        Action::Config => print(terminal, &config::file::schema()),
        Action::Result => print(terminal, &json::schema()),
    }
}

fn print(terminal: &mut Terminal, schema: &Value) -> Result<Exit, Failure> {
    let text = serde_json::to_string_pretty(schema).map_err(Failure::internal)?;
    terminal.product(&text);
    Ok(Exit::Conformant)
}

/// Holds the pack's schemas against a description.
fn comparison(file: &Path, api: &str, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let pack = Pack::embedded(api).map_err(Failure::usage)?;
    let own = pack
        .manifest
        .rule_sets
        .iter()
        .find(|set| set.official)
        .ok_or_else(|| {
            Failure::usage(format!(
                "{api} has no schemas that an API description could be compared with"
            ))
        })?;
    let files = pack.schemas(own).map_err(Failure::usage)?;
    let ours = SchemaSet::embedded(files.iter().map(|(name, text)| (name.as_str(), *text)))
        .map_err(Failure::usage)?;
    let official = official(file)?;
    let differences = compare(&ours, &official);
    for difference in &differences {
        terminal.product(&difference.to_string());
    }
    Ok(if differences.is_empty() {
        Exit::Conformant
    } else {
        Exit::NonConformant
    })
}

/// Reads an official document.
fn official(file: &std::path::Path) -> Result<SchemaSet, Failure> {
    let name = file.display().to_string();
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::usage(format!("can't read {name}: {error}")))?;
    SchemaSet::official(&name, &text).map_err(Failure::usage)
}
