//! Tasks: what an execution waits for.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::task::Poll;
use std::time::Duration;

use super::wake::Parked;
use crate::decision::Outgoing;
use crate::failure::FailureDetails;
use crate::history::ChildPolicy;
use crate::id::{InstanceId, TaskId};
use crate::payload::Payload;

/// The result of a task.
pub(crate) type TaskResult = Result<Payload, FailureDetails>;

/// What kind of thing a task waits for.
#[derive(Debug, Clone)]
pub(crate) enum TaskClass {
    Activity {
        /// Which attempt of its call it is, from 1.
        attempt: u32,
        /// How long it may go without a heartbeat.
        heartbeat: Option<Duration>,
    },
    Child {
        instance: InstanceId,
        policy: ChildPolicy,
    },
    Timer,
    /// A timer between two attempts or that limits one: ends with the call it belongs to.
    CallTimer,
}

#[derive(Debug)]
struct Task {
    class: TaskClass,
    state: State,
    /// Whether a result entered the history already, so that a second one is a repetition.
    answered: bool,
}

#[derive(Debug)]
enum State {
    Open(Option<Parked>),
    Done { position: u64, result: TaskResult },
}

/// The open and the unread tasks of an execution.
#[derive(Debug, Default)]
pub(crate) struct Tasks(BTreeMap<TaskId, Task>);

impl Tasks {
    pub(super) fn open(&mut self, task: TaskId, class: TaskClass) {
        self.0.insert(
            task,
            Task {
                class,
                state: State::Open(None),
                answered: false,
            },
        );
    }

    /// Notes that a result for the task enters the history; returns `false` if it must not.
    pub(super) fn accept(&mut self, task: TaskId) -> bool {
        match self.0.get_mut(&task) {
            Some(task) if !task.answered && matches!(task.state, State::Open(_)) => {
                task.answered = true;
                true
            }
            Some(_) | None => false,
        }
    }

    /// Puts the result of an open task in, and returns who waits for it.
    pub(super) fn complete(&mut self, task: TaskId, position: u64, result: TaskResult) -> Option<Parked> {
        let task = self.0.get_mut(&task)?;
        match &mut task.state {
            State::Open(parked) => {
                let parked = parked.take();
                task.state = State::Done { position, result };
                parked
            }
            State::Done { .. } => None,
        }
    }

    /// Takes the result, or notes who waits.
    pub(super) fn poll(&mut self, id: TaskId, park: impl FnOnce() -> Parked) -> Poll<TaskResult> {
        match self.0.entry(id) {
            Entry::Occupied(mut task) => match &mut task.get_mut().state {
                State::Open(stored) => {
                    *stored = Some(park());
                    Poll::Pending
                }
                State::Done { .. } => match task.remove().state {
                    State::Done { result, .. } => Poll::Ready(result),
                    State::Open(_) => Poll::Pending,
                },
            },
            Entry::Vacant(_) => Poll::Pending,
        }
    }

    /// Returns where the result stands in the history, if it is there.
    pub(super) fn ready_at(&self, task: TaskId) -> Option<u64> {
        match &self.0.get(&task)?.state {
            State::Done { position, .. } => Some(*position),
            State::Open(_) => None,
        }
    }

    /// Forgets a task whose future was dropped, and returns what tells the other side.
    pub(super) fn abandon(&mut self, id: TaskId) -> Option<Outgoing> {
        let task = self.0.remove(&id)?;
        match task.state {
            State::Open(_) => cancel_of(id, task.class),
            State::Done { .. } => None,
        }
    }

    /// Corrects the instance of a child to the recorded one.
    pub(super) fn set_child_instance(&mut self, task: TaskId, recorded: &InstanceId) {
        if let Some(Task {
            class: TaskClass::Child { instance, .. },
            ..
        }) = self.0.get_mut(&task)
        {
            instance.clone_from(recorded);
        }
    }

    /// Ends every open call as cancelled: calls and the timers that belong to calls, but not the user's own timers.
    pub(super) fn cancel_calls(
        &mut self,
        position: u64,
        failure: &FailureDetails,
    ) -> (Vec<Parked>, Vec<Outgoing>) {
        let (mut parked, mut cancels) = (Vec::new(), Vec::new());
        for (id, task) in &mut self.0 {
            if matches!(task.class, TaskClass::Timer) {
                continue;
            }
            if let State::Open(waits) = &mut task.state {
                parked.extend(waits.take());
                cancels.extend(cancel_of(*id, task.class.clone()));
                task.state = State::Done {
                    position,
                    result: Err(failure.clone()),
                };
            }
        }
        (parked, cancels)
    }

    /// Returns the sub-orchestrations that are waited for.
    pub(super) fn open_children(&self) -> Vec<(TaskId, InstanceId)> {
        let open = self
            .0
            .iter()
            .filter(|(_, task)| matches!(task.state, State::Open(_)));
        let children = open.filter_map(|(id, task)| match &task.class {
            TaskClass::Child { instance, .. } => Some((*id, instance.clone())),
            TaskClass::Activity { .. } | TaskClass::Timer | TaskClass::CallTimer => None,
        });
        children.collect()
    }

    /// Returns the class of a task that is still open.
    pub(super) fn open_class(&self, task: TaskId) -> Option<&TaskClass> {
        self.0
            .get(&task)
            .filter(|task| matches!(task.state, State::Open(_)))
            .map(|task| &task.class)
    }
}

fn cancel_of(id: TaskId, class: TaskClass) -> Option<Outgoing> {
    match class {
        TaskClass::Activity { .. } => Some(Outgoing::CancelActivity(id)),
        TaskClass::Timer | TaskClass::CallTimer => Some(Outgoing::CancelTimer(id)),
        TaskClass::Child {
            policy: ChildPolicy::Abandon,
            ..
        } => None,
        TaskClass::Child { instance, policy } => {
            let reason = "its caller no longer waits for it".to_owned();
            Some(Outgoing::CancelChild {
                instance,
                policy,
                reason,
            })
        }
    }
}
