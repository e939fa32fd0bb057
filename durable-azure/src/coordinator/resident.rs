//! An instance that this node holds: its record, who owns it, and what waits for it.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::fmt;
use std::sync::Arc;

use durable_core::history::{Event, EventKind};
use durable_core::hub::{InstanceRecord, Message};
use durable_core::{BuildId, ExecutionId, InstanceId, TaskId, Timestamp};

use super::remembered::Remembered;
use super::wish::Wishes;
use super::worker::WorkerKey;

/// The queue service's id of a message.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct MessageId(Arc<str>);

impl MessageId {
    pub(crate) fn new(id: &str) -> Self {
        Self(id.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who may commit. The epoch grows whenever the right passes on, which fences everyone who had it before.
#[derive(Debug, Default)]
pub(crate) struct Ownership {
    pub(crate) worker: Option<WorkerKey>,
    pub(crate) epoch: u64,
}

impl Ownership {
    pub(crate) fn claim(&mut self, worker: WorkerKey) {
        self.worker = Some(worker);
        self.epoch += 1;
    }

    pub(crate) fn revoke(&mut self) {
        self.worker = None;
        self.epoch += 1;
    }

    pub(crate) fn is_held(&self, worker: WorkerKey, epoch: u64) -> bool {
        self.worker == Some(worker) && self.epoch == epoch
    }
}

/// A child or a task that the storage does not tell from the history alone.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Sent {
    /// The task that waits for its answer.
    #[serde(rename = "t")]
    pub(crate) task: Option<TaskId>,
    /// The child that was started.
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    pub(crate) child: Option<InstanceId>,
}

/// Which builds have had their try with a blocked instance.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// Stored, or on its way there.
    pub(crate) tried: BTreeSet<BuildId>,
    /// Stored, and not yet handed out.
    pub(crate) granted: BTreeSet<BuildId>,
}

/// An instance of an owned partition, running or just ended.
#[derive(Debug)]
pub(crate) struct Resident {
    /// Tells it apart from what was held under the same id before.
    pub(crate) number: u64,
    pub(crate) partition: u32,
    /// What the Instances row says. Its owner and since when it is stalled are not kept here.
    pub(crate) record: InstanceRecord,
    /// The execution it was started with, which makes the start idempotent for the instance's whole life.
    pub(crate) first_execution: ExecutionId,
    /// The executions that the current one goes on from by a rewind: what their children answer is for it.
    pub(crate) rewound: Vec<ExecutionId>,
    /// Which start of the id it is, as the framework counts.
    pub(crate) start_generation: Option<i32>,
    /// How many rows of the history are not events of the core.
    pub(crate) foreign_rows: u64,
    /// What the row's `CreatedTime` has below a microsecond.
    pub(crate) created_fine: u8,
    pub(crate) block: Block,
    /// The etag of its row in the table of instances, as it was last read or written here; `None` if that is not known to be
    /// what the record says.
    pub(crate) row_etag: Option<String>,
    /// The etag of the history's sentinel, by which the next commit is fenced; `None` if there is no sentinel.
    pub(crate) etag: Option<String>,
    /// Tasks and children of the current execution that its events do not tell of.
    pub(crate) sent: Vec<Sent>,
    pub(crate) wishes: Wishes,
    /// The messages that its sentinel tells of and that may not have been put: none of an instance that is held.
    pub(crate) outbox: Vec<String>,
    /// The tasks that the history has scheduled, and those that it has an answer to.
    pub(crate) tasks: Tasks,
    /// Messages that have had their effect and may come again: they could not be removed, or are put twice.
    pub(crate) settled: Remembered,
    pub(crate) owner: Ownership,
    /// Whether a change of it is being stored: it keeps its owner until then.
    pub(crate) busy: bool,
    /// What no turn has consumed yet, in the order in which it is delivered.
    pub(crate) inbox: VecDeque<Waiting>,
    /// The history as it was read when the instance came, for the first who loads it.
    pub(crate) history: Option<Arc<Vec<Event>>>,
}

/// Which tasks of an execution there are.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Tasks {
    scheduled: HashSet<TaskId>,
    answered: HashSet<TaskId>,
}

/// A message in an inbox.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) message: Message,
    /// The message of the queue that it is.
    pub(crate) id: Option<MessageId>,
    /// What caused it, if that may put it twice.
    pub(crate) cause: Option<MessageId>,
    /// When it became ready.
    pub(crate) since: Timestamp,
    /// Whether continue-as-new carried it over: it stays before what is not carried.
    pub(crate) carried: bool,
    /// Whether the present owner has it.
    pub(crate) handed_out: bool,
}

impl Waiting {
    /// Returns by what it is recognised when it comes again.
    pub(crate) fn known_by(&self) -> Option<MessageId> {
        self.cause.clone().or_else(|| self.id.clone())
    }
}

