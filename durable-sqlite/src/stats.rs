//! Counters of the writer.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What a hub has done since it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SqliteStats {
    /// Transactions that were stored.
    pub commits: u64,
    /// Requests that the writer took: starts, signals, turns, fetches and the like.
    pub requests: u64,
    /// Checkpoints that were made.
    pub checkpoints: u64,
    /// Why the latest checkpoint failed, if it did. The log then grows until one succeeds.
    pub checkpoint_error: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) commits: AtomicU64,
    pub(crate) requests: AtomicU64,
    pub(crate) checkpoints: AtomicU64,
    pub(crate) checkpoint_error: Mutex<Option<String>>,
}

impl Counters {
    pub(crate) fn stats(&self) -> SqliteStats {
        let error = self
            .checkpoint_error
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        SqliteStats {
            commits: self.commits.load(Relaxed),
            requests: self.requests.load(Relaxed),
            checkpoints: self.checkpoints.load(Relaxed),
            checkpoint_error: error.clone(),
        }
    }
}
