//! What a feature must look like. Gherkin forgives too much: a typo in the first step parses as
//! description, an unknown tag as decoration, and what is not run looks like what passed.

use std::collections::HashMap;

use cucumber::gherkin::{Feature, Scenario};

use super::features::{ScenarioSpec, Tags, scenario_id};
use super::{Catalogue, FeatureFile, PackError};
use crate::words::Level;

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

/// The rules that hold for the file as it was written.
pub(super) fn before_expansion(path: &str, feature: &Feature) -> Result<(), PackError> {
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
    if feature.scenarios.is_empty() {
        return wrong(feature.position.line, "the feature has no scenario".into());
    }
    if let Some(line) = feature.description.as_deref().and_then(stray) {
        let reason = format!("`{line}` parses as description, not as Gherkin: is it misspelt?");
        return wrong(feature.position.line, reason);
    }
    for scenario in &feature.scenarios {
        let line = scenario.position.line;
        if let Some(text) = &scenario.description {
            let first = text
                .lines()
                .map(str::trim)
                .find(|line| !line.is_empty())
                .unwrap_or("");
            let reason = format!(
                "`{first}` is no step: a scenario has no prose between its name and its first \
                 step; correct the keyword or make it a comment with #"
            );
            return wrong(line + 1, reason);
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
                let hint = catalogue
                    .nearest(unknown)
                    .map_or_else(String::new, |near| format!(", did you mean @{near}?"));
                return Err(wrong(format!(
                    "@{unknown} is neither a level, a requirement of the catalogue nor one of \
                     @exclusive, @events, @destructive, @review{hint}"
                )));
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
    })
}

/// No two scenarios may have the same id: results are told apart by it.
pub(super) fn unique_ids(files: &[FeatureFile]) -> Result<(), PackError> {
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
                "is no step",
            ),
            (
                "@profile @T-2\nFeature: F\n  Scenario: S\n    Given x\n",
                3,
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
                2,
                "",
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
