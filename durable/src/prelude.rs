//! What nearly every file with durable functions uses.

#[cfg(feature = "azure")]
pub use durable_azure::AzureHub;
pub use durable_core::client::Client;
pub use durable_core::orchestration::{Selected, Selected::*, days, hours, minutes, seconds};
pub use durable_core::schema::DurableSchema;
pub use durable_core::{ActivityContext, CallError, Failure, OrchestrationContext, RetryPolicy};
pub use durable_macros::{
    DurableSchema, activity, allow_nondeterminism, deterministic, migrate, orchestrator,
};
#[cfg(feature = "sqlite")]
pub use durable_sqlite::SqliteHub;

pub use crate::App;
