//! What a turn sends: put before the turn is committed, in effect after it. Events that it raises are put after it
//! ([`outbox`](super::outbox)).

use std::collections::BTreeSet;
use std::time::Duration;

use durable_core::history::{Event, EventKind, Tags};
use durable_core::hub::{ActivityKey, ChildStart, HubError, NextExecution, Outgoing};
use durable_core::{ExecutionId, InstanceId, TaskId, Timestamp};

use super::letter::{Letter, Sender};
use super::parcel::Parcel;
use super::shared::Shared;
use super::together::together;
use crate::coordinator::{MessageId, Sent, State};
use crate::wire::Extras;

/// Who sends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct From<'a> {
    pub(crate) instance: &'a InstanceId,
    pub(crate) execution: &'a ExecutionId,
    pub(crate) tags: &'a Tags,
}

/// Something that was put, with its message if this node keeps it.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) parcel: Parcel,
    pub(crate) message: Option<MessageId>,
}

/// A child whose start was put.
#[derive(Debug)]
pub(crate) struct Begins {
    pub(crate) child: ChildStart,
    pub(crate) letter: Letter,
    pub(crate) message: Option<MessageId>,
}

/// What is known of a commit that was not answered as one that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    No,
    Perhaps,
}

impl Shared {
    /// Puts everything that a turn sends, but for what is put after the commit. Nothing of it is in effect here before
    /// [`State::take_effect`]; if one cannot be put, the others are taken back.
    pub(crate) async fn post_all(
        &self,
        from: From<'_>,
        outgoing: Vec<Outgoing>,
    ) -> Result<Vec<Posted>, HubError> {
        let sender = Sender {
            of: Some((from.instance.clone(), from.execution.clone())),
            tags: None,
        };
        let mut parcels = Vec::with_capacity(outgoing.len());
        let mut kept = self.with(|state| state.activities.len());
        let mut raised = BTreeSet::new();
        for one in outgoing {
            let is_raise = matches!(one, Outgoing::Raise { .. });
            let parcel = match self.parcel(from, one) {
                // What follows an event to the same receiver must not overtake it.
                Parcel::Letter(letter) if is_raise || raised.contains(&letter.to) => {
                    raised.insert(letter.to.clone());
                    self.later(letter, &sender)?
                }
                other => other,
            };
            // Made here, one after the other, so that the numbers of the messages are in order.
            let put = self.put_of(&parcel, &sender, from.tags, &mut kept)?;
            parcels.push((parcel, put));
        }
        let puts = parcels.iter().map(|(_, put)| async move {
            match put {
                Some(put) => self.carry_out(put).await,
                None => Ok(None),
            }
        });
        let answers = together(puts).await;
        let mut failed = None;
        let mut posted = Vec::with_capacity(parcels.len());
        for ((parcel, _), answer) in parcels.into_iter().zip(answers) {
            match answer {
                Ok(message) => posted.push(Posted { parcel, message }),
                Err(error) => failed = Some(error),
            }
        }
        match failed {
            None => Ok(posted),
            Some(error) => {
                self.take_back(posted).await;
                Err(error)
            }
        }
    }

    /// Removes what was put for a turn that was not committed.
    pub(crate) async fn take_back(&self, posted: Vec<Posted>) {
        let messages = posted.into_iter().filter_map(|it| it.message).collect();
        self.undo(messages, Stored::No).await;
    }

    /// Removes messages of what was not stored. If it may have been, nobody but the reader of the history can tell what
    /// becomes of them: they are put back for it, and those that the history does not tell of are recognised.
    pub(crate) async fn undo(&self, messages: Vec<MessageId>, stored: Stored) {
        let undone = messages.iter().map(|id| async move {
            match stored {
                Stored::No => self.remove(id).await,
                Stored::Perhaps => self.put_back(id, Duration::ZERO).await,
            }
        });
        for answer in together(undone).await {
            if let Err(error) = answer {
                tracing::warn!(%error, "a message of a turn that was not committed could not be withdrawn");
            }
        }
    }
}

