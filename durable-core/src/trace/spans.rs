//! The spans, one function each, by the names of the table.

use std::fmt;

use tracing::Span;
use tracing::field::Empty;

use super::table::{ACTIVITY, LOAD, RAISE, START, SpanKind, TURN};
use super::{SpanContext, installed, names};
use crate::history::{ExecutionStarted, TraceContext};
use crate::hub::ActivityWork;
use crate::id::{ExecutionId, InstanceId};
use crate::name::{EventName, WireName};
use crate::version::RecordedVersion;

/// The name of a span as it is exported: `activity:greet@(2)`, as the Durable Task Framework makes it.
pub(crate) struct SpanName<'a>(
    pub(crate) &'static str,
    pub(crate) &'a WireName,
    pub(crate) &'a RecordedVersion,
);

impl fmt::Display for SpanName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(kind, name, version) = self;
        match version {
            RecordedVersion::Blank => write!(f, "{kind}:{name}"),
            RecordedVersion::Known(_) | RecordedVersion::Foreign(_) => write!(f, "{kind}:{name}@({version})"),
        }
    }
}

/// Gives a span the name and the kind that it is exported with. Only called where spans are exported.
pub(crate) fn describe(span: &Span, kind: &SpanKind, name: &dyn fmt::Display) {
    span.record("otel.name", tracing::field::display(name));
    span.record("otel.kind", kind.kind);
}

/// Makes a span what it is exported as: gives it the name, the kind and the parent. Before it is entered. Returns its context,
/// for what belongs to it in other processes; `None` if spans are not exported, or this one is not. A malformed parent counts as
/// none.
///
/// For spans outside of this crate, such as those of a server's requests. They have the fields `otel.name` and `otel.kind`, empty.
pub fn export_as(
    span: &Span,
    kind: &SpanKind,
    name: &dyn fmt::Display,
    parent: Option<&TraceContext>,
) -> Option<TraceContext> {
    let tracer = installed()?;
    describe(span, kind, name);
    if let Some(parent) = parent.and_then(SpanContext::read) {
        tracer.adopt(span, &parent);
    }
    tracer.context_of(span).map(|context| context.write())
}

/// Makes the span of a start, and the context that goes along with the start: that of the span, or else the one that was
/// given, or else that of the span in which the start is made.
pub(crate) fn start_span(
    started: &ExecutionStarted,
    given: Option<&TraceContext>,
) -> (Span, Option<Box<TraceContext>>) {
    let span = tracing::info_span!(
        target: "durable_core::client",
        START.span,
        otel.name = Empty,
        otel.kind = Empty,
        { names::TYPE } = "orchestration",
        { names::NAME } = %started.name,
        { names::VERSION } = %started.version,
        { names::INSTANCE } = %started.instance,
        { names::EXECUTION } = %started.execution,
    );
    let given = given.and_then(SpanContext::read);
    let context = match installed() {
        None => given,
        Some(tracer) => {
            describe(
                &span,
                &START,
                &SpanName(START.span, &started.name, &started.version),
            );
            if let Some(given) = &given {
                tracer.adopt(&span, given);
            }
            let own = tracer.context_of(&span).or(given);
            own.or_else(|| tracer.context_of(&Span::current()))
        }
    };
    (span, context.map(|context| Box::new(context.write())))
}

/// Makes the span of an event that a client sends.
pub(crate) fn raise_span(instance: &InstanceId, name: &EventName) -> Span {
    let span = tracing::info_span!(
        target: "durable_core::client",
        RAISE.span,
        otel.name = Empty,
        otel.kind = Empty,
        { names::TYPE } = "event",
        { names::NAME } = %name,
        { names::TARGET } = %instance,
    );
    if installed().is_some() {
        describe(&span, &RAISE, &format_args!("{}:{name}", RAISE.span));
    }
    span
}

/// Makes the span of a turn.
pub(crate) fn turn_span(
    instance: &InstanceId,
    execution: &ExecutionId,
    name: &WireName,
    version: &RecordedVersion,
) -> Span {
    tracing::info_span!(
        target: "durable_core::worker",
        parent: None,
        TURN.span,
        otel.name = Empty,
        otel.kind = Empty,
        { names::TYPE } = "orchestration",
        { names::NAME } = %name,
        { names::VERSION } = %version,
        { names::INSTANCE } = %instance,
        { names::EXECUTION } = %execution,
        { names::REPLAYING } = false,
    )
}

/// Makes the span in which an execution is brought into memory.
pub(crate) fn load_span(
    instance: &InstanceId,
    execution: &ExecutionId,
    name: &WireName,
    version: &dyn fmt::Display,
    events: usize,
) -> Span {
    tracing::debug_span!(
        target: "durable_core::worker",
        parent: None,
        LOAD.span,
        otel.name = Empty,
        otel.kind = Empty,
        { names::TYPE } = "orchestration",
        { names::NAME } = %name,
        { names::VERSION } = %version,
        { names::INSTANCE } = %instance,
        { names::EXECUTION } = %execution,
        { names::REPLAYING } = events > 0,
        { names::EVENTS } = events,
    )
}

/// Makes the span of one run of an activity, a child of what the orchestration told it.
pub(crate) fn activity_span(work: &ActivityWork) -> Span {
    let span = tracing::info_span!(
        target: "durable_core::worker",
        parent: None,
        ACTIVITY.span,
        otel.name = Empty,
        otel.kind = Empty,
        otel.status_code = Empty,
        otel.status_description = Empty,
        { names::TYPE } = "activity",
        { names::NAME } = %work.name,
        { names::VERSION } = %work.version,
        { names::INSTANCE } = %work.key.instance,
        { names::EXECUTION } = %work.key.execution,
        { names::TASK } = work.key.task.0,
        { names::ATTEMPT } = work.attempt,
        { names::DELIVERIES } = work.deliveries,
    );
    if let Some(tracer) = installed() {
        describe(
            &span,
            &ACTIVITY,
            &SpanName(ACTIVITY.span, &work.name, &work.version),
        );
        if let Some(parent) = work.trace.as_deref().and_then(SpanContext::read) {
            tracer.adopt(&span, &parent);
        }
    }
    span
}

/// Marks the span of something that failed, if spans are exported. It has the fields `otel.status_code` and
/// `otel.status_description`, empty.
pub fn mark_failed(span: &Span, message: &str) {
    if installed().is_some() {
        span.record("otel.status_code", "ERROR");
        span.record("otel.status_description", message);
    }
}
