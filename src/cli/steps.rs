//! `tmfctk steps`: the vocabulary for those who write scenarios.

use clap::Args as ClapArgs;
use serde_json::json;

use super::exit::Exit;
use super::serve::ListFormat;
use super::style::{DIM, HEAD, Terminal, styled};
use crate::steps::vocabulary;

/// Print every step that a scenario can use, with its meaning and an example
#[derive(Debug, ClapArgs)]
#[command(
    long_about = "Print every step that a scenario can use, with its meaning and an example.\n\n\
        Words in capitals are to be filled in. With these steps you write scenarios of your own: \
        tmfctk run TARGET --features DIR",
    after_help = "Examples:\n  tmfctk steps\n  tmfctk steps --format json"
)]
pub(super) struct Args {
    /// How to print it
    #[arg(long, value_enum, default_value_t = ListFormat::Table)]
    format: ListFormat,
}

/// Prints the vocabulary.
pub(super) fn run(args: &Args, terminal: &mut Terminal) -> Exit {
    let steps = vocabulary().into_iter();
    if args.format == ListFormat::Json {
        let list: Vec<_> = steps
            .map(|step| {
                json!({ "step": step.pattern, "meaning": step.meaning, "example": step.example })
            })
            .collect();
        terminal.product(&format!("{:#}", json!(list)));
        return Exit::Conformant;
    }
    for step in steps {
        terminal.product(&styled(HEAD, step.pattern));
        terminal.product(&format!("    {}", step.meaning));
        terminal.product(&styled(DIM, &format!("    {}", step.example)));
    }
    Exit::Conformant
}
