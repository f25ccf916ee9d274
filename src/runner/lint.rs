//! Steps against scenarios, before the first request: Cucumber itself would skip what it does not
//! know, and what is skipped looks like what passed.

mod step_text;

use std::collections::{BTreeMap, BTreeSet};

use cucumber::gherkin::{self, LineCol, Span, StepType};
use cucumber::step::Collection;

use crate::pack::PackError;
use crate::plan::{Plan, PlannedStep};
use crate::suggest::nearest;
use crate::world::{Context, World};

/// Checks that each step of the plan is defined, and once, and can be carried out. Errors name file
/// and line.
pub(super) fn lint(
    plan: &Plan,
    context: &Context,
    steps: &Collection<World>,
) -> Result<(), PackError> {
    for planned in &plan.scenarios {
        let mut scenario = Scenario::new(context);
        for step in &planned.steps {
            let kind = scenario.kind(step);
            defined(steps, step, kind)
                .and_then(|()| scenario.step(step, kind))
                .map_err(|reason| PackError::Feature {
                    file: planned.path.clone(),
                    line: step.line,
                    reason,
                })?;
        }
    }
    Ok(())
}

/// Checks that one step is defined, and once.
fn defined(steps: &Collection<World>, step: &PlannedStep, kind: StepType) -> Result<(), String> {
    let PlannedStep { keyword, text, .. } = step;
    // Cucumber looks at its type and its text only.
    let asked = gherkin::Step {
        keyword: keyword.clone(),
        ty: kind,
        value: text.clone(),
        docstring: None,
        table: None,
        span: Span { start: 0, end: 0 },
        position: LineCol {
            line: step.line,
            col: 0,
        },
    };
    match steps.find(&asked) {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(format!(
            "no step is defined for `{keyword} {text}` (tmfctk steps lists them)"
        )),
        Err(ambiguous) => Err(format!(
            "`{keyword} {text}` fits {} steps, make it fit one",
            ambiguous.possible_matches.len()
        )),
    }
}

/// What is known of a scenario at one of its steps.
struct Scenario<'a> {
    context: &'a Context,
    kind: StepType,
    /// The records that it has made under names of its own.
    made: BTreeSet<&'a str>,
    /// Whether there may be an answer to look at.
    answered: bool,
}

impl<'a> Scenario<'a> {
    fn new(context: &'a Context) -> Self {
        Self {
            context,
            kind: StepType::Given,
            made: BTreeSet::new(),
            answered: false,
        }
    }

    /// What a step is; `And` and `But` are what is before them.
    fn kind(&mut self, step: &PlannedStep) -> StepType {
        self.kind = match step.keyword.as_str() {
            "Given" => StepType::Given,
            "When" => StepType::When,
            "Then" => StepType::Then,
            _ => self.kind,
        };
        self.kind
    }

    /// Checks what a defined step says.
    fn step(&mut self, step: &'a PlannedStep, kind: StepType) -> Result<(), String> {
        let text = step.text.as_str();
        let (needed, made) = step_text::records(text);
        for name in needed {
            self.record(name)?;
        }
        self.made.extend(made);
        match step_text::placeholders(text) {
            Ok(names) => names
                .into_iter()
                .try_for_each(|name| self.placeholder(name))?,
            Err(rest) => return Err(format!("`${{{rest}` is not closed with a brace")),
        }
        if let Some((value, problem)) = step_text::no_json(text) {
            return Err(format!(
                "`{value}` is not JSON ({problem}): a text stands in quotes, and so does a ${{…}}"
            ));
        }
        match kind {
            StepType::Given => self.answered |= step_text::may_answer(text),
            StepType::When => self.answered = true,
            StepType::Then if !self.answered && step_text::about_an_answer(text) => {
                return Err(format!(
                    "`{text}` is about an answer, and no step before it sends a request: a step \
                     with When is missing"
                ));
            }
            StepType::Then => {}
        }
        Ok(())
    }

    /// Checks that there is such a record.
    fn record(&self, name: &str) -> Result<(), String> {
        let known = || self.context.record_names().chain(self.made.iter().copied());
        if known().any(|other| other == name) {
            return Ok(());
        }
        let hint = nearest(name, known()).map_or_else(
            || {
                let known: Vec<_> = known().map(|name| format!("\"{name}\"")).collect();
                format!("there are {}", known.join(", "))
            },
            |near| format!("did you mean \"{near}\"?"),
        );
        Err(format!("there is no record \"{name}\", {hint}"))
    }

    /// Checks that something can stand for a placeholder.
    fn placeholder(&self, placeholder: &str) -> Result<(), String> {
        // Behind a comma it is said how the value is written.
        let plain = placeholder.split(',').next().unwrap_or_default().trim();
        let wrong = |reason: String| format!("unknown placeholder `${{{placeholder}}}`: {reason}");
        if let Some((name, _)) = plain.split_once('.') {
            return self.record(name).map_err(wrong);
        }
        match self.context.value_of(plain, &BTreeMap::new()) {
            Some(_) => Ok(()),
            None => Err(wrong(
                "a name of the run's own such as ${run} or ${unknown id}, or an attribute of a \
                 record such as ${A.reason}, is expected"
                    .to_owned(),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use cucumber::World as _;
    use regex::Regex;

    use super::*;
    use crate::pack::Pack;
    use crate::terms::Level;

    fn planned(text: &str) -> PlannedStep {
        PlannedStep {
            keyword: "Given".to_owned(),
            text: text.to_owned(),
            table: Vec::new(),
            line: 1,
        }
    }

    #[test]
    fn a_step_must_be_defined_and_once() {
        let step = |expression| {
            move |all: Collection<World>| {
                let regex = Regex::new(expression).unwrap();
                all.given(None, regex, |_, _| Box::pin(async {}))
            }
        };
        let steps = step("^a (b)$")(step("^a")(Collection::new()));
        let said = |text, kind| defined(&steps, &planned(text), kind);
        assert_eq!(said("a c", StepType::Given), Ok(()));
        let undefined = said("b", StepType::Given).unwrap_err();
        assert!(undefined.starts_with("no step is defined for `Given b`"));
        let ambiguous = said("a b", StepType::Given).unwrap_err();
        assert!(ambiguous.contains("fits 2 steps"), "{ambiguous}");
        assert!(said("a c", StepType::When).is_err());
    }

    /// A run lints what its user wrote only.
    #[test]
    fn each_step_of_the_packs_own_features_is_defined_once() {
        let collection = World::collection();
        let mut seen = 0;
        for name in Pack::names() {
            let pack = Pack::embedded(&name).unwrap();
            for file in &pack.features(Level::Guideline, None).unwrap() {
                let background = file.feature.background.iter().flat_map(|all| &all.steps);
                let scenarios = file.feature.scenarios.iter().flat_map(|all| &all.steps);
                for step in background.chain(scenarios) {
                    let found = collection.find(step);
                    assert!(matches!(found, Ok(Some(_))), "{}: {step}", file.path);
                    seen += 1;
                }
            }
        }
        assert!(seen > 500, "{seen} steps");
    }
}
