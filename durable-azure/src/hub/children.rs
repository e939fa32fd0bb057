//! Parents and their sub-orchestrations.

use std::collections::BTreeSet;
use std::time::Duration;

use durable_core::history::{ChildPolicy, Event, EventKind, Marker, MarkerKind};
use durable_core::hub::{ChildStart, HubError, InstanceRecord, InstanceStatus};
use durable_core::{FailureDetails, FailureOrigin, InstanceId, Payload, Timestamp};

use super::letter::{Letter, Sender};
use super::outgoing::Begins;
use super::shared::Shared;
use crate::coordinator::{MessageId, Resident, Wish};
use crate::wire::InstanceRow;

/// Returns the message that asks an instance to end.
pub(crate) fn cancel_letter(id: &InstanceId, reason: &str, now: Timestamp) -> Letter {
    let marker = Marker {
        kind: MarkerKind::CancelRequested,
        version: 1,
        task: None,
        data: serde_json::Value::from(reason).to_string(),
    };
    Letter::to_any(id, now, EventKind::Marker(marker))
}

/// Returns whether a row is that of a child which has not ended, and whose parent's wish this is.
fn is_meant(wish: &Wish, parent: &InstanceId, row: &InstanceRow) -> bool {
    let of = row.record.parent.as_ref();
    of.is_some_and(|of| of.instance == *parent && wish.is_of(&of.execution)) && !row.record.status.is_ended()
}

/// By whom a child was begun.
enum Begun {
    Now(Box<InstanceRow>),
    /// By whoever has read its start before its parent wrote the row.
    ByItsStart,
    /// By an earlier sending of the turn, which was not stored, under another execution; it answers the same task.
    ByAnEarlierTurn,
    /// By either of the two, and it has ended since: what it has answered may have come before the parent had a history,
    /// and have been given up.
    AndHasEnded(Box<Letter>),
    ByOthers,
}

/// Returns what a child that has ended tells its parent.
pub(super) fn answer_of(record: &InstanceRecord, now: Timestamp) -> Option<Letter> {
    let parent = record.parent.as_ref()?;
    let task = parent.task;
    let kind = match record.status {
        InstanceStatus::Completed => {
            let result = record.output.clone().unwrap_or_else(Payload::unit);
            EventKind::SubOrchestrationInstanceCompleted { task, result }
        }
        InstanceStatus::Failed | InstanceStatus::Canceled | InstanceStatus::Terminated => {
            let unknown = || FailureDetails::new(FailureOrigin::Infrastructure, "Ended", "it has ended");
            let failure = record.failure.clone().unwrap_or_else(unknown);
            EventKind::SubOrchestrationInstanceFailed { task, failure }
        }
        InstanceStatus::Pending | InstanceStatus::Running | InstanceStatus::Suspended => return None,
    };
    let event = Event::new(now, kind);
    Some(Letter::new(
        parent.instance.clone(),
        Some(parent.execution.clone()),
        event,
    ))
}

impl Begun {
    fn before(record: &InstanceRecord, child: &ChildStart, now: Timestamp) -> Self {
        let is_its = record.parent.is_some() && record.parent == child.started.parent;
        match answer_of(record, now).filter(|_| is_its) {
            Some(answer) => Self::AndHasEnded(Box::new(answer)),
            None if record.execution == child.started.execution => Self::ByItsStart,
            None if is_its => Self::ByAnEarlierTurn,
            None => Self::ByOthers,
        }
    }
}

impl Shared {
    /// Begins a child whose start was put with its parent's turn, or tells the parent that its id is taken.
    pub(crate) async fn begin_child(&self, parent: &InstanceId, begins: Begins) -> Result<(), HubError> {
        let Begins {
            child,
            letter,
            message,
        } = begins;
        let row = self.pending_row(&child.started, child.policy, None);
        let id = child.started.instance.clone();
        let begun = match self.insert_row(&row).await {
            Ok(Some(etag)) => Begun::Now(Box::new(InstanceRow {
                etag: Some(etag),
                ..row
            })),
            Ok(None) => match self.known(&id).await {
                Ok(Some(existing)) => Begun::before(&existing.record, &child, self.now()),
                // Purged in between: the row can be written now.
                Ok(None) => return self.leave_start(message).await,
                Err(error) => return self.leave_start_after(message, error).await,
            },
            Err(error) => return self.leave_start_after(message, error).await,
        };
        match begun {
            Begun::Now(row) => {
                let resident = self.resident_of(*row);
                self.begin_here(letter, message, Some(resident));
                self.watchers.wake(&id);
                Ok(())
            }
            Begun::ByItsStart => {
                self.begin_here(letter, message, None);
                Ok(())
            }
            Begun::ByAnEarlierTurn => self.forget_start(message).await,
            // If this fails, whoever reads the start answers.
            Begun::AndHasEnded(answer) => match self.send(*answer).await {
                Ok(()) => self.forget_start(message).await,
                Err(error) => self.leave_start_after(message, error).await,
            },
            Begun::ByOthers => {
                self.forget_start(message).await?;
                let Some(of) = child.started.parent else {
                    return Ok(());
                };
                let text = format!("the instance id `{id}` is taken by another instance");
                let failure =
                    FailureDetails::new(FailureOrigin::AlreadyExists, "AlreadyExists", text).non_retriable();
                let kind = EventKind::SubOrchestrationInstanceFailed {
                    task: of.task,
                    failure,
                };
                let letter = Letter::new(parent.clone(), Some(of.execution), Event::new(self.now(), kind));
                self.send(letter).await
            }
        }
    }

