//! What tests of the export of spans need: a collector, which keeps what it is sent by OTLP over HTTP.
//!
//! ```
//! use durable_testotlp::Collector;
//!
//! let collector = Collector::start();
//! // For the process under test: OTEL_EXPORTER_OTLP_ENDPOINT
//! assert!(collector.address().starts_with("http://127.0.0.1:"));
//! assert!(collector.until(|spans| spans.is_empty()).is_empty());
//! ```
//!
//! What is wrong with a request fails the test that waits for its spans.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what fails here fails the test that uses it"
)]

mod collector;
mod span;

pub use collector::Collector;
pub use span::{Seen, only};
