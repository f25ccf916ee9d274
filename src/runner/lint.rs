//! Steps against scenarios, before the first request: Cucumber itself would skip what it does not
//! know, and what is skipped looks like what passed.

mod words;

use std::collections::{BTreeMap, BTreeSet};

use cucumber::gherkin::StepType;

use super::resolved::Resolved;
use crate::pack::PackError;
use crate::plan::{Plan, PlannedStep};
use crate::suggest::nearest;
use crate::world::Context;

/// Checks that each step of the plan is defined, and once, and can be carried out. Errors name file
/// and line.
pub(super) fn lint(plan: &Plan, context: &Context, resolved: &Resolved) -> Result<(), PackError> {
    for planned in &plan.scenarios {
        let mut scenario = Scenario::new(context);
        for step in &planned.steps {
            let kind = scenario.kind(step);
            defined(resolved, step, kind)
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
fn defined(resolved: &Resolved, step: &PlannedStep, kind: StepType) -> Result<(), String> {
    let found = resolved.look_up(kind, &step.text, true);
    found.map(drop).map_err(|fitting| match fitting {
        0 => format!(
            "no step is defined for `{} {}` (tmfctk steps lists them)",
            step.keyword, step.text
        ),
        several => format!(
            "`{} {}` fits {several} steps, make it fit one",
            step.keyword, step.text
        ),
    })
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
        let (needed, made) = words::records(text);
        for name in needed {
            self.record(name)?;
        }
        self.made.extend(made);
        match words::placeholders(text) {
            Ok(names) => names
                .into_iter()
                .try_for_each(|name| self.placeholder(name))?,
            Err(rest) => return Err(format!("`${{{rest}` is not closed with a brace")),
        }
        if let Some((value, problem)) = words::no_json(text) {
            return Err(format!(
                "`{value}` is no JSON ({problem}): a text stands in quotes, and so does a ${{…}}"
            ));
        }
        match kind {
            StepType::Given => self.answered |= words::may_answer(text),
            StepType::When => self.answered = true,
            StepType::Then if !self.answered && words::about_an_answer(text) => {
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