impl Tasks {
    /// Notes what an event of the history says.
    pub(crate) fn note(&mut self, kind: &EventKind) {
        match kind {
            EventKind::TaskScheduled { task, .. }
            | EventKind::SubOrchestrationInstanceCreated { task, .. }
            | EventKind::TimerCreated { task, .. }
            | EventKind::EventSent { task, .. } => {
                self.scheduled.insert(*task);
            }
            other => {
                self.answered.extend(other.answered());
            }
        }
    }

    /// Notes a task that was sent out without an event.
    pub(crate) fn note_sent(&mut self, task: TaskId) {
        self.scheduled.insert(task);
    }

    pub(crate) fn is_scheduled(&self, task: TaskId) -> bool {
        self.scheduled.contains(&task)
    }

    pub(crate) fn is_answered(&self, task: TaskId) -> bool {
        self.answered.contains(&task)
    }
}

impl Resident {
    /// Makes what is held of an instance from its record, with nothing known of its history.
    pub(crate) fn new(number: u64, partition: u32, record: InstanceRecord) -> Self {
        Self {
            number,
            partition,
            first_execution: record.execution.clone(),
            record,
            rewound: Vec::new(),
            start_generation: None,
            foreign_rows: 0,
            created_fine: 0,
            block: Block::default(),
            row_etag: None,
            etag: None,
            sent: Vec::new(),
            wishes: Wishes::default(),
            outbox: Vec::new(),
            tasks: Tasks::default(),
            settled: Remembered::default(),
            owner: Ownership::default(),
            busy: false,
            inbox: VecDeque::new(),
            history: None,
        }
    }

    /// Returns the current execution.
    pub(crate) fn execution(&self) -> &ExecutionId {
        &self.record.execution
    }

    /// Returns whether the execution is the current one, or one that it goes on from by a rewind.
    pub(crate) fn goes_on_from(&self, execution: &ExecutionId) -> bool {
        self.execution() == execution || self.rewound.contains(execution)
    }

    pub(crate) fn is_ended(&self) -> bool {
        self.record.status.is_ended()
    }

    /// Returns whether a message for that execution, or for any, is for it.
    pub(crate) fn accepts(&self, execution: Option<&ExecutionId>) -> bool {
        !self.is_ended() && execution.is_none_or(|execution| self.goes_on_from(execution))
    }

    /// Ends the present ownership: what its owner had and did not consume is handed out again.
    pub(crate) fn disown(&mut self) {
        self.owner.revoke();
        self.take_back_messages();
    }

    /// Makes everything that is not consumed undelivered.
    pub(crate) fn take_back_messages(&mut self) {
        for waiting in &mut self.inbox {
            waiting.handed_out = false;
        }
    }

    pub(crate) fn has_undelivered(&self) -> bool {
        self.inbox.iter().any(|waiting| !waiting.handed_out)
    }

    /// Returns whether its first turn may run.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.record.scheduled_start.is_none_or(|due| due <= now)
    }

    /// Returns whether it has its first event, in the history or in the inbox: without it no turn can be made.
    pub(crate) fn has_beginning(&self) -> bool {
        let is_start =
            |waiting: &Waiting| matches!(waiting.message.event.kind, EventKind::ExecutionStarted(_));
        self.record.event_count > 0 || self.inbox.iter().any(is_start)
    }

    /// Returns whether an answer to a task of the current execution waits in the inbox.
    pub(crate) fn has_answer(&self, task: TaskId) -> bool {
        self.inbox
            .iter()
            .any(|it| it.message.event.kind.answered() == Some(task))
    }

    /// Returns since when there has been something that no worker has, or might have but for its lease.
    pub(crate) fn ready_since(&self) -> Option<Timestamp> {
        let first = self.inbox.iter().map(|waiting| waiting.since).min()?;
        Some(self.record.scheduled_start.map_or(first, |due| due.max(first)))
    }

    /// Makes another execution the current one. What waits for the old one is dropped and returned; what is for any is
    /// kept, behind `before`.
    pub(crate) fn replace_execution(
        &mut self,
        execution: &ExecutionId,
        before: VecDeque<Waiting>,
    ) -> Vec<MessageId> {
        let waiting = std::mem::replace(&mut self.inbox, before);
        let (kept, dropped): (Vec<_>, Vec<_>) = (waiting.into_iter())
            .partition(|it| (it.message.execution.as_ref()).is_none_or(|of| of == execution));
        self.inbox.extend(kept);
        self.record.execution = execution.clone();
        self.tasks = Tasks::default();
        self.sent.clear();
        self.history = None;
        dropped.into_iter().filter_map(|it| it.id).collect()
    }

    /// Takes everything out of the inbox, and returns the messages.
    pub(crate) fn empty_inbox(&mut self) -> Vec<MessageId> {
        self.inbox.drain(..).filter_map(|waiting| waiting.id).collect()
    }
}
