//! Events between their runtime and stored forms.

use std::borrow::Cow;

use durable_core::history::{CompletionStatus, Event, EventKind, ExecutionStarted, ParentRef, TraceContext};
use durable_core::{
    Encoding, EventName, ExecutionId, InstanceId, Payload, RecordedVersion, TaskId, Timestamp, WireName,
};

use super::failure::{failure_from_wire, failure_to_wire, marker_from_wire, marker_to_wire};
use super::{FrameError, wire};

/// What the events of a history have in common.
#[derive(Debug)]
pub(crate) struct Shared<'a> {
    /// Stands in for a reference to the first event.
    started: Option<&'a ExecutionStarted>,
    /// The name of the function that was called last: mostly that of the next call, too.
    name: Option<WireName>,
}

impl<'a> Shared<'a> {
    pub(crate) fn new(started: Option<&'a ExecutionStarted>) -> Self {
        Self { started, name: None }
    }

    fn started(&self) -> Result<&'a ExecutionStarted, FrameError> {
        self.started
            .ok_or(FrameError::Unknown("reference to a first event"))
    }

    fn name(&mut self, text: &str) -> Result<WireName, FrameError> {
        if let Some(name) = &self.name
            && name.as_str() == text
        {
            return Ok(name.clone());
        }
        let name = WireName::new(text)?;
        self.name = Some(name.clone());
        Ok(name)
    }
}

pub(super) fn payload_to_wire(payload: &Payload) -> wire::Payload<'_> {
    wire::Payload {
        encoding: match payload.encoding() {
            Encoding::Json => 0,
            Encoding::Custom(number) => 1 + u32::from(number),
        },
        bytes: wire::Bytes(Cow::Borrowed(payload.bytes())),
    }
}

pub(super) fn payload_from_wire(wire: &wire::Payload<'_>) -> Result<Payload, FrameError> {
    let encoding = match wire.encoding.checked_sub(1) {
        None => Encoding::Json,
        Some(number) => Encoding::Custom(u16::try_from(number).map_err(|_| FrameError::Unknown("encoding"))?),
    };
    Ok(Payload::from_bytes(encoding, wire.bytes.0.as_ref())?)
}

pub(super) fn trace_to_wire(trace: &TraceContext) -> wire::Trace<'_> {
    wire::Trace {
        traceparent: trace.traceparent.as_str().into(),
        tracestate: trace.tracestate.as_deref().map(Into::into),
    }
}

pub(super) fn trace_from_wire(wire: wire::Trace<'_>) -> TraceContext {
    TraceContext {
        traceparent: wire.traceparent.into_owned(),
        tracestate: wire.tracestate.map(wire::Text::into_owned),
    }
}

fn version_to_wire(version: &RecordedVersion) -> wire::Text<'_> {
    match version {
        RecordedVersion::Blank => "".into(),
        RecordedVersion::Known(version) => version.to_string().into(),
        RecordedVersion::Foreign(text) => text.into(),
    }
}

fn version_from_wire(text: &str) -> RecordedVersion {
    RecordedVersion::from(text)
}

fn started_to_wire(started: &ExecutionStarted) -> wire::Started<'_> {
    wire::Started {
        instance: started.instance.as_str().into(),
        execution: started.execution.as_str().into(),
        name: started.name.as_str().into(),
        version: version_to_wire(&started.version),
        input: payload_to_wire(&started.input),
        parent: started.parent.as_ref().map(|parent| wire::Parent {
            name: parent.name.as_str().into(),
            version: version_to_wire(&parent.version),
            instance: parent.instance.as_str().into(),
            execution: parent.execution.as_str().into(),
            task: parent.task.0,
        }),
        generation: started.generation,
        scheduled_start: started.scheduled_start.map(Timestamp::as_micros),
        tags: started
            .tags
            .iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect(),
    }
}

fn started_from_wire(wire: wire::Started<'_>) -> Result<ExecutionStarted, FrameError> {
    let parent = wire.parent.map(|parent| {
        Ok::<_, FrameError>(ParentRef {
            name: WireName::new(&parent.name)?,
            version: version_from_wire(&parent.version),
            instance: InstanceId::new(&parent.instance)?,
            execution: ExecutionId::new(&parent.execution)?,
            task: TaskId(parent.task),
        })
    });
    let tags = wire
        .tags
        .into_iter()
        .map(|(name, value)| (name.into_owned(), value.into_owned()));
    Ok(ExecutionStarted {
        instance: InstanceId::new(&wire.instance)?,
        execution: ExecutionId::new(&wire.execution)?,
        name: WireName::new(&wire.name)?,
        version: version_from_wire(&wire.version),
        input: payload_from_wire(&wire.input)?,
        parent: parent.transpose()?,
        generation: wire.generation,
        scheduled_start: wire.scheduled_start.map(Timestamp::from_micros),
        tags: tags.collect(),
    })
}

