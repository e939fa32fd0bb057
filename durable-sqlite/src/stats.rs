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
    /// Rows that were inserted, changed or removed, as SQLite counts them.
    pub rows: u64,
    /// Requests that the writer took: starts, signals, turns, fetches and the like.
    pub requests: u64,
    /// Instances that belonged to a worker of this process from their start on, and were handed out with it.
    pub starts_taken: u64,
    /// First turns that were stored in the transaction of their start.
    pub first_turns_joined: u64,
    /// Turns that were stored without a read.
    pub turns_unread: u64,
    /// Timers whose events went to the owners of their instances at once, and not by way of the inbox.
    pub timers_direct: u64,
    /// Waits for an end that were answered with the record at hand, without a read.
    pub ends_unread: u64,
    /// Checkpoints that were made.
    pub checkpoints: u64,
    /// Why the latest checkpoint failed, if it did. The log then grows until one succeeds.
    pub checkpoint_error: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) commits: AtomicU64,
    pub(crate) rows: AtomicU64,
    pub(crate) requests: AtomicU64,
    pub(crate) starts_taken: AtomicU64,
    pub(crate) first_turns_joined: AtomicU64,
    pub(crate) turns_unread: AtomicU64,
    pub(crate) timers_direct: AtomicU64,
    pub(crate) ends_unread: AtomicU64,
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
            rows: self.rows.load(Relaxed),
            requests: self.requests.load(Relaxed),
            starts_taken: self.starts_taken.load(Relaxed),
            first_turns_joined: self.first_turns_joined.load(Relaxed),
            turns_unread: self.turns_unread.load(Relaxed),
            timers_direct: self.timers_direct.load(Relaxed),
            ends_unread: self.ends_unread.load(Relaxed),
            checkpoints: self.checkpoints.load(Relaxed),
            checkpoint_error: error.clone(),
        }
    }
}
