//! An instance that comes from another hub.

use std::collections::BTreeSet;

use super::{ActivityOrder, InstanceRecord, InstanceStatus, LoadedHistory, Outgoing};
use crate::history::{Event, EventKind, ExecutionStarted};
use crate::id::{ExecutionId, InstanceId, TaskId};

/// An instance as it stood in another hub, quiesced: it has ended, or it is suspended with no activity in flight.
///
/// Made by [`Import::new`] only, so that a hub is never given one that still runs elsewhere.
#[derive(Debug, Clone)]
pub struct Import {
    record: InstanceRecord,
    started: ExecutionStarted,
    events: Vec<Event>,
    timers: Vec<Outgoing>,
}

/// Why an instance cannot be taken to another hub as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotQuiesced {
    /// It may make turns.
    #[error("the instance `{instance}` is {status}: suspend it first")]
    Runs {
        /// The instance.
        instance: InstanceId,
        /// Its state.
        status: InstanceStatus,
    },
    /// It is blocked: its last turn could not be made.
    #[error("the instance `{0}` is blocked: repair it, or terminate it")]
    Blocked(InstanceId),
    /// An activity was called and has not answered.
    #[error("the instance `{instance}` waits for the activity of task {task}: let it end first")]
    Activity {
        /// The instance.
        instance: InstanceId,
        /// The call.
        task: TaskId,
    },
    /// Record and history do not belong together.
    #[error("the history of the instance `{instance}` is not that of its record: {what}")]
    Torn {
        /// The instance.
        instance: InstanceId,
        /// What differs.
        what: &'static str,
    },
}

impl Import {
    /// Takes an instance from what was exported of it.
    ///
    /// `open` is what its open tasks wait for, as a replay on its code says
    /// ([`Execution::open_orders`](crate::replay::Execution::open_orders)): timers are set anew.
    ///
    /// # Errors
    ///
    /// If it is not quiesced, or if record and history do not belong together.
    pub fn new(
        record: InstanceRecord,
        history: LoadedHistory,
        open: impl IntoIterator<Item = Outgoing>,
    ) -> Result<Self, NotQuiesced> {
        let instance = &record.instance;
        if record.status != InstanceStatus::Suspended && !record.status.is_ended() {
            let (instance, status) = (instance.clone(), record.status);
            return Err(NotQuiesced::Runs { instance, status });
        }
        if record.blocked.is_some() {
            return Err(NotQuiesced::Blocked(instance.clone()));
        }
        let torn = |what| NotQuiesced::Torn {
            instance: record.instance.clone(),
            what,
        };
        if record.execution != history.execution {
            return Err(torn("they name different executions"));
        }
        if u64::try_from(history.events.len()) != Ok(record.event_count) {
            return Err(torn("the numbers of events differ"));
        }
        let started = started(&history.events).ok_or_else(|| torn("it has no first event"))?;
        if started.instance != record.instance || started.name != record.name {
            return Err(torn("its first event is another instance's"));
        }
        let mut timers = Vec::new();
        let answered = answered(&history.events);
        for order in open {
            match order {
                // A result that came while it was suspended is in the history already, and is read after it is resumed.
                Outgoing::Activity(ActivityOrder { task, .. }) | Outgoing::Timer { task, .. }
                    if answered.contains(&task) => {}
                Outgoing::Activity(order) => {
                    return Err(NotQuiesced::Activity {
                        instance: record.instance.clone(),
                        task: order.task,
                    });
                }
                Outgoing::Timer { .. } => timers.push(order),
                // What was sent is with its receiver, and a child is an instance of its own.
                Outgoing::StartChild(_)
                | Outgoing::Send { .. }
                | Outgoing::Raise { .. }
                | Outgoing::CancelActivity(_)
                | Outgoing::CancelTimer(_)
                | Outgoing::CancelChild { .. }
                | Outgoing::CancelChildren { .. } => {}
            }
        }
        if record.status.is_ended() {
            timers.clear();
        }
        Ok(Self {
            started: started.clone(),
            record,
            events: history.events,
            timers,
        })
    }

    /// Returns what was known of the instance.
    pub fn record(&self) -> &InstanceRecord {
        &self.record
    }

    /// Returns the history of its current execution, oldest event first.
    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Returns the timers that it waits for: [`Outgoing::Timer`] only.
    pub fn timers(&self) -> &[Outgoing] {
        &self.timers
    }

    /// Returns the first event of its history. After a rewind it names the execution with which that history began.
    pub fn started(&self) -> &ExecutionStarted {
        &self.started
    }

    /// Returns the executions that the current one goes on from by a rewind: what their children answer is for it.
    pub fn rewound(&self) -> impl Iterator<Item = &ExecutionId> {
        self.events.iter().filter_map(|event| match &event.kind {
            EventKind::ExecutionRewound { from, .. } => Some(from),
            _ => None,
        })
    }
}

/// Returns the tasks whose results are in a history, read or not.
pub(crate) fn answered(events: &[Event]) -> BTreeSet<TaskId> {
    events.iter().filter_map(|event| event.kind.answered()).collect()
}

fn started(events: &[Event]) -> Option<&ExecutionStarted> {
    events.iter().find_map(|event| match &event.kind {
        EventKind::ExecutionStarted(started) => Some(&**started),
        _ => None,
    })
}
