//! Who waits for which instance to change.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use durable_core::InstanceId;
use tokio::sync::watch;

type Table = HashMap<InstanceId, (usize, watch::Sender<()>)>;

/// The waits of clients for changes of single instances.
#[derive(Debug, Clone, Default)]
pub(crate) struct Watchers(Arc<Mutex<Table>>);

/// One wait; over when it is dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    watchers: Watchers,
    id: InstanceId,
    changes: watch::Receiver<()>,
}

impl Watchers {
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to watch an instance.
    pub(crate) fn watch(&self, id: &InstanceId) -> Watch {
        let mut table = self.lock();
        let (count, sender) = (table.entry(id.clone())).or_insert_with(|| (0, watch::Sender::new(())));
        *count += 1;
        Watch {
            watchers: self.clone(),
            id: id.clone(),
            changes: sender.subscribe(),
        }
    }

    /// Wakes whoever waits for an instance.
    pub(crate) fn wake(&self, id: &InstanceId) {
        if let Some((_, sender)) = self.lock().get(id) {
            sender.send_replace(());
        }
    }

    /// Returns whether anybody waits for an instance.
    pub(crate) fn is_watched(&self, id: &InstanceId) -> bool {
        self.lock().contains_key(id)
    }
}

impl Watch {
    /// Waits for a change since the last call.
    pub(crate) async fn changed(&mut self) {
        // The sender lives as long as the table has the entry, and so as this.
        let _ = self.changes.changed().await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut table = self.watchers.lock();
        if let Some((count, _)) = table.get_mut(&self.id) {
            *count -= 1;
            if *count == 0 {
                table.remove(&self.id);
            }
        }
    }
}
