//! Random walks within a run: those that find something are repeated with fewer operations, and
//! charged only with what no scenario has found.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::{self, Settings};
use crate::evidence::{Observation, Place, Runs, ScenarioRun, Stop};
use crate::pack::{FeatureFile, Pack, PackError};
use crate::plan::{Phase, Plan, Planned};
use crate::runner::Runner;
use crate::terms::Severity;
use crate::walk::{Description, Walk};
use crate::world::Context;

/// How often one walk is repeated at most.
const REPETITIONS: usize = 24;

/// The description of the walks and how many operations they have; none where a run may not change
/// anything, or works on records that were there before.
fn description(settings: &Settings, pack: &Pack) -> Result<Option<Description>, PackError> {
    if settings.existing != config::Existing::default() || settings.limits.walk == 0 {
        return Ok(None);
    }
    let description = Description::of(pack)?;
    Ok(description.filter(|walks| walks.level <= settings.level))
}

fn drawn<'a>(settings: &Settings, description: &'a Description) -> Vec<Walk<'a>> {
    description.walks(settings.limits.walk, &settings.limits.walk_seed)
}

/// The walks of a run as features.
pub(super) fn features(
    settings: &Settings,
    pack: &Pack,
) -> Result<Vec<Arc<FeatureFile>>, PackError> {
    let Some(description) = description(settings, pack)? else {
        return Ok(Vec::new());
    };
    let mut files = Vec::new();
    for walk in drawn(settings, &description) {
        files.extend(walk.feature(pack)?.map(Arc::new));
    }
    Ok(files)
}

fn place_of(planned: &Planned) -> Place {
    (planned.path.clone(), planned.spec.line)
}

/// The violation for which a walk ended.
fn violated(run: &ScenarioRun) -> Option<&Observation> {
    let mut seen = run.evidence.observations.iter();
    seen.find(|seen| seen.severity == Severity::Fail)
}

/// What distinguishes a violation from others.
fn kind(seen: &Observation) -> (String, String) {
    (seen.requirement.clone(), seen.key.clone())
}

/// Repeats each walk that found something of a kind of its own with fewer operations, as long as it
/// finds the same, and hands over the shortest.
pub(super) async fn shorten(
    context: &Arc<Context>,
    plan: &Plan,
    runner: &Runner,
    shortest: &RefCell<Vec<Planned>>,
) {
    let Ok(Some(description)) = description(&context.settings, context.pack) else {
        return;
    };
    let mut shown = BTreeSet::new();
    for walk in drawn(&context.settings, &description) {
        let planned = plan.scenarios.iter().find(|one| one.path == walk.path());
        let Some(planned) = planned else { continue };
        let seen = runner.change_runs(|runs| {
            let seen = violated(runs.get(&place_of(planned))?)?.clone();
            (!is_known(runs, plan, &seen.requirement)).then_some(seen)
        });
        let Some(seen) = seen.filter(|seen| shown.insert(kind(seen))) else {
            continue;
        };
        let trouble = context.client.halted().is_some() || !context.client.outages().is_empty();
        if trouble {
            return;
        }
        let repeat = Repeat {
            context,
            runner,
            wanted: kind(&seen),
        };
        if let Some(short) = repeat.shortest(walk.up_to(seen.line), planned).await {
            shortest.borrow_mut().push(short);
        }
    }
}

/// The repetitions of one walk.
struct Repeat<'a> {
    context: &'a Arc<Context>,
    runner: &'a Runner,
    wanted: (String, String),
}

