//! What a feature must look like. Gherkin forgives too much: a typo in the first step parses as
//! description, an unknown tag as decoration, and what is not run looks like what passed.

use std::collections::HashMap;
use std::sync::Arc;

use cucumber::gherkin::{Feature, Scenario};

use super::catalogue::Catalogue;
use super::error::PackError;
use super::scenario::{FeatureFile, ScenarioSpec, Tags, scenario_id};
use crate::suggest::nearest;
use crate::terms::Level;

/// Words at the start of a line that show that a description was meant as Gherkin.
const STEP_WORDS: [&str; 8] = [
    "given",
    "when",
    "then",
    "and",
    "but",
    "scenario",
    "examples",
    "background",
];

/// Words that stand before a colon at the start of a line.
const HEADS: [&str; 3] = ["scenario", "examples", "background"];

/// What begins a feature, in the language in which the vocabulary is written.
const FEATURE_WORDS: [&str; 3] = ["Feature:", "Business Need:", "Ability:"];

/// The line that stands where a feature should begin and does not begin one, of a text that is not
/// a Gherkin: the parser would name the line at which it gave up.
pub(super) fn before_the_feature(text: &str) -> Option<(usize, String)> {
    let mut lines = text.lines().map(str::trim).enumerate();
    if text.lines().any(|line| line.contains("# language")) {
        return None;
    }
    let (place, line) =
        lines.find(|(_, line)| !line.is_empty() && !line.starts_with(['#', '@']))?;
    if FEATURE_WORDS.iter().any(|word| line.starts_with(word)) {
        return None;
    }
    let reason = format!("`{line}` does not begin a feature: its first line is `Feature: NAME`");
    Some((place + 1, reason))
}

/// The number of the first line from `from` on that reads like this; `from` where there is none.
fn line_of(text: &str, from: usize, wanted: &str) -> usize {
    let lines = text.lines().enumerate().skip(from.saturating_sub(1));
    lines
        .map(|(place, line)| (place + 1, line.trim()))
        .find(|(_, line)| *line == wanted)
        .map_or(from, |(number, _)| number)
}

/// The number of the line that has the tag of what stands at `before`: the parser keeps none.
fn tag_line(text: &str, before: usize, tag: &str) -> usize {
    let lines: Vec<&str> = text.lines().take(before).map(str::trim).collect();
    let tagged = |line: &&str| {
        let tags = line.split(" #").next().unwrap_or_default();
        line.starts_with('@') && tags.split('@').any(|word| word.trim_end() == tag)
    };
    lines.iter().rposition(tagged).map_or(before, |at| at + 1)
}

/// The rules that hold for the file as it was written.
pub(super) fn before_expansion(path: &str, text: &str, feature: &Feature) -> Result<(), PackError> {
    let wrong = |line: usize, reason: String| {
        Err(PackError::Feature {
            file: path.to_owned(),
            line,
            reason,
        })
    };
    if !feature.rules.is_empty() {
        let line = feature.rules[0].position.line;
        return wrong(
            line,
            "`Rule:` is not used here, write another feature".into(),
        );
    }
    if let Some(line) = feature.description.as_deref().and_then(stray) {
        let reason = format!("`{line}` parses as description, not as Gherkin: is it misspelt?");
        return wrong(line_of(text, feature.position.line, line), reason);
    }
    if feature.scenarios.is_empty() {
        return wrong(feature.position.line, "the feature has no scenario".into());
    }
    for scenario in &feature.scenarios {
        let line = scenario.position.line;
        if let Some(prose) = &scenario.description {
            let first = prose
                .lines()
                .map(str::trim)
                .find(|line| !line.is_empty())
                .unwrap_or("");
            let reason = format!(
                "`{first}` is not a step: a scenario has no prose between its name and its first \
                 step; correct the keyword or make it a comment with #"
            );
            return wrong(line_of(text, line, first), reason);
        }
        if scenario.steps.is_empty() {
            return wrong(line, format!("scenario `{}` has no step", scenario.name));
        }
        let outline = scenario.keyword.contains("Outline") || scenario.keyword.contains("Template");
        if outline
            && !scenario
                .examples
                .iter()
                .any(|e| e.table.as_ref().is_some_and(|t| t.rows.len() > 1))
        {
            return wrong(line, format!("outline `{}` has no examples", scenario.name));
        }
    }
    Ok(())
}

