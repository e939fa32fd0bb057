//! Contexts and times, from one library's types to the other's.

use std::num::{NonZeroU64, NonZeroU128};
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use durable_core::Timestamp;
use durable_core::trace::{SpanContext, SpanId, TraceId};
use opentelemetry::trace as otel;

/// Returns a context that came from elsewhere as the library has it.
pub(crate) fn to_otel(context: &SpanContext) -> otel::SpanContext {
    let flags = otel::TraceFlags::default().with_sampled(context.sampled);
    let state = context
        .state
        .as_deref()
        .and_then(|state| otel::TraceState::from_str(state).ok());
    otel::SpanContext::new(
        otel::TraceId::from(context.trace.0.get()),
        otel::SpanId::from(context.span.0.get()),
        flags,
        true,
        state.unwrap_or_default(),
    )
}

/// Returns a context of the library, if it is one.
pub(crate) fn from_otel(context: &otel::SpanContext) -> Option<SpanContext> {
    let trace = NonZeroU128::new(u128::from_be_bytes(context.trace_id().to_bytes()))?;
    let span = NonZeroU64::new(u64::from_be_bytes(context.span_id().to_bytes()))?;
    let state = context.trace_state().header();
    Some(SpanContext {
        trace: TraceId(trace),
        span: SpanId(span),
        sampled: context.is_sampled(),
        state: (!state.is_empty()).then_some(state),
    })
}

/// Returns a moment as the library has it; one before 1970 as the begin of 1970.
pub(crate) fn system_time(moment: Timestamp) -> SystemTime {
    let micros = u64::try_from(moment.as_micros()).unwrap_or_default();
    UNIX_EPOCH + Duration::from_micros(micros)
}