fn completion_to_wire(status: &CompletionStatus) -> Result<wire::Completion<'_>, FrameError> {
    Ok(match status {
        CompletionStatus::Completed(output) => wire::Completion::Completed(payload_to_wire(output)),
        CompletionStatus::Failed(details) => wire::Completion::Failed(failure_to_wire(details)?),
        CompletionStatus::Canceled(details) => wire::Completion::Canceled(failure_to_wire(details)?),
        CompletionStatus::Terminated(reason) => wire::Completion::Terminated(reason.into()),
    })
}

fn completion_from_wire(wire: wire::Completion<'_>) -> Result<CompletionStatus, FrameError> {
    Ok(match wire {
        wire::Completion::Completed(output) => CompletionStatus::Completed(payload_from_wire(&output)?),
        wire::Completion::Failed(failure) => CompletionStatus::Failed(failure_from_wire(failure)?),
        wire::Completion::Canceled(failure) => CompletionStatus::Canceled(failure_from_wire(failure)?),
        wire::Completion::Terminated(reason) => CompletionStatus::Terminated(reason.into_owned()),
    })
}

fn call_to_wire<'a>(
    task: TaskId,
    name: &'a WireName,
    version: &'a RecordedVersion,
    input: &'a Payload,
) -> wire::Call<'a> {
    wire::Call {
        task: task.0,
        name: name.as_str().into(),
        version: version_to_wire(version),
        input: payload_to_wire(input),
    }
}

pub(super) fn event_to_wire(event: &Event) -> Result<wire::Event<'_>, FrameError> {
    Ok(wire::Event {
        at: event.at.as_micros(),
        trace: event.trace.as_deref().map(trace_to_wire),
        kind: kind_to_wire(&event.kind)?,
    })
}

fn kind_to_wire(kind: &EventKind) -> Result<wire::Kind<'_>, FrameError> {
    use wire::Kind;
    Ok(match kind {
        EventKind::OrchestratorStarted => Kind::OrchestratorStarted,
        EventKind::OrchestratorCompleted => Kind::OrchestratorCompleted,
        EventKind::ExecutionStarted(started) => Kind::ExecutionStarted(Box::new(started_to_wire(started))),
        EventKind::ExecutionCompleted(status) => Kind::ExecutionCompleted(completion_to_wire(status)?),
        EventKind::ExecutionTerminated { reason } => Kind::ExecutionTerminated(reason.into()),
        EventKind::ExecutionSuspended { reason } => Kind::ExecutionSuspended(reason.into()),
        EventKind::ExecutionResumed { reason } => Kind::ExecutionResumed(reason.into()),
        EventKind::ExecutionRewound {
            reason,
            from,
            execution,
            version,
        } => Kind::ExecutionRewound(
            reason.into(),
            from.as_str().into(),
            execution.as_str().into(),
            version_to_wire(version),
        ),
        EventKind::ContinueAsNew { next, version, input } => Kind::ContinueAsNew(
            next.as_str().into(),
            version_to_wire(version),
            payload_to_wire(input),
        ),
        EventKind::TaskScheduled {
            task,
            name,
            version,
            input,
        } => Kind::TaskScheduled(call_to_wire(*task, name, version, input)),
        EventKind::TaskCompleted { task, result } => Kind::TaskCompleted(task.0, payload_to_wire(result)),
        EventKind::TaskFailed { task, failure } => Kind::TaskFailed(task.0, failure_to_wire(failure)?),
        EventKind::SubOrchestrationInstanceCreated {
            task,
            instance,
            name,
            version,
            input,
        } => Kind::SubOrchestrationInstanceCreated(
            instance.as_str().into(),
            call_to_wire(*task, name, version, input),
        ),
        EventKind::SubOrchestrationInstanceCompleted { task, result } => {
            Kind::SubOrchestrationInstanceCompleted(task.0, payload_to_wire(result))
        }
        EventKind::SubOrchestrationInstanceFailed { task, failure } => {
            Kind::SubOrchestrationInstanceFailed(task.0, failure_to_wire(failure)?)
        }
        EventKind::TimerCreated { task, fire_at } => Kind::TimerCreated(task.0, fire_at.as_micros()),
        EventKind::TimerFired { task, fire_at } => Kind::TimerFired(task.0, fire_at.as_micros()),
        EventKind::EventSent {
            task,
            instance,
            name,
            input,
        } => Kind::EventSent(
            task.0,
            instance.as_str().into(),
            name.as_str().into(),
            payload_to_wire(input),
        ),
        EventKind::EventRaised { name, input } => {
            Kind::EventRaised(name.as_str().into(), payload_to_wire(input))
        }
        EventKind::Marker(marker) => Kind::Marker(marker_to_wire(marker)?),
    })
}

