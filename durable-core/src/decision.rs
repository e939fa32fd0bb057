//! What a turn decides: what it sends, and how it ended.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::history::{ChildPolicy, CompletionStatus, Event, EventKind, ExecutionStarted, TraceContext};
use crate::id::{BuildId, ExecutionId, InstanceId, TaskId};
use crate::name::{EventName, WireName};
use crate::payload::Payload;
use crate::time::Timestamp;
use crate::version::RecordedVersion;

/// A change of the custom status.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CustomStatus {
    /// As it was.
    #[default]
    Unchanged,
    /// Set to a value.
    Set(Payload),
}

/// How a turn ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TurnOutcome {
    /// The execution waits for events.
    Waiting,
    /// The execution ended. The last event says the same.
    Ended(CompletionStatus),
    /// The execution ended and another follows.
    ContinuedAsNew(Box<NextExecution>),
    /// The turn could not be made: nothing is appended, no message is consumed, the instance is shown as blocked.
    Blocked(Box<BlockReport>),
}

/// The execution that follows by continue-as-new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextExecution {
    /// Its first event, which names execution, version, input and generation.
    pub started: ExecutionStarted,
    /// Its own copies of the messages that nobody read: external events, and what was told to the instance while the
    /// old execution ended (requests to cancel, suspensions, resumptions, terminations), oldest first.
    ///
    /// They are delivered after `started` and before every message that already waits, meant for any execution.
    pub carried: Vec<Event>,
    /// The trace that it belongs to: that of its first event.
    pub trace: Option<Box<TraceContext>>,
}

impl NextExecution {
    /// Makes the first event, as of a moment.
    pub fn first_event(&self, at: Timestamp) -> Event {
        first_event(&self.started, self.trace.as_deref(), at)
    }
}

/// Why an instance is blocked: visible to people, with nothing lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockReport {
    /// A short name of the reason: that of a [`HaltReason`](crate::replay::HaltReason).
    pub reason: String,
    /// What a person reads: recorded and attempted step side by side.
    pub message: String,
    /// The step of the history at which it happened, from 0.
    pub step: Option<u64>,
    /// The place in the user's source, `file:line:column`.
    pub place: Option<String>,
    /// Since when.
    pub since: Timestamp,
    /// The build that was blocked; another build tries once.
    pub build: BuildId,
}

/// What a turn sends. Nothing of it takes effect unless the turn's history is committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// Run an activity.
    Activity(ActivityOrder),
    /// Send `TimerFired` back at a due time.
    Timer {
        /// The task.
        task: TaskId,
        /// When.
        fire_at: Timestamp,
    },
    /// Start a sub-orchestration. If its id is taken by another instance, running or ended, the parent gets
    /// `SubOrchestrationInstanceFailed` with origin `AlreadyExists`.
    StartChild(Box<ChildStart>),
    /// Deliver an event to another instance; without effect if there is none or it has ended.
    Send {
        /// The receiver.
        to: InstanceId,
        /// The execution it is meant for; `None` for any.
        execution: Option<ExecutionId>,
        /// The event.
        event: Event,
    },
    /// Deliver a named event to another instance; without effect if there is none or it has ended.
    Raise {
        /// The receiver.
        to: InstanceId,
        /// The event's name.
        name: EventName,
        /// Its data.
        input: Payload,
    },
    /// The activity is no longer wanted. Best effort: one that runs sees its token cancelled.
    CancelActivity(TaskId),
    /// The timer is no longer wanted. Best effort.
    CancelTimer(TaskId),
    /// The sub-orchestration is no longer wanted. Without effect if it has ended or is not a child of this execution.
    CancelChild {
        /// The child.
        instance: InstanceId,
        /// What becomes of it.
        policy: ChildPolicy,
        /// Why.
        reason: String,
    },
    /// The execution ends without its code, which alone knows what it wants: every sub-orchestration that has not ended
    /// follows the policy it was started with.
    CancelChildren {
        /// Why.
        reason: String,
    },
}

/// An activity to be run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityOrder {
    /// The task.
    pub task: TaskId,
    /// The activity's name.
    pub name: WireName,
    /// The activity's version.
    pub version: RecordedVersion,
    /// Its input.
    pub input: Payload,
    /// Which attempt of the call this is, from 1.
    pub attempt: u32,
    /// How long it may run without a sign of life.
    pub heartbeat: Option<Duration>,
    /// Reserved for routing to a subset of workers.
    pub queue: Option<String>,
    /// The trace it belongs to.
    pub trace: Option<Box<TraceContext>>,
}

/// A sub-orchestration to be started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChildStart {
    /// The child's first event, which names its instance, execution, version, input and parent.
    pub started: ExecutionStarted,
    /// What becomes of the child when the parent is terminated.
    pub policy: ChildPolicy,
    /// The trace that it belongs to: that of its first event.
    pub trace: Option<Box<TraceContext>>,
}

impl ChildStart {
    /// Makes the first event, as of a moment.
    pub fn first_event(&self, at: Timestamp) -> Event {
        first_event(&self.started, self.trace.as_deref(), at)
    }
}

/// Makes the first event of an execution, which alone holds the trace that the execution belongs to.
pub(crate) fn first_event(started: &ExecutionStarted, trace: Option<&TraceContext>, at: Timestamp) -> Event {
    let mut event = Event::new(at, EventKind::ExecutionStarted(Box::new(started.clone())));
    event.trace = trace.cloned().map(Box::new);
    event
}
