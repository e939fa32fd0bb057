//! Who waits for what.

use std::fmt;
use std::panic::Location;
use std::task::Poll;

use super::{Engine, EngineRef};
use crate::function::FunctionKind;
use crate::id::TaskId;
use crate::name::{EventName, WireName};
use crate::replay::wake::Waiter;

/// Something pending, and the place in the user's source that waits for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) place: &'static Location<'static>,
    pub(crate) what: Awaited,
}

/// What is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Awaited {
    Call(FunctionKind, WireName, TaskId),
    Timer(TaskId),
    Event(EventName),
    Cancel,
}

impl Waiting {
    pub(crate) fn call(
        place: &'static Location<'static>,
        kind: FunctionKind,
        name: WireName,
        task: TaskId,
    ) -> Self {
        Self {
            place,
            what: Awaited::Call(kind, name, task),
        }
    }

    pub(crate) fn timer(place: &'static Location<'static>, task: TaskId) -> Self {
        Self {
            place,
            what: Awaited::Timer(task),
        }
    }

    pub(crate) fn event(place: &'static Location<'static>, name: EventName) -> Self {
        Self {
            place,
            what: Awaited::Event(name),
        }
    }

    pub(crate) fn cancel(place: &'static Location<'static>) -> Self {
        Self {
            place,
            what: Awaited::Cancel,
        }
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            Awaited::Call(FunctionKind::Activity, name, task) => {
                write!(f, "activity `{name}` (task {task})")?;
            }
            Awaited::Call(FunctionKind::Orchestrator, name, task) => {
                write!(f, "sub-orchestration `{name}` (task {task})")?;
            }
            Awaited::Timer(task) => write!(f, "a timer (task {task})")?,
            Awaited::Event(name) => write!(f, "event `{name}`")?,
            Awaited::Cancel => f.write_str("a request to cancel")?,
        }
        write!(f, ", at {}", self.place)
    }
}

impl Engine {
    /// Notes what was found pending.
    pub(crate) fn note_waiting(&mut self, waiting: Waiting) {
        self.waiting = Some(waiting);
    }

    /// Returns why somebody asked the instance to cancel, or notes who waits for that.
    pub(crate) fn poll_cancel(&mut self, ticket: &mut Option<u64>) -> Poll<String> {
        if let Some(reason) = &self.cancel_reason {
            return Poll::Ready(reason.clone());
        }
        let ticket = *ticket.get_or_insert_with(|| {
            self.cancel_tickets += 1;
            self.cancel_tickets
        });
        let parked = self.polling.park();
        self.cancel_waiters.insert(ticket, parked);
        Poll::Pending
    }
}

impl EngineRef {
    /// Returns who is polled at the moment.
    pub(crate) fn current(&self) -> Waiter {
        self.get().polling.current().clone()
    }

    /// Polls a child of a list: what it waits for wakes that child.
    pub(crate) fn poll_as<T>(&self, child: Waiter, poll: impl FnOnce() -> T) -> T {
        let parent = self.get().polling.enter(child);
        let polled = poll();
        self.get().polling.enter(parent);
        polled
    }

    /// Forgets who waits for a request to cancel.
    pub(crate) fn leave_cancel(&self, ticket: u64) {
        self.get().cancel_waiters.remove(&ticket);
    }
}
