//! Where a fault or a variant takes effect: the decision points of the server.
//!
//! The server itself knows no fault. At each of its decision points it asks its [`Behaviour`],
//! which for a clean server changes nothing. So a fault is one small closure in a table.

use std::fmt;
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

/// Defines the effects: for each its variant, which holds what is done at which decision point,
/// and the function that makes it of a closure.
macro_rules! effects {
    ($(
        $(#[$doc:meta])*
        $variant:ident, $make:ident $([$point:ident: $of:ty])?
            ($($argument:ty),*) $(-> $result:ty)?;
    )*) => {
        /// One thing that is done differently, at one decision point.
        pub(super) enum Effect {
            $(
                $(#[$doc])*
                $variant($($of,)? Box<dyn Fn($($argument),*) $(-> $result)? + Send + Sync>),
            )*
        }
        $(
            $(#[$doc])*
            pub(super) fn $make(
                $($point: $of,)?
                act: impl Fn($($argument),*) $(-> $result)? + Send + Sync + 'static,
            ) -> Effect {
                Effect::$variant($($point,)? Box::new(act))
            }
        )*
    };
}

effects! {
    /// Changes the request before anything is done with it.
    OnRequest, on_request (&mut Call);
    /// Answers in the place of the operation.
    Answer, answer (&Call, &mut Store) -> Option<Reply>;
    /// Overlooks what is wrong with the body of an operation, which is the second.
    Overlook, overlook [operation: Operation] (&Violation, &Object) -> bool;
    /// Refuses a correct body of an operation.
    Demand, demand [operation: Operation] (&Object) -> Option<Violation>;
    /// Gives a new record another id than a random one.
    Identify, identify (&Call, &mut Store) -> String;
    /// Changes a new record before it is stored; the second is the body as it was sent.
    OnStore, on_store (&mut Object, &Object, &Call);
    /// Changes a patched record before it is stored; then come the record as it was and the patch.
    OnPatch, on_patch (&mut Object, &Object, &Object);
    /// Changes a full representation before it is shown.
    OnShow, on_show [views: &'static [View]] (&mut Object, &Call);
    /// Changes what attribute selection leaves; the second is the full representation.
    OnSelect, on_select [views: &'static [View]] (&mut Object, &Object, &Selection);
    /// Decides whether a record passes one test of a filter.
    OnCompare, on_compare (&Test, &Object) -> Option<bool>;
    /// Decides by the results of all criteria whether a record matches.
    OnCombine, on_combine (&[bool]) -> bool;
    /// Changes the matches of a list request before they are counted and cut into pages.
    OnMatches, on_matches (&Call, &mut Vec<Arc<Record>>, &Store);
    /// Changes the finished answer.
    OnResponse, on_response (&Call, &mut Reply);
    /// Changes an event on its way to a listener.
    OnPublish, on_publish (&mut Notice, &Subscription);
    /// Sends listeners an event that they should not get, after a request and its answer.
    SpuriousEvent, spurious_event (&Call, &Reply) -> Option<(Happening, Object)>;
}

impl fmt::Debug for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Effect").finish_non_exhaustive()
    }
}

/// The effects of all faults and variants of a server, in their order.
#[derive(Debug, Default)]
pub(super) struct Behaviour {
    effects: Vec<&'static Effect>,
}

impl Behaviour {
    /// The behaviour with these effects.
    pub(super) fn new(effects: Vec<&'static Effect>) -> Self {
        Self { effects }
    }

    /// See [`Effect::OnRequest`].
    pub(super) fn on_request(&self, call: &mut Call) {
        for effect in &self.effects {
            if let Effect::OnRequest(change) = effect {
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
    pub(super) fn overlooks(
        &self,
        operation: Operation,
        violation: &Violation,
        body: &Object,
    ) -> bool {
        self.effects.iter().any(|effect| match effect {
            Effect::Overlook(asked, overlooks) => *asked == operation && overlooks(violation, body),
            _ => false,
        })
    }

    /// See [`Effect::Demand`].
    pub(super) fn demands(&self, operation: Operation, body: &Object) -> Vec<Violation> {
        let demand = |effect: &&'static Effect| match effect {
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

    /// See [`Effect::OnStore`].
    pub(super) fn on_store(&self, record: &mut Object, sent: &Object, call: &Call) {
        for effect in &self.effects {
            if let Effect::OnStore(change) = effect {
                change(record, sent, call);
            }
        }
    }

    /// See [`Effect::OnPatch`].
    pub(super) fn on_patch(&self, after: &mut Object, before: &Object, patch: &Object) {
        for effect in &self.effects {
            if let Effect::OnPatch(change) = effect {
                change(after, before, patch);
            }
        }
    }

    /// Whether representations are shown there as they are stored.
    pub(super) fn shows_all(&self, view: View) -> bool {
        !self
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::OnShow(views, _) if views.contains(&view)))
    }

    /// See [`Effect::OnShow`].
    pub(super) fn on_show(&self, view: View, record: &mut Object, call: &Call) {
        for effect in &self.effects {
            match effect {
                Effect::OnShow(views, change) if views.contains(&view) => change(record, call),
                _ => {}
            }
        }
    }

    /// See [`Effect::OnSelect`].
    pub(super) fn on_select(
        &self,
        view: View,
        selected: &mut Object,
        full: &Object,
        selection: &Selection,
    ) {
        for effect in &self.effects {
            match effect {
                Effect::OnSelect(views, change) if views.contains(&view) => {
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
            .any(|effect| matches!(effect, Effect::OnCompare(_) | Effect::OnCombine(_)))
    }

    /// See [`Effect::OnCompare`].
    pub(super) fn on_compare(&self, test: &Test, record: &Object) -> bool {
        let decided = self.effects.iter().find_map(|effect| match effect {
            Effect::OnCompare(decide) => decide(test, record),
            _ => None,
        });
        decided.unwrap_or_else(|| test.holds(record))
    }

    /// See [`Effect::OnCombine`].
    pub(super) fn on_combine(&self, results: &[bool]) -> bool {
        let combine = self.effects.iter().find_map(|effect| match effect {
            Effect::OnCombine(combine) => Some(combine),
            _ => None,
        });
        match combine {
            Some(combine) => combine(results),
            None => results.iter().all(|holds| *holds),
        }
    }

    /// See [`Effect::OnMatches`].
    pub(super) fn on_matches(&self, call: &Call, found: &mut Vec<Arc<Record>>, all: &Store) {
        for effect in &self.effects {
            if let Effect::OnMatches(change) = effect {
                change(call, found, all);
            }
        }
    }

    /// See [`Effect::OnResponse`].
    pub(super) fn on_response(&self, call: &Call, reply: &mut Reply) {
        for effect in &self.effects {
            if let Effect::OnResponse(change) = effect {
                change(call, reply);
            }
        }
    }

    /// See [`Effect::OnPublish`].
    pub(super) fn on_publish(&self, notice: &mut Notice, subscription: &Subscription) {
        for effect in &self.effects {
            if let Effect::OnPublish(change) = effect {
                change(notice, subscription);
            }
        }
    }

    /// See [`Effect::SpuriousEvent`].
    pub(super) fn spurious_event(&self, call: &Call, reply: &Reply) -> Option<(Happening, Object)> {
        self.effects.iter().find_map(|effect| match effect {
            Effect::SpuriousEvent(invent) => invent(call, reply),
            _ => None,
        })
    }
}
