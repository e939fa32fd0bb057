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
//! Start reading at [`macro@orchestrator`], [`macro@activity`], [`OrchestrationContext`], [`Client`] and [`App`]; the guide
//! in the repository (`docs/guide.md`) teaches all of it in order.
//!
//! The contexts, the client and the worker come from `durable-core`, and are re-exported here.

#![forbid(unsafe_code)]

mod app;
#[cfg(doctest)]
mod guide;
mod place;
pub mod prelude;
mod versions;

#[doc(hidden)]
pub mod __private;

pub use app::{App, AppError, Running};
pub use durable_core::client::{Client, ClientError, Instance, Query, Run, RunError, Start};
pub use durable_core::history::ChildPolicy;
pub use durable_core::hub::{CompletionToken, IdReuse, InstanceRecord, InstanceStatus};
pub use durable_core::orchestration::{ContinueAsNew, Saga, Selected, Uuid};
pub use durable_core::registry::{DefaultVersions, MatchStrategy, MismatchStrategy, Registry};
pub use durable_core::schema::DurableSchema;
pub use durable_core::worker::{DeterminismChecks, MissingVersions, Worker, WorkerError, WorkerOptions};
pub use durable_core::{
    ActivityContext, BuildId, CallError, CancelToken, Clock, Encoding, EventName, ExecutionId, Failure,
    FailureDetails, FailureOrigin, InstanceId, NameError, OrchestrationContext, Payload, PayloadError,
    RecordedVersion, RetryPolicy, SystemClock, TaskId, Timestamp, Version, VersionError, WireName, WorkerId,
    activity, client, deterministic, failure, function, gate, history, history_file, hub, metrics,
    orchestration, random, registry, replay, replay_check, schema, timeline, trace, worker,
};
pub use place::{HubPlaceError, hub_at};

