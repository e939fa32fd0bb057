//! How many activities may run at once: in all, and of each name that has a limit of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};

use crate::decision::Outgoing;
use crate::function::FunctionKind;
use crate::hub::ActivityDemand;
use crate::name::WireName;
use crate::registry::Registry;

/// The slots of a worker.
#[derive(Debug)]
pub(super) struct Room {
    slots: Arc<Semaphore>,
    slots_max: u32,
    by_name: BTreeMap<WireName, Arc<Semaphore>>,
    /// Tells the fetch that there is more or less room for a name than it has asked for.
    changed: Arc<Notify>,
    /// How often commits have taken room of limited names.
    taken: AtomicU64,
    /// How much of that the fetch that waits has taken into account; `None` while none waits.
    asked: watch::Sender<Option<u64>>,
}

impl Room {
    /// Reads the limits of the registered activities; `limits` overrides them.
    pub(super) fn new(registry: &Registry, max: usize, limits: &BTreeMap<WireName, usize>) -> Self {
        let rows = registry.rows().filter(|row| row.kind() == FunctionKind::Activity);
        let mut by_name: BTreeMap<WireName, usize> = rows
            .filter_map(|row| {
                Some((
                    WireName::new(row.name).ok()?,
                    usize::try_from(row.max_concurrent?).ok()?,
                ))
            })
            .collect();
        by_name.extend(limits.iter().map(|(name, limit)| (name.clone(), *limit)));
        let permits = |n: usize| n.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            slots: Arc::new(Semaphore::new(permits(max))),
            slots_max: u32::try_from(permits(max)).unwrap_or(u32::MAX),
            by_name: by_name
                .into_iter()
                .map(|(name, n)| (name, Arc::new(Semaphore::new(permits(n)))))
                .collect(),
            changed: Arc::default(),
            taken: AtomicU64::new(0),
            asked: watch::Sender::new(None),
        }
    }

    /// Takes a slot, if one is free.
    pub(super) fn try_slot(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.slots).try_acquire_owned().ok()
    }

    /// Waits for a slot.
    pub(super) async fn slot(&self) -> Option<OwnedSemaphorePermit> {
        // The slots are never closed.
        Arc::clone(&self.slots).acquire_owned().await.ok()
    }

    /// Waits until every slot is free.
    pub(super) async fn all_free(&self) {
        drop(self.slots.acquire_many(self.slots_max).await);
    }

    /// Waits until there is more or less room for a name than before.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Returns what can be taken now by whoever holds so many slots already.
    pub(super) fn demand(&self, held: usize) -> ActivityDemand {
        let rooms = self.by_name.iter();
        ActivityDemand {
            slots: held + self.slots.available_permits(),
            rooms: rooms
                .map(|(name, limit)| (name.clone(), limit.available_permits()))
                .collect(),
        }
    }

    /// Notes that a fetch is about to ask for the demand that is told next.
    pub(super) fn asks(&self) -> Asking<'_> {
        self.asked.send_replace(Some(self.taken.load(Ordering::SeqCst)));
        Asking(self)
    }

    /// Waits until no fetch is left that has asked for room which a commit took since.
    ///
    /// Such a fetch would be given the commit's own activities, which could do nothing here but wait.
    pub(super) async fn fetch_knows(&self, taken: u64) {
        let mut asked = self.asked.subscribe();
        // The sender lives in `self`, so it cannot be gone.
        let _ = asked
            .wait_for(|asked| asked.is_none_or(|known| known >= taken))
            .await;
    }

    /// Reserves room for activities that a commit will hand over, as far as there is any.
    pub(super) fn reserve(&self, outgoing: &[Outgoing]) -> Option<Box<Reservation>> {
        let mut wanted = 0;
        let mut limited: BTreeMap<&WireName, usize> = BTreeMap::new();
        for sent in outgoing {
            match sent {
                Outgoing::Activity(order) if self.by_name.contains_key(&order.name) => {
                    *limited.entry(&order.name).or_default() += 1;
                }
                Outgoing::Activity(_) => wanted += 1,
                _ => {}
            }
        }
        let mut names = BTreeMap::new();
        for (name, count) in limited {
            let permits = self.of_name(name, count);
            wanted += permits.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
            names.insert(name.clone(), permits);
        }
        let count = wanted.min(self.slots.available_permits());
        let count = u32::try_from(count).ok().filter(|count| *count > 0)?;
        let slots = Arc::clone(&self.slots).try_acquire_many_owned(count).ok()?;
        let changed = Arc::clone(&self.changed);
        let taken = (!names.is_empty()).then(|| {
            let taken = self.taken.fetch_add(1, Ordering::SeqCst) + 1;
            // A fetch that waits has asked for what is reserved now.
            changed.notify_one();
            taken
        });
        Some(Box::new(Reservation {
            slots,
            names,
            taken,
            changed,
        }))
    }

    /// Takes as much of a name's room as there is, at most `count`.
    fn of_name(&self, name: &WireName, count: usize) -> Option<OwnedSemaphorePermit> {
        let limit = self.by_name.get(name)?;
        let count = u32::try_from(count.min(limit.available_permits())).ok()?;
        Arc::clone(limit).try_acquire_many_owned(count).ok()
    }

    /// Begins the admission of an activity, with what is held for it already.
    pub(super) fn admit(
        &self,
        name: &WireName,
        slot: Option<OwnedSemaphorePermit>,
        of_name: Option<OwnedSemaphorePermit>,
    ) -> Admission {
        let limit = self.by_name.get(name);
        // The name's room is taken here and not by the task, so that the next fetch knows how much is left.
        let taken = || limit.and_then(|limit| Arc::clone(limit).try_acquire_owned().ok());
        Admission {
            of_name: of_name.or_else(taken),
            limit: limit.cloned(),
            slot,
            changed: Arc::clone(&self.changed),
        }
    }
}

