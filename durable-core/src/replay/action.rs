//! What an orchestrator's code attempts: the other side of what a history recorded.

use std::fmt;
use std::panic::Location;

use crate::decision::{ActivityOrder, ChildStart, Outgoing};
use crate::history::{EventKind, Marker, MarkerKind};
use crate::id::{InstanceId, TaskId};
use crate::name::EventName;
use crate::payload::Payload;
use crate::time::Timestamp;

/// One attempted step, with the place in the user's source that attempted it.
#[derive(Debug)]
pub(crate) struct Action {
    pub(crate) place: &'static Location<'static>,
    pub(crate) attempt: Attempt,
}

/// The step.
#[derive(Debug)]
pub(crate) enum Attempt {
    Activity(ActivityOrder),
    Child(Box<ChildStart>, TaskId),
    Timer {
        task: TaskId,
        fire_at: Timestamp,
    },
    Send {
        task: TaskId,
        to: InstanceId,
        name: EventName,
        input: Payload,
    },
    Marker(Marker),
}

impl Attempt {
    /// Turns the step into the event that records it, and what it sends.
    pub(crate) fn into_parts(self) -> (EventKind, Option<Outgoing>) {
        match self {
            Self::Activity(order) => {
                let (name, version) = (order.name.clone(), order.version.clone());
                let event = EventKind::TaskScheduled {
                    task: order.task,
                    name,
                    version,
                    input: order.input.clone(),
                };
                (event, Some(Outgoing::Activity(order)))
            }
            Self::Child(child, task) => {
                let started = &child.started;
                let event = EventKind::SubOrchestrationInstanceCreated {
                    task,
                    instance: started.instance.clone(),
                    name: started.name.clone(),
                    version: started.version.clone(),
                    input: started.input.clone(),
                };
                (event, Some(Outgoing::StartChild(child)))
            }
            Self::Timer { task, fire_at } => (
                EventKind::TimerCreated { task, fire_at },
                Some(Outgoing::Timer { task, fire_at }),
            ),
            Self::Send {
                task,
                to,
                name,
                input,
            } => {
                let event = EventKind::EventSent {
                    task,
                    instance: to.clone(),
                    name: name.clone(),
                    input: input.clone(),
                };
                (event, Some(Outgoing::Raise { to, name, input }))
            }
            Self::Marker(marker) => (EventKind::Marker(marker), None),
        }
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Activity(order) => call(f, "activity", &order.name, &order.version, order.task),
            Self::Child(child, task) => call(
                f,
                "sub-orchestration",
                &child.started.name,
                &child.started.version,
                *task,
            ),
            Self::Timer { task, .. } => write!(f, "timer (task {task})"),
            Self::Send { task, name, .. } => write!(f, "event `{name}` to another instance (task {task})"),
            Self::Marker(marker) => write_marker(f, marker),
        }
    }
}

/// Shows a recorded step in the same words as an attempted one.
pub(crate) struct Recorded<'a>(pub(crate) &'a EventKind);

impl fmt::Display for Recorded<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            EventKind::TaskScheduled {
                task, name, version, ..
            } => call(f, "activity", name, version, *task),
            EventKind::SubOrchestrationInstanceCreated {
                task, name, version, ..
            } => call(f, "sub-orchestration", name, version, *task),
            EventKind::TimerCreated { task, .. } => write!(f, "timer (task {task})"),
            EventKind::EventSent { task, name, .. } => {
                write!(f, "event `{name}` to another instance (task {task})")
            }
            EventKind::Marker(marker) => write_marker(f, marker),
            EventKind::ExecutionCompleted(_) => f.write_str("the orchestrator returned"),
            EventKind::ContinueAsNew { .. } => f.write_str("the orchestrator continued as new"),
            EventKind::OrchestratorStarted | EventKind::OrchestratorCompleted => {
                f.write_str("the end of the turn")
            }
            EventKind::ExecutionStarted(_) => f.write_str("the start"),
            EventKind::ExecutionTerminated { .. } => f.write_str("the instance was terminated"),
            EventKind::ExecutionSuspended { .. } => f.write_str("the instance was suspended"),
            EventKind::ExecutionResumed { .. } => f.write_str("the instance was resumed"),
            EventKind::ExecutionRewound { .. } => f.write_str("the instance was rewound"),
            EventKind::TaskCompleted { task, .. } | EventKind::TaskFailed { task, .. } => {
                write!(f, "the result of activity task {task}")
            }
            EventKind::SubOrchestrationInstanceCompleted { task, .. }
            | EventKind::SubOrchestrationInstanceFailed { task, .. } => {
                write!(f, "the result of sub-orchestration task {task}")
            }
            EventKind::TimerFired { task, .. } => write!(f, "timer task {task} fired"),
            EventKind::EventRaised { name, .. } => write!(f, "event `{name}` arrived"),
        }
    }
}

fn call(
    f: &mut fmt::Formatter<'_>,
    kind: &str,
    name: &dyn fmt::Display,
    version: &crate::RecordedVersion,
    task: TaskId,
) -> fmt::Result {
    write!(f, "{kind} `{name}` version {version} (task {task})")
}

fn write_marker(f: &mut fmt::Formatter<'_>, marker: &Marker) -> fmt::Result {
    let what = match marker.kind {
        MarkerKind::SideEffect => "side effect",
        MarkerKind::RetryPolicy => "a call with retries or timeouts",
        MarkerKind::RetryVerdict => "a verdict on a retry",
        MarkerKind::EngineSemantics => "the engine's semantics version",
        MarkerKind::VersionResolved => "the resolved version",
        MarkerKind::Moved => "the move to another version",
        MarkerKind::CancelRequested => "the request to cancel",
    };
    match marker.task {
        Some(task) => write!(f, "{what} (task {task})"),
        None => f.write_str(what),
    }
}