#[cfg(feature = "azure")]
pub use durable_azure as azure;
/// Derives [`DurableSchema`](trait@DurableSchema): a fingerprint and a description of the type's recorded form.
///
/// It reads the fields and the serde attributes that change what is recorded. Two types with the same fingerprint are
/// recorded alike, so values of one can be read as the other. The version policy asks for that when it picks another
/// version than the one a handle is typed as.
///
/// ```
/// use durable::DurableSchema;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, DurableSchema)]
/// struct Order {
///     id: String,
///     #[serde(default)]
///     cents: u64,
/// }
///
/// #[derive(Serialize, Deserialize, DurableSchema)]
/// struct RenamedOrder {
///     id: String,
///     #[serde(default)]
///     cents: u64,
/// }
///
/// // The type's own name takes no part.
/// assert_eq!(Order::FINGERPRINT, RenamedOrder::FINGERPRINT);
/// ```
///
/// `#[durable(opaque)]` on a field takes it as it is: for a type of another crate, or one that contains itself.
pub use durable_macros::DurableSchema;
/// Makes a function an activity: what does the real work, at least once.
///
/// The function takes an [`ActivityContext`] and at most one input, and returns a `Result`. Input, output and error
/// implement `Serialize` and `Deserialize`. It is an `async fn`, or a plain `fn` with `blocking`.
///
/// ```
/// use durable::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, thiserror::Error, Serialize, Deserialize)]
/// enum ChargeError {
///     #[error("the bank is busy")]
///     Busy,
///     #[error("the card was declined")]
///     Declined,
/// }
///
/// #[activity(
///     version = "2",
///     retry(max_attempts = 5, backoff = "1s..1m", jitter = 0.2, non_retriable("Declined")),
///     timeout = "30s",
///     total_timeout = "10m",
///     max_concurrent = 8
/// )]
/// async fn charge(ctx: ActivityContext, cents: u64) -> Result<String, ChargeError> {
///     match cents {
///         0 => Err(ChargeError::Declined),
///         _ => Ok(format!("{cents} cents, {}", ctx.idempotency_key())),
///     }
/// }
///
/// #[activity(blocking)]
/// fn read(_ctx: ActivityContext, path: String) -> Result<String, Failure> {
///     Ok(std::fs::read_to_string(path)?)
/// }
/// ```
///
/// | key | meaning | left out |
/// |---|---|---|
/// | `version = "2"` | 1 to 4 numbers with dots between them | `"1"` |
/// | `name = "charge"` | the wire name, which is recorded | the function's name |
/// | `superseded` | not the current version; running instances still call it | current |
/// | `retry(..)` | `max_attempts`, `backoff = "1s..1m"`, `factor`, `jitter`, `non_retriable("..")` | no retries |
/// | `timeout = "30s"` | how long one attempt may take | no limit |
/// | `total_timeout = "10m"` | how long all attempts and the pauses between them may take | no limit |
/// | `heartbeat = "1m"` | how long an attempt may go without `ctx.heartbeat(..)` | no limit |
/// | `blocking` | a plain `fn` that may block its thread | an `async fn` |
/// | `max_concurrent = 8` | how many run at once in one worker | the worker's limit |
/// | `crate = path` | where this crate is, if it is renamed | `::durable` |
///
/// `charge` is then a handle for the current version and `charge_v2` one for version 2: `ctx.call(charge, 995)`. Called
/// directly, as in a unit test, it runs the function's body.
pub use durable_macros::activity;
/// Says why a statement or an expression of an orchestrator or a deterministic function is harmless, although a lint
/// finds something in it.
///
/// The reason is mandatory. It stands inside a function only; the
/// macro of that function takes it off, so it works on expressions with a stable compiler. It does not make a foreign
/// future durable.
///
/// ```
/// use durable::prelude::*;
///
/// #[orchestrator]
/// async fn hello(_ctx: OrchestrationContext, name: String) -> Result<(), Failure> {
///     #[allow_nondeterminism(reason = "it is for a developer's eyes, and may be repeated")]
///     println!("hello, {name}");
///     Ok(())
/// }
/// # fn main() {}
/// ```
pub use durable_macros::allow_nondeterminism;
/// Makes a function a helper that orchestrators can call: its body is checked like theirs.
///
/// What an `async` one returns is a durable future, so it can be awaited, joined and selected. It may be generic and
/// borrow its arguments.
///
/// ```
/// use durable::prelude::*;
///
/// #[activity]
/// async fn charge(_ctx: ActivityContext, cents: u64) -> Result<String, Failure> {
///     Ok(format!("{cents} cents"))
/// }
///
/// #[deterministic]
/// fn with_tax(cents: u64) -> u64 {
///     cents * 119 / 100
/// }
///
/// #[deterministic]
/// async fn pay(ctx: &OrchestrationContext, cents: u64) -> Result<String, Failure> {
///     Ok(ctx.call(charge, with_tax(cents)).await?)
/// }
///
/// #[orchestrator]
/// async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<(), Failure> {
///     let (deposit, rest) = ctx.join((pay(&ctx, 100), pay(&ctx, cents - 100))).await;
///     println!("{}, {}", deposit?, rest?);
///     Ok(())
/// }
/// # fn main() {}
/// ```
///
/// On an `impl` or a `trait` it stands for each of its functions. A method with `self` may also carry it alone.
///
/// | key | meaning | left out |
/// |---|---|---|
/// | `strict`, `strict = false` | it calls only functions that are `#[deterministic]` themselves | as [the package](macro@orchestrator#strict-packages) says; any plain function |
/// | `method` | it belongs to an `impl` and has no `self` | a function of a module |
/// | `crate = path` | where this crate is, if it is renamed | `::durable` |
pub use durable_macros::deterministic;
/// Runs an `async fn main` on a multi-threaded tokio runtime.
///
/// ```no_run
/// #[durable::main]
/// async fn main() -> durable::Result<()> {
///     println!("here awaits whatever tokio can");
///     Ok(())
/// }
/// ```
pub use durable_macros::main;
/// Makes a function the way from an old input type to a new one.
///
/// It is used where an instance goes on with a version whose input is of another type: at
/// [continue-as-new](ContinueAsNew::on), and when the version policy picks a version. That it exists is checked by the
/// compiler. It runs inside a turn, so it must be deterministic.
///
/// ```
/// use durable::prelude::*;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct OrderV1 {
///     cents: u64,
/// }
///
/// #[derive(Serialize, Deserialize)]
/// struct Order {
///     cents: u64,
///     currency: String,
/// }
///
/// #[migrate]
/// fn add_currency(old: OrderV1) -> Order {
///     Order { cents: old.cents, currency: "EUR".into() }
/// }
///
/// #[orchestrator(version = "1", superseded)]
/// async fn checkout(ctx: OrchestrationContext, order: OrderV1) -> Result<(), Failure> {
///     ctx.timer(days(30)).await;
///     ctx.continue_as_new(order).on(checkout_v2).await
/// }
///
/// #[orchestrator(version = "2")]
/// async fn checkout(_ctx: OrchestrationContext, order: Order) -> Result<(), Failure> {
///     tracing::info!("{} {}", order.cents, order.currency);
///     Ok(())
/// }
/// ```
pub use durable_macros::migrate;
/// Makes an `async fn` an orchestrator: what says which steps happen in which order.
///
/// The function takes an [`OrchestrationContext`] and at most one input, and returns a `Result`. Input, output and error
/// implement `Serialize` and `Deserialize`. It is replayed, so it awaits only what its context gives it.
///
/// Two versions of one function stand in the same module. Exactly one is not `superseded`: new instances start there.
///
/// ```
/// use durable::prelude::*;
///
/// #[activity]
/// async fn charge(_ctx: ActivityContext, cents: u64) -> Result<String, Failure> {
///     Ok(format!("{cents} cents"))
/// }
///
/// #[orchestrator(version = "1", superseded)] // still serves what started on it
/// async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<String, Failure> {
///     Ok(ctx.call(charge, cents).await?)
/// }
///
/// #[orchestrator(version = "2")]
/// async fn checkout(ctx: OrchestrationContext, cents: u64) -> Result<String, Failure> {
///     match ctx.select((ctx.event::<()>("approval"), ctx.timer(days(3)))).await {
///         First(()) => Ok(ctx.call(charge, cents).await?),
///         Second(()) => Err(Failure::new("expired")),
///     }
/// }
///
/// async fn start(client: &Client) -> durable::Result<()> {
///     let new = client.start(checkout, 995).await?;    // the version policy decides
///     let old = client.start(checkout_v1, 995).await?; // version 1
///     println!("{} {}", new.wait().await?, old.wait().await?);
///     Ok(())
/// }
/// ```
///
/// | key | meaning | left out |
/// |---|---|---|
/// | `version = "2"` | 1 to 4 numbers with dots between them | `"1"` |
/// | `name = "checkout"` | the wire name, which is recorded | the function's name |
/// | `superseded` | not the current version; running instances stay on it | current |
/// | `upgrade = "latest"` | continue-as-new goes on with the current version | stays on this one |
/// | `retry(..)` | as for [`activity`](macro@activity); holds when it is called as a sub-orchestration | no retries |
/// | `timeout = "1d"` | how long a call of it, with all attempts, may take | no limit |
/// | `strict`, `strict = false` | it calls only functions that are [`deterministic`](macro@deterministic) | as the package says; any plain function |
/// | `crate = path` | where this crate is, if it is renamed | `::durable` |
///
/// # Strict packages
///
/// In `Cargo.toml`, this makes all orchestrators and deterministic functions of the package strict that do not say
/// `strict = false`:
///
/// ```toml
/// [package.metadata.durable]
/// strict = true
/// ```
pub use durable_macros::orchestrator;
#[cfg(feature = "sqlite")]
pub use durable_sqlite as sqlite;
#[cfg(feature = "testkit")]
pub use durable_testkit as testkit;
pub use versions::{VersionRow, VersionState, VersionTable, version_table};

/// Watches over the package's `durable.lock`: one line at the crate root.
///
/// The macros compare every released version with that file by themselves, once it exists. With this line it must exist,
/// and a program finds at start-up which released versions it lacks. `cargo durable release` adds it.
///
/// ```ignore
/// durable::lock!();
/// ```
#[macro_export]
macro_rules! lock {
    ($($arguments:tt)*) => {
        $crate::__private::lock_file! { $crate; $($arguments)* }
    };
}

/// The result of a program's `main`: any error is shown by its text, with its causes.
pub type Result<T, E = Failure> = std::result::Result<T, E>;
