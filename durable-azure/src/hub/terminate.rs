//! Changes of an instance that no turn makes, and the one that ends it.

use durable_core::history::{CompletionStatus, Event, EventKind, ExecutionStarted};
use durable_core::hub::{HubError, InstanceRecord};
use durable_core::{ExecutionId, InstanceId};

use super::messages::{Letter, Sender};
use super::shared::Shared;
use super::store::{AppendError, Appending};
use crate::coordinator::{Basis, Changes, MessageId, terminated};
use crate::error::{conflict, not_found};
use crate::value::Ticks;
use crate::wire::{
    Address, Extras, ForeignBody, ForeignEvent, InstanceRow, Json, MessageData, Object, WireEvent,
};

/// How often a change is tried again that met another's.
pub(crate) const TRIES: usize = 5;

/// Where an instance stands, for whoever has its lock.
#[derive(Debug)]
pub(crate) struct Standing {
    pub(crate) basis: Basis,
    /// Whether this node holds it in memory.
    pub(crate) is_held: bool,
}

/// What a termination did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Terminated {
    Done,
    /// It had ended before.
    HadEnded,
    Missing,
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

    /// Ends an instance without running any of its code, and does to its children what `recursive` and their policies say.
    pub(crate) async fn terminate(
        &self,
        id: &InstanceId,
        reason: &str,
        recursive: bool,
    ) -> Result<Terminated, HubError> {
        let lock = self.locks.lock(id).await;
        let done = self.terminate_locked(id, reason).await?;
        drop(lock);
        if done == Terminated::Done {
            self.settle_children(id, reason, recursive).await?;
        }
        Ok(done)
    }

    /// Ends an instance; its children are the caller's to settle, who has the instance's lock.
    pub(crate) async fn terminate_locked(
        &self,
        id: &InstanceId,
        reason: &str,
    ) -> Result<Terminated, HubError> {
        for _ in 0..TRIES {
            let Some(standing) = self.stand(id).await? else {
                return Ok(Terminated::Missing);
            };
            if standing.basis.record.status.is_ended() {
                self.leave_as_it_is(id);
                return Ok(Terminated::HadEnded);
            }
            match self.try_terminate(id, reason, &standing).await {
                Ok(()) => return Ok(Terminated::Done),
                Err(AppendError::Stale) => self.forget_stale(id).await,
                Err(AppendError::Unknown(error)) => {
                    self.forget_stale(id).await;
                    return Err(error);
                }
                Err(AppendError::Failed(error)) => {
                    self.leave_as_it_is(id);
                    return Err(error);
                }
            }
        }
        Err(conflict(format!(
            "the instance `{id}` is changed by others all the time"
        )))
    }

    async fn try_terminate(
        &self,
        id: &InstanceId,
        reason: &str,
        standing: &Standing,
    ) -> Result<(), AppendError> {
        let basis = &standing.basis;
        let now = self.now();
        let status = CompletionStatus::Terminated(reason.to_owned());
        let mut events = Vec::new();
        if basis.next_row == 0 {
            // The first turn never was, and still a history begins with its first event.
            let first = first_event(&basis.record);
            events.push(Event::new(now, EventKind::ExecutionStarted(Box::new(first))));
        }
        let terminated = EventKind::ExecutionTerminated {
            reason: reason.to_owned(),
        };
        events.extend(
            [terminated, EventKind::ExecutionCompleted(status.clone())].map(|kind| Event::new(now, kind)),
        );
        let told = self.tell_parent(&basis.record, reason).await?;
        let etag = self
            .append(&Appending {
                instance: id,
                execution: basis.record.execution.as_str(),
                next_row: basis.next_row,
                events: &events,
                etag: basis.etag.as_deref(),
                sent: &basis.sent,
                settled: &[],
                previous: None,
            })
            .await;
        let etag = match etag {
            Ok(etag) => etag,
            Err(error) => {
                let told = told.and_then(|(_, message)| message);
                self.undo(told.into_iter().collect(), error.stored()).await;
                return Err(error);
            }
        };
        let mut after = self.row_of(basis);
        after.record.event_count += events.len() as u64;
        after.record.updated_at = now;
        after.record.end(status, now);
        after.builds_tried.clear();
        self.merge_row(id, &self.row_of(basis), &after, Some(&etag))
            .await?;
        if standing.is_held {
            self.change(|state| {
                state.finish_change(id, after.record, Some(etag), &events);
                state.finish_ended(id);
                if !self.watchers.is_watched(id) {
                    state.forget_if_idle(id);
                }
            });
        } else {
            let kind = EventKind::ExecutionTerminated {
                reason: reason.to_owned(),
            };
            self.tell_owner(id, WireEvent::of(Event::new(now, kind))).await?;
            self.watchers.wake(id);
        }
        if let Some((letter, Some(message))) = told {
            let arrival = self.arrival(letter, Some(message));
            self.change(|state| state.deliver(arrival));
        }
        Ok(())
    }

    /// Sends the failure of a terminated instance to its parent. It is in effect once it is delivered.
    async fn tell_parent(
        &self,
        record: &InstanceRecord,
        reason: &str,
    ) -> Result<Option<(Letter, Option<MessageId>)>, HubError> {
        let Some(parent) = &record.parent else {
            return Ok(None);
        };
        let kind = EventKind::SubOrchestrationInstanceFailed {
            task: parent.task,
            failure: terminated(reason.to_owned()),
        };
        let event = Event::new(self.now(), kind);
        let letter = Letter::new(parent.instance.clone(), Some(parent.execution.clone()), event);
        let sender = Sender {
            of: Some((record.instance.clone(), record.execution.clone())),
            tags: None,
        };
        let message = self.post(&letter, &sender).await?;
        Ok(Some((letter, message)))
    }

    /// Tells the node that owns an instance's partition that its history has changed.
    pub(crate) async fn tell_owner(&self, id: &InstanceId, event: WireEvent) -> Result<(), HubError> {
        let message = MessageData {
            activity_id: Self::new_guid()?,
            event,
            target: Address {
                instance: id.as_str().to_owned(),
                execution: None,
            },
            context_tags: None,
            sequence_number: self.next_sequence(),
            episode: None,
            sender: Address::default(),
            trace_context: None,
            extras: Extras::default(),
        };
        self.put(
            super::in_hand::QueueOf::Control(self.partition_of(id)),
            &message,
            None,
        )
        .await
    }

    /// Somebody terminated an instance and says so: one who has stored it already, or a client of the framework, who
    /// leaves it to the owner.
    pub(crate) async fn terminated_by_message(
        &self,
        id: &InstanceId,
        reason: &str,
        message: &MessageId,
    ) -> Result<(), HubError> {
        self.reread(id).await?;
        match self.terminate(id, reason, false).await? {
            Terminated::Done | Terminated::HadEnded | Terminated::Missing => self.remove(message).await,
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
                self.put_back(&message, std::time::Duration::ZERO).await?;
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

/// Returns the first event of an instance, from its record.
fn first_event(record: &InstanceRecord) -> ExecutionStarted {
    ExecutionStarted {
        instance: record.instance.clone(),
        execution: record.execution.clone(),
        name: record.name.clone(),
        version: record.version.clone(),
        input: record.input.clone(),
        parent: record.parent.clone(),
        generation: record.generation,
        scheduled_start: record.scheduled_start,
        tags: record.tags.clone(),
    }
}

/// Returns the event that only says that something has changed: the framework uses it so, too.
pub(crate) fn nudge(reason: &str, at: Ticks) -> WireEvent {
    let mut members = Object::of_type("DurableTask.Core.History.GenericEvent");
    members.push("Data", Json::Text(reason.to_owned()));
    members.push("EventType", Json::Number(17.into()));
    members.push("EventId", Json::Number((-1).into()));
    members.push("IsPlayed", Json::Bool(false));
    members.push("Timestamp", Json::Time(at));
    WireEvent::Foreign(ForeignEvent {
        name: "GenericEvent".to_owned(),
        body: ForeignBody::Message(members),
    })
}

/// Says that an instance is none, or has ended.
pub(crate) fn refuse_ended(id: &InstanceId, known: Option<&InstanceRow>) -> Result<(), HubError> {
    match known {
        None => Err(not_found(format_args!("instance `{id}`"))),
        Some(row) if row.record.status.is_ended() => Err(conflict(format!("the instance `{id}` has ended"))),
        Some(_) => Ok(()),
    }
}

/// Returns whether an execution is one that the present one goes on from, or the present one.
pub(crate) fn goes_on_from(row: &InstanceRow, execution: &ExecutionId) -> bool {
    row.record.execution == *execution || row.rewound.contains(execution)
}
