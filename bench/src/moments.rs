//! When each step ran.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// When each step ran. Every app has it as shared state: a worker is refused if a function of its binary lacks its own.
#[derive(Debug, Clone, Default)]
pub(crate) struct Moments(Arc<Mutex<Vec<Instant>>>);

impl Moments {
    /// Notes that a step runs now.
    pub(crate) fn add(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(Instant::now());
    }

    /// Returns all that was noted.
    pub(crate) fn all(&self) -> Vec<Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
