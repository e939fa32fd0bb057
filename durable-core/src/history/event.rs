//! The events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Marker;
use crate::failure::FailureDetails;
use crate::id::{ExecutionId, InstanceId, TaskId};
use crate::name::{EventName, WireName};
use crate::payload::Payload;
use crate::time::Timestamp;
use crate::version::RecordedVersion;

/// Names and values that a client attaches to an instance, to find it by.
pub type Tags = BTreeMap<String, String>;

/// A W3C trace context, so that spans link across turns, activities and processes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TraceContext {
    /// The `traceparent` header.
    pub traceparent: String,
    /// The `tracestate` header.
    pub tracestate: Option<String>,
}

/// One entry of a history, and equally a message on its way into one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it happened, by the clock of whoever made it.
    pub at: Timestamp,
    /// The trace it belongs to.
    pub trace: Option<Box<TraceContext>>,
    /// What happened.
    pub kind: EventKind,
}

impl Event {
    /// Makes an event without a trace.
    pub fn new(at: Timestamp, kind: EventKind) -> Self {
        Self {
            at,
            trace: None,
            kind,
        }
    }
}

/// Who waits for a sub-orchestration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParentRef {
    /// The parent's name.
    pub name: WireName,
    /// The parent's version.
    pub version: RecordedVersion,
    /// The parent's instance.
    pub instance: InstanceId,
    /// The parent's execution at the time of the call.
    pub execution: ExecutionId,
    /// The task of the parent that the result completes.
    pub task: TaskId,
}

/// What becomes of a sub-orchestration when its parent ends or drops the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum ChildPolicy {
    /// The child is asked to cancel, and may compensate.
    #[default]
    Cancel,
    /// The child is terminated; none of its code runs any more.
    Terminate,
    /// The child goes on by itself (a detached call).
    Abandon,
}

/// How an execution ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CompletionStatus {
    /// It returned a value.
    Completed(Payload),
    /// It returned an error.
    Failed(FailureDetails),
    /// It returned an error after it had been asked to cancel.
    Canceled(FailureDetails),
    /// It was terminated, with the reason given.
    Terminated(String),
}

/// The first event of every execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecutionStarted {
    /// The instance.
    pub instance: InstanceId,
    /// The execution.
    pub execution: ExecutionId,
    /// The orchestrator's name.
    pub name: WireName,
    /// The version it is pinned to.
    pub version: RecordedVersion,
    /// The input.
    pub input: Payload,
    /// The caller, for a sub-orchestration.
    pub parent: Option<ParentRef>,
    /// How many times the instance has continued as new: 0 at first.
    pub generation: u32,
    /// When the first turn may run, if not at once.
    pub scheduled_start: Option<Timestamp>,
    /// The client's tags.
    pub tags: Tags,
}

/// What happened. The names are those of the Durable Task Framework without the suffix `Event`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EventKind {
    /// A turn begins. Its time is what `ctx.now()` returns during the turn.
    OrchestratorStarted,
    /// A turn ended.
    OrchestratorCompleted,
    /// The execution begins.
    ExecutionStarted(Box<ExecutionStarted>),
    /// The execution ended; nothing follows.
    ExecutionCompleted(CompletionStatus),
    /// Somebody terminated the instance.
    ExecutionTerminated {
        /// Why.
        reason: String,
    },
    /// Somebody suspended the instance: later events wait until it is resumed.
    ExecutionSuspended {
        /// Why.
        reason: String,
    },
    /// Somebody resumed the instance.
    ExecutionResumed {
        /// Why.
        reason: String,
    },
    /// The history before this event was kept from an execution that failed; what followed was cut off.
    ExecutionRewound {
        /// Why.
        reason: String,
        /// The execution whose history was kept.
        from: ExecutionId,
        /// The execution that goes on.
        execution: ExecutionId,
        /// The version it goes on with.
        version: RecordedVersion,
    },
    /// The execution ended to start anew with another input; nothing follows.
    ContinueAsNew {
        /// The execution that follows.
        next: ExecutionId,
        /// The version that follows.
        version: RecordedVersion,
        /// The next input.
        input: Payload,
    },
    /// An activity was called.
    TaskScheduled {
        /// The task.
        task: TaskId,
        /// The activity's name.
        name: WireName,
        /// The activity's version.
        version: RecordedVersion,
        /// Its input.
        input: Payload,
    },
    /// An activity returned a value.
    TaskCompleted {
        /// The task.
        task: TaskId,
        /// The value.
        result: Payload,
    },
    /// An activity failed.
    TaskFailed {
        /// The task.
        task: TaskId,
        /// How.
        failure: FailureDetails,
    },
    /// A sub-orchestration was called.
    SubOrchestrationInstanceCreated {
        /// The task.
        task: TaskId,
        /// The instance it runs as.
        instance: InstanceId,
        /// The orchestrator's name.
        name: WireName,
        /// The orchestrator's version.
        version: RecordedVersion,
        /// Its input.
        input: Payload,
    },
    /// A sub-orchestration returned a value.
    SubOrchestrationInstanceCompleted {
        /// The task.
        task: TaskId,
        /// The value.
        result: Payload,
    },
    /// A sub-orchestration failed.
    SubOrchestrationInstanceFailed {
        /// The task.
        task: TaskId,
        /// How.
        failure: FailureDetails,
    },
    /// A durable timer was set.
    TimerCreated {
        /// The task.
        task: TaskId,
        /// When it fires.
        fire_at: Timestamp,
    },
    /// A durable timer fired.
    TimerFired {
        /// The task.
        task: TaskId,
        /// When it was to fire.
        fire_at: Timestamp,
    },
    /// An event was sent to another instance.
    EventSent {
        /// The task.
        task: TaskId,
        /// The receiver.
        instance: InstanceId,
        /// The event's name.
        name: EventName,
        /// Its data.
        input: Payload,
    },
    /// An external event arrived.
    EventRaised {
        /// The event's name.
        name: EventName,
        /// Its data.
        input: Payload,
    },
    /// What the framework has no event for.
    Marker(Marker),
}