/// Room that is held for the activities of one commit. What is not used is given back.
#[derive(Debug)]
pub(super) struct Reservation {
    slots: OwnedSemaphorePermit,
    /// The permits of each limited name that the commit schedules; none, if the name has no room.
    names: BTreeMap<WireName, Option<OwnedSemaphorePermit>>,
    taken: Option<u64>,
    changed: Arc<Notify>,
}

/// A fetch that waits. Dropped, it waits no more.
#[derive(Debug)]
pub(super) struct Asking<'a>(&'a Room);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.asked.send_replace(None);
    }
}

impl Reservation {
    /// Returns what the fetch must know before the commit may be made: see [`Room::fetch_knows`].
    pub(super) fn taken(&self) -> Option<u64> {
        self.taken
    }

    /// Returns what the hub may hand out against it.
    pub(super) fn demand(&self) -> ActivityDemand {
        let rooms = self
            .names
            .iter()
            .map(|(name, permits)| (name.clone(), held(permits.as_ref())));
        ActivityDemand {
            slots: self.slots.num_permits(),
            rooms: rooms.collect(),
        }
    }

    /// Takes the room of one activity out.
    pub(super) fn split(
        &mut self,
        name: &WireName,
    ) -> (Option<OwnedSemaphorePermit>, Option<OwnedSemaphorePermit>) {
        let of_name = self.names.get_mut(name).and_then(Option::as_mut);
        let of_name = of_name.and_then(|permits| permits.split(1));
        (self.slots.split(1), of_name)
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let left = std::mem::take(&mut self.names);
        if left.values().any(|permits| held(permits.as_ref()) > 0) {
            // Given back before anyone looks again.
            drop(left);
            self.changed.notify_one();
        }
    }
}

fn held(permits: Option<&OwnedSemaphorePermit>) -> usize {
    permits.map_or(0, OwnedSemaphorePermit::num_permits)
}

/// What an activity needs before its code may run.
#[derive(Debug)]
pub(super) struct Admission {
    slot: Option<OwnedSemaphorePermit>,
    limit: Option<Arc<Semaphore>>,
    of_name: Option<OwnedSemaphorePermit>,
    changed: Arc<Notify>,
}

impl Admission {
    /// Waits until both are there. While it waits for its name it holds no slot: many activities of a limited name must
    /// not hold up the rest.
    pub(super) async fn complete(&mut self, room: &Room) {
        if let (Some(limit), None) = (&self.limit, &self.of_name) {
            self.slot = None;
            self.of_name = Arc::clone(limit).acquire_owned().await.ok();
        }
        if self.slot.is_none() {
            self.slot = room.slot().await;
        }
    }
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.slot = None;
        if self.of_name.take().is_some() {
            self.changed.notify_one();
        }
    }
}
