//! The state that an orchestrator's futures share with the execution that polls them.

mod steps;
mod waiting;

use std::cell::{RefCell, RefMut};
use std::collections::BTreeMap;
use std::panic::Location;
use std::rc::Rc;
use std::task::Poll;

use super::action::{Action, Attempt};
use super::difference::InputChange;
use super::halt::Halt;
use super::mailbox::{Mailbox, Ticket, Unread};
use super::random::Random;
use super::recorded::Recorded;
use super::task::{TaskClass, TaskResult, Tasks};
use super::wake::{Parked, Polling};
use crate::decision::Outgoing;
use crate::failure::{FailureDetails, FailureOrigin};
use crate::history::{EventKind, ExecutionStarted};
use crate::id::{ExecutionId, InstanceId, TaskId};
use crate::name::{EventName, WireName};
use crate::payload::Payload;
use crate::time::Timestamp;
use crate::version::{RecordedVersion, Version};

pub(crate) use waiting::Waiting;

/// What `continue_as_new` asked for.
#[derive(Debug)]
pub(crate) struct NextInput {
    pub(crate) place: &'static Location<'static>,
    pub(crate) version: Option<Version>,
    pub(crate) input: Payload,
}

/// Who runs: what the first event and later moves said.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    pub(crate) started: ExecutionStarted,
    /// The version in force, after resolution, moves and rewinds.
    pub(crate) version: RecordedVersion,
    /// Every execution whose history this one goes on from, the present one last.
    pub(crate) lineage: Vec<Ancestor>,
}

/// An execution of a lineage.
#[derive(Debug, Clone)]
pub(crate) struct Ancestor {
    pub(crate) execution: ExecutionId,
    /// Its tasks from this one on were cut off by a rewind: what answers them is not for the tasks of today.
    tasks_kept: u32,
}

impl Identity {
    /// Notes that the execution goes on as another one, with the tasks before `next_task`.
    fn rewind(&mut self, execution: ExecutionId, next_task: u32) {
        for ancestor in &mut self.lineage {
            ancestor.tasks_kept = ancestor.tasks_kept.min(next_task);
        }
        self.lineage.push(Ancestor {
            execution,
            tasks_kept: u32::MAX,
        });
    }

    /// Returns whether a message for an execution, about a task if it is about one, is for the present one.
    pub(crate) fn accepts(&self, execution: &ExecutionId, task: Option<TaskId>) -> bool {
        let ancestor = self
            .lineage
            .iter()
            .find(|ancestor| ancestor.execution == *execution);
        ancestor.is_some_and(|ancestor| task.is_none_or(|task| task.0 < ancestor.tasks_kept))
    }
}

/// The shared state. Only ever borrowed for the length of one method, never while user code runs.
#[derive(Debug)]
pub(crate) struct Engine {
    pub(super) identity: Identity,
    pub(super) now: Timestamp,
    /// The index of the event that is being applied.
    pub(super) position: u64,
    pub(super) replaying: bool,
    /// Whether this run repeats another one that is live.
    pub(super) shadow: bool,
    pub(super) recorded: Recorded,
    pub(super) actions: std::collections::VecDeque<Action>,
    /// What dropped futures send. Not part of the history.
    pub(super) cancels: Vec<Outgoing>,
    pub(super) custom_status: Option<Payload>,
    pub(super) next: Option<NextInput>,
    pub(super) halt: Option<Halt>,
    pub(super) cancel_reason: Option<String>,
    cancel_waiters: BTreeMap<u64, Parked>,
    cancel_tickets: u64,
    /// What the last poll found pending: named in reports.
    pub(super) waiting: Option<Waiting>,
    /// What a poll before the last one found pending: where the code went on from.
    pub(super) waited: Option<Waiting>,
    cancelled_at: Option<u64>,
    /// Set while the futures are dropped for good: their drops send nothing.
    pub(super) closing: bool,
    /// The matched steps whose inputs are not the recorded ones; `None` if nobody compares them.
    pub(super) input_changes: Option<Vec<InputChange>>,
    next_task: u32,
    random: Random,
    pub(super) tasks: Tasks,
    pub(super) mailbox: Mailbox,
    pub(super) polling: Polling,
}

