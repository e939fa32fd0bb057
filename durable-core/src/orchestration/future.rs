//! Which futures are durable.

use std::future::Future;
use std::pin::Pin;

pub(super) mod sealed {
    pub trait Sealed {}
}
use sealed::Sealed;

/// A future whose completion is recorded in the history, so that replay completes it at the same step.
///
/// Sealed: it is implemented by what [`OrchestrationContext`](super::OrchestrationContext) returns, by joins and
/// selects of those, by the `async` blocks of an orchestrator's body, and by what `#[deterministic]` functions return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be awaited inside an orchestrator: it is not a durable future",
    label = "this future's completion is not recorded in the orchestration's history",
    note = "durable futures are `ctx.call(..)`, `ctx.timer(..)`, `ctx.event(..)`, their joins and selects, `async` blocks of these, and `#[deterministic]` functions",
    note = "move I/O, sleeping and spawning into an `#[activity]` [durable D0101]"
)]
#[must_use = "a durable future does nothing until it is awaited, joined or selected"]
pub trait DurableFuture: Future + Unpin + Sealed {
    /// Returns the index in the history of the first event that the future has not looked at yet, if that is known.
    ///
    /// A select polls its futures in this order, so that the earliest event wins when several happened before it was
    /// polled. The event need not complete the future: a failure may be retried, and then the next future has its turn.
    #[doc(hidden)]
    fn ready_at(&self) -> Option<u64> {
        None
    }
}

/// What converts into a durable future.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be awaited inside an orchestrator: it is not a durable future",
    label = "this future's completion is not recorded in the orchestration's history",
    note = "durable futures are `ctx.call(..)`, `ctx.timer(..)`, `ctx.event(..)`, their joins and selects, `async` blocks of these, and `#[deterministic]` functions",
    note = "move I/O, sleeping and spawning into an `#[activity]` [durable D0101]"
)]
pub trait IntoDurableFuture {
    /// What it yields.
    type Output;
    /// The future.
    type Future: DurableFuture<Output = Self::Output>;

    /// Converts it.
    fn into_durable_future(self) -> Self::Future;
}

#[diagnostic::do_not_recommend]
impl<F: DurableFuture> IntoDurableFuture for F {
    type Output = F::Output;
    type Future = F;

    fn into_durable_future(self) -> F {
        self
    }
}

/// A durable future behind a pointer, for recursion and for lists of different futures.
pub type BoxDurableFuture<'a, T> = Pin<Box<dyn DurableFuture<Output = T> + 'a>>;

macro_rules! pointer {
    ($($pointer:ty),+) => {$(
        impl<F: DurableFuture + ?Sized> Sealed for $pointer {}

        #[diagnostic::do_not_recommend]
        impl<F: DurableFuture + ?Sized> DurableFuture for $pointer {
            fn ready_at(&self) -> Option<u64> {
                (**self).ready_at()
            }
        }
    )+};
}

pointer!(&mut F, Box<F>, Pin<&mut F>, Pin<Box<F>>);
