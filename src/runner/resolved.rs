//! What each step of a plan is, looked up once and handed to Cucumber.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;

use cucumber::gherkin::StepType;
use cucumber::step::Collection;
use futures_util::future::LocalBoxFuture;
use regex::Regex;

use super::definitions::{Definitions, Resolution};
use crate::world::World;

thread_local! {
    /// The steps of the run on this thread. Cucumber calls plain functions, on the thread that runs
    /// it, so this is how they find what was looked up.
    static CURRENT: RefCell<Option<Rc<Resolved>>> = const { RefCell::new(None) };
}

/// The steps that were looked up, by what they are and say.
#[derive(Debug, Default)]
pub(super) struct Resolved(RefCell<HashMap<StepType, HashMap<String, Resolution>>>);

impl Resolved {
    /// What a step is, looked up unless it is known; else how many it may be, from none.
    ///
    /// Where `every` is set, each expression is tried; see [`Definitions::find`].
    pub(super) fn look_up(
        &self,
        kind: StepType,
        text: &str,
        every: bool,
    ) -> Result<Resolution, usize> {
        let mut all = self.0.borrow_mut();
        let known = all.entry(kind).or_default();
        if let Some(resolution) = known.get(text) {
            return Ok(resolution.clone());
        }
        let found = Definitions::all().find(kind, text, every)?.ok_or(0_usize)?;
        known.insert(text.to_owned(), found.clone());
        Ok(found)
    }

    /// The collection that makes Cucumber take what was looked up, until `Entered` is dropped.
    pub(super) fn enter(self: &Rc<Self>) -> (Collection<World>, Entered) {
        // Every text has a beginning: one expression for all steps.
        static ANY: LazyLock<Regex> = LazyLock::new(|| Regex::new("^").expect("it is an anchor"));
        let before = CURRENT.replace(Some(Rc::clone(self)));
        let collection = Collection::new()
            .given(None, ANY.clone(), run)
            .when(None, ANY.clone(), run)
            .then(None, ANY.clone(), run);
        (collection, Entered(before))
    }
}

/// Leaves the steps of a run, whatever happens.
pub(super) struct Entered(Option<Rc<Resolved>>);

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.replace(self.0.take());
    }
}

/// Runs a step as what it is.
fn run(world: &mut World, mut context: cucumber::step::Context) -> LocalBoxFuture<'_, ()> {
    let step = &context.step;
    let found = CURRENT.with_borrow(|current| {
        let looked_up = current.as_ref()?.look_up(step.ty, &step.value, false);
        looked_up.ok()
    });
    // A test shows that each step of a pack is defined, the lint that each of a user's is: else the
    // harness itself is wrong, and says so.
    let Some((function, matches)) = found else {
        let text = format!("the step `{}` is not defined", step.value);
        return Box::pin(async move { panic!("{text}") });
    };
    context.matches = matches;
    function(world, context)
}
