//! The steps that are defined, their expressions compiled when they are first tried.
//!
//! Compiling all of them took a third of a certification run's time, which needs eight; and trying
//! all of them on every step, as Cucumber does, a fifth of the time of a run of all levels.

use std::sync::{LazyLock, OnceLock};

use cucumber::codegen::{LazyRegex, StepConstructor, WorldInventory, inventory};
use cucumber::gherkin::StepType;
use cucumber::step::{CaptureName, Location};
use regex::Regex;

use crate::steps;
use crate::world::World;

/// A step's function, and what its expression captured.
pub(super) type Resolution = (cucumber::Step<World>, Vec<(CaptureName, String)>);

/// All steps, in the order of the vocabulary.
static DEFINED: LazyLock<Definitions> = LazyLock::new(|| Definitions {
    given: collect::<<World as WorldInventory>::Given>(),
    when: collect::<<World as WorldInventory>::When>(),
    then: collect::<<World as WorldInventory>::Then>(),
});

/// The steps of each kind.
#[derive(Debug)]
pub(super) struct Definitions {
    given: Vec<Definition>,
    when: Vec<Definition>,
    then: Vec<Definition>,
}

#[derive(Debug)]
struct Definition {
    location: Location,
    compile: LazyRegex,
    compiled: OnceLock<Expression>,
    run: cucumber::Step<World>,
}

#[derive(Debug)]
struct Expression {
    regex: Regex,
    /// What all that fits begins with: told for less than it takes to try the expression.
    beginning: String,
}

impl Definitions {
    /// All that are defined.
    pub(super) fn all() -> &'static Self {
        &DEFINED
    }

    /// Compiles all expressions, from the last: the thread that looks steps up begins at the first.
    pub(super) fn warm_up(&self) {
        for definitions in [&self.then, &self.when, &self.given] {
            definitions.iter().rev().for_each(|definition| {
                definition.expression();
            });
        }
    }

    /// What a step is; where it may be several, how many.
    ///
    /// That a step fits one expression is shown for a pack's own features by a test, so that the
    /// first is taken; of those from outside each expression is tried (`every`).
    pub(super) fn find(
        &self,
        kind: StepType,
        text: &str,
        every: bool,
    ) -> Result<Option<Resolution>, usize> {
        let definitions = match kind {
            StepType::Given => &self.given,
            StepType::When => &self.when,
            StepType::Then => &self.then,
        };
        let mut fitting = definitions
            .iter()
            .filter(|definition| definition.fits(text));
        let Some(first) = fitting.next() else {
            return Ok(None);
        };
        if every {
            let others = fitting.count();
            if others > 0 {
                return Err(others + 1);
            }
        }
        Ok(first.resolve(text))
    }
}

impl Definition {
    fn expression(&self) -> &Expression {
        self.compiled.get_or_init(|| {
            let regex = (self.compile)();
            let beginning = beginning(regex.as_str()).to_owned();
            Expression { regex, beginning }
        })
    }

    fn fits(&self, text: &str) -> bool {
        let expression = self.expression();
        text.starts_with(&expression.beginning) && expression.regex.is_match(text)
    }

    /// The function with what was captured: the whole first, then each group.
    fn resolve(&self, text: &str) -> Option<Resolution> {
        let regex = &self.expression().regex;
        let captures = regex.captures(text)?;
        let matches = regex
            .capture_names()
            .zip(captures.iter())
            .map(|(name, group)| {
                let text = group.map_or("", |group| group.as_str());
                (name.map(str::to_owned), text.to_owned())
            })
            .collect();
        Some((self.run, matches))
    }
}

/// The words that whatever fits an expression begins with, as far as they are plain to see.
fn beginning(expression: &str) -> &str {
    let words = expression.strip_prefix('^').unwrap_or_default();
    let plain = |char: char| char.is_ascii_alphanumeric() || matches!(char, ' ' | ',');
    let end = words.find(|char| !plain(char)).unwrap_or(words.len());
    match words[end..].chars().next() {
        // What is repeated or optional, and all before it, if that is one of two.
        Some('?' | '*' | '+' | '{' | '|') => "",
        _ if alternatives_apart(words) => "",
        _ => &words[..end],
    }
}

/// Whether an expression has a `|` that stands in no group.
fn alternatives_apart(expression: &str) -> bool {
    let (mut groups, mut escaped) = (0_usize, false);
    expression.chars().any(|char| {
        match char {
            _ if escaped => {
                escaped = false;
                return false;
            }
            '\\' => escaped = true,
            '(' => groups += 1,
            ')' => groups = groups.saturating_sub(1),
            _ => {}
        }
        char == '|' && groups == 0
    })
}

