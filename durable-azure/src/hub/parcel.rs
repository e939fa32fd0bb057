//! One thing that a turn sends, and how it is put.

use std::time::Duration;

use durable_core::history::{Event, EventKind, Tags};
use durable_core::hub::{ActivityKey, ActivityOrder, ChildStart, HubError, Outgoing};
use durable_core::{InstanceId, TaskId, Timestamp};

use super::in_hand::QueueOf;
use super::letter::{Letter, Sender};
use super::outbox::Later;
use super::outgoing::From;
use super::shared::Shared;
use crate::coordinator::MessageId;
use crate::wire::MessageData;

/// One thing that is sent, and what is done with it after the commit.
#[derive(Debug)]
pub(crate) enum Parcel {
    Letter(Letter),
    /// One that is put after the commit.
    Later(Box<Later>),
    Timer(Timestamp, Letter),
    Activity(ActivityKey, ActivityOrder),
    Child(Box<ChildStart>, Letter),
    CancelActivity(TaskId),
    CancelTimer(TaskId),
    /// What is stored with the commit, and nowhere else.
    Wish,
}

/// A message that is to be put.
pub(super) struct Put {
    queue: QueueOf,
    message: MessageData,
    hold: Hold,
    hidden: Option<Duration>,
}

/// Whether this node keeps what it puts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    Yes,
    No,
    /// If the receiver's partition is its own.
    IfOwned,
}

impl Shared {
    pub(super) fn parcel(&self, from: From<'_>, outgoing: Outgoing) -> Parcel {
        match outgoing {
            Outgoing::Activity(order) => {
                let key = ActivityKey {
                    instance: from.instance.clone(),
                    execution: from.execution.clone(),
                    task: order.task,
                };
                Parcel::Activity(key, order)
            }
            Outgoing::Timer { task, fire_at } => {
                let event = Event::new(fire_at, EventKind::TimerFired { task, fire_at });
                let letter = Letter::new(from.instance.clone(), Some(from.execution.clone()), event);
                Parcel::Timer(fire_at, letter)
            }
            Outgoing::StartChild(child) => {
                let started = &child.started;
                let event = child.first_event(self.now());
                let mut letter =
                    Letter::new(started.instance.clone(), Some(started.execution.clone()), event);
                letter.extras.policy = Some(child.policy);
                Parcel::Child(child, letter)
            }
            Outgoing::Send { to, execution, event } => Parcel::Letter(Letter::new(to, execution, event)),
            Outgoing::Raise { to, name, input } => {
                let kind = EventKind::EventRaised { name, input };
                Parcel::Letter(Letter::to_any(&to, self.now(), kind))
            }
            Outgoing::CancelActivity(task) => Parcel::CancelActivity(task),
            Outgoing::CancelTimer(task) => Parcel::CancelTimer(task),
            Outgoing::CancelChild { .. } | Outgoing::CancelChildren { .. } => Parcel::Wish,
        }
    }

    pub(super) fn put_of(
        &self,
        parcel: &Parcel,
        sender: &Sender,
        tags: &Tags,
        kept: &mut usize,
    ) -> Result<Option<Put>, HubError> {
        let (queue, message, hold) = match parcel {
            Parcel::Letter(letter) | Parcel::Timer(_, letter) => (
                self.queue_of(&letter.to),
                self.message(letter, sender)?,
                Hold::IfOwned,
            ),
            Parcel::Child(_, letter) => {
                let sender = Sender {
                    tags: Some(tags.clone()),
                    ..sender.clone()
                };
                (
                    self.queue_of(&letter.to),
                    self.message(letter, &sender)?,
                    Hold::IfOwned,
                )
            }
            Parcel::Activity(key, order) => {
                let sender = Sender {
                    tags: Some(tags.clone()),
                    ..sender.clone()
                };
                let keep =
                    *kept < self.settings.activities_at_hand && self.with(|state| state.runs_here(order));
                *kept += usize::from(keep);
                let handed_out = u32::from(keep);
                let message = self.work_item(key, order, &sender, handed_out, None)?;
                (
                    QueueOf::WorkItems,
                    message,
                    if keep { Hold::Yes } else { Hold::No },
                )
            }
            Parcel::Later(_) | Parcel::CancelActivity(_) | Parcel::CancelTimer(_) | Parcel::Wish => {
                return Ok(None);
            }
        };
        let hidden = match parcel {
            Parcel::Letter(_) | Parcel::Timer(..) | Parcel::Child(..) => self.time_until(&message),
            _ => None,
        };
        Ok(Some(Put {
            queue,
            message,
            hold,
            hidden,
        }))
    }

    pub(super) async fn carry_out(&self, put: &Put) -> Result<Option<MessageId>, HubError> {
        let hold = match (put.hold, put.queue) {
            (Hold::Yes, _) => true,
            (Hold::IfOwned, QueueOf::Control(partition)) => self.with(|state| state.keeps(partition)),
            (Hold::IfOwned, QueueOf::WorkItems) | (Hold::No, _) => false,
        };
        if hold {
            return self.put_held(put.queue, &put.message, put.hidden).await.map(Some);
        }
        self.put(put.queue, &put.message, put.hidden).await?;
        Ok(None)
    }

    fn queue_of(&self, id: &InstanceId) -> QueueOf {
        QueueOf::Control(self.partition_of(id))
    }
}
