//! A part of a plan: what requirement ids, a tag expression, a name or an earlier run select.

use std::collections::BTreeSet;

use cucumber::gherkin::tagexpr::TagOperation;
use regex::Regex;

use super::{Plan, Planned};
use crate::config::{Rerun, Selection};
use crate::pack::{Catalogue, ScenarioSpec, Tags, UnknownRequirement};
use crate::suggest::{likeness, nearest};
use crate::terms::Level;

/// Why a selection can't be used. It is reported before the first request.
#[derive(Debug, thiserror::Error)]
pub enum SelectionError {
    /// No requirement has that id.
    #[error(transparent)]
    Requirement(#[from] UnknownRequirement),
    /// Nothing can check the requirement.
    #[error("--only {id}: this requirement can't be tested from outside: {why}")]
    NotTestable {
        /// The requirement.
        id: String,
        /// The pack's reason.
        why: String,
    },
    /// The requirement's scenarios are above what runs.
    #[error("--only {id}: what checks it is above the level {highest} (give a higher --level)")]
    Above {
        /// The requirement.
        id: String,
        /// The highest level that runs.
        highest: Level,
    },
    /// The tag expression can't be read.
    #[error(
        "--tags `{given}` is not a tag expression, look at column {column}: tags are combined by and, \
         or, not and parentheses, such as \"@profile and not @events\""
    )]
    Tags {
        /// The expression.
        given: String,
        /// Where it stops to make sense, from 1.
        column: usize,
    },
    /// No scenario can have that tag.
    #[error(
        "--tags: @{given} is neither a level, a requirement nor one of @exclusive, @events, \
         @destructive, @review{hint}"
    )]
    UnknownTag {
        /// The tag.
        given: String,
        /// What may be meant.
        hint: String,
    },
    /// The name is not a regular expression.
    #[error("--name `{given}` is not a regular expression: {reason}")]
    Name {
        /// The pattern.
        given: String,
        /// What is wrong in it.
        reason: String,
    },
    /// The earlier run leaves nothing to run again.
    #[error("--rerun {from}: nothing failed or stayed undecided there, so nothing is run again")]
    NothingFailed {
        /// The result.
        from: String,
    },
    /// Nothing is left.
    #[error(
        "{options} selects none of the {all} scenarios up to the level {highest}{hint} (tmfctk list \
         shows them)"
    )]
    Nothing {
        /// The options.
        options: String,
        /// How many scenarios there are.
        all: usize,
        /// The highest level that runs.
        highest: Level,
        /// What may be meant.
        hint: String,
    },
}

impl Plan {
    /// Keeps what is selected and notes the rest as left out; nothing changes where nothing is
    /// selected.
    ///
    /// # Errors
    /// Where the selection can't be read, or nothing is left.
    pub fn select(
        &mut self,
        selection: &Selection,
        catalogue: &Catalogue,
        highest: Level,
    ) -> Result<(), SelectionError> {
        if selection.is_empty() {
            return Ok(());
        }
        let criteria = Criteria::read(selection, catalogue)?;
        self.reachable(&criteria, catalogue, highest)?;
        let all = self.scenarios.len();
        let (kept, left_out): (Vec<_>, Vec<_>) = std::mem::take(&mut self.scenarios)
            .into_iter()
            .partition(|planned| criteria.meets(&planned.spec));
        if kept.is_empty() {
            return Err(SelectionError::Nothing {
                options: selection.options().join(" "),
                all,
                highest,
                hint: near(selection.name.as_deref(), &left_out),
            });
        }
        self.scenarios = kept;
        self.left_out = left_out.into_iter().map(|planned| planned.spec).collect();
        Ok(())
    }

    /// Each requirement that is asked for by its id is checked by something.
    fn reachable(
        &self,
        criteria: &Criteria,
        catalogue: &Catalogue,
        highest: Level,
    ) -> Result<(), SelectionError> {
        for id in &criteria.only {
            let mut scenarios = self.scenarios.iter();
            if scenarios.any(|planned| planned.spec.requirements.contains(id)) {
                continue;
            }
            let id = id.clone();
            let why = catalogue.get(&id).and_then(|it| it.not_testable.clone());
            return Err(match why {
                Some(why) => SelectionError::NotTestable { id, why },
                None => SelectionError::Above { id, highest },
            });
        }
        Ok(())
    }
}

/// A selection, read.
struct Criteria {
    only: BTreeSet<String>,
    tags: Option<TagOperation>,
    name: Option<Regex>,
    scenarios: Option<BTreeSet<String>>,
}

