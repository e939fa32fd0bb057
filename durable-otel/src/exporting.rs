//! Spans on their way out of the process.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider, SpanProcessor};
use tracing::Subscriber;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{FilterFn, LevelFilter, filter_fn};
use tracing_subscriber::registry::LookupSpan;

use crate::bridge::Bridge;
use crate::error::OtelError;
use crate::ids::Ids;
use crate::setup;

/// The name of the instrumentation.
const SCOPE: &str = "durable";

/// The export of this process's spans. There is one for the whole process, and none after it.
///
/// Dropped, it sends what was not sent yet and exports no more.
#[derive(Debug)]
pub struct Exporting {
    provider: SdkTracerProvider,
    tracer: SdkTracer,
}

impl Exporting {
    /// Exports by OTLP over HTTP, if the environment says whereto: `OTEL_EXPORTER_OTLP_ENDPOINT` or
    /// `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` is set, `OTEL_SDK_DISABLED` is not `true`, and `OTEL_TRACES_EXPORTER` is not
    /// `none`. Otherwise nothing is done.
    ///
    /// What else the OpenTelemetry specification defines holds as well: `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`,
    /// `OTEL_TRACES_SAMPLER`, `OTEL_EXPORTER_OTLP_HEADERS` and `_TIMEOUT`, `OTEL_BSP_*`.
    ///
    /// # Errors
    ///
    /// If the environment asks for what is not there, or spans are exported already.
    pub fn from_env() -> Result<Option<Self>, OtelError> {
        setup::from_env()
    }

    /// Exports by a processor of one's own: to memory, for tests, or by another exporter.
    ///
    /// # Errors
    ///
    /// If spans are exported already.
    pub fn with_processor(
        processor: impl SpanProcessor + 'static,
        sampler: Sampler,
    ) -> Result<Self, OtelError> {
        let provider = SdkTracerProvider::builder()
            .with_span_processor(processor)
            .with_sampler(sampler.clone())
            .with_id_generator(Ids::default())
            .build();
        Self::of(provider, sampler)
    }

    pub(crate) fn of(provider: SdkTracerProvider, sampler: Sampler) -> Result<Self, OtelError> {
        let tracer = provider.tracer(SCOPE);
        let bridge = Bridge {
            tracer: tracer.clone(),
            sampler,
        };
        durable_core::trace::install(bridge)?;
        Ok(Self { provider, tracer })
    }

    /// Makes what a `tracing` subscriber needs, so that spans come here: those of the level `info` and above, whoever
    /// makes them, but for those of the export itself.
    pub fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let own: FilterFn = filter_fn(|metadata| {
            let begins = |prefix| metadata.target().starts_with(prefix);
            !["opentelemetry", "hyper", "rustls"].into_iter().any(begins)
        });
        let layer = tracing_opentelemetry::layer()
            .with_tracer(self.tracer.clone())
            .with_location(false)
            .with_threads(false);
        layer.with_filter(own).with_filter(LevelFilter::INFO)
    }

    /// Sends what was not sent yet, and waits until it is. For tests, and before a pause.
    ///
    /// # Errors
    ///
    /// If it could not be sent.
    pub fn flush(&self) -> Result<(), OtelError> {
        let flushed = self.provider.force_flush();
        flushed.map_err(|error| OtelError::ShutDown(error.to_string()))
    }

    /// Sends what was not sent yet, and exports no more.
    ///
    /// # Errors
    ///
    /// If it could not be sent.
    pub fn shut_down(self) -> Result<(), OtelError> {
        let ended = self.provider.shutdown();
        ended.map_err(|error| OtelError::ShutDown(error.to_string()))
    }
}

impl Drop for Exporting {
    fn drop(&mut self) {
        // After `shut_down` there is nothing left to do. Nobody is left to whom an error could be told.
        drop(self.provider.shutdown());
    }
}
