//! Instances in versions that this worker does not run.

use crate::decision::{CustomStatus, Outgoing, TurnOutcome};
use crate::failure::{FailureDetails, FailureOrigin};
use crate::history::{CompletionStatus, Event, EventKind, ExecutionStarted, ParentRef};
use crate::replay::{Decision, Incoming};
use crate::time::Timestamp;

/// Makes the turn that fails an instance with `VersionMismatch`, without running any code.
///
/// `history` is what the instance has so far: the start, and with it the parent, may be there or among the messages.
pub(super) fn fail(
    name: &str,
    version: &str,
    messages: Vec<Incoming>,
    history: &[Event],
    now: Timestamp,
) -> Decision {
    let text = format!(
        "no worker runs orchestrator `{name}` in version {version}, and this one is set to fail such instances"
    );
    let failure =
        FailureDetails::new(FailureOrigin::VersionMismatch, "VersionMismatch", text).non_retriable();
    let consumed = messages.iter().filter_map(|message| message.receipt).collect();
    let recorded = history.iter().find_map(started);
    let arrived = messages
        .into_iter()
        .map(|message| message.event)
        .find(|event| started(event).is_some());
    let parent = recorded
        .or_else(|| arrived.as_ref().and_then(started))
        .and_then(|started| started.parent.as_ref());
    // The history does not tell what is to become of the children; the hub knows what each was started with.
    let reason = format!("its parent failed: {}", failure.message);
    let mut outgoing = vec![Outgoing::CancelChildren { reason }];
    outgoing.extend(parent.map(|parent| answer(parent, &failure, now)));
    let mut events = vec![Event::new(now, EventKind::OrchestratorStarted)];
    events.extend(arrived);
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

fn started(event: &Event) -> Option<&ExecutionStarted> {
    match &event.kind {
        EventKind::ExecutionStarted(started) => Some(started),
        _ => None,
    }
}

fn answer(parent: &ParentRef, failure: &FailureDetails, now: Timestamp) -> Outgoing {
    let kind = EventKind::SubOrchestrationInstanceFailed {
        task: parent.task,
        failure: failure.clone(),
    };
    Outgoing::Send {
        to: parent.instance.clone(),
        execution: Some(parent.execution.clone()),
        event: Event::new(now, kind),
    }
}
