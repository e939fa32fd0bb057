//! Events of the core as objects, with the members in the order in which .NET writes them.

use durable_core::history::EventKind;

use super::super::WireError;
use super::super::json::Object;
use super::super::time::StoredTime;
use super::KnownEvent;
use super::output::Output;

/// Writes an event of the core as an object.
pub(in crate::wire) fn encode(known: &KnownEvent) -> Result<Object, WireError> {
    let event = &known.event;
    let trace = event.trace.as_deref();
    let mut out = Output::new(event.kind.name(), trace);
    match &event.kind {
        EventKind::OrchestratorStarted | EventKind::OrchestratorCompleted => out.kind(),
        EventKind::ExecutionStarted(started) => out.started(started, known.start_generation),
        EventKind::ExecutionCompleted(status) => out.completed(status, known.action)?,
        EventKind::ContinueAsNew { next, version, input } => {
            out.continued(next, version, input, known.action);
        }
        EventKind::ExecutionTerminated { reason } => out.told("Input", reason),
        EventKind::ExecutionSuspended { reason } | EventKind::ExecutionResumed { reason } => {
            out.told("Reason", reason);
        }
        EventKind::ExecutionRewound {
            reason,
            from,
            execution,
            version,
        } => out.rewound(reason, from, execution, version),
        EventKind::TaskScheduled {
            task,
            name,
            version,
            input,
        } => out.scheduled(*task, name, version, input)?,
        EventKind::SubOrchestrationInstanceCreated {
            task,
            instance,
            name,
            version,
            input,
        } => out.created(*task, instance, (name, version), input)?,
        EventKind::TaskCompleted { task, result }
        | EventKind::SubOrchestrationInstanceCompleted { task, result } => out.returned(*task, result)?,
        EventKind::TaskFailed { task, failure }
        | EventKind::SubOrchestrationInstanceFailed { task, failure } => out.failed(*task, failure)?,
        EventKind::TimerCreated { task, fire_at } => out.timer_created(*task, *fire_at)?,
        EventKind::TimerFired { task, fire_at } => out.timer_fired(*task, *fire_at)?,
        EventKind::EventSent {
            task,
            instance,
            name,
            input,
        } => out.sent(*task, instance, name, input)?,
        EventKind::EventRaised { name, input } => out.raised(name, input),
        EventKind::Marker(marker) => out.marker(marker)?,
    }
    Ok(out.finish(StoredTime::of(event.at).with_fine(known.fine)))
}
