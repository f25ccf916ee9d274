//! Parser and writer of our own around Cucumber: embedded features in, step ends out.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Instant;

use cucumber::{Event, Parser, Writer, cli, event, gherkin, parser, writer};
use futures_util::stream::{self, Iter};

use crate::evidence::{Place, Runs, ScenarioRun, StepEnd};
use crate::world::World;

/// Called whenever a scenario has ended.
pub type Progress<'a> = &'a dyn Fn(&Place, &ScenarioRun);

/// Hands over features that are parsed already.
#[derive(Debug)]
pub(super) struct Embedded;

impl Parser<Vec<gherkin::Feature>> for Embedded {
    type Cli = cli::Empty;
    type Output = Iter<std::vec::IntoIter<parser::Result<gherkin::Feature>>>;

    fn parse(self, features: Vec<gherkin::Feature>, _: cli::Empty) -> Self::Output {
        stream::iter(features.into_iter().map(Ok).collect::<Vec<_>>())
    }
}

/// Collects what became of each step.
pub(super) struct Collector<'a> {
    runs: Rc<RefCell<Runs>>,
    progress: Progress<'a>,
    started: HashMap<Place, Instant>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(runs: Rc<RefCell<Runs>>, progress: Progress<'a>) -> Self {
        Self {
            runs,
            progress,
            started: HashMap::new(),
        }
    }

    fn step(&self, place: Place, line: usize, event: event::Step<World>) {
        let end = match event {
            event::Step::Started => return,
            event::Step::Skipped => StepEnd::Skipped,
            event::Step::Passed(..) => StepEnd::Passed,
            event::Step::Failed(_, _, _, error) => StepEnd::Failed(error.to_string()),
        };
        self.runs
            .borrow_mut()
            .entry(place)
            .or_default()
            .steps
            .insert(line, end);
    }
}

/// Events are kept by their scenario's place, so that they may come in any order.
impl writer::Normalized for Collector<'_> {}

impl Writer<World> for Collector<'_> {
    type Cli = cli::Empty;

    async fn handle_event(
        &mut self,
        event: parser::Result<Event<event::Cucumber<World>>>,
        _: &cli::Empty,
    ) {
        let Ok(Event {
            value: event::Cucumber::Feature(feature, event::Feature::Scenario(scenario, event)),
            ..
        }) = event
        else {
            return;
        };
        let place = place(&feature, &scenario);
        match event.event {
            event::Scenario::Started => {
                self.started.insert(place, Instant::now());
            }
            event::Scenario::Background(step, event) | event::Scenario::Step(step, event) => {
                self.step(place, step.position.line, event);
            }
            event::Scenario::Finished => {
                let mut runs = self.runs.borrow_mut();
                let run = runs.entry(place.clone()).or_default();
                run.finished = true;
                run.duration = self
                    .started
                    .remove(&place)
                    .map_or_else(Default::default, |at| at.elapsed());
                (self.progress)(&place, run);
            }
            event::Scenario::Hook(..) | event::Scenario::Log(_) => {}
        }
    }
}

/// Where a scenario stands.
pub(super) fn place(feature: &gherkin::Feature, scenario: &gherkin::Scenario) -> Place {
    let path = feature
        .path
        .as_ref()
        .map(|path| path.to_string_lossy().into_owned());
    (path.unwrap_or_default(), scenario.position.line)
}
