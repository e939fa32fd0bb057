//! Events of the core as objects, with the members in the order in which .NET writes them.

use durable_core::history::{CompletionStatus, EventKind, ExecutionStarted, TraceContext};
use durable_core::{FailureDetails, Payload, TaskId, Timestamp};

use super::super::failure::failure_object;
use super::super::json::{Json, Object};
use super::super::marker::marker_text;
use super::super::members::exact_name;
use super::super::nested::{instance_object, long_state, parent_object, tags_json, trace_object, type_tag};
use super::super::payload::{arguments_text, payload_text};
use super::super::time::StoredTime;
use super::super::{WireError, version_text};
use super::kind::{EVENT_TYPES, number_of_status, type_of_name};
use super::{KnownEvent, WireEvent};

/// The `EventId` of everything that is not an action.
const NO_ACTION: i32 = -1;

/// Writes an event of the core as an object.
#[expect(clippy::too_many_lines, reason = "one arm for each event")]
pub(in crate::wire) fn encode(known: &KnownEvent) -> Result<Object, WireError> {
    let event = &known.event;
    let trace = event.trace.as_deref();
    let mut out = Output::new(event.kind.name());
    let mut id = NO_ACTION;
    match &event.kind {
        EventKind::OrchestratorStarted | EventKind::OrchestratorCompleted => out.kind(),
        EventKind::ExecutionStarted(started) => out.started(started, trace, known.start_generation),
        EventKind::ExecutionCompleted(status) => {
            id = known.action.unwrap_or(NO_ACTION);
            out.completed(status)?;
        }
        EventKind::ContinueAsNew { next, version, input } => {
            id = known.action.unwrap_or(NO_ACTION);
            out.kind();
            out.ended("ContinuedAsNew", payload_text(input), Json::Null);
            out.extra("DurableNext", next.as_str());
            out.extra("DurableVersion", version_text(version));
        }
        EventKind::ExecutionTerminated { reason } => {
            out.kind();
            out.push("Input", reason.as_str());
        }
        EventKind::ExecutionSuspended { reason } | EventKind::ExecutionResumed { reason } => {
            out.kind();
            out.push("Reason", reason.as_str());
        }
        EventKind::ExecutionRewound {
            reason,
            from,
            execution,
            version,
        } => {
            out.kind();
            out.push("Reason", reason.as_str());
            out.push("ParentExecutionId", Json::Null);
            out.push("InstanceId", Json::Null);
            out.trace(trace);
            out.extra("DurableFrom", from.as_str());
            out.extra("DurableExecution", execution.as_str());
            out.extra("DurableVersion", version_text(version));
        }
        EventKind::TaskScheduled {
            task,
            name,
            version,
            input,
        } => {
            id = action(*task)?;
            out.kind();
            out.push("Name", name.as_str());
            out.push("Version", version_text(version));
            out.push("Input", arguments_text(input));
            out.trace(trace);
            out.push("Tags", Json::Null);
        }
        EventKind::SubOrchestrationInstanceCreated {
            task,
            instance,
            name,
            version,
            input,
        } => {
            id = action(*task)?;
            out.kind();
            out.push("Name", name.as_str());
            out.push("Version", version_text(version));
            out.push("InstanceId", instance.as_str());
            out.push("Input", payload_text(input));
            out.push("ClientSpanId", Json::Null);
            out.push("Tags", Json::Null);
        }
        EventKind::TaskCompleted { task, result }
        | EventKind::SubOrchestrationInstanceCompleted { task, result } => out.returned(*task, result)?,
        EventKind::TaskFailed { task, failure }
        | EventKind::SubOrchestrationInstanceFailed { task, failure } => out.failed(*task, failure)?,
        EventKind::TimerCreated { task, fire_at } => {
            id = action(*task)?;
            out.kind();
            out.time("FireAt", *fire_at);
        }
        EventKind::TimerFired { task, fire_at } => {
            out.kind();
            out.push("TimerId", action(*task)?);
            out.time("FireAt", *fire_at);
        }
        EventKind::EventSent {
            task,
            instance,
            name,
            input,
        } => {
            id = action(*task)?;
            out.kind();
            out.push("InstanceId", instance.as_str());
            out.push("Name", name.as_str());
            out.push("Input", payload_text(input));
        }
        EventKind::EventRaised { name, input } => {
            out.kind();
            out.push("Name", name.as_str());
            out.push("Input", payload_text(input));
            out.trace(trace);
        }
        EventKind::Marker(marker) => {
            // A field stands before all properties.
            out.push("Data", marker_text(marker)?);
            out.kind();
        }
    }
    Ok(out.finish(id, StoredTime::of(event.at).with_fine(known.fine), trace))
}

/// Returns the number of a task as .NET's integer.
fn action(task: TaskId) -> Result<i32, WireError> {
    i32::try_from(task.0).map_err(|_| WireError::Range {
        what: "the event".to_owned(),
        member: "EventId".to_owned(),
        value: i64::from(task.0),
    })
}

