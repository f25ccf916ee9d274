//! Where a fault or a variant takes effect: the decision points of the server.
//!
//! The server itself knows no fault. At each of its decision points it asks its [`Behaviour`],
//! which for a clean server has nothing to say. So a fault is one small function in a table.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::call::{Call, Operation};
use super::events::{Happening, Notice};
use super::model::Violation;
use super::query::{Selection, Test};
use super::reply::Reply;
use super::store::{Record, Store, Subscription};

/// A JSON object.
pub(super) type Object = Map<String, Value>;

/// Where a representation is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// In the answer to a create.
    Created,
    /// In the answer to a retrieval by id.
    Retrieved,
    /// As an element of a list.
    Listed,
    /// In the answer to a patch.
    Patched,
    /// In an event.
    Published,
}

/// All answers that show a representation.
pub(super) const ANSWERS: &[View] = &[View::Created, View::Retrieved, View::Listed, View::Patched];
/// The answers to reading requests.
pub(super) const READS: &[View] = &[View::Retrieved, View::Listed];
/// Only the answer to a create.
pub(super) const CREATED: &[View] = &[View::Created];
/// Only the answer to a retrieval by id.
pub(super) const RETRIEVED: &[View] = &[View::Retrieved];
/// Only the answer to a patch.
pub(super) const PATCHED: &[View] = &[View::Patched];
/// Only events.
pub(super) const PUBLISHED: &[View] = &[View::Published];
/// Only the elements of a list.
pub(super) const LISTED: &[View] = &[View::Listed];

