//! A misspelt variable of the environment would be ignored, and the run would be another than the
//! one that was wanted: unknown ones are errors.

use clap::Command;

use crate::suggest::nearest;

/// What they begin with.
const PREFIX: &str = "TMFCTK_";

/// The variable that clap does not read: a positional has no name that could be one.
const TARGET: &str = "TMFCTK_TARGET";

/// What others set: Kubernetes for a service of our name, and the project's own scripts.
const OTHERS: [&str; 4] = [
    "TMFCTK_SERVICE_",
    "TMFCTK_PORT",
    "TMFCTK_IMAGE",
    "TMFCTK_BINARY",
];

/// What is wrong with the names of the variables that are set, for a command that reads some.
pub(super) fn complaint(commands: &Command, name: &str) -> Option<String> {
    let command = commands.find_subcommand(name)?;
    command.get_arguments().find_map(|arg| arg.get_env())?;
    let set = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    unknown(commands, set)
}

fn unknown(commands: &Command, set: impl Iterator<Item = String>) -> Option<String> {
    let all = commands.get_subcommands().flat_map(Command::get_arguments);
    let all = all.filter_map(|arg| arg.get_env()?.to_str());
    let known: Vec<&str> = all.chain([TARGET]).collect();
    let of_others = |name: &str| OTHERS.iter().any(|other| name.starts_with(other));
    let mut wrong = set.filter(|name| {
        name.starts_with(PREFIX) && !known.contains(&name.as_str()) && !of_others(name)
    });
    let wrong = wrong.next()?;
    let hint = match nearest(&wrong, known) {
        Some(near) => format!(", did you mean {near}?"),
        None => "; tmfctk run --help names the variables".to_owned(),
    };
    Some(format!("unknown variable {wrong} in the environment{hint}"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn a_misspelt_variable_is_named_with_the_likely_one() {
        let complaint = |name: &str| unknown(&Cli::command(), [name.to_owned()].into_iter());
        for known in [
            "PATH",
            TARGET,
            "TMFCTK_LEVEL",
            "TMFCTK_PORT_80_TCP",
            "TMFCTK_OAUTH_SCOPE",
        ] {
            assert_eq!(complaint(known), None);
        }
        assert_eq!(
            complaint("TMFCTK_LEVL").as_deref(),
            Some("unknown variable TMFCTK_LEVL in the environment, did you mean TMFCTK_LEVEL?")
        );
        let far = complaint("TMFCTK_SOMETHING_ELSE").unwrap_or_default();
        assert!(far.contains("--help"), "{far}");
    }
}
