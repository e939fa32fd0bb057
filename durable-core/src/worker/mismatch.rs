//! Instances in versions that this worker does not run.

use crate::decision::{CustomStatus, Outgoing, TurnOutcome};
use crate::failure::{FailureDetails, FailureOrigin};
use crate::history::{CompletionStatus, Event, EventKind};
use crate::replay::{Decision, Incoming};
use crate::time::Timestamp;

/// Makes the turn that fails an instance with `VersionMismatch`, without running any code.
pub(super) fn fail(name: &str, version: &str, messages: Vec<Incoming>, now: Timestamp) -> Decision {
    let text = format!(
        "no worker runs orchestrator `{name}` in version {version}, and this one is set to fail such instances"
    );
    let failure =
        FailureDetails::new(FailureOrigin::VersionMismatch, "VersionMismatch", text).non_retriable();
    let consumed = messages.iter().filter_map(|message| message.receipt).collect();
    let mut events = vec![Event::new(now, EventKind::OrchestratorStarted)];
    let mut outgoing = Vec::new();
    for message in messages {
        if let EventKind::ExecutionStarted(started) = &message.event.kind {
            outgoing.extend(started.parent.as_ref().map(|parent| Outgoing::Send {
                to: parent.instance.clone(),
                execution: Some(parent.execution.clone()),
                event: Event::new(
                    now,
                    EventKind::SubOrchestrationInstanceFailed {
                        task: parent.task,
                        failure: failure.clone(),
                    },
                ),
            }));
            events.push(message.event);
        }
    }
    let status = CompletionStatus::Failed(failure);
    events.push(Event::new(now, EventKind::ExecutionCompleted(status.clone())));
    events.push(Event::new(now, EventKind::OrchestratorCompleted));
    Decision {
        consumed,
        events,
        outgoing,
        custom_status: CustomStatus::Unchanged,
        version: None,
        suspended: false,
        outcome: TurnOutcome::Ended(status),
    }
}