impl Criteria {
    fn read(selection: &Selection, catalogue: &Catalogue) -> Result<Self, SelectionError> {
        let only = selection.only.iter();
        let only = only.map(|id| catalogue.find(id).map(|known| known.id.clone()));
        let tags = selection.tags.as_deref().map(|text| tags(text, catalogue));
        let scenarios = selection.rerun.as_ref().map(scenarios);
        Ok(Self {
            only: only.collect::<Result<_, _>>()?,
            tags: tags.transpose()?,
            name: selection.name.as_deref().map(name).transpose()?,
            scenarios: scenarios.transpose()?,
        })
    }

    fn meets(&self, spec: &ScenarioSpec) -> bool {
        let named = |id| self.only.contains(id);
        (self.only.is_empty() || spec.requirements.iter().any(named))
            && self.tags.as_ref().is_none_or(|tags| holds(tags, spec))
            && self
                .name
                .as_ref()
                .is_none_or(|name| name.is_match(&spec.name) || name.is_match(&spec.id))
            && self
                .scenarios
                .as_ref()
                .is_none_or(|ids| ids.contains(&spec.id))
    }
}

/// Reads a tag expression; each of its tags is one that a scenario can have.
fn tags(given: &str, catalogue: &Catalogue) -> Result<TagOperation, SelectionError> {
    let parsed: TagOperation =
        given
            .trim()
            .parse()
            .map_err(
                |error: <TagOperation as std::str::FromStr>::Err| SelectionError::Tags {
                    given: given.to_owned(),
                    column: error.location.column,
                },
            )?;
    known(&parsed, catalogue)?;
    Ok(parsed)
}

fn known(tags: &TagOperation, catalogue: &Catalogue) -> Result<(), SelectionError> {
    match tags {
        TagOperation::And(a, b) | TagOperation::Or(a, b) => {
            known(a, catalogue)?;
            known(b, catalogue)
        }
        TagOperation::Not(inner) => known(inner, catalogue),
        TagOperation::Tag(tag) => {
            let words = || Level::ALL.map(Level::name).into_iter().chain(Tags::NAMES);
            if words().any(|word| word == tag) || catalogue.get(tag).is_some() {
                return Ok(());
            }
            let word = nearest(tag, words());
            let id = || match catalogue.find(tag) {
                Ok(known) => Some(known.id.clone()),
                Err(unknown) => unknown.near.into_iter().next(),
            };
            let near = word.map(str::to_owned).or_else(id);
            Err(SelectionError::UnknownTag {
                given: tag.clone(),
                hint: near.map_or_else(String::new, |near| format!(", did you mean @{near}?")),
            })
        }
    }
}

/// Whether a scenario's tags fulfil the expression.
fn holds(tags: &TagOperation, spec: &ScenarioSpec) -> bool {
    match tags {
        TagOperation::And(a, b) => holds(a, spec) && holds(b, spec),
        TagOperation::Or(a, b) => holds(a, spec) || holds(b, spec),
        TagOperation::Not(inner) => !holds(inner, spec),
        TagOperation::Tag(tag) => spec.tag_names().any(|own| own == tag),
    }
}

fn name(given: &str) -> Result<Regex, SelectionError> {
    Regex::new(given).map_err(|error| {
        // The message draws the place over several lines; its last says what is wrong.
        let message = error.to_string();
        let last = message.lines().last().unwrap_or_default();
        SelectionError::Name {
            given: given.to_owned(),
            reason: last.trim_start_matches("error: ").to_owned(),
        }
    })
}

fn scenarios(rerun: &Rerun) -> Result<BTreeSet<String>, SelectionError> {
    if rerun.scenarios.is_empty() {
        let from = rerun.from.clone();
        return Err(SelectionError::NothingFailed { from });
    }
    Ok(rerun.scenarios.iter().cloned().collect())
}

