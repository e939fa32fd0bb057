//! Objects as events of the core.

use durable_core::history::{CompletionStatus, Event, EventKind, ExecutionStarted, TraceContext};
use durable_core::{ExecutionId, FailureDetails};

use super::super::failure::{failure_of_reason, read_failure};
use super::super::json::{Json, Object};
use super::super::marker::read_marker;
use super::super::members::Members;
use super::super::nested::{read_parent, read_tags, read_trace};
use super::super::{WireError, read_version};
use super::KnownEvent;
use super::kind::{EVENT_TYPES, name_of_type, status_of_number};

/// Reads an object as an event of the core. `None` if it is one that the core has no form for.
pub(in crate::wire) fn decode(object: &Object) -> Result<Option<KnownEvent>, WireError> {
    let Some(name) = event_name(object) else {
        return Err(WireError::Missing {
            what: "the event".to_owned(),
            member: "$type".to_owned(),
        });
    };
    let what = format!("the event {name}");
    let members = Members::new(&what, object);
    let input = Input { what: &what, members };
    let Some(kind) = input.kind(name)? else {
        return Ok(None);
    };
    let event = Event {
        at: members.time("Timestamp")?,
        trace: input.trace()?.map(Box::new),
        kind,
    };
    let ends = matches!(
        event.kind,
        EventKind::ExecutionCompleted(_) | EventKind::ContinueAsNew { .. }
    );
    Ok(Some(KnownEvent {
        fine: members.fine("Timestamp")?,
        action: if ends {
            members.small("EventId")?.filter(|action| *action >= 0)
        } else {
            None
        },
        start_generation: members.small("Generation")?,
        event,
    }))
}

