//! What scenarios posted and what became of it: what was refused must not be found later.

use std::cmp::Reverse;

use parking_lot::{Mutex, MutexGuard};
use serde_json::Value;

use crate::evidence::differences;

/// A body that a scenario posted to the collection.
#[derive(Debug, Clone)]
pub(super) struct Posted {
    /// Without what is null in it.
    pub(super) body: Value,
    /// How long it was as it was sent: of two that explain a record, the longer one says more.
    pub(super) size: usize,
    /// The requirement that the scenario is about.
    pub(super) requirement: String,
    /// The exchange, where it was refused with a 4xx; else the target may have stored it.
    pub(super) refused: Option<usize>,
}

/// A refused body that an element of the collection looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The requirement of the scenario that posted it.
    pub requirement: String,
    /// The exchange that refused it.
    pub exchange: usize,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct PostedBodies(Mutex<Vec<Posted>>);

impl PostedBodies {
    pub(super) fn all(&self) -> MutexGuard<'_, Vec<Posted>> {
        self.0.lock()
    }

    /// Notes what was posted; of a list each element, which a target may have taken for a body.
    pub(super) fn note(&self, body: &Value, requirement: &str, refused: Option<usize>) {
        match body {
            Value::Array(bodies) => {
                for body in bodies {
                    self.note(body, requirement, refused);
                }
            }
            Value::Object(_) => self.all().push(Posted {
                body: without_nulls(body),
                size: body.to_string().len(),
                requirement: requirement.to_owned(),
                refused,
            }),
            _ => {}
        }
    }

    /// The refused body that a record looks like, the one that explains most of it. A record that
    /// may as well come from a body that was not refused is none: from one of these, or from one
    /// of `explained` bytes.
    pub(super) fn refused(&self, record: &Value, explained: usize) -> Option<Refused> {
        let posts = self.all();
        let (refused, others): (Vec<_>, Vec<_>) = posts
            .iter()
            .filter(|posted| differences(&posted.body, record).is_empty())
            .partition(|posted| posted.refused.is_some());
        let rank = |posted: &&Posted| (posted.size, Reverse(posted.requirement.clone()));
        let best = refused.into_iter().max_by_key(rank)?;
        let others = others.iter().map(|other| other.size);
        if others.max().unwrap_or_default().max(explained) >= best.size {
            return None;
        }
        Some(Refused {
            requirement: best.requirement.clone(),
            exchange: best.refused?,
        })
    }
}

/// Null is as good as absent: a target may drop it when it stores a record.
pub(super) fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(attributes) => attributes
            .iter()
            .filter(|(_, attribute)| !attribute.is_null())
            .map(|(name, attribute)| (name.clone(), without_nulls(attribute)))
            .collect(),
        Value::Array(items) => items.iter().map(without_nulls).collect(),
        other => other.clone(),
    }
}

/// Whether a text stands anywhere in a value.
pub(super) fn holds_text(value: &Value, text: &str) -> bool {
    match value {
        Value::String(found) => found.contains(text),
        Value::Array(items) => items.iter().any(|item| holds_text(item, text)),
        Value::Object(attributes) => attributes
            .values()
            .any(|attribute| holds_text(attribute, text)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_record_looks_like_the_refused_body_that_explains_most_of_it() {
        let posts = PostedBodies::default();
        posts.note(&json!({"reason": "a"}), "R-1", Some(1));
        posts.note(
            &json!([{"reason": "a", "channel": [{"id": null}]}]),
            "R-2",
            Some(2),
        );
        let ghost = json!({"id": "7", "reason": "a", "channel": [{}]});
        let found = posts.refused(&ghost, 0).unwrap();
        assert_eq!((found.requirement.as_str(), found.exchange), ("R-2", 2));
        assert_eq!(posts.refused(&json!({"reason": "b"}), 0), None);
    }

    #[test]
    fn a_record_that_a_body_without_a_refusal_explains_as_well_is_none() {
        let posts = PostedBodies::default();
        posts.note(&json!({"reason": "a"}), "R-1", Some(1));
        posts.note(&json!({"reason": "a", "note": "x"}), "R-1", None);
        let both = json!({"reason": "a", "note": "x", "id": "1"});
        assert_eq!(posts.refused(&both, 0), None);
        let refused = json!({"reason": "a", "id": "1"});
        assert!(posts.refused(&refused, 0).is_some());
        assert_eq!(posts.refused(&refused, 100), None);
    }
}
