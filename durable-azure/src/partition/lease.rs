//! What a node may do with a queue at a moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use durable_core::Timestamp;

/// A node's right to a control queue, from the claim of its row to the end of the ownership. Cheap to clone; all clones
/// are one lease.
///
/// It is asked before each look into the queue and before work is handed out: events may come late, above all in a
/// process that stood still, but the lease is over by the clock whether or not anybody has said so.
#[derive(Debug, Clone)]
pub(crate) struct QueueLease(Arc<State>);

#[derive(Debug)]
struct State {
    /// In microseconds since 1970; the row's `ExpiresAt` as this node last wrote it.
    end: AtomicI64,
    is_draining: AtomicBool,
}

impl QueueLease {
    pub(crate) fn new(end: Timestamp) -> Self {
        Self(Arc::new(State {
            end: AtomicI64::new(end.as_micros()),
            is_draining: AtomicBool::new(false),
        }))
    }

    /// Returns whether the node owns the queue: it may end what it has begun.
    pub(crate) fn is_owned(&self, now: Timestamp) -> bool {
        now < self.end()
    }

    /// Returns whether the node may take messages from the queue, and begin work of it.
    pub(crate) fn may_take(&self, now: Timestamp) -> bool {
        self.is_owned(now) && !self.0.is_draining.load(Ordering::Acquire)
    }

    /// Returns when it is over unless it is renewed.
    pub(crate) fn end(&self) -> Timestamp {
        Timestamp::from_micros(self.0.end.load(Ordering::Acquire))
    }

    pub(super) fn extend(&self, end: Timestamp) {
        self.0.end.store(end.as_micros(), Ordering::Release);
    }

    pub(super) fn drain(&self) {
        self.0.is_draining.store(true, Ordering::Release);
    }

    /// Takes back a drain.
    pub(super) fn resume(&self) {
        self.0.is_draining.store(false, Ordering::Release);
    }

    /// Ends it at once and for good, for all who hold a clone.
    pub(super) fn give_up(&self) {
        self.0.end.store(i64::MIN, Ordering::Release);
    }
}
