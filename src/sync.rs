//! A lock that can always be taken.

use std::sync::{MutexGuard, PoisonError};

/// A mutex without poisoning. The standard one is poisoned when a check panics while it holds the
/// lock. The data behind our locks are whole at every moment, so the other checks go on.
#[derive(Debug, Default)]
pub struct Mutex<T>(std::sync::Mutex<T>);

impl<T> Mutex<T> {
    /// A lock around a value.
    pub const fn new(value: T) -> Self {
        Self(std::sync::Mutex::new(value))
    }

    /// Waits for the lock and takes it.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
