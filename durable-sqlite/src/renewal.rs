//! Whether a worker's lease is renewed: said by the worker's handle, asked by the writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

/// The renewal of one worker's lease. All clones are one.
///
/// A request to the writer would come too late: the writer may be in a transaction that reads the clock after the worker
/// has gone, and renews its lease from there on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Renewal(Arc<AtomicBool>);

impl Renewal {
    /// Stops it for good. Returns whether it had not been stopped before.
    pub(crate) fn stop(&self) -> bool {
        !self.0.swap(true, SeqCst)
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.0.load(SeqCst)
    }
}
