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
    fn kind(&self, name: &str) -> Result<Option<EventKind>, WireError> {
        let from = self.members;
        Ok(Some(match name {
            "OrchestratorStarted" => EventKind::OrchestratorStarted,
            "OrchestratorCompleted" => EventKind::OrchestratorCompleted,
            "ExecutionStarted" => EventKind::ExecutionStarted(Box::new(self.started()?)),
            "ExecutionCompleted" => return Ok(self.completed()?.map(EventKind::ExecutionCompleted)),
            "ExecutionTerminated" => {
                let reason = from.text_or_empty("Input")?;
                EventKind::ExecutionTerminated { reason }
            }
            "ExecutionSuspended" => {
                let reason = from.text_or_empty("Reason")?;
                EventKind::ExecutionSuspended { reason }
            }
            "ExecutionResumed" => {
                let reason = from.text_or_empty("Reason")?;
                EventKind::ExecutionResumed { reason }
            }
            "ExecutionRewound" => return self.rewound(),
            "ContinueAsNew" => return self.continued(),
            "TaskScheduled" | "SubOrchestrationInstanceCreated" | "TimerCreated" | "EventSent" => {
                return self.step(name);
            }
            "TaskCompleted" | "TaskFailed" | "TimerFired" => return self.answer(name),
            "SubOrchestrationInstanceCompleted" | "SubOrchestrationInstanceFailed" => {
                return self.answer(name);
            }
            "EventRaised" => EventKind::EventRaised {
                name: from.name("Name")?,
                input: from.payload("Input")?,
            },
            "GenericEvent" => {
                let marker = read_marker(self.what, from.text("Data")?.unwrap_or_default())?;
                return Ok(marker.map(EventKind::Marker));
            }
            _ => return Ok(None),
        }))
    }

    /// Reads what the orchestrator did.
    fn step(&self, name: &str) -> Result<Option<EventKind>, WireError> {
        let from = self.members;
        let task = from.task("EventId")?;
        Ok(Some(match name {
            "TaskScheduled" => EventKind::TaskScheduled {
                task,
                name: from.name("Name")?,
                version: from.version("Version")?,
                input: from.arguments("Input")?,
            },
            "SubOrchestrationInstanceCreated" => EventKind::SubOrchestrationInstanceCreated {
                task,
                instance: from.name("InstanceId")?,
                name: from.name("Name")?,
                version: from.version("Version")?,
                input: from.payload("Input")?,
            },
            "TimerCreated" => EventKind::TimerCreated {
                task,
                fire_at: from.time("FireAt")?,
            },
            "EventSent" => EventKind::EventSent {
                task,
                instance: from.name("InstanceId")?,
                name: from.name("Name")?,
                input: from.payload("Input")?,
            },
            _ => return Ok(None),
        }))
    }

    /// Reads what a task answers.
    fn answer(&self, name: &str) -> Result<Option<EventKind>, WireError> {
        let from = self.members;
        if name == "TimerFired" {
            return Ok(Some(EventKind::TimerFired {
                task: from.task("TimerId")?,
                fire_at: from.time("FireAt")?,
            }));
        }
        let task = from.task("TaskScheduledId")?;
        Ok(Some(match name {
            "TaskCompleted" => EventKind::TaskCompleted {
                task,
                result: from.payload("Result")?,
            },
            "TaskFailed" => EventKind::TaskFailed {
                task,
                failure: self.failure("Reason")?,
            },
            "SubOrchestrationInstanceCompleted" => EventKind::SubOrchestrationInstanceCompleted {
                task,
                result: from.payload("Result")?,
            },
            "SubOrchestrationInstanceFailed" => EventKind::SubOrchestrationInstanceFailed {
                task,
                failure: self.failure("Reason")?,
            },
            _ => return Ok(None),
        }))
    }

    /// Reads a rewind. The framework's own says neither where it comes from nor where it goes, and is none of the core's.
    fn rewound(&self) -> Result<Option<EventKind>, WireError> {
        let from = self.members;
        let Some(execution) = from.optional_name::<ExecutionId>("DurableExecution")? else {
            return Ok(None);
        };
        Ok(Some(EventKind::ExecutionRewound {
            reason: from.text_or_empty("Reason")?,
            from: from.name("DurableFrom")?,
            execution,
            version: from.version("DurableVersion")?,
        }))
    }

    /// Reads a continuation. The framework's own does not say what follows, and is none of the core's.
    fn continued(&self) -> Result<Option<EventKind>, WireError> {
        let from = self.members;
        let Some(next) = from.optional_name::<ExecutionId>("DurableNext")? else {
            return Ok(None);
        };
        Ok(Some(EventKind::ContinueAsNew {
            next,
            version: from.version("DurableVersion")?,
            input: from.payload("Result")?,
        }))
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
            Some("Failed") => Some(CompletionStatus::Failed(self.failure("Result")?)),
            Some("Canceled") => Some(CompletionStatus::Canceled(self.failure("Result")?)),
            Some("Terminated") => Some(CompletionStatus::Terminated(from.text_or_empty("Result")?)),
            _ => None,
        })
    }

    fn failure(&self, reason: &str) -> Result<FailureDetails, WireError> {
        let from = self.members;
        match from.object("FailureDetails")? {
            Some(failure) => read_failure(self.what, failure),
            None => Ok(failure_of_reason(
                &from.text_or_empty(reason)?,
                from.text("Details")?,
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
