//! Objects within events: instances, parents, traces and tags.

use durable_core::history::{ParentRef, Tags, TraceContext};

use super::json::{Json, Object};
use super::members::Members;
use super::message::Address;
use super::{WireError, version_text};

/// The type of a map of texts, as .NET on its present runtime writes it.
const MAP_TYPE: &str = "System.Collections.Generic.Dictionary`2[[System.String, System.Private.CoreLib],[System.String, System.Private.CoreLib]]";

/// The most characters of a trace's state that the framework keeps.
const TRACE_STATE_MAX: usize = 513;

/// Writes `OrchestrationInstance`.
pub(super) fn instance_object(instance: &str, execution: Option<&str>) -> Object {
    let mut object = Object::of_type("DurableTask.Core.OrchestrationInstance");
    object.push("InstanceId", instance);
    object.push("ExecutionId", execution);
    object
}

/// Reads `OrchestrationInstance`.
pub(super) fn read_address(what: &str, object: &Object) -> Result<Address, WireError> {
    let members = Members::new(what, object);
    Ok(Address {
        instance: members.text_or_empty("InstanceId")?,
        execution: members.text("ExecutionId")?.map(str::to_owned),
    })
}

/// Writes `ParentInstance`.
pub(super) fn parent_object(parent: &ParentRef) -> Object {
    let mut object = Object::of_type("DurableTask.Core.ParentInstance");
    object.push("Name", parent.name.as_str());
    let instance = instance_object(parent.instance.as_str(), Some(parent.execution.as_str()));
    object.push("OrchestrationInstance", instance);
    object.push("TaskScheduleId", parent.task.0);
    object.push("Version", version_text(&parent.version));
    object
}

/// Reads `ParentInstance`.
pub(super) fn read_parent(what: &str, object: &Object) -> Result<ParentRef, WireError> {
    let members = Members::new(what, object);
    let instance = members
        .object("OrchestrationInstance")?
        .ok_or_else(|| members.missing("OrchestrationInstance"))?;
    let instance = Members::new(what, instance);
    Ok(ParentRef {
        name: members.name("Name")?,
        version: members.version("Version")?,
        instance: instance.name("InstanceId")?,
        execution: instance.name("ExecutionId")?,
        task: members.task("TaskScheduleId")?,
    })
}

/// Writes `ParentTraceContext`. The framework cuts off a state that is too long; the caller keeps it elsewhere.
pub(super) fn trace_object(trace: &TraceContext) -> Object {
    let mut object = Object::of_type("DurableTask.Core.Tracing.DistributedTraceContext");
    object.push("TraceParent", trace.traceparent.as_str());
    object.push("TraceState", short_state(trace));
    for name in ["Id", "SpanId", "ActivityStartTime"] {
        object.push(name, Json::Null);
    }
    object
}

/// Returns the state of a trace, if there is one and the framework keeps it.
fn short_state(trace: &TraceContext) -> Option<&str> {
    let state = trace.tracestate.as_deref();
    // .NET counts units of UTF-16.
    state.filter(|state| state.encode_utf16().count() <= TRACE_STATE_MAX)
}

/// Returns the state of a trace, if it is too long for the framework.
pub(super) fn long_state(trace: &TraceContext) -> Option<&str> {
    let state = trace.tracestate.as_deref();
    state.filter(|_| short_state(trace).is_none())
}

/// Reads `ParentTraceContext`; one without a parent is none.
pub(super) fn read_trace(what: &str, object: &Object) -> Result<Option<TraceContext>, WireError> {
    let members = Members::new(what, object);
    let Some(traceparent) = members.text("TraceParent")? else {
        return Ok(None);
    };
    Ok(Some(TraceContext {
        traceparent: traceparent.to_owned(),
        tracestate: members.text("TraceState")?.map(str::to_owned),
    }))
}

/// The one name that no map can hold, because its place is taken.
const TYPE: &str = "$type";

/// The member that holds the value of a tag named `$type`.
const TYPE_TAG: &str = "DurableTypeTag";

/// Writes tags as a map, even if there are none.
pub(super) fn map(tags: &Tags) -> Object {
    let mut object = Object::of_type(MAP_TYPE);
    for (name, value) in tags.iter().filter(|(name, _)| *name != TYPE) {
        object.push(name, value.as_str());
    }
    object
}

/// Returns the member that a tag needs that no map can hold.
pub(super) fn type_tag(tags: &Tags) -> Option<(&'static str, Json)> {
    tags.get(TYPE).map(|value| (TYPE_TAG, value.as_str().into()))
}

/// Reads tags, with the one that no map can hold.
pub(super) fn read_tags(members: Members<'_>, name: &str) -> Result<Tags, WireError> {
    let mut tags = members.tags(name)?.unwrap_or_default();
    if let Some(value) = members.text(TYPE_TAG)? {
        tags.insert(TYPE.to_owned(), value.to_owned());
    }
    Ok(tags)
}

/// Writes tags; none are null.
pub(super) fn tags_json(tags: &Tags) -> Json {
    if tags.is_empty() {
        Json::Null
    } else {
        map(tags).into()
    }
}
