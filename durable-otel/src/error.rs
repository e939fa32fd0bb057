//! What can go wrong.

use durable_core::trace::AlreadyInstalled;

/// Why spans are not exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OtelError {
    /// The environment asks for another protocol.
    #[error("OTEL_EXPORTER_OTLP_PROTOCOL is `{0}`: only `http/protobuf` is spoken")]
    Protocol(String),
    /// The environment asks for another exporter.
    #[error("OTEL_TRACES_EXPORTER is `{0}`: there are `otlp` and `none`")]
    Exporter(String),
    /// The exporter could not be made: its address is malformed, for example.
    #[error("the exporter of spans could not be made: {0}")]
    Build(#[from] opentelemetry_otlp::ExporterBuildError),
    /// The certificates of this machine could not be read, or the thread that sends could not be started.
    #[error("spans cannot be sent: {0}")]
    Sender(String),
    /// Spans are exported already.
    #[error(transparent)]
    Installed(#[from] AlreadyInstalled),
    /// The program has a `tracing` subscriber already.
    #[error("the program has a `tracing` subscriber already: add `Exporting::layer` to it")]
    Subscriber,
    /// What was not sent yet could not be sent.
    #[error("the last spans could not be sent: {0}")]
    ShutDown(String),
}