impl State {
    /// Lets what was put take effect here, and returns the activities that were scheduled and the children that begin.
    pub(crate) fn take_effect(
        &mut self,
        shared: &Shared,
        from: (&InstanceId, &ExecutionId),
        posted: Vec<Posted>,
    ) -> (Vec<ActivityKey>, Vec<Begins>) {
        let (mut scheduled, mut later) = (Vec::new(), Vec::new());
        for Posted { parcel, message } in posted {
            match parcel {
                Parcel::Letter(letter) => self.bring(shared, letter, message),
                Parcel::Later(later) => self.bring(shared, later.letter, message),
                Parcel::Timer(fire_at, letter) => {
                    if message.is_some() {
                        let arrival = shared.arrival_at(letter, message, self.now);
                        self.set_timer(fire_at, arrival);
                    }
                }
                Parcel::Activity(key, order) => {
                    if message.is_some() {
                        self.add_activity(key.clone(), order, message, (0, 1), None);
                        scheduled.push(key);
                    }
                }
                Parcel::CancelActivity(task) => {
                    let key = ActivityKey {
                        instance: from.0.clone(),
                        execution: from.1.clone(),
                        task,
                    };
                    self.cancel_activity(&key);
                }
                Parcel::CancelTimer(task) => self.drop_timers(|timer| {
                    let is_its =
                        matches!(&timer.event.kind, EventKind::TimerFired { task: of, .. } if *of == task);
                    is_its && timer.instance == *from.0 && timer.execution.as_ref() == Some(from.1)
                }),
                Parcel::Child(child, letter) => later.push(Begins {
                    child: *child,
                    letter,
                    message,
                }),
                Parcel::Wish => {}
            }
        }
        (scheduled, later)
    }

    /// Brings a letter to its receiver, if this node keeps its message.
    fn bring(&mut self, shared: &Shared, letter: Letter, message: Option<MessageId>) {
        if message.is_some() {
            let arrival = shared.arrival_at(letter, message, self.now);
            self.deliver(arrival);
        }
    }
}

/// Returns the tasks and children that the events of a turn do not tell of.
pub(crate) fn untold(outgoing: &[Outgoing], events: &[Event]) -> Vec<Sent> {
    let is_told = |task: TaskId| {
        events.iter().any(|event| match &event.kind {
            EventKind::TaskScheduled { task: of, .. }
            | EventKind::SubOrchestrationInstanceCreated { task: of, .. }
            | EventKind::TimerCreated { task: of, .. } => *of == task,
            _ => false,
        })
    };
    let sent = outgoing.iter().filter_map(|one| match one {
        Outgoing::Activity(order) => Some(Sent {
            task: Some(order.task),
            child: None,
        }),
        Outgoing::Timer { task, .. } => Some(Sent {
            task: Some(*task),
            child: None,
        }),
        Outgoing::StartChild(child) => {
            let parent = child.started.parent.as_ref()?;
            let child = Some(child.started.instance.clone());
            Some(Sent {
                task: Some(parent.task),
                child,
            })
        }
        _ => None,
    });
    sent.filter(|sent| sent.task.is_none_or(|task| !is_told(task)))
        .collect()
}

/// Returns the letters that begin the next execution: its start, and what is carried over, all for that execution only, so
/// that none has an effect if the turn is not committed.
pub(crate) fn next_letters(next: &NextExecution, now: Timestamp) -> Vec<Letter> {
    let started = &next.started;
    let to = |event, carried| {
        let mut letter = Letter::new(started.instance.clone(), Some(started.execution.clone()), event);
        letter.extras = Extras {
            carried,
            ..Extras::default()
        };
        letter
    };
    let start = next.first_event(now);
    let carried = next.carried.iter().cloned().map(|event| to(event, true));
    std::iter::once(to(start, false)).chain(carried).collect()
}