/// The steps of a kind. Cucumber's own `World::collection()` reads them in the same way, and
/// compiles them all.
fn collect<K>() -> Vec<Definition>
where
    K: inventory::Collect + StepConstructor<World>,
{
    let mut definitions: Vec<_> = inventory::iter::<K>
        .into_iter()
        .map(|constructor| {
            let (location, compile, run) = constructor.inner();
            Definition {
                location,
                compile,
                compiled: OnceLock::new(),
                run,
            }
        })
        .collect();
    definitions
        .sort_by_key(|definition| (steps::place(definition.location.path), definition.location));
    definitions
}

#[cfg(test)]
mod tests {
    use cucumber::World as _;
    use cucumber::gherkin::{LineCol, Span, Step};

    use super::*;
    use crate::pack::Pack;
    use crate::terms::Level;

    /// What Cucumber itself would make of a step is what is made of it here.
    #[test]
    fn steps_are_found_as_cucumber_finds_them() {
        let collection = World::collection();
        let examples = steps::VOCABULARY.iter().flat_map(|(_, docs)| *docs);
        for example in examples.map(|doc| doc.example) {
            let (keyword, value) = example.split_once(' ').unwrap();
            let kind = match keyword {
                "Given" => StepType::Given,
                "When" => StepType::When,
                _ => StepType::Then,
            };
            let step = Step {
                keyword: keyword.to_owned(),
                ty: kind,
                value: value.to_owned(),
                docstring: None,
                table: None,
                span: Span { start: 0, end: 0 },
                position: LineCol { line: 1, col: 1 },
            };
            let (theirs, _, _, context) = collection.find(&step).unwrap().unwrap();
            let (ours, matches) = DEFINED.find(kind, value, true).unwrap().unwrap();
            assert!(std::ptr::fn_addr_eq(*theirs, ours), "{example}");
            assert_eq!(context.matches, matches, "{example}");
        }
    }

    #[test]
    fn a_step_that_fits_two_is_told_where_every_expression_is_tried() {
        let define = |compile: LazyRegex| Definition {
            location: DEFINED.given[0].location,
            compile,
            compiled: OnceLock::new(),
            run: DEFINED.given[0].run,
        };
        let two = Definitions {
            given: vec![
                define(|| Regex::new("^a").unwrap()),
                define(|| Regex::new("^a (b)$").unwrap()),
            ],
            when: Vec::new(),
            then: Vec::new(),
        };
        assert_eq!(two.find(StepType::Given, "a b", true).err(), Some(2));
        assert!(two.find(StepType::Given, "a c", true).unwrap().is_some());
        assert!(two.find(StepType::Given, "b", true).unwrap().is_none());
        assert!(two.find(StepType::When, "a", true).unwrap().is_none());
        let (_, matches) = two.find(StepType::Given, "a b", false).unwrap().unwrap();
        assert_eq!(matches, [(None, "a".to_owned())], "the first is taken");
    }

    #[test]
    fn a_beginning_is_that_of_all_that_fits() {
        let begins = |expression, words| assert_eq!(beginning(expression), words, "{expression}");
        begins(r#"^the list holds "([^"]+)"$"#, "the list holds ");
        begins(r"^it has (one|two) of them$", "it has ");
        begins(r"^it has 3\.5 of them$", "it has 3");
        begins("^it is$", "it is");
        begins("it is", "");
        begins("^its?$", "");
        begins("^it|that$", "");
        begins("^it is (a)|that is$", "");
        begins(r"^it is \(|that is$", "");
    }

    /// Of a pack's own features the first step that fits is taken: here it is shown that there is
    /// no other.
    #[test]
    fn each_step_of_the_packs_own_features_is_defined_once() {
        let mut seen = 0;
        for name in Pack::names() {
            let pack = Pack::embedded(&name).unwrap();
            for file in &pack.features(Level::Guideline, None).unwrap() {
                let background = file.feature.background.iter().flat_map(|all| &all.steps);
                let scenarios = file.feature.scenarios.iter().flat_map(|all| &all.steps);
                for step in background.chain(scenarios) {
                    let found = DEFINED.find(step.ty, &step.value, true);
                    assert!(matches!(found, Ok(Some(_))), "{}: {step}", file.path);
                    seen += 1;
                }
            }
        }
        assert!(seen > 500, "{seen} steps");
    }
}
