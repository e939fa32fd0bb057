//! What most programs import.

pub use crate::{ActivityContext, DurableSchema, OrchestrationContext, activity, migrate, orchestrator};
pub use durable_core::schema::DurableSchema;
