//! Durable functions as types: what the macros implement and what `ctx.call` and `client.start` accept.
//!
//! For `#[activity] async fn charge(ctx: ActivityContext, order: Order) -> Result<Receipt, ChargeError>` the macro
//! writes a marker type `charge` and a function `charge`. The function is the *handle*: it has the user's own
//! parameters and returns an [`Invocation`] of the marker, so its type carries everything `ctx.call` checks.

mod named;

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

pub use named::{ByHandle, ByName, ByText, NamesOrchestrator};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::activity::ActivityContext;
use crate::orchestration::OrchestrationContext;
use crate::registry::{ActivityRunner, Runner, erase_activity, erase_orchestrator};
use crate::retry::RetryPolicy;
use crate::version::Version;

/// Whether a durable function is an orchestrator or an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum FunctionKind {
    /// An orchestrator.
    Orchestrator,
    /// An activity.
    Activity,
}

impl fmt::Display for FunctionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Orchestrator => "orchestrator",
            Self::Activity => "activity",
        })
    }
}

/// A value that can be recorded: an input, an output, an error or the data of an event.
///
/// Implemented for everything that serde can write and read back.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be recorded in a history",
    label = "this type must implement `Serialize` and `Deserialize`",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to it [durable D0012]"
)]
pub trait Recordable: Serialize + DeserializeOwned + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + 'static> Recordable for T {}

/// An error that an activity or orchestrator returns: recordable, with a text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a durable function",
    label = "this type must implement `Display`, `Debug`, `Serialize` and `Deserialize`",
    note = "derive `Debug`, `thiserror::Error`, `Serialize` and `Deserialize` for it, or use `durable::Failure` [durable D0012]"
)]
pub trait RecordableError: Recordable + fmt::Display + fmt::Debug {}

#[diagnostic::do_not_recommend]
impl<T: Recordable + fmt::Display + fmt::Debug> RecordableError for T {}

/// The return type of a durable function: `Result<T, E>`.
#[diagnostic::on_unimplemented(
    message = "a durable function must return a `Result`",
    label = "this is not a `Result`",
    note = "write `Result<T, E>`; `durable::Failure` is an error type for those who want none of their own [durable D0011]"
)]
pub trait Outcome {
    /// The value on success.
    type Output;
    /// The error.
    type Error;
}

impl<T, E> Outcome for Result<T, E> {
    type Output = T;
    type Error = E;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::ActivityContext {}
    impl Sealed for super::OrchestrationContext {}
}

/// The first parameter of a durable function, which decides its kind. Sealed.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the context of a durable function",
    label = "the first parameter must be an `OrchestrationContext` or an `ActivityContext`",
    note = "put `ctx: OrchestrationContext` or `ctx: ActivityContext` before it [durable D0016]"
)]
pub trait FunctionContext: sealed::Sealed + Sized + 'static {
    /// The kind of function that has this context.
    const KIND: FunctionKind;

    /// The future of such a function: an activity may move between threads, an orchestrator stays on one.
    type Future<T>: Future<Output = T> + Unpin;

    /// Returns how a function that has this context is started.
    #[doc(hidden)]
    fn runner<F: DurableFunction<Context = Self>>() -> Runner;
}

impl FunctionContext for ActivityContext {
    const KIND: FunctionKind = FunctionKind::Activity;

    type Future<T> = Pin<Box<dyn Future<Output = T> + Send>>;

    fn runner<F: DurableFunction<Context = Self>>() -> Runner {
        Runner::Activity(ActivityRunner::Async(erase_activity::<F>))
    }
}

impl FunctionContext for OrchestrationContext {
    const KIND: FunctionKind = FunctionKind::Orchestrator;

    type Future<T> = Pin<Box<dyn Future<Output = T>>>;

    fn runner<F: DurableFunction<Context = Self>>() -> Runner {
        Runner::Orchestrator(erase_orchestrator::<F>)
    }
}

/// The marker of a durable function. Implemented by the macros only.
pub trait DurableFunction: Sized + 'static {
    /// The context the function takes.
    type Context: FunctionContext;
    /// The input the function takes.
    type Input: Recordable;
    /// The value it returns.
    type Output: Recordable;
    /// The error it returns.
    type Error: RecordableError;

    /// The wire name.
    const NAME: &'static str;
    /// The version this handle stands for.
    const VERSION: Version = Version::ONE;
    /// Whether the handle names its version (`checkout_v1`), so that no version policy may choose another.
    const PINNED: bool = true;

    /// Runs the body: what a handle does when it is called.
    fn invoke(ctx: Self::Context, input: Self::Input) -> Invocation<Self>;

    /// Returns what the attribute says about every call of the function.
    fn call_options() -> CallOptions {
        CallOptions::default()
    }
}

