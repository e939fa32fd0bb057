//! Changes of an instance that no turn makes, and the one that ends it.

use durable_core::history::{CompletionStatus, Event, EventKind, ExecutionStarted};
use durable_core::hub::{HubError, InstanceRecord};
use durable_core::{InstanceId, Timestamp};

use super::messages::{Letter, Sender};
use super::outgoing::Stored;
use super::shared::Shared;
use super::store::{AppendError, Appending};
use super::wishes::{Pledge, wish};
use crate::coordinator::{Basis, Changes, MessageId, Wanted, terminated};
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
        let done = self.terminate_locked(id, reason, recursive).await?;
        drop(lock);
        match done {
            Ok(pledge) => {
                Box::pin(self.fulfil(pledge)).await;
                Ok(Terminated::Done)
            }
            Err(not_done) => {
                if not_done == Terminated::HadEnded {
                    // Whoever ended it may have died before its children were seen to.
                    Box::pin(self.fulfil_stored(id)).await?;
                }
                Ok(not_done)
            }
        }
    }

    /// Ends an instance, and returns what it wants of its children, which is the caller's to do, who has the instance's
    /// lock; or why it cannot be ended.
    pub(crate) async fn terminate_locked(
        &self,
        id: &InstanceId,
        reason: &str,
        recursive: bool,
    ) -> Result<Result<Pledge, Terminated>, HubError> {
        for _ in 0..TRIES {
            let Some(standing) = self.stand(id).await? else {
                return Ok(Err(Terminated::Missing));
            };
            if standing.basis.record.status.is_ended() {
                self.leave_as_it_is(id);
                return Ok(Err(Terminated::HadEnded));
            }
            match self.try_terminate(id, reason, recursive, &standing).await {
                Ok(pledge) => return Ok(Ok(pledge)),
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
        recursive: bool,
        standing: &Standing,
    ) -> Result<Pledge, AppendError> {
        let basis = &standing.basis;
        let now = self.now();
        let events = events_of_end(&basis.record, basis.next_row == 0, reason, now);
        let told = self.tell_parent(&basis.record, reason).await?;
        let message = told.as_ref().and_then(|(_, message)| message.clone());
        // An instance without a turn has no children.
        let children = (basis.next_row > 0).then(|| wish(basis, Wanted::Children { recursive }, reason));
        let pledge = match self.pledge(id, children.into_iter().collect(), false).await {
            Ok(pledge) => pledge,
            Err(error) => {
                self.undo(message.into_iter().collect(), Stored::No).await;
                return Err(error.into());
            }
        };
        let put = || message.iter().chain(&pledge.reminder).cloned().collect();
        let wishes = basis.wishes.with(&pledge.wishes);
        let appending = Appending {
            instance: id,
            execution: basis.record.execution.as_str(),
            next_row: basis.next_row,
            events: &events,
            etag: basis.etag.as_deref(),
            sent: &basis.sent,
            wishes: wishes.as_deref(),
            settled: &[],
            outbox: &[],
            previous: None,
        };
        let etag = match self.append(&appending).await {
            Ok(etag) => etag,
            Err(error) => {
                self.undo(put(), error.stored()).await;
                return Err(error);
            }
        };
        if let Err(error) = self.show_end(id, reason, standing, (etag, &events)).await {
            // It has ended all the same: others read what was put for it.
            self.undo(put(), Stored::Perhaps).await;
            return Err(error.into());
        }
        if let Some((letter, Some(message))) = told {
            let arrival = self.arrival(letter, Some(message));
            self.change(|state| state.deliver(arrival));
        }
        Ok(pledge)
    }

    /// Shows that an instance has ended: in its row, and to whoever holds it.
    async fn show_end(
        &self,
        id: &InstanceId,
        reason: &str,
        standing: &Standing,
        (etag, events): (String, &[Event]),
    ) -> Result<(), HubError> {
        let now = self.now();
        let mut after = self.row_of(&standing.basis);
        after.record.event_count += events.len() as u64;
        after.record.updated_at = now;
        after
            .record
            .end(CompletionStatus::Terminated(reason.to_owned()), now);
        after.builds_tried.clear();
        self.merge_row(id, &self.row_of(&standing.basis), &after, Some(&etag))
            .await?;
        if standing.is_held {
            self.change(|state| {
                state.finish_change(id, after.record, Some(etag), events);
                state.finish_ended(id);
                if !self.watchers.is_watched(id) {
                    state.forget_if_idle(id);
                }
            });
            return Ok(());
        }
        let kind = EventKind::ExecutionTerminated {
            reason: reason.to_owned(),
        };
        self.tell_owner(id, WireEvent::of(Event::new(now, kind))).await?;
        self.watchers.wake(id);
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
        let message = self.own_message(id, event)?;
        let queue = super::in_hand::QueueOf::Control(self.partition_of(id));
        self.put(queue, &message, None).await
    }

    /// Makes a message of the hub itself to an instance, for any execution.
    pub(crate) fn own_message(&self, id: &InstanceId, event: WireEvent) -> Result<MessageData, HubError> {
        Ok(MessageData {
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
        })
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

/// Returns the events with which an instance is ended by hand.
fn events_of_end(record: &InstanceRecord, is_new: bool, reason: &str, now: Timestamp) -> Vec<Event> {
    // If the first turn never was: a history still begins with its first event.
    let first = is_new.then(|| EventKind::ExecutionStarted(Box::new(first_event(record))));
    let terminated = EventKind::ExecutionTerminated {
        reason: reason.to_owned(),
    };
    let status = CompletionStatus::Terminated(reason.to_owned());
    let end = [terminated, EventKind::ExecutionCompleted(status)];
    let kinds = first.into_iter().chain(end);
    kinds.map(|kind| Event::new(now, kind)).collect()
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
