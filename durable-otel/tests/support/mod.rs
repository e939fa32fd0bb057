//! Spans as they are exported, kept in memory.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanId, Status, TraceId};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tokio::sync::watch;

/// Keeps what has ended.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept(watch::Sender<Vec<SpanData>>);

impl SpanProcessor for Kept {
    fn on_start(&self, _: &mut Span, _: &opentelemetry::Context) {}
    fn on_end(&self, span: SpanData) {
        self.0.send_modify(|spans| spans.push(span));
    }
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// What a test compares of a span.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) trace: TraceId,
    pub(crate) id: SpanId,
    pub(crate) parent: SpanId,
    pub(crate) started: SystemTime,
    pub(crate) ended: SystemTime,
    pub(crate) status: Status,
    pub(crate) attributes: BTreeMap<String, String>,
}

impl Seen {
    fn of(span: &SpanData) -> Self {
        let attributes = span.attributes.iter();
        Self {
            name: span.name.to_string(),
            kind: format!("{:?}", span.span_kind).to_lowercase(),
            trace: span.span_context.trace_id(),
            id: span.span_context.span_id(),
            parent: span.parent_span_id,
            started: span.start_time,
            ended: span.end_time,
            status: span.status.clone(),
            attributes: attributes
                .map(|pair| (pair.key.to_string(), pair.value.to_string()))
                .collect(),
        }
    }
}

impl Kept {
    /// Waits until a span of the name has ended in a trace, and returns all of that trace.
    pub(crate) async fn trace_with(&self, trace: TraceId, name: &str) -> Vec<Seen> {
        let of_trace = |span: &&SpanData| span.span_context.trace_id() == trace;
        let mut spans = self.0.subscribe();
        let found = spans.wait_for(|spans| spans.iter().filter(of_trace).any(|span| span.name == name));
        let found = found.await.expect("the sender lives in the process's tracer");
        found.iter().filter(of_trace).map(Seen::of).collect()
    }

    pub(crate) fn of_trace(&self, trace: TraceId) -> Vec<Seen> {
        let spans = self.0.borrow();
        let of_trace = |span: &&SpanData| span.span_context.trace_id() == trace;
        spans.iter().filter(of_trace).map(Seen::of).collect()
    }
}

/// Returns the one span of a name.
pub(crate) fn only<'a>(spans: &'a [Seen], name: &str) -> &'a Seen {
    let found: Vec<&Seen> = spans.iter().filter(|span| span.name == name).collect();
    assert_eq!(found.len(), 1, "{name} in {spans:#?}");
    found[0]
}
