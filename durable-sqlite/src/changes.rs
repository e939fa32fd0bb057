//! Who waits for which instance to change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use durable_core::InstanceId;
use tokio::sync::watch;

/// What happened to an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// Its record is another.
    Progress,
    /// It has ended, or is gone. Its record is another, too.
    End,
}

/// The instances that somebody watches. Whoever waits for the end is not woken by every turn.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    progress: Watchers,
    ends: Watchers,
}

type Watchers = Mutex<HashMap<InstanceId, watch::Sender<u64>>>;

/// One watch of one instance. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Subscription {
    changes: Arc<Changes>,
    to: Change,
    instance: InstanceId,
    receiver: watch::Receiver<u64>,
}

impl Changes {
    /// Begins to watch for a change. What changes after this call is not missed.
    pub(crate) fn subscribe(self: &Arc<Self>, instance: &InstanceId, to: Change) -> Subscription {
        let mut watched = self.watchers(to);
        let sender = watched
            .entry(instance.clone())
            .or_insert_with(|| watch::Sender::new(0));
        Subscription {
            changes: Arc::clone(self),
            to,
            instance: instance.clone(),
            receiver: sender.subscribe(),
        }
    }

    pub(crate) fn publish(&self, changed: &[(InstanceId, Change)]) {
        if changed.is_empty() {
            return;
        }
        let all = changed.iter().map(|(instance, _)| instance);
        let ended = changed.iter().filter(|(_, change)| *change == Change::End);
        wake(&self.watchers(Change::Progress), all);
        wake(&self.watchers(Change::End), ended.map(|(instance, _)| instance));
    }

    /// Wakes everyone: what changed is not known, or nothing will change any more.
    pub(crate) fn publish_all(&self) {
        for to in [Change::Progress, Change::End] {
            for sender in self.watchers(to).values() {
                sender.send_modify(|count| *count += 1);
            }
        }
    }

    fn watchers(&self, to: Change) -> MutexGuard<'_, HashMap<InstanceId, watch::Sender<u64>>> {
        let watchers = match to {
            Change::Progress => &self.progress,
            Change::End => &self.ends,
        };
        watchers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn wake<'a>(
    watched: &HashMap<InstanceId, watch::Sender<u64>>,
    instances: impl Iterator<Item = &'a InstanceId>,
) {
    if watched.is_empty() {
        return;
    }
    for sender in instances.filter_map(|instance| watched.get(instance)) {
        sender.send_modify(|count| *count += 1);
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
        let mut watched = self.changes.watchers(self.to);
        // This one is still counted.
        if watched
            .get(&self.instance)
            .is_some_and(|sender| sender.receiver_count() <= 1)
        {
            watched.remove(&self.instance);
        }
    }
}
