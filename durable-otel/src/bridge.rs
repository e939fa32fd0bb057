//! The process's tracer: `tracing`'s spans to OpenTelemetry's contexts and back.

use durable_core::trace::{EndedSpan, SpanContext, TimerSpan, TraceId, Tracer, names};
use opentelemetry::trace::{Span as _, SpanBuilder, SpanKind, Status, TraceContextExt, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{Sampler, SamplingDecision, SdkTracer, ShouldSample};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::convert::{from_otel, system_time, to_otel};
use crate::ids::with_ids;

/// The process's tracer.
#[derive(Debug)]
pub(crate) struct Bridge {
    pub(crate) tracer: SdkTracer,
    pub(crate) sampler: Sampler,
}

impl Tracer for Bridge {
    fn adopt(&self, span: &Span, parent: &SpanContext) {
        let parent = Context::new().with_remote_span_context(to_otel(parent));
        // It fails for spans that are filtered out, which have no parent to be set.
        drop(span.set_parent(parent));
    }

    fn context_of(&self, span: &Span) -> Option<SpanContext> {
        from_otel(span.context().span().span_context())
    }

    fn samples(&self, trace: TraceId) -> bool {
        let trace = opentelemetry::trace::TraceId::from(trace.0.get());
        let sampled = self
            .sampler
            .should_sample(None, trace, "", &SpanKind::Server, &[], &[]);
        sampled.decision == SamplingDecision::RecordAndSample
    }

    fn export(&self, ended: &EndedSpan) {
        let attributes = [
            KeyValue::new(names::TYPE, "orchestration"),
            KeyValue::new(names::NAME, ended.name.to_string()),
            KeyValue::new(names::VERSION, ended.version.to_string()),
            KeyValue::new(names::INSTANCE, ended.instance.to_string()),
            KeyValue::new(names::EXECUTION, ended.execution.to_string()),
            KeyValue::new(names::STATUS, ended.status_name()),
        ];
        let builder = SpanBuilder::from_name(ended.exported_name())
            .with_kind(SpanKind::Server)
            .with_start_time(system_time(ended.started))
            .with_attributes(attributes);
        let parent = match &ended.parent {
            Some(parent) => Context::new().with_remote_span_context(to_otel(parent)),
            None => Context::new(),
        };
        let mut span = with_ids(&ended.context, || {
            self.tracer.build_with_context(builder, &parent)
        });
        if let Some(error) = ended.error() {
            span.set_status(Status::error(error.to_owned()));
        }
        span.end_with_timestamp(system_time(ended.ended));
    }
    fn export_timer(&self, fired: &TimerSpan) {
        let attributes = [
            KeyValue::new(names::TYPE, "timer"),
            KeyValue::new(names::NAME, fired.name.to_string()),
            KeyValue::new(names::VERSION, fired.version.to_string()),
            KeyValue::new(names::INSTANCE, fired.instance.to_string()),
            KeyValue::new(names::EXECUTION, fired.execution.to_string()),
            KeyValue::new(names::TASK, i64::from(fired.task.0)),
            KeyValue::new(names::FIRE_AT, fired.fire_at.to_string()),
        ];
        let builder = SpanBuilder::from_name(fired.exported_name())
            .with_kind(SpanKind::Internal)
            .with_start_time(system_time(fired.created))
            .with_attributes(attributes);
        let parent = Context::new().with_remote_span_context(to_otel(&fired.parent));
        let mut span = with_ids(&fired.context, || {
            self.tracer.build_with_context(builder, &parent)
        });
        span.end_with_timestamp(system_time(fired.fired));
    }
}
