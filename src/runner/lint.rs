//! Steps against scenarios, before the first request: Cucumber itself would skip what it does not
//! know, and what is skipped looks like what passed.

use cucumber::gherkin::{LineCol, Span, Step, StepType};
use cucumber::step::Collection;

use crate::pack::PackError;
use crate::plan::Plan;
use crate::world::World;

/// Checks that each step of the plan is defined exactly once; errors name file and line.
pub fn lint(steps: &Collection<World>, plan: &Plan) -> Result<(), PackError> {
    for planned in &plan.scenarios {
        let mut kind = StepType::Given;
        for step in &planned.steps {
            kind = match step.keyword.as_str() {
                "Given" => StepType::Given,
                "When" => StepType::When,
                "Then" => StepType::Then,
                _ => kind,
            };
            let wrong = |reason: String| PackError::Feature {
                file: planned.path.clone(),
                line: step.line,
                reason,
            };
            let asked = Step {
                keyword: step.keyword.clone(),
                ty: kind,
                value: step.text.clone(),
                docstring: None,
                table: None,
                span: Span { start: 0, end: 0 },
                position: LineCol {
                    line: step.line,
                    col: 1,
                },
            };
            match steps.find(&asked) {
                Ok(Some(_)) => {}
                Ok(None) => {
                    return Err(wrong(format!(
                        "no step is defined for `{} {}` (tmfctk steps lists them)",
                        step.keyword, step.text
                    )));
                }
                Err(error) => {
                    let matches = error.possible_matches.len();
                    return Err(wrong(format!(
                        "`{} {}` fits {matches} steps, make it fit one",
                        step.keyword, step.text
                    )));
                }
            }
        }
    }
    Ok(())
}
