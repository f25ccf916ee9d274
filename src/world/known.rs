//! Bodies that were read a short while ago. A target is asked for the same again and again, for its
//! whole list above all, and what is the same byte for byte need not be read twice.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use serde_json::Value;

/// So many bodies are remembered.
const MOST: usize = 32;

/// So many bytes they have together; as trees they take some times as many.
const MOST_BYTES: usize = 256 * 1024;

/// The bodies that were read last, and what they say: the latest first.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<VecDeque<(Bytes, Arc<Value>)>>);

impl Known {
    /// What a body says, from `read` where it is not known.
    ///
    /// # Errors
    ///
    /// Those of `read`, of which nothing is remembered.
    pub(super) fn tree<E>(
        &self,
        body: &Bytes,
        read: impl FnOnce() -> Result<Value, E>,
    ) -> Result<Arc<Value>, E> {
        let known = self.take(body);
        let tree = known.map_or_else(|| read().map(Arc::new), Ok)?;
        self.remember(body, &tree);
        Ok(tree)
    }

    fn take(&self, body: &Bytes) -> Option<Arc<Value>> {
        let mut bodies = self.0.lock();
        let place = bodies.iter().position(|(known, _)| known == body)?;
        bodies.remove(place).map(|(_, tree)| tree)
    }

    fn remember(&self, body: &Bytes, tree: &Arc<Value>) {
        if body.len() > MOST_BYTES {
            return;
        }
        let mut bodies = self.0.lock();
        bodies.push_front((body.clone(), Arc::clone(tree)));
        let sizes = |bodies: &VecDeque<(Bytes, _)>| -> usize {
            bodies.iter().map(|(body, _)| body.len()).sum()
        };
        while bodies.len() > MOST || sizes(&bodies) > MOST_BYTES {
            bodies.pop_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a body says, and whether it had to be read.
    fn read(known: &Known, body: &str) -> (Arc<Value>, bool) {
        let mut fresh = false;
        let tree = known.tree(&Bytes::from(body.to_owned()), || {
            fresh = true;
            serde_json::from_str(body)
        });
        (tree.unwrap(), fresh)
    }

    #[test]
    fn what_is_the_same_is_read_once() {
        let known = Known::default();
        let (first, fresh) = read(&known, "[1]");
        assert!(fresh);
        assert!(read(&known, "[2]").1, "of the same length, and another");
        let (second, fresh) = read(&known, "[1]");
        assert!(!fresh && Arc::ptr_eq(&first, &second));
        let broken = known.tree(&Bytes::from("["), || serde_json::from_str("["));
        assert!(broken.is_err());
    }

    #[test]
    fn the_latest_are_remembered_as_far_as_there_is_room() {
        let known = Known::default();
        let body = |number: usize| format!("{number:>4}");
        for number in 0..MOST {
            read(&known, &body(number));
        }
        assert!(!read(&known, &body(0)).1, "it is the latest again");
        read(&known, "true");
        assert!(!read(&known, &body(0)).1 && read(&known, &body(1)).1);
        let large = " ".repeat(MOST_BYTES - 4) + "true";
        read(&known, &large);
        assert!(!read(&known, &large).1 && read(&known, &body(0)).1);
        assert!(read(&known, &large).1, "there is no room for both");
        let larger = format!("{large} ");
        read(&known, &larger);
        assert!(read(&known, &larger).1 && !read(&known, &large).1);
    }
}
