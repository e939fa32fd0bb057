//! Traces: the spans of clients, orchestrations and activities, linked across turns, processes and crashes.
//!
//! A start carries the context of the client's span into the history. From there every worker knows the span of the
//! orchestration, without asking anybody: its id follows from the id of the execution. Activities and sub-orchestrations
//! are its children, wherever and however often they run. Replay makes no span, and the orchestration's own is reported
//! once, when the hub has accepted its end; those of its timers, when it has accepted that they fired.
//!
//! Spans are those of the crate `tracing`, by the names of one [`table`]. Contexts travel only if a [`Tracer`] is
//! [installed](install), which ties them to what a program exports; the crate `durable-otel` brings one. Without it nothing is
//! stored, and a context that somebody else sent along is passed on as it is.

mod context;
mod execution;
pub mod names;
mod spans;
pub mod table;
mod timers;
mod tracer;

pub use context::{SpanContext, SpanId, TraceId};
pub(crate) use execution::ExecutionTrace;
pub(crate) use spans::{SpanName, activity_span, load_span, raise_span, start_span, turn_span};
pub use spans::{export_as, mark_failed};
pub use timers::TimerSpan;
pub(crate) use tracer::installed;
pub use tracer::{AlreadyInstalled, EndedSpan, Tracer, install};
