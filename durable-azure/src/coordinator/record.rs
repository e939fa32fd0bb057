//! What is told of an instance that is held.

use durable_core::hub::InstanceRecord;
use durable_core::{InstanceId, Timestamp};

use super::resident::Resident;
use super::state::State;

impl State {
    /// Returns the record of an instance that is held.
    pub(crate) fn record(&self, id: &InstanceId) -> Option<InstanceRecord> {
        let resident = self.residents.get(id)?;
        let mut record = resident.record.clone();
        let owner = self
            .live_owner(&resident.owner)
            .and_then(|key| self.workers.get(&key));
        record.owner = owner.map(|joined| joined.offer.worker.clone());
        record.stalled_since = self.stalled_since(resident);
        Some(record)
    }

    /// Returns since when the instance has had work that no live worker takes. A blocked one is not stalled:
    /// it is the code that fails it, not the lack of code.
    fn stalled_since(&self, resident: &Resident) -> Option<Timestamp> {
        let record = &resident.record;
        let idle = self.live_owner(&resident.owner).is_none();
        let waits = idle && record.blocked.is_none() && resident.is_due(self.now);
        if waits && !self.anybody_takes(&record.name, &record.version) {
            resident.ready_since()
        } else {
            None
        }
    }

    /// Completes the record of an instance that is not held here: one that waits for its first turn is stalled if nobody
    /// takes it.
    pub(crate) fn complete_record(&self, record: &mut InstanceRecord) {
        let is_pending = record.status == durable_core::hub::InstanceStatus::Pending;
        let ready = record
            .scheduled_start
            .unwrap_or(record.created_at)
            .max(record.created_at);
        let waits = is_pending && record.blocked.is_none() && ready <= self.now;
        if waits && !self.anybody_takes(&record.name, &record.version) {
            record.stalled_since = Some(ready);
        }
    }

    /// Returns whether an instance has messages that no turn has consumed.
    pub(crate) fn has_messages(&self, id: &InstanceId) -> bool {
        self.with_messages.contains(id) || self.arriving.contains_key(id)
    }
}
