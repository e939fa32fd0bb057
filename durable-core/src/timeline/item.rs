//! One thing that happened.

use std::time::Duration;

use crate::failure::FailureDetails;
use crate::id::{InstanceId, TaskId};
use crate::payload::Payload;
use crate::time::Timestamp;

/// One thing that happened, or that goes on.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Item {
    /// The index of the event that began it.
    pub step: usize,
    /// The index of the last event that changed it: of its answer, if it has one. Whoever knows the events before needs only
    /// the items that changed since.
    pub changed: usize,
    /// When it began.
    pub at: Timestamp,
    /// What kind of thing it is: `started`, `activity`, `sub-orchestration`, `timer`, `pause` (before a next attempt), `event`,
    /// `event sent`, `side effect`, `suspended`, `resumed`, `rewound`, `moved`, `version chosen`, `asked to cancel`, and one of
    /// `completed`, `failed`, `canceled`, `terminated` and `continued as new` at the end.
    pub kind: &'static str,
    /// Its task, if it is one.
    pub task: Option<TaskId>,
    /// Its name, its reason, or whatever tells it from others of its kind.
    pub what: String,
    /// The instance that it is about: a sub-orchestration, or the receiver of an event.
    pub instance: Option<InstanceId>,
    /// What it was given.
    pub input: Option<Payload>,
    /// Which attempt of a call it is, and of how many.
    pub attempt: Option<Attempt>,
    /// When it was over.
    pub ended_at: Option<Timestamp>,
    /// What came of it.
    pub outcome: ItemOutcome,
}

/// Which attempt of a call an activity or sub-orchestration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Counted from 1.
    pub number: u32,
    /// The most that there can be, if there is a limit.
    pub most: Option<u32>,
}

/// What came of an item.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemOutcome {
    /// It has none: it happened.
    Happened,
    /// It goes on.
    Open,
    /// It ended, with a value if it has one.
    Done(Option<Payload>),
    /// It failed.
    Failed(FailureDetails),
    /// It ran out of its time.
    TimedOut,
    /// It went on when the execution ended: nobody waited for it any more.
    Left,
}

impl ItemOutcome {
    /// Returns its name, as programs read it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Happened => "happened",
            Self::Open => "open",
            Self::Done(_) => "done",
            Self::Failed(_) => "failed",
            Self::TimedOut => "timed_out",
            Self::Left => "left",
        }
    }
}

impl Item {
    /// Begins an item that has happened with its event.
    pub(super) fn new(step: usize, at: Timestamp, kind: &'static str, what: impl Into<String>) -> Self {
        Self {
            step,
            changed: step,
            at,
            kind,
            task: None,
            what: what.into(),
            instance: None,
            input: None,
            attempt: None,
            ended_at: None,
            outcome: ItemOutcome::Happened,
        }
    }

    /// Makes it one that goes on until its task is answered.
    pub(super) fn open(mut self, task: TaskId) -> Self {
        self.task = Some(task);
        self.outcome = ItemOutcome::Open;
        self
    }

    pub(super) fn with_input(mut self, input: &Payload) -> Self {
        self.input = Some(input.clone());
        self
    }

    pub(super) fn with_instance(mut self, instance: &InstanceId) -> Self {
        self.instance = Some(instance.clone());
        self
    }

    /// Ends it.
    pub(super) fn end(&mut self, step: usize, at: Timestamp, outcome: ItemOutcome) {
        self.changed = step;
        self.ended_at = Some(at);
        self.outcome = outcome;
    }

    /// Returns how long it took, if it is over and takes time at all.
    pub fn took(&self) -> Option<Duration> {
        self.ended_at.map(|ended| ended.saturating_since(self.at))
    }
}
