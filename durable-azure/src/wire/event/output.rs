//! An event that is being written.

use durable_core::history::{CompletionStatus, ExecutionStarted, Marker, TraceContext};
use durable_core::{
    EventName, ExecutionId, FailureDetails, InstanceId, Payload, RecordedVersion, TaskId, Timestamp, WireName,
};

use super::super::failure::failure_object;
use super::super::json::{Json, Object};
use super::super::marker::marker_text;
use super::super::members::exact_name;
use super::super::nested::{instance_object, long_state, parent_object, tags_json, trace_object, type_tag};
use super::super::payload::{arguments_text, payload_text};
use super::super::time::StoredTime;
use super::super::{WireError, version_text};
use super::WireEvent;
use super::kind::{EVENT_TYPES, number_of_status, type_of_name};

/// The `EventId` of everything that is not an action.
const NO_ACTION: i32 = -1;

/// Returns the number of a task as .NET's integer.
fn action(task: TaskId) -> Result<i32, WireError> {
    i32::try_from(task.0).map_err(|_| WireError::Range {
        what: "the event".to_owned(),
        member: "EventId".to_owned(),
        value: i64::from(task.0),
    })
}

/// An event that is being written.
pub(super) struct Output<'a> {
    object: Object,
    /// The number of its type.
    number: Option<i32>,
    /// The `EventId`.
    id: i32,
    /// The trace that the event belongs to.
    trace: Option<&'a TraceContext>,
    /// Whether the trace has its place already.
    traced: bool,
    /// What the framework has no member for. It stands behind everything else.
    extras: Vec<(String, Json)>,
}

impl<'a> Output<'a> {
    pub(super) fn new(core_name: &str, trace: Option<&'a TraceContext>) -> Self {
        let name = WireEvent::name_of(core_name);
        let number = EVENT_TYPES.iter().position(|known| *known == name);
        Self {
            object: Object::of_type(type_of_name(name)),
            number: number.and_then(|number| i32::try_from(number).ok()),
            id: NO_ACTION,
            trace,
            traced: false,
            extras: Vec::new(),
        }
    }

    pub(super) fn kind(&mut self) {
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
    fn trace(&mut self) {
        self.push("ParentTraceContext", self.trace.map(trace_object));
        self.traced = true;
    }

    pub(super) fn started(&mut self, started: &ExecutionStarted, generation: Option<i32>) {
        let instance = instance_object(started.instance.as_str(), Some(started.execution.as_str()));
        self.push("OrchestrationInstance", instance);
        self.kind();
        self.push("ParentInstance", started.parent.as_ref().map(parent_object));
        self.push("Name", started.name.as_str());
        self.push("Version", version_text(&started.version));
        self.push("Input", payload_text(&started.input));
        self.push("Tags", tags_json(&started.tags));
        self.push("Correlation", Json::Null);
        self.trace();
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

    pub(super) fn completed(
        &mut self,
        status: &CompletionStatus,
        action: Option<i32>,
    ) -> Result<(), WireError> {
        self.id = action.unwrap_or(NO_ACTION);
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

    pub(super) fn returned(&mut self, task: TaskId, result: &Payload) -> Result<(), WireError> {
        self.kind();
        self.push("TaskScheduledId", action(task)?);
        self.push("Result", payload_text(result));
        Ok(())
    }

    pub(super) fn failed(&mut self, task: TaskId, failure: &FailureDetails) -> Result<(), WireError> {
        self.kind();
        self.push("TaskScheduledId", action(task)?);
        self.push("Reason", failure.message.as_str());
        self.push("Details", Json::Null);
        self.push("FailureDetails", failure_object(failure)?);
        Ok(())
    }

    pub(super) fn continued(
        &mut self,
        next: &ExecutionId,
        version: &RecordedVersion,
        input: &Payload,
        action: Option<i32>,
    ) {
        self.id = action.unwrap_or(NO_ACTION);
        self.kind();
        self.ended("ContinuedAsNew", payload_text(input), Json::Null);
        self.extra("DurableNext", next.as_str());
        self.extra("DurableVersion", version_text(version));
    }

    /// Writes why somebody told the instance something.
    pub(super) fn told(&mut self, member: &str, reason: &str) {
        self.kind();
        self.push(member, reason);
    }

    pub(super) fn rewound(
        &mut self,
        reason: &str,
        from: &ExecutionId,
        execution: &ExecutionId,
        version: &RecordedVersion,
    ) {
        self.told("Reason", reason);
        // The framework's own rewind of a child names its parent here.
        self.push("ParentExecutionId", Json::Null);
        self.push("InstanceId", Json::Null);
        self.trace();
        self.extra("DurableFrom", from.as_str());
        self.extra("DurableExecution", execution.as_str());
        self.extra("DurableVersion", version_text(version));
    }

    pub(super) fn scheduled(
        &mut self,
        task: TaskId,
        name: &WireName,
        version: &RecordedVersion,
        input: &Payload,
    ) -> Result<(), WireError> {
        self.id = action(task)?;
        self.kind();
        self.push("Name", name.as_str());
        self.push("Version", version_text(version));
        self.push("Input", arguments_text(input));
        self.trace();
        self.push("Tags", Json::Null);
        Ok(())
    }

    pub(super) fn created(
        &mut self,
        task: TaskId,
        instance: &InstanceId,
        (name, version): (&WireName, &RecordedVersion),
        input: &Payload,
    ) -> Result<(), WireError> {
        self.id = action(task)?;
        self.kind();
        self.push("Name", name.as_str());
        self.push("Version", version_text(version));
        self.push("InstanceId", instance.as_str());
        self.push("Input", payload_text(input));
        self.push("ClientSpanId", Json::Null);
        self.push("Tags", Json::Null);
        Ok(())
    }

    pub(super) fn timer_created(&mut self, task: TaskId, fire_at: Timestamp) -> Result<(), WireError> {
        self.id = action(task)?;
        self.kind();
        self.time("FireAt", fire_at);
        Ok(())
    }

    pub(super) fn timer_fired(&mut self, task: TaskId, fire_at: Timestamp) -> Result<(), WireError> {
        self.kind();
        self.push("TimerId", action(task)?);
        self.time("FireAt", fire_at);
        Ok(())
    }

    pub(super) fn sent(
        &mut self,
        task: TaskId,
        instance: &InstanceId,
        name: &EventName,
        input: &Payload,
    ) -> Result<(), WireError> {
        self.id = action(task)?;
        self.kind();
        self.push("InstanceId", instance.as_str());
        self.push("Name", name.as_str());
        self.push("Input", payload_text(input));
        Ok(())
    }

    pub(super) fn raised(&mut self, name: &EventName, input: &Payload) {
        self.kind();
        self.push("Name", name.as_str());
        self.push("Input", payload_text(input));
        self.trace();
    }

    pub(super) fn marker(&mut self, marker: &Marker) -> Result<(), WireError> {
        // A field stands before all properties.
        self.push("Data", marker_text(marker)?);
        self.kind();
        Ok(())
    }

    /// Writes what every event ends with, and what the framework has no member for.
    pub(super) fn finish(mut self, at: StoredTime) -> Object {
        self.push("EventId", self.id);
        self.push("IsPlayed", false);
        self.stored_time("Timestamp", at);
        if let Some(trace) = self.trace {
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
