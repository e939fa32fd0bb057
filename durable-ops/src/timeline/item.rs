//! One thing that happened.

use std::time::Duration;

use durable_core::{FailureDetails, InstanceId, Payload, TaskId, Timestamp};

/// One thing that happened, or that goes on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    /// The index of the event that began it.
    pub(crate) step: usize,
    /// When it began.
    pub(crate) at: Timestamp,
    /// What kind of thing it is: `activity`, `timer`.
    pub(crate) kind: &'static str,
    /// Its task, if it is one.
    pub(crate) task: Option<TaskId>,
    /// Its name, its reason, or whatever tells it from others of its kind.
    pub(crate) what: String,
    /// The instance that it is about: a sub-orchestration, or the receiver of an event.
    pub(crate) instance: Option<InstanceId>,
    /// What it was given.
    pub(crate) input: Option<Payload>,
    /// Which attempt of a call it is, and of how many.
    pub(crate) attempt: Option<Attempt>,
    /// When it was over.
    pub(crate) ended_at: Option<Timestamp>,
    /// What came of it.
    pub(crate) outcome: Outcome,
}

/// Which attempt of a call an activity or sub-orchestration is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// Counted from 1.
    pub(crate) number: u32,
    /// The most that there can be, if there is a limit.
    pub(crate) most: Option<u32>,
}

/// What came of a thing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
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

impl Outcome {
    /// Returns its name in JSON.
    pub(crate) fn name(&self) -> &'static str {
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
    pub(crate) fn new(step: usize, at: Timestamp, kind: &'static str, what: impl Into<String>) -> Self {
        Self {
            step,
            at,
            kind,
            task: None,
            what: what.into(),
            instance: None,
            input: None,
            attempt: None,
            ended_at: None,
            outcome: Outcome::Happened,
        }
    }

    /// Makes it one that goes on until its task is answered.
    pub(crate) fn open(mut self, task: TaskId) -> Self {
        self.task = Some(task);
        self.outcome = Outcome::Open;
        self
    }

    pub(crate) fn with_input(mut self, input: &Payload) -> Self {
        self.input = Some(input.clone());
        self
    }

    pub(crate) fn with_instance(mut self, instance: &InstanceId) -> Self {
        self.instance = Some(instance.clone());
        self
    }

    /// Ends it.
    pub(crate) fn end(&mut self, at: Timestamp, outcome: Outcome) {
        self.ended_at = Some(at);
        self.outcome = outcome;
    }

    /// Returns how long it took, if it is over and takes time at all.
    pub(crate) fn took(&self) -> Option<Duration> {
        self.ended_at.map(|ended| ended.saturating_since(self.at))
    }
}
