//! The waker of an orchestrator's outermost future.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Wake, Waker};

/// Remembers that something the future waits for has happened.
#[derive(Debug, Default)]
pub(super) struct RootWake(AtomicBool);

impl RootWake {
    pub(super) fn new_woken() -> Arc<Self> {
        Arc::new(Self(AtomicBool::new(true)))
    }

    /// Returns whether it was woken since the last call.
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }

    pub(super) fn waker(self: &Arc<Self>) -> Waker {
        Waker::from(Arc::clone(self))
    }
}

impl Wake for RootWake {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}
