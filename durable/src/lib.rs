//! Durable functions for Rust.
//!
//! Plain `async fn`s become business processes that survive crashes, restarts and deployments. Each is versioned: old
//! and new versions live side by side in one binary, and a running instance stays on the version it started with.
//!
//! ```
//! use durable::prelude::*;
//!
//! #[activity]
//! async fn greet(_ctx: ActivityContext, name: String) -> Result<String, Failure> {
//!     Ok(format!("Hello, {name}!"))
//! }
//!
//! #[orchestrator(version = "1")]
//! async fn hello(ctx: OrchestrationContext, name: String) -> Result<String, Failure> {
//!     Ok(ctx.call(greet, name).await?)
//! }
//! # fn main() {}
//! ```
//!
//! Start reading at [`macro@orchestrator`], [`macro@activity`], [`OrchestrationContext`] and [`App`].

#![forbid(unsafe_code)]

mod app;
#[cfg(doctest)]
mod guide;
pub mod prelude;
mod versions;

#[doc(hidden)]
pub mod __private;

pub use app::{App, AppError, Running};
pub use durable_core::client::{Client, ClientError, Run, RunError};
pub use durable_core::schema::DurableSchema;
pub use durable_core::worker::{Worker, WorkerError};
pub use durable_core::{
    ActivityContext, BuildId, CallError, CancelToken, Clock, Encoding, EventName, ExecutionId, Failure,
    FailureDetails, FailureOrigin, InstanceId, NameError, OrchestrationContext, Payload, PayloadError,
    RecordedVersion, RetryPolicy, SystemClock, TaskId, Timestamp, Version, VersionError, WireName, WorkerId,
    activity as activities, client, failure, function, history, hub, orchestration, random, registry, replay,
    schema, worker,
};
pub use durable_macros::{DurableSchema, activity, main, migrate, orchestrator};
#[cfg(feature = "sqlite")]
pub use durable_sqlite as sqlite;
#[cfg(feature = "testkit")]
pub use durable_testkit as testkit;
pub use versions::{VersionRow, VersionState, VersionTable, version_table};

/// The result of a program's `main`: any error is shown by its text, with its causes.
pub type Result<T, E = Failure> = std::result::Result<T, E>;
