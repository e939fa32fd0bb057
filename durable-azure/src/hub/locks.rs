//! One change of an instance at a time, within this node. Other nodes are fenced by etags.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use durable_core::InstanceId;
use tokio::sync::OwnedMutexGuard;

/// The locks of the instances that are being changed.
#[derive(Debug, Default)]
pub(crate) struct Locks(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    locks: HashMap<InstanceId, Weak<tokio::sync::Mutex<()>>>,
    /// Locks that nobody has any more are swept out when the table has grown to this.
    sweep_at: usize,
}

/// At least so many locks are kept before any is swept out.
const FEW: usize = 256;

impl Locks {
    /// Waits until nobody else changes the instance. Those who wait get their turns in order.
    pub(crate) async fn lock(&self, id: &InstanceId) -> OwnedMutexGuard<()> {
        let lock = {
            let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if table.locks.len() >= table.sweep_at {
                table.locks.retain(|_, lock| lock.strong_count() > 0);
                table.sweep_at = (table.locks.len() * 2).max(FEW);
            }
            let slot = table.locks.entry(id.clone()).or_default();
            if let Some(lock) = slot.upgrade() {
                lock
            } else {
                let lock = Arc::default();
                *slot = Arc::downgrade(&lock);
                lock
            }
        };
        lock.lock_owned().await
    }
}
