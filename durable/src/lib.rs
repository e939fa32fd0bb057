//! Durable functions for Rust: orchestrators and activities that survive crashes and deployments.

#![forbid(unsafe_code)]

pub use durable_core::*;
pub use durable_macros::{DurableSchema, activity, main, migrate, orchestrator};

pub mod prelude;

#[doc(hidden)]
pub mod __private;