/// A shared handle on the engine.
#[derive(Debug, Clone)]
pub(crate) struct EngineRef(Rc<RefCell<Engine>>);

impl EngineRef {
    pub(super) fn new(started: ExecutionStarted, recorded: Recorded) -> Self {
        let random = Random::from_text(started.execution.as_str());
        let identity = Identity {
            version: recorded.resolved_version().unwrap_or(&started.version).clone(),
            lineage: vec![Ancestor {
                execution: started.execution.clone(),
                tasks_kept: u32::MAX,
            }],
            started,
        };
        Self(Rc::new(RefCell::new(Engine {
            identity,
            now: Timestamp::from_micros(0),
            position: 0,
            replaying: true,
            shadow: false,
            recorded,
            actions: std::collections::VecDeque::new(),
            cancels: Vec::new(),
            custom_status: None,
            next: None,
            halt: None,
            cancel_reason: None,
            cancel_waiters: BTreeMap::new(),
            cancel_tickets: 0,
            waiting: None,
            waited: None,
            cancelled_at: None,
            closing: false,
            input_changes: None,
            next_task: 0,
            random,
            tasks: Tasks::default(),
            mailbox: Mailbox::default(),
            polling: Polling::new_woken(),
        })))
    }

    /// Borrows the engine for one call.
    pub(crate) fn get(&self) -> RefMut<'_, Engine> {
        self.0.borrow_mut()
    }

    /// Puts a result in and wakes who waits for it.
    pub(super) fn complete(&self, task: TaskId, result: TaskResult) {
        let mut engine = self.get();
        let position = engine.position;
        if let Some(parked) = engine.tasks.complete(task, position, result) {
            parked.wake();
        }
    }

    /// Delivers an external event.
    pub(super) fn put_event(&self, name: EventName, at: Timestamp, input: Payload) {
        let mut engine = self.get();
        let position = engine.position;
        if let Some(waiter) = engine.mailbox.put(name, Unread { position, at, input }) {
            waiter.wake();
        }
    }

    /// Takes the next external event of a name.
    pub(crate) fn take_event(&self, name: &EventName, ticket: &mut Option<Ticket>) -> Option<Payload> {
        let mut engine = self.get();
        let Engine { mailbox, polling, .. } = &mut *engine;
        let (unread, next) = mailbox.take(name, ticket, || polling.park())?;
        if let Some(next) = next {
            next.wake();
        }
        Some(unread.input)
    }

    /// Forgets a waiter for an external event.
    pub(crate) fn leave_event(&self, name: &EventName, ticket: Ticket) {
        let next = self.get().mailbox.leave(name, ticket);
        if let Some(next) = next {
            next.wake();
        }
    }

    /// Applies a request to cancel: open calls end as cancelled, and `ctx.cancelled()` resolves.
    pub(super) fn request_cancel(&self, reason: String) {
        let mut engine = self.get();
        if engine.cancel_reason.is_some() {
            return;
        }
        let failure =
            FailureDetails::new(FailureOrigin::Cancelled, "Cancelled", reason.clone()).non_retriable();
        let position = engine.position;
        engine.cancel_reason = Some(reason);
        engine.cancelled_at = Some(position);
        let (mut parked, cancels) = engine.tasks.cancel_calls(position, &failure);
        if !engine.replaying {
            engine.cancels.extend(cancels);
        }
        parked.extend(std::mem::take(&mut engine.cancel_waiters).into_values());
        parked.into_iter().for_each(Parked::wake);
    }
}

impl Engine {
    /// Forgets what the poll before found pending; returns whether the code only repeats what was done already.
    pub(super) fn begin_poll(&mut self) -> bool {
        if let Some(waiting) = self.waiting.take() {
            self.waited = Some(waiting);
        }
        self.is_repeating()
    }

    /// Returns whether code that runs once has run already: in a replay, and in a shadow.
    pub(crate) fn is_repeating(&self) -> bool {
        self.replaying || self.shadow
    }

    /// Takes the next task id. The next decision must be the task's.
    pub(crate) fn next_task(&mut self) -> TaskId {
        let task = TaskId(self.next_task);
        self.next_task = self.next_task.saturating_add(1);
        task
    }