/// An event that is being written.
struct Output {
    object: Object,
    /// The number of its type.
    number: Option<i32>,
    /// What the framework has no member for. It stands behind everything else.
    extras: Vec<(String, Json)>,
    /// Whether the trace has its place already.
    traced: bool,
}

impl Output {
    fn new(core_name: &str) -> Self {
        let name = WireEvent::name_of(core_name);
        let number = EVENT_TYPES.iter().position(|known| *known == name);
        Self {
            object: Object::of_type(type_of_name(name)),
            number: number.and_then(|number| i32::try_from(number).ok()),
            extras: Vec::new(),
            traced: false,
        }
    }

    fn kind(&mut self) {
        self.push("EventType", self.number);
    }

    fn push(&mut self, name: &str, value: impl Into<Json>) {
        self.object.push(name, value);
    }

    fn extra(&mut self, name: impl Into<String>, value: impl Into<Json>) {
        self.extras.push((name.into(), value.into()));
    }

    fn time(&mut self, name: &str, at: Timestamp) {
        self.stored_time(name, StoredTime::of(at));
    }

    fn stored_time(&mut self, name: &str, stored: StoredTime) {
        self.push(name, stored.ticks);
        if let Some(exact) = stored.exact {
            self.extra(exact_name(name), exact);
        }
    }

    /// Writes the trace where the framework has a place for it.
    fn trace(&mut self, trace: Option<&TraceContext>) {
        self.push("ParentTraceContext", trace.map(trace_object));
        self.traced = true;
    }

    fn started(&mut self, started: &ExecutionStarted, trace: Option<&TraceContext>, generation: Option<i32>) {
        let instance = instance_object(started.instance.as_str(), Some(started.execution.as_str()));
        self.push("OrchestrationInstance", instance);
        self.kind();
        self.push("ParentInstance", started.parent.as_ref().map(parent_object));
        self.push("Name", started.name.as_str());
        self.push("Version", version_text(&started.version));
        self.push("Input", payload_text(&started.input));
        self.push("Tags", tags_json(&started.tags));
        self.push("Correlation", Json::Null);
        self.trace(trace);
        match started.scheduled_start {
            Some(at) => self.time("ScheduledStartTime", at),
            None => self.push("ScheduledStartTime", Json::Null),
        }
        self.push("Generation", generation);
        self.push("GenerateNewTrace", false);
        if started.generation != 0 {
            self.extra("DurableGeneration", started.generation);
        }
        if let Some((name, value)) = type_tag(&started.tags) {
            self.extra(name, value);
        }
    }

    fn completed(&mut self, status: &CompletionStatus) -> Result<(), WireError> {
        self.kind();
        match status {
            CompletionStatus::Completed(output) => {
                self.ended("Completed", payload_text(output), Json::Null);
            }
            CompletionStatus::Failed(failure) => {
                self.ended("Failed", failure.message.as_str(), failure_object(failure)?);
            }
            CompletionStatus::Canceled(failure) => {
                self.ended("Canceled", failure.message.as_str(), failure_object(failure)?);
            }
            CompletionStatus::Terminated(reason) => {
                self.ended("Terminated", reason.as_str(), Json::Null);
            }
        }
        Ok(())
    }

    fn ended(&mut self, status: &str, result: impl Into<Json>, failure: impl Into<Json>) {
        self.push("OrchestrationStatus", number_of_status(status));
        self.push("Result", result);
        self.push("FailureDetails", failure);
    }

    fn returned(&mut self, task: TaskId, result: &Payload) -> Result<(), WireError> {
        self.kind();
        self.push("TaskScheduledId", action(task)?);
        self.push("Result", payload_text(result));
        Ok(())
    }

    fn failed(&mut self, task: TaskId, failure: &FailureDetails) -> Result<(), WireError> {
        self.kind();
        self.push("TaskScheduledId", action(task)?);
        self.push("Reason", failure.message.as_str());
        self.push("Details", Json::Null);
        self.push("FailureDetails", failure_object(failure)?);
        Ok(())
    }

    /// Writes what every event ends with, and what the framework has no member for.
    fn finish(mut self, id: i32, at: StoredTime, trace: Option<&TraceContext>) -> Object {
        self.push("EventId", id);
        self.push("IsPlayed", false);
        self.stored_time("Timestamp", at);
        if let Some(trace) = trace {
            if !self.traced {
                self.extra("DurableTraceParent", trace.traceparent.as_str());
            }
            let state = if self.traced {
                long_state(trace)
            } else {
                trace.tracestate.as_deref()
            };
            if let Some(state) = state {
                self.extra("DurableTraceState", state);
            }
        }
        self.object.members.append(&mut self.extras);
        self.object
    }
}