/// The rules that hold for each scenario after its outline is expanded, and what its tags say.
pub(super) fn scenario(
    path: &str,
    text: &str,
    feature: &Feature,
    scenario: &Scenario,
    catalogue: &Catalogue,
) -> Result<ScenarioSpec, PackError> {
    let line = scenario.position.line;
    let wrong = |reason: String| PackError::Feature {
        file: path.to_owned(),
        line,
        reason,
    };
    let mut level = None;
    let mut requirements = Vec::new();
    let mut tags = Tags::default();
    for tag in feature.tags.iter().chain(&scenario.tags) {
        match tag.as_str() {
            "exclusive" => tags.exclusive = true,
            "events" => tags.events = true,
            "destructive" => tags.destructive = true,
            "review" => tags.review = true,
            word if word.parse::<Level>().is_ok() => {
                let named = word
                    .parse()
                    .map_err(|_| wrong(format!("unknown level @{word}")))?;
                if level.is_some_and(|other| other != named) {
                    return Err(wrong("the scenario has two levels".into()));
                }
                level = Some(named);
            }
            id if catalogue.get(id).is_some() => requirements.push(id.to_owned()),
            unknown => {
                let hint = nearest(unknown, Level::ALL.map(Level::name))
                    .or_else(|| catalogue.nearest(unknown))
                    .map_or_else(String::new, |near| format!(", did you mean @{near}?"));
                return Err(PackError::Feature {
                    file: path.to_owned(),
                    line: tag_line(text, line, unknown),
                    reason: format!(
                        "@{unknown} is neither a level, a requirement of the catalogue nor one \
                         of @exclusive, @events, @destructive, @review{hint}"
                    ),
                });
            }
        }
    }
    let level = level.ok_or_else(|| {
        wrong(format!(
            "scenario `{}` has no level, tag it or its feature",
            scenario.name
        ))
    })?;
    if requirements.is_empty() {
        return Err(wrong(format!(
            "scenario `{}` names no requirement in its tags",
            scenario.name
        )));
    }
    Ok(ScenarioSpec {
        id: scenario_id(path, &scenario.name),
        name: scenario.name.clone(),
        line,
        level,
        requirements,
        tags,
        by_line: std::collections::BTreeMap::new(),
    })
}

/// No two scenarios may have the same id: results are distinguished by it.
pub(super) fn unique_ids(files: &[Arc<FeatureFile>]) -> Result<(), PackError> {
    let mut seen: HashMap<&str, (&str, usize)> = HashMap::new();
    for file in files {
        for scenario in &file.scenarios {
            if let Some((other, line)) = seen.insert(&scenario.id, (&file.path, scenario.line)) {
                return Err(PackError::Feature {
                    file: file.path.clone(),
                    line: scenario.line,
                    reason: format!(
                        "the id `{}` stands already at {other}:{line}; give the scenario a name \
                         of its own",
                        scenario.id
                    ),
                });
            }
        }
    }
    Ok(())
}

/// The first line of a description that was probably meant as Gherkin.
fn stray(description: &str) -> Option<&str> {
    description.lines().map(str::trim).find(|line| {
        let first = line.split([' ', ':']).next().unwrap_or("").to_lowercase();
        line.starts_with(['@', '|', '*'])
            || STEP_WORDS.contains(&first.as_str())
            || line.contains(':') && nearest(&first, HEADS).is_some()
            || line.ends_with(':') && line.split(' ').count() <= 2
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn catalogue() -> Catalogue {
        Catalogue::parse(
            r#"{"requirements":[{"id":"T-1","level":"profile","strength":"MUST","area":"a",
            "applicability":"always","statement":"s","test":"t","sources":[],"evidence":"primary",
            "onViolation":"fail"}]}"#,
        )
        .unwrap()
    }

    fn parse(text: &str) -> Result<FeatureFile, String> {
        FeatureFile::parse("x.feature", text, &catalogue()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_sound_outline_is_expanded_with_its_tags() {
        let file = parse(
            "@profile\nFeature: F\n  What it is for.\n\n  @T-1\n  Scenario Outline: S <n>\n    \
             Given <n>\n\n    Examples:\n      | n |\n      | 1 |\n      | 2 |\n",
        )
        .unwrap();
        let ids: Vec<_> = file.scenarios.iter().map(|s| s.id.as_str()).collect();
        assert_eq!(ids, ["x/s-1", "x/s-2"]);
        assert_eq!(file.scenarios[0].requirements, ["T-1"]);
    }

    #[test]
    fn every_mistake_is_an_error_with_its_line() {
        for (text, line, hint) in [
            ("Feature: F\n", 1, "no scenario"),
            ("@profile @T-1\nFeature: F\n  Scenario: S\n", 3, "no step"),
            (
                "@profile @T-1\nFeature: F\n  Scenario: S\n    Gven x\n    Then y\n",
                4,
                "is not a step",
            ),
            (
                "@profile @T-2\nFeature: F\n  Scenario: S\n    Given x\n",
                1,
                "did you mean @T-1",
            ),
            (
                "@T-1\nFeature: F\n  Scenario: S\n    Given x\n",
                3,
                "no level",
            ),
            (
                "@profile\nFeature: F\n  Scenario: S\n    Given x\n",
                3,
                "names no requirement",
            ),
            (
                "@profile @T-1\nFeature: F\n  Senario: S\n    Given x\n",
                3,
                "`Senario: S` parses as description",
            ),
            (
                "@profile\nFeature: F\n\n  @T-1\n  @profil # near\n  Scenario: S\n    Given x\n",
                5,
                "did you mean @profile?",
            ),
            (
                "@profile @T-1\nFeature: F\n  Scenario Outline: S <n>\n    Given <n>\n\n    \
                 @T-7\n    Examples:\n      | n |\n      | 1 |\n",
                6,
                "@T-7",
            ),
            (
                "# what\nFeture: F\n\n  @T-1 @profile\n  Scenario: S\n    Given x\n",
                2,
                "`Feture: F` does not begin a feature",
            ),
            (
                "@profile @T-1\nFeature: F\n  Scenario: S\n\n    # a comment\n    Gven x\n    \
                 Then y\n",
                6,
                "is not a step",
            ),
        ] {
            let error = parse(text).unwrap_err();
            assert!(
                error.starts_with(&format!("x.feature:{line}")),
                "{text}\n{error}"
            );
            assert!(error.contains(hint), "{text}\n{error}");
        }
    }
}