/// The marker of a handle that leaves the version to the policy. Implemented by the macros only.
///
/// It is typed as the current version, to which everything but [`DurableFunction::PINNED`] is passed on.
pub trait PlainFunction: Sized + 'static {
    /// The marker of the current version.
    type Current: DurableFunction;
}

#[diagnostic::do_not_recommend]
impl<P: PlainFunction> DurableFunction for P {
    type Context = <P::Current as DurableFunction>::Context;
    type Input = <P::Current as DurableFunction>::Input;
    type Output = <P::Current as DurableFunction>::Output;
    type Error = <P::Current as DurableFunction>::Error;

    const NAME: &'static str = P::Current::NAME;
    const VERSION: Version = P::Current::VERSION;
    const PINNED: bool = false;

    fn invoke(ctx: Self::Context, input: Self::Input) -> Invocation<Self> {
        Invocation::new(P::Current::invoke(ctx, input).future)
    }

    fn call_options() -> CallOptions {
        P::Current::call_options()
    }
}

/// The marker of an orchestrator.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an orchestrator",
    label = "an orchestrator is wanted here, and `{Self}` is an activity",
    note = "only an orchestrator can be started, or go on as new; it calls the activity: `ctx.call(charge, order)` [durable D0102]"
)]
pub trait OrchestratorFunction: DurableFunction<Context = OrchestrationContext> {}
#[diagnostic::do_not_recommend]
impl<F: DurableFunction<Context = OrchestrationContext>> OrchestratorFunction for F {}

/// The marker of an activity.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an activity",
    label = "an activity is wanted here, and `{Self}` is an orchestrator",
    note = "only an activity can be mocked; an orchestrator runs as it is [durable D0102]"
)]
pub trait ActivityFunction: DurableFunction<Context = ActivityContext> {}
#[diagnostic::do_not_recommend]
impl<F: DurableFunction<Context = ActivityContext>> ActivityFunction for F {}

/// What an attribute says about every call: `#[activity(retry(..), timeout = "30s")]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CallOptions {
    /// How failed attempts are retried; never, if absent.
    pub retry: Option<RetryPolicy>,
    /// How long one attempt may take.
    pub attempt_timeout: Option<std::time::Duration>,
    /// How long all attempts together may take.
    pub total_timeout: Option<std::time::Duration>,
    /// How long an attempt of an activity may go without a heartbeat.
    pub heartbeat: Option<std::time::Duration>,
}

/// The future of a function's body.
type BodyFuture<F> = <<F as DurableFunction>::Context as FunctionContext>::Future<
    Result<<F as DurableFunction>::Output, <F as DurableFunction>::Error>,
>;

/// A handle called directly, as in a unit test: the function's own future. That of an activity is `Send`.
///
/// An orchestrator never calls a handle; it passes it to `ctx.call`, so that the call is recorded.
#[must_use = "a durable function does nothing until it is awaited"]
pub struct Invocation<F: DurableFunction> {
    future: BodyFuture<F>,
    function: PhantomData<fn() -> F>,
}

impl<F: DurableFunction> Invocation<F> {
    /// Wraps the boxed future of a function's body. Called by generated code.
    #[doc(hidden)]
    pub fn new(future: BodyFuture<F>) -> Self {
        Self {
            future,
            function: PhantomData,
        }
    }
}

impl<F: DurableFunction> Future for Invocation<F> {
    type Output = Result<F::Output, F::Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.future).poll(cx)
    }
}

impl<F: DurableFunction> fmt::Debug for Invocation<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Invocation({} {})", F::NAME, F::VERSION)
    }
}

/// The handle of a durable function, as `ctx.call` takes it: the function that the macro writes under the user's name.
///
/// Implemented for every function of that form; `F` is its marker.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the handle of an orchestrator or activity",
    label = "this is not a function with `#[orchestrator]` or `#[activity]`",
    note = "add the attribute to the function, and pass it without calling it: `ctx.call(charge, order)` [durable D0102]"
)]
pub trait Handle<C, F> {}

#[diagnostic::do_not_recommend]
impl<H, C, F> Handle<C, F> for H
where
    H: Fn(C, F::Input) -> Invocation<F>,
    F: DurableFunction<Context = C>,
{
}

/// Conversion of one version's input to another's. Implemented by `#[migrate]`, and for every type to itself.
#[diagnostic::on_unimplemented(
    message = "no `#[migrate]` function leads from `{Self}` to `{Target}`",
    label = "an instance cannot move to a version with another input type without one",
    note = "write `#[migrate] fn upgrade(old: {Self}) -> {Target} {{ .. }}` [durable D0013]"
)]
pub trait MigrateInto<Target> {
    /// Converts the old input to the new one. Runs inside a turn, so it must be deterministic.
    fn migrate(self) -> Target;
}

#[diagnostic::do_not_recommend]
impl<T> MigrateInto<T> for T {
    fn migrate(self) -> T {
        self
    }
}
