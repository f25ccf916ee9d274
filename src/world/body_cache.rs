//! Bodies that were read a short while ago. A target is asked for the same again and again, for its
//! whole list above all, and what is the same byte for byte need not be read twice.

use std::num::NonZero;
use std::sync::Arc;

use bytes::Bytes;
use lru::LruCache;
use parking_lot::Mutex;
use serde_json::Value;

/// The most bodies that are kept.
const MOST: NonZero<usize> = NonZero::new(32).unwrap();

/// The most bytes that they have together; as trees they take some times as many.
const MOST_BYTES: usize = 256 * 1024;

/// The bodies that were used last, and what they say.
#[derive(Debug)]
pub(super) struct BodyCache(Mutex<LruCache<Bytes, Arc<Value>>>);

impl Default for BodyCache {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }
}

impl BodyCache {
    /// What a body says, from `read` where it is not kept.
    ///
    /// # Errors
    ///
    /// Those of `read`, of which nothing is kept.
    pub(super) fn tree<E>(
        &self,
        body: &Bytes,
        read: impl FnOnce() -> Result<Value, E>,
    ) -> Result<Arc<Value>, E> {
        if let Some(tree) = self.0.lock().get(body) {
            return Ok(Arc::clone(tree));
        }
        let tree = Arc::new(read()?);
        if body.len() <= MOST_BYTES {
            let mut bodies = self.0.lock();
            bodies.put(body.clone(), Arc::clone(&tree));
            while bodies.iter().map(|(body, _)| body.len()).sum::<usize>() > MOST_BYTES {
                bodies.pop_lru();
            }
        }
        Ok(tree)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a body says, and whether it had to be read.
    fn read(cache: &BodyCache, body: &str) -> (Arc<Value>, bool) {
        let mut fresh = false;
        let tree = cache.tree(&Bytes::from(body.to_owned()), || {
            fresh = true;
            serde_json::from_str(body)
        });
        (tree.unwrap(), fresh)
    }

    #[test]
    fn equal_bodies_are_read_once() {
        let cache = BodyCache::default();
        let (first, fresh) = read(&cache, "[1]");
        assert!(fresh);
        assert!(read(&cache, "[2]").1, "of the same length, and another");
        let (second, fresh) = read(&cache, "[1]");
        assert!(!fresh && Arc::ptr_eq(&first, &second));
        let broken = cache.tree(&Bytes::from("["), || serde_json::from_str("["));
        assert!(broken.is_err());
    }

    #[test]
    fn the_latest_are_kept_as_long_as_all_of_them_fit() {
        let cache = BodyCache::default();
        let (large, other) = (" ".repeat(MOST_BYTES - 8) + "true", "null");
        read(&cache, &large);
        read(&cache, other);
        assert!(!read(&cache, &large).1 && !read(&cache, other).1);
        read(&cache, "[1]");
        assert!(!read(&cache, other).1 && read(&cache, &large).1);
        let larger = format!("{large}     ");
        read(&cache, &larger);
        assert!(read(&cache, &larger).1, "too large by itself");
    }
}
