//! Where an instance stands, for a change that no turn makes.

use std::time::Duration;

use durable_core::InstanceId;
use durable_core::hub::HubError;

use super::shared::Shared;
use crate::coordinator::Basis;
use crate::error::{conflict, not_found};
use crate::wire::InstanceRow;

/// How often a change is tried again that met another's.
pub(crate) const TRIES: usize = 5;

/// Where an instance stands, for whoever has its lock.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) basis: Basis,
    /// Whether this node holds it in memory.
    pub(crate) is_held: bool,
}

impl Shared {
    /// Returns where an instance stands, and reserves it if it is held. The caller has its lock.
    pub(crate) async fn stand(&self, id: &InstanceId) -> Result<Option<Standing>, HubError> {
        if self.owns(id) {
            self.hold(id).await?;
        }
        if let Some(basis) = self.with(|state| state.begin_change(id)) {
            return Ok(Some(Standing { basis, is_held: true }));
        }
        let resident = self.read_resident(id).await?;
        Ok(resident.map(|resident| Standing {
            basis: Basis::of(&resident),
            is_held: false,
        }))
    }

    /// Gives up a change of an instance that was reserved.
    pub(crate) fn leave_as_it_is(&self, id: &InstanceId) {
        self.change(|state| {
            state.abort_commit(Some(id), &[]);
            state.forget_if_idle(id);
        });
    }

    /// Returns what is known of an instance without reserving it.
    pub(crate) async fn known(&self, id: &InstanceId) -> Result<Option<InstanceRow>, HubError> {
        let held = self.with(|state| state.residents.get(id).map(Basis::of));
        match held {
            Some(basis) => Ok(Some(self.row_of(&basis))),
            None => self.read_row(id).await,
        }
    }

    /// Forgets what is held of an instance if the storage says otherwise, and reads it again.
    pub(crate) async fn reread(&self, id: &InstanceId) -> Result<(), HubError> {
        let _lock = self.locks.lock(id).await;
        let Some(held) = self.with(|state| state.residents.get(id).map(Basis::of)) else {
            return Ok(());
        };
        let stored = self.read_resident(id).await?;
        if stored.as_ref().is_some_and(|stored| {
            stored.etag == held.etag && stored.record.execution == held.record.execution
        }) {
            return Ok(());
        }
        let is_over = stored.is_none_or(|stored| stored.is_ended());
        let messages = self.change(|state| {
            if is_over {
                state.drop_outstanding(id, &held.record.execution);
            }
            state.forget_resident(id)
        });
        for message in messages {
            if is_over {
                self.remove(&message).await?;
            } else {
                self.put_back(&message, Duration::ZERO).await?;
            }
        }
        Ok(())
    }

    /// Lifts the block of an instance. The caller has its lock.
    pub(crate) async fn lift_block(&self, id: &InstanceId, known: &InstanceRow) -> Result<(), HubError> {
        if known.record.blocked.is_none() {
            return Ok(());
        }
        for _ in 0..TRIES {
            let Some(before) = self.read_row(id).await? else {
                break;
            };
            let mut after = before.clone();
            after.record.blocked = None;
            after.builds_tried.clear();
            let etag = before.etag.as_deref().unwrap_or_default();
            if self.write_changes(id, &before, &after, etag).await?.is_some() {
                break;
            }
        }
        self.change(|state| state.finish_unblocked(id));
        Ok(())
    }

    /// Lifts the block of an instance that is held, because a message resumes it.
    pub(crate) async fn lift_block_of_held(&self, id: &InstanceId) -> Result<(), HubError> {
        let _lock = self.locks.lock(id).await;
        let held = self.with(|state| state.residents.get(id).map(Basis::of));
        match held {
            Some(basis) => self.lift_block(id, &self.row_of(&basis)).await,
            None => Ok(()),
        }
    }
}

/// Says that an instance is none, or has ended.
pub(crate) fn refuse_ended(id: &InstanceId, known: Option<&InstanceRow>) -> Result<(), HubError> {
    match known {
        None => Err(not_found(format_args!("instance `{id}`"))),
        Some(row) if row.record.status.is_ended() => Err(conflict(format!("the instance `{id}` has ended"))),
        Some(_) => Ok(()),
    }
}
