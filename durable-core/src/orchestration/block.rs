//! `async` blocks of an orchestrator's body.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::future::{DurableFuture, sealed::Sealed};

/// An `async` block inside an orchestrator. The macro wraps every one of them.
#[must_use = "an `async` block does nothing until it is awaited, joined or selected"]
pub struct Block<F: Future>(Pin<Box<F>>);

/// Wraps an `async` block. Called by generated code, which checks what the block awaits.
#[doc(hidden)]
pub fn block<F: Future>(future: F) -> Block<F> {
    Block(Box::pin(future))
}

impl<F: Future> Future for Block<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl<F: Future> Sealed for Block<F> {}
impl<F: Future> DurableFuture for Block<F> {}

impl<F: Future> fmt::Debug for Block<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Block")
    }
}
