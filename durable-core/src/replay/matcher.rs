//! Comparison of what the code attempts with what the history recorded.

use std::fmt;
use std::panic::Location;

use super::action::{Action, Attempt, Recorded};
use super::checked::two_runs;
use super::difference::Difference;
use super::engine::Waiting;
use super::halt::{Halt, HaltReason};
use crate::history::{EventKind, ExecutionStarted};
use crate::version::RecordedVersion;

/// Returns whether the event records the outcome of a decision: something the code must attempt at replay.
pub(super) fn is_decision(kind: &EventKind) -> bool {
    match kind {
        EventKind::TaskScheduled { .. }
        | EventKind::SubOrchestrationInstanceCreated { .. }
        | EventKind::TimerCreated { .. }
        | EventKind::EventSent { .. } => true,
        EventKind::Marker(marker) => marker_is_decision(marker.kind),
        EventKind::OrchestratorStarted
        | EventKind::OrchestratorCompleted
        | EventKind::ExecutionStarted(_)
        | EventKind::ExecutionCompleted(_)
        | EventKind::ExecutionTerminated { .. }
        | EventKind::ExecutionSuspended { .. }
        | EventKind::ExecutionResumed { .. }
        | EventKind::ExecutionRewound { .. }
        | EventKind::ContinueAsNew { .. }
        | EventKind::TaskCompleted { .. }
        | EventKind::TaskFailed { .. }
        | EventKind::SubOrchestrationInstanceCompleted { .. }
        | EventKind::SubOrchestrationInstanceFailed { .. }
        | EventKind::TimerFired { .. }
        | EventKind::EventRaised { .. } => false,
    }
}

fn marker_is_decision(kind: crate::history::MarkerKind) -> bool {
    use crate::history::MarkerKind as M;
    match kind {
        M::SideEffect | M::RetryPolicy | M::RetryVerdict => true,
        M::EngineSemantics | M::VersionResolved | M::Moved | M::CancelRequested => false,
    }
}

/// Returns whether the attempt is the recorded step: same kind, task, name and version. A step that was recorded without a
/// version is one of the Durable Task Framework, whose code calls by name: any version of that name is it.
pub(super) fn same_step(attempt: &Attempt, recorded: &EventKind) -> bool {
    match (attempt, recorded) {
        (
            Attempt::Activity(a),
            EventKind::TaskScheduled {
                task, name, version, ..
            },
        ) => a.task == *task && a.name == *name && same_version(&a.version, version),
        (
            Attempt::Child(c, id),
            EventKind::SubOrchestrationInstanceCreated {
                task, name, version, ..
            },
        ) => id == task && c.started.name == *name && same_version(&c.started.version, version),
        (Attempt::Timer { task: a, .. }, EventKind::TimerCreated { task: b, .. }) => a == b,
        (Attempt::Send { task: a, name: x, .. }, EventKind::EventSent { task: b, name: y, .. }) => {
            a == b && x == y
        }
        (Attempt::Marker(a), EventKind::Marker(b)) => a.kind == b.kind && a.task == b.task,
        _ => false,
    }
}

fn same_version(attempted: &RecordedVersion, recorded: &RecordedVersion) -> bool {
    *recorded == RecordedVersion::Blank || attempted == recorded
}

/// What the code did where it attempted no step.
pub(super) enum Instead {
    Returned,
    Failed,
    Continued(&'static Location<'static>),
    Waits(Option<Waiting>),
}

impl fmt::Display for Instead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Returned => f.write_str("the orchestrator returned a value"),
            Self::Failed => f.write_str("the orchestrator returned an error"),
            Self::Continued(place) => write!(f, "the orchestrator continued as new, at {place}"),
            Self::Waits(None) => f.write_str("nothing: the orchestrator waits"),
            Self::Waits(Some(waiting)) => write!(f, "nothing: the orchestrator waits for {waiting}"),
        }
    }
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compared {
    /// A history, and the code of today.
    HistoryAndCode,
    /// Two runs of the same code.
    TwoRuns,
}

/// Words a difference: recorded and attempted step side by side.
pub(super) fn divergence(
    who: &ExecutionStarted,
    step: u64,
    recorded: Option<&EventKind>,
    attempted: Option<&Action>,
    instead: &Instead,
    compared: Compared,
) -> Halt {
    let recorded_text = recorded.map_or_else(
        || "nothing: the history ends here".to_owned(),
        |k| Recorded(k).to_string(),
    );
    let attempted_text = attempted.map_or_else(
        || instead.to_string(),
        |a| format!("{}, at {}", a.attempt, a.place),
    );
    let halt = match compared {
        Compared::TwoRuns => two_runs(who, step, &recorded_text, &attempted_text),
        Compared::HistoryAndCode => no_longer(who, step, &recorded_text, &attempted_text),
    };
    match (attempted, instead) {
        (Some(action), _) => halt.at_place(action.place),
        (None, Instead::Waits(Some(waiting))) => halt.at_place(waiting.place),
        (None, Instead::Continued(place)) => halt.at_place(place),
        (None, Instead::Waits(None) | Instead::Returned | Instead::Failed) => halt,
    }
}

/// Words that the code of today is another than the one that made the history.
fn no_longer(who: &ExecutionStarted, step: u64, recorded_text: &str, attempted_text: &str) -> Halt {
    let message = format!(
        "the code of orchestrator `{}` version {} no longer makes the steps that instance `{}` recorded\n  \
         step {step} of its history\n    recorded:  {recorded_text}\n    attempted: {attempted_text}\n  \
         help: restore the code that made the recorded steps as version {}, and put the change in a new version\n  \
         help: the instance is intact; it goes on by itself when a worker with the right code joins",
        who.name, who.version, who.instance, who.version,
    );
    let difference = Difference {
        recorded: recorded_text.to_owned(),
        attempted: attempted_text.to_owned(),
    };
    Halt::new(HaltReason::Nondeterminism, message)
        .at_step(step)
        .with_difference(difference)
}