/// Returns the name of an event. Its type says it; the number is for those who left the type out.
pub(super) fn event_name(object: &Object) -> Option<&str> {
    if let Some(ty) = &object.ty {
        return Some(name_of_type(ty));
    }
    match object.get("EventType")? {
        Json::Text(name) => Some(name),
        Json::Number(number) => {
            let number = usize::try_from(number.as_u64()?).ok()?;
            EVENT_TYPES.get(number).copied()
        }
        Json::Null | Json::Bool(_) | Json::Time(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

/// An event that is being read.
struct Input<'a> {
    what: &'a str,
    members: Members<'a>,
}

impl Input<'_> {
    #[expect(clippy::too_many_lines, reason = "one arm for each event")]
    fn kind(&self, name: &str) -> Result<Option<EventKind>, WireError> {
        let from = self.members;
        let kind = match name {
            "OrchestratorStarted" => EventKind::OrchestratorStarted,
            "OrchestratorCompleted" => EventKind::OrchestratorCompleted,
            "ExecutionStarted" => EventKind::ExecutionStarted(Box::new(self.started()?)),
            "ExecutionCompleted" => match self.completed()? {
                Some(status) => EventKind::ExecutionCompleted(status),
                None => return Ok(None),
            },
            "ExecutionTerminated" => EventKind::ExecutionTerminated {
                reason: from.text_or_empty("Input")?,
            },
            "ExecutionSuspended" => EventKind::ExecutionSuspended {
                reason: from.text_or_empty("Reason")?,
            },
            "ExecutionResumed" => EventKind::ExecutionResumed {
                reason: from.text_or_empty("Reason")?,
            },
            // The framework's own says neither where it comes from nor where it goes.
            "ExecutionRewound" => match from.optional_name::<ExecutionId>("DurableExecution")? {
                Some(execution) => EventKind::ExecutionRewound {
                    reason: from.text_or_empty("Reason")?,
                    from: from.name("DurableFrom")?,
                    execution,
                    version: from.version("DurableVersion")?,
                },
                None => return Ok(None),
            },
            "ContinueAsNew" => match from.optional_name::<ExecutionId>("DurableNext")? {
                Some(next) => EventKind::ContinueAsNew {
                    next,
                    version: from.version("DurableVersion")?,
                    input: from.payload("Result")?,
                },
                None => return Ok(None),
            },
            "TaskScheduled" => EventKind::TaskScheduled {
                task: from.task("EventId")?,
                name: from.name("Name")?,
                version: from.version("Version")?,
                input: from.arguments("Input")?,
            },
            "TaskCompleted" => EventKind::TaskCompleted {
                task: from.task("TaskScheduledId")?,
                result: from.payload("Result")?,
            },
            "TaskFailed" => EventKind::TaskFailed {
                task: from.task("TaskScheduledId")?,
                failure: self.failure("Reason", "Details")?,
            },
            "SubOrchestrationInstanceCreated" => EventKind::SubOrchestrationInstanceCreated {
                task: from.task("EventId")?,
                instance: from.name("InstanceId")?,
                name: from.name("Name")?,
                version: from.version("Version")?,
                input: from.payload("Input")?,
            },
            "SubOrchestrationInstanceCompleted" => EventKind::SubOrchestrationInstanceCompleted {
                task: from.task("TaskScheduledId")?,
                result: from.payload("Result")?,
            },
            "SubOrchestrationInstanceFailed" => EventKind::SubOrchestrationInstanceFailed {
                task: from.task("TaskScheduledId")?,
                failure: self.failure("Reason", "Details")?,
            },
            "TimerCreated" => EventKind::TimerCreated {
                task: from.task("EventId")?,
                fire_at: from.time("FireAt")?,
            },
            "TimerFired" => EventKind::TimerFired {
                task: from.task("TimerId")?,
                fire_at: from.time("FireAt")?,
            },
            "EventSent" => EventKind::EventSent {
                task: from.task("EventId")?,
                instance: from.name("InstanceId")?,
                name: from.name("Name")?,
                input: from.payload("Input")?,
            },
            "EventRaised" => EventKind::EventRaised {
                name: from.name("Name")?,
                input: from.payload("Input")?,
            },
            "GenericEvent" => match read_marker(self.what, from.text("Data")?.unwrap_or_default())? {
                Some(marker) => EventKind::Marker(marker),
                None => return Ok(None),
            },
            _ => return Ok(None),
        };
        Ok(Some(kind))
    }

    fn started(&self) -> Result<ExecutionStarted, WireError> {
        let from = self.members;
        let instance = from
            .object("OrchestrationInstance")?
            .ok_or_else(|| from.missing("OrchestrationInstance"))?;
        let instance = Members::new(self.what, instance);
        let parent = from.object("ParentInstance")?;
        Ok(ExecutionStarted {
            instance: instance.name("InstanceId")?,
            execution: instance.name("ExecutionId")?,
            name: from.name("Name")?,
            version: read_version(from.text("Version")?),
            input: from.payload("Input")?,
            parent: parent.map(|parent| read_parent(self.what, parent)).transpose()?,
            generation: from.small("DurableGeneration")?.unwrap_or_default(),
            scheduled_start: from.optional_time("ScheduledStartTime")?,
            tags: read_tags(from, "Tags")?,
        })
    }

    /// Reads how an execution ended; `None` if it did not, by the core's account.
    fn completed(&self) -> Result<Option<CompletionStatus>, WireError> {
        let from = self.members;
        // A number in a message, a name in a row.
        let status = match from.text("OrchestrationStatus") {
            Ok(status) => status,
            Err(_) => from.int("OrchestrationStatus")?.and_then(status_of_number),
        };
        Ok(match status {
            Some("Completed") => Some(CompletionStatus::Completed(from.payload("Result")?)),
            Some("Failed") => Some(CompletionStatus::Failed(self.failure("Result", "Details")?)),
            Some("Canceled") => Some(CompletionStatus::Canceled(self.failure("Result", "Details")?)),
            Some("Terminated") => Some(CompletionStatus::Terminated(from.text_or_empty("Result")?)),
            _ => None,
        })
    }

    fn failure(&self, reason: &str, details: &str) -> Result<FailureDetails, WireError> {
        let from = self.members;
        match from.object("FailureDetails")? {
            Some(failure) => read_failure(self.what, failure),
            None => Ok(failure_of_reason(
                &from.text_or_empty(reason)?,
                from.text(details)?,
            )),
        }
    }

    fn trace(&self) -> Result<Option<TraceContext>, WireError> {
        let from = self.members;
        let mut trace = match from.object("ParentTraceContext")? {
            Some(trace) => read_trace(self.what, trace)?,
            None => None,
        };
        if let Some(traceparent) = from.text("DurableTraceParent")? {
            trace = Some(TraceContext {
                traceparent: traceparent.to_owned(),
                tracestate: None,
            });
        }
        if let (Some(trace), Some(state)) = (&mut trace, from.text("DurableTraceState")?) {
            trace.tracestate = Some(state.to_owned());
        }
        Ok(trace)
    }
}