    fn begin_here(&self, letter: Letter, message: Option<MessageId>, resident: Option<Resident>) {
        if message.is_none() {
            return;
        }
        let arrival = self.arrival(letter, message);
        self.change(|state| {
            if let Some(resident) = resident {
                state.install(resident);
            }
            state.deliver(arrival)
        });
    }

    async fn forget_start(&self, message: Option<MessageId>) -> Result<(), HubError> {
        match message {
            Some(message) => self.remove(&message).await,
            None => Ok(()),
        }
    }

    /// Leaves a child to whoever reads its start: the row is written then.
    async fn leave_start(&self, message: Option<MessageId>) -> Result<(), HubError> {
        match message {
            Some(message) => self.put_back(&message, Duration::ZERO).await,
            None => Ok(()),
        }
    }

    async fn leave_start_after(&self, message: Option<MessageId>, error: HubError) -> Result<(), HubError> {
        tracing::warn!(%error, "a child's row could not be written; it is written when its start is read");
        self.leave_start(message).await
    }

    /// Sends a letter of a client, or of the hub itself, and brings it to its receiver if that is here.
    pub(crate) async fn send(&self, letter: Letter) -> Result<(), HubError> {
        let message = self.post(&letter, &Sender::default()).await?;
        if message.is_some() {
            let arrival = self.arrival(letter, message);
            self.change(|state| state.deliver(arrival));
        }
        Ok(())
    }

    /// Does to a child what its parent, which no longer wants it, has laid down. Leaves other instances alone.
    pub(crate) async fn cancel_child(
        &self,
        parent: &InstanceId,
        child: &InstanceId,
        policy: ChildPolicy,
        wish: &Wish,
    ) -> Result<(), HubError> {
        let Some(row) = self.known(child).await? else {
            return Ok(());
        };
        if is_meant(wish, parent, &row) {
            self.apply_policy(child, policy, &wish.reason, false).await?;
        }
        Ok(())
    }

    async fn apply_policy(
        &self,
        child: &InstanceId,
        policy: ChildPolicy,
        reason: &str,
        recursive: bool,
    ) -> Result<(), HubError> {
        match policy {
            ChildPolicy::Cancel => self.send(cancel_letter(child, reason, self.now())).await,
            // Its own children are settled with it.
            ChildPolicy::Terminate => Box::pin(self.terminate(child, reason, recursive)).await.map(drop),
            ChildPolicy::Abandon => Ok(()),
        }
    }

    /// Does to the children of an execution that was ended what their policies say; all that are not detached are
    /// terminated if `recursive`.
    pub(crate) async fn settle_children(
        &self,
        parent: &InstanceId,
        wish: &Wish,
        recursive: bool,
    ) -> Result<(), HubError> {
        for child in self.children_of(parent).await? {
            let Some(row) = self
                .known(&child)
                .await?
                .filter(|row| is_meant(wish, parent, row))
            else {
                continue;
            };
            let policy = match row.record.policy {
                ChildPolicy::Cancel | ChildPolicy::Terminate if recursive => ChildPolicy::Terminate,
                other => other,
            };
            self.apply_policy(&child, policy, &wish.reason, recursive).await?;
        }
        Ok(())
    }

    /// Returns the children that the current execution has started, by its history.
    async fn children_of(&self, parent: &InstanceId) -> Result<BTreeSet<InstanceId>, HubError> {
        let history = self.read_history(parent).await?;
        let told = history.events.iter().filter_map(|event| match &event.kind {
            EventKind::SubOrchestrationInstanceCreated { instance, .. } => Some(instance.clone()),
            _ => None,
        });
        let untold = history.own.sent.into_iter().filter_map(|sent| sent.child);
        Ok(told.chain(untold).collect())
    }
}