/// One thing that is done differently, at one decision point.
#[derive(Debug, Clone, Copy)]
pub(super) enum Effect {
    /// Changes the request before anything is done with it.
    Misread(fn(&mut Call)),
    /// Answers in the place of the operation.
    Answer(fn(&Call, &mut Store) -> Option<Reply>),
    /// Overlooks what is wrong with the body of an operation.
    Overlook(Operation, fn(&Violation) -> bool),
    /// Finds fault with a correct body of an operation.
    Demand(Operation, fn(&Object) -> Option<Violation>),
    /// Gives a new record another id than a random one.
    Identify(fn(&Call, &mut Store) -> String),
    /// Changes a new record before it is stored; the second is the body as it was sent.
    Keep(fn(&mut Object, &Object, &Call)),
    /// Changes a patched record before it is stored; then come the record as it was and the patch.
    Revise(fn(&mut Object, &Object, &Object)),
    /// Changes a full representation before it is shown.
    Show(&'static [View], fn(&mut Object, &Call)),
    /// Changes what attribute selection leaves; the second is the full representation.
    Select(&'static [View], fn(&mut Object, &Object, &Selection)),
    /// Decides whether a record passes one test of a filter.
    Compare(fn(&Test, &Object) -> Option<bool>),
    /// Decides by the results of all criteria whether a record matches.
    Combine(fn(&[bool]) -> bool),
    /// Changes the matches of a list request before they are counted and cut into pages.
    Match(fn(&Call, &mut Vec<Arc<Record>>, &Store)),
    /// Changes the finished answer.
    Finish(fn(&Call, &mut Reply)),
    /// Changes an event on its way to a listener.
    Publish(fn(&mut Notice, &Subscription)),
    /// Tells listeners of what they should not hear: a request and its answer.
    Invent(fn(&Call, &Reply) -> Option<(Happening, Object)>),
}

/// The effects of all faults and variants of a server, in their order.
#[derive(Debug, Default)]
pub(super) struct Behaviour {
    effects: Vec<Effect>,
}

impl Behaviour {
    /// The behaviour with these effects.
    pub(super) fn new(effects: Vec<Effect>) -> Self {
        Self { effects }
    }

    /// See [`Effect::Misread`].
    pub(super) fn misread(&self, call: &mut Call) {
        for effect in &self.effects {
            if let Effect::Misread(change) = effect {
                change(call);
            }
        }
    }

    /// See [`Effect::Answer`].
    pub(super) fn answer(&self, call: &Call, store: &mut Store) -> Option<Reply> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Answer(answer) => answer(call, store),
            _ => None,
        })
    }

    /// See [`Effect::Overlook`].
    pub(super) fn overlooks(&self, operation: Operation, violation: &Violation) -> bool {
        self.effects.iter().any(|effect| match effect {
            Effect::Overlook(asked, overlooks) => *asked == operation && overlooks(violation),
            _ => false,
        })
    }

    /// See [`Effect::Demand`].
    pub(super) fn demands(&self, operation: Operation, body: &Object) -> Vec<Violation> {
        let demand = |effect: &Effect| match effect {
            Effect::Demand(asked, demand) if *asked == operation => demand(body),
            _ => None,
        };
        self.effects.iter().filter_map(demand).collect()
    }

    /// See [`Effect::Identify`].
    pub(super) fn new_id(&self, call: &Call, store: &mut Store) -> String {
        let identify = self.effects.iter().find_map(|effect| match effect {
            Effect::Identify(identify) => Some(identify),
            _ => None,
        });
        match identify {
            Some(identify) => identify(call, store),
            None => store.new_id(),
        }
    }

    /// See [`Effect::Keep`].
    pub(super) fn keep(&self, record: &mut Object, sent: &Object, call: &Call) {
        for effect in &self.effects {
            if let Effect::Keep(change) = effect {
                change(record, sent, call);
            }
        }
    }

    /// See [`Effect::Revise`].
    pub(super) fn revise(&self, after: &mut Object, before: &Object, patch: &Object) {
        for effect in &self.effects {
            if let Effect::Revise(change) = effect {
                change(after, before, patch);
            }
        }
    }

    /// Whether representations are shown there as they are stored.
    pub(super) fn shows_all(&self, view: View) -> bool {
        !self
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Show(views, _) if views.contains(&view)))
    }

    /// See [`Effect::Show`].
    pub(super) fn show(&self, view: View, record: &mut Object, call: &Call) {
        for effect in &self.effects {
            match effect {
                Effect::Show(views, change) if views.contains(&view) => change(record, call),
                _ => {}
            }
        }
    }

    /// See [`Effect::Select`].
    pub(super) fn select(
        &self,
        view: View,
        selected: &mut Object,
        full: &Object,
        selection: &Selection,
    ) {
        for effect in &self.effects {
            match effect {
                Effect::Select(views, change) if views.contains(&view) => {
                    change(selected, full, selection);
                }
                _ => {}
            }
        }
    }

    /// Whether filters do what they should.
    pub(super) fn filters_plainly(&self) -> bool {
        !self
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Compare(_) | Effect::Combine(_)))
    }

    /// See [`Effect::Compare`].
    pub(super) fn compare(&self, test: &Test, record: &Object) -> bool {
        let decided = self.effects.iter().find_map(|effect| match effect {
            Effect::Compare(decide) => decide(test, record),
            _ => None,
        });
        decided.unwrap_or_else(|| test.holds(record))
    }

    /// See [`Effect::Combine`].
    pub(super) fn combine(&self, results: &[bool]) -> bool {
        let combine = self.effects.iter().find_map(|effect| match effect {
            Effect::Combine(combine) => Some(combine),
            _ => None,
        });
        match combine {
            Some(combine) => combine(results),
            None => results.iter().all(|holds| *holds),
        }
    }

    /// See [`Effect::Match`].
    pub(super) fn select_matches(&self, call: &Call, found: &mut Vec<Arc<Record>>, all: &Store) {
        for effect in &self.effects {
            if let Effect::Match(change) = effect {
                change(call, found, all);
            }
        }
    }

    /// See [`Effect::Finish`].
    pub(super) fn finish(&self, call: &Call, reply: &mut Reply) {
        for effect in &self.effects {
            if let Effect::Finish(change) = effect {
                change(call, reply);
            }
        }
    }

    /// See [`Effect::Publish`].
    pub(super) fn publish(&self, notice: &mut Notice, subscription: &Subscription) {
        for effect in &self.effects {
            if let Effect::Publish(change) = effect {
                change(notice, subscription);
            }
        }
    }

    /// See [`Effect::Invent`].
    pub(super) fn invent(&self, call: &Call, reply: &Reply) -> Option<(Happening, Object)> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::Invent(invent) => invent(call, reply),
            _ => None,
        })
    }
}
