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
    activity, client, failure, function, history, hub, orchestration, random, registry, replay, schema,
    worker,
};
#[cfg(feature = "sqlite")]
pub use durable_sqlite as sqlite;
#[cfg(feature = "testkit")]
pub use durable_testkit as testkit;
pub use versions::{VersionRow, VersionState, VersionTable, version_table};

/// The result of a program's `main`: any error is shown by its text, with its causes.
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// Makes an `async fn` an orchestrator: a function whose every step is recorded, so that it survives crashes.
///
/// ```
/// use durable::prelude::*;
///
/// #[orchestrator(version = "1", superseded)] // still serves the instances that started on it
/// async fn checkout(ctx: OrchestrationContext, cents: u32) -> Result<u32, durable::Failure> {
///     Ok(cents)
/// }
///
/// #[orchestrator(version = "2")] // new instances start here
/// async fn checkout(ctx: OrchestrationContext, cents: u32) -> Result<u32, durable::Failure> {
///     Ok(cents + 1)
/// }
/// # fn main() {}
/// ```
///
/// `checkout` is then a handle that leaves the version to the policy; `checkout_v1` and `checkout_v2` are handles of
/// their versions. All are functions: pass one to `ctx.call`, or call it in a unit test.
///
/// Keys: `version`, `name`, `superseded`, `upgrade = "latest"`, `retry(..)`, `timeout`, `crate`; see rule D0019 in
/// docs/lints.
pub use durable_macros::orchestrator;

/// Makes a function an activity: the place for side effects. It runs at least once per call.
///
/// ```
/// use durable::prelude::*;
///
/// #[activity(retry(max_attempts = 5, backoff = "1s..1m"), timeout = "30s")]
/// async fn charge(ctx: ActivityContext, cents: u32) -> Result<String, durable::Failure> {
///     Ok(format!("paid {cents} with key {}", ctx.idempotency_key()))
/// }
///
/// #[activity(blocking, max_concurrent = 2)]
/// fn hash(_: ActivityContext, text: String) -> Result<usize, durable::Failure> {
///     Ok(text.len())
/// }
/// # fn main() {}
/// ```
///
/// Keys: `version`, `name`, `superseded`, `retry(..)`, `timeout`, `total_timeout`, `blocking`, `max_concurrent`,
/// `crate`; see rule D0019 in docs/lints.
pub use durable_macros::activity;

/// Runs an `async fn main` on a multi-threaded runtime.
///
/// ```
/// #[durable::main]
/// async fn main() -> Result<(), std::num::ParseIntError> {
///     let _: u8 = "7".parse()?;
///     Ok(())
/// }
/// ```
pub use durable_macros::main;

/// Makes a function the way from an old input type to a new one, for instances that move to another version.
///
/// ```
/// use durable::function::MigrateInto;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct PollV1 { url: String }
///
/// #[derive(Serialize, Deserialize)]
/// struct Poll { url: String, seconds: u32 }
///
/// #[durable::migrate]
/// fn upgrade(old: PollV1) -> Poll {
///     Poll { url: old.url, seconds: 60 }
/// }
///
/// let new: Poll = PollV1 { url: "/".to_owned() }.migrate();
/// assert_eq!(new.seconds, 60);
/// ```
pub use durable_macros::migrate;

/// Derives the fingerprint and the description of a type's recorded form; see [`schema::DurableSchema`].
///
/// ```
/// use durable::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DurableSchema)]
/// #[serde(rename_all = "camelCase")]
/// struct Order {
///     order_id: String,
///     #[durable(opaque)] // recursive, or of another crate: its form is not looked into
///     parts: Vec<Order>,
/// }
/// println!("{:x}", Order::FINGERPRINT);
/// ```
pub use durable_macros::DurableSchema;
