//! The words that options take: which there are, for shells that complete them, and which one was
//! probably meant.

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use super::output::ALL;
use crate::report::Format;
use crate::suggest::nearest;
use crate::terms::Level;

/// The command line with the words of its options.
pub(super) fn complete(command: Command) -> Command {
    let names: Vec<String> = command
        .get_subcommands()
        .map(|known| known.get_name().to_owned())
        .collect();
    names.into_iter().fold(command, |command, name| {
        command.mut_subcommand(name, |known| known.mut_args(with_words))
    })
}

/// An option with its words; a number may be written with a sign, so that its range is named where
/// it is wrong.
fn with_words(arg: Arg) -> Arg {
    if arg.get_action().takes_values() && !arg.is_positional() {
        return named(arg).allow_negative_numbers(true);
    }
    arg
}

fn named(arg: Arg) -> Arg {
    match arg.get_id().as_str() {
        "level" | "gate" => {
            let levels = PossibleValuesParser::new(Level::ALL.map(Level::name));
            arg.hide_possible_values(true)
                .value_parser(levels.try_map(|name| name.parse::<Level>()))
        }
        _ => arg,
    }
}

/// The same for shells: the formats are words in a list, which clap does not take apart before it
/// compares them.
pub(super) fn for_shells(command: Command) -> Command {
    let formats =
        || PossibleValuesParser::new(Format::ALL.map(Format::name).into_iter().chain([ALL]));
    ["run", "report"]
        .into_iter()
        .fold(complete(command), |command, name| {
            command.mut_subcommand(name, |known| {
                known.mut_arg("format", |arg| arg.value_parser(formats()))
            })
        })
}

/// An error of clap with what it does not see: a command that was misspelt, and the variable that
/// holds a wrong value.
pub(super) fn explain(mut error: clap::Error, whole: &Command) -> clap::Error {
    let text = |error: &clap::Error, kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    if error.kind() == ErrorKind::InvalidSubcommand
        && error.get(ContextKind::SuggestedSubcommand).is_none()
        && let Some(given) = text(&error, ContextKind::InvalidSubcommand)
        && let Some(meant) = nearest(&given, whole.get_subcommands().map(Command::get_name))
    {
        let meant = ContextValue::Strings(vec![meant.to_owned()]);
        error.insert(ContextKind::SuggestedSubcommand, meant);
    }
    if let Some(option) = text(&error, ContextKind::InvalidArg)
        && let Some(variable) = variable_of(&option, whole)
        && !std::env::args().any(|arg| arg.split('=').next() == option.split(' ').next())
        && std::env::var_os(&variable).is_some()
    {
        let named = ContextValue::String(format!("{option} of the variable {variable}"));
        error.insert(ContextKind::InvalidArg, named);
    }
    error
}

/// The variable of an option as clap writes it in an error: `--level <LEVEL>`.
fn variable_of(option: &str, whole: &Command) -> Option<String> {
    let long = option.split(' ').next()?.strip_prefix("--")?;
    let mut args = whole.get_subcommands().flat_map(Command::get_arguments);
    let known = args.find(|arg| arg.get_long() == Some(long) && arg.get_env().is_some())?;
    Some(known.get_env()?.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    fn error(arguments: &[&str]) -> String {
        let whole = complete(Cli::command());
        let arguments = ["tmfctk"].into_iter().chain(arguments.iter().copied());
        let error = whole.clone().try_get_matches_from(arguments).unwrap_err();
        explain(error, &whole).to_string()
    }

    #[test]
    fn what_was_probably_meant_is_named() {
        assert!(error(&["rnu"]).contains("'run'"), "{}", error(&["rnu"]));
        let level = error(&["run", "http://h/", "--level", "profil"]);
        assert!(level.contains("'profile'"), "{level}");
    }

    #[test]
    fn a_number_below_zero_is_a_number() {
        let whole = complete(Cli::command());
        let given = ["tmfctk", "run", "http://h/", "--rate", "-1"];
        assert!(whole.try_get_matches_from(given).is_ok());
    }

    #[test]
    fn shells_complete_levels_and_formats() {
        let command = for_shells(Cli::command());
        let run = command.find_subcommand("run").unwrap();
        for (name, word) in [
            ("level", "operations"),
            ("gate", "profile"),
            ("format", "html-multi"),
        ] {
            let mut args = run.get_arguments();
            let arg = args.find(|arg| arg.get_id() == name).unwrap();
            let words = arg.get_possible_values();
            assert!(words.iter().any(|known| known.get_name() == word), "{name}");
        }
    }
}