impl EventKind {
    /// Returns the event's name, for listings: `TaskScheduled`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::OrchestratorStarted => "OrchestratorStarted",
            Self::OrchestratorCompleted => "OrchestratorCompleted",
            Self::ExecutionStarted(_) => "ExecutionStarted",
            Self::ExecutionCompleted(_) => "ExecutionCompleted",
            Self::ExecutionTerminated { .. } => "ExecutionTerminated",
            Self::ExecutionSuspended { .. } => "ExecutionSuspended",
            Self::ExecutionResumed { .. } => "ExecutionResumed",
            Self::ExecutionRewound { .. } => "ExecutionRewound",
            Self::ContinueAsNew { .. } => "ContinueAsNew",
            Self::TaskScheduled { .. } => "TaskScheduled",
            Self::TaskCompleted { .. } => "TaskCompleted",
            Self::TaskFailed { .. } => "TaskFailed",
            Self::SubOrchestrationInstanceCreated { .. } => "SubOrchestrationInstanceCreated",
            Self::SubOrchestrationInstanceCompleted { .. } => "SubOrchestrationInstanceCompleted",
            Self::SubOrchestrationInstanceFailed { .. } => "SubOrchestrationInstanceFailed",
            Self::TimerCreated { .. } => "TimerCreated",
            Self::TimerFired { .. } => "TimerFired",
            Self::EventSent { .. } => "EventSent",
            Self::EventRaised { .. } => "EventRaised",
            Self::Marker(_) => "Marker",
        }
    }

    /// Returns the task that the event answers: whose result it brings, or whose timer has fired.
    pub fn answered(&self) -> Option<TaskId> {
        match self {
            Self::TaskCompleted { task, .. }
            | Self::TaskFailed { task, .. }
            | Self::SubOrchestrationInstanceCompleted { task, .. }
            | Self::SubOrchestrationInstanceFailed { task, .. }
            | Self::TimerFired { task, .. } => Some(*task),
            Self::OrchestratorStarted
            | Self::OrchestratorCompleted
            | Self::ExecutionStarted(_)
            | Self::ExecutionCompleted(_)
            | Self::ExecutionTerminated { .. }
            | Self::ExecutionSuspended { .. }
            | Self::ExecutionResumed { .. }
            | Self::ExecutionRewound { .. }
            | Self::ContinueAsNew { .. }
            | Self::TaskScheduled { .. }
            | Self::SubOrchestrationInstanceCreated { .. }
            | Self::TimerCreated { .. }
            | Self::EventSent { .. }
            | Self::EventRaised { .. }
            | Self::Marker(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_named_as_its_variant_is() {
        let now = Timestamp::from_micros(0);
        for kind in [
            EventKind::OrchestratorStarted,
            EventKind::TimerFired {
                task: TaskId(0),
                fire_at: now,
            },
            EventKind::ExecutionResumed {
                reason: String::new(),
            },
        ] {
            let debug = format!("{kind:?}");
            assert_eq!(debug.split([' ', '(']).next(), Some(kind.name()));
        }
    }
}
