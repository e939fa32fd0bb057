//! Instances that come from another hub.

use durable_core::hub::{HubError, Import};

use super::outgoing::{From, untold};
use super::shared::Shared;
use super::store::{AppendError, Appending};
use crate::error::conflict;
use crate::wire::InstanceRow;

impl Shared {
    /// Stores an instance as it stood elsewhere: its timers, its history, and last its row, by which it is there.
    pub(crate) async fn import(&self, import: &Import) -> Result<(), HubError> {
        let record = import.record();
        let id = &record.instance;
        let _lock = self.locks.lock(id).await;
        let taken = || conflict(format!("the instance id `{id}` is taken by another instance"));
        if let Some(row) = self.read_row(id).await? {
            let is_same = row.record.execution == record.execution
                && self.read_history(id).await?.events == import.events();
            return if is_same { Ok(()) } else { Err(taken()) };
        }
        let sent = untold(import.timers(), import.events());
        let from = From {
            instance: id,
            execution: &record.execution,
            tags: &record.tags,
        };
        let posted = self.post_all(from, import.timers().to_vec()).await?;
        // A history without a row is what an import has left that did not come to its end.
        let etag = self.sentinel_etag(id).await?;
        let appending = Appending {
            instance: id,
            execution: record.execution.as_str(),
            next_row: 0,
            events: import.events(),
            etag: etag.as_deref(),
            sent: &sent,
            wishes: None,
            settled: &[],
            outbox: &[],
            previous: None,
        };
        let etag = match self.append(&appending).await {
            Ok(etag) => etag,
            Err(refused) => {
                // No row names what an import has left that did not come to its end: its timers find no instance.
                self.take_back(posted).await;
                return Err(match refused {
                    AppendError::Stale => taken(),
                    AppendError::Unknown(error) | AppendError::Failed(error) => error,
                });
            }
        };
        let row = self.imported_row(import);
        if self.insert_row(&row).await?.is_none() {
            self.take_back(posted).await;
            return Err(taken());
        }
        if self.owns(id) && !record.status.is_ended() {
            let mut resident = self.resident_of(row);
            resident.etag = Some(etag);
            for event in import.events() {
                resident.tasks.note(&event.kind);
            }
            for task in sent.iter().filter_map(|sent| sent.task) {
                resident.tasks.note_sent(task);
            }
            resident.sent = sent;
            self.change(|state| {
                state.install(resident);
                // Timers only: they concern nobody else.
                let _ = state.take_effect(self, (id, &record.execution), posted);
            });
        }
        self.watchers.wake(id);
        Ok(())
    }

    fn imported_row(&self, import: &Import) -> InstanceRow {
        let mut record = import.record().clone();
        record.updated_at = self.now();
        (record.owner, record.stalled_since) = (None, None);
        InstanceRow {
            rewound: import.rewound().cloned().collect(),
            ..InstanceRow::new(record, self.names.hub().as_str())
        }
    }
}
