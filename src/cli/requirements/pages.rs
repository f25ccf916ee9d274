//! A page for each requirement, in Markdown, with a page for each level and a table of contents.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use crate::cli::exit::{Exit, Failure};
use crate::cli::explain::text::{cost, why};
use crate::cli::files::OutFolder;
use crate::cli::style::Terminal;
use crate::pack::{Catalogue, FeatureFile, Pack, Requirement};
use crate::plan::{Plan, Planned};
use crate::terms::Level;

/// Writes the pages of one level, or of all.
pub(super) fn write(
    terminal: &mut Terminal,
    pack: &Pack,
    features: &[Arc<FeatureFile>],
    level: Option<Level>,
    folder: &Path,
) -> Result<Exit, Failure> {
    let catalogue = pack.catalogue().map_err(Failure::usage)?;
    let folder = OutFolder::prepare(folder).map_err(Failure::usage)?;
    let plan = Plan::new(Level::Guideline, features);
    let mut scenarios: BTreeMap<&str, Vec<&Planned>> = BTreeMap::new();
    for planned in &plan.scenarios {
        for id in &planned.spec.requirements {
            scenarios.entry(id).or_default().push(planned);
        }
    }
    let levels = Level::ALL.into_iter();
    let levels: Vec<_> = levels
        .filter(|one| level.is_none_or(|level| level == *one))
        .collect();
    let mut files = vec![(
        "README.md".to_owned(),
        index(&pack.manifest.title, catalogue, &levels),
    )];
    let mut contents = "- [Requirements](README.md)\n".to_owned();
    for level in levels {
        let of_level = |it: &&Requirement| it.level == level;
        let requirements: Vec<_> = catalogue.iter().filter(of_level).collect();
        let _ = writeln!(contents, "  - [{}]({level}.md)", title(level));
        for requirement in &requirements {
            let id = &requirement.id;
            let _ = writeln!(contents, "    - [{id}]({id}.md)");
            let checked_by = scenarios.get(id.as_str()).map_or(&[][..], Vec::as_slice);
            files.push((format!("{id}.md"), page(requirement, checked_by)));
        }
        files.push((format!("{level}.md"), overview(level, &requirements)));
    }
    // Their place in a book's table of contents, whose paths are relative to it.
    let contents = contents.replace("](", "](requirements/");
    files.push(("SUMMARY.md".to_owned(), contents));
    for (name, text) in &files {
        folder
            .write(name, text.as_bytes())
            .map_err(Failure::internal)?;
    }
    terminal.line(&format!("{} pages were written", files.len() - 1));
    Ok(Exit::Conformant)
}

/// The level's name as a heading.
fn title(level: Level) -> String {
    let name = level.name();
    let (first, rest) = name.split_at(1);
    format!("{}{rest}", first.to_uppercase())
}

fn index(api: &str, catalogue: &Catalogue, levels: &[Level]) -> String {
    let mut text = format!(
        "# Requirements\n\nAll that is asked of an implementation of {}, by level. Each page says \
         the rule, where it stands, what a violation costs, and which scenarios check it.\n\n\
         | level | asks | requirements |\n| --- | --- | ---: |\n",
        escaped(api)
    );
    for level in levels {
        let all = catalogue.iter();
        let count = all.filter(|it| it.level == *level).count();
        let question = level.question();
        let _ = writeln!(
            text,
            "| [{}]({level}.md) | {question} | {count} |",
            title(*level)
        );
    }
    text
}

fn overview(level: Level, requirements: &[&Requirement]) -> String {
    let mut text = format!(
        "# {}\n\n{} These rules matter because {}.\n\n",
        title(level),
        level.question(),
        why(level)
    );
    for requirement in requirements {
        let id = &requirement.id;
        let statement = escaped(&requirement.statement);
        let _ = writeln!(text, "- [{id}]({id}.md): {statement}");
    }
    text
}

fn page(requirement: &Requirement, scenarios: &[&Planned]) -> String {
    let id = &requirement.id;
    let mut text = format!(
        "# {id}\n\n{}\n\n| | |\n| --- | --- |\n",
        escaped(&requirement.statement)
    );
    let level = requirement.level;
    for (name, value) in [
        ("level", format!("[{level}]({level}.md)")),
        ("strength", requirement.strength.to_string()),
        ("applies", escaped(&requirement.applicability)),
        ("a violation costs", cost(requirement)),
        ("it matters because", why(level).to_owned()),
    ] {
        let _ = writeln!(text, "| {name} | {value} |");
    }
    text.push_str("\n## Where the rule stands\n\n");
    for source in &requirement.sources {
        let _ = writeln!(text, "- {}", escaped(source));
    }
    if let Some(why) = &requirement.not_testable {
        let _ = writeln!(
            text,
            "\n## How it is tested\n\nIt can't be tested from outside: {}",
            escaped(why)
        );
        return text;
    }
    text.push_str("\n## How it is tested\n");
    for planned in scenarios {
        let name = escaped(&planned.spec.name);
        let _ = writeln!(text, "\n{name} (`{}`):\n\n```gherkin", planned.spec.id);
        for step in &planned.steps {
            let _ = writeln!(text, "{} {}", step.keyword, step.text);
            for row in &step.table {
                let _ = writeln!(text, "  | {} |", row.join(" | "));
            }
        }
        text.push_str("```\n");
    }
    let _ = writeln!(
        text,
        "\nA right and a wrong exchange, and what is said about the wrong one:\n\n\
         ```sh\ntmfctk explain {id}\n```\n\nOnly what checks this requirement:\n\n\
         ```sh\ntmfctk run http://localhost:8080/… --only {id}\n```"
    );
    text
}

/// The text with nothing in it that Markdown reads as markup.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\`*_<>[]|#{}~$&".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_rule_is_not_markup() {
        assert_eq!(escaped("a <b> |c| *d* {id}"), r"a \<b\> \|c\| \*d\* \{id\}");
    }
}
