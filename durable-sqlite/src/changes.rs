//! Who waits for which instance to change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use durable_core::hub::InstanceRecord;
use durable_core::{ExecutionId, InstanceId};
use tokio::sync::watch;

use crate::instance::Head;

/// What tells one start of an instance from another, however often it continues as new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lineage {
    pub(crate) row: i64,
    pub(crate) first_execution: ExecutionId,
}

/// What happened to an instance.
#[derive(Debug)]
pub(crate) enum Change {
    /// Its record is another.
    Progress,
    /// It has ended, or is gone. Its record is another, too, and is given if it need not be read.
    End(Option<Box<Ended>>),
}

/// The record of an instance that has just ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) lineage: Lineage,
    pub(crate) record: InstanceRecord,
}

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Awaited {
    Progress,
    End,
}

/// The instances that somebody watches. Whoever waits for the end is not woken by every turn.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    progress: Mutex<Watched>,
    ends: Mutex<Watched>,
    /// Instances of which the writer knows that they have not ended.
    alive: Mutex<HashMap<InstanceId, Lineage>>,
}

type Watched = HashMap<InstanceId, watch::Sender<Option<Arc<Ended>>>>;

/// One watch of one instance. It ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Subscription {
    changes: Arc<Changes>,
    to: Awaited,
    instance: InstanceId,
    receiver: watch::Receiver<Option<Arc<Ended>>>,
}

/// Shows an instance as alive until it is dropped: with what the writer knows of the instance, so before its end.
#[derive(Debug)]
pub(crate) struct Alive {
    changes: Arc<Changes>,
    instance: InstanceId,
    row: i64,
}

impl Lineage {
    pub(crate) fn of(head: &Head) -> Self {
        Self {
            row: head.id,
            first_execution: head.first_execution().clone(),
        }
    }
}

impl Changes {
    /// Begins to watch. What changes after this call is not missed.
    pub(crate) fn subscribe(self: &Arc<Self>, instance: &InstanceId, to: Awaited) -> Subscription {
        let mut watched = self.watched(to);
        let sender = watched
            .entry(instance.clone())
            .or_insert_with(|| watch::Sender::new(None));
        Subscription {
            changes: Arc::clone(self),
            to,
            instance: instance.clone(),
            receiver: sender.subscribe(),
        }
    }

    /// Wakes those who wait for one of the changes.
    pub(crate) fn publish(&self, changed: Vec<(InstanceId, Change)>) {
        if changed.is_empty() {
            return;
        }
        let progress = self.watched(Awaited::Progress);
        if !progress.is_empty() {
            let found = changed.iter().filter_map(|(instance, _)| progress.get(instance));
            found.for_each(|sender| drop(sender.send_replace(None)));
        }
        drop(progress);
        let ends = self.watched(Awaited::End);
        for (instance, change) in changed {
            if let Change::End(ended) = change
                && let Some(sender) = ends.get(&instance)
            {
                sender.send_replace(ended.map(Arc::from));
            }
        }
    }

    /// Wakes everyone: what changed is not known, or nothing will change any more.
    pub(crate) fn publish_all(&self) {
        for to in [Awaited::Progress, Awaited::End] {
            for sender in self.watched(to).values() {
                sender.send_replace(None);
            }
        }
    }

    /// Shows an instance as alive.
    pub(crate) fn show_alive(self: &Arc<Self>, head: &Head) -> Alive {
        let instance = head.instance.clone();
        self.alive().insert(instance.clone(), Lineage::of(head));
        Alive {
            changes: Arc::clone(self),
            instance,
            row: head.id,
        }
    }

    /// Returns which instance of that name has not ended, if that is known. Who subscribed before hears of its end.
    pub(crate) fn find_alive(&self, instance: &InstanceId) -> Option<Lineage> {
        self.alive().get(instance).cloned()
    }

    fn watched(&self, to: Awaited) -> MutexGuard<'_, Watched> {
        let watched = match to {
            Awaited::Progress => &self.progress,
            Awaited::End => &self.ends,
        };
        watched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn alive(&self) -> MutexGuard<'_, HashMap<InstanceId, Lineage>> {
        self.alive.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Subscription {
    /// Waits for the next change, and returns the record if the instance has ended and it is at hand. Cancel safe.
    pub(crate) async fn changed(&mut self) -> Option<Arc<Ended>> {
        // The sender stays in the map for as long as this subscription is there.
        let _ = self.receiver.changed().await;
        self.receiver.borrow_and_update().clone()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut watched = self.changes.watched(self.to);
        // This one is still counted.
        if watched
            .get(&self.instance)
            .is_some_and(|sender| sender.receiver_count() <= 1)
        {
            watched.remove(&self.instance);
        }
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        let mut alive = self.changes.alive();
        // Another instance may have the name by now.
        if alive
            .get(&self.instance)
            .is_some_and(|lineage| lineage.row == self.row)
        {
            alive.remove(&self.instance);
        }
    }
}
