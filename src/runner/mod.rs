//! Cucumber in, scenario runs out.
//!
//! Cucumber drives the steps; what they found out is harvested from the world in the `after` hook,
//! what became of each step comes from its events. Both are joined by the scenario's place.

mod events;
mod lint;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use cucumber::step::Collection;
use cucumber::{Cucumber, World as _, runner::Basic};
use futures_util::FutureExt as _;

pub use self::events::Progress;
use self::events::place;
use crate::evidence::{Place, Runs};
use crate::plan::{Phase, Plan};
use crate::world::{Context, Entered, World};

type Shared = Rc<RefCell<Runs>>;

/// All steps. Cucumber compiles their expressions each time that it is asked for them: once is
/// enough.
static STEPS: LazyLock<Collection<World>> = LazyLock::new(World::collection);

/// Compiles the expressions of all steps. Not needed, but on another thread this saves time.
pub fn warm_up() {
    LazyLock::force(&STEPS);
}

/// Runs the steps of a plan.
#[derive(Debug, Default)]
pub struct Runner {
    runs: Shared,
}

impl Runner {
    /// The runs so far; also those of a run that was interrupted.
    pub fn take_runs(&self) -> Runs {
        std::mem::take(&mut self.runs.borrow_mut())
    }

    /// Changes what became of the scenarios that have run.
    pub fn change_runs<T>(&self, change: impl FnOnce(&mut Runs) -> T) -> T {
        change(&mut self.runs.borrow_mut())
    }

    /// Checks that each step of the plan is defined, and once, and names only what there is; no
    /// request is sent. Of a pack's own features a test shows it, so that only those of the user
    /// are checked before they run.
    pub fn lint(&self, plan: &Plan, context: &Context) -> Result<(), crate::pack::PackError> {
        lint::lint(plan, context, &STEPS)
    }

    /// Runs one phase. Returns when its last scenario has ended; dropping the future stops it.
    pub async fn run(
        &self,
        context: &Arc<Context>,
        plan: &Plan,
        phase: Phase,
        progress: Progress<'_>,
    ) {
        let features = plan.features(phase);
        if features.is_empty() {
            return;
        }
        let _entered = Entered::new(Arc::clone(context));
        let _hook = PanicHook::quiet();
        let specs: HashMap<Place, _> = plan
            .scenarios
            .iter()
            .map(|planned| {
                (
                    (planned.path.clone(), planned.spec.line),
                    planned.spec.clone(),
                )
            })
            .collect();
        let specs = Rc::new(specs);
        let harvest = Rc::clone(&self.runs);
        let concurrency = if phase.concurrent() {
            context.concurrency()
        } else {
            1
        };
        let basic = Basic::<World>::default()
            .max_concurrent_scenarios(Some(concurrency))
            .steps(STEPS.clone())
            .before(move |feature, _, scenario, world| {
                let spec = specs.get(&place(feature, scenario)).cloned();
                async move { world.spec = spec }.boxed_local()
            })
            .after(move |feature, _, scenario, _, world| {
                let (harvest, place) = (Rc::clone(&harvest), place(feature, scenario));
                async move {
                    if let Some(world) = world {
                        world.recheck_existing().await;
                        let evidence = world.end();
                        harvest.borrow_mut().entry(place).or_default().evidence = evidence;
                    }
                }
                .boxed_local()
            });
        let writer = events::Collector::new(Rc::clone(&self.runs), progress);
        Cucumber::<_, _, _, _, _, cucumber::cli::Empty>::custom(events::Embedded, basic, writer)
            .with_default_cli()
            .run(features)
            .await;
    }
}

/// Cucumber replaces the process's panic hook while it runs and may be dropped in the middle:
/// whatever happens, the hook that was there is put back.
struct PanicHook(Option<Hook>);

type Hook = Box<dyn Fn(&std::panic::PanicHookInfo<'_>) + Sync + Send>;

impl PanicHook {
    fn quiet() -> Self {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(|_| {}));
        Self(Some(before))
    }
}

impl Drop for PanicHook {
    fn drop(&mut self) {
        if let Some(before) = self.0.take() {
            // Setting a hook while panicking would abort.
            if !std::thread::panicking() {
                std::panic::set_hook(before);
            }
        }
    }
}
