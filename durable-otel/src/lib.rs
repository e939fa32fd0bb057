//! Spans of durable functions to OpenTelemetry, linked over processes and crashes, and exported by OTLP.
//!
//! ```no_run
//! # fn main() -> Result<(), durable_otel::OtelError> {
//! // Exports if the environment says whereto: OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318
//! let exporting = durable_otel::init()?;
//! // … clients, workers …
//! if let Some(exporting) = exporting {
//!     exporting.shut_down()?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A program with a `tracing` subscriber of its own adds [`Exporting::layer`] to it instead:
//!
//! ```no_run
//! use tracing_subscriber::layer::SubscriberExt;
//! use tracing_subscriber::util::SubscriberInitExt;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let exporting = durable_otel::Exporting::from_env()?;
//! let layer = exporting.as_ref().map(|exporting| exporting.layer());
//! tracing_subscriber::registry().with(layer).try_init()?;
//! # Ok(())
//! # }
//! ```
//!
//! `docs/observability.md` lists the spans and their attributes.

#![forbid(unsafe_code)]

mod bridge;
mod convert;
mod error;
mod exporting;
mod ids;
mod sampler;
mod sender;
mod setup;
mod variable;
mod watched;

pub use error::OtelError;
pub use exporting::Exporting;
pub use setup::init;
