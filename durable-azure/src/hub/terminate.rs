//! The end of an instance that no turn makes.

use durable_core::history::{CompletionStatus, Event, EventKind};
use durable_core::hub::{HubError, InstanceRecord};
use durable_core::{InstanceId, Timestamp};

use super::letter::{Letter, Sender};
use super::outgoing::Stored;
use super::shared::Shared;
use super::standing::{Standing, TRIES};
use super::store::{AppendError, Appending};
use super::wishes::{Pledge, wish};
use crate::coordinator::{Changes, MessageId, Wanted, terminated};
use crate::error::conflict;
use crate::wire::WireEvent;

/// What a termination did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Terminated {
    Done,
    /// It had ended before.
    HadEnded,
    Missing,
}

impl Shared {
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
}

/// Returns the events with which an instance is ended by hand.
fn events_of_end(record: &InstanceRecord, is_new: bool, reason: &str, now: Timestamp) -> Vec<Event> {
    // If the first turn never was: a history still begins with its first event.
    let first = is_new.then(|| EventKind::ExecutionStarted(Box::new(record.started())));
    let terminated = EventKind::ExecutionTerminated {
        reason: reason.to_owned(),
    };
    let status = CompletionStatus::Terminated(reason.to_owned());
    let end = [terminated, EventKind::ExecutionCompleted(status)];
    let kinds = first.into_iter().chain(end);
    kinds.map(|kind| Event::new(now, kind)).collect()
}