impl Repeat<'_> {
    /// The walk with the fewest operations that finds the same, in the place of the whole one; none
    /// where it does not find it again.
    async fn shortest(&self, whole: Walk<'_>, original: &Planned) -> Option<Planned> {
        let mut left = REPETITIONS;
        let (mut best, mut found) = (whole.clone(), None);
        let mut place = 0;
        // The last operation is what shows it. First without others, then without their checks.
        let mut only_checks = false;
        loop {
            if place + 1 >= best.len() {
                if only_checks {
                    break;
                }
                (place, only_checks) = (0, true);
                continue;
            }
            let shorter = match only_checks {
                true => best.unchecked(place),
                false => best.without(place),
            };
            let Some(shorter) = shorter else {
                place += 1;
                continue;
            };
            if left == 0 {
                break;
            }
            left -= 1;
            match self.run(&shorter, REPETITIONS - left).await {
                Some(run) => {
                    (best, found) = (shorter, Some(run));
                    if only_checks {
                        place += 1;
                    } else {
                        // What another operation rested on may be left out now.
                        place = 0;
                    }
                }
                None => place += 1,
            }
        }
        let (mut planned, mut run) = match found {
            Some(found) => found,
            None => self.run(&best, REPETITIONS + 1).await?,
        };
        let text = best.written_for(Some(&self.wanted.0)).text;
        planned.path.clone_from(&original.path);
        planned.spec.line = original.spec.line;
        planned.spec.id.clone_from(&original.spec.id);
        planned.spec.requirements = vec![self.wanted.0.clone()];
        planned.shortest = Some(text);
        for seen in &mut run.evidence.observations {
            seen.advice.get_or_insert_with(|| {
                format!(
                    "the scenario {} shows it with the fewest requests that were found; its text \
                     stands there and can be run alone with --features",
                    original.spec.id
                )
            });
        }
        let place = place_of(original);
        self.runner.change_runs(|runs| runs.insert(place, run));
        Some(planned)
    }

    /// Runs a walk and gives what became of it, where it found the same.
    async fn run(&self, walk: &Walk<'_>, repetition: usize) -> Option<(Planned, ScenarioRun)> {
        let walk = walk.clone().again(repetition);
        let file = walk.feature(self.context.pack).ok()??;
        let plan = Plan::new(self.context.settings.level, &[Arc::new(file)]);
        let planned = plan.scenarios.first()?.clone();
        let unobserved = |_: &Place, _: &ScenarioRun| {};
        self.runner
            .run(self.context, &plan, Phase::Walk, &unobserved)
            .await;
        let place = place_of(&planned);
        let run = self.runner.change_runs(|runs| runs.remove(&place))?;
        let same = violated(&run).is_some_and(|seen| kind(seen) == self.wanted);
        same.then_some((planned, run))
    }
}

/// Whether a scenario that is not a walk shows that the requirement is violated.
fn is_known(runs: &Runs, plan: &Plan, requirement: &str) -> bool {
    let scenarios = plan.scenarios.iter().filter(|one| !one.spec.is_walk());
    let mut runs = scenarios.filter_map(|planned| runs.get(&place_of(planned)));
    runs.any(|run| {
        let mut seen = run.evidence.observations.iter();
        seen.any(|seen| seen.severity == Severity::Fail && seen.requirement == requirement)
    })
}

