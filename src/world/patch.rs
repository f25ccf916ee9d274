//! A partial update as a scenario made it, and what it may have changed.

use std::sync::Arc;

use serde_json::Value;

use super::{Context, Reply};
use crate::evidence::{Difference, DifferenceKind, differences, merged};
use crate::terms::Severity;

/// A partial update that a scenario sent.
#[derive(Debug)]
pub struct Patch {
    /// What was sent, where it was JSON.
    pub body: Value,
    /// The record as it was read before.
    pub before: Value,
    /// What was answered.
    pub reply: Arc<Reply>,
}

impl Patch {
    /// Whether the target took it.
    pub fn accepted(&self) -> bool {
        (200..300).contains(&self.reply.answer.status)
    }

    /// Whether the patch names an attribute.
    pub fn names(&self, attribute: &str) -> bool {
        self.body.get(attribute).is_some()
    }
}

impl Context {
    /// Says that a scenario is about to ask for a change of a record. Where the rules forbid what
    /// would become of it, the record is no longer held against them: that is the scenario's own
    /// question.
    pub fn note_patch(&self, id: &str, before: &Value, patch: &Value) {
        let broken = |record: &Value| {
            let claimed = self.judge_representation(record).into_iter();
            claimed
                .filter(|claimed| claimed.at_most.is_none_or(|most| most == Severity::Fail))
                .map(|claimed| claimed.violation.place())
                .collect::<Vec<_>>()
        };
        let known = broken(before);
        let after = merged(before, patch);
        if broken(&after).iter().any(|place| !known.contains(place)) {
            self.note_unsound(id);
        }
        // What the patch removes or adds against a recommendation is not the target's doing.
        let (was, is) = (self.flaws_of_input(before), self.flaws_of_input(&after));
        let brought: Vec<_> = is.difference(&was).cloned().collect();
        self.records.note_input_flaws(id, brought);
    }

    /// Takes a record out of those that are held against the rules: what becomes of it is open.
    pub fn note_unsound(&self, id: &str) {
        self.records.note_unsound(id);
    }

    /// Takes all records out of those that are held against the rules: something that should not have
    /// been done was done to the collection, and that is judged where it was asked for.
    pub fn give_up_records(&self) {
        self.records.give_up();
    }

    /// Where a record is no longer what it was, in the attributes that the API describes: what
    /// the target adds of its own (a revision, a time stamp) is its own business.
    pub fn changes(&self, before: &Value, after: &Value) -> Vec<Difference> {
        let described = |difference: &Difference| {
            let name = difference.pointer.split('/').nth(1).unwrap_or_default();
            self.described.contains(name)
        };
        let mut changes = differences(before, after);
        let added = differences(after, before).into_iter();
        changes.extend(
            added
                .filter(|one| one.kind == DifferenceKind::Missing)
                .map(|one| Difference {
                    kind: DifferenceKind::Changed,
                    actual: one.expected,
                    expected: Value::Null,
                    pointer: one.pointer,
                }),
        );
        changes.retain(described);
        changes
    }
}