pub(super) fn event_from_wire(wire: wire::Event<'_>, shared: &mut Shared<'_>) -> Result<Event, FrameError> {
    Ok(Event {
        at: Timestamp::from_micros(wire.at),
        trace: wire.trace.map(|trace| Box::new(trace_from_wire(trace))),
        kind: kind_from_wire(wire.kind, shared)?,
    })
}

fn kind_from_wire(wire: wire::Kind<'_>, shared: &mut Shared<'_>) -> Result<EventKind, FrameError> {
    use wire::Kind;
    Ok(match wire {
        Kind::StartedElsewhere => EventKind::ExecutionStarted(Box::new(shared.started()?.clone())),
        Kind::OrchestratorStarted => EventKind::OrchestratorStarted,
        Kind::OrchestratorCompleted => EventKind::OrchestratorCompleted,
        Kind::ExecutionStarted(started) => {
            EventKind::ExecutionStarted(Box::new(started_from_wire(*started)?))
        }
        Kind::ExecutionCompleted(status) => EventKind::ExecutionCompleted(completion_from_wire(status)?),
        Kind::ExecutionTerminated(reason) => EventKind::ExecutionTerminated {
            reason: reason.into_owned(),
        },
        Kind::ExecutionSuspended(reason) => EventKind::ExecutionSuspended {
            reason: reason.into_owned(),
        },
        Kind::ExecutionResumed(reason) => EventKind::ExecutionResumed {
            reason: reason.into_owned(),
        },
        Kind::ExecutionRewound(reason, from, execution, version) => EventKind::ExecutionRewound {
            reason: reason.into_owned(),
            from: ExecutionId::new(&from)?,
            execution: ExecutionId::new(&execution)?,
            version: version_from_wire(&version),
        },
        Kind::ContinueAsNew(next, version, input) => EventKind::ContinueAsNew {
            next: ExecutionId::new(&next)?,
            version: version_from_wire(&version),
            input: payload_from_wire(&input)?,
        },
        Kind::TaskScheduled(call) => EventKind::TaskScheduled {
            task: TaskId(call.task),
            name: shared.name(&call.name)?,
            version: version_from_wire(&call.version),
            input: payload_from_wire(&call.input)?,
        },
        Kind::SubOrchestrationInstanceCreated(instance, call) => EventKind::SubOrchestrationInstanceCreated {
            task: TaskId(call.task),
            instance: InstanceId::new(&instance)?,
            name: shared.name(&call.name)?,
            version: version_from_wire(&call.version),
            input: payload_from_wire(&call.input)?,
        },
        Kind::EventSent(task, instance, name, input) => EventKind::EventSent {
            task: TaskId(task),
            instance: InstanceId::new(&instance)?,
            name: EventName::new(&name)?,
            input: payload_from_wire(&input)?,
        },
        Kind::EventRaised(name, input) => EventKind::EventRaised {
            name: EventName::new(&name)?,
            input: payload_from_wire(&input)?,
        },
        Kind::TimerCreated(task, fire_at) => EventKind::TimerCreated {
            task: TaskId(task),
            fire_at: Timestamp::from_micros(fire_at),
        },
        Kind::TimerFired(task, fire_at) => EventKind::TimerFired {
            task: TaskId(task),
            fire_at: Timestamp::from_micros(fire_at),
        },
        Kind::Marker(marker) => EventKind::Marker(marker_from_wire(marker)?),
        Kind::TaskCompleted(..)
        | Kind::TaskFailed(..)
        | Kind::SubOrchestrationInstanceCompleted(..)
        | Kind::SubOrchestrationInstanceFailed(..) => result_from_wire(wire)?,
    })
}

/// Converts the four events that carry the result of a task.
fn result_from_wire(wire: wire::Kind<'_>) -> Result<EventKind, FrameError> {
    use wire::Kind;
    Ok(match wire {
        Kind::TaskCompleted(task, result) => EventKind::TaskCompleted {
            task: TaskId(task),
            result: payload_from_wire(&result)?,
        },
        Kind::TaskFailed(task, failure) => EventKind::TaskFailed {
            task: TaskId(task),
            failure: failure_from_wire(failure)?,
        },
        Kind::SubOrchestrationInstanceCompleted(task, result) => {
            EventKind::SubOrchestrationInstanceCompleted {
                task: TaskId(task),
                result: payload_from_wire(&result)?,
            }
        }
        Kind::SubOrchestrationInstanceFailed(task, failure) => EventKind::SubOrchestrationInstanceFailed {
            task: TaskId(task),
            failure: failure_from_wire(failure)?,
        },
        _ => return Err(FrameError::Unknown("result")),
    })
}
