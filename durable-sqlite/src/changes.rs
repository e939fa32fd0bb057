//! Who waits for which instance to change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use durable_core::InstanceId;
use tokio::sync::watch;

/// The instances that somebody watches.
#[derive(Debug, Default)]
pub(crate) struct Changes(Mutex<HashMap<InstanceId, watch::Sender<u64>>>);

/// One watch of one instance. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Subscription {
    changes: Arc<Changes>,
    instance: InstanceId,
    receiver: watch::Receiver<u64>,
}

impl Changes {
    /// Begins to watch. What changes after this call is not missed.
    pub(crate) fn subscribe(self: &Arc<Self>, instance: &InstanceId) -> Subscription {
        let mut watched = self.lock();
        let sender = watched
            .entry(instance.clone())
            .or_insert_with(|| watch::Sender::new(0));
        Subscription {
            changes: Arc::clone(self),
            instance: instance.clone(),
            receiver: sender.subscribe(),
        }
    }

    pub(crate) fn publish(&self, changed: &[InstanceId]) {
        if changed.is_empty() {
            return;
        }
        let watched = self.lock();
        for sender in changed.iter().filter_map(|instance| watched.get(instance)) {
            sender.send_modify(|count| *count += 1);
        }
    }

    /// Wakes everyone: what changed is not known, or nothing will change any more.
    pub(crate) fn publish_all(&self) {
        for sender in self.lock().values() {
            sender.send_modify(|count| *count += 1);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<InstanceId, watch::Sender<u64>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription {
    /// Waits for the next change. Cancel safe.
    pub(crate) async fn changed(&mut self) {
        // The sender stays in the map for as long as this subscription is there.
        let _ = self.receiver.changed().await;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut watched = self.changes.lock();
        // This one is still counted.
        if watched
            .get(&self.instance)
            .is_some_and(|sender| sender.receiver_count() <= 1)
        {
            watched.remove(&self.instance);
        }
    }
}
