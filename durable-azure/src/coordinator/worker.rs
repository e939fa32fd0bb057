//! The workers that have joined through this node, and what is known of those of other nodes.

use std::collections::{BTreeMap, BTreeSet};

use durable_core::hub::{ActivityKey, CodeKey, HubError, HubErrorKind, WorkerOffer, WorkerRecord};
use durable_core::{RecordedVersion, Timestamp, WireName, WorkerId};

use super::resident::Ownership;
use super::state::State;

/// One joining of one worker. A worker that joins again is another, so that it cannot use what it once owned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct WorkerKey(pub(crate) u64);

/// A worker that has joined and not left.
#[derive(Debug)]
pub(crate) struct Joined {
    pub(crate) offer: WorkerOffer,
    /// When the lease runs out; `None` while it is renewed.
    pub(crate) lease_until: Option<Timestamp>,
    /// Activities that run there and are no longer wanted, until a fetch reports them.
    pub(crate) cancels: Vec<ActivityKey>,
    /// How many activities its waiting fetches want beyond what is at hand.
    pub(crate) wanted: usize,
}

/// A worker of another node.
#[derive(Debug, Clone)]
pub(crate) struct Elsewhere {
    /// The node that it joined through.
    pub(crate) node: String,
    pub(crate) record: WorkerRecord,
    pub(crate) takes_mismatched: bool,
}

impl State {
    /// Adds a worker. Its id must not be in use by a live one.
    pub(crate) fn join(&mut self, offer: WorkerOffer) -> Result<WorkerKey, HubError> {
        let earlier = (self.workers.iter()).find(|(_, joined)| joined.offer.worker == offer.worker);
        if let Some((&key, _)) = earlier {
            if self.is_live(key) {
                let message = format!("the worker `{}` has joined already", offer.worker);
                return Err(HubError::new(HubErrorKind::Conflict, message));
            }
            self.leave(key);
        }
        let key = WorkerKey(self.next_number());
        let joined = Joined {
            offer,
            lease_until: None,
            cancels: Vec::new(),
            wanted: 0,
        };
        self.workers.insert(key, joined);
        Ok(key)
    }

    /// Removes a worker; all it owned is free. Returns whether it was there.
    pub(crate) fn leave(&mut self, key: WorkerKey) -> bool {
        let was_there = self.workers.remove(&key).is_some();
        let mut owned = Vec::new();
        for (id, resident) in &mut self.residents {
            if resident.owner.worker == Some(key) {
                resident.disown();
                owned.push(id.clone());
            }
        }
        for id in owned {
            self.touched.insert(id.clone());
            self.forget_if_idle(&id);
        }
        for activity in self.activities.values_mut() {
            if activity.owner.worker == Some(key) {
                activity.disown();
            }
        }
        was_there
    }

    /// Refuses a worker that has left, or that another with its id has replaced.
    pub(crate) fn joined(&self, key: WorkerKey) -> Result<&Joined, HubError> {
        let gone = || HubError::new(HubErrorKind::Closed, "the worker has left the hub");
        self.workers.get(&key).ok_or_else(gone)
    }

    /// Returns whether the worker is there and its lease has not run out.
    pub(crate) fn is_live(&self, key: WorkerKey) -> bool {
        (self.workers.get(&key)).is_some_and(|joined| joined.is_live(self.now))
    }

    /// Returns the owner, if it is live.
    pub(crate) fn live_owner(&self, owner: &Ownership) -> Option<WorkerKey> {
        owner.worker.filter(|&key| self.is_live(key))
    }

    /// Lets a worker's lease run out from now on.
    pub(crate) fn stop_renewal(&mut self, key: WorkerKey, lease: std::time::Duration) {
        let until = self.now.saturating_add(lease);
        if let Some(joined) = self.workers.get_mut(&key) {
            joined.lease_until.get_or_insert(until);
        }
    }

    /// Returns whether a live worker of any node runs turns of that name and version.
    pub(crate) fn anybody_takes(&self, name: &WireName, version: &RecordedVersion) -> bool {
        let here = (self.workers.values()).any(|it| it.is_live(self.now) && it.takes(name, version));
        here || (self.live_elsewhere()).any(|it| it.takes(name, version))
    }

    /// Returns whether a live worker of any node offers that very version.
    pub(crate) fn anybody_offers(&self, name: &WireName, version: &RecordedVersion) -> bool {
        let mut here = self.workers.values().filter(|it| it.is_live(self.now));
        here.any(|it| offers(&it.offer.orchestrators, name, version))
            || (self.live_elsewhere()).any(|it| offers(&it.record.orchestrators, name, version))
    }

    fn live_elsewhere(&self) -> impl Iterator<Item = &Elsewhere> {
        (self.elsewhere.iter()).filter(|it| it.record.expires_at > self.now)
    }

    /// Returns the partitions that hold work which no worker of this node takes, each with a node that has one who does.
    pub(crate) fn partitions_to_offer(&self) -> Vec<(u32, String)> {
        let mut offers = BTreeMap::new();
        for id in &self.with_messages {
            let Some(resident) = self.residents.get(id).filter(|it| it.is_due(self.now)) else {
                continue;
            };
            let (name, version) = (&resident.record.name, &resident.record.version);
            let mut here = self.workers.values().filter(|it| it.is_live(self.now));
            if resident.record.blocked.is_some() || here.any(|it| it.takes(name, version)) {
                continue;
            }
            if let Some(taker) = self.live_elsewhere().find(|it| it.takes(name, version)) {
                offers
                    .entry(resident.partition)
                    .or_insert_with(|| taker.node.clone());
            }
        }
        offers.into_iter().collect()
    }

    /// Returns how many other nodes have a live worker.
    pub(crate) fn nodes_elsewhere(&self) -> usize {
        let nodes: BTreeSet<&str> = self.live_elsewhere().map(|it| it.node.as_str()).collect();
        nodes.len()
    }

    /// Returns the key of a live worker of this node.
    pub(crate) fn worker_named(&self, worker: &WorkerId) -> Option<WorkerKey> {
        let found = self
            .workers
            .iter()
            .find(|(_, joined)| joined.offer.worker == *worker);
        found.map(|(&key, _)| key)
    }
}

impl Joined {
    pub(crate) fn is_live(&self, now: Timestamp) -> bool {
        self.lease_until.is_none_or(|until| until > now)
    }

    /// Returns whether the worker runs turns of instances of that name and version.
    pub(crate) fn takes(&self, name: &WireName, version: &RecordedVersion) -> bool {
        takes(
            &self.offer.orchestrators,
            self.offer.takes_mismatched,
            name,
            version,
        )
    }
}

impl Elsewhere {
    fn takes(&self, name: &WireName, version: &RecordedVersion) -> bool {
        takes(&self.record.orchestrators, self.takes_mismatched, name, version)
    }
}

fn takes(offered: &[CodeKey], mismatched: bool, name: &WireName, version: &RecordedVersion) -> bool {
    offers(offered, name, version) || (mismatched && offered.iter().any(|key| key.name == *name))
}

/// Returns whether the code is offered. For a blank version, which the first turn resolves, the name suffices.
pub(crate) fn offers(offered: &[CodeKey], name: &WireName, version: &RecordedVersion) -> bool {
    let mut of_name = offered.iter().filter(|key| key.name == *name);
    match version {
        RecordedVersion::Blank => of_name.next().is_some(),
        RecordedVersion::Known(version) => of_name.any(|key| key.version == *version),
        RecordedVersion::Foreign(_) => false,
    }
}
