//! Changes outside a turn: move and rewind.

use durable_core::history::{Event, EventKind};
use durable_core::hub::{Amendment, HubError, InstanceStatus, Outgoing};
use durable_core::{ExecutionId, InstanceId, RecordedVersion, Timestamp};

use super::letter::{Letter, Sender};
use super::outgoing::{From, untold};
use super::own_message::nudge;
use super::shared::Shared;
use super::standing::Standing;
use super::store::{AppendError, Appending};
use crate::error::{conflict, not_found};
use crate::wire::InstanceRow;

impl Shared {
    /// Changes an instance if it still stands where it was looked at.
    pub(crate) async fn amend(
        &self,
        id: &InstanceId,
        execution: &ExecutionId,
        event_count: u64,
        amendment: Amendment,
    ) -> Result<(), HubError> {
        let _lock = self.locks.lock(id).await;
        let standing = self.stand(id).await?;
        let standing = standing.ok_or_else(|| not_found(format_args!("instance `{id}`")))?;
        let record = &standing.basis.record;
        let (stands, count) = (record.execution.clone(), record.event_count);
        let is_ended = record.status.is_ended();
        let refusal = if stands != *execution || count != event_count {
            Some(format!(
                "the instance `{id}` stands at execution `{stands}` with {count} events, not at `{execution}` with {event_count}"
            ))
        } else {
            match &amendment {
                Amendment::Move { .. } if is_ended => {
                    Some(format!("the instance `{id}` has ended and cannot be moved"))
                }
                Amendment::Rewind { .. } if !is_ended => {
                    Some(format!("the instance `{id}` has not ended and cannot be rewound"))
                }
                Amendment::Move { .. } | Amendment::Rewind { .. } => None,
            }
        };
        if let Some(refusal) = refusal {
            self.leave_as_it_is(id);
            return Err(conflict(refusal));
        }
        if let Amendment::Rewind { version, .. } = &amendment
            && let Err(refusal) = self.refuse_fenced(&standing.basis.record.name, version).await
        {
            self.leave_as_it_is(id);
            return Err(refusal);
        }
        let done = match amendment {
            Amendment::Move { event, version } => self.move_to(id, standing, event, version).await,
            Amendment::Rewind {
                execution,
                events,
                version,
                outgoing,
            } => {
                self.rewind(
                    id,
                    standing,
                    Rewound {
                        execution,
                        events,
                        version,
                        outgoing,
                    },
                )
                .await
            }
        };
        match done {
            Ok(()) => Ok(()),
            Err(AppendError::Stale) => {
                self.forget_stale(id).await;
                Err(conflict(format!("the instance `{id}` has changed meanwhile")))
            }
            Err(AppendError::Unknown(error)) => {
                self.forget_stale(id).await;
                Err(error)
            }
            Err(AppendError::Failed(error)) => {
                self.leave_as_it_is(id);
                Err(error)
            }
        }
    }

    async fn move_to(
        &self,
        id: &InstanceId,
        standing: Standing,
        event: Event,
        version: RecordedVersion,
    ) -> Result<(), AppendError> {
        let Standing { basis, is_held } = standing;
        let events = [event];
        let etag = self
            .append(&Appending {
                instance: id,
                execution: basis.record.execution.as_str(),
                next_row: basis.next_row,
                events: &events,
                etag: basis.etag.as_deref(),
                sent: &basis.sent,
                wishes: None,
                settled: &basis.settles,
                outbox: &[],
                previous: None,
            })
            .await?;
        let before = self.row_of(&basis);
        let mut after = before.clone();
        after.record.version = version;
        after.record.event_count += 1;
        after.record.updated_at = self.now();
        after.record.blocked = None;
        after.builds_tried.clear();
        self.merge_row(id, &before, &after, Some(&etag)).await?;
        if is_held {
            self.change(|state| {
                state.finish_change(id, after.record, Some(etag), &events);
                state.forget_if_idle(id);
            });
        } else {
            self.tell_owner(id, nudge("moved", crate::value::Ticks::of(self.now())))
                .await?;
        }
        Ok(())
    }

    async fn rewind(&self, id: &InstanceId, standing: Standing, rewound: Rewound) -> Result<(), AppendError> {
        let Standing { basis, is_held } = standing;
        let before = self.row_of(&basis);
        let after = rewound.row(&before, &basis.first_execution, self.now());
        let mut sent = basis.sent.clone();
        sent.extend(untold(&rewound.outgoing, &rewound.events));
        let from = From {
            instance: id,
            execution: &rewound.execution,
            tags: &before.record.tags,
        };
        // A turn follows even if nothing that the kept history waits for is scheduled anew.
        let reason = "rewound".to_owned();
        let resumed = Letter::to_any(id, self.now(), EventKind::ExecutionResumed { reason });
        let posted = self.post_all(from, rewound.outgoing).await?;
        let resumed_message = match self.post(&resumed, &Sender::default()).await {
            Ok(message) => message,
            Err(error) => {
                self.take_back(posted).await;
                return Err(error.into());
            }
        };
        let appending = Appending {
            instance: id,
            execution: rewound.execution.as_str(),
            next_row: 0,
            events: &rewound.events,
            etag: basis.etag.as_deref(),
            sent: &sent,
            // What the execution wanted that is over now, this one does not want.
            wishes: None,
            settled: &[],
            outbox: &[],
            previous: Some(before.record.execution.as_str()),
        };
        let etag = match self.append(&appending).await {
            Ok(etag) => etag,
            Err(error) => {
                let messages = posted.into_iter().filter_map(|it| it.message);
                self.undo(messages.chain(resumed_message).collect(), error.stored())
                    .await;
                return Err(error);
            }
        };
        self.merge_row(id, &before, &after, Some(&etag)).await?;
        if !self.owns(id) {
            self.watchers.wake(id);
            return Ok(());
        }
        let mut resident = self.resident_of(after);
        resident.etag = Some(etag);
        for event in &rewound.events {
            resident.tasks.note(&event.kind);
        }
        for task in sent.iter().filter_map(|sent| sent.task) {
            resident.tasks.note_sent(task);
        }
        resident.sent = sent;
        let arrival = self.arrival(resumed, resumed_message);
        let later = self.change(|state| {
            if is_held {
                state.forget_resident(id);
            }
            state.install(resident);
            let (_, later) = state.take_effect(self, (id, &rewound.execution), posted);
            state.deliver(arrival);
            later
        });
        Box::pin(self.begin_children(id, later)).await?;
        Ok(())
    }
}

/// The execution that goes on.
struct Rewound {
    execution: ExecutionId,
    events: Vec<Event>,
    version: RecordedVersion,
    outgoing: Vec<Outgoing>,
}

impl Rewound {
    /// Returns the row of the instance as it goes on.
    fn row(&self, before: &InstanceRow, first: &ExecutionId, now: Timestamp) -> InstanceRow {
        let mut after = before.clone();
        let record = &mut after.record;
        record.execution = self.execution.clone();
        record.version = self.version.clone();
        record.event_count = self.events.len() as u64;
        record.status = InstanceStatus::Running;
        (record.ended_at, record.output, record.failure) = (None, None, None);
        record.updated_at = now;
        after.started_as = (*first != self.execution).then(|| first.clone());
        after.rewound.push(before.record.execution.clone());
        after
    }
}