/// The scenario whose id or name looks most like the one that was asked for.
fn near(name: Option<&str>, scenarios: &[Planned]) -> String {
    let Some(name) = name else {
        return String::new();
    };
    let like = |spec: &ScenarioSpec| likeness(name, &spec.id).max(likeness(name, &spec.name));
    let best = scenarios
        .iter()
        .filter_map(|planned| Some((like(&planned.spec)?, &planned.spec.id)))
        .max_by_key(|(likeness, _)| *likeness);
    best.map_or_else(String::new, |(_, id)| format!(", did you mean `{id}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DEFAULT_PACK;
    use crate::pack::Pack;
    use crate::plan::Phase;

    /// The plan of the embedded pack, and what a selection makes of it.
    fn selected(selection: &Selection, highest: Level) -> Result<Plan, String> {
        let pack = Pack::embedded(DEFAULT_PACK).unwrap();
        let mut plan = Plan::new(highest, &pack.features(highest, None).unwrap());
        let done = plan.select(selection, pack.catalogue().unwrap(), highest);
        done.map(|()| plan).map_err(|error| error.to_string())
    }

    fn by_tags(text: &str) -> Result<Plan, String> {
        let selection = Selection {
            tags: Some(text.into()),
            ..Selection::default()
        };
        selected(&selection, Level::Guideline)
    }

    #[test]
    fn no_selection_leaves_nothing_out() {
        let plan = selected(&Selection::default(), Level::Guideline).unwrap();
        assert!(plan.left_out.is_empty() && plan.scenarios.len() > 100);
    }

    #[test]
    fn one_requirement_selects_what_names_it_and_nothing_else() {
        let pack = Pack::embedded(DEFAULT_PACK).unwrap();
        let id = &pack.catalogue().unwrap().find("PRO-044").unwrap().id;
        let selection = Selection {
            only: vec!["pro-044".into()],
            ..Selection::default()
        };
        let plan = selected(&selection, Level::Guideline).unwrap();
        let names = |spec: &ScenarioSpec| spec.requirements.contains(id);
        assert!(plan.scenarios.iter().all(|planned| names(&planned.spec)));
        assert!(!plan.left_out.iter().any(names));
        assert!(!plan.replays());
    }

    #[test]
    fn tag_expressions_mean_what_cucumber_means() {
        let count = |text: &str| by_tags(text).unwrap().scenarios.len();
        let all = count("@profile or not @profile");
        assert_eq!(count("not @profile") + count("@profile"), all);
        assert_eq!(
            count("@profile and @exclusive") + count("@profile and not @exclusive"),
            count("@profile")
        );
        // `and` binds closer than `or`, and `not` closest.
        assert_eq!(
            count("@certification or @profile and @exclusive"),
            count("@certification") + count("@profile and @exclusive")
        );
        let plan = by_tags("(@profile or @guideline) and not (@exclusive or @review)").unwrap();
        assert!(
            plan.scenarios
                .iter()
                .all(|one| one.phase != Phase::Exclusive)
        );
    }

    #[test]
    fn the_replay_is_needed_by_what_reads_it_only() {
        assert!(by_tags("@certification").unwrap().replays());
        let above = by_tags("not @certification").unwrap();
        assert!(above.replays(), "one of them looks for the kit's records");
        assert!(!by_tags("@guideline").unwrap().replays());
    }

    #[test]
    fn an_impossible_selection_is_an_error_that_helps() {
        for (text, hint) in [
            ("@profil", "did you mean @profile?"),
            ("not @evnts", "did you mean @events?"),
            ("@TMF683-4-PRO-04x", "did you mean @TMF683-4-PRO-04"),
            ("@profile @events", "column 10"),
            ("profile", "column 1"),
            ("(@profile", "column 10"),
            ("", "column 1"),
            ("@profile and @certification", "selects none of the"),
        ] {
            let error = by_tags(text).unwrap_err();
            assert!(error.contains(hint), "{text}: {error}");
        }
        let by_name = |text: &str| {
            let selection = Selection {
                name: Some(text.into()),
                ..Selection::default()
            };
            selected(&selection, Level::Guideline).unwrap_err()
        };
        assert!(by_name("(").contains("--name `(` is not a regular expression"));
        let error = by_name("create/a-record-is-creatd");
        assert!(
            error.contains("did you mean `create/a-record-is-created`?"),
            "{error}"
        );
    }

    #[test]
    fn a_requirement_that_nothing_up_to_the_level_checks_says_so() {
        let only = |id: &str| Selection {
            only: vec![id.into()],
            ..Selection::default()
        };
        let error = selected(&only("PAT-001"), Level::Profile).unwrap_err();
        assert!(error.contains("above the level profile"), "{error}");
        let error = selected(&only("PAT-0001"), Level::Profile).unwrap_err();
        assert!(error.contains("did you mean"), "{error}");
        let pack = Pack::embedded(DEFAULT_PACK).unwrap();
        let untestable = pack
            .catalogue()
            .unwrap()
            .iter()
            .find(|it| it.not_testable.is_some());
        let error = selected(&only(&untestable.unwrap().id), Level::Guideline).unwrap_err();
        assert!(error.contains("can't be tested from outside"), "{error}");
    }
}
