//! Deterministic functions: helpers whose bodies the macros check as they check an orchestrator's.

mod order;
mod walk;

pub use order::{HashOrdered, KeepsOrder, KnownOrder, Onto, Probe, SameOrder};
#[doc(hidden)]
pub use walk::{Walk, unmarked};

use crate::function::{DurableFunction, Invocation};
use crate::orchestration::DurableFuture;

/// The marker of a `#[deterministic]` function: a type of the function's name. Implemented by the macro only.
pub trait DeterministicFn {
    /// The function's name.
    const NAME: &'static str;
}

/// A function that strict code may call: a deterministic one.
#[diagnostic::on_unimplemented(
    message = "strict code calls only `#[deterministic]` functions, and this is none",
    label = "nothing is known of what this function does",
    note = "add `#[deterministic]` to it, so that its body is checked, too; or make it an `#[activity]` and pass it to `ctx.call` [durable D0202]"
)]
pub trait Callable {}

#[diagnostic::do_not_recommend]
impl<F: DeterministicFn> Callable for F {}

/// A function that strict code may name: a deterministic one, or the handle of a durable one. `Kind` tells them apart.
#[diagnostic::on_unimplemented(
    message = "strict code names only `#[deterministic]` functions and handles, and this is neither",
    label = "nothing is known of what this function does",
    note = "add `#[deterministic]` to it, so that its body is checked, too [durable D0202]"
)]
pub trait Nameable<Kind> {}

/// The kind of a deterministic function.
#[derive(Debug)]
pub struct Deterministic;

/// The kind of a durable function.
#[derive(Debug)]
pub struct Durable;

#[diagnostic::do_not_recommend]
impl<F: DeterministicFn> Nameable<Deterministic> for F {}

#[diagnostic::do_not_recommend]
impl<F: DurableFunction> Nameable<Durable> for F {}

/// What can be awaited inside an orchestrator: every durable future, and, so that its error can tell more, a function
/// that is called directly: `Directly` is then its marker, and else nothing.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be awaited inside an orchestrator: it is not a durable future",
    label = "this future's completion is not recorded in the orchestration's history",
    note = "durable futures are `ctx.call(..)`, `ctx.timer(..)`, `ctx.event(..)`, their joins and selects, `async` blocks of these, and `#[deterministic]` functions",
    note = "move I/O, sleeping and spawning into an `#[activity]` [durable D0101]"
)]
pub trait Awaitable<Directly>: Future {}

#[diagnostic::do_not_recommend]
impl<F: DurableFuture> Awaitable<()> for F {}

#[diagnostic::do_not_recommend]
impl<F: DurableFunction> Awaitable<F> for Invocation<F> {}

/// No function: what is called in a way that is recorded.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is called directly inside an orchestrator, so the call would not be recorded",
    label = "this would run the function's body as part of the orchestrator",
    note = "pass the function to the context: `ctx.call({Self}, ..)` [durable D0101]"
)]
pub trait Recorded {}

#[diagnostic::do_not_recommend]
impl Recorded for () {}

/// Returns what an orchestrator awaits; nothing but a durable future gets through. Called by generated code.
#[inline]
pub fn awaitable<F: Awaitable<D>, D: Recorded>(future: F) -> F {
    future
}

/// Tells the compiler what an `async` block returns before it reads the block.
#[inline]
pub const fn returned<T>() -> Option<T> {
    None
}

/// Compiles only if `F` is the marker of a deterministic function.
pub const fn assert_callable<F: Callable>() {}

/// Compiles only if `F` is the marker of a deterministic or of a durable function.
pub const fn assert_nameable<F: Nameable<K>, K>() {}
