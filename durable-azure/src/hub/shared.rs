//! What everything that works on one opened hub shares.

use std::future::pending;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use durable_core::Timestamp;
use durable_core::hub::HubError;
use tokio::sync::{Notify, mpsc, watch};

use super::fence::KnownFences;
use super::in_hand::InHand;
use super::locks::Locks;
use super::together::first_of;
use super::visible::VisiblePuts;
use super::watchers::Watchers;
use crate::app_lease::AppLease;
use crate::coordinator::{Effect, State};
use crate::partition::PartitionManager;
use crate::settings::Settings;
use crate::transport::{BlobClient, QueueClient, Storage, TableClient};
use crate::wire::Names;

/// One opened hub.
pub(crate) struct Shared {
    pub(crate) settings: Settings,
    pub(crate) names: Names,
    pub(crate) partition_count: u32,
    /// The id of this node in the partition table.
    pub(crate) node: String,
    pub(crate) control: Vec<QueueClient>,
    pub(crate) work_items: QueueClient,
    pub(crate) history: TableClient,
    pub(crate) instances: TableClient,
    pub(crate) workers: TableClient,
    pub(crate) activities: TableClient,
    pub(crate) fence_table: TableClient,
    pub(crate) fences: KnownFences,
    pub(crate) blobs: BlobClient,
    pub(crate) storage: Storage,
    /// Where tables and blobs are: the same account, unless they have one of their own.
    pub(crate) tracking: Storage,
    pub(crate) in_hand: InHand,
    pub(crate) visible: VisiblePuts,
    pub(crate) locks: Locks,
    pub(crate) watchers: Watchers,
    pub(crate) partitions: OnceLock<PartitionManager>,
    /// Absent if the hub is open for reading only.
    pub(crate) app_lease: OnceLock<AppLease>,
    /// Where the hub's own tasks run.
    pub(crate) runtime: tokio::runtime::Handle,
    /// Says that a worker wants activities.
    pub(crate) hungry: Notify,
    pub(crate) changed: watch::Sender<()>,
    state: Mutex<State>,
    effects: mpsc::UnboundedSender<Effect>,
    sequence: AtomicI64,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared")
            .field("node", &self.node)
            .finish_non_exhaustive()
    }
}

/// The parts that a hub is made of.
pub(crate) struct Parts {
    pub(crate) settings: Settings,
    pub(crate) names: Names,
    pub(crate) partition_count: u32,
    pub(crate) node: String,
    pub(crate) storage: Storage,
    pub(crate) tracking: Storage,
    pub(crate) runtime: tokio::runtime::Handle,
}

impl Shared {
    pub(crate) fn new(parts: Parts) -> (Self, mpsc::UnboundedReceiver<Effect>) {
        let Parts {
            settings,
            names,
            partition_count,
            node,
            storage,
            tracking,
            runtime,
        } = parts;
        let (effects, told) = mpsc::unbounded_channel();
        let control = (0..partition_count).map(|partition| storage.queue(&names.control_queue(partition)));
        let shared = Self {
            control: control.collect(),
            work_items: storage.queue(&names.work_item_queue()),
            history: tracking.table(&names.history_table()),
            instances: tracking.table(&names.instances_table()),
            workers: tracking.table(&names.own_table("Workers")),
            activities: tracking.table(&names.own_table("Activities")),
            fence_table: tracking.table(&names.own_table("Fences")),
            fences: KnownFences::default(),
            blobs: tracking.container(&names.large_message_container()),
            tracking,
            in_hand: InHand::default(),
            visible: VisiblePuts::default(),
            locks: Locks::default(),
            watchers: Watchers::default(),
            partitions: OnceLock::new(),
            app_lease: OnceLock::new(),
            hungry: Notify::new(),
            changed: watch::Sender::new(()),
            state: Mutex::new(State::default()),
            sequence: AtomicI64::new(1),
            storage,
            settings,
            names,
            partition_count,
            node,
            runtime,
            effects,
        };
        (shared, told)
    }

    /// Looks at the state, or changes it, after everything has taken effect that time alone has brought. Whoever waits
    /// for what has changed is woken.
    pub(crate) fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        let now = self.settings.clock.now();
        let (answer, effects, touched) = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            state.advance(now);
            let answer = look(&mut state);
            (answer, state.take_effects(), std::mem::take(&mut state.touched))
        };
        for effect in effects {
            // Nobody listens any more when the hub is closing.
            let _ = self.effects.send(effect);
        }
        if !touched.is_empty() {
            self.changed.send_replace(());
        }
        for id in touched {
            self.watchers.wake(&id);
        }
        answer
    }

    /// Changes the state, and wakes whoever waits for work.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let answer = self.with(change);
        self.changed.send_replace(());
        answer
    }

    /// Returns whether this program's application may work on the hub.
    pub(crate) fn is_primary(&self) -> bool {
        self.app_lease.get().is_none_or(AppLease::is_primary)
    }

    /// Takes part in the partition table if this node has a worker and its application may work.
    pub(crate) fn take_part(&self) {
        let has_worker = self.with(|state| !state.workers.is_empty());
        if let Some(manager) = self.partitions.get().filter(|_| has_worker && self.is_primary()) {
            manager.work();
            self.hungry.notify_one();
        }
    }

    /// Returns the present moment by the hub's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.settings.clock.now()
    }

    /// Draws the next number of a message.
    pub(crate) fn next_sequence(&self) -> i64 {
        self.sequence.fetch_add(1, Ordering::Relaxed)
    }

    /// Looks at the state until `look` finds something, and looks only when something may have changed.
    ///
    /// Cancel safe: a look takes effect and returns in the same poll.
    pub(crate) async fn wait_for<T>(
        &self,
        mut look: impl FnMut(&mut State) -> Result<Option<T>, HubError> + Send,
    ) -> Result<T, HubError> {
        // Subscribed before the first look, so that no change in between is missed.
        let mut changes = self.changed.subscribe();
        loop {
            changes.mark_unchanged();
            let (found, next_moment) = self.with(|state| (look(state), state.next_moment()));
            if let Some(found) = found? {
                return Ok(found);
            }
            let change = async {
                // The sender lives in `self`, so it cannot be gone.
                let _ = changes.changed().await;
            };
            match next_moment {
                Some(moment) => first_of(change, self.settings.clock.sleep_until(moment)).await,
                None => change.await,
            }
        }
    }

    /// Lets real time pass, on whatever thread the caller is polled.
    pub(crate) async fn pause(&self, time: Duration) {
        // Ends early only with the hub.
        let _ = self.runtime.spawn(tokio::time::sleep(time)).await;
    }

    /// Lets pass by the clock, and ends with the process at the latest.
    pub(crate) async fn until(&self, moment: Option<Timestamp>) {
        match moment {
            Some(moment) => self.settings.clock.sleep_until(moment).await,
            None => pending().await,
        }
    }

    /// Returns for how long a message is hidden that this node keeps.
    pub(crate) fn visibility(&self) -> Duration {
        self.settings.visibility
    }
}
