//! What can go wrong.

use durable_core::trace::AlreadyInstalled;

/// Why spans are not exported.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OtelError {
    /// A variable of the environment has a value that it cannot have, or asks for what is not there.
    #[error("{variable} is `{value}`: {wanted}")]
    Setting {
        /// Its name.
        variable: String,
        /// Its value.
        value: String,
        /// What it could be.
        wanted: &'static str,
    },
    /// A variable that lists headers has a part that is none. It may hold a secret, so it is not repeated.
    #[error(
        "part {part} of {variable} is not `name=value` (parts have commas between them; none is shown, as it may be a secret)"
    )]
    Header {
        /// The variable's name.
        variable: String,
        /// Which part, from 1.
        part: usize,
    },
    /// The exporter could not be made.
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
