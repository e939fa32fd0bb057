//! History: the append-only list of events of an execution.
//!
//! The events are those of the Durable Task Framework, one to one, plus [`Marker`] for what the framework lacks.
//! `docs/history-format.md` states every event, field and rule.

mod event;
mod marker;

pub use event::{
    ChildPolicy, CompletionStatus, Event, EventKind, ExecutionStarted, ParentRef, Tags, TraceContext,
};
pub use marker::{ENGINE_SEMANTICS, Marker, MarkerKind};
