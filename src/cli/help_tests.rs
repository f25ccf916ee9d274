//! Does each command's help show examples, and can they be typed as they stand?

use clap::{Command, CommandFactory as _, Parser as _};

use super::Cli;

/// All commands, each with the words that call it.
fn commands(command: &Command, above: &str, found: &mut Vec<(String, Command)>) {
    let words = format!("{above} {}", command.get_name());
    found.push((words.trim().to_owned(), command.clone()));
    for below in command.get_subcommands() {
        commands(below, &words, found);
    }
}

/// The lines of the help's examples.
fn examples(command: &Command) -> Vec<String> {
    let help = command.get_after_help().map(ToString::to_string);
    let help = help.unwrap_or_default();
    let (_, list) = help.split_once("Examples:\n").unwrap_or_default();
    let lines = list.lines().take_while(|line| line.starts_with("  "));
    lines.map(|line| line.trim().to_owned()).collect()
}

/// The words of a shell's line that belong to one command: without variables before it and what
/// becomes of its output.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quote = None;
    for c in line.chars() {
        match (c, quote) {
            ('"' | '\'', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (' ', None) => words.push(String::new()),
            (c, _) => words.last_mut().unwrap().push(c),
        }
    }
    let before = |word: &String| word.starts_with("TMFCTK_");
    let words = words.into_iter().skip_while(before);
    words
        .take_while(|word| word != ">" && word != "&&" && word != "|")
        .collect()
}

#[test]
fn every_command_shows_examples_that_can_be_typed() {
    let mut all = Vec::new();
    commands(&Cli::command(), "", &mut all);
    assert!(all.len() > 12, "{}", all.len());
    for (name, command) in all {
        let examples = examples(&command);
        assert!(!examples.is_empty(), "{name} --help has no examples");
        let own = examples.iter().filter(|line| line.contains(&name));
        assert!(own.count() > 0, "{name} --help shows none of itself");
        for line in examples {
            let words = words(&line);
            if words[0] != "tmfctk" {
                continue;
            }
            let read = Cli::try_parse_from(&words);
            assert!(read.is_ok(), "{name}: {line}\n{}", read.unwrap_err());
        }
    }
}

#[test]
fn the_words_of_an_example_are_those_of_a_shell() {
    assert_eq!(words("tmfctk a \"b c\" > d"), ["tmfctk", "a", "b c"]);
    assert_eq!(words("TMFCTK_X='1 2' tmfctk a && b"), ["tmfctk", "a"]);
}
