//! Reading instances into memory.

use std::sync::Arc;

use durable_core::history::{CompletionStatus, Event, EventKind, MarkerKind};
use durable_core::hub::{HubError, InstanceRecord, InstanceStatus};
use durable_core::{ExecutionId, InstanceId, RecordedVersion, Timestamp};

use super::shared::Shared;
use super::standing::TRIES;
use super::store::ReadHistory;
use crate::coordinator::{Basis, Changes, Resident, Tasks, Wishes};
use crate::error::conflict;
use crate::wire::InstanceRow;

impl Shared {
    /// Reads an instance that messages wait for.
    pub(crate) async fn load(&self, id: &InstanceId) {
        let _lock = self.locks.lock(id).await;
        if let Err(error) = self.hold(id).await {
            tracing::warn!(instance = %id, %error, "an instance could not be read; its messages are tried again");
            self.try_all_again(self.with(|state| state.take_arriving(id)))
                .await;
        }
    }

    /// Brings what waits for an instance to it, after it has been read. The caller has the instance's lock.
    pub(crate) async fn hold(&self, id: &InstanceId) -> Result<bool, HubError> {
        if self.with(|state| state.residents.contains_key(id)) {
            return Ok(true);
        }
        let mut resident = self.read_resident(id).await?;
        if let Some(resident) = &mut resident {
            let outbox = std::mem::take(&mut resident.outbox);
            let etag = resident.etag.take();
            resident.etag = self.put_again(id, &outbox, etag).await?;
        }
        match resident {
            Some(resident) if !resident.is_ended() => {
                self.change(|state| state.install(resident));
                Ok(true)
            }
            Some(resident) => {
                self.settle_without(id, Some(&resident)).await;
                Ok(false)
            }
            None => {
                self.settle_without(id, None).await;
                Ok(false)
            }
        }
    }

    /// Reads an instance: its row and its history.
    pub(crate) async fn read_resident(&self, id: &InstanceId) -> Result<Option<Resident>, HubError> {
        for _ in 0..TRIES {
            let Some(row) = self.read_row(id).await? else {
                return Ok(None);
            };
            let history = self.read_history(id).await?;
            let mut resident = self.resident_of(row);
            let before = self.row_of(&Basis::of(&resident));
            catch_up(&mut resident, history);
            let stands = |record: &InstanceRecord| (record.status, record.execution.clone());
            if stands(&resident.record) == stands(&before.record) {
                return Ok(Some(resident));
            }
            // The row was left behind by a commit whose node died before it wrote it, or is about to: then what that writes
            // stands, since a row tells more than the history does.
            let after = self.row_of(&Basis::of(&resident));
            let etag = before.etag.as_deref().unwrap_or_default();
            if self.write_changes(id, &before, &after, etag).await?.is_some() {
                // What an execution begins with is not in the history yet: the next commit looks at all of the row.
                resident.row_etag = None;
                return Ok(Some(resident));
            }
        }
        Err(conflict(format!(
            "the row of the instance `{id}` is changed by others all the time"
        )))
    }

    /// Makes what is held of an instance from its row, with nothing in its history.
    pub(crate) fn resident_of(&self, row: InstanceRow) -> Resident {
        let partition = self.partition_of(&row.record.instance);
        let mut resident = Resident::new(0, partition, row.record);
        if let Some(first) = row.started_as {
            resident.first_execution = first;
        }
        resident.row_etag = row.etag;
        resident.rewound = row.rewound;
        resident.start_generation = row.start_generation;
        resident.created_fine = row.created_fine;
        resident.block.tried = row.builds_tried.into_iter().collect();
        (resident.record.owner, resident.record.stalled_since) = (None, None);
        resident
    }
}

/// Brings what is held of an instance to where its history stands.
pub(super) fn catch_up(resident: &mut Resident, history: ReadHistory) {
    resident.etag = history.etag;
    resident.settled = history.own.settled.into_iter().collect();
    resident.outbox = history.own.outbox;
    resident.foreign_rows = 0;
    resident.record.event_count = 0;
    let of_row = resident.record.execution.as_str();
    let Some(current) = history.execution else {
        return;
    };
    if current != of_row && history.own.previous.as_deref() != Some(of_row) {
        // The row is of a newer start: what the history holds is of the instance before.
        return;
    }
    if current != of_row {
        // The history has continued as new, or was rewound, and its node died before it wrote the row.
        if let Ok(execution) = ExecutionId::new(&current) {
            resident.record.execution = execution;
        }
        if resident.is_ended() {
            goes_on(&mut resident.record, &history.events);
        }
    }
    resident.foreign_rows = history.foreign_rows;
    resident.record.event_count = history.events.len() as u64;
    resident.tasks = Tasks::default();
    for event in &history.events {
        resident.tasks.note(&event.kind);
        if let EventKind::ExecutionRewound { from, .. } = &event.kind
            && !resident.rewound.contains(from)
        {
            resident.rewound.push(from.clone());
        }
    }
    for task in history.own.sent.iter().filter_map(|sent| sent.task) {
        resident.tasks.note_sent(task);
    }
    resident.sent = history.own.sent;
    resident.wishes = Wishes::read(history.own.wishes);
    if !resident.is_ended() && !history.events.is_empty() {
        match end_of(&history.events) {
            Some((status, at)) => resident.record.end(status.clone(), at),
            None => resident.record.status = standing_of(&history.events),
        }
    }
    if resident.record.version == RecordedVersion::Blank {
        resolve_version(resident, &history.events);
    }
    resident.history = Some(Arc::new(history.events));
}

/// Lets a record of an execution that has ended tell of the one that goes on from it by a rewind.
fn goes_on(record: &mut InstanceRecord, events: &[Event]) {
    record.status = InstanceStatus::Running;
    (record.ended_at, record.output, record.failure) = (None, None, None);
    let version = events.iter().rev().find_map(|event| match &event.kind {
        EventKind::ExecutionRewound { version, .. } => Some(version.clone()),
        _ => None,
    });
    record.version = version.unwrap_or_else(|| record.version.clone());
}

/// Returns how and when the execution ended, unless it was rewound since. Behind the end stands that of the turn.
fn end_of(events: &[Event]) -> Option<(&CompletionStatus, Timestamp)> {
    let is_rewind = |event: &&Event| matches!(event.kind, EventKind::ExecutionRewound { .. });
    let mut latest = events.iter().rev().take_while(|event| !is_rewind(event));
    latest.find_map(|event| match &event.kind {
        EventKind::ExecutionCompleted(status) => Some((status, event.at)),
        _ => None,
    })
}

/// Returns how an execution stands that has begun and not ended.
fn standing_of(events: &[Event]) -> InstanceStatus {
    let last = events.iter().rev().find_map(|event| match event.kind {
        EventKind::ExecutionSuspended { .. } => Some(InstanceStatus::Suspended),
        EventKind::ExecutionResumed { .. } => Some(InstanceStatus::Running),
        _ => None,
    });
    last.unwrap_or(InstanceStatus::Running)
}

/// A blank version that the first turn has resolved is in the history if the row was not written any more.
fn resolve_version(resident: &mut Resident, events: &[Event]) {
    let resolved = events.iter().find_map(|event| match &event.kind {
        EventKind::Marker(marker) if marker.kind == MarkerKind::VersionResolved => {
            serde_json::from_str::<String>(&marker.data).ok()
        }
        _ => None,
    });
    if let Some(text) = resolved {
        resident.record.version = RecordedVersion::from(text);
    }
}