/// Puts the shortest walks in the place of the whole ones, and takes back what a walk says beyond
/// one violation of each kind: what scenarios have found is theirs to tell, and what a target does
/// not offer or refuses leaves nothing open that they have decided.
pub(super) fn finish(plan: &mut Plan, runs: &mut Runs, shortest: Vec<Planned>, ended_early: bool) {
    for short in shortest {
        let mut scenarios = plan.scenarios.iter_mut();
        if let Some(planned) = scenarios.find(|one| one.path == short.path) {
            *planned = short;
        }
    }
    let mut shown = BTreeSet::new();
    // Those that were made shorter come first: they show their kind best.
    let mut walks: Vec<_> = plan
        .scenarios
        .iter()
        .filter(|one| one.spec.is_walk())
        .collect();
    walks.sort_by_key(|planned| planned.shortest.is_none());
    for planned in walks {
        let place = place_of(planned);
        let seen = runs.get(&place).and_then(|run| violated(run).cloned());
        let is_told = seen.is_some_and(|seen| {
            shown.insert(kind(&seen)) && !is_known(runs, plan, &seen.requirement)
        });
        let Some(run) = runs.get_mut(&place) else {
            continue;
        };
        let evidence = &mut run.evidence;
        evidence.undecided.clear();
        if is_told {
            evidence
                .observations
                .retain(|seen| seen.severity == Severity::Fail);
            continue;
        }
        evidence.observations.clear();
        // Why a run ended early leaves open what it would have come to.
        if let Some((_, stop)) = &mut evidence.stop
            && !(ended_early && matches!(stop, Stop::Blocked { .. }))
        {
            *stop = Stop::NotApplicable(match stop {
                Stop::Violated(_) => {
                    "it met a violation that other scenarios show, and ended there".to_owned()
                }
                ref other => other.to_string(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::config::{Existing, GivenLimits, Overrides};
    use crate::terms::Level;

    fn walks(given: Overrides) -> Vec<Arc<FeatureFile>> {
        let settings = config::resolve(Overrides {
            reference: true,
            unconfigured: true,
            ..given
        });
        let settings = settings.unwrap();
        features(&settings, Pack::embedded(&settings.pack).unwrap()).unwrap()
    }

    #[test]
    fn there_are_walks_where_operations_are_judged_and_the_run_may_change_something() {
        let of_length = |walk| {
            walks(Overrides {
                limits: GivenLimits {
                    walk: Some(walk),
                    ..GivenLimits::default()
                },
                ..Overrides::default()
            })
        };
        assert_eq!(walks(Overrides::default()).len(), 3);
        assert!(of_length(300).len() > 40);
        assert!(of_length(0).is_empty());
        let level = Overrides {
            level: Some(Level::Specification),
            ..Overrides::default()
        };
        assert!(walks(level).is_empty());
        for existing in [
            Existing {
                read_only: true,
                ids: Vec::new(),
            },
            Existing {
                read_only: false,
                ids: vec!["7".to_owned()],
            },
        ] {
            let given = Overrides {
                existing,
                ..Overrides::default()
            };
            assert!(walks(given).is_empty());
        }
    }

    fn violation(requirement: &str) -> Observation {
        Observation {
            requirement: requirement.to_owned(),
            severity: Severity::Fail,
            message: String::new(),
            expected: Value::Null,
            actual: Value::Null,
            pointer: None,
            exchange: None,
            kit_induced: false,
            advice: None,
            key: String::new(),
            line: 7,
        }
    }

    fn stopped(stop: Stop) -> ScenarioRun {
        let mut run = ScenarioRun::default();
        run.evidence.stop = Some((7, stop));
        run
    }

    fn violating(requirement: &str) -> ScenarioRun {
        let mut run = stopped(Stop::Violated(String::new()));
        run.evidence.observations = vec![violation(requirement)];
        run
    }

    #[test]
    fn a_walk_tells_what_no_scenario_found_and_each_kind_once() {
        let pack = Pack::embedded("tmf683@4.0.0").unwrap();
        let mut files = pack.features(Level::Operations, None).unwrap();
        files.extend(walks(Overrides::default()));
        let mut plan = Plan::new(Level::Operations, &files);
        let is_walk = |one: &&Planned| one.spec.is_walk();
        let places: Vec<_> = plan
            .scenarios
            .iter()
            .filter(is_walk)
            .map(place_of)
            .collect();
        let other = place_of(plan.scenarios.iter().find(|one| !is_walk(one)).unwrap());
        let [one, two, three] = places.as_slice() else {
            panic!("three walks: {places:?}");
        };
        let told = |runs: &Runs, place| runs[place].evidence.observations.len();
        let mut runs = Runs::from([
            (other, violating("R-1")),
            (one.clone(), violating("R-1")),
            (two.clone(), violating("R-2")),
            (three.clone(), violating("R-2")),
        ]);
        finish(&mut plan, &mut runs, Vec::new(), false);
        assert_eq!([one, two, three].map(|place| told(&runs, place)), [0, 1, 0]);
        let stop = runs[one].evidence.stop.clone();
        assert!(
            matches!(stop, Some((7, Stop::NotApplicable(_)))),
            "{stop:?}"
        );
    }

    #[test]
    fn what_blocks_a_walk_leaves_nothing_open_unless_the_run_ended_early() {
        let mut plan = Plan::new(Level::Operations, &walks(Overrides::default()));
        let place = place_of(&plan.scenarios[0]);
        for (ended_early, blocked) in [(false, false), (true, true)] {
            let stop = Stop::blocked("the target refused it", Some(3));
            let mut runs = Runs::from([(place.clone(), stopped(stop))]);
            finish(&mut plan, &mut runs, Vec::new(), ended_early);
            let stop = runs[&place].evidence.stop.clone();
            assert_eq!(matches!(stop, Some((_, Stop::Blocked { .. }))), blocked);
        }
    }
}
