//! Ids of spans: drawn at random, but those of executions, which follow from their histories.

use std::cell::Cell;

use durable_core::trace::SpanContext;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator};

thread_local! {
    /// The ids of the span that this thread is about to make.
    static CHOSEN: Cell<Option<(TraceId, SpanId)>> = const { Cell::new(None) };
}

/// Draws ids, if none are chosen.
#[derive(Debug, Default)]
pub(crate) struct Ids(RandomIdGenerator);

/// Makes a span with the ids of a context. The library asks for ids on the thread that makes the span.
pub(crate) fn with_ids<T>(context: &SpanContext, make: impl FnOnce() -> T) -> T {
    let trace = TraceId::from(context.trace.0.get());
    let span = SpanId::from(context.span.0.get());
    CHOSEN.set(Some((trace, span)));
    let made = make();
    CHOSEN.set(None);
    made
}

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        CHOSEN
            .get()
            .map_or_else(|| self.0.new_trace_id(), |(trace, _)| trace)
    }

    fn new_span_id(&self) -> SpanId {
        CHOSEN
            .get()
            .map_or_else(|| self.0.new_span_id(), |(_, span)| span)
    }
}