    /// Returns the id that the next task will get.
    pub(crate) fn peek_task(&self) -> TaskId {
        TaskId(self.next_task)
    }

    /// Returns whether the history has the decision of this task already, so that its payload is not needed again.
    pub(crate) fn is_recorded(&self, task: TaskId) -> bool {
        self.input_changes.is_none() && self.recorded.has_task(task)
    }

    /// Notes it if a matched step has another input than the recorded one, if somebody wants to know.
    pub(super) fn compare_input(&mut self, step: u64, matched: Option<&Action>, recorded: &EventKind) {
        if let (Some(changes), Some(action)) = (&mut self.input_changes, matched) {
            changes.extend(InputChange::between(step, action, recorded));
        }
    }

    /// Notes an attempted step.
    pub(crate) fn attempt(&mut self, place: &'static Location<'static>, attempt: Attempt) {
        self.actions.push_back(Action { place, attempt });
    }

    /// Opens a task for an attempted step.
    pub(crate) fn open_task(&mut self, task: TaskId, class: TaskClass) {
        self.tasks.open(task, class);
    }

    /// Sets a timer.
    pub(crate) fn open_timer(
        &mut self,
        place: &'static Location<'static>,
        fire_at: Timestamp,
        class: TaskClass,
    ) -> TaskId {
        let task = self.next_task();
        self.tasks.open(task, class);
        self.attempt(place, Attempt::Timer { task, fire_at });
        task
    }

    pub(crate) fn poll_task(&mut self, task: TaskId) -> Poll<TaskResult> {
        let polling = &self.polling;
        self.tasks.poll(task, || polling.park())
    }

    pub(crate) fn ready_at(&self, task: TaskId) -> Option<u64> {
        self.tasks.ready_at(task)
    }

    pub(crate) fn event_ready_at(&self, name: &EventName, ticket: Option<Ticket>) -> Option<u64> {
        self.mailbox.ready_at(name, ticket)
    }

    /// Forgets a task whose future was dropped, and tells the other side.
    pub(crate) fn abandon_task(&mut self, task: TaskId) {
        let cancel = self.tasks.abandon(task);
        if !self.replaying && !self.closing {
            self.cancels.extend(cancel);
        }
    }

    /// Lets a task run on by itself: its result is not waited for, and its drop sends nothing.
    pub(crate) fn detach_task(&mut self, task: TaskId) {
        self.tasks.abandon(task);
    }

    /// Returns the sub-orchestrations that are waited for.
    pub(crate) fn open_children(&self) -> Vec<(TaskId, InstanceId)> {
        self.tasks.open_children()
    }

    /// Draws 64 bits that replay draws again.
    pub(crate) fn draw(&mut self) -> u64 {
        self.random.next()
    }

    /// Stops the execution: the turn is given up and the instance blocked. The first reason counts.
    pub(crate) fn halt(&mut self, halt: Halt) {
        let step = self.position;
        self.halt.get_or_insert_with(|| halt.at_step(step));
    }

    pub(crate) fn cancelled_at(&self) -> Option<u64> {
        self.cancelled_at
    }

    pub(crate) fn cancel_reason(&self) -> Option<&str> {
        self.cancel_reason.as_deref()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn is_replaying(&self) -> bool {
        self.replaying
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Returns the execution in force: the present one of the lineage.
    pub(crate) fn execution(&self) -> &ExecutionId {
        self.identity
            .lineage
            .last()
            .map_or(&self.identity.started.execution, |present| &present.execution)
    }

    /// Goes on as another execution, from what is replayed so far.
    pub(crate) fn rewind(&mut self, execution: ExecutionId, version: RecordedVersion) {
        self.identity.rewind(execution, self.next_task);
        self.identity.version = version;
    }

    pub(crate) fn name(&self) -> &WireName {
        &self.identity.started.name
    }

    pub(crate) fn set_custom_status(&mut self, status: Payload) {
        if !self.replaying {
            self.custom_status = Some(status);
        }
    }

    pub(crate) fn continue_as_new(&mut self, next: NextInput) {
        self.next.get_or_insert(next);
    }
}
